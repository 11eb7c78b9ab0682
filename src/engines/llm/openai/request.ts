import { documentText } from '../document-text.ts';
import type {
  ChatRequest,
  DocumentPart,
  ImagePart,
  Json,
  Message,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../types.ts';

/** A chat-completions message as it goes over the wire. */
export type WireMessage = {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string | null | ({ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } })[];
  reasoning_content?: string;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
};

/** What a server has refused so far; it is sent the older or smaller form from then on. */
export type Dialect = { maxCompletionTokens: boolean; noStreamOptions: boolean; noReasoning: boolean };

/**
 * The body of a streamed POST /chat/completions.
 *
 * System prompts become one system message, since most chat templates accept only one, at the start. Reasoning of earlier
 * turns goes back as `reasoning_content`, as vLLM, llama.cpp and DeepSeek name it. A field that the request leaves out is
 * not sent, so that the server's own default applies.
 */
export function chatBody(model: string, request: ChatRequest, dialect: Dialect): Record<string, unknown> {
  const body: Record<string, unknown> = { model, messages: wireMessages(request, dialect), stream: true };
  if (!dialect.noStreamOptions) body['stream_options'] = { include_usage: true };
  if (request.tools?.length) {
    body['tools'] = wireTools(request);
    if (request.toolChoice) body['tool_choice'] = wireToolChoice(request.toolChoice);
    if (request.oneToolCall) body['parallel_tool_calls'] = false;
  }
  const set = (name: string, value: unknown) => {
    if (value !== undefined) body[name] = value;
  };
  set(dialect.maxCompletionTokens ? 'max_completion_tokens' : 'max_tokens', request.maxTokens);
  set('temperature', request.temperature);
  set('top_p', request.topP);
  set('top_k', request.topK);
  set('seed', request.seed);
  if (request.reasoning && !dialect.noReasoning) set('reasoning_effort', effortOf(request.reasoning));
  if (request.stopSequences?.length) body['stop'] = request.stopSequences;
  if (request.responseSchema !== undefined) {
    body['response_format'] = {
      type: 'json_schema',
      json_schema: { name: 'response', strict: true, schema: request.responseSchema },
    };
  }
  return body;
}

/** These servers know degrees only: a budget of tokens is put as the nearest one. */
function effortOf({ effort, budgetTokens = 0 }: NonNullable<ChatRequest['reasoning']>): 'low' | 'medium' | 'high' {
  if (effort !== undefined) return effort === 'max' ? 'high' : effort;
  return budgetTokens <= 4_096 ? 'low' : budgetTokens <= 16_384 ? 'medium' : 'high';
}

/** The `tools` of a request on the wire. */
export const wireTools = (request: ChatRequest) =>
  (request.tools ?? []).map(({ name, description, inputSchema, strict }) => ({
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: inputSchema,
      ...(strict === undefined ? {} : { strict }),
    },
  }));

function wireToolChoice(choice: NonNullable<ChatRequest['toolChoice']>): Json {
  if (choice.type === 'any') return 'required';
  if (choice.type === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice.type;
}

/** The messages of a request on the wire, system prompt included. */
export function wireMessages(request: ChatRequest, dialect: Pick<Dialect, 'noReasoning'>): WireMessage[] {
  const messages: WireMessage[] = [];
  const system = request.system.filter((text) => text !== '');
  if (system.length > 0) messages.push({ role: 'system', content: system.join('\n\n') });
  for (const message of request.messages) {
    messages.push(
      ...(message.role === 'user' ? userMessages(message) : [assistantMessage(message, dialect.noReasoning)]),
    );
  }
  return messages;
}

/** Tool results come first, each as its own `tool` message: they must follow the calling message directly. */
function userMessages(message: Message): WireMessage[] {
  const messages: WireMessage[] = [];
  const rest: (TextPart | ImagePart | DocumentPart)[] = [];
  for (const part of message.content) {
    if (part.type === 'toolResult') {
      messages.push({ role: 'tool', tool_call_id: part.toolCallId, content: toolResultText(part) });
      const images = part.content.filter((inner) => inner.type === 'image');
      // Only text may stand in a tool message, so its images follow in the user's turn, under the call's id.
      if (images.length > 0)
        rest.push({ type: 'text', text: `Images returned by tool call ${part.toolCallId}:` }, ...images);
    } else if (part.type === 'text' || part.type === 'image' || part.type === 'document') rest.push(part);
  }
  if (rest.length > 0) messages.push({ role: 'user', content: userContent(rest) });
  return messages;
}

/** Text alone goes as a plain string, which every server and template accepts; lists of parts only where an image needs one. */
function userContent(parts: (TextPart | ImagePart | DocumentPart)[]): WireMessage['content'] {
  if (parts.every((part) => part.type !== 'image')) return parts.map(textOf).join('\n\n');
  return parts.map((part) =>
    part.type === 'image'
      ? { type: 'image_url', image_url: { url: dataUrl(part) } }
      : { type: 'text', text: textOf(part) },
  );
}

const dataUrl = (image: ImagePart) =>
  `data:image/${image.format};base64,${Buffer.from(image.bytes).toString('base64')}`;

const textOf = (part: TextPart | DocumentPart): string => (part.type === 'text' ? part.text : documentText(part));

/** The wire has no mark for a failed tool, so a failure says so in its text. */
function toolResultText(result: ToolResultPart): string {
  const text = result.content
    .flatMap((part) => (part.type === 'image' ? [] : [part.type === 'json' ? JSON.stringify(part.json) : textOf(part)]))
    .join('\n');
  return result.status === 'error' && !/^\s*error/i.test(text) ? `Error: ${text}` : text;
}

function assistantMessage(message: Message, noReasoning: boolean): WireMessage {
  const text = message.content.filter((part): part is TextPart => part.type === 'text').map((part) => part.text);
  const calls = message.content.filter((part): part is ToolCallPart => part.type === 'toolCall');
  const reasoning = message.content
    .filter((part): part is ReasoningPart => part.type === 'reasoning')
    .map((part) => part.text);
  return {
    role: 'assistant',
    // Joined without a separator: these are the blocks of one continuous answer.
    content: text.length === 0 && calls.length > 0 ? null : text.join(''),
    ...(reasoning.length > 0 && !noReasoning ? { reasoning_content: reasoning.join('') } : {}),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ id, name, input }) => ({
            id,
            type: 'function' as const,
            function: { name, arguments: JSON.stringify(input) },
          })),
        }
      : {}),
  };
}

/** Changes the dialect when a refusal names a field that has an accepted other form; says whether to try again. */
export function adaptDialect(dialect: Dialect, refusal: string, sent: Record<string, unknown>): boolean {
  if ('max_tokens' in sent && /max_completion_tokens|max_tokens['"` ]+is (not|un)/i.test(refusal)) {
    return (dialect.maxCompletionTokens = true);
  }
  if ('stream_options' in sent && /stream_options|include_usage/i.test(refusal))
    return (dialect.noStreamOptions = true);
  if (!dialect.noReasoning && /reasoning_content/i.test(refusal)) return (dialect.noReasoning = true);
  return false;
}
