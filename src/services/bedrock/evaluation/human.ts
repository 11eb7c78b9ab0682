import { createHash } from 'node:crypto';
import {
  LIKERT_POINTS,
  type Answer,
  type Material,
  type Queue,
  type Task,
  type Value,
} from '../../../engines/review/review.ts';
import { wilsonInterval } from '../../../engines/review/interval.ts';
import { mean } from '../../../engines/evaluate/words.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { planOf, type Plan } from './config.ts';
import { readPrompts, type PromptRecord } from './dataset.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import { folderOf, humanUri, toLines } from './output.ts';
import { evaluationJobs, keyOf, REPORT_KIND, results, type EvaluationJob, type Result, type Work } from './records.ts';
import { METHODS, reviewOf, workersOf } from './review.ts';
import { assumeRole, EvaluationFailure } from './role.ts';
import { modelArn } from './sources.ts';
import { finish, forget } from './state.ts';

/** What the beginning of a review needs of a run. */
type Begin = { kernel: Kernel; job: EvaluationJob; plan: Plan };

/**
 * Puts the answers before people: a queue of one task a prompt, of which workers see the answers without the models' names, in an order of their
 * own. The job goes on when the last answer is in.
 */
export async function beginReview(
  { kernel, job, plan }: Begin,
  records: readonly PromptRecord[],
): Promise<{ status: string }> {
  const { human } = job.evaluationConfig;
  const { flowDefinitionArn, instructions } = human!.humanWorkflowConfig!;
  const answers = await answersOf(kernel, job, plan);
  const materials: Material[] = [];
  for (const [index, { prompt, category, reference }] of records.entries()) {
    const found = answers.map((each) => each[index]!);
    const failed = found.find(({ error }) => error !== undefined);
    if (failed) throw new EvaluationFailure(`The prompt of line ${index + 1} has no answer to rate: ${failed.error}`);
    materials.push({
      prompt,
      ...(category === undefined ? {} : { category }),
      ...(reference === undefined ? {} : { reference }),
      candidates: found.map(({ response }, source) => ({ id: String(source), text: response! })),
    });
  }
  const { account, region, id } = job;
  const work: Work = { account, region, id };
  const workersPerTask = await workersOf(kernel).workersPerTask(flowDefinitionArn!);
  await kernel.store.transact(async (tx) => {
    const now = await tx.get(evaluationJobs, keyOf(job));
    if (now?.status !== 'InProgress') return;
    await reviewOf(kernel).open(
      tx,
      {
        id: queueIdOf(job),
        team: flowDefinitionArn!,
        title: job.name,
        ...(instructions === undefined ? {} : { instructions }),
        questions: human!.customMetrics!.map(({ name, description, ratingMethod }) => ({
          name: name!,
          method: METHODS[ratingMethod!]!,
          ...(description === undefined ? {} : { description }),
        })),
        workersPerTask,
        seed: job.outputId,
        onDone: { kind: REPORT_KIND, id, input: work },
      },
      materials,
    );
  });
  return { status: 'InProgress' };
}

const queueIdOf = ({ id }: EvaluationJob) => `bedrock-evaluation-${id}`;

/** The answers of each source, in the order of the prompts. */
async function answersOf(kernel: Kernel, job: EvaluationJob, plan: Plan): Promise<Result[][]> {
  const answers: Result[][] = [];
  for (const source of plan.sources.keys()) {
    const found: Result[] = [];
    for await (const { value } of kernel.store.all(results, [job.id, 0, source])) found.push(value);
    answers.push(found);
  }
  return answers;
}

/** Ends the work of people on a job. */
export async function stopReview(kernel: Kernel, tx: Transaction, job: EvaluationJob): Promise<void> {
  if (job.mode === 'human') await reviewOf(kernel).close(tx, queueIdOf(job));
}

/** Removes the queue of a job that is deleted. */
export async function removeReview(kernel: Kernel, tx: Transaction, job: EvaluationJob): Promise<void> {
  if (job.mode === 'human') await reviewOf(kernel).remove(tx, queueIdOf(job));
}

/** Writes what people found, when all have answered. */
export const reportJob: ServiceJob<Work> = {
  attemptsMax: ATTEMPTS_MAX,
  async run({ job: { input }, kernel, signal }) {
    const job = await kernel.store.get(evaluationJobs, keyOf(input));
    if (job?.status !== 'InProgress') return { status: job?.status ?? 'gone' };
    try {
      const plan = planOf(job);
      const role = await assumeRole(kernel, job, signal);
      const dataset = plan.datasets[0]!;
      const review = reviewOf(kernel);
      const queue = (await review.get(queueIdOf(job)))!;
      const tasks = await review.tasksOf(queue.id);
      const records = readPrompts(await role.read(dataset.uri), { reference: false, sources: [] });
      // The dataset may have been changed meanwhile: what was rated is what the queue has.
      const inputs = tasks.map(({ material }, at) =>
        records[at]?.prompt === material.prompt ? records[at].input : inputOf(material),
      );
      const uri = humanUri(job, { dataset: dataset.name, fileId: job.fileIds[0]![0]! });
      const lines = tasks.map((task, at) => recordOf(job, plan, queue, task, inputs[at]!, at));
      await role.write(uri, toLines(lines), 'application/jsonl');
      await role.write(
        `${folderOf(job)}/report.json`,
        JSON.stringify(reportOf(job, plan, queue, tasks), undefined, 1),
        'application/json',
      );
      await kernel.store.transact((tx) => finish(tx, input, 'Completed', kernel.clock.now()));
      await forget(kernel, job.id);
      return { status: 'Completed' };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EvaluationFailure)) throw error;
      await kernel.store.transact((tx) => finish(tx, input, 'Failed', kernel.clock.now(), [error.message]));
      return { status: 'Failed' };
    }
  },
  async ended(tx, { state, input, reason = state, endedAtMs = 0 }) {
    if (state !== 'completed') await finish(tx, input, 'Failed', endedAtMs, [reason]);
  },
};

const inputOf = ({ prompt, category, reference }: Material): Record<string, unknown> => ({
  prompt,
  ...(category === undefined ? {} : { category }),
  ...(reference === undefined ? {} : { referenceResponse: reference }),
});

const namesOf = (job: EvaluationJob, plan: Plan): string[] =>
  plan.sources.map(({ kind, identifier }) => (kind === 'model' ? modelArn(identifier, job) : identifier));

/**
 * One line of the output. Source: SageMaker AI Developer Guide, "Understand the results of a human evaluation job", whose format Bedrock's
 * jobs share.
 */
function recordOf(
  job: EvaluationJob,
  plan: Plan,
  queue: Queue,
  task: Task,
  inputRecord: Record<string, unknown>,
  index: number,
) {
  const names = namesOf(job, plan);
  const { flowDefinitionArn, instructions } = job.evaluationConfig.human!.humanWorkflowConfig!;
  return {
    humanEvaluationResult: {
      flowDefinitionArn,
      humanAnswers: task.answers.map((answer) => answerOf(queue, answer)),
      humanLoopName: createHash('sha1').update(`${queue.id}/${index}`).digest('hex'),
      inputContent: {
        ...(instructions === undefined ? {} : { instructions }),
        evaluationMetrics: job.evaluationConfig.human!.customMetrics!.map(({ name, ratingMethod, description }) => ({
          metricName: name,
          metricType: ratingMethod,
          ...(description === undefined ? {} : { description }),
        })),
        disableRandomization: 'false',
      },
      modelResponseIdMap: Object.fromEntries(names.map((name, at) => [String(at), name])),
    },
    inputRecord,
    modelResponses: task.material.candidates.map(({ text }, at) => ({ response: text, modelIdentifier: names[at] })),
  };
}

function answerOf(queue: Queue, { worker, acceptedAtMs, submittedAtMs, values }: Answer) {
  const evaluationResults: Record<string, object[]> = {};
  for (const { name } of queue.questions) {
    const value = values[name]!;
    const [kind, entries] = entriesOf(name, value);
    (evaluationResults[kind] ??= []).push(...entries);
  }
  return {
    acceptanceTime: new Date(acceptedAtMs).toISOString(),
    answerContent: { evaluationResults },
    submissionTime: new Date(submittedAtMs).toISOString(),
    timeSpentInSeconds: (submittedAtMs - acceptedAtMs) / 1000,
    workerId: worker,
  };
}

function entriesOf(metricName: string, value: Value): [string, object[]] {
  switch (value.method) {
    case 'thumbs':
      return ['thumbsUpDown', each(metricName, value.of)];
    case 'likert':
      return ['individualLikertScale', each(metricName, value.of)];
    case 'rank':
      return [
        'comparisonRank',
        [
          {
            metricName,
            result: Object.entries(value.of).map(([modelResponseId, rank]) => ({ modelResponseId, rank })),
          },
        ],
      ];
    case 'comparison-likert':
      return [
        'comparisonLikertScale',
        [{ metricName, leftModelResponseId: value.left, rightModelResponseId: value.right, result: value.points }],
      ];
    case 'choice':
      return ['comparisonChoice', [{ metricName, result: { modelResponseId: value.chosen } }]];
    default:
      return ['text', [{ metricName, result: value.text }]];
  }
}

const each = (metricName: string, of: Record<string, boolean | number>) =>
  Object.entries(of).map(([modelResponseId, result]) => ({ metricName, modelResponseId, result }));

/** What the answers come to: averages of each model, and who won how often. */
function reportOf(job: EvaluationJob, plan: Plan, queue: Queue, tasks: readonly Task[]) {
  const names = namesOf(job, plan);
  const answers = tasks.flatMap((task) => task.answers);
  const metrics = queue.questions.map(({ name }, at) => {
    const values = answers.map((answer) => answer.values[name]!);
    const metricType = job.evaluationConfig.human!.customMetrics![at]!.ratingMethod;
    return { metricName: name, metricType, answers: values.length, ...summaryOf(values, names) };
  });
  return {
    jobArn: job.arn,
    prompts: tasks.length,
    workers: new Set(answers.map(({ worker }) => worker)).size,
    metrics,
  };
}

function summaryOf(values: readonly Value[], names: readonly string[]) {
  const averages = (of: (value: Value, id: string) => number | undefined) =>
    names.map((modelIdentifier, at) => {
      const known = values.map((value) => of(value, String(at))).filter((value) => value !== undefined);
      return { modelIdentifier, average: mean(known) };
    });
  const [first] = values;
  if (first?.method === 'thumbs')
    return { models: averages((value, id) => (value.method === 'thumbs' ? Number(value.of[id]) : undefined)) };
  if (first?.method === 'likert')
    return { models: averages((value, id) => (value.method === 'likert' ? value.of[id] : undefined)) };
  const winners = values.map(winnerOf);
  const ties = winners.filter((winner) => winner === undefined).length;
  const models = names.map((modelIdentifier, at) => {
    const wins = winners.filter((winner) => winner === String(at)).length;
    // Of those who made a choice; the interval is of 95 %.
    const { share, low, high } = wilsonInterval(wins, winners.length - ties);
    return { modelIdentifier, wins, winShare: share, confidenceInterval: [low, high] };
  });
  return { ties, models };
}

/** The id of the candidate that was preferred; undefined for a tie. */
function winnerOf(value: Value): string | undefined {
  const middle = (LIKERT_POINTS + 1) / 2;
  switch (value.method) {
    case 'choice':
      return value.chosen;
    case 'comparison-likert':
      return value.points === middle ? undefined : value.points < middle ? value.left : value.right;
    case 'rank': {
      const best = Math.min(...Object.values(value.of));
      const first = Object.entries(value.of).filter(([, rank]) => rank === best);
      return first.length === 1 ? first[0]![0] : undefined;
    }
    default:
      return undefined;
  }
}
