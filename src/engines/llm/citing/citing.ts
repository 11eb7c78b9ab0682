import { sentences } from '../builtin/words.ts';
import type { ChatEvent, ChatRequest, Citation, Part } from '../types.ts';
import { readPassages, supportOf, type CitedDocument, type Passages } from './support.ts';

/** The documents of a conversation that are to be cited, those in the results of tools included. */
export function citedDocuments({ messages }: Pick<ChatRequest, 'messages'>): CitedDocument[] {
  const of = (part: Part | { type: 'json' }): CitedDocument[] =>
    part.type === 'toolResult' ? part.content.flatMap(of) : part.type === 'document' && isCited(part) ? [part] : [];
  return messages.flatMap(({ content }) => content.flatMap(of));
}

const isCited = (part: Part): part is CitedDocument => part.type === 'document' && part.citable !== undefined;

/**
 * An answer with citations: its text is parted where the passages change that it rests on, and each part that rests on some is followed by
 * them. Text leaves sentence by sentence, in the pieces that it came in. An answer of a conversation with nothing to cite passes as it is.
 */
export function citing(
  chat: ChatRequest,
  events: AsyncIterable<ChatEvent>,
  breathe: () => Promise<void>,
): AsyncIterable<ChatEvent> {
  const documents = citedDocuments(chat);
  return documents.length === 0 ? events : cited(documents, questionOf(chat), events, breathe);
}

const questionOf = ({ messages }: ChatRequest): string =>
  (messages.findLast(({ role }) => role === 'user')?.content ?? [])
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('\n');

type Open = { index: number; citations: Citation[] };

async function* cited(
  documents: CitedDocument[],
  question: string,
  events: AsyncIterable<ChatEvent>,
  breathe: () => Promise<void>,
): AsyncGenerator<ChatEvent, void> {
  let passages: Passages | undefined;
  let next = 0;
  const indices = new Map<number, number>();
  /** Pieces of the text block that have not left. */
  let pieces: string[] = [];
  let open: Open | undefined;
  let mayHaveEnded = false;
  for await (const event of events) {
    if (event.type === 'end') {
      yield* flush(true);
      yield event;
    } else if (event.type === 'text') {
      passages ??= await readPassages(documents, question, breathe);
      pieces.push(event.text);
      // Whether a sentence has ended shows when another begins.
      if (mayHaveEnded || /[.!?…\n]\s*\S/.test(event.text)) yield* flush(false);
      mayHaveEnded = /[.!?…\n]/.test(event.text) || (mayHaveEnded && event.text.trim() === '');
    } else {
      // The end of a text block: it has become as many as its text was parted into.
      if (event.type === 'blockStop' && !indices.has(event.index)) {
        yield* flush(true);
        continue;
      }
      if (!indices.has(event.index)) indices.set(event.index, next++);
      yield { ...event, index: indices.get(event.index)! };
    }
  }

  async function* flush(all: boolean): AsyncGenerator<ChatEvent> {
    const text = pieces.join('');
    const spans = sentences(text);
    // The last sentence may go on.
    const whole = all ? spans : spans.slice(0, -1);
    for (const [at, span] of whole.entries()) {
      const rest = pieces.join('').length;
      const behind = text.length - (at + 1 < spans.length ? spans[at + 1]!.start : text.length);
      yield* say(take(rest - behind), await supportOf(text.slice(span.start, span.end), passages!, breathe));
    }
    if (!all) return;
    // White space alone says nothing.
    if (pieces.length > 0 && open) yield* say(take(Infinity), open.citations);
    pieces = [];
    yield* close();
  }

  function take(characters: number): string[] {
    const taken: string[] = [];
    let left = characters;
    while (pieces.length > 0 && left > 0) {
      const piece = pieces[0]!;
      taken.push(piece.slice(0, left));
      if (piece.length > left) pieces[0] = piece.slice(left);
      else pieces.shift();
      left -= piece.length;
    }
    return taken.filter((piece) => piece !== '');
  }

  function* say(said: string[], citations: Citation[]): Generator<ChatEvent> {
    if (open && !sameCitations(open.citations, citations)) yield* close();
    open ??= { index: next++, citations };
    for (const text of said) yield { type: 'text', index: open.index, text };
  }

  function* close(): Generator<ChatEvent> {
    if (!open) return;
    const { index, citations } = open;
    for (const citation of citations) yield { type: 'citation', index, citation };
    yield { type: 'blockStop', index };
    open = undefined;
  }
}

const sameCitations = (one: Citation[], other: Citation[]): boolean =>
  one.length === other.length &&
  one.every((citation, at) => {
    const { kind, index, start, end } = other[at]!;
    return citation.kind === kind && citation.index === index && citation.start === start && citation.end === end;
  });
