import type { Kernel } from '../../kernel/kernel.ts';
import { EVENT_VERSION } from '../../kernel/trail/record.ts';
import type { Transaction } from '../../kernel/store/store.ts';

/** Organizations is served from there, whatever the region of the caller. */
const HOME_REGION = 'us-east-1';
const SOURCE = 'organizations.amazonaws.com';

/** `Jun 21, 2019 10:41:34 PM`, as the details of these events write times. */
export const eventTime = (ms: number) =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
    .format(new Date(ms))
    .replaceAll('\u202f', ' ')
    .replace(/(\d{4}), /, '$1 ');

/**
 * Tells what the service has done by itself: in the management account's history of CloudTrail, which passes it on to EventBridge.
 * Source: User Guide, "Logging and monitoring in AWS Organizations"; EventBridge, "AWS service events delivered via AWS CloudTrail".
 */
export async function publish(
  kernel: Kernel,
  tx: Transaction,
  managementAccount: string,
  eventName: string,
  serviceEventDetails: Record<string, unknown>,
): Promise<void> {
  const timeMs = kernel.clock.now();
  const detail = await kernel.trail.record(
    tx,
    {
      userIdentity: { accountId: managementAccount, invokedBy: SOURCE },
      eventSource: SOURCE,
      eventName,
      awsRegion: HOME_REGION,
      sourceIPAddress: SOURCE,
      userAgent: SOURCE,
      requestParameters: null,
      responseElements: null,
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: managementAccount,
      serviceEventDetails,
      eventCategory: 'Management',
    },
    { version: EVENT_VERSION, timeMs },
  );
  kernel.events.publish(tx, {
    source: 'aws.organizations',
    detailType: 'AWS Service Event via CloudTrail',
    account: managementAccount,
    region: HOME_REGION,
    resources: [],
    timeMs,
    detail,
  });
}
