import { EvaluateError } from './error.ts';
import { stem } from './stem.ts';
import { checkLength, splitWords } from './words.ts';

/**
 * METEOR with its exact and its stem module; there is no synonym module, for want of WordNet. Parameters and alignment are NLTK's: words are
 * matched from the end backwards, first exactly, then by Porter stem; the more the matches break into chunks, the larger the penalty.
 * Source: Lavie and Agarwal, "METEOR: An Automatic Metric for MT Evaluation with High Levels of Correlation with Human Judgments", WMT 2007.
 */
const ALPHA = 0.9;
const BETA = 3;
const GAMMA = 0.5;

type Pair = readonly [candidate: number, reference: number];

/**
 * METEOR of a candidate against the reference that suits it best, 0 to 1. Words are what white space separates, in lower case.
 *
 * @throws {EvaluateError} 'invalid' without a reference; 'too_large'
 */
export function meteor(candidate: string, references: readonly string[]): number {
  if (references.length === 0) throw new EvaluateError('invalid', 'METEOR needs at least one reference.');
  const found = splitWords(candidate.toLowerCase());
  return Math.max(...references.map((reference) => single(found, splitWords(reference.toLowerCase()))));
}

function single(found: string[], wanted: string[]): number {
  checkLength(found, wanted);
  const pairs = align(found, wanted);
  if (pairs.length === 0) return 0;
  const precision = pairs.length / found.length;
  const recall = pairs.length / wanted.length;
  const weighted = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall);
  return (1 - GAMMA * (chunksOf(pairs) / pairs.length) ** BETA) * weighted;
}

function align(found: string[], wanted: string[]): Pair[] {
  const matched = { found: new Set<number>(), wanted: new Set<number>() };
  const pairs: Pair[] = [];
  for (const form of [(word: string) => word, stem]) {
    const places = new Map<string, number[]>();
    for (const [at, word] of wanted.entries()) {
      if (matched.wanted.has(at)) continue;
      const list = places.get(form(word));
      if (list) list.push(at);
      else places.set(form(word), [at]);
    }
    for (let i = found.length - 1; i >= 0; i--) {
      const j = matched.found.has(i) ? undefined : places.get(form(found[i]!))?.pop();
      if (j === undefined) continue;
      pairs.push([i, j]);
      matched.found.add(i);
      matched.wanted.add(j);
    }
  }
  return pairs.sort((a, b) => a[0] - b[0]);
}

/** Runs of matches that stand together, in the same order, on both sides. */
function chunksOf(pairs: readonly Pair[]): number {
  return pairs.filter(([i, j], at) => at === 0 || i !== pairs[at - 1]![0] + 1 || j !== pairs[at - 1]![1] + 1).length;
}
