import { createThreadPool, type ThreadPool } from '../threads/pool.ts';
import { EmbedError } from './error.ts';

/** Jobs (of 16 texts at most) that may wait for a thread. */
const WAITING_MAX = 4096;

/** Worker threads that hold the model. */
export function createPool(options: { threads: number; idleTimeoutMs: number }): ThreadPool {
  return createThreadPool({
    name: 'embed.worker',
    from: import.meta.url,
    ...options,
    waitingMax: WAITING_MAX,
    busy: () => new EmbedError('busy', `Over ${WAITING_MAX} jobs are waiting to be embedded.`),
  });
}
