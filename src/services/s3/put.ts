import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { ConflictError, type Transaction } from '../../kernel/store/store.ts';
import { readAcl } from './acl.ts';
import { readDescribed, readRedirect, readStorageClass, refuseDirectoryOnly } from './attributes.ts';
import { getBucket } from './buckets.ts';
import { checksumMembers, DEFAULT_ALGORITHM } from './checksums.ts';
import { checkWrite, checkWriteForm } from './conditions.ts';
import { WHOLE } from './content.ts';
import { customerKeyOf } from './customer-key.ts';
import { chooseEncryption, contextOf, entityTag, newObjectKey } from './encryption.ts';
import { notImplemented } from './errors.ts';
import { expirationOf, initialLock, meterWrite, objectEvent, replicate } from './hooks.ts';
import { checkKey, encryptionOf, quoted, versionIdOf } from './objects.ts';
import { ownerOfNew } from './ownership.ts';
import { receive } from './receive.ts';
import { replicaWrite } from './replicating.ts';
import type { Bucket, ObjectVersion } from './records.ts';
import { putReplica } from './settings/replica-write.ts';
import { readTaggingHeader } from './tags.ts';
import { nextVersionId, putVersion, type NewVersion } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Stores an object in one go. Source: S3 API Reference, PutObject. */
export const PutObject: S3['PutObject'] = async (call, input) => {
  const replica = replicaWrite(input);
  if (replica) return putReplica(call, input.Bucket!, replica);
  const key = input.Key!;
  checkKey(key);
  refuseDirectoryOnly(input, { WriteOffsetBytes: 'x-amz-write-offset-bytes' });
  checkWriteForm(input);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const attributes = await readUploadAttributes(call, bucket, input);
  // Early, so that a large body is not taken in for nothing; the one that counts is in the transaction.
  await checkWrite(call.kernel.store, bucket.name, key, input);
  const chosen = await chooseEncryption(call, bucket, input);
  const { keys, record } = await newObjectKey(call, bucket, key, chosen);
  const { blob, size, sealedAs, digests, claim } = await receive(call, input, { keys, id: WHOLE }, (given) =>
    given ? [] : [DEFAULT_ALGORITHM],
  );
  const etag = entityTag(digests.md5, record.encryption, keys);
  const algorithm = claim?.algorithm ?? DEFAULT_ALGORITHM;
  const checksum = { algorithm, value: digests.checksums[algorithm]!, type: 'FULL_OBJECT' as const };
  const { version, bucket: into } = await write(call, bucket, 'ObjectCreated:Put', async (tx, now) => {
    await checkWrite(tx, now.name, key, input);
    return {
      ...attributes,
      ...record,
      key,
      parts: [{ blob, size, md5: etag, ...(sealedAs === undefined ? {} : { sealedAs }) }],
      size,
      etag,
      checksum,
      ...(await lockOf(call, tx, now, input)),
    };
  }).catch(async (error: unknown) => {
    await call.kernel.blobs.discard(blob);
    throw error;
  });
  meterWrite(call, version.storageClass);
  return {
    ETag: quoted(version.etag),
    ...checksumMembers(checksum),
    ChecksumType: checksum.type,
    ...encryptionOf(version),
    ...contextOf(chosen, version),
    ...customerKeyOf(chosen.customer),
    ...(await expirationOf(call, into, version)),
    ...versionIdOf(into, version),
  };
};

type UploadInput = Parameters<typeof readDescribed>[0] &
  Parameters<typeof readAcl>[2] & {
    StorageClass?: string | undefined;
    WebsiteRedirectLocation?: string | undefined;
    Tagging?: string | undefined;
  };

export type UploadAttributes = Omit<
  NewVersion,
  | 'bucket'
  | 'key'
  | 'versionId'
  | 'parts'
  | 'size'
  | 'etag'
  | 'checksum'
  | 'lastModifiedMs'
  | 'lock'
  | 'encryption'
  | 'sealed'
>;

/** Holds that wait for an event are new in Object Lock, and not built. */
export function refuseEventHolds(input: object): void {
  const name = Object.entries(input).find(
    ([member, value]) => member.startsWith('ObjectLockEventHold') && value !== undefined,
  )?.[0];
  if (name) throw notImplemented(name);
}

/** What the headers of PutObject and CreateMultipartUpload say of the object to be. */
export async function readUploadAttributes(call: Call, bucket: Bucket, input: UploadInput): Promise<UploadAttributes> {
  refuseEventHolds(input);
  const ownerAccount = await ownerOfNew(call, call.kernel.store, bucket, input.ACL);
  const acl = await readAcl(call.kernel.store, bucket, input, ownerAccount);
  return {
    ...readDescribed(input),
    ...readRedirect(input.WebsiteRedirectLocation),
    storageClass: readStorageClass(input.StorageClass),
    tags: readTaggingHeader(input.Tagging),
    ownerAccount,
    ...(acl ? { acl } : {}),
  };
}

/** The lock as asked for, or else as the bucket's settings have it at the moment of writing. */
export async function lockOf(
  call: Call,
  tx: Transaction,
  bucket: Bucket,
  input: object,
): Promise<Pick<ObjectVersion, 'lock'>> {
  const lock = await initialLock(call, tx, bucket, input);
  return lock ? { lock } : {};
}

/** A version before the transaction that writes it gives it its bucket, id and time. */
export type Draft = Omit<NewVersion, 'bucket' | 'versionId' | 'lastModifiedMs'>;

/** Writes a new current version with all that hangs on it, in one transaction. `draft` may run more than once. */
export async function write(
  call: Call,
  { name }: Bucket,
  event: string,
  draft: (tx: Transaction, bucket: Bucket) => Promise<Draft>,
  options: { retained?: boolean; finish?: (tx: Transaction, version: ObjectVersion) => Promise<void> } = {},
): Promise<{ version: ObjectVersion; bucket: Bucket }> {
  try {
    return await call.kernel.store.transact(async (tx) => {
      // Read again: it may have been deleted, or its versioning changed, while the body came in.
      const bucket = await getBucket(call, name, undefined, tx);
      const lastModifiedMs = call.kernel.clock.now();
      const made = await draft(tx, bucket);
      const version = await putVersion(
        call.kernel,
        tx,
        bucket,
        { ...made, bucket: name, versionId: nextVersionId(call.kernel, bucket), lastModifiedMs },
        options,
      );
      await options.finish?.(tx, version);
      await objectEvent(call, tx, bucket, event, version);
      await replicate(call, tx, bucket, version);
      return { version, bucket };
    });
  } catch (error) {
    throw conflictOf(error);
  }
}

/** Losing to other writers again and again is S3's OperationAborted. */
export function conflictOf(error: unknown): unknown {
  if (!(error instanceof ConflictError)) return error;
  const message =
    'A conflicting conditional operation is currently in progress against this resource. Please try again.';
  return new AwsError('OperationAborted', message, 409, {}, { cause: error });
}
