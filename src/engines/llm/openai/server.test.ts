import { describe, expect, it } from 'vitest';

import type { ChatEvent, ChatRequest } from '../types.ts';
import { createOpenAI } from './index.ts';

/**
 * What must hold against any real server. `OUTCROP_TEST_OPENAI=http://127.0.0.1:8080/v1#model` names one. Its model needs no quality,
 * but must be able to call a tool: servers such as llama.cpp's let a model that cannot go on with text though a call is demanded.
 */
const [baseUrl, name] = (process.env['OUTCROP_TEST_OPENAI'] ?? '').split('#');
if (!baseUrl || !name) console.warn('Skipping the tests against a real model server: OUTCROP_TEST_OPENAI names none.');

const never = new AbortController().signal;
const ask: ChatRequest = {
  system: ['Be brief.'],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello ✓' }] }],
};

async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const textOf = (events: ChatEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const endOf = (events: ChatEvent[]) => events.at(-1) as ChatEvent & { type: 'end' };

describe.skipIf(!baseUrl || !name)('a real OpenAI-compatible server', () => {
  const model = createOpenAI({ baseUrl: baseUrl || 'http://127.0.0.1', model: name ?? '' });

  it('streams an answer in more than one piece and counts its tokens', async () => {
    const events = await collect(model.chat({ ...ask, maxTokens: 12, temperature: 0 }, never));
    expect(endOf(events).usage.inputTokens).toBeGreaterThan(3);
    expect(endOf(events).usage.outputTokens).toBeGreaterThan(0);
    expect(endOf(events).usage.outputTokens).toBeLessThanOrEqual(12);
    expect(model.provenance.kind).toBe('computed');
  });

  it('counts a prompt as the answer does, or says that it cannot', async () => {
    const tools = [
      { name: 'f', description: 'Does f.', inputSchema: { type: 'object', properties: { a: { type: 'number' } } } },
    ];
    for (const request of [ask, { ...ask, tools }]) {
      const counted = await model.countTokens(request).catch((error: { kind: string }) => error.kind);
      if (counted === 'unsupported') continue;
      expect(counted).toBe(endOf(await collect(model.chat({ ...request, maxTokens: 1 }, never))).usage.inputTokens);
    }
  });

  it('repeats its answer at temperature 0', async () => {
    const answer = async () =>
      textOf(await collect(model.chat({ ...ask, maxTokens: 20, temperature: 0, seed: 1 }, never)));
    expect(await answer()).toBe(await answer());
  });

  it('writes JSON by a schema', async () => {
    const responseSchema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    };
    const events = await collect(model.chat({ ...ask, responseSchema, maxTokens: 200 }, never));
    expect(JSON.parse(textOf(events))).toEqual({ ok: expect.any(Boolean) });
  });

  it('calls the tool that is demanded', async () => {
    const inputSchema = { type: 'object', properties: { flag: { enum: ['a', 'b'] } }, required: ['flag'] };
    const request: ChatRequest = {
      ...ask,
      tools: [{ name: 'set_flag', inputSchema }],
      toolChoice: { type: 'any' },
      maxTokens: 300,
    };
    const events = await collect(model.chat(request, never));
    expect(events.find((event) => event.type === 'toolStart')).toMatchObject({ name: 'set_flag' });
    const input = events.map((event) => (event.type === 'toolInput' ? event.json : '')).join('');
    expect(['a', 'b']).toContain((JSON.parse(input) as { flag: string }).flag);
    expect(endOf(events).stopReason).toBe('tool_use');
  });

  it('refuses a prompt that does not fit its context', async () => {
    const text = 'word '.repeat(400_000);
    const request: ChatRequest = {
      system: [],
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
      maxTokens: 1,
    };
    await expect(collect(model.chat(request, never))).rejects.toMatchObject({ kind: 'context' });
  });

  it('stops when it is aborted, and answers again', async () => {
    const controller = new AbortController();
    await expect(
      (async () => {
        for await (const event of model.chat({ ...ask, maxTokens: 200 }, controller.signal)) {
          if (event.type !== 'end') controller.abort(new Error('enough'));
        }
      })(),
    ).rejects.toThrow('enough');
    expect(endOf(await collect(model.chat({ ...ask, maxTokens: 2 }, never))).type).toBe('end');
  });

  it('embeds, or says why it does not', async () => {
    const made = await model.embed!(['one text', 'another, longer text'], never).catch(
      (error: { kind: string }) => error.kind,
    );
    if (typeof made === 'string') return expect(['unsupported', 'invalid', 'model']).toContain(made);
    expect(made.vectors[0]!.length).toBe(made.vectors[1]!.length);
    return expect(made.inputTokens[1]).toBeGreaterThan(made.inputTokens[0]!);
  });
});
