import type { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { openOwnKey } from './key-id.ts';
import { DAY_MS } from './limits.ts';
import type { Key } from './records.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Operations that count as use. Source: API Reference, KeyLastUsageData. */
const OPERATIONS: ReadonlySet<string> = new Set<KeyLastUsageTrackingOperation>([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);
/** How far back the event history goes. Source: CloudTrail User Guide, "Working with CloudTrail event history". */
const HISTORY_MS = 90 * DAY_MS;
const PAGE = 50;

/** The last successful cryptographic operation with a key, as the event history has it: of the last 90 days. */
export const GetKeyLastUsage: Kms['GetKeyLastUsage'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  const now = call.kernel.clock.now();
  const record = await lastUse(call, key, now);
  return {
    KeyId: key.id,
    KeyCreationDate: new Date(key.createdAtMs),
    TrackingStartDate: new Date(Math.max(key.createdAtMs, now - HISTORY_MS)),
    KeyLastUsage: record
      ? {
          Operation: record.eventName as KeyLastUsageTrackingOperation,
          Timestamp: new Date(record.eventTime),
          CloudTrailEventId: record.eventID,
          ...(record.requestID === undefined ? {} : { KmsRequestId: record.requestID }),
        }
      : {},
  };
};

async function lastUse(call: Call, key: Key, now: number) {
  const query = {
    account: key.account,
    region: key.region,
    category: 'management' as const,
    by: { key: 'ResourceName' as const, value: key.arn },
    fromMs: now - HISTORY_MS,
    toMs: now,
    limit: PAGE,
  };
  let page = await call.kernel.trail.lookup(query);
  for (;;) {
    const found = page.records.find(({ eventName, errorCode }) => errorCode === undefined && OPERATIONS.has(eventName));
    if (found || !page.next) return found;
    page = await call.kernel.trail.lookup({ ...query, after: page.next });
  }
}
