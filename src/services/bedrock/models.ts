import type { FoundationModelDetails } from '@aws-sdk/client-bedrock';
import type { Call } from '../../kernel/call.ts';
import { foundationModel, foundationModels } from '../../kernel/foundation-models/catalog.ts';
import { lifecycleDates } from '../../kernel/foundation-models/lifecycle.ts';
import { foundationModelArn, type FoundationModel } from '../../kernel/foundation-models/model.ts';
import { isOffered } from '../../kernel/foundation-models/regions.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalid, notFound } from './errors.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** The foundation models that the region offers, narrowed by any of four facts. The whole list: AWS does not page it. */
export const ListFoundationModels: Bedrock['ListFoundationModels'] = (
  call,
  { byProvider, byCustomizationType, byOutputModality, byInferenceType },
) => {
  const provider = byProvider?.toLowerCase();
  const modelSummaries = foundationModels
    .filter((model) => isOffered(model, call.region))
    .filter((model) => provider === undefined || model.provider.toLowerCase() === provider)
    .filter((model) => byCustomizationType === undefined || model.customizations.includes(byCustomizationType))
    .filter((model) => byOutputModality === undefined || model.output.includes(byOutputModality))
    .filter((model) => byInferenceType === undefined || model.inference.includes(byInferenceType))
    .map((model) => detailsOf(call, model));
  return { modelSummaries };
};

/** One foundation model, by id or ARN. */
export const GetFoundationModel: Bedrock['GetFoundationModel'] = (call, { modelIdentifier }) => {
  const model = foundationModel(idOf(call, modelIdentifier!));
  if (!model || !isOffered(model, call.region))
    throw notFound('Could not resolve the foundation model from the provided model identifier.');
  return { modelDetails: detailsOf(call, model) };
};

function idOf(call: Call, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier;
  const { service, partition, region, resource } = parseArn(identifier) ?? {};
  if (
    service !== 'bedrock' ||
    partition !== call.partition ||
    region !== call.region ||
    !resource?.startsWith('foundation-model/')
  ) {
    throw invalid('The provided model identifier is invalid.');
  }
  return resource.slice('foundation-model/'.length);
}

/** A model as Bedrock shows it; summaries and details have the same members. */
function detailsOf(call: Call, model: FoundationModel): FoundationModelDetails {
  return {
    modelArn: foundationModelArn(model, call),
    modelId: model.id,
    modelName: model.name,
    providerName: model.provider,
    // The SDK's enums lag behind what AWS answers (VIDEO, SPEECH, INFERENCE_PROFILE).
    inputModalities: [...model.input] as FoundationModelDetails['inputModalities'],
    outputModalities: [...model.output] as FoundationModelDetails['outputModalities'],
    responseStreamingSupported: model.streaming,
    customizationsSupported: [...model.customizations],
    inferenceTypesSupported: [...model.inference] as FoundationModelDetails['inferenceTypesSupported'],
    modelLifecycle: { status: model.lifecycle, ...lifecycleDates(model.id) },
  };
}
