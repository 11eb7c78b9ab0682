import type { Span } from '../builtin/words.ts';
import type { Citation, DocumentPart } from '../types.ts';

/** A span of a document (UTF-16 offsets) as the document's places are told: characters, pages or blocks. */
export function citationOf(
  { text, citable }: DocumentPart & Required<Pick<DocumentPart, 'citable'>>,
  { start, end }: Span,
): Citation {
  const { starts = [0], ...of } = citable;
  switch (of.by) {
    case 'characters': {
      const from = codePoints(text, 0, start);
      return { ...of, start: from, end: from + codePoints(text, start, end), text: text.slice(start, end) };
    }
    case 'pages': {
      const page = (at: number) => 1 + occurrences(text, '\f', at);
      return { ...of, start: page(start), end: page(end - 1) + 1, text: text.slice(start, end) };
    }
    default: {
      const block = (at: number) =>
        Math.max(
          0,
          starts.findLastIndex((each) => each <= at),
        );
      const first = block(start);
      const last = block(end - 1);
      // Blocks are cited whole.
      const upTo = starts[last + 1] ?? text.length;
      return { ...of, start: first, end: last + 1, text: text.slice(starts[first], upTo).trim() };
    }
  }
}

function codePoints(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a pair counts with the first.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

function occurrences(text: string, mark: string, before: number): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && at < before; at = text.indexOf(mark, at + 1)) count++;
  return count;
}
