import { invalid } from '../errors.ts';
import { anything, either, faultsOf, flag, list, object, text, type Fault, type Shape } from './body.ts';
import type { JsonObject } from './family.ts';

/** Source: Anthropic API Reference, Messages; Bedrock User Guide, Anthropic Claude Messages API. */
export const sampling = {
  temperature: { type: 'number', min: 0, max: 1 },
  top_p: { type: 'number', min: 0, max: 1 },
  top_k: { type: 'integer', min: 0, max: 500 },
} as const;

const cached = { cache_control: anything };
const textBlock = object({ type: text, text, citations: anything, ...cached }, ['type', 'text']);
const source = object({ type: text, media_type: text, data: text, url: text, content: either(text, list(textBlock)) }, [
  'type',
]);

/** Blocks are told apart by their type, so each is checked by its own shape. */
export const blockShapes: { [type: string]: Shape } = {
  text: textBlock,
  image: object({ type: text, source, ...cached }, ['type', 'source']),
  document: object({ type: text, source, title: anything, context: anything, citations: anything, ...cached }, [
    'type',
    'source',
  ]),
  search_result: object(
    {
      type: text,
      source: text,
      title: text,
      content: list(object({ type: { type: 'string', values: ['text'] }, text, ...cached }, ['type', 'text']), {
        min: 1,
      }),
      citations: object({ enabled: flag }),
      ...cached,
    },
    ['type', 'source', 'title', 'content'],
  ),
  tool_use: object({ type: text, id: text, name: text, input: object({}, [], true), caller: anything, ...cached }, [
    'type',
    'id',
    'name',
    'input',
  ]),
  tool_result: object(
    {
      type: text,
      tool_use_id: text,
      content: either(text, list(object({ type: text }, ['type'], true))),
      is_error: flag,
      ...cached,
    },
    ['type', 'tool_use_id'],
  ),
  thinking: object({ type: text, thinking: text, signature: text }, ['type', 'thinking', 'signature']),
  redacted_thinking: object({ type: text, data: text }, ['type', 'data']),
};

const outputFormat = object({ type: { type: 'string', values: ['json_schema'] }, schema: object({}, [], true) }, [
  'type',
  'schema',
]);
export const outputConfig = object({ effort: text, format: outputFormat });

const choiceMembers = {
  type: { type: 'string', values: ['auto', 'any', 'tool', 'none'] },
  name: text,
  disable_parallel_tool_use: flag,
} as const;
export const toolChoice = object(choiceMembers, ['type']);
/** Beside a choice that Converse has read. */
export const moreOfToolChoice = object({ disable_parallel_tool_use: flag });

export const requestShape: Shape = object(
  {
    anthropic_version: { type: 'string', values: ['bedrock-2023-05-31'] },
    anthropic_beta: list(text),
    max_tokens: { type: 'integer', min: 1 },
    messages: list(
      object(
        {
          role: { type: 'string', values: ['user', 'assistant'] },
          content: either(text, list(object({ type: text }, ['type'], true))),
        },
        ['role', 'content'],
      ),
    ),
    system: either(text, list(textBlock)),
    stop_sequences: list(text),
    ...sampling,
    tools: list(
      object(
        {
          type: text,
          name: text,
          description: text,
          input_schema: object({ type: { type: 'string', values: ['object'] } }, ['type'], true),
          strict: flag,
          eager_input_streaming: anything,
          ...cached,
        },
        ['name'],
        true,
      ),
    ),
    tool_choice: toolChoice,
    thinking: object({ type: text }, ['type'], true),
    output_config: outputConfig,
    output_format: outputFormat,
    metadata: object({ user_id: anything }),
  },
  ['anthropic_version', 'max_tokens', 'messages'],
);

/** Throws ValidationException in Claude's own words, for the first fault. */
export function checkAnthropic(body: JsonObject, shape: Shape, at: Fault['path'] = []): void {
  const [fault] = faultsOf(body, shape);
  if (fault) throw invalid(describe({ ...fault, path: [...at, ...fault.path] }));
}

const TYPES: Record<string, string> = {
  String: 'a valid string',
  Number: 'a valid number',
  Integer: 'a valid integer',
  Boolean: 'a valid boolean',
  JSONArray: 'a valid list',
  JSONObject: 'an object',
  Null: 'null',
};

function describe(fault: Fault): string {
  const at = (...more: string[]) => [...fault.path, ...more].join('.');
  switch (fault.kind) {
    case 'required':
      return `${at(fault.name)}: Field required`;
    case 'extraneous':
      return `${at(fault.name)}: Extra inputs are not permitted`;
    case 'type':
      return `${at()}: Input should be ${TYPES[fault.expected]}`;
    case 'enum':
      return `${at()}: Input should be ${fault.values.map((value) => `'${value}'`).join(' or ')}`;
    case 'min':
      return `${at()}: Input should be greater than or equal to ${fault.bound}`;
    case 'above':
      return `${at()}: Input should be greater than ${fault.bound}`;
    case 'max':
      return `${at()}: Input should be less than or equal to ${fault.bound}`;
    case 'items-min':
      return `${at()}: List should have at least ${fault.bound} items after validation, not ${fault.value}`;
    default:
      return `${at()}: List should have at most ${fault.bound} items after validation, not ${fault.value}`;
  }
}
