import type { Call } from '../../kernel/call.ts';
import { managedByAws } from '../../kernel/principals/managed.ts';
import { groups, nameKey, policies, roles, users } from '../../kernel/principals/records.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import { iamArn, readIamArn } from './arns.ts';
import { readPolicyArn } from './attachments.ts';
import { credentialResource } from './credentials-index.ts';
import { instanceProfiles } from './instance-profile-records.ts';
import { readSourceArn } from './policy-source.ts';
import { linkedRoleArn, linkedRoleOfTask } from './linked-role-names.ts';
import { passwordGrants } from './password-policy.ts';

/**
 * IAM actions, resources and condition keys. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
 * Identity and Access Management". Operations that are not here are on `*`; the keys of tags every service has alike.
 */
type Input = Readonly<Record<string, any>>;
type Ask = (call: Call, input: Input) => Access[] | Promise<Access[]>;
type Keys = (call: Call, input: Input) => ConditionKeys | Promise<ConditionKeys>;
type ResourceOf = (call: Call, input: Input) => string | Promise<string>;

const one =
  (resource: ResourceOf, ...keys: Keys[]): Ask =>
  async (call, input) => [
    {
      action: `iam:${call.operation}`,
      resource: await resource(call, input),
      keys: Object.assign({}, ...(await Promise.all(keys.map(async (key) => key(call, input))))),
    },
  ];

/** The ARN of a user, with its path; of one that does not exist, as if it had none. Without a name: the caller's, or any. */
async function userArn(call: Call, name: string | undefined): Promise<string> {
  if (name === undefined) return call.principal.type === 'user' ? call.principal.arn : iamArn(call, 'user', '*');
  return (await call.kernel.principals.user(call.account, name))?.arn ?? iamArn(call, 'user', name);
}
const groupArn = async (call: Call, name: string) =>
  (await call.kernel.store.get(groups, [call.account, nameKey(name)]))?.arn ?? iamArn(call, 'group', name);
const roleArn = async (call: Call, name: string) =>
  (await call.kernel.principals.role(call.account, name))?.arn ?? iamArn(call, 'role', name);
const profileArn = async (call: Call, name: string) =>
  (await call.kernel.store.get(instanceProfiles, [call.account, nameKey(name)]))?.arn ??
  iamArn(call, 'instance-profile', name);

/** On the user named, else the caller's own. */
const onUser: ResourceOf = (call, input) => userArn(call, input['UserName']);
const onGroup: ResourceOf = (call, input) => groupArn(call, input['GroupName']);
const onRole: ResourceOf = (call, input) => roleArn(call, input['RoleName']);
const onPolicy: ResourceOf = (_call, input) => {
  readPolicyArn(input['PolicyArn']);
  return input['PolicyArn'];
};
const onProfile: ResourceOf = (call, input) => profileArn(call, input['InstanceProfileName']);
const onSource: ResourceOf = (_call, input) => {
  readSourceArn(input['PolicySourceArn']);
  return input['PolicySourceArn'];
};

const attachedPolicy: Keys = (_call, input) => ({ 'iam:policyarn': input['PolicyArn'] });
/** The boundary that the request sets. */
const askedBoundary: Keys = (_call, input) => ({ 'iam:permissionsboundary': input['PermissionsBoundary'] });
/** The boundary that the identity has. */
const userBoundary: Keys = async (call, input) => ({
  'iam:permissionsboundary': (await call.kernel.principals.user(call.account, input['UserName']))?.boundary,
});
const roleBoundary: Keys = async (call, input) => ({
  'iam:permissionsboundary': (await call.kernel.principals.role(call.account, input['RoleName']))?.boundary,
});

/** Who gives a resource tags as it is made needs the right to tag it too. */
const made =
  (asks: Ask, tagging: string): Ask =>
  async (call, input) => {
    const asked = await asks(call, input);
    return input['Tags']?.length ? [...asked, { ...asked[0]!, action: `iam:${tagging}` }] : asked;
  };

/** Who renames needs the right on the old and on the new. */
const both =
  (from: Ask, to: ResourceOf): Ask =>
  async (call, input) => {
    const asked = await from(call, input);
    const target = await to(call, input);
    return target === asked[0]!.resource ? asked : [...asked, { ...asked[0]!, resource: target }];
  };

const renamed =
  (kind: 'user' | 'group', member: string, of: ResourceOf): ResourceOf =>
  async (call, input) => {
    const { path, name } = readIamArn(await of(call, input)) ?? { path: '/', name: input[member] as string };
    return iamArn(call, kind, input[`New${member}`] ?? name, input['NewPath'] ?? path);
  };

const named =
  (kind: 'user' | 'group' | 'role' | 'policy' | 'instance-profile', member: string): ResourceOf =>
  (call, input) =>
    iamArn(call, kind, input[member], input['Path']);

/** Handing a role to EC2 is passing it. */
const passed: Ask = async (call, input) => [
  ...(await one(onProfile)(call, input)),
  {
    action: 'iam:PassRole',
    resource: await roleArn(call, input['RoleName']),
    keys: { 'iam:passedtoservice': 'ec2.amazonaws.com' },
  },
];

export const access = {
  CreateUser: made(one(named('user', 'UserName'), askedBoundary), 'TagUser'),
  GetUser: one(onUser),
  UpdateUser: both(one(onUser), renamed('user', 'UserName', onUser)),
  DeleteUser: one(onUser),
  TagUser: one(onUser),
  UntagUser: one(onUser),
  ListUserTags: one(onUser),
  PutUserPermissionsBoundary: one(onUser, askedBoundary),
  DeleteUserPermissionsBoundary: one(onUser, userBoundary),
  ListGroupsForUser: one(onUser),
  AttachUserPolicy: one(onUser, attachedPolicy, userBoundary),
  DetachUserPolicy: one(onUser, attachedPolicy, userBoundary),
  ListAttachedUserPolicies: one(onUser),
  PutUserPolicy: one(onUser, userBoundary),
  GetUserPolicy: one(onUser),
  DeleteUserPolicy: one(onUser, userBoundary),
  ListUserPolicies: one(onUser),

  CreateGroup: one(named('group', 'GroupName')),
  GetGroup: one(onGroup),
  UpdateGroup: both(one(onGroup), renamed('group', 'GroupName', onGroup)),
  DeleteGroup: one(onGroup),
  AddUserToGroup: one(onGroup),
  RemoveUserFromGroup: one(onGroup),
  AttachGroupPolicy: one(onGroup, attachedPolicy),
  DetachGroupPolicy: one(onGroup, attachedPolicy),
  ListAttachedGroupPolicies: one(onGroup),
  PutGroupPolicy: one(onGroup),
  GetGroupPolicy: one(onGroup),
  DeleteGroupPolicy: one(onGroup),
  ListGroupPolicies: one(onGroup),

  CreateRole: made(one(named('role', 'RoleName'), askedBoundary), 'TagRole'),
  GetRole: one(onRole, roleBoundary),
  UpdateRole: one(onRole, roleBoundary),
  UpdateRoleDescription: one(onRole, roleBoundary),
  UpdateAssumeRolePolicy: one(onRole, roleBoundary),
  DeleteRole: one(onRole, roleBoundary),
  TagRole: one(onRole),
  UntagRole: one(onRole),
  ListRoleTags: one(onRole),
  PutRolePermissionsBoundary: one(onRole, askedBoundary),
  DeleteRolePermissionsBoundary: one(onRole, roleBoundary),
  AttachRolePolicy: one(onRole, attachedPolicy, roleBoundary),
  DetachRolePolicy: one(onRole, attachedPolicy, roleBoundary),
  ListAttachedRolePolicies: one(onRole),
  PutRolePolicy: one(onRole, roleBoundary),
  GetRolePolicy: one(onRole),
  DeleteRolePolicy: one(onRole, roleBoundary),
  ListRolePolicies: one(onRole),
  ListInstanceProfilesForRole: one(onRole),
  CreateServiceLinkedRole: one(
    (call, input) => linkedRoleArn(call, input['AWSServiceName'], input['CustomSuffix']),
    (_call, input) => ({ 'iam:awsservicename': input['AWSServiceName'] }),
  ),
  DeleteServiceLinkedRole: one(onRole),
  GetServiceLinkedRoleDeletionStatus: one((call, input) => linkedRoleOfTask(call, input['DeletionTaskId'])),

  CreatePolicy: made(one(named('policy', 'PolicyName')), 'TagPolicy'),
  GetPolicy: one(onPolicy),
  DeletePolicy: one(onPolicy),
  CreatePolicyVersion: one(onPolicy),
  GetPolicyVersion: one(onPolicy),
  ListPolicyVersions: one(onPolicy),
  DeletePolicyVersion: one(onPolicy),
  SetDefaultPolicyVersion: one(onPolicy),
  TagPolicy: one(onPolicy),
  UntagPolicy: one(onPolicy),
  ListPolicyTags: one(onPolicy),
  ListEntitiesForPolicy: one(onPolicy),

  CreateInstanceProfile: made(one(named('instance-profile', 'InstanceProfileName')), 'TagInstanceProfile'),
  GetInstanceProfile: one(onProfile),
  DeleteInstanceProfile: one(onProfile),
  AddRoleToInstanceProfile: passed,
  RemoveRoleFromInstanceProfile: one(onProfile),
  TagInstanceProfile: one(onProfile),
  UntagInstanceProfile: one(onProfile),
  ListInstanceProfileTags: one(onProfile),

  GetContextKeysForPrincipalPolicy: one(onSource),
  SimulatePrincipalPolicy: one(onSource),
} satisfies Record<string, Ask>;

/** What stands on an IAM resource: its owner and tags; trust policies are STS's to ask for. */
export async function resource(call: Call, asked: Access): Promise<Resource | undefined> {
  const parts = readIamArn(asked.resource);
  if (!parts) return credentialResource(call, asked);
  const { account, kind, name } = parts;
  if (kind === 'policy' && managedByAws(asked.resource)) return { owner: call.account };
  const key = [account, nameKey(name)];
  const { store } = call.kernel;
  const found =
    kind === 'user'
      ? await store.get(users, key)
      : kind === 'role'
        ? await store.get(roles, key)
        : kind === 'policy'
          ? await store.get(policies, key)
          : kind === 'instance-profile'
            ? await store.get(instanceProfiles, key)
            : undefined;
  if (!found) return kind === 'group' ? { owner: account } : credentialResource(call, asked);
  return { owner: account, tags: () => found.tags, ...(await passwordGrants(call, asked)) };
}
