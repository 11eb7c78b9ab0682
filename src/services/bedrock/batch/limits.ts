/** Quotas of batch inference. Source: AWS General Reference, Amazon Bedrock endpoints and quotas; figures of single models differ there. */
const GIB = 1024 ** 3;
/** Over all files of a job. */
export const RECORDS_MAX = 50_000;
export const FILE_RECORDS_MAX = 50_000;
export const FILE_BYTES_MAX = GIB;
/** Of all files of a job together. */
export const JOB_BYTES_MAX = 5 * GIB;
/** Bytes of one record: those that one InvokeModel may send. Source: Bedrock API Reference, InvokeModel, `body`: 25,000,000 bytes. */
export const RECORD_BYTES_MAX = 25_000_000;
/** Files of a job; AWS names no such quota: it bounds what a job holds in mind. */
export const FILES_MAX = 1_000;
/** Source: API Reference, CreateModelInvocationJob. */
export const TIMEOUT_HOURS_DEFAULT = 24;
/** Jobs of an account and region that are in progress or submitted, by model. Source: as above. */
export const JOBS_ACTIVE_MAX = 20;

/** Records that are answered and kept in one step: at most so many are asked for again after a crash. */
export const CHUNK_RECORDS = 20;
/** Records that are asked for at a time. */
export const CONCURRENCY = 4;
