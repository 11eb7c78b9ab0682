import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { calculate, compareDecimals, parseDecimal } from './decimal.ts';
import { SelectError } from './error.ts';
import { likeMatcher } from './functions.ts';
import { parse } from './parse.ts';
import { runSelect } from './select.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`s3 select expressions: SEED=${seed}`);
const random = seeded(seed);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'expression-'));
  await writeFile(join(folder, 'row'), 'text,number,empty,word\nHello World,42,,null\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** The value of one expression over one CSV record, as CSV output shows it. */
async function value(expression: string): Promise<string> {
  let text = '';
  const query = {
    path: join(folder, 'row'),
    expression: `SELECT ${expression} FROM S3Object s`,
    now: Date.UTC(2024, 1, 29, 12, 30, 15, 7),
  };
  for await (const event of runSelect({ ...query, input: { csv: { fileHeaderInfo: 'USE' } }, output: { csv: {} } })) {
    if ('records' in event) text += Buffer.from(event.records).toString();
  }
  return text.slice(0, -1);
}

const codeOf = async (promise: () => unknown): Promise<string> => {
  try {
    await promise();
  } catch (error) {
    expect(error).toBeInstanceOf(SelectError);
    return (error as SelectError).code;
  }
  return 'no error';
};

describe('expressions', () => {
  it.each([
    // Arithmetic: INT stays INT, DECIMAL is exact, operators bind as in SQL.
    ['1 + 2 * 3 - 4 / 3', '6'],
    ['(1 + 2) * 3', '9'],
    ['7 % 3, -7 / 2, -(-3)', '1,-3,3'],
    ['0.1 + 0.2', '0.3'],
    ['10 / 4.0', '2.5'],
    ['s.number + 0.5', '42.5'],
    ['CAST(1 AS FLOAT) / 3', String(1 / 3)],
    ["'a' || 'b' || number", 'ab42'],
    // CAST.
    ["CAST('12' AS INT), CAST(12.9 AS INT), CAST('1.50' AS DECIMAL(10,2)), CAST('1e2' AS FLOAT)", '12,12,1.50,100'],
    ["CAST('TRUE' AS BOOL), CAST(0 AS BOOL), CAST(42 AS STRING), CAST(TRUE AS INT)", 'true,false,42,1'],
    ["CAST('2020-02-29T10:20:30.120+02:00' AS TIMESTAMP)", '2020-02-29T10:20:30.120+02:00'],
    // Conditions.
    ["CASE WHEN number > 41 THEN 'big' ELSE 'small' END", 'big'],
    ["CASE number WHEN 1 THEN 'one' WHEN 42 THEN 'many' END", 'many'],
    ['CASE WHEN FALSE THEN 1 END IS NULL', 'true'],
    ['COALESCE(NULL, MISSING, s.text), COALESCE(NULL)', 'Hello World,'],
    ["NULLIF(number, 42), NULLIF(number, '43')", ',42'],
    ['number IN (1, 42), number NOT IN (1, 2), number IN (1, NULL)', 'true,true,'],
    ["number BETWEEN 40 AND 42, number NOT BETWEEN 40 AND 42, text BETWEEN 'A' AND 'I'", 'true,false,true'],
    ['NOT TRUE OR TRUE AND FALSE, NULL AND FALSE, NULL OR TRUE, NULL AND TRUE, NOT NULL', 'false,false,true,,'],
    ["empty IS NULL, empty = '', NULL = NULL, 1 <> 2, 1 != 1", 'false,true,,true,false'],
    // LIKE.
    ["text LIKE 'Hello%', text LIKE '_ello%d', text LIKE 'hello%', text NOT LIKE '%x%'", 'true,true,false,true'],
    ["'50%' LIKE '50\\%' ESCAPE '\\', '50x' LIKE '50!%' ESCAPE '!'", 'true,false'],
    // Strings: the examples of the S3 Select reference.
    ["CHAR_LENGTH('é😀x'), CHARACTER_LENGTH('')", '3,0'],
    ["LOWER('AbÉ'), UPPER('abé')", 'abé,ABÉ'],
    [
      "SUBSTRING('123456789', 0), SUBSTRING('123456789', 1), SUBSTRING('123456789', -4)",
      '123456789,123456789,123456789',
    ],
    [
      "SUBSTRING('123456789', 0, 999), SUBSTRING('123456789', 1, 5), SUBSTRING('abc' FROM 2 FOR 1)",
      '123456789,12345,b',
    ],
    ["TRIM('  foobar '), TRIM(LEADING FROM '  foobar '), TRIM(TRAILING FROM '  foobar ')", 'foobar,foobar ,  foobar'],
    ["TRIM(BOTH '12' FROM '1112211foobar22211122')", 'foobar'],
    // Time stamps: the examples of the S3 Select reference.
    [
      'DATE_ADD(year, 5, `2010-01-01T`), DATE_ADD(month, 1, `2010T`), DATE_ADD(month, 13, `2010T`)',
      '2015-01-01,2010-02T,2011-02T',
    ],
    ['DATE_ADD(month, -1, `2017-01-10T`), DATE_ADD(hour, 1, `2017T`)', '2016-12-10,2017-01-01T01:00Z'],
    [
      'DATE_ADD(day, -1, `2017-01-10T`), DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)',
      '2017-01-09,2017-01-02T03:05:05.006Z',
    ],
    ['DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`), DATE_DIFF(month, `2010-01T`, `2010-05T`)', '1,4'],
    ['DATE_DIFF(month, `2010T`, `2011T`), DATE_DIFF(month, `2011T`, `2010T`)', '12,-12'],
    ['DATE_DIFF(month, `2010-12-31T`, `2011-01-01T`), DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)', '0,0'],
    ["EXTRACT(YEAR FROM TO_TIMESTAMP('2010-01-01T')), EXTRACT(MONTH FROM `2010T`)", '2010,1'],
    ['EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`), EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)', '3,7'],
    ['EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)', '8'],
    [
      "TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y'), TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')",
      '"July 20, 1969","Jul 20, 1969"',
    ],
    [
      "TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy'), TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')",
      '7-20-69,"July 20, 1969 8:18 PM"',
    ],
    [
      "TO_STRING(`1969-07-20T20:18:00Z`, 'y-MM-dd''T''H:m:ssX'), TO_STRING(`1969-07-20T20:18:00+08:00`, 'H:m:ssXXX')",
      '1969-07-20T20:18:00Z,20:18:00+08:00',
    ],
    ['UTCNOW()', '2024-02-29T12:30:15.007Z'],
    ['`2020-01-01T` < `2020-01-02T`, `2020-01-01T00:00Z` = `2020-01-01T01:00+01:00`', 'true,true'],
  ])('%s is %s', async (expression, expected) => {
    expect(await value(expression)).toBe(expected);
  });

  it.each([
    ["CAST('x' AS INT)", 'CastFailed'],
    ["CAST('1.5' AS INT)", 'CastFailed'],
    ["CAST('2020-02-30' AS TIMESTAMP)", 'CastFailed'],
    ["TO_TIMESTAMP('yesterday')", 'ValueParseFailure'],
    ["TO_STRING(UTCNOW(), 'Q')", 'EvaluatorInvalidTimestampFormatPatternSymbol'],
    ["TO_STRING(UTCNOW(), '''x')", 'EvaluatorUnterminatedTimestampFormatPatternToken'],
    ["TO_STRING('x', 'y')", 'IncorrectSqlFunctionArgumentType'],
    ['UPPER(1)', 'IncorrectSqlFunctionArgumentType'],
    ['text + 1', 'IncorrectSqlFunctionArgumentType'],
    ['9223372036854775807 + 1', 'IntegerOverflow'],
    ['1 / 0', 'ExternalEvalException'],
    ["text LIKE 'a!' ESCAPE '!'", 'EvaluatorLikePatternInvalidEscapeSequence'],
    ["text LIKE 'a' ESCAPE '!!'", 'LikeInvalidInputs'],
    ['nothing', 'MissingHeaders'],
    ['s._0', 'InvalidColumnIndex'],
    ['s.text.more', 'InvalidKeyPath'],
    ['COUNT(*), text', 'UnsupportedSqlStructure'],
    ['SUM(COUNT(*))', 'UnsupportedSqlStructure'],
    ['SUM(text)', 'IncorrectSqlFunctionArgumentType'],
  ])('%s is refused as %s', async (expression, code) => {
    expect(await codeOf(() => value(expression))).toBe(code);
  });

  it('adds, multiplies and compares decimals as exact fractions do', () => {
    for (let round = 0; round < 300; round++) {
      const [x, y] = [random.integer(-99_999, 99_999), random.integer(-99_999, 99_999)];
      const [a, b] = [parseDecimal((x / 100).toFixed(2))!, parseDecimal((y / 1000).toFixed(3))!];
      expect(calculate('+', a, b).toNumber()).toBe((x * 10 + y) / 1000);
      expect(calculate('*', a, b).toNumber()).toBe((x * y) / 100_000);
      expect(Math.sign(compareDecimals(a, b))).toBe(Math.sign(x * 10 - y));
    }
  });

  it('matches LIKE patterns as a regular expression would', () => {
    for (let round = 0; round < 500; round++) {
      const letters = (alphabet: string[], most: number): string =>
        Array.from({ length: random.integer(0, most) }, () => random.pick(alphabet)).join('');
      const pattern = letters(['a', 'b', '%', '_'], 7);
      const input = letters(['a', 'b'], 9);
      const expected = new RegExp(`^${pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's').test(input);
      expect(likeMatcher(pattern)(input), `${input} LIKE ${pattern}`).toBe(expected);
    }
  });

  it('matches a hostile LIKE pattern in time', () => {
    expect(likeMatcher('%a'.repeat(200))('a'.repeat(5000) + 'b')).toBe(false);
  });
});

const TOKENS = (
  'SELECT * FROM S3Object s . a , ( ) [ ] WHERE AND NOT IN LIKE CASE WHEN THEN END CAST AS INT LIMIT 1 \'x\' "q" = < - + IS NULL ' +
  'COUNT TRIM EXTRACT BETWEEN `2020T`'
).split(' ');

describe('parse', () => {
  it.each([
    ['', 'ParseEmptySelect'],
    ['SELECT', 'ParseEmptySelect'],
    ['SELECT FROM S3Object', 'ParseEmptySelect'],
    ['SELECT *', 'ParseSelectMissingFrom'],
    ['DELETE FROM S3Object', 'ParseUnexpectedToken'],
    ['SELECT * FROM other', 'InvalidDataSource'],
    ['SELECT *, a FROM S3Object', 'ParseAsteriskIsNotAloneInSelectList'],
    ['SELECT a FROM S3Object WHERE', 'ParseExpectedExpression'],
    ['SELECT a b c FROM S3Object', 'ParseUnexpectedToken'],
    ['SELECT a FROM S3Object; DROP TABLE x', 'ParseUnexpectedToken'],
    ['SELECT a FROM S3Object LIMIT x', 'ParseExpectedNumber'],
    ['SELECT a FROM S3Object LIMIT -1', 'EvaluatorNegativeLimit'],
    ['SELECT a FROM S3Object ORDER BY a', 'UnsupportedSqlStructure'],
    ['SELECT a FROM S3Object GROUP BY a', 'UnsupportedSqlStructure'],
    ['SELECT DISTINCT a FROM S3Object', 'UnsupportedSqlStructure'],
    ['SELECT a FROM S3Object s JOIN S3Object t', 'UnsupportedSqlStructure'],
    ['SELECT a FROM (SELECT * FROM S3Object)', 'UnsupportedSqlStructure'],
    ['SELECT (SELECT 1 FROM S3Object) FROM S3Object', 'UnsupportedSqlStructure'],
    ['SELECT pow(1, 2) FROM S3Object', 'UnsupportedFunction'],
    ['SELECT read_csv(1) FROM S3Object', 'UnsupportedFunction'],
    ['SELECT NULLIF(1) FROM S3Object', 'EvaluatorInvalidArguments'],
    ['SELECT SUM(*) FROM S3Object', 'ParseUnsupportedCallWithStar'],
    ['SELECT SUM(1, 2) FROM S3Object', 'ParseNonUnaryAgregateFunctionCall'],
    ['SELECT CAST(a AS blob) FROM S3Object', 'ParseExpectedTypeName'],
    ['SELECT CAST(a INT) FROM S3Object', 'ParseCastArity'],
    ['SELECT CAST a FROM S3Object', 'ParseExpectedLeftParenAfterCast'],
    ['SELECT CASE END FROM S3Object', 'ParseUnexpectedKeyword'],
    ['SELECT DATE_ADD(week, 1, a) FROM S3Object', 'ParseExpectedDatePart'],
    ["SELECT 'a FROM S3Object", 'LexerInvalidLiteral'],
    ['SELECT `nope` FROM S3Object', 'LexerInvalidIONLiteral'],
    ['SELECT a ? b FROM S3Object', 'LexerInvalidChar'],
    ['SELECT s.* , a FROM S3Object s', 'ParseAsteriskIsNotAloneInSelectList'],
    ['SELECT s.a[*] FROM S3Object s', 'ParseInvalidContextForWildcardInSelectList'],
    [`SELECT ${'('.repeat(1000)}1${')'.repeat(1000)} FROM S3Object`, 'ParseUnsupportedSyntax'],
    [`SELECT ${'NOT '.repeat(90_000)} a FROM S3Object`, 'ExpressionTooLong'],
  ])('refuses %s as %s', async (expression, code) => {
    expect(await codeOf(() => parse(expression))).toBe(code);
  });

  it('takes thousands of conditions, and refuses chains that nest too deep', async () => {
    const many = Array.from({ length: 8000 }, (_, index) => `x=${index}`).join(' OR ');
    expect(await value(`CASE WHEN ${many.replaceAll('x=', 's.number=')} THEN 'in' ELSE 'out' END`)).toBe('in');
    expect(await value(`${'NOT '.repeat(10_001)} TRUE`)).toBe('false');
    expect(await value(`${'- '.repeat(10_001)}1`)).toBe('-1');
    for (const chain of ['+ 1 ', '|| 1 ', '= 1 ', 'IS NULL ']) {
      expect(await codeOf(() => parse(`SELECT 1 ${chain.repeat(20_000)} FROM S3Object`))).toBe(
        'ParseUnsupportedSyntax',
      );
      expect(await codeOf(() => value(`1 ${chain.repeat(499)}`))).toMatch(/no error|Overflow|IncorrectSql/);
    }
    expect(await codeOf(() => value(`text LIKE '${'a'.repeat(5000)}'`))).toBe('LikeInvalidInputs');
  });

  it('says where in the expression the fault is', () => {
    expect(() => parse('SELECT a FROM S3Object WHERE a = = 1')).toThrow(/'=' at character 34\.$/);
  });

  it('never throws anything but a SelectError, whatever the tokens', () => {
    for (let round = 0; round < 3000; round++) {
      const tokens = Array.from({ length: random.integer(1, 14) }, () => random.pick(TOKENS));
      const expression = `SELECT ${tokens.join(' ')}`;
      try {
        parse(expression);
      } catch (error) {
        if (!(error instanceof SelectError)) throw new Error(expression, { cause: error });
      }
    }
  });

  it('answers every expression that it takes, or refuses it with a SelectError', async () => {
    const LEAVES = [
      '1',
      '-2.5',
      "'x'",
      "'12'",
      'text',
      's.number',
      'empty',
      'NULL',
      'MISSING',
      'TRUE',
      '`2020-01-31T10:00Z`',
      '9223372036854775807',
      'CAST(1 AS FLOAT)',
      's',
    ];
    const FORMS = [
      '(A + B)',
      '(A - B)',
      '(A * B)',
      '(A / B)',
      '(A % B)',
      '(A || B)',
      '(A = B)',
      '(A < B)',
      '(A >= B)',
      '(A AND B)',
      '(A OR B)',
      '(NOT A)',
      '(-A)',
      '(A IS NULL)',
      '(A IN (B, C))',
      '(A BETWEEN B AND C)',
      '(A LIKE B)',
      'CASE WHEN A THEN B ELSE C END',
      'CASE A WHEN B THEN C END',
      'CAST(A AS INT)',
      'CAST(A AS STRING)',
      'CAST(A AS DECIMAL)',
      'CAST(A AS TIMESTAMP)',
      'CAST(A AS BOOL)',
      'COALESCE(A, B)',
      'NULLIF(A, B)',
      'SUBSTRING(A, B, C)',
      'TRIM(A)',
      'CHAR_LENGTH(A)',
      'LOWER(A)',
      'EXTRACT(MONTH FROM A)',
      'DATE_ADD(month, A, B)',
      'DATE_DIFF(day, A, B)',
      "TO_STRING(A, 'yyyy')",
      'TO_TIMESTAMP(A)',
      'SUM(A)',
      'COUNT(A)',
      'MAX(A)',
    ];
    const make = (depth: number): string =>
      depth === 0 || random.next() < 0.2
        ? random.pick(LEAVES)
        : random.pick(FORMS).replaceAll(/\b[ABC]\b/g, () => make(depth - 1));
    let answered = 0;
    for (let round = 0; round < 1500; round++) {
      const expression = make(random.integer(1, 3));
      try {
        await value(expression);
        answered += 1;
      } catch (error) {
        if (!(error instanceof SelectError)) throw new Error(expression, { cause: error });
      }
    }
    expect(answered).toBeGreaterThan(200);
  });
});
