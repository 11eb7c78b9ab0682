import type { Evaluate, Scope } from './evaluate.ts';
import { SelectError } from './error.ts';
import { RECORD_LENGTH_MAX } from './request.ts';
import type { CsvInput } from './request.ts';

/** AWS documents no figure for OverMaxColumn; this bounds the memory of a row. */
const COLUMNS_MAX = 10_000;

/** Splits text that arrives in pieces into CSV records. */
export class CsvReader {
  private readonly options: Required<CsvInput>;
  private rest = '';
  /** Records so far, comments and empty lines included, for error messages. */
  private lines = 0;

  constructor(options: Required<CsvInput>) {
    this.options = options;
  }

  /** The records that `text` completes; with `last`, the one that the object ends with too. */
  push(text: string, last: boolean): string[][] {
    const { recordDelimiter, quoteCharacter, comments } = this.options;
    const input = this.rest === '' ? text : this.rest + text;
    const records: string[][] = [];
    let at = 0;
    // Where the next quote is; looked up again only when passed, or a file without quotes would be searched once per record.
    let quote = quoteCharacter === '' ? Infinity : 0;
    while (at < input.length) {
      let end = input.indexOf(recordDelimiter, at);
      if (end === -1) {
        if (!last) break;
        end = input.length;
      }
      let next = end + recordDelimiter.length;
      // Files written on Windows end lines with \r\n, which AWS reads with the default delimiter too.
      let stop = recordDelimiter === '\n' && end > at && input.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (input.startsWith(comments, at) || stop === at) {
        at = next;
        this.lines += 1;
        continue;
      }
      if (quote < at || quote === 0) {
        quote = input.indexOf(quoteCharacter, at);
        if (quote === -1) quote = Infinity;
      }
      if (quote >= stop) records.push(this.plain(input.slice(at, stop)));
      else {
        const parsed = this.quoted(input, at, stop, last);
        if (parsed === undefined) break;
        records.push(parsed.fields);
        if (parsed.end > stop) {
          stop = parsed.end;
          next = parsed.next;
        }
      }
      if (stop - at > RECORD_LENGTH_MAX) throw new SelectError('OverMaxRecordSize', `Record ${this.lines + 1}.`);
      at = next;
      this.lines += 1;
    }
    this.rest = at >= input.length ? '' : input.slice(at);
    if (this.rest.length > 2 * RECORD_LENGTH_MAX)
      throw new SelectError('OverMaxRecordSize', `Record ${this.lines + 1}.`);
    return records;
  }

  private plain(record: string): string[] {
    const fields = record.split(this.options.fieldDelimiter, COLUMNS_MAX + 1);
    if (fields.length > COLUMNS_MAX) throw new SelectError('OverMaxColumn', `Record ${this.lines + 1}.`);
    return fields;
  }

  /** A record with quotes in it; `undefined` when its end has not arrived. `stop` is where its line ends. */
  private quoted(
    input: string,
    from: number,
    stop: number,
    last: boolean,
  ): { fields: string[]; end: number; next: number } | undefined {
    const { fieldDelimiter, quoteCharacter: quote, recordDelimiter } = this.options;
    const fields: string[] = [];
    let at = from;
    for (;;) {
      if (fields.length >= COLUMNS_MAX) throw new SelectError('OverMaxColumn', `Record ${this.lines + 1}.`);
      let value = '';
      if (input.startsWith(quote, at)) {
        const close = this.closingQuote(input, at, stop, last);
        if (close === undefined) return this.unfinished(input, from);
        value = this.unescape(input.slice(at + 1, close));
        at = close + 1;
      }
      // Outside quotes up to the delimiter; also what follows a closing quote, as in `"a"b`.
      if (at > stop) stop = this.lineEnd(input, at, last) ?? -1;
      if (stop === -1) return this.unfinished(input, from);
      const delimiter = input.indexOf(fieldDelimiter, at);
      const end = delimiter === -1 || delimiter >= stop ? stop : delimiter;
      fields.push(value + input.slice(at, end));
      if (end === stop) {
        const crlf = recordDelimiter === '\n' && input.charCodeAt(end) === 13 ? 1 : 0;
        return { fields, end, next: Math.min(input.length, end + crlf + recordDelimiter.length) };
      }
      at = end + fieldDelimiter.length;
    }
  }

  /** Where the quoted field that opens at `open` closes; `undefined` when that has not arrived. */
  private closingQuote(input: string, open: number, stop: number, last: boolean): number | undefined {
    const { quoteCharacter: quote, quoteEscapeCharacter: escape, allowQuotedRecordDelimiter } = this.options;
    let at = open + 1;
    for (;;) {
      const close = input.indexOf(quote, at);
      if (close === -1) {
        if (!last && allowQuotedRecordDelimiter) return undefined;
        throw new SelectError('CSVUnescapedQuote', `Record ${this.lines + 1}.`);
      }
      if (escape !== quote) {
        // An escape before the quote counts unless it is escaped itself.
        let first = close;
        while (first > at && input[first - 1] === escape) first -= 1;
        if ((close - first) % 2 === 1) {
          at = close + 1;
          continue;
        }
      } else if (input.startsWith(quote, close + 1)) {
        at = close + 2;
        continue;
      }
      // At the end of a piece the next character decides whether this quote closes.
      if (!last && close + 1 >= input.length) return undefined;
      if (close >= stop && !allowQuotedRecordDelimiter) {
        throw new SelectError('CSVEscapingRecordDelimiter', `Record ${this.lines + 1}.`);
      }
      return close;
    }
  }

  /** What is between the quotes. An escape before anything but a quote or itself is text. */
  private unescape(inner: string): string {
    const { quoteCharacter: quote, quoteEscapeCharacter: escape } = this.options;
    if (!inner.includes(escape)) return inner;
    if (escape === quote) return inner.replaceAll(quote + quote, quote);
    return inner.replaceAll(escape + quote, quote).replaceAll(escape + escape, escape);
  }

  private lineEnd(input: string, at: number, last: boolean): number | undefined {
    const end = input.indexOf(this.options.recordDelimiter, at);
    if (end === -1) return last ? input.length : undefined;
    return this.options.recordDelimiter === '\n' && end > at && input.charCodeAt(end - 1) === 13 ? end - 1 : end;
  }

  private unfinished(input: string, from: number): undefined {
    if (input.length - from > RECORD_LENGTH_MAX)
      throw new SelectError('OverMaxRecordSize', `Record ${this.lines + 1}.`);
    return undefined;
  }
}

/** How paths read a CSV record: `_1` by position; a name by the header, in any case unless it is quoted. */
export function csvScope(header: string[] | undefined, alias: string | undefined, now: () => Date): Scope<string[]> {
  return {
    now,
    path(steps): Evaluate<string[]> {
      let [first, ...rest] = steps;
      const isTable = (name: string): boolean => name.toLowerCase() === (alias ?? 's3object').toLowerCase();
      if (first !== undefined && 'name' in first && isTable(first.name) && rest.length > 0) [first, ...rest] = rest;
      if (first === undefined || rest.length > 0 || 'wildcard' in first) {
        throw new SelectError('InvalidKeyPath', 'A CSV record has columns without further parts.');
      }
      const index = 'index' in first ? first.index : columnIndex(first, header);
      return (row) => row[index];
    },
  };
}

function columnIndex({ name, quoted }: { name: string; quoted: boolean }, header: string[] | undefined): number {
  const matches: number[] = [];
  for (const [index, column] of (header ?? []).entries()) {
    if (quoted ? column === name : column.toLowerCase() === name.toLowerCase()) matches.push(index);
  }
  if (matches.length > 1) throw new SelectError('AmbiguousFieldName', `Field: ${name}.`);
  if (matches.length === 1) return matches[0]!;
  const position = /^_(\d{1,9})$/.exec(name)?.[1];
  if (position === undefined) throw new SelectError('MissingHeaders', `Field: ${name}.`);
  if (Number(position) < 1) throw new SelectError('InvalidColumnIndex', `Column: ${name}.`);
  return Number(position) - 1;
}
