import { rm } from 'node:fs/promises';
import type { GetImportedModelResponse } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { importedModels, type ImportedModel } from '../../../kernel/inference/custom-models.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { weightsFile } from '../../../kernel/inference/weights.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { type Reader, valuesOf } from '../../../kernel/store/store.ts';
import { notFound } from '../errors.ts';
import { findNamed, onMeant } from '../jobs/find.ts';
import { idOf } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const KIND = 'imported-model';
/** Bytes of weights that one custom model unit holds; AWS tells no figure: of an 8B model in 16 bits it takes 2. */
const UNIT_BYTES = 8 * 1024 ** 3;

async function openModel(call: Call, reader: Reader, identifier: string): Promise<ImportedModel> {
  const found = await findNamed(call, reader, importedModels, identifier, idOf(identifier, KIND, call));
  if (!found) throw notFound(`Could not find imported model ${identifier}`);
  return found;
}

export const GetImportedModel: Bedrock['GetImportedModel'] = async (call, { modelIdentifier }) => {
  const model = await openModel(call, call.kernel.store, modelIdentifier!);
  const answer: GetImportedModelResponse = {
    modelArn: model.arn,
    modelName: model.name,
    jobName: model.jobName,
    jobArn: model.jobArn,
    modelDataSource: { s3DataSource: { s3Uri: model.sourceUri } },
    creationTime: new Date(model.createdAtMs),
    modelArchitecture: model.architecture,
    instructSupported: model.instructSupported,
    customModelUnits: {
      customModelUnitsPerModelCopy: Math.ceil(model.weights.size / UNIT_BYTES),
      customModelUnitsVersion: 'v1.0',
    },
    ...(model.kmsKeyArn === undefined ? {} : { modelKmsKeyArn: model.kmsKeyArn }),
  };
  return answer;
};

export const ListImportedModels: Bedrock['ListImportedModels'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, importedModels, [call.account, call.region]);
  const asked = { ...input, after: input.creationTimeAfter, before: input.creationTimeBefore };
  const { items, nextToken } = listed(all, asked, () => true);
  const modelSummaries = items.map((model) => ({
    modelArn: model.arn,
    modelName: model.name,
    creationTime: new Date(model.createdAtMs),
    instructSupported: model.instructSupported,
    modelArchitecture: model.architecture,
  }));
  return { modelSummaries, ...(nextToken === undefined ? {} : { nextToken }) };
};

export const DeleteImportedModel: Bedrock['DeleteImportedModel'] = async (call, { modelIdentifier }) => {
  const { store, blobs } = call.kernel;
  const model = await store.transact(async (tx) => {
    const found = await openModel(call, tx, modelIdentifier!);
    await blobs.release(tx, found.weights.blob);
    tx.delete(importedModels, [found.account, found.region, found.id]);
    tx.delete(taggedResources, [found.arn]);
    return found;
  });
  const path = weightsFile(call.kernel, model.weights);
  await (await call.engines.llm.registry()).forget(path);
  await rm(path, { force: true });
  return {};
};

async function onModel(
  call: Call,
  { modelIdentifier: given = '' }: { modelIdentifier?: string | undefined },
): Promise<Access[]> {
  const found = await findNamed(call, call.kernel.store, importedModels, given, idOf(given, KIND, call));
  return onMeant(call, KIND, given, found?.arn);
}

export const modelAccess = { DeleteImportedModel: onModel, GetImportedModel: onModel };
