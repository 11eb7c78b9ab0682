import { afterAll, describe, expect, it } from 'vitest';
import { wordErrorRate } from './answers.ts';
import { createEvaluator } from './evaluator.ts';
import { judgeHeuristically } from './judge/heuristic.ts';
import { rubricOf } from './judge/rubric.ts';
import { overlapOf } from './overlap.ts';
import { WORDS_MAX } from './words.ts';

const evaluator = createEvaluator(new AbortController().signal);
afterAll(() => evaluator.close());

const WORDS = 'The museum opened in 1924 and many visitors came to see its old stones .'.split(' ');
const text = (count: number, step: number) =>
  Array.from({ length: count }, (_, at) => WORDS[(at * step + (at >> 3)) % WORDS.length]).join(' ');
const never = () => Promise.reject(new Error('not asked for'));

describe('the evaluator', () => {
  it('measures long texts in a thread as it does short ones on the loop', async () => {
    for (const length of [40, 2_500]) {
      const [reference, candidate] = [text(length, 3), text(length, 5)];
      expect(await evaluator.errorRate(reference, candidate)).toBe(wordErrorRate(reference, candidate));
      expect(await evaluator.overlap(reference, candidate)).toEqual(overlapOf(reference, candidate));
      const matter = { prompt: 'When did the museum open?', response: candidate, reference };
      expect(await evaluator.judge('Builtin.Correctness', matter, never)).toEqual(
        await judgeHeuristically(rubricOf('Builtin.Correctness')!, matter),
      );
    }
  });

  it('tells errors of the thread as its own', async () => {
    const long = text(WORDS_MAX + 1, 3);
    await expect(evaluator.errorRate(long, long)).rejects.toMatchObject({ name: 'EvaluateError', code: 'too_large' });
    const matter = { prompt: long, response: long };
    const metric = { name: 'own', instructions: 'Would my grandmother like it?' };
    await expect(evaluator.judgeCustom(metric, matter)).rejects.toMatchObject({
      name: 'EvaluateError',
      code: 'unsupported',
    });
    const longer = text(WORDS_MAX + 1_000, 3);
    expect(overlapOf(longer, longer).rougeL).toBeUndefined();
    expect(overlapOf(longer, longer).rouge1).toBe(1);
  });

  it('asks the scorer that it was handed, on this thread', async () => {
    const asked: string[] = [];
    const harm = (said: string) => Promise.resolve({ harmful: asked.push(said), category: 'insults' });
    const { value, explanation } = await evaluator.judge('Builtin.Harmfulness', { prompt: 'p', response: 'fie' }, harm);
    expect([asked, value, explanation]).toEqual([['fie'], 1, expect.stringContaining('"fie"')]);
  });
});
