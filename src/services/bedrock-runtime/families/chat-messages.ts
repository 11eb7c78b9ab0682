import type { ChatRequest, Json, Message, Tool, ToolChoice } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { anything, either, list, nothing, object, text, type Shape } from './body.ts';
import type { JsonObject } from './family.ts';

/** What the families that speak OpenAI's chat messages have in common. Source: OpenAI API Reference, chat completions; Mistral AI, chat completion. */
const part = either(
  object({ type: { type: 'string', values: ['text'] }, text }, ['type', 'text']),
  object({ type: { type: 'string', values: ['image_url'] }, image_url: anything }, ['type', 'image_url']),
);
const toolCall = object(
  {
    id: text,
    type: text,
    index: anything,
    function: object({ name: text, arguments: either(text, object({}, [], true)) }, ['name', 'arguments']),
  },
  ['id', 'function'],
);

export const chatMembers: { [name: string]: Shape } = {
  messages: list(
    object(
      {
        role: { type: 'string', values: ['system', 'developer', 'user', 'assistant', 'tool'] },
        content: either(text, list(part), nothing),
        name: text,
        tool_calls: either(list(toolCall), nothing),
        tool_call_id: text,
      },
      ['role'],
    ),
    { min: 1 },
  ),
  tools: list(
    object(
      {
        type: { type: 'string', values: ['function'] },
        function: object(
          {
            name: text,
            description: text,
            parameters: object({ type: { type: 'string', values: ['object'] } }, [], true),
            strict: anything,
          },
          ['name'],
        ),
      },
      ['type', 'function'],
    ),
  ),
  tool_choice: either(text, object({ type: text, function: object({ name: text }, ['name']) }, ['type', 'function'])),
};

/** Chat messages, tools and tool choice as the canonical state has them. Throws ValidationException. */
export function readChatMessages(
  body: JsonObject,
  model: FoundationModel,
): Pick<ChatRequest, 'system' | 'messages' | 'tools' | 'toolChoice'> {
  const system: string[] = [];
  const messages: Message[] = [];
  const add = (role: Message['role'], content: Message['content']) => {
    if (content.length === 0) return;
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  };
  for (const [index, message] of (body['messages'] as JsonObject[]).entries()) {
    const where = `messages.${index}`;
    const said = textOf(message['content'] ?? '', where);
    switch (message['role']) {
      case 'system':
      case 'developer':
        system.push(said);
        break;
      case 'tool':
        if (typeof message['tool_call_id'] !== 'string')
          throw modelRefused(`${where}: a tool message needs tool_call_id.`);
        add('user', [
          {
            type: 'toolResult',
            toolCallId: message['tool_call_id'],
            status: 'success',
            content: [{ type: 'text', text: said }],
          },
        ]);
        break;
      case 'assistant': {
        const calls = (
          (message['tool_calls'] ?? []) as { id: string; function: { name: string; arguments: Json } }[]
        ).map((call) => ({
          type: 'toolCall' as const,
          id: call.id,
          name: call.function.name,
          input: argumentsOf(call.function.arguments, where),
        }));
        add('assistant', [...(said === '' ? [] : [{ type: 'text' as const, text: said }]), ...calls]);
        break;
      }
      default:
        add('user', said === '' ? [] : [{ type: 'text', text: said }]);
    }
  }
  if (messages[0]?.role !== 'user') throw modelRefused('A conversation must start with a user message.');
  const tools = (
    (body['tools'] ?? []) as { function: { name: string; description?: string; parameters?: Json } }[]
  ).map(({ function: { name, description, parameters } }): Tool => ({
    name,
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(description === undefined ? {} : { description }),
  }));
  if (tools.length > 0 && !model.converse?.tools) throw modelRefused('This model does not support tools.');
  const toolChoice = choiceOf(body['tool_choice'], tools);
  return {
    system,
    messages,
    ...(tools.length > 0 ? { tools } : {}),
    ...(toolChoice && tools.length > 0 ? { toolChoice } : {}),
  };
}

function textOf(content: Json, where: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw modelRefused(`${where}: content must be text or a list of parts.`);
  return content
    .map((each) => {
      const { type, text: said } = each as { type: string; text?: string };
      if (type !== 'text') throw unbuilt(`${where}: content of type ${type} in this family's native body`);
      return said ?? '';
    })
    .join('\n');
}

function argumentsOf(written: Json, where: string): Json {
  if (typeof written !== 'string') return written;
  try {
    return written === '' ? {} : (JSON.parse(written) as Json);
  } catch {
    throw modelRefused(`${where}: the arguments of a tool call are not valid JSON.`);
  }
}

function choiceOf(choice: Json | undefined, tools: Tool[]): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string') {
    if (choice === 'auto' || choice === 'none') return { type: choice };
    if (choice === 'any' || choice === 'required') return { type: 'any' };
    throw modelRefused(`tool_choice: ${choice} is none of auto, any, none, required.`);
  }
  const { name } = (choice as { function: { name: string } }).function;
  if (!tools.some((tool) => tool.name === name)) throw modelRefused(`tool_choice: there is no tool ${name}.`);
  return { type: 'tool', name };
}
