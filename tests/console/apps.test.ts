import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { beginStream, delta, sse, startUpstream } from '../../src/engines/llm/openai/upstream.fixture.ts';
import { manage, type Outcrop } from '../../src/main.ts';
import { identities } from '../identities.ts';
import { drawingServer } from '../image-server.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const { seen, binding } = drawingServer();
const run = promisify(execFile);

let upstream: Awaited<ReturnType<typeof startUpstream>>;
let stopped: boolean;
/** A model that designs one app, and writes without end. */
async function design(exchange: Parameters<Parameters<typeof startUpstream>[0]>[0]): Promise<void> {
  const { body, response } = exchange;
  if (!body['tools']) {
    beginStream(exchange);
    response.write(sse(delta({ content: 'Roses are teal' })));
    await exchange.closed;
    stopped = true;
    return;
  }
  const app = {
    title: 'Colour poems',
    widgets: [
      { kind: 'input', title: 'Shade' },
      { kind: 'text', title: 'Poem', prompt: 'A poem about @Shade.' },
    ],
  };
  const call = { id: 'call_1', type: 'function', function: { name: 'make_app', arguments: JSON.stringify(app) } };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'tool_calls' }],
      usage: { prompt_tokens: 300, completion_tokens: 120, total_tokens: 420 },
    }),
  );
}

let outcrop: Outcrop;
let scarce: Outcrop;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outcrop-apps-'));
  stopped = false;
  upstream = await startUpstream(design);
  outcrop = await startForTests({
    models: { 'amazon.nova-canvas-*': binding(), 'amazon.nova-micro-*': `openai:${upstream.baseUrl}#m` },
  });
  scarce = await startForTests({ appCredits: 60, clock: { frozenAt: new Date('2026-11-20T10:00:00Z') } });
  // What answers is loaded by its first call, which no page should have to wait for.
  for (const stack of [outcrop, scarce])
    await new BedrockRuntimeClient(stack.clients).send(
      new ConverseCommand({
        modelId: 'amazon.nova-lite-v1:0',
        messages: [{ role: 'user', content: [{ text: 'Summarize: Granite is hard.' }] }],
      }),
    );
}, 120_000);
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await upstream.stop();
});

const card = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });
const output = (page: Page, title: string) => page.getByRole('region', { name: `${title}: output` });
const status = (page: Page, title: string, text: string | RegExp) => card(page, title).getByText(text).waitFor();

/** An app whose texts the built-in worker can write: from what it is given. */
async function generate(page: Page, sentence: string): Promise<void> {
  await page.getByLabel('What should the app do?').fill(sentence);
  await page.getByRole('button', { name: 'Generate app' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
}

async function setPrompt(page: Page, title: string, prompt: string): Promise<void> {
  await page.getByRole('button', { name: `Edit ${title}`, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: /^Prompt/ }).fill(prompt);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Of the root: the company's name, and whether all outputs are there. */
async function outputsKept(id: string): Promise<unknown[]> {
  process.env['AWS_ENDPOINT_URL'] = outcrop.endpoint;
  const { state } = (await manage('GET', `apps/${id}/state`)) as { state: any };
  return [state?.inputs?.w2?.text, Object.keys(state?.outputs ?? {}).length === 3];
}

describeInBrowser('apps', () => {
  it('partyrock.1: makes an app of a sentence, wired by references, and runs only what rests on a changed input', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'apps' });
    await page.getByRole('heading', { name: 'Apps', level: 1 }).waitFor();
    await accessible();
    await shot('apps-home');
    await generate(
      page,
      'Summarize a text and write a motto for my company name, then draw a logo for the company name',
    );
    await page.getByText('by rules').first().waitFor();
    for (const title of ['Text', 'Company name', 'Summary', 'Motto', 'Logo']) await card(page, title).waitFor();
    await card(page, 'Summary').getByText('uses @Text', { exact: false }).waitFor();
    await card(page, 'Motto').getByText('uses @[Company name]', { exact: false }).waitFor();
    await card(page, 'Logo').getByText('uses @[Company name]', { exact: false }).waitFor();

    await card(page, 'Text')
      .getByRole('textbox')
      .fill('The museum opens at 9:30 on Sundays. It has three floors. Children go free.');
    await card(page, 'Company name').getByRole('textbox').fill('Granite & Sons');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await status(page, 'Summary', /Up to date/);
    await status(page, 'Motto', /Up to date/);
    await status(page, 'Logo', /Up to date/);
    expect(await output(page, 'Summary').innerText()).toContain('9:30');
    const picture = await card(page, 'Logo').getByRole('img', { name: 'Logo' }).getAttribute('src');
    expect(picture).toMatch(/^data:image\/png;base64,/);
    expect(seen.at(-1)!['prompt']).toContain('Granite & Sons');
    await accessible();
    await shot('apps-run');

    // They are there again another day.
    await expect.poll(() => outputsKept(page.url().split('/').at(-1)!)).toEqual(['Granite & Sons', true]);
    await page.reload();
    await status(page, 'Logo', /Up to date/);
    expect(await card(page, 'Company name').getByRole('textbox').inputValue()).toBe('Granite & Sons');
    expect(await card(page, 'Logo').getByRole('img', { name: 'Logo' }).getAttribute('src')).toBe(picture);

    const asked = () =>
      outcrop
        .calls(1000)
        .filter(({ operation }) => operation === 'ConverseStream' || operation === 'InvokeModel')
        .map(({ operation }) => operation);
    const before = asked().length;
    await card(page, 'Company name').getByRole('textbox').fill('Basalt Brothers');
    await status(page, 'Motto', /Out of date/);
    await status(page, 'Logo', /Out of date/);
    await status(page, 'Summary', /Up to date/);
    await shot('apps-stale');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await status(page, 'Motto', /Up to date/);
    await status(page, 'Logo', /Up to date/);
    // The newest calls come first or last: count by kind.
    expect(asked().length).toBe(before + 2);
    expect(asked().filter((operation) => operation === 'InvokeModel')).toHaveLength(2);
    expect(seen.at(-1)!['prompt']).toContain('Basalt Brothers');
    expect(await card(page, 'Logo').getByRole('img').getAttribute('src')).not.toBe(picture);
  });

  it('partyrock.2: parameters, models and snapshots', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'apps' });
    await generate(page, 'Write a poem about a colour');
    const colours = [
      'red',
      'green',
      'blue',
      'yellow',
      'black',
      'white',
      'orange',
      'pink',
      'brown',
      'grey',
      'teal',
      'gold',
    ];
    await card(page, 'Colour').getByRole('textbox').fill(colours.join(', '));
    await setPrompt(page, 'Poem', 'Pick a random colour from: @Colour.');
    const temperature = async (value: string) => {
      await page.getByRole('button', { name: 'Edit Poem', exact: true }).click();
      await page.getByLabel('Temperature').fill(value);
      await shot('apps-edit');
      await accessible();
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    const again = async () => {
      const count = () => outcrop.calls(1000).filter(({ operation }) => operation === 'ConverseStream').length;
      const before = count();
      await page.getByRole('button', { name: 'Run Poem', exact: true }).click();
      await expect.poll(count).toBe(before + 1);
      await status(page, 'Poem', /Up to date/);
      return output(page, 'Poem').innerText();
    };
    await temperature('0');
    const cold = [await again(), await again()];
    expect(cold[0]).toBe(cold[1]);
    expect(colours).toContain(cold[0]);
    await temperature('1');
    const warm = new Set<string>();
    for (let time = 0; time < 12 && warm.size < 2; time++) warm.add(await again());
    expect(warm.size).toBeGreaterThan(1);

    const kept = await output(page, 'Poem').innerText();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Snapshots' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Colours');
    await page.getByRole('button', { name: 'Take snapshot' }).click();
    await page.getByRole('button', { name: 'Restore Colours' }).waitFor();
    await shot('apps-snapshots');
    await accessible();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();

    await page.getByRole('button', { name: 'Edit Poem', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Model/ }).click();
    await page.getByRole('option', { name: /Nova Pro/ }).click();
    expect(await dialog.getByRole('textbox', { name: /^Prompt/ }).inputValue()).toBe(
      'Pick a random colour from: @Colour.',
    );
    await dialog.getByRole('button', { name: 'Save' }).click();
    await card(page, 'Poem').getByText('Nova Pro', { exact: false }).waitFor();
    await status(page, 'Poem', /Out of date/);
    await setPrompt(page, 'Poem', 'Summarize: @Colour');
    await card(page, 'Colour').getByRole('textbox').fill('Rocks are hard. Rivers are wet.');
    await page.getByRole('button', { name: 'More of Colour' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await card(page, 'Colour 2').waitFor();
    expect(await again()).toMatch(/Rocks|Rivers/);

    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Snapshots' }).click();
    await page.getByRole('button', { name: 'Restore Colours' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await card(page, 'Colour 2').waitFor({ state: 'detached' });
    expect(await card(page, 'Colour').getByRole('textbox').inputValue()).toBe(colours.join(', '));
    expect(await output(page, 'Poem').innerText()).toBe(kept);
    await card(page, 'Poem').getByText('Nova Lite', { exact: false }).waitFor();
    await card(page, 'Poem').getByText('temperature 1', { exact: false }).waitFor();
    await status(page, 'Poem', /Up to date/);
    await page.getByRole('button', { name: 'Edit Poem', exact: true }).click();
    expect(
      await page
        .getByRole('dialog')
        .getByRole('textbox', { name: /^Prompt/ })
        .inputValue(),
    ).toBe('Pick a random colour from: @Colour.');
  });

  it('partyrock.3: shares by a link, read-only; a remix is a copy; credits end runs, without any AWS rights', async () => {
    const { user } = identities(scarce);
    const [ann, ben] = [await user('ann'), await user('ben')];
    const mine = await openConsole(scarce, { path: 'apps', credentials: ann.clients.credentials });
    await generate(mine.page, 'Summarize a text');
    const link = mine.page.url();
    const theirs = await openConsole(scarce, { path: 'apps', credentials: ben.clients.credentials });
    await theirs.go(link.split('#/')[1]!);
    await theirs.page.getByText('or its owner does not share it').waitFor();

    await mine.page.getByRole('button', { name: 'Share', exact: true }).click();
    await mine.page.getByRole('checkbox', { name: /Everybody/ }).click();
    const shared = mine.page.getByRole('dialog').getByRole('textbox', { name: 'Link' });
    expect(await shared.inputValue()).toBe(link);
    await mine.shot('apps-share');
    await mine.accessible();

    await theirs.go('apps');
    await theirs.page.getByRole('link', { name: 'Summary' }).click();
    await theirs.page.getByText('Read-only').waitFor();
    expect(theirs.page.url()).toBe(link);
    expect(await theirs.page.getByRole('button', { name: /^Edit|Add widget|^Share/ }).count()).toBe(0);
    await card(theirs.page, 'Text').getByRole('textbox').fill('Granite is hard. Chalk is soft. Slate splits.');
    await theirs.page.getByRole('button', { name: 'Run', exact: true }).click();
    await status(theirs.page, 'Summary', /Up to date/);
    await theirs.page
      .getByText(/[1-9]\d* of 60 used/)
      .first()
      .waitFor();
    await theirs.shot('apps-shared');
    await theirs.accessible();

    // What is left is spent, and then runs are refused until midnight.
    for (let time = 0; time < 8; time++) {
      await theirs.page.getByRole('button', { name: 'Run Summary', exact: true }).click();
      await card(theirs.page, 'Summary')
        .getByText(/Up to date|Failed/)
        .waitFor();
      if ((await card(theirs.page, 'Summary').getByText('Failed').count()) > 0) break;
    }
    await card(theirs.page, 'Summary')
      .getByText(/of today's 60 credits.*They renew at 2026-11-21T00:00:00\.000Z/)
      .waitFor();
    await theirs.page
      .getByText(/Runs are refused until 2026-11-21/)
      .first()
      .waitFor();
    await theirs.shot('apps-no-credits');
    await theirs.accessible();
    // Ann has her own.
    await mine.page.getByRole('button', { name: 'Done' }).click();
    await mine.page.getByText('0 of 60 used').first().waitFor();

    await theirs.page.getByRole('button', { name: 'Remix' }).click();
    await theirs.page.getByRole('heading', { name: 'Remix of Summary' }).waitFor();
    expect(theirs.page.url()).not.toBe(link);
    await setPrompt(theirs.page, 'Summary', 'List the adjectives of @Text');
    await mine.page.reload();
    await mine.page.getByRole('button', { name: 'Edit Summary', exact: true }).click();
    expect(
      await mine.page
        .getByRole('dialog')
        .getByRole('textbox', { name: /^Prompt/ })
        .inputValue(),
    ).toBe('Summarize this:\n\n@Text');

    await scarce.clock.advance(15 * 3_600_000);
    await card(theirs.page, 'Text').getByRole('textbox').fill('Granite is hard.');
    await theirs.page.getByRole('button', { name: 'Run', exact: true }).click();
    await status(theirs.page, 'Summary', /Up to date/);
  });

  it('says at the widget what is wrong, on a narrow screen; moves widgets, renames and deletes apps', async () => {
    const bare = scarce;
    const { page, shot, accessible, go } = await openConsole(bare, { path: 'apps', width: 375, height: 800 });
    await generate(page, 'Draw a picture of an animal');
    await shot('apps-narrow');
    await card(page, 'Animal').getByRole('textbox').fill('hedgehog');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await card(page, 'Picture')
      .getByTestId('failure')
      .getByText(/outcrop models bind|bind/i)
      .waitFor();
    await setPrompt(page, 'Picture', 'A picture of @Nobody and of @Picture');
    await card(page, 'Picture').getByText('@Nobody names no widget of this app.').waitFor();
    await card(page, 'Picture')
      .getByText(/rests on itself: @Picture → @Picture/)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    await shot('apps-faults');

    const titles = () => page.getByRole('listitem').getByRole('heading', { level: 3 }).allInnerTexts();
    expect(await titles()).toEqual(['Animal', 'Picture']);
    await page.getByRole('button', { name: 'More of Picture' }).click();
    await page.getByRole('menuitem', { name: 'Move earlier' }).click();
    await expect.poll(titles).toEqual(['Picture', 'Animal']);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit title' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill('Hedgehogs');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Hedgehogs', level: 1 }).waitFor();
    await accessible();
    await go('apps');
    await page.getByRole('link', { name: 'Hedgehogs' }).waitFor();
    await accessible();
    await shot('apps-home-narrow');
    await page.getByRole('link', { name: 'Hedgehogs' }).click();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete app' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('You have no apps yet').waitFor();
  });

  it('shows words as they come, stops when told to, and has a model design an app', async () => {
    const { page, shot } = await openConsole(outcrop, { path: 'apps' });
    await page.getByLabel('What should the app do?').fill('Poems about colours');
    await page.getByRole('button', { name: /^Model/ }).click();
    await page.getByRole('option', { name: /Nova Micro/ }).click();
    await page.getByRole('button', { name: 'Generate app' }).click();
    await page.getByText('Designed by amazon.nova-micro-v1:0.').waitFor();
    await page.getByRole('heading', { name: 'Colour poems' }).waitFor();
    await card(page, 'Shade').getByRole('textbox').fill('teal');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await card(page, 'Poem').getByText('Roses are teal').waitFor();
    await card(page, 'Poem').getByText('Running').waitFor();
    await shot('apps-streaming');
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await card(page, 'Poem').getByText('You stopped it before it had ended.').waitFor();
    await expect.poll(() => stopped).toBe(true);
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  });

  it('reads documents, holds conversations, and exports a program that does the same', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'apps', dark: true });
    await page.getByRole('button', { name: 'Start empty' }).click();
    const add = async (kind: string, fill: (dialog: ReturnType<Page['getByRole']>) => Promise<void>) => {
      await page.getByRole('button', { name: 'Add widget' }).click();
      await page.getByRole('menuitem', { name: kind }).click();
      const dialog = page.getByRole('dialog');
      await fill(dialog);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    await add('Document', async () => {});
    await add('User input', async (dialog) => dialog.getByLabel('Title').fill('Question'));
    await add('AI text', async (dialog) => {
      await dialog.getByLabel('Title').fill('Reply');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('Say what the model is to do.').waitFor();
      await dialog.getByRole('button', { name: 'Refer to Question' }).click();
      await dialog.getByRole('button', { name: 'Refer to Document' }).click();
      await dialog.getByLabel('Temperature').fill('0');
    });
    await add('Chatbot', async (dialog) => {
      await dialog.getByLabel('Title').fill('Guide');
      await dialog
        .getByRole('textbox', { name: /^Instructions/ })
        .fill('The cave closes at seven. Answer questions about it.');
    });
    const guide = join(folder, 'guide.txt');
    writeFileSync(guide, 'The museum opens at 9:30 on Sundays. The cafe closes at five.');
    await page.setInputFiles('input[type=file]', guide);
    await card(page, 'Document').getByText('guide.txt').waitFor();
    await card(page, 'Question').getByRole('textbox').fill('When does the museum open?');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await status(page, 'Reply', /Up to date/);
    const reply = await output(page, 'Reply').innerText();
    expect(reply).toContain('9:30');
    const say = async (text: string) => {
      await page.getByLabel('Message to Guide').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
      await card(page, 'Guide').getByText(text).waitFor();
      await expect.poll(() => page.getByLabel('Message to Guide').isEnabled()).toBe(true);
      return card(page, 'Guide').getByRole('listitem').last().innerText();
    };
    await say('The cave opens at 7:15 on Mondays. It is dark.');
    // What was said before is part of the conversation.
    expect(await say('When does the cave open on Mondays?')).toContain('7:15');
    await shot('apps-dark');
    await accessible();

    await page.getByRole('button', { name: 'More of Guide' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await card(page, 'Guide').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Export as code' }).click();
    const program = page.getByRole('region', { name: 'Program' });
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: outcrop.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: outcrop.credentials.secretAccessKey,
      AWS_ENDPOINT_URL: outcrop.endpoint,
    };
    const words = ['--document', guide, '--question', 'When does the museum open?'];
    await program.getByText('import boto3').waitFor();
    await shot('apps-code');
    await page
      .getByRole('radio', { name: 'Node.js' })
      .or(page.getByRole('button', { name: 'Node.js' }))
      .click();
    await program.getByText("from 'node:fs'").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download app.mjs' }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    const local = join(process.cwd(), '.cache', 'app-of-test.mjs');
    writeFileSync(local, text);
    const node = await run(process.execPath, [local, ...words], { env, cwd: folder });
    rmSync(local);
    expect(node.stdout).toBe(`## Reply\n${reply}\n`);
  });
});
