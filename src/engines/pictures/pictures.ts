import { createThreadPool } from '../threads/pool.ts';
import { headerOf, type PictureHeader } from './codec.ts';
import type { Original } from './editing.ts';
import { PictureError, type PictureErrorCode } from './error.ts';
import type { Detection } from './watermark.ts';

/** What is done in a worker thread. */
export type Job =
  | { kind: 'edit'; original: Original }
  | { kind: 'picture'; picture: Uint8Array }
  | { kind: 'finish'; made: Uint8Array; over?: Original; marked: boolean }
  | { kind: 'detect'; picture: Uint8Array };

export type Outcome = { done: unknown } | { error: { code: PictureErrorCode; message: string } };

/** Reads, composes and marks pictures (PNG, JPEG) in worker threads. All throw `PictureError`, or the signal's reason. */
export type Pictures = {
  /** Format and size, from the first bytes. */
  header(bytes: Uint8Array): PictureHeader;
  /** Checks a picture and its mask, and makes PNG files of them: the mask transparent where the picture is to be changed. */
  prepareEdit(original: Original, signal: AbortSignal): Promise<{ picture: Uint8Array; mask: Uint8Array }>;
  /** Checks a picture that is given without a mask. */
  check(picture: Uint8Array, signal: AbortSignal): Promise<void>;
  /** What a model made as a PNG file: over the original where there is one, with the invisible mark where `marked`. */
  finish(made: Uint8Array, options: { over?: Original; marked: boolean }, signal: AbortSignal): Promise<Uint8Array>;
  /** Looks for the invisible mark. */
  detect(picture: Uint8Array, signal?: AbortSignal): Promise<Detection>;
  /** Ends the threads. */
  close(): Promise<void>;
};

const WAITING_MAX = 128;

/** Opens the engine; threads start with the first picture. */
export function createPictures(): Pictures {
  const pool = createThreadPool({
    name: 'pictures-worker',
    from: import.meta.url,
    threads: 2,
    waitingMax: WAITING_MAX,
    busy: () => new PictureError('busy', `Over ${WAITING_MAX} pictures are waiting to be worked on.`),
    idleTimeoutMs: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: 2048 },
  });
  const run = async <Done>(job: Job, signal: AbortSignal): Promise<Done> => {
    const outcome = await pool.run<Outcome>(job, { signal });
    if ('error' in outcome) throw new PictureError(outcome.error.code, outcome.error.message);
    return outcome.done as Done;
  };
  return {
    header: headerOf,
    prepareEdit: (original, signal) => run({ kind: 'edit', original }, signal),
    async check(picture, signal) {
      await run({ kind: 'picture', picture }, signal);
    },
    finish: (made, options, signal) => run({ kind: 'finish', made, ...options }, signal),
    detect: (picture, signal = new AbortController().signal) => run({ kind: 'detect', picture }, signal),
    close: () => pool.close(),
  };
}
