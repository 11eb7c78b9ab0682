import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests({ models: { 'anthropic.claude-*': 'openai:http://127.0.0.1:9/v1#none' } });
  await new BedrockRuntimeClient(outcrop.clients).send(
    new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: [{ text: 'hi' }] }] }),
  );
});

describeInBrowser('the home page', () => {
  it('shows what runs, what was called and how it was answered, what it would have cost, and what is built', async () => {
    const { page, shot, accessible } = await openConsole(outcrop);
    await page.getByText('Running, version').waitFor();
    await page.getByRole('link', { name: 'bedrock-runtime.Converse' }).waitFor();
    await page.getByText('openai:http://127.0.0.1:9/v1#none').waitFor();
    await page.getByText('heuristic').first().waitFor();
    await page.getByText(/^9\d of 108$/).waitFor();
    await accessible();
    await shot('home');
  });

  it('is read on a telephone and in the dark', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { width: 375, height: 800, dark: true });
    await page.getByText('Running, version').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await accessible();
    await shot('home-375-dark');
  });
});
