import { Readable } from 'node:stream';
import { EVENT_STREAM } from '../../protocol/codec.ts';
import type { WireResponse } from '../../protocol/message.ts';
import { ruleFailed } from './refusals.ts';

/** Faults of an answer on its way out: a body that ends early, a checksum that is not the body's. */

/** The connection goes with it: the client sees an answer cut short, not a short answer. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
  constructor() {
    super('the answer was cut short by a rule');
  }
}

async function* chunksOf(body: WireResponse['body']): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body as AsyncIterable<Uint8Array>;
}

const streamOf = (chunks: AsyncGenerator<Uint8Array>) => Readable.from(chunks, { objectMode: true, highWaterMark: 1 });

/** Sends so many bytes of the body, under the headers of the whole, and cuts the connection. */
export function truncated(response: WireResponse, bytes: number): WireResponse {
  const { body } = response;
  const length = typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : undefined;
  return {
    ...response,
    headers: {
      ...response.headers,
      ...(length === undefined || response.headers['content-length'] !== undefined
        ? {}
        : { 'content-length': String(length) }),
    },
    body: streamOf(
      (async function* () {
        let left = bytes;
        for await (const chunk of chunksOf(body)) {
          if (chunk.length > left) {
            if (left > 0) yield chunk.subarray(0, left);
            throw new CutShort();
          }
          left -= chunk.length;
          yield chunk;
        }
        throw new CutShort();
      })(),
    ),
  };
}

/** Cuts the connection where a stream of events has ended, if it was ended so. */
export function cutWhere(response: WireResponse, isCut: () => boolean): WireResponse {
  return {
    ...response,
    body: streamOf(
      (async function* () {
        yield* chunksOf(response.body);
        if (isCut()) throw new CutShort();
      })(),
    ),
  };
}

const CHECKSUM_HEADER = /^(x-amz-checksum-(?!type)|x-amz-crc32$|content-md5$|x-amz-sha256-tree-hash$)/;

/** Makes the answer's checksum another's: in its header, or in the first frame of a stream of events. Throws where the answer has none. */
export function wrongChecksum(response: WireResponse, rule: string): WireResponse {
  const headers = { ...response.headers };
  const name = Object.keys(headers).find((each) => CHECKSUM_HEADER.test(each));
  if (name !== undefined) {
    headers[name] = another(headers[name]!);
    return { ...response, headers };
  }
  if (headers['content-type'] !== EVENT_STREAM)
    throw ruleFailed(rule, 'the answer carries no checksum (of S3, ask for one with ChecksumMode: ENABLED)');
  return {
    ...response,
    body: streamOf(
      (async function* () {
        let first = true;
        for await (const chunk of chunksOf(response.body)) {
          if (!first) {
            yield chunk;
            continue;
          }
          first = false;
          const spoilt = Buffer.from(chunk);
          // The last four bytes of a message are the checksum of all before.
          spoilt[spoilt.length - 1]! ^= 0xff;
          yield spoilt;
        }
      })(),
    ),
  };
}

/** Another checksum of the same form: base64, hexadecimal or decimal. */
function another(value: string): string {
  if (/^\d+$/.test(value)) return String((Number(value) ^ 1) >>> 0);
  if (/^[0-9a-f]+$/.test(value)) return (value[0] === '0' ? '1' : '0') + value.slice(1);
  const bytes = Buffer.from(value, 'base64');
  bytes[0]! ^= 0xff;
  return bytes.toString('base64') + /(-\d+)?$/.exec(value)![0];
}
