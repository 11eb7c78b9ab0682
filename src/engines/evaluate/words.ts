import { EvaluateError } from './error.ts';

/**
 * Words of one text that the measures of quadratic time take: alignments of two such texts stay under 20 ms. Longer texts are refused,
 * since a cut would be a measure of something else.
 */
export const WORDS_MAX = 4_000;

/** Throws EvaluateError ('too_large'). */
export function checkLength(...texts: readonly (readonly string[])[]): void {
  for (const words of texts)
    if (words.length > WORDS_MAX)
      throw new EvaluateError('too_large', `A text of ${words.length} words; ${WORDS_MAX} at most.`);
}

/** What white space separates. */
export const splitWords = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/**
 * A text as the SQuAD evaluation compares it: lower case, without ASCII punctuation, without `a`, `an` and `the`, one space between words.
 * Source: Rajpurkar et al. 2016, evaluation script v1.1 (`normalize_answer`).
 */
export function normalizeAnswer(text: string): string {
  return splitWords(
    text
      .toLowerCase()
      .replace(PUNCTUATION, '')
      .replace(/\b(a|an|the)\b/g, ' '),
  ).join(' ');
}

/** How often each thing occurs. */
export function countOf<T>(things: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}

/** The things that two bags have in common, each as often as in the bag that has it less often. */
export function overlapOf<T>(a: Map<T, number>, b: Map<T, number>): number {
  let common = 0;
  for (const [thing, count] of a) common += Math.min(count, b.get(thing) ?? 0);
  return common;
}

/** Sequences of `n` neighbours, each as one string. */
export function ngrams(tokens: readonly string[], n: number): string[] {
  const grams: string[] = [];
  for (let at = 0; at + n <= tokens.length; at++) grams.push(tokens.slice(at, at + n).join('\u0000'));
  return grams;
}

/** Each of 0 to 1. */
export type Score = { precision: number; recall: number; f1: number };

/** Precision and recall of what was found, with their harmonic mean; 0 where there is nothing to divide by. */
export function scoreOf(common: number, found: number, wanted: number): Score {
  const precision = found === 0 ? 0 : common / found;
  const recall = wanted === 0 ? 0 : common / wanted;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Each distinct word as a small number, so that tables of words compare integers. */
export function numbered(...texts: readonly (readonly string[])[]): Int32Array[] {
  const ids = new Map<string, number>();
  return texts.map((words) =>
    Int32Array.from(words, (word) => {
      const known = ids.get(word);
      if (known !== undefined) return known;
      ids.set(word, ids.size);
      return ids.size - 1;
    }),
  );
}
