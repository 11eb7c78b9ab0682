/** Limits of evaluation jobs. Source: Bedrock User Guide, "Use prompt datasets for model evaluation", "Create a prompt dataset for a RAG evaluation". */
export const PROMPTS_MAX = 1_000;
/** Turns of a conversation: with answers, and of retrieval alone. */
export const TURNS_MAX = 5;
export const RETRIEVAL_TURNS_MAX = 1;

/** Quotas of Amazon Bedrock, from memory: jobs at a time, automated and with people; jobs in all. */
export const AUTOMATED_JOBS_MAX = 20;
export const HUMAN_JOBS_MAX = 10;
export const JOBS_MAX = 5_000;

/** Source: API Reference, EvaluationInferenceConfig: an automated job has one model, one with people two. */
export const HUMAN_MODELS_MAX = 2;

/** Our own bounds. Bytes of a dataset file; characters of one text in it. */
export const DATASET_BYTES_MAX = 64 * 1024 * 1024;
export const TEXT_LENGTH_MAX = 50_000;
/** Faults of a dataset that are named before the rest is counted. */
export const FAULTS_SHOWN_MAX = 10;
/** Prompts of one job that are worked on at a time. */
export const PROMPTS_AT_ONCE = 4;
/** How often a model is asked again that has no time, and how long it is left alone in between, at first. Real time. */
export const MODEL_ATTEMPTS_MAX = 4;
export const MODEL_RETRY_MS = 200;
/** List page where none is asked for. */
export const LIST_DEFAULT = 100;
/** Vectors of 2 KiB each that one job keeps at hand. */
export const VECTORS_KEPT_MAX = 8_000;
/** How often a job is begun: it goes on where it was, so a stack that dies several times in a long job is no reason to give up. */
export const ATTEMPTS_MAX = 20;
