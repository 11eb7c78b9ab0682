/**
 * Fits the weights of the matcher of denied topics (`src/engines/text/topics/model.ts`) and prints that file's tables.
 *
 *   npx tsx bench/accuracy/text/fit-topics.ts [check]
 *
 * Rows are the development half of the denied topics and the matcher's own cases, each text against its topic, and texts of other topics as
 * things to let pass. `known` weighs all features; its rows lose the words of the topic's field now and then, so that a text without any
 * such word can still be caught. `unknown` is for topics of no listed field. `check` leaves one topic out at a time and prints what share
 * of its texts is caught and passed.
 */
import { createEmbedder } from '../../../src/engines/embed/embedder.ts';
import { EVERYDAY, FEATURES, featuresOf, profileOf, textsOf } from '../../../src/engines/text/topics/features.ts';
import { topicCases } from '../../../src/engines/text/topics/topics.fixture.ts';
import { topicsDev } from '../guardrails/topics/topics.dev.ts';

type Row = { topic: number; caught: boolean; features: number[] };
type Model = { bias: number; weights: number[] };

const RIDGE = 0.01;
const STEPS = 1500;
const RATE = 0.5;
const DROP = 0.45;
/** Where the two models cut: about as many paraphrases caught as neighbours passed when a topic is left out. */
const CUT = { known: 0.42, unknown: 0.38 };

const index = (name: (typeof FEATURES)[number]): number => FEATURES.indexOf(name);
const FIELD = [index('field'), index('fieldMore'), index('fieldTells')];

const topics = [...topicsDev, ...topicCases];
const embedder = createEmbedder();
const embed = async (texts: string[]): Promise<Float32Array[]> => (await embedder.embed(texts)).vectors;
const everyday = await embed(EVERYDAY);
const rows: Row[] = [];
for (const [at, topic] of topics.entries()) {
  const profile = profileOf(topic, await embed(textsOf(topic)));
  const add = async (texts: string[], caught: boolean): Promise<void> => {
    const vectors = await embed(texts);
    for (const [nth, text] of texts.entries()) {
      rows.push({ topic: at, caught, features: featuresOf(text, vectors[nth]!, profile, everyday) });
    }
  };
  await add(topic.caught, true);
  await add(topic.passed, false);
  const others = topics.filter(({ name }) => name !== topic.name);
  await add(
    others.filter((_, nth) => (nth + at) % 3 === 0).map(({ caught }) => caught[at % caught.length]!),
    false,
  );
}
await embedder.close();

let state = 7;
const next = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 4_294_967_296;
};

function withoutField(row: Row): Row {
  const features = row.features.slice();
  if (features[index('fieldTells')]! > 0) features[index('tells')] = 1;
  for (const field of FIELD) features[field] = 0;
  return { ...row, features };
}

const seen = {
  known: (row: Row): Row => (row.caught && next() < DROP ? withoutField(row) : row),
  unknown: withoutField,
};

/** Logistic regression with a ridge on standardised features, by gradient descent. */
function fit(of: Row[]): Model {
  const size = FEATURES.length;
  const mean = Array.from({ length: size }, (_, at) => of.reduce((sum, row) => sum + row.features[at]!, 0) / of.length);
  const spread = mean.map(
    (centre, at) => Math.sqrt(of.reduce((sum, row) => sum + (row.features[at]! - centre) ** 2, 0) / of.length) || 1,
  );
  const scaled = of.map((row) => row.features.map((value, at) => (value - mean[at]!) / spread[at]!));
  const weights = Array.from({ length: size }, () => 0);
  let bias = 0;
  for (let step = 0; step < STEPS; step++) {
    const slope = Array.from({ length: size }, () => 0);
    let rise = 0;
    for (const [at, row] of of.entries()) {
      let sum = bias;
      for (let each = 0; each < size; each++) sum += weights[each]! * scaled[at]![each]!;
      const error = 1 / (1 + Math.exp(-sum)) - (row.caught ? 1 : 0);
      rise += error;
      for (let each = 0; each < size; each++) slope[each]! += error * scaled[at]![each]!;
    }
    bias -= (RATE * rise) / of.length;
    for (let each = 0; each < size; each++)
      weights[each]! -= RATE * (slope[each]! / of.length + RIDGE * weights[each]!);
  }
  const raw = weights.map((weight, at) => weight / spread[at]!);
  return { bias: bias - raw.reduce((sum, weight, at) => sum + weight * mean[at]!, 0), weights: raw };
}

const score = ({ bias, weights }: Model, { features }: Row): number =>
  1 / (1 + Math.exp(-weights.reduce((sum, weight, at) => sum + weight * features[at]!, bias)));

const kinds = ['known', 'unknown'] as const;
if (process.argv[2] === 'check') {
  for (const kind of kinds) {
    const share = { caught: [0, 0], passed: [0, 0] } as Record<'caught' | 'passed', [number, number]>;
    for (const at of topics.keys()) {
      const model = fit(rows.filter(({ topic }) => topic !== at).map(seen[kind]));
      for (const row of rows.filter(({ topic }) => topic === at)) {
        const found = score(model, kind === 'unknown' ? withoutField(row) : row) >= CUT[kind];
        const count = share[row.caught ? 'caught' : 'passed'];
        count[1]++;
        if (found === row.caught) count[0]++;
      }
    }
    const percent = ([right, all]: [number, number]): string => `${((100 * right) / all).toFixed(1)} %`;
    console.log(`${kind}: caught ${percent(share.caught)}, passed ${percent(share.passed)}`);
  }
}
for (const kind of kinds) {
  const model = fit(rows.map(seen[kind]));
  // Moved so that a score of 0.5 is where the model cuts.
  const bias = model.bias - Math.log(CUT[kind] / (1 - CUT[kind]));
  const weights = FEATURES.map((name, at) => `${name}: ${model.weights[at]!.toFixed(3)}`).join(', ');
  console.log(`const ${kind.toUpperCase()}: Model = { bias: ${bias.toFixed(3)}, weights: { ${weights} } };`);
}
