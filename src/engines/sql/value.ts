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

type Items = { items: readonly DuckDBValue[] };
type Entries = { entries: Readonly<Record<string, DuckDBValue>> | readonly { key: DuckDBValue; value: DuckDBValue }[] };

export function toSqlValue(value: DuckDBValue, type: DuckDBType): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value;
  if ('bytes' in value) return value.bytes;
  if ('items' in value) {
    const { valueType } = type as unknown as { valueType: DuckDBType };
    return (value as Items).items.map((item) => toSqlValue(item, valueType));
  }
  if ('entries' in value) {
    const result: Record<string, SqlValue> = {};
    const { entries } = value as unknown as Entries;
    if (Array.isArray(entries)) {
      const { valueType } = type as unknown as { valueType: DuckDBType };
      for (const entry of entries as { key: DuckDBValue; value: DuckDBValue }[])
        result[String(entry.key)] = toSqlValue(entry.value, valueType);
      return result;
    }
    const struct = type as unknown as { entryNames: readonly string[]; entryTypes: readonly DuckDBType[] };
    for (const [index, name] of struct.entryNames.entries()) {
      result[name] = toSqlValue((entries as Record<string, DuckDBValue>)[name] ?? null, struct.entryTypes[index]!);
    }
    return result;
  }
  return String(value);
}
