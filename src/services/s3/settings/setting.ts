import type { Call } from '../../../kernel/call.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { getBucket } from '../buckets.ts';
import { noSuchBucket } from '../errors.ts';
import { buckets, bucketSettings, type Bucket } from '../records.ts';
import { readSetting, type SettingKind, type Settings } from './stored.ts';

/** What every operation on a setting is given. */
type Target = { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined };

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
export async function change(
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
