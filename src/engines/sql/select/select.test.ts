import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSql } from '../database.ts';
import { seeded } from '../random.ts';
import { CsvReader } from './csv.ts';
import { closeSelect, SelectError, selectObject } from './object.ts';
import type { InputSerialization, OutputSerialization, SelectProgress, SelectRequest } from './object.ts';
import { csvInput } from './request.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`s3 select: SEED=${seed}`);
const random = seeded(seed);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'select-test-'));
});
afterAll(async () => {
  await closeSelect();
  await rm(folder, { recursive: true });
});

const USE: InputSerialization = { csv: { fileHeaderInfo: 'USE' } };
const LINES: InputSerialization = { json: { type: 'LINES' } };
const DOCUMENT: InputSerialization = { json: { type: 'DOCUMENT' } };
const JSON_OUT: OutputSerialization = { json: {} };
const CSV_OUT: OutputSerialization = { csv: {} };

type Options = Partial<Omit<SelectRequest, 'expression'>>;
type Answer = { text: string; stats: SelectProgress; progress: SelectProgress[]; batches: number };

let files = 0;
async function run(
  expression: string,
  data: string | Buffer,
  input: InputSerialization,
  output: OutputSerialization,
  options: Options = {},
): Promise<Answer> {
  const path = join(folder, `object-${(files += 1)}`);
  await writeFile(path, data);
  const answer: Answer = {
    text: '',
    stats: { bytesScanned: -1, bytesProcessed: -1, bytesReturned: -1 },
    progress: [],
    batches: 0,
  };
  const parts: Uint8Array[] = [];
  for await (const event of selectObject({ object: { path }, expression, input, output, ...options })) {
    if ('records' in event) parts.push(event.records);
    else if ('progress' in event) answer.progress.push(event.progress);
    else answer.stats = event.stats;
  }
  await rm(path);
  return { ...answer, text: Buffer.concat(parts).toString(), batches: parts.length };
}

const text = async (...parameters: Parameters<typeof run>): Promise<string> => (await run(...parameters)).text;
const rows = async (...parameters: Parameters<typeof run>): Promise<unknown[]> =>
  (await text(...parameters))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

async function failure(...parameters: Parameters<typeof run>): Promise<SelectError> {
  const error = await run(...parameters).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SelectError);
  return error as SelectError;
}

type Person = { name: string; age: number; city: string; height: string };
const people: Person[] = Array.from({ length: random.integer(200, 400) }, () => ({
  name: random.word(),
  age: random.integer(1, 99),
  city: random.pick(['Oslo', 'Lima', 'Quito, old', 'The "Hague"', '']),
  height: (random.integer(100, 220) / 100).toFixed(2),
}));
const quote = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const csv = [
  'name,age,city,height',
  ...people.map((p) => [p.name, String(p.age), p.city, p.height].map(quote).join(',')),
].join('\n');
const ndjson = people.map((p) => JSON.stringify({ ...p, height: Number(p.height) })).join('\n');

describe('SELECT over CSV', () => {
  it('returns every record as it is, with names from the header', async () => {
    expect(await rows('SELECT * FROM S3Object', csv, USE, JSON_OUT)).toEqual(
      people.map((p) => ({ ...p, age: String(p.age) })),
    );
  });

  it('filters, computes and renames columns', async () => {
    const bound = random.integer(20, 70);
    const found = await rows(
      `SELECT s.name, CAST(s."age" AS INT) * 2 AS twice, AGE FROM s3object AS s WHERE CAST(s.age AS INT) >= ${bound} AND s.city <> '' LIMIT 25`,
      csv,
      USE,
      JSON_OUT,
    );
    const wanted = people.filter((p) => p.age >= bound && p.city !== '').slice(0, 25);
    expect(found).toEqual(wanted.map((p) => ({ name: p.name, twice: p.age * 2, AGE: String(p.age) })));
  });

  it('compares text with a number as numbers where the text is one', async () => {
    const bound = random.integer(10, 90);
    const found = await rows(`SELECT name FROM S3Object WHERE age < ${bound}`, csv, USE, JSON_OUT);
    expect(found).toHaveLength(people.filter((p) => p.age < bound).length);
  });

  it('folds aggregates into one record, exactly', async () => {
    const [answer] = await rows(
      `SELECT COUNT(*), SUM(CAST(age AS INT)), AVG(CAST(age AS INT)) mean, MIN(CAST(age AS INT)), MAX(CAST(height AS DECIMAL)) AS tallest,
         SUM(CAST(height AS DECIMAL)) AS total, COUNT(*) - 1 AS less FROM S3Object s`,
      csv,
      USE,
      JSON_OUT,
    );
    const ages = people.map((p) => p.age);
    const sum = ages.reduce((a, b) => a + b, 0);
    const cents = people.map((p) => Math.round(Number(p.height) * 100));
    expect(answer).toEqual({
      _1: people.length,
      _2: sum,
      mean: expect.closeTo(sum / people.length, 9),
      _4: Math.min(...ages),
      tallest: Math.max(...cents) / 100,
      total: cents.reduce((a, b) => a + b, 0) / 100,
      less: people.length - 1,
    });
    expect(await rows('SELECT COUNT(*) FROM S3Object WHERE age > 1000', csv, USE, JSON_OUT)).toEqual([{ _1: 0 }]);
    expect(await text('SELECT MAX(CAST(age AS INT)), COUNT(*) FROM S3Object WHERE age > 1000', csv, USE, CSV_OUT)).toBe(
      ',0\n',
    );
  });

  it('reads columns by position with, without and past a header', async () => {
    const data = 'a,b\n1,2,3\n4\n';
    expect(await text('SELECT _1, _3 FROM S3Object', data, { csv: {} }, CSV_OUT)).toBe('a,\n1,3\n4,\n');
    expect(await text('SELECT _1, _2 FROM S3Object', data, { csv: { fileHeaderInfo: 'IGNORE' } }, CSV_OUT)).toBe(
      '1,2\n4,\n',
    );
    expect(await text('SELECT s._2, s.A FROM S3Object s', data, USE, CSV_OUT)).toBe('2,1\n,4\n');
    expect(await text('SELECT * FROM S3Object', data, USE, JSON_OUT)).toBe('{"a":"1","b":"2","_3":"3"}\n{"a":"4"}\n');
  });

  it('reads other delimiters, quotes, escapes, comments and line ends', async () => {
    const input: InputSerialization = {
      csv: {
        fieldDelimiter: '|',
        recordDelimiter: '\r\n',
        quoteCharacter: "'",
        quoteEscapeCharacter: '\\',
        comments: ';',
        allowQuotedRecordDelimiter: true,
      },
    };
    const data = "a|'b|\\'c'|d\r\n;comment\r\n\r\n'x\r\ny'|2|'\\\\'\r\n";
    expect(await rows('SELECT * FROM S3Object', data, input, JSON_OUT)).toEqual([
      { _1: 'a', _2: "b|'c", _3: 'd' },
      { _1: 'x\r\ny', _2: '2', _3: '\\' },
    ]);
    expect(await text('SELECT _2 FROM S3Object', 'a,b\r\nc,d\r\n', { csv: {} }, CSV_OUT)).toBe('b\nd\n');
    expect(
      await text('SELECT _2 FROM S3Object', 'a;b~c;d', { csv: { fieldDelimiter: ';', recordDelimiter: '~' } }, CSV_OUT),
    ).toBe('b\nd\n');
  });

  it('takes quoted record delimiters only when they are allowed', async () => {
    const data = 'a,"x\ny"\nb,z\n';
    expect((await failure('SELECT * FROM S3Object', data, { csv: {} }, CSV_OUT)).code).toBe(
      'CSVEscapingRecordDelimiter',
    );
    expect(await text('SELECT _1 FROM S3Object', data, { csv: { allowQuotedRecordDelimiter: true } }, CSV_OUT)).toBe(
      'a\nb\n',
    );
    expect(
      (await failure('SELECT * FROM S3Object', 'a,"x\n', { csv: { allowQuotedRecordDelimiter: true } }, CSV_OUT)).code,
    ).toBe('CSVUnescapedQuote');
  });

  it('splits records the same wherever the pieces are cut', () => {
    const field = (): string => random.pick(['', 'x', 'é😀', '"a ""b"" c"', '"li\nne"', '"c,d"', '12']);
    const data = Array.from({ length: 60 }, () => Array.from({ length: random.integer(1, 5) }, field).join(',')).join(
      '\n',
    );
    const options = csvInput({ allowQuotedRecordDelimiter: true });
    const whole = new CsvReader(options).push(data, true);
    for (let round = 0; round < 50; round++) {
      const reader = new CsvReader(options);
      const records: string[][] = [];
      for (let at = 0; at < data.length;) {
        const size = random.integer(1, 12);
        records.push(...reader.push(data.slice(at, at + size), false));
        at += size;
      }
      records.push(...reader.push('', true));
      expect(records).toEqual(whole);
    }
  });
});

describe('SELECT over JSON', () => {
  it('filters and projects lines, with typed values', async () => {
    const bound = random.integer(20, 70);
    const found = await rows(
      `SELECT s.name, s.age, s.height FROM S3Object s WHERE s.age > ${bound} AND s.city LIKE '%o%'`,
      ndjson,
      LINES,
      JSON_OUT,
    );
    const wanted = people.filter((p) => p.age > bound && p.city.includes('o'));
    expect(found).toEqual(wanted.map((p) => ({ name: p.name, age: p.age, height: Number(p.height) })));
  });

  it("gives AWS's own examples of paths", async () => {
    const rules =
      '{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"} ]}\n{ "created": "June 27", "modified": "July 6" }';
    expect(await text('SELECT id FROM S3Object[*].Rules[*].id', rules, DOCUMENT, JSON_OUT)).toBe(
      '{"id":"1"}\n{}\n{"id":"2"}\n{}\n',
    );
    const folders =
      '{ "dir_name": "important_docs", "files": [ {"name": "."}, {"name": "memo.txt", "owned": true} ] }\n{ "dir_name": "other_docs", "files": [] }';
    expect(await rows('SELECT d.dir_name, d.files FROM S3Object[*] d', folders, DOCUMENT, JSON_OUT)).toEqual([
      { dir_name: 'important_docs', files: [{ name: '.' }, { name: 'memo.txt', owned: true }] },
      { dir_name: 'other_docs', files: [] },
    ]);
  });

  it('reads the elements of an array at the top, however it is laid out', async () => {
    const array = JSON.stringify(
      people.map((p) => ({ ...p, tags: ['a]', { b: '}"' }] })),
      null,
      random.integer(0, 3),
    );
    const found = await rows('SELECT p.name, p.tags[1].b AS b FROM S3Object[*][*] p', array, DOCUMENT, JSON_OUT);
    expect(found).toEqual(people.map((p) => ({ name: p.name, b: '}"' })));
    const pretty = people
      .slice(0, 9)
      .map((p) => JSON.stringify(p, null, 2))
      .join('\n');
    expect(await rows('SELECT * FROM S3Object', pretty, DOCUMENT, JSON_OUT)).toEqual(people.slice(0, 9));
  });

  it('keeps every digit of numbers', async () => {
    const line =
      '{"id":9223372036854775807,"big":123456789012345678901234567890,"money":1.50,"tiny":1e-20,"s":"\\u0000#1.5"}';
    expect(await text('SELECT * FROM S3Object', line, LINES, JSON_OUT)).toBe(
      '{"id":9223372036854775807,"big":123456789012345678901234567890,"money":1.50,"tiny":0.00000000000000000001,"s":"\\u0000#1.5"}\n',
    );
    expect(
      await text('SELECT s.money + 0.05 FROM S3Object s WHERE s.id = 9223372036854775807', line, LINES, CSV_OUT),
    ).toBe('1.55\n');
    expect(await rows('SELECT s.id FROM S3Object s WHERE s.id = 9223372036854775806', line, LINES, JSON_OUT)).toEqual(
      [],
    );
  });

  it('tells NULL from MISSING, and matches names in any case unless they are quoted', async () => {
    const lines = '{"Name":"x","n":null}\n{"name":"y"}\n';
    expect(await rows('SELECT s.name FROM S3Object s WHERE s.n IS NULL', lines, LINES, JSON_OUT)).toEqual([
      { name: 'x' },
      { name: 'y' },
    ]);
    expect(await rows('SELECT s.name FROM S3Object s WHERE s.n IS NOT MISSING', lines, LINES, JSON_OUT)).toEqual([
      { name: 'x' },
    ]);
    expect(await rows('SELECT s."name", s.n FROM S3Object s', lines, LINES, JSON_OUT)).toEqual([
      { n: null },
      { name: 'y' },
    ]);
  });

  it('names the record that is not JSON', async () => {
    const error = await failure('SELECT * FROM S3Object', '{"a":1}\n{"a":01}\n', LINES, JSON_OUT);
    expect(error.code).toBe('JSONParsingError');
    expect(error.message).toContain('Record 2');
    for (const bad of ['{"a":1', '{"a":1}}', '[1,2', '{"a":"x}']) {
      expect([bad, (await failure('SELECT * FROM S3Object', bad, DOCUMENT, JSON_OUT)).code]).toEqual([
        bad,
        'JSONParsingError',
      ]);
    }
  });
});

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

describe('output', () => {
  it('quotes what needs it, or everything, with the characters asked for', async () => {
    const data = 'a,"b ""q"" c","d;e"\n';
    expect(await text('SELECT * FROM S3Object', data, { csv: {} }, CSV_OUT)).toBe('a,"b ""q"" c",d;e\n');
    const output: OutputSerialization = {
      csv: { quoteFields: 'ALWAYS', fieldDelimiter: ';', recordDelimiter: '|', quoteCharacter: "'" },
    };
    expect(await text('SELECT * FROM S3Object', data, { csv: {} }, output)).toBe(`'a';'b ""q"" c';'d;e'|`);
    expect(await text('SELECT * FROM S3Object', '{"a":[1,{"b":null}],"c":true,"d":null}', LINES, CSV_OUT)).toBe(
      '"[1,{""b"":null}]",true,\n',
    );
    expect(await text('SELECT _1 FROM S3Object', data, { csv: {} }, { json: { recordDelimiter: ',' } })).toBe(
      '{"_1":"a"},',
    );
  });

  it('writes CSV that reads back as it was, whatever the characters', async () => {
    for (let round = 0; round < 20; round++) {
      const marks = {
        fieldDelimiter: random.pick([',', ';', '||']),
        quoteCharacter: random.pick(['"', "'"]),
        quoteEscapeCharacter: random.pick(['"', "'", '\\']),
      };
      const field = (): string =>
        Array.from({ length: random.integer(1, 6) }, () =>
          random.pick(['a', ',', ';', '|', '"', "'", '\\', '\n', '\r', ' ']),
        ).join('');
      const table = Array.from({ length: 5 }, () => Array.from({ length: 3 }, field));
      const lines = table
        .map((row) =>
          JSON.stringify(row.map((value) => value))
            .replace(/^/, '{"r":')
            .replace(/$/, '}'),
        )
        .join('\n');
      const expression = 'SELECT s.r[0], s.r[1], s.r[2] FROM S3Object s';
      const written = await text(expression, lines, LINES, {
        csv: { ...marks, quoteFields: random.pick(['ALWAYS', 'ASNEEDED']) },
      });
      const input: InputSerialization = { csv: { ...marks, comments: '#', allowQuotedRecordDelimiter: true } };
      const read = await rows('SELECT * FROM S3Object', written, input, JSON_OUT);
      expect({ marks, written, read }).toEqual({ marks, written, read: table.map(([_1, _2, _3]) => ({ _1, _2, _3 })) });
    }
  });
});
