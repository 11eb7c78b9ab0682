/** Limits of S3's bucket settings. Source: Amazon S3 User Guide and API Reference, read 2026. */
export const POLICY_BYTES_MAX = 20 * 1024;
export const CORS_RULES_MAX = 100;
export const BUCKET_TAGS_MAX = 50;
export const LIFECYCLE_RULES_MAX = 1000;
/** Characters of the id of a lifecycle, replication, CORS or notification rule. */
export const RULE_ID_LENGTH_MAX = 255;
export const REPLICATION_RULES_MAX = 1000;
export const ROUTING_RULES_MAX = 50;
export const NOTIFICATION_RULES_MAX = 100;
export const INVENTORY_CONFIGURATIONS_MAX = 1000;
export const NEWER_NONCURRENT_VERSIONS_MAX = 100;
/** Objects below this many bytes are not transitioned unless a rule's own size filter says so. */
export const TRANSITION_BYTES_MIN = 128 * 1024;
/** Days that an object stays in STANDARD before it may go to STANDARD_IA or ONEZONE_IA, and in these before it may go on. */
export const INFREQUENT_ACCESS_DAYS_MIN = 30;
/** 100 years. */
export const RETENTION_DAYS_MAX = 36_500;
export const RETENTION_YEARS_MAX = 100;
/** Bytes of a browser form's fields before its file, together. */
export const FORM_FIELDS_BYTES_MAX = 20 * 1024;
/** Bytes of one object uploaded by a browser form. */
export const FORM_FILE_BYTES_MAX = 5 * 1024 ** 3;
export const DAY_MS = 24 * 60 * 60 * 1000;
