/** Limits of AWS Organizations. Source: Organizations User Guide, "Quotas and service limits for AWS Organizations", as of May 2026. */

/** Accounts of an organization. AWS starts with 10 and raises it on request, up to 10,000; here nobody needs to ask. */
export const ACCOUNTS_MAX = 1_000;
export const UNITS_MAX = 2_000;
/** Levels of units below the root. */
export const UNIT_DEPTH_MAX = 5;
/** Accounts that may be in the making at once. */
export const CREATIONS_IN_PROGRESS_MAX = 5;
/** How long a request for an account is shown when it has ended. */
export const CREATION_SHOWN_DAYS = 90;
/** A created account leaves its organization after four days at the earliest. Source: API Reference, WAIT_PERIOD_ACTIVE. */
export const LEAVE_WAIT_DAYS = 4;

/** An invitation lasts 15 days, a request to enable all features 90. */
export const INVITATION_DAYS = 15;
export const ALL_FEATURES_DAYS = 90;
/** How long a handshake that has ended is shown. */
export const HANDSHAKE_SHOWN_DAYS = 30;
/** Handshakes an organization may send in a day: 20, or as many as it may have accounts. */
export const HANDSHAKES_PER_DAY_MAX = ACCOUNTS_MAX;

/** A closed account can be reopened for 90 days; then it is gone. */
export const CLOSURE_DAYS = 90;
/** Within 30 days as many accounts may be closed as the greater of 250 and a fifth of the members, at most 1,000. */
export const CLOSURE_WINDOW_DAYS = 30;
export const CLOSURES_MIN = 250;
export const CLOSURES_MAX = 1_000;
export const CLOSURES_SHARE = 0.2;

/** Tags of a resource. */
export const TAGS_MAX = 50;
/** Entries of a page, unless the request says less. */
export const PAGE_MAX = 20;

/** Size of the document of the organization's resource policy, in characters. */
export const RESOURCE_POLICY_LENGTH_MAX = 40_000;

export const DAY_MS = 86_400_000;
