import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BedrockAgentClient, GetPromptCommand, ListPromptsCommand } from '@aws-sdk/client-bedrock-agent';
import { BedrockClient, CreateGuardrailCommand } from '@aws-sdk/client-bedrock';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Page } from 'playwright-core';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

const run = promisify(execFile);
/** Many work on the machine at a time. */
const WAIT = { timeout: 15_000 };
vi.setConfig({ testTimeout: 90_000 });

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const LITE = 'amazon.nova-lite-v1:0';

const PRICES = 'The blue lamp costs 42 euros. The red chair costs 19 euros. The table costs 87 euros.';

/** What a program in JavaScript prints, in a folder with some files. */
async function runs(code: string, files: Record<string, string>): Promise<string> {
  const cache = fileURLToPath(new URL('../../.cache', import.meta.url));
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'shared-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'shared.mjs'), code);
    const { accessKeyId, secretAccessKey } = outcrop.credentials;
    const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const { stdout } = await run(process.execPath, ['shared.mjs'], { cwd: folder, env });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const message = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const answerOf = (page: Page, model = LITE) =>
  page.getByRole('group', { name: `Answer of ${model}`, exact: true }).last();
async function say(page: Page, text: string) {
  await message(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}
/** The answer is there, with its numbers. */
const answered = (page: Page, model = LITE) => answerOf(page, model).getByTestId('facts').waitFor();

describeInBrowser('the chat playground', () => {
  it('answers from an attached document, with tokens, time, cost and how the answer came about', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat' });
    await page.getByText('Nothing was said yet').waitFor();
    await accessible();
    await shot('chat-empty');
    await page.locator('input[type=file]').setInputFiles([
      {
        name: 'Prices of 2026.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from(PRICES),
      },
      { name: 'archive.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') },
    ]);
    await page.getByText('Converse takes documents').waitFor();
    await page.getByRole('button', { name: 'Remove archive.zip' }).click();
    await say(page, 'How much does the red chair cost?');
    await answerOf(page).getByText('19 euros').waitFor();
    await answered(page);
    const facts = answerOf(page).getByTestId('facts');
    await expect
      .poll(() => facts.innerText(), WAIT)
      .toMatch(/\d+ tokens? in, \d+ out · .*\$0\.0.* · heuristic; engine=builtin/);
    await expect
      .poll(() => page.getByTestId('total').innerText(), WAIT)
      .toMatch(/1 answer, \d+ tokens? in, \d+ out, \$0\.0/);
    await page.getByText('Prices of 2026 (85 bytes)').waitFor();
    await accessible();
    await shot('chat-document');
    const [line] = outcrop.calls(200).filter(({ operation }) => operation === 'ConverseStream');
    expect(line!.usd).toBeGreaterThan(0);

    await page.reload();
    await answerOf(page).getByText('19 euros').waitFor();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Share as code' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`--model-id ${LITE}`).waitFor();
    await dialog.getByText(`$(base64 -w0 'Prices of 2026.txt')`).waitFor();
    await accessible('[role=dialog]');
    await shot('chat-share');
    await dialog.getByText('Python', { exact: true }).click();
    await dialog.getByText(`open('Prices of 2026.txt', 'rb').read()`).waitFor();
    await dialog.getByText('JavaScript', { exact: true }).click();
    await dialog.getByText(`readFileSync('Prices of 2026.txt')`).waitFor();
    // It is a program: it runs as it stands, beside the file.
    expect(await runs(await dialog.locator('pre').innerText(), { 'Prices of 2026.txt': PRICES })).toContain('19 euros');
  });

  it('shows the words as they come, stops in the middle, and tries again', async () => {
    const words = Array.from({ length: 200 }, (_, index) => `word${index + 1}`).join(' ');
    await outcrop.rules.add({ service: 'bedrock-runtime', say: { text: words, tokensPerSecond: 10 } });
    const { page, shot } = await openConsole(outcrop, { path: 'bedrock/chat' });
    await say(page, 'Count');
    await answerOf(page).getByText('word1').waitFor();
    const early = (await answerOf(page).innerText()).length;
    await answerOf(page).getByText('word8').waitFor();
    expect((await answerOf(page).innerText()).length).toBeGreaterThan(early);
    await shot('chat-streaming');
    await page.getByRole('button', { name: 'Stop model 1' }).click();
    await answerOf(page).getByText('Stopped').waitFor();
    const stopped = await answerOf(page).innerText();
    expect(stopped).not.toContain('word200');
    // The model is not kept at work for nobody: the whole answer would have taken twenty seconds.
    const call = () => outcrop.calls(200).find(({ operation }) => operation === 'ConverseStream')!;
    await expect.poll(() => call()?.durationUs, { timeout: 10_000 }).toBeLessThan(18_000_000);
    await outcrop.rules.clear();
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: 'All **done**, <b>truly</b>. ![track](https://example.com/x.png)',
    });
    await answerOf(page).getByRole('button', { name: 'Retry' }).click();
    await answerOf(page).getByText('All done, <b>truly</b>. [image: track]').waitFor();
    expect(await answerOf(page).locator('img').count()).toBe(0);
    expect(await answerOf(page).locator('strong').innerText()).toBe('done');
    await answered(page);

    await page.getByRole('button', { name: 'Edit and send again' }).click();
    await page.getByRole('textbox', { name: 'Message' }).first().fill('Count again');
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByRole('group', { name: 'You', exact: true }).getByText('Count again').waitFor();
    await answered(page);
    expect(await page.getByRole('group', { name: 'You', exact: true }).count()).toBe(1);
  });

  it('asks two models side by side, each with a stream of its own', async () => {
    await outcrop.rules.add({
      model: HAIKU,
      say: { text: `${'slowly and surely '.repeat(10)}done`, tokensPerSecond: 4 },
    });
    await outcrop.rules.add({ model: LITE, say: 'quickly' });
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat' });
    await page.getByRole('button', { name: 'Compare with another' }).click();
    const second = page.getByRole('combobox', { name: 'Model 2' });
    await second.fill('claude-3-haiku');
    await page.getByRole('option', { name: HAIKU }).first().click();
    await say(page, 'How?');
    await answerOf(page).getByText('quickly').waitFor();
    await answered(page);
    // The first has ended while the second goes on.
    await page.getByRole('button', { name: 'Stop model 2' }).waitFor();
    expect(await page.getByRole('button', { name: 'Stop model 1' }).count()).toBe(0);
    await answered(page, HAIKU);
    await answerOf(page, HAIKU).getByText('slowly and surely done').waitFor();
    await accessible();
    await shot('chat-two');
    await page.getByRole('button', { name: 'Remove model 1' }).click();
    await expect.poll(() => page.getByRole('combobox', { name: 'Model 1' }).inputValue(), WAIT).toBe(HAIKU);
  });

  it('offers tools, and goes on with the result that is written for the one that is called', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat', height: 1200 });
    await page.getByRole('button', { name: /^Configuration/ }).click();
    await page.getByRole('tab', { name: 'Tools' }).click();
    await page.getByRole('checkbox', { name: 'Offer tools to the models' }).check();
    await shot('chat-tools');
    await accessible();
    await say(page, 'What is the weather in Lisbon?');
    await page.getByText('Calls the tool get_weather').waitFor();
    await answerOf(page).getByText('Lisbon').waitFor();
    await page.getByText('A model waits for the result of a tool.').waitFor();
    const result = page.getByRole('textbox', { name: 'What get_weather answers' });
    await retype(result, '{"city": "Lisbon", "temperature": "23 degrees", "sky": "cloudless"}');
    await accessible();
    await shot('chat-tool-result');
    await page.getByRole('button', { name: 'Send result' }).click();
    await expect.poll(() => page.getByRole('group', { name: `Answer of ${LITE}`, exact: true }).count(), WAIT).toBe(2);
    await answered(page);
    await answerOf(page)
      .getByText(/23 degrees|cloudless/)
      .first()
      .waitFor();
    await shot('chat-tool-answer');

    await say(page, 'What is the weather in Oslo?');
    await page.getByText('Calls the tool get_weather').nth(1).waitFor();
    await page.getByText('Error', { exact: true }).click();
    await retype(result, 'The station of Oslo is closed.');
    await page.getByRole('button', { name: 'Send result' }).click();
    await page.getByText('The tool failed').waitFor();
    await expect.poll(() => page.getByRole('group', { name: `Answer of ${LITE}`, exact: true }).count(), WAIT).toBe(4);
    await answered(page);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Share as code' }).click();
    expect(await page.getByRole('dialog').locator('pre').innerText()).toContain('"status":"error"');
  });

  it('shows why a call was refused, with its request id, and keeps what was said', async () => {
    const { user } = identities(outcrop);
    const ann = await user(
      'ann',
      allow('bedrock:InvokeModelWithResponseStream', `arn:aws:bedrock:*::foundation-model/${HAIKU}`),
    );
    const { page, shot } = await openConsole(outcrop, { path: 'bedrock/chat', credentials: ann.clients.credentials });
    await say(page, 'Hello');
    const failure = answerOf(page).getByTestId('failure');
    await failure.getByText('AccessDeniedException').waitFor();
    expect(await failure.innerText()).toMatch(/Request id [0-9a-f-]{36}/);
    await failure.getByText('is not authorized to perform: bedrock:InvokeModelWithResponseStream').waitFor();
    await shot('chat-denied');
    // Models that cannot be listed can be typed.
    await page.getByRole('combobox', { name: 'Model 1' }).fill(HAIKU);
    await message(page).click();
    await answerOf(page).getByRole('button', { name: 'Retry' }).click();
    await answered(page, HAIKU);
    await expect.poll(() => answerOf(page, HAIKU).getByTestId('facts').innerText(), WAIT).toContain('$0.0');
    await expect.poll(() => page.evaluate(() => JSON.stringify(sessionStorage)), WAIT).toContain('Hello');
    await page.getByRole('button', { name: /signed in as .*user\/ann/i }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.reload();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it('refuses a picture with the very reason where the backend cannot see', async () => {
    const { page, shot } = await openConsole(outcrop, { path: 'bedrock/chat' });
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
    await say(page, 'What is to be seen?');
    await page.getByAltText('Attached png file').waitFor();
    await answerOf(page).getByText("This model doesn't support the image field").waitFor();
    await shot('chat-picture');
  });

  it('asks a guardrail, and shows its trace where it has intervened', async () => {
    const { guardrailId } = await new BedrockClient(outcrop.clients).send(
      new CreateGuardrailCommand({
        name: 'no-secrets',
        blockedInputMessaging: 'That is not talked about.',
        blockedOutputsMessaging: 'That is not said.',
        wordPolicyConfig: { wordsConfig: [{ text: 'swordfish' }] },
      }),
    );
    const { page, shot } = await openConsole(outcrop, { path: 'bedrock/chat' });
    await page.getByRole('button', { name: /^Configuration/ }).click();
    await page.getByRole('tab', { name: 'Guardrail' }).click();
    await page.getByRole('button', { name: 'Guardrail No guardrail' }).click();
    await page.getByRole('option', { name: 'no-secrets' }).click();
    await say(page, 'The word is swordfish.');
    await answerOf(page).getByText('That is not talked about.').waitFor();
    await answerOf(page).getByText('The guardrail intervened').waitFor();
    await answerOf(page).getByText('Input: word “swordfish”: blocked').waitFor();
    await answerOf(page).getByRole('button', { name: 'Guardrail trace' }).click();
    await answerOf(page).getByText('"swordfish"').first().waitFor();
    await answerOf(page).getByText(guardrailId!).first().waitFor();
    await shot('chat-guardrail');
  });

  it('folds what a model thought, and sends parameters, system prompt and fields along', async () => {
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: { text: 'Seven.', reasoning: 'Three and four make seven.' },
    });
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat', dark: true });
    await page.getByRole('button', { name: /^Configuration/ }).click();
    await page.getByRole('textbox', { name: 'System prompt' }).fill('You answer in one word.');
    await page.getByLabel('Temperature').fill('7');
    await page.getByText('A number from 0 to 1.').waitFor();
    await page.getByText('The configuration has a fault: correct it first.').waitFor();
    await page.getByLabel('Temperature').fill('0.2');
    await page.getByLabel('Maximum tokens').fill('100');
    await page.getByLabel('Stop sequences').fill('END');
    await page.getByLabel('Stop sequences').press('Enter');
    await accessible();
    await shot('chat-configuration-dark');
    await say(page, 'Three and four?');
    await answerOf(page).getByText('Seven.', { exact: true }).waitFor();
    await answerOf(page).getByRole('button', { name: 'Reasoning' }).click();
    await answerOf(page).getByText('Three and four make seven.').waitFor();
    await answered(page);
    await accessible();
    await shot('chat-reasoning-dark');
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Share as code' }).click();
    const code = page.getByRole('dialog').locator('pre');
    expect(await code.innerText()).toContain(
      `--inference-config '{"temperature":0.2,"maxTokens":100,"stopSequences":["END"]}'`,
    );
    expect(await code.innerText()).toContain(`--system '[{"text":"You answer in one word."}]'`);
  });

  it('saves the conversation as a prompt with a version, and begins another with it', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat' });
    await page.getByRole('button', { name: /^Configuration/ }).click();
    await page.getByRole('textbox', { name: 'System prompt' }).fill('You know the prices.');
    await page.getByLabel('Temperature').fill('0.5');
    await say(page, 'The {{thing}} costs 5 euros. What does the {{thing}} cost?');
    await answered(page);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Save as a prompt' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('at most 100').waitFor();
    await dialog.getByLabel('Prompt name').fill('prices');
    await accessible('[role=dialog]');
    await shot('chat-save');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The prompt prices is saved as').waitFor();

    const agent = new BedrockAgentClient(outcrop.clients);
    const { promptSummaries } = await agent.send(new ListPromptsCommand({}));
    const { id } = promptSummaries!.find(({ name }) => name === 'prices')!;
    const prompt = await agent.send(new GetPromptCommand({ promptIdentifier: id!, promptVersion: '1' }));
    expect(prompt.variants).toMatchObject([
      {
        modelId: LITE,
        templateType: 'CHAT',
        inferenceConfiguration: { text: { temperature: 0.5 } },
        templateConfiguration: {
          chat: {
            system: [{ text: 'You know the prices.' }],
            messages: [
              { role: 'user', content: [{ text: 'The {{thing}} costs 5 euros. What does the {{thing}} cost?' }] },
            ],
            inputVariables: [{ name: 'thing' }],
          },
        },
      },
    ]);

    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByText('Nothing was said yet').waitFor();
    await page.getByRole('textbox', { name: 'System prompt' }).fill('');
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Load a prompt' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Prompt Choose a prompt' }).click();
    await page.getByRole('option', { name: 'prices' }).click();
    await shot('chat-load');
    await page.getByRole('dialog').getByRole('button', { name: 'Load' }).click();
    await expect.poll(() => message(page).inputValue(), WAIT).toContain('The {{thing}} costs 5 euros.');
    await expect
      .poll(() => page.getByRole('textbox', { name: 'System prompt' }).inputValue(), WAIT)
      .toBe('You know the prices.');
  });

  it('fits a narrow window', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/chat', width: 375, height: 800 });
    await say(page, 'What is 6 times 7?');
    await answerOf(page).getByText('42').first().waitFor();
    await answered(page);
    await accessible();
    await shot('chat-narrow');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  });
});
