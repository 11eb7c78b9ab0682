import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { noSuchEntity } from './errors.ts';
import { change, checkModifiable, find, type IdentityKind } from './identities.ts';
import { pageOf, type PageInput, type PageOutput } from './paging.ts';
import { checkInline, encodeDocument } from './policy-documents.ts';

/** Inline policies of users, groups and roles: alike for all three. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

const missing = (kind: IdentityKind, name: string) =>
  noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);

async function putPolicy(call: Call, kind: IdentityKind, name: string, policy: string, document: string) {
  await change(call, kind, name, (identity) => {
    checkModifiable(identity);
    const inline = { ...identity.inline, [policy]: document };
    checkInline(kind, identity.name, inline, document);
    return { ...identity, inline };
  });
  return {};
}

/** The name that the identity is known by, and the document as answers carry it. */
async function getPolicy(call: Call, kind: IdentityKind, name: string, policy: string): Promise<[string, string]> {
  const identity = await find(call.kernel.store, kind, call.account, name);
  if (!Object.hasOwn(identity.inline, policy)) throw missing(kind, policy);
  return [identity.name, encodeDocument(identity.inline[policy]!)];
}

async function deletePolicy(call: Call, kind: IdentityKind, name: string, policy: string) {
  await change(call, kind, name, (identity) => {
    checkModifiable(identity);
    if (!Object.hasOwn(identity.inline, policy)) throw missing(kind, policy);
    const { [policy]: _gone, ...inline } = identity.inline;
    return { ...identity, inline };
  });
  return {};
}

async function listPolicies(
  call: Call,
  kind: IdentityKind,
  name: string,
  input: PageInput,
): Promise<PageOutput & { PolicyNames: string[] }> {
  const identity = await find(call.kernel.store, kind, call.account, name);
  const { items, paging } = pageOf(Object.keys(identity.inline).sort(), input);
  return { PolicyNames: items, ...paging };
}

export const PutUserPolicy: Iam['PutUserPolicy'] = (call, { UserName, PolicyName, PolicyDocument }) =>
  putPolicy(call, 'user', UserName!, PolicyName!, PolicyDocument!);
export const PutGroupPolicy: Iam['PutGroupPolicy'] = (call, { GroupName, PolicyName, PolicyDocument }) =>
  putPolicy(call, 'group', GroupName!, PolicyName!, PolicyDocument!);
export const PutRolePolicy: Iam['PutRolePolicy'] = (call, { RoleName, PolicyName, PolicyDocument }) =>
  putPolicy(call, 'role', RoleName!, PolicyName!, PolicyDocument!);

export const GetUserPolicy: Iam['GetUserPolicy'] = async (call, input) => {
  const [UserName, PolicyDocument] = await getPolicy(call, 'user', input.UserName!, input.PolicyName!);
  return { UserName, PolicyName: input.PolicyName, PolicyDocument };
};
export const GetGroupPolicy: Iam['GetGroupPolicy'] = async (call, input) => {
  const [GroupName, PolicyDocument] = await getPolicy(call, 'group', input.GroupName!, input.PolicyName!);
  return { GroupName, PolicyName: input.PolicyName, PolicyDocument };
};
export const GetRolePolicy: Iam['GetRolePolicy'] = async (call, input) => {
  const [RoleName, PolicyDocument] = await getPolicy(call, 'role', input.RoleName!, input.PolicyName!);
  return { RoleName, PolicyName: input.PolicyName, PolicyDocument };
};

export const DeleteUserPolicy: Iam['DeleteUserPolicy'] = (call, { UserName, PolicyName }) =>
  deletePolicy(call, 'user', UserName!, PolicyName!);
export const DeleteGroupPolicy: Iam['DeleteGroupPolicy'] = (call, { GroupName, PolicyName }) =>
  deletePolicy(call, 'group', GroupName!, PolicyName!);
export const DeleteRolePolicy: Iam['DeleteRolePolicy'] = (call, { RoleName, PolicyName }) =>
  deletePolicy(call, 'role', RoleName!, PolicyName!);

export const ListUserPolicies: Iam['ListUserPolicies'] = (call, input) =>
  listPolicies(call, 'user', input.UserName!, input);
export const ListGroupPolicies: Iam['ListGroupPolicies'] = (call, input) =>
  listPolicies(call, 'group', input.GroupName!, input);
export const ListRolePolicies: Iam['ListRolePolicies'] = (call, input) =>
  listPolicies(call, 'role', input.RoleName!, input);
