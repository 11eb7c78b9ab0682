import type { Blob } from '../../kernel/blobs/blobs.ts';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import {
  checkClaim,
  checkContentMd5,
  readClaim,
  readContentMd5,
  type ChecksumMembers,
  type Claim,
} from './checksums.ts';
import { sealContent, type ContentKeys } from './content.ts';
import type { Digests } from './digests.ts';
import { openDigester, type AnyDigester } from './digest-threads.ts';
import { entityTooLarge } from './errors.ts';
import { SINGLE_UPLOAD_BYTES_MAX } from './limits.ts';
import type { ChecksumAlgorithm } from './records.ts';

/** The content of one PutObject or UploadPart, stored and proved to be what the client meant to send; nothing refers to it yet. */
export type Received = {
  blob: Blob;
  /** Bytes of the content itself; it lies encrypted in the blob. */
  size: number;
  /** The name that it is encrypted under; absent without keys. */
  sealedAs?: string;
  digests: Digests;
  claim: Claim | undefined;
};

type Upload = ChecksumMembers & {
  Body?: AsyncIterable<Uint8Array> | Uint8Array | string | undefined;
  ContentLength?: number | undefined;
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
};

/**
 * Stores the body, computing its digests while it passes.
 * @param seal the keys that the content is encrypted under, and its name under them; undefined for parts of uploads from before there was
 *   encryption
 * @param keep picks the checksums to compute beside the claimed one
 * Throws EntityTooLarge, BadDigest, InvalidDigest, InvalidRequest and what the body fails with; then nothing is kept.
 */
export async function receive(
  call: Call,
  input: Upload,
  seal: { keys: ContentKeys; id: string } | undefined,
  keep: (claim: Claim | undefined) => ChecksumAlgorithm[],
): Promise<Received> {
  const length = input.ContentLength ?? sizeOf(input.Body);
  if (length !== undefined && length > SINGLE_UPLOAD_BYTES_MAX) throw entityTooLarge(length, SINGLE_UPLOAD_BYTES_MAX);
  const md5 = readContentMd5(input.ContentMD5);
  const claim = readClaim(call, input);
  const digester = openDigester([...(claim ? [claim.algorithm] : []), ...keep(claim)], length);
  const counted = { size: 0 };
  const content = digested(bodyOf(input.Body), digester, counted);
  const stored = seal ? sealContent(seal.keys, seal.id, content) : content;
  const blob = await call.kernel.blobs.put(stored).catch((error: unknown) => {
    digester.drop();
    throw isCutOff(call, error)
      ? new AwsError('IncompleteBody', 'The request body terminated unexpectedly', 400)
      : error;
  });
  let digests: Digests;
  try {
    digests = await digester.finish();
    checkContentMd5(md5, digests);
    checkClaim(call, claim, digests);
  } catch (error) {
    await call.kernel.blobs.discard(blob);
    throw error;
  }
  return { blob, size: counted.size, ...(seal ? { sealedAs: seal.id } : {}), digests, claim };
}

/** Whether the client went away in the middle of its body. */
const isCutOff = (call: Call, error: unknown) =>
  call.signal.aborted || (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ECONNRESET');

async function* digested(
  source: AsyncIterable<Uint8Array>,
  digester: AnyDigester,
  counted: { size: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    counted.size += chunk.length;
    if (counted.size > SINGLE_UPLOAD_BYTES_MAX) throw entityTooLarge(counted.size, SINGLE_UPLOAD_BYTES_MAX);
    const room = digester.update(chunk);
    if (room) await room;
    yield chunk;
  }
}

/** Bytes or text tell their size; a stream does not. */
function sizeOf(body: Upload['Body']): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body === undefined ? 0 : undefined;
}

/** A body from the wire is a stream; other services of the house may hand in bytes or text. */
async function* bodyOf(body: Upload['Body']): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}
