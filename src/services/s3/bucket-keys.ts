import { randomBytes } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { identityArn } from '../../kernel/principals/principal.ts';
import { collection } from '../../kernel/store/store.ts';
import { bucketArn } from './arns.ts';
import { keyUse, refusalOfKms } from './kms.ts';
import type { Bucket, SealedKey } from './records.ts';

/**
 * Bucket keys: one data key of KMS encrypts the data keys of many objects, so that KMS is asked once an hour for each identity that writes,
 * and not once an object. Kept in memory only; reading asks KMS each time, so that a key that is disabled shuts at once. Source: S3 User
 * Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
 */
export type BucketKey = {
  plaintext: Uint8Array;
  encrypted: Uint8Array;
  keyArn: string;
  context: Record<string, string>;
};

/** Virtual time that a bucket key serves. */
const SERVES_MS = 60 * 60 * 1000;
const KEPT_MAX = 1_000;

/** Tells the keys of this life of the store from those of another: after a reset none of them is good. [bucket] */
export const bucketKeyMarks = collection<string>('s3/bucket-key-mark');

type Kept = { made: Promise<BucketKey>; untilMs: number };
const keptByKernel = new WeakMap<Kernel, Map<string, Kept>>();

/** The bucket key that the caller's next object is encrypted under. Rejects with what KMS refuses. */
export async function bucketKey(
  call: Call,
  bucket: Bucket,
  keyId: string | undefined,
  added: Record<string, string> = {},
): Promise<BucketKey> {
  const { kernel } = call;
  const context = { ...added, 'aws:s3:arn': bucketArn(call, bucket.name) };
  let kept = keptByKernel.get(kernel);
  if (!kept) keptByKernel.set(kernel, (kept = new Map()));
  const name = JSON.stringify([await markOf(kernel, bucket.name), keyId, whoOf(call), context]);
  const nowMs = kernel.clock.now();
  const standing = kept.get(name);
  if (standing && standing.untilMs > nowMs) return standing.made;
  const made = kernel.keys
    .dataKey({ ...keyUse(call, bucket, context), keyId, alias: 'alias/aws/s3' })
    .then((dataKey) => ({ ...dataKey, context }))
    .catch(refusalOfKms);
  // In the order they were made, which is the order they end in: none is kept for longer than it serves.
  for (const [other, { untilMs }] of kept) {
    if (untilMs > nowMs) break;
    kept.delete(other);
  }
  kept.set(name, { made, untilMs: nowMs + SERVES_MS });
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  made.catch(() => kept.delete(name));
  return made;
}

/** Who asked KMS: sessions that are narrowed otherwise may not do what another of the same role may. */
function whoOf({ principal }: Call): unknown[] {
  const { id, session } = principal;
  const identity = principal.type === 'assumed-role' ? id.split(':')[0] : id;
  return [identityArn(principal), identity, session?.policy, session?.policyArns, session?.tags];
}

/** The plaintext of the bucket key that an object is encrypted under. Rejects with what KMS refuses. */
export function openBucketKey(call: Call, bucket: Bucket, { bucketKey, context }: SealedKey): Promise<Uint8Array> {
  return call.kernel.keys
    .openDataKey({ ...keyUse(call, bucket, context ?? {}), encrypted: bucketKey! })
    .catch(refusalOfKms);
}

async function markOf({ store }: Kernel, bucket: string): Promise<string> {
  return (
    (await store.get(bucketKeyMarks, [bucket])) ??
    store.transact(async (tx) => {
      const standing = await tx.get(bucketKeyMarks, [bucket]);
      if (standing !== undefined) return standing;
      // Not from the stack's own ids: those of a seeded stack come again after a reset.
      const mark = randomBytes(16).toString('hex');
      tx.put(bucketKeyMarks, [bucket], mark);
      return mark;
    })
  );
}
