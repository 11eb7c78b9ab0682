import { describe, expect, it } from 'vitest';
import { CsvReader } from './csv.ts';
import {
  csv,
  CSV_OUT,
  DOCUMENT,
  failure,
  JSON_OUT,
  LINES,
  ndjson,
  people,
  random,
  rows,
  text,
  USE,
} from './fixtures.ts';
import type { InputSerialization, OutputSerialization } from './object.ts';
import { csvInput } from './request.ts';

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
