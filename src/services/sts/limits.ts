/** Limits of AWS STS. Source: STS API Reference, GetSessionToken and AssumeRole. */
export const SESSION_SECONDS_DEFAULT = 43_200;
/** Sessions of the account's root. */
export const ROOT_SESSION_SECONDS_MAX = 3_600;
