import type { Value } from './ast.ts';
import { SelectError } from './error.ts';
import { toJson, toText } from './functions.ts';
import { RECORD_LENGTH_MAX } from './request.ts';
import type { CsvOutput, JsonOutput } from './request.ts';

/** A row of the result: names and values in order. */
export type ResultRow = { names: readonly string[]; values: readonly Value[] };

/** Writes one row, its delimiter included. */
export type Writer = (row: ResultRow) => string;

export function csvWriter(options: Required<CsvOutput>): Writer {
  const { fieldDelimiter, recordDelimiter, quoteCharacter: quote, quoteEscapeCharacter: escape, quoteFields } = options;
  // With a delimiter of two characters, a field that ends with the first of them would make a delimiter with what follows.
  const marks = [...new Set([fieldDelimiter[0]!, recordDelimiter[0]!, quote, '\n', '\r'])];
  const special = new RegExp(`[${marks.map((mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`).join('')}]`, 'u');
  const field = (value: Value): string => {
    const text = toText(value);
    if (text.length > RECORD_LENGTH_MAX) throw new SelectError('ColumnTooLong');
    const needed = quoteFields === 'ALWAYS' || special.test(text);
    if (!needed) return text;
    // The escape character is escaped too where it is not the quote, or a reader would take it for an escape.
    const doubled = escape === quote ? text : text.replaceAll(escape, escape + escape);
    return quote + doubled.replaceAll(quote, escape + quote) + quote;
  };
  return ({ values }) => bounded(values.map(field).join(fieldDelimiter)) + recordDelimiter;
}

export function jsonWriter(options: JsonOutput): Writer {
  const recordDelimiter = options.recordDelimiter ?? '\n';
  if (recordDelimiter.length > 2) {
    throw new SelectError(
      'InvalidRequestParameter',
      `RecordDelimiter takes one or two characters; got ${JSON.stringify(recordDelimiter)}.`,
    );
  }
  return ({ names, values }) => {
    const members: string[] = [];
    for (const [index, value] of values.entries()) {
      const json = toJson(value);
      if (json !== undefined) members.push(`${JSON.stringify(names[index] ?? `_${index + 1}`)}:${json}`);
    }
    return bounded(`{${members.join(',')}}`) + recordDelimiter;
  };
}

function bounded(record: string): string {
  if (record.length > RECORD_LENGTH_MAX) throw new SelectError('OverMaxRecordSize');
  return record;
}
