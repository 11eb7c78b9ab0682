import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { decryptContent, encryptContent, sealedSize, SEGMENT_BYTES } from '../src/kernel/keys/content.ts';

/** Content encryption against the bare cipher over the same bytes, in MB/s and as a ratio: `npx tsx bench/keys.ts`. */
const MEGABYTES = 512;
const CHUNK_BYTES = 64 * 1024;
const ROUNDS = 5;
const chunk = randomBytes(CHUNK_BYTES);
const key = randomBytes(32);
const count = Math.ceil((MEGABYTES * 1e6) / CHUNK_BYTES);
const size = count * CHUNK_BYTES;

async function* source() {
  for (let i = 0; i < count; i++) yield chunk;
}

async function bare() {
  const secret = createSecretKey(key);
  let index = 0;
  for await (const piece of source()) {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index++, 7);
    const cipher = createCipheriv('aes-256-gcm', secret, nonce);
    cipher.update(piece);
    cipher.final();
    cipher.getAuthTag();
  }
}

async function encrypt() {
  let bytes = 0;
  for await (const piece of encryptContent(key, source(), 'bench')) bytes += piece.length;
  if (bytes !== sealedSize(size)) throw new Error(`${bytes} bytes came out for ${size}`);
}

async function decrypt() {
  let bytes = 0;
  for await (const piece of decryptContent(key, () => stream(), { size, aad: 'bench' })) bytes += piece.length;
  if (bytes !== size) throw new Error(`${bytes} bytes came back of ${size}`);
}

const sealed: Uint8Array[] = [];
for await (const piece of encryptContent(key, source(), 'bench')) sealed.push(piece);

async function* stream() {
  yield* sealed;
}

const best: Record<string, number> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries({ bare, encrypt, decrypt })) {
    const from = performance.now();
    await work();
    const rate = (MEGABYTES * 1000) / (performance.now() - from);
    best[name] = Math.max(best[name] ?? 0, rate);
  }
}
console.log(`segments of ${SEGMENT_BYTES / 1024} KiB; best of ${ROUNDS} rounds of ${MEGABYTES} MB, one thread`);
for (const [name, rate] of Object.entries(best))
  console.log(
    `${name.padEnd(8)} ${rate.toFixed(0).padStart(6)} MB/s  ${(rate / best['bare']!).toFixed(2)} of bare AES-256-GCM`,
  );
