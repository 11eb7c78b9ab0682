import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BedrockClient, PutModelInvocationLoggingConfigurationCommand } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { startStack } from '../../main.ts';

const folder = mkdtempSync(join(tmpdir(), 'outcrop-shared-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `workers` is the command's option, which the library's type leaves out. */
const start = (data: string, more: Parameters<typeof startStack>[0] & { workers?: number } = {}) =>
  startStack({ port: 0, log: 'error', data: join(folder, data), ...more });
type Stack = Awaited<ReturnType<typeof start>>;

const ask = ({ clients }: Stack, text: string) =>
  new BedrockRuntimeClient({ ...clients, maxAttempts: 1 }).send(
    new ConverseCommand({
      modelId: 'amazon.nova-micro-v1:0',
      messages: [{ role: 'user', content: [{ text }] }],
    }),
  );

describe('stacks over one store', () => {
  it('draw from the same quota', async () => {
    const clock = { frozenAt: new Date('2030-01-01T00:00:00Z') };
    const first = await start('quota', { workers: 2, clock, quotas: [{ requestsPerMinute: 5 }] });
    const second = await start('quota', { workers: 2, clock });
    try {
      const results = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) => ask(index % 2 === 0 ? first : second, `Hello ${index}`)),
      );
      const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      expect(results.length - refused.length).toBe(5);
      expect(new Set(refused.map(({ reason }) => (reason as Error).name))).toEqual(new Set(['ThrottlingException']));
    } finally {
      await second.stop();
      await first.stop();
    }
  });

  it('deliver the logs of one that has ended', async () => {
    const bucket = 'logs-of-one-that-ended';
    const before = await start('logs');
    const s3 = new S3Client({ ...before.clients, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const Statement = [
      {
        Effect: 'Allow',
        Principal: { Service: 'bedrock.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    await new BedrockClient(before.clients).send(
      new PutModelInvocationLoggingConfigurationCommand({ loggingConfig: { s3Config: { bucketName: bucket } } }),
    );
    const answer = await ask(before, 'Remember me');
    await before.stop();

    const after = await start('logs');
    try {
      await after.clock.advance(60_000);
      const client = new S3Client({ ...after.clients, forcePathStyle: true });
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const { Key } = Contents.find((object) => object.Key!.endsWith('.json.gz'))!;
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const record = JSON.parse(gunzipSync(await Body!.transformToByteArray()).toString());
      expect(record).toMatchObject({
        requestId: answer.$metadata.requestId,
        input: { inputBodyJson: { messages: [{ role: 'user', content: [{ text: 'Remember me' }] }] } },
        output: { outputBodyJson: { output: answer.output } },
      });
    } finally {
      await after.stop();
    }
  });
});
