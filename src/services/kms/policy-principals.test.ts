import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  DecryptCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, identities, policy, refusal } from '../../../tests/identities.ts';
import { openKms } from './kms.fixture.ts';

const { outcrop, kms, bytes, text, makeKey, encrypt } = await openKms('policy-principals');
const { iam, user } = identities(outcrop);

async function remove(UserName: string) {
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
  for (const { AccessKeyId } of AccessKeyMetadata!)
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'own' })).catch(() => {});
  await iam.send(new DeleteUserCommand({ UserName }));
}

describe('a user whom a key policy or a grant names', () => {
  it('is that very user: a namesake made later gets nothing, until the policy is put anew', async () => {
    const name = `ann-${text()}`;
    const first = await user(name);
    const Policy = policy(
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: [first.arn] }, Action: 'kms:Encrypt', Resource: '*' },
    );
    const { KeyId } = await makeKey({ Policy });
    const CiphertextBlob = await encrypt(KeyId!, bytes(5));
    await kms.send(new CreateGrantCommand({ KeyId: KeyId!, GranteePrincipal: first.arn, Operations: ['Decrypt'] }));
    const tries = (clients: object) => {
      const client = new KMSClient(clients);
      return [
        () => client.send(new EncryptCommand({ KeyId: KeyId!, Plaintext: bytes(5) })),
        () => client.send(new DecryptCommand({ CiphertextBlob })),
      ];
    };
    for (const attempt of tries(first.clients)) expect((await attempt()).KeyId).toContain(KeyId);
    const told = async () => (await kms.send(new GetKeyPolicyCommand({ KeyId: KeyId! }))).Policy!;
    expect(await told()).toBe(Policy);
    await remove(name);
    expect(JSON.parse(await told()).Statement[1].Principal.AWS).toEqual([first.id]);
    const second = await user(name);
    expect(second.arn).toBe(first.arn);
    expect(second.id).not.toBe(first.id);
    for (const attempt of tries(second.clients)) expect((await refusal(attempt())).name).toBe('AccessDeniedException');
    expect(JSON.parse(await told()).Statement[1].Principal.AWS).toEqual([first.id]);
    await kms.send(new PutKeyPolicyCommand({ KeyId: KeyId!, Policy }));
    expect(await told()).toBe(Policy);
    const [encryption, decryption] = tries(second.clients);
    expect((await encryption!()).KeyId).toContain(KeyId);
    expect((await refusal(decryption!())).name).toBe('AccessDeniedException');
  });
});
