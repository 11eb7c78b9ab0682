import { randomBytes } from 'node:crypto';
import { ROOT_KEY_BYTES, type RootKey } from './root-key.ts';

/** A data key, and itself encrypted: the one is used and forgotten, the other kept beside what it encrypted. */
export type OwnDataKey = { plaintext: Uint8Array; encrypted: Uint8Array };

/** Encryption at rest for all services. */
export class Keys {
  /** What keys are sealed under that nobody sees. */
  readonly root: RootKey;

  constructor(parts: { root: RootKey }) {
    this.root = parts.root;
  }

  /** A data key under no KMS key: for what AWS encrypts with keys of its own, as S3 with SSE-S3. 32 bytes; opens for `purpose` only. */
  ownDataKey(purpose: string): OwnDataKey {
    const plaintext = randomBytes(ROOT_KEY_BYTES);
    return { plaintext, encrypted: this.root.wrap(`data key: ${purpose}`, plaintext) };
  }

  /** The plaintext of `ownDataKey`. Throws RootKeyError when it was altered or is of another purpose. */
  openOwnDataKey(purpose: string, encrypted: Uint8Array): Uint8Array {
    return this.root.unwrap(`data key: ${purpose}`, encrypted);
  }
}
