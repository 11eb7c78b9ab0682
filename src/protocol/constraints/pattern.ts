import { RE2JS } from 're2js';

/**
 * Patterns of AWS models, on a linear-time engine.
 *
 * AWS evaluates them with `java.util.regex`, against the whole value: `[\w+=,.@-]*` (the pattern of STS's role session name)
 * and `[a-zA-Z0-9_.-]+` (of DynamoDB's table name) would refuse nothing if they only had to be found somewhere, and yet both are
 * known for refusing. So a match is a full match here, whether or not the pattern is anchored by itself.
 *
 * RE2 speaks a subset of Java's dialect. What differs is translated; what cannot be said in linear time is reported, so
 * that it can be listed, and never guessed at.
 */
export interface CompiledPattern {
  /** Whether the whole of a value matches. Time is linear in the value's length. */
  readonly matches: (value: string) => boolean;
  /** The lowest upper end that was dropped from a repeat, if one was: the pattern is exact for values of up to this length. */
  readonly exactLengthMax: number | undefined;
}

/** Thrown for a pattern that has no equivalent on a linear-time engine. */
export class UnsupportedPattern extends Error {
  override readonly name = 'UnsupportedPattern';
}

/** RE2 refuses larger counts in a repeat, since it writes each of them out. */
const REPEAT_MAX = 1000;

const LINE_TERMINATORS = '\\n\\r\\x{85}\\x{2028}\\x{2029}';
// Java counts the vertical tab as \s, RE2 does not.
const SPACE = '\\t-\\r\\x20';
const NOT_SPACE = '\\x00-\\x08\\x0e-\\x1f\\x21-\\x{10ffff}';
/** Java's names of character properties that RE2 does not have, as the inside of a class, and its complement. */
const PROPERTIES: Record<string, [inside: string, outside: string]> = {
  Lower: ['a-z', '\\x00-\\x60\\x7b-\\x{10ffff}'],
  Upper: ['A-Z', '\\x00-\\x40\\x5b-\\x{10ffff}'],
  ASCII: ['\\x00-\\x7f', '\\x80-\\x{10ffff}'],
  Alpha: ['A-Za-z', '\\x00-\\x40\\x5b-\\x60\\x7b-\\x{10ffff}'],
  Digit: ['0-9', '\\x00-\\x2f\\x3a-\\x{10ffff}'],
  Alnum: ['0-9A-Za-z', '\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x{10ffff}'],
  Punct: ['!-/:-@\\x5b-\\x60\\x7b-~', '\\x00-\\x200-9A-Za-z\\x7f-\\x{10ffff}'],
  Graph: ['!-~', '\\x00-\\x20\\x7f-\\x{10ffff}'],
  Print: ['\\x20-~', '\\x00-\\x1f\\x7f-\\x{10ffff}'],
  Blank: ['\\t\\x20', '\\x00-\\x08\\x0a-\\x1f!-\\x{10ffff}'],
  Cntrl: ['\\x00-\\x1f\\x7f', '\\x20-~\\x80-\\x{10ffff}'],
  XDigit: ['0-9A-Fa-f', '\\x00-\\x2f:-@G-\\x60g-\\x{10ffff}'],
  Space: [SPACE, NOT_SPACE],
  all: ['\\x00-\\x{10ffff}', ''],
  LD: ['\\p{L}0-9', ''],
  IsWhitespace: [
    '\\t-\\r\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}',
    '',
  ],
};

/**
 * Compiles a pattern of an AWS model.
 *
 * @throws {UnsupportedPattern} when no linear-time equivalent is known.
 */
export function compilePattern(pattern: string): CompiledPattern {
  const relaxed: number[] = [];
  const matches = compileAlternatives(pattern.startsWith('(?s)') ? dotAll(pattern.slice(4)) : pattern, relaxed);
  return { matches, exactLengthMax: relaxed.length > 0 ? Math.min(...relaxed) : undefined };
}

/** After `(?s)` a dot is any character. */
function dotAll(pattern: string): string {
  let out = '';
  forEachToken(pattern, (token) => (out += token === '.' ? '[\\s\\S]' : token));
  return out;
}

type Matches = (value: string) => boolean;

/**
 * A look-ahead at the very start of an alternative is a second question about the same value, so it becomes a pattern of its own.
 * That covers most of the look-arounds in AWS's models (`^(?!aws:).*`); look-arounds elsewhere are left to the engine,
 * which knows look-behinds and refuses the rest.
 */
function compileAlternatives(pattern: string, relaxed: number[]): Matches {
  if (!pattern.includes('(?=') && !pattern.includes('(?!')) return compileWhole(pattern, relaxed);
  const alternatives = splitAlternatives(pattern).map((alternative) => compileAlternative(alternative, relaxed));
  return (value) => alternatives.some((matches) => matches(value));
}

function compileAlternative(alternative: string, relaxed: number[]): Matches {
  const conditions: Matches[] = [];
  let rest = alternative;
  for (;;) {
    if (rest.startsWith('^')) {
      rest = rest.slice(1);
      continue;
    }
    const positive = rest.startsWith('(?=');
    if (!positive && !rest.startsWith('(?!')) break;
    const end = groupEnd(rest);
    const found = compileRe2(`^(?:${translate(rest.slice(3, end), relaxed, true)})`);
    conditions.push((value) => found.test(value) === positive);
    rest = rest.slice(end + 1);
  }
  const inner = unwrapped(rest);
  const matches = inner === undefined ? compileWhole(rest, relaxed) : compileAlternatives(inner, relaxed);
  return (value) => conditions.every((holds) => holds(value)) && matches(value);
}

/** The inside of a pattern that is one plain group, with or without a `$` after it. */
function unwrapped(pattern: string): string | undefined {
  if (!pattern.startsWith('(') || (pattern[1] === '?' && pattern[2] !== ':')) return undefined;
  const end = groupEnd(pattern);
  const after = pattern.slice(end + 1);
  if (after !== '' && after !== '$') return undefined;
  return pattern.slice(pattern[1] === '?' ? 3 : 1, end);
}

function compileWhole(pattern: string, relaxed: number[]): Matches {
  // Long prompts pass through such patterns; there is nothing to find out about them.
  if (pattern === '[\\s\\S]*' || pattern === '[\\S\\s]*') return () => true;
  if (pattern === '[\\s\\S]+' || pattern === '[\\S\\s]+') return (value) => value !== '';
  const whole = compileRe2(translate(pattern, relaxed, false));
  return (value) => whole.testExact(value);
}

function compileRe2(translated: string): RE2JS {
  try {
    return RE2JS.compile(translated, translated.includes('(?<') ? RE2JS.LOOKBEHINDS : 0);
  } catch (error) {
    throw new UnsupportedPattern(error instanceof Error ? error.message : String(error));
  }
}

/** Cuts a pattern at the `|` that stand in no group and no class. */
function splitAlternatives(pattern: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  forEachToken(pattern, (token, at) => {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '|' && depth === 0) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
  });
  return [...parts, pattern.slice(start)];
}

/** The index of the `)` that closes the group at the start of a pattern. */
function groupEnd(pattern: string): number {
  let depth = 0;
  let end = -1;
  forEachToken(pattern, (token, at) => {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    if (depth === 0 && end < 0) end = at;
  });
  if (end < 0) throw new UnsupportedPattern('missing closing )');
  return end;
}

/** Calls back for each element of a pattern: an escape, a character class as a whole, or one character. */
function forEachToken(pattern: string, visit: (token: string, at: number) => void): void {
  for (let at = 0; at < pattern.length;) {
    const token = readToken(pattern, at);
    visit(token, at);
    at += token.length;
  }
}

function readToken(pattern: string, at: number): string {
  if (pattern[at] === '\\') return readEscape(pattern, at);
  if (pattern[at] !== '[') return String.fromCodePoint(pattern.codePointAt(at)!);
  let end = at + (pattern[at + 1] === '^' ? 2 : 1);
  // A ] that comes first is itself.
  if (pattern[end] === ']') end += 1;
  while (end < pattern.length && pattern[end] !== ']') {
    if (pattern[end] === '[') throw new UnsupportedPattern('a class within a class');
    if (pattern.startsWith('&&', end)) throw new UnsupportedPattern('an intersection of classes');
    end += pattern[end] === '\\' ? readEscape(pattern, end).length : 1;
  }
  if (end >= pattern.length) throw new UnsupportedPattern('missing closing ]');
  return pattern.slice(at, end + 1);
}

/** Two code units that are the halves of one character are one escape, as in Java. */
const ESCAPE =
  /^\\(?:u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]+\}|[pP]\{\^?\w+\}|[\s\S])/u;

function readEscape(pattern: string, at: number): string {
  const escape = ESCAPE.exec(pattern.slice(at));
  if (escape === null) throw new UnsupportedPattern('trailing backslash');
  return escape[0];
}

/** Rewrites Java's dialect as RE2's. `ahead`: the text is of a look-ahead, which need not reach the value's end. */
function translate(pattern: string, relaxed: number[], ahead: boolean): string {
  let out = '';
  let afterQuantifier = false;
  let previous = '';
  for (let at = 0; at < pattern.length;) {
    const repeat = /^\{(\d+)(?:(,)(\d*))?\}/.exec(pattern.slice(at));
    if (repeat !== null && at > 0) {
      out += translateRepeat(repeat, relaxed);
      at += repeat[0].length;
      afterQuantifier = true;
      continue;
    }
    const token = readToken(pattern, at);
    at += token.length;
    const quantifier = token === '*' || token === '+' || token === '?';
    if (quantifier && afterQuantifier) {
      // A possessive repeat (`x++`) gives nothing back; RE2 has none. Without backtracking into it, it accepts what the plain
      // repeat accepts, as far as the patterns of AWS go.
      if (token !== '+') out += token;
      afterQuantifier = false;
      continue;
    }
    // After an opening parenthesis a ? is the start of what kind of group it is.
    afterQuantifier = quantifier && previous !== '(';
    previous = token;
    if (token.startsWith('[')) out += translateClass(token);
    else if (token.startsWith('\\')) out += translateEscape(token, false);
    else if (token === '.') out += `[^${LINE_TERMINATORS}]`;
    // Java's $ also stands before the last line terminator. A full match cannot end there, a look-ahead can.
    else if (token === '$' && ahead) out += `(?:\\r\\n|[${LINE_TERMINATORS}])?$`;
    else out += token;
  }
  return out;
}

function translateRepeat(repeat: RegExpExecArray, relaxed: number[]): string {
  const [text, least, comma, most] = repeat;
  if (Number(least) > REPEAT_MAX) throw new UnsupportedPattern(`repeat of ${least}`);
  if (comma === undefined || most === undefined || most === '' || Number(most) <= REPEAT_MAX) return text;
  relaxed.push(Number(most));
  return `{${least},}`;
}

function translateClass(token: string): string {
  const negated = token[1] === '^';
  let out = negated ? '[^' : '[';
  let at = negated ? 2 : 1;
  // All that lies beyond the first 65,536 characters is also written with the ends of its halves swapped.
  const inside = token.slice(0, -1).replace(/\\uD800\\uDBFF-\\uDC00\\uDFFF/gi, '\\x{10000}-\\x{10FFFF}');
  for (let first = true; at < inside.length; first = false) {
    if (inside[at] === '\\') {
      const escape = readEscape(inside, at);
      out += translateEscape(escape, true);
      at += escape.length;
    } else {
      out += first && inside[at] === ']' ? '\\]' : inside[at];
      at += 1;
    }
  }
  return `${out}]`;
}

function translateEscape(escape: string, insideClass: boolean): string {
  const units = Array.from(escape.matchAll(/\\u([0-9A-Fa-f]{4})/g), ([, hex]) => Number.parseInt(hex!, 16));
  if (units.length > 0)
    return `\\x{${String.fromCharCode(...units)
      .codePointAt(0)!
      .toString(16)}}`;
  const set = (text: string): string => (insideClass ? text : `[${text}]`);
  if (escape === '\\s') return set(SPACE);
  if (escape === '\\S') return set(NOT_SPACE);
  if (escape === '\\h') return set('\\t\\x20\\x{a0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}');
  const property = /^\\([pP])\{(\w+)\}$/.exec(escape);
  if (property !== null) {
    const known = PROPERTIES[property[2]!];
    const text = known?.[property[1] === 'p' ? 0 : 1];
    if (known !== undefined && text === '') throw new UnsupportedPattern(`complement of ${property[2]}`);
    return text === undefined ? escape : set(text);
  }
  // Java lets any character that is no letter or digit be escaped, RE2 only punctuation of ASCII.
  const code = escape.codePointAt(1)!;
  return code <= 0x20 || code > 0x7f ? escape.slice(1) : escape;
}
