import { openModel } from './classifier.ts';
import type { Classifier, Confidence, StoredModel } from './classifier.ts';
import { prepare } from './features.ts';
import { read } from './normalize.ts';
import stored from './weights.json' with { type: 'json' };

export type HarmCategory = 'hate' | 'insults' | 'sexual' | 'violence' | 'misconduct';

/** How harmful a text is in one way. `score` is 0 to 1; `confidence` is `low` from 0.4, `medium` from 0.6 and `high` from 0.8. */
export type HarmFinding = { category: HarmCategory; score: number; confidence: Confidence };

/**
 * What judges: a linear model over words, letters and senses of a lexicon of our own, trained by `tools/train/classifiers.ts` on the texts in
 * `tools/train/material` and on the development half of `bench/accuracy/guardrails`. English. The number changes with the weights.
 */
export const HARM_VERSION = 'outcrop-harm-linear-1';

let model: Classifier | undefined;

/**
 * How hateful, insulting, sexual, violent or criminal an English text is: always all five categories. Each sentence is judged, with and
 * without the one before it, and the worst counts, so that harmless text around a harmful sentence changes nothing. Disguises such as leetspeak,
 * spaced letters, masks and look-alike letters are taken off first. The same text always gets the same answer.
 *
 * @param text up to 100,000 UTF-16 units; takes about 1 ms for 1,000: texts over some 10,000 belong in a worker thread.
 * @throws RangeError for a longer text.
 */
export function assessHarm(text: string): HarmFinding[] {
  model ??= openModel(stored satisfies StoredModel);
  const scores = model.score(prepare(read(text)));
  return stored.labels.map((category, index) => ({
    category: category as HarmCategory,
    ...model!.calibrate(index, scores[index]!),
  }));
}
