import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { bucketArn } from './arns.ts';
import { invalidArgument, noSuchKey, noSuchVersion } from './errors.ts';
import { KEY_BYTES_MAX } from './limits.ts';
import type { Bucket, ObjectVersion } from './records.ts';
import { findVersion, NULL_VERSION } from './versions.ts';

/** What the operations on objects have in common: keys, versions, times. */

/** NULs take two bytes in the store, whose own keys are bounded as well. */
const NULS_MAX = 256;

/** Throws KeyTooLongError. Also for markers of lists: beyond a key's length they name no place between keys. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > KEY_BYTES_MAX || key.split('\0').length > NULS_MAX) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', 400, {
      Size: String(size),
      MaxSizeAllowed: String(KEY_BYTES_MAX),
    });
  }
}

/** Throws InvalidArgument for what can be no version id of this store. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || versionId === NULL_VERSION || /^[A-Za-z0-9]{32}$/.test(versionId)) return;
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', versionId);
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}

/**
 * The version that a read means. Throws NoSuchKey or NoSuchVersion; a delete marker is told by header: NoSuchKey when it is current,
 * MethodNotAllowed when it was asked for by its id; AccessDenied for callers who may not list the bucket. Source: S3 User Guide, "Working with delete markers".
 */
export async function requireVersion(
  call: Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  reader: Reader = call.kernel.store,
): Promise<ObjectVersion> {
  checkKey(key);
  checkVersionId(versionId);
  const version = await findVersion(reader, bucket.name, key, versionId);
  if (version && !version.deleteMarker) return version;
  // That something is not there is told to those who may list; others are refused, as if it were.
  if (!version || versionId === undefined)
    await call.require({ action: 's3:ListBucket', resource: bucketArn(call, bucket.name) });
  if (!version) throw versionId === undefined ? noSuchKey(key) : noSuchVersion(key, versionId);
  call.header('x-amz-delete-marker', 'true');
  call.header('x-amz-version-id', version.versionId);
  if (versionId === undefined) throw noSuchKey(key);
  call.header('allow', 'DELETE');
  call.header('last-modified', httpDate(version.lastModifiedMs));
  throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
    Method: call.operation.startsWith('Head') ? 'HEAD' : 'GET',
    ResourceType: 'DeleteMarker',
  });
}

export const httpDate = (ms: number) => new Date(ms).toUTCString();

/** S3 tells times in whole seconds, in headers and lists alike. */
export const wholeSeconds = (ms: number) => new Date(Math.floor(ms / 1000) * 1000);

export const quoted = (etag: string) => `"${etag}"`;

/** The version id as answered: absent where versioning was never on. */
export const versionIdOf = (bucket: Bucket, version: ObjectVersion) =>
  bucket.versioning === undefined ? {} : { VersionId: version.versionId };

/** The encryption as answered; of customers' keys the request's own words are repeated (`customerKeyOf`). */
export const encryptionOf = ({ encryption }: Pick<ObjectVersion, 'encryption'>) =>
  encryption && !encryption.customer
    ? {
        ServerSideEncryption: encryption.algorithm,
        ...(encryption.keyId === undefined ? {} : { SSEKMSKeyId: encryption.keyId }),
        ...(encryption.bucketKey ? { BucketKeyEnabled: true } : {}),
      }
    : {};
