import {
  invocationLogging,
  logFolder,
  putLogObject,
  type InvocationLogging,
} from '../../../kernel/inference/invocation-logging.ts';
import type { Blob } from '../../../kernel/blobs/blobs.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { partitionOf } from '../../../kernel/resources.ts';
import { seal, unseal } from '../../../kernel/seal.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import type { KeyPart } from '../../../kernel/store/keys.ts';
import { collection, type Entry, type Transaction } from '../../../kernel/store/store.ts';

/**
 * Logs of invocations on their way to the account's bucket: in the store before the caller has its answer, taken out by a job. What is said
 * to models and by them is sealed until it is there.
 */
type Waiting = {
  s3: NonNullable<InvocationLogging['s3']>;
  line: Blob;
  /** Bodies too large for a line, each an object of its own. */
  data: { key: string; blob: Blob }[];
};

/** Keyed by account, region, virtual ms and id. */
const waiting = collection<Waiting>('bedrock-runtime/invocation-log');
/** The job that was done last for an account in a region. */
const lastJobs = collection<string>('bedrock-runtime/last-log-delivery');

export const LOG_JOB = 'bedrock-runtime/log-delivery';
const PURPOSE = 'model invocation log';
/** A delivery begins at multiples of this, when there is something to deliver. AWS says no more than that logs come within minutes. */
const DELIVERY_MS = 60_000;
/** What could not be delivered for so long is dropped. */
const REDELIVERY_MS = 24 * 3_600_000;
/** Records of a file, and entries that are read at once. */
const FILE_RECORDS_MAX = 200;
/** Bytes of a file's records before compression, one record at least. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Records of an account in a region that wait while the bucket cannot be written; then the oldest are dropped. */
const WAITING_MAX = 20_000;
/** Source: Bedrock User Guide, "Monitor model invocation": bodies over 100 KB go to objects of their own. */
export const BODY_BYTES_MAX = 100 * 1024;

type Place = { account: string; region: string };

/** `prefix/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2030/01/31/12` */
export function hourFolder(s3: Waiting['s3'], place: Place, timeMs: number): string {
  const hour = new Date(timeMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
  return `${logFolder(s3, place)}/${place.region}/${hour}`;
}

/** Puts a record and its large bodies on their way. */
export async function enqueue(
  kernel: Kernel,
  place: Place,
  entry: { s3: Waiting['s3']; timeMs: number; line: string; data: { key: string; text: string }[] },
): Promise<void> {
  const { store, blobs, ids, jobs } = kernel;
  const put = async (text: string) => blobs.put(Buffer.from(await seal(kernel, PURPOSE, text)));
  const line = await put(entry.line);
  const data: Waiting['data'] = [];
  for (const { key, text } of entry.data) data.push({ key, blob: await put(text) });
  const id = ids.sortable(entry.timeMs);
  await store.transact(async (tx) => {
    tx.put(waiting, [place.account, place.region, entry.timeMs, id], { s3: entry.s3, line, data });
    await blobs.retain(tx, line);
    for (const { blob } of data) await blobs.retain(tx, blob);
    await submitDelivery(kernel, tx, place, jobs);
  });
}

/** The next delivery of an account in a region; one at each of its times. */
async function submitDelivery(kernel: Kernel, tx: Transaction, place: Place, jobs: Kernel['jobs']): Promise<void> {
  const runAtMs = Math.floor(kernel.clock.now() / DELIVERY_MS + 1) * DELIVERY_MS;
  const id = `${place.account}/${place.region}/${runAtMs}`;
  await jobs.submit(tx, { kind: LOG_JOB, id, input: place, runAtMs });
}

/** Takes an account's logs of a region to its bucket; `waitingMax` of them wait where it cannot be written. */
export const logJobWith = (waitingMax: number): ServiceJob<Place> => ({
  async run({ job, kernel, signal }) {
    const place = job.input;
    const { account, region } = place;
    let failed = false;
    while (!failed) {
      signal.throwIfAborted();
      const entries = await kernel.store.range(waiting, [account, region], { limit: FILE_RECORDS_MAX });
      if (entries.length === 0) break;
      failed = !(await deliver(kernel, place, ofOneFile(entries), signal));
    }
    if (failed) await drop(kernel, place, waitingMax);
    await kernel.store.transact(async (tx) => {
      const before = await tx.get(lastJobs, [account, region]);
      if (before !== undefined && before !== job.id) await kernel.jobs.remove(tx, LOG_JOB, before);
      tx.put(lastJobs, [account, region], job.id);
      if (failed) await submitDelivery(kernel, tx, place, kernel.jobs);
    });
  },
});

export const logJob = logJobWith(WAITING_MAX);

/** One file goes to one place, as the configuration may have changed on the way, and is of bounded size. */
function ofOneFile(entries: Entry<Waiting>[]): Entry<Waiting>[] {
  const first = JSON.stringify(entries[0]!.value.s3);
  let bytes = 0;
  const end = entries.findIndex(({ value }, index) => {
    bytes += value.line.size;
    return index > 0 && (bytes > FILE_BYTES_MAX || JSON.stringify(value.s3) !== first);
  });
  return end < 0 ? entries : entries.slice(0, end);
}

/** Drops the oldest of too many that wait. */
async function drop(kernel: Kernel, { account, region }: Place, waitingMax: number): Promise<void> {
  const newest = await kernel.store.range(waiting, [account, region], { reverse: true, limit: waitingMax + 1 });
  const last = newest[waitingMax];
  if (!last) return;
  for (;;) {
    const oldest = await kernel.store.range(waiting, [account, region], { limit: FILE_RECORDS_MAX });
    const over = oldest.filter(({ key }) => isUpTo(key, last.key));
    if (over.length === 0) return;
    kernel.log.error({ account, region, records: over.length }, 'model invocation logs were dropped: too many wait');
    await kernel.store.transact((tx) => remove(kernel, tx, over));
  }
}

/** Whether an entry is as old as another, or older. */
const isUpTo = (key: KeyPart[], other: KeyPart[]) =>
  (key[2] as number) < (other[2] as number) || (key[2] === other[2] && (key[3] as string) <= (other[3] as string));

async function remove(kernel: Kernel, tx: Transaction, entries: Entry<Waiting>[]): Promise<void> {
  for (const { key, value } of entries) {
    tx.delete(waiting, key);
    for (const blob of [value.line, ...value.data.map((each) => each.blob)]) await kernel.blobs.release(tx, blob);
  }
}

/** Writes one file; false when it could not be written. A process that dies after the writing writes the same records again. */
async function deliver(kernel: Kernel, place: Place, entries: Entry<Waiting>[], signal: AbortSignal): Promise<boolean> {
  const nowMs = kernel.clock.now();
  const { s3 } = entries[0]!.value;
  const to = { place: { ...place, partition: partitionOf(place.region) }, bucket: s3.bucket, signal };
  const open = async (blob: Blob) => (await unseal(kernel, PURPOSE, (await kernel.blobs.bytes(blob)).toString()))!;
  const lines: string[] = [];
  let written = true;
  try {
    for (const { value } of entries) {
      for (const { key, blob } of value.data) await putLogObject(kernel, { ...to, key, body: await open(blob) });
      lines.push(await open(value.line));
    }
    const stamp = `${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '').slice(0, 18)}Z`;
    const key = `${hourFolder(s3, place, nowMs)}/${stamp}_${kernel.ids.hex(16)}.json.gz`;
    await putLogObject(kernel, { ...to, key, body: `${lines.join('\n')}\n` });
  } catch (error) {
    signal.throwIfAborted();
    kernel.log.warn({ err: error, bucket: s3.bucket }, 'model invocation logs could not be delivered');
    written = false;
  }
  const done = written ? entries : entries.filter(({ key }) => (key[2] as number) < nowMs - REDELIVERY_MS);
  await kernel.store.transact((tx) => remove(kernel, tx, done));
  return written;
}

/** What is logged of a place's invocations; undefined where nothing is. */
export async function loggingOf(kernel: Kernel, { account, region }: Place): Promise<InvocationLogging | undefined> {
  const found = await kernel.store.get(invocationLogging, [account, region]);
  return found?.s3 ? found : undefined;
}
