import { LlmError } from '../types.ts';

const PATTERN_CHARS_MAX = 512;

/**
 * Model ids and ARNs, with `*` for any run of characters and `?` for any one.
 * @throws LlmError 'invalid'.
 */
export function checkPattern(pattern: string): void {
  if (pattern.length === 0 || pattern.length > PATTERN_CHARS_MAX || !/^[A-Za-z0-9.:/_*?@+-]+$/.test(pattern)) {
    throw new LlmError(
      'invalid',
      `"${pattern.slice(0, 80)}" is not a pattern of model ids: letters, digits and . : / _ - @ + with * and ?, at most ${PATTERN_CHARS_MAX}.`,
    );
  }
}

/** Whether a pattern matches the whole id; upper and lower case differ. Time is at most the product of both lengths. */
export function matchesPattern(pattern: string, id: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let retry = 0;
  while (of < id.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = of;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === id[of])) {
      at++;
      of++;
    } else if (star >= 0) {
      at = star + 1;
      of = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** The pattern that decides for an id: the id itself, else the one with the longest text before its first wildcard. */
export function bestPattern(patterns: Iterable<string>, id: string): string | undefined {
  let best: string | undefined;
  for (const pattern of patterns) {
    if (pattern === id) return pattern;
    if (matchesPattern(pattern, id) && (best === undefined || comparePatterns(pattern, best) < 0)) best = pattern;
  }
  return best;
}

/** Orders patterns by precedence, the more specific first; a total order, so that every process decides alike. */
export function comparePatterns(left: string, right: string): number {
  const rank = (pattern: string) => {
    const wildcard = pattern.search(/[*?]/);
    const literals = pattern.replaceAll(/[*?]/g, '').length;
    return { prefix: wildcard < 0 ? Number.POSITIVE_INFINITY : wildcard, literals };
  };
  const [a, b] = [rank(left), rank(right)];
  if (a.prefix !== b.prefix) return b.prefix > a.prefix ? 1 : -1;
  if (a.literals !== b.literals) return b.literals - a.literals;
  return left < right ? -1 : left > right ? 1 : 0;
}
