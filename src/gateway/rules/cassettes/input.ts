import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { members } from '../../../protocol/catalog.ts';
import { collect } from '../../body.ts';
import type { Exchange } from '../../exchange.ts';
import { ruleFailed } from '../refusals.ts';
import { parsedBytes, viewOf, type Json } from '../view.ts';
import { removeAt, type Scrubber } from './scrub.ts';

/** Characters of a text, and bytes, that stand in a cassette as they are; of longer ones their hash does. */
const TEXT_MAX = 16 * 1024;
const SHOWN_MAX = 200;
/** What S3's clients add by themselves, each in its own way. */
const S3_INCIDENTAL = /^(Checksum.+|ContentMD5|ContentLength|CRC.+|SHA.+)$/;

/**
 * A call's input as a cassette has it: what tells it from other calls, and nothing that differs from run to run or from client to client.
 * Idempotency tokens are left out, secrets scrubbed, long texts and bytes told by their hash.
 */
export function normalInput(
  exchange: Pick<Exchange, 'operation' | 'service' | 'input'>,
  scrubber: Scrubber,
  ignore: readonly string[],
): Json {
  const { operation, service } = exchange;
  const tokens = new Set(
    members(operation!.input)
      .filter(
        ([name, ns]) =>
          (ns.getMergedTraits() as { idempotencyToken?: 1 }).idempotencyToken ||
          (service!.model.sdk === 's3' && S3_INCIDENTAL.test(name)),
      )
      .map(([name]) => name),
  );
  const kept = Object.fromEntries(Object.entries(exchange.input!).filter(([name]) => !tokens.has(name)));
  let input = shortened(viewOf(kept, bytesView));
  input = scrubber.input(operation!.input, input);
  return removeAt(input, ignore);
}

const hashed = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

function bytesView(bytes: Uint8Array): Json {
  const json = parsedBytes(bytes);
  if (json !== undefined) return json;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= TEXT_MAX) {
    const text = buffer.toString('utf8');
    if (Buffer.from(text).equals(buffer) && !/[\0-\x08\x0e-\x1f]/.test(text)) return text;
  }
  return { bytes: bytes.length, sha256: hashed(buffer) };
}

function shortened(value: Json): Json {
  if (typeof value === 'string')
    return value.length <= TEXT_MAX
      ? value
      : { text: `${value.slice(0, SHOWN_MAX)}…`, characters: value.length, sha256: hashed(value) };
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)]));
}

/** Reads a streamed body into memory, for its hash and to send it on; the operation reads it from there. */
export async function readStreamedBody(exchange: Exchange, rule: string): Promise<void> {
  const { operation } = exchange;
  if (operation!.inputEvents)
    throw ruleFailed(rule, `${operation!.name} is asked in a stream of events, which cassettes do not have`);
  const member = operation!.inputStream;
  const body = member === undefined ? undefined : exchange.input![member];
  if (!(body instanceof Readable)) return;
  exchange.body = await collect(body);
  exchange.input![member!] = exchange.body;
}

/** Gives an operation the stream that it expects. */
export function restoreStream({ operation, input, body }: Exchange): void {
  const member = operation!.inputStream;
  if (member !== undefined && body instanceof Uint8Array && input![member] === body)
    input![member] = Readable.from([body], { objectMode: false });
}

/** JSON with its keys in order. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)
    .join(',')}}`;
}

/** What two calls have in common that are answered alike. */
export function fingerprint(call: string, protocol: string, input: Json): string {
  return hashed(canonical([call, protocol, input]));
}
