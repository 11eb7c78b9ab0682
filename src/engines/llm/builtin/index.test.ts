import { afterAll, describe, expect, it } from 'vitest';
import { createBuiltin } from './index.ts';
import type { ChatEvent, ChatRequest } from '../types.ts';

const builtin = createBuiltin();
afterAll(() => builtin.close?.());

/** Runs a request to its end. */
async function chat(
  request: ChatRequest,
  model = builtin,
): Promise<{ text: string; deltas: string[]; end: Extract<ChatEvent, { type: 'end' }> }> {
  const deltas: string[] = [];
  for await (const event of model.chat(request, new AbortController().signal)) {
    if (event.type === 'text') deltas.push(event.text);
    if (event.type === 'end') return { text: deltas.join(''), deltas, end: event };
  }
  throw new Error('the answer had no end');
}

const user = (text: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text }] }],
  ...more,
});

const number = 200 + Math.floor(Math.random() * 700);
const story = `The Lorne bridge was opened in 1931. It is ${number} metres long and was designed by Petra Holm. It was painted green in 1960 because the old coat had peeled.`;

describe('createBuiltin', () => {
  it('answers from the text it is given and quotes the sentence', async () => {
    const { text, end } = await chat(user(`Context: ${story}\n\nQuestion: How long is the bridge?`));
    expect(text).toContain(`${number} metres`);
    expect(text).toContain(`"It is ${number} metres long and was designed by Petra Holm."`);
    expect(end.stopReason).toBe('end_turn');
  });

  it('declines what the text does not say', async () => {
    const { text } = await chat(user(`Context: ${story}\n\nQuestion: How much did the Lorne bridge cost?`));
    expect(text).toMatch(/could not find|does not/);
  });

  it('counts tokens as it later reports them, and streams one delta a token', async () => {
    const request = user(`Context: ${story}\n\nQuestion: Who designed the bridge?`, { system: ['You are terse.'] });
    const { end, deltas } = await chat(request);
    expect(await builtin.countTokens(request)).toBe(end.usage.inputTokens);
    expect(deltas).toHaveLength(end.usage.outputTokens);
  });

  it('cuts at maxTokens exactly', async () => {
    const { end } = await chat(user(`Context: ${story}\n\nQuestion: Why was it painted?`, { maxTokens: 5 }));
    expect(end).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 5 } });
  });

  it('ends before the first stop sequence and names it', async () => {
    const { text, end } = await chat(
      user(`Context: ${story}\n\nQuestion: Who designed the bridge?`, { stopSequences: ['zzz', 'Holm'] }),
    );
    expect(text).not.toContain('Holm');
    expect(end).toMatchObject({ stopReason: 'stop_sequence', stopSequence: 'Holm' });
  });

  it('refuses more tokens than its window holds', async () => {
    const small = createBuiltin({ contextWindow: 20 });
    await expect(chat(user(story), small)).rejects.toMatchObject({ kind: 'context' });
    await small.close?.();
  });

  it('rejects with the reason of an aborted signal and works on', async () => {
    const stop = new AbortController();
    const long = user(
      `${'The tower of Brenn was built in 1907 by many hands and stands high. '.repeat(20_000)}\nWhen was the tower built?`,
    );
    const events = builtin.chat(long, stop.signal)[Symbol.asyncIterator]();
    const first = events.next();
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect((await chat(user(`Context: ${story}\n\nQuestion: When was the bridge opened?`))).text).toContain('1931');
  });
});
