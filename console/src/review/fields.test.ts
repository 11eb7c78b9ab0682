import { describe, expect, it } from 'vitest';
import type { Method, Task } from './api.ts';
import { emptyAnswers, fieldsOf, missingOf, valueOfKey, withValue } from './fields.ts';

const task = (...methods: Method[]): Task => ({
  queue: 'q',
  title: 't',
  index: 0,
  tasks: 1,
  prompt: 'p',
  responses: ['a', 'b'],
  questions: methods.map((method) => ({ name: method, method })),
  expiresAtMs: 0,
});

describe('the fields of a task', () => {
  it('are one a response where each is rated, and one a question else', () => {
    const both = task('likert', 'choice', 'text');
    expect(fieldsOf(both)).toEqual([
      { question: 0, place: 0 },
      { question: 0, place: 1 },
      { question: 1 },
      { question: 2 },
    ]);
    let answers = emptyAnswers(both);
    expect(missingOf(both, answers)).toHaveLength(3);
    answers = withValue(answers, { question: 0, place: 1 }, 4);
    answers = withValue(answers, { question: 1 }, 0);
    expect(answers).toEqual([[null, 4], 0, '']);
    expect(missingOf(both, answers)).toEqual([{ question: 0, place: 0 }]);
  });

  it('are answered by keys of their own', () => {
    const by = (method: Method, key: string) => valueOfKey({ name: 'n', method }, 2, key);
    expect(['1', '5', '6', 'a'].map((key) => by('likert', key))).toEqual([1, 5, undefined, undefined]);
    expect(['t', 'U', 'f', 'D', '1'].map((key) => by('thumbs', key))).toEqual([true, true, false, false, undefined]);
    expect(['1', '2', '3'].map((key) => by('rank', key))).toEqual([1, 2, undefined]);
    expect(['a', 'B', 'c', 'ArrowLeft', 'ArrowRight', '2'].map((key) => by('choice', key))).toEqual([
      0,
      1,
      undefined,
      0,
      1,
      1,
    ]);
    expect(['a', 'b', 's', '1', '5', 'ArrowRight'].map((key) => by('comparison-likert', key))).toEqual([
      2, 4, 3, 1, 5, 4,
    ]);
    expect(by('text', '1')).toBeUndefined();
    for (const key of ['Enter', 'Tab', 'Shift', 'ArrowDown'])
      for (const method of ['thumbs', 'likert', 'rank', 'choice', 'comparison-likert'] as const)
        expect(by(method, key)).toBeUndefined();
  });
});
