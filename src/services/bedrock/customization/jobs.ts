import type { GetModelCustomizationJobResponse, StatusDetails } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import { foundationModelArn, splitProfileId, type FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { customModels } from '../../../kernel/inference/custom-models.ts';
import { pendingKey } from '../../../kernel/inference/sealed-content.ts';
import { taggedResources, withTags } from '../../../kernel/inference/tags.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { type Reader, type Transaction, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded, unbuilt } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { findNamed, onMeant } from '../jobs/find.ts';
import { bedrockArn, idOf, newId } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';
import { requirePassRole } from '../jobs/role.ts';
import { readS3Uri } from '../jobs/s3.ts';
import { readTags } from '../tag-list.ts';
import { changeJob, hasEnded } from './events.ts';
import { readHyperParameters } from './hyper-parameters.ts';
import { JOBS_ACTIVE_MAX, MODELS_MAX } from './limits.ts';
import { customizationJobs, type CustomizationJob } from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;
type Create = Parameters<Bedrock['CreateModelCustomizationJob']>[1];

const KIND = 'model-customization-job';
const PAGE = 'bedrock-jobs';

/** Trains a model of one's own on examples in S3. */
export const CreateModelCustomizationJob: Bedrock['CreateModelCustomizationJob'] = async (call, input) => {
  const { kernel } = call;
  const { store, clock, ids, jobs } = kernel;
  const type = input.customizationType ?? 'FINE_TUNING';
  if (input.vpcConfig) throw unbuilt('vpcConfig', PAGE);
  if (input.trainingDataConfig!.invocationLogsConfig) throw unbuilt('trainingDataConfig.invocationLogsConfig', PAGE);
  const model = readBaseModel(call, input.baseModelIdentifier!);
  if (type !== 'FINE_TUNING' && type !== 'CONTINUED_PRE_TRAINING' && type !== 'DISTILLATION')
    throw unbuilt(`The customization type ${type}`, PAGE);
  if (!model.customizations.includes(type))
    throw invalid(`The customization type ${type} is not supported for the model ${model.id}.`);
  if (!model.output.includes('TEXT'))
    throw unbuilt(`Customization of ${model.id}, which does not answer with text,`, PAGE);
  const teacher = readTeacher(call, input, type);
  const trainingUri = input.trainingDataConfig!.s3Uri;
  if (trainingUri === undefined) throw invalid('The trainingDataConfig must contain s3Uri.');
  const validationUris = (input.validationDataConfig?.validators ?? []).map(({ s3Uri }) => s3Uri!);
  const outputUri = input.outputDataConfig!.s3Uri!;
  readS3Uri(trainingUri, 'trainingDataConfig');
  readS3Uri(outputUri, 'outputDataConfig');
  for (const uri of validationUris) readS3Uri(uri, 'validationDataConfig');
  const { texts } = readHyperParameters(model, input.hyperParameters);
  await requireTrainable(call, model);
  await requirePassRole(call, input.roleArn!);
  const id = newId(ids);
  const arn = bedrockArn(call, KIND, `${model.id}/${id}`);
  const modelId = `${model.id}/${newId(ids)}`;
  const modelArn = bedrockArn(call, 'custom-model', modelId);
  const key = await pendingKey(call, modelArn, input.customModelKmsKeyId);
  const tags = readTags(input.jobTags, arn);
  const modelTags = readTags(input.customModelTags, modelArn);
  const now = clock.now();
  const jobArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      await requireFree(call, tx, input.jobName!, input.customModelName!);
      const job: CustomizationJob = {
        account: call.account,
        region: call.region,
        id,
        arn,
        name: input.jobName!,
        ...(input.clientRequestToken === undefined ? {} : { clientToken: input.clientRequestToken }),
        roleArn: input.roleArn!,
        type,
        baseModelId: model.id,
        model: { id: modelId, arn: modelArn, name: input.customModelName!, tags: modelTags },
        key,
        ...(key.kmsKeyArn === undefined ? {} : { kmsKeyArn: key.kmsKeyArn }),
        trainingUri,
        validationUris,
        outputUri,
        hyperParameters: texts,
        ...(teacher ? { teacher } : {}),
        status: 'InProgress',
        phases: {
          validation: { status: 'NotStarted' },
          dataProcessing: { status: 'NotStarted' },
          training: { status: 'NotStarted' },
        },
        validationLosses: [],
        createdAtMs: now,
        updatedAtMs: now,
      };
      changeJob(kernel, tx, job, { status: 'InProgress' });
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      const run = { account: job.account, region: job.region, id };
      await jobs.submit(tx, { kind: 'bedrock/customization', id, input: run });
      return arn;
    }),
  );
  return { jobArn };
};

/** The foundation model that is to be trained. Its id may carry a context length: `amazon.nova-lite-v1:0:300k`. Throws ValidationException. */
function readBaseModel(call: Call, identifier: string): FoundationModel {
  const resource = identifier.startsWith('arn:') ? parseArn(identifier)?.resource : undefined;
  if (resource?.startsWith('custom-model/')) throw unbuilt('Customization of a custom model', PAGE);
  const id = resource === undefined ? identifier : resource.slice(resource.indexOf('/') + 1);
  const model = foundationModel(id) ?? foundationModel(id.replace(/:\d+k$/, ''));
  if (!model || (resource !== undefined && foundationModelArn({ id }, call) !== identifier))
    throw invalid('The provided model identifier is invalid.');
  if (model.customizations.length === 0) throw invalid(`The model ${model.id} cannot be customized.`);
  return model;
}

function readTeacher(
  call: Call,
  { customizationConfig }: Create,
  type: string,
): CustomizationJob['teacher'] | undefined {
  if (customizationConfig?.rftConfig) throw unbuilt('customizationConfig.rftConfig', PAGE);
  const config = customizationConfig?.distillationConfig?.teacherModelConfig;
  if (type !== 'DISTILLATION') {
    if (config) throw invalid('distillationConfig is for the customization type DISTILLATION only.');
    return undefined;
  }
  if (!config) throw invalid('The customization type DISTILLATION needs customizationConfig.distillationConfig.');
  const identifier = config.teacherModelIdentifier!;
  const id = identifier.slice(identifier.indexOf('/') + 1);
  const model = foundationModel(splitProfileId(id)?.modelId ?? id.replace(/:\d+k$/, ''));
  if (!model?.converse) throw invalid('The provided teacher model identifier is invalid.');
  const tokensMax = config.maxResponseLengthForInference;
  return { modelId: identifier, ...(tokensMax === undefined ? {} : { tokensMax }) };
}

/** What is bound to a model must be what can be trained. */
async function requireTrainable(call: Call, model: FoundationModel): Promise<void> {
  const { provenance } = await call.engines.llm.resolve(model.id);
  if (provenance.engine !== 'builtin')
    throw unbuilt(`Training on the backend that is bound to ${model.id} (${provenance.engine})`, PAGE);
}

async function requireFree(call: Call, tx: Transaction, jobName: string, modelName: string): Promise<void> {
  const where = [call.account, call.region];
  const all = await valuesOf(tx, customizationJobs, where);
  if (all.some((each) => each.name === jobName))
    throw conflict('The provided job name is already in use. Provide a new job name and try again.');
  const models = await valuesOf(tx, customModels, where);
  if (
    models.some((each) => each.name === modelName) ||
    all.some((each) => each.model.name === modelName && !hasEnded(each))
  )
    throw conflict('The provided custom model name is already in use. Provide a new model name and try again.');
  if (all.filter((each) => !hasEnded(each)).length >= JOBS_ACTIVE_MAX)
    throw quotaExceeded('scheduled customization jobs', JOBS_ACTIVE_MAX);
  if (models.length >= MODELS_MAX) throw quotaExceeded('custom models per account', MODELS_MAX);
}

async function findJob(call: Call, reader: Reader, identifier: string): Promise<CustomizationJob | undefined> {
  const id = idOf(identifier, KIND, call)?.replace(/^.*\//, '');
  const found = await findNamed(call, reader, customizationJobs, identifier, id);
  // An ARN has the base model before the id, and is right as a whole or not at all.
  return identifier.startsWith('arn:') && found?.arn !== identifier ? undefined : found;
}

/** One of the caller's jobs, by name, id or ARN. Throws ResourceNotFoundException. */
async function openJob(call: Call, reader: Reader, identifier: string): Promise<CustomizationJob> {
  const found = await findJob(call, reader, identifier);
  if (!found) throw notFound(`Could not find model customization job ${identifier}`);
  return found;
}

export const GetModelCustomizationJob: Bedrock['GetModelCustomizationJob'] = async (call, { jobIdentifier }) => {
  const job = await openJob(call, call.kernel.store, jobIdentifier!);
  const answer: GetModelCustomizationJobResponse = {
    jobArn: job.arn,
    jobName: job.name,
    outputModelName: job.model.name,
    roleArn: job.roleArn,
    status: job.status,
    statusDetails: detailsOf(job),
    creationTime: new Date(job.createdAtMs),
    lastModifiedTime: new Date(job.updatedAtMs),
    baseModelArn: foundationModelArn({ id: job.baseModelId }, call),
    hyperParameters: job.hyperParameters,
    trainingDataConfig: { s3Uri: job.trainingUri },
    validationDataConfig: { validators: job.validationUris.map((s3Uri) => ({ s3Uri })) },
    outputDataConfig: { s3Uri: job.outputUri },
    customizationType: job.type,
    ...(job.clientToken === undefined ? {} : { clientRequestToken: job.clientToken }),
    ...(job.status === 'Completed' ? { outputModelArn: job.model.arn } : {}),
    ...(job.failureMessage === undefined ? {} : { failureMessage: job.failureMessage }),
    ...(job.endedAtMs === undefined ? {} : { endTime: new Date(job.endedAtMs) }),
    ...(job.kmsKeyArn === undefined ? {} : { outputModelKmsKeyArn: job.kmsKeyArn }),
    ...(job.trainingLoss === undefined ? {} : { trainingMetrics: { trainingLoss: job.trainingLoss } }),
    validationMetrics: job.validationLosses.map((validationLoss) => ({ validationLoss })),
    ...(job.teacher ? { customizationConfig: teacherConfig(job.teacher) } : {}),
  };
  return answer;
};

/** A teacher as the API shows it. */
export function teacherConfig({ modelId, tokensMax }: NonNullable<CustomizationJob['teacher']>) {
  const teacherModelConfig = {
    teacherModelIdentifier: modelId,
    ...(tokensMax === undefined ? {} : { maxResponseLengthForInference: tokensMax }),
  };
  return { distillationConfig: { teacherModelConfig } };
}

function detailsOf({ phases }: CustomizationJob): StatusDetails {
  const of = ({ status, fromMs, changedAtMs }: CustomizationJob['phases']['training']) => ({
    status,
    ...(fromMs === undefined ? {} : { creationTime: new Date(fromMs) }),
    ...(changedAtMs === undefined ? {} : { lastModifiedTime: new Date(changedAtMs) }),
  });
  return {
    validationDetails: of(phases.validation),
    dataProcessingDetails: of(phases.dataProcessing),
    trainingDetails: of(phases.training),
  };
}

export const ListModelCustomizationJobs: Bedrock['ListModelCustomizationJobs'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, customizationJobs, [call.account, call.region]);
  const { items, nextToken } = listed(
    all,
    { ...input, after: input.creationTimeAfter, before: input.creationTimeBefore },
    ({ status }) => input.statusEquals === undefined || status === input.statusEquals,
  );
  const modelCustomizationJobSummaries = items.map((job) => ({
    jobArn: job.arn,
    baseModelArn: foundationModelArn({ id: job.baseModelId }, call),
    jobName: job.name,
    status: job.status,
    statusDetails: detailsOf(job),
    lastModifiedTime: new Date(job.updatedAtMs),
    creationTime: new Date(job.createdAtMs),
    ...(job.endedAtMs === undefined ? {} : { endTime: new Date(job.endedAtMs) }),
    ...(job.status === 'Completed' ? { customModelArn: job.model.arn } : {}),
    customModelName: job.model.name,
    customizationType: job.type,
  }));
  return { modelCustomizationJobSummaries, ...(nextToken === undefined ? {} : { nextToken }) };
};

/** Stops a training: there is no model then. */
export const StopModelCustomizationJob: Bedrock['StopModelCustomizationJob'] = async (call, { jobIdentifier }) => {
  const { kernel } = call;
  const { account, region, id } = await openJob(call, kernel.store, jobIdentifier!);
  await kernel.store.transact(async (tx) => {
    const job = await openJob(call, tx, id);
    if (job.status !== 'InProgress') throw conflict(`The job cannot be stopped: its status is ${job.status}.`);
    changeJob(kernel, tx, job, { status: 'Stopping' });
    await kernel.jobs.submit(tx, { kind: 'bedrock/customization-stop', id, input: { account, region, id } });
  });
  await kernel.jobs.cancel('bedrock/customization', id, 'stopped by its owner');
  return {};
};

async function onJob(
  call: Call,
  { jobIdentifier: given = '' }: { jobIdentifier?: string | undefined },
): Promise<Access[]> {
  const found = await findJob(call, call.kernel.store, given);
  return onMeant(call, KIND, given, found?.arn);
}

export const jobAccess = {
  CreateModelCustomizationJob: (call: Call, input: Create): Access[] => {
    const base = input.baseModelIdentifier ?? '';
    return withTags(
      [
        {
          action: 'bedrock:CreateModelCustomizationJob',
          resource: base.startsWith('arn:') ? base : foundationModelArn({ id: base }, call),
        },
      ],
      { tags: input.jobTags, resource: bedrockArn(call, KIND, '*') },
      { tags: input.customModelTags, resource: bedrockArn(call, 'custom-model', '*') },
    );
  },
  GetModelCustomizationJob: onJob,
  StopModelCustomizationJob: onJob,
};
