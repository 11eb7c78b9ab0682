import type { DuckDBType } from '@duckdb/node-api';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openDatabase, quoteName, SqlError } from '../database.ts';
import type { SqlColumn, SqlDatabase } from '../database.ts';
import { nestedReader } from '../value.ts';
import type { Reader } from '../value.ts';
import type { PathStep, Query, Value } from './ast.ts';
import { parseDecimal } from './decimal.ts';
import { SelectError } from './error.ts';
import type { Counts } from './source.ts';
import { parseTimestamp } from './timestamp.ts';

/** A query may wait for a slow reader as long as this. */
const TIMEOUT_MS = 3_600_000;

/**
 * The rows of a Parquet file, of the columns that the query names. `counts` gets the sizes of those columns' chunks, compressed and not,
 * which is what S3 Select scans.
 */
export async function* readParquet(path: string, query: Query, counts: Counts): AsyncGenerator<Value[]> {
  const file = await realpath(path);
  // DuckDB would take these for a pattern over many files.
  if (/[*?[\]]/.test(file))
    throw new SelectError('ParquetParsingError', 'The name of the local file has pattern characters.');
  const database = await openDatabase({ directories: [dirname(file)] });
  try {
    const { columns: all } = await database.query('SELECT * FROM read_parquet($1) LIMIT 0', { parameters: [file] });
    const used = usedColumns(query, all);
    await countBytes(database, file, used, counts);
    const list = used.length === 0 ? 'TRUE' : used.map((column) => quoteName(column.name)).join(', ');
    const bounded = query.where === undefined && query.limit !== undefined;
    const limit = bounded && Number.isSafeInteger(query.limit) ? ` LIMIT ${query.limit}` : '';
    const sql = `SELECT ${list} FROM read_parquet($1)${limit}`;
    const { rows } = await database.streamAs(sql, { parameters: [file], timeoutMs: TIMEOUT_MS }, selectReader);
    for await (const batch of rows) {
      yield batch.map((row) => Object.fromEntries(used.map(({ name }, index) => [name, row[index]])));
    }
  } catch (error) {
    if (error instanceof SqlError && (error.code === 'failed' || error.code === 'invalid')) {
      throw new SelectError('ParquetParsingError', error.message.split('\n')[0], { cause: error });
    }
    throw error;
  } finally {
    await database.close();
  }
}

async function countBytes(database: SqlDatabase, file: string, used: SqlColumn[], counts: Counts): Promise<void> {
  const { rows } = await database.query(
    `SELECT split_part(path_in_schema, ', ', 1), sum(total_compressed_size)::DOUBLE, sum(total_uncompressed_size)::DOUBLE
     FROM parquet_metadata($1) GROUP BY 1`,
    { parameters: [file] },
  );
  for (const [name, compressed, plain] of rows) {
    if (!used.some((column) => column.name === name)) continue;
    counts.scanned += Number(compressed);
    counts.processed += Number(plain);
  }
}

/** The columns that a query reads: all for `*` or where a path starts with what may be an alias. */
function usedColumns(query: Query, all: SqlColumn[]): SqlColumn[] {
  if (query.projections === undefined) return all;
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    const { type, steps } = node as { type?: unknown; steps?: PathStep[] };
    if (type === 'path')
      for (const step of steps!.slice(0, 2)) names.add('name' in step ? step.name.toLowerCase() : '');
    else for (const inner of Object.values(node)) visit(inner);
  };
  visit(query.projections);
  visit(query.where);
  const alias = (query.from.alias ?? 'S3Object').toLowerCase();
  const bare = [query.projections, query.where].some((part) => namesRow(part, alias));
  return bare ? all : all.filter((column) => names.has(column.name.toLowerCase()));
}

/** Whether the row itself is read, as in `SELECT s FROM S3Object s`. */
function namesRow(node: unknown, alias: string): boolean {
  if (node === null || typeof node !== 'object') return false;
  const { type, steps } = node as { type?: unknown; steps?: PathStep[] };
  if (type !== 'path') return Object.values(node).some((inner) => namesRow(inner, alias));
  const [only] = steps!;
  return steps!.length === 1 && only !== undefined && 'name' in only && only.name.toLowerCase() === alias;
}

/** Turns DuckDB's values of one type into those of S3 Select. */
function selectReader(type: DuckDBType): Reader<Value> {
  const nested = nestedReader<Value>(type, selectReader);
  if (nested !== undefined) return nested;
  const name = String(type);
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(name)) return (value) => BigInt(value as number | bigint);
  if (name.startsWith('DECIMAL')) return (value) => parseDecimal(String(value));
  if (name.startsWith('TIMESTAMP') || name === 'DATE') return (value) => readTimestamp(String(value));
  if (name === 'BLOB') throw new SelectError('UnsupportedParquetType', 'BINARY without a logical type.');
  return (value) => (typeof value === 'object' ? String(value) : value);
}

/** Reads `2020-01-02 03:04:05.678[+00]`; Parquet's time stamps are UTC. */
function readTimestamp(text: string): Value {
  const [date, time] = text.split(' ');
  const parsed = parseTimestamp(time === undefined ? date! : `${date}T${time.replace(/\+00$/, '')}Z`);
  if (parsed === undefined) throw new SelectError('ParquetParsingError', `The time stamp ${text} is out of range.`);
  return parsed;
}
