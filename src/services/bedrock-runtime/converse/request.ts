import {
  ValidationException,
  type ConverseRequest,
  type Message as SdkMessage,
  type SystemContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, Json, Message, Part, ToolCallPart, ToolResultPart } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { numberCitations } from '../citations.ts';
import { definedOf } from '../defined.ts';
import { invalid, modelRefused, unbuilt } from '../errors.ts';
import type { TextFamily } from '../families/family.ts';
import { DOCUMENTS_MAX, IMAGES_MAX } from '../limits.ts';
import { checkThinking, readEffort } from '../reasoning.ts';
import { readContentBlock } from './content.ts';
import { readTools } from './tools.ts';

/** What Converse, ConverseStream and CountTokens have in common. */
export type ConverseInput = Pick<
  ConverseRequest,
  | 'messages'
  | 'system'
  | 'inferenceConfig'
  | 'toolConfig'
  | 'additionalModelRequestFields'
  | 'additionalModelResponseFieldPaths'
  | 'promptVariables'
  | 'serviceTier'
  | 'outputConfig'
>;

/**
 * Reads a Converse request into the canonical chat state, with AWS's checks in AWS's words. Throws ValidationException; NotImplemented for
 * parameters that are not built.
 */
export async function readConverse(
  call: Call,
  model: FoundationModel,
  input: ConverseInput,
  {
    streaming,
    family,
  }: { streaming: boolean; /** Reads `additionalModelRequestFields`. */ family: TextFamily | undefined },
): Promise<ChatRequest> {
  if (input.promptVariables)
    throw invalid('promptVariables can only be used when modelId is the ARN of a prompt from Prompt management.');
  if (!model.converse)
    throw invalid(
      "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    );
  const messages = input.messages ?? [];
  checkRoles(messages, model);
  checkCounts(messages);
  const chat: ChatRequest = { system: [], messages: [] };
  // In the order of a cached prefix: tools, system, messages.
  if (input.toolConfig) Object.assign(chat, readTools(input.toolConfig, model, streaming));
  readSystem(input.system ?? [], model, chat);
  for (const [index, message] of messages.entries())
    chat.messages.push(await readMessage(call, model, message, index, chat));
  checkToolTurns(chat);
  readInference(input, model, chat);
  readOutputConfig(input, model, chat);
  numberCitations(chat, model);
  const fields = input.additionalModelRequestFields;
  const thinks = fields !== undefined && fields !== null && readAdditional(fields, model, chat, family);
  // Claude thinks when told to; how hard is another question.
  if (model.reasoning?.signed && !thinks) delete chat.reasoning;
  if (model.reasoning?.signed) asModel(() => checkThinking(chat));
  return chat;
}

function checkRoles(messages: SdkMessage[], model: FoundationModel): void {
  for (const [index, { role }] of messages.entries()) {
    if (role === 'system') throw unbuilt(`messages.${index}.role system`);
  }
  if (messages[0]?.role !== 'user')
    throw invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  for (let i = 1; i < messages.length; i++) {
    if (messages[i]!.role === messages[i - 1]!.role) {
      throw invalid(
        'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      );
    }
  }
  if (messages.at(-1)!.role !== 'user' && !model.converse!.prefill) {
    throw model.provider === 'Anthropic'
      ? modelRefused(
          'This model does not support assistant message prefill. The conversation must end with a user message.',
        )
      : invalid(
          'A conversation must end with a user message. Try again with a conversation that ends with a user message.',
        );
  }
}

function checkCounts(messages: SdkMessage[]): void {
  const names = new Set<string>();
  let documents = 0;
  let images = 0;
  for (const [index, { content = [] }] of messages.entries()) {
    if (content.length === 0)
      throw invalid(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    const all = content.flatMap((block) => [block, ...(block.toolResult?.content ?? [])]);
    for (const block of all) {
      if (block.image) images++;
      const document = block.document;
      if (!document) continue;
      documents++;
      if (names.has(document.name!)) throw invalid("Messages can't contain duplicate document names.");
      names.add(document.name!);
    }
    if (content.some((block) => block.document) && !content.some((block) => block.text !== undefined)) {
      throw invalid(
        `A document at messages.${index}.content must be accompanied by a text block. Add a text block to the content and try again.`,
      );
    }
  }
  if (documents > DOCUMENTS_MAX) throw invalid(`You can't include more than ${DOCUMENTS_MAX} documents in a request.`);
  if (images > IMAGES_MAX) throw invalid(`You can't include more than ${IMAGES_MAX} images in a request.`);
}

function readSystem(blocks: SystemContentBlock[], model: FoundationModel, chat: ChatRequest): void {
  for (const [index, block] of blocks.entries()) {
    if (block.cachePoint) {
      addCachePoint(chat, block.cachePoint, { system: chat.system.length, messages: 0, parts: 0 });
      continue;
    }
    const text = block.guardContent ? block.guardContent.text?.text : block.text;
    if (text === undefined) {
      if (block.guardContent) throw unbuilt(`system.${index}.guardContent.image`);
      continue;
    }
    if (text.trim() === '')
      throw invalid(
        `The text field in the SystemContentBlock object at system.${index} is blank. Add text to the text field, and try again.`,
      );
    if (block.guardContent) (chat.guardedSystem ??= []).push(chat.system.length);
    chat.system.push(text);
  }
  if (chat.system.length > 0 && !model.converse!.system) {
    throw invalid(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    );
  }
}

/** Marks the end of a prefix: all that has been read so far. */
function addCachePoint(
  chat: ChatRequest,
  { ttl }: { ttl?: string | undefined },
  at: { system: number; messages: number; parts: number },
): void {
  (chat.cachePoints ??= []).push({ tools: chat.tools?.length ?? 0, ...at, ttl: ttl === '1h' ? '1h' : '5m' });
}

async function readMessage(
  call: Call,
  model: FoundationModel,
  message: SdkMessage,
  index: number,
  chat: ChatRequest,
): Promise<Message> {
  const role = message.role as 'user' | 'assistant';
  const content: Part[] = [];
  for (const [at, block] of message.content!.entries()) {
    if (block.cachePoint) {
      addCachePoint(chat, block.cachePoint, { system: chat.system.length, messages: index, parts: content.length });
      continue;
    }
    const part = await readContentBlock(call, model, block, role, `messages.${index}.content.${at}`);
    if (part) content.push(part);
  }
  if (content.length === 0)
    throw invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  return { role, content };
}

/** Each use of a tool is answered in the next user turn, and nothing is answered that was not asked. */
function checkToolTurns({ messages, tools }: ChatRequest): void {
  for (const [index, { content }] of messages.entries()) {
    const results = content.filter((part): part is ToolResultPart => part.type === 'toolResult');
    const uses = content.filter((part): part is ToolCallPart => part.type === 'toolCall');
    if ((results.length > 0 || uses.length > 0) && !tools)
      throw invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
    const duplicate = duplicateOf(uses.map(({ id }) => id));
    if (duplicate !== undefined)
      throw invalid(`The toolUse blocks at messages.${index}.content contain duplicate Ids: ${duplicate}`);
    const asked = (messages[index - 1]?.content ?? [])
      .filter((part): part is ToolCallPart => part.type === 'toolCall')
      .map(({ id }) => id);
    const answered = results.map(({ toolCallId }) => toolCallId);
    if (answered.length > asked.length)
      throw invalid(
        `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    const twice = duplicateOf(answered);
    if (twice !== undefined)
      throw invalid(`The toolResult blocks at messages.${index}.content contain duplicate Ids: ${twice}`);
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0)
      throw invalid(
        `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(', ')}`,
      );
  }
}

const duplicateOf = (ids: string[]) => ids.find((id, index) => ids.indexOf(id) !== index);

function readInference({ inferenceConfig = {} }: ConverseInput, model: FoundationModel, chat: ChatRequest): void {
  const { maxTokens, temperature, topP, stopSequences } = inferenceConfig;
  const limit = model.outputTokensMax;
  if (maxTokens !== undefined && limit !== undefined && maxTokens > limit) {
    throw invalid(
      `The maximum tokens you requested exceeds the model limit of ${limit}. Try again with a maximum tokens value that is lower than ${limit}.`,
    );
  }
  if (temperature !== undefined && topP !== undefined && !model.converse!.temperatureWithTopP) {
    throw modelRefused('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  Object.assign(
    chat,
    definedOf({ maxTokens, temperature, topP, stopSequences: stopSequences?.length ? stopSequences : undefined }),
  );
}

function readOutputConfig({ outputConfig }: ConverseInput, model: FoundationModel, chat: ChatRequest): void {
  if (!outputConfig) return;
  const effort = readEffort(outputConfig.effort, model, 'outputConfig.effort');
  if (effort !== undefined) chat.reasoning = { effort };
  const schema = outputConfig.textFormat?.structure?.jsonSchema?.schema;
  if (outputConfig.textFormat && schema === undefined)
    throw invalid('The structure field at outputConfig.textFormat must hold jsonSchema.');
  if (schema === undefined) return;
  let parsed: Json;
  try {
    parsed = JSON.parse(schema) as Json;
  } catch {
    throw invalid('The value at outputConfig.textFormat.structure.jsonSchema.schema is not valid JSON.');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw invalid('The value at outputConfig.textFormat.structure.jsonSchema.schema must be a JSON object.');
  }
  chat.responseSchema = parsed;
}

/** Tells whether they ask for reasoning. */
function readAdditional(
  fields: Json,
  model: FoundationModel,
  chat: ChatRequest,
  family: TextFamily | undefined,
): boolean {
  if (typeof fields !== 'object' || Array.isArray(fields))
    throw invalid('additionalModelRequestFields must be a JSON object.');
  if (Object.keys(fields as object).length === 0) return false;
  if (!family?.additional) throw unbuilt(`additionalModelRequestFields of the ${model.family} family`);
  const given = fields as Record<string, Json>;
  const chosen = chat.toolChoice?.type;
  const choice = given['tool_choice'];
  if (chosen !== undefined && choice !== null && typeof choice === 'object' && 'type' in choice)
    throw invalid(
      `The additional field tool_choice/type conflicts with the existing field toolConfig.toolChoice.${chosen}. Remove tool_choice/type and try again.`,
    );
  const { reasoning, ...more } = asModel(() => family.additional!(given, model, chat));
  const { maxTokens } = chat;
  if (reasoning?.budgetTokens !== undefined && maxTokens !== undefined && reasoning.budgetTokens >= maxTokens)
    throw modelRefused('`max_tokens` must be greater than `thinking.budget_tokens`.');
  Object.assign(chat, more);
  if (reasoning) chat.reasoning = { ...chat.reasoning, ...reasoning };
  return reasoning !== undefined;
}

/** The native request would be refused by the model, not by Converse. */
function asModel<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ValidationException ? modelRefused(error.message) : error;
  }
}
