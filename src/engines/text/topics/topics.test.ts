import { afterAll, describe, expect, it } from 'vitest';
import { createEmbedder } from '../../embed/embedder.ts';
import { seededDraws } from '../words/random.fixture.ts';
import { topicCases } from './topics.fixture.ts';
import { createTopicMatcher } from './topics.ts';

const { pick } = seededDraws('topics');
const embedder = createEmbedder();
afterAll(() => embedder.close());
const embed = async (texts: string[]): Promise<Float32Array[]> => (await embedder.embed(texts)).vectors;
const matcher = createTopicMatcher({ embed });

const investment = {
  name: 'Investment Advice',
  definition: 'Recommendations about which stocks, funds or other assets a person should buy, sell or hold.',
  examples: ['Which stock should I buy now?', 'Is it a good time to sell my bonds?'],
};

describe('createTopicMatcher', () => {
  it('catches what a topic is about in other words, and lets its neighbours pass', async () => {
    const asked = await matcher.detect('Would you put my savings into equities or into gold?', [investment]);
    expect(asked).toEqual([{ name: 'Investment Advice', score: expect.any(Number), detected: true }]);
    for (const text of [
      'What is a stock exchange?',
      'How do I change the password of my brokerage account?',
      'What a lovely day.',
    ]) {
      expect(await matcher.detect(text, [investment]), text).toEqual([expect.objectContaining({ detected: false })]);
    }
  });

  it('catches at least 85 % of the paraphrases and passes as many neighbours of twelve topics', async () => {
    const right = { caught: 0, passed: 0 };
    const all = { caught: 0, passed: 0 };
    for (const topic of topicCases) {
      for (const kind of ['caught', 'passed'] as const) {
        for (const text of topic[kind]) {
          const [finding] = await matcher.detect(text, [topic]);
          all[kind]++;
          if (finding!.detected === (kind === 'caught')) right[kind]++;
        }
      }
    }
    expect(right.caught / all.caught).toBeGreaterThanOrEqual(0.85);
    expect(right.passed / all.passed).toBeGreaterThanOrEqual(0.85);
  }, 60_000);

  it('finds the one sentence on a topic inside a long text, and answers in the order of the topics', async () => {
    const filler = [
      'The room was clean.',
      'Breakfast started at seven.',
      'We took the tram to the museum.',
      'It rained on the last day.',
    ];
    const text = [
      ...filler,
      pick(['Which shares should I buy before Friday?', 'Should I sell my bonds now?']),
      ...filler,
    ].join(' ');
    const topics = [topicCases.find(({ name }) => name === 'Alcohol')!, investment];
    expect((await matcher.detect(text, topics)).map(({ name, detected }) => [name, detected])).toEqual([
      ['Alcohol', false],
      ['Investment Advice', true],
    ]);
    expect((await matcher.detect(filler.join(' '), topics)).some(({ detected }) => detected)).toBe(false);
  });

  it('gives the same answer every time, and works a topic out once', async () => {
    let embedded = 0;
    const counting = createTopicMatcher({
      embed: (texts) => {
        embedded += texts.length;
        return embed(texts);
      },
    });
    const first = await counting.detect('Sell the shares?', [investment]);
    const after = embedded;
    expect(await counting.detect('Sell the shares?', [investment])).toEqual(first);
    expect(embedded - after).toBe(1);
  });

  it('tries again after the encoder failed', async () => {
    let fails = true;
    const shaky = createTopicMatcher({ embed: (texts) => (fails ? Promise.reject(new Error('busy')) : embed(texts)) });
    await expect(shaky.detect('Sell the shares?', [investment])).rejects.toThrow('busy');
    fails = false;
    expect(await shaky.detect('Sell the shares?', [investment])).toHaveLength(1);
  });

  it('answers for texts without a sentence, and refuses what is over the bounds', async () => {
    expect(await matcher.detect(' \n', [investment])).toEqual([
      { name: 'Investment Advice', score: 0, detected: false },
    ]);
    expect(await matcher.detect('x', [])).toEqual([]);
    await expect(matcher.detect('x'.repeat(100_001), [investment])).rejects.toMatchObject({ code: 'too_large' });
    await expect(matcher.detect('x', [{ ...investment, definition: ' ' }])).rejects.toMatchObject({ code: 'invalid' });
    await expect(
      matcher.detect(
        'x',
        Array.from({ length: 61 }, () => investment),
      ),
    ).rejects.toMatchObject({ code: 'too_large' });
    await expect(matcher.detect('x', [{ ...investment, definition: 'y'.repeat(2001) }])).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});
