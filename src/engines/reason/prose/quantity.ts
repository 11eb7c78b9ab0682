import { unitOf, businessDay, type Unit } from './units.ts';
import type { Token } from './tokens.ts';

export type Comparator = '<' | '<=' | '=' | '>=' | '>' | 'distinct';

/** A number in a text, with what it is compared by. */
export type Quantity = {
  comparator: Comparator;
  value: string;
  /** Of a range: the upper end; the comparator is `>=` then. */
  upTo?: string;
  unit?: Unit;
  /** `per week`: the unit's name. */
  per?: string;
  /** What the comparison is of: a time limit (`within`, `after`) or an amount. */
  kind: 'amount' | 'limit';
  /** `N days ago`, `N years old`, `N or older`. */
  about?: 'ago' | 'age';
  /** The tokens it takes, from `start` up to `end`. */
  start: number;
  end: number;
};

/** Words before a number, longest first. */
const BEFORE: readonly [words: string, comparator: Comparator, kind?: 'limit'][] = [
  ['greater than or equal to', '>='],
  ['more than or equal to', '>='],
  ['less than or equal to', '<='],
  ['fewer than or equal to', '<='],
  ['not be more than', '<='],
  ['no more than', '<='],
  ['not more than', '<='],
  ['no fewer than', '>='],
  ['no less than', '>='],
  ['not less than', '>='],
  ['not fewer than', '>='],
  ['no later than', '<=', 'limit'],
  ['not later than', '<=', 'limit'],
  ['no earlier than', '>=', 'limit'],
  ['no longer than', '<='],
  ['a maximum of', '<='],
  ['the maximum of', '<='],
  ['maximum of', '<='],
  ['maximum', '<='],
  ['up to a maximum of', '<='],
  ['a minimum of', '>='],
  ['the minimum of', '>='],
  ['minimum of', '>='],
  ['minimum', '>='],
  ['a total of', '='],
  ['in excess of', '>'],
  ['not equal to', 'distinct'],
  ['other than', 'distinct'],
  ['equal to', '='],
  ['greater than', '>'],
  ['more than', '>'],
  ['older than', '>'],
  ['longer than', '>'],
  ['larger than', '>'],
  ['higher than', '>'],
  ['heavier than', '>'],
  ['later than', '>', 'limit'],
  ['less than', '<'],
  ['fewer than', '<'],
  ['younger than', '<'],
  ['shorter than', '<'],
  ['smaller than', '<'],
  ['lower than', '<'],
  ['lighter than', '<'],
  ['at least', '>='],
  ['at the least', '>='],
  ['at most', '<='],
  ['at the most', '<='],
  ['not exceeding', '<='],
  ['not exceed', '<='],
  ['not over', '<='],
  ['not above', '<='],
  ['up to', '<='],
  ['exceeding', '>'],
  ['exceeds', '>'],
  ['exceed', '>'],
  ['exceeded', '>'],
  ['exactly', '='],
  ['equals', '='],
  ['equal', '='],
  ['over', '>'],
  ['above', '>'],
  ['beyond', '>'],
  ['under', '<'],
  ['below', '<'],
  ['within', '<=', 'limit'],
  ['after', '>', 'limit'],
  ['for more than', '>'],
  ['aged', '='],
];
/** Words after a number and its unit. */
const AFTER: readonly [words: string, comparator: Comparator, about?: 'age'][] = [
  ['or more', '>='],
  ['or above', '>='],
  ['or over', '>=', 'age'],
  ['or older', '>=', 'age'],
  ['or longer', '>='],
  ['or higher', '>='],
  ['or greater', '>='],
  ['and above', '>='],
  ['and over', '>=', 'age'],
  ['and older', '>=', 'age'],
  ['and up', '>='],
  ['or less', '<='],
  ['or fewer', '<='],
  ['or below', '<='],
  ['or under', '<='],
  ['or lower', '<='],
  ['or shorter', '<='],
  ['or younger', '<=', 'age'],
  ['or less than', '<='],
];
const PER = new Set(['per', 'a', 'an', 'each', 'every', '/']);

const matches = (tokens: readonly Token[], at: number, words: string): number => {
  const list = words.split(' ');
  return list.every((word, index) => tokens[at + index]?.lower === word) ? list.length : 0;
};

/** Words that a comparison behind a number may stand apart from it by: "5 years of tenure or less". */
const APART_MAX = 4;

/** The tokens with each comparison beside its number. */
export function gathered(tokens: readonly Token[]): Token[] {
  const out = [...tokens];
  for (let at = 0; at < out.length; at++) {
    if (out[at]!.kind !== 'number') continue;
    const unit = unitAfter(out, at).end;
    if (out[unit]?.lower !== 'of') continue;
    const from = out.findIndex(({ lower }, index) => index > unit && (lower === 'or' || lower === 'and'));
    if (from < 0 || from - unit > APART_MAX) continue;
    const length = Math.max(0, ...AFTER.map(([words]) => matches(out, from, words)));
    if (length > 0) out.splice(unit, 0, ...out.splice(from, length));
  }
  return out;
}

/** The quantities of a text, first to last; undefined for a number that no comparison is known of (dates, clauses). */
export function quantitiesIn(tokens: readonly Token[]): Quantity[] {
  const found: Quantity[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.kind !== 'number') continue;
    const quantity = quantityAt(tokens, at, found.at(-1)?.end ?? 0);
    found.push(quantity);
    at = quantity.end - 1;
  }
  return found;
}

function quantityAt(tokens: readonly Token[], at: number, from: number): Quantity {
  let start = at;
  let comparator: Comparator = '=';
  let kind: 'amount' | 'limit' = 'amount';
  let about: 'ago' | 'age' | undefined;
  for (const [words, each, limit] of BEFORE) {
    const length = words.split(' ').length;
    if (at - length < from || !matches(tokens, at - length, words)) continue;
    if (at - length < start) {
      start = at - length;
      comparator = each;
      kind = limit ?? 'amount';
      about = /^(?:older|younger|aged)/.test(words) ? 'age' : undefined;
    }
  }
  if (tokens[at]!.plus) comparator = '>=';
  let end = at + 1;
  let value = tokens[at]!.value!;
  let upTo: string | undefined;
  let { unit, end: unitEnd } = unitAfter(tokens, at);
  // "between 5 and 10 days", "5 to 10 days", "5-10 days"
  const between = tokens[start - 1]?.lower === 'between' || tokens[start - 1]?.lower === 'from';
  const joint = tokens[unitEnd]?.lower;
  const far = tokens[unitEnd + 1];
  if (far?.kind === 'number' && start === at && (between ? ['and', 'to'] : ['to', '-', '–']).includes(joint ?? '')) {
    if (between) start--;
    upTo = far.value!;
    comparator = '>=';
    const second = unitAfter(tokens, unitEnd + 1);
    unit = second.unit ?? unit;
    unitEnd = second.end;
  }
  end = unitEnd;
  if (tokens[end]?.lower === 'old' || (tokens[end]?.lower === 'of' && tokens[end + 1]?.lower === 'age')) {
    about = 'age';
    end += tokens[end]!.lower === 'old' ? 1 : 2;
  }
  for (const [words, each, age] of AFTER) {
    const length = matches(tokens, end, words);
    if (length === 0) continue;
    comparator = each;
    end += length;
    if (age && (!unit || unit.name === 'year')) about = 'age';
    break;
  }
  if (tokens[end]?.lower === 'ago') {
    about = 'ago';
    end++;
  }
  const perUnit = PER.has(tokens[end]?.lower ?? '') && unit ? unitOf(tokens[end + 1]?.lower ?? '') : undefined;
  if (perUnit) end += 2;
  return {
    comparator,
    value,
    ...(upTo === undefined ? {} : { upTo }),
    ...(unit ? { unit } : {}),
    ...(perUnit ? { per: perUnit.name } : {}),
    kind,
    ...(about ? { about } : {}),
    start,
    end,
  };
}

function unitAfter(tokens: readonly Token[], at: number): { unit?: Unit; end: number } {
  const { sign } = tokens[at]!;
  const next = tokens[at + 1];
  if (sign !== undefined) {
    const unit = unitOf(sign)!;
    // "$5 dollars" and "5% percent" say it twice.
    return { unit, end: next && unitOf(next.lower)?.name === unit.name ? at + 2 : at + 1 };
  }
  if (next?.kind !== 'word') return { end: at + 1 };
  const second = tokens[at + 2]?.lower;
  if (['business', 'working'].includes(next.lower) && (second === 'days' || second === 'day'))
    return { unit: businessDay(), end: at + 3 };
  if (
    ['calendar', 'consecutive', 'full', 'complete', 'continuous'].includes(next.lower) &&
    second !== undefined &&
    unitOf(second)
  )
    return { unit: unitOf(second)!, end: at + 3 };
  const unit = unitOf(next.lower);
  return unit ? { unit, end: at + 2 } : { end: at + 1 };
}
