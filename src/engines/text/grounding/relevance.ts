import { statementOf } from './statement.ts';
import type { Term } from './statement.ts';
import { synonymous } from './thesaurus.ts';

const KINDS: readonly [question: RegExp, answered: (terms: readonly Term[], text: string) => boolean][] = [
  [
    /\b(?:how (?:many|much|long|old|tall|high|far|big|large|heavy|fast|often|deep|wide|late|early)|what (?:is|are|was|were|does) .{0,60}\b(?:price|cost|rate|fee|admission|number|weight|height|size|percentage|population))\b/i,
    (terms, text) => terms.some(({ kind }) => kind === 'number') || /\b(?:free|nothing|none|no)\b/i.test(text),
  ],
  [
    /\b(?:when|what (?:year|date|time|day)|which (?:year|day|month)|on which day)\b/i,
    (terms, text) => terms.some(({ kind }) => kind === 'number') || TIME.test(text),
  ],
  [
    /\bwho(?:m|se)?\b/i,
    (terms, text) =>
      terms.some(({ kind }) => kind === 'name') ||
      /\b(?:by|lead|manager|office|team|people|person|director|council|company|children|adults)\b/i.test(text),
  ],
  [
    /\bwhere\b/i,
    (terms, text) =>
      terms.some(({ kind }) => kind === 'name') || /\b(?:in|at|on|near|under|behind|next to|from)\b/i.test(text),
  ],
  [
    /\bwhy\b/i,
    (_, text) =>
      /\b(?:because|since|due to|so that|in order|reason|caus\w+|drove|driven|led to|to \w+|for)\b/i.test(text),
  ],
];
const TIME =
  /\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|today|tomorrow|yesterday|morning|evening|night|noon|midnight|daily|weekly|yearly|every|always|never|before|after|during|century|year)\b/i;
/** Words of the question itself, which no answer repeats. */
const ASKING = new Set(
  'who what when where which why how many much long old tall tell explain describe give name list does kind type policy process procedure detail information rule'.split(
    ' ',
  ),
);

/**
 * How far an answer answers a query, 0 to 1: by meaning, by what the query is about, and by whether it has the kind of thing asked for.
 *
 * @param near the cosine of the vectors of query and answer.
 */
export function relevanceOf(query: string, answer: string, near: number, names: ReadonlySet<string>): number {
  const asked = statementOf(query, names).terms.filter(
    ({ key, text }) => !ASKING.has(text.toLowerCase()) && !ASKING.has(key),
  );
  const said = statementOf(answer, names).terms;
  let total = 0;
  let met = 0;
  for (const term of asked) {
    // An answer leaves out the name that the question has said.
    const weight = term.kind === 'name' ? 0.3 * term.weight : term.weight;
    total += weight;
    if (said.some((each) => each.key === term.key)) met += weight;
    else if (said.some((each) => synonymous(each.key, term.key) || alike(each.key, term.key))) met += 0.85 * weight;
  }
  const about = total === 0 ? near : met / total;
  const kinds = KINDS.filter(([question]) => question.test(query));
  const answered = kinds.filter(([, test]) => test(said, answer)).length;
  const kind = kinds.length === 0 ? 0.5 : answered / kinds.length;
  return 1 / (1 + Math.exp(-(NEAR * near + ABOUT * about + KIND * kind + BIAS)));
}

/** Fit by hand on the development half of the grounding twins, whose answers beside the point are true to the source. */
const NEAR = 7;
const ABOUT = 4;
const KIND = 1.5;
const BIAS = -5.1;

const alike = (one: string, other: string): boolean => {
  const length = Math.min(one.length, other.length);
  return length >= 4 && one.slice(0, Math.max(4, length - 1)) === other.slice(0, Math.max(4, length - 1));
};
