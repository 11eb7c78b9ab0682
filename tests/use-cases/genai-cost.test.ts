import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  CreateProvisionedModelThroughputCommand,
  GetModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand, type ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { identities, policy, trust } from '../identities.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const { between } = draws('genai-cost');
const HOUR_MS = 3_600_000;

describe('genai-cost', () => {
  it('genai-cost.1: one log of requests costs, on demand and on reserved units, what the list says, and crosses over where arithmetic does', async () => {
    const outcrop = await startForTests({ clock: { frozenAt: new Date('2030-03-01T10:00:00Z') } });
    const bedrock = new BedrockClient(outcrop.clients);
    const runtime = new BedrockRuntimeClient(outcrop.clients);
    const modelId = 'anthropic.claude-instant-v1';
    const log = Array.from(
      { length: 60 },
      (_, n) => `The gate ${n} opens at ${between(1, 11)}.\n\nWhen does gate ${n} open?`,
    );
    const spent = async (work: () => Promise<unknown>) => {
      const before = (await outcrop.cost()).usd;
      await work();
      return (await outcrop.cost()).usd - before;
    };
    const tokens = { input: 0, output: 0 };
    const replay = async (id: string, count: boolean) => {
      for (const text of log) {
        const { usage } = await runtime.send(
          new ConverseCommand({ modelId: id, messages: [{ role: 'user', content: [{ text }] }] }),
        );
        if (count) tokens.input += usage!.inputTokens!;
        if (count) tokens.output += usage!.outputTokens!;
      }
    };
    const onDemand = await spent(() => replay(modelId, true));
    // Source: the list prices of Claude Instant, USD: 0.80 and 2.40 for a million tokens in and out, 44 for a model unit hour.
    expect(onDemand).toBeCloseTo((tokens.input * 0.8 + tokens.output * 2.4) / 1e6, 9);

    const { provisionedModelArn: arn } = await bedrock.send(
      new CreateProvisionedModelThroughputCommand({ modelId, modelUnits: 1, provisionedModelName: 'reserved' }),
    );
    await outcrop.clock.advance(60_000);
    const hours = between(2, 6);
    const reserved = await spent(async () => {
      await replay(arn!, false);
      await outcrop.clock.advance(hours * HOUR_MS);
    });
    expect(reserved).toBeCloseTo(hours * 44, 6);
    // How often the log has to be replayed within an hour for a unit to be the cheaper: measured, and by arithmetic on the list.
    const measured = reserved / hours / onDemand;
    const listed = 44 / ((tokens.input * 0.8 + tokens.output * 2.4) / 1e6);
    expect(measured / listed).toBeCloseTo(1, 6);
  });

  it('genai-cost.2: one workload in real time, as a batch and from the cache: the same answers, a batch at half the price', async () => {
    const outcrop = await startForTests();
    const bedrock = new BedrockClient(outcrop.clients);
    const runtime = new BedrockRuntimeClient(outcrop.clients);
    const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
    const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const facts = Array.from({ length: 220 }, (_, n) => `The gate ${n} opens at ${between(1, 11)}:${between(10, 59)}.`);
    const guide = facts.join(' ');
    const questions = Array.from({ length: 100 }, (_, n) => `When does the gate ${n * 2} open?`);
    const by = async (work: () => Promise<unknown>) => {
      const before = await outcrop.cost();
      const started = performance.now();
      await work();
      const after = await outcrop.cost();
      const runtimeUsd = (cost: typeof before) =>
        cost.lines.reduce((sum, { service, usd }) => sum + (service === 'bedrock-runtime' ? (usd ?? 0) : 0), 0);
      return { usd: runtimeUsd(after) - runtimeUsd(before), ms: performance.now() - started };
    };
    const input = (ask: string, cached: boolean) => ({
      messages: [
        {
          role: 'user' as const,
          content: [
            { text: guide },
            ...(cached ? [{ cachePoint: { type: 'default' } }] : []),
            { text: ask },
          ] as ContentBlock[],
        },
      ],
      inferenceConfig: { temperature: 0, maxTokens: 100 },
    });
    const answersOf = async (cached: boolean) => {
      const answers: string[] = [];
      for (const ask of questions) {
        const { output } = await runtime.send(new ConverseCommand({ modelId, ...input(ask, cached) }));
        answers.push(output!.message!.content![0]!.text!);
      }
      return answers;
    };
    let online: string[] = [];
    let fromCache: string[] = [];
    const realTime = await by(async () => (online = await answersOf(false)));
    const cache = await by(async () => (fromCache = await answersOf(true)));
    expect(fromCache).toEqual(online);

    await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
    const records = questions.map((ask, n) => JSON.stringify({ recordId: `R${n}`, modelInput: input(ask, false) }));
    await s3.send(new PutObjectCommand({ Bucket: 'work', Key: 'in/questions.jsonl', Body: records.join('\n') }));
    const { arn: roleArn } = await identities(outcrop).role(
      'batch',
      trust({ Service: 'bedrock.amazonaws.com' }),
      policy({ Effect: 'Allow', Action: ['s3:*', 'bedrock:InvokeModel'], Resource: '*' }),
    );
    let jobArn = '';
    const batch = await by(async () => {
      ({ jobArn = '' } = await bedrock.send(
        new CreateModelInvocationJobCommand({
          jobName: 'batch',
          roleArn,
          modelId,
          modelInvocationType: 'Converse',
          inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://work/in/questions.jsonl' } },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://work/out/' } },
        }),
      ));
      await outcrop.clock.advance(60_000);
    });
    const job = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
    expect(job).toMatchObject({ status: 'Completed', successRecordCount: questions.length });
    const made = await s3.send(
      new GetObjectCommand({ Bucket: 'work', Key: `out/${jobArn.split('/')[1]}/questions.jsonl.out` }),
    );
    const answered = new Map(
      (await made.Body!.transformToString())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map((line) => [line.recordId, line.modelOutput.output.message.content[0].text]),
    );
    expect(questions.map((_, n) => answered.get(`R${n}`))).toEqual(online);

    console.log(
      Object.entries({ realTime, cache, batch })
        .map(([name, { usd, ms }]) => `${name} $${usd.toFixed(6)} ${ms.toFixed(0)} ms`)
        .join('; '),
    );
    expect(batch.usd / realTime.usd).toBeCloseTo(0.5, 6);
    // A long prefix, read a hundred times at a tenth of the price.
    expect(cache.usd).toBeLessThan(realTime.usd * 0.35);
  });
});
