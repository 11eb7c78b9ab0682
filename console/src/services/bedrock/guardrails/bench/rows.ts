import type { Asked } from '../apply.ts';
import type { Decision } from '../explain.ts';
import { csvLine, parseCsv } from './csv.ts';

/** A labelled text. */
export type BenchRow = Asked & {
  id: string;
  expected: Decision;
  /** What should fire: a policy (`content`, `topic`, `word`, `pii`, `regex`, `grounding`) or one of its filters (`HATE`, `EMAIL`, a topic). */
  policy?: string;
};

type Defaults = Pick<BenchRow, 'expected' | 'source'>;
export type ParsedRows = { rows: BenchRow[]; problems: string[] };

/** More are refused: the table is kept in the browser. */
export const ROWS_MAX = 10_000;

let made = 0;
/** An id that no other row has, in this page or in what it has kept. */
export const newRowId = (): string => `${Date.now().toString(36)}-${(made += 1).toString(36)}`;

const EXPECTED: Record<string, Decision> = {
  allow: 'allow',
  allowed: 'allow',
  pass: 'allow',
  none: 'allow',
  false: 'allow',
  '0': 'allow',
  block: 'block',
  blocked: 'block',
  deny: 'block',
  true: 'block',
  '1': 'block',
  mask: 'mask',
  masked: 'mask',
  anonymize: 'mask',
  anonymized: 'mask',
};

/** Names of columns and members, whatever their case, spaces and underscores. */
const canonical = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

/**
 * Rows from JSON (a list of objects), JSONL, CSV with a header that names a column `text`, or else from lines that are a text each, which get the
 * defaults. What is wrong is told by row, and the rest is read.
 */
export function parseRows(given: string, defaults: Defaults): ParsedRows {
  const text = given.replace(/^\uFEFF/, '').trim();
  if (text === '') return { rows: [], problems: [] };
  try {
    if (text.startsWith('[')) return fromRecords(JSON.parse(text) as unknown[], defaults);
    if (text.startsWith('{')) return fromJsonLines(text, defaults);
    const header = text.split(/\r?\n/, 1)[0]!;
    const delimiter = [',', '\t', ';'].find((each) =>
      header.split(each).some((name) => canonical(name.replaceAll('"', '')) === 'text'),
    );
    if (delimiter === undefined) {
      const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
      return fromRecords(
        lines.map((line) => ({ text: line.trim() })),
        defaults,
      );
    }
    const [names, ...lines] = parseCsv(text, delimiter);
    return fromRecords(
      lines.map((fields) => Object.fromEntries(names!.map((name, index) => [name, fields[index] ?? '']))),
      defaults,
    );
  } catch (error) {
    return { rows: [], problems: [(error as Error).message] };
  }
}

function fromJsonLines(text: string, defaults: Defaults): ParsedRows {
  const records: unknown[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    try {
      records.push(JSON.parse(line));
    } catch (error) {
      problems.push(`Line ${index + 1}: ${(error as Error).message}`);
    }
  }
  const parsed = fromRecords(records, defaults);
  return { rows: parsed.rows, problems: [...problems, ...parsed.problems] };
}

function fromRecords(records: readonly unknown[], defaults: Defaults): ParsedRows {
  const rows: BenchRow[] = [];
  const problems: string[] = [];
  for (const [index, record] of records.entries()) {
    const where = `Row ${index + 1}`;
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      problems.push(`${where} is no object.`);
      continue;
    }
    const fields = new Map(
      Object.entries(record).map(([name, value]) => [canonical(name), value === null ? '' : String(value)]),
    );
    const row = rowOf(fields, defaults);
    if (typeof row === 'string') problems.push(`${where}: ${row}`);
    else rows.push(row);
  }
  if (rows.length > ROWS_MAX) {
    problems.push(`Only the first ${ROWS_MAX.toLocaleString('en')} rows are taken.`);
    rows.length = ROWS_MAX;
  }
  return { rows, problems };
}

/** A row, or what is wrong with it. */
function rowOf(fields: ReadonlyMap<string, string>, defaults: Defaults): BenchRow | string {
  const text = fields.get('text') ?? '';
  if (text.trim() === '') return 'there is no text.';
  const label = (fields.get('expected') ?? '').trim();
  const expected = label === '' ? defaults.expected : EXPECTED[label.toLowerCase()];
  if (!expected) return `expected is "${label}", not allow, block or mask.`;
  const given = (fields.get('source') ?? '').trim();
  const source = given === '' ? defaults.source : given.toUpperCase();
  if (source !== 'INPUT' && source !== 'OUTPUT') return `source is "${given}", not INPUT or OUTPUT.`;
  const policy = (fields.get('policy') ?? '').trim();
  const groundingSource = fields.get('groundingsource') ?? '';
  const query = fields.get('query') ?? '';
  return {
    id: newRowId(),
    text,
    expected,
    source,
    ...(policy === '' ? {} : { policy }),
    ...(groundingSource === '' ? {} : { groundingSource }),
    ...(query === '' ? {} : { query }),
  };
}

/** What a run says of a row, in the exported file. */
export type RowOutcome = { actual: string; verdict: string; why: string };

/** The table as CSV, which it can be loaded from again. */
export function csvOf(rows: readonly BenchRow[], outcomeOf: (row: BenchRow) => RowOutcome | undefined): string {
  const lines = rows.map((row) => {
    const { actual = '', verdict = '', why = '' } = outcomeOf(row) ?? {};
    const { text, expected, policy = '', source, groundingSource = '', query = '' } = row;
    return csvLine([text, expected, policy, source, groundingSource, query, actual, verdict, why]);
  });
  const header = ['text', 'expected', 'policy', 'source', 'grounding_source', 'query', 'actual', 'verdict', 'why'];
  return `${[csvLine(header), ...lines].join('\r\n')}\r\n`;
}

/** Where a guardrail's table is kept in this browser. */
export const tableKey = (account: string, region: string, id: string): string =>
  `outcrop.guardrail-bench.${account}.${region}.${id}`;

export function loadTable(key: string): BenchRow[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as BenchRow[];
  } catch {
    return [];
  }
}

/** Keeps the table; throws where the browser has no room for it. */
export function keepTable(key: string, rows: readonly BenchRow[]): void {
  if (rows.length === 0) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify(rows));
}
