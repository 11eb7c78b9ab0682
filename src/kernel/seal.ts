import { randomBytes } from 'node:crypto';
import { openBytes, sealBytes } from './keys/aead.ts';
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

/** Of encoded authorization messages: those about the resources of an account are for that account to read, not for whoever was denied. */
export const authorizationPurpose = (owner: string) => `authorization of ${owner}`;

export async function seal(kernel: Sealing, purpose: string, text: string): Promise<string> {
  return sealBytes(await key(kernel), Buffer.from(text), purpose).toString('base64url');
}

/** The sealed text, or undefined when it was not sealed here for this purpose. */
export async function unseal(kernel: Unsealing, purpose: string, sealed: string): Promise<string | undefined> {
  const wrapped = await kernel.store.get(keys, [WRAPPED]);
  if (!wrapped) return undefined;
  return openBytes(kernel.keys.root.unwrap(PURPOSE, wrapped), Buffer.from(sealed, 'base64url'), purpose)?.toString();
}
