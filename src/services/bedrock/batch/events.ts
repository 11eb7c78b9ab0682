import type { Kernel } from '../../../kernel/kernel.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { batchJobs, ENDED, type BatchJob } from './records.ts';

/** EventBridge's `time` has seconds. */
const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/**
 * Writes a job as it has become; a change of its status is told. Source of the event: Bedrock User Guide, "How EventBridge for Amazon Bedrock
 * works", Batch Inference Job State Change.
 */
export function changeBatch(kernel: Kernel, tx: Transaction, job: BatchJob, change: Partial<BatchJob>): BatchJob {
  const now = kernel.clock.now();
  const changed: BatchJob = { ...job, ...change, updatedAtMs: now };
  if (ENDED.has(changed.status)) changed.endedAtMs ??= now;
  tx.put(batchJobs, [job.account, job.region, job.id], changed);
  if (change.status !== undefined || job.status === 'Submitted') {
    const { account, region, arn } = job;
    kernel.events.publish(tx, {
      source: 'aws.bedrock',
      detailType: 'Batch Inference Job State Change',
      account,
      region,
      resources: [arn],
      detail: {
        version: '0.0',
        accountId: account,
        batchJobName: job.name,
        batchJobArn: arn,
        batchModelId: job.modelId,
        status: changed.status,
        failureMessage: changed.message ?? '',
        creationTime: iso(job.createdAtMs),
      },
    });
  }
  return changed;
}
