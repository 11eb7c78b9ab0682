import type { Context, ContextValue } from '../engines/policy/policy.ts';
import type { Call } from '../kernel/call.ts';
import { identityArn, type Principal } from '../kernel/principals/principal.ts';
import type { PoliciesOf } from '../kernel/principals/principals.ts';
import type { ConditionKeys } from '../kernel/access.ts';

/**
 * The condition keys of a request, with their true values. Source: IAM User Guide, "AWS global condition context keys". Keys of services
 * come from the operation (`Access.keys`) and from the resource (`Resource.keys`). Each is worked out when a policy looks at it.
 */
export type Facts = {
  call: Caller;
  /** When it was decided, virtual ms: the reasoning may be asked for later. */
  nowMs: number;
  input: Readonly<Record<string, unknown>> | undefined;
  policies: PoliciesOf;
  owner: string;
  ownerOrganization?: PoliciesOf['organization'];
  sourceOrganization?: PoliciesOf['organization'];
  /** Of the operation and of the resource, by lower-case key. */
  keys: ConditionKeys;
  resourceTags: Record<string, string>;
};

/** What of a call the keys need: the reasoning is kept for a while, and must not hold bodies and answers in memory. */
export type Caller = Pick<Call, 'principal' | 'source' | 'via' | 'region'>;

const PRINCIPAL_TYPES: Record<Principal['type'], string> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'AWSService',
  anonymous: 'Anonymous',
};

/**
 * Characters of what callers say of themselves as they like. CloudTrail keeps as many of a user agent (User Guide, "Record contents"), and
 * long texts are not worth the time of long policies.
 */
const TEXT_MAX = 1024;

export function contextOf(facts: Facts): Context {
  const tags = new Map<string, Map<string, string>>();
  const tagOf = (kind: string, all: () => Record<string, string>, key: string) => {
    let known = tags.get(kind);
    // Names of tags are matched whatever their case, as names of keys are.
    if (!known)
      tags.set(kind, (known = new Map(Object.entries(all()).map(([name, value]) => [name.toLowerCase(), value]))));
    return known.get(key);
  };
  return (key) => {
    const given = facts.keys[key];
    if (given !== undefined) return textOf(given);
    const global = GLOBAL[key];
    if (global) return global(facts);
    const slash = key.indexOf('/');
    const prefix = slash < 0 ? '' : key.slice(0, slash);
    const name = key.slice(slash + 1);
    if (prefix === 'aws:principaltag') return tagOf(prefix, () => facts.policies.tags, name);
    if (prefix === 'aws:requesttag') return tagOf(prefix, () => requestTags(facts.input), name);
    // `s3:ResourceTag/…`, `kms:ResourceTag/…` and the like are other names of the global key.
    if (prefix.endsWith(':resourcetag')) return tagOf('resource', () => facts.resourceTags, name);
    return textOf(facts.call.principal.session?.keys?.[key]);
  };
}

function textOf(value: ConditionKeys[string]): ContextValue | undefined {
  return typeof value === 'object' ? value : value === undefined ? undefined : String(value);
}

const session = ({ call }: Facts) => call.principal.session;
const seconds = (ms: number) => String(Math.floor(ms / 1000));
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
/** What a caller's own request has, and one that a service makes for it has not. */
const outer = ({ call }: Facts) => call.via.length === 0 && call.principal.type !== 'service';

const GLOBAL: Record<string, ((facts: Facts) => ContextValue | undefined) | undefined> = {
  'aws:principalarn': ({ call }) =>
    call.principal.type === 'federated-user' ? call.principal.arn : identityArn(call.principal),
  'aws:principalaccount': ({ call }) => unlessNobody(call.principal, call.principal.account),
  'aws:principaltype': ({ call }) => PRINCIPAL_TYPES[call.principal.type],
  'aws:principalorgid': ({ policies }) => policies.organization?.id,
  'aws:principalorgpaths': ({ policies }) => policies.organization && [policies.organization.path],
  'aws:principalisawsservice': ({ call }) => String(call.principal.type === 'service'),
  'aws:principalservicename': ({ call }) => (call.principal.type === 'service' ? call.principal.service : undefined),
  'aws:principalservicenameslist': ({ call }) =>
    call.principal.type === 'service' ? [call.principal.service] : undefined,
  'aws:userid': ({ call }) => unlessNobody(call.principal, call.principal.id),
  'aws:username': ({ call }) => (call.principal.type === 'user' ? call.principal.name : undefined),
  'aws:sourceidentity': (facts) => session(facts)?.sourceIdentity,
  'aws:federatedprovider': (facts) => session(facts)?.federatedProvider,
  'aws:assumedroot': () => undefined,
  'aws:tokenissuetime': (facts) => session(facts) && iso(session(facts)!.issuedAtMs),
  // Long-term keys do not have the key at all.
  'aws:multifactorauthpresent': (facts) => session(facts) && String(session(facts)!.mfaAtMs !== undefined),
  'aws:multifactorauthage': (facts) => {
    const at = session(facts)?.mfaAtMs;
    return at === undefined ? undefined : seconds(facts.nowMs - at);
  },
  'aws:sourceip': (facts) => (outer(facts) ? facts.call.source.ip : undefined),
  'aws:securetransport': ({ call }) => String(call.source.secure),
  'aws:useragent': (facts) => (outer(facts) ? facts.call.source.userAgent.slice(0, TEXT_MAX) : undefined),
  'aws:referer': ({ call }) => call.source.referer?.slice(0, TEXT_MAX),
  'aws:currenttime': ({ nowMs }) => iso(nowMs),
  'aws:epochtime': ({ nowMs }) => seconds(nowMs),
  'aws:requestedregion': ({ call }) => call.region,
  'aws:tagkeys': ({ input }) => tagKeys(input),
  'aws:resourceaccount': ({ owner }) => owner,
  'aws:resourceorgid': ({ ownerOrganization }) => ownerOrganization?.id,
  'aws:resourceorgpaths': ({ ownerOrganization }) => ownerOrganization && [ownerOrganization.path],
  'aws:viaawsservice': ({ call }) => String(call.via.length > 0),
  'aws:calledvia': ({ call }) => (call.via.length > 0 ? call.via : undefined),
  'aws:calledviafirst': ({ call }) => call.via[0],
  'aws:calledvialast': ({ call }) => call.via.at(-1),
  'aws:sourcearn': ({ call }) => (call.principal.type === 'service' ? call.principal.sourceArn : undefined),
  'aws:sourceaccount': ({ call }) => (call.principal.type === 'service' ? call.principal.sourceAccount : undefined),
  'aws:sourceorgid': ({ sourceOrganization }) => sourceOrganization?.id,
  'aws:sourceorgpaths': ({ sourceOrganization }) => sourceOrganization && [sourceOrganization.path],
};

const unlessNobody = (principal: Principal, value: string) => (principal.type === 'anonymous' ? undefined : value);

const TAG_MEMBERS = ['Tags', 'tags', 'TagList', 'tagList', 'TagSet', 'tagSet'];
const TAG_KEY_MEMBERS = ['TagKeys', 'tagKeys', 'TagKeyList', 'tagKeyList'];

/** The members of an input that the keys look at; undefined when it has none. */
export function tagMembers(input: Readonly<Record<string, unknown>> | undefined): Facts['input'] {
  if (!input) return undefined;
  let found: Record<string, unknown> | undefined;
  for (const members of [TAG_MEMBERS, TAG_KEY_MEMBERS])
    for (const member of members) if (input[member] !== undefined) (found ??= {})[member] = input[member];
  return found;
}

/** The tags that a request brings, in whatever form its service has them: lists of keys and values, or a map. */
export function requestTags(input: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const member of TAG_MEMBERS) {
    const value = input?.[member];
    if (Array.isArray(value))
      for (const tag of value as Record<string, unknown>[]) {
        const key = tag?.['Key'] ?? tag?.['key'] ?? tag?.['TagKey'] ?? tag?.['tagKey'];
        const text = tag?.['Value'] ?? tag?.['value'] ?? tag?.['TagValue'] ?? tag?.['tagValue'];
        if (typeof key === 'string') found[key] = typeof text === 'string' ? text : '';
      }
    else if (typeof value === 'object' && value !== null)
      for (const [key, text] of Object.entries(value)) if (typeof text === 'string') found[key] = text;
  }
  return found;
}

function tagKeys(input: Readonly<Record<string, unknown>> | undefined): string[] | undefined {
  const keys = Object.keys(requestTags(input));
  for (const member of TAG_KEY_MEMBERS) {
    const value = input?.[member];
    if (Array.isArray(value)) keys.push(...value.filter((one) => typeof one === 'string'));
  }
  return keys.length > 0 ? keys : undefined;
}
