import {
  BedrockClient,
  CreateEvaluationJobCommand,
  GetEvaluationJobCommand,
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
import { afterAll } from 'vitest';
import { ACCOUNT, identities, policy, trust } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { startUpstream, type Exchange } from '../../../engines/llm/openai/upstream.fixture.ts';
import type { BlindAnswer, BlindTask } from '../../../engines/review/blind.ts';
import { signRequest } from '../../../gateway/sign.ts';
import { generator } from '../../../kernel/ids.ts';

/** Answered by a server that gives right answers; by one that gives worse ones; and by the builtin worker. */
export const STRONG = 'meta.llama3-70b-instruct-v1:0';
export const WEAK = 'meta.llama3-8b-instruct-v1:0';
export const BUILTIN = 'amazon.nova-pro-v1:0';
export const JUDGE = 'mistral.mistral-large-2402-v1:0';
export const BUCKET = 'evaluations';

export type Config = Omit<CreateEvaluationJobCommandInput, 'jobName' | 'roleArn' | 'outputDataConfig'>;
export type Row = {
  automatedEvaluationResult: {
    scores: { metricName: string; result: number | string | null; evaluatorDetails?: { explanation: string }[] }[];
  };
  inputRecord: { prompt: string; category?: string; referenceResponse?: string };
  modelResponses: { response?: string; modelIdentifier: string; error?: string }[];
};

export const scoresOf = (rows: Row[], metric: string) =>
  rows.map(
    (row) => row.automatedEvaluationResult.scores.find(({ metricName }) => metricName === metric)!.result as number,
  );
export const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const measured = (
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

export const judged = (judge: string, s3Uri: string, metricNames: string[]): Config => ({
  evaluationConfig: {
    automated: {
      datasetMetricConfigs: [
        { taskType: 'Generation', dataset: { name: 'graded', datasetLocation: { s3Uri } }, metricNames },
      ],
      evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: judge }] },
    },
  },
  inferenceConfig: { models: [{ precomputedInferenceSource: { inferenceSourceIdentifier: 'my-app' } }] },
});

export const FLOW = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:flow-definition/own-team`;

export const people = (s3Uri: string, ratings: Record<string, string>): Config => ({
  evaluationConfig: {
    human: {
      humanWorkflowConfig: { flowDefinitionArn: FLOW, instructions: 'Rate with <care> & sense.' },
      customMetrics: Object.entries(ratings).map(([name, ratingMethod]) => ({
        name,
        ratingMethod,
        description: `How ${name} it is`,
      })),
      datasetMetricConfigs: [
        {
          taskType: 'Custom',
          dataset: { name: 'rated', datasetLocation: { s3Uri } },
          metricNames: Object.keys(ratings),
        },
      ],
    },
  },
  inferenceConfig: {
    models: [
      { bedrockModel: { modelIdentifier: STRONG } },
      { precomputedInferenceSource: { inferenceSourceIdentifier: 'challenger' } },
    ],
  },
});

/** A stack with a role for evaluations, two models behind a server of the test's own, and people. */
export async function startEvaluations(name: string) {
  const random = generator(testSeed(name));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  /** What the server says to the last user message, by the name of its model. */
  const answering: Record<string, (prompt: string) => string> = {};
  /** What was asked and answered, in order. */
  const spoken: { model: string; prompt: string; answer: string }[] = [];

  function answer({ body, response }: Exchange): void {
    const messages = body['messages'] as { content: string | { text: string }[] }[];
    const { content } = messages.at(-1)!;
    const prompt = typeof content === 'string' ? content : content.map(({ text }) => text).join('');
    const model = String(body['model']);
    let said: string;
    try {
      said = answering[model]!(prompt);
    } catch {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'not this one' } }));
      return;
    }
    spoken.push({ model, prompt, answer: said });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish_reason: string | null) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    response.end(
      `${chunk({ content: said }, null)}${chunk({}, 'stop')}data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 } })}\n\ndata: [DONE]\n\n`,
    );
  }

  const upstream = await startUpstream(answer);
  const outcrop = await startForTests({
    models: {
      'meta.llama3-70b*': `openai:${upstream.baseUrl}#strong`,
      'meta.llama3-8b*': `openai:${upstream.baseUrl}#weak`,
      'mistral.mistral-large-2402*': `openai:${upstream.baseUrl}#judge`,
    },
  });
  const bedrock = new BedrockClient(outcrop.clients);
  const s3 = new S3Client(outcrop.clients);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const { arn: roleArn } = await identities(outcrop).role(
    'evaluator',
    trust({ Service: 'bedrock.amazonaws.com' }, { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    policy(
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${BUCKET}/*` },
      { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: 'arn:aws:bedrock:*::foundation-model/*' },
    ),
  );
  afterAll(() => upstream.stop());

  let uploads = 0;
  async function upload(lines: readonly (object | string)[]): Promise<string> {
    const Key = `datasets/${++uploads}.jsonl`;
    const Body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    return `s3://${BUCKET}/${Key}`;
  }

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

  const brought = (items: { prompt: string; reference: string; answer: string }[]) =>
    upload(
      items.map(({ prompt, reference, answer }) => ({
        prompt,
        referenceResponse: reference,
        modelResponses: [{ response: answer, modelIdentifier: 'my-app' }],
      })),
    );

  /** A person at the workers' page, as it asks the stack: keeps a cookie and a token, takes tasks, answers by place. */
  async function worker(code: string, name: string) {
    const step = (path: string, body?: object, headers: Record<string, string> = {}) =>
      fetch(`${outcrop.endpoint}/_outcrop/review${path}`, {
        headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      });
    const signedIn = await step('/sign-in', { name, code });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { token = '' } = (await signedIn.json()) as { token?: string };
    const own = { cookie, 'x-outcrop-review-token': token };
    return {
      status: signedIn.status,
      cookie,
      token,
      step,
      work: async () => (await step('/work', undefined, own)).json() as Promise<any>,
      /** The next task, and the text that it came in. */
      async claim(): Promise<{ text: string; task: BlindTask } | undefined> {
        const { queues } = (await this.work()) as { queues: { id: string; leftForYou: number }[] };
        const queue = queues.find(({ leftForYou }) => leftForYou > 0);
        if (!queue) return undefined;
        const text = await (await step('/claim', { queue: queue.id }, own)).text();
        return { text, task: (JSON.parse(text) as { task: BlindTask }).task };
      },
      submit: async ({ queue, index }: BlindTask, answers: BlindAnswer[]) =>
        step('/submit', { queue, index, answers }, own),
    };
  }

  async function manage(method: string, path: string, body?: object): Promise<any> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const url = `${outcrop.endpoint}/_outcrop/${path}`;
    const { credentials } = outcrop;
    const headers = signRequest({ method, url, body: text, service: 'outcrop', region: 'us-east-1', ...credentials });
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: text }) });
    return response.json();
  }

  const report = async (jobName: string) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `out/${jobName}/` }));
    const Key = Contents.map(({ Key }) => Key!).find((key) => key.endsWith('/report.json'));
    return JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body!.transformToString());
  };

  return {
    random,
    pick,
    between,
    answering,
    spoken,
    outcrop,
    bedrock,
    s3,
    upstream,
    roleArn,
    upload,
    nameOf,
    create,
    get,
    ended,
    output,
    brought,
    worker,
    manage,
    report,
  };
}

/** Made-up facts and answers of known quality. */
export function materials({ pick, between }: Pick<Awaited<ReturnType<typeof startEvaluations>>, 'pick' | 'between'>) {
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

  /** A question with three facts to its answer, and an answer of a quality from 0 (worst) to 4. */
  function graded(level: number, at: number) {
    const [thing, town] = [pick(THINGS), pick(TOWNS)];
    const [year, visitors, price] = [between(1500, 1999), between(10, 99) * 1000, between(3, 40)];
    const name = pick(['Anna Reed', 'Jonas Pike', 'Clara Voss', 'Emil Hart']);
    const truth = [
      `The ${thing} was built in ${year} by ${name}.`,
      `It has ${visitors} visitors a year.`,
      `A ticket costs ${price} euros.`,
    ];
    const said = pick([
      [
        `${name} built the ${thing} in ${year}.`,
        `Each year ${visitors} visitors come.`,
        `Tickets cost ${price} euros.`,
      ],
      [
        `In ${year} the ${thing} was built by ${name}.`,
        `It has ${visitors} visitors every year.`,
        `The ticket costs ${price} euros.`,
      ],
    ]);
    const wrong = [
      `The ${thing} was built in ${year + between(11, 60)} by ${name}.`,
      `It has ${visitors + 700} visitors a year.`,
      `A ticket costs ${price + between(3, 9)} euros.`,
    ];
    const off = pick([
      'Bananas are grown in warm countries and shipped green.',
      'My favourite colour has always been a deep shade of blue.',
      'The stock exchange opens early on weekdays.',
    ]);
    const answers = [off, wrong.join(' '), said[0]!, said.slice(0, 2).join(' '), said.join(' ')];
    return {
      level,
      prompt: `Question ${at}: When and by whom was the ${thing} of ${town} built, how many visitors does it have, and what is the price of a ticket?`,
      reference: truth.join(' '),
      answer: answers[level]!,
    };
  }

  return { TOWNS, THINGS, facts, graded };
}
