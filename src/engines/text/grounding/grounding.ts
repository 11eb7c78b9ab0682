import type { Embed } from '../vectors.ts';
import { checkLength, TextError } from '../words/error.ts';
import { sentencesOf } from '../words/sentences.ts';
import { wordsOf } from '../words/stem.ts';
import { relevanceOf } from './relevance.ts';
import { clausesOf, statementOf } from './statement.ts';
import type { Statement } from './statement.ts';
import { sourceOf, supportOf } from './support.ts';
import type { Evidence, Source } from './support.ts';

/** A sentence of the answer by UTF-16 offsets, how well the source bears it out (0 to 1), and what speaks against it. */
export type GroundedSentence = { text: string; start: number; end: number; grounding: number; faults: string[] };

export type GroundingScores = {
  /** How well the source bears the answer out, 0 to 1: that of its worst sentence, mostly. 1 where the answer states nothing. */
  grounding: number;
  /** How far the answer answers the query, 0 to 1; absent without a query, or where it was not asked for. */
  relevance?: number;
  sentences: GroundedSentence[];
};

export interface Grounding {
  /**
   * How far an answer is borne out by its source and answers its query. 0.7 is where supported and unsupported answers part.
   *
   * @throws {TextError} `too_large` for a source, query or answer of over 100,000 characters, or an answer of over 500 sentences. What `embed`
   * rejects with passes through.
   */
  score(asked: GroundingRequest): Promise<GroundingScores>;
  /** The relevance of `score` alone: of two vectors, where that takes one for each sentence of the source and each clause of the answer. */
  relevance(asked: { source: readonly string[]; query: string; answer: string }): Promise<number>;
}

export type GroundingRequest = {
  source: readonly string[];
  query?: string;
  answer: string;
  /** `false`: the query is only there for the names in it. */
  relevance?: boolean;
};

const ANSWER_SENTENCES_MAX = 500;
/** Characters of a sentence that are looked at. */
const SENTENCE_LENGTH_MAX = 1_000;
/** Share of the answer's score that its worst sentence decides; the rest is the mean. */
const WORST = 0.85;
/** The most that a sentence gets against which something speaks. */
const FAULTY_MAX = 0.35;

/** What answers say around their claims: nothing that a source could bear out. */
const NO_CLAIM =
  /^\W*(?:(?:sure|certainly|of course|yes|no|ok|okay|great question|good question|hello|hi|thanks?(?: you)?|you're welcome|i see|absolutely)\b[^.]{0,40}|here(?:'s| is| are) (?:the|your|an?|my|some|what)\b[^.]{0,80}:?|(?:i hope (?:this|that)|let me know|feel free|please (?:let|feel|note that i)|is there anything|if you have (?:any )?(?:more |other |further )?questions|do you want|would you like)\b.*|(?:in (?:summary|short|conclusion)|to summari[sz]e|the answer is|answer)\s*:?|(?:i (?:do not|don't|could not|couldn't|cannot|can't)|the (?:source|document|text|context|passage|search results?)s? (?:do(?:es)? not|don't|doesn't)) (?:know|find|say|mention|contain|have|provide|answer|tell|include|specify)\b.*|there is no (?:information|mention)\b.*)\W*$/i;
/** What only says where a claim comes from. */
const LEAD =
  /^\W*(?:(?:according to|based on|as (?:stated|mentioned|described|noted) in|from) (?:the |your |this )?(?:provided |given |above |retrieved )?(?:text|document|source|context|passage|information|article|search results?)s?(?: (?:provided|above|given))?,?\s*|the (?:text|document|source|context|passage|article) (?:says|states|mentions|notes|explains|reports) that\s*|(?:yes|no|sure|in short|in summary|so|therefore|also|moreover|furthermore|additionally|however|then|in addition),\s*)/i;

/**
 * Checks answers against sources: each clause of the answer is held against each sentence of the source by its words, numbers, names,
 * negations and opposites, by who does what, and by the encoder's vectors. English.
 */
export function createGrounding({ embed }: { embed: Embed }): Grounding {
  return {
    async score({ source, query, answer, relevance }) {
      checkLengths(source, query, answer);
      const sentences = sentencesOf(answer);
      if (sentences.length > ANSWER_SENTENCES_MAX) {
        throw new TextError(
          'too_large',
          `The answer has ${sentences.length} sentences; at most ${ANSWER_SENTENCES_MAX}.`,
        );
      }
      const given = source.flatMap((text) => sentencesOf(text)).map(({ text }) => text.slice(0, SENTENCE_LENGTH_MAX));
      const claims = sentences.map(({ text }) =>
        NO_CLAIM.test(text) || text.endsWith('?')
          ? []
          : clausesOf(text.slice(0, SENTENCE_LENGTH_MAX).replace(LEAD, '')),
      );
      const names = namesIn([...source, query ?? '', answer]);
      const facts = sourceOf(given.map((text) => statementOf(text, names)));
      const flat = claims.flat();
      const among = candidates(facts, flat);
      const asked = relevance === false || query === undefined ? [] : askedOf(query, answer);
      const vectors = await embed([...among.map((index) => given[index]!), ...flat, ...asked]);

      const scored: GroundedSentence[] = [];
      let nth = among.length;
      for (const [index, sentence] of sentences.entries()) {
        let worst = 1;
        const faults: string[] = [];
        const context = statementOf(sentence.text.slice(0, SENTENCE_LENGTH_MAX), names, false).terms;
        for (const clause of claims[index]!) {
          const near: number[] = [];
          for (const [at, statement] of among.entries()) near[statement] = dot(vectors[at]!, vectors[nth]!);
          nth++;
          const result = groundingOf(statementOf(clause, names), facts, { near, among, context });
          worst = Math.min(worst, result.score);
          faults.push(...result.faults);
          await new Promise(setImmediate);
        }
        scored.push({ ...sentence, grounding: round(worst), faults });
      }
      const counted = scored.filter((_, index) => claims[index]!.length > 0).map(({ grounding }) => grounding);
      const grounding =
        counted.length === 0
          ? 1
          : WORST * Math.min(...counted) +
            (1 - WORST) * (counted.reduce((sum, value) => sum + value, 0) / counted.length);
      const scores: GroundingScores = { grounding: round(grounding), sentences: scored };
      if (asked.length > 0) {
        const [question, said] = vectors.slice(among.length + flat.length);
        scores.relevance = said === undefined ? 0 : round(relevanceOf(query!, answer, dot(question!, said), names));
      }
      return scores;
    },

    async relevance({ source, query, answer }) {
      checkLengths(source, query, answer);
      const [question, said] = await embed(askedOf(query, answer));
      if (question === undefined || said === undefined) return 0;
      return round(relevanceOf(query, answer, dot(question, said), namesIn([...source, query, answer])));
    },
  };
}

function checkLengths(source: readonly string[], query: string | undefined, answer: string): void {
  checkLength(answer, 'The answer');
  checkLength(source.join('\n'), 'The source');
  if (query !== undefined) checkLength(query, 'The query');
}

/** What relevance is told by: the question and the answer, where there are any. */
const askedOf = (query: string, answer: string): string[] =>
  query.trim() === '' ? [] : [query, ...(answer.trim() === '' ? [] : [answer])];

function groundingOf(claim: Statement, source: Source, evidence: Evidence): { score: number; faults: string[] } {
  if (claim.terms.every(({ weight }) => weight < 1)) return { score: 1, faults: [] };
  const { covered, together, faults } = supportOf(claim, source, evidence);
  const meaning = Math.max(0, ...evidence.among.map((index) => evidence.near[index] ?? 0));
  const sum = COVERED * covered + TOGETHER * together + MEANING * meaning + BIAS;
  const score = 1 / (1 + Math.exp(-sum));
  return { score: faults.length > 0 ? Math.min(FAULTY_MAX, score) * (faults.length > 1 ? 0.6 : 1) : score, faults };
}

/** A source of up to this many sentences is compared whole. */
const WHOLE_MAX = 80;
/** Of a longer one, as many sentences for each clause of the answer: those that share most of its words. */
const CANDIDATES_EACH = 16;
const CANDIDATES_MAX = 400;

/** The statements of a source that clauses are compared with, by index. */
function candidates({ statements }: Source, clauses: readonly string[]): number[] {
  if (statements.length <= WHOLE_MAX) return [...statements.keys()];
  const places = new Map<string, number[]>();
  for (const [index, { text }] of statements.entries()) {
    for (const stem of new Set(wordsOf(text).map((word) => word.stem))) {
      const at = places.get(stem);
      if (at === undefined) places.set(stem, [index]);
      else at.push(index);
    }
  }
  const chosen = new Set<number>();
  for (const clause of clauses) {
    const shares = new Map<number, number>();
    for (const stem of new Set(wordsOf(clause).map((word) => word.stem))) {
      const at = places.get(stem) ?? [];
      // A word that is in every sentence tells nothing about one.
      for (const index of at) shares.set(index, (shares.get(index) ?? 0) + Math.log(1 + statements.length / at.length));
    }
    const best = [...shares].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, CANDIDATES_EACH);
    for (const [index] of best) if (chosen.size < CANDIDATES_MAX) chosen.add(index);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Set on the development half of the grounding twins and the cases of the tests, so that 0.7 parts what is borne out from what is not. */
const COVERED = 5.4;
const TOGETHER = 3.6;
const MEANING = 1.5;
const BIAS = -6.1;

/** Words that are written with a capital inside a sentence somewhere: names, wherever they stand. */
function namesIn(texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  const lower = new Set<string>();
  for (const text of texts) {
    for (const word of wordsOf(text)) {
      if (/^\p{Ll}/u.test(word.text)) lower.add(word.lower);
      else if (
        /^\p{Lu}/u.test(word.text) &&
        word.start > 0 &&
        !/(?:[.!?:"“(\n]|^)\s*$/u.test(text.slice(Math.max(0, word.start - 3), word.start))
      )
        names.add(word.lower);
    }
  }
  for (const word of lower) names.delete(word);
  return names;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
