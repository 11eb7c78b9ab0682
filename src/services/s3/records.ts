import type { Blob } from '../../kernel/blobs/blobs.ts';
import { collection } from '../../kernel/store/store.ts';

/**
 * What S3 keeps. Every version of an object lives in exactly one place: the current one, unless it is a delete marker, under
 * `objects`; noncurrent versions and all delete markers under `versions`. So listing a bucket reads what it lists and nothing else.
 */
export type Bucket = {
  name: string;
  account: string;
  region: string;
  createdAtMs: number;
  /** Undefined: never enabled. */
  versioning?: 'Enabled' | 'Suspended';
  mfaDelete?: boolean;
  /** Object Lock was switched on at or after creation; it cannot be switched off. */
  objectLock: boolean;
};

export type StorageClass =
  | 'STANDARD'
  | 'REDUCED_REDUNDANCY'
  | 'STANDARD_IA'
  | 'ONEZONE_IA'
  | 'INTELLIGENT_TIERING'
  | 'GLACIER'
  | 'DEEP_ARCHIVE'
  | 'GLACIER_IR';

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5';
/** Base64. `COMPOSITE` values of multipart uploads end in `-<parts>`. */
export type Checksum = { algorithm: ChecksumAlgorithm; value: string; type: 'FULL_OBJECT' | 'COMPOSITE' };

/** A stretch of an object's content: one for a plain upload, one a part for a multipart upload. */
export type Part = {
  blob: Blob;
  /** Bytes. */
  size: number;
  /** Entity tag without quotes: the hex MD5, unless the content is under a key that is not S3's. */
  md5: string;
  /** The name under which the content is encrypted with a key of its own; absent: stored before there was encryption. */
  sealedAs?: string;
  checksum?: { algorithm: ChecksumAlgorithm; value: string };
  /** Part number of a multipart upload. */
  number?: number;
};

/** An object's data key, encrypted. */
export type SealedKey = {
  /** Under the stack's root key (SSE-S3), a KMS key, or a key that its customer brings. */
  by: 'stack' | 'kms' | 'customer';
  key: Uint8Array;
  /** Of KMS: what `key`, or the bucket key, is bound to. */
  context?: Record<string, string>;
  /** Encrypted by KMS; `key` is encrypted under it. */
  bucketKey?: Uint8Array;
  /** The data key of the outer layer of two (DSSE), under the stack's root key. */
  outer?: Uint8Array;
  /** The customer's key is recognised by its HMAC under this salt. */
  salt?: Uint8Array;
  mac?: Uint8Array;
};

export type ObjectLock = {
  mode?: 'GOVERNANCE' | 'COMPLIANCE';
  retainUntilMs?: number;
  legalHold?: boolean;
};

export type ObjectVersion = {
  bucket: string;
  key: string;
  /** `null` (the word) for versions written while versioning was not enabled. */
  versionId: string;
  /** Grows with every version of the key; newest is greatest. */
  sequence: number;
  deleteMarker?: boolean;
  parts: Part[];
  /** Whether it was uploaded in parts: then `GetObject` by part number and `ObjectParts` make sense. */
  multipart?: boolean;
  /** The upload it came of: completing that once more answers the same. */
  uploadId?: string;
  size: number;
  /** Without quotes. */
  etag: string;
  checksum?: Checksum;
  lastModifiedMs: number;
  storageClass: StorageClass;
  /** User metadata: lower-case names without `x-amz-meta-`. */
  metadata: Record<string, string>;
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
  websiteRedirectLocation?: string;
  tags: Record<string, string>;
  lock?: ObjectLock;
  /** An archived object that was, or is being, restored. */
  restore?: { ongoing: boolean; expiresAtMs?: number; readyAtMs?: number };
  /** `keyId`: ARN of the KMS key. `customer`: SSE-C. */
  encryption?: {
    algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
    keyId?: string;
    bucketKey?: boolean;
    customer?: boolean;
  };
  /** Absent: the content was stored before there was encryption. */
  sealed?: SealedKey;
  replicationStatus?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
  /** Canned or explicit grants; absent: owner only. */
  acl?: Grant[];
  /** When it ceased to be current: what noncurrent lifecycle rules count from. */
  noncurrentSinceMs?: number;
  ownerAccount: string;
};

export type Grant = {
  permission: 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';
  grantee: { type: 'CanonicalUser' | 'Group'; id?: string; uri?: string };
};

export type Upload = {
  bucket: string;
  key: string;
  uploadId: string;
  initiatedAtMs: number;
  /** What the finished object will carry. */
  target: Omit<
    ObjectVersion,
    'bucket' | 'key' | 'versionId' | 'sequence' | 'parts' | 'size' | 'etag' | 'checksum' | 'lastModifiedMs'
  >;
  checksumAlgorithm?: ChecksumAlgorithm;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
};

export type UploadedPart = Part & { number: number; uploadedAtMs: number };

/** [name] */
export const buckets = collection<Bucket>('s3/bucket');
/** Settings of a bucket, by kind (`cors`, `lifecycle`, `policy` …), in the SDK's own shapes: [bucket, kind] */
export const bucketSettings = collection<unknown>('s3/bucket-setting');
/** Current versions that are no delete markers: [bucket, key] */
export const objects = collection<ObjectVersion>('s3/object');
/** Noncurrent versions and delete markers, newest first: [bucket, key, -sequence] */
export const versions = collection<ObjectVersion>('s3/version');
/** Where a version of `versions` stands: [bucket, key, versionId] gives its sequence. */
export const versionIndex = collection<number>('s3/version-index');
/** [bucket, key, uploadId] */
export const uploads = collection<Upload>('s3/upload');
/** [uploadId, part number] */
export const uploadedParts = collection<UploadedPart>('s3/upload-part');
