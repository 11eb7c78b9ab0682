/**
 * Keys are tuples of strings and numbers, encoded so that bytewise order is tuple order:
 * strings by their UTF-8 bytes (the order S3 lists in), numbers by value, a shorter tuple before its extensions.
 */
export type KeyPart = string | number;
export type Key = readonly KeyPart[];

const STRING = 0x02;
const NUMBER = 0x05;
const TERMINATOR = 0x00;
const ESCAPE = 0xff;

/** LMDB's own limit is 1,978 bytes; an S3 key has at most 1,024. */
export const KEY_BYTES_MAX = 1950;

function encodeString(text: string, terminated: boolean): Buffer {
  const raw = Buffer.from(text, 'utf8');
  if (!raw.includes(0))
    return terminated
      ? Buffer.concat([Buffer.of(STRING), raw, Buffer.of(TERMINATOR)])
      : Buffer.concat([Buffer.of(STRING), raw]);
  const out: number[] = [STRING];
  for (const byte of raw) {
    out.push(byte);
    if (byte === 0) out.push(ESCAPE);
  }
  if (terminated) out.push(TERMINATOR);
  return Buffer.from(out);
}

function encodeNumber(value: number): Buffer {
  const out = Buffer.alloc(9);
  out[0] = NUMBER;
  out.writeDoubleBE(value, 1);
  // IEEE doubles sort bytewise once the sign bit is flipped (positive) or all bits are (negative).
  if (out[1]! & 0x80) for (let i = 1; i < 9; i++) out[i] = ~out[i]! & 0xff;
  else out[1] = out[1]! ^ 0x80;
  return out;
}

/** Encodes a tuple. Throws RangeError when the encoding is longer than `KEY_BYTES_MAX`. */
export function encodeKey(key: Key): Buffer {
  const bytes = Buffer.concat(
    key.map((part) => (typeof part === 'string' ? encodeString(part, true) : encodeNumber(part))),
  );
  if (bytes.length > KEY_BYTES_MAX) throw new RangeError(`key of ${bytes.length} bytes; ${KEY_BYTES_MAX} at most`);
  return bytes;
}

/** The encoding of all keys whose first parts are `key` and whose next part is a string that starts with `text`. */
export function encodePartial(key: Key, text: string): Buffer {
  return Buffer.concat([encodeKey(key), encodeString(text, false)]);
}

/** The least byte string greater than every string that starts with `prefix`. */
export function afterPrefix(prefix: Uint8Array): Buffer {
  const out = Buffer.from(prefix);
  for (let i = out.length - 1; i >= 0; i--) {
    if (out[i]! < 0xff) {
      out[i] = out[i]! + 1;
      return out.subarray(0, i + 1);
    }
  }
  return Buffer.of(0xff, 0xff);
}

/**
 * The least byte string greater than every key whose first parts are the encoded tuple. The next part begins with its kind; the escape
 * byte in its place belongs to a string that goes on with a NUL, which is another tuple.
 */
export function afterTuple(tuple: Uint8Array): Buffer {
  return Buffer.concat([tuple, Buffer.of(ESCAPE)]);
}

export function decodeKey(bytes: Uint8Array): KeyPart[] {
  const parts: KeyPart[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at++];
    if (kind === NUMBER) {
      const raw = Buffer.from(bytes.subarray(at, at + 8));
      if (raw[0]! & 0x80) raw[0] = raw[0]! ^ 0x80;
      else for (let i = 0; i < 8; i++) raw[i] = ~raw[i]! & 0xff;
      parts.push(raw.readDoubleBE(0));
      at += 8;
    } else if (kind === STRING) {
      const out: number[] = [];
      for (;;) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error('malformed key: unterminated string');
        if (byte === TERMINATOR) {
          if (bytes[at] !== ESCAPE) break;
          at++;
        }
        out.push(byte);
      }
      parts.push(Buffer.from(out).toString('utf8'));
    } else throw new Error(`malformed key: part of kind ${kind}`);
  }
  return parts;
}
