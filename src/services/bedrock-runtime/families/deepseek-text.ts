import type { ChatRequest, Message, StopReason } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { checkBody, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, DeepSeek models (R1, text completion). */
const DEFAULT_TOKENS = 512;
const STOPS_MAX = 10;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      prompt: text,
      temperature: { type: 'number', min: 0, max: 1 },
      top_p: { type: 'number', min: 0, max: 1 },
      max_tokens: { type: 'integer', min: 1, max: model.outputTokensMax! },
      stop: list(text, { max: STOPS_MAX }),
    },
    ['prompt'],
  );

const BEGIN = '<｜begin▁of▁sentence｜>';
const TURN = /<｜(User|Assistant)｜>/;

/** A prompt by its special tokens: system text, then turns; without them, one turn of the user's. */
function turnsOf(prompt: string): Pick<ChatRequest, 'system' | 'messages'> {
  const [before = '', ...pieces] = prompt.replaceAll(BEGIN, '').split(TURN);
  if (pieces.length === 0)
    return { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: before }] }] };
  const messages: Message[] = [];
  for (let at = 0; at < pieces.length; at += 2) {
    const said = pieces[at + 1]!.replaceAll('<｜end▁of▁sentence｜>', '')
      .replace(/<think>\s*$/, '')
      .trim();
    if (said === '') continue;
    const role = pieces[at] === 'User' ? 'user' : 'assistant';
    const last = messages.at(-1);
    if (last?.role === role) last.content.push({ type: 'text', text: said });
    else messages.push({ role, content: [{ type: 'text', text: said }] });
  }
  return { system: before.trim() === '' ? [] : [before.trim()], messages };
}

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const { prompt, temperature, top_p, max_tokens, stop } = body as {
    prompt: string;
    temperature?: number;
    top_p?: number;
    max_tokens?: number;
    stop?: string[];
  };
  return {
    ...turnsOf(prompt),
    maxTokens: max_tokens ?? DEFAULT_TOKENS,
    ...definedOf({ temperature, topP: top_p, stopSequences: stop?.length ? stop : undefined }),
  };
}

const reasonOf = (reason: StopReason) => (reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop');

/** DeepSeek-R1: `prompt` in, `choices` out, its thoughts before the answer in `<think>`. */
export const deepseekText: TextFamily = {
  read,
  write(answer) {
    const thoughts = answer.blocks.map((block) => (block.type === 'reasoning' ? block.text : '')).join('');
    const said = textOf(answer);
    const whole = thoughts === '' ? said : `${thoughts}\n</think>\n\n${said}`;
    return { choices: [{ text: whole, stop_reason: reasonOf(answer.stopReason) }] };
  },
  async *stream(events) {
    let thinking = false;
    for await (const event of events) {
      if (event.type === 'reasoning' && event.text !== undefined) {
        thinking = true;
        yield { choices: [{ text: event.text, stop_reason: null }] };
      } else if (event.type === 'text') {
        if (thinking) yield { choices: [{ text: '\n</think>\n\n', stop_reason: null }] };
        thinking = false;
        yield { choices: [{ text: event.text, stop_reason: null }] };
      } else if (event.type === 'end') yield { choices: [{ text: '', stop_reason: reasonOf(event.stopReason) }] };
    }
  },
  additional(fields) {
    checkBody(fields, object({}));
    return {};
  },
};
