import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortTermKey } from './api-key.ts';
import { identities, policy } from './identities.ts';
import { startForTests } from './start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let client: OpenAI;
const MODEL = 'openai.gpt-oss-20b-1:0';
const TEXT = 'The ferry to Ardmore leaves at 07:40 on weekdays. On Sundays it leaves at 09:15.';
const QUESTION = `${TEXT}\n\nWhen does the ferry leave on Sundays?`;
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'Tells the weather of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

const openai = (clients: Parameters<typeof shortTermKey>[0]) =>
  new OpenAI({ baseURL: `${outcrop.endpoint}/openai/v1`, apiKey: shortTermKey(clients), maxRetries: 0 });

beforeAll(async () => {
  outcrop = await startForTests();
  client = openai(outcrop.clients);
});

describe('the OpenAI-compatible face', () => {
  it('answers chat completions, with the tokens that Converse counts, and says how', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: MODEL, messages: [{ role: 'user', content: QUESTION }], temperature: 0 })
      .withResponse();
    expect(data.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
    expect(data.choices[0]!.message.content).toContain('09:15');
    expect(data.usage!.total_tokens).toBe(data.usage!.prompt_tokens + data.usage!.completion_tokens);
    expect(response.headers.get('x-outcrop-answer')).toMatch(/^heuristic; engine=builtin/);
    expect(outcrop.calls(2).map(({ operation }) => operation)).toContain('Converse');
  });

  it('streams them, and counts at the end when asked to', async () => {
    const whole = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: QUESTION }],
    });
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: QUESTION }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let pieces = 0;
    let usage;
    for await (const chunk of stream) {
      const said = chunk.choices[0]?.delta.content ?? '';
      if (said !== '') pieces++;
      text += said;
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(pieces).toBeGreaterThan(3);
    expect(usage).toEqual(whole.usage);
  });

  it('calls tools and uses what they answered', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Use the tools.' },
      { role: 'user', content: 'What is the weather in Lisbon?' },
    ];
    const first = await client.chat.completions.create({ model: MODEL, messages, tools });
    const call = first.choices[0]!.message.tool_calls![0]!;
    if (call.type !== 'function') throw new Error('no function');
    expect(first.choices[0]!.finish_reason).toBe('tool_calls');
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Lisbon' });
    messages.push(first.choices[0]!.message, {
      role: 'tool',
      tool_call_id: call.id,
      content: '{"temperature": 21, "sky": "clear"}',
    });
    const second = await client.chat.completions.create({ model: MODEL, messages, tools });
    expect(second.choices[0]!.message.content).toContain('21');
  });

  it('holds to a schema, stops where told, and ends at the length', async () => {
    const { choices } = await client.chat.completions.create({
      model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      messages: [{ role: 'user', content: `${TEXT} Extract the destination and the Sunday time.` }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'trip',
          schema: {
            type: 'object',
            properties: { destination: { type: 'string' }, time: { type: 'string' } },
            required: ['destination', 'time'],
          },
        },
      },
    });
    expect(Object.keys(JSON.parse(choices[0]!.message.content!))).toEqual(['destination', 'time']);
    const cut = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: QUESTION }],
      max_completion_tokens: 2,
    });
    expect(cut.choices[0]!.finish_reason).toBe('length');
  });

  it('answers responses, remembers them, and streams them event by event', async () => {
    const first = await client.responses.create({ model: MODEL, input: QUESTION });
    expect(first.output_text).toContain('09:15');
    const second = await client.responses.create({
      model: MODEL,
      input: 'And on weekdays?',
      previous_response_id: first.id,
    });
    expect(second.output_text).toContain('07:40');
    expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id, status: 'completed' });
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    const types: string[] = [];
    let text = '';
    for await (const event of await client.responses.create({ model: MODEL, input: QUESTION, stream: true })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.completed') expect(event.response.usage!.total_tokens).toBeGreaterThan(0);
    }
    expect(text).toBe(first.output_text);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
  });

  it('lets no more in than the caller may, and says so as OpenAI does', async () => {
    const document = policy(
      { Effect: 'Allow', Action: 'bedrock:CallWithBearerToken', Resource: '*' },
      { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: 'arn:aws:bedrock:*::foundation-model/openai.*' },
    );
    const limited = openai((await identities(outcrop).user('oona', document)).clients);
    const ask = (model: string) =>
      limited.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
    expect((await ask(MODEL)).choices).toHaveLength(1);
    await expect(ask('amazon.nova-micro-v1:0')).rejects.toMatchObject({
      status: 403,
      type: 'permission_error',
      message: expect.stringContaining('is not authorized to perform: bedrock:InvokeModel'),
    });
    await expect(limited.models.list()).rejects.toMatchObject({ status: 403 });
    expect((await client.models.list()).data.map(({ id }) => id)).toContain(MODEL);
  });

  it.each([
    ['a model that is not', { model: 'gpt-9' }, 404, 'model_not_found'],
    ['a parameter that is not built', { logit_bias: { 5: 1 } }, 400, 'unsupported_parameter'],
    ['more answers than one', { n: 2 }, 400, 'unsupported_parameter'],
  ])('refuses %s', async (_, more, status, code) => {
    const request = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }], ...more };
    await expect(client.chat.completions.create(request)).rejects.toMatchObject({ status, code });
  });
});
