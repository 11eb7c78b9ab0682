import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { collection, type Store } from '../store/store.ts';
import { openBytes, sealBytes } from './aead.ts';

/**
 * The root key: what everything that is secret at rest is sealed under in the end. 32 bytes that are never in the store: given by
 * configuration, or in a file of the data directory that only its owner can read. Whoever has the store (or a copy of it) and not the
 * root key has nothing.
 */
export const ROOT_KEY_BYTES = 32;
const FILE = 'root.key';
/** Readable, writable or executable by anybody but its owner. */
const OTHERS = 0o077;

/** Tells which root key a store was sealed under; from it nothing of the key can be told. */
const checks = collection<Uint8Array>('kernel/root-key-check');

/** The root key cannot be used as it is: the stack does not start. */
export class RootKeyError extends Error {
  override readonly name = 'RootKeyError';
}

/** 32 bytes out of base64 (or base64url) or hexadecimal text; undefined when it is neither, or of another length. */
export function parseRootKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, 'base64');
  return bytes.length === ROOT_KEY_BYTES ? bytes : undefined;
}

export class RootKey {
  readonly #key: KeyObject;

  /** @param bytes 32 */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== ROOT_KEY_BYTES)
      throw new RootKeyError(`a root key has ${ROOT_KEY_BYTES} bytes, not ${bytes.length}`);
    this.#key = createSecretKey(bytes);
  }

  /** Seals bytes for a purpose: an ARN, or what they are. */
  wrap(purpose: string, bytes: Uint8Array): Buffer {
    return sealBytes(this.#key, bytes, purpose);
  }

  /** What `wrap` was given for the same purpose. Throws RootKeyError when it was not wrapped so, or under another root key. */
  unwrap(purpose: string, wrapped: Uint8Array): Buffer {
    const bytes = openBytes(this.#key, wrapped, purpose);
    if (bytes) return bytes;
    throw new RootKeyError(`what is kept for ${purpose} was altered, or sealed under another root key`);
  }

  /** A keyed digest, 32 bytes: by it equal bytes are known again, and nobody without the root key can try guesses against it. */
  mac(purpose: string, bytes: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${purpose}\0`).update(bytes).digest();
  }

  /** Writes into a store under which key it is sealed. Returns false when it stands there that it is another. */
  claim(store: Store): Promise<boolean> {
    const mine = this.mac('root key check', new Uint8Array());
    return store.transact(async (tx) => {
      const standing = await tx.get(checks, ['check']);
      if (standing) return mine.equals(standing);
      tx.put(checks, ['check'], mine);
      return true;
    });
  }
}

/**
 * The root key of a stack: the one given; else one of this process alone when the stack is ephemeral; else that of the file `root.key` in
 * the data directory, made at the first start. Throws RootKeyError when it cannot be used, or is not the one the store is sealed under.
 */
export async function openRootKey(parts: {
  store: Store;
  directory: string;
  ephemeral: boolean;
  /** The store is a server's: others, with files of their own, may have used it. */
  outside: boolean;
  given?: string | undefined;
  log: Logger;
}): Promise<RootKey> {
  const { store, directory, ephemeral, outside, given, log } = parts;
  const file = join(directory, FILE);
  const sealed = (await store.get(checks, ['check'])) !== undefined;
  const key = new RootKey(bytesOf());
  if (await key.claim(store)) return key;
  const message =
    given === undefined
      ? `the store is sealed under another root key than the one in ${file}: what was encrypted there cannot be read here`
      : 'the store is sealed under another root key than the encryption key that was given (OUTCROP_ENCRYPTION_KEY)';
  if (!outside || given !== undefined) throw new RootKeyError(message);
  log.warn({ file }, `${message}; give all processes of a store one OUTCROP_ENCRYPTION_KEY`);
  return key;

  function bytesOf(): Uint8Array {
    if (given !== undefined) {
      const bytes = parseRootKey(given);
      if (!bytes)
        throw new RootKeyError(`an encryption key is ${ROOT_KEY_BYTES} bytes, written in base64 or hexadecimal`);
      return bytes;
    }
    if (ephemeral) return randomBytes(ROOT_KEY_BYTES);
    const standing = readRootKeyFile(file);
    if (standing) return standing;
    if (sealed && !outside)
      throw new RootKeyError(
        `the store in ${directory} is sealed under a root key that is gone: ${file} is not there; put it back, or give the key (OUTCROP_ENCRYPTION_KEY)`,
      );
    makeRootKeyFile(file);
    return readRootKeyFile(file)!;
  }
}

/** The key of a file; undefined when there is none. */
function readRootKeyFile(file: string): Buffer | undefined {
  let text: string;
  let mode: number;
  try {
    mode = statSync(file).mode;
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RootKeyError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  // Windows has no such bits; there the rights of the folder hold.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
    throw new RootKeyError(
      `${file} can be read by others (mode ${(mode & 0o777).toString(8)}); make it yours alone: chmod 600 ${file}`,
    );
  const bytes = parseRootKey(text);
  if (!bytes) throw new RootKeyError(`${file} holds no root key: ${ROOT_KEY_BYTES} bytes in base64 are expected`);
  return bytes;
}

/** Makes the file whole at once: of two processes that start together one makes it, and the other finds it. */
function makeRootKeyFile(file: string): void {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, `${randomBytes(ROOT_KEY_BYTES).toString('base64')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // Unlike a rename, a link never replaces what stands.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  flushFolder(join(file, '..'));
}

/** The name of a file is durable once its folder is; systems that cannot flush a folder keep names by themselves. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
