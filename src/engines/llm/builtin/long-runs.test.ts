import { afterAll, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../types.ts';
import { createPool } from './pool.ts';

/**
 * Texts of one thing over and over: what documents, logs and attackers have, and what patterns with more than one way to cut a text never
 * come to an end of. The bound is no measurement: such patterns take hours.
 */
const LENGTH = 16_000;
const ENDS_WITHIN_MS = 30_000;
const RUNS = [
  'a',
  'A',
  '7',
  '漢',
  '😀',
  '.',
  '-',
  '<',
  '{',
  '"a" ',
  '\n',
  '\r\n',
  ' ',
  '\n\n a',
  'a-b-',
  'a.',
  "a' ",
  '5% ',
  '$5 ',
  '1,',
  '(a ',
  '<a>',
  '</a>',
  '{"a":1,"b":[2,3]},',
  '1,2,3\n',
  '| a | b |\n',
  'key: value\n',
  'a -> b\n',
  'a = b ',
  '- item one\n',
  '1. item\n',
  'Chapter 1 ........ 5\n',
  'Paris ',
  'Bank of ',
  'Ada Lovelace paid 5 dollars. ',
  'apple, pear, ',
  'apple and ',
  'a@b.c ',
  'https://a.b/c?d=e ',
  'May 5, 2024 ',
  '10:30 ',
  '+1 555 123 ',
  'Why is it so? ',
  'aGVsbG8gd29ybGQ+/=',
];
const CITY: ChatRequest['tools'] = [
  {
    name: 'get_weather',
    description: 'The weather of a city',
    inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
const PROMPTS: Record<string, (text: string) => { text: string } & Pick<ChatRequest, 'tools' | 'responseSchema'>> = {
  'nothing else': (text) => ({ text }),
  'a summary': (text) => ({ text: `Summarize the following text in two sentences:\n\n${text}` }),
  'a question': (text) => ({ text: `${text}\n\nWhat is the total price?` }),
  'a label': (text) => ({ text: `Classify the text as positive or negative.\n\nText: ${text}\nSentiment:` }),
  fields: (text) => ({ text: `Extract name, date and price as JSON.\n\n${text}` }),
  'a list': (text) => ({ text: `List all the people in the text:\n${text}` }),
  'a schema': (text) => ({
    text: `Read this: ${text}`,
    responseSchema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        date: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: [],
    },
  }),
  'a tool': (text) => ({ text: `${text} What is the weather in Lisbon?`, tools: CITY }),
};

const pool = createPool(1);
afterAll(() => pool.close());

describe('texts of one thing over and over', () => {
  it.each(Object.keys(PROMPTS))(
    'come to an end, asked for %s',
    async (asked) => {
      for (const run of RUNS) {
        const { text, ...rest } = PROMPTS[asked]!(run.repeat(LENGTH / run.length));
        const request = {
          system: [],
          messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }],
          ...rest,
        };
        const signal = AbortSignal.timeout(ENDS_WITHIN_MS);
        const result = await pool
          .run({ type: 'answer', request, contextWindow: 1_000_000, seed: 1 }, signal)
          .catch((error: Error) => ({ error: error.name }));
        expect(result, `${JSON.stringify(run)} over and over`).toHaveProperty('answered');
      }
    },
    120_000,
  );
});
