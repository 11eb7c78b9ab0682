import { afterAll, describe, expect, it } from 'vitest';
import { createEmbedder } from '../../embed/embedder.ts';
import { seededDraws } from '../words/random.fixture.ts';
import { groundingCases } from './grounding.fixture.ts';
import { createGrounding } from './grounding.ts';

const { pick, whole } = seededDraws('grounding');
const embedder = createEmbedder();
afterAll(() => embedder.close());
const vectors = new Map<string, Float32Array>();
const grounding = createGrounding({
  async embed(texts) {
    const missing = [...new Set(texts.filter((text) => !vectors.has(text)))];
    if (missing.length > 0) {
      const found = await embedder.embed(missing);
      for (const [index, text] of missing.entries()) vectors.set(text, found.vectors[index]!);
    }
    return texts.map((text) => vectors.get(text)!);
  },
});
const PASSES = 0.7;

describe('createGrounding', () => {
  it('parts what a source bears out from what it does not, at 0.7, nine times in ten', async () => {
    const right = { faithful: 0, planted: 0 };
    const all = { faithful: 0, planted: 0 };
    for (const each of groundingCases) {
      for (const kind of ['faithful', 'planted'] as const) {
        for (const answer of each[kind]) {
          const { grounding: score } = await grounding.score({ source: [each.source], answer });
          all[kind]++;
          if (score >= PASSES === (kind === 'faithful')) right[kind]++;
        }
      }
    }
    expect(right.faithful / all.faithful).toBeGreaterThanOrEqual(0.9);
    expect(right.planted / all.planted).toBeGreaterThanOrEqual(0.9);
  }, 60_000);

  it('finds the one false sentence of an answer, and says where it is and what speaks against it', async () => {
    const each = pick(groundingCases);
    const [first, second] = each.faithful;
    const answer = `Here is the answer: ${first} In 1066 a pirate from Zanzibar bought it. ${second} Let me know if you need more!`;
    const { grounding: score, sentences } = await grounding.score({ source: [each.source], answer });
    expect(score).toBeLessThan(0.4);
    const worst = sentences.toSorted((a, b) => a.grounding - b.grounding)[0]!;
    expect(answer.slice(worst.start, worst.end)).toBe('In 1066 a pirate from Zanzibar bought it.');
    expect(worst.faults).toContain('the number 1066 is not in the source');
    expect(worst.faults).toContain('the name Zanzibar is not in the source');
    expect(sentences.at(-1)!.grounding).toBe(1);
  });

  it('reads numbers in figures and words, with their units, and takes a wrong one for false', async () => {
    const words = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    for (let round = 0; round < 8; round++) {
      const at = whole(0, 7);
      const other = (at + whole(1, 7)) % 8;
      const price = whole(11, 99) * 1000;
      const source = [
        `The ferry takes ${words[at]} hours. A season ticket costs $${price.toLocaleString('en')}. About 35 percent of the crew are women.`,
      ];
      const score = async (answer: string): Promise<number> => (await grounding.score({ source, answer })).grounding;
      expect(await score(`The ferry takes ${at + 2} hours.`)).toBeGreaterThanOrEqual(PASSES);
      expect(await score(`The ferry takes ${other + 2} hours.`)).toBeLessThan(PASSES);
      expect(await score(`A season ticket costs ${price / 1000} thousand dollars.`)).toBeGreaterThanOrEqual(PASSES);
      expect(await score(`A season ticket costs $${price + 1000}.`)).toBeLessThan(PASSES);
      expect(await score('35% of the crew are women.')).toBeGreaterThanOrEqual(PASSES);
    }
  });

  it.each([
    ['Norway beat Chile in the final.', 'Chile beat Norway in the final.', 'Chile was beaten by Norway in the final.'],
    ['The gallery is open on Mondays.', 'The gallery is closed on Mondays.', 'On Mondays the gallery is open.'],
    [
      'The guests must not feed the horses.',
      'The guests may feed the horses.',
      'Guests are not allowed to feed the horses.',
    ],
    [
      'Files are scanned before they are sent.',
      'Files are scanned after they are sent.',
      'Files are sent after they are scanned.',
    ],
    ['Ines sold the boat to Omar.', 'Ines bought the boat from Omar.', 'Omar bought the boat from Ines.'],
    ['The museum has a garden.', 'Only the museum has a garden.', 'There is a garden at the museum.'],
  ])('tells the contrary and changed roles from other words for the same: %j', async (source, planted, faithful) => {
    expect((await grounding.score({ source: [source], answer: planted })).grounding, planted).toBeLessThan(PASSES);
    expect((await grounding.score({ source: [source], answer: faithful })).grounding, faithful).toBeGreaterThanOrEqual(
      PASSES,
    );
  });

  it('takes the evidence from any of several sources, and from deep inside a long one', async () => {
    const filler = Array.from(
      { length: 900 },
      (_, index) => `Shelf ${index + 1000} holds boxes with screws and old lamps of kind ${index}.`,
    );
    const source = [
      filler.slice(0, 450).join(' '),
      `${filler.slice(450).join(' ')} The night guard is called Teresa Lund.`,
    ];
    const score = async (answer: string): Promise<number> => (await grounding.score({ source, answer })).grounding;
    expect(await score('Teresa Lund is the night guard.')).toBeGreaterThanOrEqual(PASSES);
    expect(await score('Peter Lund is the night guard.')).toBeLessThan(PASSES);
  }, 60_000);

  it('scores the answer to the question higher than a true answer beside the point', async () => {
    let right = 0;
    for (const { source, query, faithful, beside } of groundingCases) {
      const score = async (answer: string): Promise<number> =>
        (await grounding.score({ source: [source], query, answer })).relevance!;
      if ((await score(faithful[0]!)) > (await score(beside))) right++;
    }
    expect(right).toBeGreaterThanOrEqual(groundingCases.length - 1);
  });

  it('gives each of the two scores by itself, the same as together, and turns no more texts into vectors than it needs', async () => {
    let texts = 0;
    const counted = createGrounding({
      embed: (batch) => {
        texts += batch.length;
        return embedder.embed(batch).then(({ vectors: found }) => found);
      },
    });
    const { source, query, faithful, planted } = pick(groundingCases);
    const answer = `${pick(faithful)} ${pick(planted)}`;
    const asked = { source: [source], query, answer };
    const both = await counted.score(asked);
    const all = texts;
    const { grounding: score, relevance } = await counted.score({ ...asked, relevance: false });
    expect({ score, relevance, texts: texts - all }).toEqual({
      score: both.grounding,
      relevance: undefined,
      texts: all - 2,
    });
    texts = 0;
    expect(await counted.relevance(asked)).toBe(both.relevance);
    expect(texts).toBe(2);
  });

  it('gives an answer without any claim 1, with claims but no source 0, and relevance only with a query', async () => {
    const empty = await grounding.score({ source: ['Cats sleep.'], answer: 'Sure! Here is the answer:' });
    expect(empty.grounding).toBe(1);
    expect(empty.relevance).toBeUndefined();
    expect((await grounding.score({ source: [], answer: 'Cats sleep all day long.' })).grounding).toBeLessThan(0.1);
    expect((await grounding.score({ source: ['Cats sleep.'], query: 'Who sleeps?', answer: ' ' })).relevance).toBe(0);
  });

  it('refuses what is over the bounds', async () => {
    const long = 'x'.repeat(100_001);
    await expect(grounding.score({ source: [long], answer: 'a' })).rejects.toMatchObject({ code: 'too_large' });
    await expect(grounding.score({ source: ['a'], answer: long })).rejects.toMatchObject({ code: 'too_large' });
    await expect(grounding.score({ source: ['a'], query: long, answer: 'a' })).rejects.toMatchObject({
      code: 'too_large',
    });
    await expect(grounding.score({ source: ['a'], answer: 'It is so. '.repeat(501) })).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});
