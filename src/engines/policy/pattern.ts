import type { ArnPattern, Context, Pattern, Token } from './types.ts';

/**
 * Wildcards and variables. Matching never backtracks over more than one star: pieces between stars are looked for from the left, each
 * once, which finds a match whenever there is one; so the time is bounded by the lengths of pattern and value.
 */
const VARIABLE = /\$\{([^}]*)\}/g;
const SPECIAL: Record<string, string> = { '*': '*', '?': '?', $: '$' };
/** `${aws:username, 'nobody'}` */
const WITH_DEFAULT = /^\s*([^,\s]+)\s*,\s*'([^']*)'\s*$/;

/** Splits a pattern into its tokens. `wild`: `*` and `?` are wildcards. `variables`: `${…}` are filled in (policy version 2012-10-17). */
export function tokenize(text: string, { wild, variables }: { wild: boolean; variables: boolean }): Token[] {
  const tokens: Token[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push(literal);
    literal = '';
  };
  const plain = (piece: string) => {
    for (const char of piece) {
      if (wild && char === '*') {
        flush();
        const last = tokens.at(-1);
        if (typeof last !== 'object' || !('any' in last)) tokens.push({ any: true });
      } else if (wild && char === '?') {
        flush();
        tokens.push({ one: true });
      } else literal += char;
    }
  };
  if (!variables) plain(text);
  else {
    let end = 0;
    for (const match of text.matchAll(VARIABLE)) {
      plain(text.slice(end, match.index));
      end = match.index + match[0].length;
      const special = SPECIAL[match[1]!];
      if (special !== undefined) {
        literal += special;
        continue;
      }
      flush();
      const withDefault = WITH_DEFAULT.exec(match[1]!);
      tokens.push(
        withDefault
          ? { variable: withDefault[1]!.toLowerCase(), fallback: withDefault[2]! }
          : { variable: match[1]!.trim().toLowerCase() },
      );
    }
    plain(text.slice(end));
  }
  flush();
  return tokens;
}

/** A pattern for strings; `fold`: whatever the case. */
export function pattern(
  text: string,
  { wild, variables, fold = false }: { wild: boolean; variables: boolean; fold?: boolean },
): Pattern {
  const tokens = tokenize(fold ? foldPattern(text) : text, { wild, variables });
  if (tokens.some((token) => typeof token === 'object' && 'variable' in token)) return { text, tokens };
  return { text, matches: matcher(tokens) };
}

/** Variables keep their case-insensitive names; what they are filled with is folded by the caller's comparison. */
const foldPattern = (text: string) => text.toLowerCase();

/** Whether `value` matches, variables filled from the request. A variable that the request lacks matches nothing. */
export function matches(one: Pattern, value: string, context: Context, fold = false): boolean {
  if (one.matches) return one.matches(value);
  const filled = fill(one.tokens!, context);
  // A variable that stands in a pattern a thousand times makes it long; one that asks for more than there is needs no look.
  if (filled === undefined || leastOf(filled) > value.length) return false;
  return matcher(fold ? filled.map((token) => (typeof token === 'string' ? token.toLowerCase() : token)) : filled)(
    value,
  );
}

/** Characters that a value must have at least, to match. */
const leastOf = (tokens: readonly Token[]) =>
  tokens.reduce((sum, token) => sum + (typeof token === 'string' ? token.length : 'any' in token ? 0 : 1), 0);

/** Tokens with variables replaced by what the request has for them, as plain text; undefined when it lacks one. */
export function fill(tokens: readonly Token[], context: Context): Token[] | undefined {
  const filled: Token[] = [];
  for (const token of tokens) {
    if (typeof token === 'string' || !('variable' in token)) {
      filled.push(token);
      continue;
    }
    const value = context(token.variable) ?? token.fallback;
    // A key with several values cannot stand in for one text.
    if (typeof value !== 'string') return undefined;
    filled.push(value);
  }
  return filled;
}

/** Variables of a pattern, in lower case. */
export const variablesOf = (one: Pattern): string[] =>
  (one.tokens ?? []).flatMap((token) => (typeof token === 'object' && 'variable' in token ? [token.variable] : []));

function matcher(tokens: readonly Token[]): (value: string) => boolean {
  if (tokens.length === 0) return (value) => value === '';
  if (tokens.every((token) => typeof token === 'string')) {
    const whole = tokens.join('');
    return (value) => value === whole;
  }
  const [first, second] = tokens;
  if (tokens.length === 1 && isAny(first!)) return () => true;
  if (tokens.length === 2 && typeof first === 'string' && isAny(second!)) return (value) => value.startsWith(first);
  if (tokens.length === 2 && isAny(first!) && typeof second === 'string') return (value) => value.endsWith(second);
  const pieces = piecesOf(tokens);
  return (value) => matchPieces(pieces, value);
}

const isAny = (token: Token) => typeof token === 'object' && 'any' in token;

/** A stretch between stars: characters, with `undefined` for any one. */
type Piece = { text: string; holes: boolean; chars: readonly (string | undefined)[] };

/** Stands for any character; no text has it. */
const HOLE = '\uFFFF';

function piecesOf(tokens: readonly Token[]): Piece[] {
  const pieces: (string | undefined)[][] = [[]];
  for (const token of tokens) {
    if (typeof token === 'string') pieces.at(-1)!.push(...token.split(''));
    else if ('any' in token) pieces.push([]);
    else pieces.at(-1)!.push(undefined);
  }
  return pieces.map((chars) => ({
    text: chars.map((char) => char ?? HOLE).join(''),
    holes: chars.includes(undefined),
    chars,
  }));
}

function matchPieces(pieces: readonly Piece[], value: string): boolean {
  const first = pieces[0]!;
  if (pieces.length === 1) return lengthOf(first) === value.length && fits(first, value, 0);
  const last = pieces.at(-1)!;
  if (value.length < lengthOf(first) + lengthOf(last)) return false;
  const end = value.length - lengthOf(last);
  if (!fits(first, value, 0) || !fits(last, value, end)) return false;
  let at = lengthOf(first);
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index]!;
    const found = find(piece, value, at, end);
    if (found < 0) return false;
    at = found + lengthOf(piece);
  }
  return at <= end;
}

const lengthOf = (piece: Piece) => piece.text.length;

function fits(piece: Piece, value: string, at: number): boolean {
  if (!piece.holes) return value.startsWith(piece.text, at);
  for (let index = 0; index < piece.text.length; index++) {
    const wanted = piece.text[index]!;
    if (wanted !== HOLE && value[at + index] !== wanted) return false;
  }
  return true;
}

function find(piece: Piece, value: string, from: number, end: number): number {
  if (!piece.holes) {
    const found = value.indexOf(piece.text, from);
    return found >= 0 && found + piece.text.length <= end ? found : -1;
  }
  const last = end - piece.text.length;
  // Most pieces are short, or differ at once; those that do neither are looked for in another way.
  const naive = Math.min(last, from + Math.floor(STEPS_MAX / piece.text.length));
  for (let at = from; at <= naive; at++) if (fits(piece, value, at)) return at;
  return naive < last ? findByBits(piece, value, naive + 1, end) : -1;
}

/** Steps that the plain way may take. */
const STEPS_MAX = 20_000;
const WORD_BITS = 32;

/**
 * Shift-And: bit n of `state` says whether the first n + 1 characters of the piece end here. Takes a 32nd of the product of the lengths,
 * whatever the texts are. Source: Baeza-Yates and Gonnet, "A new approach to text searching", 1992.
 */
function findByBits({ text }: Piece, value: string, from: number, end: number): number {
  const words = Math.ceil(text.length / WORD_BITS);
  const anywhere = new Uint32Array(words);
  const positions = new Map<number, number[]>();
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === HOLE.charCodeAt(0)) anywhere[index >>> 5]! |= 1 << (index & 31);
    else {
      const known = positions.get(code);
      if (known) known.push(index);
      else positions.set(code, [index]);
    }
  }
  const masks = new Map<number, Uint32Array>();
  const maskOf = (code: number) => {
    let mask = masks.get(code);
    if (!mask) {
      const where = positions.get(code);
      mask = where ? anywhere.slice() : anywhere;
      for (const index of where ?? []) mask[index >>> 5]! |= 1 << (index & 31);
      masks.set(code, mask);
    }
    return mask;
  };
  const state = new Uint32Array(words);
  const [lastWord, lastBit] = [words - 1, 1 << ((text.length - 1) & 31)];
  for (let at = from; at < end; at++) {
    const mask = maskOf(value.charCodeAt(at));
    let carry = 1;
    for (let word = 0; word < words; word++) {
      const bits = state[word]!;
      state[word] = ((bits << 1) | carry) & mask[word]!;
      carry = bits >>> 31;
    }
    if ((state[lastWord]! & lastBit) !== 0) return at - text.length + 1;
  }
  return -1;
}

const PARTS = 6;

/** Splits an ARN into its six parts; what follows the fifth colon is one. */
export function arnParts(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < PARTS - 1) {
    const colon = text.indexOf(':', from);
    if (colon < 0) break;
    parts.push(text.slice(from, colon));
    from = colon + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

/** The pattern of a resource: `*`, or an ARN whose parts are matched one by one. Variables may hold colons: they count as text. */
export function arnPattern(text: string, variables: boolean): ArnPattern {
  if (text === '*') return { text, all: true };
  return { text, all: false, parts: splitPattern(text).map((part) => pattern(part, { wild: true, variables })) };
}

/** As arnParts, but a colon within `${…}` divides nothing. */
export function splitPattern(text: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === '$' && text[index + 1] === '{') depth++;
    else if (char === '}' && depth > 0) depth--;
    if (char === ':' && depth === 0 && parts.length < PARTS) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

export function matchesArn(one: ArnPattern, parts: readonly string[], context: Context): boolean {
  if (one.all) return true;
  const wanted = one.parts!;
  if (wanted.length !== parts.length) return false;
  for (let index = wanted.length - 1; index >= 0; index--)
    if (!matches(wanted[index]!, parts[index]!, context)) return false;
  return true;
}
