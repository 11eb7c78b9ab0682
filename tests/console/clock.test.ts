import { beforeEach, expect, it } from 'vitest';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const DAY_MS = 86_400_000;
let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the clock', () => {
  it('is frozen, seen on every other page, and put back to real time', async () => {
    const { page, go, accessible, shot } = await openConsole(outcrop, { path: 'clock' });
    await page.getByText('Real time', { exact: true }).waitFor();
    const top = page.locator('#top').getByRole('link', { name: /frozen/ });
    expect(await top.count()).toBe(0);
    await page.getByRole('button', { name: 'Freeze' }).click();
    await page
      .getByText(/The clock stands still at/)
      .first()
      .waitFor();
    expect(outcrop.clock.setting().frozenAtMs).toBeDefined();
    await page
      .locator('#top')
      .getByRole('link', { name: /frozen/ })
      .waitFor();
    await accessible();
    await shot('clock-frozen');
    await go('calls');
    await page.getByRole('heading', { name: /Calls/, level: 1 }).waitFor();
    await page
      .locator('#top')
      .getByRole('link', { name: /frozen/ })
      .click();
    await page.getByRole('heading', { name: 'Clock', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Back to real time' }).click();
    await page.getByText('Real time', { exact: true }).waitFor();
    await expect
      .poll(() =>
        page
          .locator('#top')
          .getByRole('link', { name: /frozen/ })
          .count(),
      )
      .toBe(0);
    expect(outcrop.clock.setting()).toEqual({ offsetMs: 0 });
  });

  it('advances by a preset and by any duration, says how many jobs ran, and is set', async () => {
    const manager = new SecretsManagerClient(outcrop.clients);
    const { ARN } = await manager.send(new CreateSecretCommand({ Name: 'goes', SecretString: 'x' }));
    await manager.send(new DeleteSecretCommand({ SecretId: ARN, RecoveryWindowInDays: 7 }));
    const { page, shot } = await openConsole(outcrop, { path: 'clock' });
    await page.getByRole('button', { name: 'Freeze' }).click();
    await page
      .getByText(/The clock stands still at/)
      .first()
      .waitFor();
    const startMs = outcrop.clock.now().getTime();
    await page.getByRole('button', { name: 'Advance by 7 days' }).click();
    const notice = page.getByText(/It is .* now\. .* due on the way/).first();
    await notice.waitFor({ timeout: 60_000 });
    expect(await notice.innerText()).toMatch(/(One job was|[2-9]\d* jobs were) due/);
    expect(outcrop.clock.now().getTime()).toBe(startMs + 7 * DAY_MS);
    await page.getByLabel('Advance by', { exact: true }).fill('half a day');
    await page.getByRole('button', { name: 'Advance', exact: true }).click();
    await page.getByText('A duration: 90m, 1d 12h, 2 weeks.').waitFor();
    await page.getByLabel('Advance by', { exact: true }).fill('1d 12h');
    await page.getByRole('button', { name: 'Advance', exact: true }).click();
    await expect.poll(() => outcrop.clock.now().getTime()).toBe(startMs + 8.5 * DAY_MS);
    await expect(manager.send(new DescribeSecretCommand({ SecretId: ARN }))).rejects.toThrow();
    await page.getByText(/8 days 1[12] hours ahead/).waitFor();
    await page.getByLabel('Set to').fill('2030-02-03T04:05:06Z');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await expect.poll(() => outcrop.clock.now().toISOString(), { timeout: 60_000 }).toBe('2030-02-03T04:05:06.000Z');
    await page.getByTestId('stack-time').getByText('2030-02-03').waitFor();
    await shot('clock-set');
    await page.getByRole('button', { name: 'Let it run on' }).click();
    await expect.poll(() => outcrop.clock.setting().frozenAtMs).toBeUndefined();
    await page.getByText('Runs, moved').waitFor();
  }, 120_000);

  it('has a button on pages on which time matters', async () => {
    const { page } = await openConsole(outcrop, { path: 'rules', width: 375 });
    await page.getByRole('button', { name: 'Clock of the stack' }).click();
    await page.getByRole('menuitem', { name: 'Advance by 1 hour' }).click();
    await page
      .getByText(/It is .* now/)
      .first()
      .waitFor();
    expect(outcrop.clock.setting().offsetMs).toBeGreaterThan(3_500_000);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  });
});
