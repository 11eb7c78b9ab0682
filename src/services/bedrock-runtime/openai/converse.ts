import type {
  ContentBlock,
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput,
  Message,
  StopReason,
  TokenUsage,
  ToolConfiguration,
} from '@aws-sdk/client-bedrock-runtime';
import type { Json } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import { foundationModel, foundationModels } from '../../../kernel/foundation-models/catalog.ts';
import { splitProfileId } from '../../../kernel/foundation-models/model.ts';
import type { JsonObject } from '../families/family.ts';
import { badRequest, OpenAiError, unsupported } from './errors.ts';

/** How OpenAI's forms are put to Converse and back. Whatever Converse allows of a model, they can ask of it. */
export type Asked = Omit<ConverseCommandInput, 'modelId'> & { modelId: string };

/** The guardrail that a request goes through beside its account's. */
export type Guarded = Pick<Asked, 'guardrailConfig'>;

const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,(.+)$/s;

/** The model that a request names: an id, a profile's, an ARN, or an id without its version. Throws OpenAiError. */
export function modelIdOf(model: Json | undefined): string {
  if (typeof model !== 'string' || model === '') throw badRequest('You must provide a model parameter.', 'model');
  if (model.startsWith('arn:')) return model;
  const id = splitProfileId(model)?.modelId ?? model;
  if (foundationModel(id)) return model;
  const versioned = foundationModels.find(
    (each) => each.id.startsWith(`${id}-`) && /^-\d+:\d+$/.test(each.id.slice(id.length)),
  );
  if (!versioned)
    throw new OpenAiError(404, `The model '${model}' does not exist or you do not have access to it.`, {
      type: 'not_found_error',
      param: 'model',
      code: 'model_not_found',
    });
  return model.replace(id, versioned.id);
}

/** Content parts of a user, in the chat's words (`text`, `image_url`) or the responses' (`input_text`, `input_image`). */
export function userContent(content: Json | undefined, where: string): ContentBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }];
  if (!Array.isArray(content)) throw badRequest(`${where} must be a string or an array of parts.`, where);
  return content.map((given, index): ContentBlock => {
    const at = `${where}[${index}]`;
    const part = objectOf(given, at);
    switch (part['type']) {
      case 'text':
      case 'input_text':
      case 'output_text':
        return { text: textOf(part['text'], `${at}.text`) };
      case 'image_url':
      case 'input_image': {
        const image = part['image_url'];
        const url = typeof image === 'string' ? image : (image as JsonObject | undefined)?.['url'];
        const found = typeof url === 'string' ? IMAGE.exec(url) : null;
        if (!found)
          throw badRequest(
            `${at}: images are given as data URLs (data:image/png;base64,…); others are not fetched.`,
            at,
          );
        return { image: { format: found[1] as 'png', source: { bytes: Buffer.from(found[2]!, 'base64') } } };
      }
      default:
        throw badRequest(`${at}.type: '${String(part['type'])}' is not supported.`, `${at}.type`);
    }
  });
}

/** A member that is an object, or is left out. Throws OpenAiError. */
export function memberOf(value: Json | undefined, where: string): JsonObject | undefined {
  return value === undefined || value === null ? undefined : objectOf(value, where);
}

export function objectOf(value: Json | undefined, where: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`${where} must be an object.`, where);
  return value;
}

/** A member that is a list of objects; left out, it is empty. Throws OpenAiError. */
export function objectsOf(value: Json | undefined, where: string): JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badRequest(`${where} must be an array.`, where);
  return value.map((item, index) => objectOf(item, `${where}[${index}]`));
}

export function textOf(value: Json | undefined, where: string): string {
  if (typeof value !== 'string') throw badRequest(`${where} must be a string.`, where);
  return value;
}

/** A tool's arguments as a model wrote them. */
export function parseArguments(text: Json | undefined, where: string): Record<string, never> {
  try {
    const value: unknown = JSON.parse(typeof text === 'string' && text !== '' ? text : '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, never>;
  } catch {
    // Said below.
  }
  throw badRequest(`${where} must be a JSON object in a string.`, where);
}

/** Adds a block to the turn of a role: consecutive turns of one role are one turn to Converse. */
export function addTurn(messages: Message[], role: 'user' | 'assistant', content: ContentBlock[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content!.push(...content);
  else messages.push({ role, content });
}

type FunctionTool = { name?: Json; description?: Json; parameters?: Json; strict?: Json };

/** Tools of the caller's own. `choice`: as the chat or the responses have it. */
export function toolConfigOf(tools: FunctionTool[], choice: Json | undefined): ToolConfiguration | undefined {
  if (tools.length === 0 || choice === 'none') return undefined;
  const named = typeof choice === 'object' && choice !== null ? (choice as JsonObject) : undefined;
  const name = (named?.['function'] as JsonObject | undefined)?.['name'] ?? named?.['name'];
  if (named && typeof name !== 'string') throw badRequest('tool_choice must name a function.', 'tool_choice');
  if (!named && choice !== undefined && choice !== 'auto' && choice !== 'required')
    throw badRequest(`tool_choice: '${String(choice)}' is not supported.`, 'tool_choice');
  return {
    tools: tools.map(({ name: toolName, description, parameters, strict }, index) => ({
      toolSpec: {
        name: textOf(toolName, `tools[${index}].name`),
        ...(typeof description === 'string' && description !== '' ? { description } : {}),
        ...(typeof strict === 'boolean' ? { strict } : {}),
        inputSchema: { json: (parameters ?? { type: 'object', properties: {} }) as never },
      },
    })),
    ...(named
      ? { toolChoice: { tool: { name: name as string } } }
      : choice === 'required'
        ? { toolChoice: { any: {} } }
        : choice === 'auto'
          ? { toolChoice: { auto: {} } }
          : {}),
  };
}

/** A demanded schema, as `outputConfig`; a demand for any JSON cannot be put to Converse. */
export function outputConfigOf(format: JsonObject | undefined): Pick<Asked, 'outputConfig'> {
  if (!format || format['type'] === 'text') return {};
  if (format['type'] !== 'json_schema') throw unsupported(`response_format.type '${String(format['type'])}'`);
  const inner = memberOf(format['json_schema'], 'response_format.json_schema') ?? format;
  if (inner['schema'] === undefined) throw badRequest('json_schema must hold a schema.', 'response_format');
  return {
    outputConfig: {
      textFormat: {
        type: 'json_schema',
        structure: {
          jsonSchema: {
            schema: JSON.stringify(inner['schema']),
            ...(typeof inner['name'] === 'string' ? { name: inner['name'] } : {}),
          },
        },
      },
    },
  };
}

/** What Converse has no members for, in the model's own words: how hard to think, and whether tools are called one by one. Throws OpenAiError. */
export function modelFields(
  modelId: string,
  {
    effort,
    parallel,
    toolConfig,
  }: { effort: Json | undefined; parallel: Json | undefined; toolConfig: Asked['toolConfig'] },
): Pick<Asked, 'additionalModelRequestFields'> {
  const model = foundationModel(splitProfileId(modelId)?.modelId ?? modelId);
  const fields = { ...reasoningFields(model?.family, effort), ...toolFields(model?.family, parallel, toolConfig) };
  return Object.keys(fields).length > 0 ? { additionalModelRequestFields: fields } : {};
}

function reasoningFields(family: string | undefined, effort: Json | undefined): Record<string, Json> {
  if (effort === undefined || effort === null || effort === 'none') return {};
  if (family === 'nova') return { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } };
  if (family === 'anthropic-messages') {
    const budget_tokens = effort === 'high' ? 16_000 : effort === 'medium' ? 4_096 : 1_024;
    return { thinking: { type: 'enabled', budget_tokens } };
  }
  return { reasoning_effort: effort };
}

function toolFields(
  family: string | undefined,
  parallel: Json | undefined,
  toolConfig: Asked['toolConfig'],
): Record<string, Json> {
  // Clients say so on every request, with tools or without.
  if (parallel !== false || !toolConfig) return {};
  if (family !== 'anthropic-messages') throw unsupported('parallel_tool_calls');
  return { tool_choice: { ...(toolConfig.toolChoice ? {} : { type: 'auto' }), disable_parallel_tool_use: true } };
}

const inner = (call: Call, operation: string, input: Asked) => ({
  service: 'bedrock-runtime',
  operation,
  input,
  principal: call.principal,
  region: call.region,
  via: call.via,
  source: call.source,
  signal: call.signal,
  told: (how: Parameters<Call['answered']>[0] | undefined) => how && call.answered(how),
});

/** One answer, whole: an AWS call of the caller's own, with the caller's rights. */
export const converse = (call: Call, input: Asked) =>
  call.kernel.calls.send<ConverseCommandOutput>(inner(call, 'Converse', input));

/** The same as a stream. */
export async function converseStream(call: Call, input: Asked): Promise<AsyncIterable<ConverseStreamOutput>> {
  const { stream } = await call.kernel.calls.send<{ stream: AsyncIterable<ConverseStreamOutput> }>(
    inner(call, 'ConverseStream', input),
  );
  return stream;
}

/** All that went in counts as prompt, from a cache or not. */
export const tokensOf = (usage: TokenUsage | undefined) => ({
  prompt: (usage?.inputTokens ?? 0) + (usage?.cacheReadInputTokens ?? 0) + (usage?.cacheWriteInputTokens ?? 0),
  cached: usage?.cacheReadInputTokens ?? 0,
  completion: usage?.outputTokens ?? 0,
});

export function finishReason(reason: StopReason | undefined): string {
  switch (reason) {
    case 'tool_use':
      return 'tool_calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'content_filtered':
    case 'guardrail_intervened':
      return 'content_filter';
    default:
      return 'stop';
  }
}
