import { createThreadPool, type ThreadPool } from '../threads/pool.ts';
import { EvaluateError } from './error.ts';
import type { Told } from './evaluate.worker.ts';
import type { CustomMetric } from './judge/custom.ts';
import { judgeHeuristically, type HarmScorer, type Verdict } from './judge/heuristic.ts';
import { rubricOf, type Matter } from './judge/rubric.ts';
import type { Overlap } from './overlap.ts';
import { doWork, type Outcome, type Work } from './work.ts';

/** Measures that take long on long texts: those are done in a worker thread. All reject with EvaluateError, or the signal's reason. */
export interface Evaluator {
  /** Judges a built-in metric by counting and comparing. */
  judge(metric: string, matter: Matter, harm: HarmScorer): Promise<Verdict>;
  /** Judges a custom metric so. */
  judgeCustom(metric: CustomMetric, matter: Matter): Promise<Verdict>;
  /** See `wordErrorRate`. */
  errorRate(reference: string, candidate: string): Promise<number>;
  /** See `overlapOf`. */
  overlap(reference: string, candidate: string): Promise<Overlap>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Characters of all texts together that are worked through on the event loop: a few milliseconds. */
const LOOP_CHARACTERS_MAX = 8_000;
const WAITING_MAX = 1_000;
const IDLE_TIMEOUT_MS = 30_000;

/** The metric that asks the scorer that was handed in, which is on this thread. */
const BY_HARM = 'Builtin.Harmfulness';

export function createEvaluator(signal: AbortSignal): Evaluator {
  let pool: ThreadPool | undefined;
  const run = async <K extends Work['kind']>(work: Extract<Work, { kind: K }>): Promise<Outcome[K]> => {
    if (lengthOf(work) <= LOOP_CHARACTERS_MAX) return (await doWork(work)) as Outcome[K];
    pool ??= createThreadPool({
      name: 'evaluate.worker',
      from: import.meta.url,
      threads: 1,
      waitingMax: WAITING_MAX,
      busy: () => new EvaluateError('too_large', `Over ${WAITING_MAX} texts are waiting to be measured.`),
      idleTimeoutMs: IDLE_TIMEOUT_MS,
    });
    const told = await pool.run<Told>(work, { signal });
    if ('error' in told) throw new EvaluateError(told.error.code, told.error.message);
    return told.outcome as Outcome[K];
  };
  return {
    judge: (metric, matter, harm) =>
      metric === BY_HARM ? judgeHeuristically(rubricOf(metric)!, matter, harm) : run({ kind: 'judge', metric, matter }),
    judgeCustom: (metric, matter) => run({ kind: 'judge-custom', metric, matter }),
    errorRate: (reference, candidate) => run({ kind: 'error-rate', reference, candidate }),
    overlap: (reference, candidate) => run({ kind: 'overlap', reference, candidate }),
    close: async () => pool?.close(),
  };
}

function lengthOf(work: Work): number {
  if ('reference' in work) return work.reference.length + work.candidate.length;
  const { prompt, response, reference = '', contexts = [], citations = [] } = work.matter;
  const cited = citations.flatMap(({ part, sources }) => [part, ...sources]);
  return [prompt, response, reference, ...contexts, ...cited].reduce((sum, text) => sum + text.length, 0);
}
