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
/** The digests of a stream, computed while it passes: MD5 (the ETag) and any number of checksums. */
export type Digests = { /** Hex. */ md5: string; /** Base64. */ checksums: Partial<Record<ChecksumAlgorithm, string>> };

export class Digester {
  readonly #md5 = createHash('md5');
  readonly #running: [ChecksumAlgorithm, Running][];

  constructor(algorithms: Iterable<ChecksumAlgorithm>) {
    this.#running = [...new Set(algorithms)].map((name) => [name, OPENERS[name]()]);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    for (const [, running] of this.#running) running.update(bytes);
  }

  finish(): Digests {
    const checksums = Object.fromEntries(
      this.#running.map(([name, running]) => [name, running.digest().toString('base64')]),
    );
    return { md5: this.#md5.digest('hex'), checksums };
  }
}
