import type { PendingKey } from '../../../kernel/inference/sealed-content.ts';
import { collection } from '../../../kernel/store/store.ts';

type Phase = {
  status: 'NotStarted' | 'InProgress' | 'Completed' | 'Stopped' | 'Failed';
  fromMs?: number;
  changedAtMs?: number;
};

export type CustomizationJob = {
  account: string;
  region: string;
  id: string;
  arn: string;
  name: string;
  clientToken?: string;
  roleArn: string;
  type: 'FINE_TUNING' | 'CONTINUED_PRE_TRAINING' | 'DISTILLATION';
  baseModelId: string;
  model: { id: string; arn: string; name: string; tags: Record<string, string> };
  /** Until the model is there. */
  key?: PendingKey;
  kmsKeyArn?: string;
  trainingUri: string;
  validationUris: string[];
  outputUri: string;
  hyperParameters: Record<string, string>;
  teacher?: { modelId: string; tokensMax?: number };
  status: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  phases: { validation: Phase; dataProcessing: Phase; training: Phase };
  failureMessage?: string;
  trainingLoss?: number;
  validationLosses: number[];
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
};

/** Keyed by account, region and id. */
export const customizationJobs = collection<CustomizationJob>('bedrock/customization-job');
