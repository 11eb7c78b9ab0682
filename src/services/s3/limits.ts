/** Limits of Amazon S3. Sources: S3 User Guide, "Amazon S3 multipart upload limits", "Bucket naming rules"; S3 API Reference. */
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Bytes in one PutObject or UploadPart, and in the source of one CopyObject or UploadPartCopy. */
export const SINGLE_UPLOAD_BYTES_MAX = 5 * GIB;
/** Bytes of an object uploaded in parts: 50 TB since December 2025. */
export const OBJECT_BYTES_MAX = 50 * 1024 ** 4;
/** Bytes of every part but the last. */
export const PART_BYTES_MIN = 5 * MIB;
export const PART_NUMBER_MAX = 10_000;
/** Characters; no id of ours is longer. */
export const UPLOAD_ID_LENGTH_MAX = 128;
/** UTF-8 bytes of an object key. */
export const KEY_BYTES_MAX = 1024;
/** UTF-8 bytes of all names and values of user metadata together. */
export const METADATA_BYTES_MAX = 2048;
/** UTF-8 bytes of `x-amz-website-redirect-location`. */
export const REDIRECT_BYTES_MAX = 2048;
export const TAGS_MAX = 10;
/** Characters. */
export const TAG_KEY_LENGTH_MAX = 128;
/** Characters. */
export const TAG_VALUE_LENGTH_MAX = 256;
/** Keys, versions, uploads or parts in one page of a list. */
export const LIST_PAGE_MAX = 1000;
export const BUCKETS_PAGE_MAX = 10_000;
/** Keys in one DeleteObjects. */
export const DELETE_KEYS_MAX = 1000;
