/** Limits of Parameter Store. Source: General Reference, "AWS Systems Manager endpoints and quotas", unless another is named. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Parameters of an account in a region, by tier. */
export const PARAMETERS_MAX = { Standard: 10_000, Advanced: 100_000 } as const;
/** Bytes of a value, by tier. */
export const VALUE_BYTES_MAX = { Standard: 4_096, Advanced: 8_192 } as const;
/** Versions of a parameter that are kept. */
export const VERSIONS_MAX = 100;
/** Labels of one version. */
export const LABELS_MAX = 10;
/** Policies of one parameter. */
export const POLICIES_MAX = 10;
/** Tags of one parameter. */
export const TAGS_MAX = 50;
/** Levels of a hierarchy, the name itself being one. Source: API Reference, PutParameter. */
export const LEVELS_MAX = 15;
/** Characters of a parameter's ARN, the name in it. Source: API Reference, PutParameter. */
export const ARN_LENGTH_MAX = 1_011;
/** Entries of one page, and when the caller does not say. Source: API Reference. */
export const PATH_PAGE_DEFAULT = 10;
export const PAGE_DEFAULT = 50;
/** Bytes of a resource policy. Source: API Reference, ResourcePolicyLimitExceededException. */
export const POLICY_BYTES_MAX = 1_024;
