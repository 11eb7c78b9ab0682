import type {
  EvaluationInferenceConfigSummary,
  EvaluationSummary,
  GetEvaluationJobResponse,
  ListEvaluationJobsRequest,
} from '@aws-sdk/client-bedrock';
import type { Call } from '../../../kernel/call.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { pageToken, parseArn, readPageToken } from '../../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../../kernel/service.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from '../errors.ts';
import { newId } from '../jobs/ids.ts';
import { readTags } from '../tag-list.ts';
import { planOf, readPlan, sourceNames } from './config.ts';
import { removeReview, stopReview } from './human.ts';
import { AUTOMATED_JOBS_MAX, HUMAN_JOBS_MAX, JOBS_MAX, LIST_DEFAULT } from './limits.ts';
import {
  evaluationJobs,
  JOB_KIND,
  jobNames,
  jobsByTime,
  jobTokens,
  keyOf,
  REMOVAL_KIND,
  runningJobs,
  runningKey,
  type EvaluationJob,
  type Work,
} from './records.ts';
import { checkModel } from './sources.ts';
import { askPassRole } from '../jobs/role.ts';
import { finish, forget } from './state.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** Begins an evaluation. A token that was used before means the job that was made with it. */
export const CreateEvaluationJob: Bedrock['CreateEvaluationJob'] = async (call, input) => {
  const { store, clock, ids, jobs } = call.kernel;
  const { account, region, partition } = call;
  const plan = readPlan(input);
  const team = input.evaluationConfig?.human?.humanWorkflowConfig?.flowDefinitionArn;
  if (team !== undefined && parseArn(team)?.account !== account)
    throw invalid(`The flow definition ${team} is not of the account: its team does not work for others.`);
  const models = plan.sources.flatMap(({ kind, identifier }) => (kind === 'model' ? [identifier] : []));
  for (const identifier of [...models, plan.judge, plan.customJudge])
    if (identifier !== undefined) checkModel(identifier, call);
  const tags = readTags(input.jobTags, input.jobName!);
  await askPassRole(call, input);
  const id = newId(ids);
  const now = clock.now();
  const { jobDescription, customerEncryptionKeyId, clientRequestToken: token } = input;
  const job: EvaluationJob = {
    account,
    region,
    partition,
    id,
    arn: `arn:${partition}:bedrock:${region}:${account}:evaluation-job/${id}`,
    name: input.jobName!,
    roleArn: input.roleArn!,
    applicationType: plan.rag ? 'RagEvaluation' : 'ModelEvaluation',
    mode: plan.mode,
    evaluationConfig: input.evaluationConfig!,
    inferenceConfig: input.inferenceConfig!,
    outputUri: input.outputDataConfig!.s3Uri!,
    status: 'InProgress',
    createdAtMs: now,
    modifiedAtMs: now,
    outputId: ids.uuid(),
    fileIds: plan.datasets.map(() => sourceNames(plan).map(() => ids.uuid())),
    ...(jobDescription === undefined ? {} : { description: jobDescription }),
    ...(customerEncryptionKeyId === undefined ? {} : { customerEncryptionKeyId }),
  };
  const jobArn = await store.transact(async (tx) => {
    const before = token === undefined ? undefined : await tx.get(jobTokens, [account, region, token]);
    const made = before === undefined ? undefined : await tx.get(evaluationJobs, [account, region, before]);
    if (made) return made.arn;
    if (await tx.get(jobNames, [account, region, job.name]))
      throw conflict(`An evaluation job with the name ${job.name} already exists in your account.`);
    await admit(tx, job);
    const work: Work = { account, region, id };
    tx.put(evaluationJobs, keyOf(work), job);
    tx.put(jobsByTime, [account, region, now, id], true);
    tx.put(runningJobs, runningKey(job), true);
    tx.put(jobNames, [account, region, job.name], id);
    if (token !== undefined) tx.put(jobTokens, [account, region, token], id);
    tx.put(taggedResources, [job.arn], { owner: account, tags });
    await jobs.submit(tx, { kind: JOB_KIND, id, input: work });
    return job.arn;
  });
  return { jobArn };
};

async function admit(tx: Transaction, job: EvaluationJob): Promise<void> {
  const { account, region } = job;
  const all = await tx.range(jobsByTime, [account, region], { limit: JOBS_MAX });
  if (all.length >= JOBS_MAX) throw quotaExceeded('evaluation jobs', JOBS_MAX);
  const most = job.mode === 'human' ? HUMAN_JOBS_MAX : AUTOMATED_JOBS_MAX;
  const running = await tx.range(runningJobs, runningKey(job).slice(0, -1), { limit: most });
  if (running.length < most) return;
  const what = job.mode === 'human' ? 'model evaluation jobs that use human workers' : 'automatic evaluation jobs';
  throw quotaExceeded(`concurrent ${what}`, most);
}

/** A job of the caller's account and region. Throws ResourceNotFoundException. */
async function open(reader: Reader, call: Call, identifier: string): Promise<EvaluationJob> {
  const arn = parseArn(identifier);
  const job =
    arn?.account === call.account && arn.region === call.region
      ? await reader.get(evaluationJobs, [arn.account, arn.region, arn.resource.slice('evaluation-job/'.length)])
      : undefined;
  // Permission was asked for the ARN as it was given.
  if (job?.arn !== identifier) throw notFound(`The evaluation job was not found: ${identifier}`);
  return job;
}

export const GetEvaluationJob: Bedrock['GetEvaluationJob'] = async (call, { jobIdentifier }) =>
  describe(await open(call.kernel.store, call, jobIdentifier!));

const describe = (job: EvaluationJob): Omit<GetEvaluationJobResponse, '$metadata'> => ({
  jobName: job.name,
  status: job.status,
  jobArn: job.arn,
  jobDescription: job.description,
  roleArn: job.roleArn,
  customerEncryptionKeyId: job.customerEncryptionKeyId,
  jobType: job.mode === 'human' ? 'Human' : 'Automated',
  applicationType: job.applicationType,
  evaluationConfig: job.evaluationConfig,
  inferenceConfig: job.inferenceConfig,
  outputDataConfig: { s3Uri: job.outputUri },
  creationTime: new Date(job.createdAtMs),
  lastModifiedTime: new Date(job.modifiedAtMs),
  failureMessages: job.failureMessages,
});

function summarize(job: EvaluationJob): EvaluationSummary {
  const plan = planOf(job);
  const names = (kind: 'model' | 'precomputed') => {
    const found = plan.sources.filter((source) => source.kind === kind).map(({ identifier }) => identifier);
    return found.length === 0 ? undefined : found;
  };
  const inferenceConfigSummary: EvaluationInferenceConfigSummary = plan.rag
    ? { ragConfigSummary: { precomputedRagSourceIdentifiers: [plan.rag.identifier] } }
    : {
        modelConfigSummary: {
          bedrockModelIdentifiers: names('model'),
          precomputedInferenceSourceIdentifiers: names('precomputed'),
        },
      };
  return {
    jobArn: job.arn,
    jobName: job.name,
    status: job.status,
    creationTime: new Date(job.createdAtMs),
    jobType: job.mode === 'human' ? 'Human' : 'Automated',
    evaluationTaskTypes: [
      ...new Set(plan.datasets.map(({ taskType }) => taskType)),
    ] as EvaluationSummary['evaluationTaskTypes'],
    modelIdentifiers: names('model'),
    evaluatorModelIdentifiers: plan.judge === undefined ? undefined : [plan.judge],
    customMetricsEvaluatorModelIdentifiers: plan.customJudge === undefined ? undefined : [plan.customJudge],
    inferenceConfigSummary,
    applicationType: job.applicationType,
  };
}

/** Jobs that are read for one page at most, whatever the filters leave out. */
const PAGE_READ = 200;

/** The jobs of the account in the region, by the time of their making; the newest first unless asked for otherwise. */
export const ListEvaluationJobs: Bedrock['ListEvaluationJobs'] = async (call, input) => {
  const { store } = call.kernel;
  const { account, region } = call;
  const size = input.maxResults ?? LIST_DEFAULT;
  const reverse = input.sortOrder !== 'Ascending';
  const token = readPageToken<{ at: number; id: string }>(input.nextToken, () =>
    invalid('The provided next token is not valid.'),
  );
  const jobSummaries: EvaluationSummary[] = [];
  let after = token && [account, region, token.at, token.id];
  for (;;) {
    const keys = await store.range(jobsByTime, [account, region], {
      reverse,
      limit: PAGE_READ,
      ...(after ? { after } : {}),
    });
    for (const { key } of keys) {
      const [, , at, id] = key as [string, string, number, string];
      const job = await store.get(evaluationJobs, [account, region, id]);
      if (!job || !isWanted(job, input)) continue;
      // The one after the last tells that there is another page.
      if (jobSummaries.length === size) return { jobSummaries, nextToken: pageToken({ at: after![2], id: after![3] }) };
      jobSummaries.push(summarize(job));
      after = [account, region, at, id];
    }
    if (keys.length < PAGE_READ) return { jobSummaries };
    after = keys.at(-1)!.key as typeof after;
  }
};

const isWanted = (job: EvaluationJob, filter: ListEvaluationJobsRequest): boolean =>
  (filter.statusEquals === undefined || job.status === filter.statusEquals) &&
  (filter.applicationTypeEquals === undefined || job.applicationType === filter.applicationTypeEquals) &&
  (filter.nameContains === undefined || job.name.includes(filter.nameContains)) &&
  (filter.creationTimeAfter === undefined || job.createdAtMs > filter.creationTimeAfter.getTime()) &&
  (filter.creationTimeBefore === undefined || job.createdAtMs < filter.creationTimeBefore.getTime());

/** Asks a job to stop; it has stopped when the prompts in hand are done. */
export const StopEvaluationJob: Bedrock['StopEvaluationJob'] = async (call, { jobIdentifier }) => {
  const { kernel } = call;
  const now = kernel.clock.now();
  const job = await kernel.store.transact(async (tx) => {
    const job = await open(tx, call, jobIdentifier!);
    if (job.status !== 'InProgress')
      throw conflict(`The evaluation job ${job.name} cannot be stopped: its status is ${job.status}.`);
    tx.put(evaluationJobs, keyOf(job), { ...job, status: 'Stopping', modifiedAtMs: now });
    return job;
  });
  const asked = await kernel.jobs.cancel(JOB_KIND, job.id, 'The evaluation job was stopped.');
  // People work without a job of ours: their queue is closed, and there is nothing else to wait for.
  if (!asked) {
    await kernel.store.transact(async (tx) => {
      await stopReview(kernel, tx, job);
      await finish(tx, job, 'Stopped', now);
    });
    await forget(kernel, job.id);
  }
  return {};
};

/** Deletes jobs that have ended; their output stays. */
export const BatchDeleteEvaluationJob: Bedrock['BatchDeleteEvaluationJob'] = async (call, { jobIdentifiers = [] }) => {
  const { store, clock, jobs } = call.kernel;
  const errors: { jobIdentifier: string; code: string; message: string }[] = [];
  const evaluationJobsDeleted: { jobIdentifier: string; jobStatus: 'Deleting' }[] = [];
  for (const jobIdentifier of jobIdentifiers) {
    const fault = await store.transact(async (tx) => {
      const job = await open(tx, call, jobIdentifier).catch((error: Error) => {
        if (error.name === 'ResourceNotFoundException') return undefined;
        throw error;
      });
      if (!job) return { code: '404', message: `The evaluation job was not found: ${jobIdentifier}` };
      if (job.status === 'InProgress' || job.status === 'Stopping')
        return { code: '409', message: `The evaluation job cannot be deleted: its status is ${job.status}.` };
      tx.put(evaluationJobs, keyOf(job), { ...job, status: 'Deleting', modifiedAtMs: clock.now() });
      const { account, region, id } = job;
      await jobs.submit(tx, { kind: REMOVAL_KIND, id, input: { account, region, id } satisfies Work });
      return undefined;
    });
    if (fault) errors.push({ jobIdentifier, ...fault });
    else evaluationJobsDeleted.push({ jobIdentifier, jobStatus: 'Deleting' });
  }
  return { errors, evaluationJobs: evaluationJobsDeleted };
};

/** Forgets a job that is being deleted. */
export const removalJob: ServiceJob<Work> = {
  async run({ job: { input }, kernel }) {
    await forget(kernel, input.id);
    return kernel.store.transact(async (tx) => {
      const job = await tx.get(evaluationJobs, keyOf(input));
      if (job?.status !== 'Deleting') return { removed: false };
      tx.delete(evaluationJobs, keyOf(input));
      tx.delete(jobsByTime, [job.account, job.region, job.createdAtMs, job.id]);
      tx.delete(jobNames, [job.account, job.region, job.name]);
      tx.delete(taggedResources, [job.arn]);
      await kernel.jobs.remove(tx, JOB_KIND, job.id);
      await removeReview(kernel, tx, job);
      return { removed: true };
    });
  },
};
