import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Kernel } from '../kernel.ts';
import { servicePrincipal } from '../principals/principal.ts';
import { collection } from '../store/store.ts';

/** Where the invocations of an account's models in a region are logged, and what of them. */
export type InvocationLogging = {
  s3?: { bucket: string; keyPrefix?: string };
  textData: boolean;
  imageData: boolean;
  embeddingData: boolean;
  videoData: boolean;
  audioData: boolean;
};

/** Keyed by account and region. */
export const invocationLogging = collection<InvocationLogging>('kernel/inference/invocation-logging');

const SERVICE = 'bedrock.amazonaws.com';
const compress = promisify(gzip);

/** `prefix/AWSLogs/111122223333/BedrockModelInvocationLogs`. Source: Bedrock User Guide, "Monitor model invocation", the bucket policy. */
export function logFolder(
  { keyPrefix }: NonNullable<InvocationLogging['s3']>,
  { account }: { account: string; region: string },
): string {
  return [...(keyPrefix === undefined ? [] : [keyPrefix]), 'AWSLogs', account, 'BedrockModelInvocationLogs'].join('/');
}

/** Writes an object as Amazon Bedrock does by itself, for an account: compressed, unless it is empty. Rejects with S3's own error. */
export async function putLogObject(
  kernel: Kernel,
  file: {
    place: { account: string; region: string; partition: string };
    bucket: string;
    key: string;
    body: Uint8Array | string;
    signal?: AbortSignal;
  },
): Promise<void> {
  const { account, region, partition } = file.place;
  const empty = file.body.length === 0;
  const Body = empty ? new Uint8Array() : await compress(file.body);
  await kernel.calls.send({
    service: 's3',
    operation: 'PutObject',
    input: {
      Bucket: file.bucket,
      Key: file.key,
      Body,
      ContentLength: Body.length,
      ...(empty ? {} : { ContentType: 'application/json', ContentEncoding: 'gzip' }),
    },
    principal: servicePrincipal(SERVICE, account, {
      sourceArn: `arn:${partition}:bedrock:${region}:${account}:*`,
      sourceAccount: account,
    }),
    region,
    invokedBy: SERVICE,
    ...(file.signal ? { signal: file.signal } : {}),
  });
}
