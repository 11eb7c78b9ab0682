import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockClient, CreateEvaluationJobCommand, GetEvaluationJobCommand } from '@aws-sdk/client-bedrock';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { clientsOf, startProcess } from '../../../../tests/crash/process.ts';
import { allow, trust } from '../../../../tests/identities.ts';
import { testSeed } from '../../../../tests/start.ts';
import { signRequest } from '../../../gateway/sign.ts';
import { generator } from '../../../kernel/ids.ts';
import { measured } from './evaluation.fixture.ts';

const random = generator(testSeed('evaluation-restart'));
const PROMPTS = 60;
/** Each prompt is asked as it is and in five changed ways. */
const ASKED = 6;

/** How often models were asked since the stack was started. */
async function conversations(endpoint: string): Promise<number> {
  const url = `${endpoint}/_outcrop/calls?limit=100000`;
  const { region, credentials } = clientsOf({ endpoint });
  const headers = signRequest({ method: 'GET', url, body: '', service: 'outcrop', region, ...credentials });
  const { calls } = (await (await fetch(url, { headers })).json()) as { calls: { operation: string }[] };
  return calls.filter(({ operation }) => operation === 'Converse').length;
}

it('an evaluation job survives the killing of its stack: it goes on where it was, and each prompt is in the output once', async () => {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-evaluation-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const first = await startProcess(data);
  const [iam, s3, bedrock] = [
    new IAMClient(clientsOf(first)),
    new S3Client(clientsOf(first)),
    new BedrockClient(clientsOf(first)),
  ];
  await s3.send(new CreateBucketCommand({ Bucket: 'evaluations' }));
  const prompts = Array.from(
    { length: PROMPTS },
    (_, at) => `The code of box ${at} is ${Math.floor(random() * 1e9)}.\n\nWhat is the code of box ${at}?`,
  );
  const Body = prompts
    .map((prompt) => JSON.stringify({ prompt, referenceResponse: /is (\d+)/.exec(prompt)![1] }))
    .join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'evaluations', Key: 'boxes.jsonl', Body }));
  const RoleName = 'evaluator';
  const AssumeRolePolicyDocument = trust({ Service: 'bedrock.amazonaws.com' });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: allow('*') }));
  const { jobArn } = await bedrock.send(
    new CreateEvaluationJobCommand({
      jobName: 'boxes',
      roleArn: Role!.Arn!,
      outputDataConfig: { s3Uri: 's3://evaluations/out' },
      ...measured('amazon.nova-lite-v1:0', 's3://evaluations/boxes.jsonl', 'Generation', [
        'Builtin.Accuracy',
        'Builtin.Robustness',
      ]),
    }),
  );
  while ((await conversations(first.endpoint)) < 12 * ASKED) await new Promise((resolve) => setTimeout(resolve, 20));
  const { status } = await bedrock.send(new GetEvaluationJobCommand({ jobIdentifier: jobArn! }));
  expect(status).toBe('InProgress');
  first.kill('SIGKILL');
  await first.exited;

  const second = await startProcess(data);
  onTestFinished(async () => {
    second.kill('SIGTERM');
    await second.exited;
  });
  const again = new BedrockClient(clientsOf(second));
  let job;
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = await again.send(new GetEvaluationJobCommand({ jobIdentifier: jobArn! }));
  } while (job.status === 'InProgress');
  expect([job.status, job.failureMessages]).toEqual(['Completed', undefined]);
  // What had its result before the end is not asked again.
  expect(await conversations(second.endpoint)).toBeLessThanOrEqual((PROMPTS - 5) * ASKED);
  const after = new S3Client(clientsOf(second));
  const { Contents = [] } = await after.send(new ListObjectsV2Command({ Bucket: 'evaluations', Prefix: 'out/boxes/' }));
  const keys = Contents.map(({ Key }) => Key!).filter((key) => key.endsWith('_output.jsonl'));
  expect(keys).toHaveLength(1);
  const text = await (
    await after.send(new GetObjectCommand({ Bucket: 'evaluations', Key: keys[0]! }))
  ).Body!.transformToString();
  const rows = text
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { inputRecord: { prompt: string }; automatedEvaluationResult: { scores: unknown[] } },
    );
  expect(rows.map(({ inputRecord }) => inputRecord.prompt)).toEqual(prompts);
  expect(rows.every(({ automatedEvaluationResult }) => automatedEvaluationResult.scores.length === 2)).toBe(true);
}, 180_000);
