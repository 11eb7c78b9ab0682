import type { Policy } from './definition.ts';
import { print, variablesOf, type Expression } from './expression.ts';
import { STATEMENTS_MAX } from './limits.ts';
import { Matcher, type Match } from './match.ts';
import { namesOf } from './names.ts';
import { Unread, type Meaning, type Names } from './prose/meaning.ts';
import { propositionOf, readQuestion, type Asked } from './prose/question.ts';
import { readSentence, type Stated } from './prose/sentence.ts';
import { sentencesOf, tokenize, type Token } from './prose/tokens.ts';
import type { Reading } from './types.ts';

/** What one finding is about: the readings of some claims, the likeliest first. */
export type Group = Reading[];

/** Too much is said for one check. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

type Part = { text: string; matches: Match[] };
/** A sentence of an answer: what it claims, and under what. */
type Claim = { premises: Part[]; claims: Part[] };

/**
 * Puts a question and its answers into terms of a policy. What the question tells is a premise; so is what an answer makes a condition
 * ("if …", "since …"). What an answer says besides is claimed. Claims that the rules connect are one group; a sentence with conditions
 * of its own is a group by itself. Throws TooMuch.
 */
export function translate(policy: Policy, content: { query?: string; guarded: string[] }): Group[] {
  const names = namesOf(policy);
  const matcher = new Matcher(policy);
  const premises: Part[] = [];
  const untranslatedPremises: string[] = [];
  let asked: Asked | undefined;
  let count = 0;
  const counted = () => {
    if (++count > STATEMENTS_MAX) throw new TooMuch(`more than ${STATEMENTS_MAX} statements`);
  };
  for (const { text } of sentencesOf(content.query ?? '')) {
    counted();
    const tokens = tokenize(text);
    if (text.endsWith('?') || isQuestion(tokens)) {
      const question = readQuestion(tokens, names);
      asked = question;
      for (const meaning of question.premises) take(premises, untranslatedPremises, text, () => matcher.read(meaning));
      if (question.unread) untranslatedPremises.push(text);
      continue;
    }
    take(premises, untranslatedPremises, text, () => matchAll(readSentence(tokens, names), matcher));
  }
  const claims: Claim[] = [];
  const untranslatedClaims: string[] = [];
  for (const { text } of content.guarded.flatMap((each) => sentencesOf(each))) {
    counted();
    const tokens = tokenize(text);
    try {
      claims.push(...claimsOf(tokens, text, asked, names, matcher));
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      if (!isCourtesy(tokens)) untranslatedClaims.push(text);
    }
  }
  const groups = groupsOf(policy, claims).map((group) =>
    readingsOf(premises, group, { untranslatedPremises, untranslatedClaims }),
  );
  // "Yes, you are eligible" claims one thing, twice.
  const said = new Set<string>();
  return groups.filter(([first]) => {
    const key = JSON.stringify(
      [first!.premises, first!.claims].map((parts) => parts.map((part) => print(part)).sort()),
    );
    return !said.has(key) && said.add(key);
  });
}

function take(into: Part[], untranslated: string[], text: string, read: () => Match[]): void {
  try {
    into.push({ text, matches: read() });
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    if (!untranslated.includes(text)) untranslated.push(text);
  }
}

/** What a sentence tells, as one statement. */
function matchAll(stated: readonly Stated[], matcher: Matcher): Match[] {
  return matcher.read({ kind: 'and', parts: stated.map(meaningOf) });
}

/** A statement with its conditions, whole. */
function meaningOf({ conditions, consequence, way }: Stated): Meaning {
  if (conditions.length === 0) return consequence;
  const condition: Meaning = { kind: 'and', parts: conditions };
  if (way === 'because') return { kind: 'and', parts: [...conditions, consequence] };
  if (way === 'onlyIf') return { kind: 'implies', condition: consequence, consequence: condition };
  return { kind: way === 'iff' ? 'iff' : 'implies', condition, consequence };
}

function claimsOf(tokens: Token[], text: string, asked: Asked | undefined, names: Names, matcher: Matcher): Claim[] {
  const proposed = propositionOf(tokens, asked);
  if (proposed) {
    const claim = { premises: [], claims: [{ text, matches: matcher.read(proposed.meaning) }] };
    if (proposed.rest.length === 0) return [claim];
    try {
      // "Yes, if you have a receipt": the condition is of the answer.
      const more = claimsFrom(readAfterAnswer(proposed.rest, proposed.said, names), text, matcher);
      return more.some(({ premises }) => premises.length > 0) && proposed.conditional ? more : [claim, ...more];
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      return [claim];
    }
  }
  // "20 days." to "How many days of leave do I get?"
  if (asked?.amountOf) {
    const filled = asked.amountOf(tokens);
    if (filled) return claimsFrom(readSentence(filled, names), text, matcher);
  }
  return claimsFrom(readSentence(tokens, names), text, matcher);
}

function readAfterAnswer(rest: Token[], said: Meaning, names: Names): Stated[] {
  return readSentence(rest, names, said);
}

function claimsFrom(stated: readonly Stated[], text: string, matcher: Matcher): Claim[] {
  return stated.map((each) => {
    const { conditions, consequence, way } = each;
    if (way === 'if' || way === 'because')
      return {
        premises: conditions.map((condition) => ({ text, matches: matcher.read(condition) })),
        claims: [{ text, matches: matcher.read(claimed(consequence)) }],
      };
    return { premises: [], claims: [{ text, matches: matcher.read(meaningOf(each)) }] };
  });
}

/** Who claims that up to 7 days are allowed claims that 7 are: where a rule allows 5, that is false. */
function claimed(meaning: Meaning): Meaning {
  switch (meaning.kind) {
    case 'measure':
      return meaning.allowed && meaning.comparator === '<=' ? { ...meaning, comparator: '=' } : meaning;
    case 'and':
    case 'or':
      return { ...meaning, parts: meaning.parts.map(claimed) };
    default:
      return meaning;
  }
}

/** Claims that the rules connect, together. */
function groupsOf(policy: Policy, claims: readonly Claim[]): Claim[][] {
  const component = componentsOf(policy);
  const groups = new Map<string, Claim[]>();
  for (const [at, claim] of claims.entries()) {
    const variables = claim.claims.flatMap(({ matches }) => [...variablesOf(matches[0]!.expression)]);
    const key = claim.premises.length > 0 ? `own ${at}` : `of ${component(variables[0] ?? '')}`;
    groups.set(key, [...(groups.get(key) ?? []), claim]);
  }
  return [...groups.values()];
}

/** Tells which of a policy's variables the rules connect: those of one component have one name. */
export function componentsOf(policy: Pick<Policy, 'rules'>): (variable: string) => string {
  const parent = new Map<string, string>();
  const root = (variable: string): string => {
    let at = variable;
    while ((parent.get(at) ?? at) !== at) at = parent.get(at)!;
    parent.set(variable, at);
    return at;
  };
  for (const { variables } of policy.rules) {
    const [first, ...rest] = variables;
    if (first !== undefined) for (const variable of rest) parent.set(root(variable), root(first));
  }
  return root;
}

/** The likeliest reading of all parts; then those with the second choice of one part. */
function readingsOf(
  shared: readonly Part[],
  claims: readonly Claim[],
  untranslated: Pick<Reading, 'untranslatedPremises' | 'untranslatedClaims'>,
): Group {
  const premises = [...shared, ...claims.flatMap((claim) => claim.premises)];
  const claimed = claims.flatMap((claim) => claim.claims);
  const parts = [...premises, ...claimed];
  const made = (chosen: readonly Match[]): Reading => ({
    premises: unique(chosen.slice(0, premises.length)),
    claims: unique(chosen.slice(premises.length)),
    ...untranslated,
    confidence: Math.min(...chosen.map(({ confidence }) => confidence)),
  });
  const first = parts.map(({ matches }) => matches[0]!);
  return [
    made(first),
    ...parts.flatMap(({ matches }, at) => matches.slice(1).map((other) => made(first.with(at, other)))),
  ].toSorted((a, b) => b.confidence - a.confidence);
}

function unique(matches: readonly Match[]): Expression[] {
  const seen = new Map<string, Expression>();
  // What must hold together is told one by one.
  const flat = (expression: Expression): Expression[] =>
    expression.kind === 'call' && expression.operator === 'and' ? expression.operands.flatMap(flat) : [expression];
  for (const part of matches.flatMap(({ expression }) => flat(expression))) seen.set(print(part), part);
  return [...seen.values()];
}

const QUESTION_WORDS = new Set([
  'what',
  'how',
  'when',
  'where',
  'which',
  'who',
  'why',
  'can',
  'could',
  'may',
  'do',
  'does',
  'did',
  'am',
  'is',
  'are',
  'will',
  'would',
  'should',
  'must',
]);
const isQuestion = (tokens: readonly Token[]) =>
  QUESTION_WORDS.has(tokens[0]?.lower ?? '') && tokens.at(-1)?.lower === '?';

/** Words of greeting and thanks claim nothing. */
const COURTESY =
  /^(?:hi|hello|hey|thanks|thank you|sure|certainly|of course|great|good question|i am here to help|i am happy to help|happy to help|let us|please|sorry|unfortunately)\b/;
const isCourtesy = (tokens: readonly Token[]) =>
  COURTESY.test(tokens.map(({ lower }) => lower).join(' ')) && tokens.length <= 8;
