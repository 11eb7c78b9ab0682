import type { Kernel } from '../../../kernel/kernel.ts';
import type { Principal } from '../../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { inTurn } from '../jobs/in-turn.ts';
import { isRefusal, statusOf } from '../jobs/refusal.ts';
import { assumeJobRole, SERVICE } from '../jobs/role.ts';
import { joinKey, linesOf, readFile, readS3Uri, writeFile, type Bucket } from '../jobs/s3.ts';
import { changeBatch } from './events.ts';
import { CHUNK_RECORDS, CONCURRENCY, RECORD_BYTES_MAX } from './limits.ts';
import { batchChunks, batchJobs, ENDED, OVERDUE, type BatchJob, type Counts } from './records.ts';
import { JobError, validate } from './validate.ts';

type Run = { account: string; region: string; id: string };
type Place = { kernel: Kernel; principal: Principal; signal: AbortSignal };

const keyOf = ({ account, region, id }: Run) => [account, region, id];

/** Validates, answers and writes; after a crash it goes on with the first chunk that is not there. */
export const batchJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel, signal, progress }) {
    const change = (how: Partial<BatchJob>) =>
      kernel.store.transact(async (tx) => {
        const job = await tx.get(batchJobs, keyOf(input));
        if (!job) throw new Error('the job is gone');
        // Whoever stops a job has the last word on its status.
        return ENDED.has(job.status) || job.status === 'Stopping' ? job : changeBatch(kernel, tx, job, how);
      });
    let job = (await kernel.store.get(batchJobs, keyOf(input)))!;
    try {
      if (ENDED.has(job.status)) return;
      if (!job.files) job = await change({ status: 'Validating' });
      const principal = await assumeJobRole(kernel, job);
      const place = { kernel, principal, signal };
      if (!job.files) {
        const files = await validate(job, inputOf(job, place), kernel.settings.batchMinimumRecords);
        const totalRecords = files.reduce((sum, { records }) => sum + records, 0);
        job = await change({ status: 'Scheduled', files, totalRecords });
      }
      if (kernel.clock.now() >= job.expiresAtMs) return await expire(kernel, job);
      job = await change({ status: 'InProgress' });
      for (const [index, file] of job.files!.entries()) await answerFile(place, job, index, file, progress);
      await deliver(place, (await kernel.store.get(batchJobs, keyOf(input)))!);
      // One that was stopped meanwhile is ended by who stopped it.
      if ((await change({ status: 'Completed' })).status === 'Completed') await dropChunks(kernel, input.id);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // What S3, STS or a quota says against the job will be said again: it is the job's own failure.
      if (!isJobRefusal(error)) throw error;
      await change({ status: 'Failed', message: messageOf(error) });
      await dropChunks(kernel, input.id);
    }
  },
  async ended(tx, { state, input, reason, endedAtMs }) {
    const job = await tx.get(batchJobs, keyOf(input));
    if (!job || ENDED.has(job.status)) return;
    if (state === 'failed')
      tx.put(batchJobs, keyOf(input), {
        ...job,
        status: 'Failed',
        message: `The job failed with an internal error: ${reason}`,
        updatedAtMs: endedAtMs!,
        endedAtMs: endedAtMs!,
      });
  },
};

/** Ends what was stopped or has run out of time: what is answered by then is written. */
export const batchEndJob: ServiceJob<Run & { status: 'Stopped' | 'PartiallyCompleted' | 'Expired' }> = {
  async run({ job: { input }, kernel, signal }) {
    const job = await kernel.store.get(batchJobs, keyOf(input));
    if (!job || ENDED.has(job.status)) return;
    let message: string | undefined;
    if (job.counts.processed > 0) {
      try {
        const principal = await assumeJobRole(kernel, job);
        await deliver({ kernel, principal, signal }, job);
      } catch (error) {
        if (signal.aborted || !isJobRefusal(error)) throw error;
        message = messageOf(error);
      }
    }
    await kernel.store.transact(async (tx) => {
      const now = await tx.get(batchJobs, keyOf(input));
      if (now && !ENDED.has(now.status))
        changeBatch(kernel, tx, now, { status: input.status, ...(message === undefined ? {} : { message }) });
    });
    await dropChunks(kernel, input.id);
  },
};

/** When a job's time is over. */
export const batchExpiryJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel }) {
    const job = await kernel.store.get(batchJobs, keyOf(input));
    if (!job || ENDED.has(job.status)) return;
    await expire(kernel, job);
    await kernel.jobs.cancel('bedrock/batch', input.id, OVERDUE);
  },
};

/** Source: Bedrock User Guide, "Monitor batch inference jobs": Expired has not begun, PartiallyCompleted has. */
async function expire(kernel: Kernel, { account, region, id, counts }: BatchJob): Promise<void> {
  const status = counts.processed > 0 ? 'PartiallyCompleted' : 'Expired';
  await kernel.store.transact((tx) =>
    kernel.jobs.submit(tx, { kind: 'bedrock/batch-end', id, input: { account, region, id, status } }),
  );
}

function inputOf(job: BatchJob, place: Place): Bucket {
  return { ...place, region: job.region, bucket: readS3Uri(job.input.uri, 'input').bucket, owner: job.input.owner };
}

async function answerFile(
  place: Place,
  job: BatchJob,
  index: number,
  file: NonNullable<BatchJob['files']>[number],
  progress: (done: number, total?: number) => Promise<void>,
): Promise<void> {
  const { kernel, signal } = place;
  const done = new Set<number>();
  for await (const { key } of kernel.store.all(batchChunks, [job.id, index])) done.add(key[2] as number);
  if (done.size * CHUNK_RECORDS >= file.records) return;
  let chunk: string[] = [];
  let at = 0;
  const flush = async () => {
    const first = at - chunk.length;
    const records = chunk;
    chunk = [];
    if (records.length === 0 || done.has(first)) return;
    signal.throwIfAborted();
    if (kernel.clock.now() >= job.expiresAtMs) {
      await expire(kernel, (await kernel.store.get(batchJobs, keyOf(job)))!);
      await kernel.jobs.cancel('bedrock/batch', job.id, OVERDUE);
      signal.throwIfAborted();
    }
    const lines = await inTurn(records, CONCURRENCY, (text, offset) =>
      answer(place, job, text, `${index}`, first + offset),
    );
    const blob = await kernel.blobs.put(Buffer.from(lines.map(({ line }) => `${JSON.stringify(line)}\n`).join('')));
    const counts = await kernel.store.transact(async (tx) => {
      const now = (await tx.get(batchJobs, keyOf(job)))!;
      // Once its end is under way, what is written is what counts.
      if (now.status !== 'InProgress') return now.counts;
      await kernel.blobs.retain(tx, blob);
      tx.put(batchChunks, [job.id, index, first], { blob: { id: blob.id, size: blob.size }, records: records.length });
      const counts = lines.reduce(add, now.counts);
      changeBatch(kernel, tx, now, { counts });
      return counts;
    });
    await progress(counts.processed, job.totalRecords);
  };
  for await (const { text } of linesOf(readFile(inputOf(job, place), file), RECORD_BYTES_MAX)) {
    chunk.push(text);
    at++;
    if (chunk.length === CHUNK_RECORDS) await flush();
  }
  await flush();
}

type Answered = { line: Record<string, unknown>; ok: boolean; inputTokens: number; outputTokens: number };

const add = (counts: Counts, { ok, inputTokens, outputTokens }: Answered): Counts => ({
  processed: counts.processed + 1,
  success: counts.success + (ok ? 1 : 0),
  error: counts.error + (ok ? 0 : 1),
  inputTokens: counts.inputTokens + inputTokens,
  outputTokens: counts.outputTokens + outputTokens,
});

/** One record's line of output. A failure of the record is its answer; one of the whole (throttling apart) is thrown. */
async function answer(place: Place, job: BatchJob, text: string, file: string, index: number): Promise<Answered> {
  const failed = (recordId: string, modelInput: unknown, errorCode: number, errorMessage: string): Answered => ({
    line: { recordId, ...(modelInput === undefined ? {} : { modelInput }), error: { errorCode, errorMessage } },
    ok: false,
    inputTokens: 0,
    outputTokens: 0,
  });
  const made = recordIdOf(job.id, file, index);
  let record: { recordId?: unknown; modelInput?: unknown };
  try {
    record = JSON.parse(text) as typeof record;
  } catch (error) {
    return failed(made, undefined, 400, `The record is not valid JSON: ${(error as Error).message}`);
  }
  if (record === null || typeof record !== 'object' || Array.isArray(record))
    return failed(made, undefined, 400, 'The record is not a JSON object.');
  const recordId = typeof record.recordId === 'string' && record.recordId !== '' ? record.recordId : made;
  const { modelInput } = record;
  if (modelInput === null || typeof modelInput !== 'object' || Array.isArray(modelInput))
    return failed(recordId, modelInput, 400, 'The record has no modelInput that is a JSON object.');
  try {
    const { modelOutput, inputTokens, outputTokens } = await invoke(place, job, modelInput as Record<string, unknown>);
    return { line: { recordId, modelInput, modelOutput }, ok: true, inputTokens, outputTokens };
  } catch (error) {
    place.signal.throwIfAborted();
    const status = statusOf(error);
    if (status === undefined) throw error;
    return failed(recordId, modelInput, status, messageOf(error));
  }
}

async function invoke(place: Place, job: BatchJob, modelInput: Record<string, unknown>) {
  const { kernel, principal, signal } = place;
  const send = <O>(operation: string, input: object) =>
    kernel.calls.send<O>({
      service: 'bedrock-runtime',
      operation,
      input: { ...input, modelId: job.modelId },
      principal,
      region: job.region,
      invokedBy: SERVICE,
      billing: 'batch',
      signal,
    });
  if (job.type === 'Converse') {
    const answer = await send<{ usage?: { inputTokens?: number; outputTokens?: number }; $metadata?: unknown }>(
      'Converse',
      withBytes(modelInput) as object,
    );
    const { $metadata: _none, ...modelOutput } = answer;
    const { inputTokens = 0, outputTokens = 0 } = answer.usage ?? {};
    return { modelOutput, inputTokens, outputTokens };
  }
  const { body } = await send<{ body: Uint8Array }>('InvokeModel', {
    body: Buffer.from(JSON.stringify(modelInput)),
    contentType: 'application/json',
    accept: 'application/json',
  });
  const modelOutput = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
  return { modelOutput, ...tokensOf(modelOutput) };
}

/** Tokens as the families tell them in their own bodies. */
function tokensOf(body: Record<string, unknown>): { inputTokens: number; outputTokens: number } {
  const usage = (body['usage'] ?? {}) as Record<string, number>;
  const results = (body['results'] ?? []) as { tokenCount?: number }[];
  const input =
    usage['input_tokens'] ??
    usage['inputTokens'] ??
    usage['prompt_tokens'] ??
    body['prompt_token_count'] ??
    body['inputTextTokenCount'];
  const output =
    usage['output_tokens'] ??
    usage['outputTokens'] ??
    usage['completion_tokens'] ??
    body['generation_token_count'] ??
    results[0]?.tokenCount;
  return { inputTokens: Number(input ?? 0), outputTokens: Number(output ?? 0) };
}

/** Converse's JSON has base64 where the call has bytes: `{ bytes: "…" }`. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'bytes' && typeof member === 'string' ? Buffer.from(member, 'base64') : withBytes(member),
    ]),
  );
}

/** 11 characters that the record's place decides: a record that is answered again after a crash keeps its id. */
function recordIdOf(jobId: string, file: string, index: number): string {
  return `${jobId.slice(0, 3).toUpperCase()}${file.padStart(2, '0').slice(-2)}${String(index).padStart(6, '0')}`;
}

/** Writes the output files and the manifest from what is answered. */
async function deliver(place: Place, job: BatchJob): Promise<void> {
  const { kernel } = place;
  const { bucket, key } = readS3Uri(job.output.uri, 'output');
  const to: Bucket = { ...place, region: job.region, bucket, owner: job.output.owner };
  const folder = joinKey(key, job.id);
  const { kmsKeyId } = job.output;
  for (const [index, { output }] of (job.files ?? []).entries()) {
    const chunks: { id: string; size: number }[] = [];
    for await (const { value } of kernel.store.all(batchChunks, [job.id, index])) chunks.push(value.blob);
    const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
    const stream = (async function* () {
      for (const chunk of chunks) yield* kernel.blobs.get(chunk);
    })();
    await writeFile(to, joinKey(folder, output), { stream, size }, { contentType: 'application/jsonl', kmsKeyId });
  }
  const { counts } = job;
  const manifest = {
    totalRecordCount: job.totalRecords,
    processedRecordCount: counts.processed,
    successRecordCount: counts.success,
    errorRecordCount: counts.error,
    inputTokenCount: counts.inputTokens,
    outputTokenCount: counts.outputTokens,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await writeFile(to, joinKey(folder, 'manifest.json.out'), bytes, { contentType: 'application/json', kmsKeyId });
}

async function dropChunks(kernel: Kernel, jobId: string): Promise<void> {
  for (;;) {
    const left = await kernel.store.transact(async (tx) => {
      const found = await tx.range(batchChunks, [jobId], { limit: 100 });
      for (const { key, value } of found) {
        await kernel.blobs.release(tx, value.blob);
        tx.delete(batchChunks, key);
      }
      return found.length;
    });
    if (left < 100) return;
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const isJobRefusal = (error: unknown) => error instanceof JobError || isRefusal(error);
