import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { getBucket } from './buckets.ts';
import { checksumMembers, DEFAULT_ALGORITHM, type Claim } from './checksums.ts';
import { newContentId, readContent, type ContentKeys } from './content.ts';
import { openSource } from './copy.ts';
import { AwsError } from '../../kernel/errors.ts';
import { invalidArgument, invalidRequest, noSuchKey } from './errors.ts';
import { customerKeyOf, readCustomerKey, type CustomerKey, type CustomerKeyInput } from './customer-key.ts';
import { entityTag, openObjectKey, openUploadKey } from './encryption.ts';
import { badPartNumber } from './get.ts';
import { PART_NUMBER_MAX, SINGLE_UPLOAD_BYTES_MAX } from './limits.ts';
import { checkKey, encryptionOf, quoted, wholeSeconds } from './objects.ts';
import { conflictOf } from './put.ts';
import { receive, type Received } from './receive.ts';
import { uploadedParts, type ObjectVersion, type Upload, type UploadedPart } from './records.ts';
import { getUpload } from './uploads.ts';
import { stillThere } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Takes in one part; a part of the same number is replaced. Source: S3 API Reference, UploadPart. */
export const UploadPart: S3['UploadPart'] = async (call, input) => {
  const { upload, keys, customer } = await openUpload(call, input);
  const received = await receive(call, input, keys && { keys, id: newContentId() }, (claim) => [
    algorithmOf(upload, claim),
  ]);
  const part = await keep(call, upload, input.PartNumber!, received, keys);
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  const { claim } = received;
  return {
    ETag: quoted(part.md5),
    ...checksumMembers(
      claim ? { algorithm: claim.algorithm, value: received.digests.checksums[claim.algorithm]! } : part.checksum,
    ),
    ...encryptionOf(upload.target),
    ...customerKeyOf(customer),
  };
};

type Target = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  UploadId?: string | undefined;
  PartNumber?: number | undefined;
  ExpectedBucketOwner?: string | undefined;
};

async function openUpload(
  call: Call,
  input: Target & CustomerKeyInput,
): Promise<{ upload: Upload; keys: ContentKeys | undefined; customer: CustomerKey | undefined }> {
  checkKey(input.Key!);
  const number = input.PartNumber!;
  if (!Number.isInteger(number) || number < 1 || number > PART_NUMBER_MAX) throw badPartNumber(number);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const upload = await getUpload(call.kernel.store, bucket.name, input.Key!, input.UploadId!);
  const keys = await openUploadKey(call, bucket, upload.target, input);
  return { upload, keys, customer: readCustomerKey(input) };
}

/** The checksum kept of a part: the upload's. A part that brings another is refused where the upload has named its own. */
function algorithmOf(upload: Upload, claim: Claim | undefined) {
  const { checksumAlgorithm: expected } = upload;
  if (expected && claim && claim.algorithm !== expected) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${claim.algorithm.toLowerCase()}`,
    );
  }
  return expected ?? DEFAULT_ALGORITHM;
}

/** Records a part whose content is stored, or throws it away when its upload is gone. */
async function keep(
  call: Call,
  upload: Upload,
  number: number,
  { blob, size, sealedAs, digests }: Received,
  keys: ContentKeys | undefined,
): Promise<UploadedPart> {
  const algorithm = upload.checksumAlgorithm ?? DEFAULT_ALGORITHM;
  const part: UploadedPart = {
    blob,
    size,
    md5: entityTag(digests.md5, upload.target.encryption, keys),
    ...(sealedAs === undefined ? {} : { sealedAs }),
    checksum: { algorithm, value: digests.checksums[algorithm]! },
    number,
    uploadedAtMs: call.kernel.clock.now(),
  };
  try {
    await call.kernel.store.transact(async (tx) => {
      await getUpload(tx, upload.bucket, upload.key, upload.uploadId);
      const former = await tx.get(uploadedParts, [upload.uploadId, number]);
      await call.kernel.blobs.retain(tx, blob);
      if (former) await call.kernel.blobs.release(tx, former.blob);
      tx.put(uploadedParts, [upload.uploadId, number], part);
    });
  } catch (error) {
    await call.kernel.blobs.discard(blob);
    throw conflictOf(error);
  }
  return part;
}

/** Takes a part from an object that is there. Its bytes are written anew: a part is often a stretch of its source. */
export const UploadPartCopy: S3['UploadPartCopy'] = async (call, input) => {
  const { upload, keys, customer } = await openUpload(call, input);
  const { bucket: from, version: source, customer: sourceKey } = await openSource(call, input);
  const { start, end } = readCopyRange(input.CopySourceRange, source);
  if (end - start > SINGLE_UPLOAD_BYTES_MAX) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${SINGLE_UPLOAD_BYTES_MAX}`,
    );
  }
  const sourceKeys = await openObjectKey(call, from, source, sourceKey);
  const Body = readContent(call.kernel, source, sourceKeys, start, end);
  const received = await receive(call, { Body }, keys && { keys, id: newContentId() }, (claim) => [
    algorithmOf(upload, claim),
  ]).catch(async (error: unknown) => {
    if (await stillThere(call.kernel.store, source)) throw error;
    throw noSuchKey(source.key);
  });
  const part = await keep(call, upload, input.PartNumber!, received, keys);
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    CopyPartResult: {
      ETag: quoted(part.md5),
      LastModified: wholeSeconds(part.uploadedAtMs),
      ...(upload.checksumAlgorithm ? checksumMembers(part.checksum) : {}),
    },
    ...(from.versioning === undefined ? {} : { CopySourceVersionId: source.versionId }),
    ...encryptionOf(upload.target),
    ...customerKeyOf(customer),
  };
};

/** `bytes=first-last`, both inclusive and both given. Throws InvalidArgument, InvalidRange. */
function readCopyRange(range: string | undefined, { size }: ObjectVersion): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      range,
    );
  }
  if (Number(last) >= size) {
    throw new AwsError('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, 400, {
      ArgumentName: 'x-amz-copy-source-range',
      ArgumentValue: range,
    });
  }
  return { start: Number(first), end: Number(last) + 1 };
}
