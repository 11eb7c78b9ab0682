/** Limits of AWS STS. Source: STS API Reference, and IAM User Guide, "IAM and AWS STS quotas" and "Pass session tags in AWS STS". */

/** Seconds. */
export const USER_SESSION_SECONDS_DEFAULT = 43_200;
/** Sessions of the account's root: AWS shortens longer ones without a word. Seconds. */
export const ROOT_SESSION_SECONDS_MAX = 3_600;
/** Seconds. */
export const ROLE_SESSION_SECONDS_DEFAULT = 3_600;
/** Sessions of a role that were made with a role's session. Seconds. */
export const CHAINED_SESSION_SECONDS_MAX = 3_600;
/** Seconds; the model holds requests to it, assertions are held here. */
export const ROLE_SESSION_SECONDS_MIN = 900;
export const ROLE_SESSION_SECONDS_MAX = 43_200;

/** Managed policies given as session policies. */
export const POLICY_ARNS_MAX = 10;
/** The inline session policy and the ARNs of the managed ones together. Characters. */
export const POLICIES_PLAIN_MAX = 2_048;
export const SESSION_TAGS_MAX = 50;
/** Characters. */
export const TAG_KEY_MAX = 128;
/** Characters. */
export const TAG_VALUE_MAX = 256;

/**
 * What session tags may take of a session token. AWS names no number; nine tags with keys of 2 and values of 250 characters are answered
 * with 498 %. Bytes.
 */
export const PACKED_TAGS_BYTES_MAX = 455;
/** What session policies may take of it once they are compressed. AWS names no number. Bytes. */
export const PACKED_POLICIES_BYTES_MAX = 1_024;

/** Bytes; `MinimumSessionTokenSize` goes up to it. */
export const SESSION_TOKEN_BYTES_MAX = 4_096;

/** What `RoleSessionName` and `SourceIdentity` look like where they come out of an assertion or a token. */
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
