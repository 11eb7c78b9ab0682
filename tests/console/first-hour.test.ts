import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { describeInBrowser, openConsole } from './browser.ts';

/**
 * The first hour of somebody who has never seen Outcrop: `npm start`, the address that it prints, and from there by what is on screen alone.
 */
const CASSETTE = '.cache/first-hour/answers.yaml';
const STARTS_WITHIN_MS = 120_000;
let stack: ChildProcess;
let endpoint: string;

beforeEach(async () => {
  rmSync('.cache/first-hour', { recursive: true, force: true });
  mkdirSync('.cache/first-hour', { recursive: true });
  stack = spawn('npm', ['start', '--silent', '--', '--ephemeral', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  endpoint = await new Promise((resolve, reject) => {
    let printed = '';
    stack.once('exit', () => reject(new Error(`npm start ended: ${printed}`)));
    stack.stdout!.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const address = /console +(http\S+?)\/ in a browser/.exec(printed)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}, STARTS_WITHIN_MS);
// npm and what it has started.
afterEach(() => process.kill(-stack.pid!, 'SIGTERM'));

/** Through the navigation on the left: a service, and a page of it. */
async function visit(page: Page, service: string, title?: string) {
  const services = page.getByRole('navigation', { name: 'Services' });
  if (title !== undefined && !(await services.getByRole('link', { name: title, exact: true }).isVisible()))
    await services.getByRole('button', { name: service }).click();
  await services.getByRole('link', { name: title ?? service, exact: true }).click();
}

async function signIn(page: Page, accessKeyId?: string, secretAccessKey?: string) {
  await expect.poll(() => page.getByLabel('Secret access key').inputValue()).not.toBe('');
  if (accessKeyId !== undefined) await page.getByLabel('Access key ID').fill(accessKeyId);
  if (secretAccessKey !== undefined) await page.getByLabel('Secret access key').fill(secretAccessKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
}

async function signOut(page: Page) {
  await page.getByRole('button', { name: /signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

async function ask(page: Page, question: string) {
  await page.getByRole('textbox', { name: 'Message' }).fill(question);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

describeInBrowser('the first hour', () => {
  it('from npm start: sign in, chat with a document, see why a guardrail fired and why a call was denied, replay an answer, read the cost', async () => {
    const { page, shot } = await openConsole({ endpoint }, { signedOut: true });
    await signIn(page);

    // A document, and a question about it.
    await visit(page, 'Amazon Bedrock', 'Chat playground');
    await page.locator('input[type=file]').setInputFiles({
      name: 'memo.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('The launch is on 14 March 2031 in Trondheim. Tickets are sold at the harbour.'),
    });
    await page.getByText('memo', { exact: false }).first().waitFor();
    await ask(page, 'Where is the launch?');
    const answer = page.getByRole('group', { name: /^Answer of / }).last();
    await answer.getByText('Trondheim').first().waitFor();
    await answer
      .getByTestId('facts')
      .getByText(/\$0\.0/)
      .waitFor();
    await shot('first-hour-1-chat');

    // A guardrail, and why it fires.
    await visit(page, 'Amazon Bedrock', 'Guardrails');
    await page.getByRole('link', { name: 'Create guardrail' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('front-desk');
    await page.getByRole('button', { name: 'Add denied topic' }).click();
    await page.getByLabel('Name of topic 1').fill('Investment Advice');
    await page
      .getByLabel('Definition of topic 1')
      .fill('Recommendations about which stocks, funds or other assets a person should buy or sell.');
    await page.getByLabel('Example phrases of topic 1').fill('Which stock should I buy now?');
    await page.getByRole('button', { name: 'Create guardrail' }).click();
    await page.getByRole('heading', { level: 1, name: 'front-desk' }).waitFor();
    await page.getByRole('tab', { name: 'Test', exact: true }).click();
    await page.getByLabel('What the user says').fill('Which stock should I buy now with my savings?');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('The text is on the denied topic "Investment Advice". It is blocked.').waitFor();
    await shot('first-hour-2-guardrail');

    // A user without rights, what is denied, and why.
    await visit(page, 'IAM', 'Users');
    await page.getByRole('button', { name: 'Create user' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create user' });
    await form.getByLabel('User name').fill('ann');
    await form.getByRole('button', { name: 'Create user' }).click();
    await page.getByRole('row', { name: /ann/ }).getByRole('link', { name: 'ann' }).click();
    await page.getByRole('tab', { name: 'Security credentials' }).click();
    await page.getByRole('button', { name: 'Create access key' }).click();
    const key = page.getByRole('dialog', { name: 'Access key created' });
    await key.getByRole('button', { name: 'Show' }).click();
    const [accessKeyId] = /\b(AKIA|LKIA)[A-Z0-9]{16}\b/.exec(await key.innerText()) ?? [];
    const [secret] = /(?<![\w/+])[A-Za-z0-9/+]{40}(?![\w/+])/.exec(await key.innerText()) ?? [];
    await key.getByRole('button', { name: 'Done' }).click();
    await signOut(page);
    await signIn(page, accessKeyId, secret);
    await visit(page, 'Amazon S3', 'Buckets');
    const failure = page.getByTestId('failure').filter({ hasText: 'AccessDenied' }).first();
    await failure.waitFor();
    const requestId = /Request id ([0-9a-f-]{36})/.exec(await failure.innerText())![1]!;
    await signOut(page);
    await signIn(page);
    await visit(page, 'Calls');
    await page.getByLabel('Find calls').fill('AccessDenied');
    await page.locator(`a[href="#/calls/${requestId}"]`).first().click();
    await page.getByTestId('denied-by').getByText('s3:ListAllMyBuckets').waitFor();
    await page
      .getByTestId('denied-by')
      .getByRole('link', { name: /whole reasoning/ })
      .click();
    await page.getByRole('region', { name: 'What would allow it' }).getByText('s3:ListAllMyBuckets').first().waitFor();
    await shot('first-hour-3-denied');

    // An answer is recorded, then replayed.
    await visit(page, 'Rules', 'Cassettes');
    await page.getByLabel('Cassette file').fill(CASSETTE);
    await page.getByRole('button', { name: 'Start recording' }).click();
    await page.getByText(`Recording to ${CASSETTE}`).waitFor();
    await visit(page, 'Amazon Bedrock', 'Chat playground');
    await page.getByRole('button', { name: 'New conversation' }).click();
    await ask(page, 'Context: The lift was repaired on Tuesday. Question: When was the lift repaired?');
    const first = page.getByRole('group', { name: /^Answer of / }).last();
    await first.getByTestId('facts').getByText('heuristic').waitFor();
    await visit(page, 'Rules', 'Cassettes');
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await page.getByRole('checkbox', { name: `Replay from ${CASSETTE}` }).click();
    await expect.poll(() => page.getByRole('checkbox', { name: `Replay from ${CASSETTE}` }).isChecked()).toBe(true);
    await visit(page, 'Amazon Bedrock', 'Chat playground');
    await page.getByRole('button', { name: 'New conversation' }).click();
    await ask(page, 'Context: The lift was repaired on Tuesday. Question: When was the lift repaired?');
    const replayed = page.getByRole('group', { name: /^Answer of / }).last();
    await replayed.getByText('Tuesday').first().waitFor();
    await replayed.getByTestId('facts').getByText('replayed').waitFor();
    await shot('first-hour-4-replayed');

    // What it would have cost.
    await visit(page, 'Cost', 'Usage');
    await page.getByRole('button', { name: /Sum by/ }).click();
    await page.getByRole('option', { name: 'Model', exact: true }).click();
    await page
      .getByRole('row')
      .filter({ hasText: 'amazon.nova' })
      .getByText(/\$0\.0/)
      .first()
      .waitFor();
    await shot('first-hour-5-cost');
  }, 240_000);
});
