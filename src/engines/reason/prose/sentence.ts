import { readClause, readCondition, readerOf, type Clause } from './clause.ts';
import { BE, isVerb, PREPOSITIONS, stem } from './lexicon.ts';
import { and, contentOf, negated, Unread, type Meaning, type Names } from './meaning.ts';
import { readMeasures } from './measure.ts';
import { asCondition, readNoun } from './noun.ts';
import { gathered, quantitiesIn } from './quantity.ts';
import type { Token } from './tokens.ts';
import { verbAt } from './verb.ts';

/**
 * What a sentence states: `consequence` under `conditions`.
 *
 * - `if`: where the conditions hold, the consequence does.
 * - `onlyIf`: the consequence holds nowhere else.
 * - `iff`: both.
 * - `because`: the conditions do hold, and the consequence does by them.
 */
export type Stated = { conditions: Meaning[]; consequence: Meaning; way: 'if' | 'onlyIf' | 'iff' | 'because' };

type Marker = { words: string[]; way: Stated['way'] | 'unless' };

/** Words that join a condition to what holds under it; longer ones first. */
const MARKERS: readonly Marker[] = (
  [
    ['if and only if', 'iff'],
    ['exactly if', 'iff'],
    ['exactly when', 'iff'],
    ['only if', 'onlyIf'],
    ['only when', 'onlyIf'],
    ['only where', 'onlyIf'],
    ['only once', 'onlyIf'],
    ['but only if', 'onlyIf'],
    ['except if', 'unless'],
    ['except when', 'unless'],
    ['except where', 'unless'],
    ['unless', 'unless'],
    ['provided that', 'if'],
    ['provided', 'if'],
    ['on condition that', 'if'],
    ['on the condition that', 'if'],
    ['as long as', 'if'],
    ['so long as', 'if'],
    ['given that', 'because'],
    ['in the event that', 'if'],
    ['in case', 'if'],
    ['whenever', 'if'],
    ['wherever', 'if'],
    ['when', 'if'],
    ['where', 'if'],
    ['if', 'if'],
    ['because', 'because'],
    ['since', 'because'],
    ['once', 'if'],
    ['while', 'if'],
  ] as [string, Marker['way']][]
).map(([words, way]) => ({ words: words.split(' '), way }));

const EXCEPTIONS = [
  ['with', 'the', 'exception', 'of'],
  ['except', 'for'],
  ['except', 'that'],
  ['apart', 'from'],
  ['other', 'than'],
  ['except'],
  ['excluding'],
];
const GOALS = new Set(
  [
    'qualify',
    'be',
    'receive',
    'get',
    'obtain',
    'participate',
    'enroll',
    'access',
    'use',
    'return',
    'apply',
    'claim',
    'join',
    'take',
    'work',
    'vote',
    'rent',
    'book',
    'buy',
    'request',
    'cancel',
    'renew',
    'drive',
  ].map(stem),
);

const at = (tokens: readonly Token[], index: number, words: readonly string[]) =>
  words.every((word, offset) => tokens[index + offset]?.lower === word);

/**
 * Reads a sentence. Throws Unread, with what it fails at.
 *
 * @param said what a condition by itself is of: "if you have a receipt", after "Yes"
 */
export function readSentence(tokens: readonly Token[], names: Names, said?: Meaning): Stated[] {
  const body = gathered(tokens).filter(
    (token, index) => !(index === tokens.length - 1 && token.kind === 'mark' && token.lower !== ')'),
  );
  if (body.length === 0) throw new Unread('there is nothing to read');
  const exact = names.exact(body);
  if (exact) return [{ conditions: [], consequence: { kind: 'exact', expression: exact }, way: 'if' }];
  if (said) {
    const marker = MARKERS.find(({ words }) => at(body, 0, words) || (body[0]!.lower === 'but' && at(body, 1, words)));
    if (marker) {
      const start = marker.words.length + (body[0]!.lower === 'but' && marker.words[0] !== 'but' ? 1 : 0);
      const conditions = conditionOf(body.slice(start), marker.way, names);
      return stated([{ conditions: [], consequence: said, way: 'if' }], conditions, marker.way);
    }
  }
  // "A; otherwise B"
  const otherwise = body.findIndex(
    ({ lower }, index) => index > 0 && (lower === 'otherwise' || (lower === 'else' && index > 2)),
  );
  if (otherwise > 0) return readOtherwise(body, otherwise, names);
  const semicolon = body.findIndex(({ lower }) => lower === ';');
  if (semicolon > 0 && verbAt(body.slice(semicolon + 1)) >= 0)
    return [
      ...readSentence(body.slice(0, semicolon), names),
      ...readSentence(dropLead(body.slice(semicolon + 1)), names),
    ];
  return readLeading(body, names) ?? readConclusion(body, names) ?? readTrailing(body, names) ?? readPlain(body, names);
}

function readOtherwise(tokens: readonly Token[], index: number, names: Names): Stated[] {
  const main = readSentence(trimEnd(tokens.slice(0, index)), names);
  const rest = tokens.slice(index + 1);
  const conditions = main.flatMap((each) => each.conditions);
  if (conditions.length === 0) throw new Unread('"otherwise" without a condition before it');
  const other = readSentence(rest, names);
  return [...main, ...other.map((each) => ({ ...each, conditions: [negated(and(conditions)), ...each.conditions] }))];
}

/** "If A, B", "Unless A, B", "To A, B", "As a contractor, B", "For orders over $50, B", "After 90 days, B". */
function readLeading(tokens: readonly Token[], names: Names): Stated[] | undefined {
  for (const { words, way } of MARKERS) {
    if (!at(tokens, 0, words)) continue;
    const [condition, main] = splitAtComma(tokens.slice(words.length));
    return stated(readMain(main, names), conditionOf(condition, way, names), way);
  }
  const first = tokens[0]!.lower;
  const purpose = first === 'to' ? 1 : at(tokens, 0, ['in', 'order', 'to']) ? 3 : 0;
  if (purpose > 0 && tokens[purpose] && (isVerb(tokens[purpose].lower) || tokens[purpose].lower === 'be')) {
    const [goal, main] = splitAtComma(tokens.slice(purpose));
    return readGoal(goal, main, names);
  }
  if (first === 'as' && ['a', 'an', 'the'].includes(tokens[1]?.lower ?? '')) {
    const [noun, main] = splitAtComma(tokens.slice(1));
    const condition = asCondition(readNoun(noun, readerOf(names)));
    return stated(readMain(main, names), condition ? [condition] : [], 'if');
  }
  if (
    ['for', 'after', 'within', 'during', 'with', 'without', 'in'].includes(first) &&
    tokens.some(({ lower }) => lower === ',')
  ) {
    const [phrase, main] = splitAtComma(tokens.slice(first === 'for' || first === 'during' || first === 'in' ? 1 : 0));
    if (verbAt(main) >= 0) {
      const condition = phraseCondition(phrase, names);
      return stated(readMain(main, names), condition ? [condition] : [], 'if');
    }
  }
  return undefined;
}

function phraseCondition(tokens: readonly Token[], names: Names): Meaning | undefined {
  const first = tokens[0]!.lower;
  if (quantitiesIn(tokens)[0]?.start === 0) return readMeasures(tokens, { words: [], person: false, verb: [] });
  if (first === 'with' || first === 'without') {
    const person: Token = { ...tokens[0]!, text: 'employees', lower: 'employees', kind: 'word' };
    return asCondition(readNoun([person, ...tokens], readerOf(names)));
  }
  return asCondition(readNoun(tokens, readerOf(names)));
}

/** "A, so B". */
function readConclusion(tokens: readonly Token[], names: Names): Stated[] | undefined {
  const index = tokens.findIndex(
    ({ lower }, index) =>
      index > 1 &&
      ['so', 'therefore', 'thus', 'hence', 'consequently'].includes(lower) &&
      [',', ';', 'and'].includes(tokens[index - 1]!.lower),
  );
  if (index < 0 || ['long', 'far', 'that'].includes(tokens[index + 1]?.lower ?? '')) return undefined;
  const rest = tokens.slice(index + 1);
  if (verbAt(rest) < 0) return undefined;
  const condition = readCondition(trimEnd(tokens.slice(0, index - 1)), names);
  return readMain(rest, names).map((each) => ({
    ...each,
    conditions: [condition, ...each.conditions],
    way: 'because',
  }));
}

/** "B if A", "B unless A", "B except A", "B only for A", "must B to A". */
function readTrailing(tokens: readonly Token[], names: Names): Stated[] | undefined {
  let found: { index: number; marker: Marker } | undefined;
  for (const marker of MARKERS) {
    const index = tokens.findIndex((_token, index) => index > 0 && at(tokens, index, marker.words));
    if (index < 0 || (found && found.index <= index)) continue;
    const next = tokens[index + marker.words.length]?.lower ?? '';
    // "since 2020", "when" in a question inside a sentence and the like are no conditions.
    if (marker.words[0] === 'since' && (tokens[index + 1]?.kind === 'number' || PREPOSITIONS.has(next))) continue;
    if (marker.words[0] === 'once' && ['a', 'per', 'every'].includes(next)) continue;
    if (marker.words[0] === 'provided' && (BE.has(tokens[index - 1]!.lower) || next === 'by' || next === 'to'))
      continue;
    found = { index, marker };
  }
  if (found) {
    const { index, marker } = found;
    const main = trimEnd(tokens.slice(0, index));
    const condition = tokens.slice(index + marker.words.length);
    return stated(readMain(main, names), conditionOf(condition, marker.way, names), marker.way);
  }
  for (const words of EXCEPTIONS) {
    const index = tokens.findIndex((_token, index) => index > 0 && at(tokens, index, words));
    if (index < 0) continue;
    return readException(trimEnd(tokens.slice(0, index)), tokens.slice(index + words.length), names);
  }
  const only = tokens.findIndex(
    ({ lower }, index) => index > 0 && lower === 'only' && PREPOSITIONS.has(tokens[index + 1]?.lower ?? ''),
  );
  if (only > 0 && tokens[only + 1]!.lower !== 'by') {
    const phrase = tokens.slice(only + 1);
    const condition = phraseCondition(
      ['for', 'to', 'on', 'in'].includes(phrase[0]!.lower) ? phrase.slice(1) : phrase,
      names,
    );
    if (condition) return stated(readMain(tokens.slice(0, only), names), [condition], 'onlyIf');
  }
  const must = tokens.findIndex(
    ({ lower }, index) =>
      ['must', 'shall'].includes(lower) ||
      (stem(lower) === 'need' && tokens[index + 1]?.lower === 'to') ||
      ((lower === 'has' || lower === 'have') && tokens[index + 1]?.lower === 'to') ||
      lower === 'required' ||
      lower === 'needed',
  );
  const goal = tokens.findLastIndex(
    ({ lower }, index) => lower === 'to' && index > must + 2 && GOALS.has(stem(tokens[index + 1]?.lower ?? '')),
  );
  if (must >= 0 && goal > 0) {
    const inOrder = at(tokens, goal - 2, ['in', 'order']) ? 2 : 0;
    return readGoal(tokens.slice(goal + 1), tokens.slice(0, goal - inOrder), names);
  }
  return undefined;
}

/** What must be so to reach a goal. */
function readGoal(goal: readonly Token[], main: readonly Token[], names: Names): Stated[] {
  const you: Token = { ...goal[0]!, text: 'you', lower: 'you', kind: 'word' };
  const isBe = BE.has(goal[0]!.lower);
  const can: Token = { ...you, text: 'can', lower: 'can' };
  const reached = readClause(
    isBe ? [you, { ...you, text: 'are', lower: 'are' }, ...goal.slice(1)] : [you, can, ...goal],
    names,
  );
  return [{ conditions: [readNeed(main, names)], consequence: reached.meaning, way: 'onlyIf' }];
}

/** What "must" asks for, as what is the case: "you must be 18" is that you are 18. */
function readNeed(tokens: readonly Token[], names: Names): Meaning {
  const must = tokens.findIndex(
    ({ lower }, index) =>
      lower === 'must' ||
      lower === 'shall' ||
      ((stem(lower) === 'need' || lower === 'has' || lower === 'have') && tokens[index + 1]?.lower === 'to'),
  );
  if (must >= 0) {
    const length = ['must', 'shall'].includes(tokens[must]!.lower) ? 1 : 2;
    return readCondition([...tokens.slice(0, must), ...tokens.slice(must + length)], names);
  }
  const required = tokens.findIndex(({ lower }) => lower === 'required' || lower === 'needed' || lower === 'necessary');
  const verb = verbAt(tokens);
  if (required > 0 && tokens[required + 1]?.lower === 'to') {
    return readCondition([...tokens.slice(0, verb), ...tokens.slice(required + 2)], names);
  }
  if (required > 0 && verb > 0) {
    const subject = tokens.slice(0, verb);
    if (quantitiesIn(subject).length > 0) return readMeasures(subject, { words: [], person: false, verb: [] });
    const words = contentOf(subject);
    if (words.length > 0) return { kind: 'fact', phrase: { words, about: 'plain', shape: 'has' } };
  }
  if (verb >= 0 && ['need', 'requir'].includes(stem(tokens[verb]!.lower))) {
    const have: Token = { ...tokens[verb]!, text: 'have', lower: 'have' };
    return readCondition([...tokens.slice(0, verb), have, ...tokens.slice(verb + 1)], names);
  }
  return readCondition(tokens, names);
}

function readException(main: readonly Token[], exception: readonly Token[], names: Names): Stated[] {
  const excepted = /^(?:if|when|where|as)$/.test(exception[0]?.lower ?? '')
    ? readCondition(exception.slice(1), names)
    : nounOrClause(exception, names);
  const out: Stated[] = [];
  for (const each of readMain(main, names)) {
    out.push({ ...each, conditions: [...each.conditions, negated(excepted)] });
    // What all others may, the excepted may not; of an amount nothing is said.
    if (each.way === 'if' && !hasMeasure(each.consequence))
      out.push({ conditions: [excepted], consequence: negated(each.consequence), way: 'if' });
  }
  return out;
}

function nounOrClause(tokens: readonly Token[], names: Names): Meaning {
  if (verbAt(tokens, { sure: true }) > 0 && !tokens.some(({ lower }) => ['who', 'that', 'which'].includes(lower)))
    return readCondition(tokens, names);
  const condition = asCondition(readNoun(tokens, readerOf(names)));
  if (!condition) throw new Unread('the exception is not one the reader can tell apart');
  return condition;
}

function hasMeasure(meaning: Meaning): boolean {
  switch (meaning.kind) {
    case 'measure':
      return true;
    case 'not':
      return hasMeasure(meaning.part);
    case 'and':
    case 'or':
    case 'xor':
      return meaning.parts.some(hasMeasure);
    case 'implies':
    case 'iff':
      return hasMeasure(meaning.consequence);
    default:
      return false;
  }
}

function conditionOf(tokens: readonly Token[], way: Marker['way'], names: Names): Meaning[] {
  const condition = readCondition(tokens, names);
  return [way === 'unless' ? negated(condition) : condition];
}

function stated(main: Stated[], conditions: Meaning[], way: Marker['way']): Stated[] {
  return main.map((each) => ({
    conditions: [...conditions, ...each.conditions],
    consequence: each.consequence,
    way: way === 'unless' || way === 'if' ? each.way : way,
  }));
}

/** A main clause; what limits its subject is a condition of it. */
function readMain(tokens: readonly Token[], names: Names): Stated[] {
  const body = dropLead(tokens);
  if (body.length === 0) throw new Unread('nothing is said to hold');
  return readTrailing(body, names) ?? readPlain(body, names);
}

function readPlain(tokens: readonly Token[], names: Names): Stated[] {
  if (tokens[0]!.lower === 'neither') {
    const nor = tokens.findIndex(({ lower }) => lower === 'nor');
    if (nor < 0) throw new Unread('"neither" without "nor"');
    const no: Token = { ...tokens[0]!, text: 'no', lower: 'no' };
    const or: Token = { ...tokens[nor]!, text: 'or', lower: 'or' };
    return readPlain([no, ...tokens.slice(1, nor), or, ...tokens.slice(nor + 1)], names);
  }
  if (verbAt(tokens) < 0 && !names.exact(tokens)) throw new Unread('there is no verb that the reader knows');
  const clause = readClause(tokens, names);
  if (clause.only && clause.conditions.length === 0) throw new Unread('"only", but not under which condition');
  return [statedOf(clause)];
}

const statedOf = ({ meaning, conditions, only }: Clause): Stated => ({
  conditions,
  consequence: meaning,
  way: only ? 'onlyIf' : 'if',
});

const trimEnd = (tokens: readonly Token[]): Token[] => {
  let end = tokens.length;
  while (end > 0 && [',', ';', '-', '–', 'and', 'but'].includes(tokens[end - 1]!.lower)) end--;
  return tokens.slice(0, end);
};
const dropLead = (tokens: readonly Token[]): Token[] => {
  let start = 0;
  while (start < tokens.length && [',', ';', 'then', 'and', 'but', '-', '–'].includes(tokens[start]!.lower)) start++;
  return tokens.slice(start);
};

/** A leading part and the main clause behind it: at "then", or at the first comma behind which a clause with a subject begins. */
function splitAtComma(tokens: readonly Token[]): [Token[], Token[]] {
  const then = tokens.findIndex(({ lower }) => lower === 'then');
  if (then > 0) return [trimEnd(tokens.slice(0, then)), tokens.slice(then + 1)];
  for (const [index, { lower }] of tokens.entries()) {
    if (lower !== ',' || index === 0) continue;
    const right = tokens.slice(index + 1);
    const first = right[0]?.lower ?? '';
    if (['and', 'or', 'but'].includes(first)) continue;
    const verb = verbAt(right);
    const to = right.findIndex(({ lower }) => lower === ',');
    if (verb > 0 && (to < 0 || verb < to || right[to + 1]?.lower === 'who')) return [tokens.slice(0, index), right];
  }
  throw new Unread('where its condition ends is not clear; put a comma or "then" there');
}
