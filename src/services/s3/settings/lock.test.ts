import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
  type ObjectLockRetentionMode,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { allow, identities, policy } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const DAY_MS = 86_400_000;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2032-02-01T12:00:00Z') } });
const s3 = new S3Client(outcrop.clients);
const { user } = identities(outcrop);
const random = generator(testSeed('lock'));
let serial = 0;

async function makeBucket(locked = true): Promise<string> {
  const Bucket = `lock-${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locked }));
  return Bucket;
}
const put = async (Bucket: string, Key = 'k', more = {}) =>
  (await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId!;
const inDays = (days: number) => new Date(outcrop.clock.now().getTime() + days * DAY_MS);
const remove = (Bucket: string, VersionId: string, BypassGovernanceRetention = false) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId, BypassGovernanceRetention }));
const retain = (
  Bucket: string,
  VersionId: string,
  Mode: ObjectLockRetentionMode | undefined,
  until: Date | undefined,
  bypass = false,
) =>
  s3.send(
    new PutObjectRetentionCommand({
      Bucket,
      Key: 'k',
      VersionId,
      Retention: { Mode, RetainUntilDate: until },
      BypassGovernanceRetention: bypass,
    }),
  );
const protectedByLock = { name: 'AccessDenied', message: 'Access Denied because object protected by object lock.' };

describe('Object Lock', () => {
  it('gives new versions the default retention of the bucket, or what the upload says', async () => {
    const Bucket = await makeBucket();
    const Days = 2 + Math.floor(random() * 20);
    expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
    });
    const ObjectLockConfiguration = {
      ObjectLockEnabled: 'Enabled' as const,
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days } },
    };
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration).toEqual(
      ObjectLockConfiguration,
    );
    const VersionId = await put(Bucket);
    expect((await s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'k', VersionId }))).Retention).toEqual({
      Mode: 'GOVERNANCE',
      RetainUntilDate: inDays(Days),
    });
    await put(Bucket, 'own', {
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: inDays(400),
      ObjectLockLegalHoldStatus: 'ON',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'own' }))).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: inDays(400),
      ObjectLockLegalHoldStatus: 'ON',
    });
  });

  it('keeps a version under governance until its time, but for those who bypass it', async () => {
    const Bucket = await makeBucket();
    const [first, second] = [await put(Bucket), await put(Bucket)];
    for (const id of [first, second]) await retain(Bucket, id, 'GOVERNANCE', inDays(10));
    await expect(remove(Bucket, first)).rejects.toMatchObject(protectedByLock);
    await expect(retain(Bucket, first, 'GOVERNANCE', inDays(9))).rejects.toMatchObject(protectedByLock);
    await expect(retain(Bucket, first, undefined, undefined)).rejects.toMatchObject(protectedByLock);
    await retain(Bucket, first, 'GOVERNANCE', inDays(11));
    await remove(Bucket, first, true);
    await outcrop.clock.advance(10 * DAY_MS);
    await remove(Bucket, second);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: second }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('never shortens compliance, for nobody, and takes no bypass', async () => {
    const Bucket = await makeBucket();
    const id = await put(Bucket);
    await retain(Bucket, id, 'COMPLIANCE', inDays(10));
    for (const bypass of [false, true]) {
      await expect(remove(Bucket, id, bypass)).rejects.toMatchObject(protectedByLock);
      await expect(retain(Bucket, id, 'COMPLIANCE', inDays(9), bypass)).rejects.toMatchObject(protectedByLock);
      await expect(retain(Bucket, id, 'GOVERNANCE', inDays(20), bypass)).rejects.toMatchObject(protectedByLock);
      await expect(retain(Bucket, id, undefined, undefined, bypass)).rejects.toMatchObject(protectedByLock);
    }
    await retain(Bucket, id, 'COMPLIANCE', inDays(12));
    await outcrop.clock.advance(12 * DAY_MS - 1);
    await expect(remove(Bucket, id)).rejects.toMatchObject(protectedByLock);
    await outcrop.clock.advance(1);
    await remove(Bucket, id);
  });

  it('holds a version as long as the legal hold is on, against lifecycle rules as well', async () => {
    const Bucket = await makeBucket();
    const [old, current] = [await put(Bucket), await put(Bucket)];
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'k', VersionId: old, LegalHold: { Status: 'ON' } }));
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'old',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              NoncurrentVersionExpiration: { NoncurrentDays: 1 },
            },
          ],
        },
      }),
    );
    await outcrop.clock.advance(5 * DAY_MS);
    await expect(remove(Bucket, old, true)).rejects.toMatchObject(protectedByLock);
    expect((await s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'k', VersionId: old }))).LegalHold).toEqual({
      Status: 'ON',
    });
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'k', VersionId: old, LegalHold: { Status: 'OFF' } }));
    await outcrop.clock.advance(DAY_MS);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: old }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).VersionId).toBe(current);
  });

  it('is refused where it is not on, and when it is half given or in the past', async () => {
    const plain = await makeBucket(false);
    await expect(s3.send(new GetObjectLockConfigurationCommand({ Bucket: plain }))).rejects.toMatchObject({
      name: 'ObjectLockConfigurationNotFoundError',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(put(plain, 'k', { ObjectLockLegalHoldStatus: 'ON' })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Bucket is missing Object Lock Configuration',
    });
    const configure = () =>
      s3.send(
        new PutObjectLockConfigurationCommand({
          Bucket: plain,
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
        }),
      );
    await expect(configure()).rejects.toMatchObject({ name: 'InvalidBucketState' });
    await s3.send(new PutBucketVersioningCommand({ Bucket: plain, VersioningConfiguration: { Status: 'Enabled' } }));
    await configure();
    const id = await put(plain);
    await expect(
      s3.send(new GetObjectRetentionCommand({ Bucket: plain, Key: 'k', VersionId: id })),
    ).rejects.toMatchObject({ name: 'NoSuchObjectLockConfiguration' });
    await expect(retain(plain, id, 'COMPLIANCE', inDays(-1))).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'The retain until date must be in the future!',
    });
    await expect(retain(plain, id, 'COMPLIANCE', undefined)).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(put(plain, 'k', { ObjectLockMode: 'COMPLIANCE' })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    });
    await expect(
      s3.send(
        new PutObjectLockConfigurationCommand({
          Bucket: plain,
          ObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1, Years: 1 } },
          },
        }),
      ),
    ).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(
      s3.send(new PutBucketVersioningCommand({ Bucket: plain, VersioningConfiguration: { Status: 'Suspended' } })),
    ).rejects.toMatchObject({ name: 'InvalidBucketState' });
  });

  it('in compliance binds administrators and the root; governance is bypassed by those who may and ask to', async () => {
    const Bucket = await makeBucket();
    const suffix = Math.floor(random() * 1e9);
    const client = async (name: string, document: string) =>
      new S3Client((await user(`${name}-${suffix}`, document)).clients);
    const admin = await client('admin', allow('*'));
    const bypasser = await client(
      'bypasser',
      allow(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 's3:PutObjectRetention']),
    );
    const deleter = await client('deleter', allow('s3:DeleteObjectVersion'));
    const lock = (ObjectLockMode: ObjectLockRetentionMode) =>
      put(Bucket, 'k', { ObjectLockMode, ObjectLockRetainUntilDate: inDays(10) });
    const removeAs = (who: S3Client, VersionId: string, BypassGovernanceRetention: boolean) =>
      who.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId, BypassGovernanceRetention }));
    const kept = await lock('COMPLIANCE');
    for (const who of [s3, admin, bypasser])
      await expect(removeAs(who, kept, true)).rejects.toMatchObject(protectedByLock);
    const governed = await lock('GOVERNANCE');
    await expect(removeAs(bypasser, governed, false)).rejects.toMatchObject(protectedByLock);
    await expect(removeAs(deleter, governed, true)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:BypassGovernanceRetention'),
    });
    await removeAs(bypasser, governed, true);
  });

  it('can be held to a longest retention by policy', async () => {
    const Bucket = await makeBucket();
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObjectRetention',
          Resource: `arn:aws:s3:::${Bucket}/*`,
          Condition: { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '10' } },
        }),
      }),
    );
    const version = await put(Bucket);
    await expect(retain(Bucket, version, 'GOVERNANCE', inDays(11))).rejects.toMatchObject({ name: 'AccessDenied' });
    await retain(Bucket, version, 'GOVERNANCE', inDays(10));
    const more = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(30) };
    await expect(put(Bucket, 'k', more)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
