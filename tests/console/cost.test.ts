import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

let outcrop: Outcrop;
const cheap = 'amazon.nova-micro-v1:0';
const dear = 'anthropic.claude-3-sonnet-20240229-v1:0';

beforeEach(async () => {
  outcrop = await startForTests({ clock: { frozenAt: new Date('2026-03-10T12:00:00Z') } });
  const { user } = identities(outcrop);
  const ann = await user('ann', allow('bedrock:*'));
  const ask = (clients: typeof outcrop.clients, modelId: string) =>
    new BedrockRuntimeClient(clients).send(
      new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'What is a ledger good for?' }] }] }),
    );
  await ask(outcrop.clients, cheap);
  await ask(ann.clients, dear);
  await outcrop.clock.advance(24 * 60 * 60_000);
  await ask(ann.clients, cheap);
});

describeInBrowser('cost in the console', () => {
  it('is summed by service, model, principal and day, as the ledger has it', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cost' });
    const { usd, lines } = await outcrop.cost();
    const sum = (wanted: (line: (typeof lines)[0]) => boolean) =>
      lines.filter(wanted).reduce((total, line) => total + (line.usd ?? 0), 0);
    const rowOf = (text: string) => page.getByRole('row').filter({ hasText: text });
    const figure = async (text: string) => Number(/\$([\d.]+)/.exec(await rowOf(text).first().innerText())?.[1]);
    await page.getByRole('heading', { name: 'By service' }).first().waitFor();
    expect(await figure('bedrock-runtime')).toBeCloseTo(usd, 6);
    await accessible();
    await shot('cost-usage');
    const by = async (name: string) => {
      await page.getByRole('button', { name: /Sum by/ }).click();
      await page.getByRole('option', { name, exact: true }).click();
    };
    await by('Model');
    expect(await figure(cheap)).toBeCloseTo(
      sum(({ resource }) => resource === cheap),
      6,
    );
    expect(await figure(dear)).toBeCloseTo(
      sum(({ resource }) => resource === dear),
      6,
    );
    await by('Principal');
    expect(await figure('user/ann')).toBeCloseTo(
      sum(({ principal }) => principal.endsWith('user/ann')),
      6,
    );
    await by('Day');
    expect(await figure('2026-03-11')).toBeCloseTo(
      sum(({ day }) => day === '2026-03-11'),
      6,
    );
  });

  it('of another model is what the same tokens cost at its prices', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cost/what-if' });
    await page.getByRole('button', { name: /With the prices of/ }).click();
    await page.getByRole('combobox').last().fill('claude-3-sonnet');
    await page.getByRole('option', { name: dear }).click();
    const { lines } = await outcrop.cost();
    const perMillion: Record<string, number> = { InputTokens: 3, OutputTokens: 15 };
    const expected = lines.reduce((sum, { type, quantity }) => sum + ((perMillion[type] ?? 0) * quantity) / 1e6, 0);
    const value = page.locator('dl').getByText(/^\$/);
    await expect.poll(async () => Number((await value.nth(1).innerText()).slice(1))).toBeCloseTo(expected, 5);
    await accessible();
    await shot('cost-what-if');
  });

  it('comes of prices that say when they were so and where they are from', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cost/prices' });
    await page.getByText('As of 2026-11').first().waitFor();
    await page.getByPlaceholder('Find models').fill(dear);
    const row = page.getByRole('row').filter({ hasText: dear });
    expect(await row.innerText()).toMatch(/\$3\s+\$15/);
    await accessible();
    await shot('cost-prices');
  });

  it('is the root’s to see: others are told so', async () => {
    const { user } = identities(outcrop);
    const bob = await user('bob', allow('*'));
    const { page } = await openConsole(outcrop, { path: 'cost', credentials: bob.clients.credentials });
    await page.getByTestId('failure').getByText('Only the account root manages the stack').waitFor();
  });
});
