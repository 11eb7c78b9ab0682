import { createHash, hash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MIB } from './limits.ts';

/**
 * The SHA-256 tree hash: the hashes of the MiBs, joined in pairs, level by level, up to one; a hash without a partner rises as it is.
 * Source: Developer Guide, "Computing Checksums".
 */
const HASH_BYTES = 32;
/** Pairs joined in one turn of the event loop: some 3 ms. */
const TURN_PAIRS = 1024;

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer');

/** Hashes the MiBs of a stream as it passes. */
export class LeafHasher {
  readonly #leaves: Buffer[] = [];
  #leaf: Hash = createHash('sha256');
  #leafBytes = 0;
  #size = 0;

  update(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, MIB - this.#leafBytes);
      this.#leaf.update(taken);
      this.#leafBytes += taken.length;
      this.#size += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#leafBytes === MIB) this.#next();
    }
  }

  /** The leaves, 32 bytes each; nothing has one leaf as well. */
  finish(): { leaves: Buffer; size: number } {
    if (this.#leafBytes > 0 || this.#leaves.length === 0) this.#next();
    return { leaves: Buffer.concat(this.#leaves), size: this.#size };
  }

  #next(): void {
    this.#leaves.push(this.#leaf.digest());
    this.#leaf = createHash('sha256');
    this.#leafBytes = 0;
  }
}

/**
 * The root over `nodes` (32 bytes each, one at least), in hexadecimal. The nodes may be leaves, or roots of subtrees of one size that is a
 * power of two: the last may be smaller.
 */
export async function treeHash(nodes: Uint8Array): Promise<string> {
  let level = nodes;
  let joined = 0;
  while (level.length > HASH_BYTES) {
    const next = Buffer.alloc(Math.ceil(level.length / (2 * HASH_BYTES)) * HASH_BYTES);
    for (let at = 0, to = 0; at < level.length; at += 2 * HASH_BYTES, to += HASH_BYTES) {
      const pair = level.subarray(at, at + 2 * HASH_BYTES);
      next.set(pair.length === HASH_BYTES ? pair : sha256(pair), to);
      if (++joined % TURN_PAIRS === 0) await nextTurn();
    }
    level = next;
  }
  return Buffer.from(level).toString('hex');
}

/**
 * Whether bytes `start` to `end` (exclusive) of an archive of `size` are what one node of its tree stands for.
 * Source: Developer Guide, "Receiving Checksums When Downloading Data".
 */
export function isTreeHashAligned(start: number, end: number, size: number): boolean {
  if (start % MIB !== 0 || (end !== size && end % MIB !== 0) || end <= start || end > size) return false;
  const first = start / MIB;
  const count = Math.ceil((end - start) / MIB);
  let width = 1;
  while (width < count) width *= 2;
  return first % width === 0 && (count === width || end === size);
}

/** The leaves of MiBs `first` to `last` (exclusive). */
export const leavesBetween = (leaves: Uint8Array, first: number, last: number) =>
  leaves.subarray(first * HASH_BYTES, last * HASH_BYTES);
