import { AMOUNTS, isContent, PERSONS, PREPOSITIONS } from './lexicon.ts';
import { and, contentOf, joined, negated, Unread, type Meaning, type Phrase, type Word } from './meaning.ts';
import { quantitiesIn, type Quantity } from './quantity.ts';
import type { Token } from './tokens.ts';
import { unitOf, type Unit } from './units.ts';

const AGE: Word = { stem: 'age', text: 'age' };
/** Words that say from when a time is counted. */
const SINCE = new Set(['of', 'after', 'from', 'since', 'following']);
const BEFORE = new Set(['before', 'prior']);
const MONTHS = /^(?:january|february|march|april|may|june|july|august|september|october|november|december)$/;

/** What the quantities are of when the words beside them do not say. */
export type Context = { words: Word[]; person: boolean; verb: Word[] };

/** What all quantities of some tokens say, together. Throws Unread. */
export function readMeasures(tokens: readonly Token[], context: Context): Meaning {
  return and(measuresIn(tokens, context).map(({ meaning }) => meaning));
}

/** Each quantity of some tokens, with whether it is a limit in time. Throws Unread: for dates, and where it is not said of what. */
export function measuresIn(tokens: readonly Token[], context: Context): { meaning: Meaning; limit: boolean }[] {
  const quantities = quantitiesIn(tokens);
  const rest = tokens.filter((_token, at) => !quantities.some(({ start, end }) => at >= start && at < end));
  for (const [at, { lower, value, sign }] of tokens.entries()) {
    if (MONTHS.test(lower) && (tokens[at + 1]?.kind === 'number' || tokens[at - 1]?.kind === 'number'))
      throw new Unread('dates are not read');
    if (
      value !== undefined &&
      sign === undefined &&
      /^(?:19|20)\d\d$/.test(value) &&
      /^(?:in|before|after|since|until|of)$/.test(tokens[at - 1]?.lower ?? '')
    )
      throw new Unread('dates are not read');
  }
  return quantities.map((quantity, index) => {
    const next = quantities[index + 1]?.start ?? tokens.length;
    return readQuantity(quantity, tokens, next, { ...context, others: quantities.length > 1 ? [] : rest });
  });
}

function readQuantity(
  quantity: Quantity,
  tokens: readonly Token[],
  next: number,
  { words: subject, person, verb, others }: Context & { others: readonly Token[] },
): { meaning: Meaning; limit: boolean } {
  const after = behind(tokens.slice(quantity.end, next), quantity);
  const before = tokens.slice(0, quantity.start);
  let unit = quantity.unit;
  let limit = quantity.kind === 'limit' || quantity.about === 'ago';
  const made = (words: Word[], shape: Phrase['shape'] = 'noun') => ({
    meaning: compared(quantity, { words, about: 'plain', shape }, unit),
    limit,
  });
  if (
    quantity.about === 'age' ||
    (person && !unit && ['>', '<', '>=', '<=', '='].includes(quantity.comparator) && after.length === 0)
  ) {
    // Years are what ages are told in.
    if (unit?.name === 'year') unit = undefined;
    return { ...made([AGE]), limit: false };
  }
  if (quantity.about === 'ago')
    return made(needOne(joined(verb, contentOf(before.filter((token) => !isPersonWord(token))).map(softened))));
  const marker = after[0]?.lower ?? '';
  if (unit && ['time', 'calendar', 'business day'].includes(unit.family) && BEFORE.has(marker)) {
    limit = true;
    return made(joined([{ stem: 'before', text: 'before' }], anchor(after.slice(1)), verb.map(softened)));
  }
  if (
    unit &&
    ['time', 'calendar', 'business day'].includes(unit.family) &&
    (limit || ['after', 'since', 'following', 'from'].includes(marker))
  ) {
    limit ||= marker !== 'of';
    const words = SINCE.has(marker) ? anchor(after.slice(1)) : anchor(after);
    return words.length > 0
      ? made(joined(words, verb.map(softened)), 'since')
      : made(needOne(joined(verb, subject)), 'until');
  }
  // "20 vacation days": the unit stands behind what it measures.
  let beside = withoutPer(after);
  if (!unit && beside.length > 1) {
    const last = beside.findIndex(({ lower }) => unitOf(lower) !== undefined);
    if (last > 0 && !beside.slice(0, last).some(({ lower }) => PREPOSITIONS.has(lower))) {
      unit = unitOf(beside[last]!.lower);
      beside = beside.toSpliced(last, 1);
    }
  }
  const near = contentOf(
    [...beside, ...(others.length > 0 ? before : [])].filter((token) => !isPersonWord(token)),
    ({ lower }) => AMOUNTS.has(lower),
  );
  let words = joined(verb, near.length > 0 ? near : subject);
  // "the leave days are 10", "the tenure in years is 5"
  const named = unit ? undefined : words.find(({ text }) => unitOf(text) !== undefined);
  if (named && words.length > 1) {
    unit = unitOf(named.text);
    words = words.filter((word) => word !== named);
  }
  if (words.length > 0 && words.every((word) => word.soft)) return made(joined(words.map(hardened)));
  return made(needOne(words));
}

/** What belongs to a quantity: of a time limit, up to the next preposition. */
function behind(tokens: readonly Token[], { kind }: Quantity): readonly Token[] {
  if (kind !== 'limit') return tokens;
  const end = tokens.findIndex(({ lower }, at) => at > 0 && PREPOSITIONS.has(lower) && !SINCE.has(lower));
  return end < 0 ? tokens : tokens.slice(0, end);
}

/** Without "per year", which says how often and not of what. */
function withoutPer(tokens: readonly Token[]): Token[] {
  const per = tokens.findIndex(({ lower }, at) => PER.has(lower) && unitOf(tokens[at + 1]?.lower ?? '') !== undefined);
  return per < 0 ? [...tokens] : tokens.toSpliced(per, 2);
}
const PER = new Set(['per', 'each', 'every', 'a']);

const isPersonWord = ({ lower }: Token) => PERSONS.has(lower);
const softened = (word: Word): Word => ({ ...word, soft: true });
const hardened = ({ stem, text }: Word): Word => ({ stem, text });

/** The event that a time is counted from. */
function anchor(tokens: readonly Token[]): Word[] {
  const words = contentOf(
    tokens.filter(({ lower }) => !['date', 'day', 'time', 'original', 'initial'].includes(lower)),
    ({ lower }) => AMOUNTS.has(lower),
  );
  // "of the purchase of the item": the first noun is the event.
  return words.map((word, at) => (at > 1 ? softened(word) : word));
}

function needOne(words: Word[]): Word[] {
  if (!words.some(({ text }) => isContent(text))) throw new Unread('a number of nothing that is named');
  return words;
}

function compared({ comparator, value, upTo, per }: Quantity, phrase: Phrase, unit: Unit | undefined): Meaning {
  const measure = (comparator: Quantity['comparator'], value: string): Meaning => ({
    kind: 'measure',
    phrase,
    comparator,
    value,
    ...(unit ? { unit } : {}),
    ...(per === undefined ? {} : { per }),
  });
  if (upTo !== undefined) return and([measure('>=', value), measure('<=', upTo)]);
  return comparator === 'distinct' ? negated(measure('=', value)) : measure(comparator, value);
}
