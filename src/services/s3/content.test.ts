import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { newContentId, readContent, sealContent, WHOLE, type ContentKeys } from './content.ts';
import type { Part } from './records.ts';

const { between } = draws('s3 content');
const bytes = (size: number) => Buffer.from(Array.from({ length: size }, () => between(0, 255)));

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
async function* once(chunk: Uint8Array) {
  yield chunk;
}

/** Blobs as far as reading needs them. */
function store() {
  const stored = new Map<string, Buffer>();
  const blobs = {
    async *get({ id }: { id: string }, start: number, end: number) {
      yield stored.get(id)!.subarray(start, end);
    },
  };
  return { stored, kernel: { blobs } as unknown as Kernel };
}

describe('the content of an object', () => {
  const kinds: [string, ContentKeys | undefined][] = [
    ['stored before there was encryption', undefined],
    ['under one key', { inner: randomBytes(32) }],
    ['under two', { inner: randomBytes(32), outer: randomBytes(32) }],
  ];
  for (const [kind, keys] of kinds)
    it(`${kind} is read in any range, over the ends of parts and segments`, async () => {
      const { stored, kernel } = store();
      const parts: Part[] = [];
      const contents: Buffer[] = [];
      for (const size of [between(1, 200_000), 0, 65_536, between(1, 100_000)]) {
        const content = bytes(size);
        const id = newContentId();
        stored.set(id, keys ? await collect(sealContent(keys, id, once(content))) : content);
        contents.push(content);
        parts.push({ blob: { id, size: stored.get(id)!.length }, size, md5: '', ...(keys ? { sealedAs: id } : {}) });
      }
      const whole = Buffer.concat(contents);
      const version = { parts, size: whole.length };
      expect((await collect(readContent(kernel, version, keys))).equals(whole)).toBe(true);
      for (let i = 0; i < 40; i++) {
        const [start, end] = [between(0, whole.length), between(0, whole.length)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const got = await collect(readContent(kernel, version, keys, start, end));
        expect(got.equals(whole.subarray(start, end)), `${start}-${end}`).toBe(true);
      }
    });

  it('that was altered on disk is not given out', async () => {
    const { stored, kernel } = store();
    const keys = { inner: randomBytes(32) };
    const content = bytes(between(10, 150_000));
    const sealed = await collect(sealContent(keys, WHOLE, once(content)));
    const part = { blob: { id: 'a', size: sealed.length }, size: content.length, md5: '', sealedAs: WHOLE };
    for (let i = 0; i < 10; i++) {
      const altered = Buffer.from(sealed);
      altered[between(0, altered.length - 1)]! ^= 1 << between(0, 7);
      stored.set('a', altered);
      const reading = collect(readContent(kernel, { parts: [part], size: content.length }, keys));
      await expect(reading).rejects.toThrow('is not what was encrypted');
    }
  });
});
