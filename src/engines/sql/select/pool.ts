import { createThreadPool } from '../../threads/pool.ts';
import { SelectError } from './error.ts';

const WAITING_MAX = 256;

/** The worker threads that run queries, each on a core of its own; a query talks through the port in its job. */
export const selectThreads = createThreadPool({
  name: 'select.worker',
  from: import.meta.url,
  threads: 2,
  waitingMax: WAITING_MAX,
  busy: () => new SelectError('Busy', `Over ${WAITING_MAX} queries are waiting.`),
  idleTimeoutMs: 30_000,
  // By default a thread that has no job blocks on a lock, and with it the ports of the queries that it ran.
  atomics: 'disabled',
  // Rows live for one batch: a young generation that holds a few batches frees them without copying.
  resourceLimits: { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 96 },
});
