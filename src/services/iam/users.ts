import type { User } from '../../kernel/principals/records.ts';
import { nameKey, users } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { iamArn, newId } from './arns.ts';
import { checkBoundary } from './boundaries.ts';
import { credentialConflict, moveCredentials } from './credentials-index.ts';
import { wholeUser, listedUser } from './describe.ts';
import { alreadyExists, deleteConflict } from './errors.ts';
import { change, countDown, countUp, find, put, remove, userNameOf } from './identities.ts';
import { USERS_MAX } from './limits.ts';
import { pageOf, pageOfRecords } from './paging.ts';
import { tagList, withoutTags, withTags } from './tags.ts';
import { renameTrusted } from './trust.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreateUser: Iam['CreateUser'] = async (call, input) => {
  const name = input.UserName!;
  const path = input.Path ?? '/';
  const user: User = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'AIDA'),
    arn: iamArn(call, 'user', name, path),
    createdAtMs: call.kernel.clock.now(),
    attached: [],
    inline: {},
    groups: [],
    tags: withTags({}, input.Tags),
    ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(users, [call.account, nameKey(name)]))
      throw alreadyExists(`User with name ${name} already exists.`);
    await checkBoundary(call, tx, user.boundary);
    await countUp(tx, call.account, 'UsersPerAccount', USERS_MAX);
    await put(tx, 'user', user);
  });
  return { User: wholeUser(user) };
};

/** The user named, else the caller; the account's root is one without a name. */
export const GetUser: Iam['GetUser'] = async (call, input) => {
  const { principal, kernel, account } = call;
  if (input.UserName === undefined && principal.type === 'root')
    return { User: { UserId: account, Arn: principal.arn } as unknown as ReturnType<typeof wholeUser> };
  return { User: wholeUser(await find(kernel.store, 'user', account, userNameOf(call, input.UserName))) };
};

export const ListUsers: Iam['ListUsers'] = async (call, input) => {
  const { items, paging } = await pageOfRecords(call, users, input, ({ path }) =>
    path.startsWith(input.PathPrefix ?? '/'),
  );
  return { Users: items.map(listedUser), ...paging };
};

/** Another name or path: the id stays; keys, groups, policies and the trust of roles follow. */
export const UpdateUser: Iam['UpdateUser'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const before = await find(tx, 'user', call.account, input.UserName!);
    const name = input.NewUserName ?? before.name;
    const path = input.NewPath ?? before.path;
    const after = { ...before, name, path, arn: iamArn(call, 'user', name, path) };
    if (nameKey(name) !== nameKey(before.name)) {
      if (await tx.get(users, [call.account, nameKey(name)]))
        throw alreadyExists(`User with name ${name} already exists.`);
      await remove(tx, 'user', call.account, before.name);
    }
    await put(tx, 'user', after);
    await moveCredentials(tx, before, after);
    await renameTrusted(tx, before.id, before.arn, after.arn);
  });
  return {};
};

/** A user goes when nothing hangs on it. Source: IAM API Reference, DeleteUser. */
export const DeleteUser: Iam['DeleteUser'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const user = await find(tx, 'user', call.account, input.UserName!);
    const refuse = (first: string) => deleteConflict(`Cannot delete entity, ${first} first.`);
    if (user.attached.length > 0) throw refuse('must detach all policies');
    if (Object.keys(user.inline).length > 0) throw refuse('must delete policies');
    if (user.groups.length > 0) throw refuse('must remove users from group');
    const conflict = await credentialConflict(tx, user);
    if (conflict !== undefined) throw refuse(conflict.replace(/ first\.?$/, ''));
    await remove(tx, 'user', call.account, user.name);
    await countDown(tx, call.account, 'UsersPerAccount');
    await renameTrusted(tx, user.id, user.arn, user.id);
  });
  return {};
};

export const TagUser: Iam['TagUser'] = async (call, input) => {
  await change(call, 'user', input.UserName!, (user) => ({ ...user, tags: withTags(user.tags, input.Tags) }));
  return {};
};

export const UntagUser: Iam['UntagUser'] = async (call, input) => {
  await change(call, 'user', input.UserName!, (user) => ({ ...user, tags: withoutTags(user.tags, input.TagKeys) }));
  return {};
};

export const ListUserTags: Iam['ListUserTags'] = async (call, input) => {
  const user = await find(call.kernel.store, 'user', call.account, input.UserName!);
  const { items, paging } = pageOf(tagList(user.tags), input);
  return { Tags: items, ...paging };
};
