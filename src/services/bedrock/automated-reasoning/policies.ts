import { ResourceInUseException, type AutomatedReasoningPolicySummary } from '@aws-sdk/client-bedrock';
import type { Call } from '../../../kernel/call.ts';
import {
  automatedReasoningPolicies,
  automatedReasoningPolicyArn,
  DRAFT,
  type AutomatedReasoningPolicy,
} from '../../../kernel/inference/automated-reasoning.ts';
import { guardrails } from '../../../kernel/inference/guardrails.ts';
import { enabledKeyArn } from '../../../kernel/inference/customer-key.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { page } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { conflict, invalid, quotaExceeded } from '../errors.ts';
import { newId } from '../jobs/ids.ts';
import { onceFor } from '../jobs/client-token.ts';
import { readTags } from '../tag-list.ts';
import { removeBuilds } from './builds.ts';
import { LIST_DEFAULT, POLICIES_MAX, TEST_CASES_MAX, VERSIONS_MAX } from './limits.ts';
import { findDraft, findPolicy, hashOf, putPolicy, readDefinition } from './policy.ts';
import { builds, testCases } from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** Guardrails of an account with their versions, at most. */
const GUARDRAILS_READ_MAX = 2_500;

/** The customer's key, which must be there and of use to the caller; none: a key that AWS owns, which is not named. */
async function kmsKeyArn(call: Call, keyId: string | undefined): Promise<string | undefined> {
  if (keyId === undefined) return undefined;
  const arn = await enabledKeyArn(call, keyId);
  if (arn === undefined) throw invalid(`The KMS key ${keyId} is not enabled.`);
  return arn;
}

async function draftsOf(reader: Reader, { account, region }: Call): Promise<AutomatedReasoningPolicy[]> {
  const drafts: AutomatedReasoningPolicy[] = [];
  let from: string[] | undefined;
  // Each policy's draft sorts behind its versions, which are skipped.
  for (;;) {
    const [found] = await reader.range(automatedReasoningPolicies, [account, region], {
      limit: 1,
      ...(from ? { from } : {}),
    });
    if (!found) return drafts;
    const draft = await reader.get(automatedReasoningPolicies, [account, region, found.value.id, DRAFT]);
    if (draft) drafts.push(draft);
    from = [account, region, `${found.value.id}\u0000`];
  }
}

async function versionsOf(reader: Reader, { account, region, id }: AutomatedReasoningPolicy) {
  const found = await reader.range(automatedReasoningPolicies, [account, region, id], { limit: VERSIONS_MAX + 1 });
  return found
    .map(({ value }) => value)
    .filter(({ version }) => version !== DRAFT)
    .toSorted((a, b) => Number(a.version) - Number(b.version));
}

const NAME_TAKEN =
  'An Automated Reasoning policy with this name already exists. Choose another name and retry your request.';

/** A new policy, as its draft. */
export const CreateAutomatedReasoningPolicy: Bedrock['CreateAutomatedReasoningPolicy'] = async (call, input) => {
  const { store, clock, ids } = call.kernel;
  const definition = await readDefinition(call, input.policyDefinition);
  const keyArn = await kmsKeyArn(call, input.kmsKeyId);
  const tags = readTags(input.tags, input.name!);
  const id = newId(ids);
  const now = clock.now();
  const made = await store.transact(async (tx) => {
    const policyArn = await onceFor(call, tx, input.clientRequestToken, async () => {
      const drafts = await draftsOf(tx, call);
      if (drafts.length >= POLICIES_MAX) throw quotaExceeded('Automated Reasoning policies per account', POLICIES_MAX);
      if (drafts.some(({ name }) => name === input.name)) throw conflict(NAME_TAKEN);
      const record: AutomatedReasoningPolicy = {
        account: call.account,
        region: call.region,
        id,
        version: DRAFT,
        name: input.name!,
        definition,
        definitionHash: hashOf(definition),
        createdAtMs: now,
        updatedAtMs: now,
        ...(input.description === undefined ? {} : { description: input.description }),
        ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn }),
      };
      putPolicy(tx, record);
      const policyArn = automatedReasoningPolicyArn(record);
      tx.put(taggedResources, [policyArn], { owner: call.account, tags });
      return policyArn;
    });
    return findPolicy(tx, call, policyArn);
  });
  return shown(made);
};

function shown(record: AutomatedReasoningPolicy) {
  return {
    policyArn: automatedReasoningPolicyArn(record),
    version: record.version,
    name: record.name,
    definitionHash: record.definitionHash,
    createdAt: new Date(record.createdAtMs),
    updatedAt: new Date(record.updatedAtMs),
    ...(record.description === undefined ? {} : { description: record.description }),
  };
}

/** The draft or one version. */
export const GetAutomatedReasoningPolicy: Bedrock['GetAutomatedReasoningPolicy'] = async (call, { policyArn }) => {
  const record = await findPolicy(call.kernel.store, call, policyArn!);
  return {
    ...shown(record),
    policyId: record.id,
    ...(record.kmsKeyArn === undefined ? {} : { kmsKeyArn: record.kmsKeyArn }),
  };
};

/** The definition of the draft or of one version. */
export const ExportAutomatedReasoningPolicyVersion: Bedrock['ExportAutomatedReasoningPolicyVersion'] = async (
  call,
  { policyArn },
) => {
  const { definition } = await findPolicy(call.kernel.store, call, policyArn!);
  return { policyDefinition: definition };
};

/** Replaces the draft's definition. */
export const UpdateAutomatedReasoningPolicy: Bedrock['UpdateAutomatedReasoningPolicy'] = async (call, input) => {
  const definition = await readDefinition(call, input.policyDefinition);
  const now = call.kernel.clock.now();
  const updated = await call.kernel.store.transact(async (tx) => {
    const draft = await findDraft(tx, call, input.policyArn!);
    if (input.name !== undefined && input.name !== draft.name) {
      const others = await draftsOf(tx, call);
      if (others.some(({ id, name }) => id !== draft.id && name === input.name)) throw conflict(NAME_TAKEN);
    }
    const record: AutomatedReasoningPolicy = {
      ...draft,
      name: input.name ?? draft.name,
      definition,
      definitionHash: hashOf(definition),
      updatedAtMs: now,
      ...(input.description === undefined ? {} : { description: input.description }),
    };
    putPolicy(tx, record);
    return record;
  });
  return {
    policyArn: automatedReasoningPolicyArn(updated),
    name: updated.name,
    definitionHash: updated.definitionHash,
    updatedAt: new Date(now),
  };
};

/** Freezes the draft under the next number, if it is what the caller last saw. */
export const CreateAutomatedReasoningPolicyVersion: Bedrock['CreateAutomatedReasoningPolicyVersion'] = async (
  call,
  input,
) => {
  const now = call.kernel.clock.now();
  const tags = readTags(input.tags, input.policyArn!);
  const made = await call.kernel.store.transact(async (tx) => {
    const draft = await findDraft(tx, call, input.policyArn!);
    const versionArn = await onceFor(
      call,
      tx,
      input.clientRequestToken && `${draft.id}/${input.clientRequestToken}`,
      async () => {
        if (draft.definitionHash !== input.lastUpdatedDefinitionHash)
          throw conflict(
            'The policy definition has changed since it was last retrieved: lastUpdatedDefinitionHash does not match.',
          );
        const versions = await versionsOf(tx, draft);
        if (versions.length >= VERSIONS_MAX)
          throw quotaExceeded('versions per Automated Reasoning policy', VERSIONS_MAX);
        const number = Math.max(draft.lastVersion ?? 0, ...versions.map(({ version }) => Number(version))) + 1;
        const { lastVersion: _last, ...kept } = draft;
        const record = { ...kept, version: String(number), createdAtMs: now, updatedAtMs: now };
        putPolicy(tx, record);
        // Numbers are not given again, even when a version is deleted.
        putPolicy(tx, { ...draft, lastVersion: number });
        const arn = automatedReasoningPolicyArn(record);
        tx.put(taggedResources, [arn], { owner: call.account, tags });
        return arn;
      },
    );
    return findPolicy(tx, call, versionArn);
  });
  const { updatedAt: _updated, ...version } = shown(made);
  return version;
};

/** The drafts of all policies, latest first; or one policy with its versions. */
export const ListAutomatedReasoningPolicies: Bedrock['ListAutomatedReasoningPolicies'] = async (call, input) => {
  const { store } = call.kernel;
  let listed: AutomatedReasoningPolicy[];
  if (input.policyArn === undefined)
    listed = (await draftsOf(store, call)).toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  else {
    const found = await findPolicy(store, call, input.policyArn);
    listed = found.version === DRAFT ? [found, ...(await versionsOf(store, found))] : [found];
  }
  const { items, nextToken } = page(listed, input.nextToken, input.maxResults ?? LIST_DEFAULT, () =>
    invalid('The provided nextToken is invalid.'),
  );
  return { automatedReasoningPolicySummaries: items.map(summaryOf), ...(nextToken === undefined ? {} : { nextToken }) };
};

function summaryOf(record: AutomatedReasoningPolicy): AutomatedReasoningPolicySummary {
  const { definitionHash: _hash, ...summary } = shown(record);
  return { ...summary, policyId: record.id };
}

const inUse = (message: string) => new ResourceInUseException({ message, $metadata: {} });

async function usedByGuardrail(tx: Transaction, call: Call, arns: ReadonlySet<string>): Promise<string | undefined> {
  const found = await tx.range(guardrails, [call.account, call.region], { limit: GUARDRAILS_READ_MAX });
  return found.find(({ value }) => value.policies.reasoning?.policies.some((arn) => arns.has(arn)))?.value.id;
}

/**
 * Deletes one version; or, by the ARN without one, the policy. What hangs on it must be gone before, unless `force` takes it along. One
 * that a guardrail uses stays in any case.
 */
export const DeleteAutomatedReasoningPolicy: Bedrock['DeleteAutomatedReasoningPolicy'] = async (call, input) => {
  const { store } = call.kernel;
  const gone = await store.transact(async (tx) => {
    const record = await findPolicy(tx, call, input.policyArn!);
    const whole = record.version === DRAFT;
    const versions = whole ? await versionsOf(tx, record) : [];
    const all = [record, ...versions];
    const guardrail = await usedByGuardrail(tx, call, new Set(all.map(automatedReasoningPolicyArn)));
    if (guardrail !== undefined) throw inUse(`The policy is in use by the guardrail ${guardrail}.`);
    const key = [record.account, record.region, record.id];
    const cases = whole ? await tx.range(testCases, key, { limit: TEST_CASES_MAX + 1 }) : [];
    if (whole && input.force !== true) {
      if (versions.length > 0) throw inUse('The policy has versions. Delete them first, or use force.');
      if (cases.length > 0) throw inUse('The policy has tests. Delete them first, or use force.');
      if ((await tx.range(builds, key, { limit: 1 })).length > 0)
        throw inUse('The policy has build workflows. Delete them first, or use force.');
    }
    for (const { key } of cases) tx.delete(testCases, key);
    for (const each of all) {
      tx.delete(automatedReasoningPolicies, [...key, each.version]);
      tx.delete(taggedResources, [automatedReasoningPolicyArn(each)]);
    }
    return whole ? record : undefined;
  });
  if (gone) await removeBuilds(call.kernel, gone);
  return {};
};
