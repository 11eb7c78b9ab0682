/** Where a statement stands in a policy document: lines and columns from 1; the end is just past its last character. */
export type Place = { Line: number; Column: number };
export type StatementPosition = { start: Place; end: Place };

/**
 * Finds the statements of a document, in their order. The document is JSON that has been read already: what is looked for is only where its
 * braces are. Linear in the length of the text.
 */
export function statementPositions(document: string): StatementPosition[] {
  const spans: [number, number][] = [];
  const starts: number[] = [];
  /** Depth of the list or object under `Statement`; 0 before it has begun. */
  let within = 0;
  let depth = 0;
  let name: string | undefined;
  for (let at = 0; at < document.length; at++) {
    const char = document[at]!;
    if (char === '"') {
      const end = endOfString(document, at);
      if (depth === 1) name = JSON.parse(document.slice(at, end + 1)) as string;
      at = end;
    } else if (char === '{' || char === '[') {
      depth++;
      if (depth === 2 && name === 'Statement') within = char === '[' ? 3 : 2;
      if (char === '{' && depth === within) starts.push(at);
    } else if (char === '}' || char === ']') {
      if (char === '}' && depth === within) spans.push([starts.pop()!, at + 1]);
      depth--;
      if (depth === 1) within = 0;
    }
  }
  return spans.map(([start, end]) => ({ start: placeOf(document, start), end: placeOf(document, end) }));
}

/** Of the quotation mark that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { Line: before.split('\n').length, Column: offset - lineStart + 1 };
}
