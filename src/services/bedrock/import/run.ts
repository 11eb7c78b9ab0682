import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConversionError } from '../../../engines/llm/safetensors/error.ts';
import { importedModels, type ImportedModel } from '../../../kernel/inference/custom-models.ts';
import { sealContent } from '../../../kernel/inference/sealed-content.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { isRefusal } from '../jobs/refusal.ts';
import { assumeJobRole } from '../jobs/role.ts';
import { fileAt, filesUnder, joinKey, readFile, readS3Uri, type Bucket, type S3File } from '../jobs/s3.ts';
import { FILES_MAX, MODEL_BYTES_MAX, SIDE_FILE_BYTES_MAX } from './limits.ts';
import { importJobs, type ImportJob } from './records.ts';

type Run = { account: string; region: string; id: string };

/** What is fetched of a model, beside its weights. */
const SIDE_FILES = new Set([
  'chat_template.jinja',
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer.model',
  'tokenizer_config.json',
]);
/** Tokens of prompt and answer where a GGUF file does not say. */
const CONTEXT_DEFAULT = 4_096;

/** Fetches, converts and keeps a model; after a crash it begins anew. */
export const importJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel, signal, progress }) {
    const key = [input.account, input.region, input.id];
    const job = await kernel.store.get(importJobs, key);
    if (job?.status !== 'InProgress') return;
    const end = (change: Partial<ImportJob>) => {
      const { key: _key, ...rest } = job;
      const now = kernel.clock.now();
      return { ...rest, ...change, updatedAtMs: now, endedAtMs: now };
    };
    const folder = join(kernel.directory, 'models', 'importing', job.id);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const principal = await assumeJobRole(kernel, job);
      const { bucket: name, key: prefix } = readS3Uri(job.sourceUri, 'modelDataSource');
      const bucket: Bucket = { kernel, principal, region: job.region, bucket: name, signal };
      const files = await filesOf(bucket, prefix);
      for (const [at, { key: from, local, etag }] of files.entries()) {
        await pipeline(readFile(bucket, { key: from, etag }), createWriteStream(join(folder, local), { mode: 0o600 }));
        await progress(at + 1, files.length + 1);
      }
      const { convertModel, inspectGguf } = await import('../../../engines/llm/safetensors/index.ts');
      const gguf = files.find(({ local }) => local.endsWith('.gguf'));
      const path = join(folder, gguf?.local ?? 'converted.gguf');
      const facts = gguf ? await inspectGguf(path, signal) : await convertModel(folder, path, job.model.name, signal);
      const weights = await sealContent(kernel, job.model.arn, job.key!, createReadStream(path));
      await kernel.store.transact(async (tx) => {
        const made: ImportedModel = {
          account: job.account,
          region: job.region,
          id: job.model.id,
          arn: job.model.arn,
          name: job.model.name,
          architecture: facts.architecture,
          instructSupported: facts.hasChatTemplate,
          weights,
          contextTokens: facts.contextTokens || CONTEXT_DEFAULT,
          sourceUri: job.sourceUri,
          ...(job.kmsKeyArn === undefined ? {} : { kmsKeyArn: job.kmsKeyArn }),
          jobArn: job.arn,
          jobName: job.name,
          createdAtMs: kernel.clock.now(),
        };
        await kernel.blobs.retain(tx, weights.blob);
        tx.put(importedModels, [made.account, made.region, made.id], made);
        tx.put(taggedResources, [made.arn], { owner: made.account, tags: job.model.tags });
        tx.put(importJobs, key, end({ status: 'Completed' }));
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ConversionError) && !isRefusal(error)) throw error;
      await kernel.store.transact((tx) =>
        tx.put(importJobs, key, end({ status: 'Failed', failureMessage: (error as Error).message })),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  async ended(tx, { state, input, reason, endedAtMs }) {
    const key = [input.account, input.region, input.id];
    const job = await tx.get(importJobs, key);
    if (state !== 'failed' || job?.status !== 'InProgress') return;
    const { key: _key, ...rest } = job;
    const failureMessage = `The job failed with an internal error: ${reason}`;
    tx.put(importJobs, key, {
      ...rest,
      status: 'Failed',
      failureMessage,
      updatedAtMs: endedAtMs!,
      endedAtMs: endedAtMs!,
    });
  },
};

type Fetched = S3File & { local: string };

/** What is to be fetched: one GGUF file, or the weights and what stands beside them. Throws ConversionError, and what S3 answers. */
async function filesOf(bucket: Bucket, prefix: string): Promise<Fetched[]> {
  if (prefix.endsWith('.gguf')) {
    const file = await fileAt(bucket, prefix);
    if (file.size > MODEL_BYTES_MAX)
      throw new ConversionError(`The model is larger than the maximum of ${MODEL_BYTES_MAX} bytes.`);
    return [{ ...file, local: 'model.gguf' }];
  }
  const folder = prefix === '' ? '' : joinKey(prefix, '');
  const found: Fetched[] = [];
  let bytes = 0;
  for await (const file of filesUnder(bucket, folder)) {
    const local = file.key.slice(folder.length);
    if (local.includes('/')) continue;
    const isWeights = local.endsWith('.safetensors') || local.endsWith('.gguf');
    if (!isWeights && !SIDE_FILES.has(local)) continue;
    if (!isWeights && file.size > SIDE_FILE_BYTES_MAX)
      throw new ConversionError(`${local} is larger than the maximum of ${SIDE_FILE_BYTES_MAX} bytes.`);
    bytes += file.size;
    if (bytes > MODEL_BYTES_MAX || found.length === FILES_MAX)
      throw new ConversionError(
        `The model is larger than the maximum of ${MODEL_BYTES_MAX} bytes or ${FILES_MAX} files.`,
      );
    found.push({ ...file, local });
  }
  const gguf = found.filter(({ local }) => local.endsWith('.gguf'));
  if (gguf.length > 1) throw new ConversionError('There is more than one GGUF file: name the one to be imported.');
  if (gguf.length === 1) return gguf;
  if (!found.some(({ local }) => local.endsWith('.safetensors')))
    throw new ConversionError('No model weights were found: expected .safetensors files or a .gguf file.');
  return found;
}
