import { TextError } from '../words/error.ts';
import type { TextErrorCode } from '../words/error.ts';
import { programOf, search } from './matching.ts';
import type { PatternSpan } from './matching.ts';

export type PatternJob = { source: string; text: string; from: number; found: PatternSpan[] };
export type PatternOutcome = { found: PatternSpan[] } | { error: { code: TextErrorCode; message: string } };

/** The worker's one function: goes on with a search that is too long for the event loop. */
export default function find({ source, text, from, found }: PatternJob): PatternOutcome {
  try {
    search(programOf(source), text, { from, found, until: () => false });
    return { found };
  } catch (error) {
    if (error instanceof TextError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}
