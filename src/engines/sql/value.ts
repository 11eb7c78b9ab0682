import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';

/**
 * A value of a result. Whole numbers of up to 32 bits, FLOAT and DOUBLE are numbers, wider whole numbers bigints. DECIMAL (exact), DATE,
 * TIME, TIMESTAMP, INTERVAL, UUID and ENUM are text as DuckDB prints it. BLOB is bytes, LIST and ARRAY are arrays, STRUCT and MAP are
 * objects (a MAP's keys as text).
 */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | SqlValue[]
  | { [name: string]: SqlValue };

/** What may be bound to a parameter. */
export type SqlParameter = null | boolean | number | bigint | string;

/** Turns DuckDB's values of one type into one's own; made once per column. NULL does not reach it. */
export type Reader<T> = (value: NonNullable<DuckDBValue>) => T;
export type ReaderOf<T> = (type: DuckDBType) => Reader<T>;

type Items = { items: readonly DuckDBValue[] };
type Members = { entries: Readonly<Record<string, DuckDBValue>> };
type Entries = { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };

/**
 * Reads LIST, ARRAY, STRUCT and MAP with `readerOf` for what is inside; undefined for other types.
 *
 * @param readerOf is asked for the types inside.
 */
export function nestedReader<T>(
  type: DuckDBType,
  readerOf: ReaderOf<T>,
): Reader<(T | null)[] | { [name: string]: T | null }> | undefined {
  const inside = <V>(reader: Reader<V>, value: DuckDBValue | undefined): V | null =>
    value === null || value === undefined ? null : reader(value);
  if ('entryNames' in type && 'entryTypes' in type) {
    const { entryNames, entryTypes } = type as { entryNames: readonly string[]; entryTypes: readonly DuckDBType[] };
    const readers = entryTypes.map((entry) => readerOf(entry));
    return (value) => {
      const { entries } = value as unknown as Members;
      return Object.fromEntries(entryNames.map((name, index) => [name, inside(readers[index]!, entries[name])]));
    };
  }
  if ('keyType' in type && 'valueType' in type) {
    const reader = readerOf(type.valueType);
    return (value) =>
      Object.fromEntries(
        (value as unknown as Entries).entries.map((entry) => [String(entry.key), inside(reader, entry.value)]),
      );
  }
  if ('valueType' in type) {
    const reader = readerOf(type.valueType);
    return (value) => (value as unknown as Items).items.map((item) => inside(reader, item));
  }
  return undefined;
}

export function sqlReader(type: DuckDBType): Reader<SqlValue> {
  const nested = nestedReader<SqlValue>(type, sqlReader);
  if (nested !== undefined) return nested;
  return (value) => {
    if (typeof value !== 'object') return value;
    return 'bytes' in value ? value.bytes : String(value);
  };
}
