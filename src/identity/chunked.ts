import { createHash } from 'node:crypto';
import { hmacHex, sameText, scopeText } from '../kernel/signing.ts';
import { AuthError, type Authenticated } from './sigv4.ts';

/**
 * `aws-chunked` bodies: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[trailers]\r\n`, each chunk's signature over the one before it.
 * Bytes are passed on as they come; a wrong signature ends the stream with an error before its end, so nothing of it is ever acknowledged.
 */
const LINE_BYTES_MAX = 16 * 1024;
/** AWS SDKs send 64 KiB chunks; a signed chunk is checked only at its end, so its size is bounded. */
const CHUNK_BYTES_MAX = 256 * 1024 * 1024;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** Yields the decoded bytes; fills `trailers` (lower-case names) by the end. */
export async function* decodeChunked(
  source: AsyncIterable<Uint8Array>,
  auth: Authenticated,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  const { payload } = auth;
  if (payload.kind !== 'chunked') throw new TypeError('not a chunked body');
  const reader = new ByteReader(source);
  let previous = auth.signature;
  for (;;) {
    const line = await reader.line();
    const [size = '', ...extensions] = line.split(';');
    if (!/^[0-9a-f]{1,8}$/i.test(size.trim())) throw malformed('chunk size');
    const length = Number.parseInt(size, 16);
    if (length > CHUNK_BYTES_MAX) throw malformed('chunk of that size');
    const hash = payload.signed ? createHash('sha256') : undefined;
    for await (const piece of reader.take(length)) {
      hash?.update(piece);
      yield piece;
    }
    if (hash) {
      const claimed = extensions.map((text) => /^\s*chunk-signature=([0-9a-f]{64})\s*$/.exec(text)?.[1]).find(Boolean);
      previous = check(
        auth,
        `AWS4-HMAC-SHA256-PAYLOAD\n${auth.timestamp}\n${scopeText(auth.scope)}\n${previous}\n${EMPTY_SHA256}\n${hash.digest('hex')}`,
        claimed,
      );
    }
    if (length === 0) break;
    if ((await reader.line()) !== '') throw malformed('end of a chunk');
  }
  await readTrailers(reader, auth, previous, trailers);
}

async function readTrailers(
  reader: ByteReader,
  auth: Authenticated,
  previous: string,
  trailers: Record<string, string>,
): Promise<void> {
  let canonical = '';
  let claimed: string | undefined;
  for (let line = await reader.line(true); line !== ''; line = await reader.line(true)) {
    const at = line.indexOf(':');
    if (at < 1) throw malformed('trailer');
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === 'x-amz-trailer-signature') claimed = value;
    else {
      trailers[name] = value;
      canonical += `${name}:${value}\n`;
    }
  }
  const { payload } = auth;
  if (payload.kind === 'chunked' && payload.signed && payload.trailer) {
    const hash = createHash('sha256').update(canonical).digest('hex');
    check(auth, `AWS4-HMAC-SHA256-TRAILER\n${auth.timestamp}\n${scopeText(auth.scope)}\n${previous}\n${hash}`, claimed);
  }
}

function check(auth: Authenticated, text: string, claimed: string | undefined): string {
  const expected = hmacHex(auth.signingKey, text);
  if (claimed === undefined || !sameText(expected, claimed))
    throw new AuthError(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  return expected;
}

const malformed = (what: string) => new AuthError('bad-payload', `The aws-chunked body is malformed: ${what}`);

class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) {
      this.#ended = true;
      return false;
    }
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return true;
  }

  /** A line without its CRLF; at the end of the source '' when `atEnd`. */
  async line(atEnd = false): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf('\r\n');
      if (at >= 0) {
        const line = this.#held.toString('latin1', 0, at);
        this.#held = this.#held.subarray(at + 2);
        return line;
      }
      if (this.#held.length > LINE_BYTES_MAX) throw malformed('line of that length');
      if (this.#ended || !(await this.#more())) {
        if (atEnd && this.#held.length === 0) return '';
        throw malformed('it ends within a chunk');
      }
    }
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#held.length === 0 && !(await this.#more())) throw malformed('it ends within a chunk');
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}
