import {
  BatchDeleteEvaluationJobCommand,
  BedrockClient,
  CreateEvaluationJobCommand,
  GetEvaluationJobCommand,
  ListEvaluationJobsCommand,
  StopEvaluationJobCommand,
  type CreateEvaluationJobCommandInput,
  type EvaluationTaskType,
} from '@aws-sdk/client-bedrock';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Exchange } from '../../src/engines/llm/openai/upstream.fixture.ts';
import { generator } from '../../src/kernel/ids.ts';
import type { Outcrop } from '../../src/main.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('bedrock-evaluation'));
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
const shuffled = <T>(list: readonly T[]): T[] => {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
};

/** Answered by a server that gives right answers; by one that gives worse ones; and by the builtin worker. */
const STRONG = 'meta.llama3-70b-instruct-v1:0';
const WEAK = 'meta.llama3-8b-instruct-v1:0';
const BUILTIN = 'anthropic.claude-3-haiku-20240307-v1:0';
const JUDGE = 'amazon.nova-pro-v1:0';
const BUCKET = 'evaluations';

let outcrop: Outcrop;
let bedrock: BedrockClient;
let s3: S3Client;
let roleArn: string;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
/** What the server says to the last user message, by the name of its model. */
const answering: Record<string, (prompt: string) => string> = {};
/** What was asked and answered, in order. */
const spoken: { model: string; prompt: string; answer: string }[] = [];

function answer({ body, response }: Exchange): void {
  const messages = body['messages'] as { content: string | { text: string }[] }[];
  const { content } = messages.at(-1)!;
  const prompt = typeof content === 'string' ? content : content.map(({ text }) => text).join('');
  const model = String(body['model']);
  const said = answering[model]!(prompt);
  spoken.push({ model, prompt, answer: said });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta: object, finish_reason: string | null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  response.end(
    `${chunk({ content: said }, null)}${chunk({}, 'stop')}data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 } })}\n\ndata: [DONE]\n\n`,
  );
}

beforeAll(async () => {
  upstream = await startUpstream(answer);
  outcrop = await startForTests({
    models: {
      'meta.llama3-70b*': `openai:${upstream.baseUrl}#strong`,
      'meta.llama3-8b*': `openai:${upstream.baseUrl}#weak`,
    },
  });
  bedrock = new BedrockClient(outcrop.clients);
  s3 = new S3Client(outcrop.clients);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const { arn } = await identities(outcrop).role(
    'evaluator',
    trust({ Service: 'bedrock.amazonaws.com' }, { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    policy(
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${BUCKET}/*` },
      { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: 'arn:aws:bedrock:*::foundation-model/*' },
    ),
  );
  roleArn = arn;
});
afterAll(() => upstream.stop());

let uploads = 0;
async function upload(lines: readonly (object | string)[]): Promise<string> {
  const Key = `datasets/${++uploads}.jsonl`;
  const Body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  return `s3://${BUCKET}/${Key}`;
}

type Config = Omit<CreateEvaluationJobCommandInput, 'jobName' | 'roleArn' | 'outputDataConfig'>;
let made = 0;
const nameOf = () => `job-${++made}`;

async function create(config: Config, jobName = nameOf(), more: Partial<CreateEvaluationJobCommandInput> = {}) {
  const { jobArn } = await bedrock.send(
    new CreateEvaluationJobCommand({
      jobName,
      roleArn,
      outputDataConfig: { s3Uri: `s3://${BUCKET}/out` },
      ...config,
      ...more,
    }),
  );
  return { jobArn: jobArn!, jobName };
}

const get = (jobIdentifier: string) => bedrock.send(new GetEvaluationJobCommand({ jobIdentifier }));

async function ended(jobIdentifier: string) {
  await outcrop.clock.advance(0);
  for (;;) {
    const job = await get(jobIdentifier);
    if (job.status !== 'InProgress' && job.status !== 'Stopping') return job;
    await outcrop.clock.advance(1_000);
  }
}

type Row = {
  automatedEvaluationResult: {
    scores: { metricName: string; result: number | string | null; evaluatorDetails?: { explanation: string }[] }[];
  };
  inputRecord: { prompt: string; category?: string; referenceResponse?: string };
  modelResponses: { response?: string; modelIdentifier: string; error?: string }[];
};

async function output(jobName: string): Promise<{ keys: string[]; rows: Row[] }> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `out/${jobName}/` }));
  const keys = Contents.map(({ Key }) => Key!).filter((key) => key.endsWith('_output.jsonl'));
  const rows: Row[] = [];
  for (const Key of keys) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    for (const line of (await Body!.transformToString()).trim().split('\n')) rows.push(JSON.parse(line) as Row);
  }
  return { keys, rows };
}

const scoresOf = (rows: Row[], metric: string) =>
  rows.map(
    (row) => row.automatedEvaluationResult.scores.find(({ metricName }) => metricName === metric)!.result as number,
  );
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const measured = (
  modelIdentifier: string,
  s3Uri: string,
  taskType: EvaluationTaskType,
  metricNames: string[],
): Config => ({
  evaluationConfig: {
    automated: {
      datasetMetricConfigs: [{ taskType, dataset: { name: 'own', datasetLocation: { s3Uri } }, metricNames }],
    },
  },
  inferenceConfig: { models: [{ bedrockModel: { modelIdentifier } }] },
});

const TOWNS = ['Ardley', 'Brixworth', 'Corvale', 'Dunmere', 'Eastwick', 'Fenwick', 'Garston', 'Holmby'];
const THINGS = ['bridge', 'library', 'market', 'museum', 'harbour', 'theatre', 'mill', 'observatory'];

/** Facts with questions that the answer is one phrase to. */
const facts = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const [town, thing, year] = [pick(TOWNS), pick(THINGS), between(1500, 1999)];
    const text = `The ${thing} of ${town} was built in ${year} by the guild of ${pick(TOWNS)} masons.`;
    return {
      prompt: `${text}\n\nIn which year was the ${thing} of ${town} built? (${at})`,
      reference: String(year),
      text,
    };
  });

/** Plain F1 over words, as SQuAD normalises them. */
function plainF1(a: string, b: string): number {
  const words = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\w\s]|_/g, '')
      .split(/\s+/)
      .filter((word) => word !== '' && !['a', 'an', 'the'].includes(word));
  const [x, y] = [words(a), words(b)];
  const left = [...y];
  const common = x.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
  return common === 0 ? 0 : (2 * common) / (x.length + y.length);
}

describe('bedrock-eval-auto', () => {
  it('bedrock-eval-auto.1: accuracy and robustness of each prompt are in S3, and equal a recomputation from what was said', async () => {
    const lines = facts(5);
    answering['strong'] = (prompt) => {
      const year = /\d{4}/.exec(prompt)?.[0];
      return year === undefined ? 'I cannot tell.' : `It was built in ${year}.`;
    };
    spoken.length = 0;
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({ prompt, referenceResponse: `in ${reference}`, category: 'History' })),
    );
    const { jobArn, jobName } = await create(
      measured(STRONG, uri, 'QuestionAndAnswer', ['Builtin.Accuracy', 'Builtin.Robustness']),
    );
    expect(jobArn).toMatch(new RegExp(`^arn:aws:bedrock:us-east-1:${ACCOUNT}:evaluation-job/[a-z0-9]{12}$`));
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages, job.jobType, job.applicationType]).toEqual([
      'Completed',
      undefined,
      'Automated',
      'ModelEvaluation',
    ]);
    const { keys, rows } = await output(jobName);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(
      new RegExp(
        `^out/${jobName}/[0-9a-f-]{36}/models/meta\\.llama3-70b-instruct-v1:0/taskTypes/QuestionAndAnswer/datasets/own/[0-9a-f-]{36}_output\\.jsonl$`,
      ),
    );
    expect(rows).toHaveLength(lines.length);
    for (const [at, row] of rows.entries()) {
      const { prompt, reference } = lines[at]!;
      expect(row.inputRecord).toEqual({ prompt, referenceResponse: `in ${reference}`, category: 'History' });
      expect(row.modelResponses[0]!.modelIdentifier).toBe(`arn:aws:bedrock:us-east-1::foundation-model/${STRONG}`);
      const first = spoken.findIndex((each) => each.prompt === prompt);
      expect(row.modelResponses[0]!.response).toBe(spoken[first]!.answer);
      const own = plainF1(`in ${reference}`, spoken[first]!.answer);
      // The changed prompts still have the number of the question, which tells them apart.
      const changed = spoken.filter(
        (each, index) =>
          (index !== first && each.prompt.replace(/\s/g, '').toLowerCase().endsWith(`(${at})`)) ||
          (index !== first && each.prompt.endsWith(`(${WORDS[at]})`)),
      );
      expect(changed).toHaveLength(5);
      const delta = mean(changed.map((each) => Math.abs(own - plainF1(`in ${reference}`, each.answer))));
      expect(scoresOf([row], 'Accuracy')[0]).toBeCloseTo(own, 10);
      expect(scoresOf([row], 'Robustness')[0]).toBeCloseTo((100 * delta) / own, 10);
    }
  });
});

const WORDS = ['zero', 'one', 'two', 'three', 'four'];
