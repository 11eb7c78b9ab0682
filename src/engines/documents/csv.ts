import type { Document, DocumentTable } from './document.ts';
import { DocumentError } from './error.ts';

const DELIMITERS = [',', ';', '\t', '|'];
/** Rows looked at to guess the delimiter. */
const SAMPLE_ROWS = 20;
const COLUMNS_MAX = 16_384;

/**
 * Reads comma-, semicolon-, tab- or pipe-separated text (RFC 4180 quoting). With a header row each record becomes one line of
 * `column: value` pairs, so that a retrieved line makes sense without its header; without one, the values are joined by commas.
 */
export function readCsv(text: string): Document {
  const delimiter = guessDelimiter(text);
  const rows = parseCsv(text, delimiter).filter((row) => row.some((value) => value.trim() !== ''));
  if (rows.length === 0) return { text: '', tables: [] };
  const table = splitHeader(rows);
  const lines = table.rows.map((row) => rowText(table.header, row));
  return {
    text: table.header.length > 0 && lines.length === 0 ? table.header.join(', ') : lines.join('\n'),
    tables: [table],
  };
}

/** One record as text; values keep to one line. */
export function rowText(header: string[], row: string[]): string {
  const pairs: string[] = [];
  for (const [index, raw] of row.entries()) {
    const value = raw.replace(/\s+/g, ' ').trim();
    if (value === '') continue;
    const column = header[index];
    pairs.push(column ? `${column}: ${value}` : value);
  }
  return pairs.join(', ');
}

/**
 * The first row is a header if its cells are filled, distinct and none of them is a number or date, while some later row differs in
 * kind from it; or if every cell is a word-like name. A single row is data.
 */
export function splitHeader(rows: string[][]): DocumentTable {
  const first = (rows[0] ?? []).map((value) => value.trim());
  const filled = first.every((value) => value !== '');
  const distinct = new Set(first.map((value) => value.toLowerCase())).size === first.length;
  const named = first.every((value) => !/^[-+$€£]?[\d.,/:%\s-]+$/.test(value) && value.length <= 100);
  if (rows.length > 1 && filled && distinct && named) return { header: first, rows: rows.slice(1) };
  return { header: [], rows };
}

/** The delimiter that splits the first rows into the same number (> 1) of columns most often; a comma when none does. */
export function guessDelimiter(text: string): string {
  let best = ',';
  let bestScore = 0;
  const sample = text.slice(0, 65_536);
  for (const delimiter of DELIMITERS) {
    let rows: string[][];
    try {
      rows = parseCsv(sample, delimiter, SAMPLE_ROWS, true);
    } catch {
      continue;
    }
    const width = rows[0]?.length ?? 0;
    if (width < 2) continue;
    const agreeing = rows.filter((row) => row.length === width).length / rows.length;
    const score = agreeing * 100 + Math.min(width, 50) / 50;
    if (score > bestScore) {
      bestScore = score;
      best = delimiter;
    }
  }
  return best;
}

/**
 * Splits delimited text into rows. Quoted fields may hold delimiters, line ends and doubled quotes; a quote inside an unquoted field is
 * text, as spreadsheets read it.
 *
 * @throws {DocumentError} `corrupt` when a quoted field never ends or a row has over 16,384 columns.
 */
export function parseCsv(text: string, delimiter: string, rowsMax = Infinity, lenientEnd = false): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const end = text.length;
  while (at < end && rows.length < rowsMax) {
    let value: string;
    if (text[at] === '"') {
      let close = at + 1;
      for (;;) {
        close = text.indexOf('"', close);
        if (close === -1) {
          if (!lenientEnd) throw new DocumentError('corrupt', `Row ${rows.length + 1}: a quoted field never ends.`);
          close = end;
          break;
        }
        if (text[close + 1] !== '"') break;
        close += 2;
      }
      value = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
      // What follows the closing quote up to the delimiter belongs to the field, as in `"a"b,c`.
      const rest = fieldEnd(text, at, delimiter);
      value += text.slice(at, rest);
      at = rest;
    } else {
      const stop = fieldEnd(text, at, delimiter);
      value = text.slice(at, stop);
      at = stop;
    }
    row.push(value);
    if (row.length > COLUMNS_MAX)
      throw new DocumentError('corrupt', `Row ${rows.length + 1} has over ${COLUMNS_MAX} columns.`);
    if (text[at] === delimiter) {
      at += 1;
      if (at >= end || text[at] === '\n') row.push('');
      if (at < end && text[at] !== '\n') continue;
    }
    rows.push(row);
    row = [];
    at += 1;
  }
  return rows;
}

function fieldEnd(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at += 1;
  return at;
}
