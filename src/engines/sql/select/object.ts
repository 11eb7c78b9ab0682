import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MessageChannel } from 'node:worker_threads';
import { SelectError } from './error.ts';
import { parse } from './parse.ts';
import { selectThreads } from './pool.ts';
import type { InputSerialization, OutputSerialization, ScanRange } from './request.ts';
import type { SelectEvent } from './select.ts';
import type { ReaderMessage, SelectJob, SelectOutcome, WorkerMessage } from './select.worker.ts';

export { SelectError } from './error.ts';
export type { SelectErrorCode } from './error.ts';
/** Ends the worker threads; the next query starts them again. */
export const closeSelect = (): Promise<void> => selectThreads.close();
export type {
  CsvInput,
  CsvOutput,
  InputSerialization,
  JsonInput,
  JsonOutput,
  OutputSerialization,
  ScanRange,
} from './request.ts';
export type { SelectEvent, SelectProgress } from './select.ts';

/** A query that scans sends a sign of life every second; one that does not for this long is stuck in a batch. */
const STUCK_MS = 120_000;

/** One S3 Select request. Option names and defaults are those of SelectObjectContent. */
export type SelectRequest = {
  /** The object: a local file, or its bytes, which are written to a folder of their own in `temporaryDirectory` first. */
  object: { path: string } | { body: AsyncIterable<Uint8Array>; temporaryDirectory: string };
  expression: string;
  input: InputSerialization;
  output: OutputSerialization;
  scanRange?: ScanRange;
  /** Report progress while scanning (RequestProgress); default false. */
  progress?: boolean;
  /** What UTCNOW() answers; default now. */
  now?: Date;
  /** Stops the query; the iteration rejects with the signal's reason. */
  signal?: AbortSignal;
};

/**
 * Runs a query over one object in a worker thread, as S3's SelectObjectContent does: yields `records` (text in the output's format, cut
 * between records), `progress` when asked for, and `stats` last. The thread waits when the reader does, and stops when the
 * iteration is left.
 *
 * CSV, JSON and Parquet; CSV and JSON also packed with GZIP or BZIP2. SQL: SELECT list FROM S3Object[path] WHERE LIMIT, with all operators, functions and
 * aggregates of the S3 Select SQL reference.
 *
 * @throws {SelectError} with S3 Select's codes: those of the expression before the first event.
 */
export async function* selectObject(request: SelectRequest): AsyncGenerator<SelectEvent> {
  const { object, signal, now, ...rest } = request;
  signal?.throwIfAborted();
  // A wrong expression is told before the object is touched.
  parse(request.expression);
  if ('path' in object) {
    yield* selectFile({ ...rest, path: object.path, now: (now ?? new Date()).getTime() }, signal);
    return;
  }
  const folder = await mkdtemp(join(object.temporaryDirectory, 'select-'));
  try {
    const path = join(folder, 'object');
    await pipeline(
      Readable.from(object.body, { objectMode: false }),
      createWriteStream(path),
      ...(signal ? [{ signal }] : []),
    );
    yield* selectFile({ ...rest, path, now: (now ?? new Date()).getTime() }, signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* selectFile(query: SelectJob['query'], signal: AbortSignal | undefined): AsyncGenerator<SelectEvent> {
  const { port1, port2 } = new MessageChannel();
  const events: SelectEvent[] = [];
  let outcome: { value: SelectOutcome } | { reason: unknown } | undefined;
  let wake: (() => void) | undefined;
  const stop = new AbortController();
  const giveUp = (reason: unknown): void => {
    outcome ??= { reason };
    stop.abort();
    wake?.();
  };
  const onAbort = (): void => giveUp(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  let started = false;
  // Since when the reader waits for the worker; undefined while it is the other way round.
  let waitingSince: number | undefined;
  // Messages and the job's result travel apart: the last message says that there is no more.
  port1.on('message', (message: WorkerMessage) => {
    started = true;
    if (waitingSince !== undefined) waitingSince = performance.now();
    if (message === 'end') ended = true;
    else if (message !== 'alive') events.push(message);
    wake?.();
  });
  const job: SelectJob = { query, port: port2 };
  // Between batches a query can be told to stop; one that is stuck within a batch cannot, and would keep its thread for good.
  const watch = setInterval(() => {
    if (started && waitingSince !== undefined && performance.now() - waitingSince > STUCK_MS)
      giveUp(new SelectError('Busy', `No progress for ${STUCK_MS / 1000} seconds.`));
  }, STUCK_MS / 10);
  const running = (async () => {
    try {
      const value = await selectThreads.run<SelectOutcome>(job, { signal: stop.signal, transferList: [job.port] });
      outcome ??= { value };
    } catch (reason) {
      outcome ??= { reason };
      port1.close();
    }
    wake?.();
  })();
  const tell = (message: ReaderMessage): void => port1.postMessage(message);
  try {
    for (;;) {
      if (outcome !== undefined && 'reason' in outcome) throw outcome.reason;
      const event = events.shift();
      if (event !== undefined) {
        tell('taken');
        yield event;
      } else if (ended && outcome !== undefined) break;
      else {
        waitingSince = performance.now();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        waitingSince = undefined;
      }
    }
    if ('value' in outcome && 'error' in outcome.value) {
      const { code, message } = outcome.value.error;
      throw SelectError.revive(code, message);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    tell('stop');
    waitingSince = performance.now();
    await running;
    clearInterval(watch);
    port1.close();
  }
}
