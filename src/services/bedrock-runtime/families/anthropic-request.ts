import type {
  ChatRequest,
  DocumentPart,
  ImagePart,
  Json,
  Message,
  Part,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolResultPart,
} from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { readText } from '../converse/documents.ts';
import { joined, numberCitations, searchResultPart } from '../citations.ts';
import { definedOf } from '../defined.ts';
import { invalid, unbuilt } from '../errors.ts';
import { checkThinking, readEffort, readThinking } from '../reasoning.ts';
import { readCacheControls } from './anthropic-cache.ts';
import { blockShapes, checkAnthropic, requestShape } from './anthropic-shape.ts';
import type { JsonObject } from './family.ts';

/** A request of Anthropic's Messages API. Throws ValidationException in Claude's words. */
export async function readAnthropic(body: JsonObject, model: FoundationModel, call: Call): Promise<ChatRequest> {
  checkAnthropic(body, requestShape);
  checkStopSequences(body);
  const { max_tokens, temperature, top_p, top_k, stop_sequences } = body as {
    max_tokens: number;
    temperature?: number;
    top_p?: number;
    top_k?: number;
    stop_sequences?: string[];
  };
  if (max_tokens > model.outputTokensMax!) {
    throw invalid(
      `max_tokens: ${max_tokens} > ${model.outputTokensMax}, which is the maximum allowed number of output tokens for ${model.id.replace(/^anthropic\./, '')}`,
    );
  }
  if (temperature !== undefined && top_p !== undefined && !model.converse!.temperatureWithTopP) {
    throw invalid('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  const messages = await readMessages(body['messages'] as JsonObject[], model, call);
  checkToolTurns(messages);
  const tools = readTools((body['tools'] ?? []) as JsonObject[], model);
  const choice = readChoice(body['tool_choice'] as JsonObject | undefined, tools);
  const format = ((body['output_config'] as JsonObject | undefined)?.['format'] ?? body['output_format']) as
    | { schema: Json }
    | undefined;
  const config = body['output_config'] as { effort?: Json } | undefined;
  const effort = readEffort(config?.effort, model, 'output_config.effort');
  const thinking = readThinking(body['thinking'] as { type: string } | undefined, model, max_tokens);
  const reasoning = thinking && effort !== undefined ? { ...thinking, effort } : thinking;
  const system = (typeof body['system'] === 'string' ? [{ text: body['system'] }] : (body['system'] ?? [])) as {
    text: string;
  }[];
  const chat: ChatRequest = {
    system: system.map(({ text }) => text),
    messages,
    maxTokens: max_tokens,
    ...definedOf({
      reasoning,
      cachePoints: readCacheControls(body, messages),
      temperature,
      topP: top_p,
      topK: top_k || undefined,
      stopSequences: stop_sequences?.length ? stop_sequences : undefined,
      tools: tools.length > 0 ? tools : undefined,
      ...choice,
      responseSchema: format?.schema,
    }),
  };
  checkThinking(chat);
  numberCitations(chat, model);
  return chat;
}

function checkStopSequences(body: JsonObject): void {
  if (((body['stop_sequences'] ?? []) as string[]).some((each) => each.trim() === ''))
    throw invalid('stop_sequences: each stop sequence must contain non-whitespace');
}

async function readMessages(given: JsonObject[], model: FoundationModel, call: Call): Promise<Message[]> {
  if (given.length === 0) throw invalid('messages: at least one message is required');
  if (given[0]!['role'] !== 'user') throw invalid('messages: first message must use the "user" role');
  const messages: Message[] = [];
  for (const [index, { role, content }] of given.entries()) {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content as JsonObject[]);
    const isFinalAssistant = role === 'assistant' && index === given.length - 1;
    if (blocks.length === 0 && !isFinalAssistant)
      throw invalid(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    const parts: Part[] = [];
    for (const [at, block] of blocks.entries())
      parts.push(await readBlock(block, role as Message['role'], [`messages`, index, 'content', at], model, call));
    // Consecutive turns of one role are one turn to Claude.
    const last = messages.at(-1);
    if (last?.role === role) last!.content.push(...parts);
    else if (parts.length > 0) messages.push({ role: role as Message['role'], content: parts });
  }
  if (messages.at(-1)!.role === 'assistant' && !model.converse!.prefill) {
    throw invalid(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  return messages;
}

async function readBlock(
  block: JsonObject,
  role: Message['role'],
  path: (string | number)[],
  model: FoundationModel,
  call: Call,
): Promise<Part> {
  const type = block['type'] as string;
  const where = path.join('.');
  const shape = Object.hasOwn(blockShapes, type) ? blockShapes[type] : undefined;
  if (!shape) throw unbuilt(`${where}: a block of type ${type}`);
  checkAnthropic(block, shape, path);
  switch (type) {
    case 'text':
      if (block['text'] === '') throw invalid('messages: text content blocks must be non-empty');
      if ((block['text'] as string).trim() === '')
        throw invalid('messages: text content blocks must contain non-whitespace text');
      return { type: 'text', text: block['text'] as string };
    case 'image':
      return readImage(block, where, model);
    case 'document':
      return readDocument(block, where, call);
    case 'search_result': {
      const { title, source, content, citations } = block as SearchResult;
      if (role !== 'user') throw invalid(`${where}: \`search_result\` blocks can only be in \`user\` messages`);
      return searchResultPart({ title, source, blocks: content.map(({ text }) => text) }, citations?.enabled === true);
    }
    case 'tool_use':
      if (role !== 'assistant') throw invalid(`${where}: \`tool_use\` blocks can only be in \`assistant\` messages`);
      return { type: 'toolCall', id: block['id'] as string, name: block['name'] as string, input: block['input']! };
    case 'tool_result':
      if (role !== 'user') throw invalid(`${where}: \`tool_result\` blocks can only be in \`user\` messages`);
      return readToolResult(block, path, model, call);
    case 'thinking':
      return { type: 'reasoning', text: block['thinking'] as string, signature: block['signature'] as string };
    case 'redacted_thinking':
      // Others would read what only reasoning opens.
      if (!model.reasoning?.signed) throw invalid(`${where}: Invalid \`data\` in \`redacted_thinking\` block`);
      return { type: 'reasoning', text: '', redacted: block['data'] as string };
    default:
      throw unbuilt(`${where}: a block of type ${type}`);
  }
}

type SearchResult = { title: string; source: string; content: { text: string }[]; citations?: { enabled?: boolean } };

async function readToolResult(
  block: JsonObject,
  path: (string | number)[],
  model: FoundationModel,
  call: Call,
): Promise<ToolResultPart> {
  const given = block['content'] ?? [];
  const items = typeof given === 'string' ? [{ type: 'text', text: given }] : (given as JsonObject[]);
  const content: ToolResultPart['content'] = [];
  for (const [index, item] of items.entries()) {
    const part = await readBlock(item, 'user', [...path, 'content', index], model, call);
    if (part.type !== 'text' && part.type !== 'image' && part.type !== 'document')
      throw invalid(
        `${path.join('.')}.content.${index}: a tool result holds text, images, documents and search results`,
      );
    content.push(part);
  }
  return {
    type: 'toolResult',
    toolCallId: block['tool_use_id'] as string,
    status: block['is_error'] === true ? 'error' : 'success',
    content,
  };
}

const MEDIA: Record<string, ImagePart['format']> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

function readImage(block: JsonObject, where: string, model: FoundationModel): ImagePart {
  if (!model.input.includes('IMAGE')) throw invalid(`${where}: this model does not support images`);
  const { type, media_type, data } = block['source'] as { type: string; media_type?: string; data?: string };
  if (type !== 'base64') throw invalid(`${where}.source.type: Input should be 'base64'`);
  const format = MEDIA[media_type ?? ''];
  if (!format)
    throw invalid(
      `${where}.source.base64.media_type: Input should be ${Object.keys(MEDIA)
        .map((each) => `'${each}'`)
        .join(' or ')}`,
    );
  return { type: 'image', format, bytes: Buffer.from(data ?? '', 'base64') };
}

type Citable = NonNullable<DocumentPart['citable']>;

async function readDocument(block: JsonObject, where: string, call: Call): Promise<Part> {
  if (typeof block['context'] === 'string') throw unbuilt(`${where}.context`);
  const { type, media_type, data, content } = block['source'] as {
    type: string;
    media_type?: string;
    data?: string;
    content?: string | { text: string }[];
  };
  const title = typeof block['title'] === 'string' ? block['title'] : undefined;
  const citable = (by: Citable['by'], starts?: number[]): Pick<DocumentPart, 'citable'> =>
    (block['citations'] as { enabled?: boolean } | undefined)?.enabled
      ? { citable: { kind: 'document', index: 0, by, ...definedOf({ title, starts }) } }
      : {};
  const name = title ?? 'document';
  if (type === 'text') return { type: 'document', name, text: data ?? '', ...citable('characters') };
  if (type === 'content') {
    const { text, starts } = joined(typeof content === 'string' ? [content] : (content ?? []).map(({ text }) => text));
    return { type: 'document', name, text, ...citable('blocks', starts) };
  }
  if (type !== 'base64') throw invalid(`${where}.source.type: Input should be 'base64', 'content' or 'text'`);
  if (media_type !== 'application/pdf')
    throw invalid(`${where}.source.base64.media_type: Input should be 'application/pdf'`);
  const text = await readText(call, Buffer.from(data ?? '', 'base64'), 'pdf', where);
  return { type: 'document', name, text, ...citable('pages') };
}

/** Tools of the client's own; those that Anthropic's servers run are not built. */
function readTools(given: JsonObject[], model: FoundationModel): Tool[] {
  const names = new Set<string>();
  return given.map((tool, index) => {
    const { type, name, description, input_schema, strict } = tool as {
      type?: string;
      name: string;
      description?: string;
      input_schema?: Json;
      strict?: boolean;
    };
    if (type !== undefined && type !== 'custom') throw unbuilt(`tools.${index}: the tool type ${type}`);
    if (input_schema === undefined) throw invalid(`tools.${index}.custom.input_schema: Field required`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name))
      throw invalid(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    if (names.has(name)) throw invalid('tools: Tool names must be unique.');
    names.add(name);
    if (!model.converse?.tools) throw invalid('tools: this model does not support tools');
    return { name, inputSchema: input_schema, ...definedOf({ description, strict }) };
  });
}

/** What may be called: which tools, and how many at once. Throws ValidationException. Source: Anthropic API Reference, Messages, `tool_choice`. */
export function readChoice(
  choice: JsonObject | undefined,
  tools: readonly Tool[],
): Pick<ChatRequest, 'toolChoice' | 'oneToolCall'> {
  if (!choice) return {};
  const {
    type,
    name,
    disable_parallel_tool_use: alone,
  } = choice as { type: ToolChoice['type']; name?: string; disable_parallel_tool_use?: boolean };
  if (tools.length === 0) throw invalid('tool_choice: tool_choice may only be specified while providing tools.');
  if (type === 'none' && alone !== undefined)
    throw invalid('tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted');
  const oneToolCall = alone ? { oneToolCall: true as const } : {};
  if (type !== 'tool') return { toolChoice: { type }, ...oneToolCall };
  if (name === undefined) throw invalid('tool_choice.tool.name: Field required');
  if (!tools.some((tool) => tool.name === name)) throw invalid(`Tool '${name}' not found in provided tools`);
  return { toolChoice: { type, name }, ...oneToolCall };
}

/** Each use of a tool is answered in the next message, and nothing is answered that was not asked. */
function checkToolTurns(messages: Message[]): void {
  for (const [index, { content }] of messages.entries()) {
    const asked = usesOf(messages[index - 1]);
    const answered = content.filter((part): part is ToolResultPart => part.type === 'toolResult');
    const stray = answered.find(({ toolCallId }) => !asked.includes(toolCallId));
    if (stray) {
      throw invalid(
        `messages.${index}.content.${content.indexOf(stray)}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.toolCallId}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    const missing = asked.filter((id) => !answered.some(({ toolCallId }) => toolCallId === id));
    if (missing.length > 0) throw unanswered(index - 1, missing);
  }
  const open = usesOf(messages.at(-1));
  if (open.length > 0) throw unanswered(messages.length - 1, open);
}

const usesOf = (message: Message | undefined) =>
  (message?.content ?? []).filter((part): part is ToolCallPart => part.type === 'toolCall').map(({ id }) => id);

const unanswered = (index: number, ids: string[]) =>
  invalid(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
