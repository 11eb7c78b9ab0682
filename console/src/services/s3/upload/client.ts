import { S3Client } from '@aws-sdk/client-s3';
import { clientConfiguration, useSignedIn, type Session } from '../../../aws/session.ts';

type Source = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 by the browser itself, beside the page: the SDK's own is a script that keeps the page from answering while it goes through
 * parts of many megabytes.
 */
class BrowserSha256 {
  readonly #key: Uint8Array<ArrayBuffer> | undefined;
  #chunks: Uint8Array<ArrayBuffer>[] = [];

  constructor(key?: Source) {
    this.#key = key === undefined ? undefined : bytesOf(key);
  }

  update(chunk: Source): void {
    this.#chunks.push(bytesOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    const [first] = this.#chunks;
    const data = this.#chunks.length === 1 ? first! : new Uint8Array(await new Blob(this.#chunks).arrayBuffer());
    if (!this.#key) return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    const key = await crypto.subtle.importKey('raw', this.#key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
  }

  reset(): void {
    this.#chunks = [];
  }
}

function bytesOf(source: Source): Uint8Array<ArrayBuffer> {
  if (typeof source === 'string') return new TextEncoder().encode(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
}

const clients = new WeakMap<Session, S3Client>();

/** A client for much data. Browsers have cryptography on this machine's own addresses and over TLS; elsewhere it is the SDK's. */
export function useUploadClient(): S3Client {
  const session = useSignedIn();
  let client = clients.get(session);
  if (!client) {
    const own = globalThis.isSecureContext ? { sha256: BrowserSha256 } : {};
    clients.set(session, (client = new S3Client({ ...clientConfiguration(session), ...own })));
  }
  return client;
}
