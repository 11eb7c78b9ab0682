import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlock,
  type ConverseCommandInput,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../../tests/start.ts';

let client: BedrockRuntimeClient;
let clients: Awaited<ReturnType<typeof startForTests>>['clients'];

beforeAll(async () => {
  ({ clients } = await startForTests());
  client = new BedrockRuntimeClient(clients);
});

const CLAUDE = 'anthropic.claude-3-haiku-20240307-v1:0';
const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentBlock[]): Message => ({ role: 'assistant', content });
const said = (text: string): ContentBlock => ({ text });
const use = (toolUseId: string): ContentBlock => ({ toolUse: { toolUseId, name: 'look', input: {} } });
const result = (toolUseId: string): ContentBlock => ({ toolResult: { toolUseId, content: [{ text: 'seen' }] } });
const document = (name: string, text = 'The gate closes at ten.'): ContentBlock => ({
  document: { name, format: 'txt', source: { bytes: Buffer.from(text) } },
});
const TOOL = { toolSpec: { name: 'look', inputSchema: { json: { type: 'object', properties: {} } } } };
const toolConfig = { tools: [TOOL] };
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

type Input = Partial<ConverseCommandInput>;
const ask = (input: Input) =>
  client.send(new ConverseCommand({ modelId: CLAUDE, messages: [user(said('Hello'))], ...input }));

/** Requests that Converse refuses, and what it says to each. */
const refused: [string, Input, string][] = [
  ['an unknown model', { modelId: 'anthropic.claude-9' }, 'The provided model identifier is invalid.'],
  [
    'a model that has inference profiles only, by its bare id',
    { modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
    'Invocation of model ID anthropic.claude-sonnet-4-5-20250929-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
  ],
  [
    'a profile of a geography that the model has none in',
    { modelId: 'jp.amazon.nova-pro-v1:0' },
    'The provided model identifier is invalid.',
  ],
  [
    'a profile of another geography',
    { modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
    'The provided model identifier is invalid.',
  ],
  [
    'an embedding model',
    { modelId: 'amazon.titan-embed-text-v2:0' },
    "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
  ],
  [
    'no messages',
    { messages: [] },
    'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  ],
  [
    'the assistant first',
    { messages: [assistant(said('Hello'))] },
    'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  ],
  [
    'two turns of one role',
    { messages: [user(said('a')), user(said('b'))] },
    'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
  ],
  [
    'the assistant last, of a model that cannot go on from there',
    { modelId: 'meta.llama3-8b-instruct-v1:0', messages: [user(said('a')), assistant(said('b'))] },
    'A conversation must end with a user message. Try again with a conversation that ends with a user message.',
  ],
  [
    'a turn without content',
    { messages: [user()] },
    'The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field and try again.',
  ],
  [
    'a blank text',
    { messages: [user(said('  '))] },
    'The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.',
  ],
  [
    'a system text for a model that takes none',
    { modelId: 'amazon.titan-text-express-v1', system: [{ text: 'Be brief.' }] },
    "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
  ],
  [
    'more tokens than the model can answer with',
    { inferenceConfig: { maxTokens: 4_097 } },
    'The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.',
  ],
  [
    'both samplers, of a model that takes one',
    { modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0', inferenceConfig: { temperature: 0.5, topP: 0.5 } },
    'The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.',
  ],
  [
    'a temperature over 1',
    { inferenceConfig: { temperature: 1.5 } },
    "1 validation error detected: Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
  ],
  [
    'tools, of a model that has none',
    { modelId: 'meta.llama3-8b-instruct-v1:0', toolConfig },
    "This model doesn't support tool use.",
  ],
  [
    'a choice of tool that the family does not know',
    { modelId: 'meta.llama3-1-8b-instruct-v1:0', toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
  ],
  [
    'two tools of one name',
    { toolConfig: { tools: [TOOL, TOOL] } },
    'The tool look is already defined at toolConfig.tools.0.',
  ],
  [
    'a tool whose input is no object',
    { toolConfig: { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'string' } } } }] } },
    'The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.',
  ],
  [
    'blocks of tools without tools',
    { messages: [user(said('a')), assistant(use('t1')), user(result('t1'))] },
    'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
  ],
  [
    'a use of a tool that is not answered',
    { toolConfig, messages: [user(said('a')), assistant(use('t1'), use('t2')), user(result('t2'))] },
    'Expected toolResult blocks at messages.2.content for the following Ids: t1',
  ],
  [
    'a result that nothing asked for',
    { toolConfig, messages: [user(result('t1'))] },
    'The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.',
  ],
  [
    'a use of a tool by the user',
    { toolConfig, messages: [user(use('t1'))] },
    'User messages cannot contain tool uses',
  ],
  [
    'an error of a tool that says nothing',
    {
      toolConfig,
      messages: [
        user(said('a')),
        assistant(use('t1')),
        user({ toolResult: { toolUseId: 't1', status: 'error', content: [] } }),
      ],
    },
    'The content field at messages.2.content.0.toolResult cannot be empty when status value is error.',
  ],
  [
    'a document with a dot in its name',
    { messages: [user(said('a'), document('gate.txt'))] },
    "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
  ],
  [
    'two documents of one name',
    { messages: [user(said('a'), document('gate'), document('gate'))] },
    "Messages can't contain duplicate document names.",
  ],
  [
    'six documents',
    { messages: [user(said('a'), ...[1, 2, 3, 4, 5, 6].map((n) => document(`gate ${n}`)))] },
    "You can't include more than 5 documents in a request.",
  ],
  [
    'a document that is not what it says',
    {
      messages: [
        user(said('a'), { document: { name: 'gate', format: 'pdf', source: { bytes: Buffer.from('plain') } } }),
      ],
    },
    'The document at messages.0.content.1.document cannot be read. The bytes are not a PDF document; they look like plain text.',
  ],
  [
    'an image, of a model that reads text only',
    {
      modelId: 'amazon.nova-micro-v1:0',
      messages: [user(said('a'), { image: { format: 'png', source: { bytes: PIXEL } } })],
    },
    "This model doesn't support the image field for user messages. Remove image and try again.",
  ],
  [
    'an image, of a backend that cannot see',
    { messages: [user(said('a'), { image: { format: 'png', source: { bytes: PIXEL } } })] },
    "This model doesn't support the image field for user messages. (The backend that is bound to it cannot see; bind one that can.)",
  ],
  [
    'a field that the model does not know',
    { additionalModelRequestFields: { loudness: 3 } },
    'The model returned the following errors: loudness: Extra inputs are not permitted',
  ],
  [
    'a path that is no pointer',
    { additionalModelResponseFieldPaths: ['stop_sequence'] },
    'The value stop_sequence at additionalModelResponseFieldPaths is not a valid JSON Pointer.',
  ],
  [
    'a schema that is no JSON',
    { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } } },
    'The value at outputConfig.textFormat.structure.jsonSchema.schema is not valid JSON.',
  ],
  [
    'variables without a prompt',
    { promptVariables: { name: { text: 'x' } } },
    'promptVariables can only be used when modelId is the ARN of a prompt from Prompt management.',
  ],
];

/** Parameters that are not built are refused by name. */
const unbuilt: [string, Input][] = [
  [
    'messages.0.content.1.document.context',
    { messages: [user(said('a'), { document: { ...document('gate').document!, context: 'of 1911' } })] },
  ],
];

describe('Converse', () => {
  it.each(refused)('refuses %s in AWS’s words', async (_, input, message) => {
    await expect(ask(input)).rejects.toMatchObject({
      name: 'ValidationException',
      message,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each(unbuilt)('refuses %s, which is not built', async (what, input) => {
    await expect(ask(input)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining(what),
      $metadata: { httpStatusCode: 501 },
    });
  });

  it('refuses tools in a stream of a model that has them in whole answers only', async () => {
    const command = new ConverseStreamCommand({
      modelId: 'meta.llama3-1-8b-instruct-v1:0',
      messages: [user(said('a'))],
      toolConfig,
    });
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'ValidationException',
      message: "This model doesn't support tool use in streaming mode.",
    });
  });

  it('answers from documents of each source', async () => {
    const text = 'The ferry to Skarholm costs 14 crowns.';
    for (const source of [{ bytes: Buffer.from(text) }, { text }, { content: [{ text }] }]) {
      const { output } = await ask({
        messages: [
          user(said('How much does the ferry to Skarholm cost?'), {
            document: { name: 'ferry', format: 'txt', source },
          }),
        ],
      });
      expect(output?.message?.content?.[0]?.text).toContain('14 crowns');
    }
  });

  it('reads a document from S3 as the caller', async () => {
    const s3 = new S3Client(clients);
    await s3.send(new CreateBucketCommand({ Bucket: 'ferries' }));
    await s3.send(
      new PutObjectCommand({
        Bucket: 'ferries',
        Key: 'prices/2026.txt',
        Body: 'The ferry to Skarholm costs 14 crowns.',
      }),
    );
    const block = (uri: string): ContentBlock => ({
      document: { name: 'prices', format: 'txt', source: { s3Location: { uri } } },
    });
    const question = said('How much does the ferry to Skarholm cost?');
    const { output } = await ask({ messages: [user(question, block('s3://ferries/prices/2026.txt'))] });
    expect(output?.message?.content?.[0]?.text).toContain('14 crowns');
    await expect(ask({ messages: [user(question, block('s3://ferries/prices/2025.txt'))] })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(/^Unable to read s3:\/\/ferries\/prices\/2025.txt at .*: NoSuchKey/),
    });
    const tooLarge = new Uint8Array(4.5 * 1024 * 1024 + 1).fill(65);
    await s3.send(new PutObjectCommand({ Bucket: 'ferries', Key: 'large.txt', Body: tooLarge }));
    await expect(ask({ messages: [user(question, block('s3://ferries/large.txt'))] })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The document at messages.0.content.1.document is larger than the maximum of 4.5 MB.',
    });
  });

  it('holds an answer to a schema', async () => {
    const schema = {
      type: 'object',
      properties: { price: { type: 'integer' } },
      required: ['price'],
      additionalProperties: false,
    };
    const { output } = await ask({
      messages: [user(said('The ferry to Skarholm costs 14 crowns.\n\nWhat is the price?'))],
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    });
    expect(JSON.parse(output!.message!.content![0]!.text!)).toEqual({ price: 14 });
  });

  it('gives the native fields that are asked for, and no others', async () => {
    const { additionalModelResponseFields } = await ask({
      additionalModelResponseFieldPaths: ['/stop_sequence', '/usage/input_tokens', '/no~1such'],
    });
    expect(additionalModelResponseFields).toEqual({ stop_sequence: null, usage: { input_tokens: expect.any(Number) } });
  });

  it('gives the same native fields at the end of a stream', async () => {
    const paths = ['/content/0/text', '/stop_reason'];
    const whole = await ask({ additionalModelResponseFieldPaths: paths });
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: CLAUDE,
        messages: [user(said('Hello'))],
        additionalModelResponseFieldPaths: paths,
      }),
    );
    let fields: unknown;
    for await (const event of stream!) if (event.messageStop) fields = event.messageStop.additionalModelResponseFields;
    expect(fields).toEqual(whole.additionalModelResponseFields);
    expect(fields).toMatchObject({ stop_reason: 'end_turn' });
  });

  it('goes on from the start of an answer', async () => {
    const { stopReason } = await ask({ messages: [user(said('Say hello.')), assistant(said('Hello'))] });
    expect(stopReason).toBe('end_turn');
  });
});
