import { collection } from '../../kernel/store/store.ts';

/** Times are virtual ms since the epoch. */
export type Secret = {
  account: string;
  region: string;
  name: string;
  arn: string;
  createdAtMs: number;
  changedAtMs: number;
  /** Midnight UTC of the day of the last access. */
  accessedDayMs?: number;
  description?: string;
  /** As it was given; absent: `alias/aws/secretsmanager`. */
  kmsKeyId?: string;
  tags: Record<string, string>;
  policy?: string;
  deletion?: { deletedAtMs: number; dueAtMs: number };
  rotation?: Rotation;
  /** Of a primary: its replicas, by region. */
  replicas?: Replica[];
  /** Of a replica: where its primary is. */
  primaryRegion?: string;
  /** Grows with each change that replicas follow. */
  revision: number;
  /** Versions made so far: tells their order when the clock stands still. */
  versionsMade: number;
};

export type Replica = {
  region: string;
  kmsKeyId?: string;
  status: 'InSync' | 'InProgress' | 'Failed';
  message?: string;
  accessedDayMs?: number;
};

export type RotationRules = { AutomaticallyAfterDays?: number; Duration?: string; ScheduleExpression?: string };

export type Rotation = {
  enabled: boolean;
  lambdaArn: string;
  rules?: RotationRules;
  /** When the window opens that the next rotation falls into, and when it closes. */
  window?: { startMs: number; endMs: number };
  /** The job that waits for it: an older one finds another here and does nothing. */
  scheduleId?: string;
  rotatedAtMs?: number;
  /** The rotation under way, or the one that failed last. */
  attempt?: { versionId: string; rotationToken: string; jobId: string; isTest: boolean };
};

export type Version = {
  versionId: string;
  /** Order of making within the secret. */
  serial: number;
  createdAtMs: number;
  accessedDayMs?: number;
  stages: string[];
  /** Absent while a rotation has announced the version and not put a value yet. */
  value?: { form: 'string' | 'binary'; keyArn: string; isDefaultKey: boolean };
};

/** [account, region, name]. */
export const secrets = collection<Secret>('secrets-manager/secret');
/** [secret ARN, version id]. */
export const versions = collection<Version>('secrets-manager/version');
/** [secret ARN, version id]: the value, encrypted under its KMS key. */
export const values = collection<Uint8Array>('secrets-manager/value');
/** [account, region]: how many secrets stand. */
export const counts = collection<number>('secrets-manager/count');
