import { describe, expect, it } from 'vitest';
import { answerRequest } from './generation.ts';
import { distribution, draw, seeded } from './sampling.ts';

const candidates = ['alpha', 'beta', 'gamma', 'delta'].map((value, index) => ({ value, score: -index }));
const entropy = (list: { probability: number }[]): number =>
  -list.reduce((sum, { probability }) => sum + (probability > 0 ? probability * Math.log2(probability) : 0), 0);

describe('distribution', () => {
  it('takes the best candidate at temperature 0', () => {
    expect(distribution(candidates, { temperature: 0, topP: 1, topK: 0 })).toEqual([
      { value: 'alpha', probability: 1 },
    ]);
  });

  it('spreads out as the temperature rises', () => {
    const entropies = [0.2, 0.5, 1, 2, 5].map((temperature) =>
      entropy(distribution(candidates, { temperature, topP: 1, topK: 0 })),
    );
    expect(entropies).toEqual([...entropies].sort((a, b) => a - b));
  });

  it('keeps the topK best, then the fewest that hold topP of the mass', () => {
    expect(distribution(candidates, { temperature: 1, topP: 1, topK: 2 }).map(({ value }) => value)).toEqual([
      'alpha',
      'beta',
    ]);
    expect(distribution(candidates, { temperature: 1, topP: 0.5, topK: 0 }).map(({ value }) => value)).toEqual([
      'alpha',
    ]);
    expect(distribution(candidates, { temperature: 1, topP: 0, topK: 0 })).toHaveLength(1);
  });

  it('draws with the frequencies that it promises', () => {
    const sampling = { temperature: 1, topP: 1, topK: 0, random: seeded(7) };
    const counts = new Map<string, number>();
    for (let time = 0; time < 20_000; time++) {
      const value = draw(candidates, sampling);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const { value, probability } of distribution(candidates, sampling))
      expect((counts.get(value) ?? 0) / 20_000).toBeCloseTo(probability, 1);
  });
});

describe('answers above temperature 0', () => {
  const pick = (options: string[], more: object): string[] =>
    Array.from({ length: 120 }, (_, seed) => {
      const request = {
        system: [],
        messages: [
          {
            role: 'user' as const,
            content: [{ type: 'text' as const, text: `Pick a random colour from: ${options.join(', ')}.` }],
          },
        ],
        temperature: 1,
        seed,
        ...more,
      };
      const block = answerRequest(request, 10_000, seed).blocks[0];
      return block?.deltas.join('') ?? '';
    });
  const options = ['red', 'teal', 'ivory', 'amber'];

  it('picks from the given list only, and all of it over many seeds', () => {
    expect([...new Set(pick(options, {}))].sort()).toEqual([...options].sort());
  });

  it('stays within topK', () => {
    expect(new Set(pick(options, { topK: 2 })).size).toBe(2);
  });

  it('says the same for the same seed', () => {
    expect(pick(options, {})).toEqual(pick(options, {}));
  });
});
