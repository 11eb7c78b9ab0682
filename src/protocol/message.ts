import type { Readable } from 'node:stream';

/** An HTTP request as it came: nothing decoded but the header names, which are lower-case. */
export type WireRequest = {
  method: string;
  /** Percent-encoded, as sent; no query. */
  rawPath: string;
  /** As sent, without `?`. */
  rawQuery: string;
  headers: Record<string, string>;
  /** Authority asked for: the Host header, or `:authority`. */
  host: string;
};

/** What goes back: a body in one piece, or a stream of pieces that are each sent at once. */
export type WireResponse = {
  status: number;
  headers: Record<string, string>;
  body?: Uint8Array | string | Readable | AsyncIterable<Uint8Array>;
  /** The connection is reset: nothing of this is sent. */
  reset?: true;
};

/** Decoded query parameters; a parameter without `=` has the value ''. A bare `+` is a plus sign in S3 keys only, a space elsewhere. */
export function parseQuery(raw: string): [string, string][] {
  if (raw === '') return [];
  return raw.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const decode = (text: string) => safeDecode(text.replaceAll('+', ' '));
    return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
}

/** Percent-decodes; malformed sequences stay as they are. */
export function safeDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The request cannot be read; the gateway answers 400 with the service's name for it. */
export class SerializationError extends Error {
  override readonly name = 'SerializationException';
}
