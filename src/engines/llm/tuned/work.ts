import type { MessagePort } from 'node:worker_threads';
import type { LlmErrorKind } from '../types.ts';
import type { StepMetric, TrainingOptions, TrainingResult } from './types.ts';

/** An adapter by the id of its content; a thread reads it once. */
export type Adapter = { id: string; bytes: Uint8Array };

export type Work =
  | {
      type: 'train';
      /** Encoded by `encodePairs`. */
      pairs: Uint8Array[];
      validation: Uint8Array[];
      options: TrainingOptions;
      port: MessagePort;
    }
  | {
      type: 'answer';
      adapter: Adapter;
      prompt: string;
      /** What is asked, for looking things up. */
      question: string;
      /** Whether an answer in the trained style may be written; looking things up is always of use. */
      mayWrite: boolean;
      temperature: number;
      topP: number;
      topK: number;
      seed: number;
      maxTokens: number;
      stopSequences: string[];
    };

/** What a step tells while training goes on. */
export type Told = StepMetric & { steps: number };

export type Written = {
  deltas: string[];
  tokens: number;
  stopReason: 'end_turn' | 'max_tokens' | 'stop_sequence';
  stopSequence?: string;
};

/** `passages`: the base model is to answer, given these. */
export type WorkResult =
  | { trained: TrainingResult }
  | { written: Written }
  | { passages: string[] }
  | { failure: { kind: LlmErrorKind; message: string } };
