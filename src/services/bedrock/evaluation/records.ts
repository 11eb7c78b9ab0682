import type { CreateEvaluationJobRequest, EvaluationJobStatus } from '@aws-sdk/client-bedrock';
import { collection } from '../../../kernel/store/store.ts';

type Request = CreateEvaluationJobRequest;

/** What kind of work a job is: measures computed from answers, a model as judge, RAG with a model as judge, or people. */
export type Mode = 'measures' | 'judge' | 'rag' | 'human';

export type EvaluationJob = {
  account: string;
  region: string;
  partition: string;
  id: string;
  arn: string;
  name: string;
  description?: string;
  roleArn: string;
  customerEncryptionKeyId?: string;
  applicationType: 'ModelEvaluation' | 'RagEvaluation';
  mode: Mode;
  evaluationConfig: NonNullable<Request['evaluationConfig']>;
  inferenceConfig: NonNullable<Request['inferenceConfig']>;
  outputUri: string;
  status: EvaluationJobStatus;
  createdAtMs: number;
  modifiedAtMs: number;
  failureMessages?: string[];
  /** The folder of the output. */
  outputId: string;
  /** Names of the output files: of each dataset, of each source. Fixed at creation, so that a file is never written under two names. */
  fileIds: string[][];
};

/** Jobs: [account, region, id]. */
export const evaluationJobs = collection<EvaluationJob>('bedrock/evaluation-job');
/** [account, region, createdAtMs, id] */
export const jobsByTime = collection<true>('bedrock/evaluation-job-by-time');
/** Jobs that have not ended: [account, region, `human` or `automated`, id] */
export const runningJobs = collection<true>('bedrock/evaluation-job-running');

export const runningKey = ({ account, region, mode, id }: EvaluationJob): [string, string, string, string] => [
  account,
  region,
  mode === 'human' ? 'human' : 'automated',
  id,
];

/** Names in use: [account, region, name] → id. */
export const jobNames = collection<string>('bedrock/evaluation-job-name');
/** Tokens of requests: [account, region, token] → id. */
export const jobTokens = collection<string>('bedrock/evaluation-job-token');

/** What came of one prompt and one source: [job id, dataset, source, record]; kept until it is in the output. */
export const results = collection<Result>('bedrock/evaluation-result');

export type Score = {
  metricName: string;
  result: number | string | null;
  evaluatorDetails?: { modelIdentifier: string; explanation: string }[];
};

export type Result = {
  /** Of a conversation, the means of its turns. */
  scores: Score[];
  /** The scores of each turn of a conversation. */
  turns?: Score[][];
  /** The answer; absent when there was none. */
  response?: string;
  /** Why there was none. */
  error?: string;
};

export const JOB_KIND = 'bedrock/evaluation';
export const REPORT_KIND = 'bedrock/evaluation-report';
export const REMOVAL_KIND = 'bedrock/evaluation-removal';

/** The input of the jobs of all three kinds. */
export type Work = { account: string; region: string; id: string };

export const keyOf = ({ account, region, id }: Work): [string, string, string] => [account, region, id];
