import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { SERVICE } from './encryption.ts';
import type { Secret } from './records.ts';

/** Source: User Guide, "AWS CloudTrail entries for Secrets Manager": what happens without a call. */
export type HappeningName =
  | 'CancelSecretVersionDelete'
  | 'EndSecretVersionDelete'
  | 'ReplicationFailed'
  | 'ReplicationSucceeded'
  | 'RotationAbandoned'
  | 'RotationFailed'
  | 'RotationStarted'
  | 'RotationSucceeded'
  | 'StartSecretVersionDelete'
  | 'TestRotationFailed'
  | 'TestRotationStarted'
  | 'TestRotationSucceeded';

/** Tells, in the transaction of the change, what the service did with a secret by itself: on the trail, and so to EventBridge. */
export async function publish(
  kernel: Kernel,
  tx: Transaction,
  { account, region, arn }: Secret,
  eventName: HappeningName,
): Promise<void> {
  const timeMs = kernel.clock.now();
  const record = await kernel.trail.record(
    tx,
    {
      userIdentity: { type: 'AWSService', accountId: account, invokedBy: SERVICE },
      eventSource: SERVICE,
      eventName,
      awsRegion: region,
      sourceIPAddress: SERVICE,
      userAgent: SERVICE,
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: arn },
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    },
    { version: '1.11', timeMs },
  );
  kernel.events.publish(tx, {
    source: 'aws.secretsmanager',
    detailType: 'AWS Service Event via CloudTrail',
    account,
    region,
    resources: [],
    timeMs,
    detail: { ...record },
  });
}
