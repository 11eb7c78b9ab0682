import { Readable } from 'node:stream';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Principal } from '../../../kernel/principals/principal.ts';
import type { BlobStream } from '../../../kernel/service.ts';
import { invalid } from '../errors.ts';
import { SERVICE } from './role.ts';

/** S3 as a job's role sees it. */
export type Bucket = {
  kernel: Kernel;
  principal: Principal;
  region: string;
  bucket: string;
  /** Who must own it. */
  owner?: string | undefined;
  signal: AbortSignal;
};
export type S3File = { key: string; size: number; etag: string };

const URI = /^s3:\/\/([a-z0-9][-.a-z0-9]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** `s3://bucket/some/prefix` → its parts. Throws ValidationException. */
export function readS3Uri(uri: string, where: string): { bucket: string; key: string } {
  const [, bucket, key = ''] = URI.exec(uri) ?? [];
  if (bucket === undefined) throw invalid(`The S3 URI ${uri} of ${where} is invalid.`);
  return { bucket, key };
}

/** `prefix/` + `name`, whether or not the prefix ends with a slash. */
export const joinKey = (prefix: string, name: string) =>
  prefix === '' ? name : `${prefix.replace(/\/$/, '')}/${name}`;

function send<O>(
  { kernel, principal, region, bucket, owner, signal }: Bucket,
  operation: string,
  input: object,
): Promise<O> {
  return kernel.calls.send<O>({
    service: 's3',
    operation,
    input: { Bucket: bucket, ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }), ...input },
    principal,
    region,
    invokedBy: SERVICE,
    signal,
  });
}

/** All objects under a prefix, in order. */
export async function* filesUnder(bucket: Bucket, prefix: string): AsyncGenerator<S3File> {
  for (let token: string | undefined; ;) {
    const answer = await send<{
      Contents?: { Key?: string; Size?: number; ETag?: string }[];
      NextContinuationToken?: string;
    }>(bucket, 'ListObjectsV2', { Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) });
    for (const { Key, Size, ETag } of answer.Contents ?? []) yield { key: Key!, size: Size!, etag: ETag! };
    token = answer.NextContinuationToken;
    if (token === undefined) return;
  }
}

/** One object's facts; rejects with S3's error. */
export async function fileAt(bucket: Bucket, key: string): Promise<S3File> {
  const { ContentLength, ETag } = await send<{ ContentLength?: number; ETag?: string }>(bucket, 'HeadObject', {
    Key: key,
  });
  return { key, size: ContentLength!, etag: ETag! };
}

/** An object's bytes as they are read. With `etag`: of that version only, so that a file that changes under a job fails it. */
export async function* readFile(
  bucket: Bucket,
  { key, etag }: Pick<S3File, 'key'> & { etag?: string },
): AsyncGenerator<Buffer> {
  const { Body } = await send<{ Body?: BlobStream }>(bucket, 'GetObject', {
    Key: key,
    ...(etag === undefined ? {} : { IfMatch: etag }),
  });
  if (Body === undefined) return;
  if (typeof Body === 'string' || Body instanceof Uint8Array) yield Buffer.from(Body as Uint8Array);
  else for await (const chunk of Body) yield Buffer.from(chunk as Uint8Array);
}

export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/** A text file line by line, numbered from 1; blank lines are counted and left out. Throws LineTooLongError. */
export async function* linesOf(
  source: AsyncIterable<Buffer>,
  bytesMax: number,
): AsyncGenerator<{ number: number; text: string }> {
  let held: Buffer[] = [];
  let size = 0;
  let number = 0;
  const take = () => {
    const text = Buffer.concat(held).toString('utf8').replace(/\r$/, '');
    held = [];
    size = 0;
    return { number: ++number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
  };
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      held.push(chunk.subarray(from, at));
      from = at + 1;
      const line = take();
      if (line.text.trim() !== '') yield line;
    }
    const rest = chunk.subarray(from);
    held.push(rest);
    size += rest.length;
    if (size > bytesMax) throw new LineTooLongError(`Line ${number + 1} is longer than ${bytesMax} bytes.`);
  }
  const last = take();
  if (last.text.trim() !== '') yield last;
}

/** Writes an object, under a KMS key where one is named. */
export async function writeFile(
  bucket: Bucket,
  key: string,
  body: Uint8Array | { stream: AsyncIterable<Uint8Array>; size: number },
  { contentType, kmsKeyId }: { contentType: string; kmsKeyId?: string | undefined },
): Promise<void> {
  const isWhole = body instanceof Uint8Array;
  await send(bucket, 'PutObject', {
    Key: key,
    Body: isWhole ? body : Readable.from(body.stream, { objectMode: false }),
    ContentLength: isWhole ? body.length : body.size,
    ContentType: contentType,
    ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
  });
}
