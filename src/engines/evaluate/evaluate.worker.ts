import { EvaluateError, type EvaluateErrorCode } from './error.ts';
import { doWork, type Work } from './work.ts';

/** Errors lose their class on the way between threads. */
export type Told = { outcome: unknown } | { error: { code: EvaluateErrorCode; message: string } };

/** The worker's one function. */
export default async function run(work: Work): Promise<Told> {
  try {
    return { outcome: await doWork(work) };
  } catch (error) {
    if (error instanceof EvaluateError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}
