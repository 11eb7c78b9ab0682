import { Piscina } from 'piscina';
import type { Work, WorkResult } from './work.ts';
import { threadEntry } from '../../threads/entry.ts';
import { LlmError } from '../types.ts';

/** Requests that may wait for a free worker; more are refused as throttled. */
const QUEUE_MAX = 1000;
/** A worker with nothing to do ends after this, which frees the tokenizer's tables (about 50 MB each). */
const IDLE_MS = 60_000;

/** Worker threads that do all reading and counting, so that documents of megabytes never hold up the event loop. */
export type Pool = {
  /** Runs `work`; aborting `signal` stops the worker and rejects with the signal's reason. Throws `LlmError`. */
  run(work: Work, signal?: AbortSignal): Promise<WorkResult>;
  close(): Promise<void>;
};

function start(threads: number): Piscina {
  const entry = threadEntry('builtin-worker', import.meta.url);
  const piscina = new Piscina({
    filename: entry.filename,
    execArgv: entry.execArgv,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    maxQueue: QUEUE_MAX,
  });
  // A worker that cannot start rejects the request that waits for it; without a listener it would end the process as well.
  piscina.on('error', () => undefined);
  return piscina;
}

/** Makes a pool of at most `threads` workers; the first starts with the first request. */
export function createPool(threads = 2): Pool {
  let piscina: Piscina | undefined;
  return {
    async run(work, signal) {
      signal?.throwIfAborted();
      piscina ??= start(threads);
      try {
        const result = (await piscina.run(work, { signal: signal ?? null })) as WorkResult;
        if ('failure' in result) throw new LlmError(result.failure.kind, result.failure.message);
        return result;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof LlmError) throw error;
        if (error instanceof Error && error.message === 'Task queue is at limit')
          throw new LlmError('throttled', `The builtin worker has ${QUEUE_MAX} requests waiting.`, { cause: error });
        throw new LlmError(
          'model',
          `The builtin worker failed: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
      }
    },
    async close() {
      const closing = piscina;
      piscina = undefined;
      await closing?.destroy();
    },
  };
}
