import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';

/** What the server behind the model does next; it speaks OpenAI's chat completions. */
let behave: (request: IncomingMessage, response: ServerResponse, body: any) => void;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => behave(request, response, JSON.parse(Buffer.concat(chunks).toString('utf8'))));
});

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let client: BedrockRuntimeClient;
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const DOWN = 'meta.llama3-8b-instruct-v1:0';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  outcrop = await startForTests({
    models: { 'anthropic.*': `openai:http://127.0.0.1:${port}/v1#test`, 'meta.*': 'openai:http://127.0.0.1:9/v1#test' },
  });
  client = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
});
afterAll(() => server.close());

const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
const converse = (modelId = MODEL) => client.send(new ConverseCommand({ modelId, messages }));

const fail = (status: number, message: string) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message } }));
};

/** Streams pieces of text; `cut` ends the connection in the middle. */
const speak =
  (pieces: string[], { cut = false, finish = 'stop' } = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (chunk: object) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    for (const content of pieces) send({ choices: [{ index: 0, delta: { content } }] });
    if (cut) {
      setTimeout(() => response.destroy(), 20);
      return;
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: finish }] });
    send({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } });
    response.end('data: [DONE]\n\n');
  };

async function streamed(): Promise<ConverseStreamOutput[]> {
  const { stream } = await client.send(new ConverseStreamCommand({ modelId: MODEL, messages }));
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream!) events.push(event);
  return events;
}

describe('a bound backend', () => {
  it('is passed on delta by delta, with its own token counts, metered under the model', async () => {
    behave = speak(['Good', ' ', 'morn', 'ing']);
    const events = await streamed();
    expect(events.flatMap((event) => event.contentBlockDelta?.delta?.text ?? [])).toEqual(['Good', ' ', 'morn', 'ing']);
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens: 11, outputTokens: 7, totalTokens: 18 });
    const whole = await converse();
    expect(whole.output?.message?.content).toEqual([{ text: 'Good morning' }]);
    const { lines } = await outcrop.cost();
    const of = (type: string) => lines.find((line) => line.type === type && line.resource === MODEL)?.quantity;
    expect([of('InputTokens'), of('OutputTokens')]).toEqual([22, 14]);
    expect(outcrop.calls(1)[0]?.answer).toMatch(/^computed; engine=openai/);
  });

  it('tells of the usage of a native body in headers', async () => {
    behave = speak(['Good morning']);
    const command = new InvokeModelCommand({
      modelId: MODEL,
      body: JSON.stringify({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 50,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    let headers: Record<string, string> = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        ({ headers } = result.response as { headers: Record<string, string> });
        return result;
      },
      { step: 'deserialize' },
    );
    await client.send(command);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-bedrock-input-token-count': '11',
      'x-amzn-bedrock-output-token-count': '7',
      'x-outcrop-answer': expect.stringMatching(/^computed; engine=openai/),
    });
  });

  it('that makes no tool input of its JSON says malformed_tool_use', async () => {
    behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (chunk: object) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      send({
        choices: [
          {
            index: 0,
            delta: { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'look', arguments: '{"at": ' } }] },
          },
        ],
      });
      send({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] });
      response.end('data: [DONE]\n\n');
    };
    const tools = [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }];
    const { stopReason } = await client.send(new ConverseCommand({ modelId: MODEL, messages, toolConfig: { tools } }));
    expect(stopReason).toBe('malformed_tool_use');
  });

  it.each([
    [
      400,
      "This model's maximum context length is 4096 tokens, however you requested 5000 tokens.",
      { name: 'ValidationException', message: 'Input is too long for requested model.' },
    ],
    [
      422,
      'top_k is not known here',
      { name: 'ValidationException', message: expect.stringContaining('The model returned the following errors: ') },
    ],
    [
      500,
      'out of memory',
      { name: 'ModelErrorException', originalStatusCode: 500, resourceName: MODEL, $metadata: { httpStatusCode: 424 } },
    ],
    [504, 'too slow', { name: 'ModelTimeoutException', $metadata: { httpStatusCode: 408 } }],
  ])('that answers %i (%s) makes the call fail as AWS does', async (status, message, error) => {
    behave = fail(status, message);
    await expect(converse()).rejects.toMatchObject(error);
    await expect(streamed()).rejects.toMatchObject(error);
  });

  it('that has too much to do throttles', { timeout: 60_000 }, async () => {
    behave = fail(429, 'slow down');
    await expect(converse()).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } });
  });

  it('that is down is an error, not another backend’s answer', { timeout: 60_000 }, async () => {
    await expect(converse(DOWN)).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 503 },
    });
  });

  it('that breaks off is an error in the stream, after what it has said', async () => {
    behave = speak(['Good', ' '], { cut: true });
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: MODEL, messages }));
    const said: string[] = [];
    const reading = (async () => {
      for await (const event of stream!) if (event.contentBlockDelta) said.push(event.contentBlockDelta.delta!.text!);
    })();
    await expect(reading).rejects.toMatchObject({ name: 'ModelStreamErrorException', originalStatusCode: 500 });
    expect(said).toEqual(['Good', ' ']);
    await expect(converse()).rejects.toMatchObject({ name: 'ModelErrorException' });
  });

  it('that sees is handed pictures as they are', async () => {
    let seen: any;
    behave = (request, response, body) => {
      seen = body;
      speak(['A dot.'])(request, response);
    };
    const bytes = Buffer.from('89504e470d0a1a0a', 'hex');
    const content = [{ text: 'What is this?' }, { image: { format: 'png' as const, source: { bytes } } }];
    await client.send(new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content }] }));
    const parts = seen.messages.at(-1).content;
    expect(parts).toContainEqual(expect.objectContaining({ type: 'text', text: 'What is this?' }));
    expect(JSON.stringify(parts)).toContain(`data:image/png;base64,${bytes.toString('base64')}`);
  });

  it.each([
    ['whole', ConverseCommand],
    ['streamed', ConverseStreamCommand],
  ])('that does not answer is let go when the client gives up (%s)', async (_, Command) => {
    const asked = new Promise<void>((resolve) => {
      behave = (_, response) => {
        resolve();
        response.once('close', left);
      };
    });
    let left = () => {};
    const gone = new Promise<void>((resolve) => (left = resolve));
    const leave = new AbortController();
    const sending = client.send(new Command({ modelId: MODEL, messages }) as ConverseCommand, {
      abortSignal: leave.signal,
    });
    await asked;
    leave.abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    await gone;
  });

  it('that cannot count tokens says so in AWS’s words', async () => {
    behave = fail(404, 'no such path');
    const counting = client.send(new CountTokensCommand({ modelId: MODEL, input: { converse: { messages } } }));
    await expect(counting).rejects.toMatchObject({
      name: 'ValidationException',
      message: "The provided model doesn't support counting tokens.",
    });
  });
});
