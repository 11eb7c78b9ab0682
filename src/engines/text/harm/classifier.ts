import { inflateSync } from 'node:zlib';
import { DIMENSIONS, meanOf, type Embed } from '../vectors.ts';
import { featuresOf, FEATURES, windowsOf } from './features.ts';
import type { Prepared } from './features.ts';

/** How sure a finding is; each step includes those under it. */
export type Confidence = 'none' | 'low' | 'medium' | 'high';

/** Scores at and above which a finding has this confidence. */
const BANDS = { low: 0.4, medium: 0.6, high: 0.8 };

/** Sentences of one text whose meaning is looked at: those that their words make most likely. The encoder takes some 10 ms for each. */
const SENTENCES_MAX = 64;
/** Characters of a sentence that are encoded. Windows are some dozens of words; only what has no spaces is longer, and it means nothing. */
const SENTENCE_LENGTH_MAX = 1_000;

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
  /** Weights of the meaning: 32-bit floats, little-endian, label by label, in base64. */
  meaning: string;
  /** What the meaning of harmless text usually adds to each label. */
  usual: number[];
  /** Scores by words, of each label, below which next to nothing is found whatever it means: there, the usual is taken for the meaning. */
  gates: number[];
};

/** What the words of a text say; its meaning is still to be asked for. Only data, so a thread can hand it over. */
export type Evidence = {
  /** Distinct sentences, as they are read. */
  sentences: string[];
  /** Each window's score by its words, of each label, and the sentences in it. */
  windows: { linear: number[]; sentences: number[] }[];
};

/** A linear model over words and meaning of a window. */
export type Classifier = {
  /** What the words say: about 1 ms for 1,000 characters. */
  read: (text: Prepared) => Evidence;
  /** The best linear score of any window, of each label, with what the sentences mean. */
  score: (evidence: Evidence, embed: Embed) => Promise<Float64Array>;
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
  const floats = Buffer.from(stored.meaning, 'base64');
  if (floats.length !== 4 * count * DIMENSIONS)
    throw new Error(`the model has ${floats.length / 4} weights of meaning, not ${count * DIMENSIONS}`);
  const meaning = Float32Array.from({ length: count * DIMENSIONS }, (_, at) => floats.readFloatLE(4 * at));
  const { usual, gates, bands } = stored;

  /** The sentences whose words come near a finding, the nearest first, as indexes. */
  const worthwhile = ({ windows }: Evidence): number[] => {
    const near = windows
      .map(({ linear, sentences }) => ({
        sentences,
        margin: Math.max(...linear.map((score, label) => score - gates[label]!)),
      }))
      .filter(({ margin }) => margin >= 0)
      .toSorted((a, b) => b.margin - a.margin);
    const chosen = new Set<number>();
    for (const { sentences } of near) {
      if (chosen.size >= SENTENCES_MAX) break;
      for (const sentence of sentences) chosen.add(sentence);
    }
    return [...chosen];
  };

  return {
    read(text) {
      const numbers = new Map<string, number>();
      const windows = windowsOf(text).map(({ from, to, parts }) => {
        const { indexes, values } = featuresOf(text, from, to);
        const linear = stored.bias.map((bias, label) => {
          const base = label * FEATURES;
          let sum = 0;
          for (let at = 0; at < indexes.length; at++) sum += weights[base + indexes[at]!]! * values[at]!;
          return bias + stored.scale[label]! * sum;
        });
        return { linear, sentences: sentencesOf(text, parts, numbers) };
      });
      return { sentences: [...numbers.keys()], windows };
    },

    async score(evidence, embed) {
      const best = new Float64Array(count).fill(-Infinity);
      const chosen = worthwhile(evidence);
      const vectors = new Map<number, Float32Array>();
      if (chosen.length > 0) {
        const made = await embed(chosen.map((index) => evidence.sentences[index]!));
        made.forEach((vector, at) => vectors.set(chosen[at]!, vector));
      }
      for (const { linear, sentences } of evidence.windows) {
        const known = sentences.flatMap((index) => vectors.get(index) ?? []);
        const added =
          known.length > 0 && known.length === sentences.length ? meant(meanOf(known), meaning, count) : usual;
        for (let label = 0; label < count; label++)
          best[label] = Math.max(best[label]!, linear[label]! + added[label]!);
      }
      return best;
    },

    calibrate: (index, linear) => calibrate(bands[index]!, linear),
  };
}

/** The numbers of the sentences in these parts; `numbers` gives new sentences theirs. */
function sentencesOf({ words }: Prepared, parts: [number, number][], numbers: Map<string, number>): number[] {
  return parts.flatMap(([from, to]) => {
    const sentence = words.slice(from, to).join(' ').trim().slice(0, SENTENCE_LENGTH_MAX);
    if (sentence === '') return [];
    const number = numbers.get(sentence) ?? numbers.size;
    numbers.set(sentence, number);
    return number;
  });
}

function meant(vector: Float32Array, weights: Float32Array, labels: number): number[] {
  return Array.from({ length: labels }, (_, label) => {
    let sum = 0;
    for (let at = 0; at < DIMENSIONS; at++) sum += weights[label * DIMENSIONS + at]! * vector[at]!;
    return sum;
  });
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
