import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
} from '@aws-sdk/client-bedrock';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startUpstream } from '../../src/engines/llm/openai/upstream.fixture.ts';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { jobBucket } from '../job-bucket.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const SLOW = 'mistral.mistral-large-2402-v1:0';
const closing: (() => Promise<void>)[] = [];
let outcrop: Outcrop;
let bedrock: BedrockClient;
let bucket: Awaited<ReturnType<typeof jobBucket>>;

beforeEach(async () => {
  // Keeps everybody waiting.
  const upstream = await startUpstream(({ closed }) => closed);
  closing.push(upstream.stop);
  outcrop = await startForTests({ batchMinimumRecords: 1, models: { [SLOW]: `openai:${upstream.baseUrl}#slow` } });
  bedrock = new BedrockClient(outcrop.clients);
  bucket = await jobBucket(outcrop, 'prompts', {
    Effect: 'Allow',
    Action: 'bedrock:InvokeModel',
    Resource: [MODEL, SLOW].map((model) => `arn:aws:bedrock:*::foundation-model/${model}`),
  });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const record = (at: number) => ({
  recordId: `R${at}`,
  modelInput: {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 50,
    messages: [{ role: 'user', content: `Ada paid ${100 + at} euros for a bicycle.\n\nHow much did Ada pay?` }],
  },
});

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('batch inference in the console', () => {
  it(
    'creates a job from a form that says what is wrong, shows its progress, its manifest and the records that failed, and clones it',
    async () => {
      await bucket.put('in/questions.jsonl', [
        ...Array.from({ length: 20 }, (_, at) => record(at)),
        '{"recordId": "bad", "modelInput": {',
      ]);
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/batch' });
      await page.getByText('No batch inference jobs').waitFor();
      await accessible();
      await shot('bedrock-batch-empty');
      await page.getByRole('link', { name: 'Create job' }).first().click();
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('Some entries are not right yet.', { exact: true }).waitFor();
      await page.getByText('Choose a model.', { exact: true }).waitFor();
      await page.getByLabel('Job name').fill('twenty-one');
      await page.getByLabel('Model', { exact: true }).fill('claude-3-haiku-20240307');
      await page.getByRole('option', { name: MODEL }).first().click();
      await page.getByLabel('Service role').fill('prompts');
      await page.getByRole('option', { name: bucket.roleArn }).click();
      await page.getByLabel('Input').fill('s3://prompts/');
      await page.getByRole('option', { name: 's3://prompts/in/' }).click();
      await page.getByLabel('Output').fill('s3://prompts/out/');
      await page.keyboard.press('Escape');
      await accessible();
      await shot('bedrock-batch-create');
      // What was entered is there after leaving and coming back.
      await page.getByRole('link', { name: 'Cancel' }).click();
      await page.getByRole('link', { name: 'Create job' }).first().click();
      expect(await page.getByLabel('Job name').inputValue()).toBe('twenty-one');
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByRole('heading', { level: 1, name: 'twenty-one' }).waitFor();
      await outcrop.clock.advance(60_000);
      await page.getByText('21 of 21 processed').waitFor();
      const { invocationJobSummaries } = await bedrock.send(new ListModelInvocationJobsCommand({}));
      expect(invocationJobSummaries).toMatchObject([
        { jobName: 'twenty-one', modelId: expect.stringContaining(MODEL), status: 'Completed', errorRecordCount: 1 },
      ]);
      await page.getByText('Success record count').waitFor();
      await page.getByText('Records of questions.jsonl.out').waitFor();
      await accessible();
      await shot('bedrock-batch-job');
      await page.getByLabel('Only records that failed').check();
      await page.getByText('not valid JSON').first().waitFor();
      expect(await page.getByRole('button', { name: 'Open record' }).count()).toBe(1);
      await page.getByLabel('Only records that failed').uncheck();
      await page.getByRole('button', { name: 'Open record R7' }).click();
      const dialog = page.getByRole('dialog', { name: 'Record R7' });
      const id = invocationJobSummaries![0]!.jobArn!.split('/')[1]!;
      const answer = (await bucket.lines(`out/${id}/questions.jsonl.out`)).find(({ recordId }) => recordId === 'R7');
      await dialog.getByText(JSON.stringify(answer.modelOutput.content[0].text)).first().waitFor();
      await accessible();
      await shot('bedrock-batch-record');
      await dialog.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'Clone job' }).click();
      await expect.poll(() => page.getByLabel('Job name').inputValue()).toBe('twenty-one-copy');
      expect(await page.getByLabel('Input').inputValue()).toBe('s3://prompts/in/');
    },
    LONG_MS,
  );

  it(
    'stops a job after asking, shows why one failed, and denies what policies deny',
    async () => {
      const start = (jobName: string, modelId: string, s3Uri: string) =>
        bedrock.send(
          new CreateModelInvocationJobCommand({
            jobName,
            roleArn: bucket.roleArn,
            modelId,
            inputDataConfig: { s3InputDataConfig: { s3Uri } },
            outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://prompts/out/' } },
          }),
        );
      await bucket.put('slow.jsonl', [
        { recordId: 'one', modelInput: { prompt: '<s>[INST] Hello [/INST]', max_tokens: 9 } },
      ]);
      const { jobArn } = await start('long-one', SLOW, 's3://prompts/slow.jsonl');
      const { page, go, shot } = await openConsole(outcrop, { path: `bedrock/batch/${jobArn!.split('/')[1]}` });
      await page.getByRole('button', { name: 'Stop job' }).click();
      await page.getByRole('dialog', { name: 'Stop long-one?' }).getByRole('button', { name: 'Stop job' }).click();
      await page.getByText('Job long-one is being stopped.').waitFor();
      await page.getByText('Stopped', { exact: true }).first().waitFor();
      const { status } = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
      expect(status).toBe('Stopped');

      const failed = await start('no-file', MODEL, 's3://prompts/nothing-here.jsonl');
      await outcrop.clock.advance(60_000);
      await go(`bedrock/batch/${failed.jobArn!.split('/')[1]}`);
      const { message } = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: failed.jobArn }));
      await page.getByText(message!).waitFor();
      await shot('bedrock-batch-failed');

      const reader = await identities(outcrop).user('batch-reader', allow('bedrock:ListModelInvocationJobs'));
      const other = await openConsole(outcrop, {
        path: 'bedrock/batch',
        credentials: reader.clients.credentials,
        width: 375,
      });
      await other.page.getByRole('link', { name: 'long-one' }).click();
      await other.page.getByTestId('failure').getByText('AccessDeniedException').first().waitFor();
      await other.shot('bedrock-batch-denied-narrow');
    },
    LONG_MS,
  );
});
