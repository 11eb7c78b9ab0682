import type { GetCustomModelResponse } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import { foundationModelArn } from '../../../kernel/foundation-models/model.ts';
import { customModelDeployments, customModels, type CustomModel } from '../../../kernel/inference/custom-models.ts';
import { provisionedThroughputs } from '../../../kernel/inference/provisioned-throughput.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { type Reader, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, notFound, unbuilt } from '../errors.ts';
import { findNamed, onMeant } from '../jobs/find.ts';
import { listed } from '../jobs/listing.ts';
import { teacherConfig } from './jobs.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** A custom model by name, id or ARN; one of another account only by its ARN. Throws ResourceNotFoundException. */
async function findModel(call: Call, reader: Reader, identifier: string): Promise<CustomModel | undefined> {
  return identifier.startsWith('arn:')
    ? modelAt(reader, identifier)
    : findNamed(call, reader, customModels, identifier, identifier);
}

async function openModel(call: Call, reader: Reader, identifier: string): Promise<CustomModel> {
  const found = await findModel(call, reader, identifier);
  if (!found) throw notFound(`Could not find custom model ${identifier}`);
  return found;
}

/** The model of an ARN, whosever it is. */
export async function modelAt(reader: Reader, arn: string): Promise<CustomModel | undefined> {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'bedrock' || !parsed.resource.startsWith('custom-model/')) return undefined;
  const id = parsed.resource.slice('custom-model/'.length);
  const found = await reader.get(customModels, [parsed.account, parsed.region, id]);
  return found?.arn === arn ? found : undefined;
}

export const GetCustomModel: Bedrock['GetCustomModel'] = async (call, { modelIdentifier }) => {
  const model = await openModel(call, call.kernel.store, modelIdentifier!);
  const { made } = model;
  const answer: GetCustomModelResponse = {
    modelArn: model.arn,
    modelName: model.name,
    baseModelArn: foundationModelArn({ id: model.baseModelId }, call),
    customizationType: model.customization,
    creationTime: new Date(model.createdAtMs),
    modelStatus: model.status,
    ...(model.jobArn === undefined ? {} : { jobArn: model.jobArn }),
    ...(model.jobName === undefined ? {} : { jobName: model.jobName }),
    ...(model.kmsKeyArn === undefined ? {} : { modelKmsKeyArn: model.kmsKeyArn }),
    ...(model.failureMessage === undefined ? {} : { failureMessage: model.failureMessage }),
    ...(made
      ? {
          hyperParameters: made.hyperParameters,
          trainingDataConfig: { s3Uri: made.trainingUri },
          validationDataConfig: { validators: made.validationUris.map((s3Uri) => ({ s3Uri })) },
          outputDataConfig: { s3Uri: made.outputUri },
          ...(made.trainingLoss === undefined ? {} : { trainingMetrics: { trainingLoss: made.trainingLoss } }),
          validationMetrics: made.validationLosses.map((validationLoss) => ({ validationLoss })),
          ...(made.teacher ? { customizationConfig: teacherConfig(made.teacher) } : {}),
        }
      : {}),
  };
  return answer;
};

export const ListCustomModels: Bedrock['ListCustomModels'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, customModels, [call.account, call.region]);
  const base = input.baseModelArnEquals ?? input.foundationModelArnEquals;
  const { items, nextToken } = listed(
    all,
    { ...input, after: input.creationTimeAfter, before: input.creationTimeBefore },
    (model) =>
      (base === undefined || foundationModelArn({ id: model.baseModelId }, call) === base) &&
      (input.modelStatus === undefined || model.status === input.modelStatus) &&
      // A model that others share is in the list only once it is copied: then it is the account's own.
      input.isOwned !== false,
  );
  const modelSummaries = items.map((model) => ({
    modelArn: model.arn,
    modelName: model.name,
    creationTime: new Date(model.createdAtMs),
    baseModelArn: foundationModelArn({ id: model.baseModelId }, call),
    baseModelName: foundationModel(model.baseModelId)?.name ?? model.baseModelId,
    customizationType: model.customization,
    ownerAccountId: model.account,
    modelStatus: model.status,
  }));
  return { modelSummaries, ...(nextToken === undefined ? {} : { nextToken }) };
};

/** Removes a model that nothing serves. */
export const DeleteCustomModel: Bedrock['DeleteCustomModel'] = async (call, { modelIdentifier }) => {
  const { store, blobs } = call.kernel;
  await store.transact(async (tx) => {
    const model = await openModel(call, tx, modelIdentifier!);
    const where = [model.account, model.region];
    const serves = (each: { modelArn: string }) => each.modelArn === model.arn;
    if ((await valuesOf(tx, customModelDeployments, where)).some(serves))
      throw conflict('The custom model has a deployment. Delete its deployments and try again.');
    if ((await valuesOf(tx, provisionedThroughputs, where)).some(serves))
      throw conflict('The custom model is used by Provisioned Throughput. Delete that and try again.');
    if (model.adapter) await blobs.release(tx, model.adapter.blob);
    tx.delete(customModels, [model.account, model.region, model.id]);
    tx.delete(taggedResources, [model.arn]);
  });
  return {};
};

/** Models that were made elsewhere: what there is to read of Nova's is in a format that is not public. */
export const CreateCustomModel: Bedrock['CreateCustomModel'] = () => {
  throw unbuilt(
    'CreateCustomModel: the artifacts of Amazon Nova cannot be read; CreateModelImportJob takes open weights. It',
    'bedrock-jobs',
  );
};

async function onModel(
  call: Call,
  { modelIdentifier: given = '' }: { modelIdentifier?: string | undefined },
): Promise<Access[]> {
  const found = await findModel(call, call.kernel.store, given);
  return onMeant(call, 'custom-model', given, found?.arn);
}

export const modelAccess = { DeleteCustomModel: onModel, GetCustomModel: onModel };
