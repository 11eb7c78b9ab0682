import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { draws } from '../../../../tests/draws.ts';
import { startForTests } from '../../../../tests/start.ts';

const { random, pick } = draws('native bodies');

let client: BedrockRuntimeClient;

beforeAll(async () => {
  client = new BedrockRuntimeClient({ ...(await startForTests()).clients, maxAttempts: 1 });
});

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const functionTool = { type: 'function', function: { name: 'look', description: 'Look.', parameters: schema } };

/** A body of each family that uses most of its members. */
const BODIES: [string, object][] = [
  [
    'anthropic.claude-3-haiku-20240307-v1:0',
    {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 20,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'document', title: 'x', source: { type: 'text', media_type: 'text/plain', data: 'A gate.' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: { a: 'b' } }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'Seen.' }] }],
        },
      ],
      tools: [{ name: 'look', description: 'Look.', input_schema: schema }],
      tool_choice: { type: 'auto' },
      temperature: 0.5,
      top_k: 3,
      stop_sequences: ['z'],
    },
  ],
  ['anthropic.claude-v2', { prompt: '\n\nHuman: Look.\n\nAssistant:', max_tokens_to_sample: 5, stop_sequences: ['x'] }],
  [
    'amazon.nova-lite-v1:0',
    {
      schemaVersion: 'messages-v1',
      system: [{ text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          content: [{ text: 'Look.' }, { document: { format: 'txt', name: 'x', source: { bytes: 'QSBnYXRlLg==' } } }],
        },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 't', name: 'look', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 't', content: [{ json: { a: 1 } }] } }] },
      ],
      inferenceConfig: { maxTokens: 5, topK: 3, temperature: 0.2, stopSequences: ['x'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 'look', description: 'Look.', inputSchema: { json: schema } } }],
        toolChoice: { auto: {} },
      },
    },
  ],
  [
    'amazon.titan-text-express-v1',
    {
      inputText: 'User: Look.\nBot:',
      textGenerationConfig: { maxTokenCount: 5, temperature: 0.2, topP: 0.5, stopSequences: ['x'] },
    },
  ],
  [
    'amazon.titan-embed-text-v2:0',
    { inputText: 'A gate.', dimensions: 256, normalize: true, embeddingTypes: ['float'] },
  ],
  [
    'meta.llama3-8b-instruct-v1:0',
    { prompt: '<|start_header_id|>user<|end_header_id|>Look.<|eot_id|>', max_gen_len: 5, temperature: 0.1, top_p: 0.5 },
  ],
  [
    'mistral.mistral-7b-instruct-v0:2',
    { prompt: '<s>[INST] a [/INST] b [INST] c [/INST]', max_tokens: 5, stop: ['x'], top_k: 3 },
  ],
  [
    'mistral.mistral-large-2407-v1:0',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Look.' }] },
        { role: 'assistant', content: '', tool_calls: [{ id: 'x', function: { name: 'look', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'x', content: 'Seen.' },
      ],
      tools: [functionTool],
      tool_choice: 'auto',
      max_tokens: 5,
    },
  ],
  [
    'openai.gpt-oss-20b-1:0',
    {
      messages: [{ role: 'user', content: 'Look.' }],
      stop: 'x',
      seed: 3,
      tools: [functionTool],
      tool_choice: { type: 'function', function: { name: 'look' } },
    },
  ],
  [
    'cohere.command-r-v1:0',
    {
      message: 'Look.',
      chat_history: [
        { role: 'USER', message: 'x' },
        { role: 'CHATBOT', message: 'y' },
      ],
      documents: [{ title: 't', snippet: 'A gate.' }],
      tools: [
        {
          name: 'look',
          description: 'Look.',
          parameter_definitions: { a: { type: 'str', required: false, description: 'What.' } },
        },
      ],
      tool_results: [{ call: { name: 'look', parameters: {} }, outputs: [{ a: 1 }] }],
      preamble: 'Be brief.',
      k: 3,
    },
  ],
  [
    'cohere.embed-english-v3',
    { texts: ['A gate.'], input_type: 'clustering', truncate: 'END', embedding_types: ['float'] },
  ],
];

const ODD = [null, 0, -1, 1.5, '', 'x', true, [], {}, [null], { a: null }, 1e9, [[]], '\u0000'];

/** The body with one or two members taken away, doubled, renamed or replaced by something odd. */
function mutated(body: object): object {
  const copy = structuredClone(body) as any;
  for (let left = 1 + Math.floor(random() * 2); left > 0; left--) {
    const [holder, key] = pick(membersOf(copy));
    const how = random();
    if (how < 0.5) holder[key] = structuredClone(pick(ODD));
    else if (how < 0.8 && Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (how < 0.8) delete holder[key];
    else if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
    else holder[`${key}_`] = holder[key];
    if (membersOf(copy).length === 0) break;
  }
  return copy;
}

function membersOf(value: any): [any, string][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => [[value, key] as [any, string], ...membersOf(value[key])]);
}

describe('a native body', () => {
  it.each(BODIES)(
    'of %s that is wrong anywhere is refused for what it is, and never fails otherwise',
    { timeout: 60_000 },
    async (modelId, body) => {
      await send(modelId, body);
      let refused = 0;
      for (let i = 0; i < 40; i++) {
        const wrong = mutated(body);
        const error = await send(modelId, wrong).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        if (!error) continue;
        refused++;
        expect({ wrong, name: error.name, message: error.message }).toMatchObject({
          name: expect.stringMatching(/^(?:ValidationException|NotImplemented)$/),
        });
      }
      expect(refused).toBeGreaterThan(0);
    },
  );
});

async function send(modelId: string, body: object): Promise<void> {
  const request = { modelId, body: JSON.stringify(body) };
  if (modelId.includes('embed') || random() < 0.5) await client.send(new InvokeModelCommand(request));
  else {
    const { body: stream } = await client.send(new InvokeModelWithResponseStreamCommand(request));
    for await (const event of stream!) expect(event.chunk).toBeDefined();
  }
}
