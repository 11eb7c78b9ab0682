import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import { DocumentError } from './error.ts';

const THREADS_MAX = 2;
const WAITING_MAX = 256;
/** Enough for a 50 MiB PDF; a document that needs more is refused instead of taking the process down. */
const HEAP_MIB_MAX = 1024;
const IDLE_TIMEOUT_MS = 30_000;

let pool: Piscina | undefined;
/** Jobs that run or wait. Piscina's own bound (`maxQueue`) does not hold for jobs that can be aborted. */
let jobs = 0;
const failures = new WeakMap<Piscina, unknown>();

/** The worker threads that read documents: started on first use, ended when idle. */
function documentPool(): Piscina {
  if (pool !== undefined) return pool;
  const created = new Piscina({
    ...workerEntry('documents.worker'),
    minThreads: 0,
    maxThreads: THREADS_MAX,
    idleTimeout: IDLE_TIMEOUT_MS,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
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

/** Runs one job in a worker thread. */
export async function runInPool<Outcome>(
  job: object,
  options: { signal: AbortSignal; transferList: ArrayBuffer[] },
): Promise<Outcome> {
  if (jobs >= THREADS_MAX + WAITING_MAX)
    throw new DocumentError('busy', `Over ${WAITING_MAX} documents are waiting to be read.`);
  jobs += 1;
  const chosen = documentPool();
  try {
    return (await chosen.run(job, options)) as Outcome;
  } catch (error) {
    throw failures.get(chosen) ?? error;
  } finally {
    jobs -= 1;
  }
}

/** Ends the worker threads; the next {@link readDocument} starts them again. */
export async function closeDocuments(): Promise<void> {
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
