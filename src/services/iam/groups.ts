import { groups, nameKey, users, type Group } from '../../kernel/principals/records.ts';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { TRANSACTION_RANGE_MAX, type Reader } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { describedGroup, listedUser } from './describe.ts';
import { alreadyExists, deleteConflict, overQuota } from './errors.ts';
import { change, countDown, countUp, find, put, remove } from './identities.ts';
import { GROUPS_MAX, GROUPS_PER_USER_MAX } from './limits.ts';
import { pageOf, pageOfRecords } from './paging.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreateGroup: Iam['CreateGroup'] = async (call, input) => {
  const name = input.GroupName!;
  const path = input.Path ?? '/';
  const group: Group = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'AGPA'),
    arn: iamArn(call, 'group', name, path),
    createdAtMs: call.kernel.clock.now(),
    attached: [],
    inline: {},
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(groups, [call.account, nameKey(name)]))
      throw alreadyExists(`Group with name ${name} already exists.`);
    await countUp(tx, call.account, 'GroupsPerAccount', GROUPS_MAX);
    await put(tx, 'group', group);
  });
  return { Group: describedGroup(group) };
};

const isIn = (group: string) => {
  const key = nameKey(group);
  return ({ groups: names }: { groups: string[] }) => names.some((name) => nameKey(name) === key);
};

export const GetGroup: Iam['GetGroup'] = async (call, input) => {
  const group = await find(call.kernel.store, 'group', call.account, input.GroupName!);
  const { items, paging } = await pageOfRecords(call, users, input, isIn(group.name));
  return { Group: describedGroup(group), Users: items.map(listedUser), ...paging };
};

export const ListGroups: Iam['ListGroups'] = async (call, input) => {
  const { items, paging } = await pageOfRecords(call, groups, input, ({ path }) =>
    path.startsWith(input.PathPrefix ?? '/'),
  );
  return { Groups: items.map(describedGroup), ...paging };
};

async function membersOf(call: Call, reader: Reader, group: string) {
  const all = await reader.range(users, [call.account], { limit: TRANSACTION_RANGE_MAX });
  return all.map(({ value }) => value).filter(isIn(group));
}

/** Another name or path: members and policies stay. */
export const UpdateGroup: Iam['UpdateGroup'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const before = await find(tx, 'group', call.account, input.GroupName!);
    const name = input.NewGroupName ?? before.name;
    const path = input.NewPath ?? before.path;
    if (nameKey(name) !== nameKey(before.name)) {
      if (await tx.get(groups, [call.account, nameKey(name)]))
        throw alreadyExists(`Group with name ${name} already exists.`);
      await remove(tx, 'group', call.account, before.name);
    }
    await put(tx, 'group', { ...before, name, path, arn: iamArn(call, 'group', name, path) });
    if (name === before.name) return;
    for (const user of await membersOf(call, tx, before.name)) {
      const names = user.groups.map((one) => (nameKey(one) === nameKey(before.name) ? name : one));
      await put(tx, 'user', { ...user, groups: names });
    }
  });
  return {};
};

/** A group goes when it has no members and no policies. */
export const DeleteGroup: Iam['DeleteGroup'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const group = await find(tx, 'group', call.account, input.GroupName!);
    const refuse = (first: string) => deleteConflict(`Cannot delete entity, ${first} first.`);
    if ((await membersOf(call, tx, group.name)).length > 0) throw refuse('must remove users from group');
    if (group.attached.length > 0) throw refuse('must detach all policies');
    if (Object.keys(group.inline).length > 0) throw refuse('must delete policies');
    await remove(tx, 'group', call.account, group.name);
    await countDown(tx, call.account, 'GroupsPerAccount');
  });
  return {};
};

/** One who is in the group already stays in it. */
export const AddUserToGroup: Iam['AddUserToGroup'] = async (call, input) => {
  await change(call, 'user', input.UserName!, async (user, tx) => {
    const group = await find(tx, 'group', call.account, input.GroupName!);
    if (isIn(group.name)(user)) return user;
    if (user.groups.length >= GROUPS_PER_USER_MAX) throw overQuota('GroupsPerUser', GROUPS_PER_USER_MAX);
    return { ...user, groups: [...user.groups, group.name] };
  });
  return {};
};

/** One who is not in the group is no error. */
export const RemoveUserFromGroup: Iam['RemoveUserFromGroup'] = async (call, input) => {
  await change(call, 'user', input.UserName!, async (user, tx) => {
    const group = await find(tx, 'group', call.account, input.GroupName!);
    if (!isIn(group.name)(user)) return user;
    return { ...user, groups: user.groups.filter((name) => nameKey(name) !== nameKey(group.name)) };
  });
  return {};
};

export const ListGroupsForUser: Iam['ListGroupsForUser'] = async (call, input) => {
  const { store } = call.kernel;
  const user = await find(store, 'user', call.account, input.UserName!);
  const names = user.groups.map(nameKey).sort();
  const found = await Promise.all(names.map((name) => store.get(groups, [call.account, name])));
  const { items, paging } = pageOf(
    found.filter((group) => group !== undefined),
    input,
  );
  return { Groups: items.map(describedGroup), ...paging };
};
