import {
  BedrockRuntimeClient,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../../tests/start.ts';

let client: BedrockRuntimeClient;

beforeAll(async () => {
  client = new BedrockRuntimeClient((await startForTests()).clients);
});

const CLAUDE = 'anthropic.claude-3-haiku-20240307-v1:0';
const FACT = 'The ferry to Skarholm costs 14 crowns.';
const QUESTION = `${FACT}\n\nHow much does the ferry to Skarholm cost?`;
const WEATHER = 'What is the weather in Oslo?';
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Name of the city' } },
  required: ['city'],
};
const version = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 200 };

async function invoke(modelId: string, body: unknown): Promise<any> {
  const reply = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(Buffer.from(reply.body).toString('utf8'));
}

async function chunksOf(modelId: string, body: unknown): Promise<any[]> {
  const { body: stream } = await client.send(
    new InvokeModelWithResponseStreamCommand({ modelId, body: JSON.stringify(body) }),
  );
  const chunks: any[] = [];
  for await (const event of stream!) chunks.push(JSON.parse(Buffer.from(event.chunk!.bytes!).toString('utf8')));
  return chunks;
}

/** A question to each family, where its answer lies in a whole reply, and in a chunk of a stream. */
const families: [
  string,
  string,
  (text: string) => object,
  (reply: any) => string,
  (chunk: any) => string | undefined,
][] = [
  [
    'Claude',
    CLAUDE,
    (content) => ({ ...version, messages: [{ role: 'user', content }] }),
    (reply) => reply.content[0].text,
    (chunk) => chunk.delta?.text,
  ],
  [
    'Claude 2',
    'anthropic.claude-v2:1',
    (text) => ({ prompt: `\n\nHuman: ${text}\n\nAssistant:`, max_tokens_to_sample: 200 }),
    (reply) => reply.completion.slice(1),
    (chunk) => chunk.completion,
  ],
  [
    'Nova',
    'amazon.nova-lite-v1:0',
    (text) => ({ messages: [{ role: 'user', content: [{ text }] }], inferenceConfig: { maxTokens: 200, topK: 20 } }),
    (reply) => reply.output.message.content[0].text,
    (chunk) => chunk.contentBlockDelta?.delta.text,
  ],
  [
    'Titan',
    'amazon.titan-text-lite-v1',
    (inputText) => ({ inputText }),
    (reply) => reply.results[0].outputText,
    (chunk) => chunk.outputText,
  ],
  [
    'Llama',
    'meta.llama3-8b-instruct-v1:0',
    (prompt) => ({ prompt }),
    (reply) => reply.generation,
    (chunk) => chunk.generation,
  ],
  [
    'Mistral',
    'mistral.mistral-7b-instruct-v0:2',
    (text) => ({ prompt: `<s>[INST] ${text} [/INST]` }),
    (reply) => reply.outputs[0].text,
    (chunk) => chunk.outputs[0].text,
  ],
  [
    'Mistral Large',
    'mistral.mistral-large-2407-v1:0',
    (content) => ({ messages: [{ role: 'user', content }] }),
    (reply) => reply.choices[0].message.content,
    (chunk) => chunk.choices[0].message.content,
  ],
  [
    'gpt-oss',
    'openai.gpt-oss-20b-1:0',
    (content) => ({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content },
      ],
    }),
    (reply) => reply.choices[0].message.content,
    (chunk) => chunk.choices[0].delta.content,
  ],
  [
    'Command R',
    'cohere.command-r-v1:0',
    () => ({ message: 'How much does the ferry to Skarholm cost?', documents: [{ title: 'ferry', snippet: FACT }] }),
    (reply) => reply.text,
    (chunk) => chunk.text,
  ],
  [
    'Command',
    'cohere.command-text-v14',
    (prompt) => ({ prompt, max_tokens: 200 }),
    (reply) => reply.generations[0].text,
    (chunk) => chunk.text,
  ],
  [
    'DeepSeek-R1',
    'us.deepseek.r1-v1:0',
    (text) => ({ prompt: `<｜begin▁of▁sentence｜><｜User｜>${text}<｜Assistant｜><think>\n`, max_tokens: 200 }),
    (reply) => reply.choices[0].text,
    (chunk) => chunk.choices[0].text,
  ],
];

describe('native bodies', () => {
  it.each(families)(
    'of %s say the same whole and streamed, and end with what the invocation took',
    async (_, modelId, ask, whole, piece) => {
      const body = ask(QUESTION);
      const said = whole(await invoke(modelId, body));
      expect(said).toContain('14 crowns');
      const chunks = await chunksOf(modelId, body);
      expect(chunks.map((chunk) => piece(chunk) ?? '').join('')).toBe(said);
      const { inputTokens } = await client.send(
        new CountTokensCommand({ modelId, input: { invokeModel: { body: Buffer.from(JSON.stringify(body)) } } }),
      );
      const metrics = chunks.map((chunk) => chunk['amazon-bedrock-invocationMetrics']);
      expect(metrics.slice(0, -1).every((each) => each === undefined)).toBe(true);
      expect(metrics.at(-1)).toMatchObject({
        inputTokenCount: inputTokens,
        outputTokenCount: expect.any(Number),
        firstByteLatency: expect.any(Number),
      });
    },
  );

  it('of Claude stream the events of its Messages API, in order', async () => {
    const chunks = await chunksOf(CLAUDE, {
      ...version,
      messages: [{ role: 'user', content: WEATHER }],
      tools: [{ name: 'get_weather', description: 'Get the weather of a city', input_schema: SCHEMA }],
    });
    const types = chunks.map(({ type }) => type);
    expect(types[0]).toBe('message_start');
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
    const start = chunks.find((chunk) => chunk.content_block?.type === 'tool_use');
    expect(start).toMatchObject({
      type: 'content_block_start',
      content_block: { name: 'get_weather', input: {}, id: expect.stringMatching(/^toolu_bdrk_/) },
    });
    const json = chunks.flatMap((chunk) => chunk.delta?.partial_json ?? []).join('');
    expect(JSON.parse(json)).toEqual({ city: 'Oslo' });
    expect(chunks.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: expect.any(Number) },
    });
  });

  it('of Claude carry tools there and back', async () => {
    const tools = [{ name: 'get_weather', description: 'Get the weather of a city', input_schema: SCHEMA }];
    const messages: object[] = [{ role: 'user', content: WEATHER }];
    const first = await invoke(CLAUDE, { ...version, messages, tools, tool_choice: { type: 'any' } });
    expect(first.stop_reason).toBe('tool_use');
    const use = first.content.find((block: any) => block.type === 'tool_use');
    expect(use.input).toEqual({ city: 'Oslo' });
    messages.push(
      { role: 'assistant', content: first.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '{"temperature_celsius": -7}' }] },
    );
    const second = await invoke(CLAUDE, { ...version, messages, tools });
    expect(second.content[0].text).toContain('-7');
  });

  it('of the chat families carry tools there and back', async () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'get_weather', description: 'Get the weather of a city', parameters: SCHEMA },
      },
    ];
    for (const modelId of ['mistral.mistral-large-2407-v1:0', 'openai.gpt-oss-120b-1:0']) {
      const messages: object[] = [{ role: 'user', content: WEATHER }];
      const { message } = (await invoke(modelId, { messages, tools })).choices[0];
      const [called] = message.tool_calls;
      expect(called.function.name).toBe('get_weather');
      expect(JSON.parse(called.function.arguments)).toEqual({ city: 'Oslo' });
      messages.push(message, { role: 'tool', tool_call_id: called.id, content: '{"temperature_celsius": 23}' });
      expect((await invoke(modelId, { messages, tools })).choices[0].message.content).toContain('23');
    }
  });

  it('of Claude hold a document in base64', async () => {
    const document = {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: FACT },
      title: 'ferry',
    };
    const { content } = await invoke(CLAUDE, {
      ...version,
      messages: [
        { role: 'user', content: [document, { type: 'text', text: 'How much does the ferry to Skarholm cost?' }] },
      ],
    });
    expect(content[0].text).toContain('14 crowns');
  });

  const user = (content: unknown) => [{ role: 'user', content }];
  it.each([
    [{ ...version }, 'messages: Field required'],
    [{ messages: user('a'), max_tokens: 5 }, 'anthropic_version: Field required'],
    [{ ...version, messages: user('a'), loudness: 3 }, 'loudness: Extra inputs are not permitted'],
    [{ ...version, messages: user('a'), temperature: 2 }, 'temperature: Input should be less than or equal to 1'],
    [{ ...version, messages: user('a'), max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
    [
      { ...version, messages: user('a'), max_tokens: 5_000 },
      'max_tokens: 5000 > 4096, which is the maximum allowed number of output tokens for claude-3-haiku-20240307-v1:0',
    ],
    [{ ...version, messages: [] }, 'messages: at least one message is required'],
    [
      { ...version, messages: [{ role: 'assistant', content: 'a' }] },
      'messages: first message must use the "user" role',
    ],
    [{ ...version, messages: user([{ type: 'text', text: '' }]) }, 'messages: text content blocks must be non-empty'],
    [{ ...version, messages: user([{ type: 'text' }]) }, 'messages.0.content.0.text: Field required'],
    [
      { ...version, messages: user([{ type: 'tool_result', tool_use_id: 't1', content: 'x' }]) },
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    ],
    [
      {
        ...version,
        messages: [
          ...user('a'),
          { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: {} }] },
          ...user('b'),
        ],
      },
      'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
    ],
    [
      { prompt: '\n\nHuman: a\n\nAssistant:', max_tokens_to_sample: 5 },
      '"claude-3-haiku-20240307-v1:0" is not supported on this API. Please use the Messages API instead.',
    ],
  ])('of Claude that are wrong are refused in its own words: %j', async (body, message) => {
    await expect(invoke(CLAUDE, body)).rejects.toMatchObject({ name: 'ValidationException', message });
  });

  it.each([
    [
      'amazon.titan-text-lite-v1',
      { prompt: 'a' },
      '#: required key [inputText] not found#: extraneous key [prompt] is not permitted',
    ],
    [
      'amazon.titan-text-lite-v1',
      { inputText: 'a', textGenerationConfig: { stopSequences: 'x' } },
      '#/textGenerationConfig/stopSequences: expected type: JSONArray, found: String',
    ],
    [
      'meta.llama3-8b-instruct-v1:0',
      { prompt: 'a', max_gen_len: 4_096 },
      '#/max_gen_len: 4096 is not less or equal to 2048',
    ],
    ['mistral.mistral-7b-instruct-v0:2', { prompt: 'a', top_p: -1 }, '#/top_p: -1 is not greater or equal to 0'],
    ['amazon.nova-lite-v1:0', { messages: [] }, '#/messages: expected minimum item count: 1, found: 0'],
    [
      'amazon.nova-lite-v1:0',
      { messages: user([{ type: 'text', text: 'a' }]) },
      '#/messages/0/content/0: extraneous key [type] is not permitted',
    ],
  ])('of %s that are wrong are refused in Bedrock’s words: %j', async (modelId, body, found) => {
    await expect(invoke(modelId, body)).rejects.toMatchObject({
      name: 'ValidationException',
      message: `Malformed input request: ${found}, please reformat your input and try again.`,
    });
  });

  it('of Command R carry tools there and back', async () => {
    const body = {
      message: WEATHER,
      tools: [
        {
          name: 'get_weather',
          description: 'Get the weather of a city',
          parameter_definitions: { city: { description: 'Name of the city', type: 'str', required: true } },
        },
      ],
    };
    const { tool_calls } = await invoke('cohere.command-r-plus-v1:0', body);
    expect(tool_calls).toEqual([{ name: 'get_weather', parameters: { city: 'Oslo' } }]);
    const streamed = await chunksOf('cohere.command-r-plus-v1:0', body);
    expect(streamed.at(-1)).toMatchObject({
      is_finished: true,
      event_type: 'stream-end',
      finish_reason: 'COMPLETE',
      response: { tool_calls },
    });
    const { text } = await invoke('cohere.command-r-plus-v1:0', {
      ...body,
      tool_results: [{ call: tool_calls[0], outputs: [{ temperature_celsius: 17 }] }],
    });
    expect(text).toContain('17');
  });

  it('of Cohere Embed give a vector a text, cut where the request lets it', { timeout: 90_000 }, async () => {
    const texts = [
      'A kitten naps on the couch.',
      'The cat is asleep on the sofa.',
      'Interest rates rose by a quarter point.',
    ];
    const { embeddings, response_type } = await invoke('cohere.embed-english-v3', {
      texts,
      input_type: 'search_document',
    });
    expect(response_type).toBe('embeddings_floats');
    expect(embeddings.map((vector: number[]) => vector.length)).toEqual([1_024, 1_024, 1_024]);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
    expect(dot(embeddings[0], embeddings[1])).toBeGreaterThan(dot(embeddings[0], embeddings[2]));
    const typed = await invoke('cohere.embed-v4:0', {
      texts: texts.slice(0, 1),
      input_type: 'search_query',
      embedding_types: ['float', 'ubinary'],
      output_dimension: 256,
    });
    expect(typed.response_type).toBe('embeddings_by_type');
    const [[vector], [bits]] = [typed.embeddings.float, typed.embeddings.ubinary];
    expect(vector).toHaveLength(256);
    expect(bits.flatMap((byte: number) => byte.toString(2).padStart(8, '0').split('').map(Number))).toEqual(
      vector.map((value: number) => (value > 0 ? 1 : 0)),
    );
    const long = Array.from({ length: 220 }, (_, index) => `w${index}`).join(' ');
    await expect(invoke('cohere.embed-english-v3', { texts: [long], input_type: 'clustering' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('too many tokens'),
    });
    const cut = await invoke('cohere.embed-english-v3', { texts: [long], input_type: 'clustering', truncate: 'END' });
    expect(cut.embeddings[0]).toHaveLength(1_024);
    await expect(invoke('cohere.embed-english-v3', { texts })).rejects.toMatchObject({
      message: expect.stringContaining('required key [input_type] not found'),
    });
  });

  it('of families that are not built are refused by the family’s name', async () => {
    await expect(invoke('amazon.nova-sonic-v1:0', { prompt: 'a' })).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('nova-sonic'),
      $metadata: { httpStatusCode: 501 },
    });
    await expect(chunksOf('amazon.titan-embed-text-v2:0', { inputText: 'a' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The model is unsupported for streaming.',
    });
  });
});
