import type { GetModelInvocationJobResponse } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import { foundationModelArn, inferenceProfileArn, splitProfileId } from '../../../kernel/foundation-models/model.ts';
import { taggedResources, withTags } from '../../../kernel/inference/tags.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { type Reader, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded, unbuilt } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { onMeant } from '../jobs/find.ts';
import { bedrockArn, idOf, newId } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';
import { requirePassRole } from '../jobs/role.ts';
import { readS3Uri } from '../jobs/s3.ts';
import { readTags } from '../tag-list.ts';
import { changeBatch } from './events.ts';
import { JOBS_ACTIVE_MAX, TIMEOUT_HOURS_DEFAULT } from './limits.ts';
import { batchJobs, ENDED, STOPPED, type BatchJob } from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

export const KIND = 'model-invocation-job';
const HOUR_MS = 3_600_000;

/** Submits prompts in S3 to a model, to be answered by and by. */
export const CreateModelInvocationJob: Bedrock['CreateModelInvocationJob'] = async (call, input) => {
  const { store, clock, jobs, ids } = call.kernel;
  if (input.vpcConfig) throw unbuilt('vpcConfig', 'bedrock-jobs');
  const modelId = readModel(call, input.modelId!);
  const from = input.inputDataConfig!.s3InputDataConfig;
  const to = input.outputDataConfig!.s3OutputDataConfig;
  if (!from) throw invalid('The inputDataConfig must contain s3InputDataConfig.');
  if (!to) throw invalid('The outputDataConfig must contain s3OutputDataConfig.');
  readS3Uri(from.s3Uri!, 'inputDataConfig');
  readS3Uri(to.s3Uri!, 'outputDataConfig');
  await requirePassRole(call, input.roleArn!);
  const now = clock.now();
  const timeoutHours = input.timeoutDurationInHours ?? TIMEOUT_HOURS_DEFAULT;
  const id = newId(ids);
  const arn = bedrockArn(call, KIND, id);
  const tags = readTags(input.tags, arn);
  const jobArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      const standing = await valuesOf(tx, batchJobs, [call.account, call.region]);
      if (standing.some((each) => each.name === input.jobName))
        throw conflict('The provided job name is already in use. Provide a new job name and try again.');
      const active = standing.filter((each) => each.modelId === modelId && !ENDED.has(each.status));
      if (active.length >= JOBS_ACTIVE_MAX)
        throw quotaExceeded(
          'the sum of in-progress and submitted batch inference jobs using a base model',
          JOBS_ACTIVE_MAX,
        );
      const job: BatchJob = {
        account: call.account,
        region: call.region,
        id,
        arn,
        name: input.jobName!,
        modelId,
        roleArn: input.roleArn!,
        type: input.modelInvocationType ?? 'InvokeModel',
        input: { uri: from.s3Uri!, ...(from.s3BucketOwner === undefined ? {} : { owner: from.s3BucketOwner }) },
        output: {
          uri: to.s3Uri!,
          ...(to.s3BucketOwner === undefined ? {} : { owner: to.s3BucketOwner }),
          ...(to.s3EncryptionKeyId === undefined ? {} : { kmsKeyId: to.s3EncryptionKeyId }),
        },
        timeoutHours,
        status: 'Submitted',
        counts: { processed: 0, success: 0, error: 0, inputTokens: 0, outputTokens: 0 },
        createdAtMs: now,
        updatedAtMs: now,
        expiresAtMs: now + timeoutHours * HOUR_MS,
        ...(input.clientRequestToken === undefined ? {} : { clientToken: input.clientRequestToken }),
      };
      changeBatch(call.kernel, tx, job, {});
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      const run = { account: job.account, region: job.region, id };
      await jobs.submit(tx, { kind: 'bedrock/batch', id, input: run });
      await jobs.submit(tx, { kind: 'bedrock/batch-expiry', id, input: run, runAtMs: job.expiresAtMs });
      return arn;
    }),
  );
  return { jobArn };
};

/** The model that is meant, by id, profile or ARN. Throws ValidationException. */
function readModel(call: Call, text: string): string {
  const resource = text.startsWith('arn:') ? parseArn(text)?.resource : undefined;
  const kind = resource?.slice(0, resource.indexOf('/'));
  // Custom models, profiles and deployments: whether they are there is seen when they are asked.
  if (kind !== undefined && kind !== 'foundation-model' && kind !== 'inference-profile') {
    if (kind === 'custom-model') throw invalid('Batch inference is not supported for custom models.');
    return text;
  }
  const id = resource === undefined ? text : resource.slice(resource.indexOf('/') + 1);
  const model = foundationModel(splitProfileId(id)?.modelId ?? id);
  if (!model) throw invalid('The provided model identifier is invalid.');
  if (!model.output.includes('TEXT') && !model.output.includes('EMBEDDING'))
    throw invalid(`Batch inference is not supported for the model ${model.id}.`);
  return text;
}

/** One of the caller's jobs, by id or ARN. Throws ResourceNotFoundException. */
async function openBatch(call: Call, reader: Reader, identifier: string): Promise<BatchJob> {
  const id = idOf(identifier, KIND, call);
  const job = id === undefined ? undefined : await reader.get(batchJobs, [call.account, call.region, id]);
  if (!job) throw notFound(`Could not find model invocation job ${identifier}`);
  return job;
}

export const GetModelInvocationJob: Bedrock['GetModelInvocationJob'] = async (call, { jobIdentifier }) =>
  describe(await openBatch(call, call.kernel.store, jobIdentifier!));

export const ListModelInvocationJobs: Bedrock['ListModelInvocationJobs'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, batchJobs, [call.account, call.region]);
  const { items, nextToken } = listed(
    all,
    { ...input, after: input.submitTimeAfter, before: input.submitTimeBefore },
    ({ status }) => input.statusEquals === undefined || status === input.statusEquals,
  );
  return { invocationJobSummaries: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
};

/** Asks a job to stop; what is answered by then is written. */
export const StopModelInvocationJob: Bedrock['StopModelInvocationJob'] = async (call, { jobIdentifier }) => {
  const { kernel } = call;
  const { account, region, id } = await openBatch(call, kernel.store, jobIdentifier!);
  await kernel.store.transact(async (tx) => {
    const job = await openBatch(call, tx, id);
    if (ENDED.has(job.status) || job.status === 'Stopping')
      throw conflict(`The job cannot be stopped: its status is ${job.status}.`);
    changeBatch(kernel, tx, job, { status: 'Stopping' });
    const input = { account, region, id, status: 'Stopped' };
    await kernel.jobs.submit(tx, { kind: 'bedrock/batch-end', id, input });
  });
  await kernel.jobs.cancel('bedrock/batch', id, STOPPED);
  return {};
};

function describe(job: BatchJob): GetModelInvocationJobResponse & { jobName: string } {
  const { counts, totalRecords } = job;
  return {
    jobArn: job.arn,
    jobName: job.name,
    modelId: job.modelId,
    roleArn: job.roleArn,
    status: job.status,
    submitTime: new Date(job.createdAtMs),
    lastModifiedTime: new Date(job.updatedAtMs),
    inputDataConfig: {
      s3InputDataConfig: {
        s3InputFormat: 'JSONL',
        s3Uri: job.input.uri,
        ...(job.input.owner === undefined ? {} : { s3BucketOwner: job.input.owner }),
      },
    },
    outputDataConfig: {
      s3OutputDataConfig: {
        s3Uri: job.output.uri,
        ...(job.output.kmsKeyId === undefined ? {} : { s3EncryptionKeyId: job.output.kmsKeyId }),
        ...(job.output.owner === undefined ? {} : { s3BucketOwner: job.output.owner }),
      },
    },
    timeoutDurationInHours: job.timeoutHours,
    jobExpirationTime: new Date(job.expiresAtMs),
    modelInvocationType: job.type,
    ...(job.clientToken === undefined ? {} : { clientRequestToken: job.clientToken }),
    ...(job.message === undefined ? {} : { message: job.message }),
    ...(job.endedAtMs === undefined ? {} : { endTime: new Date(job.endedAtMs) }),
    ...(totalRecords === undefined
      ? {}
      : {
          totalRecordCount: totalRecords,
          processedRecordCount: counts.processed,
          successRecordCount: counts.success,
          errorRecordCount: counts.error,
        }),
  };
}

type Create = Parameters<Bedrock['CreateModelInvocationJob']>[1];

const onJob = (call: Call, { jobIdentifier = '' }: { jobIdentifier?: string | undefined }): Access[] =>
  onMeant(call, KIND, jobIdentifier, undefined);

export const batchAccess = {
  CreateModelInvocationJob: (call: Call, { modelId = '', tags }: Create): Access[] => {
    const action = 'bedrock:CreateModelInvocationJob';
    const profile = splitProfileId(modelId);
    const resource = modelId.startsWith('arn:')
      ? modelId
      : profile
        ? inferenceProfileArn(modelId, call)
        : foundationModelArn({ id: modelId }, call);
    const onModel: Access[] = resource.includes(':inference-profile/')
      ? [
          {
            action,
            resource: foundationModelArn(
              { id: (splitProfileId(resource.slice(resource.indexOf('/') + 1)) ?? { modelId: '*' }).modelId },
              call,
            ),
            keys: { 'bedrock:inferenceprofilearn': resource },
          },
        ]
      : [{ action, resource }];
    const any = bedrockArn(call, KIND, '*');
    return withTags(onModel, { tags, resource: any });
  },
  GetModelInvocationJob: onJob,
  StopModelInvocationJob: onJob,
};
