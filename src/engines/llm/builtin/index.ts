import { randomInt } from 'node:crypto';
import { createPool } from './pool.ts';
import type { Answered } from './work.ts';
import type { ChatEvent, ChatRequest, LanguageModel } from '../types.ts';
import { LlmError } from '../types.ts';

/** Raised with every change that may change an answer. */
export const BUILTIN_VERSION = '1.1.0';

/** Tokens of input and answer together, unless asked otherwise: what the larger Bedrock families take. */
export const DEFAULT_CONTEXT_WINDOW_TOKENS = 200_000;

export type BuiltinOptions = {
  /** Tokens of input and answer together. */
  contextWindow?: number;
  /** Numbers in [0, 1): where randomness comes from for requests that ask for a temperature and give no seed. */
  random?: () => number;
  /** Worker threads at most. */
  threads?: number;
};

const cryptoRandom = (): number => randomInt(2 ** 47) / 2 ** 47;

/**
 * The `builtin` language backend: a deterministic worker, not a language model. It answers questions from the text that it is given by
 * finding and quoting, declines what is not there, summarises extractively, classifies with or without examples, extracts fields into a
 * JSON schema, picks and fills tools and uses their results, and follows limits and formats exactly. Nothing is downloaded; the work runs
 * in worker threads, which start with the first request and end when idle.
 *
 * At temperature 0 (or none) the same request has the same answer; above 0, `seed` makes it so. Throws `LlmError`: 'context' for more
 * tokens than the window, 'unsupported' for images, 'invalid' for a request that cannot be, 'throttled' when too many wait.
 */
export function createBuiltin(options: BuiltinOptions = {}): LanguageModel {
  const contextWindow = options.contextWindow ?? DEFAULT_CONTEXT_WINDOW_TOKENS;
  if (!Number.isInteger(contextWindow) || contextWindow < 1)
    throw new LlmError('invalid', `contextWindow must be a whole number of tokens above 0, not ${contextWindow}.`);
  const random = options.random ?? cryptoRandom;
  const pool = createPool(options.threads);

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const drawn = (request.temperature ?? 0) > 0 ? Math.floor(random() * 2 ** 32) : 0;
    const seed = request.seed ?? drawn;
    const result = await pool.run({ type: 'answer', request, contextWindow, seed }, signal);
    if (!('answered' in result)) throw new LlmError('model', 'The builtin worker answered with something else.');
    for (const event of events(result.answered)) {
      signal.throwIfAborted();
      yield event;
    }
  }

  return {
    provenance: { kind: 'heuristic', engine: 'builtin', version: BUILTIN_VERSION },
    capabilities: {
      tools: true,
      images: false,
      streaming: true,
      embeddings: false,
      responseSchema: true,
      reasoning: true,
    },
    chat: (request, signal) => freeing(chat, request, signal),
    async countTokens(request) {
      const result = await pool.run({ type: 'count', request });
      if (!('count' in result)) throw new LlmError('model', 'The builtin worker counted nothing.');
      return result.count;
    },
    close: () => pool.close(),
  };
}

/**
 * Runs `chat` under a signal of its own, so that a consumer that stops early (`break`, `return()`) frees the worker at once: a generator
 * alone would only notice after the worker's answer.
 */
function freeing(
  chat: (request: ChatRequest, signal: AbortSignal) => AsyncGenerator<ChatEvent>,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncIterable<ChatEvent> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController();
      const inner = chat(request, AbortSignal.any([signal, left.signal]));
      return {
        next: () => inner.next(),
        async return() {
          left.abort(new Error('The consumer of the answer has left.'));
          await inner.return(undefined).catch(() => undefined);
          return { done: true as const, value: undefined };
        },
      };
    },
  };
}

function* events(answered: Answered): Generator<ChatEvent> {
  for (const [index, block] of answered.blocks.entries()) {
    if (block.type === 'toolCall') {
      yield { type: 'toolStart', index, id: block.id, name: block.name };
      for (const json of block.deltas) yield { type: 'toolInput', index, json };
    } else {
      for (const text of block.deltas) yield { type: block.type, index, text };
    }
    yield { type: 'blockStop', index };
  }
  const { stopReason, stopSequence, inputTokens, outputTokens } = answered;
  const end = { type: 'end' as const, stopReason, usage: { inputTokens, outputTokens } };
  yield stopSequence === undefined ? end : { ...end, stopSequence };
}
