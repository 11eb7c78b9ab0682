import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { RootKey } from './keys/root-key.ts';
import { collection, type Reader, type Store } from './store/store.ts';

/**
 * Text that only this stack can read back: encoded authorization messages, opaque tokens. AES-256-GCM under a key of its own, which the
 * store has under the root key; what was sealed before a reset is not read after it.
 */
const keys = collection<Uint8Array>('kernel/seal-key');
const PURPOSE = 'seal key';
const WRAPPED = 'wrapped';

/** The kernel, or what of it is needed here. */
export type Sealing = { readonly store: Store; readonly keys: { readonly root: RootKey } };
/** The kernel, or a transaction in the place of its store. */
export type Unsealing = { readonly store: Reader; readonly keys: { readonly root: RootKey } };

async function key({ store, keys: { root } }: Sealing): Promise<Uint8Array> {
  const wrapped =
    (await store.get(keys, [WRAPPED])) ??
    (await store.transact(async (tx) => {
      const known = await tx.get(keys, [WRAPPED]);
      if (known) return known;
      const made = root.wrap(PURPOSE, randomBytes(32));
      tx.put(keys, [WRAPPED], made);
      return made;
    }));
  return root.unwrap(PURPOSE, wrapped);
}

export async function seal(kernel: Sealing, purpose: string, text: string): Promise<string> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await key(kernel), iv).setAAD(Buffer.from(purpose));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The sealed text, or undefined when it was not sealed here for this purpose. */
export async function unseal(kernel: Unsealing, purpose: string, sealed: string): Promise<string | undefined> {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 28) return undefined;
  const wrapped = await kernel.store.get(keys, [WRAPPED]);
  if (!wrapped) return undefined;
  const own = kernel.keys.root.unwrap(PURPOSE, wrapped);
  try {
    const decipher = createDecipheriv('aes-256-gcm', own, bytes.subarray(0, 12))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
