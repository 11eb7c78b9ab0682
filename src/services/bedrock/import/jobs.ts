import type { GetModelImportJobResponse } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { importedModels } from '../../../kernel/inference/custom-models.ts';
import { pendingKey } from '../../../kernel/inference/sealed-content.ts';
import { taggedResources, withTags } from '../../../kernel/inference/tags.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { type Reader, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded, unbuilt } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { findNamed, onMeant } from '../jobs/find.ts';
import { bedrockArn, idOf, newId } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';
import { requirePassRole } from '../jobs/role.ts';
import { readS3Uri } from '../jobs/s3.ts';
import { readTags } from '../tag-list.ts';
import { JOBS_ACTIVE_MAX, MODELS_MAX } from './limits.ts';
import { importJobs, type ImportJob } from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;
type Create = Parameters<Bedrock['CreateModelImportJob']>[1];

const KIND = 'model-import-job';

/** Takes over weights from S3: GGUF as it is, safetensors of known architectures converted. */
export const CreateModelImportJob: Bedrock['CreateModelImportJob'] = async (call, input) => {
  const { store, clock, ids, jobs } = call.kernel;
  if (input.vpcConfig) throw unbuilt('vpcConfig', 'bedrock-jobs');
  const sourceUri = input.modelDataSource!.s3DataSource?.s3Uri;
  if (sourceUri === undefined) throw invalid('The modelDataSource must contain s3DataSource.');
  readS3Uri(sourceUri, 'modelDataSource');
  await requirePassRole(call, input.roleArn!);
  const id = newId(ids);
  const arn = bedrockArn(call, KIND, id);
  const modelId = newId(ids);
  const modelArn = bedrockArn(call, 'imported-model', modelId);
  const key = await pendingKey(call, modelArn, input.importedModelKmsKeyId);
  const tags = readTags(input.jobTags, arn);
  const modelTags = readTags(input.importedModelTags, modelArn);
  const now = clock.now();
  const jobArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      const where = [call.account, call.region];
      const standing = await valuesOf(tx, importJobs, where);
      const models = await valuesOf(tx, importedModels, where);
      if (standing.some((each) => each.name === input.jobName))
        throw conflict('The provided job name is already in use. Provide a new job name and try again.');
      const active = standing.filter((each) => each.status === 'InProgress');
      if (
        models.some((each) => each.name === input.importedModelName) ||
        active.some((each) => each.model.name === input.importedModelName)
      )
        throw conflict('The provided imported model name is already in use. Provide a new name and try again.');
      if (active.length >= JOBS_ACTIVE_MAX) throw quotaExceeded('concurrent model import jobs', JOBS_ACTIVE_MAX);
      if (models.length >= MODELS_MAX) throw quotaExceeded('imported models per account', MODELS_MAX);
      const job: ImportJob = {
        account: call.account,
        region: call.region,
        id,
        arn,
        name: input.jobName!,
        roleArn: input.roleArn!,
        sourceUri,
        model: { id: modelId, arn: modelArn, name: input.importedModelName!, tags: modelTags },
        key,
        ...(key.kmsKeyArn === undefined ? {} : { kmsKeyArn: key.kmsKeyArn }),
        status: 'InProgress',
        createdAtMs: now,
        updatedAtMs: now,
      };
      tx.put(importJobs, [...where, id], job);
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      const run = { account: job.account, region: job.region, id };
      await jobs.submit(tx, { kind: 'bedrock/model-import', id, input: run });
      return arn;
    }),
  );
  return { jobArn };
};

async function openJob(call: Call, reader: Reader, identifier: string): Promise<ImportJob> {
  const found = await findNamed(call, reader, importJobs, identifier, idOf(identifier, KIND, call));
  if (!found) throw notFound(`Could not find model import job ${identifier}`);
  return found;
}

export const GetModelImportJob: Bedrock['GetModelImportJob'] = async (call, { jobIdentifier }) => {
  const job = await openJob(call, call.kernel.store, jobIdentifier!);
  const answer: GetModelImportJobResponse = {
    jobArn: job.arn,
    jobName: job.name,
    importedModelName: job.model.name,
    roleArn: job.roleArn,
    modelDataSource: { s3DataSource: { s3Uri: job.sourceUri } },
    status: job.status,
    creationTime: new Date(job.createdAtMs),
    lastModifiedTime: new Date(job.updatedAtMs),
    ...(job.status === 'Completed' ? { importedModelArn: job.model.arn } : {}),
    ...(job.failureMessage === undefined ? {} : { failureMessage: job.failureMessage }),
    ...(job.endedAtMs === undefined ? {} : { endTime: new Date(job.endedAtMs) }),
    ...(job.kmsKeyArn === undefined ? {} : { importedModelKmsKeyArn: job.kmsKeyArn }),
  };
  return answer;
};

export const ListModelImportJobs: Bedrock['ListModelImportJobs'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, importJobs, [call.account, call.region]);
  const { items, nextToken } = listed(
    all,
    { ...input, after: input.creationTimeAfter, before: input.creationTimeBefore },
    ({ status }) => input.statusEquals === undefined || status === input.statusEquals,
  );
  const modelImportJobSummaries = items.map((job) => ({
    jobArn: job.arn,
    jobName: job.name,
    status: job.status,
    lastModifiedTime: new Date(job.updatedAtMs),
    creationTime: new Date(job.createdAtMs),
    ...(job.endedAtMs === undefined ? {} : { endTime: new Date(job.endedAtMs) }),
    ...(job.status === 'Completed' ? { importedModelArn: job.model.arn } : {}),
    importedModelName: job.model.name,
  }));
  return { modelImportJobSummaries, ...(nextToken === undefined ? {} : { nextToken }) };
};

async function onJob(
  call: Call,
  { jobIdentifier: given = '' }: { jobIdentifier?: string | undefined },
): Promise<Access[]> {
  const found = await findNamed(call, call.kernel.store, importJobs, given, idOf(given, KIND, call));
  return onMeant(call, KIND, given, found?.arn);
}

export const jobAccess = {
  CreateModelImportJob: (call: Call, { jobTags, importedModelTags }: Create): Access[] =>
    withTags(
      [{ action: 'bedrock:CreateModelImportJob', resource: '*' }],
      { tags: jobTags, resource: bedrockArn(call, KIND, '*') },
      { tags: importedModelTags, resource: bedrockArn(call, 'imported-model', '*') },
    ),
  GetModelImportJob: onJob,
};
