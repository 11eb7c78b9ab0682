import { describe, expect, it } from 'vitest';
import { describeClient } from './catalog.ts';
import { checkTypes } from './types.ts';

const runtime = describeClient('bedrock-runtime', (await import('@aws-sdk/client-bedrock-runtime')) as never);
const { input } = runtime.operations.get('Converse')!;

const messages = (content: unknown) => ({ messages: [{ role: 'user', content }] });

describe('an input', () => {
  it('of the types of its schema passes, documents of any type too', () => {
    for (const tree of [{ a: [1, 'x', null] }, [], 'x', 3, null]) {
      checkTypes(input, {
        ...messages([{ text: 'a' }, { document: { name: 'n', format: 'txt', source: { bytes: new Uint8Array(1) } } }]),
        inferenceConfig: { temperature: 0.5, maxTokens: 3, stopSequences: ['a'] },
        requestMetadata: { a: 'b' },
        additionalModelRequestFields: tree,
        unknown: 3,
      });
    }
    checkTypes(input, { messages: null, system: undefined });
  });

  it.each([
    [messages('a'), 'Expected list or null'],
    [messages([{ text: 3 }]), 'NUMBER_VALUE can not be converted to a String'],
    [messages([{ text: { a: 1 } }]), 'Start of structure or map found where not expected.'],
    [messages([{ text: ['a'] }]), 'Start of list found where not expected'],
    [messages(['a']), 'Expected structure or null'],
    [messages([[]]), 'Start of list found where not expected'],
    [{ messages: {} }, 'Start of structure or map found where not expected.'],
    [{ inferenceConfig: { maxTokens: true } }, 'TRUE_VALUE can not be converted to a Number'],
    [{ requestMetadata: { a: 1 } }, 'NUMBER_VALUE can not be converted to a String'],
    [{ requestMetadata: 'a' }, 'Expected map or null'],
    ['a', 'Expected structure or null'],
  ])('of another type is refused: %j', (value, message) => {
    expect(() => checkTypes(input, value)).toThrow(message);
  });
});
