import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { collection, type Store } from './store/store.ts';

/** Text that only this stack can read back: encoded authorization messages, opaque tokens. AES-256-GCM under a key kept in the store. */
const keys = collection<Uint8Array>('kernel/seal-key');

async function key(store: Store): Promise<Uint8Array> {
  return (
    (await store.get(keys, ['key'])) ??
    store.transact(async (tx) => {
      const known = await tx.get(keys, ['key']);
      if (known) return known;
      const made = randomBytes(32);
      tx.put(keys, ['key'], made);
      return made;
    })
  );
}

export async function seal(store: Store, purpose: string, text: string): Promise<string> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await key(store), iv).setAAD(Buffer.from(purpose));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The sealed text, or undefined when it was not sealed here for this purpose. */
export async function unseal(store: Store, purpose: string, sealed: string): Promise<string | undefined> {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', await key(store), bytes.subarray(0, 12))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
