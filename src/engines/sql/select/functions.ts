import type { CastType, Value } from './ast.ts';
import { calculate, compareDecimals, Decimal, fromInteger, parseDecimal } from './decimal.ts';
import { SelectError } from './error.ts';
import { compareTimestamps, formatTimestamp, parseTimestamp, Timestamp } from './timestamp.ts';

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

type Numeric = bigint | number | Decimal;

const isNumeric = (value: Value): value is Numeric =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof Decimal;

const asDecimal = (value: bigint | Decimal): Decimal => (typeof value === 'bigint' ? fromInteger(value) : value);
const asNumber = (value: Numeric): number => (value instanceof Decimal ? value.toNumber() : Number(value));

/** The number that a text spells (an INT where it has no point and fits), or undefined. */
export function toNumeric(value: Value): Numeric | undefined {
  if (isNumeric(value)) return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const code = text.charCodeAt(0);
  // Cheap refusal of words: a number starts with a digit, a sign or a point.
  if (!((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46)) return undefined;
  if (text.length <= 15 && /^[+-]?\d+$/.test(text)) return BigInt(text.startsWith('+') ? text.slice(1) : text);
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  return decimal.scale === 0 && decimal.unscaled >= INT_MIN && decimal.unscaled <= INT_MAX ? decimal.unscaled : decimal;
}

/** The whole number that a short text spells. Up to 15 digits a double is exact, and its difference to any INT has the right sign. */
function smallInteger(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return undefined;
  }
  return Number(text);
}

function compareNumbers(a: Numeric, b: Numeric): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'number' || typeof b === 'number') {
    const [left, right] = [asNumber(a), asNumber(b)];
    return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN;
  }
  return compareDecimals(asDecimal(a), asDecimal(b));
}

/**
 * Orders two values; undefined where they have no order (NULL, MISSING, different kinds).
 *
 * AWS documents that data is text unless it is CAST. Text and a number compare as numbers where the text spells one, text and a time stamp
 * or a boolean likewise, so that `s.age > 30` over CSV means what it says; two texts compare as texts.
 */
export function compare(a: Value, b: Value): number | undefined {
  if (a === null || a === undefined || b === null || b === undefined) return undefined;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  // Nearly every comparison of a query is a column with a whole number: worth a way without BigInt.
  if (typeof a === 'string' && typeof b === 'bigint') {
    const small = smallInteger(a);
    if (small !== undefined) return small - Number(b);
  }
  if (isNumeric(a) || isNumeric(b)) {
    const [left, right] = [toNumeric(a), toNumeric(b)];
    if (left === undefined || right === undefined) return undefined;
    const order = compareNumbers(left, right);
    return Number.isNaN(order) ? undefined : order;
  }
  if (a instanceof Timestamp || b instanceof Timestamp) {
    const left = typeof a === 'string' ? parseTimestamp(a) : a;
    const right = typeof b === 'string' ? parseTimestamp(b) : b;
    return left instanceof Timestamp && right instanceof Timestamp ? compareTimestamps(left, right) : undefined;
  }
  if (typeof a === 'boolean' || typeof b === 'boolean') {
    const [left, right] = [toBoolean(a), toBoolean(b)];
    return left === undefined || right === undefined ? undefined : Number(left) - Number(right);
  }
  return JSON.stringify(a, jsonable) === JSON.stringify(b, jsonable) ? 0 : undefined;
}

const jsonable = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** `+ - * / %` with NULL for NULL. INT with INT stays INT (division cuts), a FLOAT makes a FLOAT, else the result is an exact DECIMAL. */
export function arithmetic(operator: '+' | '-' | '*' | '/' | '%', a: Value, b: Value): Value {
  if (a === null || a === undefined || b === null || b === undefined) return null;
  const [left, right] = [toNumeric(a), toNumeric(b)];
  if (left === undefined || right === undefined) {
    const wrong = left === undefined ? a : b;
    throw new SelectError(
      'IncorrectSqlFunctionArgumentType',
      `'${toText(wrong).slice(0, 50)}' is not a number (operator ${operator}).`,
    );
  }
  if (typeof left === 'bigint' && typeof right === 'bigint') return integerArithmetic(operator, left, right);
  if (typeof left === 'number' || typeof right === 'number') {
    const [x, y] = [asNumber(left), asNumber(right)];
    if (operator === '+') return x + y;
    if (operator === '-') return x - y;
    if (operator === '*') return x * y;
    if (y === 0) throw new SelectError('ExternalEvalException', 'Division by zero.');
    return operator === '/' ? x / y : x % y;
  }
  return calculate(operator, asDecimal(left), asDecimal(right));
}

function integerArithmetic(operator: '+' | '-' | '*' | '/' | '%', a: bigint, b: bigint): bigint {
  if ((operator === '/' || operator === '%') && b === 0n)
    throw new SelectError('ExternalEvalException', 'Division by zero.');
  const result =
    operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? a / b : a % b;
  if (result < INT_MIN || result > INT_MAX) throw new SelectError('IntegerOverflow', `${a} ${operator} ${b}`);
  return result;
}

export function negate(value: Value): Value {
  if (value === null || value === undefined) return null;
  const number = toNumeric(value);
  if (number === undefined)
    throw new SelectError('IncorrectSqlFunctionArgumentType', `-'${toText(value).slice(0, 50)}'`);
  if (typeof number === 'bigint') return integerArithmetic('-', 0n, number);
  return typeof number === 'number' ? -number : new Decimal(-number.unscaled, number.scale);
}

/** The mean of a sum: exact for INT and DECIMAL. */
export function divideSum(sum: Value, count: bigint): Value {
  if (typeof sum === 'number') return sum / Number(count);
  if (typeof sum === 'bigint' || sum instanceof Decimal) return calculate('/', asDecimal(sum), fromInteger(count));
  return null;
}

/** A value as text, as CSV output shows it: NULL and MISSING are empty, arrays and objects are JSON. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'object' && !(value instanceof Decimal) && !(value instanceof Timestamp))
    return toJson(value) ?? '';
  return String(value);
}

/** A value as JSON text; undefined for MISSING. Numbers keep every digit; non-finite FLOATs, which JSON lacks, are null. */
export function toJson(value: Value): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (value instanceof Timestamp) return JSON.stringify(value.toString());
  if (typeof value !== 'object' || value instanceof Decimal) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item) ?? 'null').join(',')}]`;
  const members: string[] = [];
  for (const [name, item] of Object.entries(value)) {
    const json = toJson(item);
    if (json !== undefined) members.push(`${JSON.stringify(name)}:${json}`);
  }
  return `{${members.join(',')}}`;
}

/** CAST. NULL and MISSING stay NULL; what cannot be converted is `CastFailed`. */
export function cast(value: Value, to: CastType): Value {
  if (value === null || value === undefined) return null;
  const result = convert(value, to);
  if (result === undefined) {
    throw new SelectError('CastFailed', `'${toText(value).slice(0, 100)}' is not of type ${to.toUpperCase()}.`);
  }
  return result;
}

function convert(value: Exclude<Value, null | undefined>, to: CastType): Value {
  switch (to) {
    case 'string':
      return toText(value);
    case 'bool': {
      const number = isNumeric(value) ? value : undefined;
      return number === undefined ? toBoolean(value) : compareNumbers(number, 0n) !== 0;
    }
    case 'timestamp':
      return value instanceof Timestamp ? value : typeof value === 'string' ? parseTimestamp(value.trim()) : undefined;
    case 'int':
      return convertInteger(value);
    case 'float': {
      if (typeof value === 'boolean') return value ? 1 : 0;
      const number = toNumeric(value);
      return number === undefined ? undefined : asNumber(number);
    }
    case 'decimal': {
      if (typeof value === 'boolean') return fromInteger(value ? 1n : 0n);
      const number = toNumeric(value);
      if (typeof number === 'number') return Number.isFinite(number) ? parseDecimal(String(number)) : undefined;
      return number === undefined ? undefined : asDecimal(number);
    }
    default:
      return to satisfies never;
  }
}

function convertInteger(value: Exclude<Value, null | undefined>): Value {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value)) return undefined;
  const number = toNumeric(value);
  if (number === undefined) return undefined;
  if (typeof number === 'number' && !Number.isFinite(number)) return undefined;
  const whole =
    typeof number === 'bigint'
      ? number
      : typeof number === 'number'
        ? BigInt(Math.trunc(number))
        : number.unscaled / 10n ** BigInt(number.scale);
  if (whole < INT_MIN || whole > INT_MAX) throw new SelectError('IntegerOverflow', `CAST(${toText(value)} AS INT)`);
  return whole;
}

function text(value: Value, name: string): string {
  if (typeof value !== 'string')
    throw new SelectError('IncorrectSqlFunctionArgumentType', `${name} takes a string; got ${toText(value)}.`);
  return value;
}

/**
 * SUBSTRING. Positions count characters (code points) from 1; a start below 1 shortens the result, as SQL-92 and S3 Select's examples have
 * it: SUBSTRING('123456789', 0, 2) is '1'.
 */
function substring(value: Value, start: Value, length?: Value): Value {
  if (value === null || value === undefined || start === null || start === undefined || length === null) return null;
  const from = cast(start, 'int');
  const characters = Array.from(text(value, 'SUBSTRING'));
  const first = Number(from) - 1;
  if (length === undefined) return characters.slice(Math.max(first, 0)).join('');
  const count = Number(cast(length, 'int'));
  if (count < 0) throw new SelectError('IllegalSqlFunctionArgument', 'The length of SUBSTRING is negative.');
  return characters.slice(Math.max(first, 0), Math.max(first + count, 0)).join('');
}

export function trim(value: Value, side: 'both' | 'leading' | 'trailing', characters: Value = ' '): Value {
  if (value === null || value === undefined || characters === null) return null;
  const set = new Set(text(characters, 'TRIM'));
  const all = Array.from(text(value, 'TRIM'));
  let [from, to] = [0, all.length];
  if (side !== 'trailing') while (from < to && set.has(all[from]!)) from += 1;
  if (side !== 'leading') while (to > from && set.has(all[to - 1]!)) to -= 1;
  return all.slice(from, to).join('');
}

/** Functions whose arguments are values. */
export function callFunction(name: string, values: Value[], now: () => Date): Value {
  const [first, second] = values;
  if (name === 'UTCNOW') return new Timestamp(now().getTime(), 0, 0, 'second', 3);
  if (name === 'NULLIF') return compare(first, second) === 0 ? null : first;
  if (name === 'SUBSTRING')
    return values.length === 3 ? substring(first, second, values[2] ?? null) : substring(first, second);
  if (first === null || first === undefined) return null;
  switch (name) {
    case 'CHAR_LENGTH':
    case 'CHARACTER_LENGTH':
      return BigInt(Array.from(text(first, name)).length);
    case 'LOWER':
      return text(first, name).toLowerCase();
    case 'UPPER':
      return text(first, name).toUpperCase();
    case 'TO_TIMESTAMP': {
      const timestamp = parseTimestamp(text(first, name).trim());
      if (timestamp === undefined)
        throw new SelectError('ValueParseFailure', `TO_TIMESTAMP('${text(first, name).slice(0, 50)}')`);
      return timestamp;
    }
    case 'TO_STRING': {
      if (second === null || second === undefined) return null;
      if (!(first instanceof Timestamp)) {
        throw new SelectError('IncorrectSqlFunctionArgumentType', 'TO_STRING takes a time stamp and a pattern.');
      }
      return formatTimestamp(first, text(second, name));
    }
    default:
      throw new SelectError('UnsupportedFunction', name);
  }
}

/** Matching takes at most the pattern's length times the value's. */
const LIKE_LENGTH_MAX = 4096;

/** LIKE: `_` is one character, `%` any number of them; no regular expression, so no pattern can run away. */
export function likeMatcher(pattern: string, escape?: string): (value: string) => boolean {
  if (escape !== undefined && Array.from(escape).length !== 1)
    throw new SelectError('LikeInvalidInputs', 'ESCAPE takes one character.');
  if (pattern.length > LIKE_LENGTH_MAX)
    throw new SelectError('LikeInvalidInputs', `The pattern has over ${LIKE_LENGTH_MAX} characters.`);
  type Part = { any: true } | { one: true } | { character: string };
  const parts: Part[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index]!;
    if (character === escape) {
      const escaped = characters[(index += 1)];
      if (escaped === undefined || (escaped !== '%' && escaped !== '_' && escaped !== escape)) {
        throw new SelectError('EvaluatorLikePatternInvalidEscapeSequence', `Pattern: ${pattern}`);
      }
      parts.push({ character: escaped });
    } else if (character === '%') {
      if (!('any' in (parts.at(-1) ?? {}))) parts.push({ any: true });
    } else parts.push(character === '_' ? { one: true } : { character });
  }
  return (value) => {
    const input = Array.from(value);
    let [at, part, star, mark] = [0, 0, -1, 0];
    while (at < input.length) {
      const wanted = parts[part];
      if (wanted !== undefined && 'any' in wanted) {
        star = part;
        mark = at;
        part += 1;
      } else if (wanted !== undefined && ('one' in wanted || wanted.character === input[at])) {
        at += 1;
        part += 1;
      } else if (star >= 0) {
        // Only the last % needs to be tried again, one character further.
        part = star + 1;
        mark += 1;
        at = mark;
      } else return false;
    }
    while (part < parts.length && 'any' in parts[part]!) part += 1;
    return part === parts.length;
  };
}
