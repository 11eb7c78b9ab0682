import { EvaluateError } from './error.ts';
import { countOf, ngrams, splitWords } from './words.ts';

/**
 * BLEU as sacreBLEU computes it, on a scale of 0 to 100. Sources: Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine
 * Translation", ACL 2002; M. Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018; smoothing: Chen and Cherry, WMT 2014.
 */
export type BleuOptions = {
  /** `13a`: mteval-v13a's rules for languages that are written with spaces; `none`: the text is tokenized already. Default `13a`. */
  tokenize?: '13a' | 'none';
  /**
   * What stands in for an n-gram order without a match. `exp`: halved for each such order (default); `floor`: 0.1 matches; `add-k`: 1 is
   * added to matches and totals of orders above 1; `none`: the score is 0.
   */
  smoothing?: 'exp' | 'floor' | 'add-k' | 'none';
  lowercase?: boolean;
};

export type Bleu = {
  /** 0 to 100. */
  score: number;
  /** Of orders 1 to 4, each 0 to 100. */
  precisions: number[];
  brevityPenalty: number;
  /** Words of the candidates, and of the references that are closest in length. */
  candidateLength: number;
  referenceLength: number;
};

const ORDERS = 4;
const FLOOR = 0.1;
const ADDED = 1;

/** The words of a text by mteval-v13a. */
export function tokenize13a(text: string): string[] {
  let line = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  if (line.includes('&'))
    line = line.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  return splitWords(
    ` ${line} `
      .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
      .replace(/([^0-9])([.,])/g, '$1 $2 ')
      .replace(/([.,])([^0-9])/g, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}

type Statistics = { correct: number[]; total: number[]; candidateLength: number; referenceLength: number };

function statisticsOf(
  candidate: string,
  references: readonly string[],
  { tokenize = '13a', lowercase = false }: BleuOptions,
): Statistics {
  if (references.length === 0) throw new EvaluateError('invalid', 'BLEU needs at least one reference.');
  const words = (text: string) => {
    const cased = lowercase ? text.toLowerCase() : text;
    return tokenize === '13a' ? tokenize13a(cased) : splitWords(cased);
  };
  const found = words(candidate);
  const wanted = references.map(words);
  const lengths = wanted.map(({ length }) => length);
  // Of two that are equally close the shorter counts.
  const referenceLength = lengths.reduce((best, length) => {
    const [near, far] = [Math.abs(length - found.length), Math.abs(best - found.length)];
    return near < far || (near === far && length < best) ? length : best;
  });
  const correct: number[] = [];
  const total: number[] = [];
  for (let n = 1; n <= ORDERS; n++) {
    const most = new Map<string, number>();
    for (const reference of wanted)
      for (const [gram, count] of countOf(ngrams(reference, n))) most.set(gram, Math.max(count, most.get(gram) ?? 0));
    const grams = ngrams(found, n);
    let matches = 0;
    for (const [gram, count] of countOf(grams)) matches += Math.min(count, most.get(gram) ?? 0);
    correct.push(matches);
    total.push(grams.length);
  }
  return { correct, total, candidateLength: found.length, referenceLength };
}

function bleuOf(statistics: Statistics, smoothing: NonNullable<BleuOptions['smoothing']>, effective: boolean): Bleu {
  const { correct, total, candidateLength, referenceLength } = statistics;
  const brevityPenalty =
    candidateLength >= referenceLength
      ? 1
      : candidateLength === 0
        ? 0
        : Math.exp(1 - referenceLength / candidateLength);
  const precisions = Array.from({ length: ORDERS }, () => 0);
  const made = { precisions, brevityPenalty, candidateLength, referenceLength };
  if (correct.every((matches) => matches === 0)) return { score: 0, ...made };
  let halved = 1;
  let orders = ORDERS;
  for (let n = 0; n < ORDERS; n++) {
    let [matches, all] = [correct[n]!, total[n]!];
    if (smoothing === 'add-k' && n > 0) [matches, all] = [matches + ADDED, all + ADDED];
    if (all === 0) break;
    if (effective) orders = n + 1;
    if (matches > 0) precisions[n] = (100 * matches) / all;
    else if (smoothing === 'exp') precisions[n] = 100 / ((halved *= 2) * all);
    else if (smoothing === 'floor') precisions[n] = (100 * FLOOR) / all;
  }
  const used = precisions.slice(0, orders);
  if (used.some((precision) => precision === 0)) return { score: 0, ...made };
  const logs = used.reduce((sum, precision) => sum + Math.log(precision), 0);
  return { score: brevityPenalty * Math.exp(logs / orders), ...made };
}

/**
 * BLEU of one sentence, over the orders that it is long enough for.
 *
 * @throws {EvaluateError} 'invalid' without a reference
 */
export function sentenceBleu(candidate: string, references: readonly string[], options: BleuOptions = {}): Bleu {
  return bleuOf(statisticsOf(candidate, references, options), options.smoothing ?? 'exp', true);
}

/** Gathers the sentences of a corpus one by one: matches and lengths are summed before anything is divided. */
export type BleuCorpus = {
  /** Throws EvaluateError ('invalid') for a sentence without a reference. */
  add(candidate: string, references: readonly string[]): void;
  /** BLEU of what was added; it is not the mean of the sentences'. Throws EvaluateError ('invalid') when there is none. */
  score(): Bleu;
};

export function bleuCorpus(options: BleuOptions = {}): BleuCorpus {
  const sum: Statistics = { correct: [0, 0, 0, 0], total: [0, 0, 0, 0], candidateLength: 0, referenceLength: 0 };
  let sentences = 0;
  return {
    add(candidate, references) {
      const one = statisticsOf(candidate, references, options);
      sentences++;
      for (let n = 0; n < ORDERS; n++) {
        sum.correct[n]! += one.correct[n]!;
        sum.total[n]! += one.total[n]!;
      }
      sum.candidateLength += one.candidateLength;
      sum.referenceLength += one.referenceLength;
    },
    score() {
      if (sentences === 0) throw new EvaluateError('invalid', 'There are no sentences to score.');
      return bleuOf(sum, options.smoothing ?? 'exp', false);
    },
  };
}
