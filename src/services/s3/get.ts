import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { describeVersion } from './attributes.ts';
import { getBucket } from './buckets.ts';
import { checksumMembers } from './checksums.ts';
import { checkRead } from './conditions.ts';
import { begun, collected, readContent } from './content.ts';
import { checkCustomerKey, customerKeyOf, readCustomerKey, type CustomerKeyInput } from './customer-key.ts';
import { openObjectKey } from './encryption.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import { assertReadable, expirationOf, meterRead } from './hooks.ts';
import { LIST_PAGE_MAX, PART_NUMBER_MAX } from './limits.ts';
import { httpDate, quoted, requireVersion, versionIdOf } from './objects.ts';
import type { Bucket, ObjectVersion, Part } from './records.ts';
import { replicaRead, type ReplicaRead } from './replicating.ts';
import { stillThere } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** `start` inclusive, `end` exclusive, in bytes. */
type Stretch = { start: number; end: number; part?: Part };

type ReadInput = CustomerKeyInput & {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  IfModifiedSince?: Date | undefined;
  IfUnmodifiedSince?: Date | undefined;
  Range?: string | undefined;
  PartNumber?: number | undefined;
  ChecksumMode?: string | undefined;
  ResponseCacheControl?: string | undefined;
  ResponseContentDisposition?: string | undefined;
  ResponseContentEncoding?: string | undefined;
  ResponseContentLanguage?: string | undefined;
  ResponseContentType?: string | undefined;
  ResponseExpires?: Date | undefined;
};

/** Reads an object, whole or in part. Source: S3 API Reference, GetObject. */
export const GetObject: S3['GetObject'] = async (call, input) => {
  for (let attempt = 1; ; attempt++) {
    const { bucket, version, stretch } = await select(call, input);
    assertReadable(call, version);
    const { start, end } = stretch ?? { start: 0, end: version.size };
    const keys = await openObjectKey(call, bucket, version, readCustomerKey(input));
    const content = readContent(call.kernel, version, keys, start, end);
    try {
      // A small answer leaves in one piece: it cannot break off, and costs one write.
      const Body = end - start <= WHOLE_BYTES_MAX ? await collected(content) : await begun(content);
      const output = answer(call, input, bucket, version, stretch);
      meterRead(call, version, end - start);
      return { ...output, ...(await expirationOf(call, bucket, version)), Body };
    } catch (error) {
      // Overwritten or deleted since it was found: look again.
      if (attempt >= READ_ATTEMPTS_MAX || (await stillThere(call.kernel.store, version))) throw error;
    }
  }
};

const READ_ATTEMPTS_MAX = 10;
/** Content answered in one piece: bytes. */
const WHOLE_BYTES_MAX = 64 * 1024;

/** What GetObject would answer, without the content. */
export const HeadObject: S3['HeadObject'] = async (call, input) => {
  const replica = replicaRead(input);
  if (replica) return headForReplica(call, input, replica);
  const { bucket, version, stretch } = await select(call, input);
  // A checksum is as good as the content to who knows what it might be.
  if (input.ChecksumMode === 'ENABLED') await openObjectKey(call, bucket, version, readCustomerKey(input));
  const output = answer(call, input, bucket, version, stretch);
  meterRead(call, version);
  return { ...output, ...(await expirationOf(call, bucket, version)) };
};

/** Opens what a replica is made of: of an object under a KMS key, which needs the right to decrypt. */
async function headForReplica(call: Call, { Bucket }: ReadInput, replica: ReplicaRead) {
  const bucket = await getBucket(call, Bucket!);
  const { source } = replica;
  if (source.sealed?.by === 'kms') {
    const keys = await openObjectKey(call, bucket, source);
    if (keys) replica.keys = keys;
  }
  return { ContentLength: source.size, ETag: quoted(source.etag) };
}

async function select(
  call: Call,
  input: ReadInput,
): Promise<{ bucket: Bucket; version: ObjectVersion; stretch: Stretch | undefined }> {
  const customer = readCustomerKey(input);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const version = await requireVersion(call, bucket, input.Key!, input.VersionId);
  checkCustomerKey(version.sealed, customer);
  checkRead(call, input, version);
  return { bucket, version, stretch: stretchOf(input, version) };
}

function stretchOf({ Range, PartNumber }: ReadInput, version: ObjectVersion): Stretch | undefined {
  if (PartNumber === undefined) return Range === undefined ? undefined : readRange(Range, version.size);
  if (Range !== undefined) throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  if (!Number.isInteger(PartNumber) || PartNumber < 1 || PartNumber > PART_NUMBER_MAX) throw badPartNumber(PartNumber);
  if (!version.multipart) {
    if (PartNumber !== 1) throw noSuchPart(PartNumber, 1);
    return { start: 0, end: version.size };
  }
  let start = 0;
  for (const part of version.parts) {
    if (part.number === PartNumber) return { start, end: start + part.size, part };
    start += part.size;
  }
  throw noSuchPart(PartNumber, version.parts.length);
}

export const badPartNumber = (value: number) =>
  invalidArgument(
    `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`,
    'partNumber',
    String(value),
  );

const noSuchPart = (asked: number, count: number) =>
  new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416, {
    PartNumberRequested: String(asked),
    ActualPartCount: String(count),
  });

/**
 * A `Range` header; undefined when it means the whole: S3 answers several ranges, or none it can read, with the whole object.
 * Throws InvalidRange. Source: RFC 9110, section 14.
 */
export function readRange(header: string, size: number): Stretch | undefined {
  const [, first = '', last = ''] = /^bytes\s*=\s*(?:(\d+)\s*)?-\s*(?:(\d+)\s*)?$/i.exec(header.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  const invalid = () =>
    new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
      RangeRequested: header,
      ActualObjectSize: String(size),
    });
  if (first === '') {
    const count = Number(last);
    if (count === 0 || size === 0) throw invalid();
    return { start: Math.max(0, size - count), end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw invalid();
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

function answer(call: Call, input: ReadInput, bucket: Bucket, version: ObjectVersion, stretch: Stretch | undefined) {
  const { start, end } = stretch ?? { start: 0, end: version.size };
  if (stretch) call.status(206);
  const expires = input.ResponseExpires ? httpDate(input.ResponseExpires.getTime()) : version.expires;
  if (expires !== undefined) call.header('expires', expires);
  return {
    ...describeVersion(version),
    ...customerKeyOf(readCustomerKey(input)),
    ContentLength: end - start,
    // A part of nothing has no first byte to name.
    ...(stretch && end > start ? { ContentRange: `bytes ${start}-${end - 1}/${version.size}` } : {}),
    ...versionIdOf(bucket, version),
    ...(input.PartNumber !== undefined && version.multipart ? { PartsCount: version.parts.length } : {}),
    ...(input.ChecksumMode === 'ENABLED' ? checksumOf(version, stretch) : {}),
    ...overrides(call, input),
  };
}

/** The checksum of exactly what is answered: of the object, or of the part; of a range S3 tells none. */
function checksumOf(version: ObjectVersion, stretch: Stretch | undefined) {
  const { checksum } = version;
  if (!checksum) return {};
  if (!stretch || (!version.multipart && stretch.start === 0 && stretch.end === version.size && version.size > 0)) {
    return { ...checksumMembers(checksum), ChecksumType: checksum.type };
  }
  return stretch.part ? { ...checksumMembers(stretch.part.checksum), ChecksumType: checksum.type } : {};
}

const OVERRIDES = {
  ResponseCacheControl: 'CacheControl',
  ResponseContentDisposition: 'ContentDisposition',
  ResponseContentEncoding: 'ContentEncoding',
  ResponseContentLanguage: 'ContentLanguage',
  ResponseContentType: 'ContentType',
} as const;

/** The `response-*` parameters, which only a signed request may use. */
function overrides(call: Call, input: ReadInput): Partial<Record<(typeof OVERRIDES)[keyof typeof OVERRIDES], string>> {
  const given = (Object.keys(OVERRIDES) as (keyof typeof OVERRIDES)[]).filter((name) => input[name] !== undefined);
  if ((given.length > 0 || input.ResponseExpires !== undefined) && call.principal.type === 'anonymous') {
    throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
  }
  return Object.fromEntries(given.map((name) => [OVERRIDES[name], input[name]!]));
}

/** Facts of an object without its content. Source: S3 API Reference, GetObjectAttributes. */
export const GetObjectAttributes: S3['GetObjectAttributes'] = async (call, input) => {
  const customer = readCustomerKey(input);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const asked = new Set<string>(input.ObjectAttributes ?? []);
  if (asked.size === 0)
    throw invalidRequest(
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
  if ([...asked].some((name) => !known.includes(name))) throw invalidArgument('Invalid attribute name specified.');
  const version = await requireVersion(call, bucket, input.Key!, input.VersionId);
  checkCustomerKey(version.sealed, customer);
  if (asked.has('Checksum') || asked.has('ObjectParts')) await openObjectKey(call, bucket, version, customer);
  call.header('last-modified', httpDate(version.lastModifiedMs));
  call.meter({ type: 'Requests-Tier2', quantity: 1, unit: 'requests' });
  const { checksum } = version;
  return {
    ...versionIdOf(bucket, version),
    // The one place where S3 gives an entity tag without quotes.
    ...(asked.has('ETag') ? { ETag: version.etag } : {}),
    ...(asked.has('Checksum') && checksum
      ? {
          Checksum: {
            ...checksumMembers({ ...checksum, value: checksum.value.replace(/-\d+$/, '') }),
            ChecksumType: checksum.type,
          },
        }
      : {}),
    ...(asked.has('ObjectParts') && version.multipart
      ? { ObjectParts: partsPage(version, input.PartNumberMarker, input.MaxParts) }
      : {}),
    ...(asked.has('StorageClass') ? { StorageClass: version.storageClass } : {}),
    ...(asked.has('ObjectSize') ? { ObjectSize: version.size } : {}),
  };
};

function partsPage(version: ObjectVersion, marker: string | undefined, max = LIST_PAGE_MAX) {
  const size = Math.min(Math.max(max, 0), LIST_PAGE_MAX);
  const after = Number(marker ?? 0);
  const rest = version.parts.filter(({ number }) => number! > after);
  const page = rest.slice(0, size);
  // Parts are only told one by one where each has a checksum of its own that counts.
  const listed = version.checksum?.type === 'COMPOSITE' ? page : [];
  return {
    TotalPartsCount: version.parts.length,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.number ?? after),
    MaxParts: size,
    IsTruncated: rest.length > size,
    ...(listed.length > 0
      ? {
          Parts: listed.map((part) => ({
            PartNumber: part.number!,
            Size: part.size,
            ...checksumMembers(part.checksum),
          })),
        }
      : {}),
  };
}
