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

  it('streams whole characters even where tokens end inside them', async () => {
    const { text, deltas } = await chat(user('Convert to upper case: "ähm 👩‍👩‍👧 ñandú 日本語"'));
    expect(text).toBe('ÄHM 👩‍👩‍👧 ÑANDÚ 日本語');
    expect(deltas.join('')).not.toContain('\uFFFD');
  });

  it('streams a tool call whose fragments are its input, and cuts it at maxTokens', async () => {
    const tools = [
      {
        name: 'get_weather',
        description: 'Weather of a city',
        inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    ];
    const events: ChatEvent[] = [];
    for await (const event of builtin.chat(user('Weather in Oslo and Lima?', { tools }), new AbortController().signal))
      events.push(event);
    const json = (index: number): string =>
      events.flatMap((event) => (event.type === 'toolInput' && event.index === index ? [event.json] : [])).join('');
    expect([json(0), json(1)].map((text) => JSON.parse(text) as unknown)).toEqual([{ city: 'Oslo' }, { city: 'Lima' }]);
    expect(events.map((event) => event.type)).toContain('toolStart');
    expect(events.at(-1)).toMatchObject({ type: 'end', stopReason: 'tool_use' });
    const ids = events.flatMap((event) => (event.type === 'toolStart' ? [event.id] : []));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^tooluse_[A-Za-z0-9]{22}$/);
    expect((await chat(user('Weather in Oslo?', { tools, maxTokens: 6 }))).end).toMatchObject({
      stopReason: 'max_tokens',
      usage: { outputTokens: 6 },
    });
  });

  it('never calls a tool again whose result answers, and uses the result', async () => {
    const degrees = -40 + Math.floor(Math.random() * 80);
    const { text, end } = await chat({
      system: [],
      tools: [
        {
          name: 'get_weather',
          inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is the temperature in Oslo?' }] },
        { role: 'assistant', content: [{ type: 'toolCall', id: 'a', name: 'get_weather', input: { city: 'Oslo' } }] },
        {
          role: 'user',
          content: [
            {
              type: 'toolResult',
              toolCallId: 'a',
              status: 'success',
              content: [{ type: 'json', json: { temperature: degrees } }],
            },
          ],
        },
      ],
    });
    expect(text).toContain(String(degrees));
    expect(end.stopReason).toBe('end_turn');
  });

  it('asks for a required argument that nobody gave', async () => {
    const tools = [
      {
        name: 'get_weather',
        description: 'Weather of a city',
        inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    ];
    expect((await chat(user('What is the weather like?', { tools }))).text).toMatch(/city.*\?/);
  });

  it('fails rather than make up a number that a schema requires', async () => {
    const responseSchema = { type: 'object', properties: { price: { type: 'number' } }, required: ['price'] };
    await expect(chat(user('Extract the price.\n\nThe lamp is red.', { responseSchema }))).rejects.toMatchObject({
      kind: 'model',
      message: expect.stringContaining('price'),
    });
  });

  it('says what it is, and that it answers only from given text', async () => {
    expect((await chat(user('Who are you?'))).text).toMatch(/not a language model/);
    expect((await chat(user('Write a poem about the sea.'))).text).toContain('outcrop models bind');
    expect(builtin.provenance).toMatchObject({ kind: 'heuristic', engine: 'builtin' });
  });

  it('refuses images and impossible requests', async () => {
    const image: ChatRequest = {
      system: [],
      messages: [{ role: 'user', content: [{ type: 'image', format: 'png', bytes: new Uint8Array(1) }] }],
    };
    await expect(chat(image)).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(builtin.countTokens(image)).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(chat({ system: [], messages: [] })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(chat(user('x', { maxTokens: 0 }))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(chat(user('x', { toolChoice: { type: 'tool', name: 'no' } }))).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('takes its randomness from the option where no seed is given', async () => {
    const fixed = createBuiltin({ random: () => 0.25, threads: 1 });
    const request = user('Pick a random fruit from: fig, pear, plum, kiwi', { temperature: 1 });
    const answers = new Set([(await chat(request, fixed)).text, (await chat(request, fixed)).text]);
    expect(answers.size).toBe(1);
    await fixed.close?.();
  });

  it('frees the worker when the consumer leaves early', async () => {
    const single = createBuiltin({ threads: 1 });
    for await (const event of single.chat(
      user(`Context: ${story}\n\nQuestion: Who designed the bridge?`),
      new AbortController().signal,
    ))
      if (event.type === 'text') break;
    expect((await chat(user('What is 6 * 7?'), single)).text).toContain('42');
    await single.close?.();
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
