import type { Kernel } from '../../../kernel/kernel.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { evaluationJobs, keyOf, results, runningJobs, runningKey, type Work } from './records.ts';

/** Writes the end of a job, unless it has ended. */
export async function finish(
  tx: Transaction,
  work: Work,
  status: 'Completed' | 'Failed' | 'Stopped',
  modifiedAtMs: number,
  failureMessages?: string[],
): Promise<void> {
  const job = await tx.get(evaluationJobs, keyOf(work));
  if (!job || (job.status !== 'InProgress' && job.status !== 'Stopping')) return;
  tx.delete(runningJobs, runningKey(job));
  tx.put(evaluationJobs, keyOf(work), {
    ...job,
    // What was asked to stop and came to its end meanwhile has stopped.
    status: job.status === 'Stopping' ? 'Stopped' : status,
    modifiedAtMs,
    ...(failureMessages ? { failureMessages } : {}),
  });
}

/** Drops the results of single prompts. */
export async function forget(kernel: Kernel, id: string): Promise<void> {
  for (;;) {
    const some = await kernel.store.range(results, [id], { limit: 500 });
    if (some.length === 0) return;
    await kernel.store.transact((tx) => {
      for (const { key } of some) tx.delete(results, key);
    });
  }
}
