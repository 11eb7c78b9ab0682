import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { send } from '../../../aws/call.ts';
import { factsOf, isMissing } from '../../../aws/failure.ts';
import { recordCall } from '../../../aws/history.ts';
import { getSession } from '../../../aws/session.ts';

/** How one file becomes an object: in one piece, or in parts that are sent at once and can be gone on with. */
const MIB = 2 ** 20;
export const PART = 8 * MIB;
const PARTS_MAX = 10_000;
const PARTS_AT_ONCE = 4;
const TRIES = 3;
const PAUSE_MS = 500;

/** What an upload may be given beside its content. */
export type UploadOptions = Pick<
  PutObjectCommandInput,
  'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId' | 'Tagging' | 'Metadata'
>;

/** The size of parts for a file: 8 MiB, or as much as 10,000 parts need. */
export const partSizeOf = (size: number): number => Math.max(PART, Math.ceil(size / PARTS_MAX / MIB) * MIB);

// One count for all files: a browser sends six requests to a host at once, and the console has others to send.
let free = PARTS_AT_ONCE;
const waiting: (() => void)[] = [];

async function inTurn<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free -= 1;
  try {
    signal.throwIfAborted();
    if (!getSession()) throw new Error('You have signed out.');
    return await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

/** Tries again where no answer came, or one that says the server failed. */
async function persistently<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const { status, name } = factsOf(error);
      const again = status === undefined ? name === 'TypeError' : status >= 500;
      if (!again || attempt === TRIES || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

export type Transfer = {
  client: S3Client;
  bucket: string;
  key: string;
  file: File;
  contentType: string;
  options: UploadOptions;
  /** Of an upload in parts that has begun. */
  uploadId?: string;
  signal: AbortSignal;
  /** It has begun: what it is known by from now on. */
  began: (uploadId: string, partSize: number) => void;
  /** So many bytes of it are with S3. */
  sent: (bytes: number) => void;
  partSize?: number;
};

/** Uploads a file; of an upload that has begun, the parts that are missing. Rejects with S3's error, and parts that were sent stay. */
export async function transfer(given: Transfer): Promise<void> {
  const { client, bucket, key, file, options, contentType, signal } = given;
  if (file.size < PART && given.uploadId === undefined) {
    const input = {
      Bucket: bucket,
      Key: key,
      ContentType: contentType,
      ChecksumAlgorithm: 'SHA256' as const,
      ...options,
    };
    await persistently(signal, () =>
      inTurn(signal, async () =>
        send(client, PutObjectCommand, { ...input, Body: new Uint8Array(await file.arrayBuffer()) }, signal),
      ),
    );
    given.sent(file.size);
    return;
  }
  const partSize = given.partSize ?? partSizeOf(file.size);
  let { uploadId } = given;
  const parts = uploadId === undefined ? new Map<number, CompletedPart>() : await sentParts(given, uploadId, partSize);
  if (uploadId === undefined) {
    const begun = await send(
      client,
      CreateMultipartUploadCommand,
      {
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ChecksumAlgorithm: 'SHA256',
        ...options,
      },
      signal,
    );
    uploadId = begun.UploadId!;
    given.began(uploadId, partSize);
  }
  await sendMissing(given, uploadId, partSize, parts);
  await send(
    client,
    CompleteMultipartUploadCommand,
    {
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts: [...parts.values()].sort((a, b) => a.PartNumber! - b.PartNumber!) },
      MpuObjectSize: file.size,
    },
    signal,
  );
}

async function sendMissing(
  { client, bucket, key, file, signal, sent }: Transfer,
  uploadId: string,
  partSize: number,
  parts: Map<number, CompletedPart>,
): Promise<void> {
  const count = Math.max(1, Math.ceil(file.size / partSize));
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !parts.has(number));
  let bytes = [...parts.keys()].reduce((sum, number) => sum + sizeOfPart(file.size, partSize, number), 0);
  sent(bytes);
  recordCall({
    serviceId: 'S3',
    operation: 'UploadPart',
    input: { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: missing[0] ?? 1, Body: new Uint8Array() },
  });
  // The first part that fails ends the others, and all of them have ended when this returns: an upload that is aborted afterwards gets none.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let first: unknown;
  async function worker(): Promise<void> {
    for (let number = missing.shift(); number !== undefined && !either.aborted; number = missing.shift()) {
      const PartNumber = number;
      const from = (PartNumber - 1) * partSize;
      try {
        const { ETag, ChecksumSHA256 } = await persistently(either, () =>
          inTurn(either, async () => {
            const Body = new Uint8Array(await file.slice(from, from + partSize).arrayBuffer());
            const part = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber, Body };
            return client.send(new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }), {
              abortSignal: either,
            });
          }),
        );
        parts.set(PartNumber, { PartNumber, ETag, ChecksumSHA256 });
        bytes += sizeOfPart(file.size, partSize, PartNumber);
        sent(bytes);
      } catch (error) {
        first ??= error;
        failed.abort();
      }
    }
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, worker));
  if (first !== undefined) throw first;
  signal.throwIfAborted();
}

const sizeOfPart = (size: number, partSize: number, number: number): number =>
  Math.min(partSize, size - (number - 1) * partSize);

/** The parts that S3 has, whole and of this file's sizes. */
async function sentParts(
  { client, bucket, key, file, signal }: Transfer,
  UploadId: string,
  partSize: number,
): Promise<Map<number, CompletedPart>> {
  const parts = new Map<number, CompletedPart>();
  let PartNumberMarker: string | undefined;
  let more: boolean | undefined;
  do {
    const page = await send(client, ListPartsCommand, { Bucket: bucket, Key: key, UploadId, PartNumberMarker }, signal);
    for (const { PartNumber, ETag, Size, ChecksumSHA256 } of page.Parts ?? [])
      if (Size === sizeOfPart(file.size, partSize, PartNumber!))
        parts.set(PartNumber!, { PartNumber, ETag, ChecksumSHA256 });
    PartNumberMarker = page.NextPartNumberMarker;
    more = page.IsTruncated;
  } while (more);
  return parts;
}

/** Gives an upload in parts up, and what was sent of it. One that is gone already is no failure. */
export async function abortUpload(client: S3Client, Bucket: string, Key: string, UploadId: string): Promise<void> {
  try {
    await send(client, AbortMultipartUploadCommand, { Bucket, Key, UploadId });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
