import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

const MODEL = 'amazon.nova-lite-v1:0';
let outcrop: Outcrop;
let folder: string;
beforeEach(async () => {
  mkdirSync('.cache', { recursive: true });
  folder = mkdtempSync(resolve('.cache/rules-'));
  writeFileSync(
    join(folder, 'file.rules.yaml'),
    '- id: of-a-file\n  service: sts\n  operation: GetSessionToken\n  fault: throttle\n',
  );
  outcrop = await startForTests({ rules: join(folder, 'file.rules.yaml') });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const models = () => new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
const ask = (text: string) =>
  models().send(new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text }] }] }));
const rule = async (id: string) => (await outcrop.rules.list()).find((each) => each.id === id);

describeInBrowser('rules', () => {
  it('are listed with what they decided, switched off and on, and deleted', async () => {
    await outcrop.rules.add({ id: 'weather', model: 'amazon.*', prompt: 'weather', say: 'It rains.' });
    await ask('What is the weather?');
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'rules' });
    const row = page.getByRole('row', { name: /weather/ });
    await row.getByRole('link', { name: '1 call' }).waitFor();
    await page
      .getByRole('row', { name: /of-a-file/ })
      .getByText('file.rules.yaml')
      .waitFor();
    expect(await page.getByRole('checkbox', { name: 'Rule of-a-file in effect' }).isDisabled()).toBe(true);
    await accessible();
    await shot('rules-list');
    await page.getByRole('checkbox', { name: 'Rule weather in effect' }).click();
    await expect.poll(async () => (await rule('weather'))?.enabled).toBe(false);
    expect((await ask('What is the weather?')).output?.message?.content?.[0]?.text).not.toBe('It rains.');
    await expect.poll(() => page.getByRole('checkbox', { name: 'Rule weather in effect' }).isChecked()).toBe(false);
    await page.getByRole('checkbox', { name: 'Rule weather in effect' }).click();
    await expect.poll(async () => (await rule('weather'))?.enabled).toBeUndefined();
    expect((await ask('What is the weather?')).output?.message?.content?.[0]?.text).toBe('It rains.');
    await page.getByRole('checkbox', { name: 'Choose weather' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Rule weather was removed.').waitFor();
    expect(await rule('weather')).toBeUndefined();
  });

  it('of files are shown, and changed there', async () => {
    const { page, accessible } = await openConsole(outcrop, { path: 'rules/rule/of-a-file' });
    await page.getByText(/This rule stands in a file: change it in .*file\.rules\.yaml:1/).waitFor();
    expect(await page.getByRole('button', { name: 'Save changes' }).count()).toBe(0);
    await accessible();
  });

  it('are written with what is wrong at its line, and completion', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'rules/new' });
    const editor = page.getByRole('textbox', { name: 'Rules' });
    await retype(editor, '- id: who\n  service: sts\n  operation: GetCallerIdentit\n  answr: { Account: "1" }\n');
    const faults = page.getByTestId('rule-faults');
    await faults.getByText(/Line 4: .*unknown key answr; did you mean answer\?/).waitFor();
    await page.locator('.cm-lint-marker-error').first().waitFor();
    await accessible();
    await shot('rules-wrong');
    await page.getByRole('button', { name: 'Create rule' }).click();
    expect(await rule('who')).toBeUndefined();
    await retype(editor, '- id: who\n  service: sts\n  operation: ');
    await page.keyboard.type('GetCaller', { delay: 30 });
    const offered = page.getByRole('option', { name: /GetCallerIdentity/ });
    await expect
      .poll(
        async () => {
          // What there is to complete by may still be on its way.
          if ((await offered.count()) === 0) await page.keyboard.press('Control+Space');
          return offered.count();
        },
        { timeout: 15_000, interval: 700 },
      )
      .toBe(1);
    await shot('rules-completion');
    await offered.click();
    await page.keyboard.press('Enter');
    await page.keyboard.type('ans', { delay: 30 });
    await page.getByRole('option', { name: /answer/ }).click();
    await page.keyboard.insertText(
      '{ Account: "111122223333", Arn: "arn:aws:iam::111122223333:user/ann", UserId: "A" }',
    );
    await expect.poll(() => faults.count(), { timeout: 10_000 }).toBe(0);
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText('Rule who is in effect.').waitFor();
    const { Account } = await new STSClient(outcrop.clients).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe('111122223333');
  });

  it('inject faults by a switch, and stop by it', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'rules' });
    const throttling = page.getByRole('checkbox', { name: 'Throttling' });
    await throttling.click();
    await expect.poll(async () => (await rule('fault.throttle'))?.fault).toBe('throttle');
    await expect(ask('Hello')).rejects.toMatchObject({
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 429 },
    });
    await page.getByText('Faults: Throttling').waitFor();
    await page.getByText('bedrock-runtime; 1 call').waitFor();
    await accessible();
    await shot('rules-fault');
    await throttling.click();
    await expect.poll(async () => (await rule('fault.throttle'))?.enabled).toBe(false);
    await ask('Hello');
    await page.getByLabel('Model', { exact: true }).fill('amazon.nova-lite*');
    await page.getByRole('checkbox', { name: 'Stream cut' }).click();
    await expect.poll(async () => (await rule('fault.cut'))?.model).toBe('amazon.nova-lite*');
    const { stream } = await models().send(
      new ConverseStreamCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }),
    );
    const events: object[] = [];
    await (async () => {
      for await (const event of stream!) events.push(event);
    })().catch(() => {});
    expect(events.some((event) => 'messageStop' in event)).toBe(false);
  });

  it('begin from templates, each of which is right', async () => {
    const { page } = await openConsole(outcrop, { path: 'rules' });
    const menu = page.getByRole('button', { name: 'Create a rule from a template' });
    await menu.click();
    const names = await page.getByRole('menuitem').allInnerTexts();
    await page.keyboard.press('Escape');
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) {
      await menu.click();
      await page.getByRole('menuitem', { name: name.split('\n')[0]! }).click();
      await page.getByRole('button', { name: 'Create rule' }).click();
      await page
        .getByText(/Rule .* is in effect\./)
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).first().click();
    }
    expect(await outcrop.rules.list()).toHaveLength(names.length + 1);
  }, 60_000);
});

describeInBrowser('cassettes', () => {
  it('are recorded, played, and show what they miss as a difference', async () => {
    const cassette = join(relative(process.cwd(), folder), 'calls.yaml');
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'rules/cassettes' });
    await page.getByLabel('Cassette file').fill(cassette);
    await page.getByRole('button', { name: 'Start recording' }).click();
    await page.getByText(`Recording to ${cassette}`).waitFor();
    const first = await ask('What is recorded?');
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await expect.poll(() => page.getByText(`Recording to ${cassette}`).count()).toBe(0);
    await ask('What is not?');
    await page.getByRole('checkbox', { name: `Replay from ${cassette}` }).click();
    await expect
      .poll(async () => (await outcrop.rules.list()).filter(({ replay }) => replay !== undefined).length)
      .toBe(1);
    expect((await ask('What is recorded?')).output).toEqual(first.output);
    expect(outcrop.calls(1)[0]!.answer).toContain('replayed');
    // A strict one, whose misses are errors.
    const replay = (await outcrop.rules.list()).find((each) => each.replay !== undefined)!;
    await outcrop.rules.add({ id: replay.id, replay: cassette });
    await expect(ask('What was never asked?')).rejects.toThrow(/has no answer for this call/);
    const difference = page.getByRole('region', { name: 'Difference' });
    await difference.getByText(/\+ "What was never asked\?"/).waitFor();
    await difference.getByText(/- "What is recorded\?"/).waitFor();
    await accessible();
    await shot('rules-cassettes');
    expect(await outcrop.cassettes()).toMatchObject([{ cassette, entries: 1, recorded: 1, played: 1, misses: 1 }]);
    await page.getByRole('checkbox', { name: `Replay from ${cassette}` }).click();
    await expect.poll(async () => (await rule(replay.id))?.enabled).toBe(false);
    await ask('What was never asked?');
    await page.getByRole('checkbox', { name: `Record to ${cassette}` }).click();
    await expect
      .poll(async () =>
        (await outcrop.rules.list()).some((each) => each.record !== undefined && each.enabled !== false),
      )
      .toBe(true);
    await page.getByRole('link', { name: cassette }).click();
    await page.getByRole('heading', { name: /Entries/ }).waitFor();
    await page.getByRole('radio', { name: 'Choose 1' }).click();
    await page.getByRole('region', { name: 'Input of the entry' }).getByText('What is recorded?').waitFor();
    await accessible();
    await shot('rules-entries');
  });
});

describeInBrowser('outages and quotas', () => {
  it('begin and end', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'rules/outages' });
    await page.getByRole('button', { name: 'Begin outage' }).click();
    await page.getByRole('button', { name: 'End outage: us-east-1' }).waitFor();
    expect(await outcrop.outages.list()).toMatchObject([{ region: 'us-east-1' }]);
    await expect(ask('Hello')).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    await page.getByRole('button', { name: 'Add quota' }).click();
    await page.getByText('A quota has requests or tokens a minute').waitFor();
    await page.getByRole('spinbutton', { name: 'Requests a minute' }).fill('1');
    await page.getByRole('button', { name: 'Add quota' }).click();
    await page.getByRole('button', { name: 'Remove quota 1' }).waitFor();
    await accessible();
    await shot('rules-outages');
    await page.getByRole('button', { name: 'End outage: us-east-1' }).click();
    await expect.poll(() => outcrop.outages.list()).toEqual([]);
    await ask('One');
    await expect(ask('Two')).rejects.toMatchObject({ name: 'ThrottlingException' });
    await page.getByRole('button', { name: 'Remove quota 1' }).click();
    await expect.poll(() => outcrop.quotas.list()).toEqual([]);
  });
});
