import type { ChatRequest, Json, Reasoning, StopReason, Usage } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf, type Answer } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { anything, checkBody, either, flag, list, object, text } from './body.ts';
import { chatMembers, readChatMessages } from './chat-messages.ts';
import type { JsonObject, TextFamily, Writing } from './family.ts';

/** Source: OpenAI API Reference, chat completions; Bedrock User Guide, OpenAI, DeepSeek, Qwen and Writer models. */
const limit = (model: FoundationModel) => ({ type: 'integer', min: 1, max: model.outputTokensMax! }) as const;

const effortShape = { type: 'string', values: ['none', 'minimal', 'low', 'medium', 'high'] } as const;
const shapeFor = (model: FoundationModel) =>
  object(
    {
      ...chatMembers,
      model: text,
      stream: flag,
      stream_options: anything,
      max_tokens: limit(model),
      max_completion_tokens: limit(model),
      temperature: { type: 'number', min: 0, max: 2 },
      top_p: { type: 'number', min: 0, max: 1 },
      stop: either(list(text), text),
      n: { type: 'integer', min: 1 },
      seed: { type: 'integer' },
      user: text,
      response_format: object(
        {
          type: { type: 'string', values: ['text', 'json_schema'] },
          json_schema: object({ schema: anything }, ['schema'], true),
        },
        ['type'],
        true,
      ),
      reasoning_effort: effortShape,
      frequency_penalty: { type: 'number' },
      presence_penalty: { type: 'number' },
    },
    ['messages'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const given = body as {
    max_tokens?: number;
    max_completion_tokens?: number;
    temperature?: number;
    top_p?: number;
    stop?: string | string[];
    n?: number;
    seed?: number;
    response_format?: { type: string; json_schema?: { schema: Json } };
    reasoning_effort?: string;
  };
  if (given.n !== undefined && given.n > 1) throw unbuilt('n above 1');
  for (const name of ['frequency_penalty', 'presence_penalty']) if (body[name]) throw unbuilt(name);
  const format = given.response_format;
  if (format?.type === 'json_schema' && !format.json_schema)
    throw modelRefused('response_format: json_schema is missing.');
  const stop = typeof given.stop === 'string' ? [given.stop] : given.stop;
  return {
    ...readChatMessages(body, model),
    ...definedOf({
      maxTokens: given.max_completion_tokens ?? given.max_tokens,
      temperature: given.temperature,
      topP: given.top_p,
      seed: given.seed,
      stopSequences: stop?.length ? stop : undefined,
      responseSchema: format?.json_schema?.schema,
      reasoning: readReasoningEffort(given.reasoning_effort),
    }),
  };
}

/** Absent or `none`: as the backend does by itself. */
function readReasoningEffort(effort: string | undefined): Reasoning | undefined {
  if (effort === undefined || effort === 'none' || effort === 'minimal') return undefined;
  return { effort: effort as NonNullable<Reasoning['effort']> };
}

function reasonOf(reason: StopReason): string {
  if (reason === 'tool_use') return 'tool_calls';
  if (reason === 'content_filtered') return 'content_filter';
  return reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop';
}

const usageOf = ({ inputTokens, outputTokens }: Usage) => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});

const callId = ({ ids }: Writing) => `call_${ids.text(24)}`;
const base = ({ ids, model }: Writing, kind: string) => ({
  id: `chatcmpl-${ids.text(24)}`,
  object: kind,
  model: model.id,
});

function write(answer: Answer, writing: Writing): JsonObject {
  const calls = answer.blocks.flatMap((block) =>
    block.type === 'toolCall'
      ? [{ id: callId(writing), type: 'function', function: { name: block.name, arguments: block.json || '{}' } }]
      : [],
  );
  const reasoning = answer.blocks.map((block) => (block.type === 'reasoning' ? block.text : '')).join('');
  const said = textOf(answer);
  const message: JsonObject = {
    role: 'assistant',
    content: said === '' && calls.length > 0 ? null : said,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    ...base(writing, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: reasonOf(answer.stopReason) }],
    usage: usageOf(answer.usage),
  };
}

/** The families that speak OpenAI's chat completions: `messages` in, `choices` out. */
export const openaiChat: TextFamily = {
  read,
  write,
  async *stream(events, writing) {
    const head = base(writing, 'chat.completion.chunk');
    const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
      ...head,
      choices: [{ index: 0, delta, finish_reason }],
    });
    const calls = new Map<number, number>();
    yield chunk({ role: 'assistant', content: '' });
    for await (const event of events) {
      if (event.type === 'text') yield chunk({ content: event.text });
      else if (event.type === 'reasoning' && event.text !== undefined) yield chunk({ reasoning: event.text });
      else if (event.type === 'toolStart') {
        calls.set(event.index, calls.size);
        yield chunk({
          tool_calls: [
            {
              index: calls.get(event.index)!,
              id: callId(writing),
              type: 'function',
              function: { name: event.name, arguments: '' },
            },
          ],
        });
      } else if (event.type === 'toolInput')
        yield chunk({ tool_calls: [{ index: calls.get(event.index)!, function: { arguments: event.json } }] });
      else if (event.type === 'end') yield { ...chunk({}, reasonOf(event.stopReason)), usage: usageOf(event.usage) };
    }
  },
  additional(fields) {
    checkBody(fields, object({ reasoning_effort: effortShape }));
    return definedOf({ reasoning: readReasoningEffort(fields['reasoning_effort'] as string | undefined) });
  },
};
