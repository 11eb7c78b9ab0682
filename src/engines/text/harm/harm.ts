import type { Embed } from '../vectors.ts';
import { openModel } from './classifier.ts';
import type { Classifier, Confidence, Evidence, StoredModel } from './classifier.ts';
import { prepare } from './features.ts';
import { read } from './normalize.ts';
import stored from './weights.json' with { type: 'json' };

export type HarmCategory = 'hate' | 'insults' | 'sexual' | 'violence' | 'misconduct';

/** How harmful a text is in one way. `score` is 0 to 1; `confidence` is `low` from 0.4, `medium` from 0.6 and `high` from 0.8. */
export type HarmFinding = { category: HarmCategory; score: number; confidence: Confidence };

/**
 * What judges: a linear model over words, letters, senses of a lexicon of our own and the vectors of the sentence encoder, trained by
 * `tools/train/classifiers.ts` on the texts in `tools/train/material` and on the development half of `bench/accuracy/guardrails`. English. The
 * number changes with the weights.
 */
export const HARM_VERSION = 'outcrop-harm-linear-3';

let model: Classifier | undefined;
const opened = (): Classifier => (model ??= openModel(stored satisfies StoredModel));

/**
 * What the words of a text say of harm, for `weighHarm`.
 *
 * @param text up to 100,000 UTF-16 units; takes about 1 ms for 1,000: texts over some 10,000 belong in a worker thread.
 * @throws RangeError for a longer text.
 */
export const readHarm = (text: string): Evidence => opened().read(prepare(read(text)));

/** The findings of a text whose words are read: always all five categories. What `embed` rejects with passes through. */
export async function weighHarm(evidence: Evidence, embed: Embed): Promise<HarmFinding[]> {
  const scores = await opened().score(evidence, embed);
  return stored.labels.map((category, index) => ({
    category: category as HarmCategory,
    ...opened().calibrate(index, scores[index]!),
  }));
}

/**
 * How hateful, insulting, sexual, violent or criminal an English text is: always all five categories. Each sentence is judged, with and
 * without the one before it, and the worst counts, so that harmless text around a harmful sentence changes nothing. Disguises such as leetspeak,
 * spaced letters, masks and look-alike letters are taken off first. The same text always gets the same answer.
 *
 * @throws RangeError for a text of over 100,000 UTF-16 units; what `embed` rejects with.
 */
export const assessHarm = async (text: string, embed: Embed): Promise<HarmFinding[]> =>
  weighHarm(readHarm(text), embed);
