/** Limits of Amazon S3 Glacier. Source: Amazon S3 Glacier Developer Guide, API Reference, unless another is named. */
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Vaults of an account in a region. */
export const VAULTS_MAX = 1000;
/** Characters. */
export const VAULT_NAME_LENGTH_MAX = 255;
/** Bytes in one UploadArchive; what is larger comes in parts. */
export const SINGLE_UPLOAD_BYTES_MAX = 4 * GIB;
/** Bytes of every part but the last: a power of two times 1 MiB. */
export const PART_BYTES_MIN = 1 * MIB;
export const PART_BYTES_MAX = 4 * GIB;
export const PARTS_MAX = 10_000;
/** Characters of the description of an archive or a job. */
export const DESCRIPTION_LENGTH_MAX = 1024;
/** A multipart upload without activity for so long is given up; its id, once it is completed or aborted, is known as long. */
export const UPLOAD_IDLE_MS_MAX = 24 * HOUR_MS;
/** Source: AddTagsToVault. */
export const TAGS_MAX = 10;
/** Characters. */
export const TAG_KEY_LENGTH_MAX = 128;
/** Characters. */
export const TAG_VALUE_LENGTH_MAX = 256;
/** Entries of one page, and how many when the caller does not say. */
export const VAULTS_PAGE_MAX = 10;
export const PAGE_MAX = 50;
/** UTF-8 bytes of a vault access or vault lock policy. */
export const POLICY_BYTES_MAX = 20 * 1024;
/** How long a vault lock may be in progress. */
export const LOCK_WINDOW_MS = 24 * HOUR_MS;
/** How long a job and its output are kept once it has ended. */
export const OUTPUT_MS = 24 * HOUR_MS;
/** Least and greatest time of a retrieval, in ms. Source: Developer Guide, "Archive Retrieval Options". */
export const RETRIEVAL_MS = {
  Expedited: [MINUTE_MS, 5 * MINUTE_MS],
  Standard: [3 * HOUR_MS, 5 * HOUR_MS],
  Bulk: [5 * HOUR_MS, 12 * HOUR_MS],
} as const;
export type Tier = keyof typeof RETRIEVAL_MS;
/** Least and greatest time to the first inventory after the first upload. Source: Developer Guide, "Downloading a Vault Inventory". */
export const FIRST_INVENTORY_MS = [DAY_MS / 2, DAY_MS] as const;
/** Provisioned capacity units of an account. */
export const CAPACITY_UNITS_MAX = 2;
/** Bytes that may be retrieved in a month for nothing. Source: Amazon S3 Glacier pricing. */
export const FREE_RETRIEVAL_BYTES = 10 * GIB;
/** What each archive takes beside its content, for its index and name. Source: Amazon S3 Glacier pricing. */
export const ARCHIVE_OVERHEAD_BYTES = 32 * 1024;
/** Storage of an archive is billed for so long at least. Source: Amazon S3 Glacier pricing. */
export const STORAGE_MS_MIN = 90 * DAY_MS;
