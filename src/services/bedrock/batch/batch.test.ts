import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  ListTagsForResourceCommand,
  StopModelInvocationJobCommand,
  type CreateModelInvocationJobCommandInput,
} from '@aws-sdk/client-bedrock';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../../main.ts';
import { allow, identities, policy, refusal, trust } from '../../../../tests/identities.ts';
import { draws } from '../../../../tests/draws.ts';
import { startForTests } from '../../../../tests/start.ts';

const { between } = draws('batch');
const MODEL = 'amazon.nova-micro-v1:0';

type House = Awaited<ReturnType<typeof furnish>>;

async function furnish(outcrop: Outcrop, isNew = true) {
  const bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
  const roleArn = 'arn:aws:iam::000000000000:role/batch';
  if (isNew) {
    await s3.send(new CreateBucketCommand({ Bucket: 'prompts' }));
    const reads = { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::prompts', 'arn:aws:s3:::prompts/*'] };
    const invokes = { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*' };
    await identities(outcrop).role('batch', trust({ Service: 'bedrock.amazonaws.com' }), policy(reads, invokes));
  }
  const self = {
    outcrop,
    bedrock,
    s3,
    put: (Key: string, lines: unknown[]) =>
      s3.send(
        new PutObjectCommand({
          Bucket: 'prompts',
          Key,
          Body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
        }),
      ),
    async lines(Key: string) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'prompts', Key }));
      return (await Body!.transformToString())
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, any>);
    },
    async create(jobName: string, more: Partial<CreateModelInvocationJobCommandInput> = {}) {
      const { jobArn } = await bedrock.send(
        new CreateModelInvocationJobCommand({
          jobName,
          roleArn,
          modelId: MODEL,
          inputDataConfig: { s3InputDataConfig: { s3Uri: `s3://prompts/${jobName}/` } },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://prompts/out' } },
          ...more,
        }),
      );
      return jobArn!;
    },
    get: (jobIdentifier: string) => bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier })),
    async run(jobName: string, more: Partial<CreateModelInvocationJobCommandInput> = {}) {
      const jobArn = await self.create(jobName, more);
      await outcrop.clock.advance(1000);
      return { id: jobArn.split('/')[1]!, ...(await self.get(jobArn)) };
    },
  };
  return self;
}

const modelInput = () => ({
  messages: [{ role: 'user', content: [{ text: `The fare is ${between(2, 99)} euros.\n\nWhat is the fare?` }] }],
});
const records = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ recordId: `R${at}`, modelInput: modelInput() }));

let house: House;
beforeAll(async () => {
  house = await furnish(await startForTests({ batchMinimumRecords: 3 }));
});

describe('batch inference', () => {
  it('reads all JSONL files under a prefix, and writes each one’s output at its place beneath the job’s folder', async () => {
    const { put, run, lines, s3 } = house;
    await put('tree/a.jsonl', records(30));
    await put('tree/deep/b.jsonl', records(25));
    await put('tree/readme.txt', ['not a record']);
    const { id, status, totalRecordCount } = await run('tree');
    expect({ status, totalRecordCount }).toEqual({ status: 'Completed', totalRecordCount: 55 });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'prompts', Prefix: `out/${id}/` }));
    expect(Contents!.map(({ Key }) => Key!.slice(`out/${id}/`.length))).toEqual([
      'a.jsonl.out',
      'deep/b.jsonl.out',
      'manifest.json.out',
    ]);
    expect(await lines(`out/${id}/deep/b.jsonl.out`)).toHaveLength(25);
  });

  it('takes Converse’s own requests, makes ids where there are none, and tells of each record what is wrong with it', async () => {
    const { put, run, lines } = house;
    await put('converse/in.jsonl', [
      { modelInput: modelInput() },
      { recordId: 'few', modelInput: { ...modelInput(), inferenceConfig: { maxTokens: 1 } } },
      { recordId: 'none', modelInput: { messages: [] } },
      { recordId: 'empty' },
      '[1]',
    ]);
    const job = await run('converse', { modelInvocationType: 'Converse' });
    expect(job).toMatchObject({ status: 'Completed', successRecordCount: 2, errorRecordCount: 3 });
    const [made, few, none, empty, list] = await lines(`out/${job.id}/in.jsonl.out`);
    expect(made!['recordId']).toMatch(/^[A-Z0-9]{11}$/);
    expect(made!['modelOutput'].output.message.role).toBe('assistant');
    expect(few!['modelOutput']).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 1 } });
    expect(none).toMatchObject({ recordId: 'none', error: { errorCode: 400 } });
    expect(empty!['error'].errorMessage).toContain('modelInput');
    expect(list!['error'].errorMessage).toContain('not a JSON object');
  });

  it('fails as a whole, with the reason, for too few records, no files, and a role that may not read them', async () => {
    const { put, run, outcrop } = house;
    await put('few/in.jsonl', records(2));
    expect(await run('few')).toMatchObject({
      status: 'Failed',
      message: expect.stringContaining('contains less records (2) than the required minimum of: 3'),
    });
    expect(await run('nothing')).toMatchObject({
      status: 'Failed',
      message: expect.stringContaining('No JSONL files'),
    });
    const { role } = identities(outcrop);
    const blind = await role('blind', trust({ Service: 'bedrock.amazonaws.com' }), allow('bedrock:InvokeModel'));
    await put('blind/in.jsonl', records(3));
    expect(await run('blind', { roleArn: blind.arn })).toMatchObject({
      status: 'Failed',
      message: expect.stringContaining('s3:ListBucket'),
    });
    const closed = await role('closed', trust({ Service: 'lambda.amazonaws.com' }));
    expect(await run('closed', { roleArn: closed.arn })).toMatchObject({
      status: 'Failed',
      message: expect.stringContaining('sts:AssumeRole'),
    });
  });

  it('answers each record with the rights of the role: one that may not invoke the model is told so, record by record', async () => {
    const { put, run, lines, outcrop } = house;
    const mute = await identities(outcrop).role(
      'mute',
      trust({ Service: 'bedrock.amazonaws.com' }),
      allow(['s3:GetObject', 's3:ListBucket', 's3:PutObject']),
    );
    await put('mute/in.jsonl', records(3));
    const job = await run('mute', { roleArn: mute.arn });
    expect(job).toMatchObject({ status: 'Completed', errorRecordCount: 3 });
    const [line] = await lines(`out/${job.id}/in.jsonl.out`);
    expect(line!['error']).toMatchObject({
      errorCode: 403,
      errorMessage: expect.stringContaining('bedrock:InvokeModel'),
    });
  });

  it('asks for iam:PassRole, keeps job names apart, makes one job for a client token, and carries tags', async () => {
    const { put, create, bedrock, outcrop } = house;
    await put('once/in.jsonl', records(3));
    const token = { clientRequestToken: 'token-1', tags: [{ key: 'team', value: 'red' }] };
    const arn = await create('once', token);
    expect(await create('once', token)).toBe(arn);
    expect(await refusal(create('once'))).toMatchObject({ name: 'ConflictException' });
    const { tags } = await bedrock.send(new ListTagsForResourceCommand({ resourceARN: arn }));
    expect(tags).toEqual([{ key: 'team', value: 'red' }]);
    const { clients } = await identities(outcrop).user('clerk', allow('bedrock:*'));
    const other = await furnish({ ...outcrop, clients }, false);
    expect(await refusal(other.create('clerk'))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('iam:PassRole'),
    });
    expect(await refusal(create('none', { modelId: 'amazon.nova-canvas-v1:0' }))).toMatchObject({
      name: 'ValidationException',
    });
    await outcrop.clock.advance(1000);
  });

  it('is stopped while it runs: what is answered by then is written, and it cannot be stopped twice', async () => {
    const { put, create, get, bedrock, lines, outcrop } = house;
    await put('stop/in.jsonl', records(400));
    await outcrop.rules.set([{ service: 'bedrock-runtime', operation: 'InvokeModel', delay: '20ms', compute: true }]);
    const arn = await create('stop');
    const id = arn.split('/')[1]!;
    await expect.poll(async () => (await get(arn)).processedRecordCount ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    await bedrock.send(new StopModelInvocationJobCommand({ jobIdentifier: arn }));
    expect((await get(arn)).status).toMatch(/Stopp/);
    await outcrop.clock.advance(1000);
    await outcrop.rules.set([]);
    const job = await get(arn);
    expect(job.status).toBe('Stopped');
    expect(job.processedRecordCount).toBeLessThan(400);
    expect(await lines(`out/${id}/in.jsonl.out`)).toHaveLength(job.processedRecordCount!);
    expect(await refusal(bedrock.send(new StopModelInvocationJobCommand({ jobIdentifier: arn })))).toMatchObject({
      name: 'ConflictException',
    });
  }, 60_000);

  it('ends when its time is over: partially completed with what is answered, or expired before it has begun', async () => {
    const { put, create, get, outcrop, lines } = house;
    await put('late/in.jsonl', records(400));
    await outcrop.rules.set([{ service: 'bedrock-runtime', operation: 'InvokeModel', delay: '20ms', compute: true }]);
    const arn = await create('late', { timeoutDurationInHours: 24 });
    await expect.poll(async () => (await get(arn)).processedRecordCount ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    await outcrop.clock.freeze(new Date(outcrop.clock.now().getTime() + 25 * 3_600_000));
    await outcrop.clock.advance(0);
    await outcrop.rules.set([]);
    const job = await get(arn);
    expect(job.status).toBe('PartiallyCompleted');
    expect(await lines(`out/${arn.split('/')[1]}/in.jsonl.out`)).toHaveLength(job.processedRecordCount!);

    await outcrop.rules.set([{ service: 's3', operation: 'ListObjectsV2', delay: '500ms', compute: true }]);
    const next = await create('late-2', { inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://prompts/late/' } } });
    await outcrop.clock.freeze(new Date(outcrop.clock.now().getTime() + 25 * 3_600_000));
    await outcrop.clock.advance(0);
    await outcrop.rules.set([]);
    expect((await get(next)).status).toBe('Expired');
    await outcrop.clock.reset();
  }, 60_000);

  it('lists jobs by status, name and time, in pages', async () => {
    const { bedrock } = house;
    const seen: string[] = [];
    for (let nextToken: string | undefined; ;) {
      const answer = await bedrock.send(new ListModelInvocationJobsCommand({ maxResults: 2, nextToken }));
      seen.push(...answer.invocationJobSummaries!.map(({ jobName }) => jobName!));
      nextToken = answer.nextToken;
      if (nextToken === undefined) break;
    }
    expect(new Set(seen)).toEqual(
      new Set(['tree', 'converse', 'few', 'nothing', 'blind', 'closed', 'mute', 'once', 'stop', 'late', 'late-2']),
    );
    const failed = await bedrock.send(
      new ListModelInvocationJobsCommand({ statusEquals: 'Failed', nameContains: 'o' }),
    );
    expect(new Set(failed.invocationJobSummaries!.map(({ jobName }) => jobName))).toEqual(
      new Set(['closed', 'nothing']),
    );
    const wrong = new ListModelInvocationJobsCommand({ nextToken: 'abc' });
    expect(await refusal(bedrock.send(wrong))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('a batch that a stack did not finish', () => {
  it('is gone on with by the next one over its data: each record is answered, and counted, once', async () => {
    const data = mkdtempSync(join(tmpdir(), 'outcrop-batch-'));
    afterAll(() => rmSync(data, { recursive: true, force: true }));
    const options = { ephemeral: false, data, batchMinimumRecords: 1 };
    const first = await furnish(await startForTests(options));
    await first.put('half/in.jsonl', records(200));
    await first.outcrop.rules.set([
      { service: 'bedrock-runtime', operation: 'InvokeModel', delay: '20ms', compute: true },
    ]);
    const arn = await first.create('half');
    await expect
      .poll(async () => (await first.get(arn)).processedRecordCount ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(20);
    await first.outcrop.stop();

    const second = await furnish(await startForTests(options), false);
    await second.outcrop.clock.advance(1000);
    const job = await second.get(arn);
    expect(job).toMatchObject({ status: 'Completed', processedRecordCount: 200, successRecordCount: 200 });
    const answered = await second.lines(`out/${arn.split('/')[1]}/in.jsonl.out`);
    expect(answered.map((line) => line['recordId'])).toEqual(records(200).map(({ recordId }) => recordId));
  }, 60_000);
});
