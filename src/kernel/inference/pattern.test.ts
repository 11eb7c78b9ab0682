import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { generator } from '../ids.ts';
import { isMeant } from './pattern.ts';

const random = generator(testSeed('pattern'));

describe('a pattern of model ids', () => {
  it.each([
    ['*', '', true],
    ['anthropic.*', 'anthropic.claude-v2', true],
    ['anthropic.*', 'us.anthropic.claude-v2', false],
    ['*.claude-*:0', 'us.anthropic.claude-3-haiku-20240307-v1:0', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ab*', 'abxab', true],
    ['*ab*ab', 'ab', false],
    ['amazon.nova-micro-v1:0', 'amazon.nova-micro-v1:0', true],
    ['amazon.nova-micro-v1:0', 'amazon.nova-micro-v1:01', false],
  ])('%s and %s: %s', (pattern, text, means) => {
    expect(isMeant(pattern, text)).toBe(means);
  });

  it('agrees with a regular expression on any text', () => {
    const draw = (alphabet: string, length: number) =>
      Array.from(
        { length: Math.floor(random() * length) },
        () => alphabet[Math.floor(random() * alphabet.length)],
      ).join('');
    for (let round = 0; round < 5_000; round++) {
      const pattern = draw('ab*', 7);
      const text = draw('ab', 9);
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
      expect({ pattern, text, means: isMeant(pattern, text) }).toEqual({ pattern, text, means: expected });
    }
  });
});
