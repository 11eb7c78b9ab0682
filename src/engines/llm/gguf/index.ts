/**
 * GGUF files answered by llama.cpp on this machine, through node-llama-cpp (https://node-llama-cpp.withcat.ai), which is installed
 * apart from this program ({@link installRuntime}).
 *
 * Gaps: text only; one answer at a time for each model; a response schema and tools of free choice in one request: the schema wins;
 * stop sequences are looked for in the text of the answer, not in its reasoning; of more than two optional arguments of a tool the model gives all or
 * none; the ids of tool calls follow from the request, so that the same request gets the same.
 */
import { open } from 'node:fs/promises';

import { LlmError, type ChatEvent, type ChatRequest, type LanguageModel } from '../types.ts';
import type { Embedded } from './messages.ts';
import { LlamaProcess } from './process.ts';
import { findRuntime, RUNTIME_VERSION } from './runtime.ts';

export { findRuntime, installRuntime } from './runtime.ts';

export type GgufOptions = {
  /** The model's file; of a split model, the first part. */
  modelPath: string;
  /** Where {@link installRuntime} has put the runtime; else it is looked for as any package. */
  runtimeDir?: string;
  /** Tokens of prompt and answer together. Default: what the model was trained on, at most 8,192. */
  contextSize?: number;
  /** Processor threads. Default: as many as llama.cpp finds useful here. */
  threads?: number;
};

/**
 * A model from a GGUF file. It runs in a process of its own: a crash of the native code fails the calls under way with LlmError
 * 'model', and the next call starts it again. Tokens are the model's own.
 *
 * The model's chat template renders the conversation (a general one where it has none). Sampling is greedy unless a temperature is
 * asked for; the same request gives the same answer at temperature 0 and with a seed. A response schema and a demanded tool
 * call are enforced token by token by a grammar; tools of free choice are called in the model's own format.
 *
 * @throws LlmError 'unsupported' without the runtime (the message has the command that adds it); 'invalid' when the file is no GGUF
 * file; 'model' when llama.cpp cannot load it.
 */
export async function createGguf(options: GgufOptions): Promise<LanguageModel> {
  const runtimeEntry = findRuntime(options.runtimeDir);
  await checkMagic(options.modelPath);
  const llama = new LlamaProcess({
    runtimeEntry,
    modelPath: options.modelPath,
    contextSize: options.contextSize,
    threads: options.threads,
  });
  await llama.start();
  const never = new AbortController().signal;

  return {
    provenance: { kind: 'computed', engine: 'llama.cpp', version: RUNTIME_VERSION },
    capabilities: {
      tools: true,
      images: false,
      streaming: true,
      embeddings: true,
      responseSchema: true,
      reasoning: false,
    },

    async *chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
      const early = new AbortController();
      const events: ChatEvent[] = [];
      let wake = () => {};
      let done = false;
      let failure: unknown;
      const running = llama
        .callAlone({ type: 'chat', request }, AbortSignal.any([signal, early.signal]), (event) => {
          events.push(event);
          wake();
        })
        .catch((error: unknown) => void (failure = error ?? new Error('aborted')))
        .finally(() => {
          done = true;
          wake();
        });
      try {
        for (;;) {
          // Events that came before a failure are real: they are passed on first, unless the caller itself has had enough.
          signal.throwIfAborted();
          const event = events.shift();
          if (event) yield event;
          else if (done) break;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
        if (failure !== undefined) throw failure;
      } finally {
        if (!done) {
          early.abort(new Error('The reader has gone.'));
          await running;
        }
      }
    },

    async countTokens(request) {
      return (await llama.call({ type: 'count', request }, never)) as number;
    },

    async embed(texts, signal) {
      return (await llama.callAlone({ type: 'embed', texts }, signal)) as Embedded;
    },

    close: () => llama.close(),
  };
}

async function checkMagic(modelPath: string): Promise<void> {
  const file = await open(modelPath).catch((error: unknown) => {
    throw new LlmError('invalid', `The model ${modelPath} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead !== 4 || buffer.toString('latin1') !== 'GGUF') {
      throw new LlmError('invalid', `${modelPath} is not a GGUF file.`);
    }
  } finally {
    await file.close();
  }
}
