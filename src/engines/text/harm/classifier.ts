import { inflateSync } from 'node:zlib';
import { featuresOf, FEATURES, windowsOf } from './features.ts';
import type { Prepared } from './features.ts';

/** How sure a finding is; each step includes those under it. */
export type Confidence = 'none' | 'low' | 'medium' | 'high';

/** Scores at and above which a finding has this confidence. */
const BANDS = { low: 0.4, medium: 0.6, high: 0.8 };

/** A trained model as it is stored. */
export type StoredModel = {
  labels: string[];
  /** Bias of each label. */
  bias: number[];
  /** What a stored weight of 1 stands for, of each label. */
  scale: number[];
  /** Linear scores at which low, medium and high begin, of each label, ascending. */
  bands: number[][];
  /** Signed bytes, label by label, deflated, in base64. */
  weights: string;
};

/** A linear model over the features of a window. */
export type Classifier = {
  /** The best linear score of any window, of each label. */
  score: (text: Prepared) => Float64Array;
  /** Puts a linear score of label `index` on the common scale of 0 to 1. */
  calibrate: (index: number, linear: number) => { score: number; confidence: Confidence };
};

/** Opens a stored model. @throws Error for a model whose size is not that of the features. */
export function openModel(stored: StoredModel): Classifier {
  const bytes = inflateSync(Buffer.from(stored.weights, 'base64'));
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = stored.labels.length;
  if (weights.length !== count * FEATURES)
    throw new Error(`the model has ${weights.length} weights, not ${count * FEATURES}`);
  return {
    score(text) {
      const best = new Float64Array(count).fill(-Infinity);
      for (const [from, to] of windowsOf(text)) {
        const { indexes, values } = featuresOf(text, from, to);
        for (let label = 0; label < count; label++) {
          const base = label * FEATURES;
          let sum = 0;
          for (let at = 0; at < indexes.length; at++) sum += weights[base + indexes[at]!]! * values[at]!;
          const linear = stored.bias[label]! + stored.scale[label]! * sum;
          if (linear > best[label]!) best[label] = linear;
        }
      }
      return best;
    },
    calibrate: (index, linear) => calibrate(stored.bands[index]!, linear),
  };
}

/** Straight lines between the bands on the side of the score, and a curve that nears 0 and 1 outside of them. */
function calibrate([low, medium, high]: number[], linear: number): { score: number; confidence: Confidence } {
  let score: number;
  if (!(linear > -Infinity)) score = 0;
  else if (linear < low!) score = (2 * BANDS.low) / (1 + Math.exp(low! - linear));
  else if (linear < medium!) score = BANDS.low + ((BANDS.medium - BANDS.low) * (linear - low!)) / (medium! - low!);
  else if (linear < high!)
    score = BANDS.medium + ((BANDS.high - BANDS.medium) * (linear - medium!)) / (high! - medium!);
  else score = 1 - (2 * (1 - BANDS.high)) / (1 + Math.exp(linear - high!));
  const rounded = Math.round(score * 10_000) / 10_000;
  // The confidence is that of the score that is told, so that both always agree.
  const confidence =
    rounded >= BANDS.high ? 'high' : rounded >= BANDS.medium ? 'medium' : rounded >= BANDS.low ? 'low' : 'none';
  return { score: rounded, confidence };
}
