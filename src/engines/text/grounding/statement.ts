import { isContent, wordsOf } from '../words/stem.ts';
import { phraseAt } from './thesaurus.ts';

/** A word, phrase or number of a statement that carries content. */
export type Term = {
  /** Stem, or the stems of a phrase joined by "_"; of a number its value. */
  key: string;
  kind: 'word' | 'number' | 'name';
  /** How much it says: light verbs say little. */
  weight: number;
  /** Place among the words of the statement. */
  at: number;
  /** What a number counts or measures: the stem after it, "percent" and "$" included. */
  unit?: string;
  /** A negation denies it: "not open". */
  denied: boolean;
  text: string;
};

/** A statement taken apart. */
export type Statement = {
  text: string;
  terms: Term[];
  /** An odd number of negations: the statement denies something. */
  negative: boolean;
  /** Its clauses, when it has several: each has a polarity of its own. */
  parts: Statement[];
  /** A passive verb: the one who acts comes after "by". */
  passive: boolean;
};

const LIGHT = new Set(
  'be have do go take make get give come use keep put set let want need like know see thing way kind sort lot part fact case time place able also however good well such own'
    .split(' ')
    .concat([
      'therefor',
      'accord',
      'peopl',
      'person',
      'someon',
      'possibl',
      'includ',
      'please',
      'allow',
      'possibl',
      'mean',
      'call',
      'follow',
      'long',
    ]),
);

const NUMBERS = new Map<string, number>(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value] as const),
);
for (const [at, word] of 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').entries())
  NUMBERS.set(word, 20 + 10 * at);
for (const [word, value] of Object.entries({
  once: 1,
  twice: 2,
  thrice: 3,
  half: 0.5,
  dozen: 12,
  couple: 2,
  pair: 2,
  single: 1,
  double: 2,
  triple: 3,
  quarter: 0.25,
})) {
  NUMBERS.set(word, value);
}
const ORDINALS = new Map<string, number>(
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'
    .split(' ')
    .map((word, at) => [word, at + 1] as const),
);
const SCALES = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['k', 1_000],
  ['million', 1_000_000],
  ['mn', 1_000_000],
  ['m', 1_000_000],
  ['billion', 1_000_000_000],
  ['bn', 1_000_000_000],
  ['trillion', 1_000_000_000_000],
]);
const UNITS = new Map(
  `percent % pct|dollar $ usd|euro € eur|pound £ gbp|kilogram kg kilo|gram g|meter metre m|kilometer kilometre km|centimeter centimetre cm|litre liter l|
milliliter ml|gigabyte gb|megabyte mb|terabyte tb|hour h hr|minute min|second s sec|degree °|mile mi`
    .split('|')
    .flatMap((line) => {
      const [base, ...forms] = line.trim().split(' ');
      return [base!, ...forms].map((form) => [form, base!] as const);
    }),
);
const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const NEGATIONS =
  /^(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|hardly|barely|nowhere|n't|unable|fails?|failed|refuse[sd]?|denied|denies|lacks?|except|excluding|besides)$|n't$/;
const PASSIVE = /\b(?:is|are|was|were|been|being|be)\s+(?:\w+ly\s+)?\w+(?:ed|en|wn|ne|ght|lt|nt|de|ut|und|ld)\s+by\b/i;
const NAME = /^\p{Lu}|\p{Ll}\p{Lu}/u;
const EXISTS_NOT =
  /\b(?:is|are|was|were|been|be)\s+(?:(?:not|never|no longer)\s+(?:\w+\s+)?(?:available|possible|allowed|permitted|offered|provided|included|covered|accepted|supported|there)|(?:strictly\s+)?(?:forbidden|banned|prohibited|abolished|excluded|unavailable|cancelled|impossible))\b|\bno longer\b/i;

/**
 * Takes a statement apart.
 *
 * @param names lower-case words that are names although they begin the statement.
 */
export function statementOf(text: string, names: ReadonlySet<string>, whole = true): Statement {
  const words = wordsOf(text);
  const stems = words.map(({ stem }) => stem);
  const terms: Term[] = [];
  let negations = 0;
  // The words after a negation that it denies: the next one of content, with the light verb before it ("did not take part").
  let denies = false;
  const push = (term: Omit<Term, 'denied'>): void => {
    terms.push({ ...term, denied: denies });
    if (term.weight >= 1) denies = false;
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const number = numberAt(words, at, text);
    if (number) {
      push({ key: String(number.value), kind: 'number', weight: 1.5, at, unit: number.unit, text: number.text });
      at = number.last;
      continue;
    }
    const phrase = phraseAt(stems, at);
    if (phrase) {
      const said = words.slice(at, at + phrase.length).map((each) => each.text);
      push({ key: phrase.join('_'), kind: 'word', weight: 1, at, text: said.join(' ') });
      at += phrase.length - 1;
      continue;
    }
    if (NEGATIONS.test(word.lower)) {
      negations++;
      denies = true;
      continue;
    }
    // A new clause is not denied by the one before.
    if (at > 0 && /[,;:]/.test(text.slice(words[at - 1]!.end, word.start))) denies = false;
    const starts = at === 0 || /[.!?:]\s*$/.test(text.slice(0, word.start));
    // "Peter Lund" at the head of a sentence: two capitals in a row are a name there too.
    const named =
      names.has(word.lower) ||
      (isContent(word) && NAME.test(words[at + 1]?.text ?? '') && words[at + 1]!.start === word.end + 1);
    const name = NAME.test(word.text) && word.lower !== 'i' && (!starts || named);
    if (name && (isContent(word) || MONTHS.includes(word.lower))) {
      push({ key: word.stem, kind: 'name', weight: 1.5, at, text: word.text });
    } else if (isContent(word)) {
      push({ key: word.stem, kind: 'word', weight: LIGHT.has(word.stem) ? 0.2 : 1, at, text: word.text });
    }
  }
  // "Parking is not available" denies the parking.
  if (EXISTS_NOT.test(text)) for (const term of terms) term.denied = true;
  const clauses = whole ? clausesOf(text) : [];
  const parts = clauses.length > 1 ? clauses.map((clause) => statementOf(clause, names, false)) : [];
  return { text, terms, parts, negative: negations % 2 === 1, passive: PASSIVE.test(text) };
}

/** The number that begins at a word: digits, words ("twenty-five thousand"), with its scale and unit. */
function numberAt(
  words: ReturnType<typeof wordsOf>,
  at: number,
  text: string,
): { value: number; unit: string; last: number; text: string } | undefined {
  const first = words[at]!;
  const before = text.slice(Math.max(0, first.start - 2), first.start);
  let value: number | undefined;
  let last = at;
  let unit = '';
  const digits = /^(\d[\d.,]*)(st|nd|rd|th|[a-z%]{1,3})?$/i.exec(first.lower);
  if (digits) {
    value = Number(digits[1]!.replace(/,(?=\d{3}(?:\D|$))/g, '').replace(',', '.'));
    const suffix = digits[2] ?? '';
    if (SCALES.has(suffix)) value *= SCALES.get(suffix)!;
    else if (UNITS.has(suffix)) unit = UNITS.get(suffix)!;
    else if (/^(?:st|nd|rd|th)$/.test(suffix)) unit = 'ordinal';
    else if (suffix !== '') return undefined;
  } else if (NUMBERS.has(first.lower)) {
    // "One" alone is mostly a pronoun or an article.
    if (
      first.lower === 'one' &&
      !/^(?:of|percent|day|week|month|year|hour|minute|tablet|goal|piece|times?|hundred|thousand|million)/.test(
        words[at + 1]?.lower ?? '',
      )
    )
      return undefined;
    value = NUMBERS.get(first.lower)!;
    const ones = NUMBERS.get(words[at + 1]?.lower ?? '');
    if (value >= 20 && value % 10 === 0 && ones !== undefined && ones < 10 && ones > 0) {
      value += ones;
      last = at + 1;
    }
  } else if (ORDINALS.has(first.lower)) {
    value = ORDINALS.get(first.lower)!;
    // "First" and "second" order things more often than they count them.
    if (value <= 2) return undefined;
    unit = 'ordinal';
  }
  if (value === undefined || Number.isNaN(value)) return undefined;
  for (
    let next = words[last + 1];
    next !== undefined && SCALES.has(next.lower) && next.lower.length > 1;
    next = words[last + 1]
  ) {
    value *= SCALES.get(next.lower)!;
    last++;
  }
  if (/[$€£]\s?$/.test(before)) unit = UNITS.get(before.trim().slice(-1))!;
  if (text[words[last]!.end] === '%') unit = 'percent';
  if (unit === '') {
    const next = words[last + 1];
    if (next !== undefined && /^[\s-]$/.test(text.slice(words[last]!.end, next.start)))
      unit = UNITS.get(next.lower) ?? UNITS.get(next.stem) ?? next.stem;
  }
  return {
    value,
    unit,
    last,
    text: words
      .slice(at, last + 1)
      .map((each) => each.text)
      .join(' '),
  };
}

/** Content words that a clause must have to state something by itself. */
const CLAUSE_WORDS_MIN = 2;
const JOINT = /;\s+|,\s+(?:and|but|while|whereas|which|so|yet|or)\s+|,\s+|\s+(?:but|while|whereas)\s+/giu;
const VERB =
  /\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|could|may|might|will|would|shall|should|must|costs?|pays?|gets?|gives?|takes?|runs?|goes|went|made|makes|says?|said|fell|rose|began|won|lost|found|led|built|held|kept|left|met|paid|sold|bought|sent|spent|stood|took|taught|told|came|gave|grew|knew|saw|wrote|became|broke|brought|chose|drew|drove|ate|flew|forgot|got|hid|lay|ran|sank|spoke|wore|lives?|lies|works?|needs?|shows?|offers?|\w{3,}(?:ed|ies))\b/i;

/** The clauses of a sentence that state something by themselves: cut where both sides have a verb and content. */
export function clausesOf(sentence: string): string[] {
  const clauses: string[] = [];
  let start = 0;
  for (const match of sentence.matchAll(JOINT)) {
    const [left, right] = [sentence.slice(start, match.index), sentence.slice(match.index + match[0].length)];
    if (!states(left) || !states(right)) continue;
    clauses.push(left);
    start = match.index + match[0].length;
  }
  return [...clauses, sentence.slice(start)].filter((clause) => /[\p{L}\p{N}]/u.test(clause));
}

const states = (part: string): boolean => VERB.test(part) && wordsOf(part).filter(isContent).length >= CLAUSE_WORDS_MIN;
