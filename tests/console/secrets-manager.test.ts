import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, policy } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
let secrets: SecretsManagerClient;
beforeEach(async () => {
  outcrop = await startForTests();
  secrets = new SecretsManagerClient(outcrop.clients);
});

/** Reads of secrets by a user, as the trail has them. */
async function readsOf(name: string) {
  const { Events } = await new CloudTrailClient(outcrop.clients).send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: name }] }),
  );
  return Events!.filter(({ EventName }) => EventName === 'GetSecretValue');
}

describeInBrowser('Secrets Manager in the console', () => {
  it('reads a value when it is revealed and not before, and shows the event that this is on the trail', async () => {
    const { user } = identities(outcrop);
    const ann = await user('ann', allow(['secretsmanager:*', 'kms:*', 'cloudtrail:LookupEvents']));
    await secrets.send(new CreateSecretCommand({ Name: 'models/key', SecretString: '{"token":"sk-12345"}' }));
    const { page, shot, accessible } = await openConsole(outcrop, {
      path: 'secrets-manager',
      credentials: ann.clients.credentials,
    });
    await page.getByRole('link', { name: 'models/key' }).click();
    await page.getByRole('button', { name: 'Reveal' }).waitFor();
    await page.getByRole('row', { name: /AWSCURRENT/ }).waitFor();
    await page.getByRole('tab', { name: 'Resource permissions' }).click();
    await page.getByRole('textbox', { name: 'Resource policy' }).waitFor();
    expect(await page.content()).not.toContain('sk-12345');
    expect(await readsOf('ann')).toEqual([]);
    await accessible();
    await page.getByRole('button', { name: 'Reveal' }).click();
    await page.getByRole('cell', { name: 'sk-12345' }).waitFor();
    const reads = await readsOf('ann');
    expect(reads).toHaveLength(1);
    const event = page.getByRole('link', { name: 'the event' });
    await shot('secrets-revealed');
    await accessible();
    expect(await event.getAttribute('href')).toBe(`#/cloudtrail/events/${reads[0]!.EventId}`);
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain('sk-12345');
    await event.click();
    await page.getByRole('heading', { name: 'GetSecretValue', level: 1 }).waitFor();
    await page.getByRole('definition').filter({ hasText: ann.arn }).waitFor();
    expect(await page.content()).not.toContain('sk-12345');
  }, 120_000);

  it('stores key and value, puts a new value, replicates, lets others read, deletes and restores', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'secrets-manager' });
    await page.getByRole('button', { name: 'Store a new secret' }).first().click();
    const form = page.getByRole('dialog', { name: 'Store a new secret' });
    await form.getByLabel('Secret name').fill('db');
    await form.getByLabel('Key 1').fill('user');
    await form.getByLabel('Value 1').fill('root');
    await form.getByRole('button', { name: 'Add row' }).click();
    await form.getByLabel('Key 2').fill('user');
    await form.getByText('This key is there twice.').first().waitFor();
    expect(await form.getByRole('button', { name: 'Store', exact: true }).isDisabled()).toBe(true);
    await form.getByLabel('Key 2').fill('password');
    await form.getByLabel('Value 2').fill('p4ss');
    await shot('secrets-create');
    await form.getByRole('button', { name: 'Store', exact: true }).click();
    await page.getByRole('row', { name: /^db/ }).getByRole('link', { name: 'db' }).click();
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'db' }));
    expect(JSON.parse(SecretString!)).toEqual({ user: 'root', password: 'p4ss' });

    await page.getByRole('button', { name: 'Put a new value' }).click();
    const put = page.getByRole('dialog', { name: 'Put a new value' });
    await put.getByText('Plaintext').click();
    await put.getByRole('textbox', { name: 'Plaintext' }).fill('plain');
    await put.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /AWSPREVIOUS/ }).waitFor();
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString).toBe('plain');

    await page.getByRole('tab', { name: 'Replication' }).click();
    await page.getByRole('button', { name: 'Replicate', exact: true }).click();
    await page.getByRole('button', { name: /Regions/ }).click();
    await page.getByRole('option', { name: /eu-west-1/ }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').getByRole('button', { name: 'Replicate' }).click();
    await page.getByRole('row', { name: /eu-west-1/ }).waitFor();
    const abroad = new SecretsManagerClient({ ...outcrop.clients, region: 'eu-west-1' });
    await expect
      .poll(async () => (await abroad.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString)
      .toBe('plain');

    await page.getByRole('tab', { name: 'Resource permissions' }).click();
    await retype(
      page.getByRole('textbox', { name: 'Resource policy' }),
      policy({
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::000000000000:root' },
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
      }),
    );
    await page.getByText('No finding').waitFor();
    await page.getByRole('button', { name: 'Save policy' }).click();
    await page.getByText('Saved the resource policy.').waitFor();
    expect((await secrets.send(new GetResourcePolicyCommand({ SecretId: 'db' }))).ResourcePolicy).toContain('root');
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('button', { name: 'Manage tags' }).click();
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Key 1').fill('team');
    await page.getByLabel('Value 1').fill('red');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByRole('cell', { name: 'red' }).waitFor();
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: 'db' }))).Tags).toEqual([
      { Key: 'team', Value: 'red' },
    ]);
    await page.getByRole('tab', { name: 'Rotation' }).click();
    await page.getByRole('button', { name: 'Rotate now' }).waitFor();
    await accessible();

    await page.getByRole('tab', { name: 'Replication' }).click();
    await page.getByRole('checkbox', { name: 'Choose eu-west-1' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('No replicas').waitFor();
    await page.getByRole('button', { name: 'Delete secret' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Waiting period, in days').fill('3');
    await dialog.getByText('Between 7 and 30 days.').waitFor();
    await dialog.getByLabel('Waiting period, in days').fill('7');
    await dialog.getByRole('button', { name: 'Schedule deletion' }).click();
    await page.getByText('It is gone for good on').waitFor();
    await accessible();
    await shot('secrets-deleted');
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: 'db' }))).DeletedDate).toBeInstanceOf(Date);
    await page.getByRole('button', { name: 'Cancel deletion' }).click();
    await page.getByRole('button', { name: 'Reveal' }).waitFor();
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: 'db' }))).DeletedDate).toBeUndefined();
  }, 120_000);

  it('shows what a user without rights is denied', async () => {
    const { user } = identities(outcrop);
    await secrets.send(new CreateSecretCommand({ Name: 'models/key', SecretString: '{"token":"sk-12345"}' }));
    const bob = await user('bob', allow(['secretsmanager:DescribeSecret', 'secretsmanager:List*']));
    const { page, shot } = await openConsole(outcrop, {
      path: 'secrets-manager/secrets/models%2Fkey',
      credentials: bob.clients.credentials,
      width: 375,
      dark: true,
    });
    await page.getByRole('button', { name: 'Reveal' }).click();
    const failure = page.getByTestId('failure');
    await failure.getByText('AccessDeniedException').waitFor();
    expect(await failure.innerText()).toContain('secretsmanager:GetSecretValue');
    await shot('secrets-denied-narrow');
  }, 120_000);
});
