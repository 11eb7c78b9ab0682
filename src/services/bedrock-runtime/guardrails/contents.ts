import type { ChatRequest } from '../../../engines/llm/types.ts';

export type Qualifier = 'grounding_source' | 'query' | 'guard_content';

/** A text that a guardrail may look at. */
export type Piece = {
  text: string;
  /** Undefined: not marked at all. An empty list: marked, to be looked at. */
  qualifiers?: readonly Qualifier[] | undefined;
  /** Absent: it stands by itself. */
  place?: { message: number; part: number };
};

/** A piece of a conversation, with its place: a part of a message, or a system text. */
export type Placed = Piece & ({ place: { message: number; part: number } } | { system: number });

/**
 * The texts of a conversation that guardrails look at: what users and the model said, and marked system texts. What tools answered, what
 * the model asked them, and how they are described is not looked at, nor is what is no text: documents, search results, thoughts. Source:
 * Bedrock User Guide, "Include a guardrail with the Converse API", "Remove PII from conversations by using sensitive information filters".
 */
export function piecesOf(chat: ChatRequest, { wholeSystem = false } = {}): Placed[] {
  const guarded = new Set(chat.guardedSystem);
  const system = chat.system.flatMap((text, index): Placed[] =>
    guarded.has(index) ? [{ text, system: index, qualifiers: [] }] : wholeSystem ? [{ text, system: index }] : [],
  );
  const said = chat.messages.flatMap(({ content }, message) =>
    content.flatMap((part, at): Placed[] =>
      part.type === 'text' ? [{ text: part.text, qualifiers: part.guarded, place: { message, part: at } }] : [],
    ),
  );
  return [...system, ...said];
}

/** The conversation with other texts in the places of some. */
export function withTexts(chat: ChatRequest, pieces: readonly Placed[], texts: readonly string[]): ChatRequest {
  const system = [...chat.system];
  const messages = chat.messages.map((message) => ({ ...message, content: [...message.content] }));
  for (const [index, piece] of pieces.entries()) {
    if ('system' in piece) system[piece.system] = texts[index]!;
    else {
      const { message, part: at } = piece.place;
      const { content } = messages[message]!;
      const part = content[at]!;
      if (part.type === 'text') content[at] = { ...part, text: texts[index]! };
    }
  }
  return { ...chat, system, messages };
}

/** A text in a conversation that only its source's marks make a source of grounding, or a question. */
export const isGuarded = ({ qualifiers }: Piece, anyMarked: boolean): boolean => {
  if (qualifiers === undefined) return !anyMarked;
  return qualifiers.length === 0 || qualifiers.includes('guard_content');
};

/** Whether anything is marked to be looked at, so that the rest is not. */
export const anyMarked = (pieces: readonly Piece[]): boolean =>
  pieces.some(
    ({ qualifiers }) => qualifiers !== undefined && (qualifiers.length === 0 || qualifiers.includes('guard_content')),
  );

/** The texts of a native body as its tags mark them: each tagged span becomes a part of its own. */
export function splitTags(chat: ChatRequest, tagSuffix: string): ChatRequest {
  const tag = `amazon-bedrock-guardrails-guardContent_${tagSuffix}`;
  const [begin, end] = [`<${tag}>`, `</${tag}>`];
  const messages = chat.messages.map((message) => ({
    ...message,
    content: message.content.flatMap((part) => {
      if (part.type !== 'text' || !part.text.includes(begin)) return [part];
      const { text } = part;
      const parts: (typeof part)[] = [];
      let at = 0;
      for (;;) {
        const from = text.indexOf(begin, at);
        const to = from < 0 ? -1 : text.indexOf(end, from);
        if (to < 0) break;
        if (from > at) parts.push({ type: 'text', text: text.slice(at, from) });
        parts.push({ type: 'text', text: text.slice(from + begin.length, to), guarded: [] });
        at = to + end.length;
      }
      if (at < text.length) parts.push({ type: 'text', text: text.slice(at) });
      return parts;
    }),
  }));
  return { ...chat, messages };
}
