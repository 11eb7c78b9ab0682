/**
 * The foundation models of Amazon Bedrock, as facts: what each is called, takes, gives and allows. Bedrock lists them, Bedrock Runtime serves
 * them, and whoever else must know a model's limits reads them here.
 *
 * Sources: Bedrock User Guide, "Supported foundation models", "Supported models and model features" (Converse) and the model cards;
 * context windows and output limits also from models.dev. As of 2026-11.
 */
export type Modality = 'TEXT' | 'IMAGE' | 'EMBEDDING' | 'VIDEO' | 'SPEECH';

/** How a model can be paid for and called; `INFERENCE_PROFILE`: only through a profile such as `us.<id>`. */
export type InferenceType = 'ON_DEMAND' | 'PROVISIONED' | 'INFERENCE_PROFILE';

export type Customization = 'FINE_TUNING' | 'CONTINUED_PRE_TRAINING' | 'DISTILLATION';

/** The geographies of cross-region inference profiles; the prefix of the profile's id. */
export type Geography = 'us' | 'eu' | 'apac' | 'jp' | 'au' | 'ca' | 'us-gov' | 'global';

/** The native body formats of InvokeModel. */
export type Family =
  | 'anthropic-messages'
  | 'nova'
  | 'titan-text'
  | 'titan-embed-text-v1'
  | 'titan-embed-text-v2'
  | 'llama'
  | 'mistral-text'
  | 'mistral-chat'
  | 'titan-embed-image'
  | 'titan-image'
  | 'nova-canvas'
  | 'nova-reel'
  | 'nova-sonic'
  | 'nova-embed'
  | 'amazon-rerank'
  | 'cohere-command'
  | 'cohere-command-r'
  | 'cohere-embed'
  | 'cohere-rerank'
  | 'ai21-jamba'
  | 'stability-image'
  | 'openai-chat'
  | 'deepseek-chat'
  | 'deepseek-text'
  | 'qwen-chat'
  | 'writer-chat'
  | 'twelvelabs'
  | 'luma-ray'
  /** Of imported models: no model of the catalog. */
  | 'imported';

export type ToolChoiceKind = 'auto' | 'any' | 'tool';

/** What Converse allows with a model. Vision follows from the input modalities. */
export type ConverseFeatures = {
  system: boolean;
  documents: boolean;
  /** Absent: no tool use. */
  tools?: { choices: readonly ToolChoiceKind[]; streaming: boolean };
  /** Whether the last message may be the assistant's, to be gone on with. */
  prefill: boolean;
  /** Whether temperature and topP may be given together. */
  temperatureWithTopP: boolean;
};

/** Source: Bedrock User Guide, "Prompt caching for faster model inference", supported models. */
export type Caching = {
  /** Prefixes of fewer tokens are not kept. */
  minTokens: number;
  checkpointsMax: number;
  /** Whether an entry may be kept for an hour. */
  oneHour: boolean;
  /** Whether tools may be marked. */
  tools: boolean;
};

/** How a model can be asked to reason before it answers. Source: Bedrock User Guide, "Extended thinking", "Reasoning". */
export type ReasoningFeatures = {
  /** A budget of tokens. */
  budget: boolean;
  /** As much as the model finds fit. */
  adaptive: boolean;
  /** A degree: low, medium, high. */
  effort: boolean;
  /** Thoughts carry signatures, which are checked when they come back. */
  signed: boolean;
  /** May come sealed. */
  redacts?: boolean;
};

export type FoundationModel = {
  id: string;
  name: string;
  provider: string;
  input: readonly Modality[];
  output: readonly Modality[];
  /** Whether its answer can be streamed. */
  streaming: boolean;
  inference: readonly InferenceType[];
  lifecycle: 'ACTIVE' | 'LEGACY';
  customizations: readonly Customization[];
  /** Geographies that have an inference profile of it. */
  profiles: readonly Geography[];
  family: Family;
  /** Tokens of prompt and answer together; absent where the model does not read text as tokens. */
  contextTokens?: number;
  /** Tokens of an answer at most. */
  outputTokensMax?: number;
  /** Absent: Converse refuses the model. */
  converse?: ConverseFeatures;
  /** Prompt caching; absent: cache points are refused. */
  caching?: Caching;
  /** Absent: it answers at once, or reasons unasked. */
  reasoning?: ReasoningFeatures;
  /** Whether its answers can cite documents and search results. */
  citations?: boolean;
};

/** `arn:aws:bedrock:us-east-1::foundation-model/<id>` */
export function foundationModelArn(model: { id: string }, where: { partition: string; region: string }): string {
  return `arn:${where.partition}:bedrock:${where.region}::foundation-model/${model.id}`;
}

/** `arn:aws:bedrock:us-east-1:<account>:inference-profile/us.<id>` */
export function inferenceProfileArn(
  profileId: string,
  where: { partition: string; region: string; account: string },
): string {
  return `arn:${where.partition}:bedrock:${where.region}:${where.account}:inference-profile/${profileId}`;
}

const GEOGRAPHIES: readonly Geography[] = ['us', 'eu', 'apac', 'jp', 'au', 'ca', 'us-gov', 'global'];

/** `us.anthropic.claude…` → its geography and the model's id; undefined for what carries no geography. */
export function splitProfileId(id: string): { geography: Geography; modelId: string } | undefined {
  const geography = GEOGRAPHIES.find((each) => id.startsWith(`${each}.`));
  return geography === undefined ? undefined : { geography, modelId: id.slice(geography.length + 1) };
}

/** Whether the inference profiles of a geography can be called from a region. Source: Bedrock User Guide, "Supported Regions and models for inference profiles". */
export function isCallableFrom(geography: Geography, region: string): boolean {
  const area = region.slice(0, region.indexOf('-'));
  switch (geography) {
    case 'global':
      return !region.startsWith('us-gov-') && !region.startsWith('cn-');
    case 'us':
      // Canadian and Mexican regions may call the profiles of the United States.
      return (area === 'us' && !region.startsWith('us-gov-')) || area === 'ca' || area === 'mx';
    case 'us-gov':
      return region.startsWith('us-gov-');
    case 'eu':
      return area === 'eu' || area === 'il';
    case 'apac':
      return area === 'ap' || area === 'me';
    case 'jp':
      return region === 'ap-northeast-1' || region === 'ap-northeast-3';
    case 'au':
      return region === 'ap-southeast-2' || region === 'ap-southeast-4';
    default:
      return area === 'ca';
  }
}
