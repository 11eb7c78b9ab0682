import type { AttachedPolicy } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { readIamArn } from './arns.ts';
import { invalidInput, noSuchEntity, notAttachable, overQuota } from './errors.ts';
import { change, checkModifiable, find, type IdentityKind } from './identities.ts';
import { ATTACHED_MAX } from './limits.ts';
import { pageOf, type PageInput, type PageOutput } from './paging.ts';

/** Managed policies attached to users, groups and roles: alike for all three. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

const QUOTA = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const;

/** Path and name of a managed policy's ARN. Rejects with InvalidInput. */
export function readPolicyArn(arn: string) {
  const found = readIamArn(arn);
  if (found?.kind !== 'policy') throw invalidInput(`ARN ${arn} is not valid.`);
  return found;
}

/** Whether it is there, of AWS or the account itself: those of other accounts are as if they were not. Rejects with InvalidInput. */
export async function isAttachable(call: Call, reader: Reader, arn: string): Promise<boolean> {
  const { account } = readPolicyArn(arn);
  if (account !== 'aws' && account !== call.account) return false;
  return (await call.kernel.principals.managedPolicy(arn, reader)) !== undefined;
}

/** A policy that is attached already stays so. */
async function attach(call: Call, kind: IdentityKind, name: string, arn: string) {
  await change(call, kind, name, async (identity, tx) => {
    checkModifiable(identity);
    const { path } = readPolicyArn(arn);
    if (path.startsWith('/aws-service-role/'))
      throw notAttachable('Cannot attach a Service Role Policy to a Customer Role.');
    if (!(await isAttachable(call, tx, arn))) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    if (identity.attached.includes(arn)) return identity;
    if (identity.attached.length >= ATTACHED_MAX) throw overQuota(QUOTA[kind], ATTACHED_MAX);
    return { ...identity, attached: [...identity.attached, arn] };
  });
  return {};
}

async function detach(call: Call, kind: IdentityKind, name: string, arn: string) {
  await change(call, kind, name, (identity) => {
    checkModifiable(identity);
    readPolicyArn(arn);
    if (!identity.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
    return { ...identity, attached: identity.attached.filter((one) => one !== arn) };
  });
  return {};
}

async function list(
  call: Call,
  kind: IdentityKind,
  name: string,
  input: PageInput & { PathPrefix?: string | undefined },
): Promise<PageOutput & { AttachedPolicies: AttachedPolicy[] }> {
  const identity = await find(call.kernel.store, kind, call.account, name);
  const { items, paging } = pageOf(attachedPolicies(identity.attached, input.PathPrefix), input);
  return { AttachedPolicies: items, ...paging };
}

/** Attached policies as answers name them. */
export const attachedPolicies = (attached: string[], prefix = '/'): AttachedPolicy[] =>
  attached
    .map((arn) => ({ arn, ...readPolicyArn(arn) }))
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ arn, name }) => ({ PolicyName: name, PolicyArn: arn }));

export const AttachUserPolicy: Iam['AttachUserPolicy'] = (call, { UserName, PolicyArn }) =>
  attach(call, 'user', UserName!, PolicyArn!);
export const AttachGroupPolicy: Iam['AttachGroupPolicy'] = (call, { GroupName, PolicyArn }) =>
  attach(call, 'group', GroupName!, PolicyArn!);
export const AttachRolePolicy: Iam['AttachRolePolicy'] = (call, { RoleName, PolicyArn }) =>
  attach(call, 'role', RoleName!, PolicyArn!);

export const DetachUserPolicy: Iam['DetachUserPolicy'] = (call, { UserName, PolicyArn }) =>
  detach(call, 'user', UserName!, PolicyArn!);
export const DetachGroupPolicy: Iam['DetachGroupPolicy'] = (call, { GroupName, PolicyArn }) =>
  detach(call, 'group', GroupName!, PolicyArn!);
export const DetachRolePolicy: Iam['DetachRolePolicy'] = (call, { RoleName, PolicyArn }) =>
  detach(call, 'role', RoleName!, PolicyArn!);

export const ListAttachedUserPolicies: Iam['ListAttachedUserPolicies'] = (call, input) =>
  list(call, 'user', input.UserName!, input);
export const ListAttachedGroupPolicies: Iam['ListAttachedGroupPolicies'] = (call, input) =>
  list(call, 'group', input.GroupName!, input);
export const ListAttachedRolePolicies: Iam['ListAttachedRolePolicies'] = (call, input) =>
  list(call, 'role', input.RoleName!, input);
