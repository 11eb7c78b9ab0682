import type * as DuckDB from '@duckdb/node-api';
import { realpath } from 'node:fs/promises';
import { SqlError, sqlError } from './error.ts';
import { sqlReader } from './value.ts';
import type { Reader, ReaderOf, SqlParameter, SqlValue } from './value.ts';

export { SqlError } from './error.ts';
export type { SqlErrorCode } from './error.ts';
export type { SqlParameter, SqlValue } from './value.ts';

export type SqlOptions = {
  /** The database file; absent = in memory. */
  path?: string;
  /** Folders whose files statements may read, and write where the statement kind allows it. Nothing else is reachable. */
  directories?: string[];
  /** Where results larger than the memory spill; absent = they fail. */
  temporaryDirectory?: string;
  /** Memory of all statements together, in MiB; default 512. */
  memoryMiB?: number;
  /** Threads; default 2. */
  threads?: number;
  /** Statements that run at the same time; further ones wait. Default 4. */
  concurrency?: number;
};

export type QueryOptions = {
  /** Bound to `$1`, `$2` … in the statement. */
  parameters?: SqlParameter[];
  /** Default 60,000 ms, to the last row. */
  timeoutMs?: number;
  /** More rows are `too_large`, not cut. Default 100,000 for `query`, none for `stream`. */
  maxRows?: number;
  /** `select` (default) runs SELECT and EXPLAIN only; `all` also what writes. One statement per call either way. */
  statements?: 'select' | 'all';
  signal?: AbortSignal;
};

export type SqlColumn = { name: string; type: string };
export type SqlResult = { columns: SqlColumn[]; rows: SqlValue[][]; rowsChanged: number };
/** `rows` yields batches of about 2,048 rows; ending the iteration early ends the statement. */
export type SqlStream = { columns: SqlColumn[]; rows: AsyncIterable<SqlValue[][]> };

export interface SqlDatabase {
  /** Runs one statement and returns all rows. @throws {SqlError} or the signal's reason. */
  query(sql: string, options?: QueryOptions): Promise<SqlResult>;
  /** Runs one statement and hands out rows as they are made. @throws {SqlError} or the signal's reason, here or while iterating. */
  stream(sql: string, options?: QueryOptions): Promise<SqlStream>;
  /** Interrupts what runs and closes the database. */
  close(): Promise<void>;
}

const MEMORY_MIB = 512;
const THREADS = 2;
const CONCURRENCY = 4;
const WAITING_MAX = 1000;
const TIMEOUT_MS = 60_000;
const ROWS_MAX = 100_000;

async function loadDuckDB(): Promise<typeof DuckDB> {
  try {
    const duckdb = await import('@duckdb/node-api');
    // Its values print in the machine's zone otherwise.
    duckdb.DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;
    return duckdb;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const message = 'SQL needs the package @duckdb/node-api. Add it with: npm install @duckdb/node-api@1.5.6-r.1';
    throw new SqlError('missing_package', message, { cause: error });
  }
}

/**
 * Opens a sandboxed DuckDB. Statements reach the named folders only: no other path (`..` and symbolic links included), no network, no
 * extension, no change of settings. They run on DuckDB's own threads.
 */
export async function openSql(options: SqlOptions = {}): Promise<SqlDatabase> {
  return openDatabase(options);
}

/** As {@link openSql}, with the choice of how values are read. */
export async function openDatabase(options: SqlOptions): Promise<Database> {
  const duckdb = await loadDuckDB();
  const { temporaryDirectory } = options;
  const instance = await duckdb.DuckDBInstance.create(options.path ?? ':memory:', {
    memory_limit: `${options.memoryMiB ?? MEMORY_MIB}MiB`,
    threads: String(options.threads ?? THREADS),
    temp_directory: temporaryDirectory ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const setup = await instance.connect();
    // DuckDB compares resolved paths: a folder that is reached through a symbolic link must be named by its target.
    const allowed = await Promise.all((options.directories ?? []).map((directory) => realpath(directory)));
    await setup.run(`SET allowed_directories = [${allowed.map(quoteText).join(', ')}]`);
    // The machine's own zone must not change answers; SQL may still name a zone.
    await setup.run("SET GLOBAL TimeZone = 'UTC'");
    await setup.run('SET enable_external_access = false');
    await setup.run('SET lock_configuration = true');
    setup.closeSync();
  } catch (error) {
    instance.closeSync();
    throw sqlError(error);
  }
  return new Database(duckdb, instance, options.concurrency ?? CONCURRENCY);
}

/** A text literal of DuckDB. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An identifier of DuckDB. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export class Database implements SqlDatabase {
  private readonly duckdb: typeof DuckDB;
  private readonly instance: DuckDB.DuckDBInstance;
  private readonly running = new Set<Statement<unknown>>();
  private readonly waiting: (() => void)[] = [];
  private free: number;
  private closed = false;

  constructor(duckdb: typeof DuckDB, instance: DuckDB.DuckDBInstance, concurrency: number) {
    this.duckdb = duckdb;
    this.instance = instance;
    this.free = concurrency;
  }

  async query(sql: string, options: QueryOptions = {}): Promise<SqlResult> {
    const maxRows = options.maxRows ?? ROWS_MAX;
    const statement = await this.start(sql, { ...options, maxRows }, sqlReader);
    const rows: SqlValue[][] = [];
    for await (const batch of statement.rows()) rows.push(...batch);
    return { columns: statement.columns, rows, rowsChanged: statement.rowsChanged };
  }

  async stream(sql: string, options: QueryOptions = {}): Promise<SqlStream> {
    return this.streamAs(sql, options, sqlReader);
  }

  /** As `stream`, with values that `readerOf` makes. */
  async streamAs<T>(
    sql: string,
    options: QueryOptions,
    readerOf: ReaderOf<T>,
  ): Promise<{ columns: SqlColumn[]; rows: AsyncIterable<(T | null)[][]> }> {
    const statement = await this.start(sql, options, readerOf);
    return { columns: statement.columns, rows: statement.rows() };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const resume of this.waiting.splice(0)) resume();
    const running = [...this.running];
    for (const statement of running) statement.stop(new SqlError('closed', 'The database was closed.'));
    await Promise.all(running.map((statement) => statement.ended));
    this.instance.closeSync();
  }

  private async start<T>(sql: string, options: QueryOptions, readerOf: ReaderOf<T>): Promise<Statement<T>> {
    options.signal?.throwIfAborted();
    await this.slot();
    const release = (): void => {
      this.free += 1;
      this.waiting.shift()?.();
    };
    let statement: Statement<T>;
    try {
      this.checkOpen();
      options.signal?.throwIfAborted();
      statement = new Statement(await this.instance.connect(), options, readerOf);
    } catch (error) {
      release();
      throw error;
    }
    this.running.add(statement);
    statement.onEnd(() => {
      this.running.delete(statement);
      release();
    });
    await statement.run(this.duckdb, sql);
    return statement;
  }

  private async slot(): Promise<void> {
    this.checkOpen();
    if (this.free === 0) {
      if (this.waiting.length >= WAITING_MAX)
        throw new SqlError('too_large', `Over ${WAITING_MAX} statements are waiting.`);
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    this.checkOpen();
    this.free -= 1;
  }

  private checkOpen(): void {
    if (this.closed) throw new SqlError('closed', 'The database is closed.');
  }
}

/** One statement on a connection of its own, so that interrupting it touches no other. */
class Statement<T> {
  readonly ended: Promise<void>;
  columns: SqlColumn[] = [];
  rowsChanged = 0;
  private readonly connection: DuckDB.DuckDBConnection;
  private readonly options: QueryOptions;
  private readonly readerOf: ReaderOf<T>;
  private readers: Reader<T>[] = [];
  private readonly timer: NodeJS.Timeout;
  private readonly onAbort = (): void => this.stop(this.options.signal!.reason);
  private markEnded!: () => void;
  private whenEnded: (() => void) | undefined;
  private result: DuckDB.DuckDBResult | undefined;
  private stopped: { reason: unknown } | undefined;
  private isEnded = false;

  constructor(connection: DuckDB.DuckDBConnection, options: QueryOptions, readerOf: ReaderOf<T>) {
    this.connection = connection;
    this.readerOf = readerOf;
    this.options = options;
    this.ended = new Promise((resolve) => {
      this.markEnded = resolve;
    });
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.timer = setTimeout(
      () => this.stop(new SqlError('timeout', `The statement ran longer than ${timeoutMs} ms.`)),
      timeoutMs,
    );
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  onEnd(callback: () => void): void {
    this.whenEnded = callback;
  }

  stop(reason: unknown): void {
    if (this.isEnded) return;
    this.stopped ??= { reason };
    this.connection.interrupt();
  }

  async run(duckdb: typeof DuckDB, sql: string): Promise<void> {
    try {
      const prepared = await this.prepare(duckdb, sql);
      const { parameters = [] } = this.options;
      if (parameters.length !== prepared.parameterCount) {
        throw new SqlError(
          'invalid',
          `The statement has ${prepared.parameterCount} parameters; got ${parameters.length} values.`,
        );
      }
      prepared.bind(parameters);
      this.throwIfStopped();
      const result = await prepared.stream();
      this.throwIfStopped();
      this.result = result;
      this.rowsChanged = result.rowsChanged;
      const types = result.columnTypes();
      this.readers = types.map(this.readerOf);
      this.columns = result.columnNames().map((name, index) => ({ name, type: String(types[index]) }));
    } catch (error) {
      this.end();
      throw this.failure(error);
    }
  }

  /** Rows in batches. The statement ends with the iteration, however it ends. */
  async *rows(): AsyncGenerator<(T | null)[][]> {
    const { maxRows } = this.options;
    let count = 0;
    try {
      for (;;) {
        const chunk = await this.result!.fetchChunk();
        this.throwIfStopped();
        if (chunk === null || chunk.rowCount === 0) return;
        count += chunk.rowCount;
        if (maxRows !== undefined && count > maxRows)
          throw new SqlError('too_large', `The result has over ${maxRows} rows.`);
        const rows = chunk.getRows();
        yield rows.map((row) =>
          row.map((value, index) => (value === null || value === undefined ? null : this.readers[index]!(value))),
        );
      }
    } catch (error) {
      throw this.failure(error);
    } finally {
      this.end();
    }
  }

  private async prepare(duckdb: typeof DuckDB, sql: string): Promise<DuckDB.DuckDBPreparedStatement> {
    const extracted = await this.connection.extractStatements(sql);
    if (extracted.count !== 1) {
      throw new SqlError(
        'invalid',
        extracted.count === 0 ? 'There is no statement.' : 'Only one statement can run at a time.',
      );
    }
    const prepared = await extracted.prepare(0);
    const { statementType } = prepared;
    const reads = statementType === duckdb.StatementType.SELECT || statementType === duckdb.StatementType.EXPLAIN;
    if ((this.options.statements ?? 'select') === 'select' && !reads) {
      throw new SqlError(
        'denied',
        `Only SELECT and EXPLAIN are allowed; this is ${duckdb.StatementType[statementType]}.`,
      );
    }
    return prepared;
  }

  private throwIfStopped(): void {
    if (this.stopped !== undefined) throw this.stopped.reason;
  }

  private failure(error: unknown): unknown {
    return this.stopped === undefined ? sqlError(error) : this.stopped.reason;
  }

  private end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.connection.closeSync();
    this.whenEnded?.();
    this.markEnded();
  }
}
