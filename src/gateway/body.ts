import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AwsError } from '../kernel/errors.ts';
import { decodeChunked } from '../identity/chunked.ts';
import { AuthError } from '../identity/sigv4.ts';
import type { Exchange } from './exchange.ts';

/** Largest body that is read into memory; streams (S3 objects) are not bounded by it. Bedrock takes 25 MB, Lambda 6 MB. */
export const BODY_BYTES_MAX = 64 * 1024 * 1024;

export function tooLarge(max = BODY_BYTES_MAX): AwsError {
  return new AwsError('RequestEntityTooLarge', `The request body is larger than ${max} bytes`, 413);
}

/** Reads a stream whole, within the bound. */
export async function collect(source: AsyncIterable<Uint8Array>, max = BODY_BYTES_MAX): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > max) throw tooLarge(max);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Reads what comes out of decompression whole, within the bound. */
export async function collectInflated(body: Readable): Promise<Uint8Array> {
  try {
    return await collect(body);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw new AwsError('SerializationException', 'The request body cannot be decompressed', 400);
    throw error;
  }
}

/** The raw body, read once. */
export async function readBytes(exchange: Exchange): Promise<Uint8Array> {
  exchange.bytes ??=
    Number(exchange.request.headers['content-length'] ?? 0) > BODY_BYTES_MAX
      ? reject(tooLarge())
      : await collect(exchange.source);
  return exchange.bytes;
}

function reject(error: Error): never {
  throw error;
}

/** The body as the operation sees it: unframed, uncompressed, its hash checked by the time it ends. */
export function openBody(exchange: Exchange, options: { decompress: boolean }): Readable {
  const { request, auth } = exchange;
  let stream: Readable = exchange.bytes ? Readable.from([exchange.bytes]) : exchange.source;
  exchange.trailers.declared = listOf(request.headers['x-amz-trailer']);
  const encodings = listOf(request.headers['content-encoding']);
  if (auth?.payload.kind === 'chunked') {
    stream = Readable.from(decodeChunked(stream, auth, exchange.trailers.values), {
      objectMode: false,
      highWaterMark: 1024 * 1024,
    });
    const rest = encodings.filter((name) => name !== 'aws-chunked');
    if (rest.length > 0) request.headers['content-encoding'] = rest.join(',');
    else delete request.headers['content-encoding'];
    const length = request.headers['x-amz-decoded-content-length'];
    if (length !== undefined) {
      stream = piped(stream, exactLength(Number(length)));
      request.headers['content-length'] = length;
    } else delete request.headers['content-length'];
  } else if (auth?.payload.kind === 'hash') stream = piped(stream, hashed(auth.payload.sha256));
  return options.decompress ? inflated(stream, request.headers['content-encoding']) : stream;
}

/**
 * Lets go of a body that its operation has not read to the end. What the client still sends is then read to nowhere; else it would stay in the
 * connection, and the next request on it would never be seen.
 */
export async function leaveBody({ body }: Exchange): Promise<void> {
  // Only what `piped` made: its source reads on by itself, where another would take the connection with it.
  if (!(body instanceof Transform) || body.readableEnded || body.closed) return;
  await new Promise<void>((resolve) => {
    body.once('close', resolve);
    body.destroy();
  });
}

/** A body without its content encodings; the caller bounds what comes out. */
export function inflated(source: Readable, contentEncoding: string | undefined): Readable {
  let stream = source;
  for (const encoding of listOf(contentEncoding).toReversed()) {
    if (encoding === 'aws-chunked' || encoding === 'identity') continue;
    const inflate = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }[
      encoding
    ];
    if (!inflate) throw new AwsError('UnsupportedMediaType', `Content-Encoding ${encoding} is not supported`, 415);
    stream = piped(stream, inflate());
  }
  return stream;
}

/** The members of a comma-separated header, in lower case. */
function listOf(header: string | undefined): string[] {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** Like `pipe`, with errors passed on. */
function piped(source: Readable, through: Transform | ReturnType<typeof createGunzip>): Readable {
  source.on('error', (error) => through.destroy(error));
  through.on('close', () => {
    if (!source.readableEnded) source.unpipe(through).resume();
  });
  return source.pipe(through);
}

function hashed(expected: string): Transform {
  const hash = createHash('sha256');
  return new Transform({
    highWaterMark: 1024 * 1024,
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const actual = hash.digest('hex');
      done(actual === expected ? null : new ContentMismatch(expected, actual));
    },
  });
}

/** The body is not the one whose hash was signed. */
export class ContentMismatch extends AwsError {
  constructor(claimed: string, actual: string) {
    super(
      'XAmzContentSHA256Mismatch',
      `The provided 'x-amz-content-sha256' header does not match what was computed.`,
      400,
      { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: actual },
    );
  }
}

function exactLength(expected: number): Transform {
  let size = 0;
  return new Transform({
    highWaterMark: 1024 * 1024,
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.length;
      done(size > expected ? incomplete() : null, chunk);
    },
    flush(done) {
      done(size === expected ? null : incomplete());
    },
  });
}

const incomplete = () =>
  new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
    400,
  );

/** Fails like a wrong signature: for services whose body hash is in a header but not the body's. */
export function checkHash(bytes: Uint8Array, expected: string): void {
  if (createHash('sha256').update(bytes).digest('hex') !== expected) {
    throw new AuthError(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
}
