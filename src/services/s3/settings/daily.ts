import type { Kernel } from '../../../kernel/kernel.ts';
import type { Transaction } from '../../../kernel/store/store.ts';

/** Ends the daily work for a bucket, in the transaction that deletes it. */
export async function endDailyWork({ jobs }: Kernel, tx: Transaction, bucket: string): Promise<void> {
  for (const kind of ['s3/lifecycle', 's3/inventory']) await jobs.remove(tx, kind, bucket);
}
