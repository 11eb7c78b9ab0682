import {
  BedrockRuntimeClient,
  GetAsyncInvokeCommand,
  InvokeModelCommand,
  ListAsyncInvokesCommand,
  StartAsyncInvokeCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../../kernel/ids.ts';
import type { Outcrop } from '../../../main.ts';
import { allow, identities, refusal } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';

const random = generator(testSeed('async-invoke'));
const MODEL = 'amazon.nova-2-multimodal-embeddings-v1:0';
let outcrop: Outcrop;
let runtime: BedrockRuntimeClient;
let s3: S3Client;

beforeAll(async () => {
  outcrop = await startForTests();
  runtime = new BedrockRuntimeClient(outcrop.clients);
  s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'vectors' }));
});

const words = 'river stone garden market window letter winter harbour lantern copper silver meadow'.split(' ');
const sentence = () =>
  `The ${words[Math.floor(random() * words.length)]} by the ${words[Math.floor(random() * words.length)]} is old. `;

const start = (modelInput: object, client = runtime) =>
  client.send(
    new StartAsyncInvokeCommand({
      modelId: MODEL,
      modelInput: modelInput as never,
      outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://vectors/out' } },
    }),
  );

const segmented = (text: object) => ({
  taskType: 'SEGMENTED_EMBEDDING',
  segmentedEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', embeddingDimension: 384, text },
});

describe('StartAsyncInvoke', () => {
  it('embeds a long text from S3 segment by segment, each as it would be by itself, and writes where it was told to', async () => {
    const text = Array.from({ length: 90 }, sentence).join('');
    await s3.send(new PutObjectCommand({ Bucket: 'vectors', Key: 'long.txt', Body: text }));
    const { invocationArn } = await start(
      segmented({
        truncationMode: 'END',
        source: { s3Location: { uri: 's3://vectors/long.txt' } },
        segmentationConfig: { maxLengthChars: 1000 },
      }),
    );
    expect(await runtime.send(new GetAsyncInvokeCommand({ invocationArn }))).toMatchObject({ status: 'InProgress' });
    await outcrop.clock.advance(1000);
    expect(await runtime.send(new GetAsyncInvokeCommand({ invocationArn }))).toMatchObject({ status: 'Completed' });
    const { asyncInvokeSummaries } = await runtime.send(new ListAsyncInvokesCommand({ statusEquals: 'Completed' }));
    expect(asyncInvokeSummaries?.map((each) => each.invocationArn)).toEqual([invocationArn]);
    const read = async (name: string) => {
      const Key = `out/${invocationArn!.split('/')[1]}/${name}`;
      return (await s3.send(new GetObjectCommand({ Bucket: 'vectors', Key }))).Body!.transformToString();
    };
    expect(JSON.parse(await read('segmented-embedding-result.json'))).toMatchObject({
      sourceFileUri: 's3://vectors/long.txt',
      embeddingResults: [{ embeddingType: 'TEXT', status: 'SUCCESS' }],
    });
    const lines = (await read('embeddings-text.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { embedding: number[]; segmentMetadata: Record<string, number> });
    let joined = '';
    for (const { segmentMetadata } of lines) {
      const piece = text.slice(segmentMetadata['segmentStartCharPosition'], segmentMetadata['segmentEndCharPosition']);
      expect(piece.length).toBeLessThanOrEqual(1000);
      joined += piece;
    }
    expect(joined).toBe(text);
    const { segmentMetadata, embedding } = lines.at(-1)!;
    const value = text.slice(segmentMetadata['segmentStartCharPosition']);
    const online = await runtime.send(
      new InvokeModelCommand({
        modelId: MODEL,
        body: JSON.stringify({
          taskType: 'SINGLE_EMBEDDING',
          singleEmbeddingParams: {
            embeddingPurpose: 'GENERIC_INDEX',
            embeddingDimension: 384,
            text: { truncationMode: 'END', value },
          },
        }),
      }),
    );
    const [own] = (JSON.parse(Buffer.from(online.body).toString()) as { embeddings: { embedding: number[] }[] })
      .embeddings;
    expect(embedding).toEqual(own!.embedding);
  }, 60_000);

  it('works with the caller’s own rights: without the right to write, the invocation fails and says so', async () => {
    const { clients } = await identities(outcrop).user('reader', allow('bedrock:InvokeModel'));
    const { invocationArn } = await start(
      segmented({ truncationMode: 'END', value: sentence() }),
      new BedrockRuntimeClient(clients),
    );
    await outcrop.clock.advance(1000);
    const failed = await runtime.send(new GetAsyncInvokeCommand({ invocationArn }));
    expect(failed.status).toBe('Failed');
    expect(failed.failureMessage).toContain('s3:PutObject');
  });

  it('is refused for models that answer at once, and by name for those whose answers are films', async () => {
    const of = (modelId: string) =>
      refusal(
        runtime.send(
          new StartAsyncInvokeCommand({
            modelId,
            modelInput: {},
            outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://vectors/out' } },
          }),
        ),
      );
    expect(await of('amazon.nova-micro-v1:0')).toMatchObject({ name: 'ValidationException' });
    expect(await of('amazon.nova-reel-v1:0')).toMatchObject({ name: 'NotImplemented', status: 501 });
  });
});
