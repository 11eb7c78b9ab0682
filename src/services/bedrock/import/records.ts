import type { PendingKey } from '../../../kernel/inference/sealed-content.ts';
import { collection } from '../../../kernel/store/store.ts';

export type ImportJob = {
  account: string;
  region: string;
  id: string;
  arn: string;
  name: string;
  roleArn: string;
  sourceUri: string;
  model: { id: string; arn: string; name: string; tags: Record<string, string> };
  /** Until the model is there. */
  key?: PendingKey;
  kmsKeyArn?: string;
  status: 'InProgress' | 'Completed' | 'Failed';
  failureMessage?: string;
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
};

/** Keyed by account, region and id. */
export const importJobs = collection<ImportJob>('bedrock/model-import-job');
