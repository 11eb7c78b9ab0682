import { decode, encode } from 'gpt-tokenizer/esm/encoding/cl100k_base';
import { remembered } from './memo.ts';
import type { ChatRequest, Json, Part } from '../types.ts';
import { LlmError } from '../types.ts';

/**
 * The tokens of the builtin backend: OpenAI's public cl100k_base byte-pair encoding (100k entries, loads in about 0.1 s). No Bedrock
 * family publishes its own tokenizer in a form that npm carries, so every family is counted in these.
 */

/** Tokens that frame each message (role and separators), as chat formats of this encoding have them. */
const MESSAGE_FRAME_TOKENS = 4;
/** Tokens that open the answer. */
const ANSWER_FRAME_TOKENS = 3;

const plain = { disallowedSpecial: new Set<string>() };

/** Runs without a place to break at, which the encoding takes quadratic time for. */
const LONG_RUN = /\p{L}{512}|\s{512}|[^\s\p{L}\p{N}]{512}/gu;

/**
 * The token ids of `text`; text that looks like a special token ("<|endoftext|>") is read as ordinary text. Runs of more than 512 letters,
 * blanks or signs are encoded in pieces, which may be a token more for each.
 */
export function tokenIds(text: string): number[] {
  const ends = [...text.matchAll(LONG_RUN)].map((match) => match.index + match[0].length);
  if (ends.length === 0) return encode(text, plain);
  return [...ends, text.length].flatMap((end, at) => encode(text.slice(ends[at - 1] ?? 0, end), plain));
}

/** How many tokens `text` has. */
export function countText(text: string): number {
  return text === '' ? 0 : remembered('tokens', text, () => tokenIds(text).length);
}

function countPart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return countText(part.text);
    case 'document':
      return countText(part.name) + countText(part.text) + 2;
    case 'toolCall':
      return countText(part.name) + countText(JSON.stringify(part.input)) + 2;
    case 'toolResult':
      return (
        2 +
        part.content.reduce(
          (sum, item) => sum + (item.type === 'json' ? countText(JSON.stringify(item.json)) : countPart(item)),
          0,
        )
      );
    default:
      throw new LlmError('unsupported', 'The builtin worker reads text and documents; it cannot read images.');
  }
}

/** Tokens of everything that the backend reads for `request`. Throws `LlmError` ('unsupported') for images. */
export function countRequest(request: ChatRequest): number {
  let total = ANSWER_FRAME_TOKENS;
  for (const text of request.system) total += MESSAGE_FRAME_TOKENS + countText(text);
  for (const message of request.messages)
    total += MESSAGE_FRAME_TOKENS + message.content.reduce((sum, part) => sum + countPart(part), 0);
  for (const tool of request.tools ?? [])
    total += MESSAGE_FRAME_TOKENS + countText(`${tool.name} ${tool.description ?? ''} ${stable(tool.inputSchema)}`);
  if (request.responseSchema !== undefined) total += MESSAGE_FRAME_TOKENS + countText(stable(request.responseSchema));
  return total;
}

const stable = (json: Json): string => JSON.stringify(json) ?? 'null';

/**
 * Cuts `text` to at most `limit` tokens and slices it into deltas at token boundaries. A token may end inside a UTF-8 character (emoji,
 * rare scripts): such tokens are joined with those that follow until the character is whole, and left out when the cut falls inside it.
 * `tokens` counts what was generated, a cut-off part included.
 */
export function slice(text: string, limit: number): { deltas: string[]; tokens: number; cut: boolean } {
  const ids = tokenIds(text);
  const deltas: string[] = [];
  // The library decodes with one streaming decoder for all calls: given token by token it holds back the bytes of a character that is not
  // yet whole. It is fed to the end of the text even after a cut, or it would put the rest of that character before the next answer.
  for (const [index, id] of ids.entries()) {
    const piece = decode([id]);
    if (piece !== '' && index < limit) deltas.push(piece);
  }
  return { deltas, tokens: Math.min(ids.length, limit), cut: ids.length > limit };
}
