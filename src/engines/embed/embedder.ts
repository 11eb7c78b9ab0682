import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { MODEL_DIMENSIONS } from './dimensions.ts';
import { EmbedError } from './error.ts';
import type { EmbedErrorCode } from './error.ts';
import { createPool } from './pool.ts';

export { EmbedError } from './error.ts';
export type { EmbedErrorCode } from './error.ts';

/** How an answer came about, with the engine's name and version. */
export type Provenance = { kind: 'computed'; engine: string; version: string };

export type EmbedOptions = {
  /** Length of each vector, 1 to 4,096; default 512, the model's own. */
  dimensions?: number;
  /** Scale each vector to unit length; default true. */
  normalize?: boolean;
  /** Stops the work; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
};

export type Embeddings = {
  /** One vector per text, in order. */
  vectors: Float32Array[];
  /** Tokens of each text as the model counts them (SentencePiece, 8,000 pieces). */
  inputTokens: number[];
};

export type EmbedderOptions = {
  /** Worker threads, each with a model of its own (about 200 MB); default one for every two cores, at most 4; they start with the calls. */
  threads?: number;
  /** An idle thread ends, and gives its memory back, after this many milliseconds; default 5 minutes. */
  idleTimeoutMs?: number;
};

export interface Embedder {
  readonly provenance: Provenance;
  /** The length of the model's own vectors. */
  readonly dimensions: number;
  /**
   * Turns each text into a vector; texts of like meaning get a high cosine. English; other languages are accepted and do poorly.
   *
   * A vector depends on its text and the options alone, never on the other texts of the call. A text of over 128 tokens is cut at
   * sentence ends into pieces of at most 128; its vector is the mean of theirs, weighted by tokens.
   *
   * @throws {EmbedError} or the reason of `options.signal` when it aborts.
   */
  embed(texts: string[], options?: EmbedOptions): Promise<Embeddings>;
  /** Ends the threads. Calls in progress reject. */
  close(): Promise<void>;
}

export type EmbedJob = { texts: string[]; dimensions: number; normalize: boolean };
export type EmbedOutcome = Embeddings | { error: { code: EmbedErrorCode; message: string } };

const DIMENSIONS_MAX = 4096;
const TEXTS_MAX = 2048;
const TEXT_LENGTH_MAX = 1_000_000;
/** Texts per job: short enough that a second caller does not wait for all of a large batch, and that a few texts keep all threads busy. */
const JOB_TEXTS = { least: 4, most: 16 };
const THREADS_MAX = 4;
const IDLE_TIMEOUT_MS = 5 * 60_000;

/**
 * The embedded sentence encoder: Universal Sentence Encoder (lite, English, 512 dimensions) from npm, on WebAssembly in a worker thread.
 * Nothing is loaded before the first call. Other dimensions are made by a fixed projection, see `project.ts`.
 */
export function createEmbedder(options: EmbedderOptions = {}): Embedder {
  const threads = options.threads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() >> 1));
  const pool = createPool({ threads, idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS });
  let closed = false;

  return {
    provenance: { kind: 'computed', engine: 'universal-sentence-encoder-lite', version: '0.2.0' },
    dimensions: MODEL_DIMENSIONS,

    async embed(texts, { dimensions = MODEL_DIMENSIONS, normalize = true, signal } = {}) {
      if (closed) throw new EmbedError('closed', 'The embedder is closed.');
      signal?.throwIfAborted();
      check(texts, dimensions);
      const jobs: Promise<EmbedOutcome>[] = [];
      // When one job fails the others of the call are withdrawn.
      const stop = new AbortController();
      // Each waiting job listens: their number is bounded by TEXTS_MAX / JOB_TEXTS.least.
      setMaxListeners(0, stop.signal);
      const onAbort = (): void => stop.abort(signal!.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const share = Math.max(JOB_TEXTS.least, Math.min(JOB_TEXTS.most, Math.ceil(texts.length / threads)));
        for (let at = 0; at < texts.length; at += share) {
          const job: EmbedJob = { texts: texts.slice(at, at + share), dimensions, normalize };
          jobs.push(pool.run<EmbedOutcome>(job, { signal: stop.signal }));
        }
        const all: Embeddings = { vectors: [], inputTokens: [] };
        for (const outcome of await Promise.all(jobs)) {
          if ('error' in outcome) throw new EmbedError(outcome.error.code, outcome.error.message);
          all.vectors.push(...outcome.vectors);
          all.inputTokens.push(...outcome.inputTokens);
        }
        return all;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        stop.abort();
        await Promise.allSettled(jobs);
        if (closed) throw new EmbedError('closed', 'The embedder was closed.', { cause: error });
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },

    async close() {
      closed = true;
      await pool.close();
    },
  };
}

function check(texts: string[], dimensions: number): void {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > DIMENSIONS_MAX) {
    throw new EmbedError(
      'invalid',
      `Dimensions must be a whole number from 1 to ${DIMENSIONS_MAX}; got ${dimensions}.`,
    );
  }
  if (texts.length === 0) throw new EmbedError('invalid', 'There is no text to embed.');
  if (texts.length > TEXTS_MAX) {
    throw new EmbedError('too_large', `${texts.length} texts in one call; at most ${TEXTS_MAX}.`);
  }
  for (const [index, text] of texts.entries()) {
    if (typeof text !== 'string' || text.trim() === '') throw new EmbedError('invalid', `Text ${index} is empty.`);
    if (text.length > TEXT_LENGTH_MAX) {
      throw new EmbedError('too_large', `Text ${index} has ${text.length} characters; at most ${TEXT_LENGTH_MAX}.`);
    }
  }
}
