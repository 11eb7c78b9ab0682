/** Entry of the worker threads: reads, answers and counts away from the event loop. */
import { answerRequest } from './generation.ts';
import { remembering } from './memo.ts';
import { countRequest } from './tokens.ts';
import type { Work, WorkResult } from './work.ts';
import { LlmError } from '../types.ts';

export default function work(work: Work): WorkResult {
  try {
    const { request } = work;
    return remembering(request.cacheKey, () =>
      work.type === 'count'
        ? { count: countRequest(request) }
        : { answered: answerRequest(request, work.contextWindow, work.seed) },
    );
  } catch (error) {
    if (error instanceof LlmError) return { failure: { kind: error.kind, message: error.message } };
    throw error;
  }
}
