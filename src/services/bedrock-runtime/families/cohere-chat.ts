import type { ChatRequest, DocumentPart, Json, Message, StopReason, Tool } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf, type AnswerBlock } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { anything, checkBody, flag, list, map, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Cohere Command R and Command R+. */
const TEMPERATURE_MAX = 5;
const TOP_K_MAX = 500;

const anyObject = object({}, [], true);
const shapeFor = (model: FoundationModel) =>
  object(
    {
      message: text,
      chat_history: list(
        object(
          { role: { type: 'string', values: ['USER', 'CHATBOT', 'SYSTEM'] }, message: text, tool_calls: anything },
          ['role'],
        ),
      ),
      documents: list(anyObject),
      preamble: text,
      max_tokens: { type: 'integer', min: 1, max: model.outputTokensMax! },
      temperature: { type: 'number', min: 0, max: TEMPERATURE_MAX },
      p: { type: 'number', min: 0, max: 1 },
      k: { type: 'number', min: 0, max: TOP_K_MAX },
      seed: { type: 'integer' },
      stop_sequences: list(text),
      tools: list(
        object(
          {
            name: text,
            description: text,
            parameter_definitions: map(object({ description: text, type: text, required: flag })),
          },
          ['name'],
        ),
      ),
      tool_results: list(
        object({ call: object({ name: text, parameters: anyObject }, ['name']), outputs: list(anyObject) }, [
          'call',
          'outputs',
        ]),
      ),
      force_single_step: flag,
      search_queries_only: flag,
      raw_prompting: flag,
      return_prompt: flag,
      prompt_truncation: { type: 'string', values: ['OFF', 'AUTO_PRESERVE_ORDER'] },
      frequency_penalty: { type: 'number', min: 0, max: 1 },
      presence_penalty: { type: 'number', min: 0, max: 1 },
    },
    ['message'],
  );

type ToolResult = { call: { name: string; parameters?: Json }; outputs: Json[] };

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  for (const name of ['search_queries_only', 'raw_prompting', 'return_prompt', 'frequency_penalty', 'presence_penalty'])
    if (body[name]) throw unbuilt(`${name} in the body of ${model.id}`);
  if (body['prompt_truncation'] === 'AUTO_PRESERVE_ORDER') throw unbuilt('prompt_truncation AUTO_PRESERVE_ORDER');
  const { message, preamble, max_tokens, temperature, p, k, seed, stop_sequences } = body as {
    message: string;
    preamble?: string;
    max_tokens?: number;
    temperature?: number;
    p?: number;
    k?: number;
    seed?: number;
    stop_sequences?: string[];
  };
  const system = preamble === undefined || preamble.trim() === '' ? [] : [preamble];
  const messages: Message[] = [];
  for (const turn of (body['chat_history'] ?? []) as { role: string; message?: string }[]) {
    const said = turn.message ?? '';
    if (turn.role === 'SYSTEM') system.push(said);
    else if (said !== '') add(messages, turn.role === 'USER' ? 'user' : 'assistant', [{ type: 'text', text: said }]);
  }
  const results = (body['tool_results'] ?? []) as ToolResult[];
  const documents = ((body['documents'] ?? []) as JsonObject[]).map(documentOf);
  if (message !== '') add(messages, 'user', [...documents, { type: 'text', text: message }]);
  if (results.length > 0) addResults(messages, results);
  if (messages.length === 0) throw modelRefused('message must be at least 1 token long.');
  const tools = (
    (body['tools'] ?? []) as {
      name: string;
      description?: string;
      parameter_definitions?: { [name: string]: ParameterDefinition };
    }[]
  ).map(toolOf);
  return {
    system,
    messages,
    ...definedOf({
      maxTokens: max_tokens,
      temperature,
      topP: p || undefined,
      topK: k ? Math.round(k) : undefined,
      seed,
      stopSequences: stop_sequences?.length ? stop_sequences : undefined,
      tools: tools.length > 0 ? tools : undefined,
    }),
  };
}

function add(messages: Message[], role: Message['role'], content: Message['content']): void {
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content });
}

/** Results come with the calls that they answer: both become turns. */
function addResults(messages: Message[], results: ToolResult[]): void {
  const ids = results.map((_, index) => `call_${index}`);
  add(
    messages,
    'assistant',
    results.map(({ call }, index) => ({
      type: 'toolCall',
      id: ids[index]!,
      name: call.name,
      input: call.parameters ?? {},
    })),
  );
  add(
    messages,
    'user',
    results.map(({ outputs }, index) => ({
      type: 'toolResult',
      toolCallId: ids[index]!,
      status: 'success',
      content: outputs.map((json) => ({ type: 'json', json })),
    })),
  );
}

function documentOf(document: JsonObject, index: number): DocumentPart {
  const name = document['title'] ?? document['id'] ?? `document ${index + 1}`;
  const fields = Object.entries(document).filter(([key]) => key !== 'title' && key !== 'id');
  const said = fields.map(([key, value]) =>
    key === 'snippet' || key === 'text'
      ? String(value)
      : `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return { type: 'document', name: String(name), text: said.join('\n') };
}

type ParameterDefinition = { description?: string; type?: string; required?: boolean };

/** Cohere's types are Python's. */
const TYPES: { [name: string]: Json } = {
  str: { type: 'string' },
  string: { type: 'string' },
  int: { type: 'integer' },
  float: { type: 'number' },
  bool: { type: 'boolean' },
  boolean: { type: 'boolean' },
  list: { type: 'array' },
  dict: { type: 'object' },
};

function toolOf({
  name,
  description,
  parameter_definitions: definitions = {},
}: {
  name: string;
  description?: string;
  parameter_definitions?: { [name: string]: ParameterDefinition };
}): Tool {
  const properties = Object.fromEntries(
    Object.entries(definitions).map(([key, { type = 'str', description: about }]) => [
      key,
      {
        ...((TYPES[type.toLowerCase()] ?? TYPES['str']) as JsonObject),
        ...(about === undefined ? {} : { description: about }),
      },
    ]),
  );
  const required = Object.entries(definitions).flatMap(([key, definition]) => (definition.required ? [key] : []));
  return {
    name,
    inputSchema: { type: 'object', properties, required },
    ...(description === undefined ? {} : { description }),
  };
}

function reasonOf(reason: StopReason): string {
  if (reason === 'content_filtered') return 'ERROR_TOXIC';
  return reason === 'max_tokens' || reason === 'context_window' ? 'MAX_TOKENS' : 'COMPLETE';
}

function callsOf(blocks: AnswerBlock[]): Json[] {
  return blocks.flatMap((block) =>
    block.type === 'toolCall' ? [{ name: block.name, parameters: parametersOf(block.json) }] : [],
  );
}

/** Parameters that were cut short with their answer are no JSON: there are none to tell. */
function parametersOf(json: string): Json {
  try {
    return json === '' ? {} : (JSON.parse(json) as Json);
  } catch {
    return {};
  }
}

/** Command R and R+: `message` in, `text` out. */
export const cohereChat: TextFamily = {
  read,
  write(answer, { ids, body }) {
    const said = textOf(answer);
    const calls = callsOf(answer.blocks);
    const history = [
      ...((body['chat_history'] ?? []) as Json[]),
      { role: 'USER', message: body['message'] ?? '' },
      { role: 'CHATBOT', message: said, ...(calls.length > 0 ? { tool_calls: calls } : {}) },
    ];
    return {
      response_id: `${ids.uuid()}/${ids.uuid()}`,
      generation_id: ids.uuid(),
      chat_history: history,
      text: said,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      finish_reason: reasonOf(answer.stopReason),
    };
  },
  async *stream(events, writing): AsyncGenerator<JsonObject> {
    const blocks: AnswerBlock[] = [];
    for await (const event of events) {
      if (event.type === 'text') {
        blocks.push({ type: 'text', text: event.text });
        yield { is_finished: false, event_type: 'text-generation', text: event.text };
      } else if (event.type === 'toolStart')
        blocks.push({ type: 'toolCall', id: event.id, name: event.name, json: '' });
      else if (event.type === 'toolInput') {
        const last = blocks.at(-1);
        if (last?.type === 'toolCall') last.json += event.json;
      } else if (event.type === 'end') {
        const calls = callsOf(blocks);
        if (calls.length > 0) yield { is_finished: false, event_type: 'tool-calls-generation', tool_calls: calls };
        const response = cohereChat.write({ blocks, stopReason: event.stopReason, usage: event.usage }, writing);
        yield { is_finished: true, event_type: 'stream-end', response, finish_reason: reasonOf(event.stopReason) };
      }
    }
  },
  additional(fields) {
    checkBody(fields, object({ k: { type: 'number', min: 0, max: TOP_K_MAX } }));
    return fields['k'] ? { topK: Math.round(fields['k'] as number) } : {};
  },
};
