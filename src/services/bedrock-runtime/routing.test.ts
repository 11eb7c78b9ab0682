import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import type { ChatRequest } from '../../engines/llm/types.ts';
import { generator } from '../../kernel/ids.ts';
import { shortfall } from './routing.ts';

const random = generator(testSeed('routing'));
const asked = (text: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text }] }],
  ...more,
});

describe('the shortfall of a smaller model', () => {
  it('is next to nothing for plain questions, and large where thought is asked for', () => {
    const plain = [
      'What is the capital of France?',
      'Hello!',
      'Translate "good morning" to Spanish.',
      'Name three fruits.',
    ];
    const hard = [
      'Prove step by step that the square root of two is irrational, then explain why the argument fails for four.',
      'Analyze the trade-offs of two strategies, compare them in a table, and justify which must never be used without a review.',
      'Implement a thread-safe cache class in Python, derive its complexity, and write unit tests. Do not use recursion; it must hold at most 100 items.',
      'Solve the equation 3 * 4 + 7 = x, calculate the probability that x is prime, and prove it.',
    ];
    for (const text of plain) expect(shortfall(asked(text))).toBeLessThan(2);
    for (const text of hard) expect(shortfall(asked(text))).toBeGreaterThan(10);
  });

  it('grows with turns, material and tools, and is between 0 and 40 whatever is asked', () => {
    const text = 'What does it say?';
    const turn = asked(text).messages[0]!;
    const base = shortfall(asked(text));
    const document = { type: 'document' as const, name: 'a', text: 'b' };
    const more = [
      { messages: [turn, turn, turn] },
      { messages: [{ role: 'user' as const, content: [...turn.content, document] }] },
      { tools: [{ name: 'a', inputSchema: {} }] },
    ];
    for (const each of more) expect(shortfall(asked(text, each))).toBeGreaterThan(base);
    const pieces = ['why', '```', '1 + 1', 'must', '\n- ', 'Python', 'x', '\u0000', '😀', ' ', '"'];
    for (let round = 0; round < 300; round++) {
      const length = Math.floor(random() * 200);
      const any = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join(' ');
      const first = shortfall(asked(any));
      expect(first).toBeGreaterThanOrEqual(0);
      expect(first).toBeLessThanOrEqual(40);
      expect(shortfall(asked(any))).toBe(first);
    }
    expect(shortfall({ system: [], messages: [] })).toBeLessThan(1);
  });
});
