/**
 * How well the text engine finds what guardrails block, on labelled texts. Prints Markdown tables for the half that is tuned on (dev) and for the
 * half that is not (held-out), whose templates, subjects and tricks are others.
 *
 *   npx tsx bench/accuracy/guardrails/run.ts [--seed 20261120] [--only harm,attacks,topics,grounding,pii,speed] [--failures]
 *
 * The held-out texts on harm avoid the usual words on purpose; "everyday words" are further ones that nothing is tuned on, plain and short.
 *
 * - Strength: HIGH blocks what is found with low confidence or more, MEDIUM medium or more, LOW high only, as the filters of CreateGuardrail do.
 * - Recall is of the category's own texts; false blocks are of its own hard negatives ("own") and of those of all categories ("all").
 *   Precision is over its own texts and all negatives. "hidden": misspelt on purpose. "any": blocked by any category at all.
 * - Sensitive information: found where a span of the type covers the labelled one by half of both together; "exact" is the share of these
 *   with the very same ends. A span of a wrong type is a false alarm of that type.
 *
 * `--failures` lists what went wrong in the dev half. Failures of the held-out half are never shown: who sees them tunes on them.
 */
import { parseArgs } from 'node:util';
import { createEmbedder } from '../../../src/engines/embed/embedder.ts';
import { createTextEngine } from '../../../src/engines/text/text.ts';
import { attacksDev } from './attacks/attacks.dev.ts';
import { attacksHeldOut } from './attacks/attacks.held-out.ts';
import { KINDS } from './attacks/attacks.ts';
import type { AttackCase } from './attacks/attacks.ts';
import { groundingDev } from './grounding/grounding.dev.ts';
import { groundingHeldOut } from './grounding/grounding.held-out.ts';
import type { Twin } from './grounding/grounding.ts';
import { harmDev } from './harm/cases.dev.ts';
import { harmHeldOut } from './harm/cases.held-out.ts';
import { harmEveryday } from './harm/everyday.held-out.ts';
import { CATEGORIES, SEVERITIES } from './harm/harm.ts';
import type { HarmCase } from './harm/harm.ts';
import { piiDev } from './pii/pii.dev.ts';
import { piiHeldOut } from './pii/pii.held-out.ts';
import type { PiiCase } from './pii/pii.ts';
import { PII_TYPES } from './pii/values.ts';
import { auc, quantile, share, table, Tally } from './score.ts';
import { topicsDev } from './topics/topics.dev.ts';
import { topicsHeldOut } from './topics/topics.held-out.ts';
import type { TopicSet } from './topics/topics.ts';

const PARTS = ['harm', 'attacks', 'topics', 'grounding', 'pii', 'speed'];
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261120' },
    only: { type: 'string', default: PARTS.join(',') },
    failures: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, not ${values.seed}`);
const only = values.only.split(',');
const unknown = only.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) throw new Error(`--only knows ${PARTS.join(', ')}, not ${unknown.join(', ')}`);

const embedder = createEmbedder();
const engine = createTextEngine({ embed: async (texts) => (await embedder.embed(texts)).vectors });

type Grounded = Awaited<ReturnType<typeof engine.grounding>>;
type Half = 'dev' | 'held-out';
const HALVES: Half[] = ['dev', 'held-out'];
const STRENGTHS = ['HIGH', 'MEDIUM', 'LOW'] as const;
const CONFIDENCES = ['none', 'low', 'medium', 'high'];
/** The least confidence that each strength blocks, as an index into `CONFIDENCES`. */
const LEAST = { HIGH: 1, MEDIUM: 2, LOW: 3 };

const failed = (half: Half, what: string, text: string): void => {
  if (values.failures && half === 'dev') console.log(`- ${what}: ${text.replaceAll('\n', ' / ')}`);
};

async function harm(half: Half, title: string, cases: HarmCase[]): Promise<void> {
  const judged = await Promise.all(
    cases.map(async (each) => {
      const found = await engine.harm(each.text);
      return {
        ...each,
        levels: new Map<string, number>(found.map((it) => [it.category, CONFIDENCES.indexOf(it.confidence)])),
      };
    }),
  );
  const rows: (string | number)[][] = [];
  const blocks = (each: (typeof judged)[number], category: string, least: number): boolean =>
    category === 'any'
      ? [...each.levels.values()].some((level) => level >= least)
      : (each.levels.get(category) ?? 0) >= least;
  for (const category of [...CATEGORIES, 'any']) {
    for (const strength of STRENGTHS) {
      const own = judged.filter((each) => category === 'any' || each.category === category);
      const recall = (some: typeof judged): number => share(some, (each) => blocks(each, category, LEAST[strength]));
      const positives = own.filter(({ severity }) => severity !== 'none');
      const tally = new Tally();
      for (const each of positives) tally.positive(blocks(each, category, LEAST[strength]));
      for (const each of judged) if (each.severity === 'none') tally.negative(blocks(each, category, LEAST[strength]));
      rows.push([
        category,
        strength,
        tally.precision,
        tally.recall,
        ...SEVERITIES.map((severity) => recall(positives.filter((each) => each.severity === severity))),
        recall(positives.filter(({ form }) => form === 'hidden')),
        recall(positives.filter(({ form }) => form === 'long')),
        recall(own.filter(({ severity }) => severity === 'none')),
        tally.falseBlocks,
      ]);
      if (strength !== 'HIGH') continue;
      for (const each of own)
        if (category !== 'any' && (each.severity !== 'none') !== blocks(each, category, 1))
          failed(half, `${category}, ${each.severity}`, each.text);
    }
  }
  table(
    `Harm, ${title} (${judged.length} texts)`,
    [
      'category',
      'strength',
      'precision',
      'recall',
      'low',
      'medium',
      'high',
      'hidden',
      'long',
      'false blocks, own',
      'false blocks, all',
    ],
    rows,
  );
}

async function attacks(half: Half, cases: AttackCase[]): Promise<void> {
  const judged = await Promise.all(
    cases.map(async (each) => {
      const found = await engine.attack(each.text);
      return {
        ...each,
        levels: new Map<string, number>(found.map((it) => [it.kind, CONFIDENCES.indexOf(it.confidence)])),
      };
    }),
  );
  const rows: (string | number)[][] = [];
  for (const kind of [...KINDS, 'any'] as const) {
    for (const strength of STRENGTHS) {
      const blocks = (each: (typeof judged)[number], by: string): boolean =>
        by === 'any'
          ? [...each.levels.values()].some((level) => level >= LEAST[strength])
          : (each.levels.get(by) ?? 0) >= LEAST[strength];
      const positives = judged.filter((each) => (kind === 'any' ? each.kind !== 'none' : each.kind === kind));
      const tally = new Tally();
      for (const each of positives) tally.positive(blocks(each, kind));
      for (const each of judged) if (each.kind === 'none') tally.negative(blocks(each, kind));
      rows.push([
        kind,
        strength,
        tally.precision,
        tally.recall,
        share(positives, (each) => blocks(each, 'any')),
        tally.falseBlocks,
      ]);
      if (kind !== 'any' || strength !== 'HIGH') continue;
      for (const each of judged) if ((each.kind !== 'none') !== blocks(each, 'any')) failed(half, each.kind, each.text);
    }
  }
  table(
    `Prompt attacks, ${half} (${judged.length} texts)`,
    ['kind', 'strength', 'precision', 'recall', 'caught as any kind', 'false blocks'],
    rows,
  );
}

async function topics(half: Half, sets: TopicSet[]): Promise<void> {
  const all = sets.map(({ name, definition, examples }) => ({ name, definition, examples }));
  const rows: (string | number)[][] = [];
  const whole = new Tally();
  let strays = 0;
  let texts = 0;
  for (const { name, caught, passed } of sets) {
    const tally = new Tally();
    for (const [text, positive] of [
      ...caught.map((it) => [it, true] as const),
      ...passed.map((it) => [it, false] as const),
    ]) {
      const hits = (await engine.topics(text, all)).filter(({ detected }) => detected).map((hit) => hit.name);
      const found = hits.includes(name);
      for (const each of [tally, whole])
        if (positive) each.positive(found);
        else each.negative(found);
      texts++;
      if (hits.some((hit) => hit !== name)) strays++;
      if (found !== positive) failed(half, `${name}, to be ${positive ? 'caught' : 'passed'}`, text);
    }
    rows.push([name, tally.precision, tally.recall, tally.falseBlocks]);
  }
  rows.push(['all', whole.precision, whole.recall, whole.falseBlocks]);
  table(`Denied topics, ${half} (${sets.length} topics)`, ['topic', 'precision', 'recall', 'neighbours blocked'], rows);
  console.log(`\nTexts caught by the topic of another: ${((100 * strays) / texts).toFixed(1)} % of ${texts}.`);
}

const THRESHOLD = 0.7;

async function grounding(half: Half, twins: Twin[]): Promise<void> {
  const scored: { twin: Twin; faithful: Grounded; planted: Grounded; offTopic: Grounded }[] = [];
  for (const twin of twins) {
    const of = (answer: string) => engine.grounding({ source: [twin.source], query: twin.query, answer });
    const [faithful, planted, offTopic] = [await of(twin.faithful), await of(twin.planted), await of(twin.offTopic)];
    scored.push({ twin, faithful, planted, offTopic });
    if (faithful.grounding < THRESHOLD) failed(half, 'faithful, below the threshold', twin.faithful);
    if (planted.grounding >= THRESHOLD) failed(half, `${twin.kind}, above the threshold`, twin.planted);
    if ((faithful.relevance ?? 0) < THRESHOLD) failed(half, 'to the point, below the threshold', twin.query);
    if ((offTopic.relevance ?? 0) >= THRESHOLD)
      failed(half, 'off the topic, above the threshold', `${twin.query} ${twin.offTopic}`);
  }
  const kinds = [...new Set(twins.map(({ kind }) => kind))].toSorted();
  const below = (some: typeof scored): number => share(some, ({ planted }) => planted.grounding < THRESHOLD);
  table(
    `Grounding, ${half} (${twins.length} twins, threshold ${THRESHOLD})`,
    ['measure', 'faithful above', 'planted below', 'AUC', ...kinds],
    [
      [
        'grounding',
        share(scored, ({ faithful }) => faithful.grounding >= THRESHOLD),
        below(scored),
        auc(
          scored.map(({ faithful }) => faithful.grounding),
          scored.map(({ planted }) => planted.grounding),
        ),
        ...kinds.map((kind) => below(scored.filter(({ twin }) => twin.kind === kind))),
      ],
      [
        'relevance',
        share(scored, ({ faithful }) => (faithful.relevance ?? 0) >= THRESHOLD),
        share(scored, ({ offTopic }) => (offTopic.relevance ?? 0) < THRESHOLD),
        auc(
          scored.map(({ faithful }) => faithful.relevance ?? 0),
          scored.map(({ offTopic }) => offTopic.relevance ?? 0),
        ),
        ...kinds.map(() => Number.NaN),
      ],
      [
        'grounding of off-topic answers',
        share(scored, ({ offTopic }) => offTopic.grounding >= THRESHOLD),
        ...['', '', ...kinds].map(() => Number.NaN),
      ],
    ],
  );
}

type Range = { start: number; end: number };
/** Whether two spans share at least half of what they cover together. */
const alike = (a: Range, b: Range): boolean =>
  2 * (Math.min(a.end, b.end) - Math.max(a.start, b.start)) >= Math.max(a.end, b.end) - Math.min(a.start, b.start);

async function pii(half: Half, cases: PiiCase[]): Promise<void> {
  const tallies = new Map(PII_TYPES.map((type) => [type, { tally: new Tally(), exact: 0 }]));
  const clean = new Tally();
  for (const { text, spans } of cases) {
    const found = await engine.personalData(text);
    if (spans.length === 0) clean.negative(found.length > 0);
    for (const { type, start, end } of found) {
      const label = spans.find((span) => span.type === type && alike(span, { start, end }));
      if (label !== undefined) continue;
      tallies.get(type)?.tally.negative(true);
      failed(half, `${type} where none is (${text.slice(start, end)})`, text);
    }
    for (const span of spans) {
      const hit = found.find(({ type, start, end }) => type === span.type && alike(span, { start, end }));
      const entry = tallies.get(span.type)!;
      entry.tally.positive(hit !== undefined);
      if (hit?.start === span.start && hit.end === span.end) entry.exact++;
      if (hit === undefined) failed(half, `${span.type} not found`, text);
    }
  }
  const rows: (string | number)[][] = [...tallies].map(([type, { tally, exact }]) => [
    type,
    tally.precision,
    tally.recall,
    exact / tally.hits,
  ]);
  const mean = (at: 1 | 2 | 3): number => {
    const numbers = rows.map((row) => row[at] as number).filter((value) => !Number.isNaN(value));
    return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  };
  rows.push(['mean of the types', mean(1), mean(2), mean(3)]);
  table(`Sensitive information, ${half} (${cases.length} texts)`, ['type', 'precision', 'recall', 'exact'], rows);
  console.log(`\nLook-alikes in which something is found: ${(100 * clean.falseBlocks).toFixed(1)} %.`);
}

const LENGTH = 1000;

/** Milliseconds for texts of 1,000 characters, one after the other, once each part has been loaded. */
async function speed(): Promise<void> {
  const pieces = [...harmDev(seed), ...attacksDev(seed), ...piiDev(seed)].map(({ text }) => text);
  const texts = Array.from({ length: 30 }, (_, index) =>
    Array.from({ length: 60 }, (_, step) => pieces[(index * 97 + step * 31) % pieces.length]!)
      .join(' ')
      .slice(0, LENGTH),
  );
  const topicList = topicsDev.slice(0, 3).map(({ name, definition, examples }) => ({ name, definition, examples }));
  const parts: Record<string, (text: string) => Promise<unknown>> = {
    harm: (text) => engine.harm(text),
    attack: (text) => engine.attack(text),
    'sensitive information, 31 types': (text) => engine.personalData(text),
    'three topics': (text) => engine.topics(text, topicList),
    'grounding, answer of 200': (text) =>
      engine.grounding({ source: [text], query: 'What is said about the order?', answer: text.slice(0, 200) }),
  };
  const rows: (string | number)[][] = [];
  for (const [name, part] of Object.entries(parts)) {
    try {
      for (const text of texts.slice(0, 3)) await part(text);
      const times: number[] = [];
      for (const text of texts) {
        const started = performance.now();
        await part(text);
        times.push(performance.now() - started);
      }
      rows.push([name, quantile(times, 0.5).toFixed(1), quantile(times, 0.95).toFixed(1)]);
    } catch (error) {
      broken(`speed of ${name}`, error);
    }
  }
  table(`Time for ${LENGTH} characters`, ['part', 'p50 ms', 'p95 ms'], rows);
}

function broken(part: string, error: unknown): void {
  console.error(`\n${part}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

const measures: Record<string, () => Promise<void>> = {
  harm: async () => {
    await harm('dev', 'dev', harmDev(seed));
    await harm('held-out', 'held-out', harmHeldOut(seed));
    await harm('held-out', 'held-out, everyday words', harmEveryday(seed));
  },
  attacks: async () => {
    for (const half of HALVES) await attacks(half, half === 'dev' ? attacksDev(seed) : attacksHeldOut(seed));
  },
  topics: async () => {
    for (const half of HALVES) await topics(half, half === 'dev' ? topicsDev : topicsHeldOut);
  },
  grounding: async () => {
    for (const half of HALVES) await grounding(half, half === 'dev' ? groundingDev(seed) : groundingHeldOut(seed));
  },
  pii: async () => {
    for (const half of HALVES) await pii(half, half === 'dev' ? piiDev(seed) : piiHeldOut(seed));
  },
  speed,
};

console.log(`seed ${seed}`);
for (const part of only) {
  try {
    await measures[part]!();
  } catch (error) {
    broken(part, error);
  }
}
await engine.close();
await embedder.close();
