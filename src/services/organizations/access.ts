import type { Tag } from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import { arn } from '../../kernel/resources.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/service.ts';
import { handshakeArn, nodeArn, policyArn, resourcePolicyArn } from './arns.ts';
import { membershipOf, standingOf } from './callers.ts';
import { handshakes, policies, resourcePolicies, tagsOf, type OrganizationState } from './records.ts';
import { FULL_ACCESS } from './policy-types.ts';

/**
 * IAM actions, resources and condition keys. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
 * Organizations". Where a resource does not exist, the ARN that it would have is asked for.
 */
type Input = { [name: string]: unknown };
type Ask = (call: Call, input: Input) => Promise<Access[]>;

const organizationOf = async (call: Call): Promise<OrganizationState | undefined> =>
  (await membershipOf(call.kernel.store, call.account))?.organization;

const ask = (call: Call, resource: string, keys: ConditionKeys = {}): Access => ({
  action: `organizations:${call.operation}`,
  resource,
  keys,
});

/** Roots, units and accounts that members of the input name. */
const onNodes =
  (...names: string[]): Ask =>
  async (call, input) => {
    const organization = await organizationOf(call);
    const ids = names.map((name) => input[name]).filter((id) => typeof id === 'string');
    if (!organization || ids.length === 0) return [ask(call, '*', keysOf(input))];
    return ids.map((id) => ask(call, nodeArn(organization, id), keysOf(input)));
  };

/** Condition keys of this service that the request sets; those of its tags are found for all services alike. */
function keysOf(input: Input): ConditionKeys {
  const type = input['PolicyType'] ?? input['Type'] ?? input['Filter'];
  return {
    ...(typeof type === 'string' ? { 'organizations:policytype': type } : {}),
    ...(typeof input['ServicePrincipal'] === 'string'
      ? { 'organizations:serviceprincipal': input['ServicePrincipal'] }
      : {}),
  };
}

/** The ARN of a policy, and its type as a key. */
async function policyAsk(call: Call, organization: OrganizationState | undefined, id: string) {
  const policy =
    id === FULL_ACCESS.id
      ? FULL_ACCESS
      : organization && (await call.kernel.store.get(policies, [organization.id, id]));
  if (!organization || !policy) return { on: '*', keys: {} };
  return {
    on: policyArn(organization, policy.type, id),
    keys: { 'organizations:policytype': policy.type } as ConditionKeys,
  };
}

const onPolicy: Ask = async (call, input) => {
  const { on, keys } = await policyAsk(call, await organizationOf(call), input['PolicyId'] as string);
  return [ask(call, on, keys)];
};

/** Both the policy and its target. */
const onAttachment: Ask = async (call, input) => {
  const organization = await organizationOf(call);
  const { on, keys } = await policyAsk(call, organization, input['PolicyId'] as string);
  const target = organization ? nodeArn(organization, input['TargetId'] as string) : '*';
  return [ask(call, on, keys), ask(call, target, keys)];
};

const onHandshake: Ask = async (call, input) => {
  const handshake = await call.kernel.store.get(handshakes, [input['HandshakeId'] as string]);
  if (!handshake) return [ask(call, '*')];
  const owner = { id: handshake.organization, partition: handshake.partition, managementAccount: handshake.sender };
  return [ask(call, handshakeArn(owner, handshake.action, handshake.id))];
};

const onTaggable: Ask = async (call, input) => {
  const organization = await organizationOf(call);
  const id = input['ResourceId'] as string;
  if (!organization) return [ask(call, '*', keysOf(input))];
  if (id.startsWith('rp-')) return [ask(call, resourcePolicyArn(organization, id), keysOf(input))];
  if (!id.startsWith('p-')) return [ask(call, nodeArn(organization, id), keysOf(input))];
  const { on, keys } = await policyAsk(call, organization, id);
  return [ask(call, on, { ...keysOf(input), ...keys })];
};

const onResourcePolicy: Ask = async (call, input) => {
  const organization = await organizationOf(call);
  const policy = organization && (await call.kernel.store.get(resourcePolicies, [organization.id]));
  const existing = organization && policy && resourcePolicyArn(organization, policy.id);
  return [ask(call, existing ?? (await newArn(call, 'resourcepolicy')), keysOf(input))];
};

const onAll: Ask = async (call, input) => [ask(call, '*', keysOf(input))];

/** The ARN that something new will have, but for its id. */
async function newArn(call: Call, kind: string): Promise<string> {
  const organization = await organizationOf(call);
  if (!organization) return '*';
  const { partition, managementAccount: account, id } = organization;
  const [type, ...rest] = kind.split('/');
  const place = [type, id, ...rest].join('/');
  return arn({ partition, service: 'organizations', account, resource: `${place}/*` });
}

/** A request that carries tags asks for organizations:TagResource as well, on what is to carry them. */
const tagging =
  (inner: Ask, kind: (input: Input) => string): Ask =>
  async (call, input) => {
    const asks = await inner(call, input);
    if (!(input['Tags'] as Tag[] | undefined)?.length) return asks;
    const resource = await newArn(call, kind(input));
    return [...asks, { action: 'organizations:TagResource', resource, keys: keysOf(input) }];
  };

const onNewPolicy: Ask = async (call, input) => [ask(call, await newArn(call, policyKind(input)), keysOf(input))];
const policyKind = ({ Type = '' }: Input) => `policy/${String(Type).toLowerCase()}`;

/** The account that is invited, when it is named by its id. */
const onInvited: Ask = async (call, input) => {
  const organization = await organizationOf(call);
  const { Id = '', Type } = (input['Target'] ?? {}) as { Id?: string; Type?: string };
  return [ask(call, organization && Type === 'ACCOUNT' ? nodeArn(organization, Id) : '*', keysOf(input))];
};

/** Effective policies are asked for on the account, which is the caller's own unless it says another. */
const onTargetAccount: Ask = async (call, input) => {
  const organization = await organizationOf(call);
  const account = (input['TargetId'] as string | undefined) ?? call.account;
  return [ask(call, organization ? nodeArn(organization, account) : '*', keysOf(input))];
};

export const access: Record<string, Ask> = {
  AcceptHandshake: onHandshake,
  AttachPolicy: onAttachment,
  CancelHandshake: onHandshake,
  CloseAccount: onNodes('AccountId'),
  CreateAccount: tagging(onAll, () => 'account'),
  CreateOrganizationalUnit: tagging(onNodes('ParentId'), () => 'ou'),
  CreatePolicy: tagging(onNewPolicy, policyKind),
  DeclineHandshake: onHandshake,
  DeleteOrganizationalUnit: onNodes('OrganizationalUnitId'),
  DeletePolicy: onPolicy,
  DeregisterDelegatedAdministrator: onNodes('AccountId'),
  DescribeAccount: onNodes('AccountId'),
  DescribeEffectivePolicy: onTargetAccount,
  DescribeHandshake: onHandshake,
  DescribeOrganizationalUnit: onNodes('OrganizationalUnitId'),
  DescribePolicy: onPolicy,
  DetachPolicy: onAttachment,
  DisableAWSServiceAccess: onAll,
  DisablePolicyType: onNodes('RootId'),
  EnableAWSServiceAccess: onAll,
  EnablePolicyType: onNodes('RootId'),
  InviteAccountToOrganization: tagging(onInvited, () => 'account'),
  ListAccountsForParent: onNodes('ParentId'),
  ListChildren: onNodes('ParentId'),
  ListDelegatedAdministrators: onAll,
  ListDelegatedServicesForAccount: onNodes('AccountId'),
  ListOrganizationalUnitsForParent: onNodes('ParentId'),
  ListParents: onNodes('ChildId'),
  ListPolicies: onAll,
  ListPoliciesForTarget: onNodes('TargetId'),
  ListTagsForResource: onTaggable,
  ListTargetsForPolicy: onPolicy,
  MoveAccount: onNodes('AccountId', 'SourceParentId', 'DestinationParentId'),
  PutResourcePolicy: tagging(onResourcePolicy, () => 'resourcepolicy'),
  RegisterDelegatedAdministrator: onNodes('AccountId'),
  RemoveAccountFromOrganization: onNodes('AccountId'),
  TagResource: onTaggable,
  UntagResource: onTaggable,
  UpdateOrganizationalUnit: onNodes('OrganizationalUnitId'),
  UpdatePolicy: onPolicy,
};

/**
 * What stands on a resource. Everybody's own policies decide, except on a member that neither belongs to those whom the service lets nor
 * is a delegated administrator: it needs the organization's resource policy, too, as any caller from another account does.
 */
export async function resource(call: Call, { resource: asked }: Access): Promise<Resource | undefined> {
  const { store } = call.kernel;
  const found = await membershipOf(store, call.account);
  if (!found) return { owner: call.account };
  const { organization } = found;
  const tags = async () => (await store.get(tagsOf, [organization.id, asked.split('/').at(-1)!])) ?? {};
  if ((await standingOf(call, organization, store)) !== 'by-policy') return { owner: call.account, tags };
  const policy = (await store.get(resourcePolicies, [organization.id]))!;
  const text = { id: policy.id, from: 'resource policy of the organization', document: policy.content };
  return { owner: organization.managementAccount, policies: [text], tags };
}
