import { openModel } from '../harm/classifier.ts';
import type { Classifier, Confidence, StoredModel } from '../harm/classifier.ts';
import { prepare } from '../harm/features.ts';
import { read } from '../harm/normalize.ts';
import { payloads } from './payload.ts';
import stored from './weights.json' with { type: 'json' };

/**
 * - `jailbreak`: the author wants the model to drop its rules.
 * - `injection`: text that the model reads as data gives it orders.
 * - `leakage`: the author wants the model's own instructions.
 */
export type AttackKind = 'jailbreak' | 'injection' | 'leakage';

/** How much a text looks like one kind of attack. `score` is 0 to 1; `confidence` is `low` from 0.4, `medium` from 0.6 and `high` from 0.8. */
export type AttackFinding = { kind: AttackKind; score: number; confidence: Confidence };

/** What judges; as `HARM_VERSION`, with weights of its own. */
export const ATTACK_VERSION = 'outcrop-attack-linear-1';

let model: Classifier | undefined;

/**
 * How much an English text is an attack on the language model that will read it: always all three kinds. Each sentence is judged, with and
 * without the one before it, and the worst counts; so does what stands in the text in Base64, hexadecimal, ROT13 or backwards. The same
 * text always gets the same answer.
 *
 * @param text up to 100,000 UTF-16 units; takes about 1 ms for 1,000: texts over some 10,000 belong in a worker thread.
 * @throws RangeError for a longer text.
 */
export function assessAttack(text: string): AttackFinding[] {
  model ??= openModel(stored satisfies StoredModel);
  const scores = model.score(prepare(read(text)));
  for (const payload of payloads(text)) {
    model.score(prepare(read(payload))).forEach((score, index) => (scores[index] = Math.max(scores[index]!, score)));
  }
  return stored.labels.map((kind, index) => ({
    kind: kind as AttackKind,
    ...model!.calibrate(index, scores[index]!),
  }));
}
