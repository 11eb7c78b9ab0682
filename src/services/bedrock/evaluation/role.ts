import { setTimeout as wait } from 'node:timers/promises';
import type { ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import type { GetObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Principal } from '../../../kernel/principals/principal.ts';
import { DATASET_BYTES_MAX, MODEL_ATTEMPTS_MAX, MODEL_RETRY_MS } from './limits.ts';
import type { EvaluationJob } from './records.ts';
import type { InferenceParams } from './sources.ts';

const SERVICE = 'bedrock.amazonaws.com';

/** Why a job as a whole cannot go on: it fails with this message, and is not tried again. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
}

/** A model that did not answer one prompt: told in that prompt's record. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What a job does as the role that was handed to it. */
export type Role = {
  /** The text of an object. Throws EvaluationFailure. */
  read(uri: string): Promise<string>;
  /** Writes an object, under the job's key where it has one. Throws EvaluationFailure. */
  write(uri: string, body: string, contentType: string): Promise<void>;
  /** What a model answers to one message. Throws NoAnswer, and EvaluationFailure where no prompt would be answered. */
  ask(modelId: string, prompt: string, more?: InferenceParams & { outputConfig?: unknown }): Promise<string>;
};

/** Errors that another prompt would meet too. */
const HOPELESS = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'NotImplemented']);
/** Errors that pass. */
const PASSING = new Set([
  'ThrottlingException',
  'ServiceUnavailableException',
  'ModelNotReadyException',
  'ModelTimeoutException',
]);

const splitUri = (uri: string): { Bucket: string; Key: string } => {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  return { Bucket, Key };
};

/** Takes on the job's role. Throws EvaluationFailure when it does not let Bedrock in. */
export async function assumeRole(kernel: Kernel, job: EvaluationJob, signal: AbortSignal): Promise<Role> {
  const principal: Principal = await kernel.calls
    .assumeRole({
      roleArn: job.roleArn,
      service: SERVICE,
      sessionName: `BedrockEvaluation-${job.id}`,
      sourceArn: job.arn,
      sourceAccount: job.account,
      region: job.region,
    })
    .catch((error: Error) => {
      signal.throwIfAborted();
      throw new EvaluationFailure(`The role ${job.roleArn} could not be assumed: ${error.message}`, { cause: error });
    });
  const send = <O>(service: string, operation: string, input: unknown) =>
    kernel.calls.send<O>({ service, operation, input, principal, region: job.region, invokedBy: SERVICE, signal });
  return {
    async read(uri) {
      try {
        const { Body, ContentLength = 0 } = await send<GetObjectCommandOutput>('s3', 'GetObject', splitUri(uri));
        if (ContentLength > DATASET_BYTES_MAX)
          throw new Error(`it has ${ContentLength} bytes; ${DATASET_BYTES_MAX} at most.`);
        return await textOf(Body as unknown as AsyncIterable<Uint8Array> | Uint8Array);
      } catch (error) {
        signal.throwIfAborted();
        throw new EvaluationFailure(`The dataset ${uri} could not be read: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    async write(uri, body, contentType) {
      const Body = Buffer.from(body);
      const input: PutObjectCommandInput = {
        ...splitUri(uri),
        Body,
        ContentLength: Body.length,
        ContentType: contentType,
        ...(job.customerEncryptionKeyId === undefined
          ? {}
          : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: job.customerEncryptionKeyId }),
      };
      await send('s3', 'PutObject', input).catch((error: Error) => {
        signal.throwIfAborted();
        throw new EvaluationFailure(`The output ${uri} could not be written: ${error.message}`, { cause: error });
      });
    },
    async ask(modelId, prompt, more = {}) {
      const input = { modelId, messages: [{ role: 'user', content: [{ text: prompt }] }], ...more };
      for (let attempt = 1; ; attempt++) {
        try {
          const { output } = await send<ConverseCommandOutput>('bedrock-runtime', 'Converse', input);
          return (output?.message?.content ?? []).map(({ text }) => text ?? '').join('');
        } catch (error) {
          signal.throwIfAborted();
          const { name, message } = error as Error;
          // Of a model that is not there nobody gets an answer.
          if (
            HOPELESS.has(name) ||
            /model identifier is invalid|on-demand throughput|doesn't support the model/.test(message)
          )
            throw new EvaluationFailure(`The model ${modelId} could not be invoked: ${message}`, { cause: error });
          if (!PASSING.has(name) || attempt >= MODEL_ATTEMPTS_MAX)
            throw new NoAnswer(`${name}: ${message}`, { cause: error });
          await wait(MODEL_RETRY_MS * 2 ** (attempt - 1), undefined, { signal });
        }
      }
    },
  };
}

async function textOf(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
