import { describe, expect, it } from 'vitest';
import { seeded } from './fixtures.ts';
import { layoutPage } from './layout.ts';
import type { TextRun } from './layout.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`layout: SEED=${seed}`);
const random = seeded(seed);

const run = (text: string, x: number, y: number, size = 11): TextRun => ({
  text,
  x,
  y,
  width: text.length * size * 0.5,
  size,
  angle: 0,
});
const lines = (count: number, words: number): string[] => Array.from({ length: count }, () => random.words(words));
const shuffled = <T>(list: T[]): T[] =>
  list
    .map((item) => ({ item, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

describe('layoutPage', () => {
  it('reads columns of any length one after the other, whatever is above them', () => {
    for (let round = 0; round < 500; round++) {
      const heading = random.words(random.integer(1, 6));
      const [left, right] = [lines(random.integer(3, 20), 4), lines(random.integer(3, 20), 4)];
      const shift = random.integer(0, 13);
      const page = [
        run(heading, 60, 60, 16),
        ...left.map((text, index) => run(text, 60, 92 + 14 * index)),
        ...right.map((text, index) => run(text, 330, 92 + shift + 14 * index)),
      ];
      expect(layoutPage(shuffled(page))).toBe([heading, left.join('\n'), right.join('\n')].join('\n\n'));
    }
  });

  it('keeps the cells of tables in their rows', () => {
    for (let round = 0; round < 200; round++) {
      const columns = random.integer(2, 5);
      const rows = Array.from({ length: random.integer(2, 12) }, () =>
        Array.from({ length: columns }, () => random.word().slice(0, 8)),
      );
      const page = rows.flatMap((row, y) => row.map((text, x) => run(text, 60 + 100 * x, 100 + 16 * y)));
      expect(layoutPage(shuffled(page))).toBe(rows.map((row) => row.join('\t')).join('\n'));
    }
  });

  it('separates paragraphs by their distance', () => {
    for (let round = 0; round < 200; round++) {
      const paragraphs = Array.from({ length: random.integer(1, 5) }, () => lines(random.integer(2, 5), 8));
      let y = 80;
      const page: TextRun[] = [];
      for (const paragraph of paragraphs) {
        for (const text of paragraph) page.push(run(text, 60, (y += 13)));
        y += random.integer(9, 30);
      }
      expect(layoutPage(shuffled(page))).toBe(paragraphs.map((paragraph) => paragraph.join('\n')).join('\n\n'));
    }
  });

  it('gives an empty page no text', () => {
    expect(layoutPage([])).toBe('');
    expect(layoutPage([run(' ', 60, 100)])).toBe('');
  });
});
