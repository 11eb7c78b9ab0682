/** What training learns from: what is said to the model, and what it is to answer. An empty prompt: plain text to go on with. */
export type Pair = { prompt: string; completion: string };

export type TrainingOptions = {
  /** Passes over the pairs, at most. */
  epochs: number;
  /** Pairs that are looked at before the weights are changed. */
  batchSize: number;
  /** 1 is the engine's own rate; others are multiples of it. */
  learningRate: number;
  /** Steps over which the rate grows from nothing to its full size. */
  warmupSteps: number;
  /** Ends once the validation loss has not fallen by `threshold` for `patience` epochs; the weights of the lowest are kept. */
  earlyStopping?: { threshold: number; patience: number };
  /** Of the order of the pairs. */
  seed: number;
  /** The completions are texts that the tuned model looks things up in: continued pre-training. */
  remembers?: boolean;
};

/** Mean negative logarithm of the probability of a token of the completions, in nats; perplexity is its exponential. */
export type StepMetric = { step: number; epoch: number; loss: number };

export type TrainingResult = {
  /** What `openTuned` reads. */
  adapter: Uint8Array;
  /** Before each change of the weights, over its batch. */
  training: StepMetric[];
  /** Before the first step (epoch 0) and at the end of each epoch; empty without validation pairs. */
  validation: StepMetric[];
  /** The epoch whose weights were kept. */
  epoch: number;
  /** Tokens of prompts and completions that were looked at, over all epochs; the engine's own tokens. */
  tokens: number;
};

/** Longer texts are cut: what a pair takes of time grows with both. */
export const PROMPT_TOKENS_MAX = 600;
export const COMPLETION_TOKENS_MAX = 800;
