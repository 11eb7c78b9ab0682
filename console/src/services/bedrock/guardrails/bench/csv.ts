/** Lines of fields, as RFC 4180 has them: fields in quotes hold delimiters, line breaks and doubled quotes. Throws where a quote stays open. */
export function parseCsv(text: string, delimiter = ','): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let at = 0;
  const end = text.length;
  while (at < end) {
    let field = '';
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) throw new Error(`A quote is opened and never closed, in line ${lines.length + 1}.`);
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at += 1;
      }
    }
    const start = at;
    while (at < end && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at += 1;
    line.push(field + text.slice(start, at));
    if (text[at] === delimiter) {
      at += 1;
      // A delimiter at the very end: an empty field after it.
      if (at < end) continue;
      line.push('');
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    lines.push(line);
    line = [];
  }
  return lines.filter((fields) => fields.some((field) => field !== ''));
}

/** Fields as a line of CSV. */
export const csvLine = (fields: readonly string[]): string =>
  fields.map((field) => (/[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
