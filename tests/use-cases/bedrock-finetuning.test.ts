import {
  BedrockClient,
  CreateCustomModelDeploymentCommand,
  CreateModelCopyJobCommand,
  CreateModelCustomizationJobCommand,
  GetCustomModelCommand,
  GetCustomModelDeploymentCommand,
  GetModelCopyJobCommand,
  GetModelCustomizationJobCommand,
  type CreateModelCustomizationJobCommandInput,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { otherAccount } from '../accounts.ts';
import { refusal } from '../identities.ts';
import { draws } from '../draws.ts';
import { jobBucket } from '../job-bucket.ts';
import { startForTests } from '../start.ts';

const { between, pick } = draws('bedrock-finetuning');

const LLAMA = 'meta.llama3-1-8b-instruct-v1:0';
const NOVA = 'amazon.nova-micro-v1:0';
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';

let outcrop: Outcrop;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
let bucket: Awaited<ReturnType<typeof jobBucket>>;

beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  runtime = new BedrockRuntimeClient(outcrop.clients);
  bucket = await jobBucket(outcrop, 'training');
});

const csv = async (Key: string) => {
  const [head, ...rows] = (await bucket.text(Key)).trim().split('\n');
  return { head, rows: rows.map((row) => row.split(',').map(Number)) };
};

async function train(input: Partial<CreateModelCustomizationJobCommandInput> & { customModelName: string }) {
  const { jobArn } = await bedrock.send(
    new CreateModelCustomizationJobCommand({
      jobName: `${input.customModelName}-job`,
      roleArn: bucket.roleArn,
      baseModelIdentifier: LLAMA,
      trainingDataConfig: { s3Uri: 's3://training/train.jsonl' },
      outputDataConfig: { s3Uri: 's3://training/out' },
      ...input,
    }),
  );
  await outcrop.clock.advance(1000);
  return bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: jobArn }));
}

async function deploy(modelArn: string, name: string): Promise<string> {
  const { customModelDeploymentArn } = await bedrock.send(
    new CreateCustomModelDeploymentCommand({ modelDeploymentName: name, modelArn }),
  );
  await outcrop.clock.advance(1000);
  const { status } = await bedrock.send(
    new GetCustomModelDeploymentCommand({ customModelDeploymentIdentifier: customModelDeploymentArn }),
  );
  expect(status).toBe('Active');
  return customModelDeploymentArn!;
}

const folderOf = (jobArn: string | undefined) => `out/model-customization-job-${jobArn!.split('/').at(-1)}`;

const made = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const ISSUES = [
  ['will not turn on', 'hardware', 'P1'],
  ['arrived with a cracked case', 'shipping', 'P2'],
  ['was charged twice on my card', 'billing', 'P1'],
  ['keeps losing the wifi connection', 'network', 'P2'],
  ['has a confusing manual', 'documentation', 'P4'],
  ['makes a loud noise at night', 'hardware', 'P3'],
] as const;

/** What a customer writes, and the ticket that a support desk makes of it. */
function ticket() {
  const customer = `${pick(['Ada', 'Bo', 'Cleo', 'Dev', 'Eun', 'Faro', 'Gil'])} ${pick(['Marsh', 'Quill', 'Reyes', 'Stone', 'Tarn'])}`;
  const product = `${pick(['Nimbus', 'Vector', 'Halo', 'Quartz', 'Ember'])} ${pick(['Router', 'Kettle', 'Lamp', 'Desk'])} ${between(100, 999)}`;
  const order = between(10_000, 99_999);
  const [issue, category, priority] = pick(ISSUES);
  const prompt = pick([
    `Hello, this is ${customer}. My ${product} ${issue}. The order number is ${order}. Please help!`,
    `Hi team, ${customer} here. I bought the ${product} last week and it ${issue}. Order ${order}.`,
    `Order ${order}: the ${product} ${issue}. Regards, ${customer}`,
  ]);
  const completion = `[TICKET]\nCategory: ${category}\nPriority: ${priority}\nProduct: ${product}\nOrder: #${order}\nCustomer: ${customer}\n[END]`;
  return { prompt, completion };
}
const FORMAT = /^\[TICKET\]\nCategory: \w+\nPriority: P\d\nProduct: .+\nOrder: #\d{5}\nCustomer: .+\n\[END\]$/;

const llama = async (modelId: string, prompt: string, client = runtime) => {
  const { body } = await client.send(
    new InvokeModelCommand({ modelId, body: JSON.stringify({ prompt, temperature: 0, max_gen_len: 300 }) }),
  );
  return (JSON.parse(Buffer.from(body).toString()) as { generation: string }).generation;
};

/** Notes whose words are drawn by chance: what is learned of them by heart does not hold for others. */
function note() {
  const word = () =>
    pick('river stone garden market window letter winter harbour lantern copper silver meadow'.split(' '));
  const tone = () => pick(['calm', 'brisk', 'warm', 'plain', 'clear', 'formal', 'light', 'firm']);
  return {
    messages: [
      { role: 'user', content: `Write a note about the ${word()} and the ${word()}.` },
      {
        role: 'assistant',
        content: `Tone: ${tone()}. A ${tone()} ${word()} by a ${tone()} ${word()} rests in the ${word()}.`,
      },
    ],
  };
}

describe('bedrock-finetuning', () => {
  it('bedrock-finetuning.1: a model learns the style of tickets from 500 pairs, and writes it for customers it has not seen', async () => {
    await bucket.put('train.jsonl', made(500, ticket));
    await bucket.put('held.jsonl', made(60, ticket));
    const job = await train({
      customModelName: 'tickets',
      validationDataConfig: { validators: [{ s3Uri: 's3://training/held.jsonl' }] },
      hyperParameters: { epochCount: '2' },
    });
    expect(job.failureMessage).toBeUndefined();
    expect(job.status).toBe('Completed');
    expect(job.statusDetails?.trainingDetails?.status).toBe('Completed');
    const steps = await csv(`${folderOf(job.jobArn)}/training_artifacts/step_wise_training_metrics.csv`);
    expect(steps.head).toBe('step_number,epoch_number,training_loss,perplexity');
    expect(steps.rows).toHaveLength(1000);
    const validation = await csv(
      `${folderOf(job.jobArn)}/validation_artifacts/post_fine_tuning_validation/validation_metrics.csv`,
    );
    const [untrained, , last] = validation.rows.map((row) => row[2]!);
    expect(last).toBeLessThan(untrained! / 5);
    expect(job.validationMetrics?.[0]?.validationLoss).toBe(last);
    const modelArn = await deploy(job.outputModelArn!, 'tickets');
    let base = 0;
    let format = 0;
    let exact = 0;
    const held = made(40, ticket);
    for (const { prompt, completion } of held) {
      if (FORMAT.test(await llama(LLAMA, prompt))) base++;
      const answer = await llama(modelArn, prompt);
      if (FORMAT.test(answer)) format++;
      if (answer === completion) exact++;
    }
    expect(base).toBe(0);
    expect(format).toBeGreaterThanOrEqual(38);
    expect(exact).toBeGreaterThanOrEqual(34);
    // What is nothing like the training is the base model's.
    const other = 'The lighthouse was built in 1872 by Marta Olsen.\n\nWho built the lighthouse?';
    expect(await llama(modelArn, other)).toBe(await llama(LLAMA, other));
  }, 240_000);

  it('bedrock-finetuning.2: too many epochs show in the validation loss, early stopping keeps the lowest, and a bad line is named', async () => {
    await bucket.put('notes.jsonl', made(60, note));
    await bucket.put('notes-held.jsonl', made(60, note));
    const run = (name: string, hyperParameters: Record<string, string>) =>
      train({
        customModelName: name,
        baseModelIdentifier: HAIKU,
        trainingDataConfig: { s3Uri: 's3://training/notes.jsonl' },
        validationDataConfig: { validators: [{ s3Uri: 's3://training/notes-held.jsonl' }] },
        hyperParameters: { batchSize: '4', ...hyperParameters },
      });
    const losses = async (jobArn: string | undefined) =>
      (
        await csv(`${folderOf(jobArn)}/validation_artifacts/post_fine_tuning_validation/validation_metrics.csv`)
      ).rows.map((row) => row[2]!);
    const long = await run('overfit', { epochCount: '10', earlyStoppingPatience: '10' });
    const all = await losses(long.jobArn);
    expect(all).toHaveLength(11);
    const lowest = Math.min(...all);
    expect(all.at(-1)!).toBeGreaterThan(lowest * 1.05);
    const early = await run('early', { epochCount: '10', earlyStoppingPatience: '2' });
    const seen = await losses(early.jobArn);
    expect(seen.length).toBeLessThan(11);
    expect(early.validationMetrics?.[0]?.validationLoss).toBe(Math.min(...seen));
    expect(early.validationMetrics?.[0]?.validationLoss).toBeCloseTo(lowest, 10);

    const badAt = between(2, 60);
    const records: unknown[] = made(60, note);
    records[badAt - 1] = { messages: [{ role: 'user', content: 'Write a note.' }] };
    await bucket.put('bad.jsonl', records);
    const failed = await train({
      customModelName: 'bad',
      baseModelIdentifier: HAIKU,
      trainingDataConfig: { s3Uri: 's3://training/bad.jsonl' },
    });
    expect(failed.status).toBe('Failed');
    expect(failed.failureMessage).toContain(`s3://training/bad.jsonl, line ${badAt}:`);
    expect(failed.statusDetails?.validationDetails?.status).toBe('Failed');
  }, 240_000);

  it('bedrock-finetuning.3: a custom model is served by its deployment, to its account only, while its key is enabled, and a copy answers alike', async () => {
    const nova = ({ prompt, completion }: ReturnType<typeof ticket>) => ({
      schemaVersion: 'bedrock-conversation-2024',
      system: [{ text: 'You turn messages into tickets.' }],
      messages: [
        { role: 'user', content: [{ text: prompt }] },
        { role: 'assistant', content: [{ text: completion }] },
      ],
    });
    await bucket.put(
      'nova.jsonl',
      made(200, () => nova(ticket())),
    );
    const kms = new KMSClient(outcrop.clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const job = await train({
      customModelName: 'governed',
      baseModelIdentifier: NOVA,
      trainingDataConfig: { s3Uri: 's3://training/nova.jsonl' },
      customModelKmsKeyId: KeyMetadata!.KeyId!,
    });
    expect(job.status).toBe('Completed');
    const model = await bedrock.send(new GetCustomModelCommand({ modelIdentifier: job.outputModelArn }));
    expect(model).toMatchObject({
      modelName: 'governed',
      modelKmsKeyArn: KeyMetadata!.Arn,
      customizationType: 'FINE_TUNING',
    });
    const modelId = await deploy(job.outputModelArn!, 'governed');
    const { prompt } = ticket();
    const ask = async (client: BedrockRuntimeClient, id: string) => {
      const { output } = await client.send(
        new ConverseCommand({
          modelId: id,
          system: [{ text: 'You turn messages into tickets.' }],
          messages: [{ role: 'user', content: [{ text: prompt }] }],
        }),
      );
      return output!.message!.content![0]!.text!;
    };
    const answer = await ask(runtime, modelId);
    expect(answer).toMatch(FORMAT);

    const elsewhere = { ...outcrop.clients, region: 'eu-west-1' };
    const { jobArn } = await new BedrockClient(elsewhere).send(
      new CreateModelCopyJobCommand({ sourceModelArn: job.outputModelArn, targetModelName: 'copy' }),
    );
    await outcrop.clock.advance(1000);
    const copy = await new BedrockClient(elsewhere).send(new GetModelCopyJobCommand({ jobArn }));
    expect(copy.status).toBe('Completed');
    const far = new BedrockClient(elsewhere);
    const { customModelDeploymentArn } = await far.send(
      new CreateCustomModelDeploymentCommand({ modelDeploymentName: 'copy', modelArn: copy.targetModelArn }),
    );
    await outcrop.clock.advance(1000);
    expect(await ask(new BedrockRuntimeClient(elsewhere), customModelDeploymentArn!)).toBe(answer);

    const stranger = await otherAccount(outcrop);
    expect(await refusal(ask(new BedrockRuntimeClient(stranger.clients), modelId))).toMatchObject({
      name: 'AccessDeniedException',
    });
    const theirs = new BedrockClient({ ...stranger.clients, region: 'eu-west-1' });
    const taking = new CreateModelCopyJobCommand({ sourceModelArn: job.outputModelArn, targetModelName: 'taken' });
    expect(await refusal(theirs.send(taking))).toMatchObject({ name: 'AccessDeniedException' });

    await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata!.KeyId! }));
    expect(await refusal(ask(runtime, modelId))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('KMS key'),
    });
    await kms.send(new EnableKeyCommand({ KeyId: KeyMetadata!.KeyId! }));
    expect(await ask(runtime, modelId)).toBe(answer);
  }, 240_000);
});
