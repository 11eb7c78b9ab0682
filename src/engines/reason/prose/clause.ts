import { DETERMINERS, FILLERS, isVerb, oppositeOf, PREPOSITIONS } from './lexicon.ts';
import { and, or, Unread, type Meaning, type Names } from './meaning.ts';
import { asCondition, readNoun, type Noun, type Reader } from './noun.ts';
import { readPredicate, type Predicate } from './predicate.ts';
import { quantitiesIn } from './quantity.ts';
import type { Token } from './tokens.ts';
import { beginsWithVerb, isParticiple, verbAt, verbGroup } from './verb.ts';

/** What a main clause says. */
export type Clause = Predicate;

export function readerOf(names: Names): Reader {
  const reader: Reader = {
    names,
    predicate: (subject, tokens) => readJoined(subject, tokens, reader),
  };
  return reader;
}

const nobody = (): Noun => ({
  conditions: [],
  words: [],
  generic: 'person',
  role: false,
  definite: false,
  negative: false,
  only: false,
});

/** Reads a clause, with what is joined to it by "and" and "or". Throws Unread. */
export function readClause(given: readonly Token[], names: Names): Clause {
  const tokens = trimmed(given);
  if (tokens.length === 0) throw new Unread('there is nothing to read');
  const exact = names.exact(tokens);
  if (exact) return { meaning: { kind: 'exact', expression: exact }, conditions: [], only: false };
  const reader = readerOf(names);
  const segments = segmentsOf(tokens, names);
  if (segments.length > 1) return readSegments(segments, names, reader);
  return readSimple(tokens, reader);
}

/** Reads a clause that is a condition: all that it says must hold. */
export function readCondition(tokens: readonly Token[], names: Names): Meaning {
  const clean = trimmed(tokens);
  const noun = nounOnly(clean, names);
  if (noun) return noun;
  const { meaning, conditions } = readClause(clean, names);
  return and([...conditions, meaning]);
}

function nounOnly(tokens: readonly Token[], names: Names): Meaning | undefined {
  if (tokens.length === 0 || names.exact(tokens) || verbAt(tokens) >= 0 || segmentsOf(tokens, names).length > 1)
    return undefined;
  const first = tokens[0]!.lower;
  if (quantitiesIn(tokens)[0]?.start === 0) return undefined;
  if (!DETERMINERS.has(first) && !first.endsWith('s') && !['all', 'every', 'any', 'each'].includes(first))
    return undefined;
  return asCondition(readNoun(tokens, readerOf(names)));
}

function readSimple(tokens: readonly Token[], reader: Reader): Clause {
  const at = verbAt(tokens);
  if (at > 0) {
    const subject = tokens.slice(0, at);
    if (subject.length === 1 && subject[0]!.lower === 'there') return readExistence(tokens.slice(at), reader);
    return readJoined(readNoun(subject, reader), tokens.slice(at), reader);
  }
  if (at === 0) return readJoined(nobody(), tokens, reader);
  const [first] = tokens as [Token];
  const { lower } = first;
  // "unless approved by a manager", "if full-time", "when traveling abroad"
  if (isVerb(lower) && !isParticiple(lower)) return readJoined(nobody(), tokens, reader);
  if (DETERMINERS.has(lower) && quantitiesIn(tokens).length === 0)
    throw new Unread(`"${tokens.map(({ text }) => text).join(' ')}" has no verb`);
  return readJoined(nobody(), [{ ...first, text: 'is', lower: 'is', kind: 'word' }, ...tokens], reader);
}

/** "There is no fee for members." */
function readExistence(tokens: readonly Token[], reader: Reader): Clause {
  const group = verbGroup(tokens);
  const rest = tokens.slice(group.length);
  const have: Token = { ...tokens[0]!, text: 'have', lower: 'have', kind: 'word' };
  const negative = group.negative ? [{ ...have, text: 'not', lower: 'not' }] : [];
  return readJoined(nobody(), [...negative, have, ...rest], reader);
}

/** A subject with its predicates. */
function readJoined(subject: Noun, tokens: readonly Token[], reader: Reader): Predicate {
  const parts = segmentsOf(tokens, reader.names, { predicate: true });
  if (parts.length === 1) return readPredicate(subject, tokens, reader);
  let previous = parts[0]!.tokens;
  const joints = parts.map((part) => ({ ...part }));
  const read = parts.map((part, index) => {
    const shares = index > 0 && !beginsWithVerb(part.tokens);
    previous = shares ? [...sharedStart(previous, part.tokens), ...part.tokens] : part.tokens;
    // "cannot be returned or exchanged" denies both.
    const denied = subject.negative || (shares && verbGroup(previous).negative);
    if (denied && joints[index]!.joint === 'or') joints[index]!.joint = 'and';
    return readPredicate(subject, previous, reader);
  });
  const either = tokens.some(({ lower }) => lower === 'either');
  return combine(read, joints, subject.conditions, either && parts.length === 2 && joints[1]!.joint === 'or');
}

/** Predicates as one. Those with conditions of their own keep them. */
function combine(
  read: Predicate[],
  parts: readonly Segment[],
  shared: readonly Meaning[],
  exclusive: boolean,
): Predicate {
  const common = read[0]!.conditions.filter(
    (condition) =>
      shared.includes(condition) || read.every((each) => each.conditions.some((other) => same(other, condition))),
  );
  const meanings = read.map(({ meaning, conditions }): Meaning => {
    const own = conditions.filter((condition) => !common.some((other) => same(other, condition)));
    return own.length === 0 ? meaning : { kind: 'implies', condition: and(own), consequence: meaning };
  });
  const meaning = exclusive ? ({ kind: 'xor', parts: meanings } as const) : grouped(meanings, parts);
  return { meaning, conditions: common, only: read.some(({ only }) => only) };
}

const same = (one: Meaning, other: Meaning) => one === other || JSON.stringify(one) === JSON.stringify(other);

/** "and" binds before "or". */
function grouped(meanings: Meaning[], parts: readonly Segment[]): Meaning {
  const groups: Meaning[][] = [[]];
  const lists =
    parts.slice(1).every(({ joint }) => joint === ',' || joint === 'or') && parts.some(({ joint }) => joint === 'or');
  for (const [index, meaning] of meanings.entries()) {
    const { joint } = parts[index]!;
    if (index > 0 && (joint === 'or' || lists)) groups.push([meaning]);
    else groups.at(-1)!.push(meaning);
  }
  return or(groups.map(and));
}

type Segment = { tokens: Token[]; joint: 'and' | 'or' | ',' | '' };

/** The parts of a coordination. In a whole clause only what has a verb of its own begins one. */
function segmentsOf(tokens: readonly Token[], names: Names, { predicate = false } = {}): Segment[] {
  const quantities = quantitiesIn(tokens);
  const segments: Segment[] = [{ tokens: [], joint: '' }];
  for (let at = 0; at < tokens.length; at++) {
    const { lower } = tokens[at]!;
    const joint = lower === 'but' || lower === ';' || lower === '&' ? 'and' : lower;
    const inside = quantities.some(({ start, end }) => at >= start && at < end);
    if (inside || !['and', 'or', ','].includes(joint)) {
      segments.at(-1)!.tokens.push(tokens[at]!);
      continue;
    }
    // ", and"
    const word =
      joint === ',' && ['and', 'or', 'but'].includes(tokens[at + 1]?.lower ?? '') ? tokens[++at]!.lower : joint;
    const right = rightOf(tokens, at + 1);
    const left = segments.at(-1)!.tokens;
    const splits = predicate
      ? left.length > 0 && right.length > 0 && splitsPredicate(left, right, names)
      : verbAt(left) >= 0 && (isClause(right) || names.exact(right) !== undefined) && !beginsWithVerb(right);
    if (splits) segments.push({ tokens: [], joint: word === 'but' ? 'and' : (word as Segment['joint']) });
    else segments.at(-1)!.tokens.push(...(word === joint ? [tokens[at]!] : [tokens[at - 1]!, tokens[at]!]));
  }
  // A comma before the last "or" is an "or".
  const last = segments.at(-1)!.joint;
  return segments.map((segment) =>
    segment.joint === ',' ? { ...segment, joint: last === 'or' ? 'or' : 'and' } : segment,
  );
}

/** The tokens up to the next joint. */
function rightOf(tokens: readonly Token[], from: number): Token[] {
  let to = from;
  while (to < tokens.length && !['and', 'or', ',', 'but', ';'].includes(tokens[to]!.lower)) to++;
  return tokens.slice(from, to);
}

/** A part that has a subject and a verb. */
const isClause = (tokens: readonly Token[]) => {
  const at = verbAt(tokens, { sure: true });
  return at > 0 && !['who', 'that', 'which', 'to'].includes(tokens[0]!.lower);
};

function splitsPredicate(left: readonly Token[], right: readonly Token[], names: Names): boolean {
  if (beginsWithVerb(right)) return true;
  const first = right[0]!;
  // A list of values is one choice; a list in a relative clause belongs to it.
  if (names.valueAt(right, 0)) return false;
  if (left.some(({ lower }) => ['who', 'which'].includes(lower))) return false;
  const group = safeGroup(left);
  if (!group) return true;
  const head = left[group.length];
  if (!head) return false;
  if (quantitiesIn(right)[0]?.start === 0 || PREPOSITIONS.has(first.lower)) return true;
  if (DETERMINERS.has(first.lower) || first.lower === 'no' || first.lower === 'not') return true;
  if (group.be && (isParticiple(first.lower) || oppositeOf(first.lower) !== undefined)) return true;
  return true;
}

function safeGroup(tokens: readonly Token[]) {
  try {
    return verbGroup(tokens);
  } catch {
    return undefined;
  }
}

/** What a part without a verb takes over from the one before it: "is eligible for" of "is eligible for leave and insurance". */
function sharedStart(previous: readonly Token[], part: readonly Token[]): Token[] {
  const { length, be } = verbGroup(previous);
  const head = previous[length];
  const next = previous[length + 1];
  const first = part.find(({ lower }) => !FILLERS.has(lower) && lower !== 'not') ?? part[0]!;
  if (!head) return previous.slice(0, length);
  const participle = isParticiple(head.lower);
  if (PREPOSITIONS.has(first.lower))
    return previous.slice(0, quantitiesIn(previous.slice(length))[0]?.start === 0 ? length : length + 1);
  if (be && next && PREPOSITIONS.has(next.lower) && !participle) {
    const action = next.lower === 'to' && previous[length + 2] && isVerb(previous[length + 2]!.lower);
    return previous.slice(0, length + (action ? 3 : 2));
  }
  if (be && (isParticiple(first.lower) || !participle)) return previous.slice(0, length);
  if (!be && previous[length - 1] && ['have', 'has', 'had', 'having'].includes(previous[length - 1]!.lower))
    return previous.slice(0, length);
  if (next && PREPOSITIONS.has(next.lower) && ['for', 'to'].includes(next.lower)) return previous.slice(0, length + 2);
  return previous.slice(0, length + 1);
}

function readSegments(segments: readonly Segment[], names: Names, reader: Reader): Clause {
  const read = segments.map(({ tokens }) => {
    const exact = names.exact(tokens);
    return exact
      ? { meaning: { kind: 'exact' as const, expression: exact }, conditions: [], only: false }
      : readSimple(tokens, reader);
  });
  return combine(read, segments, [], false);
}

/** Without marks around it, and words that only lead over to it. */
function trimmed(tokens: readonly Token[]): Token[] {
  let start = 0;
  let end = tokens.length;
  const skipped = (token: Token) => token.kind === 'mark' && !['$', '%'].includes(token.lower);
  while (
    start < end &&
    (skipped(tokens[start]!) ||
      (FILLERS.has(tokens[start]!.lower) && !['either', 'both'].includes(tokens[start]!.lower)) ||
      ['and', 'but'].includes(tokens[start]!.lower))
  )
    start++;
  while (end > start && skipped(tokens[end - 1]!)) end--;
  return tokens.slice(start, end).filter(({ lower }) => !['(', ')', '"', '“', '”'].includes(lower));
}
