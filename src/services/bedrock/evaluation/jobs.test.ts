import {
  BatchDeleteEvaluationJobCommand,
  BedrockClient,
  CreateEvaluationJobCommand,
  GetEvaluationJobCommand,
  ListEvaluationJobsCommand,
  StopEvaluationJobCommand,
  type EvaluationTaskType,
} from '@aws-sdk/client-bedrock';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startForTests } from '../../../../tests/start.ts';
import { allow, identities, policy, refusal, trust } from '../../../../tests/identities.ts';
import {
  BUCKET,
  BUILTIN,
  FLOW,
  judged,
  materials,
  measured,
  people,
  scoresOf,
  startEvaluations,
  STRONG,
  WEAK,
  type Config,
} from './evaluation.fixture.ts';

const stack = await startEvaluations('evaluation jobs');
const {
  between,
  answering,
  outcrop,
  bedrock,
  s3,
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
} = stack;
const { graded } = materials(stack);

describe('evaluation jobs', () => {
  it('take the task type General, which the guide uses for judges', async () => {
    const config = judged(BUILTIN, await brought([graded(4, 0)]), ['Builtin.Coherence']);
    config.evaluationConfig!.automated!.datasetMetricConfigs![0]!.taskType = 'General' as EvaluationTaskType;
    const { jobArn, jobName } = await create(config);
    expect((await ended(jobArn)).status).toBe('Completed');
    expect((await output(jobName)).keys[0]).toContain('/taskTypes/General/');
    config.evaluationConfig!.automated!.datasetMetricConfigs![0]!.taskType = 'Other' as EvaluationTaskType;
    expect((await refusal(create(config))).message).toContain('Member must satisfy enum value set');
  });

  it('fail when their role lets Bedrock not in, or may not do what is needed, and say so', async () => {
    const iam = identities(outcrop);
    const config = judged(BUILTIN, await brought([graded(4, 0)]), ['Builtin.Coherence']);
    const untrusted = await iam.role('untrusted', trust({ Service: 'lambda.amazonaws.com' }), allow('*'));
    const first = await ended((await create(config, undefined, { roleArn: untrusted.arn })).jobArn);
    expect([first.status, first.failureMessages![0]]).toEqual([
      'Failed',
      expect.stringContaining('could not be assumed'),
    ]);
    const trusted = trust({ Service: 'bedrock.amazonaws.com' });
    for (const [name, actions, message] of [
      ['unwriting', ['s3:GetObject', 'bedrock:InvokeModel'], /could not be written: .*s3:PutObject/],
      ['unreading', ['s3:PutObject', 'bedrock:InvokeModel'], /could not be read: .*s3:GetObject/],
      ['uninvoking', ['s3:GetObject', 's3:PutObject'], /could not be invoked: .*bedrock:InvokeModel/],
    ] as const) {
      const role = await iam.role(name, trusted, allow([...actions]));
      const job = await ended((await create(config, undefined, { roleArn: role.arn })).jobArn);
      expect([job.status, job.failureMessages![0]]).toEqual(['Failed', expect.stringMatching(message)]);
    }
  });

  it('fail with the numbers of the lines that a dataset has wrong', async () => {
    const uri = await upload([
      { prompt: 'fine', referenceResponse: 'yes' },
      '{"prompt": "broken"',
      { prompt: '', referenceResponse: 'yes' },
      '["a list"]',
      { prompt: 'no reference' },
      { prompt: 'a number', referenceResponse: 7 },
    ]);
    const { jobArn } = await create(measured(STRONG, uri, 'QuestionAndAnswer', ['Builtin.Accuracy']));
    const [message = ''] = (await ended(jobArn)).failureMessages!;
    for (const part of [
      'The dataset own is not valid.',
      'Line 2: it is not valid JSON',
      'Line 3: prompt is missing or empty.',
      'Line 4: it must be a JSON object.',
      'Line 5: referenceResponse is missing or empty',
      'Line 6: referenceResponse must be a string.',
    ])
      expect(message).toContain(part);
    const many = await upload(Array.from({ length: 1_001 }, (_, at) => ({ prompt: `p${at}`, referenceResponse: 'r' })));
    const tooMany = await create(measured(STRONG, many, 'Generation', ['Builtin.Accuracy']));
    expect((await ended(tooMany.jobArn)).failureMessages![0]).toContain('more than 1000 prompts');
    const other = await upload([{ prompt: 'p', modelResponses: [{ response: 'r', modelIdentifier: 'another' }] }]);
    const foreign = await create(judged(BUILTIN, other, ['Builtin.Coherence']));
    expect((await ended(foreign.jobArn)).failureMessages![0]).toContain(
      'Line 1: modelResponses[0].modelIdentifier is "another"',
    );
  });

  it('are refused for what does not go together, and by name for what is not built', async () => {
    const uri = await upload([{ prompt: 'p', referenceResponse: 'r' }]);
    const base = () => measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']);
    const refused = async (change: (config: Config) => void) => {
      const config = base();
      change(config);
      const { name, message, status } = await refusal(create(config));
      return `${status} ${name}: ${message}`;
    };
    const metricsOf = (config: Config) => config.evaluationConfig!.automated!.datasetMetricConfigs![0]!;
    expect(await refused((config) => (metricsOf(config).metricNames = ['Builtin.Correctness']))).toBe(
      '400 ValidationException: The metric Builtin.Correctness needs a judge: evaluatorModelConfig is missing.',
    );
    expect(await refused((config) => (metricsOf(config).metricNames = ['Builtin.Speed']))).toContain(
      'Valid values are Builtin.Accuracy',
    );
    expect(await refused((config) => (metricsOf(config).dataset = { name: 'Builtin.BoolQ' }))).toMatch(
      /^501 .*Builtin\.BoolQ/,
    );
    expect(await refused((config) => (metricsOf(config).taskType = 'Custom'))).toContain('no computed metrics');
    expect(
      await refused((config) => {
        config.inferenceConfig!.models!.push({ bedrockModel: { modelIdentifier: WEAK } });
      }),
    ).toContain('exactly one model');
    expect(
      await refused((config) => {
        config.inferenceConfig!.models![0]!.bedrockModel!.inferenceParams = '{temperature: 1}';
      }),
    ).toContain('inferenceParams is not valid JSON');
    expect(
      await refused((config) => {
        config.inferenceConfig = {
          ragConfigs: [
            {
              knowledgeBaseConfig: {
                retrieveConfig: {
                  knowledgeBaseId: 'ABCDEFGHIJ',
                  knowledgeBaseRetrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: 3 } },
                },
              },
            },
          ],
        };
      }),
    ).toMatch(/^501 .*knowledge base/);
    for (const identifier of ['anthropic.claude-9-v1:0', 'arn:aws:bedrock:eu-west-1::foundation-model/' + STRONG]) {
      expect(
        await refused((config) => {
          config.inferenceConfig!.models![0]!.bedrockModel!.modelIdentifier = identifier;
        }),
      ).toBe(`400 ValidationException: The provided model identifier is invalid: ${identifier}`);
    }
    expect(await refused((config) => (config.applicationType = 'RagEvaluation'))).toContain(
      'applicationType is RagEvaluation',
    );
  });

  it('have a name of their own, are made once for a token, and need the right to pass their role', async () => {
    const uri = await upload([{ prompt: 'p', referenceResponse: 'r' }]);
    answering['strong'] = () => 'r';
    const config = measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']);
    const clientRequestToken = `token-${between(1, 1e9)}`;
    const { jobArn, jobName } = await create(config, undefined, { clientRequestToken });
    expect((await create(config, 'other-name', { clientRequestToken })).jobArn).toBe(jobArn);
    expect((await refusal(create(config, jobName))).name).toBe('ConflictException');
    const user = await identities(outcrop).user('no-passing', allow('bedrock:*'));
    const denied = await refusal(
      new BedrockClient(user.clients).send(
        new CreateEvaluationJobCommand({
          jobName: nameOf(),
          roleArn,
          outputDataConfig: { s3Uri: `s3://${BUCKET}/out` },
          ...config,
        }),
      ),
    );
    expect([denied.name, denied.message]).toEqual(['AccessDeniedException', expect.stringContaining('iam:PassRole')]);
    await ended(jobArn);
  });

  it('are open to those whom policies let in, by ARN and by tag, and fail at once on a metric that its judge cannot give', async () => {
    const config = judged(BUILTIN, await brought([graded(4, 0)]), ['Builtin.Stereotyping']);
    const { jobArn } = await create(config, undefined, { jobTags: [{ key: 'team', value: 'quality' }] });
    expect((await ended(jobArn)).failureMessages![0]).toContain('Builtin.Stereotyping cannot be measured');
    const other = (await create(config)).jobArn;
    const condition = { Condition: { StringEquals: { 'aws:ResourceTag/team': 'quality' } } };
    const user = await identities(outcrop).user('by-tag', allow('bedrock:GetEvaluationJob', '*', condition));
    const client = new BedrockClient(user.clients);
    expect((await client.send(new GetEvaluationJobCommand({ jobIdentifier: jobArn }))).jobArn).toBe(jobArn);
    const denied = await refusal(client.send(new GetEvaluationJobCommand({ jobIdentifier: other })));
    expect([denied.name, denied.message]).toEqual(['AccessDeniedException', expect.stringContaining(other)]);
    await ended(other);
  });

  it('tell harmful answers and refusals from others, by the classifier that guardrails use', async () => {
    const items = [
      'You are a worthless idiot and everybody despises you.',
      'The museum opens at nine.',
      'I am sorry, but I cannot help with that.',
    ];
    const uri = await brought(items.map((answer, at) => ({ prompt: `Question ${at}?`, reference: 'r', answer })));
    const { jobArn, jobName } = await create(judged(BUILTIN, uri, ['Builtin.Harmfulness', 'Builtin.Refusal']));
    expect((await ended(jobArn)).failureMessages).toBeUndefined();
    const { rows } = await output(jobName);
    expect(scoresOf(rows, 'Builtin.Harmfulness')).toEqual([1, 0, 0]);
    expect(scoresOf(rows, 'Builtin.Refusal')).toEqual([0, 0, 1]);
  });

  it('of RAG sources judge each turn of a conversation, and name the lines and turns that are wrong', async () => {
    const turn = (response: string, source = 'own-rag') => ({
      prompt: { content: [{ text: 'When was the mill built?' }] },
      referenceResponses: [{ content: [{ text: 'The mill was built in 1850.' }] }],
      output: {
        text: response,
        knowledgeBaseIdentifier: source,
        retrievedPassages: { retrievalResults: [{ content: { text: 'The mill was built in 1850.' } }] },
      },
    });
    const evaluate = async (lines: object[]) => {
      const s3Uri = await upload(lines);
      const { evaluationConfig } = judged(BUILTIN, s3Uri, ['Builtin.Correctness']);
      const source = { ragSourceIdentifier: 'own-rag' };
      const { jobArn, jobName } = await create({
        evaluationConfig,
        inferenceConfig: { ragConfigs: [{ precomputedRagSourceConfig: { retrieveAndGenerateSourceConfig: source } }] },
      });
      return { job: await ended(jobArn), jobName };
    };
    const { job, jobName } = await evaluate([
      { conversationTurns: [turn('It was built in 1850.'), turn('It was built in 1901.')] },
    ]);
    expect(job.failureMessages).toBeUndefined();
    const [row] = (await output(jobName)).rows as unknown as {
      conversationTurns: { results: { result: number }[] }[];
    }[];
    expect(row!.conversationTurns.map(({ results }) => results.map(({ result }) => result))).toEqual([[1], [0]]);
    const wrong = await evaluate([
      { conversationTurns: [turn('a', 'another')] },
      { conversationTurns: Array.from({ length: 6 }, () => turn('a')) },
      { prompt: 'no turns' },
    ]);
    const [message = ''] = wrong.job.failureMessages!;
    for (const part of [
      'Line 1: conversationTurns[0].output.knowledgeBaseIdentifier is "another"; the job has own-rag.',
      'Line 2: conversationTurns has 6 turns; 5 at most.',
      'Line 3: conversationTurns must be a list of turns.',
    ])
      expect(message).toContain(part);
  });

  it('are refused beyond the number that may run at a time, until one of them has ended', async () => {
    answering['strong'] = () => 'An answer.';
    const uri = await upload([{ prompt: 'p', modelResponses: [{ response: 'r', modelIdentifier: 'challenger' }] }]);
    const arns: string[] = [];
    for (let at = 0; at < 10; at++) arns.push((await create(people(uri, { good: 'ThumbsUpDown' }))).jobArn);
    const refused = await refusal(create(people(uri, { good: 'ThumbsUpDown' })));
    expect([refused.name, refused.message]).toEqual([
      'ServiceQuotaExceededException',
      expect.stringContaining('human workers: 10'),
    ]);
    await outcrop.clock.advance(0);
    for (const jobIdentifier of arns.slice(1)) await bedrock.send(new StopEvaluationJobCommand({ jobIdentifier }));
    const more = await create(people(uri, { good: 'ThumbsUpDown' }));
    await outcrop.clock.advance(0);
    for (const jobIdentifier of [arns[0]!, more.jobArn])
      await bedrock.send(new StopEvaluationJobCommand({ jobIdentifier }));
  });

  it('are listed by time, filtered and in pages, with what they evaluate', async () => {
    const uri = await upload([{ prompt: 'p', referenceResponse: 'r' }]);
    const tag = `listed-${between(1, 1e6)}`;
    const names: string[] = [];
    for (let at = 0; at < 5; at++) {
      const { jobArn, jobName } = await create(
        measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']),
        `${tag}-${at}`,
      );
      names.push(jobName);
      await ended(jobArn);
      await outcrop.clock.advance(60_000);
    }
    const list = async (input: object) => {
      const found: { jobName: string; creationTime: Date }[] = [];
      let nextToken: string | undefined;
      do {
        const page = await bedrock.send(
          new ListEvaluationJobsCommand({ nameContains: tag, maxResults: 2, ...input, nextToken }),
        );
        expect(page.jobSummaries!.length).toBeLessThanOrEqual(2);
        found.push(
          ...page.jobSummaries!.map(({ jobName, creationTime }) => ({
            jobName: jobName!,
            creationTime: creationTime!,
          })),
        );
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      return found;
    };
    const all = await list({ sortBy: 'CreationTime', sortOrder: 'Ascending' });
    expect(all.map(({ jobName }) => jobName)).toEqual(names);
    expect((await list({})).map(({ jobName }) => jobName)).toEqual([...names].reverse());
    expect((await list({ statusEquals: 'Failed' })).length).toBe(0);
    expect((await list({ applicationTypeEquals: 'ModelEvaluation' })).length).toBe(5);
    expect((await list({ creationTimeAfter: all[2]!.creationTime })).map(({ jobName }) => jobName)).toEqual([
      names[4],
      names[3],
    ]);
    expect((await list({ creationTimeBefore: all[1]!.creationTime })).map(({ jobName }) => jobName)).toEqual([
      names[0],
    ]);
    const { jobSummaries } = await bedrock.send(new ListEvaluationJobsCommand({ nameContains: names[0]! }));
    expect(jobSummaries![0]).toMatchObject({
      evaluationTaskTypes: ['Generation'],
      modelIdentifiers: [STRONG],
      inferenceConfigSummary: { modelConfigSummary: { bedrockModelIdentifiers: [STRONG] } },
      jobType: 'Automated',
    });
    expect((await refusal(bedrock.send(new ListEvaluationJobsCommand({ nextToken: 'made-up' })))).name).toBe(
      'ValidationException',
    );
  });

  it('stop, keep what has no end undone, and are deleted once they have ended', async () => {
    const uri = await upload(Array.from({ length: 40 }, (_, at) => ({ prompt: `p${at}`, referenceResponse: 'r' })));
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const seen: string[] = [];
    answering['strong'] = (prompt) => {
      seen.push(prompt);
      if (seen.length === 3) release();
      return 'r';
    };
    const { jobArn, jobName } = await create(
      measured(STRONG, uri, 'Generation', ['Builtin.Accuracy', 'Builtin.Robustness']),
    );
    await gate;
    const early = await bedrock.send(new BatchDeleteEvaluationJobCommand({ jobIdentifiers: [jobArn] }));
    expect(early.errors).toEqual([
      { jobIdentifier: jobArn, code: '409', message: expect.stringContaining('InProgress') },
    ]);
    await bedrock.send(new StopEvaluationJobCommand({ jobIdentifier: jobArn }));
    expect((await ended(jobArn)).status).toBe('Stopped');
    expect(seen.length).toBeLessThan(240);
    expect((await output(jobName)).keys).toEqual([]);
    expect((await refusal(bedrock.send(new StopEvaluationJobCommand({ jobIdentifier: jobArn })))).name).toBe(
      'ConflictException',
    );
    const missing = jobArn.replace(/.{12}$/, 'a'.repeat(12));
    const { errors, evaluationJobs } = await bedrock.send(
      new BatchDeleteEvaluationJobCommand({ jobIdentifiers: [jobArn, missing] }),
    );
    expect(evaluationJobs).toEqual([{ jobIdentifier: jobArn, jobStatus: 'Deleting' }]);
    expect(errors).toEqual([{ jobIdentifier: missing, code: '404', message: expect.any(String) }]);
    await outcrop.clock.advance(1_000);
    expect((await refusal(get(jobArn))).name).toBe('ResourceNotFoundException');
  });

  it('of which people rate stop at once, and the page has no more work of them', async () => {
    answering['strong'] = () => 'An answer.';
    const uri = await upload([{ prompt: 'p', modelResponses: [{ response: 'r', modelIdentifier: 'challenger' }] }]);
    const { code } = await manage('POST', 'review-teams', { team: FLOW });
    const { jobArn } = await create(people(uri, { good: 'ThumbsUpDown' }));
    await outcrop.clock.advance(0);
    const person = await worker(code, 'Eve');
    const { task } = (await person.claim())!;
    await bedrock.send(new StopEvaluationJobCommand({ jobIdentifier: jobArn }));
    expect((await get(jobArn)).status).toBe('Stopped');
    const late = await person.submit(task, [[true, false]]);
    expect(await late.text()).toContain('The work on this queue has ended.');
  });

  it('write their output under the customer key that they are given', async () => {
    const kms = new KMSClient(outcrop.clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const key = KeyMetadata!.Arn!;
    const { arn } = await identities(outcrop).role(
      'keyed',
      trust({ Service: 'bedrock.amazonaws.com' }),
      policy(
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 'bedrock:InvokeModel'], Resource: '*' },
        { Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: key },
      ),
    );
    answering['strong'] = () => 'r';
    const uri = await upload([{ prompt: 'p', referenceResponse: 'r' }]);
    const config = measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']);
    const { jobArn, jobName } = await create(config, undefined, { roleArn: arn, customerEncryptionKeyId: key });
    expect((await ended(jobArn)).failureMessages).toBeUndefined();
    const { keys, rows } = await output(jobName);
    expect(scoresOf(rows, 'Accuracy')).toEqual([1]);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: keys[0]! }));
    expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', key]);
    const without = await ended((await create(config, undefined, { customerEncryptionKeyId: key })).jobArn);
    expect(without.failureMessages![0]).toContain('kms:GenerateDataKey');
  });

  it('tell of prompts that a model does not answer, and fail when it answers none', async () => {
    const uri = await upload([
      { prompt: 'fine', referenceResponse: 'r' },
      { prompt: 'trouble', referenceResponse: 'r' },
    ]);
    answering['strong'] = (prompt) => {
      if (prompt === 'trouble') throw new Error('no');
      return 'r';
    };
    const { jobArn, jobName } = await create(measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']));
    expect((await ended(jobArn)).status).toBe('Completed');
    const { rows } = await output(jobName);
    expect(rows.map((row) => row.automatedEvaluationResult.scores.length)).toEqual([1, 0]);
    expect(rows[1]!.modelResponses[0]!.error).toMatch(/Exception/);
    answering['strong'] = () => {
      throw new Error('no');
    };
    const none = await ended((await create(measured(STRONG, uri, 'Generation', ['Builtin.Accuracy']))).jobArn);
    expect([none.status, none.failureMessages![0]]).toEqual([
      'Failed',
      expect.stringContaining('No prompt of own was answered'),
    ]);
  });

  it('go on after the stack was stopped, ask no prompt again whose result is there, and write each once', async () => {
    const data = mkdtempSync(join(tmpdir(), 'outcrop-evaluation-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const options = {
      ephemeral: false,
      data,
      models: { 'meta.llama3-70b*': `openai:${stack.upstream.baseUrl}#strong` },
    };
    const first = await startForTests(options);
    const clients = {
      s3: new S3Client(first.clients),
      bedrock: new BedrockClient(first.clients),
    };
    await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const { arn } = await identities(first).role('evaluator', trust({ Service: 'bedrock.amazonaws.com' }), allow('*'));
    const prompts = Array.from({ length: 30 }, (_, at) => `prompt ${at} of ${between(1, 1e9)}`);
    const Body = prompts.map((prompt) => JSON.stringify({ prompt, referenceResponse: 'r' })).join('\n');
    await clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'd.jsonl', Body }));
    const asked: string[] = [];
    let reached = () => {};
    const half = new Promise<void>((resolve) => (reached = resolve));
    answering['strong'] = (prompt) => {
      asked.push(prompt);
      if (asked.length === 15) reached();
      return prompt;
    };
    const { jobArn } = await clients.bedrock.send(
      new CreateEvaluationJobCommand({
        jobName: 'resumed',
        roleArn: arn,
        outputDataConfig: { s3Uri: `s3://${BUCKET}/out` },
        ...measured(STRONG, `s3://${BUCKET}/d.jsonl`, 'Generation', ['Builtin.Accuracy']),
      }),
    );
    await half;
    await first.stop();
    const before = asked.length;
    expect(before).toBeLessThan(prompts.length);
    const second = await startForTests(options);
    const bedrock = new BedrockClient(second.clients);
    let status: string | undefined;
    while (
      (status = (await bedrock.send(new GetEvaluationJobCommand({ jobIdentifier: jobArn! }))).status) === 'InProgress'
    )
      await second.clock.advance(1_000);
    expect(status).toBe('Completed');
    // At most those that were in hand when it stopped are asked twice.
    expect(asked.length).toBeLessThanOrEqual(prompts.length + 4);
    expect(new Set(asked)).toEqual(new Set(prompts));
    const s3 = new S3Client(second.clients);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'out/resumed/' }));
    const keys = Contents.map(({ Key }) => Key!).filter((key) => key.endsWith('_output.jsonl'));
    expect(keys).toHaveLength(1);
    const text = await (
      await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: keys[0]! }))
    ).Body!.transformToString();
    const rows = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { inputRecord: { prompt: string } });
    expect(rows.map(({ inputRecord }) => inputRecord.prompt)).toEqual(prompts);
  });
});
