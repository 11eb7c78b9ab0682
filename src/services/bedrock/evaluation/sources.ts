import type { EvaluationModelConfig } from '@aws-sdk/client-bedrock';
import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import { foundationModelArn, inferenceProfileArn, splitProfileId } from '../../../kernel/foundation-models/model.ts';
import { parseArn } from '../../../kernel/resources.ts';
import { invalid, unbuilt } from '../errors.ts';
import type { EvaluationJob } from './records.ts';

/** Where answers come from: a model that is asked, or the dataset itself. */
export type Source =
  | { kind: 'model'; identifier: string; params: InferenceParams }
  | { kind: 'precomputed'; identifier: string };

/** Parameters of inference, as Converse takes them. */
export type InferenceParams = {
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  additionalModelRequestFields?: Record<string, unknown>;
};

/** What the models' own names of the common parameters are in Converse. Source: Bedrock User Guide, "Inference parameters for foundation models". */
const COMMON: Readonly<Record<string, 'maxTokens' | 'temperature' | 'topP' | 'stopSequences'>> = {
  maxTokens: 'maxTokens',
  max_tokens: 'maxTokens',
  max_tokens_to_sample: 'maxTokens',
  max_gen_len: 'maxTokens',
  max_new_tokens: 'maxTokens',
  maxTokenCount: 'maxTokens',
  temperature: 'temperature',
  topP: 'topP',
  top_p: 'topP',
  stopSequences: 'stopSequences',
  stop_sequences: 'stopSequences',
  stop: 'stopSequences',
};

/** Reads `inferenceParams`: JSON with the members of Converse, or with the model's own. Numbers may be text, as in the guide's examples. */
export function readInferenceParams(text: string | undefined): InferenceParams {
  if (text === undefined) return {};
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw invalid('The value of inferenceParams is not valid JSON.');
  }
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw invalid('The value of inferenceParams must be a JSON object.');
  const params: InferenceParams = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'inferenceConfig') {
      for (const [inner, each] of Object.entries((value ?? {}) as object)) setCommon(params, inner, each);
    } else if (name === 'additionalModelRequestFields') {
      if (value === null || typeof value !== 'object' || Array.isArray(value))
        throw invalid('additionalModelRequestFields of inferenceParams must be a JSON object.');
      params.additionalModelRequestFields = value as Record<string, unknown>;
    } else if (Object.hasOwn(COMMON, name)) setCommon(params, name, value);
    else params.additionalModelRequestFields = { ...params.additionalModelRequestFields, [name]: value };
  }
  return params;
}

function setCommon(params: InferenceParams, name: string, given: unknown): void {
  const member = Object.hasOwn(COMMON, name) ? COMMON[name]! : undefined;
  if (member === undefined) throw invalid(`inferenceParams has an unknown parameter: ${name}.`);
  const config = (params.inferenceConfig ??= {});
  if (member === 'stopSequences') {
    if (!Array.isArray(given) || given.some((each) => typeof each !== 'string'))
      throw invalid(`${name} of inferenceParams must be a list of strings.`);
    config.stopSequences = given as string[];
    return;
  }
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw invalid(`${name} of inferenceParams must be a number.`);
  config[member] = value;
}

/** Throws ValidationException; NotImplemented for performance settings that are not built. */
export function readSource({ bedrockModel, precomputedInferenceSource }: EvaluationModelConfig): Source {
  if (precomputedInferenceSource)
    return { kind: 'precomputed', identifier: precomputedInferenceSource.inferenceSourceIdentifier! };
  if (!bedrockModel)
    throw invalid('Each of inferenceConfig.models must have a bedrockModel or a precomputedInferenceSource.');
  if (bedrockModel.performanceConfig?.latency === 'optimized')
    throw unbuilt('performanceConfig.latency optimized', 'bedrock-evaluation');
  return {
    kind: 'model',
    identifier: bedrockModel.modelIdentifier!,
    params: readInferenceParams(bedrockModel.inferenceParams),
  };
}

/** The ARN of a model or inference profile, whichever way it is named. */
export function modelArn(identifier: string, where: Pick<EvaluationJob, 'partition' | 'region' | 'account'>): string {
  if (identifier.startsWith('arn:')) return identifier;
  return splitProfileId(identifier)
    ? inferenceProfileArn(identifier, where)
    : foundationModelArn({ id: identifier }, where);
}

/** The id within an ARN; an id as it is. */
export const modelId = (identifier: string): string =>
  parseArn(identifier)?.resource.split('/').slice(1).join('/') ?? identifier;

/** Kinds of ARN whose id is in the catalogue of models; the others are for the runtime to know. */
const CATALOGUED = /^(?:foundation-model|inference-profile)\//;

/** Throws ValidationException for a foundation model, or an inference profile of one, that is not there or not of this region. */
export function checkModel(identifier: string, { region, partition }: { region: string; partition: string }): void {
  const arn = parseArn(identifier);
  if (arn && !CATALOGUED.test(arn.resource)) return;
  const id = modelId(identifier);
  const isHere = !arn || (arn.region === region && arn.partition === partition);
  if (!isHere || !foundationModel(splitProfileId(id)?.modelId ?? id))
    throw invalid(`The provided model identifier is invalid: ${identifier}`);
}
