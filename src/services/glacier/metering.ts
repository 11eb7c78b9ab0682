import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Usage } from '../../kernel/ledger.ts';
import { rootOf } from '../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { ARCHIVE_OVERHEAD_BYTES, DAY_MS, GIB, STORAGE_MS_MIN } from './limits.ts';
import { archives, parts, uploads, vaults, type Archive, type Vault } from './records.ts';

/** What vaults store, for the ledger. Source of the usage types: the public price list of AmazonGlacier. */
export const billedBytes = ({ size }: Pick<Archive, 'size'>) => size + ARCHIVE_OVERHEAD_BYTES;

/** Meters what a job, and not a caller, uses on behalf of a vault's owner. */
export function meterVault(kernel: Kernel, { account, region }: Pick<Vault, 'account' | 'region'>, usage: Usage): void {
  kernel.ledger.meter({ account, region, service: 'glacier', principal: rootOf(account).arn }, usage);
}

/** An archive that is deleted within 90 days is charged for the rest of them. */
export function meterEarlyDeletion(call: Call, archive: Archive): void {
  const restMs = archive.createdAtMs + STORAGE_MS_MIN - call.kernel.clock.now();
  if (restMs <= 0) return;
  const months = restMs / (30 * DAY_MS);
  call.meter({
    type: 'EarlyDelete-ByteHrs',
    quantity: (billedBytes(archive) / GIB) * months,
    unit: 'GB-months',
  });
}

/** Begins to meter what the stack's vaults store: each midnight UTC. */
export async function beginMetering(kernel: Kernel, tx: Transaction): Promise<void> {
  const runAtMs = midnightBefore(kernel.clock.now()) + DAY_MS;
  await kernel.jobs.submit(tx, { kind: 'glacier/storage-metering', id: 'daily', input: {}, runAtMs, everyMs: DAY_MS });
}

const midnightBefore = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;

/** The day that ends, as a part of its month; days that were slept through are metered as well. */
export const meteringJob: ServiceJob = {
  async run({ job, kernel, signal, checkpoint }) {
    const { untilMs = job.runAtMs - DAY_MS } = (job.checkpoint ?? {}) as { untilMs?: number };
    const nextMs = midnightBefore(kernel.clock.now());
    const months = monthsBetween(untilMs, nextMs);
    if (months <= 0) return { months: 0 };
    // Saved first: a run that is broken off must not bill a day twice.
    await checkpoint({ untilMs: nextMs });
    for await (const { value: vault } of kernel.store.all(vaults)) {
      let bytes = 0;
      for await (const { value } of kernel.store.all(archives, [vault.id])) {
        signal.throwIfAborted();
        bytes += billedBytes(value);
      }
      for await (const { value } of kernel.store.all(uploads, [vault.id])) {
        for await (const { value: part } of kernel.store.all(parts, [value.uploadId])) bytes += part.size;
      }
      if (bytes > 0)
        meterVault(kernel, vault, {
          type: 'TimedStorage-ByteHrs',
          quantity: (bytes / GIB) * months,
          unit: 'GB-months',
        });
    }
    return { months };
  },
};

function monthsBetween(fromMs: number, toMs: number): number {
  let months = 0;
  for (let day = fromMs; day < toMs; day += DAY_MS) {
    const date = new Date(day);
    months += 1 / new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  }
  return months;
}
