import type { JsonObject, PathStep, Value } from './ast.ts';
import { Decimal, parseDecimal } from './decimal.ts';
import type { Evaluate, Scope } from './evaluate.ts';
import { SelectError } from './error.ts';
import { RECORD_LENGTH_MAX } from './request.ts';
import { Timestamp } from './timestamp.ts';

/**
 * A whole DOCUMENT is parsed at once, in a worker thread; AWS bounds records, not documents, so this is ours. Elements of an array at the
 * top (`S3Object[*][*]`) are read one by one and have the bound of a record.
 */
const DOCUMENT_LENGTH_MAX = 64 * 1024 * 1024;

/** Splits text that arrives in pieces into JSON values: one per line (LINES), or one after the other (DOCUMENT). */
export class JsonReader {
  private readonly mode: 'LINES' | 'DOCUMENT' | 'ELEMENTS';
  private rest = '';
  private count = 0;
  // State of the DOCUMENT scanner at the end of what has been scanned of `rest`.
  private scanned = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private from = -1;

  /** `ELEMENTS`: the elements of top-level arrays instead of the arrays. */
  constructor(mode: 'LINES' | 'DOCUMENT' | 'ELEMENTS') {
    this.mode = mode;
  }

  push(text: string, last: boolean): Value[] {
    return this.mode === 'LINES' ? this.lines(text, last) : this.documents(text, last);
  }

  private lines(text: string, last: boolean): Value[] {
    const input = this.rest + text;
    const values: Value[] = [];
    let at = 0;
    while (at < input.length) {
      let end = input.indexOf('\n', at);
      if (end === -1) {
        if (!last) break;
        end = input.length;
      }
      if (end - at > RECORD_LENGTH_MAX) throw new SelectError('OverMaxRecordSize', `Record ${this.count + 1}.`);
      const line = input.slice(at, end).trim();
      if (line !== '') values.push(this.parse(line));
      at = end + 1;
    }
    this.rest = at >= input.length ? '' : input.slice(at);
    if (this.rest.length > RECORD_LENGTH_MAX) throw new SelectError('OverMaxRecordSize', `Record ${this.count + 1}.`);
    return values;
  }

  private documents(text: string, last: boolean): Value[] {
    const input = this.rest + text;
    const values: Value[] = [];
    const level = this.mode === 'ELEMENTS' ? 1 : 0;
    let { from } = this;
    const finish = (end: number): void => {
      const part = from === -1 ? '' : input.slice(from, end).trim();
      if (part !== '') values.push(this.parse(part));
      from = -1;
    };
    for (let at = this.scanned; at < input.length; at++) {
      const code = input.charCodeAt(at);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (code === 92) this.escaped = true;
        else if (code === 34) this.inString = false;
        continue;
      }
      switch (code) {
        case 34: // "
          this.inString = true;
          if (from === -1) from = at;
          break;
        case 123: // {
        case 91: // [
          if (this.depth === 0 && level === 1) {
            if (code === 123)
              throw new SelectError('JSONParsingError', '[*][*] needs an array at the top of the document.');
          } else if (from === -1) from = at;
          this.depth += 1;
          break;
        case 125: // }
        case 93: // ]
          if (this.depth === level) {
            if (level === 0)
              throw new SelectError('JSONParsingError', `Unexpected '${input[at]}' in document ${this.count + 1}.`);
            finish(at);
          }
          this.depth -= 1;
          if (this.depth === level && level === 0) finish(at + 1);
          break;
        case 44: // ,
          if (this.depth === level && level === 1) finish(at);
          break;
        case 32:
        case 9:
        case 10:
        case 13:
          // Top-level scalars end at white space.
          if (this.depth === 0 && level === 0 && from !== -1) finish(at);
          break;
        default:
          if (from === -1) from = at;
      }
    }
    if (last) {
      if (this.depth > 0 || this.inString)
        throw new SelectError('JSONParsingError', `Document ${this.count + 1} does not end.`);
      finish(input.length);
      return values;
    }
    const keep = from === -1 ? input.length : from;
    this.rest = input.slice(keep);
    this.scanned = this.rest.length;
    this.from = from === -1 ? -1 : 0;
    const bound = level === 1 ? RECORD_LENGTH_MAX : DOCUMENT_LENGTH_MAX;
    if (this.rest.length > bound)
      throw new SelectError('OverMaxRecordSize', `Document ${this.count + 1} has over ${bound} characters.`);
    return values;
  }

  private parse(text: string): Value {
    this.count += 1;
    try {
      return parseJson(text);
    } catch (error) {
      throw new SelectError('JSONParsingError', `Record ${this.count}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Strings, and numbers that a double (or its spelling) would not give back: fractions, exponents, over 15 digits. */
const STRING_OR_EXACT = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)|-?[1-9]\d{15,}/g;
/** Whether a text can hold such a number, or a string that looks like a mark; a quick look before the slow one. */
const NEEDS_MARKS = /\d[.eE][\d+-]|\d{16}|\\u0000/;
const NUMBER_MARK = '\\u0000#';
const STRING_MARK = '\\u0000$';

/**
 * Parses JSON with every digit of its numbers: whole numbers are INT, others DECIMAL. JSON.parse reads doubles, so numbers that would
 * change are handed through it as marked strings.
 */
function parseJson(text: string): Value {
  if (!NEEDS_MARKS.test(text)) return fromJson(JSON.parse(text));
  const marked = text.replace(STRING_OR_EXACT, (token) => {
    if (!token.startsWith('"')) return `"${NUMBER_MARK}${token}"`;
    return token.startsWith('\\u0000', 1) ? `"${STRING_MARK}${token.slice(1)}` : token;
  });
  return fromJson(JSON.parse(marked));
}

function fromJson(value: unknown): Value {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'string') {
    if (value.charCodeAt(0) !== 0) return value;
    if (value[1] === '$') return value.slice(2);
    const number = value.slice(2);
    if (/^-?\d+$/.test(number)) {
      const integer = BigInt(number);
      if (BigInt.asIntN(64, integer) === integer) return integer;
    }
    const decimal = parseDecimal(number);
    if (decimal === undefined) throw new Error(`The number ${number.slice(0, 50)} is out of range.`);
    return decimal;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = fromJson(value[index]);
    return value as Value[];
  }
  if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>;
    for (const name of Object.keys(object)) {
      // `__proto__` as parsed is an own property; assigning to it would not be.
      if (name === '__proto__')
        Object.defineProperty(object, name, {
          value: fromJson(object[name]),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      else object[name] = fromJson(object[name]);
    }
    return object as JsonObject;
  }
  return value as Value;
}

/** The part of a value that a path leads to; MISSING where it leads nowhere. */
function follow(value: Value, steps: PathStep[]): Value {
  let at: Value = value;
  for (const step of steps) {
    if (at === null || typeof at !== 'object' || at instanceof Decimal || at instanceof Timestamp) return undefined;
    if ('index' in step) at = Array.isArray(at) ? at[step.index] : undefined;
    else if ('name' in step) at = Array.isArray(at) ? undefined : member(at, step);
  }
  return at;
}

function member(object: JsonObject, { name, quoted }: { name: string; quoted: boolean }): Value {
  if (Object.hasOwn(object, name)) return object[name];
  if (quoted) return undefined;
  const lower = name.toLowerCase();
  for (const key of Object.keys(object)) if (key.toLowerCase() === lower) return object[key];
  return undefined;
}

/**
 * The rows that `FROM S3Object[*].a[*].b` makes of one document. `[*]` over anything but an array is the thing itself, MISSING included:
 * AWS's example `SELECT id FROM S3Object[*].Rules[*].id` gives `{}` for a document without Rules.
 */
export function* rowsOf(document: Value, steps: PathStep[]): Generator<Value> {
  const [first, ...rest] = steps;
  if (first === undefined) yield document;
  else if ('wildcard' in first && Array.isArray(document)) for (const element of document) yield* rowsOf(element, rest);
  else if ('wildcard' in first) yield* rowsOf(document, rest);
  else yield* rowsOf(follow(document, [first]), rest);
}

/** How paths read a JSON row: through its alias (that of FROM, else the last name in FROM's path, else S3Object), or by member. */
export function jsonScope(alias: string, now: () => Date): Scope<Value> {
  return {
    now,
    path(steps): Evaluate<Value> {
      const [first] = steps;
      const isRow = first !== undefined && 'name' in first && first.name.toLowerCase() === alias.toLowerCase();
      const rest = isRow ? steps.slice(1) : steps;
      const [only] = rest;
      // `_1` of a row that is no object is the row.
      if (rest.length === 1 && only !== undefined && 'name' in only && only.name === '_1') {
        return (row) => (row !== null && typeof row === 'object' && !Array.isArray(row) ? follow(row, rest) : row);
      }
      return (row) => follow(row, rest);
    },
  };
}
