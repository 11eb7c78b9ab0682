import type { RoleLastUsed } from '@aws-sdk/client-iam';
import { instanceProfiles } from './instance-profile-records.ts';
import { nameKey, roles, type Role } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Call } from '../../kernel/call.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { checkBoundary } from './boundaries.ts';
import { listedRole, wholeRole } from './describe.ts';
import { alreadyExists, deleteConflict, invalidInput } from './errors.ts';
import { change, checkModifiable, countDown, countUp, find, put, remove } from './identities.ts';
import { INSTANCE_PROFILES_MAX, LAST_USED_MS, ROLES_MAX, SESSION_SECONDS_DEFAULT } from './limits.ts';
import { pageOf, pageOfRecords } from './paging.ts';
import { tagList, withoutTags, withTags } from './tags.ts';
import { forgetTrust, renameTrusted, trust } from './trust.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreateRole: Iam['CreateRole'] = async (call, input) => {
  const name = input.RoleName!;
  const path = input.Path ?? '/';
  if (path.startsWith('/aws-service-role/'))
    throw invalidInput('Path must not start with /aws-service-role/: it is for service-linked roles.');
  const role: Role = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'AROA'),
    arn: iamArn(call, 'role', name, path),
    createdAtMs: call.kernel.clock.now(),
    attached: [],
    inline: {},
    tags: withTags({}, input.Tags),
    trust: input.AssumeRolePolicyDocument!,
    maxSessionSeconds: input.MaxSessionDuration ?? SESSION_SECONDS_DEFAULT,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(roles, [call.account, nameKey(name)]))
      throw alreadyExists(`Role with name ${name} already exists.`);
    await checkBoundary(call, tx, role.boundary);
    await trust(call.kernel, tx, role);
    await countUp(tx, call.account, 'RolesPerAccount', ROLES_MAX);
    await put(tx, 'role', role);
  });
  return { Role: wholeRole(role) };
};

export const GetRole: Iam['GetRole'] = async (call, input) => {
  const role = await find(call.kernel.store, 'role', call.account, input.RoleName!);
  return { Role: { ...wholeRole(role), ...(await lastUsedMember(call, role)) } };
};

/** When a session of the role last asked for something, and in which region. Source: IAM API Reference, RoleLastUsed. */
export async function lastUsedMember({ kernel, account }: Call, role: Role): Promise<{ RoleLastUsed: RoleLastUsed }> {
  const since = Math.max(role.createdAtMs, kernel.clock.now() - LAST_USED_MS);
  const uses = await kernel.trail.serviceUse(account, role.arn);
  const [last] = uses.filter(({ timeMs }) => timeMs >= since).sort((a, b) => b.timeMs - a.timeMs);
  return { RoleLastUsed: last ? { LastUsedDate: new Date(last.timeMs), Region: last.region } : {} };
}

export const ListRoles: Iam['ListRoles'] = async (call, input) => {
  const { items, paging } = await pageOfRecords(call, roles, input, ({ path }) =>
    path.startsWith(input.PathPrefix ?? '/'),
  );
  return { Roles: items.map(listedRole), ...paging };
};

export const UpdateRole: Iam['UpdateRole'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, (role) => {
    // Of a service-linked role only the description is its account's.
    if (input.MaxSessionDuration !== undefined) checkModifiable(role);
    return {
      ...role,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.MaxSessionDuration === undefined ? {} : { maxSessionSeconds: input.MaxSessionDuration }),
    };
  });
  return {};
};

export const UpdateRoleDescription: Iam['UpdateRoleDescription'] = async (call, input) => {
  const role = await change(call, 'role', input.RoleName!, (before) => ({
    ...before,
    description: input.Description!,
  }));
  return { Role: wholeRole(role) };
};

export const UpdateAssumeRolePolicy: Iam['UpdateAssumeRolePolicy'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, async (before, tx) => {
    checkModifiable(before);
    const after = { ...before, trust: input.PolicyDocument! };
    await trust(call.kernel, tx, after, before);
    return after;
  });
  return {};
};

/** A role goes when it has no policies and no instance profile hands it out. */
export const DeleteRole: Iam['DeleteRole'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const role = await find(tx, 'role', call.account, input.RoleName!);
    checkModifiable(role);
    const refuse = (first: string) => deleteConflict(`Cannot delete entity, ${first} first.`);
    if (role.attached.length > 0) throw refuse('must detach all policies');
    if (Object.keys(role.inline).length > 0) throw refuse('must delete policies');
    if ((await profilesOf(call, tx, role.name)).length > 0) throw refuse('must remove roles from instance profile');
    await forgetTrust(call.kernel, tx, role);
    await remove(tx, 'role', call.account, role.name);
    await countDown(tx, call.account, 'RolesPerAccount');
    await renameTrusted(tx, role.id, role.arn, role.id);
  });
  return {};
};

/** The instance profiles that hand a role out. */
export async function profilesOf(call: Call, reader: Reader, role: string) {
  const all = await reader.range(instanceProfiles, [call.account], { limit: INSTANCE_PROFILES_MAX });
  return all
    .map(({ value }) => value)
    .filter((profile) => profile.role !== undefined && nameKey(profile.role) === nameKey(role));
}

export const TagRole: Iam['TagRole'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, (role) => ({ ...role, tags: withTags(role.tags, input.Tags) }));
  return {};
};

export const UntagRole: Iam['UntagRole'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, (role) => ({ ...role, tags: withoutTags(role.tags, input.TagKeys) }));
  return {};
};

export const ListRoleTags: Iam['ListRoleTags'] = async (call, input) => {
  const role = await find(call.kernel.store, 'role', call.account, input.RoleName!);
  const { items, paging } = pageOf(tagList(role.tags), input);
  return { Tags: items, ...paging };
};
