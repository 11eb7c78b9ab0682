import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, trust } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

let outcrop: Outcrop;
beforeEach(async () => {
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

  it('fills in nothing where the root has a secret of its own', async () => {
    const own = await startForTests({ rootSecret: 'a secret of my own' });
    const { page } = await openConsole(own, { signedOut: true });
    await page.getByText('Account of the stack: 000000000000.').waitFor();
    expect(await page.getByLabel('Secret access key').inputValue()).toBe('');
    await page.getByLabel('Access key ID').fill('test');
    await page.getByLabel('Secret access key').fill('a secret of my own');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  });

  it('remembers nothing but appearance when the mode is changed', async () => {
    const { page, shot } = await openConsole(outcrop);
    await page.getByRole('button', { name: /signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Dark mode' }).click();
    await expect.poll(() => page.evaluate(() => document.body.className)).toContain('awsui-dark-mode');
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('outcrop')))).toEqual([
      'outcrop.preferences',
    ]);
    await shot('home-dark');
    await page.reload();
    await expect.poll(() => page.evaluate(() => document.body.className)).toContain('awsui-dark-mode');
  });

  it('shows the code of what is on screen, which runs as it stands', async () => {
    const { page, shot, accessible, go } = await openConsole(outcrop);
    await go('iam/users');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Show code' }).first().click();
    const drawer = page.getByRole('complementary', { name: 'Code' });
    await drawer.getByText('aws iam list-users').waitFor();
    await accessible();
    await shot('show-code');
    await drawer.getByRole('button', { name: 'JavaScript' }).click();
    const code = await drawer.locator('pre').innerText();
    const environment = {
      ...process.env,
      AWS_ACCESS_KEY_ID: outcrop.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: outcrop.credentials.secretAccessKey,
    };
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env: environment });
    expect((await run).stdout).toContain('Users: []');
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
