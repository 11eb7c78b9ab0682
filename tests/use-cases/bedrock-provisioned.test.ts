import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  CreateProvisionedModelThroughputCommand,
  DeleteProvisionedModelThroughputCommand,
  GetModelCustomizationJobCommand,
  GetProvisionedModelThroughputCommand,
  ListProvisionedModelThroughputsCommand,
  UpdateProvisionedModelThroughputCommand,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('bedrock-provisioned'));
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const words = (count: number) =>
  Array.from({ length: count }, () => ['river', 'stone', 'lamp', 'cloud', 'wheel'][Math.floor(random() * 5)]).join(' ');

async function stackWith(options: Parameters<typeof startForTests>[0] = {}) {
  const outcrop = await startForTests({ ...options, clock: { frozenAt: new Date('2030-01-31T10:00:00Z') } });
  const bedrock = new BedrockClient(outcrop.clients);
  const runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  const get = (provisionedModelId: string) =>
    bedrock.send(new GetProvisionedModelThroughputCommand({ provisionedModelId }));
  return {
    outcrop,
    bedrock,
    get,
    ask: (modelId: string, text: string, maxTokens = 20) =>
      runtime.send(
        new ConverseCommand({
          modelId,
          messages: [{ role: 'user', content: [{ text }] }],
          inferenceConfig: { maxTokens },
        }),
      ),
    /** Buys units and waits until they are in service. */
    async units(
      modelId: string,
      more: { modelUnits?: number; commitmentDuration?: 'OneMonth' | 'SixMonths'; name?: string } = {},
    ) {
      const { modelUnits = 1, name = `units-${Math.floor(random() * 1e9)}`, ...rest } = more;
      const { provisionedModelArn } = await bedrock.send(
        new CreateProvisionedModelThroughputCommand({ modelId, modelUnits, provisionedModelName: name, ...rest }),
      );
      const arn = provisionedModelArn!;
      expect(await get(arn)).toMatchObject({ status: 'Creating', modelUnits: 0, desiredModelUnits: modelUnits });
      await outcrop.clock.advance(MINUTE_MS);
      expect(await get(arn)).toMatchObject({ status: 'InService', modelUnits, desiredModelUnits: modelUnits });
      return { arn, name };
    },
  };
}

describe('bedrock-pt', () => {
  it('bedrock-pt.1: a unit gives its tokens by the minute under load, while on demand throttles', async () => {
    const perUnit = 4_000 + Math.floor(random() * 2_000);
    const onDemand = 1_000 + Math.floor(random() * 500);
    const modelId = 'meta.llama3-8b-instruct-v1:0';
    const { outcrop, ask, bedrock, get } = await stackWith({
      modelUnits: { 'meta.*': perUnit },
      quotas: [{ model: 'meta.*', tokensPerMinute: onDemand }],
    });
    const { provisionedModelArn } = await bedrock.send(
      new CreateProvisionedModelThroughputCommand({ modelId, modelUnits: 1, provisionedModelName: 'steady' }),
    );
    expect(await refusal(ask(provisionedModelArn!, 'Too early'))).toMatchObject({ name: 'ModelNotReadyException' });
    await outcrop.clock.advance(MINUTE_MS);
    expect((await get('steady')).status).toBe('InService');

    const text = words(150);
    const refused = new Set<string>();
    /** Asks until there is no more to be had at this moment; the tokens that were used. */
    const drain = async (id: string) => {
      for (let used = 0; ;) {
        try {
          used += (await ask(id, text)).usage!.totalTokens!;
        } catch (error) {
          refused.add(`${(error as Error).name}: ${(error as Error).message}`);
          return used;
        }
      }
    };
    const ids = { units: provisionedModelArn!, onDemand: modelId };
    // What had gathered while nobody asked is no steady rate.
    await drain(ids.units);
    await drain(ids.onDemand);
    const minutes = 5;
    const used = { units: 0, onDemand: 0 };
    for (let second = 0; second < minutes * 60; second += 10) {
      await outcrop.clock.advance(10 * SECOND_MS);
      used.units += await drain(ids.units);
      used.onDemand += await drain(ids.onDemand);
    }
    expect(Math.abs(used.units / minutes - perUnit)).toBeLessThan(perUnit / 10);
    expect(Math.abs(used.onDemand / minutes - onDemand)).toBeLessThan(onDemand / 4);
    expect([...refused]).toEqual(['ThrottlingException: Too many tokens, please wait before trying again.']);
    // What a call may use is reserved while it runs: an answer that could be longer than all that is left does not begin.
    await outcrop.clock.advance(MINUTE_MS);
    expect(await refusal(ask(ids.onDemand, 'Short', onDemand + 1))).toMatchObject({ name: 'ThrottlingException' });
    expect((await ask(ids.onDemand, 'Short', Math.floor(onDemand / 2))).stopReason).toBe('end_turn');
  });

  it('limits requests by the minute, by account and model, and burns down answers of newer Claude models five to one', async () => {
    const sonnet = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const { outcrop, ask } = await stackWith({ quotas: [{ model: 'amazon.nova-micro*', requestsPerMinute: 3 }] });
    const micro = () => ask('amazon.nova-micro-v1:0', 'Hello');
    for (let count = 0; count < 3; count++) await micro();
    expect(await refusal(micro())).toEqual({
      name: 'ThrottlingException',
      message: 'Too many requests, please wait before trying again.',
      status: 429,
    });
    expect((await ask('amazon.nova-lite-v1:0', 'Hello')).usage!.outputTokens).toBeGreaterThan(0);
    await outcrop.clock.advance(20 * SECOND_MS);
    await micro();
    expect(await refusal(micro())).toMatchObject({ name: 'ThrottlingException' });

    const maxTokens = 50;
    const first = await ask(sonnet, `Repeat: ${words(20)}`, maxTokens);
    const { inputTokens, outputTokens } = first.usage!;
    const burnt = inputTokens! + 5 * outputTokens!;
    // Room for what the first uses, and for a token less than the second may use.
    await outcrop.quotas.set([{ model: 'us.anthropic.*', tokensPerMinute: burnt + inputTokens! + maxTokens - 1 }]);
    const again = `Repeat: ${words(20)}`;
    const used = (await ask(sonnet, again, maxTokens)).usage!;
    expect({ ...used, outputTokens: 0 }).toMatchObject({ inputTokens });
    const left = burnt + inputTokens! + maxTokens - 1 - (used.inputTokens! + 5 * used.outputTokens!);
    expect(await refusal(ask(sonnet, again, left - inputTokens! + 1))).toMatchObject({ name: 'ThrottlingException' });
    expect((await ask(sonnet, again, left - inputTokens!)).usage!.inputTokens).toBe(inputTokens);
  });

  it('bedrock-pt.2: turns to another custom model under constant load at one moment, and no call fails', async () => {
    const { outcrop, bedrock, units, get, ask } = await stackWith();
    const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'styles' }));
    const { arn: roleArn } = await identities(outcrop).role(
      'trainer',
      trust({ Service: 'bedrock.amazonaws.com' }),
      policy({ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::styles', 'arn:aws:s3:::styles/*'] }),
    );
    const order = () => 10_000 + Math.floor(random() * 90_000);
    const promptOf = (number: number) => `Please open a ticket for order ${number}, which has not arrived.`;
    const styles = ['red', 'blue'];
    const train = async (style: string) => {
      const pairs = Array.from({ length: 24 }, order).map((number) => ({
        prompt: promptOf(number),
        completion: `[${style.toUpperCase()} DESK] ticket for order ${number} is open`,
      }));
      const Body = pairs.map((pair) => JSON.stringify(pair)).join('\n');
      await s3.send(new PutObjectCommand({ Bucket: 'styles', Key: `${style}.jsonl`, Body }));
      const { jobArn } = await bedrock.send(
        new CreateModelCustomizationJobCommand({
          jobName: style,
          customModelName: style,
          roleArn,
          baseModelIdentifier: 'meta.llama3-1-8b-instruct-v1:0',
          trainingDataConfig: { s3Uri: `s3://styles/${style}.jsonl` },
          outputDataConfig: { s3Uri: 's3://styles/out' },
        }),
      );
      await outcrop.clock.advance(SECOND_MS);
      const job = await bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: jobArn }));
      expect(job.status).toBe('Completed');
      return job.outputModelArn!;
    };
    const [red, blue] = [await train('red'), await train('blue')];
    const { arn } = await units('red');
    expect(await get(arn)).toMatchObject({ modelArn: red, desiredModelArn: red });

    const stop = new AbortController();
    const answers: { style: string | undefined; number: number; text: string }[] = [];
    const failures: unknown[] = [];
    const load = (async () => {
      while (!stop.signal.aborted) {
        const number = order();
        try {
          const text = (await ask(arn, promptOf(number), 60)).output!.message!.content![0]!.text!;
          answers.push({ style: styles.find((style) => text.includes(`[${style.toUpperCase()} DESK]`)), number, text });
        } catch (error) {
          failures.push(error);
        }
      }
    })();
    const answered = async (more: number) => {
      for (const until = answers.length + more; answers.length < until && failures.length === 0;)
        await new Promise((resolve) => setImmediate(resolve));
    };
    await answered(10);
    await bedrock.send(new UpdateProvisionedModelThroughputCommand({ provisionedModelId: arn, desiredModelId: blue }));
    expect(await get(arn)).toMatchObject({ status: 'Updating', modelArn: red, desiredModelArn: blue });
    await answered(10);
    await outcrop.clock.advance(MINUTE_MS);
    expect(await get(arn)).toMatchObject({ status: 'InService', modelArn: blue, desiredModelArn: blue });
    await answered(10);
    stop.abort();
    await load;
    expect(failures).toEqual([]);
    for (const { number, text } of answers) expect(text).toContain(`order ${number}`);
    const seen = answers.map(({ style }) => style);
    const change = seen.indexOf('blue');
    expect(change).toBeGreaterThanOrEqual(20);
    expect(seen).toEqual(seen.map((_, index) => (index < change ? 'red' : 'blue')));
    // A model of another base is refused.
    const elsewhere = new UpdateProvisionedModelThroughputCommand({
      provisionedModelId: arn,
      desiredModelId: 'meta.llama3-1-70b-instruct-v1:0',
    });
    expect(await refusal(bedrock.send(elsewhere))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('same base model'),
    });
  });

  it('bedrock-pt.3: units and tokens break even where the list prices say, and a term is kept', async () => {
    const modelId = 'anthropic.claude-v2:1';
    const { outcrop, ask, bedrock, units, get } = await stackWith();
    const text = words(100 + Math.floor(random() * 100));
    const costOf = async (work: () => Promise<void>) => {
      const before = (await outcrop.cost()).usd;
      await work();
      return (await outcrop.cost()).usd - before;
    };
    const tokens = { input: 0, output: 0 };
    const load = async (id: string) => {
      for (let count = 0; count < 5; count++) {
        const { inputTokens, outputTokens } = (await ask(id, text, 100)).usage!;
        tokens.input += inputTokens!;
        tokens.output += outputTokens!;
      }
    };
    const usdOnDemand = await costOf(() => load(modelId));
    const perToken = usdOnDemand / (tokens.input + tokens.output);
    const hours = 2 + Math.floor(random() * 4);
    const { arn, name } = await units(modelId);
    // The hour that has begun is on the bill.
    const usdOfUnits = await costOf(async () => {
      await outcrop.clock.advance(hours * HOUR_MS);
      await load(arn);
    });
    // Source: the list prices of Claude 2.1, USD: 8 and 24 for a million tokens in and out, 70 for a model unit hour.
    const [inputUsd, outputUsd, unitHourUsd] = [8 / 1e6, 24 / 1e6, 70];
    const half = { input: tokens.input / 2, output: tokens.output / 2 };
    const listed = unitHourUsd / ((half.input * inputUsd + half.output * outputUsd) / (half.input + half.output));
    expect(usdOfUnits / hours / perToken / listed).toBeCloseTo(1, 9);
    const { lines } = await outcrop.cost();
    const hourly = lines.filter(({ type }) => type === 'ProvisionedModelUnit-Hours');
    expect(hourly.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(hours + 1);
    expect(hourly[0]).toMatchObject({ service: 'bedrock', resource: modelId, unit: 'model unit hours' });
    await bedrock.send(new DeleteProvisionedModelThroughputCommand({ provisionedModelId: name }));
    expect(await refusal(get(arn))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    expect(await costOf(async () => void (await outcrop.clock.advance(3 * HOUR_MS)))).toBe(0);

    // From 31 January a month lasts to the end of February.
    const { arn: term } = await units(modelId, { commitmentDuration: 'OneMonth' });
    expect((await get(term)).commitmentExpirationTime?.toISOString()).toMatch(/^2030-02-28T/);
    const remove = () => bedrock.send(new DeleteProvisionedModelThroughputCommand({ provisionedModelId: term }));
    await outcrop.clock.advance(27 * DAY_MS);
    expect(await refusal(remove())).toEqual({
      name: 'ConflictException',
      message: "You can't delete a Provisioned Throughput with commitment before the commitment term is complete.",
      status: 400,
    });
    await outcrop.clock.advance(2 * DAY_MS);
    await remove();
    const committed = (await outcrop.cost()).lines.filter(({ type }) => type === 'ProvisionedModelUnit-Hours-OneMonth');
    const sum = (of: 'quantity' | 'usd') => committed.reduce((total, line) => total + (line[of] ?? 0), 0);
    expect(sum('quantity')).toBe(29 * 24 + 1);
    expect(sum('usd')).toBeCloseTo(63 * sum('quantity'), 6);
  });

  it('are found by name and ARN, renamed, listed by what they are, and refused for what cannot be', async () => {
    const { bedrock, units, get } = await stackWith();
    const { arn } = await units('amazon.nova-micro-v1:0:24k', { name: 'first', modelUnits: 2 });
    await units('amazon.titan-embed-text-v2:0', { name: 'second' });
    expect(await get('first')).toMatchObject({
      provisionedModelArn: arn,
      modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0:24k',
      modelUnits: 2,
    });
    const update = (more: { desiredProvisionedModelName?: string; desiredModelId?: string }) =>
      bedrock.send(new UpdateProvisionedModelThroughputCommand({ provisionedModelId: arn, ...more }));
    await update({ desiredProvisionedModelName: 'renamed' });
    expect((await get(arn)).provisionedModelName).toBe('renamed');
    const wrong = [
      [update({ desiredProvisionedModelName: 'second' }), 'already in use'],
      [update({ desiredModelId: 'amazon.nova-lite-v1:0' }), 'associated with a base model'],
      [update({}), 'Specify a desired name or a desired model'],
      [units('amazon.nova-canvas-v1:0'), "isn't supported"],
      [units('amazon.no-such-model-v1:0'), 'identifier is invalid'],
      [units('amazon.nova-micro-v1:0', { name: 'second' }), 'already in use'],
    ] as const;
    for (const [call, message] of wrong)
      expect(await refusal(call)).toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining(message),
      });
    const list = async (input: object) =>
      (await bedrock.send(new ListProvisionedModelThroughputsCommand(input))).provisionedModelSummaries!.map(
        ({ provisionedModelName }) => provisionedModelName,
      );
    expect(await list({})).toEqual(['second', 'renamed']);
    expect(await list({ sortOrder: 'Ascending' })).toEqual(['renamed', 'second']);
    expect(await list({ nameContains: 'sec' })).toEqual(['second']);
    expect(await list({ statusEquals: 'Updating' })).toEqual([]);
  });
});
