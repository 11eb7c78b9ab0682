import type { Call } from '../../kernel/call.ts';
import { rootOf } from '../../kernel/principals/principal.ts';
import type { User } from '../../kernel/principals/records.ts';
import type { Access, ConditionKeys } from '../../kernel/access.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { iamArn } from './arns.ts';
import { notFound, validation } from './errors.ts';

/** Whose credentials a call is about: a user, or the account's root. */
export type Owner = {
  account: string;
  /** The user's, or the account's own for its root. */
  id: string;
  arn: string;
  /** Absent for the root. */
  user?: User;
};

export const ownerOf = (user: User): Owner => ({ account: user.account, id: user.id, arn: user.arn, user });

export const rootOwner = ({ account, partition }: Pick<Call, 'account' | 'partition'>): Owner => ({
  account,
  id: account,
  arn: rootOf(account, partition).arn,
});

/**
 * The user that is named, or else the caller. Source: IAM API Reference: "If you do not specify a user name, IAM determines the user name
 * implicitly based on the AWS access key ID signing the request."
 */
export async function openOwner(
  call: Call,
  userName: string | undefined,
  reader: Reader = call.kernel.store,
): Promise<Owner> {
  const { principal, account } = call;
  if (userName !== undefined) return ownerOf(await openUser(call, userName, reader));
  if (principal.type === 'root') return rootOwner(call);
  if (principal.type !== 'user') throw validation('Must specify userName when calling with non-User credentials');
  const user = await call.kernel.principals.userByArn(principal.arn, reader);
  if (!user || user.account !== account) throw notFound('user', principal.name);
  return ownerOf(user);
}

/** The user of a name; rejects with NoSuchEntity. */
export async function openUser(call: Call, name: string, reader: Reader = call.kernel.store): Promise<User> {
  const user = await call.kernel.principals.user(call.account, name, reader);
  if (!user) throw notFound('user', name);
  return user;
}

/** `{UserName}` of an answer; absent for the root, which has none. */
export const userNameOf = (owner: Owner) => owner.user?.name as string;

/** An operation on a user is allowed on the user's ARN; one that names none, on the caller's. Callers that are no users are on any. */
export async function onOwner(
  call: Call,
  { UserName }: { UserName?: string | undefined },
  keys?: ConditionKeys,
): Promise<Access[]> {
  const asked = { action: `iam:${call.operation}`, ...(keys ? { keys } : {}) };
  const { principal } = call;
  if (UserName === undefined)
    return [{ ...asked, resource: principal.type === 'user' ? principal.arn : iamArn(call, 'user', '*') }];
  const user = await call.kernel.principals.user(call.account, UserName);
  return [{ ...asked, resource: user?.arn ?? iamArn(call, 'user', UserName) }];
}

/** As `openOwner`, for what the root has none of. */
export async function openUserOwner(call: Call, userName: string | undefined, reader?: Reader): Promise<User> {
  const { user } = await openOwner(call, userName, reader);
  if (!user) throw validation('Must specify userName when calling with non-User credentials');
  return user;
}
