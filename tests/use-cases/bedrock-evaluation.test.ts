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
import { signRequest } from '../../src/gateway/sign.ts';
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
const BUILTIN = 'amazon.nova-pro-v1:0';
const JUDGE = 'mistral.mistral-large-2402-v1:0';
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
      'mistral.mistral-large-2402*': `openai:${upstream.baseUrl}#judge`,
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

  it('bedrock-eval-auto.2: of a strong and a weakened model the strong one is ranked first on every task type, and typos cost what the scenario measures', async () => {
    const tasks = {
      QuestionAndAnswer: facts(6),
      Generation: facts(6),
      Classification: Array.from({ length: 8 }, (_, at) => {
        const good = random() < 0.5;
        const text = `${at}: The ${pick(THINGS)} in ${pick(TOWNS)} was ${good ? pick(['lovely', 'a joy']) : pick(['dreadful', 'a bore'])}.`;
        return { prompt: `Is this review positive or negative?\n${text}`, reference: good ? 'positive' : 'negative' };
      }),
      Summarization: Array.from({ length: 4 }, () => {
        const { text } = facts(1)[0]!;
        return {
          prompt: `Summarize: ${text} It rained on the day of its opening. Many people came to see it.`,
          reference: text,
        };
      }),
    };
    const right = new Map(
      Object.values(tasks)
        .flat()
        .map(({ prompt, reference }) => [prompt, reference]),
    );
    const loose = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
    answering['strong'] = (prompt) => {
      const known = [...right.keys()].find((each) => loose(each).slice(0, 12) === loose(prompt).slice(0, 12));
      return right.get(prompt) ?? (known === undefined ? 'I am not sure.' : right.get(known)!);
    };
    const order = [...right.keys()];
    // Every other prompt is answered wrongly, and every one that is not written as it was.
    answering['weak'] = (prompt) => {
      const at = order.indexOf(prompt);
      return at >= 0 && at % 2 === 0 ? right.get(prompt)! : 'Nobody in the office knows anything of that matter.';
    };
    for (const [taskType, lines] of Object.entries(tasks)) {
      const uri = await upload(lines.map(({ prompt, reference }) => ({ prompt, referenceResponse: reference })));
      const found: Record<string, Row[]> = {};
      for (const [name, model] of [
        ['strong', STRONG],
        ['weak', WEAK],
      ] as const) {
        spoken.length = 0;
        const { jobArn, jobName } = await create(
          measured(model, uri, taskType as EvaluationTaskType, ['Builtin.Accuracy', 'Builtin.Robustness']),
        );
        expect((await ended(jobArn)).status).toBe('Completed');
        const { rows } = await output(jobName);
        found[name] = rows;
        if (taskType !== 'QuestionAndAnswer' || name !== 'weak') continue;
        for (const [at, row] of rows.entries()) {
          const { prompt, reference } = lines[at]!;
          const own = plainF1(reference, answering['weak'](prompt));
          // The weak model answers changed prompts alike, whatever they are.
          const unchanged = spoken.filter((each) => each.prompt === prompt).length - 1;
          const delta = (Math.abs(own - 0) * (5 - unchanged)) / 5;
          expect(scoresOf([row], 'Robustness')[0]).toBeCloseTo(own === 0 ? 0 : (100 * delta) / own, 10);
        }
      }
      const [strong, weak] = [mean(scoresOf(found['strong']!, 'Accuracy')), mean(scoresOf(found['weak']!, 'Accuracy'))];
      expect([taskType, strong > weak]).toEqual([taskType, true]);
      expect(strong).toBeGreaterThan(0.99);
      expect(weak).toBeLessThan(taskType === 'Summarization' ? 0.75 : 0.65);
    }
  }, 120_000);
});

const WORDS = ['zero', 'one', 'two', 'three', 'four'];

/** Mean rank of equal values. */
function ranks(values: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
/** Spearman's rank correlation. */
function rankCorrelation(a: number[], b: number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const [mx, my] = [mean(x), mean(y)];
  const product = (p: number[], q: number[], mp: number, mq: number) =>
    p.reduce((sum, value, at) => sum + (value - mp) * (q[at]! - mq), 0);
  return product(x, y, mx, my) / Math.sqrt(product(x, x, mx, mx) * product(y, y, my, my));
}

const FILLER = [
  'I hope this helps.',
  'Please let me know if you have any further questions.',
  'It is important to note that there is much more to be said.',
  'Thank you for your question.',
  'As an AI model I am happy to assist you with this.',
  'Feel free to ask about anything else.',
];

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
    [`${name} built the ${thing} in ${year}.`, `Each year ${visitors} visitors come.`, `Tickets cost ${price} euros.`],
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

const judged = (judge: string, s3Uri: string, metricNames: string[]): Config => ({
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

const brought = (items: { prompt: string; reference: string; answer: string }[]) =>
  upload(
    items.map(({ prompt, reference, answer }) => ({
      prompt,
      referenceResponse: reference,
      modelResponses: [{ response: answer, modelIdentifier: 'my-app' }],
    })),
  );

const QUALITY = [
  'Builtin.Correctness',
  'Builtin.Completeness',
  'Builtin.Helpfulness',
  'Builtin.Relevance',
  'Builtin.Coherence',
];

describe('bedrock-eval-judge', () => {
  it('bedrock-eval-judge.1: a judge ranks 60 answers of known quality, quotes them, and its scores of each metric are in S3', async () => {
    const items = shuffled(Array.from({ length: 60 }, (_, at) => graded(at % 5, at)));
    const { jobArn, jobName } = await create(judged(BUILTIN, await brought(items), QUALITY));
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages]).toEqual(['Completed', undefined]);
    const { rows, keys } = await output(jobName);
    expect(keys[0]).toContain('/models/my-app/taskTypes/Generation/datasets/graded/');
    expect(rows).toHaveLength(60);
    const totals = rows.map((row) => mean(QUALITY.map((metric) => scoresOf([row], metric)[0]!)));
    expect(
      rankCorrelation(
        totals,
        items.map(({ level }) => level),
      ),
    ).toBeGreaterThanOrEqual(0.7);
    for (const [at, row] of rows.entries()) {
      expect(row.automatedEvaluationResult.scores.map(({ metricName }) => metricName)).toEqual(QUALITY);
      for (const { evaluatorDetails } of row.automatedEvaluationResult.scores) {
        expect(evaluatorDetails).toEqual([
          { modelIdentifier: BUILTIN, explanation: expect.stringMatching(/^heuristic: /) as string },
        ]);
        const quoted = [...evaluatorDetails![0]!.explanation.matchAll(/"([^"]+)"/g)].map(([, text]) => text!);
        expect(quoted.some((text) => items[at]!.answer.includes(text.replace(/…$/, '')))).toBe(true);
      }
    }
  });

  it('bedrock-eval-judge.2: padding and order move the mean by less than a tenth, and a custom metric keeps to its scale in every row', async () => {
    const items = Array.from({ length: 30 }, (_, at) => graded(at % 5, at));
    const padded = shuffled(items).map((item) => ({
      ...item,
      answer: [pick(FILLER), item.answer, pick(FILLER), pick(FILLER)].join(' '),
    }));
    const scale = [
      { definition: 'Poor', value: { floatValue: 1 } },
      { definition: 'Fair', value: { floatValue: 2.5 } },
      { definition: 'Good', value: { floatValue: 7 } },
    ];
    const means: number[][] = [];
    for (const set of [items, padded]) {
      const config = judged(BUILTIN, await brought(set), [...QUALITY, 'facts_told']);
      config.evaluationConfig!.automated!.customMetricConfig = {
        customMetrics: [
          {
            customMetricDefinition: {
              name: 'facts_told',
              instructions:
                'You check whether an answer is factually correct and complete.\n\nQuestion: {{prompt}}\nTruth: {{ground_truth}}\nAnswer: {{prediction}}',
              ratingScale: scale,
            },
          },
        ],
        evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: BUILTIN }] },
      };
      const { jobArn, jobName } = await create(config);
      expect((await ended(jobArn)).failureMessages).toBeUndefined();
      const { rows } = await output(jobName);
      means.push([...QUALITY, 'facts_told'].map((metric) => mean(scoresOf(rows, metric))));
      const ratings = scoresOf(rows, 'facts_told');
      expect(ratings.every((rating) => [1, 2.5, 7].includes(rating))).toBe(true);
      expect(
        rankCorrelation(
          ratings,
          set.map(({ level }) => level),
        ),
      ).toBeGreaterThan(0.7);
      const { Body } = await s3.send(
        new GetObjectCommand({
          Bucket: BUCKET,
          Key: (await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `out/${jobName}/` })))
            .Contents!.map(({ Key }) => Key!)
            .find((key) => key.endsWith('/custom_metrics/facts_told.json'))!,
        }),
      );
      expect(JSON.parse(await Body!.transformToString())).toMatchObject({
        customMetricDefinition: { ratingScale: scale },
      });
    }
    for (const [at, before] of means[0]!.entries()) {
      const metric = [...QUALITY, 'facts_told'][at];
      expect([metric, Math.abs(means[1]![at]! - before) / before < 0.1]).toEqual([metric, true]);
    }
  });

  it('a language model judges by the schema it is given, is asked again when it strays, and yields no rating off the scale', async () => {
    const items = Array.from({ length: 4 }, (_, at) => graded(at, at));
    const asked: string[] = [];
    answering['judge'] = (prompt) => {
      if (prompt.startsWith('Reply with')) return 'ready';
      asked.push(prompt);
      const response = /<response_to_judge>\n([\s\S]*?)\n<\/response_to_judge>/.exec(prompt)![1]!;
      const at = items.findIndex(({ answer }) => answer === response);
      const again = asked.filter((each) => each === prompt).length > 1;
      if (at === 0) return `{"explanation": "It says \\"${response}\\".", "rating": "incorrect"}`;
      if (at === 1 && !again) return 'I would say that this is quite good.';
      if (at === 2) return '{"explanation": "Nine out of ten.", "rating": "9/10"}';
      return '```json\n{"explanation": "As the reference has it.", "rating": "Correct"}\n```';
    };
    const { jobArn, jobName } = await create(judged(JUDGE, await brought(items), ['Builtin.Correctness']));
    expect((await ended(jobArn)).status).toBe('Completed');
    const { rows } = await output(jobName);
    expect(scoresOf(rows, 'Builtin.Correctness')).toEqual([0, 1, null, 1]);
    const explanations = rows.map((row) => row.automatedEvaluationResult.scores[0]!.evaluatorDetails![0]!.explanation);
    expect(explanations[0]).toContain(items[0]!.answer);
    expect(explanations[2]).toContain('no rating of the scale');
    expect(asked).toHaveLength(6);
    const exchange = upstream.exchanges.findLast(({ body }) => body['model'] === 'judge')!;
    expect(JSON.stringify(exchange.body['response_format'])).toContain('partially correct');
  });
});

const FLOW = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:flow-definition/own-team`;

/** A person at the workers' page: keeps a cookie, reads pages, fills in forms. */
async function worker(code: string, name: string) {
  const page = (path: string, form?: Record<string, string>, cookie?: string) =>
    fetch(`${outcrop.endpoint}/_outcrop/review${path}`, {
      redirect: 'manual',
      headers: cookie === undefined ? {} : { cookie },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
  const signedIn = await page('/sign-in', { name, code });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0];
  const hidden = (html: string) =>
    Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, key, value]) => [
        key!,
        value!,
      ]),
    );
  const unescape = (text: string) =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
  return {
    status: signedIn.status,
    cookie,
    page,
    home: async () => (await page('', undefined, cookie)).text(),
    async claim() {
      const html = await this.home();
      if (!html.includes('Take the next task')) return undefined;
      const { token, queue } = hidden(html);
      return (await page('/claim', { token: token!, queue: queue! }, cookie)).text();
    },
    /** The prompt and the responses, from left to right. */
    read(html: string) {
      const [prompt, ...rest] = [...html.matchAll(/<pre>([\s\S]*?)<\/pre>/g)].map(([, text]) => unescape(text!));
      return { prompt: prompt!, responses: rest.slice(-2) };
    },
    submit: async (html: string, fields: Record<string, string>) => {
      const form = hidden(html.slice(html.indexOf('/submit')));
      return page('/submit', { ...form, ...fields }, cookie);
    },
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

const people = (s3Uri: string, ratings: Record<string, string>): Config => ({
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

const report = async (jobName: string) => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `out/${jobName}/` }));
  const Key = Contents.map(({ Key }) => Key!).find((key) => key.endsWith('/report.json'));
  return JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body!.transformToString());
};

describe('bedrock-eval-human', () => {
  it('bedrock-eval-human.1: people of the own team rate on the page; averages equal their clicks, and what is unfinished keeps the job open', async () => {
    const lines = facts(4);
    answering['strong'] = (prompt) => `<b>The answer to</b> "${prompt.length}" is known.`;
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({
        prompt,
        referenceResponse: reference,
        modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
      })),
    );
    const { code } = (await manage('POST', 'review-teams', { team: FLOW, workersPerTask: 2 })) as { code: string };
    const { jobArn, jobName } = await create(
      people(uri, { helpful: 'IndividualLikertScale', accepted: 'ThumbsUpDown', preferred: 'ComparisonChoice' }),
    );
    await outcrop.clock.advance(0);
    const [ann, ben] = [await worker(code, 'Ann'), await worker(code, 'Ben')];
    const clicks: { points: Record<string, number>; thumbs: Record<string, boolean>; chosen: string }[] = [];
    const orders = new Set<string>();
    for (const person of [ann, ben]) {
      for (const _ of lines) {
        expect((await get(jobArn)).status).toBe('InProgress');
        const html = (await person.claim())!;
        expect(html).toContain('Rate with &lt;care&gt; &amp; sense.');
        for (const name of ['llama', 'challenger', 'anthropic', 'meta.', STRONG])
          expect(html.toLowerCase()).not.toContain(name);
        expect(html).not.toContain('<b>');
        const { responses } = person.read(html);
        const ofStrong = responses.findIndex((text) => text.startsWith('<b>'));
        orders.add(String(ofStrong));
        const [left, right] = [between(1, 5), between(1, 5)];
        const [up, down] = [random() < 0.5, random() < 0.5];
        const chosen = between(0, 1);
        const fields = {
          '0/0': String(left),
          '0/1': String(right),
          '1/0': up ? 'up' : 'down',
          '1/1': down ? 'up' : 'down',
          '2/0': String(chosen),
        };
        const { '2/0': _missing, ...incomplete } = fields;
        expect((await person.submit(html, incomplete)).status).toBe(400);
        expect((await person.submit(html, fields)).status).toBe(200);
        clicks.push({
          points: ofStrong === 0 ? { strong: left, challenger: right } : { strong: right, challenger: left },
          thumbs: ofStrong === 0 ? { strong: up, challenger: down } : { strong: down, challenger: up },
          chosen: chosen === ofStrong ? 'strong' : 'challenger',
        });
      }
      expect(await person.claim()).toBeUndefined();
    }
    expect(orders.size).toBe(2);
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages, job.jobType]).toEqual(['Completed', undefined, 'Human']);
    const { keys, rows } = await output(jobName);
    expect(keys[0]).toMatch(new RegExp(`^out/${jobName}/[0-9a-f-]{36}/datasets/rated/[0-9a-f-]{36}_output\\.jsonl$`));
    const results = rows as unknown as {
      humanEvaluationResult: {
        flowDefinitionArn: string;
        humanAnswers: {
          workerId: string;
          answerContent: { evaluationResults: Record<string, { modelResponseId: string; result: number }[]> };
        }[];
        modelResponseIdMap: Record<string, string>;
      };
    }[];
    expect(results.flatMap((row) => row.humanEvaluationResult.humanAnswers)).toHaveLength(8);
    expect(results[0]!.humanEvaluationResult).toMatchObject({
      flowDefinitionArn: FLOW,
      modelResponseIdMap: { '0': `arn:aws:bedrock:us-east-1::foundation-model/${STRONG}`, '1': 'challenger' },
    });
    const likert = results.flatMap((row) =>
      row.humanEvaluationResult.humanAnswers.flatMap(
        ({ answerContent }) => answerContent.evaluationResults['individualLikertScale']!,
      ),
    );
    const averageOf = (id: string) =>
      mean(likert.filter(({ modelResponseId }) => modelResponseId === id).map(({ result }) => result));
    expect(averageOf('0')).toBeCloseTo(mean(clicks.map(({ points }) => points['strong']!)), 10);
    expect(averageOf('1')).toBeCloseTo(mean(clicks.map(({ points }) => points['challenger']!)), 10);
    const { metrics, workers } = await report(jobName);
    expect(workers).toBe(2);
    expect(metrics[0].models[1].average).toBeCloseTo(averageOf('1'), 10);
    expect(metrics[1].models[0].average).toBeCloseTo(mean(clicks.map(({ thumbs }) => Number(thumbs['strong']))), 10);
    expect(metrics[2].models.map(({ wins }: { wins: number }) => wins)).toEqual(
      ['strong', 'challenger'].map((name) => clicks.filter(({ chosen }) => chosen === name).length),
    );
  });

  it('bedrock-eval-human.2: of two models side by side wins and ties equal the clicks, with an interval of confidence', async () => {
    const lines = facts(12);
    answering['strong'] = () => 'Yes, that is known.';
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({
        prompt,
        modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
      })),
    );
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    const { jobArn, jobName } = await create(people(uri, { better: 'ComparisonLikertScale', order: 'ComparisonRank' }));
    await outcrop.clock.advance(0);
    const person = await worker(code, 'Cleo');
    const wins = { strong: 0, challenger: 0, tie: 0 };
    for (const _ of lines) {
      const html = (await person.claim())!;
      const strongAt = person.read(html).responses.indexOf('Yes, that is known.');
      const points = between(1, 5);
      const winner = points === 3 ? 'tie' : (points < 3 ? 0 : 1) === strongAt ? 'strong' : 'challenger';
      wins[winner]++;
      const ranks =
        winner === 'tie' ? ['1', '1'] : (winner === 'strong') === (strongAt === 0) ? ['1', '2'] : ['2', '1'];
      expect((await person.submit(html, { '0/0': String(points), '1/0': ranks[0]!, '1/1': ranks[1]! })).status).toBe(
        200,
      );
    }
    expect((await ended(jobArn)).status).toBe('Completed');
    const { metrics } = await report(jobName);
    for (const metric of metrics) {
      expect([metric.ties, ...metric.models.map(({ wins }: { wins: number }) => wins)]).toEqual([
        wins.tie,
        wins.strong,
        wins.challenger,
      ]);
      const decided = wins.strong + wins.challenger;
      const [low, high] = metric.models[0].confidenceInterval as [number, number];
      if (decided === 0) continue;
      // The bounds of Wilson's interval are where the observed share is 1.96 standard errors away.
      for (const bound of [low, high].filter((each) => each > 0 && each < 1))
        expect(Math.abs(wins.strong / decided - bound) / Math.sqrt((bound * (1 - bound)) / decided)).toBeCloseTo(
          1.96,
          3,
        );
    }
  });

  it('the page lets in whoever has the code, and takes forms of its own alone', async () => {
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    expect((await worker('0'.repeat(32), 'Mallory')).status).toBe(403);
    const dora = await worker(code, '<i>Dora</i>');
    expect(dora.status).toBe(303);
    const cookie = dora.cookie!;
    const home = await dora.page('', undefined, cookie);
    const html = await home.text();
    expect(html).toContain('&lt;i&gt;Dora&lt;/i&gt;');
    expect(html).not.toContain('<script');
    expect(home.headers.get('content-security-policy')).toContain("default-src 'none'");
    const token = /name="token" value="([0-9a-f]{64})"/.exec(html)![1]!;
    expect(
      (await dora.page('/sign-out', { token: token.replace(/./, (first) => (first === '0' ? '1' : '0')) }, cookie))
        .status,
    ).toBe(403);
    expect((await dora.page('/claim', { token, queue: 'bedrock-evaluation-none' }, cookie)).status).toBe(404);
    expect((await dora.page('/sign-out', { token }, cookie)).status).toBe(303);
    expect(await (await dora.page('', undefined, cookie)).text()).toContain('Access code');
    const foreign = await fetch(`${outcrop.endpoint}/_outcrop/review/sign-in`, {
      method: 'POST',
      headers: { origin: 'https://elsewhere.example' },
      body: new URLSearchParams({ name: 'x', code }),
    });
    expect(foreign.status).toBe(403);
    const unsigned = await fetch(`${outcrop.endpoint}/_outcrop/review-teams`);
    expect(unsigned.status).toBe(403);
  });
});
