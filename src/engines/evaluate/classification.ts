import { EvaluateError } from './error.ts';
import { mean, splitWords } from './words.ts';

export type Labelled = { wanted: string; found: string };

export type ClassScores = {
  /** Share of right labels. */
  accuracy: number;
  /** Mean over the labels that are wanted anywhere of the share found of each: chance level does not depend on how frequent labels are. */
  balancedAccuracy: number;
  /** Means over the labels (macro); a label that was never found has precision 0. */
  precision: number;
  recall: number;
  byLabel: Record<string, { precision: number; recall: number; f1: number; count: number }>;
};

/** What no label stands for, as in fmeval's `convert_model_output_to_label`. */
export const UNKNOWN_LABEL = 'unknown';

const clean = (text: string) => text.toLowerCase().replace(/^[\s!-/:-@[-`{-~]+|[\s!-/:-@[-`{-~]+$/g, '');

/**
 * The label that a model's answer names: the answer itself, else the first of `labels` that stands in it as whole words; `unknown` if none
 * does. Case and punctuation around words are set aside.
 */
export function labelIn(answer: string, labels: readonly string[]): string {
  const whole = labels.find((label) => clean(label) === clean(answer));
  if (whole !== undefined) return whole;
  const words = splitWords(answer).map(clean);
  let best: { label: string; at: number; length: number } | undefined;
  for (const label of labels) {
    const wanted = splitWords(label).map(clean);
    if (wanted.length === 0) continue;
    const at = words.findIndex((_, start) => wanted.every((word, offset) => words[start + offset] === word));
    if (at < 0 || (best && (at > best.at || (at === best.at && wanted.length <= best.length)))) continue;
    best = { label, at, length: wanted.length };
  }
  return best?.label ?? UNKNOWN_LABEL;
}

/**
 * Accuracy, precision and recall of labels that were given.
 *
 * @throws {EvaluateError} 'invalid' without any
 */
export function classScores(pairs: readonly Labelled[]): ClassScores {
  if (pairs.length === 0) throw new EvaluateError('invalid', 'There are no labels to score.');
  const wantedLabels = new Set(pairs.map(({ wanted }) => wanted));
  const byLabel: ClassScores['byLabel'] = {};
  for (const label of [...wantedLabels].sort()) {
    const wanted = pairs.filter((pair) => pair.wanted === label).length;
    const found = pairs.filter((pair) => pair.found === label).length;
    const right = pairs.filter((pair) => pair.wanted === label && pair.found === label).length;
    const [precision, recall] = [found === 0 ? 0 : right / found, right / wanted];
    const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    byLabel[label] = { precision, recall, f1, count: wanted };
  }
  const scores = Object.values(byLabel);
  const recall = mean(scores.map((each) => each.recall));
  return {
    accuracy: pairs.filter(({ wanted, found }) => wanted === found).length / pairs.length,
    balancedAccuracy: recall,
    precision: mean(scores.map((each) => each.precision)),
    recall,
    byLabel,
  };
}
