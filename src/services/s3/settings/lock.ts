import type { ObjectLockConfiguration } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { getBucket } from '../buckets.ts';
import { buckets } from '../records.ts';
import { requireVersion } from '../objects.ts';
import { updateVersion } from '../versions.ts';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { denied, invalidBucketState } from './errors.ts';
import { RETENTION_DAYS_MAX, RETENTION_YEARS_MAX } from './limits.ts';
import { replicate } from './replica.ts';
import { activeRetention, isMode, NO_LOCK, PROTECTED } from './retention.ts';
import { getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const PutObjectLockConfiguration: S3['PutObjectLockConfiguration'] = async (call, input) => {
  const configuration = input.ObjectLockConfiguration;
  if (configuration?.ObjectLockEnabled !== 'Enabled') throw malformedXml();
  checkDefault(configuration);
  await putSetting(call, input, 'object-lock', configuration, async (tx, bucket) => {
    if (bucket.versioning !== 'Enabled') {
      throw invalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    }
    if (!bucket.objectLock) tx.put(buckets, [bucket.name], { ...bucket, objectLock: true });
  });
  return {};
};

export const GetObjectLockConfiguration: S3['GetObjectLockConfiguration'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'object-lock');
  if (!bucket.objectLock) {
    throw new AwsError(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
      404,
      { BucketName: bucket.name },
    );
  }
  return { ObjectLockConfiguration: value ?? { ObjectLockEnabled: 'Enabled' } };
};

function checkDefault({ Rule }: ObjectLockConfiguration): void {
  if (!Rule) return;
  const retention = Rule.DefaultRetention;
  if (!retention || !isMode(retention.Mode)) throw malformedXml();
  const { Days: days, Years: years } = retention;
  if ((days === undefined) === (years === undefined)) throw malformedXml();
  if ((days ?? years)! <= 0) throw invalidArgument('Default retention period must be a positive integer value');
  if ((days ?? 0) > RETENTION_DAYS_MAX || (years ?? 0) > RETENTION_YEARS_MAX)
    throw invalidArgument(`Default retention period is too large: at most ${RETENTION_DAYS_MAX} days`);
}

export const PutObjectRetention: S3['PutObjectRetention'] = async (call, input) => {
  const bucket = await lockedBucket(call, input);
  const mode = input.Retention?.Mode;
  const until = input.Retention?.RetainUntilDate?.getTime();
  if ((mode === undefined) !== (until === undefined) || (mode !== undefined && !isMode(mode))) throw malformedXml();
  const now = call.kernel.clock.now();
  if (until !== undefined && !(until > now)) throw invalidArgument('The retain until date must be in the future!');
  await call.kernel.store.transact(async (tx) => {
    const version = await requireVersion(call, bucket, input.Key!, input.VersionId, tx);
    const held = activeRetention(version, now);
    if (held) {
      const weakens =
        until === undefined || until < held.retainUntilMs || (held.mode === 'COMPLIANCE' && mode !== 'COMPLIANCE');
      if (weakens && !(held.mode === 'GOVERNANCE' && input.BypassGovernanceRetention)) throw denied(PROTECTED);
    }
    const { mode: _mode, retainUntilMs: _until, ...rest } = version.lock ?? {};
    const changed = { ...version, lock: mode === undefined ? rest : { ...rest, mode, retainUntilMs: until! } };
    await updateVersion(tx, changed);
    await replicate(call, tx, bucket, changed, 'changed');
  });
  return {};
};

export const GetObjectRetention: S3['GetObjectRetention'] = async (call, input) => {
  const bucket = await lockedBucket(call, input);
  const { lock } = await requireVersion(call, bucket, input.Key!, input.VersionId);
  if (lock?.mode === undefined) throw noLock();
  return { Retention: { Mode: lock.mode, RetainUntilDate: new Date(lock.retainUntilMs!) } };
};

export const PutObjectLegalHold: S3['PutObjectLegalHold'] = async (call, input) => {
  const bucket = await lockedBucket(call, input);
  const status = input.LegalHold?.Status;
  if (status !== 'ON' && status !== 'OFF') throw malformedXml();
  await call.kernel.store.transact(async (tx) => {
    const version = await requireVersion(call, bucket, input.Key!, input.VersionId, tx);
    const changed = { ...version, lock: { ...version.lock, legalHold: status === 'ON' } };
    await updateVersion(tx, changed);
    await replicate(call, tx, bucket, changed, 'changed');
  });
  return {};
};

export const GetObjectLegalHold: S3['GetObjectLegalHold'] = async (call, input) => {
  const bucket = await lockedBucket(call, input);
  const { lock } = await requireVersion(call, bucket, input.Key!, input.VersionId);
  if (lock?.legalHold === undefined) throw noLock();
  return { LegalHold: { Status: lock.legalHold ? 'ON' : 'OFF' } };
};

async function lockedBucket(
  call: Call,
  input: { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined },
) {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  if (!bucket.objectLock) throw invalidRequest(NO_LOCK);
  return bucket;
}

const noLock = () =>
  new AwsError('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', 404);
