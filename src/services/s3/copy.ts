import type { CopyObjectRequest } from '@aws-sdk/client-s3';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { readAcl } from './acl.ts';
import { readDescribed, readRedirect, readStorageClass, type Described } from './attributes.ts';
import { objectArn } from './arns.ts';
import { getBucket } from './buckets.ts';
import { checksumMembers, DEFAULT_ALGORITHM, readAlgorithm } from './checksums.ts';
import { openDigester } from './digest-threads.ts';
import { checkCopySource, checkWrite, checkWriteForm } from './conditions.ts';
import { versionKeys, writeKeys } from './condition-keys.ts';
import { readContent, WHOLE } from './content.ts';
import { checkCustomerKey, customerKeyOf, readCustomerKey, type CustomerKey } from './customer-key.ts';
import { chooseEncryption, contextOf, entityTag, newObjectKey, openObjectKey, type Chosen } from './encryption.ts';
import { readCopySource, type CopySource } from './copy-source.ts';
import { invalidRequest } from './errors.ts';
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
import { ownerOfNew } from './ownership.ts';
import { lockOf, refuseEventHolds, write } from './put.ts';
import { receive } from './receive.ts';
import type { Bucket, Checksum, ChecksumAlgorithm, ObjectVersion } from './records.ts';
import { readTaggingHeader } from './tags.ts';
import { findVersion, stillThere } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

type SourceInput = {
  CopySource?: string | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
  CopySourceSSECustomerAlgorithm?: string | undefined;
  CopySourceSSECustomerKey?: string | undefined;
  CopySourceSSECustomerKeyMD5?: string | undefined;
};

/** The version to copy from, its conditions checked. */
export async function openSource(
  call: Call,
  input: SourceInput,
): Promise<{ bucket: Bucket; version: ObjectVersion; source: CopySource; customer: CustomerKey | undefined }> {
  const customer = readCustomerKey({
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  });
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
  checkCustomerKey(found.sealed, customer);
  assertReadable(call, found);
  return { bucket, version: found, source, customer };
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
  const { bucket: from, version: original, source, customer } = await openSource(call, input);
  if (original.size > SINGLE_UPLOAD_BYTES_MAX) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${SINGLE_UPLOAD_BYTES_MAX}`,
    );
  }
  const described = input.MetadataDirective === 'REPLACE' ? readDescribed(input) : describedOf(original);
  const tags =
    input.TaggingDirective === 'REPLACE'
      ? readTaggingHeader(input.Tagging)
      : await takeTags(call, input, source, original);
  const storageClass = readStorageClass(input.StorageClass);
  const redirect = readRedirect(input.WebsiteRedirectLocation);
  const chosen = await chooseEncryption(call, target, input);
  const changed =
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    storageClass !== original.storageClass ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    chosen.customer !== undefined ||
    customer !== undefined ||
    input.ChecksumAlgorithm !== undefined;
  if (from.name === target.name && source.key === key && source.versionId === undefined && !changed) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const ownerAccount = await ownerOfNew(call, call.kernel.store, target, input.ACL);
  const acl = await readAcl(call.kernel.store, target, input, ownerAccount);
  const origin = { bucket: from, version: original, customer };
  const content = await contentOf(
    call,
    origin,
    { bucket: target, key, chosen },
    readAlgorithm(input.ChecksumAlgorithm),
  );
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
      ownerAccount,
      ...(acl ? { acl } : {}),
      ...(await lockOf(call, tx, now, input)),
    };
  }).catch(async (error: unknown) => {
    for (const { blob } of content.parts) await call.kernel.blobs.discard(blob);
    throw error;
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
    ...contextOf(chosen, version),
    ...customerKeyOf(chosen.customer),
  };
};

/** Asks what `CopyObject` asks as it works, of a source that may not be here. */
export async function askOfCopy(call: Call, input: CopyObjectRequest): Promise<void> {
  if (input.TaggingDirective === 'REPLACE') return;
  const source = readCopySource(input.CopySource!);
  const version = await findVersion(call.kernel.store, source.bucket, source.key, source.versionId);
  if (version) await takeTags(call, input, source, version);
}

/** The tags that a copy takes over: reading and writing them are rights of their own. Throws AccessDenied. */
async function takeTags(
  call: Call,
  { Bucket, Key }: { Bucket?: string | undefined; Key?: string | undefined },
  source: CopySource,
  { tags }: ObjectVersion,
): Promise<Record<string, string>> {
  if (Object.keys(tags).length === 0) return tags;
  const { bucket, key, versionId } = source;
  await call.require({
    action: `s3:GetObject${versionId === undefined ? '' : 'Version'}Tagging`,
    resource: objectArn(call, bucket, key),
    keys: versionKeys({ VersionId: versionId }),
  });
  const header = new URLSearchParams(tags).toString();
  await call.require({
    action: 's3:PutObjectTagging',
    resource: objectArn(call, Bucket, Key),
    keys: writeKeys(call, { Tagging: header }),
  });
  return tags;
}

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

type Content = Pick<ObjectVersion, 'parts' | 'etag' | 'encryption' | 'sealed'> & { checksum: Checksum };

/**
 * A copy is one piece whatever its source was uploaded in: its entity tag is the MD5 of the whole, and its checksum that of the whole, by
 * the source's algorithm unless another is asked for. Under the stack's own keys (SSE-S3) both share one content; under any other key the
 * copy's is written anew.
 */
async function contentOf(
  call: Call,
  source: { bucket: Bucket; version: ObjectVersion; customer: CustomerKey | undefined },
  target: { bucket: Bucket; key: string; chosen: Chosen },
  asked: ChecksumAlgorithm | undefined,
): Promise<Content> {
  const { version, bucket, customer } = source;
  const algorithm = asked ?? version.checksum?.algorithm ?? DEFAULT_ALGORITHM;
  const known =
    version.checksum?.algorithm === algorithm && version.checksum.type === 'FULL_OBJECT' ? version.checksum : undefined;
  const keys = await openObjectKey(call, bucket, version, customer);
  const { chosen } = target;
  if (version.sealed?.by !== 'stack' || chosen.algorithm !== 'AES256' || chosen.customer)
    return rewritten(call, readContent(call.kernel, version, keys), target, algorithm);
  const parts = version.parts.map(({ blob, size, md5, sealedAs }) => ({ blob, size, md5, sealedAs: sealedAs! }));
  const { encryption, sealed } = version;
  const record = { parts, encryption: encryption!, sealed };
  if (!version.multipart && known) return { ...record, etag: version.etag, checksum: known };
  const digester = openDigester([algorithm], version.size);
  try {
    for await (const chunk of readContent(call.kernel, version, keys)) {
      call.signal.throwIfAborted();
      const room = digester.update(chunk);
      if (room) await room;
    }
  } catch (error) {
    digester.drop();
    throw error;
  }
  const { md5, checksums } = await digester.finish();
  return { ...record, etag: md5, checksum: known ?? { algorithm, value: checksums[algorithm]!, type: 'FULL_OBJECT' } };
}

async function rewritten(
  call: Call,
  Body: AsyncIterable<Uint8Array>,
  { bucket, key, chosen }: { bucket: Bucket; key: string; chosen: Chosen },
  algorithm: ChecksumAlgorithm,
): Promise<Content> {
  const { keys, record } = await newObjectKey(call, bucket, key, chosen);
  const { blob, size, sealedAs, digests } = await receive(call, { Body }, { keys, id: WHOLE }, () => [algorithm]);
  const etag = entityTag(digests.md5, record.encryption, keys);
  return {
    ...record,
    parts: [{ blob, size, md5: etag, sealedAs: sealedAs! }],
    etag,
    checksum: { algorithm, value: digests.checksums[algorithm]!, type: 'FULL_OBJECT' },
  };
}
