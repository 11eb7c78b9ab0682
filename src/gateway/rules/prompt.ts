import type { Json } from './view.ts';

/** What the user said last to a model, and what its tools said, out of any family's body. Finds; never judges, never throws. */

type Fields = { [key: string]: Json };
const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Markers by which the families that take one text tell the user's turns. */
const TURN_MARKERS: [start: string, end: string][] = [
  ['<|start_header_id|>user<|end_header_id|>', '<|eot_id|>'],
  ['<|header_start|>user<|header_end|>', '<|eot|>'],
  ['[INST]', '[/INST]'],
  ['\n\nHuman:', '\n\nAssistant:'],
  ['<|im_start|>user', '<|im_end|>'],
  ['\nUser:', '\nBot:'],
];

/** The body of a model invocation: of Converse the input itself, of InvokeModel the JSON of its body. */
export function bodyOf(input: Json): Fields {
  if (!isFields(input)) return {};
  return isFields(input['body']) && !Array.isArray(input['messages']) ? input['body'] : input;
}

/** The last text of the user; undefined where there is none. */
export function promptOf(input: Json): string | undefined {
  const body = bodyOf(input);
  const messages = listOf(body['messages']).filter(isFields);
  for (const message of messages.toReversed()) {
    if (message['role'] !== 'user') continue;
    const text = textOf(message['content']);
    if (text !== '') return text;
  }
  for (const key of ['message', 'inputText', 'text'] as const) if (typeof body[key] === 'string') return body[key];
  const input0 = body['input'];
  if (typeof input0 === 'string') return input0;
  if (isFields(input0) && typeof input0['text'] === 'string') return input0['text'];
  return typeof body['prompt'] === 'string' ? lastTurn(body['prompt']) : undefined;
}

function lastTurn(prompt: string): string {
  for (const [start, end] of TURN_MARKERS) {
    const at = prompt.lastIndexOf(start);
    if (at < 0) continue;
    const from = at + start.length;
    const to = prompt.indexOf(end, from);
    return prompt.slice(from, to < 0 ? undefined : to).trim();
  }
  return prompt;
}

/** The texts of a message's content: a string, or a list of parts; tool results are none of the user's words. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .filter(isFields)
    .map((part) => {
      if (typeof part['text'] === 'string') return part['text'];
      const guarded = part['guardContent'];
      const text = isFields(guarded) && isFields(guarded['text']) ? guarded['text']['text'] : undefined;
      return typeof text === 'string' ? text : undefined;
    })
    .filter((text) => text !== undefined)
    .join('\n');
}

/** The texts of the tool results in the conversation's last message(s), first to last. */
export function toolResultsOf(input: Json): string[] {
  const messages = listOf(bodyOf(input)['messages']).filter(isFields);
  const last = messages.at(-1);
  if (last?.['role'] === 'tool') {
    const from = messages.findLastIndex(({ role }) => role !== 'tool') + 1;
    return messages.slice(from).map(({ content }) => textOf(content));
  }
  if (last?.['role'] !== 'user') return [];
  return listOf(last['content'])
    .filter(isFields)
    .flatMap((part) => {
      // Converse's, then Anthropic's.
      if (isFields(part['toolResult'])) return [resultText(part['toolResult']['content'])];
      return part['type'] === 'tool_result' ? [resultText(part['content'])] : [];
    });
}

function resultText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .filter(isFields)
    .map((part) =>
      typeof part['text'] === 'string' ? part['text'] : part['json'] === undefined ? '' : JSON.stringify(part['json']),
    )
    .join('\n');
}
