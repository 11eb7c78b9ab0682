import { bleuCorpus } from '../../../engines/evaluate/bleu.ts';
import { classScores, labelIn, type ClassScores } from '../../../engines/evaluate/classification.ts';
import type { Evaluator } from '../../../engines/evaluate/evaluator.ts';
import type { Overlap } from '../../../engines/evaluate/overlap.ts';
import { mean } from '../../../engines/evaluate/words.ts';
import { breather } from '../../../kernel/breath.ts';
import type { Dataset } from './config.ts';
import type { PromptRecord, RagRecord } from './dataset.ts';
import type { Result } from './records.ts';

/** What one dataset came to for one source: what AWS shows in its console. */
export type DatasetReport = {
  dataset: string;
  taskType: string;
  source: string;
  prompts: number;
  answered: number;
  metrics: { metricName: string; average: number | null; byCategory?: Record<string, number> }[];
  /** Means over prompts; BLEU, 0 to 100, is of all prompts together. */
  overlap?: Record<keyof Overlap, number> & { bleu: number };
  classification?: ClassScores;
};

/** Sums up the results of one dataset and one source. */
export async function reportOf(
  source: string,
  { name, taskType, metrics }: Dataset,
  records: readonly (PromptRecord | RagRecord)[],
  found: readonly Result[],
  { computed, evaluator, signal }: { computed: boolean; evaluator: Evaluator; signal: AbortSignal },
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
    ...(texts.length > 0 ? { overlap: await overlapsOf(texts, evaluator, signal) } : {}),
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

/** Pairs of texts too long for a measure are left out of its mean. */
async function overlapsOf(
  pairs: readonly { reference: string; answer: string }[],
  evaluator: Evaluator,
  signal: AbortSignal,
): Promise<NonNullable<DatasetReport['overlap']>> {
  const breathe = breather(signal);
  const corpus = bleuCorpus();
  const all: Overlap[] = [];
  for (const { reference, answer } of pairs) {
    await breathe();
    corpus.add(answer, [reference]);
    all.push(await evaluator.overlap(reference, answer));
  }
  const meanOf = (name: keyof Overlap) => mean(all.map((each) => each[name]).filter((value) => value !== undefined));
  return {
    rouge1: meanOf('rouge1'),
    rouge2: meanOf('rouge2'),
    rougeL: meanOf('rougeL'),
    bleu: corpus.score().score,
    meteor: meanOf('meteor'),
    exactMatch: meanOf('exactMatch'),
    quasiExactMatch: meanOf('quasiExactMatch'),
  };
}
