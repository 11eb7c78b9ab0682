import { stem } from './stem.ts';
import { checkLength, countOf, ngrams, numbered, overlapOf, scoreOf, type Score } from './words.ts';

/** ROUGE as Google's `rouge_score` computes it. Source: C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", ACL 2004. */
export type RougeOptions = {
  /** Compares Porter stems of words over three letters; default false. */
  stemming?: boolean;
};

/** Lower-case runs of ASCII letters and digits: other scripts have no words here, as in `rouge_score`'s default tokenizer. */
export function rougeWords(text: string, { stemming = false }: RougeOptions = {}): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stemming ? words.map((word) => (word.length > 3 ? stem(word) : word)) : words;
}

/**
 * ROUGE-N: common sequences of `n` words. Each measure 0 to 1.
 *
 * @throws {RangeError} when `n` is not a whole number of at least 1
 */
export function rougeN(reference: string, candidate: string, n: number, options?: RougeOptions): Score {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`n is ${n}; a whole number of at least 1`);
  const wanted = ngrams(rougeWords(reference, options), n);
  const found = ngrams(rougeWords(candidate, options), n);
  return scoreOf(overlapOf(countOf(wanted), countOf(found)), found.length, wanted.length);
}

/** ROUGE-L: the longest sequence of words that both have in this order. Throws EvaluateError ('too_large'). */
export function rougeL(reference: string, candidate: string, options?: RougeOptions): Score {
  const wanted = rougeWords(reference, options);
  const found = rougeWords(candidate, options);
  checkLength(wanted, found);
  const [a, b] = numbered(wanted, found) as [Int32Array, Int32Array];
  return scoreOf(commonSubsequence(a, b), found.length, wanted.length);
}

/** Length of the longest common subsequence. */
function commonSubsequence(a: Int32Array, b: Int32Array): number {
  let before = new Uint16Array(b.length + 1);
  let row = new Uint16Array(b.length + 1);
  for (const left of a) {
    for (let at = 1; at <= b.length; at++)
      row[at] = b[at - 1] === left ? before[at - 1]! + 1 : Math.max(before[at]!, row[at - 1]!);
    [before, row] = [row, before];
  }
  return before[b.length]!;
}

/**
 * ROUGE-Lsum: for each sentence (a line) of the reference the union of its longest common subsequences with the sentences of the candidate;
 * a word counts once on either side. Throws EvaluateError ('too_large').
 */
export function rougeLsum(reference: string, candidate: string, options?: RougeOptions): Score {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => rougeWords(line, options))
      .filter((line) => line.length > 0);
  const wanted = lines(reference);
  const found = lines(candidate);
  checkLength(wanted.flat(), found.flat());
  const wantedLeft = countOf(wanted.flat());
  const foundLeft = countOf(found.flat());
  let common = 0;
  for (const sentence of wanted) {
    const union = new Set(found.flatMap((other) => commonPositions(sentence, other)));
    for (const at of [...union].sort((a, b) => a - b)) {
      const word = sentence[at]!;
      const left = [wantedLeft.get(word) ?? 0, foundLeft.get(word) ?? 0] as const;
      if (left[0] === 0 || left[1] === 0) continue;
      wantedLeft.set(word, left[0] - 1);
      foundLeft.set(word, left[1] - 1);
      common++;
    }
  }
  return scoreOf(common, found.flat().length, wanted.flat().length);
}

/** Positions in `wanted` of one longest common subsequence. */
function commonPositions(wanted: string[], found: string[]): number[] {
  const width = found.length + 1;
  const table = new Uint16Array((wanted.length + 1) * width);
  for (let i = 1; i <= wanted.length; i++)
    for (let j = 1; j < width; j++)
      table[i * width + j] =
        wanted[i - 1] === found[j - 1]
          ? table[(i - 1) * width + j - 1]! + 1
          : Math.max(table[(i - 1) * width + j]!, table[i * width + j - 1]!);
  const positions: number[] = [];
  let [i, j] = [wanted.length, found.length];
  while (i > 0 && j > 0) {
    if (wanted[i - 1] === found[j - 1]) {
      positions.push(i - 1);
      i--;
      j--;
    } else if (table[i * width + j - 1]! > table[(i - 1) * width + j]!) j--;
    else i--;
  }
  return positions;
}
