/** The model was trained on sentences and short paragraphs; beyond about this many tokens its vector blurs. */
const PIECE_TOKENS_MAX = 128;
/** The tokenizer's time grows with the square of its input, so longer sentences are cut before it sees them. */
const PIECE_LENGTH_MAX = 600;

export type Piece = { text: string; tokens: number };

/**
 * Cuts a text at sentence ends into pieces of at most 128 tokens each (a sentence that is longer is cut at spaces).
 *
 * @param count tokens of a part, as the model counts them.
 */
export function splitText(text: string, count: (part: string) => number): Piece[] {
  const pieces: Piece[] = [];
  let running: Piece = { text: '', tokens: 0 };
  const flush = (): void => {
    if (running.tokens > 0) pieces.push({ text: running.text.trim(), tokens: running.tokens });
    running = { text: '', tokens: 0 };
  };
  for (const sentence of sentences(text)) {
    for (const part of cut(sentence, count)) {
      if (running.tokens + part.tokens > PIECE_TOKENS_MAX) flush();
      running = {
        text: running.text === '' ? part.text : `${running.text} ${part.text}`,
        tokens: running.tokens + part.tokens,
      };
    }
  }
  flush();
  return pieces;
}

function* sentences(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)) {
    const sentence = segment.replace(/\s+/g, ' ').trim();
    if (sentence !== '') yield sentence;
  }
}

function* cut(sentence: string, count: (part: string) => number): Generator<Piece> {
  let rest = sentence;
  while (rest !== '') {
    let part = rest.length <= PIECE_LENGTH_MAX ? rest : head(rest, PIECE_LENGTH_MAX);
    let tokens = count(part);
    // Halving ends: one character is at most a few tokens.
    while (tokens > PIECE_TOKENS_MAX) {
      part = head(part, Math.floor(part.length / 2));
      tokens = count(part);
    }
    yield { text: part, tokens };
    rest = rest.slice(part.length).trimStart();
  }
}

/** The first part of a text, of at most `length` characters, cut at a space where there is one and never inside a surrogate pair. */
function head(text: string, length: number): string {
  const space = text.lastIndexOf(' ', length);
  if (space > length / 2) return text.slice(0, space);
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 && length > 1 ? length - 1 : length);
}
