import { BedrockClient, GetModelInvocationLoggingConfigurationCommand } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const NOVA = 'amazon.nova-lite-v1:0';
const MINUTE_MS = 60_000;
let outcrop: Outcrop;
let bedrock: BedrockClient;

beforeEach(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
});

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('the log of invocations in the console', () => {
  it(
    'is turned on for a bucket that lets Bedrock write, shows and filters what was said, opens large bodies, and is turned off',
    async () => {
      const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: 'invocations' }));
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/logs' });
      await page.getByText('Invocations are not logged').waitFor();
      await accessible();
      await shot('bedrock-logs-off');
      await page.getByRole('button', { name: 'Turn on' }).click();
      const dialog = page.getByRole('dialog', { name: 'Logging of invocations' });
      await dialog.getByRole('button', { name: 'Save settings' }).click();
      await dialog.getByText('Enter the name of a bucket.').first().waitFor();
      await dialog.getByLabel('Bucket', { exact: true }).fill('invocations');
      await dialog.getByLabel('Prefix').fill('said');
      await dialog.getByLabel('Audio').uncheck();
      await dialog.getByRole('button', { name: 'Save settings' }).click();
      await dialog.getByTestId('failure').getByText('Failed to validate permissions').waitFor();
      await accessible();
      await shot('bedrock-logs-settings');
      const Policy = await dialog.getByRole('region', { name: 'Bucket policy' }).innerText();
      await s3.send(new PutBucketPolicyCommand({ Bucket: 'invocations', Policy }));
      expect(await dialog.getByLabel('Prefix').inputValue()).toBe('said');
      await dialog.getByRole('button', { name: 'Save settings' }).click();
      await page.getByText('Invocations are logged to invocations.').waitFor();
      const { loggingConfig } = await bedrock.send(new GetModelInvocationLoggingConfigurationCommand({}));
      expect(loggingConfig).toMatchObject({
        s3Config: { bucketName: 'invocations', keyPrefix: 'said' },
        textDataDeliveryEnabled: true,
        audioDataDeliveryEnabled: false,
      });

      const ann = await identities(outcrop).user('ann', allow('bedrock:*'));
      const runtime = new BedrockRuntimeClient(outcrop.clients);
      const converse = (client: BedrockRuntimeClient, modelId: string, text: string) =>
        client.send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text }] }] }));
      const asked = await converse(runtime, HAIKU, 'Ada lives in Corvale.\n\nWhere does Ada live?');
      await converse(new BedrockRuntimeClient(ann.clients), NOVA, 'Bo paid 7 euros.\n\nHow much did Bo pay?');
      await runtime.send(
        new InvokeModelCommand({
          modelId: HAIKU,
          body: JSON.stringify({
            anthropic_version: 'bedrock-2023-05-31',
            max_tokens: 20,
            messages: [{ role: 'user', content: `${'Much was said. '.repeat(8_000)}\n\nWhat was said?` }],
          }),
        }),
      );
      await outcrop.clock.advance(10 * MINUTE_MS);
      await page.getByRole('button', { name: 'Refresh records' }).click();
      const rows = page.getByRole('button', { name: /: open / });
      await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(3);
      await accessible();
      await shot('bedrock-logs');
      const choose = async (label: string, option: string) => {
        await page.getByRole('button', { name: new RegExp(`^${label} \\S`) }).click();
        await page.getByRole('option', { name: option }).click();
      };
      await choose('Identity', 'user/ann');
      await expect.poll(() => rows.count()).toBe(1);
      expect(await page.getByRole('gridcell', { name: NOVA }).count()).toBe(1);
      await choose('Identity', 'Any identity');
      await choose('Model', HAIKU);
      await choose('Operation', 'Converse');
      await expect.poll(() => rows.count()).toBe(1);
      await page
        .getByText(`${asked.usage!.inputTokens} input tokens, ${asked.usage!.outputTokens} output tokens`)
        .waitFor();
      await page.getByRole('button', { name: `open ${asked.$metadata.requestId}` }).click();
      const opened = page.getByRole('dialog', { name: `Converse ${asked.$metadata.requestId}` });
      await opened.getByRole('region', { name: 'Request' }).getByText('Where does Ada live?').waitFor();
      const said = asked.output!.message!.content![0]!.text!;
      await opened.getByRole('region', { name: 'Response' }).getByText(JSON.stringify(said)).waitFor();
      await accessible();
      await shot('bedrock-logs-record');
      await opened.getByRole('button', { name: 'Close' }).click();
      await choose('Operation', 'InvokeModel');
      await expect.poll(() => rows.count()).toBe(1);
      await rows.first().click();
      await page.getByRole('dialog').getByRole('button', { name: 'Read it' }).click();
      await page.getByRole('region', { name: 'Request' }).getByText('What was said?').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await outcrop.clock.advance(120 * MINUTE_MS);
      await choose('Time', 'Last hour');
      await page.getByText('No record is of this kind').waitFor({ timeout: 20_000 });

      await page.getByRole('button', { name: 'Turn off' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
      await page.getByText('Invocations are logged no longer.').waitFor();
      expect((await bedrock.send(new GetModelInvocationLoggingConfigurationCommand({}))).loggingConfig).toBeUndefined();
    },
    LONG_MS,
  );
});
