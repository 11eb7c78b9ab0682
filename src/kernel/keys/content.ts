import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Content encrypted so that any range of it can be read: segments of 64 KiB, each by itself under AES-256-GCM with a tag of 16 bytes behind
 * it. The nonce is the segment's number and whether it is the last, so none can be moved, left out or passed off as the end; the last one
 * is bound to the length of the whole, all are bound to `aad`. Nonces repeat from content to content: a key is used for one content only.
 *
 * Construction: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance").
 */
export const SEGMENT_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;
export const CONTENT_KEY_BYTES = 32;
/** Segments go out so many at a time: each piece costs its receiver a turn. */
const SEGMENTS_A_PIECE = 4;
/** What stands for the length of the whole where it is not known yet. */
const LENGTH_UNKNOWN = 0xffff_ffff_ffff_ffffn;

/** The content was altered, reordered or cut short since it was encrypted, or key, size or `aad` are not its own. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
}

/** Bytes of the encrypted form of content of `plainSize` bytes. Empty content has one segment too: that it is empty is proved. */
export function sealedSize(plainSize: number): number {
  return plainSize + TAG_BYTES * segmentsOf(plainSize);
}

/** The key of one content under a data key that serves several, as the parts of an upload. `id` must not repeat under the data key. */
export function contentKey(dataKey: Uint8Array, id: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', dataKey, '', `content: ${id}`, CONTENT_KEY_BYTES));
}

/**
 * Encrypts a stream as it passes; what is held is bounded by a few segments. The chunks of `source` may be reused once the next is asked for.
 *
 * @param key 32 bytes, for this content alone
 * @param aad what the content must be read back as: decrypting with another text fails
 */
export async function* encryptContent(
  key: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  aad: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const seal = new Sealer(key, aad);
  const segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  let held = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      // Whether a full segment is the last is known only when something follows it.
      if (held === SEGMENT_BYTES) {
        const piece = seal.next(segment, false);
        held = 0;
        if (piece) yield piece;
      }
      if (held === 0) {
        // Whole segments that have something after them need no copy.
        while (chunk.length - at > SEGMENT_BYTES) {
          const piece = seal.next(chunk.subarray(at, at + SEGMENT_BYTES), false);
          at += SEGMENT_BYTES;
          if (piece) yield piece;
        }
      }
      const take = Math.min(SEGMENT_BYTES - held, chunk.length - at);
      segment.set(chunk.subarray(at, at + take), held);
      held += take;
      at += take;
    }
  }
  yield seal.next(segment.subarray(0, held), true)!;
}

/**
 * Decrypts a range of what `encryptContent` made. Nothing comes out that was not proved first. Throws ContentError.
 *
 * @param read the encrypted bytes from `start` (inclusive) to `end` (exclusive)
 * @param of.size bytes of the whole, plain
 * @param of.range of the plain content, `end` exclusive; absent: all of it
 */
export async function* decryptContent(
  key: Uint8Array,
  read: (start: number, end: number) => AsyncIterable<Uint8Array>,
  of: { size: number; aad: string; range?: { start: number; end: number } },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size, aad } = of;
  const start = Math.max(0, of.range?.start ?? 0);
  const end = Math.min(size, of.range?.end ?? size);
  // An empty range of content proves nothing, but all of empty content is proved to be that.
  if (start >= end && !(size === 0 && start === 0)) return;
  const first = Math.floor(start / SEGMENT_BYTES);
  const last = Math.max(first, Math.ceil(end / SEGMENT_BYTES) - 1);
  const until = Math.min((last + 1) * SEALED_SEGMENT_BYTES, sealedSize(size));
  const open = opener(key, aad, size);
  const segment = Buffer.allocUnsafeSlow(SEALED_SEGMENT_BYTES);
  let held = 0;
  let index = first;
  const emit = (sealed: Uint8Array) => {
    const plain = open(index, sealed);
    const offset = index * SEGMENT_BYTES;
    index++;
    return plain.subarray(Math.max(0, start - offset), Math.min(plain.length, end - offset));
  };
  for await (const chunk of read(first * SEALED_SEGMENT_BYTES, until)) {
    for (let at = 0; at < chunk.length;) {
      if (index > last) throw new ContentError('the content is longer than it was when it was encrypted');
      const length = index === last ? until - last * SEALED_SEGMENT_BYTES : SEALED_SEGMENT_BYTES;
      if (held === 0 && chunk.length - at >= length) {
        const plain = emit(chunk.subarray(at, at + length));
        at += length;
        if (plain.length > 0) yield plain;
        continue;
      }
      const take = Math.min(length - held, chunk.length - at);
      segment.set(chunk.subarray(at, at + take), held);
      held += take;
      at += take;
      if (held < length) continue;
      held = 0;
      const plain = emit(segment.subarray(0, length));
      if (plain.length > 0) yield plain;
    }
  }
  if (index <= last) throw new ContentError('the content is cut short');
}

const segmentsOf = (size: number) => Math.max(1, Math.ceil(size / SEGMENT_BYTES));

/** Seven zero bytes, the number of the segment, and 1 for the last. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** What a segment is bound to beside its place: the length of the whole, for the last one, and the text. */
function boundOf(aad: string): { middle: Buffer; last(size: number): Buffer } {
  const text = Buffer.from(aad);
  const of = (length: bigint) => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64BE(length);
    return Buffer.concat([head, text]);
  };
  return { middle: of(LENGTH_UNKNOWN), last: (size) => of(BigInt(size)) };
}

class Sealer {
  readonly #key: KeyObject;
  readonly #bound: ReturnType<typeof boundOf>;
  #pieces: Uint8Array[] = [];
  #index = 0;
  #size = 0;

  constructor(key: Uint8Array, aad: string) {
    this.#key = createSecretKey(key);
    this.#bound = boundOf(aad);
  }

  /** Seals the next segment; returns what is to go out now. */
  next(plain: Uint8Array, isLast: boolean): Uint8Array | undefined {
    this.#size += plain.length;
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#index++, isLast));
    cipher.setAAD(isLast ? this.#bound.last(this.#size) : this.#bound.middle);
    this.#pieces.push(cipher.update(plain));
    cipher.final();
    this.#pieces.push(cipher.getAuthTag());
    if (!isLast && this.#pieces.length < 2 * SEGMENTS_A_PIECE) return undefined;
    const piece = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return piece;
  }
}

function opener(key: Uint8Array, aad: string, size: number): (index: number, sealed: Uint8Array) => Uint8Array {
  const secret = createSecretKey(key);
  const bound = boundOf(aad);
  const lastIndex = segmentsOf(size) - 1;
  return (index, sealed) => {
    const isLast = index === lastIndex;
    const at = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', secret, nonceOf(index, isLast));
    decipher.setAAD(isLast ? bound.last(size) : bound.middle);
    decipher.setAuthTag(sealed.subarray(at));
    const plain = decipher.update(sealed.subarray(0, at));
    try {
      decipher.final();
    } catch (error) {
      throw new ContentError(`segment ${index} of the content is not what was encrypted`, { cause: error });
    }
    return plain;
  };
}
