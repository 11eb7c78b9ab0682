import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { readAcl } from './acl.ts';
import {
  readDescribed,
  readEncryption,
  readRedirect,
  readStorageClass,
  refuseReadKeys,
  type Described,
} from './attributes.ts';
import { getBucket } from './buckets.ts';
import { checksumMembers, DEFAULT_ALGORITHM, readAlgorithm } from './checksums.ts';
import { openDigester } from './digest-threads.ts';
import { checkCopySource, checkWrite, checkWriteForm } from './conditions.ts';
import { readContent } from './content.ts';
import { invalidArgument, invalidRequest, notImplemented } from './errors.ts';
import { assertReadable, meterWrite } from './hooks.ts';
import { SINGLE_UPLOAD_BYTES_MAX } from './limits.ts';
import {
  checkKey,
  checkVersionId,
  encryptionOf,
  quoted,
  requireVersion,
  versionIdOf,
  wholeSeconds,
} from './objects.ts';
import { lockAndEncryption, refuseEventHolds, write } from './put.ts';
import type { Bucket, Checksum, ChecksumAlgorithm, ObjectVersion, Part } from './records.ts';
import { readTaggingHeader } from './tags.ts';
import { findVersion, stillThere } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export type CopySource = { bucket: string; key: string; versionId?: string };

/** `/bucket/key?versionId=…`, percent-encoded. Throws InvalidArgument; NotImplemented for access points. */
export function readCopySource(source: string): CopySource {
  const invalid = (message: string) => invalidArgument(message, 'x-amz-copy-source', source);
  if (/^\/?arn(:|%3A)/i.test(source)) throw notImplemented('x-amz-copy-source of an access point');
  const [path = '', query] = source.split('?versionId=');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replace(/^\//, '');
  } catch {
    throw invalid('Invalid copy source encoding.');
  }
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1) throw invalid('Invalid copy source object key');
  if (query === '') throw invalid('Version id cannot be the empty string');
  return {
    bucket: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    ...(query === undefined ? {} : { versionId: decodeURIComponent(query) }),
  };
}

type SourceInput = {
  CopySource?: string | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
  CopySourceSSECustomerAlgorithm?: string | undefined;
};

/** The version to copy from, its conditions checked. */
export async function openSource(
  call: Call,
  input: SourceInput,
): Promise<{ bucket: Bucket; version: ObjectVersion; source: CopySource }> {
  refuseReadKeys({ SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm });
  const source = readCopySource(input.CopySource!);
  checkKey(source.key);
  checkVersionId(source.versionId);
  const bucket = await getBucket(call, source.bucket, input.ExpectedSourceBucketOwner);
  const version = await findVersion(call.kernel.store, bucket.name, source.key, source.versionId);
  if (version?.deleteMarker && source.versionId !== undefined) {
    throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
  }
  const found = await requireVersion(call, bucket, source.key, source.versionId);
  checkCopySource(
    {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    found,
  );
  assertReadable(call, found);
  return { bucket, version: found, source };
}

/** The source was overwritten or deleted while it was being copied. */
class SourceGone extends Error {}
const SOURCE_ATTEMPTS_MAX = 10;

/** Copies an object by sharing its content. Source: S3 API Reference, CopyObject. */
export const CopyObject: S3['CopyObject'] = async (call, input) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await copy(call, input);
    } catch (error) {
      if (!(error instanceof SourceGone) || attempt >= SOURCE_ATTEMPTS_MAX) throw error;
    }
  }
};

const copy: S3['CopyObject'] = async (call, input) => {
  const key = input.Key!;
  checkKey(key);
  checkWriteForm(input);
  refuseEventHolds(input);
  const target = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const { bucket: from, version: original, source } = await openSource(call, input);
  if (original.size > SINGLE_UPLOAD_BYTES_MAX) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${SINGLE_UPLOAD_BYTES_MAX}`,
    );
  }
  const described = input.MetadataDirective === 'REPLACE' ? readDescribed(input) : describedOf(original);
  const tags = input.TaggingDirective === 'REPLACE' ? readTaggingHeader(input.Tagging) : original.tags;
  const storageClass = readStorageClass(input.StorageClass);
  const redirect = readRedirect(input.WebsiteRedirectLocation);
  const encryption = readEncryption(input);
  const changed =
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    storageClass !== original.storageClass ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.ChecksumAlgorithm !== undefined;
  if (from.name === target.name && source.key === key && source.versionId === undefined && !changed) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const acl = await readAcl(call.kernel.store, target, input);
  const content = await contentOf(call, original, readAlgorithm(input.ChecksumAlgorithm));
  const { version, bucket } = await write(call, target, 'ObjectCreated:Copy', async (tx, now) => {
    if (!(await stillThere(tx, original))) throw new SourceGone();
    await checkWrite(tx, now.name, key, input);
    return {
      ...described,
      ...redirect,
      ...content,
      key,
      size: original.size,
      storageClass,
      tags,
      ownerAccount: now.account,
      ...(acl ? { acl } : {}),
      ...(await lockAndEncryption(call, tx, now, input, encryption ? { encryption } : {})),
    };
  });
  meterWrite(call, version.storageClass);
  return {
    CopyObjectResult: {
      ETag: quoted(version.etag),
      LastModified: wholeSeconds(version.lastModifiedMs),
      ...checksumMembers(version.checksum),
      ...(version.checksum ? { ChecksumType: version.checksum.type } : {}),
    },
    ...(from.versioning === undefined ? {} : { CopySourceVersionId: original.versionId }),
    ...versionIdOf(bucket, version),
    ...encryptionOf(version),
  };
};

function describedOf(version: ObjectVersion): Described {
  const { metadata, contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires } =
    version;
  return {
    metadata,
    ...(contentType === undefined ? {} : { contentType }),
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/**
 * A copy is one piece whatever its source was uploaded in: its entity tag is the MD5 of the whole, and its checksum that of the whole, by
 * the source's algorithm unless another is asked for. Where the source does not have them, its content is read; it is never written anew.
 */
async function contentOf(
  call: Call,
  source: ObjectVersion,
  asked: ChecksumAlgorithm | undefined,
): Promise<{ parts: Part[]; etag: string; checksum: Checksum }> {
  const algorithm = asked ?? source.checksum?.algorithm ?? DEFAULT_ALGORITHM;
  const known =
    source.checksum?.algorithm === algorithm && source.checksum.type === 'FULL_OBJECT' ? source.checksum : undefined;
  const parts = source.parts.map(({ blob, size, md5 }) => ({ blob, size, md5 }));
  if (!source.multipart && known) return { parts, etag: source.etag, checksum: known };
  const digester = openDigester([algorithm], source.size);
  try {
    for await (const chunk of readContent(call.kernel, source)) {
      call.signal.throwIfAborted();
      const room = digester.update(chunk);
      if (room) await room;
    }
  } catch (error) {
    digester.drop();
    throw error;
  }
  const { md5, checksums } = await digester.finish();
  return { parts, etag: md5, checksum: known ?? { algorithm, value: checksums[algorithm]!, type: 'FULL_OBJECT' } };
}
