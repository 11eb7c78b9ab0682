import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import { ContentError, contentKey, decryptContent, encryptContent, SEGMENT_BYTES, sealedSize } from './content.ts';

const { random, between } = draws('content');
const bytes = (count: number) => {
  const out = Buffer.alloc(count);
  for (let i = 0; i < count; i++) out[i] = Math.floor(random() * 256);
  return out;
};

/** In pieces of random sizes, in one buffer that is used over and over, as some sources do. */
async function* pieces(content: Uint8Array, max = 100_000): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(max);
  for (let at = 0; at < content.length;) {
    const take = Math.min(between(0, max), content.length - at);
    shared.set(content.subarray(at, at + take));
    yield shared.subarray(0, take);
    at += take;
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const key = randomBytes(32);
const aad = 'bucket/key';
const encrypt = (plain: Uint8Array) => collect(encryptContent(key, pieces(plain), aad));
const decrypt = (
  sealed: Uint8Array,
  of: { size: number; aad?: string; range?: { start: number; end: number }; key?: Uint8Array },
) => collect(decryptContent(of.key ?? key, (start, end) => pieces(sealed.subarray(start, end)), { aad, ...of }));

/** Around the ends of segments, and anywhere. */
const sizes = [
  0,
  1,
  SEGMENT_BYTES - 1,
  SEGMENT_BYTES,
  SEGMENT_BYTES + 1,
  4 * SEGMENT_BYTES,
  9 * SEGMENT_BYTES + between(0, SEGMENT_BYTES),
  between(2, 500_000),
];

describe('encrypted content', () => {
  it('comes back as it was, of any length, however the stream is cut', async () => {
    for (const size of sizes) {
      const plain = bytes(size);
      const sealed = await encrypt(plain);
      expect(sealed.length).toBe(sealedSize(size));
      expect((await decrypt(sealed, { size })).equals(plain)).toBe(true);
      if (size >= 16) expect(sealed.includes(plain.subarray(0, 16))).toBe(false);
    }
  });

  it('is AES-256-GCM by segment, so that its first one can be made by the bare cipher', async () => {
    const plain = bytes(SEGMENT_BYTES + 5);
    const sealed = await encrypt(plain);
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12));
    cipher.setAAD(Buffer.concat([Buffer.alloc(8, 0xff), Buffer.from(aad)]));
    const expected = Buffer.concat([
      cipher.update(plain.subarray(0, SEGMENT_BYTES)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    expect(sealed.subarray(0, expected.length).equals(expected)).toBe(true);
  });

  it('is read in any range, touching only the segments that the range lies in', async () => {
    const size = between(5, 9) * SEGMENT_BYTES + between(0, SEGMENT_BYTES - 1);
    const plain = bytes(size);
    const sealed = await encrypt(plain);
    for (let i = 0; i < 60; i++) {
      const edge = () =>
        random() < 0.3 ? Math.max(0, between(0, 5) * SEGMENT_BYTES + between(-1, 1)) : between(0, size);
      const [start, end] = [edge(), edge()].sort((a, b) => a - b) as [number, number];
      let touched = 0;
      const read = (from: number, to: number) => {
        touched += to - from;
        return pieces(sealed.subarray(from, to));
      };
      const got = await collect(decryptContent(key, read, { size, aad, range: { start, end } }));
      expect(got.equals(plain.subarray(start, end))).toBe(true);
      expect(touched).toBeLessThanOrEqual(
        end - start + 2 * (SEGMENT_BYTES + 16) + 16 * ((end - start) / SEGMENT_BYTES + 1),
      );
    }
  });

  it('throws on a flipped bit in every region of every segment, before a byte of that segment comes out', async () => {
    const size = 2 * SEGMENT_BYTES + between(1, 300);
    const plain = bytes(size);
    const sealed = await encrypt(plain);
    const segment = SEGMENT_BYTES + 16;
    const places = [
      0,
      1,
      SEGMENT_BYTES - 1,
      SEGMENT_BYTES,
      segment - 1,
      segment,
      2 * segment - 1,
      2 * segment,
      sealed.length - 16,
      sealed.length - 1,
    ];
    for (let i = 0; i < 30; i++) places.push(between(0, sealed.length - 1));
    for (const place of places) {
      const altered = Buffer.from(sealed);
      altered[place]! ^= 1 << between(0, 7);
      const out: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of decryptContent(key, (from, to) => pieces(altered.subarray(from, to)), { size, aad }))
          out.push(chunk);
      })();
      await expect(reading).rejects.toThrow(ContentError);
      expect(Buffer.concat(out).equals(plain.subarray(0, Math.floor(place / segment) * SEGMENT_BYTES))).toBe(true);
    }
  });

  it('throws when segments are exchanged, repeated, left out, cut off or added', async () => {
    const size = 4 * SEGMENT_BYTES;
    const plain = bytes(size);
    const sealed = await encrypt(plain);
    const segment = SEGMENT_BYTES + 16;
    const part = (i: number) => sealed.subarray(i * segment, (i + 1) * segment);
    const wrong = {
      exchanged: Buffer.concat([part(1), part(0), part(2), part(3)]),
      repeated: Buffer.concat([part(0), part(1), part(1), part(3)]),
      'left out': Buffer.concat([part(0), part(2), part(3)]),
      'cut short': sealed.subarray(0, between(0, sealed.length - 1)),
      'ended early': Buffer.concat([part(0), part(1), part(2)]),
    };
    for (const [how, altered] of Object.entries(wrong))
      await expect(decrypt(altered, { size }), how).rejects.toThrow(ContentError);
    // The same with a size that fits the altered content.
    await expect(decrypt(wrong['ended early'], { size: 3 * SEGMENT_BYTES })).rejects.toThrow(ContentError);
    await expect(decrypt(sealed, { size: size - 1 })).rejects.toThrow(ContentError);
    await expect(decrypt(sealed, { size: size + 1 })).rejects.toThrow(ContentError);
    const longer = decryptContent(key, () => pieces(Buffer.concat([sealed, part(3)])), { size, aad });
    await expect(collect(longer)).rejects.toThrow('longer');
    await expect(decrypt(Buffer.alloc(16), { size: 0 })).rejects.toThrow(ContentError);
  });

  it('throws under another key or for another text', async () => {
    const plain = bytes(between(0, 1000));
    const sealed = await encrypt(plain);
    await expect(decrypt(sealed, { size: plain.length, aad: 'bucket/other' })).rejects.toThrow(ContentError);
    await expect(decrypt(sealed, { size: plain.length, key: randomBytes(32) })).rejects.toThrow(ContentError);
  });

  it('passes on what its source fails with, and ends its source when the reader stops', async () => {
    const broken = async function* () {
      yield bytes(10);
      throw new Error('the disk is gone');
    };
    await expect(collect(encryptContent(key, broken(), aad))).rejects.toThrow('the disk is gone');
    let ended = false;
    const endless = async function* () {
      try {
        for (;;) yield bytes(1000);
      } finally {
        ended = true;
      }
    };
    for await (const piece of encryptContent(key, endless(), aad)) {
      expect(piece.length).toBeLessThanOrEqual(4 * (SEGMENT_BYTES + 16));
      break;
    }
    expect(ended).toBe(true);
  });

  it('has a key of its own under a data key that serves several contents', () => {
    const made = new Set(['1', '2', '3'].map((id) => createHash('sha256').update(contentKey(key, id)).digest('hex')));
    expect(made.size).toBe(3);
    expect(contentKey(key, '1')).toEqual(contentKey(key, '1'));
    expect(contentKey(key, '1')).toHaveLength(32);
  });
});
