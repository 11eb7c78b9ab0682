import type { Call } from '../../../kernel/call.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Usage } from '../../../kernel/ledger.ts';
import { rootOf } from '../../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { buckets, uploadedParts, uploads, type Bucket, type ObjectVersion, type StorageClass } from '../records.ts';
import { allVersions } from '../versions.ts';
import { breather } from '../../../kernel/breath.ts';
import { midnightAfter } from './lifecycle-rules.ts';
import { DAY_MS } from './limits.ts';

/** Usage types as on the bill. Source: S3 User Guide, "Understanding your AWS billing and usage reports for Amazon S3". */
const STORAGE: Record<StorageClass, string> = {
  STANDARD: 'TimedStorage-ByteHrs',
  REDUCED_REDUNDANCY: 'TimedStorage-RRS-ByteHrs',
  STANDARD_IA: 'TimedStorage-SIA-ByteHrs',
  ONEZONE_IA: 'TimedStorage-ZIA-ByteHrs',
  INTELLIGENT_TIERING: 'TimedStorage-INT-FA-ByteHrs',
  GLACIER_IR: 'TimedStorage-GIR-ByteHrs',
  GLACIER: 'TimedStorage-GlacierByteHrs',
  DEEP_ARCHIVE: 'TimedStorage-GDA-ByteHrs',
};

/** Classes that bill an object below 128 KB as if it had that much, and the usage type that the rest comes under. */
const PADDED: Partial<Record<StorageClass, string>> = {
  STANDARD_IA: 'TimedStorage-SIA-SmObjects',
  ONEZONE_IA: 'TimedStorage-ZIA-SmObjects',
  GLACIER_IR: 'TimedStorage-GIR-SmObjects',
};
const PADDED_BYTES_MIN = 128 * 1024;
/** Beside each archived object S3 keeps 32 KB at the archive's rate and 8 KB at the standard one, to find it by. */
const ARCHIVE_INDEX_BYTES = 32 * 1024;
const ARCHIVE_NAME_BYTES = 8 * 1024;
const GB = 2 ** 30;

/** How the bill names requests on objects of a class, and what is read of the colder ones. */
const CLASS_MARK: Partial<Record<StorageClass, string>> = {
  STANDARD_IA: 'SIA',
  ONEZONE_IA: 'ZIA',
  INTELLIGENT_TIERING: 'INT',
  GLACIER_IR: 'GIR',
};
const RETRIEVED = new Set<StorageClass>(['STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR']);

/** Meters the request that stored an object: those into the archives have a price of their own. */
export function meterWrite(call: Pick<Call, 'meter'>, storageClass: StorageClass): void {
  const archive = { GLACIER: 'Requests-Tier3', DEEP_ARCHIVE: 'Requests-GDA-Tier3' }[storageClass as string];
  const mark = CLASS_MARK[storageClass];
  call.meter({ type: archive ?? `Requests-${mark ? `${mark}-` : ''}Tier1`, quantity: 1, unit: 'requests' });
}

/** Meters a request that reads an object, and the bytes that it gets where these are charged. */
export function meterRead(call: Pick<Call, 'meter'>, { storageClass }: ObjectVersion, bytes = 0): void {
  const mark = CLASS_MARK[storageClass];
  call.meter({ type: `Requests-${mark ? `${mark}-` : ''}Tier2`, quantity: 1, unit: 'requests' });
  if (bytes > 0 && RETRIEVED.has(storageClass))
    call.meter({ type: `Retrieval-${mark}`, quantity: bytes / GB, unit: 'GB' });
}

/** Meters what a job, and not a caller, uses on behalf of a bucket's owner. */
export function meterStored(kernel: Kernel, bucket: Bucket, usage: Usage): void {
  const who = { account: bucket.account, region: bucket.region, service: 's3', principal: rootOf(bucket.account).arn };
  kernel.ledger.meter(who, usage);
}

/** Begins to meter what the stack's buckets store; core calls it when it makes a bucket. */
export async function beginMetering(kernel: Kernel, tx: Transaction): Promise<void> {
  // In the last moment of a day, before the next one's lifecycle rules: the day's bill is of what it held.
  const runAtMs = midnightAfter(kernel.clock.now(), 0) - 1;
  await kernel.jobs.submit(tx, { kind: 's3/storage-metering', id: 'daily', input: {}, runAtMs, everyMs: DAY_MS });
}

const startOfDay = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;

/** At the end of each day UTC: what is stored, by class, as GB-months. Days that were slept through are metered as well. */
export const meteringJob: ServiceJob = {
  async run({ job, kernel, signal, checkpoint }) {
    const { untilMs = startOfDay(job.runAtMs) } = (job.checkpoint ?? {}) as { untilMs?: number };
    const nowMs = kernel.clock.now();
    const endMs = startOfDay(nowMs) + DAY_MS;
    const months = monthsBetween(untilMs, endMs);
    if (months <= 0) return { months: 0 };
    // Saved first: a run that is broken off must not bill a day twice.
    await checkpoint({ untilMs: endMs });
    for await (const { value: bucket } of kernel.store.all(buckets)) {
      for (const [type, bytes] of await storedBytes(kernel, bucket, nowMs, signal)) {
        meterStored(kernel, bucket, { type, quantity: (bytes / GB) * months, unit: 'GB-months' });
      }
    }
    return { months };
  },
};

/** Part of a month from one midnight to another: each day is a fraction of its own month. */
function monthsBetween(fromMs: number, toMs: number): number {
  let months = 0;
  for (let day = fromMs; day < toMs; day += DAY_MS) {
    const date = new Date(day);
    months += 1 / new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  }
  return months;
}

async function storedBytes(
  kernel: Kernel,
  bucket: Bucket,
  nowMs: number,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  const add = (type: string, size: number) => bytes.set(type, (bytes.get(type) ?? 0) + size);
  const breathe = breather();
  for await (const { version } of allVersions(kernel.store, bucket.name)) {
    await breathe();
    signal.throwIfAborted();
    addVersion(add, version, nowMs);
  }
  for await (const { value: upload } of kernel.store.all(uploads, [bucket.name])) {
    for await (const { value: part } of kernel.store.all(uploadedParts, [upload.uploadId]))
      add(STORAGE.STANDARD, part.size);
  }
  return bytes;
}

function addVersion(add: (type: string, size: number) => void, version: ObjectVersion, nowMs: number): void {
  const { storageClass, size, key, restore } = version;
  if (version.deleteMarker) return add(STORAGE.STANDARD, Buffer.byteLength(key));
  add(STORAGE[storageClass], size);
  const padding = PADDED[storageClass];
  if (padding && size < PADDED_BYTES_MIN) add(padding, PADDED_BYTES_MIN - size);
  if (storageClass !== 'GLACIER' && storageClass !== 'DEEP_ARCHIVE') return;
  add(STORAGE[storageClass], ARCHIVE_INDEX_BYTES);
  add(STORAGE.STANDARD, ARCHIVE_NAME_BYTES);
  // The temporary copy of a restored object is a second object, at the standard rate.
  if (restore && !restore.ongoing && (restore.expiresAtMs ?? 0) > nowMs) add(STORAGE.STANDARD, size);
}
