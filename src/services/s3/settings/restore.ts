import type { Tier } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Handlers, ServiceJob } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { getBucket } from '../buckets.ts';
import { invalidArgument, malformedXml, notImplemented } from '../errors.ts';
import { requireVersion } from '../objects.ts';
import { buckets, type ObjectVersion } from '../records.ts';
import { findVersion, updateVersion } from '../versions.ts';
import { jobActor } from './actor.ts';
import { midnightAfter } from './lifecycle-rules.ts';
import { meterStored } from './metering.ts';
import { objectEvent } from './event.ts';
import { isArchived, isBack } from './storage-class.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Least and greatest time to bring an object back, in ms. Source: S3 User Guide, "Archive retrieval options". */
export const RESTORE_MS: Record<'GLACIER' | 'DEEP_ARCHIVE', Partial<Record<Tier, [number, number]>>> = {
  GLACIER: {
    Expedited: [MINUTE_MS, 5 * MINUTE_MS],
    Standard: [3 * HOUR_MS, 5 * HOUR_MS],
    Bulk: [5 * HOUR_MS, 12 * HOUR_MS],
  },
  // AWS says "within"; the lower ends are what its Batch Operations page gives.
  DEEP_ARCHIVE: { Standard: [9 * HOUR_MS, 12 * HOUR_MS], Bulk: [24 * HOUR_MS, 48 * HOUR_MS] },
};

const SPEED: Record<Tier, number> = { Bulk: 0, Standard: 1, Expedited: 2 };

type Restoration = {
  bucket: string;
  key: string;
  versionId: string;
  sequence: number;
  days: number;
  tier: Tier;
  readyAtMs: number;
};
type Expiry = Pick<Restoration, 'bucket' | 'key' | 'versionId' | 'sequence'> & { expiresAtMs: number };

/**
 * Brings an archived object back for some days: a job on the virtual clock. Answers 202, or 200 when the object is back already and only
 * its stay changes. A restoration under way can be sped up, not repeated.
 */
export const RestoreObject: S3['RestoreObject'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const request = input.RestoreRequest;
  if (!request) throw malformedXml();
  if (request.Type !== undefined || request.SelectParameters || request.OutputLocation)
    throw notImplemented('RestoreRequest Type SELECT');
  const { kernel } = call;
  const { status, version, tier } = await kernel.store.transact(async (tx) => {
    const version = await requireVersion(call, bucket, input.Key!, input.VersionId, tx);
    if (!isArchived(version)) {
      throw new AwsError('InvalidObjectState', "Restore is not allowed for the object's current storage class", 403, {
        StorageClass: version.storageClass,
      });
    }
    const days = request.Days;
    if (days === undefined) throw malformedXml();
    if (!Number.isInteger(days) || days < 1)
      throw invalidArgument('Days must be a positive integer', 'Days', String(days));
    const tier = request.GlacierJobParameters?.Tier ?? request.Tier ?? 'Standard';
    if (!(tier in SPEED)) throw malformedXml();
    const range = RESTORE_MS[version.storageClass as 'GLACIER' | 'DEEP_ARCHIVE'][tier];
    if (!range) throw invalidArgument('Retrieval option is not supported by this storage class', 'Tier', tier);
    const { restore } = version;
    const now = kernel.clock.now();
    if (isBack(version, now)) {
      await stay(kernel, tx, version, days);
      return { status: 200, version, tier };
    }
    if (restore?.ongoing) {
      const current = await kernel.jobs.get<Restoration>(tx, 's3/restore', jobId(version, restore.readyAtMs!));
      if (current && SPEED[current.input.tier] >= SPEED[tier])
        throw new AwsError('RestoreAlreadyInProgress', 'Object restore is already in progress', 409);
    }
    const readyAtMs = Math.ceil(now + range[0] + kernel.ids.random() * (range[1] - range[0]));
    const { key, versionId, sequence } = version;
    await updateVersion(tx, { ...version, restore: { ongoing: true, readyAtMs } });
    const job: Restoration = { bucket: bucket.name, key, versionId, sequence, days, tier, readyAtMs };
    await kernel.jobs.submit(tx, { kind: 's3/restore', id: jobId(version, readyAtMs), input: job, runAtMs: readyAtMs });
    if (!restore?.ongoing) await objectEvent(call, tx, bucket, 'ObjectRestore:Post', version);
    return { status: 202, version, tier };
  });
  if (status === 202) meterRequest(call, version, tier);
  call.status(status);
  return {};
};

const jobId = ({ bucket, key, sequence }: Pick<ObjectVersion, 'bucket' | 'key' | 'sequence'>, atMs: number) =>
  `${bucket}/${sequence}/${atMs}/${key}`;

function meterRequest(call: Call, { storageClass }: ObjectVersion, tier: Tier): void {
  const tierNumber = { Standard: 3, Bulk: 5, Expedited: 6 }[tier];
  const type = `Requests-${storageClass === 'DEEP_ARCHIVE' ? 'GDA-' : ''}Tier${tierNumber}`;
  call.meter({ type, quantity: 1, unit: 'requests', resource: 'restore' });
}

/** Lets the temporary copy stand until the midnight after `days` from now. */
async function stay(kernel: Kernel, tx: Transaction, version: ObjectVersion, days: number): Promise<ObjectVersion> {
  const expiresAtMs = midnightAfter(kernel.clock.now(), days);
  const restored: ObjectVersion = { ...version, restore: { ongoing: false, expiresAtMs } };
  await updateVersion(tx, restored);
  const { bucket, key, versionId, sequence } = version;
  const input: Expiry = { bucket, key, versionId, sequence, expiresAtMs };
  await kernel.jobs.submit(tx, {
    kind: 's3/restore-expiry',
    id: jobId(version, expiresAtMs),
    input,
    runAtMs: expiresAtMs,
  });
  return restored;
}

/** The object has come back. */
export const restoreJob: ServiceJob<Restoration> = {
  async run({ job, kernel }) {
    const { bucket: name, key, versionId, sequence, days, tier, readyAtMs } = job.input;
    const done = await kernel.store.transact(async (tx) => {
      const bucket = await tx.get(buckets, [name]);
      const version = await findVersion(tx, name, key, versionId);
      // It was deleted, or a faster restoration took this one's place.
      if (!bucket || version?.sequence !== sequence || version.restore?.readyAtMs !== readyAtMs) return undefined;
      const restored = await stay(kernel, tx, version, days);
      await objectEvent(jobActor(kernel, job.id), tx, bucket, 'ObjectRestore:Completed', restored);
      return { bucket, version };
    });
    if (!done) return { restored: false };
    const { size, storageClass } = done.version;
    meterStored(kernel, done.bucket, {
      type: `${tier}-Retrieval-Bytes`,
      quantity: size / 2 ** 30,
      unit: 'GB',
      resource: storageClass,
    });
    return { restored: true };
  },
};

/** The temporary copy goes. */
export const restoreExpiryJob: ServiceJob<Expiry> = {
  async run({ job, kernel }) {
    const { bucket: name, key, versionId, sequence, expiresAtMs } = job.input;
    return kernel.store.transact(async (tx) => {
      const bucket = await tx.get(buckets, [name]);
      const version = await findVersion(tx, name, key, versionId);
      // It may have been asked to stay longer, or shorter, meanwhile.
      if (!bucket || version?.sequence !== sequence || version.restore?.expiresAtMs !== expiresAtMs)
        return { expired: false };
      const { restore: _restore, ...rest } = version;
      await updateVersion(tx, rest);
      await objectEvent(jobActor(kernel, job.id), tx, bucket, 'ObjectRestore:Delete', rest);
      return { expired: true };
    });
  },
};
