/** Rows of a text of values with separators (RFC 4180): quoted values may have separators, line ends and doubled quotes. */
export function parseCsv(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  let at = 0;
  const endRow = () => {
    row.push(value);
    if (row.length > 1 || value !== '') rows.push(row);
    row = [];
    value = '';
  };
  while (at < text.length) {
    const char = text[at]!;
    if (quoted) {
      if (char === '"' && text[at + 1] === '"') {
        value += '"';
        at += 1;
      } else if (char === '"') quoted = false;
      else value += char;
    } else if (char === '"' && value === '') quoted = true;
    else if (char === separator) {
      row.push(value);
      value = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r' || text[at + 1] !== '\n') value += char;
    at += 1;
  }
  endRow();
  return rows;
}

/** What separates the values of a text: what its first line has most of. */
export function separatorOf(text: string, type: string): string {
  if (type === 'text/tab-separated-values') return '\t';
  const line = text.slice(0, text.indexOf('\n') === -1 ? text.length : text.indexOf('\n'));
  return [',', ';', '\t', '|']
    .map((separator) => ({ separator, count: line.split(separator).length }))
    .reduce((best, one) => (one.count > best.count ? one : best)).separator;
}
