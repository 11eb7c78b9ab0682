import { beforeAll, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, trust } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

let outcrop: Outcrop;
beforeAll(async () => {
  outcrop = await startForTests();
});

describeInBrowser('signing in', () => {
  it('takes one click where the stack has its well-known key, and keeps the session for the tab alone', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { signedOut: true });
    await expect.poll(() => page.getByLabel('Secret access key').inputValue()).toBe('test');
    await accessible();
    await shot('sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('test');
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    const other = await page.context().newPage();
    await other.goto(outcrop.endpoint);
    await other.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('says what is wrong with a key, with the request id, and stays at the form', async () => {
    const { page } = await openConsole(outcrop, { signedOut: true });
    await expect.poll(() => page.getByLabel('Secret access key').inputValue()).toBe('test');
    await page.getByLabel('Secret access key').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const failure = page.getByTestId('failure');
    await failure.getByText('SignatureDoesNotMatch').waitFor();
    expect(await failure.innerText()).toMatch(/Request id [0-9a-f-]{36}/);
  });

  it('as a user, takes on a role of the account and leaves it again, and signs out', async () => {
    const { user, role } = identities(outcrop);
    const ann = await user('ann', allow('sts:AssumeRole'));
    await role('Reader', trust({ AWS: ann.arn }), allow('s3:ListAllMyBuckets'));
    const { page, shot } = await openConsole(outcrop, { credentials: ann.clients.credentials });
    const menu = (name: string) => page.getByRole('button', { name: new RegExp(`signed in as .*${name}`) });
    await menu('user/ann').click();
    await page.getByRole('menuitem', { name: 'Switch role' }).click();
    await page.getByLabel('Role name').fill('Reader');
    await shot('switch-role');
    await page.getByRole('dialog').getByRole('button', { name: 'Switch role' }).click();
    await menu('assumed-role/Reader/ann').click();
    await page.getByRole('menuitem', { name: 'Back to ann' }).click();
    await menu('user/ann').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});
