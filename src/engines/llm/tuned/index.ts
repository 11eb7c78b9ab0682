/**
 * Tuning of the `builtin` backend: a log-linear model of completions, trained on pairs of prompt and completion, that writes in their format
 * and style on prompts it has not seen; and, for plain texts, a memory of passages that the base answers from.
 *
 * It is no neural network. What it learns: which words follow which, with what comes from the prompt left open; which words of the prompt go
 * where, and in which case; and which words of the prompt speak for which choice. The loss is the true cross-entropy of the completions.
 */
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { threadEntry } from '../../threads/entry.ts';
import { BUILTIN_VERSION } from '../builtin/index.ts';
import { LlmError, type ChatEvent, type ChatRequest, type LanguageModel } from '../types.ts';
import { encodePairs } from './pairs.ts';
import { promptOf, textOf } from './prompt.ts';
import type { Pair, TrainingOptions, TrainingResult } from './types.ts';
import type { Adapter, Told, Work, WorkResult, Written } from './work.ts';

export type { Pair, StepMetric, TrainingOptions, TrainingResult } from './types.ts';

/** Raised with every change that may change an answer or an adapter. */
const TUNED_VERSION = '1.0.0';
const IDLE_MS = 60_000;
const QUEUE_MAX = 1_000;
/** Answers at most this long unless `maxTokens` says otherwise. */
const TOKENS_DEFAULT = 4_096;
/** Trainings at a time; others wait. */
const TRAININGS_MAX = 1;
const ANSWERS_MAX = 2;

export type Tuning = {
  /** Trains; the same arguments give the same adapter. Aborting `signal` stops the work and rejects with its reason. Throws `LlmError`. */
  train(
    pairs: Pair[],
    validation: Pair[],
    options: TrainingOptions,
    how: { signal: AbortSignal; onStep: (told: Told) => void },
  ): Promise<TrainingResult>;
  /**
   * `base` with an adapter on it. Requests with tools or a response schema, and prompts unlike those of the training, are the base's own.
   * Throws `LlmError`.
   */
  open(base: LanguageModel, adapter: Adapter, random: () => number): LanguageModel;
  close(): Promise<void>;
};

export function createTuning(): Tuning {
  const trainings = lazyPool(TRAININGS_MAX);
  const answers = lazyPool(ANSWERS_MAX);
  return {
    async train(pairs, validation, options, { signal, onStep }) {
      if (pairs.length === 0) throw new LlmError('invalid', 'There is nothing to train on.');
      const [encoded, held] = [await encodePairs(pairs), await encodePairs(validation)];
      const { port1, port2 } = new MessageChannel();
      port1.on('message', (told: Told) => onStep(told));
      port1.unref();
      try {
        const result = await trainings.run(
          { type: 'train', pairs: encoded, validation: held, options, port: port2 },
          { signal, transferList: [port2] },
        );
        if (!('trained' in result)) throw new LlmError('model', 'The training gave nothing.');
        return result.trained;
      } finally {
        port1.close();
      }
    },
    open: (base, adapter, random) => openTuned(base, adapter, random, answers),
    async close() {
      await Promise.all([trainings.close(), answers.close()]);
    },
  };
}

function openTuned(base: LanguageModel, adapter: Adapter, random: () => number, pool: Pool): LanguageModel {
  return {
    provenance: { kind: 'heuristic', engine: 'builtin+tuned', version: `${BUILTIN_VERSION}+${TUNED_VERSION}` },
    capabilities: base.capabilities,
    async *chat(request, signal) {
      const { temperature = 0, topP = 1, topK = 0, stopSequences = [] } = request;
      const drawn = temperature > 0 ? Math.floor(random() * 2 ** 32) : 0;
      const result = await pool.run(
        {
          type: 'answer',
          adapter,
          prompt: promptOf(request),
          question: textOf(request.messages.at(-1)),
          mayWrite: !request.tools?.length && request.responseSchema === undefined,
          temperature,
          topP,
          topK,
          seed: request.seed ?? drawn,
          maxTokens: request.maxTokens ?? TOKENS_DEFAULT,
          stopSequences,
        },
        { signal },
      );
      if ('written' in result) {
        yield* written(result.written, await base.countTokens(request));
        return;
      }
      if (!('passages' in result)) throw new LlmError('model', 'The tuned worker answered with something else.');
      if (result.passages.length === 0) {
        yield* base.chat(request, signal);
        return;
      }
      const inputTokens = await base.countTokens(request);
      // What was looked up is the model's own: it is not billed as input.
      for await (const event of base.chat(withPassages(request, result.passages), signal))
        yield event.type === 'end' ? { ...event, usage: { ...event.usage, inputTokens } } : event;
    },
    countTokens: (request) => base.countTokens(request),
  };
}

function* written({ deltas, tokens, ...end }: Written, inputTokens: number): Generator<ChatEvent> {
  for (const text of deltas) yield { type: 'text', index: 0, text };
  if (deltas.length > 0) yield { type: 'blockStop', index: 0 };
  yield { type: 'end', ...end, usage: { inputTokens, outputTokens: tokens } };
}

function withPassages(request: ChatRequest, passages: string[]): ChatRequest {
  const last = request.messages.at(-1)!;
  const document = { type: 'document' as const, name: 'knowledge', text: passages.join('\n\n') };
  return {
    ...request,
    messages: [...request.messages.slice(0, -1), { ...last, content: [document, ...last.content] }],
  };
}

type RunOptions = { signal: AbortSignal; transferList?: NonNullable<Parameters<Piscina['run']>[1]>['transferList'] };
type Pool = { run(work: Work, options: RunOptions): Promise<WorkResult>; close(): Promise<void> };

/** Threads that start with the first work and end when idle. */
function lazyPool(threads: number): Pool {
  let piscina: Piscina | undefined;
  return {
    async run(work, { signal, transferList }) {
      signal.throwIfAborted();
      if (!piscina) {
        const { filename, execArgv } = threadEntry('tuned-worker', import.meta.url);
        piscina = new Piscina({
          filename,
          execArgv,
          minThreads: 0,
          maxThreads: threads,
          idleTimeout: IDLE_MS,
          maxQueue: QUEUE_MAX,
        });
        // A worker that cannot start rejects the work that waits for it; without a listener it would end the process as well.
        piscina.on('error', () => undefined);
      }
      try {
        const result = (await piscina.run(work, { signal, ...(transferList ? { transferList } : {}) })) as WorkResult;
        if ('failure' in result) throw new LlmError(result.failure.kind, result.failure.message);
        return result;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof LlmError) throw error;
        const message = error instanceof Error ? error.message : String(error);
        if (message === 'Task queue is at limit')
          throw new LlmError('throttled', `The tuned worker has ${QUEUE_MAX} requests waiting.`, { cause: error });
        throw new LlmError('model', `The tuned worker failed: ${message}`, { cause: error });
      }
    },
    async close() {
      const closing = piscina;
      piscina = undefined;
      await closing?.destroy();
    },
  };
}
