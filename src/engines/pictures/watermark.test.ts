import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import { decode } from './codec.ts';
import { cropped, drawing, DRAWING_KINDS, scaled } from './drawings.fixture.ts';
import type { Pixels } from './pixels.ts';
import { detect, mark } from './watermark.ts';

const { random, between, chance, pick } = draws('watermark engine');

const SIDE = 384;

const plainOf = (kind: (typeof DRAWING_KINDS)[number], side = SIDE) => drawing(kind, side, side, random);
const marked = (plain: Pixels, changed?: Uint8Array): Pixels => {
  const out = { ...plain, data: plain.data.slice() };
  mark(out, changed);
  return out;
};
const compressed = (picture: Pixels, quality: number) =>
  decode(jpeg.encode({ ...picture, data: Buffer.from(picture.data) }, quality).data);
const part = (picture: Pixels, side: number) =>
  cropped(picture, between(0, picture.width - side), between(0, picture.height - side), side, side);

describe('the mark', () => {
  it.each(DRAWING_KINDS)(
    'is found in pictures of the kind %s: as made, after JPEG, and in a part cut out anywhere',
    async (kind) => {
      // The mark goes under in noise and in patterns: it takes a larger picture to be sure of it.
      const side = ['noise', 'stripes', 'bricks'].includes(kind) ? 2 * SIDE : SIDE;
      const picture = marked(plainOf(kind, side));
      expect(detect(picture)).toMatchObject({ found: true, scale: 1 });
      expect(detect(await compressed(picture, 75))).toMatchObject({ found: true, scale: 1 });
      expect(detect(part(picture, Math.round((side * 2) / 3)))).toMatchObject({ found: true, scale: 1 });
    },
  );

  it.each(DRAWING_KINDS)('is not found in pictures of the kind %s that have none', async (kind) => {
    const plain = drawing(kind, 256, 256, random);
    const { score, ...rest } = detect(chance(0.5) ? plain : await compressed(plain, 75));
    expect(rest).toEqual({ found: false, threshold: 7 });
    expect(score).toBeLessThan(7);
  });

  it('is found in pictures that were made smaller or larger, which it tells', async () => {
    for (const scale of [0.5, 0.75, 1.25, 1.5]) {
      // Halved, it goes under in some pictures of stripes, and in small ones of writing.
      const under = scale === 0.5 ? ['noise', 'stripes'] : ['noise'];
      const kind = pick(DRAWING_KINDS.filter((each) => !under.includes(each)));
      const side = scale === 0.5 ? 2 * SIDE : SIDE;
      const found = detect(await compressed(scaled(marked(plainOf(kind, side)), scale), 90));
      expect(found, `${kind} at ${scale}`).toMatchObject({ found: true });
      expect(found.scale).toBeCloseTo(scale, 1);
    }
  });

  it('cannot be seen: it changes brightness alone, by a few grey levels', () => {
    for (const kind of DRAWING_KINDS) {
      const plain = plainOf(kind);
      const { data } = marked(plain);
      let squares = 0;
      let most = 0;
      let opacity = 0;
      for (let i = 0; i < data.length; i++) {
        const away = data[i]! - plain.data[i]!;
        if (i % 4 === 3) opacity += Math.abs(away);
        else squares += away * away;
        most = Math.max(most, Math.abs(away));
      }
      const decibels = 10 * Math.log10((255 * 255) / (squares / (SIDE * SIDE * 3)));
      expect(decibels, kind).toBeGreaterThan(40);
      expect([opacity, most <= 12], kind).toEqual([0, true]);
    }
  });

  it('lies only where pixels may change, and is found there', () => {
    const plain = drawing('scene', 640, 512, random);
    const changed = new Uint8Array(plain.width * plain.height);
    const [left, top] = [between(0, 640 - 300), between(0, 512 - 300)];
    for (let y = top; y < top + 300; y++) changed.fill(1, y * 640 + left, y * 640 + left + 300);
    const picture = marked(plain, changed);
    let [disturbed, moved] = [0, 0];
    for (let at = 0; at < picture.data.length; at++) {
      if (picture.data[at] === plain.data[at]) continue;
      if (changed[at >> 2]) moved += 1;
      else disturbed += 1;
    }
    expect(disturbed).toBe(0);
    expect(moved).toBeGreaterThan(300 * 300);
    const { found, area } = detect(picture);
    expect(found).toBe(true);
    expect(area!.x < left + 300 && area!.x + area!.width > left).toBe(true);
    expect(area!.y < top + 300 && area!.y + area!.height > top).toBe(true);
  });

  it('is looked for in pictures smaller than a tile, and of one colour, without falling over', () => {
    expect(detect(drawing('plain', 1, 1, random)).found).toBe(false);
    expect(detect(drawing('noise', 3, 200, random)).found).toBe(false);
  });
});
