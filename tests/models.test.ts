import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginStream, delta, DONE, sse, startUpstream, usage } from '../src/engines/llm/openai/upstream.fixture.ts';
import { sha256, signRequest } from '../src/kernel/signing.ts';
import type { Outcrop } from '../src/main.ts';
import { allow, identities } from './identities.ts';
import { startForTests } from './start.ts';

const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
/** A PNG file of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let outcrop: Outcrop;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
beforeAll(async () => {
  outcrop = await startForTests();
  upstream = await startUpstream((exchange) => {
    if (exchange.body['model'] === 'broken') {
      exchange.response.writeHead(500, { 'content-type': 'application/json' });
      exchange.response.end(JSON.stringify({ error: { message: 'out of memory' } }));
      return;
    }
    if (exchange.path.endsWith('/images/generations')) {
      exchange.response.writeHead(200, { 'content-type': 'application/json' });
      exchange.response.end(JSON.stringify({ created: 1, data: [{ b64_json: PIXEL }] }));
      return;
    }
    const text = `You said: ${exchange.body['messages'].at(-1).content}`;
    beginStream(exchange);
    exchange.response.end(sse(delta({ content: text })) + sse(delta({}, 'stop')) + sse(usage(7, 5)) + DONE);
  });
});
afterAll(() => upstream.stop());

/** What the management API answers, and with which status. */
async function ask(method: string, path: string, body?: unknown, credentials = outcrop.credentials): Promise<any> {
  const url = new URL(`${outcrop.endpoint}/_outcrop/${path}`);
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = signRequest({
    method,
    url,
    payloadSha256: sha256(text),
    service: 'outcrop',
    region: 'us-east-1',
    credentials,
  });
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: text }) });
  return { status: response.status, ...(JSON.parse(await response.text()) as object) };
}

const say = async (text: string) => {
  const runtime = new BedrockRuntimeClient(outcrop.clients);
  const { output } = await runtime.send(
    new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text }] }] }),
  );
  return output!.message!.content![0]!.text;
};

describe('/_outcrop/models', () => {
  it('tells what answers for each model, and binds another that answers from the next call on', async () => {
    const before = await ask('GET', 'models');
    expect(before).toMatchObject({ status: 200, bindings: [], files: [] });
    expect(before.models.find(({ model }: { model: string }) => model === MODEL)).toEqual({
      model: MODEL,
      backend: 'builtin',
    });
    const backend = `openai:${upstream.baseUrl}#small`;
    expect(await ask('PUT', 'models', { pattern: 'anthropic.*', backend })).toEqual({
      status: 200,
      binding: { pattern: 'anthropic.*', backend },
    });
    expect(await ask('GET', `models?model=${encodeURIComponent(MODEL)}`)).toMatchObject({
      bindings: [{ pattern: 'anthropic.*', backend }],
      models: [{ model: MODEL, backend, pattern: 'anthropic.*' }],
    });
    expect(await say('a word')).toBe('You said: a word');
    expect(await ask('DELETE', 'models?pattern=anthropic.*')).toEqual({ status: 200, unbound: 'anthropic.*' });
    expect(await say('a word')).not.toContain('You said');
  });

  it('tells anybody what a model can do, and what its tokens cost', async () => {
    const { user } = identities(outcrop);
    const { clients } = await user('cleo');
    const { models } = await ask(
      'GET',
      `models/facts?model=${encodeURIComponent(MODEL)}`,
      undefined,
      clients.credentials,
    );
    expect(models).toEqual([
      {
        model: MODEL,
        contextTokens: 200_000,
        outputTokensMax: 4_096,
        converse: expect.objectContaining({ system: true, documents: true }),
        citations: false,
        usdPerMillionTokens: { input: 0.25, output: 1.25 },
      },
    ]);
    expect((await ask('GET', 'models/facts')).models.length).toBeGreaterThan(70);
  });

  it('tries a backend that nothing is bound to, and tells what it answered or how it failed', async () => {
    const backend = `openai:${upstream.baseUrl}#small`;
    expect(await ask('POST', 'models/test', { backend, prompt: 'Hello' })).toMatchObject({
      status: 200,
      ok: true,
      backend,
      text: 'You said: Hello',
      stopReason: 'end_turn',
      usage: { inputTokens: 7, outputTokens: 5 },
      latencyMs: expect.any(Number),
      capabilities: { streaming: true },
    });
    expect(await ask('POST', 'models/test', { backend: `openai:${upstream.baseUrl}#broken` })).toMatchObject({
      status: 200,
      ok: false,
      error: { message: expect.stringContaining('out of memory'), upstreamStatus: 500 },
    });
    expect(await ask('POST', 'models/test', { model: MODEL, prompt: 'What is 6 times 7?' })).toMatchObject({
      ok: true,
      backend: 'builtin',
      text: expect.stringContaining('42'),
      provenance: { kind: 'heuristic', engine: 'builtin' },
    });
    const vector = await ask('POST', 'models/test', { model: 'amazon.titan-embed-text-v2:0', kind: 'embedding' });
    expect(vector.error).toBeUndefined();
    expect(vector).toMatchObject({ ok: true, dimensions: expect.any(Number) });
    expect(vector.vector).toHaveLength(8);
    expect(
      await ask('POST', 'models/test', { backend: `openai:${upstream.baseUrl}#painter`, kind: 'image' }),
    ).toMatchObject({
      ok: true,
      image: PIXEL,
    });
    expect(await ask('POST', 'models/test', { backend: 'builtin', kind: 'image' })).toMatchObject({
      ok: false,
      error: { message: 'builtin makes no pictures.' },
    });
    expect((await ask('GET', 'models')).bindings).toEqual([]);
  });

  it('refuses what is no backend and what is not bound, with the reason', async () => {
    const put = (body: unknown) => ask('PUT', 'models', body);
    expect(await put({ pattern: '*', backend: 'ftp:x' })).toMatchObject({
      status: 400,
      message: expect.stringContaining('is not a backend'),
    });
    expect(await put({ pattern: '*', backend: 'gguf:nowhere' })).toMatchObject({
      status: 400,
      message: expect.stringContaining('There is no model named "nowhere"'),
    });
    expect(await put({ pattern: '*' })).toMatchObject({ status: 400, message: expect.stringContaining('backend') });
    expect(await put({ pattern: '*', backend: 'builtin', more: 1 })).toMatchObject({ status: 400 });
    expect(await ask('DELETE', 'models?pattern=never')).toMatchObject({
      status: 400,
      message: 'Nothing is bound to "never".',
    });
    expect(await ask('POST', 'models/test', {})).toMatchObject({ status: 400 });
    expect(await ask('POST', 'models/test', { model: MODEL, backend: 'builtin' })).toMatchObject({ status: 400 });
  });

  it('is the root’s; but anybody is told how a call of their own went', async () => {
    const { user } = identities(outcrop);
    const [ann, bob] = await Promise.all([user('ann', allow('bedrock:InvokeModelWithResponseStream')), user('bob')]);
    for (const [method, path] of [
      ['GET', 'models'],
      ['PUT', 'models'],
      ['POST', 'models/test'],
    ] as const)
      expect(await ask(method, path, undefined, ann.clients.credentials)).toMatchObject({ status: 403 });
    const { $metadata, stream } = await new BedrockRuntimeClient(ann.clients).send(
      new ConverseStreamCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
    );
    for await (const _event of stream!);
    const path = `call?request=${$metadata.requestId}`;
    await expect
      .poll(() => ask('GET', path, undefined, ann.clients.credentials), { timeout: 10_000 })
      .toMatchObject({
        status: 200,
        call: { principal: ann.arn, operation: 'ConverseStream', usd: expect.any(Number) },
      });
    expect(await ask('GET', path)).toMatchObject({ status: 200 });
    expect(await ask('GET', path, undefined, bob.clients.credentials)).toMatchObject({ status: 404 });
    expect(await ask('GET', 'call')).toMatchObject({ status: 400 });
  });
});
