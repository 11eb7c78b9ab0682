/** Quotas of model customization. Source: AWS General Reference, Amazon Bedrock quotas (from memory where a model has a figure of its own). */
export const TRAINING_RECORDS_MAX = 20_000;
export const VALIDATION_RECORDS_MAX = 1_000;
/** Bytes of a training file: it is held in memory while it is trained on. AWS takes more. */
export const TRAINING_BYTES_MAX = 256 * 1024 ** 2;
/** Bytes of one line. */
export const LINE_BYTES_MAX = 1024 ** 2;
/** Jobs that are in progress, by account and region. */
export const JOBS_ACTIVE_MAX = 10;
/** Custom models of an account and region. Source: as above, "Custom models with a creation status of Completed per account": 100. */
export const MODELS_MAX = 100;
/** Prompts of a distillation: so many teacher answers are asked for at a time. */
export const TEACHER_CONCURRENCY = 4;
/** Tokens of a teacher's answer when the caller does not say. Source: API Reference, TeacherModelConfig. */
export const TEACHER_TOKENS_DEFAULT = 1_000;
/** The same number every time: a training that is repeated gives the same model. */
export const SEED = 42;
/** Pairs of a step, for models that have no hyperparameter for it. */
export const BATCH_DEFAULT = 1;
