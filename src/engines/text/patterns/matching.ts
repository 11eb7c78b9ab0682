import { RE2JS, RE2JSException } from 're2js';
import { TextError } from '../words/error.ts';

/** A match of a pattern, by UTF-16 offsets. */
export type PatternSpan = { start: number; end: number };

const PATTERN_LENGTH_MAX = 2_000;
/** Instructions of the compiled program: what a match costs per character. `(\w{1,100}-){9}` has about 1,000. */
const PROGRAM_MAX = 10_000;
/** Spans of one search; beyond, the pattern matches nearly everywhere. */
const SPANS_MAX = 100_000;
const COMPILED_MAX = 500;

const compiled = new Map<string, RE2JS>();

/** What RE2 leaves out because it cannot be matched in linear time, and what the message calls it. */
const UNSUPPORTED: readonly [RegExp, string][] = [
  [/^\(\?=/, 'lookahead "(?=…)"'],
  [/^\(\?!/, 'negative lookahead "(?!…)"'],
  [/^\(\?<=/, 'lookbehind "(?<=…)"'],
  [/^\(\?<!/, 'negative lookbehind "(?<!…)"'],
  [/^\(\?>/, 'atomic group "(?>…)"'],
  [/^\(\?\(/, 'conditional group "(?(…)…)"'],
  [/^\\[1-9]/, 'backreference'],
  [/^\\k[<{']/, 'named backreference'],
  [/^\(\?P=/, 'named backreference'],
];

/**
 * The program of a pattern.
 *
 * @throws {TextError} `invalid` for what does not parse, `unsupported` for lookaround, backreferences and atomic or possessive groups,
 * `too_large` for a pattern of over 2,000 characters or 10,000 instructions.
 */
export function programOf(source: string): RE2JS {
  const known = compiled.get(source);
  if (known !== undefined) {
    compiled.delete(source);
    compiled.set(source, known);
    return known;
  }
  const made = compile(source);
  if (compiled.size >= COMPILED_MAX) compiled.delete(compiled.keys().next().value!);
  compiled.set(source, made);
  return made;
}

function compile(source: string): RE2JS {
  if (source === '') throw new TextError('invalid', 'The pattern is empty.');
  if (source.length > PATTERN_LENGTH_MAX) {
    throw new TextError('too_large', `The pattern has ${source.length} characters; at most ${PATTERN_LENGTH_MAX}.`);
  }
  const left = unsupportedIn(source);
  if (left !== undefined) {
    throw new TextError(
      'unsupported',
      `The pattern has a ${left.what} at position ${left.at}, which is not supported: patterns are matched in time linear in the text.`,
    );
  }
  let program: RE2JS;
  try {
    program = RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RangeError)
      throw new TextError('too_large', 'The pattern is nested too deeply.', { cause: error });
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, '');
    const large = /invalid repeat count|too large|nests too deeply/.test(reason);
    throw new TextError(large ? 'too_large' : 'invalid', `The pattern does not parse: ${reason}.`, { cause: error });
  }
  const size = program.programSize();
  if (size > PROGRAM_MAX) {
    throw new TextError('too_large', `The pattern compiles to ${size} instructions; at most ${PROGRAM_MAX}.`);
  }
  return program;
}

/** The first construct outside of character classes, escapes and \Q…\E that a linear-time engine does not have. */
function unsupportedIn(source: string): { what: string; at: number } | undefined {
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const rest = source.slice(at, at + 4);
    if (rest.startsWith('\\Q')) {
      const end = source.indexOf('\\E', at);
      at = end === -1 ? source.length : end + 1;
      continue;
    }
    if (!inClass) {
      const found = UNSUPPORTED.find(([construct]) => construct.test(rest));
      if (found) return { what: found[1], at };
      if (/^[*+?}]\+/.test(rest)) return { what: `possessive quantifier "${rest.slice(0, 2)}"`, at };
    }
    if (rest.startsWith('\\')) at++;
    else if (!inClass && rest.startsWith('[')) {
      inClass = true;
      // A bracket that comes first in a class is a member of it.
      if (/^\[\^?\]/.test(rest)) at += rest.startsWith('[^') ? 2 : 1;
    } else if (inClass && rest.startsWith(']')) inClass = false;
  }
  return undefined;
}

/**
 * The matches from the offset `from`, leftmost first and not overlapping; empty matches are left out.
 *
 * @param until asked after each match: true ends the search early. `next` is then where to go on.
 * @throws {TextError} `too_large` beyond 100,000 matches.
 */
export function search(
  program: RE2JS,
  text: string,
  { from, found, until }: { from: number; found: PatternSpan[]; until: () => boolean },
): { next: number | undefined } {
  const matcher = program.matcher(text);
  let at = from;
  while (at <= text.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start) found.push({ start, end });
    if (found.length > SPANS_MAX) {
      throw new TextError('too_large', `The pattern matches over ${SPANS_MAX} times in the text.`);
    }
    // Past an empty match by a whole character, never into a surrogate pair.
    at = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    if (until()) return { next: at };
  }
  return { next: undefined };
}
