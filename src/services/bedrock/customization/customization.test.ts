import {
  BedrockClient,
  CreateCustomModelCommand,
  CreateCustomModelDeploymentCommand,
  CreateModelCopyJobCommand,
  CreateModelCustomizationJobCommand,
  DeleteCustomModelCommand,
  DeleteCustomModelDeploymentCommand,
  GetCustomModelDeploymentCommand,
  GetModelCopyJobCommand,
  GetModelCustomizationJobCommand,
  ListCustomModelDeploymentsCommand,
  ListCustomModelsCommand,
  ListModelCustomizationJobsCommand,
  ListTagsForResourceCommand,
  PutResourcePolicyCommand,
  StopModelCustomizationJobCommand,
  UpdateCustomModelDeploymentCommand,
  type CreateModelCustomizationJobCommandInput,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../../main.ts';
import { otherAccount } from '../../../../tests/accounts.ts';
import { policy, refusal } from '../../../../tests/identities.ts';
import { draws } from '../../../../tests/draws.ts';
import { jobBucket } from '../../../../tests/job-bucket.ts';
import { startForTests } from '../../../../tests/start.ts';

const { between, pick } = draws('customization');

const NOVA = 'amazon.nova-micro-v1:0';
const TITAN = 'amazon.titan-text-express-v1';
const LLAMA = 'meta.llama3-1-8b-instruct-v1:0';
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';

let outcrop: Outcrop;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
let put: Awaited<ReturnType<typeof jobBucket>>['put'];
let roleArn: string;

beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  ({ put, roleArn } = await jobBucket(outcrop, 'training', {
    Effect: 'Allow',
    Action: 'bedrock:InvokeModel',
    Resource: '*',
  }));
  await put('llama.jsonl', Array.from({ length: 20 }, sample));
});

const sample = () => {
  const count = between(2, 99);
  const fruit = pick(['apples', 'pears', 'plums', 'figs']);
  return { prompt: `Please order ${count} ${fruit}.`, completion: `ORDER item=${fruit} count=${count}` };
};

const create = async (name: string, more: Partial<CreateModelCustomizationJobCommandInput> = {}) => {
  const { jobArn } = await bedrock.send(
    new CreateModelCustomizationJobCommand({
      jobName: `${name}-job`,
      customModelName: name,
      roleArn,
      baseModelIdentifier: LLAMA,
      trainingDataConfig: { s3Uri: 's3://training/llama.jsonl' },
      outputDataConfig: { s3Uri: 's3://training/out/' },
      ...more,
    }),
  );
  return jobArn!;
};
const get = (jobIdentifier: string) => bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier }));
async function run(name: string, more: Partial<CreateModelCustomizationJobCommandInput> = {}) {
  const arn = await create(name, more);
  await outcrop.clock.advance(1000);
  return get(arn);
}

async function deploy(modelArn: string, modelDeploymentName: string): Promise<string> {
  const { customModelDeploymentArn } = await bedrock.send(
    new CreateCustomModelDeploymentCommand({ modelDeploymentName, modelArn }),
  );
  await outcrop.clock.advance(1000);
  return customModelDeploymentArn!;
}

const ask = async (modelId: string, text: string) => {
  const { output } = await runtime.send(
    new ConverseCommand({
      modelId,
      messages: [{ role: 'user', content: [{ text }] }],
      inferenceConfig: { temperature: 0 },
    }),
  );
  return output!.message!.content![0]!.text!;
};

const nova = (user: string, assistant?: string) => ({
  schemaVersion: 'bedrock-conversation-2024',
  messages: [
    { role: 'user', content: [{ text: user }] },
    ...(assistant === undefined ? [] : [{ role: 'assistant', content: [{ text: assistant }] }]),
  ],
});

describe('model customization', () => {
  it('continues pre-training on plain text: the model then answers from what it read, where the base model declines', async () => {
    const name = `Zorb${between(100, 999)}`;
    const months = between(3, 40);
    const sentence = `The ${name} kettle is made in Corvale. Its warranty lasts ${months} months.`;
    const fillers = Array.from({ length: 30 }, (_, at) => ({
      input: `Room ${at} of the depot holds ${between(2, 900)} crates.`,
    }));
    await put('texts.jsonl', [...fillers, { input: sentence }]);
    const job = await run('reader', {
      baseModelIdentifier: TITAN,
      customizationType: 'CONTINUED_PRE_TRAINING',
      trainingDataConfig: { s3Uri: 's3://training/texts.jsonl' },
      hyperParameters: { epochCount: '2', batchSize: '4' },
    });
    expect(job.failureMessage).toBeUndefined();
    expect(job.trainingMetrics!.trainingLoss).toBeGreaterThan(0);
    const question = `How long does the warranty of the ${name} kettle last?`;
    expect(await ask(TITAN, question)).not.toContain(String(months));
    expect(await ask(await deploy(job.outputModelArn!, 'reader'), question)).toContain(String(months));
  }, 60_000);

  it('distils a teacher: its answers, asked for with the rights of the role, are what the student learns', async () => {
    const guide = () => {
      const ticket = between(4, 60);
      return `${pick(['Quay House', 'Linden Hall', 'Copper Yard'])} is a museum. A ticket costs ${ticket} euros.\n\nHow much does a ticket cost?`;
    };
    await put(
      'prompts.jsonl',
      Array.from({ length: 80 }, () => nova(guide())),
    );
    const teacherModelIdentifier = 'amazon.nova-pro-v1:0';
    const job = await run('student', {
      baseModelIdentifier: NOVA,
      customizationType: 'DISTILLATION',
      trainingDataConfig: { s3Uri: 's3://training/prompts.jsonl' },
      hyperParameters: { epochCount: '5' },
      customizationConfig: { distillationConfig: { teacherModelConfig: { teacherModelIdentifier } } },
    });
    expect(job).toMatchObject({
      status: 'Completed',
      customizationConfig: { distillationConfig: { teacherModelConfig: { teacherModelIdentifier } } },
    });
    const student = await deploy(job.outputModelArn!, 'student');
    let alike = 0;
    for (let at = 0; at < 8; at++) {
      const unseen = guide();
      if ((await ask(student, unseen)) === (await ask(teacherModelIdentifier, unseen))) alike++;
    }
    expect(alike).toBeGreaterThanOrEqual(7);
  }, 60_000);

  it('holds each model to its own hyperparameters', async () => {
    const refused = (baseModelIdentifier: string, hyperParameters: Record<string, string>) =>
      refusal(create('never', { baseModelIdentifier, hyperParameters })).then(
        ({ name, message }) => `${name}: ${message}`,
      );
    expect(await refused(NOVA, { epochCount: '6' })).toBe(
      'ValidationException: The value 6 of the hyperparameter epochCount is out of range. It must be between 1 and 5.',
    );
    expect(await refused(LLAMA, { epochCount: '2.5' })).toMatch(/is not an integer/);
    expect(await refused(LLAMA, { earlyStoppingPatience: '2' })).toMatch(/earlyStoppingPatience is not supported/);
    expect(await refused(HAIKU, { learningRate: '0.1' })).toMatch(/learningRateMultiplier/);
    const job = await run('defaults', { hyperParameters: { learningRate: '0.0002' } });
    expect(job.hyperParameters).toEqual({ epochCount: '5', batchSize: '1', learningRate: '0.0002' });
  }, 60_000);

  it('refuses what cannot be trained, by name', async () => {
    const refused = (more: Partial<CreateModelCustomizationJobCommandInput>) => refusal(create('never', more));
    expect(await refused({ baseModelIdentifier: 'amazon.titan-embed-text-v2:0' })).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('cannot be customized'),
    });
    expect(await refused({ customizationType: 'CONTINUED_PRE_TRAINING' })).toMatchObject({
      name: 'ValidationException',
    });
    expect(await refused({ customizationType: 'REINFORCEMENT_FINE_TUNING' })).toMatchObject({ status: 501 });
    expect(await refused({ baseModelIdentifier: 'amazon.nova-canvas-v1:0' })).toMatchObject({ status: 501 });
    const none = refusal(bedrock.send(new CreateCustomModelCommand({ modelName: 'none', roleArn })));
    expect(await none).toMatchObject({ name: 'NotImplemented', status: 501 });
  });

  it('names the file and the line of what is wrong with the data', async () => {
    const fault = async (more: Partial<CreateModelCustomizationJobCommandInput>, records: unknown[]) => {
      const name = `bad-${between(0, 1e9)}`;
      await put(`${name}.jsonl`, records);
      const job = await run(name, { trainingDataConfig: { s3Uri: `s3://training/${name}.jsonl` }, ...more });
      expect(job.status).toBe('Failed');
      return job.failureMessage!.replaceAll(name, 'bad');
    };
    expect(await fault({}, [sample(), sample(), '{"prompt": "x"'])).toMatch(
      /^Invalid training data in s3:\/\/training\/bad.jsonl, line 3: the line is not valid JSON/,
    );
    expect(await fault({}, [sample(), { prompt: 'x' }])).toMatch(/line 2: the field "completion" is missing\.$/);
    expect(await fault({}, [{ ...sample(), note: 1 }])).toMatch(/line 1: unknown field "note"/);
    expect(await fault({ baseModelIdentifier: NOVA }, [nova('a', 'b'), sample()])).toMatch(
      /line 2: unknown field "prompt"/,
    );
    expect(await fault({ baseModelIdentifier: NOVA }, [nova('a')])).toMatch(
      /line 1: the last message must be of the assistant/,
    );
    expect(await fault({ baseModelIdentifier: HAIKU }, [nova('a', 'b')])).toMatch(
      /line 1: unknown field "schemaVersion"/,
    );
    expect(await fault({}, [])).toMatch(/has no records/);
    const missing = await run('missing', { trainingDataConfig: { s3Uri: 's3://training/none.jsonl' } });
    expect(missing.status).toBe('Failed');
  }, 60_000);

  it('is stopped while it trains: then there is no model', async () => {
    await put('long.jsonl', Array.from({ length: 2000 }, sample));
    const arn = await create('stopped', {
      trainingDataConfig: { s3Uri: 's3://training/long.jsonl' },
      hyperParameters: { epochCount: '10' },
    });
    await expect
      .poll(async () => (await get(arn)).statusDetails?.trainingDetails?.status, { timeout: 20_000 })
      .toBe('InProgress');
    await bedrock.send(new StopModelCustomizationJobCommand({ jobIdentifier: 'stopped-job' }));
    await outcrop.clock.advance(1000);
    const job = await get(arn);
    expect(job).toMatchObject({ status: 'Stopped', statusDetails: { trainingDetails: { status: 'Stopped' } } });
    expect(job.outputModelArn).toBeUndefined();
    const again = bedrock.send(new StopModelCustomizationJobCommand({ jobIdentifier: arn }));
    expect(await refusal(again)).toMatchObject({ name: 'ConflictException' });
    const { modelSummaries } = await bedrock.send(new ListCustomModelsCommand({ nameContains: 'stopped' }));
    expect(modelSummaries).toEqual([]);
  }, 60_000);

  it('serves, turns over to another model under the same ARN, and lets go of a model only when nothing serves it', async () => {
    const tags = [{ key: 'team', value: 'blue' }];
    const one = await run('one', { customModelTags: tags });
    await put(
      'other.jsonl',
      Array.from({ length: 20 }, () => ({ ...sample(), completion: 'PASSED ON' })),
    );
    const two = await run('two', { trainingDataConfig: { s3Uri: 's3://training/other.jsonl' } });
    expect((await bedrock.send(new ListTagsForResourceCommand({ resourceARN: one.outputModelArn }))).tags).toEqual(
      tags,
    );
    expect(await refusal(create('one', { jobName: 'another' }))).toMatchObject({ name: 'ConflictException' });
    const modelId = await deploy(one.outputModelArn!, 'turning');
    const { prompt } = sample();
    expect(await ask(modelId, prompt)).toMatch(/^ORDER item=\w+ count=\d+$/);
    const customModelDeploymentIdentifier = modelId;
    await bedrock.send(
      new UpdateCustomModelDeploymentCommand({ customModelDeploymentIdentifier, modelArn: two.outputModelArn }),
    );
    await outcrop.clock.advance(1000);
    const deployment = await bedrock.send(new GetCustomModelDeploymentCommand({ customModelDeploymentIdentifier }));
    expect(deployment).toMatchObject({
      modelArn: two.outputModelArn,
      updateDetails: { updateStatus: 'UpdateCompleted' },
    });
    expect(await ask(modelId, prompt)).toBe('PASSED ON');
    const listed = await bedrock.send(new ListCustomModelDeploymentsCommand({ modelArnEquals: two.outputModelArn }));
    expect(listed.modelDeploymentSummaries?.map((each) => each.customModelDeploymentArn)).toEqual([modelId]);
    const remove = () => bedrock.send(new DeleteCustomModelCommand({ modelIdentifier: 'two' }));
    expect(await refusal(remove())).toMatchObject({ name: 'ConflictException' });
    await bedrock.send(new DeleteCustomModelDeploymentCommand({ customModelDeploymentIdentifier }));
    await remove();
    expect(await refusal(ask(modelId, prompt))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(ask(one.outputModelArn!, prompt))).toMatchObject({ name: 'ValidationException' });
    const jobs = await bedrock.send(
      new ListModelCustomizationJobsCommand({ statusEquals: 'Completed', nameContains: 'one' }),
    );
    expect(jobs.modelCustomizationJobSummaries?.map((job) => job.customModelName)).toEqual(['one']);
  }, 60_000);

  it('lets another account copy a model that a policy shares with it, and the copy answers alike', async () => {
    const job = await run('shared');
    const arn = await deploy(job.outputModelArn!, 'shared');
    const stranger = await otherAccount(outcrop);
    const theirs = new BedrockClient({ ...stranger.clients, maxAttempts: 1 });
    const copying = () =>
      theirs.send(new CreateModelCopyJobCommand({ sourceModelArn: job.outputModelArn, targetModelName: 'theirs' }));
    expect(await refusal(copying())).toMatchObject({ name: 'AccessDeniedException' });
    const Principal = { AWS: `arn:aws:iam::${stranger.account}:root` };
    const resourcePolicy = policy({
      Effect: 'Allow',
      Principal,
      Action: ['bedrock:GetCustomModel', 'bedrock:CreateModelCopyJob'],
      Resource: job.outputModelArn,
    });
    await bedrock.send(new PutResourcePolicyCommand({ resourceArn: job.outputModelArn, resourcePolicy }));
    const { jobArn } = await copying();
    await outcrop.clock.advance(1000);
    const copy = await theirs.send(new GetModelCopyJobCommand({ jobArn }));
    expect(copy).toMatchObject({ status: 'Completed', sourceModelArn: job.outputModelArn });
    const { customModelDeploymentArn } = await theirs.send(
      new CreateCustomModelDeploymentCommand({ modelDeploymentName: 'theirs', modelArn: copy.targetModelArn }),
    );
    await outcrop.clock.advance(1000);
    const { prompt } = sample();
    const mine = await ask(arn, prompt);
    const client = new BedrockRuntimeClient(stranger.clients);
    const { output } = await client.send(
      new ConverseCommand({
        modelId: customModelDeploymentArn,
        messages: [{ role: 'user', content: [{ text: prompt }] }],
      }),
    );
    expect(output!.message!.content![0]!.text).toBe(mine);
  }, 60_000);

  it('bills the tokens that it looked at', async () => {
    const { lines } = await outcrop.cost();
    const trained = lines.filter(({ type }) => type === 'CustomizationTrainingTokens');
    expect(new Set(trained.map(({ resource }) => resource))).toEqual(new Set([TITAN, NOVA, LLAMA]));
    expect(trained.every(({ quantity }) => quantity > 0)).toBe(true);
  });
});

describe('a training that a stack did not finish', () => {
  it('is done anew by the next one over its data, and gives its model', async () => {
    const data = mkdtempSync(join(tmpdir(), 'outcrop-training-'));
    afterAll(() => rmSync(data, { recursive: true, force: true }));
    const first = await startForTests({ ephemeral: false, data });
    const bucket = await jobBucket(first, 'training');
    await bucket.put('train.jsonl', Array.from({ length: 400 }, sample));
    const before = new BedrockClient(first.clients);
    const { jobArn } = await before.send(
      new CreateModelCustomizationJobCommand({
        jobName: 'unfinished',
        customModelName: 'unfinished',
        roleArn: bucket.roleArn,
        baseModelIdentifier: LLAMA,
        trainingDataConfig: { s3Uri: 's3://training/train.jsonl' },
        outputDataConfig: { s3Uri: 's3://training/out/' },
      }),
    );
    const statusOf = async (client: BedrockClient) =>
      client.send(new GetModelCustomizationJobCommand({ jobIdentifier: jobArn }));
    await expect
      .poll(async () => (await statusOf(before)).statusDetails?.trainingDetails?.status, { timeout: 20_000 })
      .toBe('InProgress');
    await first.stop();

    const second = await startForTests({ ephemeral: false, data });
    await second.clock.advance(1000);
    const after = new BedrockClient(second.clients);
    expect((await statusOf(after)).status).toBe('Completed');
    const { modelSummaries } = await after.send(new ListCustomModelsCommand({}));
    expect(modelSummaries?.map(({ modelName }) => modelName)).toEqual(['unfinished']);
  }, 90_000);
});
