import type {
  AccelerateConfiguration,
  BucketLifecycleConfiguration,
  CORSConfiguration,
  InventoryConfiguration,
  LoggingEnabled,
  NotificationConfiguration,
  ObjectLockConfiguration,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  RequestPaymentConfiguration,
  ServerSideEncryptionConfiguration,
  Tagging,
  TransitionDefaultMinimumObjectSize,
  WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { getBucket } from '../buckets.ts';
import { noSuchBucket } from '../errors.ts';
import { buckets, bucketSettings, type Bucket, type Grant } from '../records.ts';

/** The settings of a bucket by kind, as they are stored: the SDK's own shapes but for a few. */
export type Settings = {
  accelerate: AccelerateConfiguration;
  acl: Grant[];
  cors: CORSConfiguration;
  encryption: ServerSideEncryptionConfiguration;
  inventory: InventoryConfiguration[];
  lifecycle: BucketLifecycleConfiguration & {
    TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize;
  };
  logging: LoggingEnabled;
  notification: NotificationConfiguration;
  'object-lock': ObjectLockConfiguration;
  /** New buckets have controls without any record; what was deleted is `removed`. */
  ownershipControls: OwnershipControls | 'removed';
  /** The document, as it was put. */
  policy: string;
  'public-access': PublicAccessBlockConfiguration | 'removed';
  replication: ReplicationConfiguration;
  'request-payment': RequestPaymentConfiguration;
  tagging: Tagging;
  website: WebsiteConfiguration;
};

export type SettingKind = keyof Settings;

/** What every operation on a setting is given. */
type Target = { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined };

/** The setting of a bucket by its name, without any check of the bucket. */
export async function readSetting<K extends SettingKind>(
  reader: Reader,
  bucket: string,
  kind: K,
): Promise<Settings[K] | undefined> {
  return (await reader.get(bucketSettings, [bucket, kind])) as Settings[K] | undefined;
}

/** The setting for the caller of a Get operation. Throws NoSuchBucket, and AccessDenied for another owner than expected. */
export async function getSetting<K extends SettingKind>(
  call: Call,
  input: Target,
  kind: K,
): Promise<{ bucket: Bucket; value: Settings[K] | undefined }> {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  return { bucket, value: await readSetting(call.kernel.store, bucket.name, kind) };
}

/** Stores a setting; `also` runs in the same transaction. Throws as `getSetting`. */
export async function putSetting<K extends SettingKind>(
  call: Call,
  input: Target,
  kind: K,
  value: Settings[K],
  also?: (tx: Transaction, bucket: Bucket) => Promise<void>,
): Promise<void> {
  await change(call, input, async (tx, bucket) => {
    await also?.(tx, bucket);
    tx.put(bucketSettings, [bucket.name, kind], value);
  });
}

/** Removes a setting; nothing is said when there was none. */
export async function deleteSetting(
  call: Call,
  input: Target,
  kind: SettingKind,
  also?: (tx: Transaction, bucket: Bucket) => Promise<void>,
): Promise<void> {
  await change(call, input, async (tx, bucket) => {
    await also?.(tx, bucket);
    tx.delete(bucketSettings, [bucket.name, kind]);
  });
}

/** Runs `write` in a transaction that fails when the bucket is deleted meanwhile: no setting outlives its bucket. */
async function change(
  call: Call,
  input: Target,
  write: (tx: Transaction, bucket: Bucket) => Promise<void>,
): Promise<void> {
  const { name } = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  await call.kernel.store.transact(async (tx) => {
    const bucket = await tx.get(buckets, [name]);
    if (!bucket) throw noSuchBucket(name);
    await write(tx, bucket);
  });
}
