import { hkdfSync } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { openBytes, sealBytes } from '../../kernel/keys/aead.ts';

/**
 * What Encrypt makes under a symmetric key. AWS's format is opaque; ours is
 *
 *     1 version · 1 kind of key id (0 UUID, 1 multi-region) · 6 account · 16 key id · 32 material id · 16 salt · 12 nonce · 16 tag · ciphertext
 *
 * The bytes are under a key of their own: HKDF-SHA-256 of the key material with the salt, so that a KMS key may encrypt without end. All before the
 * nonce, and the encryption context, sorted, are bound to them (AES-256-GCM's additional data).
 */
const VERSION = 1;
const HEADER_BYTES = 1 + 1 + 6 + 16 + 32;
const SALT_BYTES = 16;
const BOUND_BYTES = HEADER_BYTES + SALT_BYTES;

/** Which material of which key encrypted. */
export type Sealer = { account: string; keyId: string; materialId: string };

export type EncryptionContext = Record<string, string>;

export function sealText(by: Sealer, secret: Uint8Array, plain: Uint8Array, context: EncryptionContext = {}): Buffer {
  const bound = Buffer.concat([header(by), randomBytes(SALT_BYTES)]);
  return Buffer.concat([bound, sealBytes(keyOf(secret, bound), plain, boundTo(bound, context))]);
}

/** The plaintext; undefined when secret or context are others than it was encrypted with, or a bit was altered. */
export function openText(secret: Uint8Array, blob: Uint8Array, context: EncryptionContext = {}): Buffer | undefined {
  const bound = Buffer.from(blob.subarray(0, BOUND_BYTES));
  return openBytes(keyOf(secret, bound), blob.subarray(BOUND_BYTES), boundTo(bound, context));
}

/** Who encrypted a blob, as it says itself; undefined when it is no blob of ours. */
export function readSealer(blob: Uint8Array): Sealer | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length);
  if (bytes.length < BOUND_BYTES || bytes[0] !== VERSION || bytes[1]! > 1) return undefined;
  const hex = bytes.toString('hex', 8, 24);
  const keyId =
    bytes[1] === 1
      ? `mrk-${hex}`
      : `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return {
    account: bytes.readUIntBE(2, 6).toString().padStart(12, '0'),
    keyId,
    materialId: bytes.toString('hex', 24, HEADER_BYTES),
  };
}

function header({ account, keyId, materialId }: Sealer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = VERSION;
  head[1] = keyId.startsWith('mrk-') ? 1 : 0;
  head.writeUIntBE(Number(account), 2, 6);
  const id = Buffer.from(keyId.replace('mrk-', '').replaceAll('-', ''), 'hex');
  return Buffer.concat([head, id, Buffer.from(materialId, 'hex')]);
}

const keyOf = (secret: Uint8Array, bound: Buffer) =>
  new Uint8Array(hkdfSync('sha256', secret, bound.subarray(HEADER_BYTES), 'kms ciphertext', 32));

/** The header, and the context in the order of its keys' bytes; lengths go before texts, so that no two contexts read alike. */
function boundTo(bound: Buffer, context: EncryptionContext): Buffer {
  const parts: Buffer[] = [bound];
  for (const text of Object.entries(context)
    .map(([key, value]) => [Buffer.from(key), Buffer.from(value)] as const)
    .sort(([a], [b]) => a.compare(b))
    .flat()) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    parts.push(length, text);
  }
  return Buffer.concat(parts);
}
