import { collection } from '../../../kernel/store/store.ts';

export type BatchStatus =
  | 'Submitted'
  | 'Validating'
  | 'Scheduled'
  | 'InProgress'
  | 'Completed'
  | 'PartiallyCompleted'
  | 'Failed'
  | 'Stopping'
  | 'Stopped'
  | 'Expired';

export const ENDED: ReadonlySet<BatchStatus> = new Set([
  'Completed',
  'PartiallyCompleted',
  'Failed',
  'Stopped',
  'Expired',
]);

/** Why a job's work was cut short. */
export const STOPPED = 'stopped by its owner';
export const OVERDUE = 'its time is over';

export type Counts = {
  processed: number;
  success: number;
  error: number;
  inputTokens: number;
  outputTokens: number;
};

export type BatchJob = {
  account: string;
  region: string;
  id: string;
  arn: string;
  name: string;
  /** As it was asked for. */
  modelId: string;
  roleArn: string;
  clientToken?: string;
  type: 'InvokeModel' | 'Converse';
  input: { uri: string; owner?: string };
  output: { uri: string; owner?: string; kmsKeyId?: string };
  timeoutHours: number;
  status: BatchStatus;
  message?: string;
  /** The files, once they are validated; their output names are beneath the job's folder. */
  files?: { key: string; etag: string; records: number; output: string }[];
  totalRecords?: number;
  counts: Counts;
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
  expiresAtMs: number;
};

/** Keyed by account, region and id. */
export const batchJobs = collection<BatchJob>('bedrock/batch-job');

/**
 * Lines of output that are done, until they stand in S3: keyed by job, file and the number of the chunk's first record. Written with the
 * job's counts in one transaction, so that no record counts twice, or is answered again once it is here.
 */
export const batchChunks = collection<{ blob: { id: string; size: number }; records: number }>('bedrock/batch-chunk');
