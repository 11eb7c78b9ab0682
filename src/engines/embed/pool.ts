import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import { EmbedError } from './error.ts';

/** Jobs (of 16 texts at most) that may wait for a thread. */
const WAITING_MAX = 4096;

/** Worker threads that hold the model: started by the first job, ended when idle. */
export interface EmbedPool {
  run<Outcome>(job: object, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

export function createPool(options: { threads: number; idleTimeoutMs: number }): EmbedPool {
  let pool: Piscina | undefined;
  // Jobs that run or wait. Piscina's own bound (`maxQueue`) does not hold for jobs that can be aborted.
  let jobs = 0;
  const failures = new WeakMap<Piscina, unknown>();

  const start = (): Piscina => {
    const created = new Piscina({
      ...workerEntry('embed.worker'),
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: options.idleTimeoutMs,
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
    async run<Outcome>(job: object, signal: AbortSignal): Promise<Outcome> {
      if (jobs >= options.threads + WAITING_MAX) {
        throw new EmbedError('busy', `Over ${WAITING_MAX} jobs are waiting to be embedded.`);
      }
      jobs += 1;
      pool ??= start();
      const chosen = pool;
      try {
        return (await chosen.run(job, { signal })) as Outcome;
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

/**
 * Where a worker's entry is: the TypeScript file beside this one when running from source, else the bundle's `<name>.js` beside the chunk
 * that holds this code. Node 20 strips no types and `--import tsx` leaves worker threads alone, so from source the thread registers
 * tsx's loader itself.
 */
function workerEntry(name: string): { filename: string; execArgv?: string[] } {
  const source = new URL(`./${name}.ts`, import.meta.url);
  if (!existsSync(source)) return { filename: fileURLToPath(new URL(`./${name}.js`, import.meta.url)) };
  // `require.resolve` finds the CommonJS build, whose register() looks for its hooks in the wrong folder; the ES build lies beside it.
  const tsx = new URL('index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api'))).href;
  const loader = `import { register } from ${JSON.stringify(tsx)}; register();`;
  return {
    filename: fileURLToPath(source),
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(loader)}`],
  };
}
