import type { GrantOperation } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { identityArn } from '../../kernel/principals/principal.ts';
import type { PolicyText } from '../../kernel/principals/principals.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Access, Resource } from '../../kernel/access.ts';
import { meantByCall } from './grant-names.ts';
import { grants, grantsOfGrantee, aliasesOfKey, keys, type Grant, type Key } from './records.ts';

/**
 * What stands on a key: its policy, and the grants to whoever calls, each as the policy that it amounts to. Nobody but who these let in
 * may do anything with it, the root of its own account included. Source: Developer Guide, "Determining access to AWS KMS keys".
 */
export async function resource(call: Call, { action, resource }: Access): Promise<Resource | undefined> {
  const parts = parseArn(resource);
  if (!parts || parts.service !== 'kms') return undefined;
  const { region, account, resource: name } = parts;
  // An alias has no policy of its own.
  if (name.startsWith('alias/')) return { owner: account };
  const key = await call.kernel.store.get(keys, [account, region, name.slice('key/'.length)]);
  if (!key) return undefined;
  const granted = action === 'kms:RetireGrant' ? retirement(call, key) : await grantPolicies(call, key, action);
  return {
    owner: account,
    closed: true,
    policies: [{ id: 'default', from: 'key policy', document: key.policyById ?? key.policy }, ...granted],
    tags: () => key.tags,
    keys: async () => ({
      'kms:keyspec': key.spec,
      'kms:customermasterkeyspec': key.spec,
      'kms:keyusage': key.usage,
      'kms:customermasterkeyusage': key.usage,
      'kms:keyorigin': key.origin,
      'kms:multiregion': key.multiRegion !== undefined,
      'kms:multiregionkeytype': key.multiRegion,
      'kms:resourcealiases': await aliasesOf(call, key),
    }),
  };
}

async function aliasesOf(call: Call, key: Key): Promise<string[]> {
  const found = await call.kernel.store.range(aliasesOfKey, [key.account, key.region, key.id]);
  return found.map(({ key: parts }) => parts[3] as string);
}

/** The names by which a grant may mean the caller. */
function namesOf({ principal }: Call): string[] {
  if (principal.type === 'service') return [principal.service];
  const root = `arn:${principal.arn.split(':')[1]}:iam::${principal.account}:root`;
  return [...new Set([principal.arn, identityArn(principal), root])];
}

/** Whom a grant itself lets retire it: its retiring principal, and its grantee where that is among its operations. */
function retirement(call: Call, key: Key): PolicyText[] {
  const grant = meantByCall.get(call);
  if (!grant) return [];
  const {
    retiring,
    retiringIsService = false,
    grantee,
    granteeIsService,
    operations,
  } = {
    ...grant,
    ...(grant.retiringId === undefined ? {} : { retiring: grant.retiringId }),
    ...(grant.granteeId === undefined ? {} : { grantee: grant.granteeId }),
  };
  const allow = (who: string, isService: boolean) => ({
    Effect: 'Allow',
    Principal: isService ? { Service: who } : { AWS: who },
    Action: 'kms:RetireGrant',
    Resource: key.arn,
  });
  const Statement = [
    ...(retiring === undefined ? [] : [allow(retiring, retiringIsService)]),
    ...(operations.includes('RetireGrant') ? [allow(grantee, granteeIsService)] : []),
  ];
  if (Statement.length === 0) return [];
  return [{ id: grant.id, from: 'grant', document: JSON.stringify({ Version: '2012-10-17', Statement }) }];
}

/** The grants to the caller that are about the action. */
async function grantPolicies(call: Call, key: Key, action: string): Promise<PolicyText[]> {
  if (key.grants === 0) return [];
  const { store } = call.kernel;
  const place = [key.account, key.region, key.id];
  const operation = action.slice('kms:'.length) as GrantOperation;
  const found: PolicyText[] = [];
  for (const name of namesOf(call)) {
    for await (const { key: parts } of store.all(grantsOfGrantee, [...place, name])) {
      const grant = await store.get(grants, [...place, parts[4] as string]);
      if (grant?.operations.includes(operation))
        found.push({ id: grant.id, from: 'grant', document: JSON.stringify(policyOf(key, grant)) });
    }
  }
  return found;
}

/** Operations without an encryption context: a grant's constraints on that say nothing of them. Source: API Reference, GrantConstraints. */
const WITHOUT_CONTEXT = new Set(['DescribeKey', 'RetireGrant', 'GetPublicKey']);

type Condition = Record<string, Record<string, string | string[]>>;

/** The policy that a grant amounts to. */
export function policyOf(key: Pick<Key, 'arn'>, grant: Grant) {
  const { equals, subset, sourceArn } = grant.constraints ?? {};
  const wanted = equals ?? subset;
  const source: Condition = sourceArn === undefined ? {} : { ArnEquals: { 'aws:SourceArn': sourceArn } };
  const inContext: Condition = {
    ...source,
    ...(wanted
      ? {
          StringEquals: Object.fromEntries(
            Object.entries(wanted).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
          ),
        }
      : {}),
  };
  // Nothing may be in the context beside what the grant names.
  const noMore: Record<string, string[]> = equals ? { 'kms:EncryptionContextKeys': Object.keys(equals) } : {};
  const statement = (operations: string[], condition: Condition) => ({
    Effect: 'Allow',
    Principal: grant.granteeIsService ? { Service: grant.grantee } : { AWS: grant.granteeId ?? grant.grantee },
    Action: operations.map((operation) => `kms:${operation}`),
    Resource: key.arn,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  });
  const bound = grant.operations.filter(
    (operation) => wanted !== undefined && operation !== 'CreateGrant' && !WITHOUT_CONTEXT.has(operation),
  );
  const free = grant.operations.filter((operation) => operation !== 'CreateGrant' && !bound.includes(operation));
  return {
    Version: '2012-10-17',
    Statement: [
      ...(bound.length > 0
        ? [statement(bound, { ...inContext, ...(equals ? { 'ForAllValues:StringEquals': noMore } : {}) })]
        : []),
      ...(free.length > 0 ? [statement(free, source)] : []),
      // What is handed on is no wider: no other operations, and constraints as strict. Source: API Reference, CreateGrant.
      ...(grant.operations.includes('CreateGrant')
        ? [
            statement(['CreateGrant'], {
              ...inContext,
              'ForAllValues:StringEquals': { 'kms:GrantOperations': grant.operations, ...noMore },
              ...(equals
                ? { 'ForAnyValue:StringEquals': { 'kms:GrantConstraintType': 'EncryptionContextEquals' } }
                : {}),
            }),
          ]
        : []),
    ],
  };
}
