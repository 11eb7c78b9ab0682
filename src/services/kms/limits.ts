/** Limits of AWS KMS. Source: AWS KMS Developer Guide, "Resource quotas" and the API Reference, unless another is named. */
export const DAY_MS = 86_400_000;

/** Customer managed keys of an account in a region. */
export const KEYS_MAX = 100_000;
export const ALIASES_PER_KEY_MAX = 50;
export const GRANTS_PER_KEY_MAX = 50_000;
/** Pairs of an encryption context in a grant constraint, and characters of a value. Source: API Reference, GrantConstraints. */
export const CONSTRAINT_PAIRS_MAX = 8;
export const CONSTRAINT_VALUE_LENGTH_MAX = 384;
export const ON_DEMAND_ROTATIONS_MAX = 25;
/** UTF-8 bytes. Source: PutKeyPolicy. */
export const POLICY_BYTES_MAX = 32_768;
/** Source: TagResource. */
export const TAGS_MAX = 50;
/** Source: ScheduleKeyDeletion. */
export const DELETION_DAYS_MIN = 7;
export const DELETION_DAYS_MAX = 30;
/** Source: EnableKeyRotation. */
export const ROTATION_DAYS_DEFAULT = 365;
/** How long an import token and its wrapping key are good. Source: GetParametersForImport. */
export const IMPORT_TOKEN_MS = DAY_MS;
/** How far in the future imported key material may expire. Source: ImportKeyMaterial. */
export const IMPORT_VALID_MS_MAX = 365 * DAY_MS;
/** Entries of a page: default and most. */
export const KEYS_PAGE = { default: 100, max: 1000 };
export const ALIASES_PAGE = { default: 50, max: 100 };
export const GRANTS_PAGE = { default: 50, max: 100 };
export const TAGS_PAGE = { default: 50, max: 50 };
export const POLICIES_PAGE = { default: 100, max: 1000 };
export const ROTATIONS_PAGE = { default: 100, max: 1000 };
