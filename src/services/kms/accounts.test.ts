import {
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, policy } from '../../../tests/identities.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, bytes, text, makeKey, encrypt } = await openKms('accounts');
await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
const { createAccount, assume } = accountsOf(outcrop);
const other = await createAccount();
const theirs = new KMSClient(await assume(other));
const on = (AWS: string, Action: string | string[]) => ({ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' });

describe('a key of another account', () => {
  it('is used by its ARN, where its policy lets that account in, and is not managed from there', async () => {
    const key = await makeKey();
    const AliasName = `alias/${text()}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: key.KeyId! }));
    const plain = bytes(20);
    const CiphertextBlob = await encrypt(key.KeyId!, plain);
    const open = () => theirs.send(new DecryptCommand({ CiphertextBlob }));
    expect((await refusal(open())).name).toBe('AccessDeniedException');
    await kms.send(
      new PutKeyPolicyCommand({
        KeyId: key.KeyId!,
        Policy: policy(on(`arn:aws:iam::${ACCOUNT}:root`, 'kms:*'), on(other, 'kms:*')),
      }),
    );
    const opened = await open();
    expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
    expect(opened.KeyId).toBe(key.Arn);
    const tell = async (KeyId: string) => (await theirs.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
    const aliasArn = `arn:aws:kms:us-east-1:${ACCOUNT}:${AliasName}`;
    expect((await tell(key.Arn!)).AWSAccountId).toBe(ACCOUNT);
    expect((await tell(aliasArn)).Arn).toBe(key.Arn);
    const made = await theirs.send(new EncryptCommand({ KeyId: aliasArn, Plaintext: plain }));
    expect(made.KeyId).toBe(key.Arn);
    // By id and alias alone, keys of one's own account are meant.
    for (const name of [key.KeyId!, AliasName]) {
      const refused = await refusal(tell(name));
      expect(refused.name).toBe('NotFoundException');
      expect(refused.message).toContain(other);
    }
    const disabling = theirs.send(new DisableKeyCommand({ KeyId: key.Arn! }));
    expect((await refusal(disabling)).name).toBe('AccessDeniedException');
    expect((await kms.send(new DescribeKeyCommand({ KeyId: key.KeyId! }))).KeyMetadata!.KeyState).toBe('Enabled');
  });
});
