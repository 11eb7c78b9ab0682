import { describe, expect, it } from 'vitest';
import { Ids } from './ids.ts';

const DIGITS = '0123456789';

describe('ids', () => {
  it('repeat under a seed and differ under another', () => {
    const made = (seed: string) => {
      const ids = new Ids(seed);
      return [ids.uuid(), ids.text(20), ids.hex(7), ids.random(), ids.bytes(5).toString('hex'), ids.sortable(5)];
    };
    const seed = String(Math.random());
    expect(made(seed)).toEqual(made(seed));
    expect(made(seed)).not.toEqual(made(`${seed}!`));
    expect(new Ids(seed).seeded).toBe(true);
  });

  it('without a seed never repeat', () => {
    const all = new Set(Array.from({ length: 1_000 }, () => new Ids().uuid()));
    expect(all.size).toBe(1_000);
    expect(new Ids().seeded).toBe(false);
  });

  it('are UUIDs of version 4 and variant 1', () => {
    const ids = new Ids();
    for (let i = 0; i < 100; i++)
      expect(ids.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  for (const [how, ids] of [
    ['from the system', new Ids()],
    ['from a seed', new Ids(7)],
  ] as const) {
    it(`draw every character of an alphabet equally often (${how})`, () => {
      // 200 characters: 256 is no multiple of it, so a plain modulo would favour the first 56 by a factor of two.
      const alphabet = String.fromCodePoint(...Array.from({ length: 200 }, (_, i) => 0x100 + i));
      const draws = 200_000;
      const counts = new Map<string, number>();
      for (const char of ids.text(draws, alphabet)) counts.set(char, (counts.get(char) ?? 0) + 1);
      expect(counts.size).toBe(200);
      const expected = draws / 200;
      const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // 199 degrees of freedom: mean 199, standard deviation 20; eight deviations.
      expect(chi2).toBeLessThan(360);
    });
  }

  it('have the length asked for', () => {
    const ids = new Ids();
    for (const length of [0, 1, 7, 64, 1_001]) {
      expect(ids.text(length, DIGITS)).toHaveLength(length);
      expect(ids.hex(length)).toHaveLength(length);
    }
    expect(() => ids.text(3, '')).toThrow(RangeError);
  });

  it('sort by time, then by order of making, also while the clock stands still or is set back', () => {
    const ids = new Ids();
    const times = [1, 1, 2, 2, 2, Date.now(), Date.now() + 1, 8.64e15];
    const made = times.map((time) => ids.sortable(time));
    expect([...made].sort()).toEqual(made);
    // Beyond what the digits hold as well: the serial goes on.
    const frozen = Array.from({ length: 5_000 }, () => ids.sortable(8.7e14));
    expect([...frozen].sort()).toEqual(frozen);
    expect(new Set(made.map((id) => id.length)).size).toBe(1);
  });

  it('are uniform numbers in [0, 1)', () => {
    for (const ids of [new Ids(), new Ids('s')]) {
      const numbers = Array.from({ length: 20_000 }, () => ids.random());
      expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
      expect(numbers.reduce((a, b) => a + b, 0) / numbers.length).toBeCloseTo(0.5, 1);
    }
  });
});
