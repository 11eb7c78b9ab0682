/** Quotas of AWS IAM at their defaults. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const USERS_MAX = 5_000;
export const GROUPS_MAX = 300;
export const ROLES_MAX = 1_000;
export const POLICIES_MAX = 1_500;
export const INSTANCE_PROFILES_MAX = 1_000;
export const GROUPS_PER_USER_MAX = 10;
/** Managed policies attached to one user, group or role. */
export const ATTACHED_MAX = 10;
export const POLICY_VERSIONS_MAX = 5;
export const TAGS_MAX = 50;

/** Characters of a policy document, white space not counted. */
export const MANAGED_POLICY_SIZE_MAX = 6_144;
/** All inline policies of one user, group or role together, white space not counted. */
export const INLINE_SIZE_MAX = { user: 2_048, group: 5_120, role: 10_240 } as const;
/** A role's trust policy, white space not counted. */
export const TRUST_SIZE_MAX = 2_048;

export const SESSION_SECONDS_DEFAULT = 3_600;

/** Items of a page when the caller does not say. Source: IAM API Reference, `MaxItems`. */
export const PAGE_SIZE_DEFAULT = 100;
/** Versions of all customer managed policies of an account. Source: IAM API Reference, GetAccountSummary. */
export const POLICY_VERSIONS_IN_USE_MAX = 10_000;

/** How long back uses of a role are told of. Source: IAM API Reference, RoleLastUsed: "the trailing 400 days". */
export const LAST_USED_MS = 400 * 86_400_000;

/**
 * Decisions of one page of a simulation, actions times resources: fewer actions are answered at once than were asked for, as the API says may
 * happen. And resources of one simulation, since all of an action come together. Our own bounds: AWS's are not told.
 */
export const SIMULATED_PER_PAGE_MAX = 1_000;
export const SIMULATED_RESOURCES_MAX = 1_000;
