import type { InstanceProfile } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import { nameKey } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { listedRole } from './describe.ts';
import { alreadyExists, deleteConflict, noSuchEntity, overQuota } from './errors.ts';
import { checkModifiable, countDown, countUp, find } from './identities.ts';
import { instanceProfiles, type InstanceProfileRecord } from './instance-profile-records.ts';
import { INSTANCE_PROFILES_MAX } from './limits.ts';
import { pageOf, pageOfRecords } from './paging.ts';
import { profilesOf } from './roles.ts';
import { tagList, tagsMember, withoutTags, withTags } from './tags.ts';

/** Instance profiles: what hands a role to EC2 instances. Each has one role at most. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreateInstanceProfile: Iam['CreateInstanceProfile'] = async (call, input) => {
  const name = input.InstanceProfileName!;
  const path = input.Path ?? '/';
  const profile: InstanceProfileRecord = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'AIPA'),
    arn: iamArn(call, 'instance-profile', name, path),
    createdAtMs: call.kernel.clock.now(),
    tags: withTags({}, input.Tags),
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(instanceProfiles, [call.account, nameKey(name)]))
      throw alreadyExists(`Instance Profile ${name} already exists.`);
    await countUp(tx, call.account, 'InstanceProfilesPerAccount', INSTANCE_PROFILES_MAX);
    tx.put(instanceProfiles, [call.account, nameKey(name)], profile);
  });
  return { InstanceProfile: { ...(await describedProfile(call, profile)), ...tagsMember(profile.tags) } };
};

async function findProfile(call: Call, reader: Reader, name: string): Promise<InstanceProfileRecord> {
  const found = await reader.get(instanceProfiles, [call.account, nameKey(name)]);
  if (!found) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return found;
}

async function changeProfile(
  call: Call,
  name: string,
  next: (profile: InstanceProfileRecord, reader: Reader) => InstanceProfileRecord | Promise<InstanceProfileRecord>,
): Promise<Record<string, never>> {
  await call.kernel.store.transact(async (tx) => {
    const before = await findProfile(call, tx, name);
    tx.put(instanceProfiles, [call.account, nameKey(name)], await next(before, tx));
  });
  return {};
}

export async function describedProfile(call: Call, profile: InstanceProfileRecord): Promise<InstanceProfile> {
  const role =
    profile.role === undefined ? undefined : await call.kernel.principals.role(profile.account, profile.role);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAtMs),
    Roles: role ? [listedRole(role)] : [],
  };
}

export const GetInstanceProfile: Iam['GetInstanceProfile'] = async (call, input) => {
  const profile = await findProfile(call, call.kernel.store, input.InstanceProfileName!);
  return { InstanceProfile: { ...(await describedProfile(call, profile)), ...tagsMember(profile.tags) } };
};

export const DeleteInstanceProfile: Iam['DeleteInstanceProfile'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const profile = await findProfile(call, tx, input.InstanceProfileName!);
    if (profile.role !== undefined)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    tx.delete(instanceProfiles, [call.account, nameKey(profile.name)]);
    await countDown(tx, call.account, 'InstanceProfilesPerAccount');
  });
  return {};
};

export const ListInstanceProfiles: Iam['ListInstanceProfiles'] = async (call, input) => {
  const { items, paging } = await pageOfRecords(call, instanceProfiles, input, ({ path }) =>
    path.startsWith(input.PathPrefix ?? '/'),
  );
  return { InstanceProfiles: await Promise.all(items.map((profile) => describedProfile(call, profile))), ...paging };
};

export const ListInstanceProfilesForRole: Iam['ListInstanceProfilesForRole'] = async (call, input) => {
  const { store } = call.kernel;
  const role = await find(store, 'role', call.account, input.RoleName!);
  const { items, paging } = pageOf(await profilesOf(call, store, role.name), input);
  return { InstanceProfiles: await Promise.all(items.map((profile) => describedProfile(call, profile))), ...paging };
};

export const AddRoleToInstanceProfile: Iam['AddRoleToInstanceProfile'] = (call, input) =>
  changeProfile(call, input.InstanceProfileName!, async (profile, reader) => {
    const role = await find(reader, 'role', call.account, input.RoleName!);
    checkModifiable(role);
    if (profile.role !== undefined) throw overQuota('InstanceSessionsPerInstanceProfile', 1);
    return { ...profile, role: role.name };
  });

export const RemoveRoleFromInstanceProfile: Iam['RemoveRoleFromInstanceProfile'] = (call, input) =>
  changeProfile(call, input.InstanceProfileName!, async (profile, reader) => {
    const { name } = await find(reader, 'role', call.account, input.RoleName!);
    const { role, ...rest } = profile;
    if (role === undefined || nameKey(role) !== nameKey(name))
      throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return rest;
  });

export const TagInstanceProfile: Iam['TagInstanceProfile'] = (call, input) =>
  changeProfile(call, input.InstanceProfileName!, (profile) => ({
    ...profile,
    tags: withTags(profile.tags, input.Tags),
  }));

export const UntagInstanceProfile: Iam['UntagInstanceProfile'] = (call, input) =>
  changeProfile(call, input.InstanceProfileName!, (profile) => ({
    ...profile,
    tags: withoutTags(profile.tags, input.TagKeys),
  }));

export const ListInstanceProfileTags: Iam['ListInstanceProfileTags'] = async (call, input) => {
  const { tags } = await findProfile(call, call.kernel.store, input.InstanceProfileName!);
  const { items, paging } = pageOf(tagList(tags), input);
  return { Tags: items, ...paging };
};
