import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import { decode, encodePng, headerOf } from './codec.ts';
import { drawing } from './drawings.fixture.ts';
import { finished, preparedEdit, type Original } from './editing.ts';
import { createPictures } from './pictures.ts';
import type { Pixels } from './pixels.ts';
import { detect } from './watermark.ts';

const { random, between, chance } = draws('pictures');
const SIDE = 256;

/** A mask of blotches of 16 × 16, black or white, with the places that are black. */
function blotches(): { mask: Pixels; black: (i: number) => boolean } {
  const of = Array.from({ length: (SIDE / 16) ** 2 }, () => chance(0.5));
  const black = (i: number) => of[Math.floor(i / SIDE / 16) * (SIDE / 16) + Math.floor((i % SIDE) / 16)]!;
  const data = new Uint8Array(SIDE * SIDE * 4).fill(255);
  for (let i = 0; i < SIDE * SIDE; i++) if (black(i)) data.fill(0, i * 4, i * 4 + 3);
  return { mask: { width: SIDE, height: SIDE, data }, black };
}
const jpg = (picture: Pixels, quality: number): Uint8Array =>
  jpeg.encode({ ...picture, data: Buffer.from(picture.data) }, quality).data;
const place = (picture: Pixels, i: number) => [...picture.data.subarray(i * 4, i * 4 + 4)];

/** Places at which the pictures differ, by whether they were to change. */
function compared(before: Pixels, after: Pixels, changes: (i: number) => boolean) {
  let [disturbed, changed, toChange] = [0, 0, 0];
  for (let i = 0; i < before.width * before.height; i++) {
    let same = true;
    for (let at = i * 4; at < i * 4 + 4; at++) if (before.data[at] !== after.data[at]) same = false;
    if (changes(i)) toChange += 1;
    if (!same && changes(i)) changed += 1;
    if (!same && !changes(i)) disturbed += 1;
  }
  return { disturbed, changed: changed / toChange };
}

describe('an edit', () => {
  it.each(['black', 'white'] as const)('changes what is %s in the mask, and not one bit elsewhere', async (changes) => {
    const { mask, black } = blotches();
    const toChange = (i: number) => black(i) === (changes === 'black');
    const before = drawing('scene', SIDE, SIDE, random);
    const made = await encodePng(drawing('gradient', SIDE, SIDE, random));
    for (const picture of [await encodePng(before), jpg(before, 80)]) {
      const original: Original = { picture, mask: await encodePng(mask), changes };
      const read = await decode(picture);
      for (const marked of [false, true]) {
        const after = await decode(await finished(made, original, marked));
        const { disturbed, changed } = compared(read, after, toChange);
        expect(disturbed).toBe(0);
        expect(changed).toBeGreaterThan(0.99);
      }
    }
  });

  it('is asked of models as a mask that is transparent where the picture is to change', async () => {
    const { mask, black } = blotches();
    const before = drawing('shapes', SIDE, SIDE, random);
    for (const encoded of [await encodePng(mask), jpg(mask, 100)]) {
      const original: Original = { picture: jpg(before, 90), mask: encoded, changes: 'black' };
      const prepared = await preparedEdit(original);
      expect([headerOf(prepared.picture).format, headerOf(prepared.mask).format]).toEqual(['png', 'png']);
      const sent = await decode(prepared.picture);
      expect(compared(await decode(original.picture), sent, () => false).disturbed).toBe(0);
      const { data } = await decode(prepared.mask);
      let wrong = 0;
      for (let i = 0; i < SIDE * SIDE; i++) if ((data[i * 4 + 3] === 0) !== black(i)) wrong += 1;
      expect(wrong).toBe(0);
    }
  });

  it('lets the original through where a model draws translucently', async () => {
    const flat = (value: number, opacity: number): Pixels => ({
      width: 8,
      height: 8,
      data: Uint8Array.from({ length: 256 }, (_, at) => (at % 4 === 3 ? opacity : value)),
    });
    const original: Original = {
      picture: await encodePng(flat(100, 255)),
      mask: await encodePng(flat(0, 255)),
      changes: 'black',
    };
    const after = await decode(await finished(await encodePng(flat(200, 51)), original, false));
    expect(place(after, 0)).toEqual([120, 120, 120, 255]);
  });

  it('that is marked can be told by the detector', async () => {
    const plain = drawing('gradient', 384, 384, random);
    const data = new Uint8Array(384 * 384 * 4).fill(255);
    for (let y = 40; y < 340; y++)
      for (let x = 60; x < 350; x++) data.fill(0, (y * 384 + x) * 4, (y * 384 + x) * 4 + 3);
    const original: Original = {
      picture: await encodePng(plain),
      mask: await encodePng({ width: 384, height: 384, data }),
      changes: 'black',
    };
    const made = await encodePng(drawing('shapes', 384, 384, random));
    expect(detect(await decode(await finished(made, original, true))).found).toBe(true);
    expect(detect(await decode(await finished(made, original, false))).found).toBe(false);
  });
});

describe('pictures', () => {
  const pictures = createPictures();
  afterAll(() => pictures.close());
  const { signal } = new AbortController();
  const flat = (value: number, width = 64, height = 64, opacity = 255) =>
    encodePng({
      width,
      height,
      data: Uint8Array.from({ length: width * height * 4 }, (_, at) => (at % 4 === 3 ? opacity : value)),
    });

  it.each([
    ['of two sizes', 'size', async () => ({ picture: await flat(9), mask: await flat(0, 64, 65) })],
    ['with a grey mask', 'mask', async () => ({ picture: await flat(9), mask: await flat(between(1, 254)) })],
    ['with nothing to change', 'mask', async () => ({ picture: await flat(9), mask: await flat(255) })],
    [
      'that can be seen through',
      'translucent',
      async () => ({ picture: await flat(9, 64, 64, 254), mask: await flat(0) }),
    ],
    ['with a mask that can', 'translucent', async () => ({ picture: await flat(9), mask: await flat(0, 64, 64, 0) })],
    ['that are none', 'unsupported', async () => ({ picture: Buffer.from('GIF89a'), mask: await flat(0) })],
    ['that are torn', 'corrupt', async () => ({ picture: (await flat(9)).subarray(0, 60), mask: await flat(0) })],
  ])('%s are refused with the reason, out of the thread as well', async (_, code, given) => {
    const original: Original = { ...(await given()), changes: 'black' };
    await expect(preparedEdit(original)).rejects.toMatchObject({ name: 'PictureError', code });
    await expect(pictures.prepareEdit(original, signal)).rejects.toMatchObject({ name: 'PictureError', code });
  });

  it('that a model made in another size than the original’s are refused', async () => {
    const over: Original = { picture: await flat(9), mask: await flat(0), changes: 'black' };
    await expect(pictures.finish(await flat(7, 32, 64), { over, marked: true }, signal)).rejects.toMatchObject({
      code: 'size',
      message: expect.stringContaining('32x64'),
    });
  });

  it('too large to be read are refused by their first bytes', () => {
    const vast = PNG.sync.write(new PNG({ width: 1, height: 1 }));
    vast.writeUInt32BE(100_000, 16);
    vast.writeUInt32BE(100_000, 20);
    expect(() => headerOf(vast)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('are no longer worked on when nobody waits', async () => {
    const left = new AbortController();
    const looking = pictures.detect(await encodePng(drawing('noise', 512, 512, random)), left.signal);
    left.abort(new Error('gone'));
    await expect(looking).rejects.toThrow();
  });
});
