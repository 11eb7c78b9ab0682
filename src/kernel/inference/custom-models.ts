import { collection } from '../store/store.ts';
import type { SealedContent } from './sealed-content.ts';

/** A model made from a foundation model by training, a copy of one, or one that was brought along. */
export type CustomModel = {
  account: string;
  region: string;
  /** The foundation model's id and 12 characters: `amazon.nova-micro-v1:0:128k/abcdefghijkl`. */
  id: string;
  arn: string;
  name: string;
  /** The foundation model's id: its bodies, limits and features hold. */
  baseModelId: string;
  customization: 'FINE_TUNING' | 'CONTINUED_PRE_TRAINING' | 'DISTILLATION' | 'REINFORCEMENT_FINE_TUNING' | 'IMPORTED';
  status: 'Creating' | 'Active' | 'Failed';
  /** What training made. */
  adapter?: SealedContent;
  kmsKeyArn?: string;
  jobArn?: string;
  jobName?: string;
  failureMessage?: string;
  /** How it was made; a copy has its source's. */
  made?: {
    hyperParameters: Record<string, string>;
    trainingUri?: string;
    validationUris: string[];
    outputUri: string;
    teacher?: { modelId: string; tokensMax?: number };
    trainingLoss?: number;
    validationLosses: number[];
  };
  createdAtMs: number;
};

/** Keyed by account, region and id. */
export const customModels = collection<CustomModel>('kernel/inference/custom-model');

/** A custom model served on demand. */
export type CustomModelDeployment = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  name: string;
  description?: string;
  modelArn: string;
  status: 'Creating' | 'Active' | 'Failed';
  failureMessage?: string;
  /** The last change of the model it serves. */
  update?: { modelArn: string; status: 'Updating' | 'UpdateCompleted' | 'UpdateFailed' };
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region and id. */
export const customModelDeployments = collection<CustomModelDeployment>('kernel/inference/custom-model-deployment');

/** A model of one's own weights (Custom Model Import). */
export type ImportedModel = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  arn: string;
  name: string;
  /** `llama`, `mistral`, `qwen2` …: of the weights. */
  architecture: string;
  instructSupported: boolean;
  /** The weights, as one GGUF file. */
  weights: SealedContent;
  /** Tokens of prompt and answer together. */
  contextTokens: number;
  sourceUri: string;
  kmsKeyArn?: string;
  jobArn: string;
  jobName: string;
  createdAtMs: number;
};

/** Keyed by account, region and id. */
export const importedModels = collection<ImportedModel>('kernel/inference/imported-model');
