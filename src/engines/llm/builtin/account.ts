import type { Conversation } from './shapes.ts';
import type { Reply } from './responding.ts';
import { slice } from './tokens.ts';
import { sentences } from './words.ts';
import { stemSet } from './units.ts';
import type { ChatRequest, Reasoning } from '../types.ts';

/** Tokens of an account where no budget is given, by the effort that is asked for. */
const EFFORT_TOKENS = { low: 256, medium: 1_024, high: 4_096, max: 16_384 } as const;
/** Characters of a quotation. */
const QUOTE_MAX = 240;
/** Sentences of the texts that are held against the reply; texts beyond are only counted. */
const SENTENCES_MAX = 2_000;

const quoted = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return `“${line.length > QUOTE_MAX ? `${line.slice(0, QUOTE_MAX)}…` : line}”`;
};

/**
 * What the worker did for a reply: what it took the request to be, what it had to read, and the sentences that bear the reply out. It
 * stands where a language model has its thoughts, and is no more than it says.
 */
export function account(request: ChatRequest, conversation: Conversation, reply: Reply): string {
  const lines = [`The request: ${quoted(conversation.ask || conversation.asked)}.`];
  const read = conversation.sources
    .filter(({ kind }) => kind !== 'system')
    .flatMap(({ name, text }) => sentences(text).map((span) => ({ name, text: text.slice(span.start, span.end) })));
  const names = [...new Set(read.map(({ name }) => name))];
  lines.push(
    read.length === 0
      ? 'There is no text to read.'
      : `To read: ${names.join(', ')} (${read.length} ${read.length === 1 ? 'sentence' : 'sentences'}).`,
  );
  if (reply.calls.length > 0) {
    const offered = (request.tools ?? []).map(({ name }) => name).join(', ');
    for (const { name, input } of reply.calls)
      lines.push(`Of the tools ${offered}, ${name} fits; its input from the conversation: ${JSON.stringify(input)}.`);
    return lines.join('\n');
  }
  if (request.responseSchema !== undefined) lines.push('The answer has to be JSON of the given schema.');
  const wanted = stemSet(reply.text);
  const bearing = read
    .slice(0, SENTENCES_MAX)
    .map((sentence) => {
      const stems = stemSet(sentence.text);
      const shared = [...wanted].filter((stem) => stems.has(stem)).length;
      return { ...sentence, share: wanted.size === 0 ? 0 : shared / wanted.size };
    })
    .filter(({ share }) => share >= 0.25)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3);
  if (bearing.length === 0) lines.push('No sentence of them bears the answer out.');
  for (const { name, text } of bearing) lines.push(`${name} says: ${quoted(text)}.`);
  return lines.join('\n');
}

/** An account within its budget, in deltas, with its tokens. */
export const budgeted = (text: string, { budgetTokens, effort = 'medium' }: Reasoning, left: number) =>
  slice(text, Math.min(budgetTokens ?? EFFORT_TOKENS[effort], left));
