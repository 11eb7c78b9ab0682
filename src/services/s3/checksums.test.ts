import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { generator, Ids } from '../../kernel/ids.ts';
import { combine, crc32, crc32c, crc64nvme, type Crc, type CrcName } from './crc.ts';
import { openDigester } from './digest-threads.ts';
import { Digester } from './digests.ts';

const seed = testSeed('s3 checksums');
const ids = new Ids(seed);
const random = generator(seed);
const below = (max: number) => Math.floor(random() * max);
const checks: Record<CrcName, () => Crc> = { CRC32: crc32, CRC32C: crc32c, CRC64NVME: crc64nvme };

function digest(open: () => Crc, ...pieces: Uint8Array[]): string {
  const crc = open();
  for (const piece of pieces) crc.update(piece);
  return crc.digest().toString('hex');
}

/** Bit by bit, from the definition. Polynomials are reflected. */
function slow(poly: bigint, width: bigint, bytes: Uint8Array): string {
  const ones = (1n << width) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = crc & 1n ? (crc >> 1n) ^ poly : crc >> 1n;
  }
  return (crc ^ ones).toString(16).padStart(Number(width / 4n), '0');
}

describe('cyclic redundancy checks', () => {
  it('have the published values for the digits 1 to 9', () => {
    const digits = Buffer.from('123456789');
    // Source: the catalogue of parametrised CRC algorithms, "check".
    expect(digest(crc32, digits)).toBe('cbf43926');
    expect(digest(crc32c, digits)).toBe('e3069283');
    expect(digest(crc64nvme, digits)).toBe('ae8b14860a799888');
    expect(digest(crc64nvme)).toBe('0000000000000000');
  });

  it('equal the definition for any bytes, in whatever pieces they come', () => {
    for (let round = 0; round < 40; round++) {
      const bytes = ids.bytes(below(400));
      const at = below(bytes.length + 1);
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(digest(crc32, ...pieces)).toBe(slow(0xedb88320n, 32n, bytes));
      expect(digest(crc32c, ...pieces)).toBe(slow(0x82f63b78n, 32n, bytes));
      expect(digest(crc64nvme, ...pieces)).toBe(slow(0x9a6c9329ac4bc9b5n, 64n, bytes));
    }
  });

  it('run side by side without disturbing each other', () => {
    const [a, b] = [ids.bytes(200_000), ids.bytes(150_000)];
    const first = crc64nvme();
    const second = crc64nvme();
    for (let at = 0; at < a.length; at += 70_001) {
      first.update(a.subarray(at, at + 70_001));
      second.update(b.subarray(at, at + 70_001));
    }
    expect([first.digest().toString('hex'), second.digest().toString('hex')]).toEqual([
      digest(crc64nvme, a),
      digest(crc64nvme, b),
    ]);
  });

  it('of parts give that of the whole', async () => {
    for (const [name, open] of Object.entries(checks) as [CrcName, () => Crc][]) {
      const parts = Array.from({ length: 1 + below(8) }, () => ids.bytes(below(3000)));
      const whole = await combine(
        name,
        parts.map((part) => ({ digest: Buffer.from(digest(open, part), 'hex'), length: part.length })),
      );
      expect(whole.toString('hex')).toBe(digest(open, ...parts));
    }
  });
});

describe('a digester', () => {
  it('of large content in a thread says what one on the spot says, for many streams at once', async () => {
    const run = async (size: number, threads: number) => {
      const bytes = ids.bytes(size);
      const here = new Digester(['MD5', 'CRC64NVME', 'SHA256']);
      here.update(bytes);
      const there = openDigester(['CRC64NVME', 'SHA256'], undefined, threads);
      for (let at = 0; at < size;) {
        const length = 1 + below(900_000);
        const room = there.update(bytes.subarray(at, at + length));
        if (room) await room;
        at += length;
      }
      const md5 = createHash('md5').update(bytes).digest('hex');
      expect(await there.finish()).toEqual({ md5, checksums: here.finish() });
    };
    const sizes = [0, 1, 511 * 1024, 512 * 1024, 3_000_000, 5_000_001];
    for (const threads of [1, 3]) await Promise.all(sizes.map((size) => run(size, threads)));
  });

  it('that is given up leaves the others at work', async () => {
    const bytes = ids.bytes(1_500_000);
    const dropped = openDigester(['CRC32'], undefined);
    const kept = openDigester(['CRC32'], undefined);
    for (const one of [dropped, kept]) await one.update(bytes);
    dropped.drop();
    expect((await kept.finish()).md5).toBe(createHash('md5').update(bytes).digest('hex'));
  });
});
