import {
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { allow, identities } from '../../../tests/identities.ts';
import { openKms, refusal } from './kms.fixture.ts';
import { DAY_MS } from './limits.ts';

const { outcrop, kms, bytes, text } = await openKms('managed');
const { user } = identities(outcrop);
const ssm = new SSMClient(outcrop.clients);
const KeyId = 'alias/aws/ssm';
const describeKey = async () => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;

describe('an AWS managed key', () => {
  it('is made when its service first encrypts, and is used through that service alone', async () => {
    expect((await refusal(describeKey())).name).toBe('NotFoundException');
    const direct = () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    expect((await refusal(direct())).name).toBe('NotFoundException');
    const writer = await user('writer', allow(['ssm:PutParameter', 'ssm:GetParameter']));
    const theirs = new SSMClient(writer.clients);
    const [Name, Value] = [`/${text()}`, text()];
    await theirs.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
    expect((await theirs.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter!.Value).toBe(Value);
    const key = await describeKey();
    expect(key).toMatchObject({
      KeyManager: 'AWS',
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
      Description: 'Default key that protects my SSM parameters when no other key is defined',
    });
    await ssm.send(new PutParameterCommand({ Name: `/${text()}`, Value, Type: 'SecureString' }));
    expect((await describeKey()).KeyId).toBe(key.KeyId);
    // Not even the account's root uses or changes it by itself.
    const attempts = [
      direct(),
      kms.send(new EncryptCommand({ KeyId: key.Arn!, Plaintext: bytes(5) })),
      kms.send(new ScheduleKeyDeletionCommand({ KeyId: key.KeyId! })),
      new KMSClient(writer.clients).send(new EncryptCommand({ KeyId: key.Arn!, Plaintext: bytes(5) })),
    ];
    for (const refused of await Promise.all(attempts.map(refusal)))
      expect(refused).toMatchObject({ name: 'AccessDeniedException' });
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: key.KeyId! }));
    expect(JSON.parse(Policy!).Statement[0]).toMatchObject({
      Principal: { AWS: '*' },
      Condition: {
        StringEquals: { 'kms:CallerAccount': '000000000000', 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' },
      },
    });
    const { Aliases } = await kms.send(new ListAliasesCommand({}));
    expect(Aliases).toMatchObject([{ AliasName: KeyId, TargetKeyId: key.KeyId }]);
  });

  it('is made once by many first uses at a time', async () => {
    const abroad = { ...outcrop.clients, region: 'eu-central-1' };
    const client = new SSMClient(abroad);
    const Value = text();
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        client.send(new PutParameterCommand({ Name: `/p${i}`, Value, Type: 'SecureString' })),
      ),
    );
    for (let i = 0; i < 6; i++)
      expect(
        (await client.send(new GetParameterCommand({ Name: `/p${i}`, WithDecryption: true }))).Parameter!.Value,
      ).toBe(Value);
    const { Aliases } = await new KMSClient(abroad).send(new ListAliasesCommand({}));
    expect(Aliases).toHaveLength(1);
  });

  it('is rotated every year', async () => {
    await ssm.send(new PutParameterCommand({ Name: `/${text()}`, Value: text(), Type: 'SecureString' }));
    const key = await describeKey();
    const status = await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.KeyId! }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    await outcrop.clock.advance(366 * DAY_MS);
    const { Rotations } = await kms.send(new ListKeyRotationsCommand({ KeyId: key.KeyId! }));
    expect(Rotations).toMatchObject([{ RotationType: 'AUTOMATIC' }]);
  });
});
