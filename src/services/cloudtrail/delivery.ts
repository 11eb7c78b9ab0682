import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import { collection, type Entry, type Transaction } from '../../kernel/store/store.ts';
import { submitDelivery } from '../../kernel/trail/outbox.ts';
import { printRecord, type TrailRecord } from '../../kernel/trail/record.ts';
import { distribute } from './distribution.ts';
import { dayOf, folderOf, putFile, sha256, stampOf } from './files.ts';
import { findInsights } from './insights.ts';
import { DELIVERY_JOB, endStopped } from './interest.ts';
import { FILE_RECORDS_MAX, REDELIVERY_MS } from './limits.ts';
import { deliveryStates, digestChains, logFiles, waiting, type Waiting } from './records.ts';

/** The job that was done last for an account: its record goes with the next one. */
const lastJobs = collection<string>('cloudtrail/last-delivery-job');

/** Takes an account's records to its trails and event data stores, and writes log files. */
export const deliveryJob: ServiceJob<{ account: string }> = {
  async run({ job, kernel, signal }) {
    const { account } = job.input;
    await distribute(kernel, account);
    await endStopped(kernel, account);
    await findInsights(kernel, account);
    const files = await deliver(kernel, account, signal);
    await kernel.store.transact(async (tx) => {
      const before = await tx.get(lastJobs, [account]);
      if (before !== undefined && before !== job.id) await kernel.jobs.remove(tx, DELIVERY_JOB, before);
      tx.put(lastJobs, [account], job.id);
      // What could not be delivered is tried again at the next time.
      if (files.failed > 0)
        await submitDelivery(tx, { jobs: kernel.jobs, now: kernel.clock.now(), account, kind: DELIVERY_JOB });
    });
    return files;
  },
};

/** Entries of `waiting` that are read at once for a file. */
const ENTRIES = 20;
type Group = [account: string, trailArn: string, region: string, folder: string];

async function deliver(kernel: Kernel, account: string, signal: AbortSignal) {
  const done = { written: 0, failed: 0 };
  for (let group = await firstGroup(kernel, account); group; group = await firstGroup(kernel, account, group)) {
    for (;;) {
      signal.throwIfAborted();
      const entries = await kernel.store.range(waiting, group, { limit: ENTRIES });
      if (entries.length === 0) break;
      if (await deliverFile(kernel, group, entries, signal)) done.written++;
      else {
        done.failed++;
        break;
      }
    }
  }
  return done;
}

async function firstGroup(kernel: Kernel, account: string, after?: Group): Promise<Group | undefined> {
  const [entry] = await kernel.store.range(waiting, [account], {
    limit: 1,
    ...(after ? { after: [...after, Number.MAX_VALUE] } : {}),
  });
  return entry && (entry.key.slice(0, 4) as Group);
}

/** One log file of the oldest that waits; false when it could not be written. */
async function deliverFile(
  kernel: Kernel,
  [account, trailArn, region, folder]: Group,
  entries: Entry<Waiting>[],
  signal: AbortSignal,
): Promise<boolean> {
  const taken = upTo(FILE_RECORDS_MAX, entries);
  const records = taken.flatMap(({ value }) => value.records);
  const { destination } = taken.at(-1)!.value;
  const nowMs = kernel.clock.now();
  const sinceMs = taken[0]!.key[4] as number;
  const unique = kernel.ids.text(16);
  const key = `${folderOf(destination, account, folder)}/${region}/${dayOf(nowMs)}/${account}_${folder}_${region}_${stampOf(nowMs, { seconds: false })}_${unique}.json.gz`;
  const body = JSON.stringify({ Records: records.map(printRecord) });
  let error: string | undefined;
  try {
    await putFile(kernel, destination, { key, body, signal });
  } catch (reason) {
    signal.throwIfAborted();
    error = reason instanceof Error ? reason.name : String(reason);
    kernel.log.warn({ err: reason, trail: trailArn, bucket: destination.bucket }, 'a log file could not be delivered');
  }
  await kernel.store.transact(async (tx) => {
    const state = (await tx.get(deliveryStates, [trailArn])) ?? {};
    const { error: _before, ...rest } = state;
    if (error !== undefined) {
      tx.put(deliveryStates, [trailArn], { ...rest, attemptedAtMs: nowMs, error });
      if (sinceMs < nowMs - REDELIVERY_MS) for (const { key: old } of taken) tx.delete(waiting, old);
      return;
    }
    for (const { key: each } of taken) tx.delete(waiting, each);
    tx.put(deliveryStates, [trailArn], { ...rest, attemptedAtMs: nowMs, deliveredAtMs: nowMs });
    if (!destination.validation) return;
    if (!(await tx.get(digestChains, [trailArn, account, region])))
      tx.put(digestChains, [trailArn, account, region], { destination, endMs: sinceMs });
    noteFile(kernel, tx, [trailArn, account, region], { bucket: destination.bucket, key, body, records, nowMs });
  });
  return error === undefined;
}

function noteFile(
  kernel: Kernel,
  tx: Transaction,
  place: string[],
  file: { bucket: string; key: string; body: string; records: TrailRecord[]; nowMs: number },
): void {
  const times = file.records.map(({ eventTime }) => eventTime).toSorted();
  tx.put(logFiles, [...place, file.nowMs, kernel.ids.sortable(file.nowMs)], {
    bucket: file.bucket,
    key: file.key,
    sha256: sha256(file.body),
    newest: times.at(-1)!,
    oldest: times[0]!,
  });
}

function upTo(count: number, entries: Entry<Waiting>[]): Entry<Waiting>[] {
  let records = 0;
  return entries.filter(({ value }, index) => {
    records += value.records.length;
    return index === 0 || records <= count;
  });
}
