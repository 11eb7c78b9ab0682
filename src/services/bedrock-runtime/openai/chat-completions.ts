import type { ContentBlock, Message, StopReason, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type { Json } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { JsonObject } from '../families/family.ts';
import {
  addTurn,
  converse,
  converseStream,
  finishReason,
  memberOf,
  modelIdOf,
  objectOf,
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
import { badRequest, errorBody, unsupported } from './errors.ts';

/** Source: OpenAI API Reference, "Create chat completion", as far as Bedrock serves it. */
const IGNORED = new Set([
  'user',
  'metadata',
  'store',
  'stream',
  'stream_options',
  'safety_identifier',
  'prompt_cache_key',
]);
const READ = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'n',
  'response_format',
  'reasoning_effort',
  'service_tier',
]);

/** A chat completion's request as Converse takes it. Throws OpenAiError. */
export function readChatCompletion(body: JsonObject): Asked {
  for (const [name, value] of Object.entries(body))
    if (!READ.has(name) && !IGNORED.has(name) && value !== null) throw unsupported(name);
  if (body['n'] !== undefined && body['n'] !== 1) throw unsupported('n');
  const modelId = modelIdOf(body['model']);
  const system: { text: string }[] = [];
  const messages: Message[] = [];
  if (!Array.isArray(body['messages']) || body['messages'].length === 0)
    throw badRequest('messages must be a non-empty array.', 'messages');
  for (const [index, given] of objectsOf(body['messages'], 'messages').entries())
    readMessage(given, `messages[${index}]`, system, messages);
  const tools = objectsOf(body['tools'], 'tools').map((tool, index) => {
    if (tool['type'] !== 'function')
      throw badRequest(`tools[${index}].type must be 'function'.`, `tools[${index}].type`);
    return objectOf(tool['function'], `tools[${index}].function`);
  });
  const toolConfig = toolConfigOf(tools, body['tool_choice']);
  return {
    modelId,
    messages,
    ...(system.length > 0 ? { system } : {}),
    ...(toolConfig ? { toolConfig } : {}),
    inferenceConfig: inferenceOf(body, body['max_completion_tokens'] ?? body['max_tokens']),
    ...outputConfigOf(memberOf(body['response_format'], 'response_format')),
    ...modelFields(modelId, { effort: body['reasoning_effort'], parallel: body['parallel_tool_calls'], toolConfig }),
    ...tierOf(body['service_tier']),
  };
}

export function inferenceOf(body: JsonObject, maxTokens: Json | undefined): NonNullable<Asked['inferenceConfig']> {
  const stop = stopOf(body['stop']);
  const numberOf = (name: string, value: Json | undefined) => {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'number') throw badRequest(`${name} must be a number.`, name);
    return { [name]: value };
  };
  return {
    ...numberOf('maxTokens', maxTokens),
    ...numberOf('temperature', body['temperature']),
    ...numberOf('topP', body['top_p']),
    ...(stop.length > 0 ? { stopSequences: stop } : {}),
  };
}

function stopOf(stop: Json | undefined): string[] {
  if (stop === undefined || stop === null) return [];
  if (!Array.isArray(stop)) return [textOf(stop, 'stop')];
  return stop.map((each, index) => textOf(each, `stop[${index}]`));
}

export function tierOf(tier: Json | undefined): Pick<Asked, 'serviceTier'> {
  if (tier === undefined || tier === null || tier === 'auto' || tier === 'default') return {};
  if (tier !== 'flex' && tier !== 'priority')
    throw badRequest(`service_tier: '${String(tier)}' is not known.`, 'service_tier');
  return { serviceTier: { type: tier } };
}

function readMessage(given: JsonObject, where: string, system: { text: string }[], messages: Message[]): void {
  const { role, content } = given;
  switch (role) {
    case 'system':
    case 'developer':
      for (const { text } of userContent(content, `${where}.content`)) if (text) system.push({ text });
      return;
    case 'user':
      addTurn(messages, 'user', userContent(content, `${where}.content`));
      return;
    case 'assistant': {
      const said = content === null || content === undefined ? [] : userContent(content, `${where}.content`);
      const calls = objectsOf(given['tool_calls'], `${where}.tool_calls`).map((call, index): ContentBlock => {
        const at = `${where}.tool_calls[${index}]`;
        const { name, arguments: input } = objectOf(call['function'], `${at}.function`);
        return {
          toolUse: {
            toolUseId: textOf(call['id'], `${at}.id`),
            name: textOf(name, `${at}.function.name`),
            input: parseArguments(input, `${at}.function.arguments`),
          },
        };
      });
      addTurn(messages, 'assistant', [...said, ...calls]);
      return;
    }
    case 'tool': {
      const toolUseId = textOf(given['tool_call_id'], `${where}.tool_call_id`);
      const parts = userContent(content, `${where}.content`).map(({ text }) => ({ text: text ?? '' }));
      addTurn(messages, 'user', [{ toolResult: { toolUseId, content: parts.length > 0 ? parts : [{ text: '' }] } }]);
      return;
    }
    default:
      throw badRequest(
        `${where}.role: '${String(role)}' is not one of system, developer, user, assistant, tool.`,
        where,
      );
  }
}

const usageOf = (usage: TokenUsage | undefined) => {
  const { prompt, cached, completion } = tokensOf(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
};

const head = (call: Call, body: JsonObject, object: string) => ({
  id: `chatcmpl-${call.requestId}`,
  object,
  created: Math.floor(call.kernel.clock.now() / 1000),
  model: body['model']!,
});

/** One chat completion. */
export async function createChatCompletion(call: Call, body: JsonObject, guarded: Guarded): Promise<object> {
  const { output, stopReason, usage } = await converse(call, { ...readChatCompletion(body), ...guarded });
  const content = output?.message?.content ?? [];
  const said = content.map(({ text }) => text ?? '').join('');
  const reasoning = content.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? '').join('');
  const calls = content.flatMap(({ toolUse }) =>
    toolUse
      ? [
          {
            id: toolUse.toolUseId,
            type: 'function',
            function: { name: toolUse.name, arguments: JSON.stringify(toolUse.input) },
          },
        ]
      : [],
  );
  return {
    ...head(call, body, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said === '' && calls.length > 0 ? null : said,
          refusal: null,
          ...(reasoning === '' ? {} : { reasoning }),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        logprobs: null,
        finish_reason: finishReason(stopReason),
      },
    ],
    usage: usageOf(usage),
  };
}

/** The same as server-sent events. What fails after the first event is an event of its own. */
export async function streamChatCompletion(
  call: Call,
  body: JsonObject,
  guarded: Guarded,
): Promise<AsyncGenerator<string>> {
  const events = await converseStream(call, { ...readChatCompletion(body), ...guarded });
  const includeUsage = memberOf(body['stream_options'], 'stream_options')?.['include_usage'] === true;
  const start = head(call, body, 'chat.completion.chunk');
  const line = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (delta: object, finish_reason: string | null = null) =>
    line({
      ...start,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(includeUsage ? { usage: null } : {}),
    });
  return (async function* () {
    const calls = new Map<number, number>();
    let stopReason: StopReason | undefined;
    try {
      yield chunk({ role: 'assistant', content: '' });
      for await (const { contentBlockStart, contentBlockDelta, messageStop, metadata } of events) {
        const toolUse = contentBlockStart?.start?.toolUse;
        if (toolUse) {
          const index = calls.size;
          calls.set(contentBlockStart.contentBlockIndex!, index);
          const fn = { name: toolUse.name, arguments: '' };
          yield chunk({ tool_calls: [{ index, id: toolUse.toolUseId, type: 'function', function: fn }] });
        }
        const delta = contentBlockDelta?.delta;
        if (delta?.text !== undefined) yield chunk({ content: delta.text });
        if (delta?.reasoningContent?.text !== undefined) yield chunk({ reasoning: delta.reasoningContent.text });
        if (delta?.toolUse) {
          const index = calls.get(contentBlockDelta!.contentBlockIndex!)!;
          yield chunk({ tool_calls: [{ index, function: { arguments: delta.toolUse.input } }] });
        }
        if (messageStop) {
          ({ stopReason } = messageStop);
          yield chunk({}, finishReason(stopReason));
        }
        if (metadata && includeUsage) yield line({ ...start, choices: [], usage: usageOf(metadata.usage) });
      }
      yield 'data: [DONE]\n\n';
    } catch (error) {
      yield line(errorBody(error).body);
    }
  })();
}
