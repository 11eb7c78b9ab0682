import { createHash } from 'node:crypto';
import { crc32, crc32c, crc64nvme } from './crc.ts';
import type { ChecksumAlgorithm } from './records.ts';

/** Running digests of content. */
type Running = { update(bytes: Uint8Array): unknown; digest(): Buffer };

export const OPENERS: Record<ChecksumAlgorithm, () => Running> = {
  CRC32: crc32,
  CRC32C: crc32c,
  CRC64NVME: crc64nvme,
  SHA1: () => createHash('sha1'),
  SHA256: () => createHash('sha256'),
  SHA512: () => createHash('sha512'),
  MD5: () => createHash('md5'),
};

export const ALGORITHMS = Object.keys(OPENERS) as ChecksumAlgorithm[];

/** The digests of content: MD5 (the entity tag) and any number of checksums. */
export type Digests = { /** Hex. */ md5: string; /** Base64. */ checksums: Checksums };
export type Checksums = Partial<Record<ChecksumAlgorithm, string>>;

/** Computes digests of a stream while it passes. */
export class Digester {
  readonly #running: [ChecksumAlgorithm, Running][];

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    this.#running = algorithms.map((name) => [name, OPENERS[name]()]);
  }

  update(bytes: Uint8Array): void {
    for (const [, running] of this.#running) running.update(bytes);
  }

  /** Base64. */
  finish(): Checksums {
    return Object.fromEntries(this.#running.map(([name, running]) => [name, running.digest().toString('base64')]));
  }
}

/** What is computed of every content: the MD5 that entity tags are made of, and what is asked for. */
export const withMd5 = (algorithms: Iterable<ChecksumAlgorithm>): ChecksumAlgorithm[] => [
  ...new Set<ChecksumAlgorithm>(['MD5', ...algorithms]),
];

export function digestsOf(checksums: Checksums): Digests {
  return { md5: Buffer.from(checksums.MD5!, 'base64').toString('hex'), checksums };
}
