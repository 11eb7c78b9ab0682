import { bleuCorpus } from '../../../engines/evaluate/bleu.ts';
import { classScores, labelIn, type ClassScores } from '../../../engines/evaluate/classification.ts';
import { exactMatch, quasiExactMatch } from '../../../engines/evaluate/answers.ts';
import { EvaluateError } from '../../../engines/evaluate/error.ts';
import { meteor } from '../../../engines/evaluate/meteor.ts';
import { rougeL, rougeN } from '../../../engines/evaluate/rouge.ts';
import { mean } from '../../../engines/evaluate/words.ts';
import { breather } from '../../../kernel/breath.ts';
import type { Dataset } from './config.ts';
import type { PromptRecord, RagRecord } from './dataset.ts';
import type { Result } from './records.ts';

/** Means over prompts of what answers have in common with their references. */
type Overlap = {
  rouge1: number;
  rouge2: number;
  rougeL: number;
  /** 0 to 100, of all prompts together. */
  bleu: number;
  meteor: number;
  exactMatch: number;
  quasiExactMatch: number;
};

/** What one dataset came to for one source: what AWS shows in its console. */
export type DatasetReport = {
  dataset: string;
  taskType: string;
  source: string;
  prompts: number;
  answered: number;
  metrics: { metricName: string; average: number | null; byCategory?: Record<string, number> }[];
  overlap?: Overlap;
  classification?: ClassScores;
};

/** Sums up the results of one dataset and one source. */
export async function reportOf(
  source: string,
  { name, taskType, metrics }: Dataset,
  records: readonly (PromptRecord | RagRecord)[],
  found: readonly Result[],
  { computed, signal }: { computed: boolean; signal: AbortSignal },
): Promise<DatasetReport> {
  const answered = found.filter(({ error }) => error === undefined).length;
  const names = found.find(({ scores }) => scores.length > 0)?.scores.map(({ metricName }) => metricName) ?? metrics;
  const pairs = computed ? pairsOf(records as readonly PromptRecord[], found) : [];
  const texts = taskType === 'Classification' ? [] : pairs;
  const labels = [...new Set(pairs.map(({ reference }) => reference.trim()))];
  return {
    dataset: name,
    taskType,
    source,
    prompts: records.length,
    answered,
    metrics: names.map((metricName) => averageOf(metricName, records, found)),
    ...(texts.length > 0 ? { overlap: await overlapOf(texts, signal) } : {}),
    ...(taskType === 'Classification' && pairs.length > 0
      ? {
          classification: classScores(
            pairs.map(({ reference, answer }) => ({ wanted: reference.trim(), found: labelIn(answer, labels) })),
          ),
        }
      : {}),
  };
}

function pairsOf(records: readonly PromptRecord[], found: readonly Result[]) {
  return records.flatMap(({ reference }, at) => {
    const answer = found[at]!.response;
    return reference === undefined || answer === undefined ? [] : [{ reference, answer }];
  });
}

function averageOf(metricName: string, records: readonly (PromptRecord | RagRecord)[], found: readonly Result[]) {
  const byCategory = new Map<string, number[]>();
  const all: number[] = [];
  for (const [at, { scores }] of found.entries()) {
    const result = scores.find((score) => score.metricName === metricName)?.result;
    if (typeof result !== 'number') continue;
    all.push(result);
    const record = records[at]!;
    const category = 'category' in record ? record.category : undefined;
    if (category !== undefined) byCategory.set(category, [...(byCategory.get(category) ?? []), result]);
  }
  return {
    metricName,
    average: all.length === 0 ? null : mean(all),
    ...(byCategory.size === 0
      ? {}
      : { byCategory: Object.fromEntries([...byCategory].map(([category, values]) => [category, mean(values)])) }),
  };
}

/** Pairs of texts too long for a measure of quadratic time are left out of that measure. */
async function overlapOf(
  pairs: readonly { reference: string; answer: string }[],
  signal: AbortSignal,
): Promise<Overlap> {
  const breathe = breather(signal);
  const sums: Record<Exclude<keyof Overlap, 'bleu'>, number[]> = {
    rouge1: [],
    rouge2: [],
    rougeL: [],
    meteor: [],
    exactMatch: [],
    quasiExactMatch: [],
  };
  const corpus = bleuCorpus();
  for (const { reference, answer } of pairs) {
    await breathe();
    corpus.add(answer, [reference]);
    sums.rouge1.push(rougeN(reference, answer, 1).f1);
    sums.rouge2.push(rougeN(reference, answer, 2).f1);
    sums.exactMatch.push(Number(exactMatch(reference, answer)));
    sums.quasiExactMatch.push(Number(quasiExactMatch(reference, answer)));
    try {
      sums.rougeL.push(rougeL(reference, answer).f1);
      await breathe();
      sums.meteor.push(meteor(answer, [reference]));
    } catch (error) {
      if (!(error instanceof EvaluateError)) throw error;
    }
  }
  const means = Object.fromEntries(Object.entries(sums).map(([name, values]) => [name, mean(values)])) as Omit<
    Overlap,
    'bleu'
  >;
  return { ...means, bleu: corpus.score().score };
}
