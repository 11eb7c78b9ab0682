import { stat } from 'node:fs/promises';
import type { Expression, Query, Value } from './ast.ts';
import { CsvReader, csvScope } from './csv.ts';
import { compile, isTrue } from './evaluate.ts';
import type { Accumulator, Evaluate, Scope } from './evaluate.ts';
import { SelectError } from './error.ts';
import { JsonReader, jsonScope, rowsOf } from './json.ts';
import { csvWriter, jsonWriter } from './output.ts';
import type { ResultRow, Writer } from './output.ts';
import { readParquet } from './parquet.ts';
import { parse } from './parse.ts';
import { checkScanRange, csvInput, csvOutput } from './request.ts';
import type { CsvInput, InputSerialization, OutputSerialization, ScanRange } from './request.ts';
import { readText } from './source.ts';
import type { Counts } from './source.ts';

export type SelectQuery = {
  /** The object's bytes, as a local file. */
  path: string;
  expression: string;
  input: InputSerialization;
  output: OutputSerialization;
  scanRange?: ScanRange;
  /** Report progress while scanning; default false. */
  progress?: boolean;
  /** What UTCNOW() answers, in milliseconds since the epoch. */
  now: number;
};

export type SelectProgress = { bytesScanned: number; bytesProcessed: number; bytesReturned: number };
export type SelectEvent = { records: Uint8Array } | { progress: SelectProgress } | { stats: SelectProgress };

export type SelectHooks = {
  signal?: AbortSignal;
  /** Called for each batch of records that was scanned. */
  onBatch?: () => void;
};

/** Records are sent when this much has come together. */
const RECORDS_BYTES = 64 * 1024;
const PROGRESS_BYTES = 8 * 1024 * 1024;

/** Rows of any source, with what is known of their shape. */
type Plan<Row> = {
  where?: Evaluate<Row>;
  result: (row: Row) => ResultRow;
  aggregates: Accumulator<Row>[];
  final?: () => ResultRow;
};

/**
 * Runs one query over one object and yields its events: `records` as they come, `progress` if asked for, `stats` last. Reads no more of
 * the object than LIMIT needs.
 *
 * @throws {SelectError}
 */
export async function* runSelect(query: SelectQuery, hooks: SelectHooks = {}): AsyncGenerator<SelectEvent> {
  const parsed = parse(query.expression);
  const { input, scanRange } = query;
  const writer = 'csv' in query.output ? csvWriter(csvOutput(query.output.csv)) : jsonWriter(query.output.json);
  const compression = input.compressionType ?? 'NONE';
  if (!['NONE', 'GZIP', 'BZIP2'].includes(compression)) throw new SelectError('InvalidCompressionFormat');
  if (scanRange !== undefined) {
    checkScanRange(scanRange);
    const whole = compression !== 'NONE' || 'parquet' in input || ('json' in input && input.json.type === 'DOCUMENT');
    if (whole) throw new SelectError('UnsupportedScanRangeInput');
  }
  const counts: Counts = { scanned: 0, processed: 0 };
  const now = (): Date => new Date(query.now);
  const { size } = await stat(query.path);
  const text = (range: ScanRange | undefined, recordDelimiter: string, counted = counts): AsyncGenerator<string> =>
    readText(query.path, size, { compression, ...(range && { range }), recordDelimiter, counts: counted });

  let results: AsyncGenerator<ResultRow[]>;
  if ('csv' in input) results = selectCsv(parsed, csvInput(input.csv), scanRange, size, text, now);
  else if ('json' in input) {
    const { type } = input.json;
    if (type !== 'DOCUMENT' && type !== 'LINES') throw new SelectError('InvalidJsonType');
    results = selectJson(parsed, type, text(scanRange, '\n'), now);
  } else {
    if (compression !== 'NONE') throw new SelectError('InvalidCompressionFormat', 'Parquet is compressed inside.');
    results = selectParquet(parsed, query.path, counts, now);
  }
  yield* emit(results, writer, counts, query.progress ?? false, hooks);
}

async function* emit(
  results: AsyncGenerator<ResultRow[]>,
  writer: Writer,
  counts: Counts,
  progress: boolean,
  hooks: SelectHooks,
): AsyncGenerator<SelectEvent> {
  let pending: string[] = [];
  let length = 0;
  let bytesReturned = 0;
  let reported = 0;
  const totals = (): SelectProgress => ({
    bytesScanned: counts.scanned,
    bytesProcessed: counts.processed,
    bytesReturned,
  });
  const flush = (): Uint8Array => {
    const records = Buffer.from(pending.join(''));
    bytesReturned += records.length;
    pending = [];
    length = 0;
    return records;
  };
  for await (const rows of results) {
    hooks.signal?.throwIfAborted();
    hooks.onBatch?.();
    for (const row of rows) {
      const text = writer(row);
      pending.push(text);
      length += text.length;
      if (length >= RECORDS_BYTES) yield { records: flush() };
    }
    if (progress && counts.scanned - reported >= PROGRESS_BYTES) {
      reported = counts.scanned;
      yield { progress: totals() };
    }
  }
  if (length > 0) yield { records: flush() };
  if (progress) yield { progress: totals() };
  yield { stats: totals() };
}

async function* selectCsv(
  query: Query,
  options: Required<CsvInput>,
  range: ScanRange | undefined,
  size: number,
  text: (range: ScanRange | undefined, recordDelimiter: string, counts?: Counts) => AsyncGenerator<string>,
  now: () => Date,
): AsyncGenerator<ResultRow[]> {
  if (query.from.steps.some((step) => !('wildcard' in step)))
    throw new SelectError('InvalidKeyPath', 'A CSV object has no paths: FROM S3Object.');
  const { fileHeaderInfo, recordDelimiter } = options;
  const start = range === undefined ? 0 : (range.start ?? Math.max(0, size - range.end!));
  let header: string[] | undefined;
  let skip = fileHeaderInfo !== 'NONE' && start === 0;
  // A range in the middle of the object has no header of its own: names come from the first line of the object.
  if (fileHeaderInfo === 'USE' && !skip) {
    const reader = new CsvReader(options);
    for await (const piece of text(undefined, recordDelimiter, { scanned: 0, processed: 0 })) {
      [header] = reader.push(piece, false);
      if (header !== undefined) break;
    }
    header ??= reader.push('', true)[0] ?? [];
  }
  async function* records(): AsyncGenerator<string[][]> {
    const reader = new CsvReader(options);
    for await (const piece of text(range, recordDelimiter)) yield reader.push(piece, false);
    yield reader.push('', true);
  }
  async function* rows(): AsyncGenerator<string[][]> {
    for await (const batch of records()) {
      if (skip && batch.length > 0) {
        skip = false;
        const first = batch.shift();
        if (fileHeaderInfo === 'USE') header = first;
      }
      yield batch;
    }
  }
  // Rows of one length share their names.
  let known: readonly string[] = [];
  const names = (length: number): readonly string[] => {
    if (known.length !== length) known = Array.from({ length }, (_, index) => header?.[index] ?? `_${index + 1}`);
    return known;
  };
  yield* execute(
    query,
    rows(),
    () => {
      const scope = csvScope(header, query.from.alias, now);
      // A table without a single record has no columns to miss.
      return skip ? { ...scope, path: () => () => undefined } : scope;
    },
    (row) => ({ names: names(row.length), values: row }),
  );
}

async function* selectJson(
  query: Query,
  type: 'DOCUMENT' | 'LINES',
  text: AsyncGenerator<string>,
  now: () => Date,
): AsyncGenerator<ResultRow[]> {
  const [first, second] = query.from.steps;
  // The first [*] goes over the documents of the object; without it they are gone over just the same.
  const inner = first !== undefined && 'wildcard' in first ? query.from.steps.slice(1) : query.from.steps;
  const elements =
    type === 'DOCUMENT' && first !== undefined && 'wildcard' in first && second !== undefined && 'wildcard' in second;
  const reader = new JsonReader(elements ? 'ELEMENTS' : type);
  const steps = elements ? inner.slice(1) : inner;
  async function* rows(): AsyncGenerator<Value[]> {
    const expand = (documents: Value[]): Value[] =>
      steps.length === 0 ? documents : documents.flatMap((document) => [...rowsOf(document, steps)]);
    for await (const piece of text) yield expand(reader.push(piece, false));
    yield expand(reader.push('', true));
  }
  const last = query.from.steps.at(-1);
  const alias = query.from.alias ?? (last !== undefined && 'name' in last ? last.name : 'S3Object');
  yield* execute(query, rows(), () => jsonScope(alias, now), wholeJson);
}

function wholeJson(row: Value): ResultRow {
  if (row === undefined) return { names: [], values: [] };
  if (
    row === null ||
    typeof row !== 'object' ||
    Array.isArray(row) ||
    Object.getPrototypeOf(row) !== Object.prototype
  ) {
    return { names: ['_1'], values: [row] };
  }
  return { names: Object.keys(row), values: Object.values(row) };
}

async function* selectParquet(
  query: Query,
  path: string,
  counts: Counts,
  now: () => Date,
): AsyncGenerator<ResultRow[]> {
  const { steps, alias } = query.from;
  if (steps.some((step) => !('wildcard' in step)))
    throw new SelectError('InvalidKeyPath', 'A Parquet object has no paths: FROM S3Object.');
  const scope = jsonScope(alias ?? 'S3Object', now);
  yield* execute(query, readParquet(path, query, counts), () => scope, wholeJson);
}

/** Filters, projects and limits rows, or folds them into the one row of the aggregates. */
async function* execute<Row>(
  query: Query,
  batches: AsyncGenerator<Row[]>,
  scope: () => Scope<Row>,
  whole: (row: Row) => ResultRow,
): AsyncGenerator<ResultRow[]> {
  const { limit = Infinity } = query;
  let left = limit;
  let plan: Plan<Row> | undefined;
  const makePlan = (): Plan<Row> => (plan ??= planOf(query, scope(), whole));
  try {
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      // Compiled with the first row: only then the header of a CSV object is known.
      const { where, result, aggregates, final } = makePlan();
      const results: ResultRow[] = [];
      for (const row of batch) {
        if (left <= 0) break;
        if (where !== undefined && !isTrue(where(row))) continue;
        if (final !== undefined) {
          for (const aggregate of aggregates) aggregate.add(row);
          continue;
        }
        results.push(result(row));
        left -= 1;
      }
      yield results;
      if (left <= 0) return;
    }
  } finally {
    await batches.return(undefined);
  }
  const { final } = makePlan();
  if (final !== undefined && limit > 0) yield [final()];
}

function planOf<Row>(query: Query, scope: Scope<Row>, whole: (row: Row) => ResultRow): Plan<Row> {
  const where = query.where && compile(query.where, scope);
  const aggregates: Accumulator<Row>[] = [];
  if (query.projections === undefined) return { ...(where && { where }), result: whole, aggregates };
  const names = query.projections.map(({ expression, alias }, index) => alias ?? nameOf(expression) ?? `_${index + 1}`);
  const folded = query.projections.some(({ expression }) => hasAggregate(expression));
  const outer: Scope<Row> = folded
    ? {
        ...scope,
        path: () => {
          throw new SelectError(
            'UnsupportedSqlStructure',
            'Columns beside aggregates need GROUP BY, which is not part of S3 Select.',
          );
        },
        aggregates: { accumulators: aggregates, scope },
      }
    : scope;
  const columns = query.projections.map(({ expression }) => compile(expression, outer));
  const result = (row: Row): ResultRow => ({ names, values: columns.map((column) => column(row)) });
  // Aggregates read their accumulators, not a row.
  return { ...(where && { where }), result, aggregates, ...(folded && { final: () => result(undefined as Row) }) };
}

/** The name of a column without an alias is the last name of its path. */
function nameOf(expression: Expression): string | undefined {
  if (expression.type !== 'path') return undefined;
  const last = expression.steps.at(-1);
  return last !== undefined && 'name' in last ? last.name : undefined;
}

function hasAggregate(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false;
  if ((node as { type?: unknown }).type === 'aggregate') return true;
  return Object.values(node).some((inner) => hasAggregate(inner));
}
