// Trains the classifiers of harm and of prompt attacks, by hand: `npx tsx tools/train/classifiers.ts harm|attack [--write]`.
// Without `--write` it only cross-validates and prints what it measured. The same material gives the same weights, byte for byte.
import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { featuresOf, FEATURES, prepare, windowsOf } from '../../src/engines/text/harm/features.ts';
import type { Vector } from '../../src/engines/text/harm/features.ts';
import { DIMENSIONS, meanOf } from '../../src/engines/text/vectors.ts';
import type { StoredModel } from '../../src/engines/text/harm/classifier.ts';
import { read } from '../../src/engines/text/harm/normalize.ts';
import { devSamples } from './dev.ts';
import { fit } from './lbfgs.ts';
import type { Example } from './lbfgs.ts';
import { drawsFrom, readMaterial } from './material.ts';
import type { Sample } from './material.ts';
import { vectorsOf } from './vectors.ts';

const SEED = 20_261_120;
const FOLDS = Number(process.env['FOLDS'] ?? 3);
const MATERIAL = 'tools/train/material';
const HARM = ['hate', 'insults', 'sexual', 'violence', 'misconduct'];
const ATTACK = ['jailbreak', 'injection', 'leakage'];
const HARM_FILES =
  'slots hate insults sexual violence misconduct more more-none further last long-none technical-none everyday wide-hate wide-insults wide-sexual wide-violence wide-misconduct wide-none broad-harm broad-none'.split(
    ' ',
  );
const ATTACK_FILES = ['attack', 'wide-attack', 'wide-attack-none'];

/** How much a sentence's vector, of unit length, weighs beside the words. */
const MEANING = Number(process.env['MEANING'] ?? 3);
const PENALTY = Number(process.env['PENALTY'] ?? 0.1);
/** Harmful texts are the fewer. */
const POSITIVE_WEIGHT = Number(process.env['POSITIVE'] ?? 2);
/** How much a text of another harmful kind counts as an example against. */
const OTHER_KIND_WEIGHT = Number(process.env['OTHER'] ?? 0.03);
/** One in so many of these texts is trained on: they are the most, and say the least. */
const OTHER_KIND_EVERY = 4;
const ITERATIONS = Number(process.env['ITER'] ?? 40);
/** The share of harmless texts that may reach low confidence in any category. */
const FALSE_SHARE = Number(process.env['FALSE'] ?? 0.04);
/** The shares of harmless texts that may reach medium and high confidence in any category. */
const SURER_FALSE_SHARES = [0.015, 0.005];
/** Low confidence begins at this linear score at least, so that texts of sorts that the development half lacks pass, too. */
const BORDER_MIN = { harm: 0.5, attack: -2 };
/** Share of what is found that may be lost for not asking what sentences mean whose words say too little. */
const GATE_SHARE = 0.02;
/** The least distance between two bands, in linear score. */
const BAND_MIN = 0.7;

type Window = Vector & { key: string; sentences: string[] };
type Row = Sample & { number: number; windows: Window[]; fold: number; dev: boolean };

const which = process.argv[2] as 'harm' | 'attack';
if (which !== 'harm' && which !== 'attack') throw new Error('say which: harm or attack');
const labels = which === 'harm' ? HARM : ATTACK;
const others = which === 'harm' ? ATTACK : HARM;

const draw = drawsFrom(SEED);
const lists = new Map<string, string[]>();
const samples = [...HARM_FILES, ...ATTACK_FILES].flatMap((file) =>
  readMaterial(`${MATERIAL}/${file}.txt`, lists, draw),
);
const own = samples.length;
samples.push(...devSamples());

const folds = new Map<string, number>();
const foldOf = (group: string): number => {
  let fold = folds.get(group);
  if (fold === undefined) folds.set(group, (fold = Math.floor(draw() * FOLDS)));
  return fold;
};

const rows: Row[] = samples
  // What is harmful in ways that this model does not judge is no example of the harmless.
  .filter((sample) => which === 'attack' || !sample.labels.some((label) => others.includes(label)))
  .map((sample, number) => {
    const text = prepare(read(sample.text));
    const dev = sample.group.startsWith('dev');
    const wordsFrom = (from: number, to: number): string => text.words.slice(from, to).join(' ').trim();
    return {
      ...sample,
      number,
      windows: windowsOf(text).map(({ from, to, parts }) => ({
        ...featuresOf(text, from, to),
        key: wordsFrom(from, to),
        sentences: parts.map(([first, last]) => wordsFrom(first, last)).filter((sentence) => sentence !== ''),
      })),
      // What was written for training is always trained on: the question is how the rest, by another hand, is judged.
      fold: dev || process.argv.includes('--all') ? foldOf(sample.group) : -1,
      dev,
    };
  });
console.log(`${which}: ${rows.length} texts, ${own} written, ${samples.length - own} of the development half`);

// A feature that only the texts of one line have says nothing of other lines.
const seenIn = new Map<number, string>();
const common = new Uint8Array(FEATURES);
for (const { windows, group } of rows) {
  for (const { indexes } of windows) {
    for (const feature of indexes) {
      const before = seenIn.get(feature);
      if (before === undefined) seenIn.set(feature, group);
      else if (before !== group) common[feature] = 1;
    }
  }
}
const numbers = new Int32Array(FEATURES).fill(-1);
const kept: number[] = [];
for (let feature = 0; feature < FEATURES; feature++) if (common[feature]) numbers[feature] = kept.push(feature) - 1;
const vectors = await vectorsOf(rows.flatMap(({ windows }) => windows.flatMap(({ sentences }) => sentences)));
/** Where the numbers of a vector stand among the features of a window. */
const meaningAt = Int32Array.from({ length: DIMENSIONS }, (_, at) => kept.length + at);
const FITTED = kept.length + DIMENSIONS;
for (const row of rows) {
  row.windows = row.windows
    .filter(({ sentences }) => sentences.length > 0)
    .map(({ indexes, values, key, sentences }) => {
      const at = [...indexes.keys()].filter((index) => common[indexes[index]!]);
      const meaning = meanOf(sentences.map((sentence) => vectors.get(sentence)!));
      return {
        key,
        sentences,
        indexes: Int32Array.of(...at.map((index) => numbers[indexes[index]!]!), ...meaningAt),
        values: Float32Array.of(...at.map((index) => values[index]!), ...meaning.map((value) => MEANING * value)),
      };
    });
}
console.log(`${kept.length} features of ${seenIn.size} met`);

const score = (weights: Float64Array, { indexes, values }: Vector): number => {
  let sum = weights[FITTED]!;
  for (let at = 0; at < indexes.length; at++) sum += weights[indexes[at]!]! * values[at]!;
  return sum;
};
/** What the meaning of a window adds to its score; it stands behind the other features. */
const added = (weights: Float64Array, { indexes, values }: Vector): number => {
  let sum = 0;
  for (let at = indexes.length - DIMENSIONS; at < indexes.length; at++) sum += weights[indexes[at]!]! * values[at]!;
  return sum;
};
/** A text is harmful by its worst window: which one that is, the model of the round before says. */
function train(label: string, among: Row[]): Float64Array {
  let weights: Float64Array | undefined;
  for (const round of [0, 1]) {
    const examples = new Map<string, Example>();
    for (const row of among) {
      const positive = row.labels.includes(label);
      if (row.unsure.includes(label)) continue;
      if (positive) {
        if (row.windows.length > 1 && round === 0) continue;
        const scored = row.windows.map((window) => (weights ? score(weights, window) : 0));
        const window = row.windows[scored.indexOf(Math.max(...scored))];
        if (window) examples.set(`+${window.key}`, { ...window, positive, weight: POSITIVE_WEIGHT * row.weight });
      } else {
        if (row.labels.length > 0 && row.number % OTHER_KIND_EVERY > 0) continue;
        const weight = row.labels.length > 0 ? OTHER_KIND_EVERY * OTHER_KIND_WEIGHT * row.weight : row.weight;
        for (const window of row.windows) {
          const before = examples.get(window.key);
          if (before) before.weight = Math.max(before.weight, weight);
          else examples.set(window.key, { ...window, positive, weight });
        }
      }
    }
    weights = fit([...examples.values()], FITTED, PENALTY, {
      start: weights,
      iterations: round === 0 ? 25 : ITERATIONS,
    });
  }
  return weights!;
}

const started = Date.now();
/** Of each label and text that is held out: what words and meaning of each window come to. */
const judgements: { words: number; meant: number }[][][] = labels.map(() => []);
for (let fold = 0; fold < FOLDS; fold++) {
  const among = rows.filter((row) => row.fold !== fold);
  labels.forEach((label, index) => {
    const weights = train(label, among);
    rows.forEach((row, at) => {
      if (row.fold !== fold) return;
      judgements[index]![at] = row.windows.map((window) => {
        const meant = added(weights, window);
        return { words: score(weights, window) - meant, meant };
      });
    });
  });
}
const highest = (values: readonly number[]): number => values.reduce((max, value) => Math.max(max, value), -99);
/** The best score of a window of each text, of each label. */
let outOfFold: number[][] = judgements.map((texts) =>
  texts.map((windows) => highest(windows.map(({ words, meant }) => words + meant))),
);

const harmless = rows
  .map((row, at) => ({ row, at }))
  .filter(({ row }) => row.labels.length === 0 && row.unsure.length === 0);
// The development half is drawn as the texts that the classifier meets; the written material has more of the hard cases.
const judged = harmless.filter(({ row }) => row.dev);

/** The linear scores, one a label, that a share of the harmless texts reaches in any of them: each label gives the same share. */
function thresholds(share: number): number[] {
  let found = labels.map(() => 99);
  for (let step = 0.0005; step < 0.2; step += 0.0005) {
    const at = labels.map((_, index) => {
      const scores = judged.map(({ at }) => outOfFold[index]![at]!).sort((a, b) => b - a);
      return scores[Math.floor(step * scores.length)]!;
    });
    const reached = judged.filter(({ at: row }) => labels.some((_, index) => outOfFold[index]![row]! > at[index]!));
    if (reached.length / judged.length > share) break;
    found = at;
  }
  return found;
}
function bandsOf(): number[][] {
  const reachable = [FALSE_SHARE, ...SURER_FALSE_SHARES].map(thresholds);
  return labels.map((_, index) => {
    const low = Math.max(reachable[0]![index]!, BORDER_MIN[which]);
    const medium = Math.max(reachable[1]![index]!, low + BAND_MIN);
    return [low, medium, Math.max(reachable[2]![index]!, medium + BAND_MIN)];
  });
}
const ungated = bandsOf();
/** Scores by words below which next to nothing is found, whatever it means. */
const gates = labels.map((label, index) => {
  const found = rows.flatMap((row, at) => {
    if (row.fold < 0 || !row.labels.includes(label) || outOfFold[index]![at]! <= ungated[index]![0]!) return [];
    const worst = judgements[index]![at]!.find(({ words, meant }) => words + meant === outOfFold[index]![at]);
    return [worst!.words];
  });
  return found.sort((a, b) => a - b)[Math.floor(GATE_SHARE * found.length)]!;
});
const usualMeant = judgements.map((texts) => {
  const all = judged.flatMap(({ at }) => texts[at]!.map(({ meant }) => meant));
  return all.reduce((sum, meant) => sum + meant, 0) / all.length;
});
// As the stored model does it: what a window means counts where its words are near any of the labels.
const isAsked = (at: number, window: number): boolean =>
  labels.some((_, index) => judgements[index]![at]![window]!.words >= gates[index]!);
outOfFold = judgements.map((texts, index) =>
  texts.map((windows, at) =>
    highest(windows.map(({ words, meant }, window) => words + (isAsked(at, window) ? meant : usualMeant[index]!))),
  ),
);
const bands = bandsOf();
const asked = judged.flatMap(({ at }) => judgements[0]![at]!.map((_, window) => isAsked(at, window)));
console.log(`windows of harmless texts whose meaning is asked for: ${asked.filter(Boolean).length} of ${asked.length}`);
console.log(`gates: ${gates.map((gate) => gate.toFixed(2)).join(' ')}`);
console.log(
  `bands: ${labels.map((label, index) => `${label} ${bands[index]!.map((value) => value.toFixed(2)).join(' ')}`).join('; ')}`,
);
const share = (count: number, of: number): string => `${((100 * count) / Math.max(1, of)).toFixed(1)} % of ${of}`;
for (const [name, dev] of [
  ['written', false],
  ['development', true],
] as const) {
  if (!dev && !process.argv.includes('--all')) continue;
  console.log(`\n${name}, held out by group:`);
  labels.forEach((label, index) => {
    const positive = rows
      .map((row, at) => ({ row, at }))
      .filter(({ row }) => row.dev === dev && row.labels.includes(label));
    const found = positive.filter(({ at }) => outOfFold[index]![at]! > bands[index]![0]!);
    const any = positive.filter(({ at }) => labels.some((_, other) => outOfFold[other]![at]! > bands[other]![0]!));
    const near = harmless.filter(({ row }) => row.dev === dev);
    const wrong = near.filter(({ at }) => outOfFold[index]![at]! > bands[index]![0]!);
    console.log(
      `  ${label.padEnd(11)} recall ${share(found.length, positive.length)}, in any ${share(any.length, positive.length)}, false ${share(wrong.length, near.length)}`,
    );
  });
  const near = harmless.filter(({ row }) => row.dev === dev);
  const wrong = near.filter(({ at }) => labels.some((_, index) => outOfFold[index]![at]! > bands[index]![0]!));
  console.log(`  false blocks in any: ${share(wrong.length, near.length)}`);
  for (const [band, of] of [
    [1, 'medium'],
    [2, 'high'],
  ] as const) {
    const reached = near.filter(({ at }) => labels.some((_, index) => outOfFold[index]![at]! > bands[index]![band]!));
    console.log(`  false at ${of}: ${share(reached.length, near.length)}`);
  }
}
if (process.argv.includes('--errors')) {
  const seen = new Set<string>();
  const tell = (kind: string, row: Row, index: number, at: number): void => {
    if (seen.has(row.group + kind + (row.dev ? '' : row.text))) return;
    seen.add(row.group + kind + (row.dev ? '' : row.text));
    const margin = outOfFold[index]![at]! - bands[index]![0]!;
    console.log(
      `${kind} ${labels[index]} ${margin.toFixed(2)} ${row.dev ? 'D' : 'W'} ${row.text.slice(0, 160).replaceAll('\n', ' ')}`,
    );
  };
  rows.forEach((row, at) => {
    labels.forEach((label, index) => {
      if (row.labels.includes(label) && outOfFold[index]![at]! <= bands[index]![0]!) tell('MISS', row, index, at);
      else if (row.labels.length === 0 && row.unsure.length === 0 && outOfFold[index]![at]! > bands[index]![0]!)
        tell('FALSE', row, index, at);
    });
  });
}

if (process.argv.includes('--write')) {
  const bytes = new Int8Array(labels.length * FEATURES);
  const meaning = new Float32Array(labels.length * DIMENSIONS);
  const bias: number[] = [];
  const scale: number[] = [];
  const usual: number[] = [];
  labels.forEach((label, index) => {
    const weights = train(label, rows);
    const top = weights.subarray(0, kept.length).reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
    bias.push(Number(weights[FITTED]!.toFixed(5)));
    scale.push(Number((top / 127).toFixed(7)));
    kept.forEach((feature, at) => (bytes[index * FEATURES + feature] = Math.round((weights[at]! / top) * 127)));
    for (let at = 0; at < DIMENSIONS; at++) meaning[index * DIMENSIONS + at] = MEANING * weights[kept.length + at]!;
    const plain = judged.flatMap(({ row }) => row.windows.map((window) => added(weights, window)));
    usual.push(Number((plain.reduce((sum, value) => sum + value, 0) / plain.length).toFixed(4)));
  });
  const stored: StoredModel = {
    labels,
    bias,
    scale,
    bands: bands.map((of) => of.map((value) => Number(value.toFixed(4)))),
    usual,
    gates: gates.map((gate) => Number(gate.toFixed(4))),
    meaning: Buffer.from(meaning.buffer).toString('base64'),
    weights: deflateSync(Buffer.from(bytes.buffer), { level: 9 }).toString('base64'),
  };
  const path = `src/engines/text/${which}/weights.json`;
  writeFileSync(path, `${JSON.stringify(stored)}\n`);
  console.log(`\n${path}: ${(JSON.stringify(stored).length / 1024).toFixed(0)} KiB`);
}
console.log(`${((Date.now() - started) / 1000).toFixed(0)} s`);
