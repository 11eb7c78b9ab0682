import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSql } from '../database.ts';
import {
  csv,
  CSV_OUT,
  DOCUMENT,
  failure,
  folder,
  JSON_OUT,
  LINES,
  ndjson,
  people,
  quote,
  random,
  run,
  text,
  USE,
} from './fixtures.ts';
import type { Answer } from './fixtures.ts';
import { selectObject } from './object.ts';
import type { InputSerialization, OutputSerialization, SelectRequest } from './object.ts';

describe('SELECT over Parquet', () => {
  it('answers as it does over CSV of the same data, and scans only the columns it needs', async () => {
    const path = join(folder, 'people.parquet');
    const source = join(folder, 'people.csv');
    await writeFile(source, csv);
    const database = await openSql({ directories: [folder] });
    const columns = "{'name': 'VARCHAR', 'age': 'INTEGER', 'city': 'VARCHAR', 'height': 'DECIMAL(5,2)'}";
    const made = `SELECT *, [age, age + 1] AS list, DATE '2020-01-01' + age AS day, TIMESTAMP '2020-01-01 00:00:00.5' AS moment,
      TIMESTAMPTZ '2020-01-01 02:00:00+02' AS zoned, {'x': 1.50, 'y': ['a']} AS nested, 0.25::DOUBLE AS real, age > 30 AS old, NULL::INT AS nothing
      FROM read_csv('${source}', header = true, columns = ${columns}, nullstr = 'none')`;
    await database.query(`COPY (${made}) TO '${path}' (FORMAT parquet)`, { statements: 'all' });
    await database.close();
    const answer = async (expression: string, output: OutputSerialization = JSON_OUT): Promise<Answer> => {
      const result: Answer = {
        text: '',
        stats: { bytesScanned: 0, bytesProcessed: 0, bytesReturned: 0 },
        progress: [],
        batches: 0,
      };
      for await (const event of selectObject({ object: { path }, expression, input: { parquet: {} }, output })) {
        if ('records' in event) result.text += Buffer.from(event.records).toString();
        if ('stats' in event) result.stats = event.stats;
      }
      return result;
    };
    const bound = random.integer(10, 80);
    const where = `WHERE CAST(s.age AS INT) > ${bound} AND s.city <> ''`;
    expect((await answer(`SELECT s.name, s.city, s.height FROM S3Object s ${where}`, CSV_OUT)).text).toBe(
      await text(`SELECT s.name, s.city, s.height FROM S3Object s ${where}`, csv, USE, CSV_OUT),
    );
    const sum = 'SELECT SUM(CAST(s.height AS DECIMAL)), COUNT(*) FROM S3Object s';
    expect((await answer(sum)).text).toBe(await text(sum, csv, USE, JSON_OUT));
    const [first] = people;
    const day = new Date(Date.UTC(2020, 0, 1) + first!.age * 86_400_000).toISOString().slice(0, 10);
    const whole = await answer('SELECT * FROM S3Object LIMIT 1');
    expect((await answer('SELECT s.nested, s.nested.x, s.list[1] AS second FROM S3Object s LIMIT 1')).text).toBe(
      `{"nested":{"x":1.50,"y":["a"]},"x":1.50,"second":${first!.age + 1}}\n`,
    );
    expect(JSON.parse(whole.text)).toEqual({
      ...first,
      height: Number(first!.height),
      list: [first!.age, first!.age + 1],
      day,
      moment: '2020-01-01T00:00:00.5Z',
      zoned: '2020-01-01T00:00:00Z',
      nested: { x: 1.5, y: ['a'] },
      real: 0.25,
      old: first!.age > 30,
      nothing: null,
    });
    expect((await answer('SELECT s.age FROM S3Object s')).stats.bytesScanned).toBeLessThan(whole.stats.bytesScanned);
  });

  it('names a file that is not Parquet', async () => {
    expect((await failure('SELECT * FROM S3Object', csv, { parquet: {} }, JSON_OUT)).code).toBe('ParquetParsingError');
  });
});

describe('compression, ranges, statistics', () => {
  it('reads GZIP, several members too, and counts the bytes on both sides', async () => {
    const half = csv.indexOf('\n', csv.length / 2) + 1;
    const packed = Buffer.concat([gzipSync(csv.slice(0, half)), gzipSync(csv.slice(half))]);
    const answer = await run('SELECT * FROM S3Object', packed, { ...USE, compressionType: 'GZIP' }, CSV_OUT);
    expect(answer.text).toBe(await text('SELECT * FROM S3Object', csv, USE, CSV_OUT));
    expect(answer.stats).toEqual({
      bytesScanned: packed.length,
      bytesProcessed: Buffer.byteLength(csv),
      bytesReturned: Buffer.byteLength(answer.text),
    });
    expect(
      (await failure('SELECT * FROM S3Object', packed.subarray(0, -20), { ...USE, compressionType: 'GZIP' }, CSV_OUT))
        .code,
    ).toBe('TruncatedInput');
    expect((await failure('SELECT * FROM S3Object', csv, { ...USE, compressionType: 'GZIP' }, CSV_OUT)).code).toBe(
      'TruncatedInput',
    );
  });

  it.each<[string, string, InputSerialization]>([
    ['CSV', csv, USE],
    ['JSON', ndjson, LINES],
    [
      'CSV with two-character delimiters',
      csv.replaceAll('\n', '\r\n'),
      { csv: { fileHeaderInfo: 'USE', recordDelimiter: '\r\n' } },
    ],
  ])('gives each record of %s to exactly one of adjoining scan ranges', async (_, data, input) => {
    const expression = 'SELECT s.name, s.age FROM S3Object s';
    const whole = await text(expression, data, input, CSV_OUT);
    const size = Buffer.byteLength(data);
    for (let round = 0; round < 4; round++) {
      const cuts = [...new Set([0, ...Array.from({ length: 5 }, () => random.integer(1, size - 1)), size])].sort(
        (a, b) => a - b,
      );
      let joined = '';
      for (const [index, start] of cuts.slice(0, -1).entries()) {
        joined += await text(expression, data, input, CSV_OUT, { scanRange: { start, end: cuts[index + 1]! - 1 } });
      }
      expect(joined).toBe(whole);
    }
    const start = random.integer(1, size - 1);
    const before = await text(expression, data, input, CSV_OUT, { scanRange: { start: 0, end: start - 1 } });
    expect(before + (await text(expression, data, input, CSV_OUT, { scanRange: { start } }))).toBe(whole);
    expect(before + (await text(expression, data, input, CSV_OUT, { scanRange: { end: size - start } }))).toBe(whole);
  });

  it('refuses ranges that are wrong or over objects that cannot be cut', async () => {
    const q = 'SELECT * FROM S3Object';
    expect((await failure(q, csv, USE, CSV_OUT, { scanRange: { start: 5, end: 4 } })).code).toBe('InvalidScanRange');
    expect((await failure(q, csv, USE, CSV_OUT, { scanRange: {} })).code).toBe('InvalidScanRange');
    expect((await failure(q, '{}', DOCUMENT, CSV_OUT, { scanRange: { start: 0 } })).code).toBe(
      'UnsupportedScanRangeInput',
    );
    expect(
      (await failure(q, gzipSync(csv), { ...USE, compressionType: 'GZIP' }, CSV_OUT, { scanRange: { start: 0 } })).code,
    ).toBe('UnsupportedScanRangeInput');
  });

  it('sends records while it scans, waits for a slow reader, and reports progress', async () => {
    const line = `${random.word()},${'x'.repeat(200)}\n`;
    const count = 100_000;
    const answer = await run('SELECT * FROM S3Object', line.repeat(count), { csv: {} }, CSV_OUT, { progress: true });
    expect(answer.text).toBe(line.repeat(count));
    expect(answer.batches).toBeGreaterThan(50);
    expect(answer.progress.length).toBeGreaterThan(1);
    const scanned = answer.progress.map((progress) => progress.bytesScanned);
    expect(scanned).toEqual([...scanned].sort((a, b) => a - b));
    expect(answer.stats.bytesReturned).toBe(Buffer.byteLength(answer.text));
  });

  it('reads no more than LIMIT needs, and stops when the reader leaves or aborts', async () => {
    const data = `${random.word()},1\n`.repeat(2_000_000);
    const limited = await run('SELECT * FROM S3Object LIMIT 3', data, { csv: {} }, CSV_OUT);
    expect(limited.text.split('\n')).toHaveLength(4);
    expect(limited.stats.bytesScanned).toBeLessThan(data.length / 4);
    const path = join(folder, 'long');
    await writeFile(path, data);
    const request: SelectRequest = {
      object: { path },
      expression: 'SELECT * FROM S3Object',
      input: { csv: {} },
      output: CSV_OUT,
    };
    for await (const event of selectObject(request)) {
      expect('records' in event).toBe(true);
      break;
    }
    const controller = new AbortController();
    const reason = new Error(random.word());
    const reading = (async () => {
      for await (const event of selectObject({ ...request, signal: controller.signal }))
        if ('records' in event) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect((await run('SELECT * FROM S3Object', 'a\n', { csv: {} }, CSV_OUT)).text).toBe('a\n');
  });

  it('takes a stream of bytes and leaves no file behind', async () => {
    const spool = await mkdtemp(join(folder, 'spool-'));
    async function* body(): AsyncGenerator<Uint8Array> {
      const bytes = Buffer.from(csv);
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    let found = '';
    const object = { body: body(), temporaryDirectory: spool };
    for await (const event of selectObject({
      object,
      expression: 'SELECT s.name FROM S3Object s',
      input: USE,
      output: CSV_OUT,
    })) {
      if ('records' in event) found += Buffer.from(event.records).toString();
    }
    expect(found).toBe(people.map((p) => `${quote(p.name)}\n`).join(''));
    expect(await readdir(spool)).toEqual([]);
  });

  it('refuses text that is not UTF-8 and records over 1 MB', async () => {
    expect(
      (await failure('SELECT * FROM S3Object', Buffer.from('caf\u00e9\n', 'latin1'), { csv: {} }, CSV_OUT)).code,
    ).toBe('InvalidTextEncoding');
    expect(
      (await failure('SELECT * FROM S3Object', Buffer.from('\ufeffa\n', 'utf16le'), { csv: {} }, CSV_OUT)).code,
    ).toBe('InvalidTextEncoding');
    expect((await failure('SELECT * FROM S3Object', 'x'.repeat(1_100_000), { csv: {} }, CSV_OUT)).code).toBe(
      'OverMaxRecordSize',
    );
    expect(await text('SELECT _1 FROM S3Object', Buffer.from('\ufeffcafé\n'), { csv: {} }, CSV_OUT)).toBe('café\n');
  });
});
