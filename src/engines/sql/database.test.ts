import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSql, SqlError } from './database.ts';
import type { SqlDatabase } from './database.ts';
import { seeded } from './random.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`sql database: SEED=${seed}`);
const random = seeded(seed);

let root: string;
let inside: string;
let database: SqlDatabase;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sql-'));
  inside = join(root, 'inside');
  await mkdir(inside);
  await writeFile(join(root, 'secret.csv'), 'a\n1\n');
  await writeFile(join(inside, 'open.csv'), 'a,b\n1,x\n2,y\n');
  await symlink(join(root, 'secret.csv'), join(inside, 'link.csv'));
  database = await openSql({ directories: [inside], memoryMiB: 256 });
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true });
});

async function failure(promise: Promise<unknown>): Promise<SqlError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SqlError);
  return error as SqlError;
}

describe('openSql', () => {
  it('answers with named, typed columns and exact values', async () => {
    const [a, b] = [random.integer(1, 1e6), random.integer(1, 1e6)];
    const { columns, rows } = await database.query(
      `SELECT $1::INTEGER + $2::INTEGER AS sum, 9007199254740993::BIGINT big, 1.10::DECIMAL(5,2) exact, 0.5::DOUBLE half, $3 AS word,
        DATE '2020-02-29' d, TIMESTAMP '2020-01-02 03:04:05.123456' t, [1, NULL] l, {'k': 'v', 'n': [2.50]} s, 'ab'::BLOB bytes, NULL AS nothing,
        TRUE AS yes, MAP {'x': 1} m`,
      { parameters: [a, b, "o'clock; DROP TABLE x"] },
    );
    expect(columns.slice(0, 3)).toEqual([
      { name: 'sum', type: 'INTEGER' },
      { name: 'big', type: 'BIGINT' },
      { name: 'exact', type: 'DECIMAL(5,2)' },
    ]);
    expect(rows).toEqual([
      [
        a + b,
        9007199254740993n,
        '1.10',
        0.5,
        "o'clock; DROP TABLE x",
        '2020-02-29',
        '2020-01-02 03:04:05.123456',
        [1, null],
        { k: 'v', n: ['2.50'] },
        Buffer.from('ab'),
        null,
        true,
        { x: 1 },
      ],
    ]);
  });

  it('answers in UTC, whatever the zone of the machine', async () => {
    const { rows } = await database.query(
      "SELECT TIMESTAMPTZ '2020-07-01 12:00:00+02', current_setting('TimeZone'), strftime(TIMESTAMPTZ '2020-07-01 12:00:00+02', '%H')",
    );
    expect(rows).toEqual([['2020-07-01 10:00:00+00', 'UTC', '10']]);
  });

  it('reads the files of its folders and nothing else', async () => {
    const { rows } = await database.query('SELECT sum(a) FROM read_csv($1)', {
      parameters: [join(inside, 'open.csv')],
    });
    expect(rows).toEqual([[3n]]);
    for (const path of [
      join(root, 'secret.csv'),
      join(inside, '..', 'secret.csv'),
      join(inside, 'link.csv'),
      '/etc/passwd',
      'https://127.0.0.1/x.csv',
    ]) {
      const { code } = await failure(database.query('SELECT * FROM read_csv($1)', { parameters: [path] }));
      expect([path, code]).toEqual([path, 'denied']);
    }
  });

  it('refuses what writes, loads, attaches or sets, unless all statements are allowed; the sandbox stays in any case', async () => {
    for (const sql of [
      'CREATE TABLE t (a INT)',
      "COPY (SELECT 1) TO 'x.csv'",
      'SET threads = 1',
      'LOAD httpfs',
      "ATTACH 'x.db'",
    ]) {
      expect([sql, (await failure(database.query(sql))).code]).toEqual([sql, 'denied']);
    }
    const outside = join(root, 'out.csv');
    for (const sql of [
      `COPY (SELECT 1) TO '${outside}'`,
      `ATTACH '${join(root, 'x.db')}'`,
      'SET enable_external_access = true',
    ]) {
      expect([sql, (await failure(database.query(sql, { statements: 'all' }))).code]).toEqual([sql, 'denied']);
    }
    await database.query('CREATE TABLE kept (a INT)', { statements: 'all' });
    const count = random.integer(2, 50);
    const { rowsChanged } = await database.query('INSERT INTO kept SELECT range FROM range($1)', {
      parameters: [count],
      statements: 'all',
    });
    expect(rowsChanged).toBe(count);
    expect((await database.query('SELECT count(*)::INT FROM kept')).rows).toEqual([[count]]);
  });

  it('takes one statement per call, and as many parameters as it has', async () => {
    expect((await failure(database.query('SELECT 1; SELECT 2'))).code).toBe('invalid');
    expect((await failure(database.query('  '))).code).toBe('invalid');
    expect((await failure(database.query('SELECT $1'))).code).toBe('invalid');
    expect((await failure(database.query('SELEC 1'))).code).toBe('invalid');
    expect((await failure(database.query('SELECT nope'))).message).toContain('nope');
    expect((await failure(database.query("SELECT CAST('x' AS INT)"))).code).toBe('failed');
  });

  it('streams many rows in order and in batches, and ends a statement that is left early', async () => {
    const count = random.integer(10_000, 30_000);
    const { columns, rows } = await database.stream('SELECT range AS n FROM range($1)', { parameters: [count] });
    expect(columns).toEqual([{ name: 'n', type: 'BIGINT' }]);
    let next = 0n;
    for await (const batch of rows) {
      for (const [value] of batch) {
        expect(value).toBe(next);
        next += 1n;
      }
    }
    expect(next).toBe(BigInt(count));
    // More than may run at the same time: each one that is left early must give its place back.
    for (let round = 0; round < 6; round++) {
      const endless = await database.stream('SELECT range FROM range(100000000000)');
      for await (const batch of endless.rows) {
        expect(batch.length).toBeGreaterThan(0);
        break;
      }
    }
  });

  it('refuses a result of more rows than asked for', async () => {
    const bound = random.integer(1, 5000);
    expect((await failure(database.query(`SELECT range FROM range(${bound + 1})`, { maxRows: bound }))).code).toBe(
      'too_large',
    );
    expect((await database.query(`SELECT range FROM range(${bound})`, { maxRows: bound })).rows).toHaveLength(bound);
  });

  it('interrupts a statement at its time limit, at the signal and when the database closes', async () => {
    const long = 'SELECT count(*) FROM range(1000000000000) a, range(1000) b';
    expect((await failure(database.query(long, { timeoutMs: 100 }))).code).toBe('timeout');
    const controller = new AbortController();
    const reason = new Error(random.word());
    const running = database.query(long, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    const other = await openSql();
    const left = failure(other.query(long));
    setTimeout(() => void other.close(), 50);
    expect((await left).code).toBe('closed');
    expect((await failure(other.query('SELECT 1'))).code).toBe('closed');
  });

  it('refuses what does not fit its memory, and goes on working', async () => {
    const error = await failure(
      database.query("SELECT string_agg(range::VARCHAR, repeat('x', 50)) FROM range(100000000)"),
    );
    expect(error.code).toBe('too_large');
    expect((await database.query('SELECT 1')).rows).toEqual([[1]]);
  });

  it('runs more statements than it has places for, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => database.query('SELECT $1::INT * 2', { parameters: [index] })),
    );
    expect(answers.map(({ rows }) => rows[0]![0])).toEqual(Array.from({ length: 30 }, (_, index) => index * 2));
  });
});
