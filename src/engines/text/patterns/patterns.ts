import { createThreadPool } from '../../threads/pool.ts';
import { checkLength, TextError } from '../words/error.ts';
import { programOf, search } from './matching.ts';
import type { PatternSpan } from './matching.ts';
import type { PatternJob, PatternOutcome } from './patterns.worker.ts';

export type { PatternSpan } from './matching.ts';

export interface Pattern {
  readonly source: string;
  /**
   * The matches in the text, leftmost first, not overlapping; empty matches are left out.
   *
   * @throws {TextError} `too_large` for a text of over 100,000 characters, over 100,000 matches, or a search of over 5 seconds.
   */
  find(text: string): Promise<PatternSpan[]>;
}

/** A search goes on in a worker thread after this long. */
const LOOP_MS = 8;
/** Instructions times characters of a single match that are tried on the event loop: about 10 ms at worst. */
const LOOP_STEPS = 500_000;
/** Each match is found in linear time, all of them together in quadratic time: `(a.*b)?a` over "aaaa…". */
const SEARCH_MS = 5_000;
const SEARCHES_MAX = 1_000;
const IDLE_TIMEOUT_MS = 60_000;

const pool = createThreadPool({
  name: 'patterns.worker',
  from: import.meta.url,
  threads: 1,
  waitingMax: SEARCHES_MAX,
  busy: () => new TextError('too_large', `Over ${SEARCHES_MAX} searches for patterns are waiting.`),
  idleTimeoutMs: IDLE_TIMEOUT_MS,
});

/**
 * A user's regular expression in RE2 syntax (https://github.com/google/re2/wiki/Syntax): linear time, hence no lookaround and no
 * backreferences. Compiled programs are kept for the 500 patterns used last.
 *
 * @throws {TextError} `invalid`, `unsupported` or `too_large`, saying what is wrong with the pattern and where.
 */
export function compilePattern(source: string): Pattern {
  const size = programOf(source).programSize();
  return {
    source,
    async find(text) {
      checkLength(text);
      const found: PatternSpan[] = [];
      let from = 0;
      if (text.length * size <= LOOP_STEPS) {
        const end = performance.now() + LOOP_MS;
        const { next } = search(programOf(source), text, { from, found, until: () => performance.now() > end });
        if (next === undefined) return found;
        from = next;
      }
      return findInThread({ source, text, from, found });
    },
  };
}

async function findInThread(job: PatternJob): Promise<PatternSpan[]> {
  const stop = AbortSignal.timeout(SEARCH_MS);
  try {
    const outcome = await pool.run<PatternOutcome>(job, { signal: stop });
    if ('error' in outcome) throw new TextError(outcome.error.code, outcome.error.message);
    return outcome.found;
  } catch (error) {
    if (!stop.aborted) throw error;
    const message = `The pattern takes over ${SEARCH_MS / 1000} seconds to search a text of ${job.text.length} characters.`;
    throw new TextError('too_large', message, { cause: error });
  }
}
