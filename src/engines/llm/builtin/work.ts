import type { ChatRequest, LlmErrorKind, StopReason } from '../types.ts';

/** What a worker is asked: count a request's tokens, or answer it. Everything here can be cloned between threads. */
export type Work =
  | { type: 'count'; request: ChatRequest }
  | { type: 'answer'; request: ChatRequest; contextWindow: number; seed: number };

/** A block of the answer, sliced into deltas at token boundaries. */
export type Block =
  | { type: 'text' | 'reasoning'; deltas: string[] }
  | { type: 'toolCall'; id: string; name: string; deltas: string[] };

export type Answered = {
  blocks: Block[];
  stopReason: StopReason;
  stopSequence?: string;
  inputTokens: number;
  outputTokens: number;
};

/** An `LlmError` as data: errors lose their class on the way between threads. */
export type Failure = { kind: LlmErrorKind; message: string };

export type WorkResult = { count: number } | { answered: Answered } | { failure: Failure };
