import { PasswordPolicyViolationException } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import type { PolicyText } from '../../kernel/principals/principals.ts';
import { accounts } from '../../kernel/principals/records.ts';
import type { Access } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader } from '../../kernel/store/store.ts';
import { DEFAULT_PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MIN } from './credential-limits.ts';
import { noSuchEntity } from './errors.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

type PasswordPolicy = {
  lengthMin: number;
  symbols: boolean;
  numbers: boolean;
  uppercase: boolean;
  lowercase: boolean;
  usersMayChange: boolean;
  /** Absent: passwords do not expire. */
  ageDaysMax?: number;
  /** How many former passwords are refused; absent: none. */
  reusePrevention?: number;
  /** Users cannot set a new password once theirs has expired. */
  hardExpiry?: boolean;
};

/** An account's own policy, by account. */
const policies = collection<PasswordPolicy>('iam/password-policy');

/** What holds while an account has set none. Source: IAM User Guide, "Set an account password policy for IAM users". */
const DEFAULT: Pick<PasswordPolicy, 'usersMayChange'> & Partial<PasswordPolicy> = { usersMayChange: false };

export const passwordPolicyOf = async (
  reader: Reader,
  account: string,
): Promise<Partial<PasswordPolicy> & Pick<PasswordPolicy, 'usersMayChange'>> =>
  (await reader.get(policies, [account])) ?? DEFAULT;

/** Sets all of the policy anew: what is not given takes its default. */
export const UpdateAccountPasswordPolicy: Iam['UpdateAccountPasswordPolicy'] = async (call, input) => {
  await call.kernel.store.transact((tx) =>
    tx.put(policies, [call.account], {
      lengthMin: input.MinimumPasswordLength ?? PASSWORD_LENGTH_MIN,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      uppercase: input.RequireUppercaseCharacters ?? false,
      lowercase: input.RequireLowercaseCharacters ?? false,
      usersMayChange: input.AllowUsersToChangePassword ?? false,
      ...(input.MaxPasswordAge ? { ageDaysMax: input.MaxPasswordAge } : {}),
      ...(input.PasswordReusePrevention ? { reusePrevention: input.PasswordReusePrevention } : {}),
      ...(input.HardExpiry === undefined ? {} : { hardExpiry: input.HardExpiry }),
    }),
  );
  return {};
};

const notFound = (account: string) => noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`);

export const GetAccountPasswordPolicy: Iam['GetAccountPasswordPolicy'] = async (call) => {
  const policy = await call.kernel.store.get(policies, [call.account]);
  if (!policy) throw notFound(call.account);
  return {
    PasswordPolicy: {
      MinimumPasswordLength: policy.lengthMin,
      RequireSymbols: policy.symbols,
      RequireNumbers: policy.numbers,
      RequireUppercaseCharacters: policy.uppercase,
      RequireLowercaseCharacters: policy.lowercase,
      AllowUsersToChangePassword: policy.usersMayChange,
      ExpirePasswords: policy.ageDaysMax !== undefined,
      MaxPasswordAge: policy.ageDaysMax,
      PasswordReusePrevention: policy.reusePrevention,
      HardExpiry: policy.hardExpiry,
    },
  };
};

export const DeleteAccountPasswordPolicy: Iam['DeleteAccountPasswordPolicy'] = async (call) => {
  await call.kernel.store.transact(async (tx) => {
    if (!(await tx.get(policies, [call.account]))) throw notFound(call.account);
    tx.delete(policies, [call.account]);
  });
  return {};
};

/**
 * What `AllowUsersToChangePassword` lets every user of the account do with no policy of its own: change its password, and read what one
 * must be like. Source: IAM User Guide, "Permit IAM users to change their own passwords".
 */
export async function passwordGrants(
  { principal, account, kernel }: Call,
  { action, resource }: Access,
): Promise<{ policies?: PolicyText[] }> {
  const own = action === 'iam:ChangePassword' && resource === principal.arn;
  if (principal.type !== 'user' || !(own || action === 'iam:GetAccountPasswordPolicy')) return {};
  if (!(await passwordPolicyOf(kernel.store, account)).usersMayChange) return {};
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal.arn }, Action: action, Resource: resource }],
  });
  return { policies: [{ id: 'AllowUsersToChangePassword', from: 'account password policy', document }] };
}

export const passwordViolation = (message: string) => new PasswordPolicyViolationException({ message, $metadata: {} });

/** `! @ # $ % ^ & * ( ) _ + - = [ ] { } | '`, as the policy's page lists them. */
const SYMBOL = /[!@#$%^&*()_+\-=[\]{}|']/;

/** Holds a password to the account's policy, or to AWS's default. Throws PasswordPolicyViolation. */
export async function checkPassword(reader: Reader, account: string, password: string): Promise<void> {
  const policy = await reader.get(policies, [account]);
  const lengthMin = policy?.lengthMin ?? DEFAULT_PASSWORD_LENGTH_MIN;
  if (password.length < lengthMin) throw passwordViolation(`Password should have a minimum length of ${lengthMin}`);
  const kinds = { uppercase: /[A-Z]/, lowercase: /[a-z]/, numbers: /[0-9]/, symbols: SYMBOL };
  if (!policy) {
    const among = Object.values(kinds).filter((kind) => kind.test(password)).length;
    if (among < 3)
      throw passwordViolation(
        'Password should have at least three of the following character types: uppercase, lowercase, numbers, and symbols',
      );
    const known = await reader.get(accounts, [account]);
    if ([known?.name, known?.email].some((one) => one?.toLowerCase() === password.toLowerCase()))
      throw passwordViolation('Password should not be identical to the account name or email address');
    return;
  }
  const texts = {
    uppercase: 'one uppercase letter',
    lowercase: 'one lowercase letter',
    numbers: 'one number',
    symbols: 'one symbol',
  };
  for (const kind of ['uppercase', 'lowercase', 'numbers', 'symbols'] as const)
    if (policy[kind] && !kinds[kind].test(password))
      throw passwordViolation(`Password should have at least ${texts[kind]}`);
}
