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
  const left = { found: found.map((_, at) => at), wanted: wanted.map((_, at) => at) };
  const pairs: Pair[] = [];
  for (const form of [(word: string) => word, stem]) {
    const [a, b] = [found.map(form), wanted.map(form)];
    for (let i = left.found.length - 1; i >= 0; i--) {
      const j = left.wanted.findLastIndex((at) => b[at] === a[left.found[i]!]);
      if (j < 0) continue;
      pairs.push([left.found[i]!, left.wanted[j]!]);
      left.found.splice(i, 1);
      left.wanted.splice(j, 1);
    }
  }
  return pairs.sort((a, b) => a[0] - b[0]);
}

/** Runs of matches that stand together, in the same order, on both sides. */
function chunksOf(pairs: readonly Pair[]): number {
  return pairs.filter(([i, j], at) => at === 0 || i !== pairs[at - 1]![0] + 1 || j !== pairs[at - 1]![1] + 1).length;
}
