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

/** Tells, in the transaction of the change, what the service did with a secret by itself; Secrets Manager has no events but CloudTrail's. */
export function publish(kernel: Kernel, tx: Transaction, secret: Secret, eventName: HappeningName): void {
  kernel.events.publish(tx, {
    source: 'aws.secretsmanager',
    detailType: 'AWS Service Event via CloudTrail',
    account: secret.account,
    region: secret.region,
    resources: [],
    detail: {
      eventVersion: '1.11',
      userIdentity: { accountId: secret.account, invokedBy: SERVICE },
      eventTime: `${new Date(kernel.clock.now()).toISOString().slice(0, 19)}Z`,
      eventSource: SERVICE,
      eventName,
      awsRegion: secret.region,
      sourceIPAddress: SERVICE,
      userAgent: SERVICE,
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: secret.arn },
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: secret.account,
      eventCategory: 'Management',
    },
  });
}
