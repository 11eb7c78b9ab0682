import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSql } from '../database.ts';
import type { SqlDatabase } from '../database.ts';
import { folder, JSON_OUT, LINES, random, rows } from './fixtures.ts';

type Record = { id: number; n: number | null; m: number | null; word: string | null; other: string | null };

const maybe = <T>(value: T): T | null => (random.next() < 0.15 ? null : value);
const letters = (): string => Array.from({ length: random.integer(0, 4) }, () => random.pick(['a', 'b', 'A'])).join('');
const records: Record[] = Array.from({ length: 150 }, (_, id) => ({
  id,
  n: maybe(random.integer(-9, 9)),
  m: maybe(random.integer(-3, 3)),
  word: maybe(letters()),
  other: maybe(letters()),
}));
const lines = records.map((record) => JSON.stringify(record)).join('\n');

let database: SqlDatabase;
beforeAll(async () => {
  const path = join(folder, 'records.json');
  await writeFile(path, lines);
  database = await openSql({ directories: [folder] });
  const columns = "{'id': 'INTEGER', 'n': 'BIGINT', 'm': 'BIGINT', 'word': 'VARCHAR', 'other': 'VARCHAR'}";
  const create = `CREATE TABLE s AS SELECT * FROM read_json('${path}', format = 'newline_delimited', columns = ${columns})`;
  await database.query(create, { statements: 'all' });
});
afterAll(() => database.close());

const number = (depth: number): string =>
  random.pick([
    () => random.pick(['s.n', 's.m']),
    () => String(random.integer(-5, 5)),
    () => (depth > 0 ? `(${number(depth - 1)} ${random.pick(['+', '-', '*'])} ${number(depth - 1)})` : 's.n'),
    () => (depth > 0 ? `(- ${number(depth - 1)})` : 's.m'),
    () => `CHAR_LENGTH(${text(depth - 1)})`,
    () => `COALESCE(${number(depth - 1)}, ${number(depth - 1)})`,
    () =>
      depth > 0 ? `CASE WHEN ${condition(depth - 1)} THEN ${number(depth - 1)} ELSE ${number(depth - 1)} END` : '7',
  ])();

const text = (depth: number): string =>
  random.pick([
    () => random.pick(['s.word', 's.other']),
    () => `'${letters()}'`,
    () => (depth > 0 ? `LOWER(${text(depth - 1)})` : 's.word'),
    () => (depth > 0 ? `(${text(depth - 1)} || ${text(depth - 1)})` : 's.other'),
    () => (depth > 0 ? `SUBSTRING(${text(depth - 1)}, ${random.integer(1, 3)}, ${random.integer(0, 3)})` : 's.word'),
    () => (depth > 0 ? `NULLIF(${text(depth - 1)}, ${text(depth - 1)})` : 's.word'),
  ])();

const condition = (depth: number): string =>
  random.pick([
    () => `${number(depth - 1)} ${random.pick(['=', '<>', '<', '<=', '>', '>='])} ${number(depth - 1)}`,
    () => `${text(depth - 1)} ${random.pick(['=', '<>', '<', '<=', '>', '>='])} ${text(depth - 1)}`,
    () => `${number(depth - 1)} ${random.pick(['', 'NOT '])}BETWEEN ${number(depth - 1)} AND ${number(depth - 1)}`,
    () => `${number(depth - 1)} ${random.pick(['', 'NOT '])}IN (${number(depth - 1)}, ${number(depth - 1)}, NULL)`,
    () => `${text(depth - 1)} ${random.pick(['', 'NOT '])}IN (${text(depth - 1)}, ${text(depth - 1)})`,
    () => `${text(depth - 1)} ${random.pick(['', 'NOT '])}LIKE '${random.pick(['%', 'a%', '_b%', '%A_', ''])}'`,
    () => `${random.pick([number, text])(depth - 1)} IS ${random.pick(['', 'NOT '])}NULL`,
    () => (depth > 0 ? `(${condition(depth - 1)} ${random.pick(['AND', 'OR'])} ${condition(depth - 1)})` : 's.n = 1'),
    () => (depth > 0 ? `NOT (${condition(depth - 1)})` : 's.n <> 1'),
  ])();

describe('S3 Select beside DuckDB', () => {
  it('selects the same records for the same random conditions', async () => {
    let selected = 0;
    for (let round = 0; round < 150; round++) {
      const where = condition(3);
      const wanted = (await database.query(`SELECT id FROM s WHERE ${where} ORDER BY id`)).rows.map(([id]) => id);
      const found = (await rows(`SELECT s.id FROM S3Object s WHERE ${where}`, lines, LINES, JSON_OUT)) as Record[];
      expect({ where, ids: found.map(({ id }) => id) }).toEqual({ where, ids: wanted });
      selected += found.length;
    }
    expect(selected).toBeGreaterThan(150);
  });

  it('computes the same aggregates', async () => {
    for (let round = 0; round < 40; round++) {
      const [value, where] = [number(2), condition(2)];
      const list = `COUNT(*) AS c, COUNT(${value}) AS d, SUM(${value}) AS t, MIN(${value}) AS low, MAX(${value}) AS high`;
      const { columns, rows: wanted } = await database.query(`SELECT ${list} FROM s WHERE ${where}`);
      const [found] = (await rows(`SELECT ${list} FROM S3Object s WHERE ${where}`, lines, LINES, JSON_OUT)) as [object];
      const expected = Object.fromEntries(
        columns.map(({ name }, index) => [name, wanted[0]![index] === null ? null : Number(wanted[0]![index])]),
      );
      expect({ list, where, found }).toEqual({ list, where, found: expected });
    }
  });
});
