import { Piscina } from 'piscina';

import { threadEntry } from '../../threads/entry.ts';

/** The vocabulary takes about 50 MB; a worker with nothing to do gives it back after this, in milliseconds. */
const IDLE_MS = 60_000;

let pool: Piscina<string[], number[]> | undefined;

/**
 * How many tokens each text has in OpenAI's o200k vocabulary: an estimate for any other model. Counted in a worker thread,
 * because loading the vocabulary alone takes some 0.3 s.
 */
export async function estimateTokens(texts: string[]): Promise<number[]> {
  if (!pool) {
    const { file, execArgv } = threadEntry('estimate-worker', import.meta.url);
    pool = new Piscina({
      filename: file.href,
      execArgv,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      maxQueue: 1000,
    });
  }
  return pool.run(texts);
}
