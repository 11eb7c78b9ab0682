import type { Embed } from '../vectors.ts';
import { openModel } from '../harm/classifier.ts';
import type { Classifier, Confidence, Evidence, StoredModel } from '../harm/classifier.ts';
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
export const ATTACK_VERSION = 'outcrop-attack-linear-3';

let model: Classifier | undefined;
const opened = (): Classifier => (model ??= openModel(stored satisfies StoredModel));

/** What the words of a text, and of what is encoded in it, say of attacks, for `weighAttack`; bounds and time as `readHarm`. */
export function readAttack(text: string): Evidence {
  const all: Evidence = { sentences: [], windows: [] };
  for (const part of [text, ...payloads(text)]) {
    const { sentences, windows } = opened().read(prepare(read(part)));
    const from = all.sentences.length;
    all.sentences.push(...sentences);
    for (const window of windows)
      all.windows.push({ ...window, sentences: window.sentences.map((index) => from + index) });
  }
  return all;
}

/** The findings of a text whose words are read: always all three kinds. What `embed` rejects with passes through. */
export async function weighAttack(evidence: Evidence, embed: Embed): Promise<AttackFinding[]> {
  const scores = await opened().score(evidence, embed);
  return stored.labels.map((kind, index) => ({
    kind: kind as AttackKind,
    ...opened().calibrate(index, scores[index]!),
  }));
}

/**
 * How much an English text is an attack on the language model that will read it: always all three kinds. Each sentence is judged, with and
 * without the one before it, and the worst counts; so does what stands in the text in Base64, hexadecimal, ROT13 or backwards. The same
 * text always gets the same answer.
 *
 * @throws RangeError for a text of over 100,000 UTF-16 units; what `embed` rejects with.
 */
export const assessAttack = async (text: string, embed: Embed): Promise<AttackFinding[]> =>
  weighAttack(readAttack(text), embed);
