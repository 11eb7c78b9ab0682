import {
  joinKey,
  fileAt,
  filesUnder,
  linesOf,
  LineTooLongError,
  readFile,
  readS3Uri,
  type Bucket,
} from '../jobs/s3.ts';
import type { BatchJob } from './records.ts';
import { FILE_BYTES_MAX, FILE_RECORDS_MAX, FILES_MAX, JOB_BYTES_MAX, RECORD_BYTES_MAX, RECORDS_MAX } from './limits.ts';

/** Why a job cannot be done at all; its text is the job's message. */
export class JobError extends Error {
  override readonly name = 'JobError';
}

type File = NonNullable<BatchJob['files']>[number];

/**
 * The JSONL files of a job and their records, counted, held to the quotas. Where each one's output goes: beneath the job's folder, at its
 * place under the input's prefix. Throws JobError, and what S3 answers.
 */
export async function validate(job: BatchJob, bucket: Bucket, recordsMin: number): Promise<File[]> {
  const { key: prefix } = readS3Uri(job.input.uri, 'inputDataConfig');
  const isFile = prefix.endsWith('.jsonl');
  const found: { key: string; size: number; etag: string }[] = [];
  if (isFile) found.push(await fileAt(bucket, prefix));
  else
    for await (const file of filesUnder(bucket, prefix === '' ? '' : joinKey(prefix, ''))) {
      if (file.key.endsWith('.jsonl')) found.push(file);
      if (found.length > FILES_MAX) throw new JobError(`The job has more than ${FILES_MAX} input files.`);
    }
  if (found.length === 0) throw new JobError(`No JSONL files were found at ${job.input.uri}.`);
  let bytes = 0;
  let records = 0;
  const files: File[] = [];
  for (const { key, size, etag } of found) {
    bytes += size;
    if (size > FILE_BYTES_MAX)
      throw new JobError(`The input file ${key} is larger than the maximum of ${FILE_BYTES_MAX} bytes.`);
    if (bytes > JOB_BYTES_MAX)
      throw new JobError(`The input files together are larger than the maximum of ${JOB_BYTES_MAX} bytes.`);
    const count = await countRecords(bucket, { key, etag });
    if (count > FILE_RECORDS_MAX)
      throw new JobError(
        `The input file ${key} contains more records (${count}) than the maximum of: ${FILE_RECORDS_MAX}`,
      );
    records += count;
    const within = isFile ? key.slice(key.lastIndexOf('/') + 1) : key.slice(joinKey(prefix, '').length);
    files.push({ key, etag, records: count, output: `${within}.out` });
  }
  if (records < recordsMin)
    throw new JobError(
      `Batch job: ${job.arn} contains less records (${records}) than the required minimum of: ${recordsMin}`,
    );
  if (records > RECORDS_MAX)
    throw new JobError(`Batch job: ${job.arn} contains more records (${records}) than the maximum of: ${RECORDS_MAX}`);
  return files;
}

async function countRecords(bucket: Bucket, file: { key: string; etag: string }): Promise<number> {
  let count = 0;
  try {
    for await (const _line of linesOf(readFile(bucket, file), RECORD_BYTES_MAX)) count++;
  } catch (error) {
    if (error instanceof LineTooLongError) throw new JobError(`${file.key}: ${error.message}`);
    throw error;
  }
  return count;
}
