import { afterEach, describe, expect, it } from 'vitest';

import { LlmError, type ChatRequest } from '../types.ts';
import { createOpenAI, type OpenAIOptions } from './index.ts';
import { beginStream, delta, DONE, seeded, sse, startUpstream, usage, type Exchange } from './upstream.fixture.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const never = new AbortController().signal;
const user = (text: string): ChatRequest['messages'][number] => ({ role: 'user', content: [{ type: 'text', text }] });

let stop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stop.map((each) => each()));
  stop = [];
});

async function upstream(handle: (exchange: Exchange) => void | Promise<void>, options: Partial<OpenAIOptions> = {}) {
  const server = await startUpstream(handle);
  const model = createOpenAI({ baseUrl: server.baseUrl, model: 'the-model', maxRetries: 0, ...options });
  stop.push(async () => {
    await model.close?.();
    await server.stop();
  });
  return { server, model };
}

const fine = (exchange: Exchange) => {
  beginStream(exchange);
  exchange.response.end(sse(delta({ content: 'ok' }, 'stop')) + sse(usage(1, 1)) + DONE);
};
const json = ({ response }: Exchange, value: unknown, status = 200) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

/** The body that the server was sent for a request. */
async function sent(request: ChatRequest): Promise<Record<string, any>> {
  const { server, model } = await upstream(fine);
  for await (const _ of model.chat(request, never));
  expect(server.exchanges[0]!.path).toBe('/v1/chat/completions');
  return server.exchanges[0]!.body;
}

describe('requests to an OpenAI-compatible server', () => {
  it('leaves out what the request leaves out', async () => {
    expect(await sent({ system: [], messages: [user('Hi')] })).toEqual({
      model: 'the-model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('sends sampling, limits, stop sequences, seed and schema under their wire names', async () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } } };
    expect(
      await sent({
        system: ['One.', 'Two.'],
        messages: [user('Hi')],
        maxTokens: 17,
        temperature: 0,
        topP: 0.5,
        topK: 3,
        seed: 42,
        stopSequences: ['END'],
        responseSchema: schema,
      }),
    ).toMatchObject({
      messages: [
        { role: 'system', content: 'One.\n\nTwo.' },
        { role: 'user', content: 'Hi' },
      ],
      max_tokens: 17,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 42,
      stop: ['END'],
      response_format: { type: 'json_schema', json_schema: { name: 'response', strict: true, schema } },
    });
  });

  it('sends images as data URLs and documents as named text', async () => {
    const bytes = Uint8Array.from([137, 80, 78, 71, 1, 2, 3]);
    const { messages } = await sent({
      system: [],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', name: 'report', text: 'Sales rose.' },
            { type: 'image', format: 'png', bytes },
            { type: 'text', text: 'Compare.' },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: '<document name="report">\nSales rose.\n</document>' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORwECAw==' } },
          { type: 'text', text: 'Compare.' },
        ],
      },
    ]);
  });

  it('sends a whole tool conversation: calls, results in order before the text, failures, images, reasoning', async () => {
    const { messages, tools, tool_choice } = await sent({
      system: [],
      tools: [{ name: 'weather', description: 'Weather of a city', inputSchema: { type: 'object' } }],
      toolChoice: { type: 'tool', name: 'weather' },
      messages: [
        user('Weather?'),
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Two cities.' },
            { type: 'toolCall', id: 'a', name: 'weather', input: { city: 'Bonn' } },
            { type: 'toolCall', id: 'b', name: 'weather', input: { city: 'Ulm' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Go on.' },
            {
              type: 'toolResult',
              toolCallId: 'a',
              status: 'success',
              content: [{ type: 'json', json: { celsius: 3 } }],
            },
            {
              type: 'toolResult',
              toolCallId: 'b',
              status: 'error',
              content: [
                { type: 'text', text: 'no such city' },
                { type: 'image', format: 'jpeg', bytes: Uint8Array.from([1]) },
              ],
            },
          ],
        },
      ],
    });
    expect(tools).toEqual([
      {
        type: 'function',
        function: { name: 'weather', description: 'Weather of a city', parameters: { type: 'object' } },
      },
    ]);
    expect(tool_choice).toEqual({ type: 'function', function: { name: 'weather' } });
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Two cities.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Bonn"}' } },
          { id: 'b', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"celsius":3}' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: no such city' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go on.' },
          { type: 'text', text: 'Images returned by tool call b:' },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AQ==' } },
        ],
      },
    ]);
  });

  it('changes to max_completion_tokens when the server refuses max_tokens, and remembers it', async () => {
    const { server, model } = await upstream((exchange) =>
      'max_tokens' in exchange.body
        ? json(
            exchange,
            { error: { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." } },
            400,
          )
        : fine(exchange),
    );
    for (let call = 0; call < 2; call++) {
      for await (const _ of model.chat({ system: [], messages: [user('Hi')], maxTokens: 5 }, never));
    }
    expect(server.exchanges.map(({ body }) => body['max_completion_tokens'])).toEqual([undefined, 5, 5]);
  });

  it('passes on a refusal that it has no other form for', async () => {
    const { model } = await upstream((exchange) =>
      json(exchange, { error: { message: 'Unrecognized request argument supplied: top_k' } }, 400),
    );
    const events = model.chat({ system: [], messages: [user('Hi')], topK: 5 }, never)[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toThrow('top_k');
  });

  it("counts a request's tokens as vLLM does", async () => {
    const { server, model } = await upstream((exchange) =>
      json(exchange, { count: 31, max_model_len: 4096, tokens: [] }),
    );
    expect(await model.countTokens({ system: ['Be brief.'], messages: [user('Hi')] })).toBe(31);
    expect(server.exchanges[0]).toMatchObject({
      path: '/tokenize',
      body: { model: 'the-model', add_generation_prompt: true },
    });
  });

  it("counts a request's tokens as llama.cpp does: the rendered prompt, tokenized", async () => {
    const { model } = await upstream((exchange) => {
      const { path, body } = exchange;
      if (path === '/apply-template') return json(exchange, { prompt: `<s>${body['messages'][0].content}</s>` });
      return json(exchange, { tokens: Array.from((body['content'] as string | undefined) ?? '', (_, id) => id) });
    });
    expect(await model.countTokens({ system: [], messages: [user('12345')] })).toBe('<s>12345</s>'.length);
  });

  it('says that it cannot count where the server cannot', async () => {
    const { model } = await upstream((exchange) => json(exchange, { error: 'not found' }, 404));
    await expect(model.countTokens({ system: [], messages: [user('Hi')] })).rejects.toMatchObject({
      kind: 'unsupported',
    });
  });

  it(`embeds texts in their order, each with the server's own token count (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    const known = new Map(
      Array.from({ length: 40 }, (_, at) => [
        `text ${at}`,
        { vector: [random(), random(), random()], tokens: Math.floor(random() * 100) },
      ]),
    );
    const { model } = await upstream(async (exchange) => {
      const { vector, tokens } = known.get(exchange.body['input'] as string)!;
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      json(exchange, {
        data: [{ index: 0, embedding: vector }],
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      });
    });
    const { vectors, inputTokens } = await model.embed!([...known.keys()], never);
    expect(vectors).toEqual([...known.values()].map(({ vector }) => Float32Array.from(vector)));
    expect(inputTokens).toEqual([...known.values()].map(({ tokens }) => tokens));
    expect(model.provenance.kind).toBe('computed');
  });

  it('refuses an embedding that is none, and stops the other requests', async () => {
    const { model } = await upstream((exchange) => json(exchange, { data: [{ embedding: ['NaN'] }] }));
    await expect(model.embed!(['a', 'b'], never)).rejects.toThrow(LlmError);
  });
});
