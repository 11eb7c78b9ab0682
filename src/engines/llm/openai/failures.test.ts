import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { LlmError, type ChatEvent, type ChatRequest } from '../types.ts';
import { createOpenAI, type OpenAIOptions } from './index.ts';
import { beginStream, delta, DONE, sse, startUpstream, usage, type Exchange } from './upstream.fixture.ts';

const never = new AbortController().signal;
const ask: ChatRequest = { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] };
const answer = sse(delta({ content: 'fine' })) + sse(delta({}, 'stop')) + sse(usage(1, 1)) + DONE;

let stop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stop.map((each) => each()));
  stop = [];
});

async function upstream(handle: (exchange: Exchange) => void | Promise<void>, options: Partial<OpenAIOptions> = {}) {
  const server = await startUpstream(handle);
  const model = createOpenAI({ baseUrl: server.baseUrl, model: 'm', maxRetries: 0, random: () => 0, ...options });
  stop.push(async () => {
    await model.close?.();
    await server.stop();
  });
  return { server, model };
}

async function run(events: AsyncIterable<ChatEvent>): Promise<string> {
  let text = '';
  for await (const event of events) if (event.type === 'text') text += event.text;
  return text;
}

async function failure(events: AsyncIterable<ChatEvent>): Promise<LlmError> {
  const error: unknown = await run(events).then(
    (text) => new Error(`answered: ${text}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LlmError);
  return error as LlmError;
}

const refuse =
  (status: number, body: unknown, headers = {}) =>
  ({ response }: Exchange) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

describe('failures of an OpenAI-compatible server', () => {
  it.each([
    [400, { error: { message: 'unknown field' } }, 'invalid', 'unknown field'],
    [
      400,
      { error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' } },
      'context',
      '8192',
    ],
    [
      400,
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      },
      'context',
      'exceeds',
    ],
    [401, { error: 'no key' }, 'invalid', 'no key'],
    [404, { error: { message: 'model "m" not found, try pulling it first' } }, 'invalid', 'pulling'],
    [408, '', 'timeout', '408'],
    [422, { detail: [{ loc: ['body', 'top_k'], msg: 'bad' }] }, 'invalid', 'top_k'],
    [429, { error: { message: 'slow down' } }, 'throttled', 'slow down'],
    [500, { error: { message: 'CUDA error' } }, 'model', 'CUDA error'],
    [501, { error: { message: 'no embeddings' } }, 'unsupported', 'no embeddings'],
    [502, '<html>Bad Gateway</html>', 'unavailable', 'Bad Gateway'],
    [503, { error: { message: 'Loading model' } }, 'unavailable', 'Loading model'],
    [504, '', 'timeout', '504'],
  ] as const)('reports status %i with %j as %s', async (status, body, kind, text) => {
    const { model } = await upstream(refuse(status, body));
    const error = await failure(model.chat(ask, never));
    expect(error).toMatchObject({ kind, upstreamStatus: status });
    expect(error.message).toContain(text);
  });

  it('reports a refused connection as unavailable and says whom it asked', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const error = await failure(
      createOpenAI({ baseUrl: `http://127.0.0.1:${port}/v1`, model: 'm', maxRetries: 1, random: () => 0 }).chat(
        ask,
        never,
      ),
    );
    expect(error.kind).toBe('unavailable');
    expect(error.message).toContain(`127.0.0.1:${port}/v1/chat/completions refused the connection`);
  });

  it('reports silence before the answer as a timeout', async () => {
    const { model } = await upstream(() => {}, { timeoutMs: 60 });
    expect(await failure(model.chat(ask, never))).toMatchObject({ kind: 'timeout' });
  });

  it('reports silence in the middle of the answer as a timeout, after what came before', async () => {
    const { model } = await upstream(
      (exchange) => {
        beginStream(exchange);
        exchange.response.write(sse(delta({ content: 'half' })));
      },
      { timeoutMs: 60 },
    );
    const seen: ChatEvent[] = [];
    await expect(
      (async () => {
        for await (const event of model.chat(ask, never)) seen.push(event);
      })(),
    ).rejects.toMatchObject({ kind: 'timeout' });
    expect(seen).toEqual([{ type: 'text', index: 0, text: 'half' }]);
  });

  it.each([
    ['the connection breaks', ({ socket }: Exchange) => void setTimeout(() => socket.destroy(), 5)],
    ['the stream ends without a finish_reason', ({ response }: Exchange) => void response.end()],
    ['[DONE] comes without a finish_reason', ({ response }: Exchange) => void response.end(DONE)],
    ['a chunk is not JSON', ({ response }: Exchange) => void response.end('data: {"choi\n\n')],
  ])('reports a cut stream when %s', async (_, cut) => {
    const { model } = await upstream((exchange) => {
      beginStream(exchange);
      exchange.response.write(sse(delta({ content: 'half' })));
      cut(exchange);
    });
    expect(await failure(model.chat(ask, never))).toMatchObject({ kind: 'stream' });
  });

  it('accepts an answer that ends after its finish_reason without [DONE]', async () => {
    const { model } = await upstream((exchange) => {
      beginStream(exchange);
      exchange.response.end(answer.replace(DONE, ''));
    });
    expect(await run(model.chat(ask, never))).toBe('fine');
  });

  it.each([
    [{ message: 'out of memory', code: 500 }, 'model'],
    [{ message: 'rate limited', type: 'rate_limit_exceeded' }, 'throttled'],
    [{ message: 'context length exceeded' }, 'context'],
    ['plain words', 'model'],
  ])('reports an error event %j in mid-answer as %s', async (error, kind) => {
    const { model } = await upstream((exchange) => {
      beginStream(exchange);
      exchange.response.end(sse(delta({ content: 'half' })) + sse({ error }));
    });
    expect(await failure(model.chat(ask, never))).toMatchObject({ kind });
  });

  it('tries again what was throttled before it began, as long as the server asks', async () => {
    let calls = 0;
    const { model } = await upstream(
      (exchange) => {
        if (++calls < 3) return refuse(429, {}, { 'retry-after-ms': '1' })(exchange);
        beginStream(exchange);
        exchange.response.end(answer);
      },
      { maxRetries: 2 },
    );
    expect(await run(model.chat(ask, never))).toBe('fine');
    expect(calls).toBe(3);
  });

  it('gives up after maxRetries, and at once when the server asks for minutes', async () => {
    const { server, model } = await upstream(refuse(429, {}, { 'retry-after-ms': '1' }), { maxRetries: 3 });
    expect(await failure(model.chat(ask, never))).toMatchObject({ kind: 'throttled' });
    expect(server.exchanges).toHaveLength(4);
    const patient = await upstream(refuse(429, {}, { 'retry-after': '120' }), { maxRetries: 3 });
    expect(await failure(patient.model.chat(ask, never))).toMatchObject({ kind: 'throttled' });
    expect(patient.server.exchanges).toHaveLength(1);
  });

  it('never tries again after the answer began', async () => {
    const { server, model } = await upstream(
      (exchange) => {
        beginStream(exchange);
        exchange.response.write(sse(delta({ content: 'half' })), () => exchange.socket.destroy());
      },
      { maxRetries: 3 },
    );
    expect(await failure(model.chat(ask, never))).toMatchObject({ kind: 'stream' });
    expect(server.exchanges).toHaveLength(1);
  });

  it('keeps the API key out of what it reports', async () => {
    const { server, model } = await upstream(
      (exchange) =>
        refuse(401, { error: { message: `Incorrect API key: ${exchange.headers['authorization']}` } })(exchange),
      { apiKey: 'sk-very-secret' },
    );
    const error = await failure(model.chat(ask, never));
    expect(server.exchanges[0]!.headers['authorization']).toBe('Bearer sk-very-secret');
    expect(error.message).toContain('Incorrect API key');
    expect(error.message).not.toContain('sk-very-secret');
  });

  it.each(['localhost:8080/v1', 'ftp://127.0.0.1/v1', 'http://user:secret@127.0.0.1/v1', 'http://127.0.0.1/v1?key=x'])(
    'refuses the base URL %s',
    (baseUrl) => {
      expect(() => createOpenAI({ baseUrl, model: 'm' })).toThrow(LlmError);
    },
  );
});
