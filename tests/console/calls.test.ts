import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { ListUsersCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const MODEL = 'amazon.nova-lite-v1:0';
const run = promisify(execFile);
let outcrop: Outcrop;
let folder: string;
beforeEach(async () => {
  outcrop = await startForTests();
  mkdirSync('.cache', { recursive: true });
  folder = mkdtempSync(resolve('.cache/calls-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const models = () => new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
const question = (text: string) => ({ modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text }] }] });
const latest = (operation: string) => outcrop.calls(200).find((call) => call.operation === operation)!;

/** How the latest answer of a client came about. */
function answersOf(client: BedrockRuntimeClient): { latest: () => string | undefined } {
  let header: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      header = (result.response as { headers: Record<string, string> }).headers['x-outcrop-answer'];
      return result;
    },
    { step: 'deserialize' },
  );
  return { latest: () => header };
}

describeInBrowser('calls', () => {
  it('appear as they are made, are paused, resumed and filtered', async () => {
    const { page, accessible, shot } = await openConsole(outcrop, { path: 'calls' });
    await page.getByRole('heading', { name: /Calls/, level: 1 }).waitFor();
    const sts = new STSClient(outcrop.clients);
    const table = page.getByRole('grid', { name: 'Calls' });
    await table.getByText('sts.GetCallerIdentity').first().waitFor();
    const before = outcrop.calls(1_000).length;
    await new S3Client(outcrop.clients).send(new ListBucketsCommand({}));
    await table.getByText('s3.ListBuckets').first().waitFor();
    expect(outcrop.calls(1_000).length).toBe(before + 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await new IAMClient(outcrop.clients).send(new ListUsersCommand({}));
    await page.waitForTimeout(1_500);
    expect(await table.getByText('iam.ListUsers').count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await table.getByText('iam.ListUsers').first().waitFor();
    await models().send(new ConverseCommand(question('Hello')));
    await expect(
      new S3Client({ ...outcrop.clients, maxAttempts: 1 }).send(
        new GetObjectCommand({ Bucket: 'not-there', Key: 'x' }),
      ),
    ).rejects.toThrow();
    await table.getByText('s3.GetObject').first().waitFor();
    await accessible();
    await shot('calls-list');
    await page.getByRole('button', { name: /^Service/ }).click();
    await page.getByRole('option', { name: 's3' }).click();
    await expect.poll(() => table.getByText('iam.ListUsers').count()).toBe(0);
    await table.getByText('s3.GetObject').first().waitFor();
    await page.getByRole('button', { name: /^Result/ }).click();
    await page.getByRole('option', { name: 'Failed' }).click();
    await expect.poll(() => table.getByText('s3.ListBuckets').count()).toBe(0);
    expect(page.url()).toContain('service=s3');
    await sts.send(new GetCallerIdentityCommand({}));
    await page.getByRole('button', { name: /^Service/ }).click();
    await page.getByRole('option', { name: 'Any' }).click();
    await page.getByRole('button', { name: /^Result/ }).click();
    await page.getByRole('option', { name: 'Any' }).click();
    await page.getByLabel('Find calls').fill('nova-lite');
    await page.getByText('1 match', { exact: true }).first().waitFor();
    await table.getByText('bedrock-runtime.Converse').waitFor();
  });

  it('are 10,000 without lag', async () => {
    // Signed once, called often: what is measured is the page.
    const url = await getSignedUrl(new S3Client(outcrop.clients), new ListBucketsCommand({}));
    for (let batch = 0; batch < 200; batch++)
      await Promise.all(Array.from({ length: 50 }, async () => (await fetch(url)).arrayBuffer()));
    const { page } = await openConsole(outcrop, { path: 'calls' });
    await page.getByText('(10,000)').waitFor({ timeout: 30_000 });
    const longest = await page.evaluate(async () => {
      let worst = 0;
      let last = performance.now();
      const until = last + 4_000;
      while (last < until) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }
      return worst;
    });
    console.log(`longest turn of the page with 10,000 calls: ${longest.toFixed(0)} ms`);
    // With a poll every second in between; a person notices from some 100 ms on, and two cores have other work.
    expect(longest).toBeLessThan(1_000);
    await page.getByLabel('Find calls').fill('ListUsers');
    await page
      .getByText(/^\d+ match/)
      .first()
      .waitFor();
  }, 300_000);

  it('say why one was denied: name, message, permission and the way to the whole reasoning', async () => {
    const { user } = identities(outcrop);
    const ann = await user('ann', allow('s3:ListAllMyBuckets'));
    await expect(new S3Client(ann.clients).send(new CreateBucketCommand({ Bucket: 'mine' }))).rejects.toThrow();
    const { requestId } = latest('CreateBucket');
    const { page, accessible, shot } = await openConsole(outcrop, { path: `calls/${requestId}` });
    const alert = page.getByTestId('denied-by');
    await alert.getByText('s3:CreateBucket').waitFor();
    expect(await alert.innerText()).toContain('nothing allows it');
    expect(await alert.getByRole('link', { name: /whole reasoning/ }).getAttribute('href')).toBe(
      `#/iam/why/${requestId}`,
    );
    await page.getByText('is not authorized to perform: s3:CreateBucket').first().waitFor();
    await page.getByRole('tab', { name: /Permissions/ }).click();
    await page.getByRole('table', { name: 'Permissions' }).getByText('arn:aws:s3:::mine').waitFor();
    await accessible();
    await shot('calls-denied');
  });

  it('that are unknown say so', async () => {
    const { page, accessible } = await openConsole(outcrop, { path: 'calls/11111111-2222-3333-4444-555555555555' });
    await page.getByText('Nothing is known of this call').waitFor();
    await accessible();
  });

  it('are the root’s: another principal reads the refusal', async () => {
    const ann = await identities(outcrop).user('reader', allow('s3:*'));
    const { page } = await openConsole(outcrop, { path: 'calls', credentials: ann.clients.credentials });
    await page.getByTestId('failure').getByText('Only the account root manages the stack').first().waitFor();
  });

  it('of a stream are shown frame by frame', async () => {
    const { stream } = await models().send(new ConverseStreamCommand(question('Tell me about rain.')));
    const events: Record<string, any>[] = [];
    for await (const event of stream!) events.push(event);
    const { page, accessible, shot } = await openConsole(outcrop, {
      path: `calls/${latest('ConverseStream').requestId}`,
    });
    await page.getByRole('tab', { name: `Frames (${events.length})` }).click();
    await page.getByRole('heading', { name: `Frame 1 of ${events.length}: messageStart` }).waitFor();
    await page.getByRole('button', { name: 'Next frame', exact: true }).click();
    const said = page.getByRole('region', { name: 'Said by then' });
    expect((await said.innerText()).trim()).toBe(events[1]!['contentBlockDelta'].delta.text.trim());
    await page.getByRole('slider', { name: 'Frame' }).press('End');
    await page.getByRole('heading', { name: `Frame ${events.length} of ${events.length}: metadata` }).waitFor();
    const whole = events.map((event) => event['contentBlockDelta']?.delta?.text ?? '').join('');
    expect(await said.innerText()).toContain(whole.slice(0, 100));
    await page.getByRole('button', { name: 'Next frames' }).waitFor();
    await accessible();
    await shot('calls-frames');
  });

  it('show request, response, cost and code, and no secret', async () => {
    const secret = `hush-${crypto.randomUUID()}`;
    const manager = new SecretsManagerClient(outcrop.clients);
    const Name = `db-${crypto.randomUUID()}`;
    await manager.send(new CreateSecretCommand({ Name, SecretString: secret }));
    await manager.send(new GetSecretValueCommand({ SecretId: Name }));
    const { page, go, shot, accessible } = await openConsole(outcrop, {
      path: `calls/${latest('CreateSecret').requestId}`,
    });
    const request = page.getByRole('region', { name: 'Request' });
    await request.getByText(Name).waitFor();
    expect(await request.innerText()).toContain('<hidden>');
    await page.getByRole('tab', { name: 'Code' }).click();
    await page.getByText('aws secretsmanager create-secret').waitFor();
    expect(await page.content()).not.toContain(secret);
    await go(`calls/${latest('GetSecretValue').requestId}`);
    await page.getByRole('tab', { name: 'Response' }).click();
    await page.getByRole('region', { name: 'Response' }).getByText('<hidden>').waitFor();
    expect(await page.content()).not.toContain(secret);
    await models().send(
      new InvokeModelCommand({
        modelId: MODEL,
        body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hello there' }] }] }),
      }),
    );
    await go(`calls/${latest('InvokeModel').requestId}`);
    await page.getByRole('region', { name: 'Request' }).getByText('Hello there').waitFor();
    await page.getByRole('tab', { name: 'Cost' }).click();
    await page.getByRole('table', { name: 'Cost of the call' }).getByText('InputTokens').waitFor();
    await accessible();
    await shot('calls-detail');
  });

  it('become a rule by one click, which answers the next', async () => {
    const text = `What is ${crypto.randomUUID()}?`;
    const client = models();
    const how = answersOf(client);
    const computed = await client.send(new ConverseCommand(question(text)));
    expect(how.latest()).not.toContain('declared');
    const { requestId } = latest('Converse');
    const { page, shot, accessible } = await openConsole(outcrop, { path: `calls/${requestId}` });
    await page.getByRole('button', { name: 'Make a rule of it' }).click();
    await page.getByRole('heading', { name: 'Create rule', level: 1 }).waitFor();
    await page.getByRole('textbox', { name: 'Rules' }).waitFor();
    await accessible();
    await shot('rules-prefilled');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText(`Rule Converse-${requestId.slice(0, 8)} is in effect.`).waitFor();
    const declared = await client.send(new ConverseCommand(question(text)));
    expect(how.latest()).toBe(`declared; rule=Converse-${requestId.slice(0, 8)}`);
    expect(declared.output).toEqual(computed.output);
    await client.send(new ConverseCommand(question('Another one')));
    expect(how.latest()).not.toContain('declared');
    expect((await outcrop.rules.list())[0]).toMatchObject({ used: 1 });
  });

  it('become a cassette by one click, from which they are played', async () => {
    const client = models();
    const how = answersOf(client);
    const text = `Is there ${crypto.randomUUID()}?`;
    const { stream } = await client.send(new ConverseStreamCommand(question(text)));
    const events: unknown[] = [];
    for await (const event of stream!) events.push(event);
    const { page, shot, accessible } = await openConsole(outcrop, {
      path: `calls/${latest('ConverseStream').requestId}`,
    });
    await page.getByRole('button', { name: 'Make a cassette of it' }).click();
    const cassette = join(relative(process.cwd(), folder), 'one.yaml');
    await page.getByLabel('Cassette', { exact: true }).fill(cassette);
    await accessible('[role=dialog]');
    await shot('calls-cassette');
    await page.getByRole('button', { name: 'Make cassette' }).click();
    await page.getByText('which has 1 entry now').waitFor();
    const again = await client.send(new ConverseStreamCommand(question(text)));
    const repeated: unknown[] = [];
    for await (const event of again.stream!) repeated.push(event);
    expect(how.latest()).toContain('replayed');
    expect(repeated).toEqual(events);
  });

  it('become a test that runs as it stands, in Vitest and in pytest', async () => {
    const build = (await import(new URL('../../tools/build.mjs', import.meta.url).href)) as { isFresh: () => boolean };
    if (!build.isFresh()) execFileSync(process.execPath, ['tools/start.mjs', '--build-only'], { stdio: 'ignore' });
    const room = mkdtempSync(join(tmpdir(), 'outcrop-made-'));
    try {
      mkdirSync(join(room, 'node_modules'));
      symlinkSync(resolve('.'), join(room, 'node_modules/outcrop'));
      for (const name of ['@aws-sdk', 'vitest'])
        symlinkSync(resolve('node_modules', name), join(room, 'node_modules', name));
      const client = models();
      const text = `Say “it's {{${crypto.randomUUID()}}}”\nand \\ more`;
      await client.send(new ConverseCommand(question(text)));
      const calls = [latest('Converse').requestId];
      const { stream } = await client.send(new ConverseStreamCommand(question(text)));
      for await (const event of stream!) void event;
      calls.push(latest('ConverseStream').requestId);
      await client.send(
        new InvokeModelCommand({
          modelId: MODEL,
          body: JSON.stringify({ messages: [{ role: 'user', content: [{ text }] }] }),
        }),
      );
      calls.push(latest('InvokeModel').requestId);
      await expect(
        new S3Client({ ...outcrop.clients, maxAttempts: 1 }).send(
          new GetObjectCommand({ Bucket: 'not-there', Key: 'x' }),
        ),
      ).rejects.toThrow();
      calls.push(latest('GetObject').requestId);
      await new IAMClient(outcrop.clients).send(new ListUsersCommand({}));
      calls.push(latest('ListUsers').requestId);
      const { page, go, shot, accessible } = await openConsole(outcrop);
      for (const [index, requestId] of calls.entries()) {
        await go(`calls/${requestId}`);
        await page.getByText(requestId).first().waitFor();
        await page.getByRole('button', { name: 'Make a test of it' }).click();
        const test = page.getByRole('region', { name: 'Test' });
        writeFileSync(join(room, `made${index}.test.mjs`), await test.locator('pre').innerText());
        if (index === 0) {
          await accessible('[role=dialog]');
          await shot('calls-test');
        }
        await page.getByText('pytest', { exact: true }).click();
        await test.getByText('import boto3').waitFor();
        writeFileSync(join(room, `test_made${index}.py`), await test.locator('pre').innerText());
        await page.getByRole('button', { name: 'Done' }).click();
      }
      const clean = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(AWS_|OUTCROP_|VITEST|NODE_OPTIONS)/.test(name)),
      );
      const env = { ...clean, NO_COLOR: '1', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
      const js = await run(
        process.execPath,
        [resolve('node_modules/vitest/vitest.mjs'), 'run', '--testTimeout=60000'],
        { cwd: room, env },
      ).catch((error: { stdout: string; stderr: string }) => error);
      expect(`${js.stdout}${js.stderr}`).toMatch(/Tests +5 passed \(5\)/);
      const command = `${process.execPath} ${resolve('dist/cli/outcrop.js')}`;
      const python = await run('python3', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
        cwd: room,
        env: { ...env, STACK_COMMAND: command },
      }).catch((error: { stdout: string; stderr: string }) => error);
      expect(`${python.stdout}${python.stderr}`).toMatch(/5 passed/);
    } finally {
      rmSync(room, { recursive: true, force: true });
    }
  }, 400_000);

  it('fit a narrow screen, and a dark one', async () => {
    await new S3Client(outcrop.clients).send(new HeadBucketCommand({ Bucket: 'nothing-here' })).catch(() => {});
    const { page, go, accessible, shot } = await openConsole(outcrop, { path: 'calls', width: 375, dark: true });
    await page.getByText('s3.HeadBucket').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await accessible();
    await shot('calls-narrow');
    await go(`calls/${latest('HeadBucket').requestId}`);
    await page.getByRole('heading', { name: 's3.HeadBucket', level: 1 }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await shot('calls-detail-narrow');
  });
});
