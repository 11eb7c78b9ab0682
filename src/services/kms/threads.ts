import { createThreadPool } from '../../engines/threads/pool.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { CryptoJob, CryptoResult } from './kms.worker.ts';

/** Threads for what node:crypto has not and what takes tens of milliseconds: ML-DSA, ML-KEM, and signatures of digests on curves. */
const pool = createThreadPool({
  name: 'kms.worker',
  from: import.meta.url,
  threads: 2,
  waitingMax: 1000,
  busy: () => new AwsError('ThrottlingException', 'Rate exceeded', 400),
  idleTimeoutMs: 10_000,
});

export const inThread = <J extends CryptoJob>(job: J, signal: AbortSignal): Promise<CryptoResult<J>> =>
  pool.run<CryptoResult<J>>(job, { signal });
