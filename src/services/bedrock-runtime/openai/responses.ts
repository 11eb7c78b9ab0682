import type { ContentBlock, Message, StopReason, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type { Json } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { JsonObject } from '../families/family.ts';
import { inferenceOf, tierOf } from './chat-completions.ts';
import {
  addTurn,
  converse,
  converseStream,
  memberOf,
  modelIdOf,
  objectsOf,
  outputConfigOf,
  parseArguments,
  modelFields,
  textOf,
  tokensOf,
  toolConfigOf,
  userContent,
  type Asked,
  type Guarded,
} from './converse.ts';
import { accessTo } from '../target.ts';
import { deleteResponse as remove, findResponse, itemsUpTo, keepResponse, type Kept } from './kept.ts';
import { badRequest, errorBody, OpenAiError, unsupported } from './errors.ts';

/** Source: OpenAI API Reference, "Create a model response", as far as Bedrock serves it. */
const IGNORED = new Set(['user', 'stream', 'safety_identifier', 'prompt_cache_key', 'stream_options']);
const READ = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'text',
  'reasoning',
  'previous_response_id',
  'store',
  'metadata',
  'service_tier',
  'truncation',
]);

const isNull = (value: Json | undefined) => value === undefined || value === null;

/** What led to a response, the last of it new. */
type Led = { said: JsonObject[]; isNew: number; previous: string | undefined };

/** The request as Converse takes it, and all the items that led here. Throws OpenAiError. */
async function readResponse(call: Call, body: JsonObject): Promise<{ asked: Asked; led: Led }> {
  for (const [name, value] of Object.entries(body))
    if (!READ.has(name) && !IGNORED.has(name) && value !== null) throw unsupported(name);
  if (body['truncation'] === 'auto') throw unsupported('truncation');
  const modelId = modelIdOf(body['model']);
  const previous = isNull(body['previous_response_id'])
    ? undefined
    : textOf(body['previous_response_id'], 'previous_response_id');
  const before = previous === undefined ? [] : await itemsUpTo(call, await find(call, previous));
  const input = body['input'];
  if (typeof input !== 'string' && !Array.isArray(input))
    throw badRequest('input must be a string or an array.', 'input');
  const items = [
    ...before,
    ...(typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : objectsOf(input, 'input')),
  ];
  const system: { text: string }[] = [];
  if (!isNull(body['instructions'])) system.push({ text: textOf(body['instructions'], 'instructions') });
  const messages: Message[] = [];
  for (const [index, item] of items.entries()) readItem(item, `input[${index}]`, system, messages);
  const tools = objectsOf(body['tools'], 'tools').map((tool, index) => {
    if (tool['type'] !== 'function')
      throw badRequest(
        `tools[${index}].type: '${String(tool['type'])}' is not supported; 'function' is.`,
        `tools[${index}].type`,
      );
    return tool;
  });
  const toolConfig = toolConfigOf(tools, body['tool_choice']);
  const format = memberOf(memberOf(body['text'], 'text')?.['format'], 'text.format');
  const asked: Asked = {
    modelId,
    messages,
    ...(system.length > 0 ? { system } : {}),
    ...(toolConfig ? { toolConfig } : {}),
    inferenceConfig: inferenceOf(body, body['max_output_tokens']),
    ...outputConfigOf(format),
    ...modelFields(modelId, {
      effort: memberOf(body['reasoning'], 'reasoning')?.['effort'],
      parallel: body['parallel_tool_calls'],
      toolConfig,
    }),
    ...tierOf(body['service_tier']),
  };
  return { asked, led: { said: items, isNew: items.length - before.length, previous } };
}

function readItem(item: JsonObject, where: string, system: { text: string }[], messages: Message[]): void {
  const { type = 'message', role, content } = item;
  switch (type) {
    case 'message': {
      const parts = userContent(content, `${where}.content`);
      if (role === 'system' || role === 'developer') for (const { text } of parts) system.push({ text: text ?? '' });
      else if (role === 'user' || role === 'assistant') addTurn(messages, role, parts);
      else throw badRequest(`${where}.role: '${String(role)}' is not known.`, `${where}.role`);
      return;
    }
    case 'function_call': {
      const toolUse = {
        toolUseId: textOf(item['call_id'], `${where}.call_id`),
        name: textOf(item['name'], `${where}.name`),
        input: parseArguments(item['arguments'], `${where}.arguments`),
      };
      addTurn(messages, 'assistant', [{ toolUse }]);
      return;
    }
    case 'function_call_output': {
      const output = item['output'];
      const toolUseId = textOf(item['call_id'], `${where}.call_id`);
      const text = typeof output === 'string' ? output : JSON.stringify(output ?? '');
      addTurn(messages, 'user', [{ toolResult: { toolUseId, content: [{ text }] } }]);
      return;
    }
    // What a model thought before is not shown to it again: Converse takes it with its signature only.
    case 'reasoning':
      return;
    default:
      throw badRequest(`${where}.type: '${String(type)}' is not supported.`, `${where}.type`);
  }
}

const missing = (id: string) =>
  new OpenAiError(404, `Response with id '${id}' not found.`, { type: 'not_found_error', code: 'response_not_found' });

/** What a model said is told to whoever may ask it. */
async function find(call: Call, id: string): Promise<Kept> {
  const kept = await findResponse(call, id);
  if (!kept) throw missing(id);
  const modelId = modelIdOf(kept.response['model']);
  for (const access of await accessTo('bedrock:InvokeModel')(call, { modelId })) await call.require(access);
  return kept;
}

/** A response that is kept. */
export async function getResponse(call: Call, id: string): Promise<object> {
  return (await find(call, id)).response;
}

/** Forgets a response. */
export async function deleteResponse(call: Call, id: string): Promise<object> {
  await find(call, id);
  await remove(call, id);
  return { id, object: 'response', deleted: true };
}

async function keep(call: Call, body: JsonObject, response: JsonObject, led: Led): Promise<void> {
  if (body['store'] !== false) await keepResponse(call, response, led);
}

const usageOf = (usage: TokenUsage | undefined): JsonObject => {
  const { prompt, cached, completion } = tokensOf(usage);
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: prompt + completion,
  };
};

const frame = (call: Call, body: JsonObject): JsonObject => ({
  id: `resp_${call.requestId.replaceAll('-', '')}`,
  object: 'response',
  created_at: Math.floor(call.kernel.clock.now() / 1000),
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  instructions: body['instructions'] ?? null,
  max_output_tokens: body['max_output_tokens'] ?? null,
  metadata: body['metadata'] ?? {},
  model: body['model']!,
  output: [],
  parallel_tool_calls: body['parallel_tool_calls'] !== false,
  previous_response_id: body['previous_response_id'] ?? null,
  reasoning: body['reasoning'] ?? { effort: null, summary: null },
  store: body['store'] !== false,
  temperature: body['temperature'] ?? 1,
  text: body['text'] ?? { format: { type: 'text' } },
  tool_choice: body['tool_choice'] ?? 'auto',
  tools: body['tools'] ?? [],
  top_p: body['top_p'] ?? 1,
  truncation: 'disabled',
  usage: null,
});

function ended(stopReason: StopReason | undefined): Pick<JsonObject, string> {
  const length = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
  const filtered = stopReason === 'guardrail_intervened' || stopReason === 'content_filtered';
  if (!length && !filtered) return { status: 'completed' };
  return {
    status: 'incomplete',
    incomplete_details: { reason: length ? 'max_output_tokens' : 'content_filter' },
  };
}

const itemId = (call: Call, prefix: string) => `${prefix}_${call.kernel.ids.text(32, '0123456789abcdef')}`;
const outputText = (text: string): JsonObject => ({ type: 'output_text', text, annotations: [], logprobs: [] });

function itemOf(call: Call, block: ContentBlock): JsonObject | undefined {
  if (block.text !== undefined)
    return {
      id: itemId(call, 'msg'),
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [outputText(block.text)],
    };
  if (block.toolUse)
    return {
      id: itemId(call, 'fc'),
      type: 'function_call',
      status: 'completed',
      call_id: block.toolUse.toolUseId!,
      name: block.toolUse.name!,
      arguments: JSON.stringify(block.toolUse.input),
    };
  const reasoning = block.reasoningContent?.reasoningText?.text;
  if (reasoning === undefined) return undefined;
  return { id: itemId(call, 'rs'), type: 'reasoning', summary: [{ type: 'summary_text', text: reasoning }] };
}

/** One response. */
export async function createResponse(call: Call, body: JsonObject, guarded: Guarded): Promise<object> {
  const { asked, led } = await readResponse(call, body);
  const { output, stopReason, usage } = await converse(call, { ...asked, ...guarded });
  const made = (output?.message?.content ?? []).flatMap((block) => itemOf(call, block) ?? []);
  const response = { ...frame(call, body), ...ended(stopReason), output: made, usage: usageOf(usage) };
  await keep(call, body, response, led);
  return response;
}

/** The same as server-sent events. */
export async function streamResponse(call: Call, body: JsonObject, guarded: Guarded): Promise<AsyncGenerator<string>> {
  const { asked, led } = await readResponse(call, body);
  const events = await converseStream(call, { ...asked, ...guarded });
  const response = frame(call, body);
  return (async function* () {
    let sequence = 0;
    const event = (type: string, more: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...more })}\n\n`;
    const output: JsonObject[] = [];
    /** What is being said, by content block. */
    const open = new Map<number, { item: JsonObject; at: number; text: string }>();
    const begin = (index: number, item: JsonObject) => {
      const made = { item, at: output.length, text: '' };
      open.set(index, made);
      output.push(item);
      return made;
    };
    try {
      yield event('response.created', { response });
      yield event('response.in_progress', { response });
      for await (const { contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata } of events) {
        const toolUse = contentBlockStart?.start?.toolUse;
        if (toolUse) {
          const { item, at } = begin(contentBlockStart.contentBlockIndex!, {
            id: itemId(call, 'fc'),
            type: 'function_call',
            status: 'in_progress',
            call_id: toolUse.toolUseId!,
            name: toolUse.name!,
            arguments: '',
          });
          yield event('response.output_item.added', { output_index: at, item });
        }
        const delta = contentBlockDelta?.delta;
        const index = contentBlockDelta?.contentBlockIndex ?? 0;
        if (delta?.text !== undefined) {
          let block = open.get(index);
          if (!block) {
            block = begin(index, {
              id: itemId(call, 'msg'),
              type: 'message',
              status: 'in_progress',
              role: 'assistant',
              content: [],
            });
            yield event('response.output_item.added', { output_index: block.at, item: block.item });
            yield event('response.content_part.added', {
              item_id: block.item['id'],
              output_index: block.at,
              content_index: 0,
              part: outputText(''),
            });
          }
          block.text += delta.text;
          yield event('response.output_text.delta', {
            item_id: block.item['id'],
            output_index: block.at,
            content_index: 0,
            delta: delta.text,
            logprobs: [],
          });
        }
        if (delta?.toolUse) {
          const { item, at } = open.get(index)!;
          item['arguments'] = (item['arguments'] as string) + delta.toolUse.input!;
          yield event('response.function_call_arguments.delta', {
            item_id: item['id'],
            output_index: at,
            delta: delta.toolUse.input,
          });
        }
        if (contentBlockStop) {
          const block = open.get(contentBlockStop.contentBlockIndex!);
          if (block) yield* close(block);
        }
        if (messageStop) Object.assign(response, ended(messageStop.stopReason));
        if (metadata) response['usage'] = usageOf(metadata.usage);
      }
      response['output'] = output;
      await keep(call, body, response, led);
      yield event(response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', { response });
    } catch (error) {
      const { error: told } = errorBody(error).body as { error: { message: string; code: string | null } };
      Object.assign(response, {
        status: 'failed',
        error: { code: told.code ?? 'server_error', message: told.message },
      });
      yield event('response.failed', { response });
    }

    function* close({ item, at, text }: { item: JsonObject; at: number; text: string }) {
      const place = { item_id: item['id'], output_index: at };
      item['status'] = 'completed';
      if (item['type'] === 'message') {
        item['content'] = [outputText(text)];
        yield event('response.output_text.done', { ...place, content_index: 0, text, logprobs: [] });
        yield event('response.content_part.done', { ...place, content_index: 0, part: outputText(text) });
      } else {
        if (item['arguments'] === '') item['arguments'] = '{}';
        yield event('response.function_call_arguments.done', { ...place, arguments: item['arguments'] });
      }
      yield event('response.output_item.done', { output_index: at, item });
    }
  })();
}
