import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  DisableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GetKeyLastUsageCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { openKms, refusal } from './kms.fixture.ts';
import { DAY_MS } from './limits.ts';

const { outcrop, kms, bytes, makeKey, encrypt } = await openKms('usage', {
  clock: { frozenAt: new Date('2031-04-04T00:00:00Z') },
});
const lastUsage = (KeyId: string) => kms.send(new GetKeyLastUsageCommand({ KeyId }));

describe('the last use of a key', () => {
  it('is its last successful cryptographic operation, which CloudTrail has by the same id', async () => {
    const { KeyId, Arn, CreationDate } = await makeKey();
    expect(await lastUsage(KeyId!)).toMatchObject({
      KeyId,
      KeyLastUsage: {},
      KeyCreationDate: CreationDate,
      TrackingStartDate: CreationDate,
    });
    await encrypt(KeyId!, bytes(3));
    await outcrop.clock.advance(DAY_MS);
    const { $metadata } = await kms.send(new EncryptCommand({ KeyId: KeyId!, Plaintext: bytes(3) }));
    const usedAt = outcrop.clock.now();
    await outcrop.clock.advance(DAY_MS);
    await kms.send(new DisableKeyCommand({ KeyId: KeyId! }));
    expect((await refusal(encrypt(KeyId!, bytes(3)))).name).toBe('DisabledException');
    const { KeyLastUsage } = await lastUsage(KeyId!);
    expect(KeyLastUsage).toMatchObject({ Operation: 'Encrypt', Timestamp: usedAt, KmsRequestId: $metadata.requestId });
    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventId', AttributeValue: KeyLastUsage!.CloudTrailEventId! }],
      }),
    );
    expect(Events).toMatchObject([
      { EventName: 'Encrypt', Resources: [{ ResourceName: Arn, ResourceType: 'AWS::KMS::Key' }] },
    ]);
    await outcrop.clock.advance(91 * DAY_MS);
    const later = await lastUsage(KeyId!);
    expect(later.KeyLastUsage).toEqual({});
    expect(later.TrackingStartDate!.getTime()).toBe(outcrop.clock.now().getTime() - 90 * DAY_MS);
  });
});

describe('what KMS does by itself', () => {
  it('is in the event history: rotation and deletion', async () => {
    const [rotated, deleted] = [await makeKey(), await makeKey()];
    await kms.send(new EnableKeyRotationCommand({ KeyId: rotated.KeyId!, RotationPeriodInDays: 90 }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: deleted.KeyId!, PendingWindowInDays: 7 }));
    await outcrop.clock.advance(91 * DAY_MS);
    const trail = new CloudTrailClient(outcrop.clients);
    for (const [key, name] of [
      [rotated, 'RotateKey'],
      [deleted, 'DeleteKey'],
    ] as const) {
      const { Events } = await trail.send(
        new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] }),
      );
      const records = Events!.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as Record<string, any>);
      const own = records.filter(({ serviceEventDetails }) => serviceEventDetails.keyId === key.KeyId);
      expect(own).toMatchObject([
        { eventType: 'AwsServiceEvent', eventSource: 'kms.amazonaws.com', resources: [{ ARN: key.Arn }] },
      ]);
    }
  });
});

describe('the ledger', () => {
  it('counts requests by what they are billed as', async () => {
    const count = async () => {
      const { lines } = await outcrop.cost();
      const of = (type: string) =>
        lines
          .filter((line) => line.service === 'kms' && line.type === type)
          .reduce((sum, { quantity }) => sum + quantity, 0);
      return ['KMS-Requests', 'KMS-Requests-Asymmetric', 'KMS-Requests-GenerateDatakeyPair-ECC'].map(of);
    };
    const symmetric = await makeKey();
    const signing = await makeKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const before = await count();
    for (let i = 0; i < 3; i++) await encrypt(symmetric.KeyId!, bytes(4));
    await kms.send(new SignCommand({ KeyId: signing.KeyId!, Message: bytes(4), SigningAlgorithm: 'ECDSA_SHA_256' }));
    await kms.send(new GenerateDataKeyPairCommand({ KeyId: symmetric.KeyId!, KeyPairSpec: 'ECC_NIST_P256' }));
    await refusal(encrypt('alias/none', bytes(4)));
    const after = await count();
    expect(after.map((one, i) => one - before[i]!)).toEqual([3, 1, 1]);
  });
});
