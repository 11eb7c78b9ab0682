import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { LabContext } from '../frame/types.ts';

const MODEL = 'amazon.nova-lite-v1:0';
/** Logs are delivered within a minute of the stack's clock. */
const WAIT_MS = 120_000;
const EVERY_MS = 2_000;
const FILES_MAX = 20;

/** Asks a model; answers the request's id. */
export async function invoked({ send }: LabContext, text: string): Promise<string> {
  const { $metadata } = (await send(BedrockRuntimeClient, ConverseCommand, {
    modelId: MODEL,
    messages: [{ role: 'user', content: [{ text }] }],
  })) as { $metadata: { requestId?: string } };
  return $metadata.requestId!;
}

/** A gzipped file as text. */
async function opened(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

export type LogRecord = { key: string; text: string; identity: string | undefined; tokens: number | undefined };

/** The record of a request, waited for until logs are delivered; undefined where it does not come. */
export async function recordOf(
  { send, signal, progress }: LabContext,
  Bucket: string,
  requestId: string,
): Promise<LogRecord | undefined> {
  const since = performance.now();
  const read = new Set<string>();
  while (performance.now() - since < WAIT_MS) {
    const files = await newest({ send }, Bucket);
    for (const key of files) {
      if (read.has(key)) continue;
      read.add(key);
      // A browser opens what is sent as gzip by itself, and then the checksum of what was stored does not fit.
      const asStored = { ResponseContentEncoding: 'identity' };
      const { Body } = await send(S3Client, GetObjectCommand, { Bucket, Key: key, ...asStored });
      for (const line of (await opened(await Body!.transformToByteArray())).split('\n')) {
        if (!line.includes(requestId)) continue;
        const record = JSON.parse(line) as {
          requestId?: string;
          identity?: { arn?: string };
          input?: { inputTokenCount?: number };
        };
        if (record.requestId === requestId)
          return { key, text: line, identity: record.identity?.arn, tokens: record.input?.inputTokenCount };
      }
    }
    progress(`Waiting for the logs to be delivered: ${Math.round((performance.now() - since) / 1000)} s`);
    await pause(EVERY_MS, signal);
  }
  return undefined;
}

/** The latest files of logs. */
async function newest({ send }: Pick<LabContext, 'send'>, Bucket: string): Promise<string[]> {
  const files: { key: string; at: number }[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await send(S3Client, ListObjectsV2Command, {
      Bucket,
      Prefix: 'AWSLogs/',
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    });
    for (const { Key = '', LastModified } of page.Contents ?? [])
      if (Key.endsWith('.json.gz')) files.push({ key: Key, at: LastModified?.getTime() ?? 0 });
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return files
    .sort((a, b) => b.at - a.at)
    .slice(0, FILES_MAX)
    .map(({ key }) => key);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
