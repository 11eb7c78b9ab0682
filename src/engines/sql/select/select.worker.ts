import type { MessagePort } from 'node:worker_threads';
import { SelectError } from './error.ts';
import type { SelectErrorCode } from './error.ts';
import { runSelect } from './select.ts';
import type { SelectEvent, SelectQuery } from './select.ts';

/** Events that may be on their way to a reader who has taken none of them. */
const WINDOW = 8;

/** How often a query that scans without sending anything says that it goes on. */
const ALIVE_MS = 1000;

export type SelectJob = { query: SelectQuery; port: MessagePort };
/** What the reader sends: it took an event, or wants no more. */
export type ReaderMessage = 'taken' | 'stop';
/** What the worker sends: events, a sign of life, or that there is no more. */
export type WorkerMessage = SelectEvent | 'alive' | 'end';
export type SelectOutcome = { done: true } | { error: { code: SelectErrorCode; message: string } };

/** The worker's one function: sends each event through the port, never more than the window ahead of the reader. */
export default async function select({ query, port }: SelectJob): Promise<SelectOutcome> {
  const stop = new AbortController();
  let ahead = 0;
  let wake: (() => void) | undefined;
  port.on('message', (message: ReaderMessage) => {
    if (message === 'stop') stop.abort();
    else ahead -= 1;
    if (ahead < WINDOW || stop.signal.aborted) wake?.();
  });
  port.postMessage('alive');
  try {
    let told = performance.now();
    const onBatch = (): void => {
      if (performance.now() - told < ALIVE_MS) return;
      told = performance.now();
      port.postMessage('alive');
    };
    for await (const event of runSelect(query, { signal: stop.signal, onBatch })) {
      send(port, event);
      ahead += 1;
      if (ahead >= WINDOW && !stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (stop.signal.aborted) break;
    }
    return { done: true };
  } catch (error) {
    if (stop.signal.aborted) return { done: true };
    if (error instanceof SelectError) return { error: { code: error.code, message: error.message } };
    throw error;
  } finally {
    // A message, because the port's close is told only when this thread's event loop comes round to it.
    port.postMessage('end');
    port.close();
  }
}

function send(port: MessagePort, event: SelectEvent): void {
  if (!('records' in event)) port.postMessage(event);
  else port.postMessage(event, [event.records.buffer as ArrayBuffer]);
}
