import {
  BE,
  DO,
  FILLERS,
  HAVE,
  HEDGES,
  isVerb,
  MODALS,
  NOUN_VERBS,
  PREPOSITIONS,
  DETERMINERS,
  stem,
  VERBS,
} from './lexicon.ts';
import { Unread, type Phrase } from './meaning.ts';
import type { Token } from './tokens.ts';

/** The auxiliaries of a predicate, and what they say. */
export type VerbGroup = {
  about: Phrase['about'];
  negative: boolean;
  /** It is a form of "be". */
  be: boolean;
  /** It is a form of "have" that possesses. */
  have: boolean;
  /** "may only be …": what comes with it is a condition of it. */
  only: boolean;
  /** How many tokens it takes. */
  length: number;
};

const LINKING = new Set(['considered', 'deemed', 'regarded', 'treated', 'classified']);

/** Reads the auxiliaries that a predicate begins with. Throws Unread when they hedge. */
export function verbGroup(tokens: readonly Token[]): VerbGroup {
  const group: VerbGroup = { about: 'plain', negative: false, be: false, have: false, only: false, length: 0 };
  let permission: string | undefined;
  let at = 0;
  for (; at < tokens.length; at++) {
    const { lower } = tokens[at]!;
    const next = tokens[at + 1]?.lower ?? '';
    const modal = Object.hasOwn(MODALS, lower) ? MODALS[lower] : undefined;
    if (lower === 'not' || lower === 'never') group.negative = !group.negative;
    else if (lower === 'only') group.only = true;
    else if (modal === 'hedge' || (HEDGES.has(lower) && !['about', 'around', 'no'].includes(lower)))
      throw new Unread(`"${lower}" leaves it open`);
    else if (modal === 'allow' || modal === 'require') {
      group.about = modal;
      if (modal === 'allow') permission = lower;
    } else if ((HAVE.has(lower) || stem(lower) === 'need') && next === 'to') {
      group.about = 'require';
      at++;
    } else if (stem(lower) === 'need' && next === 'not') {
      group.about = 'require';
      group.negative = true;
      at++;
    } else if (BE.has(lower)) group.be = true;
    else if (group.be && LINKING.has(lower)) {
      // "is considered late", "are treated as contractors"
      if (next === 'as') at++;
      else if (next === 'to' && tokens[at + 2]?.lower === 'be') at += 2;
    } else if (HAVE.has(lower)) {
      const after =
        tokens.slice(at + 1).find((token) => token.lower !== 'not' && !FILLERS.has(token.lower))?.lower ?? '';
      if (after === 'been' || (isParticiple(after) && !DETERMINERS.has(after))) continue;
      group.have = true;
      at++;
      break;
    } else if (!DO.has(lower) && modal !== 'future' && !FILLERS.has(lower)) break;
  }
  group.length = at;
  // "may be eligible" is a guess; "may be returned" and "may return" are permissions.
  if (permission === 'may' && group.be && !group.negative && !isParticiple(tokens[at]?.lower ?? ''))
    throw new Unread('"may be" leaves it open');
  if (
    permission === 'may' &&
    group.be &&
    /^(?:eligible|entitled|required|subject|needed)$/.test(tokens[at]?.lower ?? '')
  )
    throw new Unread('"may be" leaves it open');
  return group;
}

export const isParticiple = (lower: string): boolean =>
  isVerb(lower) &&
  (/(?:ed|en|wn|pt|ght|ld|ft|id|st|nt|et|ne|ung|ade)$/.test(lower) || lower === 'begun' || lower === 'come');

/** Whether a predicate may begin at a token. */
const isAuxiliary = (lower: string): boolean =>
  BE.has(lower) ||
  HAVE.has(lower) ||
  DO.has(lower) ||
  Object.hasOwn(MODALS, lower) ||
  lower === 'not' ||
  lower === 'never';

/**
 * Where the predicate of a clause begins; -1 when there is none. A relative clause ("who have finished training") belongs to the
 * subject.
 */
export function verbAt(tokens: readonly Token[], { sure = false }: { sure?: boolean } = {}): number {
  const relative = tokens.findIndex(({ lower }, at) => at > 0 && ['who', 'which', 'that'].includes(lower));
  if (relative > 0) {
    const first = tokens[relative + 1]?.lower ?? '';
    const inner = isAuxiliary(first) || isVerb(first) ? relative + 1 : firstVerb(tokens, relative + 1, { sure: false });
    if (inner < 0) return -1;
    let at = inner + verbGroupLength(tokens.slice(inner));
    // What is joined to it by "and" belongs to it too.
    for (;;) {
      const next = firstVerb(tokens, at, { sure });
      if (next < 0) return relative === 0 ? inner : firstVerb(tokens, 0, { sure }, relative);
      const before = tokens[next - 1]?.lower;
      if (before === 'and' || before === 'or') at = next + Math.max(1, verbGroupLength(tokens.slice(next)));
      else return next;
    }
  }
  return firstVerb(tokens, 0, { sure });
}

function verbGroupLength(tokens: readonly Token[]): number {
  let at = 0;
  while (at < tokens.length && (isAuxiliary(tokens[at]!.lower) || FILLERS.has(tokens[at]!.lower))) at++;
  return at + (at === 0 || (tokens[at] && isVerb(tokens[at]!.lower)) ? 1 : 0);
}

function firstVerb(tokens: readonly Token[], from: number, { sure }: { sure: boolean }, to = tokens.length): number {
  let doubtful = -1;
  let plain = -1;
  for (let at = from; at < to; at++) {
    const { lower, kind } = tokens[at]!;
    if (kind !== 'word') continue;
    if (isAuxiliary(lower) || lower === 'needs' || (lower === 'need' && at > from)) {
      if (
        lower === 'not' &&
        tokens[at + 1] &&
        (PREPOSITIONS.has(tokens[at + 1]!.lower) || ['more', 'less', 'fewer'].includes(tokens[at + 1]!.lower))
      )
        continue;
      // A plain verb before it has an object that is no subject: "return items that are …" is left to the relative clause.
      return plain >= 0 ? plain : at;
    }
    if (at === 0 || !isVerb(lower)) continue;
    const before = tokens[at - 1]!.lower;
    if (DETERMINERS.has(before) || PREPOSITIONS.has(before) || before === 'and' || before === 'or' || before === ',')
      continue;
    // Participles after a noun are said of it: "items purchased online".
    const participle = lower.endsWith('ing') || (isParticiple(lower) && laterVerb(tokens, at + 1, to));
    if (participle) continue;
    if (NOUN_VERBS.has(stem(lower))) {
      if (doubtful < 0) doubtful = at;
    } else if (plain < 0) plain = at;
  }
  if (plain >= 0) return plain;
  return sure ? -1 : doubtful;
}

function laterVerb(tokens: readonly Token[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const { lower } = tokens[at]!;
    if (isAuxiliary(lower) && lower !== 'not') return true;
    if (
      VERBS.has(stem(lower)) &&
      !NOUN_VERBS.has(stem(lower)) &&
      !DETERMINERS.has(tokens[at - 1]!.lower) &&
      !PREPOSITIONS.has(tokens[at - 1]!.lower) &&
      !lower.endsWith('ing')
    )
      return true;
  }
  return false;
}

/** Whether a part of a coordination is a predicate of the same subject. */
export function beginsWithVerb(tokens: readonly Token[]): boolean {
  const first = tokens.find(({ lower }) => !FILLERS.has(lower));
  if (!first) return false;
  if (isAuxiliary(first.lower) && first.lower !== 'not') return true;
  const next = tokens[tokens.indexOf(first) + 1];
  if (!isVerb(first.lower) || first.lower.endsWith('ing') || isParticiple(first.lower)) return false;
  return (
    !NOUN_VERBS.has(stem(first.lower)) ||
    (next !== undefined && (DETERMINERS.has(next.lower) || next.kind === 'number'))
  );
}
