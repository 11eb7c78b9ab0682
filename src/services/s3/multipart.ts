import { createHash } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { refuseDirectoryOnly } from './attributes.ts';
import { getBucket } from './buckets.ts';
import {
  badDigest,
  checksumMembers,
  checksumOfParts,
  checksumTypeOf,
  DEFAULT_ALGORITHM,
  givenValues,
  memberOf,
  readAlgorithm,
} from './checksums.ts';
import { checkWrite, checkWriteForm } from './conditions.ts';
import { customerKeyOf } from './customer-key.ts';
import { chooseEncryption, contextOf, newObjectKey, openUploadKey } from './encryption.ts';
import { invalidRequest, malformedXml } from './errors.ts';
import { meterWrite, uploadAbort } from './hooks.ts';
import { LIST_PAGE_MAX, OBJECT_BYTES_MAX, PART_BYTES_MIN } from './limits.ts';
import { checkKey, encryptionOf, quoted, versionIdOf, wholeSeconds } from './objects.ts';
import { ownerOf } from './owner.ts';
import { lockOf, readUploadAttributes, write } from './put.ts';
import {
  uploadedParts,
  uploads,
  type Bucket,
  type Checksum,
  type ObjectVersion,
  type Upload,
  type UploadedPart,
} from './records.ts';
import { dropUpload, getUpload, partsOf } from './uploads.ts';
import { versionsOf } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Objects uploaded in parts. Source: S3 User Guide, "Uploading and copying objects using multipart upload". */
export const CreateMultipartUpload: S3['CreateMultipartUpload'] = async (call, input) => {
  const key = input.Key!;
  checkKey(key);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const asked = readAlgorithm(input.ChecksumAlgorithm);
  if (!asked && input.ChecksumType !== undefined) {
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  const type = asked && checksumTypeOf(asked, input.ChecksumType);
  const attributes = await readUploadAttributes(call, bucket, input);
  const chosen = await chooseEncryption(call, bucket, input);
  const { record } = await newObjectKey(call, bucket, key, chosen);
  const { ids, clock, store } = call.kernel;
  const initiatedAtMs = clock.now();
  // Sorts by time, as S3 lists the uploads of one key.
  const uploadId = `${ids.sortable(initiatedAtMs)}.${ids.text(64)}`;
  const upload = await store.transact(async (tx) => {
    const now = await getBucket(call, bucket.name, undefined, tx);
    const target = { ...attributes, ...record, ...(await lockOf(call, tx, now, input)), multipart: true };
    const made: Upload = {
      bucket: bucket.name,
      key,
      uploadId,
      initiatedAtMs,
      target,
      ...(asked && type ? { checksumAlgorithm: asked, checksumType: type } : {}),
    };
    tx.put(uploads, [bucket.name, key, uploadId], made);
    return made;
  });
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Bucket: bucket.name,
    Key: key,
    UploadId: uploadId,
    ...(asked && type ? { ChecksumAlgorithm: asked, ChecksumType: type } : {}),
    ...encryptionOf(upload.target),
    ...contextOf(chosen, upload.target),
    ...customerKeyOf(chosen.customer),
    ...(await uploadAbort(store, bucket.name, key, initiatedAtMs)),
  };
};

export const AbortMultipartUpload: S3['AbortMultipartUpload'] = async (call, input) => {
  refuseDirectoryOnly(input, { IfMatchInitiatedTime: 'x-amz-if-match-initiated-time' });
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  await call.kernel.store.transact(async (tx) =>
    dropUpload(call.kernel, tx, await getUpload(tx, bucket.name, input.Key!, input.UploadId!)),
  );
  return {};
};

type Wanted = { PartNumber?: number | undefined; ETag?: string | undefined };

/** Joins the parts into an object. The same call again gives the same answer, as long as the object stands. */
export const CompleteMultipartUpload: S3['CompleteMultipartUpload'] = async (call, input) => {
  const key = input.Key!;
  const uploadId = input.UploadId!;
  checkWriteForm(input);
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const wanted = input.MultipartUpload?.Parts;
  if (!wanted || wanted.length === 0) throw malformedXml();
  const claims = givenValues(input);
  if (claims.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const done = await completed(call, bucket, key, uploadId);
  if (done) return answer(call, bucket, done);

  const upload = await getUpload(call.kernel.store, bucket.name, key, uploadId);
  // S3 asks for the right to decrypt here as well; a customer's key need not come again.
  if (upload.target.sealed?.by !== 'customer' || input.SSECustomerKey !== undefined)
    await openUploadKey(call, bucket, upload.target, input);
  const joined = await join(
    upload,
    wanted,
    new Map((await partsOf(call.kernel.store, upload)).map(({ value }) => [value.number, value])),
  );
  checkWhole(input, claims[0], upload, joined);
  try {
    const { version, bucket: into } = await write(
      call,
      bucket,
      'ObjectCreated:CompleteMultipartUpload',
      async (tx, now) => {
        const current = await getUpload(tx, now.name, key, uploadId);
        await checkWrite(tx, now.name, key, input);
        return { ...current.target, ...joined, key, uploadId };
      },
      {
        // The parts' own references become the object's.
        retained: true,
        async finish(tx) {
          const used = new Map(joined.parts.map(({ number, blob }) => [number, blob.id]));
          for (const { key: partKey, value } of await partsOf(tx, upload)) {
            const taken = used.get(value.number);
            if (taken === undefined) await call.kernel.blobs.release(tx, value.blob);
            else if (taken !== value.blob.id) throw new PartReplaced();
            else used.delete(value.number);
            tx.delete(uploadedParts, partKey);
          }
          if (used.size > 0) throw new PartReplaced();
          tx.delete(uploads, [bucket.name, key, uploadId]);
        },
      },
    );
    meterWrite(call, version.storageClass);
    return answer(call, into, version);
  } catch (error) {
    if (error instanceof PartReplaced) {
      throw new AwsError(
        'OperationAborted',
        'A conflicting conditional operation is currently in progress against this resource. Please try again.',
        409,
      );
    }
    // Another call may have completed it since we looked.
    const meanwhile =
      error instanceof AwsError && error.name === 'NoSuchUpload'
        ? await completed(call, bucket, key, uploadId)
        : undefined;
    if (meanwhile) return answer(call, bucket, meanwhile);
    throw error;
  }
};

/** A part was uploaded anew while its upload was being completed. */
class PartReplaced extends Error {}

/** Versions looked through for one that came of an upload that is gone. */
const COMPLETED_SEARCH_MAX = 1000;

/** The version that a former completion of this upload made. */
async function completed(
  call: Call,
  bucket: Bucket,
  key: string,
  uploadId: string,
): Promise<ObjectVersion | undefined> {
  if (await call.kernel.store.get(uploads, [bucket.name, key, uploadId])) return undefined;
  let seen = 0;
  for await (const { version } of versionsOf(call.kernel.store, bucket.name, key)) {
    if (version.uploadId === uploadId) return version;
    if (++seen >= COMPLETED_SEARCH_MAX) return undefined;
  }
  return undefined;
}

function answer(call: Call, bucket: Bucket, version: ObjectVersion) {
  const path = version.key.split('/').map(encodeURIComponent).join('/');
  return {
    Location: `${call.source.secure ? 'https' : 'http'}://${call.source.host}/${bucket.name}/${path}`,
    Bucket: bucket.name,
    Key: version.key,
    ETag: quoted(version.etag),
    ...checksumMembers(version.checksum),
    ...(version.checksum ? { ChecksumType: version.checksum.type } : {}),
    ...versionIdOf(bucket, version),
    ...encryptionOf(version),
  };
}

type Joined = Pick<ObjectVersion, 'parts' | 'size' | 'etag' | 'checksum'> & { checksum: Checksum };

/** The listed parts as one. Throws InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest. */
async function join(upload: Upload, wanted: Wanted[], known: Map<number, UploadedPart>): Promise<Joined> {
  const parts: UploadedPart[] = [];
  let former = 0;
  for (const item of wanted) {
    const { PartNumber: number, ETag } = item;
    if (number === undefined || ETag === undefined) throw malformedXml();
    if (number <= former) {
      throw new AwsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        400,
        { UploadId: upload.uploadId },
      );
    }
    former = number;
    const part = known.get(number);
    if (!part || part.md5 !== ETag.replace(/^"(.*)"$/, '$1')) throw invalidPart(upload, number, ETag);
    checkPartChecksum(upload, item, part);
    parts.push(part);
  }
  const small = parts.slice(0, -1).find(({ size }) => size < PART_BYTES_MIN);
  if (small) {
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(PART_BYTES_MIN),
      PartNumber: String(small.number),
      ETag: small.md5,
    });
  }
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > OBJECT_BYTES_MAX) {
    throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
      ProposedSize: String(size),
      MaxSizeAllowed: String(OBJECT_BYTES_MAX),
    });
  }
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.md5, 'hex');
  const algorithm = upload.checksumAlgorithm ?? DEFAULT_ALGORITHM;
  const type = upload.checksumType ?? 'FULL_OBJECT';
  return {
    parts: parts.map(({ uploadedAtMs: _uploaded, ...part }) => part),
    size,
    etag: `${md5.digest('hex')}-${parts.length}`,
    checksum: await checksumOfParts(
      algorithm,
      type,
      parts.map((part) => ({ value: part.checksum!.value, size: part.size })),
    ),
  };
}

const invalidPart = (upload: Upload, number: number, etag: string) =>
  new AwsError(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    400,
    { UploadId: upload.uploadId, PartNumber: String(number), ETag: etag.replaceAll('"', '') },
  );

/** A composite checksum wants each part's named again; one that is named must be right. */
function checkPartChecksum(upload: Upload, item: Wanted, part: UploadedPart): void {
  for (const { algorithm, value } of givenValues(item)) {
    if (part.checksum?.algorithm !== algorithm || part.checksum.value !== value)
      throw invalidPart(upload, part.number, item.ETag!);
  }
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm || type !== 'COMPOSITE' || memberOf(algorithm) in item) return;
  throw invalidRequest(
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
  );
}

type Whole = { MpuObjectSize?: number | undefined; ChecksumType?: string | undefined };

/** What the request says of the whole object. */
function checkWhole(
  input: Whole,
  claim: ReturnType<typeof givenValues>[number] | undefined,
  upload: Upload,
  { size, checksum }: Joined,
): void {
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  if (input.ChecksumType !== undefined && input.ChecksumType !== (upload.checksumType ?? 'FULL_OBJECT')) {
    throw invalidRequest(
      `The upload was created using the ${upload.checksumType ?? 'FULL_OBJECT'} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  if (!claim) return;
  if (claim.algorithm !== checksum.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${claim.algorithm.toLowerCase()}`,
    );
  }
  // A composite value may come with or without its number of parts.
  if (claim.value !== checksum.value && claim.value !== checksum.value.replace(/-\d+$/, ''))
    throw badDigest(claim.algorithm);
}

/** The parts of an upload under way. */
export const ListParts: S3['ListParts'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const upload = await getUpload(call.kernel.store, bucket.name, input.Key!, input.UploadId!);
  const max = Math.min(input.MaxParts ?? LIST_PAGE_MAX, LIST_PAGE_MAX);
  if (max < 0) throw invalidRequest('max-parts must not be negative');
  const after = Number(input.PartNumberMarker ?? 0) || 0;
  const found =
    max === 0
      ? []
      : await call.kernel.store.range(uploadedParts, [upload.uploadId], {
          limit: max + 1,
          after: [upload.uploadId, after],
        });
  const page = found.slice(0, max).map(({ value }) => value);
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: max,
    IsTruncated: found.length > max,
    StorageClass: upload.target.storageClass,
    Owner: ownerOf(upload.target.ownerAccount),
    Initiator: ownerOf(upload.target.ownerAccount),
    ...(upload.checksumAlgorithm
      ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType }
      : {}),
    ...(page.length === 0
      ? {}
      : {
          Parts: page.map((part) => ({
            PartNumber: part.number,
            ETag: quoted(part.md5),
            Size: part.size,
            LastModified: wholeSeconds(part.uploadedAtMs),
            ...checksumMembers(part.checksum),
          })),
        }),
  };
};
