import { gunzipSync } from 'node:zlib';
import {
  BedrockClient,
  CreateGuardrailCommand,
  DeleteModelInvocationLoggingConfigurationCommand,
  GetModelInvocationLoggingConfigurationCommand,
  PutModelInvocationLoggingConfigurationCommand,
  type LoggingConfig,
} from '@aws-sdk/client-bedrock';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const random = generator(testSeed('invocation-logging'));
const ACCOUNT = '000000000000';
const MINUTE_MS = 60_000;
const haiku = 'anthropic.claude-3-haiku-20240307-v1:0';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
let s3: S3Client;
beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
});

/** As the User Guide has it. */
const policyOf = (bucket: string, prefix = '') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AmazonBedrockLogsWrite',
        Effect: 'Allow',
        Principal: { Service: 'bedrock.amazonaws.com' },
        Action: ['s3:PutObject'],
        Resource: [`arn:aws:s3:::${bucket}/${prefix}AWSLogs/${ACCOUNT}/BedrockModelInvocationLogs/*`],
        Condition: {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:bedrock:us-east-1:${ACCOUNT}:*` },
        },
      },
    ],
  });

async function bucketWith(prefix = ''): Promise<string> {
  const Bucket = `logs-${Math.floor(random() * 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(Bucket, prefix) }));
  return Bucket;
}

const configure = (loggingConfig: LoggingConfig) =>
  bedrock.send(new PutModelInvocationLoggingConfigurationCommand({ loggingConfig }));

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key!).filter((key) => !key.endsWith('permission-check'));
}

async function opened(Bucket: string, Key: string): Promise<string> {
  const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(ContentEncoding).toBe('gzip');
  return gunzipSync(await Body!.transformToByteArray()).toString('utf8');
}

/** The records of all log files, in the order of their writing. */
async function recordsIn(bucket: string): Promise<any[]> {
  const files = (await keysOf(bucket)).filter((key) => !key.includes('/data/'));
  const texts = await Promise.all(files.map((key) => opened(bucket, key)));
  return texts.flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

const messages = (text: string) => [{ role: 'user' as const, content: [{ text }] }];
const claude = (text: string) =>
  JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 100,
    messages: [{ role: 'user', content: text }],
  });

describe('model invocation logging', () => {
  it('needs a bucket whose policy lets Bedrock write, and tells its configuration', async () => {
    const empty = await bedrock.send(new GetModelInvocationLoggingConfigurationCommand({}));
    expect(empty.loggingConfig).toBeUndefined();
    expect(await refusal(configure({ s3Config: { bucketName: 'no-such-bucket-here' } }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Failed to validate permissions for S3 bucket: no-such-bucket-here.'),
    });
    const bucket = await bucketWith();
    // The policy is for no prefix.
    expect(await refusal(configure({ s3Config: { bucketName: bucket, keyPrefix: 'other' } }))).toMatchObject({
      name: 'ValidationException',
    });
    expect(await refusal(configure({}))).toMatchObject({ name: 'ValidationException' });
    const cloudWatchConfig = { logGroupName: 'bedrock', roleArn: `arn:aws:iam::${ACCOUNT}:role/logs` };
    expect(await refusal(configure({ cloudWatchConfig }))).toMatchObject({ name: 'NotImplemented', status: 501 });
    await configure({ s3Config: { bucketName: bucket }, embeddingDataDeliveryEnabled: false });
    const { loggingConfig } = await bedrock.send(new GetModelInvocationLoggingConfigurationCommand({}));
    expect(loggingConfig).toEqual({
      s3Config: { bucketName: bucket, keyPrefix: '' },
      textDataDeliveryEnabled: true,
      imageDataDeliveryEnabled: true,
      embeddingDataDeliveryEnabled: false,
      videoDataDeliveryEnabled: true,
      audioDataDeliveryEnabled: true,
    });
    await bedrock.send(new DeleteModelInvocationLoggingConfigurationCommand({}));
    await runtime.send(new ConverseCommand({ modelId: haiku, messages: messages('Not on the log') }));
    await outcrop.clock.advance(5 * MINUTE_MS);
    expect(await keysOf(bucket)).toEqual([]);
  });

  it('has each invocation as it was asked and answered, streams as what they came to', async () => {
    const bucket = await bucketWith('team/');
    await configure({ s3Config: { bucketName: bucket, keyPrefix: 'team' } });
    const word = `word${Math.floor(random() * 1e6)}`;
    const text = `Repeat the word ${word}.`;
    const whole = await runtime.send(
      new ConverseCommand({
        modelId: `us.${haiku}`,
        messages: messages(text),
        inferenceConfig: { maxTokens: 50 },
        requestMetadata: { flow: word },
      }),
    );
    const { stream } = await runtime.send(new ConverseStreamCommand({ modelId: haiku, messages: messages(text) }));
    let streamed = '';
    for await (const { contentBlockDelta } of stream!) streamed += contentBlockDelta?.delta?.text ?? '';
    const native = await runtime.send(new InvokeModelCommand({ modelId: haiku, body: claude(text) }));
    const nativeBody = JSON.parse(Buffer.from(native.body).toString());
    const { body } = await runtime.send(
      new InvokeModelWithResponseStreamCommand({ modelId: haiku, body: claude(text) }),
    );
    const chunks: unknown[] = [];
    for await (const { chunk } of body!) chunks.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()));
    const failing = { modelId: haiku, body: JSON.stringify({ prompt: text }) };
    const refused = await refusal(runtime.send(new InvokeModelCommand(failing)));
    const embedded = await runtime.send(
      new InvokeModelCommand({
        modelId: 'amazon.titan-embed-text-v2:0',
        body: JSON.stringify({ inputText: text, dimensions: 256 }),
      }),
    );
    expect(await keysOf(bucket)).toEqual([]);
    await outcrop.clock.advance(MINUTE_MS);

    const [key] = await keysOf(bucket);
    expect(key).toMatch(
      /^team\/AWSLogs\/000000000000\/BedrockModelInvocationLogs\/us-east-1\/\d{4}\/\d\d\/\d\d\/\d\d\/\d{8}T\d{9}Z_[0-9a-f]{16}\.json\.gz$/,
    );
    const records = await recordsIn(bucket);
    expect(records.map(({ operation }) => operation)).toEqual([
      'Converse',
      'ConverseStream',
      'InvokeModel',
      'InvokeModelWithResponseStream',
      'InvokeModel',
      'InvokeModel',
    ]);
    const [converse, converseStream, invoke, invokeStream, failed, embedding] = records;
    expect(converse).toMatchObject({
      schemaType: 'ModelInvocationLog',
      schemaVersion: '1.0',
      accountId: ACCOUNT,
      identity: { arn: `arn:aws:iam::${ACCOUNT}:root` },
      region: 'us-east-1',
      requestId: whole.$metadata.requestId,
      modelId: `us.${haiku}`,
      inferenceRegion: 'us-east-1',
      requestMetadata: { flow: word },
      input: {
        inputContentType: 'application/json',
        inputBodyJson: { messages: messages(text), inferenceConfig: { maxTokens: 50 } },
        inputTokenCount: whole.usage!.inputTokens,
      },
      output: {
        outputContentType: 'application/json',
        outputBodyJson: { output: whole.output, stopReason: whole.stopReason, usage: whole.usage },
        outputTokenCount: whole.usage!.outputTokens,
      },
    });
    expect(converseStream.output.outputBodyJson).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: streamed }] } },
      stopReason: 'end_turn',
    });
    expect(invoke.input.inputBodyJson).toEqual(JSON.parse(claude(text)));
    expect(invoke.output.outputBodyJson).toEqual(nativeBody);
    expect(invoke.output.outputTokenCount).toBe(nativeBody.usage.output_tokens);
    expect(invokeStream.output.outputBodyJson).toEqual(chunks);
    expect(failed).toMatchObject({ errorCode: refused.name, input: { inputBodyJson: { prompt: text } } });
    expect(failed.output).toBeUndefined();
    expect(embedding.output.outputBodyJson.embedding).toEqual(
      JSON.parse(Buffer.from(embedded.body).toString()).embedding,
    );
    expect(embedding.input.inputTokenCount).toBeGreaterThan(0);
  });

  it('has large bodies in objects of their own, and leaves out what is not to be delivered', async () => {
    const bucket = await bucketWith();
    await configure({ s3Config: { bucketName: bucket } });
    const large = Array.from({ length: 40_000 }, () => `w${Math.floor(random() * 100)}`).join(' ');
    await runtime.send(new ConverseCommand({ modelId: haiku, messages: messages(large) }));
    await configure({ s3Config: { bucketName: bucket }, textDataDeliveryEnabled: false });
    const silent = await runtime.send(new ConverseCommand({ modelId: haiku, messages: messages('A secret of mine') }));
    await outcrop.clock.advance(MINUTE_MS);
    const [first, second] = await recordsIn(bucket);
    const path = `s3://${bucket}/`;
    expect(Object.keys(first.input)).not.toContain('inputBodyJson');
    expect(first.input.inputBodyS3Path).toMatch(/\/data\/[0-9a-f-]+_input\.json\.gz$/);
    const stored = await opened(bucket, first.input.inputBodyS3Path.slice(path.length));
    expect(stored === JSON.stringify({ messages: messages(large) })).toBe(true);
    expect(second.input).toEqual({
      inputContentType: 'application/json',
      inputTokenCount: silent.usage!.inputTokens,
    });
    expect(JSON.stringify(second)).not.toContain('secret');
  });

  it('has what a guardrail masked, as it was said', async () => {
    const bucket = await bucketWith();
    await configure({ s3Config: { bucketName: bucket } });
    const { guardrailId } = await bedrock.send(
      new CreateGuardrailCommand({
        name: 'masks',
        blockedInputMessaging: 'No.',
        blockedOutputsMessaging: 'No.',
        sensitiveInformationPolicyConfig: {
          piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE', inputAction: 'NONE', outputAction: 'ANONYMIZE' }],
        },
      }),
    );
    const address = `user${Math.floor(random() * 1e6)}@example.com`;
    const text = `Ada's address is ${address}.\n\nWhat is Ada's address?`;
    const guardrailConfig = { guardrailIdentifier: guardrailId, guardrailVersion: 'DRAFT' };
    const asked = { modelId: haiku, messages: messages(text), guardrailConfig };
    const answer = await runtime.send(new ConverseCommand(asked));
    expect(JSON.stringify(answer.output)).toContain('{EMAIL}');
    expect(JSON.stringify(answer.output)).not.toContain(address);
    const { stream } = await runtime.send(new ConverseStreamCommand(asked));
    for await (const _event of stream!);
    const native = await runtime.send(
      new InvokeModelCommand({
        modelId: haiku,
        body: claude(text),
        guardrailIdentifier: guardrailId,
        guardrailVersion: 'DRAFT',
      }),
    );
    expect(Buffer.from(native.body).toString()).not.toContain(address);
    await outcrop.clock.advance(MINUTE_MS);
    const records = await recordsIn(bucket);
    expect(records).toHaveLength(3);
    for (const { input, output } of records) {
      expect(JSON.stringify(input.inputBodyJson)).toContain(address);
      expect(JSON.stringify(output.outputBodyJson)).toContain(address);
    }
  });

  it('waits while the bucket cannot be written', async () => {
    const bucket = await bucketWith();
    await configure({ s3Config: { bucketName: bucket } });
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    await runtime.send(new ConverseCommand({ modelId: haiku, messages: messages('Later') }));
    await outcrop.clock.advance(3 * MINUTE_MS);
    expect(await keysOf(bucket)).toEqual([]);
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policyOf(bucket) }));
    await outcrop.clock.advance(MINUTE_MS);
    expect((await recordsIn(bucket)).map(({ input }) => input.inputBodyJson.messages)).toEqual([messages('Later')]);
  });
});
