/** A sentence of a text by UTF-16 offsets, without the white space around it. */
export type Sentence = { text: string; start: number; end: number };

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const ABBREVIATION =
  /(?:^|[\s(])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|Inc|Ltd|Co|Corp|Jr|Sr|e\.g|i\.e|approx|Fig|Gen|Col|Lt|Sgt|Rev|Hon|U\.S|U\.K|p|pp|al)\.\s*$/u;

/** The sentences of a text. Line ends end one; abbreviations and initials do not. */
export function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  let start: number | undefined;
  const push = (from: number, to: number): void => {
    const part = text.slice(from, to);
    const trimmed = part.trim();
    if (trimmed === '') return;
    const at = from + part.indexOf(trimmed);
    found.push({ text: trimmed, start: at, end: at + trimmed.length });
  };
  for (const { segment, index } of segmenter.segment(text)) {
    start ??= index;
    const end = index + segment.length;
    if (ABBREVIATION.test(segment) && !/\n\s*$/.test(segment) && end < text.length) continue;
    // A list item or a paragraph ends at its line, whatever it ends with.
    for (const line of text.slice(start, end).matchAll(/[^\n]+/g))
      push(start + line.index, start + line.index + line[0].length);
    start = undefined;
  }
  if (start !== undefined) push(start, text.length);
  return found;
}
