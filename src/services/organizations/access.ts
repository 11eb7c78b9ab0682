import type { Tag } from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import { arn } from '../../kernel/resources.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import { handshakeArn, nodeArn, policyArn, resourcePolicyArn } from './arns.ts';
import { decideByPolicy, membershipOf, standingOf } from './callers.ts';
import { handshakes, policies, resourcePolicies, tagsOf, type OrganizationState } from './records.ts';
import { FULL_ACCESS } from './policy-types.ts';

/**
 * IAM actions, resources and condition keys. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
 * Organizations". Where a resource does not exist, the ARN that it would have is asked for.
 */
type Input = { [name: string]: unknown };
type Ask = (call: Call, input: Input) => Promise<Access[]>;

type Owner = Pick<OrganizationState, 'id' | 'partition' | 'managementAccount'>;

/** Whose resources are meant: those of the caller's organization. One that is in none is asked by the form of the ARN alone. */
async function ownerOf(call: Call): Promise<Owner> {
  const found = await membershipOf(call.kernel.store, call.account);
  return found?.organization ?? { id: 'o-*', partition: call.partition, managementAccount: call.account };
}

const ask = (call: Call, resource: string, keys: ConditionKeys = {}): Access => ({
  action: `organizations:${call.operation}`,
  resource,
  keys,
});

/** Roots, units and accounts that members of the input name. */
const onNodes =
  (...names: string[]): Ask =>
  async (call, input) => {
    const owner = await ownerOf(call);
    return names.map((name) => ask(call, nodeArn(owner, input[name] as string), keysOf(input)));
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
async function policyAsk(call: Call, owner: Owner, id: string): Promise<{ on: string; keys: ConditionKeys }> {
  const policy = id === FULL_ACCESS.id ? FULL_ACCESS : await call.kernel.store.get(policies, [owner.id, id]);
  if (!policy) return { on: make(owner, `policy/${owner.id}/*/${id}`), keys: {} };
  return { on: policyArn(owner, policy.type, id), keys: { 'organizations:policytype': policy.type } };
}

const make = ({ partition, managementAccount: account }: Owner, resource: string) =>
  arn({ partition, service: 'organizations', account, resource });

const onPolicy: Ask = async (call, input) => {
  const { on, keys } = await policyAsk(call, await ownerOf(call), input['PolicyId'] as string);
  return [ask(call, on, keys)];
};

/** Both the policy and its target. */
const onAttachment: Ask = async (call, input) => {
  const owner = await ownerOf(call);
  const { on, keys } = await policyAsk(call, owner, input['PolicyId'] as string);
  return [ask(call, on, keys), ask(call, nodeArn(owner, input['TargetId'] as string), keys)];
};

const onHandshake: Ask = async (call, input) => {
  const id = input['HandshakeId'] as string;
  const handshake = await call.kernel.store.get(handshakes, [id]);
  if (!handshake) {
    const owner = await ownerOf(call);
    return [ask(call, make(owner, `handshake/${owner.id}/*/${id}`))];
  }
  const { organization, partition, sender, action } = handshake;
  return [ask(call, handshakeArn({ id: organization, partition, managementAccount: sender }, action, id))];
};

const onTaggable: Ask = async (call, input) => {
  const owner = await ownerOf(call);
  const id = input['ResourceId'] as string;
  if (id.startsWith('rp-')) return [ask(call, resourcePolicyArn(owner, id))];
  if (!id.startsWith('p-')) return [ask(call, nodeArn(owner, id))];
  const { on, keys } = await policyAsk(call, owner, id);
  return [ask(call, on, keys)];
};

const onResourcePolicy: Ask = async (call) => {
  const owner = await ownerOf(call);
  const policy = await call.kernel.store.get(resourcePolicies, [owner.id]);
  return [ask(call, resourcePolicyArn(owner, policy?.id ?? 'rp-*'))];
};

const onAll: Ask = async (call, input) => [ask(call, '*', keysOf(input))];

/** What a new policy will be called is not known yet. */
const newPolicy = (owner: Owner, { Type = '' }: Input) =>
  make(owner, `policy/${owner.id}/${String(Type).toLowerCase()}/p-*`);
const onNewPolicy: Ask = async (call, input) => [ask(call, newPolicy(await ownerOf(call), input), keysOf(input))];

/** A request that carries tags asks for organizations:TagResource as well, on what is to carry them. */
const tagging =
  (inner: Ask, on: (owner: Owner, input: Input) => string): Ask =>
  async (call, input) => {
    const asks = await inner(call, input);
    if (!(input['Tags'] as Tag[] | undefined)?.length) return asks;
    return [
      ...asks,
      { action: 'organizations:TagResource', resource: on(await ownerOf(call), input), keys: keysOf(input) },
    ];
  };

/** The account that is invited; one that is named by its address could be any. */
const onInvited: Ask = async (call, input) => {
  const { Id = '', Type } = (input['Target'] ?? {}) as { Id?: string; Type?: string };
  return [ask(call, nodeArn(await ownerOf(call), Type === 'ACCOUNT' ? Id : '*'))];
};

/** Effective policies are asked for on the account, which is the caller's own unless it says another. */
const onTargetAccount: Ask = async (call, input) => {
  const account = (input['TargetId'] as string | undefined) ?? call.account;
  return [ask(call, nodeArn(await ownerOf(call), account), keysOf(input))];
};

export const access: Record<string, Ask> = {
  AcceptHandshake: onHandshake,
  AttachPolicy: onAttachment,
  CancelHandshake: onHandshake,
  CloseAccount: onNodes('AccountId'),
  CreateAccount: tagging(onAll, (owner) => nodeArn(owner, '*')),
  CreateOrganizationalUnit: tagging(onNodes('ParentId'), (owner) => nodeArn(owner, 'ou-*')),
  CreatePolicy: tagging(onNewPolicy, newPolicy),
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
  InviteAccountToOrganization: tagging(onInvited, (owner) => nodeArn(owner, '*')),
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
  PutResourcePolicy: tagging(onResourcePolicy, (owner) => resourcePolicyArn(owner, 'rp-*')),
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
  const aboutAnother = call.operation === 'DescribeEffectivePolicy' && !asked.endsWith(`/${call.account}`);
  const standing = await standingOf(call, organization, store, ...(aboutAnother ? (['read'] as const) : []));
  if (standing !== 'by-policy') return { owner: call.account, tags };
  decideByPolicy(call);
  const policy = (await store.get(resourcePolicies, [organization.id]))!;
  const text = { id: policy.id, from: 'resource policy of the organization', document: policy.content };
  return { owner: organization.managementAccount, policies: [text], tags };
}
