import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { SelectError } from './error.ts';

/** Queries at the same time, each on a core of its own; further ones wait. */
const THREADS_MAX = 2;
const WAITING_MAX = 256;
const HEAP_MIB_MAX = 1024;
const IDLE_TIMEOUT_MS = 30_000;

let pool: Piscina | undefined;
/** Jobs that run or wait. Piscina's own bound (`maxQueue`) does not hold for jobs that can be aborted. */
let jobs = 0;
const failures = new WeakMap<Piscina, unknown>();

function selectPool(): Piscina {
  if (pool !== undefined) return pool;
  const created = new Piscina({
    ...workerEntry('select.worker'),
    minThreads: 0,
    maxThreads: THREADS_MAX,
    idleTimeout: IDLE_TIMEOUT_MS,
    // By default a thread that has no job blocks on a lock, and with it the ports of the queries that it ran.
    atomics: 'disabled',
    // Rows live for one batch: a young generation that holds a few batches frees them without copying.
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX, maxYoungGenerationSizeMb: 96 },
  });
  // Emitted for a thread that fails outside a job, as when its entry cannot be loaded: the jobs that wait for it would wait for ever.
  created.on('error', (error: unknown) => {
    failures.set(created, error);
    if (pool === created) pool = undefined;
    void created.destroy();
  });
  pool = created;
  return created;
}

/** Runs one query in a worker thread, which talks through `port`. */
export async function runInPool<Outcome>(job: { port: MessagePort }, signal: AbortSignal): Promise<Outcome> {
  if (jobs >= THREADS_MAX + WAITING_MAX) throw new SelectError('Busy', `Over ${WAITING_MAX} queries are waiting.`);
  jobs += 1;
  const chosen = selectPool();
  try {
    return (await chosen.run(job, { signal, transferList: [job.port] })) as Outcome;
  } catch (error) {
    throw failures.get(chosen) ?? error;
  } finally {
    jobs -= 1;
  }
}

/** Ends the worker threads; the next query starts them again. */
export async function closeSelect(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.destroy();
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
