import type { CreateGrantRequest, GrantListEntry, GrantOperation } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { endDryRun, invalidArn, invalidGrantId, invalidMarker, limitExceeded, validation } from './errors.ts';
import { identifyGrant } from './grant-names.ts';
import { checkGrantTokens, grantToken } from './grant-tokens.ts';
import { keyArn, openKey, readLimit, requireUsable, reread } from './key-id.ts';
import { CONSTRAINT_PAIRS_MAX, CONSTRAINT_VALUE_LENGTH_MAX, GRANTS_PAGE, GRANTS_PER_KEY_MAX } from './limits.ts';
import { principalId } from './policy-principals.ts';
import { grants, grantsOfGrantee, grantsOfName, grantsOfRetiring, keys, type Grant, type Key } from './records.ts';
import { specOf } from './specs.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Operations that a grant may allow on keys of a usage; CreateGrant, RetireGrant and DescribeKey on all. Source: Developer Guide, "Grant operations". */
const OPERATIONS: Record<Key['usage'], GrantOperation[]> = {
  ENCRYPT_DECRYPT: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['Sign', 'Verify'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate'],
};
const DATA_KEYS: GrantOperation[] = [
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
];
const ON_ALL: GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];

/** Lets a principal use a key, until the grant is retired or revoked. The same request under a name makes no second one. */
export const CreateGrant: Kms['CreateGrant'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const key = await openKey(call, input.KeyId!, false);
  requireUsable(key);
  const ids = await checkRequest(call, key, input);
  endDryRun(input);
  const id = call.kernel.ids.hex(64);
  const grant: Grant = {
    id,
    createdAtMs: call.kernel.clock.now(),
    grantee: (input.GranteePrincipal ?? input.GranteeServicePrincipal)!,
    granteeIsService: input.GranteePrincipal === undefined,
    issuingAccount: `arn:${call.partition}:iam::${call.account}:root`,
    operations: [...new Set(input.Operations)],
    ...(input.Name === undefined ? {} : { name: input.Name }),
    ...retiringOf(input),
    ...ids,
    ...constraintsOf(input),
  };
  return call.kernel.store.transact(async (tx) => {
    const standing = await reread(tx, key);
    const same = await sameGrant(tx, standing, grant);
    if (same) return { GrantId: same.id, GrantToken: grantToken(key, same.id) };
    if (standing.grants >= GRANTS_PER_KEY_MAX)
      throw limitExceeded(`The number of grants exceeds the quota of ${GRANTS_PER_KEY_MAX} for a KMS key.`);
    write(tx, { ...standing, grants: standing.grants + 1 }, grant);
    return { GrantId: id, GrantToken: grantToken(key, id) };
  });
};

function retiringOf(input: CreateGrantRequest): Pick<Grant, 'retiring' | 'retiringIsService'> {
  if (input.RetiringPrincipal !== undefined) return { retiring: input.RetiringPrincipal };
  if (input.RetiringServicePrincipal === undefined) return {};
  return { retiring: input.RetiringServicePrincipal, retiringIsService: true };
}

function constraintsOf(input: CreateGrantRequest): Pick<Grant, 'constraints'> {
  const {
    EncryptionContextEquals: equals,
    EncryptionContextSubset: subset,
    SourceArn: sourceArn,
  } = input.Constraints ?? {};
  if (equals === undefined && subset === undefined && sourceArn === undefined) return {};
  return {
    constraints: {
      ...(equals === undefined ? {} : { equals }),
      ...(subset === undefined ? {} : { subset }),
      ...(sourceArn === undefined ? {} : { sourceArn }),
    },
  };
}

async function checkRequest(
  call: Call,
  key: Key,
  input: CreateGrantRequest,
): Promise<Pick<Grant, 'granteeId' | 'retiringId'>> {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal, Constraints } = input;
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined))
    throw validation('Specify either GranteePrincipal or GranteeServicePrincipal.');
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined)
    throw validation('Specify either RetiringPrincipal or RetiringServicePrincipal, but not both.');
  if ((input.Operations ?? []).length === 0) throw validation('A grant must allow at least one operation.');
  const isSymmetric = specOf(key).kind === 'symmetric';
  const possible = [
    ...ON_ALL,
    ...OPERATIONS[key.usage],
    ...(isSymmetric ? DATA_KEYS : []),
    ...(key.publicKey ? (['GetPublicKey'] as const) : []),
  ];
  const wrong = input.Operations!.find((operation) => !possible.includes(operation));
  if (wrong !== undefined)
    throw validation(
      `Grant operation ${wrong} is not supported by a KMS key with key spec ${key.spec} and key usage ${key.usage}.`,
    );
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = Constraints ?? {};
  if (equals !== undefined && subset !== undefined)
    throw validation('Specify either EncryptionContextEquals or EncryptionContextSubset, but not both.');
  if ((equals !== undefined || subset !== undefined) && !isSymmetric)
    throw validation('Encryption context constraints are supported by symmetric encryption KMS keys only.');
  const pairs = Object.values(equals ?? subset ?? {});
  if (pairs.length > CONSTRAINT_PAIRS_MAX || pairs.some((value) => value.length > CONSTRAINT_VALUE_LENGTH_MAX))
    throw validation(
      `A grant constraint has at most ${CONSTRAINT_PAIRS_MAX} encryption context pairs, with values of at most ${CONSTRAINT_VALUE_LENGTH_MAX} characters.`,
    );
  if (SourceArn !== undefined && GranteeServicePrincipal === undefined)
    throw validation('SourceArn is a constraint of grants to services.');
  const granteeId = await idOf(call, GranteePrincipal);
  const retiringId = await idOf(call, RetiringPrincipal);
  return { ...(granteeId === undefined ? {} : { granteeId }), ...(retiringId === undefined ? {} : { retiringId }) };
}

/** The id of a user or role; undefined for who has none. Throws InvalidArnException for nobody. */
async function idOf(call: Call, arn: string | undefined): Promise<string | undefined> {
  if (arn === undefined) return undefined;
  const id = arn.startsWith('arn:') ? await principalId(call, arn) : undefined;
  if (id === undefined) throw invalidArn(`ARN does not refer to a valid principal: ${arn}`);
  return id === arn ? undefined : id;
}

/** A grant of that name that is the same in all else. */
async function sameGrant(tx: Transaction, key: Key, grant: Grant): Promise<Grant | undefined> {
  if (grant.name === undefined) return undefined;
  const place = [key.account, key.region, key.id];
  for (const { key: parts } of await tx.range(grantsOfName, [...place, grant.name])) {
    const standing = await tx.get(grants, [...place, parts[4] as string]);
    if (standing && contentOf(standing) === contentOf(grant)) return standing;
  }
  return undefined;
}

const sorted = (map: Record<string, string> | undefined) =>
  map && Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

const contentOf = ({ grantee, granteeId, retiring, retiringId, issuingAccount, operations, constraints }: Grant) =>
  JSON.stringify([
    grantee,
    granteeId,
    retiring,
    retiringId,
    issuingAccount,
    operations.toSorted(),
    sorted(constraints?.equals),
    sorted(constraints?.subset),
    constraints?.sourceArn,
  ]);

function write(tx: Transaction, key: Key, grant: Grant): void {
  const place = [key.account, key.region, key.id];
  tx.put(keys, place, key);
  tx.put(grants, [...place, grant.id], grant);
  for (const [index, entry] of indexesOf(key, grant)) tx.put(index, entry, true);
}

/** Takes a grant away; its key's record is to be written by the caller. */
export function removeGrant(tx: Transaction, key: Key, grant: Grant): void {
  tx.delete(grants, [key.account, key.region, key.id, grant.id]);
  for (const [index, entry] of indexesOf(key, grant)) tx.delete(index, entry);
}

function indexesOf(key: Key, { id, name, grantee, retiring }: Grant) {
  const place = [key.account, key.region, key.id];
  return [
    [grantsOfGrantee, [...place, grantee, id]],
    ...(name === undefined ? [] : [[grantsOfName, [...place, name, id]]]),
    ...(retiring === undefined ? [] : [[grantsOfRetiring, [key.account, key.region, retiring, key.id, id]]]),
  ] as [typeof grantsOfGrantee, string[]][];
}

async function take(call: Call, key: Key, grantId: string): Promise<void> {
  await call.kernel.store.transact(async (tx) => {
    const standing = await reread(tx, key);
    const grant = await tx.get(grants, [key.account, key.region, key.id, grantId]);
    if (!grant) throw invalidGrantId(`Grant ID ${grantId} not found`);
    removeGrant(tx, standing, grant);
    tx.put(keys, [key.account, key.region, key.id], { ...standing, grants: standing.grants - 1 });
  });
}

/** Ends a grant from outside: by who administers the key. */
export const RevokeGrant: Kms['RevokeGrant'] = async (call, input) => {
  const key = await openKey(call, input.KeyId!, false);
  await requireGrant(call, key, input.GrantId!);
  endDryRun(input);
  await take(call, key, input.GrantId!);
  return {};
};

/** Ends a grant from inside: by who needs it no more. */
export const RetireGrant: Kms['RetireGrant'] = async (call, input) => {
  const { named, grant } = await identifyGrant(call, input);
  if (!named.key) throw named.problem!;
  if (!grant) throw invalidGrantId(`Grant ID ${input.GrantId ?? ''} not found`);
  endDryRun(input);
  await take(call, named.key, grant.id);
  return {};
};

async function requireGrant(call: Call, key: Key, grantId: string): Promise<void> {
  const grant = await call.kernel.store.get(grants, [key.account, key.region, key.id, grantId]);
  if (!grant) throw invalidGrantId(`Grant ID ${grantId} not found`);
}

/** The grants on a key, or those of them to one grantee. */
export const ListGrants: Kms['ListGrants'] = async (call, input) => {
  const key = await openKey(call, input.KeyId!, false);
  const { store } = call.kernel;
  const place = [key.account, key.region, key.id];
  const limit = readLimit(input.Limit, GRANTS_PAGE);
  const after = readPageToken<{ after: string }>(input.Marker, invalidMarker)?.after;
  const grantee = input.GranteePrincipal ?? input.GranteeServicePrincipal;
  if (input.GrantId !== undefined) {
    const one = await store.get(grants, [...place, input.GrantId]);
    if (!one) throw invalidGrantId(`Grant ID ${input.GrantId} not found`);
    return pageOf(grantee === undefined || one.grantee === grantee ? [entryOf(key, one)] : [], limit);
  }
  const prefix = grantee === undefined ? place : [...place, grantee];
  const options = { limit: limit + 1, ...(after === undefined ? {} : { after: [...prefix, after] }) };
  if (grantee === undefined) {
    const found = await store.range(grants, prefix, options);
    return pageOf(
      found.map(({ value }) => entryOf(key, value)),
      limit,
    );
  }
  const found: GrantListEntry[] = [];
  for (const { key: parts } of await store.range(grantsOfGrantee, prefix, options)) {
    const grant = await store.get(grants, [...place, parts[4] as string]);
    if (grant) found.push(entryOf(key, grant));
  }
  return pageOf(found, limit);
};

function pageOf(found: GrantListEntry[], limit: number) {
  const Grants = found.slice(0, limit);
  const isTruncated = found.length > limit;
  return {
    Grants,
    Truncated: isTruncated,
    ...(isTruncated ? { NextMarker: pageToken({ after: Grants.at(-1)!.GrantId }) } : {}),
  };
}

const entryOf = (key: Key, grant: Grant): GrantListEntry => ({
  KeyId: key.arn,
  GrantId: grant.id,
  Name: grant.name ?? '',
  CreationDate: new Date(grant.createdAtMs),
  ...(grant.granteeIsService ? { GranteeServicePrincipal: grant.grantee } : { GranteePrincipal: grant.grantee }),
  ...(grant.retiring === undefined
    ? {}
    : grant.retiringIsService
      ? { RetiringServicePrincipal: grant.retiring }
      : { RetiringPrincipal: grant.retiring }),
  IssuingAccount: grant.issuingAccount,
  Operations: grant.operations,
  ...(grant.constraints
    ? {
        Constraints: {
          ...(grant.constraints.equals ? { EncryptionContextEquals: grant.constraints.equals } : {}),
          ...(grant.constraints.subset ? { EncryptionContextSubset: grant.constraints.subset } : {}),
          ...(grant.constraints.sourceArn === undefined ? {} : { SourceArn: grant.constraints.sourceArn }),
        },
      }
    : {}),
});

/** Grants of the account in the region that a principal may retire. */
export const ListRetirableGrants: Kms['ListRetirableGrants'] = async (call, input) => {
  const retiring = input.RetiringPrincipal ?? input.RetiringServicePrincipal;
  if (retiring === undefined || (input.RetiringPrincipal !== undefined && input.RetiringServicePrincipal !== undefined))
    throw validation('Specify either RetiringPrincipal or RetiringServicePrincipal.');
  const { store } = call.kernel;
  const prefix = [call.account, call.region, retiring];
  const limit = readLimit(input.Limit, GRANTS_PAGE);
  const after = readPageToken<{ after: [string, string] }>(input.Marker, invalidMarker)?.after;
  const found = await store.range(grantsOfRetiring, prefix, {
    limit: limit + 1,
    ...(after === undefined ? {} : { after: [...prefix, ...after] }),
  });
  const Grants: GrantListEntry[] = [];
  for (const { key: parts } of found.slice(0, limit)) {
    const [keyId, grantId] = parts.slice(3) as [string, string];
    const key = await store.get(keys, [call.account, call.region, keyId]);
    const grant = await store.get(grants, [call.account, call.region, keyId, grantId]);
    if (grant) Grants.push(entryOf(key ?? ({ arn: keyArn(call, call.account, keyId) } as Key), grant));
  }
  const isTruncated = found.length > limit;
  return {
    Grants,
    Truncated: isTruncated,
    ...(isTruncated ? { NextMarker: pageToken({ after: found[limit - 1]!.key.slice(3) }) } : {}),
  };
};
