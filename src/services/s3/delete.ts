import type { DeleteObjectsRequest, ObjectIdentifier } from '@aws-sdk/client-s3';
import { setImmediate } from 'node:timers/promises';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { onDelete } from './access.ts';
import { refuseDirectoryOnly } from './attributes.ts';
import { getBucket } from './buckets.ts';
import { checkWrite } from './conditions.ts';
import { malformedXml } from './errors.ts';
import { assertDeletable, objectEvent, replicate } from './hooks.ts';
import { DELETE_KEYS_MAX } from './limits.ts';
import { checkMfa, mfaNeeded } from './mfa-delete.ts';
import { checkKey, checkVersionId } from './objects.ts';
import { conflictOf } from './put.ts';
import type { Bucket, ObjectVersion } from './records.ts';
import { currentVersion, findVersion, nextVersionId, NULL_VERSION, putVersion, removeVersion } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

type Deletion = {
  key: string;
  versionId?: string | undefined;
  ifMatch?: string | undefined;
  bypassGovernance: boolean;
  /** A second factor was shown, in buckets that want one. */
  mfa: boolean;
};
type Deleted = { versionId?: string; deleteMarker?: boolean };

/** Deletes within a transaction. Deleting what is not there is a success. Source: S3 User Guide, "Deleting object versions". */
async function deleteIn(
  call: Call,
  tx: Transaction,
  bucket: Bucket,
  { key, versionId, ifMatch, bypassGovernance, mfa }: Deletion,
): Promise<Deleted> {
  if (ifMatch !== undefined) await checkWrite(tx, bucket.name, key, { IfMatch: ifMatch });
  const { kernel } = call;
  if (versionId !== undefined) {
    if (bucket.mfaDelete && !mfa) throw mfaNeeded();
    const version = await findVersion(tx, bucket.name, key, versionId);
    if (!version) return { versionId };
    assertDeletable(call, bucket, version, bypassGovernance);
    await removeVersion(kernel, tx, bucket, version);
    await objectEvent(call, tx, bucket, 'ObjectRemoved:Delete', version);
    return { versionId, ...(version.deleteMarker ? { deleteMarker: true } : {}) };
  }
  if (bucket.versioning === undefined) {
    const version = await currentVersion(tx, bucket.name, key);
    if (!version) return {};
    assertDeletable(call, bucket, version, bypassGovernance);
    await removeVersion(kernel, tx, bucket, version);
    await objectEvent(call, tx, bucket, 'ObjectRemoved:Delete', version);
    return {};
  }
  if (bucket.versioning === 'Suspended') {
    // The marker takes the place of the null version, which is lost.
    const replaced = await findVersion(tx, bucket.name, key, NULL_VERSION);
    if (replaced) assertDeletable(call, bucket, replaced, bypassGovernance);
  }
  const marker = await putVersion(kernel, tx, bucket, markerOf(call, bucket, key));
  await objectEvent(call, tx, bucket, 'ObjectRemoved:DeleteMarkerCreated', marker);
  await replicate(call, tx, bucket, marker);
  return { versionId: marker.versionId, deleteMarker: true };
}

export function markerOf(call: Call, bucket: Bucket, key: string): Omit<ObjectVersion, 'sequence'> {
  return {
    bucket: bucket.name,
    key,
    versionId: nextVersionId(call.kernel, bucket),
    deleteMarker: true,
    parts: [],
    size: 0,
    etag: '',
    lastModifiedMs: call.kernel.clock.now(),
    storageClass: 'STANDARD',
    metadata: {},
    tags: {},
    ownerAccount: bucket.account,
  };
}

export const DeleteObject: S3['DeleteObject'] = async (call, input) => {
  const key = input.Key!;
  checkKey(key);
  checkVersionId(input.VersionId);
  refuseDirectoryOnly(input, {
    IfMatchLastModifiedTime: 'x-amz-if-match-last-modified-time',
    IfMatchSize: 'x-amz-if-match-size',
  });
  const deletion = {
    key,
    versionId: input.VersionId,
    ifMatch: input.IfMatch,
    bypassGovernance: input.BypassGovernanceRetention === true,
    mfa: await mfaOf(call, input),
  };
  const deleted = await transact(call, async (tx) =>
    deleteIn(call, tx, await getBucket(call, input.Bucket!, input.ExpectedBucketOwner, tx), deletion),
  );
  return {
    ...(deleted.versionId === undefined ? {} : { VersionId: deleted.versionId }),
    ...(deleted.deleteMarker ? { DeleteMarker: true } : {}),
  };
};

type Shown = { Bucket?: string | undefined; MFA?: string | undefined };

/** Whether the request shows the second factor that its bucket wants. */
async function mfaOf(call: Call, { Bucket, MFA }: Shown): Promise<boolean> {
  if (MFA === undefined) return false;
  const bucket = await getBucket(call, Bucket!);
  return bucket.mfaDelete === true && checkMfa(call, bucket, MFA);
}

async function transact<R>(call: Call, fn: (tx: Transaction) => Promise<R>): Promise<R> {
  try {
    return await call.kernel.store.transact(fn);
  } catch (error) {
    throw conflictOf(error);
  }
}

/** Deletions under way at once: they share the store's commits. */
const CONCURRENCY = 64;

async function requireDelete(call: Call, input: DeleteObjectsRequest, { Key, VersionId, ETag }: ObjectIdentifier) {
  const BypassGovernanceRetention = input.BypassGovernanceRetention === true;
  const asked = { Bucket: input.Bucket, Key, VersionId, IfMatch: ETag, BypassGovernanceRetention };
  for (const access of onDelete(call, asked)) await call.require(access);
}

/** Asks for each key: a rule answers for them all, or for none. */
export async function askOfDeleteObjects(call: Call, input: DeleteObjectsRequest): Promise<void> {
  for (const [index, item] of (input.Delete?.Objects ?? []).entries()) {
    if (index % CONCURRENCY === CONCURRENCY - 1) await setImmediate();
    await requireDelete(call, input, item);
  }
}

/** Deletes up to a thousand keys, each by itself: some may fail while others succeed. */
export const DeleteObjects: S3['DeleteObjects'] = async (call, input) => {
  const list = input.Delete?.Objects;
  if (!list || list.length === 0 || list.length > DELETE_KEYS_MAX || list.some(({ Key }) => !Key)) throw malformedXml();
  const name = input.Bucket!;
  await getBucket(call, name, input.ExpectedBucketOwner);
  const mfa = await mfaOf(call, input);
  type Result = { deleted: object } | { error: object };
  const one = async (item: (typeof list)[number]): Promise<Result> => {
    const key = item.Key!;
    const named = { Key: key, ...(item.VersionId === undefined ? {} : { VersionId: item.VersionId }) };
    try {
      checkKey(key);
      checkVersionId(item.VersionId);
      refuseDirectoryOnly(item, { LastModifiedTime: 'LastModifiedTime', Size: 'Size' });
      const deletion = {
        key,
        versionId: item.VersionId,
        ifMatch: item.ETag,
        bypassGovernance: input.BypassGovernanceRetention === true,
        mfa,
      };
      await requireDelete(call, input, item);
      const done = await transact(call, async (tx) =>
        deleteIn(call, tx, await getBucket(call, name, undefined, tx), deletion),
      );
      const marker = done.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: done.versionId } : {};
      return { deleted: { ...named, ...marker } };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { error: { ...named, Code: error.name, Message: error.message } };
    }
  };
  const results: Result[] = [];
  for (let at = 0; at < list.length; at += CONCURRENCY) {
    results.push(...(await Promise.all(list.slice(at, at + CONCURRENCY).map(one))));
    // A thousand decisions in a row are too long a time for everybody else.
    await setImmediate();
  }
  const Deleted = results.flatMap((result) => ('deleted' in result ? [result.deleted] : []));
  const Errors = results.flatMap((result) => ('error' in result ? [result.error] : []));
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    ...(input.Delete?.Quiet || Deleted.length === 0 ? {} : { Deleted }),
    ...(Errors.length > 0 ? { Errors } : {}),
  };
};
