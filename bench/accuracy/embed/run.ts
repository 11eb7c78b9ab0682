/**
 * How well the embedded sentence encoder tells paraphrases from other sentences, at each dimension. Prints a Markdown table.
 *
 *   npx tsx bench/accuracy/embed/run.ts [seed]
 *
 * Half of the pairs (development) choose the threshold; all figures are of the other half (held out).
 *
 * - AUC: chance that a paraphrase has a higher cosine than a random pair of sentences.
 * - accuracy: paraphrase or random pair, told by the threshold.
 * - near: the paraphrase has a higher cosine than a sentence of the same topic that says something else.
 * - top 1: the paraphrase is the nearest of all held-out paraphrases and near misses.
 * - error: mean absolute difference of cosines to those at the model's own 512 dimensions.
 */
import { createEmbedder } from '../../../src/engines/embed/embedder.ts';
import { generatedPairs, writtenPairs } from './pairs.ts';
import type { Pair } from './pairs.ts';

const seed = Number(process.argv[2] ?? 20_261_120);
const DIMENSIONS = [512, 1536, 1024, 768, 384, 256, 128, 64];

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

type Vectors = { text: Float32Array; paraphrase: Float32Array; other: Float32Array }[];

async function embedAll(pairs: Pair[], embed: (texts: string[]) => Promise<Float32Array[]>): Promise<Vectors> {
  const vectors = await embed(pairs.flatMap(({ text, paraphrase, other }) => [text, paraphrase, other]));
  return pairs.map((_, index) => ({
    text: vectors[3 * index]!,
    paraphrase: vectors[3 * index + 1]!,
    other: vectors[3 * index + 2]!,
  }));
}

/** Cosines of paraphrases, and of every text with the paraphrase of another. */
function cosines(vectors: Vectors): { same: number[]; random: number[] } {
  const same = vectors.map(({ text, paraphrase }) => dot(text, paraphrase));
  const random = vectors.flatMap(({ text }, a) =>
    vectors.filter((_, b) => a !== b).map(({ paraphrase }) => dot(text, paraphrase)),
  );
  return { same, random };
}

function bestThreshold({ same, random }: { same: number[]; random: number[] }): number {
  const candidates = [...same, ...random].sort((a, b) => a - b);
  let best = { threshold: 0, accuracy: 0 };
  for (const threshold of candidates) {
    const accuracy = balanced({ same, random }, threshold);
    if (accuracy > best.accuracy) best = { threshold, accuracy };
  }
  return best.threshold;
}

/** Mean of the two classes' accuracies: there are many more random pairs than paraphrases. */
function balanced({ same, random }: { same: number[]; random: number[] }, threshold: number): number {
  const hits = same.filter((value) => value >= threshold).length / same.length;
  const rejections = random.filter((value) => value < threshold).length / random.length;
  return (hits + rejections) / 2;
}

function auc({ same, random }: { same: number[]; random: number[] }): number {
  let wins = 0;
  for (const high of same) for (const low of random) wins += high > low ? 1 : high === low ? 0.5 : 0;
  return wins / (same.length * random.length);
}

function top1(vectors: Vectors): number {
  const pool = vectors.flatMap(({ paraphrase, other }, index) => [
    { vector: paraphrase, index, right: true },
    { vector: other, index, right: false },
  ]);
  let hits = 0;
  for (const [index, { text }] of vectors.entries()) {
    let best = pool[0]!;
    for (const candidate of pool) if (dot(text, candidate.vector) > dot(text, best.vector)) best = candidate;
    if (best.right && best.index === index) hits += 1;
  }
  return hits / vectors.length;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const embedder = createEmbedder();
const all = [...writtenPairs, ...generatedPairs(writtenPairs.length, seed)];
const development = all.filter((_, index) => index % 2 === 0);
const heldOut = all.filter((_, index) => index % 2 === 1);
console.log(
  `${embedder.provenance.engine} ${embedder.provenance.version}; seed ${seed}; ${writtenPairs.length} hand-written and ` +
    `${all.length - writtenPairs.length} generated pairs, ${heldOut.length} held out\n`,
);
console.log('| dimensions | AUC | accuracy | near | top 1 | error | paraphrase / random cosine |');
console.log('|---|---|---|---|---|---|---|');
let own: { same: number[]; random: number[] } | undefined;
for (const dimensions of DIMENSIONS) {
  const embed = async (texts: string[]): Promise<Float32Array[]> =>
    (await embedder.embed(texts, { dimensions })).vectors;
  const threshold = bestThreshold(cosines(await embedAll(development, embed)));
  const vectors = await embedAll(heldOut, embed);
  const found = cosines(vectors);
  own ??= found;
  const near =
    vectors.filter(({ text, paraphrase, other }) => dot(text, paraphrase) > dot(text, other)).length / vectors.length;
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const error = mean(
    [...found.same, ...found.random].map((value, index) => Math.abs(value - [...own!.same, ...own!.random][index]!)),
  );
  console.log(
    `| ${dimensions}${dimensions === embedder.dimensions ? ' (own)' : ''} | ${auc(found).toFixed(4)} | ${percent(balanced(found, threshold))} | ${percent(near)} ` +
      `| ${percent(top1(vectors))} | ${error.toFixed(4)} | ${mean(found.same).toFixed(2)} / ${mean(found.random).toFixed(2)} |`,
  );
}
await embedder.close();
