import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import type { Key } from './records.ts';

/**
 * What KMS does with a key by itself, for EventBridge and for CloudTrail. Source: Developer Guide, "Monitor KMS keys with Amazon EventBridge" and
 * "Logging AWS KMS API calls with AWS CloudTrail" (RotateKey, DeleteKey, DeleteExpiredKeyMaterial).
 */
const HAPPENINGS = {
  rotated: { detailType: 'KMS CMK Rotation', eventName: 'RotateKey' },
  deleted: { detailType: 'KMS CMK Deletion', eventName: 'DeleteKey' },
  expired: { detailType: 'KMS Imported Key Material Expiration', eventName: 'DeleteExpiredKeyMaterial' },
} as const;

const SOURCE = 'kms.amazonaws.com';
const EVENT_VERSION = '1.11';

/** Tells, in the transaction of the change, what happened to a key. */
export async function tell(
  tx: Transaction,
  kernel: Kernel,
  key: Key,
  happening: keyof typeof HAPPENINGS,
  details: Record<string, unknown> = {},
): Promise<void> {
  const { detailType, eventName } = HAPPENINGS[happening];
  const { account, region, arn, id } = key;
  const timeMs = kernel.clock.now();
  await kernel.trail.record(
    tx,
    {
      userIdentity: { accountId: account, invokedBy: 'AWS Internal' },
      eventSource: SOURCE,
      eventName,
      awsRegion: region,
      sourceIPAddress: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestParameters: null,
      responseElements: null,
      readOnly: false,
      resources: [{ ARN: arn, accountId: account, type: 'AWS::KMS::Key' }],
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: account,
      serviceEventDetails: { keyId: id, ...details },
      eventCategory: 'Management',
    },
    { version: EVENT_VERSION, timeMs },
  );
  kernel.events.publish(tx, {
    source: 'aws.kms',
    detailType,
    account,
    region,
    resources: [arn],
    timeMs,
    detail: { 'key-id': id },
  });
}
