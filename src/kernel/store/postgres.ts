import postgres from 'postgres';
import { firstVersion, sameRange } from './engine.ts';
import type { KeyCheck, RangeCheck, RangeQuery, StoredEntry, StoreEngine, Write } from './engine.ts';

const ATTEMPTS_MAX = 20;
/** serialization_failure and deadlock_detected: nothing was written, the checks may still hold. */
const RETRY_CODES = new Set(['40001', '40P01']);

type Row = { k: Buffer; v: Buffer; ver: string };

/**
 * The second engine: PostgreSQL, or anything that speaks its protocol. One table of (key, value, version); bytea compares bytewise,
 * so ranges come in key order. A commit is one SERIALIZABLE transaction that validates and writes.
 * `url` is `postgres://user:password@host/database`.
 */
export async function openPostgres(
  url: string,
  options: { table?: string; dropOnClose?: boolean } = {},
): Promise<StoreEngine> {
  const sql = postgres(url, { max: 16, onnotice: () => {}, connection: { application_name: 'outcrop' } });
  const table = options.table ?? 'outcrop_kv';
  try {
    // Two processes that start at once would both see no table, and one of them fail: one at a time.
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtext(${`outcrop ${table}`}))`;
      await tx`create table if not exists ${tx(table)} (k bytea primary key, v bytea not null, ver bigint not null)`;
    });
  } catch (error) {
    await sql.end({ timeout: 1 });
    const { host, pathname } = new URL(url);
    throw new Error(`store: ${host}${pathname} cannot be used: ${(error as Error).message}`, { cause: error });
  }
  return new PostgresEngine(sql, table, options.dropOnClose === true);
}

class PostgresEngine implements StoreEngine {
  readonly #sql: postgres.Sql;
  readonly #table: string;
  readonly #dropOnClose: boolean;
  constructor(sql: postgres.Sql, table: string, dropOnClose: boolean) {
    this.#sql = sql;
    this.#table = table;
    this.#dropOnClose = dropOnClose;
  }

  async get(key: Uint8Array): Promise<StoredEntry | undefined> {
    const [row] = await this.#sql<Row[]>`select k, v, ver from ${this.#sql(this.#table)} where k = ${key as Buffer}`;
    return row && entry(row);
  }

  range(query: RangeQuery): Promise<StoredEntry[]> {
    return this.#range(this.#sql, query);
  }

  async #range(sql: postgres.ISql, { start, end, limit, reverse }: RangeQuery): Promise<StoredEntry[]> {
    const rows = await sql<Row[]>`select k, v, ver from ${sql(this.#table)}
      where k >= ${start as Buffer} and k < ${end as Buffer} order by k ${reverse ? sql`desc` : sql`asc`} limit ${limit}`;
    return rows.map(entry);
  }

  async commit(checks: KeyCheck[], ranges: RangeCheck[], writes: Write[]): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sql.begin('isolation level serializable', (sql) => this.#apply(sql, checks, ranges, writes));
      } catch (error) {
        if (!RETRY_CODES.has((error as { code?: string }).code ?? '')) throw error;
        // Still losing: report a failed check, so that the caller reads anew.
        if (attempt >= ATTEMPTS_MAX) return false;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 ** Math.min(attempt, 6)));
      }
    }
  }

  /** Arrays of bytes travel as hexadecimal text: the driver has no bytea[]. */
  async #apply(
    sql: postgres.TransactionSql,
    checks: KeyCheck[],
    ranges: RangeCheck[],
    writes: Write[],
  ): Promise<boolean> {
    const table = sql(this.#table);
    if (checks.length > 0) {
      const rows = await sql<Row[]>`select k, ver from ${table}
        where k = any(array(select decode(h, 'hex') from unnest(${checks.map(({ key }) => hex(key))}::text[]) h))`;
      const versions = new Map(rows.map((row) => [row.k.toString('hex'), Number(row.ver)]));
      for (const { key, version } of checks) if (versions.get(hex(key)) !== version) return false;
    }
    for (const check of ranges) if (!sameRange(await this.#range(sql, check), check)) return false;
    const gone = writes.filter((write) => write.value === undefined);
    if (gone.length > 0) {
      await sql`delete from ${table} where k = any(array(select decode(h, 'hex') from unnest(${gone.map(({ key }) => hex(key))}::text[]) h))`;
    }
    const put = writes.filter((write) => write.value !== undefined);
    if (put.length > 0) {
      await sql`insert into ${table} (k, v, ver)
        select decode(k, 'hex'), decode(v, 'hex'), ver::bigint
        from unnest(${put.map(({ key }) => hex(key))}::text[], ${put.map(({ value }) => hex(value!))}::text[], ${put.map(() => String(firstVersion()))}::text[]) as t(k, v, ver)
        on conflict (k) do update set v = excluded.v, ver = ${table}.ver + 1`;
    }
    return true;
  }

  async clear(): Promise<void> {
    await this.#sql`truncate ${this.#sql(this.#table)}`;
  }

  async close(): Promise<void> {
    if (this.#dropOnClose) await this.#sql`drop table ${this.#sql(this.#table)}`;
    await this.#sql.end({ timeout: 5 });
  }
}

function entry(row: Row): StoredEntry {
  return { key: row.k, value: row.v, version: Number(row.ver) };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
