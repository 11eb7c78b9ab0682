import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { getBucket } from './buckets.ts';
import { invalidArgument } from './errors.ts';
import { KEY_BYTES_MAX, LIST_PAGE_MAX, UPLOAD_ID_LENGTH_MAX } from './limits.ts';
import { checkKey, checkVersionId, quoted, wholeSeconds } from './objects.ts';
import { ownerOf } from './owner.ts';
import { aclsDisabled } from './ownership.ts';
import { objects, uploads, type Bucket, type ObjectVersion } from './records.ts';
import { versionsCursor } from './versions-cursor.ts';
import { collectionCursor, walk, type Item } from './walk.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Lists. Source: S3 API Reference, ListObjectsV2, ListObjects, ListObjectVersions. */

/** Keys as `encoding-type=url` has them: a form's encoding, but for slashes. */
export function encoder(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return (text) =>
    encodeURIComponent(text.toWellFormed())
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+')
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A page size as asked for; larger pages than S3's are cut to it. */
export function pageSize(value: number | undefined, name: string): number {
  if (value === undefined) return LIST_PAGE_MAX;
  if (!Number.isInteger(value) || value < 0 || value > 2147483647) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, String(value));
  }
  return Math.min(value, LIST_PAGE_MAX);
}

const present = <K extends string>(name: K, value: string | undefined, encode: (text: string) => string) =>
  (value === undefined ? {} : { [name]: encode(value) }) as Partial<Record<K, string>>;

/** How lists name owners: with ACLs off all objects are the bucket owner's, whoever wrote them. */
async function ownersIn({ kernel }: Call, bucket: Bucket): Promise<(version: ObjectVersion) => { ID: string }> {
  const all = (await aclsDisabled(kernel.store, bucket)) ? ownerOf(bucket.account) : undefined;
  return ({ ownerAccount }) => all ?? ownerOf(ownerAccount);
}

function describe(version: ObjectVersion, encode: (text: string) => string) {
  const { checksum } = version;
  return {
    Key: encode(version.key),
    LastModified: wholeSeconds(version.lastModifiedMs),
    ETag: quoted(version.etag),
    Size: version.size,
    StorageClass: version.storageClass,
    ...(checksum ? { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type } : {}),
  };
}

function restoreStatus({ restore }: ObjectVersion) {
  if (!restore) return {};
  return {
    RestoreStatus: {
      IsRestoreInProgress: restore.ongoing,
      ...(!restore.ongoing && restore.expiresAtMs !== undefined
        ? { RestoreExpiryDate: new Date(restore.expiresAtMs) }
        : {}),
    },
  };
}

type Token = { after: string } | { past: string };

export const ListObjectsV2: S3['ListObjectsV2'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const owner = await ownersIn(call, bucket);
  const encode = encoder(input.EncodingType);
  const max = pageSize(input.MaxKeys, 'max-keys');
  const fail = () => invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  const token = readPageToken<Token>(input.ContinuationToken, fail);
  const from = token ? readToken(token, fail) : input.StartAfter === undefined ? {} : { after: input.StartAfter };
  if (input.ContinuationToken === '') throw fail();
  const { Prefix = '', Delimiter } = input;
  checkKey(input.StartAfter ?? '');
  checkKey(Prefix);
  const cursor = collectionCursor(call.kernel.store, objects, [bucket.name], {
    prefix: Prefix,
    delimiter: Delimiter,
    max,
    ...from,
  });
  const { items, truncated } = await walk(cursor, { prefix: Prefix, delimiter: Delimiter, max });
  const last = items.at(-1);
  const withRestore = input.OptionalObjectAttributes?.includes('RestoreStatus');
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Name: bucket.name,
    Prefix: encode(Prefix),
    MaxKeys: max,
    KeyCount: items.length,
    IsTruncated: truncated,
    ...present('Delimiter', Delimiter || undefined, encode),
    ...present('StartAfter', input.StartAfter, encode),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
    ...(truncated && last
      ? { NextContinuationToken: pageToken(last.prefix === undefined ? { after: last.key } : { past: last.prefix }) }
      : {}),
    ...contents(items, (version) => ({
      ...describe(version, encode),
      ...(input.FetchOwner ? { Owner: owner(version) } : {}),
      ...(withRestore ? restoreStatus(version) : {}),
    })),
    ...commonPrefixes(items, encode),
  };
};

function readToken(token: Token, fail: () => Error): { after?: string; past?: string } {
  if (typeof token === 'object' && token !== null) {
    const place = 'after' in token ? token.after : token.past;
    if (typeof place === 'string' && Buffer.byteLength(place) <= KEY_BYTES_MAX) return token;
  }
  throw fail();
}

function contents<T>(items: Item<ObjectVersion>[], describeOne: (version: ObjectVersion) => T): { Contents?: T[] } {
  const found = items.flatMap(({ value }) => (value === undefined ? [] : [describeOne(value)]));
  return found.length === 0 ? {} : { Contents: found };
}

export function commonPrefixes(items: Item<unknown>[], encode: (text: string) => string) {
  const found = items.flatMap(({ prefix }) => (prefix === undefined ? [] : [{ Prefix: encode(prefix) }]));
  return found.length === 0 ? {} : { CommonPrefixes: found };
}

export const ListObjects: S3['ListObjects'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const owner = await ownersIn(call, bucket);
  const encode = encoder(input.EncodingType);
  const max = pageSize(input.MaxKeys, 'max-keys');
  const { Prefix = '', Delimiter, Marker = '' } = input;
  checkKey(Marker);
  checkKey(Prefix);
  const cursor = collectionCursor(call.kernel.store, objects, [bucket.name], {
    prefix: Prefix,
    delimiter: Delimiter,
    max,
    ...markerStart(Marker, Prefix, Delimiter),
  });
  const { items, truncated } = await walk(cursor, { prefix: Prefix, delimiter: Delimiter, max });
  const last = items.at(-1);
  const withRestore = input.OptionalObjectAttributes?.includes('RestoreStatus');
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Name: bucket.name,
    Prefix: encode(Prefix),
    Marker: encode(Marker),
    MaxKeys: max,
    IsTruncated: truncated,
    ...present('Delimiter', Delimiter || undefined, encode),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    // Without a delimiter the last key is the marker: S3 does not repeat it.
    ...(truncated && last && Delimiter ? { NextMarker: encode(last.prefix ?? last.key) } : {}),
    ...contents(items, (version) => ({
      ...describe(version, encode),
      Owner: owner(version),
      ...(withRestore ? restoreStatus(version) : {}),
    })),
    ...commonPrefixes(items, encode),
  };
};

/** A marker within a common prefix has that prefix behind it. */
export function markerStart(
  marker: string,
  prefix: string,
  delimiter: string | undefined,
): { after?: string; past?: string } {
  if (marker === '') return {};
  if (delimiter && marker.startsWith(prefix)) {
    const at = marker.indexOf(delimiter, prefix.length);
    if (at >= 0) return { past: marker.slice(0, at + delimiter.length) };
  }
  return { after: marker };
}

export const ListObjectVersions: S3['ListObjectVersions'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const owner = await ownersIn(call, bucket);
  const encode = encoder(input.EncodingType);
  const max = pageSize(input.MaxKeys, 'max-keys');
  const { Prefix = '', Delimiter, KeyMarker = '', VersionIdMarker } = input;
  checkKey(KeyMarker);
  checkKey(Prefix);
  checkVersionId(VersionIdMarker || undefined);
  if (VersionIdMarker === '') throw invalidArgument('A version-id marker cannot be empty.', 'version-id-marker', '');
  if (VersionIdMarker !== undefined && KeyMarker === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      VersionIdMarker,
    );
  }
  const start =
    VersionIdMarker === undefined
      ? markerStart(KeyMarker, Prefix, Delimiter)
      : { after: KeyMarker, afterVersion: VersionIdMarker };
  const shape = { prefix: Prefix, delimiter: Delimiter, max };
  const cursor = await versionsCursor(call.kernel.store, bucket.name, { ...shape, ...start });
  const { items, truncated } = await walk(cursor, shape);
  const last = items.at(-1);
  const found = items.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const live = found.filter(({ version }) => !version.deleteMarker);
  const markers = found.filter(({ version }) => version.deleteMarker);
  const withRestore = input.OptionalObjectAttributes?.includes('RestoreStatus');
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Name: bucket.name,
    Prefix: encode(Prefix),
    KeyMarker: encode(KeyMarker),
    VersionIdMarker: VersionIdMarker ?? '',
    MaxKeys: max,
    IsTruncated: truncated,
    ...present('Delimiter', Delimiter || undefined, encode),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(truncated && last ? { NextKeyMarker: encode(last.prefix ?? last.key) } : {}),
    ...(truncated && last?.value ? { NextVersionIdMarker: last.value.version.versionId } : {}),
    ...(live.length === 0
      ? {}
      : {
          Versions: live.map(({ version, isLatest }) => ({
            ...describe(version, encode),
            StorageClass: version.storageClass as 'STANDARD',
            VersionId: version.versionId,
            IsLatest: isLatest,
            Owner: owner(version),
            ...(withRestore ? restoreStatus(version) : {}),
          })),
        }),
    ...(markers.length === 0
      ? {}
      : {
          DeleteMarkers: markers.map(({ version, isLatest }) => ({
            Key: encode(version.key),
            VersionId: version.versionId,
            IsLatest: isLatest,
            LastModified: wholeSeconds(version.lastModifiedMs),
            Owner: owner(version),
          })),
        }),
    ...commonPrefixes(items, encode),
  };
};

export const ListMultipartUploads: S3['ListMultipartUploads'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const encode = encoder(input.EncodingType);
  const max = pageSize(input.MaxUploads, 'max-uploads');
  const { Prefix = '', Delimiter, KeyMarker = '', UploadIdMarker } = input;
  checkKey(KeyMarker);
  checkKey(Prefix);
  const start =
    UploadIdMarker && KeyMarker
      ? { afterKey: [bucket.name, KeyMarker, UploadIdMarker.slice(0, UPLOAD_ID_LENGTH_MAX)] }
      : startUploads(bucket.name, KeyMarker, Prefix, Delimiter);
  const cursor = collectionCursor(call.kernel.store, uploads, [bucket.name], {
    prefix: Prefix,
    delimiter: Delimiter,
    max,
    ...start,
  });
  const { items, truncated } = await walk(cursor, { prefix: Prefix, delimiter: Delimiter, max });
  const last = items.at(-1);
  const found = items.flatMap(({ value }) => (value === undefined ? [] : [value]));
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Bucket: bucket.name,
    Prefix: encode(Prefix),
    KeyMarker: encode(KeyMarker),
    UploadIdMarker: UploadIdMarker ?? '',
    MaxUploads: max,
    IsTruncated: truncated,
    ...present('Delimiter', Delimiter || undefined, encode),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(truncated && last ? { NextKeyMarker: encode(last.prefix ?? last.key) } : {}),
    ...(truncated && last?.value ? { NextUploadIdMarker: last.value.uploadId } : {}),
    ...(found.length === 0
      ? {}
      : {
          Uploads: found.map((upload) => ({
            Key: encode(upload.key),
            UploadId: upload.uploadId,
            Initiated: wholeSeconds(upload.initiatedAtMs),
            StorageClass: upload.target.storageClass,
            Owner: ownerOf(upload.target.ownerAccount),
            Initiator: ownerOf(upload.target.ownerAccount),
            ...(upload.checksumAlgorithm
              ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType }
              : {}),
          })),
        }),
    ...commonPrefixes(items, encode),
  };
};

function startUploads(bucket: string, marker: string, prefix: string, delimiter: string | undefined) {
  const start = markerStart(marker, prefix, delimiter);
  // All uploads of the marker's own key are behind it.
  return start.after === undefined ? start : { afterKey: [bucket, start.after, AFTER_UPLOADS] };
}

/** Sorts after every upload id. */
const AFTER_UPLOADS = '\uffff';
