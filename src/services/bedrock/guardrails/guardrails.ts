import type { GuardrailSummary } from '@aws-sdk/client-bedrock';
import type { Call } from '../../../kernel/call.ts';
import {
  enforcedGuardrails,
  guardrailArn,
  guardrailKey,
  guardrails,
  type GuardrailVersion,
} from '../../../kernel/inference/guardrails.ts';
import { enabledKeyArn } from '../../../kernel/inference/customer-key.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { page } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { collection, type Reader, type Transaction } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from '../errors.ts';
import { newId } from '../jobs/ids.ts';
import { readTags } from '../tag-list.ts';
import { GUARDRAILS_MAX, LIST_DEFAULT, VERSIONS_MAX } from './limits.ts';
import { readPolicies, showPolicies } from './policies.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

export const DRAFT = 'DRAFT';

/** Requests that were made with a client token: account, region, token → the guardrail's id, or id and version. */
const tokens = collection<{ id: string; version: string }>('bedrock/guardrail-token');

const missing = (identifier: string, version: string) =>
  notFound(`Could not find guardrail ${identifier} with version ${version}.`);

/** A guardrail of the caller's account. Throws ResourceNotFoundException, ValidationException. */
async function find(
  reader: Reader,
  call: Call,
  identifier: string,
  version: string = DRAFT,
): Promise<GuardrailVersion> {
  const key = guardrailKey(identifier, call);
  if (!key) throw invalid('The provided guardrail identifier is invalid.');
  const found = await reader.get(guardrails, [key.account, key.region, key.id, version]);
  if (!found || key.account !== call.account) throw missing(identifier, version);
  return found;
}

const put = (tx: Transaction, record: GuardrailVersion) =>
  tx.put(guardrails, [record.account, record.region, record.id, record.version], record);

/** Keys under AWS owned keys are not named; a customer's must be there and of use to the caller. */
async function kmsKeyArn(call: Call, keyId: string | undefined): Promise<string | undefined> {
  if (keyId === undefined) return undefined;
  const arn = await enabledKeyArn(call, keyId);
  if (arn === undefined) throw invalid(`The KMS key ${keyId} is not enabled.`);
  return arn;
}

/** A new guardrail, as its draft. */
export const CreateGuardrail: Bedrock['CreateGuardrail'] = async (call, input) => {
  const { store, clock, ids } = call.kernel;
  const policies = readPolicies(input);
  const keyArn = await kmsKeyArn(call, input.kmsKeyId);
  const id = newId(ids);
  const tags = readTags(input.tags, input.name!);
  const now = clock.now();
  const record = await store.transact(async (tx) => {
    const token = input.clientRequestToken && [call.account, call.region, `create/${input.clientRequestToken}`];
    const before = token ? await tx.get(tokens, token) : undefined;
    const made = before && (await tx.get(guardrails, [call.account, call.region, before.id, DRAFT]));
    if (made) return made;
    const drafts = await draftsOf(tx, call);
    if (drafts.length >= GUARDRAILS_MAX) throw quotaExceeded('guardrails per account', GUARDRAILS_MAX);
    if (drafts.some(({ name }) => name === input.name))
      throw conflict(
        'Another guardrail in your account already has this name. Update your guardrail name and retry your request.',
      );
    const created: GuardrailVersion = {
      account: call.account,
      region: call.region,
      id,
      version: DRAFT,
      name: input.name!,
      status: 'READY',
      policies,
      blockedInputMessaging: input.blockedInputMessaging!,
      blockedOutputsMessaging: input.blockedOutputsMessaging!,
      createdAtMs: now,
      updatedAtMs: now,
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn }),
      ...crossRegion(call, input.crossRegionConfig?.guardrailProfileIdentifier),
    };
    put(tx, created);
    tx.put(taggedResources, [guardrailArn(created)], { owner: call.account, tags });
    if (token) tx.put(tokens, token, { id, version: DRAFT });
    return created;
  });
  return {
    guardrailId: record.id,
    guardrailArn: guardrailArn(record),
    version: DRAFT,
    createdAt: new Date(record.createdAtMs),
  };
};

/** `us.guardrail.v1:0` and the like, by id or ARN. Source: Bedrock User Guide, "Distribute guardrail inference across Regions". */
const PROFILE = /^(us|eu|apac|us-gov)\.guardrail\.v1:0$/;

function crossRegion(call: Call, identifier: string | undefined): { crossRegionProfileArn?: string } {
  if (identifier === undefined) return {};
  const id = identifier.startsWith('arn:') ? identifier.slice(identifier.indexOf('/') + 1) : identifier;
  if (!PROFILE.test(id)) throw invalid(`The guardrail profile ${identifier} is not valid.`);
  return {
    crossRegionProfileArn: `arn:${call.partition}:bedrock:${call.region}:${call.account}:guardrail-profile/${id}`,
  };
}

async function draftsOf(reader: Reader, { account, region }: Call): Promise<GuardrailVersion[]> {
  // At most GUARDRAILS_MAX guardrails of VERSIONS_MAX versions and a draft.
  const limit = GUARDRAILS_MAX * (VERSIONS_MAX + 1);
  const found = await reader.range(guardrails, [account, region], { limit });
  return found.map(({ value }) => value).filter(({ version }) => version === DRAFT);
}

/** Replaces the draft's policies: what is not given is no longer part of it. */
export const UpdateGuardrail: Bedrock['UpdateGuardrail'] = async (call, input) => {
  const policies = readPolicies(input);
  const keyArn = await kmsKeyArn(call, input.kmsKeyId);
  const now = call.kernel.clock.now();
  const record = await call.kernel.store.transact(async (tx) => {
    const draft = await find(tx, call, input.guardrailIdentifier!);
    const others = await draftsOf(tx, call);
    if (others.some(({ id, name }) => id !== draft.id && name === input.name))
      throw conflict(
        'Another guardrail in your account already has this name. Update your guardrail name and retry your request.',
      );
    const { description: _description, kmsKeyArn: _key, crossRegionProfileArn: _profile, ...kept } = draft;
    const updated: GuardrailVersion = {
      ...kept,
      name: input.name!,
      policies,
      blockedInputMessaging: input.blockedInputMessaging!,
      blockedOutputsMessaging: input.blockedOutputsMessaging!,
      updatedAtMs: now,
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn }),
      ...crossRegion(call, input.crossRegionConfig?.guardrailProfileIdentifier),
    };
    put(tx, updated);
    return updated;
  });
  return {
    guardrailId: record.id,
    guardrailArn: guardrailArn(record),
    version: DRAFT,
    updatedAt: new Date(record.updatedAtMs),
  };
};

/** Freezes the draft under the next number. */
export const CreateGuardrailVersion: Bedrock['CreateGuardrailVersion'] = (call, input) => {
  const now = call.kernel.clock.now();
  return call.kernel.store.transact(async (tx) => {
    const draft = await find(tx, call, input.guardrailIdentifier!);
    const token = input.clientRequestToken && [
      call.account,
      call.region,
      `version/${draft.id}/${input.clientRequestToken}`,
    ];
    const before = token ? await tx.get(tokens, token) : undefined;
    if (before) return { guardrailId: draft.id, version: before.version };
    const versions = await versionsOf(tx, draft);
    if (versions.length >= VERSIONS_MAX) throw quotaExceeded('versions per guardrail', VERSIONS_MAX);
    const version = String(Math.max(draft.lastVersion ?? 0, ...versions.map((each) => Number(each.version))) + 1);
    const { description: _description, lastVersion: _last, ...kept } = draft;
    put(tx, {
      ...kept,
      version,
      createdAtMs: now,
      updatedAtMs: now,
      ...(input.description === undefined ? {} : { description: input.description }),
    });
    // Numbers are not given again, even when a version is deleted.
    put(tx, { ...draft, lastVersion: Number(version) });
    if (token) tx.put(tokens, token, { id: draft.id, version });
    return { guardrailId: draft.id, version };
  });
};

async function versionsOf(reader: Reader, { account, region, id }: GuardrailVersion): Promise<GuardrailVersion[]> {
  const found = await reader.range(guardrails, [account, region, id], { limit: VERSIONS_MAX + 1 });
  return found.map(({ value }) => value).filter(({ version }) => version !== DRAFT);
}

/** One version; without a number, the draft. */
export const GetGuardrail: Bedrock['GetGuardrail'] = async (call, input) => {
  const record = await find(call.kernel.store, call, input.guardrailIdentifier!, input.guardrailVersion);
  return {
    name: record.name,
    guardrailId: record.id,
    guardrailArn: guardrailArn(record),
    version: record.version,
    status: record.status,
    ...showPolicies(record.policies),
    createdAt: new Date(record.createdAtMs),
    updatedAt: new Date(record.updatedAtMs),
    statusReasons: [],
    failureRecommendations: [],
    blockedInputMessaging: record.blockedInputMessaging,
    blockedOutputsMessaging: record.blockedOutputsMessaging,
    ...(record.description === undefined ? {} : { description: record.description }),
    ...(record.kmsKeyArn === undefined ? {} : { kmsKeyArn: record.kmsKeyArn }),
    ...crossRegionDetails(record),
  };
};

function crossRegionDetails({ crossRegionProfileArn: arn }: GuardrailVersion) {
  if (arn === undefined) return {};
  return { crossRegionDetails: { guardrailProfileId: arn.slice(arn.indexOf('/') + 1), guardrailProfileArn: arn } };
}

/** The drafts of all guardrails, latest first; or every version of one. */
export const ListGuardrails: Bedrock['ListGuardrails'] = async (call, input) => {
  const { store } = call.kernel;
  let listed: GuardrailVersion[];
  if (input.guardrailIdentifier === undefined) listed = await draftsOf(store, call);
  else {
    const draft = await find(store, call, input.guardrailIdentifier);
    const versions = await versionsOf(store, draft);
    listed = [draft, ...versions.sort((a, b) => Number(a.version) - Number(b.version))];
  }
  if (input.guardrailIdentifier === undefined)
    listed.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  const { items, nextToken } = page(listed, input.nextToken, input.maxResults ?? LIST_DEFAULT, () =>
    invalid('The provided nextToken is invalid.'),
  );
  return { guardrails: items.map(summaryOf), ...(nextToken === undefined ? {} : { nextToken }) };
};

function summaryOf(record: GuardrailVersion): GuardrailSummary {
  return {
    id: record.id,
    arn: guardrailArn(record),
    status: record.status,
    name: record.name,
    version: record.version,
    createdAt: new Date(record.createdAtMs),
    updatedAt: new Date(record.updatedAtMs),
    ...(record.description === undefined ? {} : { description: record.description }),
    ...crossRegionDetails(record),
  };
}

/** Deletes one version; without a number, the guardrail with all of them. */
export const DeleteGuardrail: Bedrock['DeleteGuardrail'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const version = input.guardrailVersion;
    const record = await find(tx, call, input.guardrailIdentifier!, version);
    const enforced = await tx.range(enforcedGuardrails, [record.account, record.region]);
    const inUse = enforced.some(
      ({ value }) => value.guardrailId === record.id && (version === undefined || value.version === version),
    );
    if (inUse) throw conflict(`Guardrail ${record.id} is in use by an enforced guardrail configuration.`);
    const gone = version === undefined ? [record, ...(await versionsOf(tx, record))] : [record];
    for (const each of gone) tx.delete(guardrails, [each.account, each.region, each.id, each.version]);
    if (version === undefined) tx.delete(taggedResources, [guardrailArn(record)]);
    return {};
  });
