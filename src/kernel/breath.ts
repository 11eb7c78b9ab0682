import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which the event loop is let go: others wait no longer for a walk over a bucket. Real time. */
const WORK_MS_MAX = 5;

/** A function to call between steps of long work: it lets the event loop go now and then. Rejects once nobody waits for it any more. */
export function breather(signal?: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < WORK_MS_MAX) return;
    signal?.throwIfAborted();
    await setImmediate();
    since = performance.now();
  };
}
