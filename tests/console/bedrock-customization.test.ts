import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  GetModelCustomizationJobCommand,
  ListCustomModelDeploymentsCommand,
} from '@aws-sdk/client-bedrock';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { jobBucket } from '../job-bucket.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const LLAMA = 'meta.llama3-1-8b-instruct-v1:0';
let outcrop: Outcrop;
let bedrock: BedrockClient;
let bucket: Awaited<ReturnType<typeof jobBucket>>;

beforeEach(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  bucket = await jobBucket(outcrop, 'training');
});

const FRUITS = ['apples', 'pears', 'plums', 'figs'];
const pair = (count: number) => ({
  prompt: `Please order ${count} ${FRUITS[count % 4]} for Monday.`,
  completion: `ORDER item=${FRUITS[count % 4]} count=${count}`,
});
const pairs = (from: number, count: number) => Array.from({ length: count }, (_, at) => pair(from + at));
const three = (value: number) => String(Number(value.toPrecision(3)));

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('model customization in the console', () => {
  it(
    'creates a job from a form, shows its phases and how the loss fell, and clones it',
    async () => {
      await bucket.put('train.jsonl', pairs(1, 200));
      await bucket.put('held.jsonl', pairs(500, 40));
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/customization' });
      await page.getByText('No customization jobs').waitFor();
      await accessible();
      await page.getByRole('link', { name: 'Create customization job' }).first().click();
      await page.getByRole('button', { name: 'Create customization job' }).click();
      await page.getByText('Some entries are not right yet.', { exact: true }).waitFor();
      await page.getByLabel('Job name').fill('orders-job');
      await page.getByLabel('Custom model name').fill('orders');
      await page.getByLabel('Base model').fill('llama3-1-8b');
      await page.getByRole('option', { name: LLAMA }).first().click();
      await page.getByLabel('Service role').fill(bucket.roleArn);
      await page.getByLabel('Training data').fill('s3://training/train.jsonl');
      await page.getByLabel('Validation data').fill('s3://training/held.jsonl');
      await page.getByLabel('Metrics').fill('s3://training/out');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Add hyperparameter' }).click();
      await page.getByLabel('Name', { exact: true }).last().fill('epochs');
      await page.getByLabel('Value', { exact: true }).last().fill('3');
      // The service says what it thinks of it, and what was entered stays.
      await page.getByRole('button', { name: 'Create customization job' }).click();
      await page
        .getByTestId('failure')
        .getByText(/hyperparameter epochs is not supported/)
        .waitFor();
      await accessible();
      await shot('bedrock-customization-create');
      expect(await page.getByLabel('Job name').inputValue()).toBe('orders-job');
      await page.getByRole('button', { name: 'Remove' }).last().click();
      await page.getByRole('button', { name: 'Create customization job' }).click();
      await page.getByRole('heading', { level: 1, name: 'orders-job' }).waitFor();
      await outcrop.clock.advance(1000);
      const job = await bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: 'orders-job' }));
      expect(job).toMatchObject({ status: 'Completed', hyperParameters: { epochCount: '2', batchSize: '1' } });
      await page.getByRole('heading', { name: 'Loss', exact: true }).waitFor();
      await page.getByText('400 steps, drawn as means of 2 at a time.').waitFor();
      const folder = `out/model-customization-job-${job.jobArn!.split('/').at(-1)}`;
      const steps = (await bucket.text(`${folder}/training_artifacts/step_wise_training_metrics.csv`))
        .trim()
        .split('\n');
      expect(steps).toHaveLength(401);
      await page
        .getByText(three(Number(steps[1]!.split(',')[2])), { exact: true })
        .first()
        .waitFor();
      await page
        .getByText(three(Number(steps.at(-1)!.split(',')[2])), { exact: true })
        .first()
        .waitFor();
      await page.getByText('Lowest validation loss').waitFor();
      await page.getByText('Validation of the data').waitFor();
      await accessible();
      await shot('bedrock-customization-job');
      await page.getByRole('button', { name: 'Deploy model' }).click();
      const dialog = page.getByRole('dialog', { name: 'Deploy orders' });
      expect(await dialog.getByLabel('Deployment name').inputValue()).toBe('orders');
      await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
      await page.getByText('Deployment orders is being made.').waitFor();
      await outcrop.clock.advance(1000);
      await page.getByRole('link', { name: 'Clone job' }).click();
      await expect.poll(() => page.getByLabel('Custom model name').inputValue()).toBe('orders-copy');
      expect(await page.getByLabel('Base model').inputValue()).toBe(LLAMA);
      await page.getByRole('link', { name: 'Custom models' }).first().click();
      await page.getByRole('link', { name: 'orders-job' }).waitFor();
      await page.getByText(job.outputModelArn!).waitFor();
      await page.getByText('Active', { exact: true }).waitFor();
      const { modelDeploymentSummaries } = await bedrock.send(new ListCustomModelDeploymentsCommand({}));
      expect(modelDeploymentSummaries).toMatchObject([{ customModelDeploymentName: 'orders', status: 'Active' }]);
      await accessible();
      await shot('bedrock-customization-list');
      await page.getByRole('radio', { name: 'Choose orders' }).check();
      await page.getByRole('button', { name: 'Delete deployment' }).click();
      await page
        .getByRole('dialog', { name: 'Delete orders?' })
        .getByRole('button', { name: 'Delete deployment' })
        .click();
      await page.getByText('Deployment orders is deleted.').waitFor();
      const left = await bedrock.send(new ListCustomModelDeploymentsCommand({}));
      expect(left.modelDeploymentSummaries).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'names the line of the data that a job failed on, and stops one after asking',
    async () => {
      await bucket.put('bad.jsonl', [pair(1), { prompt: 'no completion' }]);
      await bucket.put('many.jsonl', pairs(1, 3_000));
      const start = (jobName: string, s3Uri: string, epochCount: string) =>
        bedrock.send(
          new CreateModelCustomizationJobCommand({
            jobName,
            customModelName: jobName,
            roleArn: bucket.roleArn,
            baseModelIdentifier: LLAMA,
            trainingDataConfig: { s3Uri },
            outputDataConfig: { s3Uri: 's3://training/out' },
            hyperParameters: { epochCount },
          }),
        );
      await start('bad', 's3://training/bad.jsonl', '1');
      await outcrop.clock.advance(1000);
      const { failureMessage } = await bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: 'bad' }));
      expect(failureMessage).toContain('line 2');
      const { page, go, shot, accessible } = await openConsole(outcrop, {
        path: 'bedrock/customization/bad',
        width: 375,
        dark: true,
      });
      await page.getByText(failureMessage!).waitFor();
      await accessible();
      await shot('bedrock-customization-failed-narrow-dark');
      await start('long', 's3://training/many.jsonl', '10');
      await go('bedrock/customization/long');
      await page.getByRole('button', { name: 'Stop job' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop job' }).click();
      await page.getByText('Job long is being stopped.').waitFor();
      await expect
        .poll(async () => (await bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: 'long' }))).status, {
          timeout: 30_000,
        })
        .toBe('Stopped');
    },
    LONG_MS,
  );
});
