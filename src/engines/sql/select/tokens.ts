import type { Value } from './ast.ts';
import { fromInteger, parseDecimal } from './decimal.ts';
import { SelectError } from './error.ts';
import { parseTimestamp } from './timestamp.ts';

export type Token =
  | { type: 'word'; text: string; upper: string; at: number }
  | { type: 'quoted'; text: string; at: number }
  | { type: 'literal'; value: Value; at: number }
  | { type: 'symbol'; text: string; at: number }
  | { type: 'end'; at: number };

const SYMBOLS = [
  '<=',
  '>=',
  '<>',
  '!=',
  '||',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  '*',
  '+',
  '-',
  '/',
  '%',
  '=',
  '<',
  '>',
  ';',
];
const INT_MAX = 2n ** 63n - 1n;

/** Cuts an S3 Select expression into tokens. Comments are `--` to the end of the line, and `/* … *\/`. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    const character = expression[at]!;
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    if (expression.startsWith('--', at)) {
      const end = expression.indexOf('\n', at);
      at = end === -1 ? expression.length : end;
      continue;
    }
    if (expression.startsWith('/*', at)) {
      const end = expression.indexOf('*/', at + 2);
      if (end === -1) throw new SelectError('LexerInvalidLiteral', `The comment at character ${at + 1} does not end.`);
      at = end + 2;
      continue;
    }
    const { token, end } = readToken(expression, at, character);
    tokens.push(token);
    at = end;
  }
  tokens.push({ type: 'end', at: expression.length });
  return tokens;
}

function readToken(expression: string, at: number, character: string): { token: Token; end: number } {
  if (character === "'" || character === '"' || character === '`') {
    const { text, end } = readQuoted(expression, at, character);
    if (character === '"') return { token: { type: 'quoted', text, at }, end };
    return { token: { type: 'literal', value: character === "'" ? text : ionLiteral(text, at), at }, end };
  }
  const number = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/.exec(expression.slice(at, at + 1000))?.[0];
  if (number !== undefined) {
    return { token: { type: 'literal', value: numberLiteral(number), at }, end: at + number.length };
  }
  const word = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(expression.slice(at, at + 10_000))?.[0];
  if (word !== undefined) {
    return { token: { type: 'word', text: word, upper: word.toUpperCase(), at }, end: at + word.length };
  }
  const symbol = SYMBOLS.find((text) => expression.startsWith(text, at));
  if (symbol !== undefined) return { token: { type: 'symbol', text: symbol, at }, end: at + symbol.length };
  throw new SelectError('LexerInvalidChar', `'${character}' at character ${at + 1}.`);
}

function readQuoted(expression: string, start: number, quote: string): { text: string; end: number } {
  let text = '';
  let from = start + 1;
  for (;;) {
    const close = expression.indexOf(quote, from);
    if (close === -1)
      throw new SelectError('LexerInvalidLiteral', `The ${quote} at character ${start + 1} has no partner.`);
    text += expression.slice(from, close);
    if (quote === '`' || expression[close + 1] !== quote) return { text, end: close + 1 };
    text += quote;
    from = close + 2;
  }
}

/** `1` is an INT, `1.5` a DECIMAL, `1e3` a DECIMAL too (as Ion reads it). */
function numberLiteral(text: string): Value {
  if (/^\d+$/.test(text)) {
    const value = BigInt(text);
    return value > INT_MAX ? fromInteger(value) : value;
  }
  const value = parseDecimal(text);
  if (value === undefined) throw new SelectError('LexerInvalidLiteral', `'${text}' is out of range.`);
  return value;
}

/** Between backticks S3 Select takes Amazon Ion values; time stamps, numbers, booleans, null and strings are read here. */
function ionLiteral(text: string, at: number): Value {
  const trimmed = text.trim();
  const timestamp = parseTimestamp(trimmed);
  if (timestamp !== undefined) return timestamp;
  if (/^-?\d+$/.test(trimmed)) return BigInt(trimmed);
  if (/^-?\d+\.\d*$/.test(trimmed)) return parseDecimal(trimmed);
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (trimmed === 'null') return null;
  if (/^"[^"\\]*"$/.test(trimmed)) return trimmed.slice(1, -1);
  throw new SelectError('LexerInvalidIONLiteral', `\`${text}\` at character ${at + 1}.`);
}
