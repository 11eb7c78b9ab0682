import { types } from 'node:util';

/**
 * A call's input as JSON, for conditions, templates and cassettes: times as ISO 8601, bytes as the JSON that they are, else as base64,
 * streams left out. Bounded in depth and size, since anyone may send anything.
 */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const DEPTH_MAX = 64;
/** Values of one view; what is beyond is left out. */
const VALUES_MAX = 200_000;
/** Bytes that are looked at for JSON. */
const JSON_BYTES_MAX = 25 * 1024 * 1024;

export type BytesView = (bytes: Uint8Array) => Json | undefined;

/** Bytes that are a JSON object or array as that, other bytes as base64. */
export const bytesAsJson: BytesView = (bytes) =>
  parsedBytes(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** The JSON object or array that bytes are; undefined when they are none. */
export function parsedBytes(bytes: Uint8Array): Json | undefined {
  const first = bytes[0];
  if (bytes.length > JSON_BYTES_MAX || (first !== 0x7b && first !== 0x5b && first !== 0x20 && first !== 0x0a))
    return undefined;
  try {
    const value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Json;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function viewOf(value: unknown, bytes: BytesView = bytesAsJson): Json {
  return view(value, bytes, 0, { count: VALUES_MAX }) ?? null;
}

function view(value: unknown, bytes: BytesView, depth: number, left: { count: number }): Json | undefined {
  if (value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || depth > DEPTH_MAX || left.count-- <= 0) return undefined;
  if (Array.isArray(value)) return value.map((item) => view(item, bytes, depth + 1, left) ?? null);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Uint8Array) return bytes(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    // The SDK's LazyJsonString and NumericValue.
    if (types.isStringObject(value)) return String(value);
    if ('string' in value && 'type' in value && value.type === 'bigDecimal') return String(value.string);
    if (Symbol.asyncIterator in value) return undefined;
  }
  const out: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const seen = view((value as Record<string, unknown>)[key], bytes, depth + 1, left);
    if (seen === undefined) continue;
    // `__proto__` may be a key of JSON.
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: seen, enumerable: true, configurable: true, writable: true });
    else out[key] = seen;
  }
  return out;
}
