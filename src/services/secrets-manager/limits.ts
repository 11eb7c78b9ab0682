/** Limits of AWS Secrets Manager. Source: Secrets Manager User Guide, "AWS Secrets Manager quotas", unless another is named. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Bytes of a secret value, in UTF-8. */
export const VALUE_BYTES_MAX = 65_536;
/** Secrets of an account in a region. */
export const SECRETS_MAX = 500_000;
/** Versions of a secret. Those without a label make room once they are `VERSION_KEPT_MS` old. */
export const VERSIONS_MAX = 100;
/** Source: User Guide, "What's in a Secrets Manager secret?": versions created less than 24 hours ago are not removed. */
export const VERSION_KEPT_MS = DAY_MS;
/** Staging labels over all versions of a secret. */
export const STAGES_MAX = 20;
/** Tags of a secret. Source: General Reference, "Service quotas for tagging". */
export const TAGS_MAX = 50;
/** Days between DeleteSecret and the deletion. Source: API Reference, DeleteSecret. */
export const RECOVERY_DAYS_MIN = 7;
export const RECOVERY_DAYS_MAX = 30;
export const RECOVERY_DAYS_DEFAULT = 30;
/** Characters of a name in the alphabet of `ARN_SUFFIX_LENGTH`. Source: API Reference, CreateSecret. */
export const ARN_SUFFIX_LENGTH = 6;
/** Entries of one page when the caller does not say. Source: API Reference, ListSecrets. */
export const PAGE_DEFAULT = 100;
/** Source: API Reference, BatchGetSecretValue. */
export const BATCH_PAGE_DEFAULT = 20;
/** Characters. Source: API Reference, GetRandomPassword. */
export const PASSWORD_LENGTH_DEFAULT = 32;
/** Hours between two rotations, at least. Source: User Guide, "Rotation schedules". */
export const ROTATION_HOURS_MIN = 4;
/** Days between two rotations, at most. Source: as above. */
export const ROTATION_DAYS_MAX = 999;
/** How often a rotation is begun before it is left for the next RotateSecret. AWS says "multiple times". */
export const ROTATION_ATTEMPTS_MAX = 5;
/** Replicas of a secret: one for each other region. */
export const REPLICAS_MAX = 50;
