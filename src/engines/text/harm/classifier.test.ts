import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openModel } from './classifier.ts';
import { seededDraws } from './draws.fixture.ts';
import { FEATURES, featuresOf, prepare, windowsOf } from './features.ts';
import { read } from './normalize.ts';

const { int, next } = seededDraws('classifier');
const bytes = Int8Array.from({ length: 2 * FEATURES }, () => int(255) - 127);
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
};

describe('openModel', () => {
  it('scores a text by its best window, as the weights say', () => {
    const text = prepare(
      read('The first sentence is short. The second one is a little longer! And "this" is the third?'),
    );
    const expected = [0, 1].map((label) =>
      Math.max(
        ...windowsOf(text).map(([from, to]) => {
          const { indexes, values } = featuresOf(text, from, to);
          const sum = indexes.reduce((all, feature, at) => all + bytes[label * FEATURES + feature]! * values[at]!, 0);
          return stored.bias[label]! + stored.scale[label]! * sum;
        }),
      ),
    );
    const scores = openModel(stored).score(text);
    expect(scores[0]).toBeCloseTo(expected[0]!, 6);
    expect(scores[1]).toBeCloseTo(expected[1]!, 6);
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
  });
});

describe('windowsOf', () => {
  it('covers every word, and no window is longer than 48 words', () => {
    const sentence = (length: number): string => `${Array.from({ length }, (_, at) => `w${at}`).join(' ')}. `;
    const text = read([3, 90, 1, 20, 20, 200, 5].map(sentence).join(''));
    const covered = new Uint8Array(text.words.length);
    for (const [from, to] of windowsOf(text)) {
      expect(to - from).toBeLessThanOrEqual(48);
      covered.fill(1, from, to);
    }
    expect(covered.every((one) => one === 1)).toBe(true);
  });
});
