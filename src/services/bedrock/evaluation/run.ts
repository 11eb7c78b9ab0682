import type { Matter } from '../../../engines/evaluate/judge/rubric.ts';
import type { EmbedTexts } from '../../../engines/evaluate/bert-score.ts';
import { EvaluateError } from '../../../engines/evaluate/error.ts';
import { createEvaluator, type Evaluator } from '../../../engines/evaluate/evaluator.ts';
import { mean } from '../../../engines/evaluate/words.ts';
import type { Engines } from '../../../kernel/engines.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { planOf, sourceNames, type Dataset, type Plan } from './config.ts';
import { DatasetError, readPrompts, readRagPrompts, type PromptRecord, type RagRecord } from './dataset.ts';
import { harmScorer, toxicityOf } from './harm.ts';
import { beginReview } from './human.ts';
import { openJudge, type Judge } from './judging.ts';
import { ATTEMPTS_MAX, PROMPTS_AT_ONCE, VECTORS_KEPT_MAX } from './limits.ts';
import { measure, needsReference, type Measuring } from './measures.ts';
import { automatedUri, checkOutput, conversationOf, folderOf, recordOf, toLines } from './output.ts';
import { evaluationJobs, keyOf, results, type EvaluationJob, type Result, type Score, type Work } from './records.ts';
import { reportOf, type DatasetReport } from './report.ts';
import { assumeRole, EvaluationFailure, NoAnswer, type Role } from './role.ts';
import type { Source } from './sources.ts';
import { finish, forget } from './state.ts';

/** What one run of a job works with. */
type Run = {
  kernel: Kernel;
  engines: Engines;
  job: EvaluationJob;
  plan: Plan;
  role: Role;
  signal: AbortSignal;
  judge: Judge | undefined;
  evaluator: Evaluator;
  /** Told of each prompt that is done. */
  done(): Promise<void>;
};

/**
 * Does the work of an evaluation job. Each prompt's result is stored when it is there, under a key of its own: a run that goes on after
 * the process died finds what is done and does the rest. Output is written at the end, under names that the job has had from the start.
 */
export const evaluationJob: ServiceJob<Work> = {
  attemptsMax: ATTEMPTS_MAX,
  async run({ job: { input }, kernel, engines, signal, progress }) {
    const job = await kernel.store.get(evaluationJobs, keyOf(input));
    if (job?.status !== 'InProgress') return { status: job?.status ?? 'gone' };
    try {
      return await evaluate({ kernel, engines, job, signal, progress });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EvaluationFailure) && !(error instanceof DatasetError)) throw error;
      await kernel.store.transact((tx) => finish(tx, input, 'Failed', kernel.clock.now(), [error.message]));
      await forget(kernel, job.id);
      return { status: 'Failed' };
    }
  },
  async ended(tx, { state, input, reason = state, endedAtMs = 0 }) {
    if (state === 'completed') return;
    await finish(
      tx,
      input,
      state === 'cancelled' ? 'Stopped' : 'Failed',
      endedAtMs,
      state === 'failed' ? [reason] : undefined,
    );
  },
};

type Begin = Pick<Run, 'kernel' | 'engines' | 'job' | 'signal'> & {
  progress(done: number, total: number): Promise<void>;
};

async function evaluate(begin: Begin): Promise<{ status: string }> {
  const evaluator = createEvaluator(begin.signal);
  try {
    return await evaluateWith(evaluator, begin);
  } finally {
    await evaluator.close();
  }
}

async function evaluateWith(
  evaluator: Evaluator,
  { kernel, engines, job, signal, progress }: Begin,
): Promise<{ status: string }> {
  const plan = planOf(job);
  const role = await assumeRole(kernel, job, signal);
  await checkOutput(role, job);
  const datasets: Loaded[] = [];
  for (const dataset of plan.datasets) datasets.push(load(plan, dataset, await role.read(dataset.uri)));
  const harm = harmScorer(engines, signal);
  const judge =
    plan.mode === 'judge' || plan.mode === 'rag'
      ? await openJudge(plan, { engines, role, harm, evaluator })
      : undefined;
  const names = sourceNames(plan);
  const total = datasets.reduce((sum, { records }) => sum + records.length * names.length, 0);
  let count = 0;
  const done = () => progress(++count, total);
  const run: Run = { kernel, engines, job, plan, role, signal, judge, evaluator, done };
  await progress(0, total);
  for (const [at, loaded] of datasets.entries()) {
    for (const source of names.keys()) await evaluateAll(run, loaded, at, source);
  }
  if (plan.mode === 'human') return beginReview(run, datasets[0]!.records as PromptRecord[]);
  for (const metric of plan.customMetrics)
    await role.write(
      `${folderOf(job)}/custom_metrics/${metric.name}.json`,
      JSON.stringify(definitionOf(job, metric.name)),
      'application/json',
    );
  const reports: DatasetReport[] = [];
  for (const [at, loaded] of datasets.entries()) {
    for (const [source, name] of names.entries()) reports.push(await write(run, loaded, at, source, name));
  }
  await role.write(
    `${folderOf(job)}/report.json`,
    JSON.stringify({ jobArn: job.arn, datasets: reports }, undefined, 1),
    'application/json',
  );
  await kernel.store.transact((tx) => finish(tx, job, 'Completed', kernel.clock.now()));
  await forget(kernel, job.id);
  return { status: 'Completed' };
}

/** A custom metric, as the request defined it. */
const definitionOf = ({ evaluationConfig }: EvaluationJob, name: string) =>
  evaluationConfig.automated?.customMetricConfig?.customMetrics?.find(
    ({ customMetricDefinition }) => customMetricDefinition?.name === name,
  );

type Loaded = { dataset: Dataset; records: (PromptRecord | RagRecord)[] };

function load(plan: Plan, dataset: Dataset, text: string): Loaded {
  const { metrics, taskType, name } = dataset;
  try {
    const records = plan.rag
      ? readRagPrompts(text, {
          source: plan.rag.identifier,
          generates: plan.rag.generates,
          reference: metrics.includes('Builtin.ContextCoverage'),
        })
      : readPrompts(text, {
          reference: plan.mode === 'measures' && needsReference(metrics, taskType),
          sources: plan.sources.flatMap((source) => (source.kind === 'precomputed' ? [source.identifier] : [])),
        });
    return { dataset, records };
  } catch (error) {
    if (error instanceof DatasetError) throw new DatasetError(`The dataset ${name} is not valid. ${error.message}`);
    throw error;
  }
}

/** Evaluates what has no result yet, some prompts at a time. */
async function evaluateAll(run: Run, loaded: Loaded, at: number, source: number): Promise<void> {
  const { kernel, job, signal } = run;
  const known = new Set<number>();
  for await (const { key } of kernel.store.all(results, [job.id, at, source])) known.add(key[3] as number);
  const measuring =
    loaded.records.length > 0 && run.plan.mode === 'measures' ? measuringOf(run, loaded, source) : undefined;
  const place = { next: 0, failed: false };
  const work = async () => {
    while (place.next < loaded.records.length && !place.failed) {
      const index = place.next++;
      if (!known.has(index)) {
        signal.throwIfAborted();
        const result = await evaluateOne(run, loaded, loaded.records[index]!, source, measuring);
        await kernel.store.transact((tx) => tx.put(results, [job.id, at, source, index], result));
      }
      await run.done();
    }
  };
  // Nobody goes on once one has failed, and nothing is written after this has returned.
  const guarded = () =>
    work().catch((error: unknown) => {
      place.failed = true;
      throw error;
    });
  const outcomes = await Promise.allSettled(Array.from({ length: PROMPTS_AT_ONCE }, guarded));
  const fault = outcomes.find((outcome) => outcome.status === 'rejected');
  if (fault) throw fault.reason;
}

/** An encoder that keeps some of what it made: references and most answers to changed prompts come again. */
function remembering(embed: EmbedTexts): EmbedTexts {
  const known = new Map<string, Float32Array>();
  return async (texts) => {
    const vectors = new Map(texts.flatMap((text) => (known.has(text) ? [[text, known.get(text)!] as const] : [])));
    const fresh = texts.filter((text) => !vectors.has(text));
    const made = fresh.length === 0 ? [] : await embed(fresh);
    if (known.size + fresh.length > VECTORS_KEPT_MAX) known.clear();
    for (const [at, text] of fresh.entries()) {
      vectors.set(text, made[at]!);
      known.set(text, made[at]!);
    }
    return texts.map((text) => vectors.get(text)!);
  };
}

function measuringOf(run: Run, { dataset, records }: Loaded, source: number): Measuring {
  const { engines, signal, role, plan } = run;
  const { metrics, taskType } = dataset;
  const from = plan.sources[source]!;
  return {
    metrics,
    taskType,
    labels: [
      ...new Set(
        (records as PromptRecord[]).flatMap(({ reference }) => (reference === undefined ? [] : [reference.trim()])),
      ),
    ],
    evaluator: run.evaluator,
    embed: remembering(async (texts) => (await engines.embed.embed(texts, { signal })).vectors),
    toxicity: toxicityOf(engines, signal),
    ask: (prompt) => role.ask(from.identifier, prompt, from.kind === 'model' ? from.params : {}),
  };
}

async function evaluateOne(
  run: Run,
  { dataset }: Loaded,
  record: PromptRecord | RagRecord,
  source: number,
  measuring: Measuring | undefined,
): Promise<Result> {
  let response: string | undefined;
  try {
    if ('turns' in record) return await judgeTurns(run, dataset, record);
    response = await answerOf(run.role, run.plan.sources[source]!, record);
    if (measuring) return { response, scores: await measure(measuring, record, response) };
    const scores: Score[] = [];
    const { prompt, reference } = record;
    const matter: Matter = { prompt, response, ...(reference === undefined ? {} : { reference }) };
    if (run.judge) for (const metric of dataset.metrics) scores.push(await run.judge(metric, matter));
    return { response, scores };
  } catch (error) {
    const isTooLong = error instanceof EvaluateError && error.code === 'too_large';
    if (!(error instanceof NoAnswer) && !isTooLong) throw error;
    return { scores: [], error: error.message, ...(response === undefined ? {} : { response }) };
  }
}

const answerOf = async (role: Role, source: Source, { prompt, responses }: PromptRecord): Promise<string> =>
  source.kind === 'precomputed'
    ? responses.get(source.identifier)!
    : role.ask(source.identifier, prompt, source.params);

/** The scores of each turn of a conversation, and their means, with the explanations of all. */
async function judgeTurns({ judge, plan }: Run, { metrics }: Dataset, { turns }: RagRecord): Promise<Result> {
  const judged: Score[][] = [];
  for (const { prompt, response, reference, contexts, citations } of turns) {
    const matter: Matter = {
      prompt,
      response: plan.rag!.generates ? response : contexts.join('\n\n'),
      contexts,
      ...(reference === undefined ? {} : { reference }),
      ...(citations ? { citations } : {}),
    };
    const scores: Score[] = [];
    for (const metric of metrics) scores.push(await judge!(metric, matter));
    judged.push(scores);
  }
  const scores = metrics.map((metricName, at): Score => {
    const numbers = judged.map((each) => each[at]!.result).filter((result) => typeof result === 'number');
    return { metricName, result: numbers.length === 0 ? null : mean(numbers) };
  });
  return { scores, turns: judged };
}

/** Writes the output of one dataset and one source, and sums it up. */
async function write(
  run: Run,
  { dataset, records }: Loaded,
  at: number,
  source: number,
  name: string,
): Promise<DatasetReport> {
  const { kernel, job, plan, role, evaluator, signal } = run;
  const found: Result[] = [];
  for await (const { value } of kernel.store.all(results, [job.id, at, source])) found.push(value);
  if (found.length !== records.length) throw new Error(`${found.length} results of ${records.length} prompts`);
  if (found.every(({ error }) => error !== undefined))
    throw new EvaluationFailure(`No prompt of ${dataset.name} was answered by ${name}. The first: ${found[0]!.error}`);
  const uri = automatedUri(job, {
    source: name,
    taskType: dataset.taskType,
    dataset: dataset.name,
    fileId: job.fileIds[at]![source]!,
  });
  const lines = found.map((result, index) => {
    const { input } = records[index]!;
    return plan.rag ? conversationOf(input, result) : recordOf(job, input, plan.sources[source]!, result);
  });
  await role.write(uri, toLines(lines), 'application/jsonl');
  return reportOf(name, dataset, records, found, { computed: plan.mode === 'measures', evaluator, signal });
}
