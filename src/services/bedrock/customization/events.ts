import type { Kernel } from '../../../kernel/kernel.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { customizationJobs, type CustomizationJob } from './records.ts';

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const ENDED = new Set<CustomizationJob['status']>(['Completed', 'Failed', 'Stopped']);

export const hasEnded = ({ status }: CustomizationJob) => ENDED.has(status);

/**
 * Writes a job as it has become; a change of its status is told. Source of the event: Bedrock User Guide, "How EventBridge for Amazon Bedrock
 * works", Model Customization Job State Change.
 */
export function changeJob(
  kernel: Kernel,
  tx: Transaction,
  job: CustomizationJob,
  change: Partial<CustomizationJob>,
): CustomizationJob {
  const now = kernel.clock.now();
  const changed: CustomizationJob = { ...job, ...change, updatedAtMs: now };
  if (hasEnded(changed)) {
    changed.endedAtMs ??= now;
    delete changed.key;
  }
  tx.put(customizationJobs, [job.account, job.region, job.id], changed);
  if (change.status === undefined) return changed;
  kernel.events.publish(tx, {
    source: 'aws.bedrock',
    detailType: 'Model Customization Job State Change',
    account: job.account,
    region: job.region,
    resources: [job.arn],
    detail: {
      version: '0.0',
      jobName: job.name,
      jobArn: job.arn,
      outputModelName: job.model.name,
      outputModelArn: job.model.arn,
      roleArn: job.roleArn,
      jobStatus: changed.status,
      failureMessage: changed.failureMessage ?? '',
      creationTime: iso(job.createdAtMs),
      lastModifiedTime: iso(now),
      ...(changed.endedAtMs === undefined ? {} : { endTime: iso(changed.endedAtMs) }),
      baseModelArn: `arn:aws:bedrock:${job.region}::foundation-model/${job.baseModelId}`,
      hyperParameters: job.hyperParameters,
      trainingDataConfig: { s3Uri: job.trainingUri },
      validationDataConfig: { validators: job.validationUris.map((s3Uri) => ({ s3Uri })) },
      outputDataConfig: { s3Uri: job.outputUri },
    },
  });
  return changed;
}
