import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DIMENSIONS } from '../vectors.ts';
import { openModel } from './classifier.ts';
import { seededDraws } from './draws.fixture.ts';
import { FEATURES, featuresOf, prepare, windowsOf } from './features.ts';
import { read } from './normalize.ts';

const { int, next } = seededDraws('classifier');
const LABELS = 2;
const bytes = Int8Array.from({ length: LABELS * FEATURES }, () => int(255) - 127);
const meaning = Float32Array.from({ length: LABELS * DIMENSIONS }, () => 4 * next() - 2);
const bands = [
  [-1 + next(), 1 + next(), 3 + next()],
  [0.5, 1.5, 2.5],
];
const stored = {
  labels: ['one', 'two'],
  bias: [next(), -next()],
  scale: [0.01, 0.02],
  bands,
  weights: deflateSync(Buffer.from(bytes.buffer)).toString('base64'),
  meaning: Buffer.from(meaning.buffer).toString('base64'),
  usual: [0.1, -0.2],
  gates: [-1e9, -1e9],
};

/** A direction of each text's own. */
const vectorOf = (text: string): Float32Array => {
  const vector = Float32Array.from({ length: DIMENSIONS }, (_, at) => Math.sin((at + 1) * (text.length + 1)));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
let asked: string[] = [];
const embed = async (texts: string[]): Promise<Float32Array[]> => {
  asked.push(...texts);
  return texts.map(vectorOf);
};
const text = prepare(read('The first sentence is short. The second one is a little longer! And "this" is the third?'));
const wordsScore = (label: number, { from, to }: { from: number; to: number }): number => {
  const { indexes, values } = featuresOf(text, from, to);
  const sum = indexes.reduce((all, feature, at) => all + bytes[label * FEATURES + feature]! * values[at]!, 0);
  return stored.bias[label]! + stored.scale[label]! * sum;
};

describe('openModel', () => {
  it('scores a text by its best window, by the words in it and the direction that its sentences have in common', async () => {
    const expected = [0, 1].map((label) =>
      Math.max(
        ...windowsOf(text).map((window) => {
          const vectors = window.parts.map(([from, to]) => vectorOf(text.words.slice(from, to).join(' ')));
          const sum = Array.from({ length: DIMENSIONS }, (_, at) => vectors.reduce((all, each) => all + each[at]!, 0));
          const length = Math.hypot(...sum);
          const meant = sum.reduce((all, value, at) => all + (value / length) * meaning[label * DIMENSIONS + at]!, 0);
          return wordsScore(label, window) + meant;
        }),
      ),
    );
    const { read: evidence, score } = openModel(stored);
    asked = [];
    const scores = await score(evidence(text), embed);
    expect(scores[0]).toBeCloseTo(expected[0]!, 4);
    expect(scores[1]).toBeCloseTo(expected[1]!, 4);
    expect(asked).toHaveLength(3);
  });

  it('does not ask what sentences mean whose words are far from any finding', async () => {
    const { read: evidence, score } = openModel({ ...stored, gates: [1e9, 1e9] });
    asked = [];
    const scores = await score(evidence(text), embed);
    expect(asked).toEqual([]);
    for (const label of [0, 1]) {
      const best = Math.max(...windowsOf(text).map((window) => wordsScore(label, window)));
      expect(scores[label]).toBeCloseTo(best + stored.usual[label]!, 6);
    }
  });

  it('asks for the meaning of the likeliest sentences of a long text', async () => {
    const word = (at: number): string =>
      `${'bcdfghjklm'[at % 10]}a${'nprstvwbdk'[Math.floor(at / 10) % 10]}o${'lmnr'[Math.floor(at / 100)]}`;
    const sentences = Array.from({ length: 300 }, (_, at) => `The ${word(at)} goes here.`);
    const { read: evidence, score } = openModel(stored);
    asked = [];
    await score(evidence(prepare(read(sentences.join(' ')))), embed);
    expect(asked.length).toBeGreaterThanOrEqual(64);
    expect(asked.length).toBeLessThan(70);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('never lets a surer text score less, and begins each band where the model says', () => {
    const { calibrate } = openModel(stored);
    const order = ['none', 'low', 'medium', 'high'];
    const linear = Array.from({ length: 500 }, () => 12 * next() - 6).sort((a, b) => a - b);
    for (const label of [0, 1]) {
      const told = linear.map((value) => calibrate(label, value));
      for (let at = 1; at < told.length; at++) {
        expect(told[at]!.score).toBeGreaterThanOrEqual(told[at - 1]!.score);
        expect(order.indexOf(told[at]!.confidence)).toBeGreaterThanOrEqual(order.indexOf(told[at - 1]!.confidence));
      }
      bands[label]!.forEach((band, at) => {
        expect(calibrate(label, band + 1e-3).confidence).toBe(order[at + 1]);
        expect(calibrate(label, band - 1e-2).confidence).toBe(order[at]);
      });
    }
    expect(calibrate(0, -Infinity)).toEqual({ score: 0, confidence: 'none' });
  });

  it('refuses weights of another size', () => {
    const weights = deflateSync(Buffer.alloc(10)).toString('base64');
    expect(() => openModel({ ...stored, weights })).toThrow(`the model has 10 weights, not ${2 * FEATURES}`);
    const short = Buffer.alloc(8).toString('base64');
    expect(() => openModel({ ...stored, meaning: short })).toThrow('the model has 2 weights of meaning, not 1024');
  });
});

describe('windowsOf', () => {
  it('covers every word, and no window is longer than 48 words', () => {
    const sentence = (length: number): string => `${Array.from({ length }, (_, at) => `w${at}`).join(' ')}. `;
    const text = read([3, 90, 1, 20, 20, 200, 5].map(sentence).join(''));
    const covered = new Uint8Array(text.words.length);
    for (const { from, to } of windowsOf(text)) {
      expect(to - from).toBeLessThanOrEqual(48);
      covered.fill(1, from, to);
    }
    expect(covered.every((one) => one === 1)).toBe(true);
  });
});
