import {
  checkLength,
  countOf,
  normalizeAnswer,
  numbered,
  overlapOf,
  scoreOf,
  splitWords,
  type Score,
} from './words.ts';

/** Whether two answers are the same text, but for white space at their ends. */
export const exactMatch = (reference: string, candidate: string): boolean => reference.trim() === candidate.trim();

/** Whether two answers are the same once case, punctuation, articles and white space are set aside (SQuAD's exact match). */
export const quasiExactMatch = (reference: string, candidate: string): boolean =>
  normalizeAnswer(reference) === normalizeAnswer(candidate);

/** Common words of two answers, normalised as SQuAD does; each measure 0 to 1. Source: Rajpurkar et al. 2016, evaluation script v1.1. */
export function wordScore(reference: string, candidate: string): Score {
  const wanted = splitWords(normalizeAnswer(reference));
  const found = splitWords(normalizeAnswer(candidate));
  return scoreOf(overlapOf(countOf(wanted), countOf(found)), found.length, wanted.length);
}

/**
 * Word error rate: the words to be put in, taken out or exchanged to make the reference of the candidate, for each word of the reference.
 * 0 is the same text; more than 1 is possible. An empty reference has rate 0 against nothing, 1 against anything. Case and punctuation count.
 * Throws EvaluateError ('too_large').
 */
export function wordErrorRate(reference: string, candidate: string): number {
  const wanted = splitWords(reference);
  const found = splitWords(candidate);
  checkLength(wanted, found);
  if (wanted.length === 0) return found.length === 0 ? 0 : 1;
  const [a, b] = numbered(wanted, found) as [Int32Array, Int32Array];
  let before = Int32Array.from({ length: b.length + 1 }, (_, at) => at);
  let row = new Int32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    const left = a[i - 1];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = before[j - 1]! + (left === b[j - 1] ? 0 : 1);
      const moved = Math.min(before[j]!, row[j - 1]!) + 1;
      row[j] = Math.min(exchanged, moved);
    }
    [before, row] = [row, before];
  }
  return before[b.length]! / wanted.length;
}

/** What separates the answers of a reference any of which will do, as fmeval's data sets write it. */
const ALTERNATIVES = '<OR>';

/**
 * Factual knowledge (Bedrock's "real world knowledge"): whether the answer holds the fact, case set aside; for quasi inclusion
 * punctuation, articles and white space too. Source: fmeval, algorithm `factual_knowledge`.
 */
export function holdsFact(reference: string, candidate: string): { exact: boolean; quasi: boolean } {
  const facts = reference.split(ALTERNATIVES).map((each) => each.trim());
  const said = candidate.toLowerCase();
  const normalized = normalizeAnswer(candidate);
  const named = facts.filter((fact) => fact !== '');
  return {
    exact: named.some((fact) => said.includes(fact.toLowerCase())),
    quasi: named.some((fact) => normalized.includes(normalizeAnswer(fact))),
  };
}
