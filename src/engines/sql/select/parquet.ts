import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openSql, quoteName, SqlError } from '../database.ts';
import type { SqlColumn, SqlDatabase, SqlValue } from '../database.ts';
import type { PathStep, Query, Value } from './ast.ts';
import { parseDecimal } from './decimal.ts';
import { SelectError } from './error.ts';
import type { Counts } from './source.ts';
import { parseTimestamp } from './timestamp.ts';

/**
 * The rows of a Parquet file, of the columns that the query names. `counts` gets the sizes of those columns' chunks, compressed and not,
 * which is what S3 Select scans.
 */
export async function* readParquet(path: string, query: Query, counts: Counts): AsyncGenerator<Value[]> {
  const file = await realpath(path);
  // DuckDB would take these for a pattern over many files.
  if (/[*?[\]]/.test(file))
    throw new SelectError('ParquetParsingError', 'The name of the local file has pattern characters.');
  const database = await openSql({ directories: [dirname(file)] });
  try {
    const { columns: all } = await database.query('SELECT * FROM read_parquet($1) LIMIT 0', { parameters: [file] });
    const used = usedColumns(query, all);
    await countBytes(database, file, used, counts);
    const list = used.length === 0 ? 'TRUE' : used.map((column) => quoteName(column.name)).join(', ');
    const bounded = query.where === undefined && query.limit !== undefined;
    const limit = bounded && Number.isSafeInteger(query.limit) ? ` LIMIT ${query.limit}` : '';
    const { rows } = await database.stream(`SELECT ${list} FROM read_parquet($1)${limit}`, {
      parameters: [file],
      timeoutMs: 600_000,
    });
    const readers = used.map(({ type }) => reader(type));
    for await (const batch of rows) {
      yield batch.map((row) =>
        Object.fromEntries(used.map(({ name }, index) => [name, readers[index]!(row[index] ?? null)])),
      );
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

type Read = (value: SqlValue) => Value;

/** Turns DuckDB's values of one type into those of S3 Select. */
function reader(type: string): Read {
  if (/^(TINYINT|SMALLINT|INTEGER|UTINYINT|USMALLINT|UINTEGER|BIGINT|UBIGINT|HUGEINT)$/.test(type)) {
    return (value) => (value === null ? null : BigInt(value as number | bigint));
  }
  if (type.startsWith('DECIMAL') && !type.endsWith(']'))
    return (value) => (value === null ? null : parseDecimal(value as string));
  // `2020-01-02 03:04:05.678[+00]`; Parquet's time stamps are UTC.
  if (/^(TIMESTAMP|DATE)/.test(type) && !type.endsWith(']')) {
    return (value) => {
      if (value === null) return null;
      const [date, time] = (value as string).split(' ');
      const parsed = parseTimestamp(time === undefined ? date! : `${date}T${time.replace(/[+-]\d\d(:\d\d)?$/, '')}Z`);
      if (parsed === undefined)
        throw new SelectError('ParquetParsingError', `The time stamp ${value as string} is out of range.`);
      return parsed;
    };
  }
  if (type === 'DOUBLE' || type === 'FLOAT') return (value) => value as number | null;
  if (type === 'BLOB') throw new SelectError('UnsupportedParquetType', 'Column type: BINARY without a logical type.');
  return nested;
}

function nested(value: SqlValue): Value {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (value instanceof Uint8Array) throw new SelectError('UnsupportedParquetType', 'BINARY without a logical type.');
  if (Array.isArray(value)) return value.map((item) => nested(item));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, nested(item)]));
  return value;
}
