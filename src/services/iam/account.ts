import { policies } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Transaction } from '../../kernel/store/store.ts';
import { credentialSummary } from './credentials-index.ts';
import { alreadyExists, noSuchEntity, validation } from './errors.ts';
import { instanceProfiles } from './instance-profile-records.ts';
import {
  ATTACHED_MAX,
  GROUPS_MAX,
  GROUPS_PER_USER_MAX,
  INLINE_SIZE_MAX,
  INSTANCE_PROFILES_MAX,
  MANAGED_POLICY_SIZE_MAX,
  POLICIES_MAX,
  POLICY_VERSIONS_IN_USE_MAX,
  POLICY_VERSIONS_MAX,
  ROLES_MAX,
  TRUST_SIZE_MAX,
  USERS_MAX,
} from './limits.ts';
import { pageOf } from './paging.ts';
import { identitiesOf } from './policy-usage.ts';

/** The account's name for its sign-in page, and what is in it. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Small letters and digits, with single hyphens between them. */
const ALIAS = /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/;

/** Accounts by alias: an alias is one account's. */
const aliases = collection<string>('iam/account-alias');
/** Aliases by account. */
const aliasOf = collection<string>('iam/account-alias-of');

async function forget(tx: Transaction, account: string): Promise<string | undefined> {
  const alias = await tx.get(aliasOf, [account]);
  if (alias !== undefined) tx.delete(aliases, [alias]);
  return alias;
}

/** An account has one alias: a new one takes the place of the old. Source: IAM User Guide, "Create an alias for your account". */
export const CreateAccountAlias: Iam['CreateAccountAlias'] = async (call, input) => {
  const alias = input.AccountAlias!;
  // The model's own pattern looks ahead, which the linear engine does not: nothing has held the alias to it yet.
  if (!ALIAS.test(alias) || /^\d{12}$/.test(alias))
    throw validation(
      `1 validation error detected: Value '${alias}' at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ${ALIAS.source}`,
    );
  await call.kernel.store.transact(async (tx) => {
    if ((await tx.get(aliases, [alias])) !== undefined)
      throw alreadyExists(`The account alias ${alias} already exists.`);
    await forget(tx, call.account);
    tx.put(aliases, [alias], call.account);
    tx.put(aliasOf, [call.account], alias);
  });
  return {};
};

export const DeleteAccountAlias: Iam['DeleteAccountAlias'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    if ((await tx.get(aliasOf, [call.account])) !== input.AccountAlias)
      throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`);
    await forget(tx, call.account);
    tx.delete(aliasOf, [call.account]);
  });
  return {};
};

export const ListAccountAliases: Iam['ListAccountAliases'] = async (call, input) => {
  const alias = await call.kernel.store.get(aliasOf, [call.account]);
  const { items, paging } = pageOf(alias === undefined ? [] : [alias], input);
  return { AccountAliases: items, ...paging };
};

/** Numbers and quotas. Source: IAM API Reference, GetAccountSummary. */
export const GetAccountSummary: Iam['GetAccountSummary'] = async (call) => {
  const { store } = call.kernel;
  const { users, groups, roles } = await identitiesOf(call, store);
  const own = await store.range(policies, [call.account], { limit: POLICIES_MAX });
  const profiles = await store.range(instanceProfiles, [call.account], { limit: INSTANCE_PROFILES_MAX });
  const SummaryMap: Record<string, number> = {
    Users: users.length,
    UsersQuota: USERS_MAX,
    Groups: groups.length,
    GroupsQuota: GROUPS_MAX,
    Roles: roles.length,
    RolesQuota: ROLES_MAX,
    Policies: own.length,
    PoliciesQuota: POLICIES_MAX,
    PolicyVersionsInUse: own.reduce((sum, { value }) => sum + value.versions.length, 0),
    PolicyVersionsInUseQuota: POLICY_VERSIONS_IN_USE_MAX,
    VersionsPerPolicyQuota: POLICY_VERSIONS_MAX,
    InstanceProfiles: profiles.length,
    InstanceProfilesQuota: INSTANCE_PROFILES_MAX,
    GroupsPerUserQuota: GROUPS_PER_USER_MAX,
    AttachedPoliciesPerUserQuota: ATTACHED_MAX,
    AttachedPoliciesPerGroupQuota: ATTACHED_MAX,
    AttachedPoliciesPerRoleQuota: ATTACHED_MAX,
    PolicySizeQuota: MANAGED_POLICY_SIZE_MAX,
    UserPolicySizeQuota: INLINE_SIZE_MAX.user,
    GroupPolicySizeQuota: INLINE_SIZE_MAX.group,
    RolePolicySizeQuota: INLINE_SIZE_MAX.role,
    AssumeRolePolicySizeQuota: TRUST_SIZE_MAX,
    ...(await credentialSummary(call)),
  };
  return { SummaryMap: SummaryMap };
};
