import { AwsError } from '../../kernel/errors.ts';
import { notForGeneralPurpose } from './errors.ts';
import { METADATA_BYTES_MAX, REDIRECT_BYTES_MAX } from './limits.ts';
import { encryptionOf, httpDate, quoted, wholeSeconds } from './objects.ts';
import type { ObjectVersion, StorageClass } from './records.ts';

/** What an object carries beside its content, from the headers of an upload and back. */
export type Described = Pick<
  ObjectVersion,
  'metadata' | 'contentType' | 'cacheControl' | 'contentDisposition' | 'contentEncoding' | 'contentLanguage' | 'expires'
>;

type DescribedInput = {
  Metadata?: Record<string, string> | undefined;
  ContentType?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentLanguage?: string | undefined;
  Expires?: Date | string | undefined;
};

/** S3's own default. Source: S3 API Reference, PutObject. */
const CONTENT_TYPE_DEFAULT = 'binary/octet-stream';

/** The headers that CopyObject copies or replaces as one. Throws MetadataTooLarge. */
export function readDescribed(input: DescribedInput): Described {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(input.Metadata ?? {})) {
    metadata[name.toLowerCase()] = value;
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (size > METADATA_BYTES_MAX) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      Size: String(size),
      MaxSizeAllowed: String(METADATA_BYTES_MAX),
    });
  }
  const { Expires } = input;
  return {
    metadata,
    contentType: input.ContentType || CONTENT_TYPE_DEFAULT,
    ...(input.CacheControl ? { cacheControl: input.CacheControl } : {}),
    ...(input.ContentDisposition ? { contentDisposition: input.ContentDisposition } : {}),
    ...(input.ContentEncoding ? { contentEncoding: input.ContentEncoding } : {}),
    ...(input.ContentLanguage ? { contentLanguage: input.ContentLanguage } : {}),
    ...(Expires === undefined ? {} : { expires: Expires instanceof Date ? httpDate(Expires.getTime()) : Expires }),
  };
}

const STORAGE_CLASSES: readonly string[] = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
] satisfies StorageClass[];

export function readStorageClass(name: string | undefined): StorageClass {
  if (name === undefined) return 'STANDARD';
  if (!STORAGE_CLASSES.includes(name)) {
    throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
      StorageClassRequested: name,
    });
  }
  return name as StorageClass;
}

export function readRedirect(location: string | undefined): { websiteRedirectLocation?: string } {
  if (location === undefined) return {};
  if (!/^(\/|https?:\/\/)/.test(location)) {
    throw new AwsError(
      'InvalidRedirectLocation',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
      400,
    );
  }
  if (Buffer.byteLength(location) > REDIRECT_BYTES_MAX) {
    throw new AwsError(
      'InvalidRedirectLocation',
      'The length of website redirect location cannot exceed 2,048 characters.',
      400,
    );
  }
  return { websiteRedirectLocation: location };
}

/** Parameters of directory buckets. */
export function refuseDirectoryOnly(input: object, headers: Record<string, string>): void {
  for (const [member, header] of Object.entries(headers)) {
    if ((input as Record<string, unknown>)[member] !== undefined) throw notForGeneralPurpose(header);
  }
}

/** Members that GetObject and HeadObject answer alike. */
export function describeVersion(version: ObjectVersion) {
  const { restore, lock } = version;
  const tagCount = Object.keys(version.tags).length;
  return {
    ETag: quoted(version.etag),
    LastModified: wholeSeconds(version.lastModifiedMs),
    AcceptRanges: 'bytes',
    Metadata: version.metadata,
    ...(version.contentType === undefined ? {} : { ContentType: version.contentType }),
    ...(version.cacheControl === undefined ? {} : { CacheControl: version.cacheControl }),
    ...(version.contentDisposition === undefined ? {} : { ContentDisposition: version.contentDisposition }),
    ...(version.contentEncoding === undefined ? {} : { ContentEncoding: version.contentEncoding }),
    ...(version.contentLanguage === undefined ? {} : { ContentLanguage: version.contentLanguage }),
    ...(version.websiteRedirectLocation === undefined
      ? {}
      : { WebsiteRedirectLocation: version.websiteRedirectLocation }),
    ...encryptionOf(version),
    // STANDARD is what S3 does not mention.
    ...(version.storageClass === 'STANDARD' ? {} : { StorageClass: version.storageClass }),
    ...(version.replicationStatus === undefined ? {} : { ReplicationStatus: version.replicationStatus }),
    ...(tagCount === 0 ? {} : { TagCount: tagCount }),
    ...(restore ? { Restore: restoreHeader(restore) } : {}),
    ...(lock?.mode === undefined ? {} : { ObjectLockMode: lock.mode }),
    ...(lock?.retainUntilMs === undefined ? {} : { ObjectLockRetainUntilDate: new Date(lock.retainUntilMs) }),
    ...(lock?.legalHold === undefined
      ? {}
      : { ObjectLockLegalHoldStatus: lock.legalHold ? ('ON' as const) : ('OFF' as const) }),
  };
}

function restoreHeader({ ongoing, expiresAtMs }: NonNullable<ObjectVersion['restore']>): string {
  const expiry = !ongoing && expiresAtMs !== undefined ? `, expiry-date="${httpDate(expiresAtMs)}"` : '';
  return `ongoing-request="${ongoing}"${expiry}`;
}
