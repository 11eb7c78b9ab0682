import {
  decide,
  denialMessage,
  explain,
  namedPolicy,
  readSources,
  type Explanation,
  type Policy,
  type PolicyRequest,
  type Sources,
} from '../engines/policy/policy.ts';
import type { Call } from '../kernel/call.ts';
import { partitionOfArn, policyNames, type FederatedSignIn, type Principal } from '../kernel/principals/principal.ts';
import type { PoliciesOf, Principals } from '../kernel/principals/principals.ts';
import { parseArn, regionOfCall } from '../kernel/resources.ts';
import type { Access, Resource } from '../kernel/access.ts';
import { contextOf, tagMembers, type Facts } from './context.ts';

/** The decision on one permission that a call asks for. */
export type Decision = {
  allowed: boolean;
  /** What the caller is told when it is denied. */
  message: string;
  /** The caller and the owner of the resource are of one account. */
  within: boolean;
  /** The account that the resource is taken to be of. */
  owner: string;
  /** The whole reasoning; worked out when it is asked for. */
  explain(): Explanation;
};

/**
 * Decides whether the call's principal may do `access.action` on `access.resource`.
 * @param resource what stands on the resource; absent: the identity's side decides alone
 * @param as whom the call is decided for instead of its principal, which is nobody
 */
export async function authorize(
  call: Call,
  access: Access,
  resource?: Resource,
  input?: Readonly<Record<string, unknown>>,
  as?: FederatedSignIn,
): Promise<Decision> {
  const { principals } = call.kernel;
  const { policies, sources: side } = await sidesOf(principals, call.principal);
  const owner = resource?.owner ?? ownerOf(access.resource) ?? call.account;
  const sources: Sources = {
    ...side,
    resource: (resource?.policies ?? []).map((text) => namedPolicy(text, 'resource')),
    owner,
    ...(resource?.closed ? { closed: true } : {}),
  };
  const { principal, source, via } = call;
  const facts: Facts = {
    call: { principal, source, via, region: resource?.region ?? regionOfCall(call) },
    nowMs: call.kernel.clock.now(),
    input: tagMembers(input),
    policies,
    owner,
    keys: access.keys ?? NO_KEYS,
    resourceTags: {},
    ...(await farther(call, access, resource, sources, owner)),
  };
  const request: PolicyRequest = {
    principal: as ? federatedNames(as) : policyNames(call.principal),
    action: access.action,
    resource: access.resource,
    context: contextOf(facts),
  };
  // Services look up what an ARN names by its other parts: with a made-up partition it would pass by the policies that name it rightly.
  const elsewhere = (partitionOfArn(access.resource) ?? call.partition) !== call.partition;
  const decision = elsewhere ? ELSEWHERE : decide(request, sources);
  const within = owner === principal.account;
  let explained: Explanation | undefined;
  return {
    allowed: decision.allowed,
    message: decision.allowed ? '' : denialMessage(request, decision, access.action.startsWith('s3:')),
    within,
    owner,
    explain: () => (explained ??= { ...explain(request, sources), ...(elsewhere ? { allowed: false } : {}) }),
  };
}

const ELSEWHERE = { allowed: false, explicit: false, by: 'identity', matched: [] } as const;

const federatedNames = ({ account, provider }: FederatedSignIn) => ({
  kind: 'federated' as const,
  account,
  arn: provider,
  identityArn: provider,
  ids: [],
  provider,
});

const NO_KEYS = {};

/** `arn:aws:kms:us-east-1:111122223333:key/…` → the account; undefined where the ARN names none. */
function ownerOf(resource: string): string | undefined {
  const account = parseArn(resource)?.account;
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

/** What has to be looked up, and is only when a policy looks at it. */
async function farther(
  call: Call,
  access: Access,
  resource: Resource | undefined,
  sources: Sources,
  owner: string,
): Promise<Partial<Facts>> {
  const wanted = wantedOf(sources);
  const found: Partial<Facts> = {};
  if (wanted.tags && resource?.tags) found.resourceTags = await resource.tags();
  if (wanted.service && resource?.keys) found.keys = { ...(await resource.keys()), ...access.keys };
  const { principals } = call.kernel;
  if (wanted.organizations) {
    const ofOwner = await principals.organizationOf(owner);
    if (ofOwner) found.ownerOrganization = ofOwner;
    const source = call.principal.type === 'service' ? call.principal.sourceAccount : undefined;
    const ofSource = source === undefined ? undefined : await principals.organizationOf(source);
    if (ofSource) found.sourceOrganization = ofSource;
  }
  return found;
}

type Wanted = { tags: boolean; service: boolean; organizations: boolean };

function wantedOf(sources: Sources): Wanted {
  const wanted = { tags: false, service: false, organizations: false };
  const look = (policy: Policy) => {
    const one = wantedBy(policy);
    wanted.tags ||= one.tags;
    wanted.service ||= one.service;
    wanted.organizations ||= one.organizations;
  };
  for (const { policy } of sources.identity) look(policy);
  for (const { policy } of sources.resource) look(policy);
  if (sources.boundary) look(sources.boundary.policy);
  for (const { policy } of sources.session ?? []) look(policy);
  for (const { policies } of sources.serviceControl ?? []) for (const { policy } of policies) look(policy);
  return wanted;
}

const wantedByPolicy = new WeakMap<Policy, Wanted>();

function wantedBy(policy: Policy): Wanted {
  let known = wantedByPolicy.get(policy);
  if (known) return known;
  const keys = [...policy.keys];
  known = {
    tags: keys.some((key) => key.includes(':resourcetag/')),
    service: keys.some((key) => !key.startsWith('aws:')),
    organizations: keys.some((key) => /^aws:(resource|source)org/.test(key)),
  };
  wantedByPolicy.set(policy, known);
  return known;
}

type Side = { policies: PoliciesOf; sources: Omit<Sources, 'resource' | 'owner' | 'closed'> };

/** Identities whose policies are at hand, and as of which generation; least lately used dropped first. */
const SIDES_MAX = 10_000;
const sidesByStack = new WeakMap<Principals, Map<string, { generation: number; side: Side }>>();

async function sidesOf(principals: Principals, principal: Principal): Promise<Side> {
  let sides = sidesByStack.get(principals);
  if (!sides) sidesByStack.set(principals, (sides = new Map()));
  const key = sideKey(principal);
  const generation = await principals.generation();
  const known = sides.get(key);
  if (known?.generation === generation) return known.side;
  const policies = await principals.policiesOf(principal);
  const side = { policies, sources: readSources(policies) };
  sides.delete(key);
  sides.set(key, { generation, side });
  if (sides.size > SIDES_MAX) sides.delete(sides.keys().next().value!);
  return side;
}

/** All of a principal that its policies depend on. */
function sideKey(principal: Principal): string {
  const { type, arn, id, session } = principal;
  const narrowed = session
    ? JSON.stringify([
        session.policy,
        session.policyArns,
        session.tags,
        type === 'federated-user' ? principal.issuer : '',
      ])
    : '';
  return `${type}\n${arn}\n${id}\n${narrowed}`;
}
