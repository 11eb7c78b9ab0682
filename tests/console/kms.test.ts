import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListGrantsCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, policy } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
let kms: KMSClient;
beforeEach(async () => {
  outcrop = await startForTests();
  kms = new KMSClient(outcrop.clients);
});

describeInBrowser('KMS in the console', () => {
  it('makes a key, encrypts and decrypts under it, and says who used it', async () => {
    const { user } = identities(outcrop);
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'kms' });
    await page.getByText('No customer managed keys').waitFor();
    await page.getByRole('button', { name: 'Create key' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create key' });
    await form.getByLabel('Alias', { exact: true }).fill('training');
    await form.getByRole('button', { name: 'Create key' }).click();
    await page
      .getByRole('row', { name: /alias\/training/ })
      .getByText('Enabled')
      .waitFor();
    await page
      .getByRole('row', { name: /alias\/training/ })
      .getByText('SYMMETRIC_DEFAULT')
      .waitFor();
    await accessible();
    await shot('kms-keys');
    await page.getByRole('link', { name: 'alias/training' }).first().click();
    const { Keys } = await kms.send(new ListKeysCommand({}));
    const KeyId = Keys![0]!.KeyId!;
    await page.getByRole('heading', { name: KeyId, level: 1 }).waitFor();

    await page.getByRole('tab', { name: 'Encrypt and decrypt' }).click();
    await page.getByRole('button', { name: 'Add pair' }).click();
    await page.getByLabel('Key 1').fill('project');
    await page.getByLabel('Value 1').fill('alpha');
    await page.getByRole('textbox', { name: 'Plaintext' }).fill('grüße');
    await page.getByRole('button', { name: 'Encrypt', exact: true }).click();
    const cipher = page.getByRole('textbox', { name: 'Ciphertext, in base64' });
    await expect.poll(() => cipher.inputValue()).not.toBe('');
    const { Plaintext } = await kms.send(
      new DecryptCommand({
        CiphertextBlob: Buffer.from(await cipher.inputValue(), 'base64'),
        EncryptionContext: { project: 'alpha' },
      }),
    );
    expect(Buffer.from(Plaintext!).toString()).toBe('grüße');
    await page.getByRole('button', { name: 'Decrypt', exact: true }).click();
    await page.getByRole('region', { name: 'Decrypted' }).getByText('grüße').waitFor();
    await shot('kms-try');
    await accessible();
    await page.getByLabel('Value 1').fill('beta');
    await page.getByRole('button', { name: 'Decrypt', exact: true }).click();
    await page.getByTestId('failure').getByText('InvalidCiphertextException').waitFor();

    const ann = await user('ann', allow('kms:Encrypt'));
    const annas = new KMSClient(ann.clients);
    for (let at = 0; at < 5; at++) await annas.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    await annas
      .send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.from(await cipher.inputValue(), 'base64') }))
      .catch(() => {});
    await page.getByRole('tab', { name: 'Usage' }).click();
    const use = page.getByRole('row', { name: /^ann Encrypt/ });
    await use.waitFor();
    expect((await use.innerText()).split(/\s*[\t\n]\s*/).slice(0, 4)).toEqual(['ann', 'Encrypt', '5', '0']);
    await page.getByRole('heading', { name: /^Timeline/ }).waitFor();
    await accessible();
    await shot('kms-usage');
  }, 120_000);

  it('changes policy, rotation, grants, aliases and state, and schedules the deletion and takes it back', async () => {
    const { role } = identities(outcrop);
    const batch = await role(
      'Batch',
      policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'bedrock.amazonaws.com' } }),
    );
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'before' }));
    const KeyId = KeyMetadata!.KeyId!;
    const { page, shot, accessible } = await openConsole(outcrop, { path: `kms/keys/${KeyId}` });
    const document = policy(
      {
        Sid: 'Root',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::000000000000:root' },
        Action: 'kms:*',
        Resource: '*',
      },
      { Sid: 'Batch', Effect: 'Allow', Principal: { AWS: batch.arn }, Action: 'kms:Decrypt', Resource: '*' },
    );
    await retype(page.getByRole('textbox', { name: 'Key policy' }), document);
    await page.getByText('No finding').waitFor();
    await page.getByRole('button', { name: 'Save key policy' }).click();
    await page.getByText('Saved the key policy.').waitFor();
    const answer = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    expect(JSON.parse(answer.Policy!)).toEqual(JSON.parse(document));
    await accessible();
    await shot('kms-key');

    await page.getByRole('tab', { name: 'Key rotation' }).click();
    await page.getByRole('button', { name: 'Turn automatic rotation on' }).click();
    await page.getByText('365 days').waitFor();
    expect((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled).toBe(true);
    await page.getByRole('button', { name: 'Rotate now' }).click();
    await page.getByText('ON_DEMAND').waitFor();
    await accessible();

    await page.getByRole('tab', { name: 'Grants' }).click();
    await page.getByRole('button', { name: 'Create grant' }).click();
    const grant = page.getByRole('dialog', { name: 'Create grant' });
    await grant.getByLabel('Grantee').fill(batch.arn);
    await grant.getByRole('button', { name: 'Create grant' }).click();
    await page
      .getByRole('row', { name: /role\/Batch/ })
      .getByText('Decrypt')
      .waitFor();
    const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }));
    expect(Grants).toMatchObject([{ GranteePrincipal: batch.arn, Operations: ['Decrypt'] }]);
    await page.getByRole('checkbox', { name: `Choose ${Grants![0]!.GrantId}` }).click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No grants').waitFor();
    expect((await kms.send(new ListGrantsCommand({ KeyId }))).Grants).toEqual([]);

    await page.getByRole('tab', { name: 'Aliases' }).click();
    await page.getByRole('button', { name: 'Create alias' }).click();
    await page.getByRole('dialog').getByLabel('Alias').fill('second');
    await page.getByRole('dialog').getByRole('button', { name: 'Create alias' }).click();
    await page.getByRole('row', { name: /alias\/second/ }).waitFor();

    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled', { exact: true }).waitFor();
    expect((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/second' }))).KeyMetadata!.KeyState).toBe('Disabled');
    await page.getByRole('button', { name: 'Schedule key deletion' }).click();
    await page.getByRole('dialog').getByLabel('Waiting period, in days').fill('7');
    await page.getByRole('dialog').getByRole('button', { name: 'Schedule deletion' }).click();
    await page.getByText('The key is gone on').waitFor();
    await accessible();
    await shot('kms-pending');
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState).toBe('PendingDeletion');
    await page.getByRole('button', { name: 'Cancel key deletion' }).click();
    await page.getByText('It is disabled until you enable it.').waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByRole('button', { name: 'Disable' }).waitFor();
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState).toBe('Enabled');
  }, 120_000);

  it('lists hundreds of keys a page at a time, and shows what a user without rights is denied', async () => {
    await Promise.all(
      Array.from({ length: 10 }, async (_, lane) => {
        for (let at = lane; at < 300; at += 10) {
          const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
          await kms.send(new CreateAliasCommand({ AliasName: `alias/many-${at}`, TargetKeyId: KeyMetadata!.KeyId! }));
        }
      }),
    );
    const { page } = await openConsole(outcrop, { path: 'kms', width: 375 });
    await page.getByLabel('Find keys').fill('many-299');
    await page.getByRole('link', { name: 'alias/many-299' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    const { user } = identities(outcrop);
    const bob = await user('bob');
    const other = await openConsole(outcrop, { path: 'kms', credentials: bob.clients.credentials });
    await other.page.getByTestId('failure').getByText('AccessDeniedException').first().waitFor();
  }, 120_000);
});
