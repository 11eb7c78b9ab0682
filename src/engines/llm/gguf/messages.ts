import type { ChatEvent, ChatRequest, LlmErrorKind } from '../types.ts';

/** How the llama.cpp process is started on a model. */
export type LoadOptions = { runtimeEntry: string; modelPath: string; contextSize?: number; threads?: number };

/** What the process is asked; `id` names the answer. */
export type Ask = { id: number } & (
  | { type: 'load'; options: LoadOptions }
  | { type: 'chat'; request: ChatRequest }
  | { type: 'count'; request: ChatRequest }
  | { type: 'embed'; texts: string[] }
  | { type: 'abort' }
);

/** What the process answers: any number of events, then one result or failure. */
export type Reply =
  | { id: number; type: 'event'; event: ChatEvent }
  | { id: number; type: 'result'; value: unknown }
  | { id: number; type: 'failure'; kind: LlmErrorKind; message: string };

export type Loaded = { contextSize: number };
export type Embedded = { vectors: Float32Array[]; inputTokens: number[] };
