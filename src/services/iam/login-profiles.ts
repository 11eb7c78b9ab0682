import { EntityTemporarilyUnmodifiableException, InvalidUserTypeException } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { User } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { alreadyExists, noSuchEntity, validation } from './errors.ts';
import { openUserOwner } from './owner.ts';
import { checkPassword, passwordPolicyOf, passwordViolation } from './password-policy.ts';
import { hashPassword, isPassword, type PasswordHash } from './passwords.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** A user's password for the console; keyed by account and the user's id. */
export type LoginProfile = {
  createdAtMs: number;
  resetRequired: boolean;
  password: PasswordHash;
  /** When the password was set. */
  setAtMs: number;
  /** Earlier passwords, newest first, as many as any policy may refuse. */
  former: PasswordHash[];
};

const profiles = collection<LoginProfile>('iam/login-profile');
/** The most that `PasswordReusePrevention` may ask; the current password is one of them. */
const FORMER_MAX = 24;

export const loginProfileOf = (reader: Reader, user: Pick<User, 'account' | 'id'>): Promise<LoginProfile | undefined> =>
  reader.get(profiles, [user.account, user.id]);

/** When a password has expired or will; undefined: never. */
export async function passwordExpiresAtMs(
  reader: Reader,
  account: string,
  profile: LoginProfile,
): Promise<number | undefined> {
  const { ageDaysMax } = await passwordPolicyOf(reader, account);
  return ageDaysMax === undefined ? undefined : profile.setAtMs + ageDaysMax * 86_400_000;
}

const cannotBeFound = (name: string) => noSuchEntity(`Login Profile for User ${name} cannot be found.`);

const answer = (name: string, profile: LoginProfile) => ({
  LoginProfile: {
    UserName: name,
    CreateDate: new Date(profile.createdAtMs),
    PasswordResetRequired: profile.resetRequired,
  },
});

/** Gives a user a password for the console. */
export const CreateLoginProfile: Iam['CreateLoginProfile'] = async (call, input) => {
  if (input.Password === undefined) throw validation('Must specify a password.');
  const password = await hashPassword(input.Password);
  return call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, input.UserName, tx);
    if (await loginProfileOf(tx, user)) throw alreadyExists(`Login Profile for user ${user.name} already exists.`);
    await checkPassword(tx, user.account, input.Password!);
    const now = call.kernel.clock.now();
    const profile: LoginProfile = {
      createdAtMs: now,
      resetRequired: input.PasswordResetRequired ?? false,
      password,
      setAtMs: now,
      former: [],
    };
    tx.put(profiles, [user.account, user.id], profile);
    return answer(user.name, profile);
  });
};

export const GetLoginProfile: Iam['GetLoginProfile'] = async (call, input) => {
  const user = await openUserOwner(call, input.UserName);
  const profile = await loginProfileOf(call.kernel.store, user);
  if (!profile) throw cannotBeFound(user.name);
  return answer(user.name, profile);
};

/** An administrator's change of a user's password. */
export const UpdateLoginProfile: Iam['UpdateLoginProfile'] = async (call, input) => {
  const password = input.Password === undefined ? undefined : await hashPassword(input.Password);
  await change(call, input.UserName, async (tx, user, profile) => {
    if (password) await checkPassword(tx, user.account, input.Password!);
    const resetRequired = input.PasswordResetRequired ?? profile.resetRequired;
    return { ...(password ? withPassword(call, profile, password) : profile), resetRequired };
  });
  return {};
};

export const DeleteLoginProfile: Iam['DeleteLoginProfile'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, input.UserName, tx);
    if (!(await loginProfileOf(tx, user))) throw cannotBeFound(user.name);
    tx.delete(profiles, [user.account, user.id]);
  });
  return {};
};

/**
 * A user's change of its own password. Whether it may is for policies to say, or for the account's `AllowUsersToChangePassword`.
 * Source: IAM API Reference, ChangePassword; IAM User Guide, "Set an account password policy".
 */
export const ChangePassword: Iam['ChangePassword'] = async (call, input) => {
  const { principal, kernel } = call;
  if (principal.type !== 'user')
    throw new InvalidUserTypeException({ message: 'Only IAM Users can change their own password', $metadata: {} });
  const user = await openUserOwner(call, undefined);
  const known = await loginProfileOf(kernel.store, user);
  if (!known) throw cannotBeFound(user.name);
  const { reusePrevention = 0, hardExpiry } = await passwordPolicyOf(kernel.store, user.account);
  const expiresAtMs = await passwordExpiresAtMs(kernel.store, user.account, known);
  if (hardExpiry && expiresAtMs !== undefined && expiresAtMs <= kernel.clock.now())
    throw new EntityTemporarilyUnmodifiableException({
      message: `The password of user ${user.name} has expired and must be reset by an administrator.`,
      $metadata: {},
    });
  if (!(await isPassword(input.OldPassword!, known.password)))
    throw new AwsError('AccessDenied', 'The old password was incorrect.', 403);
  await checkPassword(kernel.store, user.account, input.NewPassword!);
  for (const former of [known.password, ...known.former].slice(0, reusePrevention))
    if (await isPassword(input.NewPassword!, former))
      throw passwordViolation('Password has been used previously and cannot be reused');
  const password = await hashPassword(input.NewPassword!);
  await change(call, undefined, (_tx, _user, profile) => {
    // Another change came between: the old password that was shown is no longer the old one.
    if (!Buffer.from(profile.password.hash).equals(known.password.hash))
      throw new AwsError('AccessDenied', 'The old password was incorrect.', 403);
    return { ...withPassword(call, profile, password), resetRequired: false };
  });
  return {};
};

const withPassword = (call: Call, profile: LoginProfile, password: PasswordHash): LoginProfile => ({
  ...profile,
  password,
  setAtMs: call.kernel.clock.now(),
  former: [profile.password, ...profile.former].slice(0, FORMER_MAX - 1),
});

async function change(
  call: Call,
  name: string | undefined,
  next: (tx: Transaction, user: User, profile: LoginProfile) => LoginProfile | Promise<LoginProfile>,
): Promise<void> {
  await call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, name, tx);
    const profile = await loginProfileOf(tx, user);
    if (!profile) throw cannotBeFound(user.name);
    tx.put(profiles, [user.account, user.id], await next(tx, user, profile));
  });
}
