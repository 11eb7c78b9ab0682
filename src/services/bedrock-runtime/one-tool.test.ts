import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortTermKey } from '../../../tests/api-key.ts';
import { startForTests } from '../../../tests/start.ts';

/** What the server behind Claude 3.5 Haiku was last asked. It calls two tools, whatever it is told. */
let asked: Record<string, unknown> | undefined;
const server = createServer((request, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (chunk: object) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    for (const [index, city] of ['Paris', 'Rome'].entries())
      send({
        choices: [
          {
            index: 0,
            delta: {
              tool_calls: [
                { index, id: `call_${index}`, function: { name: 'weather', arguments: JSON.stringify({ city }) } },
              ],
            },
          },
        ],
      });
    send({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] });
    send({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } });
    response.end('data: [DONE]\n\n');
  });
});

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let client: BedrockRuntimeClient;
const BUILTIN = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const BOUND = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  outcrop = await startForTests({
    models: { 'anthropic.claude-3-5-haiku-*': `openai:http://127.0.0.1:${port}/v1#test` },
  });
  client = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
});
afterAll(() => server.close());

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const DESCRIPTION = 'The current weather in a city.';
const QUESTION = 'What is the weather in Paris, and what is the weather in Rome?';
const tools = [{ toolSpec: { name: 'weather', description: DESCRIPTION, inputSchema: { json: schema } } }];
const ALONE = { disable_parallel_tool_use: true };

const ask = (modelId: string, more: Partial<ConverseCommandInput> = {}) => ({
  modelId,
  messages: [{ role: 'user' as const, content: [{ text: QUESTION }] }],
  toolConfig: { tools },
  ...more,
});
const calls = async (modelId: string, more?: Partial<ConverseCommandInput>) => {
  const { output, stopReason } = await client.send(new ConverseCommand(ask(modelId, more)));
  expect(stopReason).toBe('tool_use');
  return output!.message!.content!.flatMap(({ toolUse }) => (toolUse ? [toolUse.input] : []));
};
const native = async (modelId: string, choice?: object) => {
  const { body } = await client.send(
    new InvokeModelCommand({
      modelId,
      body: JSON.stringify({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 500,
        messages: [{ role: 'user', content: QUESTION }],
        tools: [{ name: 'weather', description: DESCRIPTION, input_schema: schema }],
        ...(choice ? { tool_choice: choice } : {}),
      }),
    }),
  );
  const { content } = JSON.parse(body.transformToString()) as { content: { type: string; input?: object }[] };
  return content.flatMap(({ type, input }) => (type === 'tool_use' ? [input] : []));
};

const BOTH = [{ city: 'Paris' }, { city: 'Rome' }];
const FIRST = [{ city: 'Paris' }];

describe('disable_parallel_tool_use', () => {
  it.each([BUILTIN, BOUND])('has %s call one tool at most, in every body', async (modelId) => {
    expect(await calls(modelId)).toEqual(BOTH);
    expect(await native(modelId)).toEqual(BOTH);
    for (const type of ['auto', 'any']) expect(await native(modelId, { type, ...ALONE })).toEqual(FIRST);
    expect(await native(modelId, { type: 'tool', name: 'weather', ...ALONE })).toEqual(FIRST);
    expect(await native(modelId, { type: 'auto', disable_parallel_tool_use: false })).toEqual(BOTH);
    expect(await calls(modelId, { additionalModelRequestFields: { tool_choice: { type: 'auto', ...ALONE } } })).toEqual(
      FIRST,
    );
    // Beside a choice of Converse's own it stands alone.
    expect(
      await calls(modelId, {
        toolConfig: { tools, toolChoice: { any: {} } },
        additionalModelRequestFields: { tool_choice: ALONE },
      }),
    ).toEqual(FIRST);
  });

  it('holds for streams', async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand(
        ask(BOUND, { additionalModelRequestFields: { tool_choice: { type: 'auto', ...ALONE } } }),
      ),
    );
    const starts: string[] = [];
    let input = '';
    for await (const { contentBlockStart, contentBlockDelta } of stream!) {
      if (contentBlockStart?.start?.toolUse) starts.push(contentBlockStart.start.toolUse.name!);
      input += contentBlockDelta?.delta?.toolUse?.input ?? '';
    }
    expect(starts).toEqual(['weather']);
    expect(JSON.parse(input)).toEqual({ city: 'Paris' });
  });

  it('is passed on to a server as parallel_tool_calls', async () => {
    await native(BOUND, { type: 'auto', ...ALONE });
    expect(asked).toMatchObject({ parallel_tool_calls: false, tool_choice: 'auto' });
    await native(BOUND, { type: 'auto' });
    expect(asked).not.toHaveProperty('parallel_tool_calls');
  });

  it('is refused where it says nothing, in the words of Bedrock', async () => {
    const refusal = (more: Partial<ConverseCommandInput>) =>
      client.send(new ConverseCommand(ask(BUILTIN, more))).then(
        () => undefined,
        (error: Error) => error.message,
      );
    expect(await refusal({ additionalModelRequestFields: { tool_choice: ALONE } })).toBe(
      'The model returned the following errors: tool_choice.type: Field required',
    );
    expect(
      await refusal({
        toolConfig: { tools, toolChoice: { tool: { name: 'weather' } } },
        additionalModelRequestFields: { tool_choice: { type: 'auto', ...ALONE } },
      }),
    ).toBe(
      'The additional field tool_choice/type conflicts with the existing field toolConfig.toolChoice.tool. Remove tool_choice/type and try again.',
    );
    await expect(native(BUILTIN, { type: 'none', ...ALONE })).rejects.toThrow(
      'tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted',
    );
  });

  it('is what parallel_tool_calls of a chat completion says', async () => {
    const openai = new OpenAI({ baseURL: `${outcrop.endpoint}/openai/v1`, apiKey: shortTermKey(outcrop) });
    const complete = async (more: object) => {
      const { choices } = await openai.chat.completions.create({
        model: BUILTIN,
        messages: [{ role: 'user', content: QUESTION }],
        tools: [{ type: 'function', function: { name: 'weather', description: DESCRIPTION, parameters: schema } }],
        ...more,
      });
      return choices[0]!.message.tool_calls?.length;
    };
    expect(await complete({})).toBe(2);
    expect(await complete({ parallel_tool_calls: false })).toBe(1);
    expect(await complete({ parallel_tool_calls: false, tool_choice: 'required' })).toBe(1);
    await expect(complete({ parallel_tool_calls: false, model: 'us.amazon.nova-lite-v1:0' })).rejects.toThrow(
      /parallel_tool_calls/,
    );
  });
});
