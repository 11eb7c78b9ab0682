/** Quotas of Custom Model Import. Source: AWS General Reference, Amazon Bedrock quotas: imported models per account 3, adjustable: not held to here. */
export const MODELS_MAX = 100;
/** Jobs that are in progress, by account and region; AWS runs one at a time per account. */
export const JOBS_ACTIVE_MAX = 5;
/** Bytes of all files of a model. Source: Bedrock User Guide, "Use Custom Model Import": 200 GB for text models. */
export const MODEL_BYTES_MAX = 200 * 1024 ** 3;
/** Files beside the weights are small. */
export const SIDE_FILE_BYTES_MAX = 128 * 1024 ** 2;
export const FILES_MAX = 1_000;
