import { AMOUNTS, BE, DETERMINERS, HAVE, HEDGES, isVerb, PERSONS, PREPOSITIONS, PRONOUNS, THINGS } from './lexicon.ts';
import { and, contentOf, negated, or, Unread, type Meaning, type Names, type Word } from './meaning.ts';
import { quantitiesIn } from './quantity.ts';
import { readMeasures } from './measure.ts';
import type { Token } from './tokens.ts';

/** A noun with what is said of it: "full-time employees with more than 5 years of tenure". */
export type Noun = {
  /** What must hold of it. */
  conditions: Meaning[];
  /** The words of the noun itself. */
  words: Word[];
  /** One of those a policy is about in any case: it makes no condition. */
  generic: 'person' | 'thing' | undefined;
  /** A kind of people: it makes a condition where others are what is spoken of. */
  role: boolean;
  /** "the manager": a certain one. */
  definite: boolean;
  negative: boolean;
  only: boolean;
};

const RELATIVES = new Set(['who', 'that', 'which', 'whose', 'whom']);
const ROLES = new Set(
  'contractor manager director supervisor intern veteran retiree dependent spouse parent freelancer consultant vendor supplier executive officer senior minor volunteer teacher nurse doctor engineer admin administrator trainee apprentice member nonmember citizen foreigner temp reseller agent partner soldier teen teenager adult infant pensioner beginner expert professor'.split(
    ' ',
  ),
);
const NO_ROLES = new Set(
  'orders offers numbers vouchers transfers letters papers errors fees computers containers trailers doors floors colors factors vectors'.split(
    ' ',
  ),
);
const QUANTIFIERS = new Set(['all', 'every', 'each', 'any']);

const singular = (lower: string) => (lower.endsWith('s') ? lower.slice(0, -1) : lower);
const isPerson = (lower: string) =>
  PERSONS.has(lower) || PERSONS.has(singular(lower)) || lower === 'people' || lower === 'children';
const isRole = (lower: string) =>
  ROLES.has(lower) || ROLES.has(singular(lower)) || (/(?:ers|ors|ees|ists)$/.test(lower) && !NO_ROLES.has(lower));
const isThing = (lower: string) => THINGS.has(lower) || THINGS.has(singular(lower));

/** Reads the words of a verb phrase with its noun; handed in, since the two call each other. */
export type ReadPredicate = (subject: Noun, tokens: readonly Token[]) => { meaning: Meaning; conditions: Meaning[] };
export type Reader = { names: Names; predicate: ReadPredicate };

/** Reads a noun phrase. Throws Unread. */
export function readNoun(all: readonly Token[], reader: Reader): Noun {
  let at = 0;
  const noun: Noun = {
    conditions: [],
    words: [],
    generic: undefined,
    role: false,
    definite: false,
    negative: false,
    only: false,
  };
  for (; at < all.length; at++) {
    const { lower } = all[at]!;
    if (lower === 'no' || lower === 'none') noun.negative = true;
    else if (lower === 'only' || lower === 'just') noun.only = true;
    else if (lower === 'the') noun.definite = true;
    else if (HEDGES.has(lower)) throw new Unread(`"${lower}" says that it does not hold of all`);
    else if (!(DETERMINERS.has(lower) || QUANTIFIERS.has(lower) || (lower === 'of' && at > 0) || lower === 'both'))
      break;
  }
  const tokens = all.slice(at);
  if (tokens.length === 0) {
    noun.generic = 'person';
    return noun;
  }
  // "managers and directors": any of them.
  const spans = quantitiesIn(tokens);
  const joint = tokens.findIndex(
    ({ lower }, index) =>
      index > 0 &&
      !spans.some(({ start, end }) => index >= start && index < end) &&
      (lower === 'and' || lower === 'or') &&
      isJoint(tokens, index),
  );
  if (joint > 0 && !tokens.slice(0, joint).some(({ lower }) => RELATIVES.has(lower) || PREPOSITIONS.has(lower))) {
    const sides = splitList(tokens).map((side) => asCondition(readNoun(side, reader)));
    const parts = sides.flatMap((side) => (side ? [side] : []));
    if (parts.length > 1) return { ...noun, conditions: [or(parts)], generic: 'person' };
  }
  // "a $50 expense": what it amounts to stands before it.
  const [leading] = spans;
  if (leading?.start === 0 && leading.unit && leading.end < tokens.length && tokens[leading.end]!.lower !== 'of') {
    const measured = readNoun(tokens.slice(leading.end), reader);
    const words = measured.words.length > 0 ? measured.words : contentOf(tokens.slice(leading.end, leading.end + 1));
    const amount = readMeasures(tokens.slice(0, leading.end), { words, person: false, verb: [] });
    return {
      ...measured,
      ...noun,
      conditions: [amount, ...measured.conditions],
      words: measured.words,
      generic: measured.generic ?? 'thing',
    };
  }
  const end = coreEnd(tokens, reader.names);
  readCore(tokens.slice(0, end), noun, reader.names);
  readModifiers(tokens.slice(end), noun, reader, tokens.slice(0, end));
  return noun;
}

/** Whether an "and" joins two nouns, and not something deeper. */
function isJoint(tokens: readonly Token[], index: number): boolean {
  const after = tokens[index + 1]?.lower ?? '';
  return after !== '' && !isVerb(after) && !BE.has(after) && !HAVE.has(after) && tokens[index + 1]!.kind === 'word';
}

function splitList(tokens: readonly Token[]): Token[][] {
  const out: Token[][] = [[]];
  for (const token of tokens) {
    if (token.lower === ',' || token.lower === 'and' || token.lower === 'or') {
      if (out.at(-1)!.length > 0) out.push([]);
    } else out.at(-1)!.push(token);
  }
  return out.filter((side) => side.length > 0);
}

function coreEnd(tokens: readonly Token[], names: Names): number {
  const firstQuantity = quantitiesIn(tokens)[0]?.start ?? tokens.length;
  for (let at = 0; at < tokens.length; at++) {
    const { lower } = tokens[at]!;
    if (at >= firstQuantity && at > 0) return at;
    const value = names.valueAt(tokens, at);
    if (value) {
      at += value.length - 1;
      continue;
    }
    if (RELATIVES.has(lower)) return at;
    if (PREPOSITIONS.has(lower) && at > 0) return at;
    if (
      at > 0 &&
      at < tokens.length - 1 &&
      /(?:ing|ed|ought|old)$/.test(lower) &&
      isVerb(lower) &&
      !isVerb(tokens[at + 1]!.lower) &&
      (isNounEnd(tokens[at - 1]!) || PREPOSITIONS.has(tokens[at + 1]!.lower))
    )
      return at;
  }
  return tokens.length;
}

/** Whether a word may end a noun: what comes after it is said of it. */
const isNounEnd = ({ lower }: Token) => isPerson(lower) || isThing(lower) || isRole(lower) || lower.endsWith('s');

function readCore(core: readonly Token[], noun: Noun, names: Names): void {
  const rest: Token[] = [];
  const values: Meaning[] = [];
  for (let at = 0; at < core.length; at++) {
    const value = names.valueAt(core, at);
    if (value) {
      values.push({
        kind: 'choice',
        type: value.type,
        value: value.value,
        phrase: { words: [], about: 'plain', shape: 'is' },
      });
      at += value.length - 1;
    } else if (HEDGES.has(core[at]!.lower)) throw new Unread(`"${core[at]!.lower}" leaves it open`);
    else if (!['and', 'or', ','].includes(core[at]!.lower)) rest.push(core[at]!);
  }
  const head = rest.at(-1)?.lower ?? '';
  noun.generic = PRONOUNS.has(head) || isPerson(head) ? 'person' : isThing(head) ? 'thing' : undefined;
  noun.role = !noun.generic && isRole(head);
  if (values.length > 0) {
    noun.conditions.push(or(values));
    // "Gold members" are members by being Gold.
    noun.generic ??= 'person';
    noun.words = [];
    return;
  }
  const adjectives = noun.generic ? rest.slice(0, -1) : [];
  const words = contentOf(adjectives);
  if (noun.generic && words.length > 0) {
    const more = noun.generic === 'thing' ? contentOf([rest.at(-1)!], () => true) : [];
    noun.conditions.push({ kind: 'fact', phrase: { words: [...words, ...more], about: 'plain', shape: 'is' } });
  }
  noun.words =
    noun.generic === 'person' ? [] : contentOf(rest, ({ lower }) => noun.generic === 'thing' || AMOUNTS.has(lower));
  if (noun.words.length > 0 && noun.words.every((word) => word.soft) && noun.generic !== 'thing')
    noun.words = noun.words.map(({ stem, text }) => ({ stem, text }));
}

/** What comes after the noun: "with …", "who …", "over $50", "in Germany". */
function readModifiers(tokens: readonly Token[], noun: Noun, reader: Reader, core: readonly Token[]): void {
  if (tokens.length === 0) return;
  const [first, ...rest] = tokens as [Token, ...Token[]];
  const { lower } = first;
  const measured = quantitiesIn(tokens);
  if (lower === 'who' || lower === 'that' || lower === 'which') {
    const { meaning, conditions } = reader.predicate({ ...noun, conditions: [] }, rest);
    noun.conditions.push(...conditions, meaning);
  } else if (lower === 'whose') {
    const verb = rest.findIndex(({ lower }, at) => at > 0 && (BE.has(lower) || HAVE.has(lower) || isVerb(lower)));
    if (verb < 0) throw new Unread('"whose" without a verb');
    const owned = readNoun(rest.slice(0, verb), reader);
    const { meaning, conditions } = reader.predicate(owned, rest.slice(verb));
    noun.conditions.push(...owned.conditions, ...conditions, meaning);
  } else if (lower === 'with' || lower === 'having' || lower === 'without') {
    const parts = lists(rest).map((part) => readHaving(part, reader));
    const meaning = parts.some(({ or }) => or)
      ? or(parts.map(({ meaning }) => meaning))
      : and(parts.map(({ meaning }) => meaning));
    noun.conditions.push(lower === 'without' ? negated(meaning) : meaning);
  } else if (measured[0]?.start === 0) {
    const words = noun.words.length > 0 ? noun.words : contentOf(core.slice(-1));
    noun.conditions.push(
      readMeasures(tokens, { words, person: noun.generic === 'person' && !measured[0].unit, verb: [] }),
    );
    // What is measured is told apart by its measure.
    noun.generic ??= 'thing';
  } else if (isVerb(lower) && /(?:ing|ed|ought|old)$/.test(lower)) {
    const be = lower.endsWith('ing') ? [] : [{ ...first, text: 'are', lower: 'are' }];
    const { meaning, conditions } = reader.predicate({ ...noun, conditions: [] }, [...be, ...tokens]);
    noun.conditions.push(...conditions, meaning);
  } else if (PREPOSITIONS.has(lower)) {
    const parts: Meaning[] = [];
    let none = true;
    for (let at = 0; at < rest.length; at++) {
      const value = reader.names.valueAt(rest, at);
      if (!value) continue;
      none = false;
      parts.push({
        kind: 'choice',
        type: value.type,
        value: value.value,
        phrase: { words: [], about: 'plain', shape: 'is' },
      });
      at += value.length - 1;
    }
    if (!none) noun.conditions.push(or(parts));
    else if (noun.generic === 'person') {
      const words = contentOf(rest);
      if (words.length === 0) throw new Unread(`nothing after "${lower}"`);
      if (measured.length > 0) noun.conditions.push(readMeasures(rest, { words: [], person: false, verb: [] }));
      else noun.conditions.push({ kind: 'fact', phrase: { words, about: 'plain', shape: 'is' } });
    } else if (measured.length > 0) {
      noun.conditions.push(readMeasures(tokens, { words: noun.words, person: false, verb: [] }));
    } else
      noun.words = [
        ...noun.words,
        ...contentOf(rest).filter((word) => !noun.words.some((known) => known.stem === word.stem)),
      ];
  } else throw new Unread(`"${first.text}" after "${core.at(-1)?.text ?? ''}"`);
}

/** "a valid license and 2 years of experience", part by part. */
function lists(tokens: readonly Token[]): { tokens: Token[]; or: boolean }[] {
  const out: { tokens: Token[]; or: boolean }[] = [{ tokens: [], or: false }];
  for (let at = 0; at < tokens.length; at++) {
    const { lower } = tokens[at]!;
    const quantity = quantitiesIn(tokens).some(({ start, end }) => at >= start && at < end);
    if (!quantity && (lower === 'and' || lower === 'or' || lower === ',')) {
      const isOr = lower === 'or';
      if (out.at(-1)!.tokens.length > 0) out.push({ tokens: [], or: isOr });
      else out.at(-1)!.or ||= isOr;
    } else out.at(-1)!.tokens.push(tokens[at]!);
  }
  return out.filter((part) => part.tokens.length > 0);
}

function readHaving(
  { tokens, or }: { tokens: Token[]; or: boolean },
  reader: Reader,
): { meaning: Meaning; or: boolean } {
  const negative = tokens[0]?.lower === 'no';
  const rest = negative ? tokens.slice(1) : tokens;
  const meaning: Meaning =
    quantitiesIn(rest).length > 0
      ? readMeasures(rest, { words: [], person: false, verb: [] })
      : choiceOr(rest, reader.names, () => ({
          kind: 'fact',
          phrase: { words: needed(contentOf(rest)), about: 'plain', shape: 'has' },
        }));
  return { meaning: negative ? negated(meaning) : meaning, or };
}

function choiceOr(tokens: readonly Token[], names: Names, otherwise: () => Meaning): Meaning {
  for (let at = 0; at < tokens.length; at++) {
    const value = names.valueAt(tokens, at);
    if (value)
      return {
        kind: 'choice',
        type: value.type,
        value: value.value,
        phrase: { words: [], about: 'plain', shape: 'is' },
      };
  }
  return otherwise();
}

export function needed(words: Word[]): Word[] {
  if (words.length === 0) throw new Unread('it does not say what');
  return words;
}

/** What a noun says when it is a condition: that one is such; undefined when it says nothing. */
export function asCondition(noun: Noun): Meaning | undefined {
  const parts = [...noun.conditions];
  if (!noun.generic && noun.words.length > 0)
    parts.unshift({ kind: 'fact', phrase: { words: noun.words, about: 'plain', shape: 'noun' } });
  if (parts.length === 0) return undefined;
  return noun.negative ? negated(and(parts)) : and(parts);
}
