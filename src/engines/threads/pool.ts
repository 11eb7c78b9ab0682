import type { Transferable } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { threadEntry } from './entry.ts';

/** Worker threads for one kind of work: started by the first job, ended when idle, with a bound on what waits. */
export type ThreadPool = {
  /** Runs one job; aborting stops its thread. Rejects with the job's error, with the signal's reason, or with `busy()`. */
  run<Outcome>(job: unknown, options: { signal: AbortSignal; transferList?: readonly unknown[] }): Promise<Outcome>;
  /** Ends the threads; the next job starts them again. */
  close(): Promise<void>;
};

export type ThreadPoolOptions = {
  /** Name of the worker's file beside the module at `from` (its `import.meta.url`). */
  name: string;
  from: string;
  threads: number;
  /** Jobs that may wait for a thread. */
  waitingMax: number;
  /** What a job beyond that is refused with. */
  busy: () => Error;
  idleTimeoutMs: number;
  resourceLimits?: { maxOldGenerationSizeMb?: number; maxYoungGenerationSizeMb?: number };
  /** `disabled`: an idle thread does not block on a lock, so that ports handed to it close in time. */
  atomics?: 'sync' | 'disabled';
};

export function createThreadPool({
  name,
  from,
  threads,
  waitingMax,
  busy,
  idleTimeoutMs,
  ...rest
}: ThreadPoolOptions): ThreadPool {
  let pool: Piscina | undefined;
  // Jobs that run or wait. Piscina's own bound (`maxQueue`) does not hold for jobs that can be aborted.
  let jobs = 0;
  const failures = new WeakMap<Piscina, unknown>();

  const start = (): Piscina => {
    const { filename, execArgv } = threadEntry(name, from);
    const created = new Piscina({
      filename,
      execArgv,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: idleTimeoutMs,
      ...rest,
    });
    // Emitted for a thread that fails outside a job, as when its entry cannot be loaded: the jobs that wait for it would wait for ever.
    created.on('error', (error: unknown) => {
      failures.set(created, error);
      if (pool === created) pool = undefined;
      void created.destroy();
    });
    return created;
  };

  return {
    async run<Outcome>(
      job: unknown,
      { signal, transferList = [] }: { signal: AbortSignal; transferList?: readonly unknown[] },
    ) {
      if (jobs >= threads + waitingMax) throw busy();
      jobs += 1;
      const chosen = (pool ??= start());
      try {
        return (await chosen.run(job, { signal, transferList: transferList as Transferable[] })) as Outcome;
      } catch (error) {
        throw failures.get(chosen) ?? error;
      } finally {
        jobs -= 1;
      }
    },
    async close() {
      const closing = pool;
      pool = undefined;
      await closing?.destroy();
    },
  };
}
