import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import type { StepMetric } from '../../../engines/llm/tuned/types.ts';
import { customModels, type CustomModel } from '../../../kernel/inference/custom-models.ts';
import { sealContent } from '../../../kernel/inference/sealed-content.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { rootOf } from '../../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { isRefusal } from '../jobs/refusal.ts';
import { assumeJobRole, SERVICE } from '../jobs/role.ts';
import { joinKey, readS3Uri, writeFile, type Bucket } from '../jobs/s3.ts';
import { DataError, readData, type Sample } from './data.ts';
import { changeJob, hasEnded } from './events.ts';
import { readHyperParameters } from './hyper-parameters.ts';
import {
  SEED,
  TEACHER_CONCURRENCY,
  TEACHER_TOKENS_DEFAULT,
  TRAINING_RECORDS_MAX,
  VALIDATION_RECORDS_MAX,
} from './limits.ts';
import { customizationJobs, type CustomizationJob } from './records.ts';
import { inTurn } from '../jobs/in-turn.ts';

type Run = { account: string; region: string; id: string };
type Phase = keyof CustomizationJob['phases'];
type Place = Omit<Bucket, 'bucket'>;

const keyOf = ({ account, region, id }: Run) => [account, region, id];

/** Validates, trains and keeps the model. A training that was cut short begins anew: it gives the same. */
export const customizationJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel, engines, signal, progress }) {
    const change = (how: (job: CustomizationJob) => Partial<CustomizationJob>) =>
      kernel.store.transact(async (tx) => {
        const job = await tx.get(customizationJobs, keyOf(input));
        if (!job) throw new Error('the job is gone');
        return job.status === 'InProgress' ? changeJob(kernel, tx, job, how(job)) : job;
      });
    const phase = (name: Phase, status: 'InProgress' | 'Completed') =>
      change(({ phases }) => {
        const now = kernel.clock.now();
        const fromMs = phases[name].fromMs ?? now;
        return { phases: { ...phases, [name]: { status, fromMs, changedAtMs: now } } };
      });
    try {
      let job = await phase('validation', 'InProgress');
      if (job.status !== 'InProgress') return;
      const model = foundationModel(job.baseModelId)!;
      const { values } = readHyperParameters(model, job.hyperParameters);
      const place: Place = { kernel, principal: await assumeJobRole(kernel, job), region: job.region, signal };
      const { type } = job;
      let samples = await readData(place, job.trainingUri, 'training', {
        model,
        type,
        recordsMax: TRAINING_RECORDS_MAX,
      });
      const validators: Sample[][] = [];
      for (const uri of job.validationUris)
        validators.push(await readData(place, uri, 'validation', { model, type, recordsMax: VALIDATION_RECORDS_MAX }));
      await phase('validation', 'Completed');
      await phase('dataProcessing', 'InProgress');
      if (validators.length === 0 && values.evalPercentage !== undefined) {
        // As Cohere has it: a part of the training data is held back.
        const held = Math.floor((samples.length * values.evalPercentage) / 100);
        if (held > 0 && held < samples.length) validators.push(samples.slice(-held));
        if (held > 0 && held < samples.length) samples = samples.slice(0, -held);
      }
      samples = await answered(place, job, samples);
      const held: Sample[] = [];
      for (const each of validators) held.push(...(await answered(place, job, each)));
      await phase('dataProcessing', 'Completed');
      await phase('training', 'InProgress');
      const tuning = await engines.llm.tuning();
      const result = await tuning.train(
        samples.map(pairOf),
        held.map(pairOf),
        {
          epochs: values.epochs,
          batchSize: values.batchSize,
          learningRate: values.learningRate,
          warmupSteps: values.warmupSteps,
          seed: SEED,
          ...(values.earlyStopping && held.length > 0 ? { earlyStopping: values.earlyStopping } : {}),
          remembers: type === 'CONTINUED_PRE_TRAINING',
        },
        { signal, onStep: ({ step, steps }) => void progress(step, steps).catch(() => {}) },
      );
      await writeMetrics(place, job, result);
      const sealed = await sealContent(kernel, job.model.arn, job.key!, result.adapter);
      const last = result.training.filter(({ epoch }) => epoch === result.epoch);
      const trainingLoss = last.reduce((sum, { loss }) => sum + loss, 0) / Math.max(1, last.length);
      const kept = result.validation.find(({ epoch }) => epoch === result.epoch);
      const validationLosses = kept ? [kept.loss] : [];
      await kernel.store.transact(async (tx) => {
        job = (await tx.get(customizationJobs, keyOf(input)))!;
        if (job.status !== 'InProgress') return;
        const now = kernel.clock.now();
        const made: CustomModel = {
          account: job.account,
          region: job.region,
          id: job.model.id,
          arn: job.model.arn,
          name: job.model.name,
          baseModelId: job.baseModelId,
          customization: type,
          status: 'Active',
          adapter: sealed,
          ...(job.kmsKeyArn === undefined ? {} : { kmsKeyArn: job.kmsKeyArn }),
          jobArn: job.arn,
          jobName: job.name,
          made: {
            hyperParameters: job.hyperParameters,
            trainingUri: job.trainingUri,
            validationUris: job.validationUris,
            outputUri: job.outputUri,
            ...(job.teacher ? { teacher: job.teacher } : {}),
            trainingLoss,
            validationLosses,
          },
          createdAtMs: now,
        };
        await kernel.blobs.retain(tx, sealed.blob);
        tx.put(customModels, [made.account, made.region, made.id], made);
        tx.put(taggedResources, [made.arn], { owner: made.account, tags: job.model.tags });
        const training = { ...job.phases.training, status: 'Completed' as const, changedAtMs: now };
        changeJob(kernel, tx, job, {
          status: 'Completed',
          phases: { ...job.phases, training },
          trainingLoss,
          validationLosses,
        });
      });
      const who = { account: job.account, region: job.region, service: 'bedrock', principal: rootOf(job.account).arn };
      const usage = { type: 'CustomizationTrainingTokens', quantity: result.tokens, unit: 'tokens' };
      kernel.ledger.meter(who, { ...usage, resource: job.baseModelId, tagged: job.arn });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof DataError) && !isRefusal(error)) throw error;
      await change(({ phases }) => ({
        status: 'Failed',
        failureMessage: (error as Error).message,
        phases: endedPhases(phases, 'Failed', kernel.clock.now()),
      }));
    }
  },
  async ended(tx, { state, input, reason, endedAtMs }) {
    const job = await tx.get(customizationJobs, keyOf(input));
    if (state !== 'failed' || !job || hasEnded(job)) return;
    const { key: _key, ...rest } = job;
    tx.put(customizationJobs, keyOf(input), {
      ...rest,
      status: 'Failed',
      failureMessage: `The job failed with an internal error: ${reason}`,
      phases: endedPhases(job.phases, 'Failed', endedAtMs!),
      updatedAtMs: endedAtMs!,
      endedAtMs: endedAtMs!,
    });
  },
};

/** Ends a job that was stopped. */
export const customizationStopJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel }) {
    await kernel.store.transact(async (tx) => {
      const job = await tx.get(customizationJobs, keyOf(input));
      if (job && !hasEnded(job))
        changeJob(kernel, tx, job, {
          status: 'Stopped',
          phases: endedPhases(job.phases, 'Stopped', kernel.clock.now()),
        });
    });
  },
};

function endedPhases(phases: CustomizationJob['phases'], status: 'Failed' | 'Stopped', nowMs: number) {
  return Object.fromEntries(
    Object.entries(phases).map(([name, phase]) => [
      name,
      phase.status === 'InProgress' ? { ...phase, status, changedAtMs: nowMs } : phase,
    ]),
  ) as CustomizationJob['phases'];
}

const pairOf = ({ prompt, completion }: Sample) => ({ prompt, completion: completion! });

/** Samples whose answers are missing are answered by the teacher, under the job's role. */
async function answered(place: Place, job: CustomizationJob, samples: Sample[]): Promise<Sample[]> {
  const { teacher } = job;
  if (!teacher) return samples;
  return inTurn(samples, TEACHER_CONCURRENCY, async (sample) => {
    if (sample.completion !== undefined) return sample;
    const { output } = await place.kernel.calls.send<{ output?: { message?: { content?: { text?: string }[] } } }>({
      service: 'bedrock-runtime',
      operation: 'Converse',
      input: {
        modelId: teacher.modelId,
        messages: [{ role: 'user', content: [{ text: sample.asked }] }],
        ...(sample.system === undefined ? {} : { system: [{ text: sample.system }] }),
        inferenceConfig: { maxTokens: teacher.tokensMax ?? TEACHER_TOKENS_DEFAULT, temperature: 0 },
      },
      principal: place.principal,
      region: job.region,
      invokedBy: SERVICE,
      signal: place.signal,
    });
    const completion = (output?.message?.content ?? []).map(({ text }) => text ?? '').join('');
    if (completion.trim() === '') throw new DataError('The teacher model answered a prompt with nothing.');
    return { ...sample, completion };
  });
}

/** Source: Bedrock User Guide, "Analyze the results of a model customization job". */
async function writeMetrics(
  place: Place,
  job: CustomizationJob,
  { training, validation }: { training: StepMetric[]; validation: StepMetric[] },
): Promise<void> {
  const { bucket, key } = readS3Uri(job.outputUri, 'output');
  const folder = joinKey(key, `model-customization-job-${job.id}`);
  const csv = (name: string, metrics: StepMetric[]) =>
    [`step_number,epoch_number,${name},perplexity`, ...metrics.map(rowOf)].join('\n') + '\n';
  const write = (path: string, text: string) =>
    writeFile({ ...place, bucket }, joinKey(folder, path), Buffer.from(text), { contentType: 'text/csv' });
  // Steps and epochs are counted from 0.
  const counted = training.map((each) => ({ ...each, step: each.step - 1, epoch: each.epoch - 1 }));
  await write('training_artifacts/step_wise_training_metrics.csv', csv('training_loss', counted));
  if (validation.length === 0) return;
  await write(
    'validation_artifacts/post_fine_tuning_validation/validation_metrics.csv',
    csv('validation_loss', validation),
  );
}

const rowOf = ({ step, epoch, loss }: StepMetric) => `${step},${epoch},${loss},${Math.exp(loss)}`;
