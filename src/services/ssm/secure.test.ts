import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal } from '../../../tests/identities.ts';
import { openSsm } from './ssm.fixture.ts';

const { outcrop, ssm, put, text, newName, integer } = await openSsm('secure');
const kms = new KMSClient({ ...outcrop.clients, maxAttempts: 1 });
const secrets = new SecretsManagerClient({ ...outcrop.clients, maxAttempts: 1 });
const { user } = identities(outcrop);
const get = async (Name: string, WithDecryption = true, client = ssm) =>
  (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter!;
const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!;
const secure = (more: object = {}) => put({ Type: 'SecureString', ...more });

describe('a SecureString', () => {
  it('is told decrypted on request, and as ciphertext otherwise, wherever it is read', async () => {
    const path = newName('/secure');
    const { name, value } = await secure({ Name: `${path}/x` });
    expect((await get(name)).Value).toBe(value);
    const { Value: sealed } = await get(name, false);
    expect(sealed).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(sealed).not.toContain(value);
    for (const WithDecryption of [true, false]) {
      const expected = WithDecryption ? value : sealed;
      const many = await ssm.send(new GetParametersCommand({ Names: [name], WithDecryption }));
      expect(many.Parameters![0]!.Value).toBe(expected);
      const below = await ssm.send(new GetParametersByPathCommand({ Path: path, WithDecryption }));
      expect(below.Parameters![0]!.Value).toBe(expected);
      const history = await ssm.send(new GetParameterHistoryCommand({ Name: name, WithDecryption }));
      expect(history.Parameters![0]).toMatchObject({ Value: expected, KeyId: 'alias/aws/ssm' });
    }
  });

  it('of the standard tier is KMS’s own ciphertext, bound to the ARN of the parameter', async () => {
    const { name, value } = await secure();
    const { Value: sealed, ARN } = await get(name, false);
    const CiphertextBlob = Buffer.from(sealed!, 'base64');
    const KeyId = (await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))).KeyMetadata!.Arn!;
    const wrong = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { PARAMETER_ARN: `${ARN}x` } }));
    expect(['InvalidCiphertextException', 'AccessDeniedException']).toContain((await refusal(wrong)).name);
    expect(KeyId).toContain(':key/');
    const own = await newKey();
    const mine = await secure({ KeyId: own.KeyId });
    const { Value: text64, ARN: arn } = await get(mine.name, false);
    const { Plaintext, KeyId: used } = await kms.send(
      new DecryptCommand({
        CiphertextBlob: Buffer.from(text64!, 'base64'),
        EncryptionContext: { PARAMETER_ARN: arn! },
      }),
    );
    expect(Buffer.from(Plaintext!).toString()).toBe(mine.value);
    expect(used).toBe(own.Arn);
    expect((await get(name)).Value).toBe(value);
  });

  it('of the advanced tier holds 8 KB, more than KMS itself would take', async () => {
    const Value = Array.from({ length: integer(4097, 8192) }, () => String.fromCharCode(integer(97, 122))).join('');
    const { name, tier } = await secure({ Value, Tier: 'Advanced' });
    expect(tier).toBe('Advanced');
    expect((await get(name)).Value).toBe(Value);
    const { Value: sealed } = await get(name, false);
    expect(Buffer.from(sealed!, 'base64').includes(Value.slice(0, 16))).toBe(false);
  });

  it('cannot be told when its key is disabled, nor made under a key that is none', async () => {
    const { KeyId } = await newKey();
    const { name } = await secure({ KeyId });
    const advanced = await secure({ KeyId, Tier: 'Advanced' });
    await kms.send(new DisableKeyCommand({ KeyId: KeyId! }));
    expect((await refusal(get(name))).name).toBe('InvalidKeyId');
    expect((await refusal(get(advanced.name))).name).toBe('InvalidKeyId');
    expect((await get(name, false)).Type).toBe('SecureString');
    expect((await refusal(secure({ KeyId: 'alias/nothing' }))).name).toBe('InvalidKeyId');
    const { Parameters } = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: 'KeyId', Values: [KeyId!] }] }),
    );
    expect(new Set(Parameters!.map(({ Name }) => Name))).toEqual(new Set([name, advanced.name]));
  });

  it('needs the right to its key as well', async () => {
    const { KeyId, Arn } = await newKey();
    const { name, value } = await secure({ KeyId });
    const { clients, arn } = await user('reader', allow('ssm:GetParameter'));
    const client = new SSMClient(clients);
    expect((await get(name, false, client)).Name).toBe(name);
    expect(await refusal(get(name, true, client))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:Decrypt'),
    });
    await kms.send(
      new PutKeyPolicyCommand({
        KeyId: Arn!,
        Policy: policy(
          { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Allow',
            Principal: { AWS: arn },
            Action: 'kms:Decrypt',
            Resource: '*',
            Condition: {
              StringEquals: {
                'kms:ViaService': 'ssm.us-east-1.amazonaws.com',
                'kms:EncryptionContext:PARAMETER_ARN': (await get(name, false)).ARN,
              },
            },
          },
        ),
      }),
    );
    expect((await get(name, true, client)).Value).toBe(value);
  });
});

describe('a reference to Secrets Manager', () => {
  it('tells the secret under the caller’s rights', async () => {
    const Name = `ref/${integer(1, 1e9)}`;
    const SecretString = text();
    const { ARN, VersionId } = await secrets.send(new CreateSecretCommand({ Name, SecretString }));
    const id = `/aws/reference/secretsmanager/${Name}`;
    const found = await get(id);
    expect(found).toMatchObject({ Name: id, Type: 'SecureString', Value: SecretString, Version: 0, ARN });
    expect(JSON.parse(found.SourceResult!)).toMatchObject({
      ARN,
      Name,
      VersionId,
      SecretString,
      VersionStages: ['AWSCURRENT'],
    });
    for (const more of [VersionId, 'AWSCURRENT']) expect((await get(`${id}:${more}`)).Value).toBe(SecretString);
    expect(await refusal(get(id, false))).toMatchObject({
      name: 'ValidationException',
      message: 'WithDecryption flag must be True for retrieving a Secret Manager secret.',
    });
    expect(await refusal(get(`${id}x`))).toMatchObject({
      name: 'ParameterNotFound',
      message: `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/${Name}x not found.`,
    });
    const { clients } = await user('by-reference', allow('ssm:GetParameter'));
    expect((await refusal(get(id, true, new SSMClient(clients)))).name).toBe('AccessDeniedException');
  });

  it('cannot be put', async () => {
    const call = ssm.send(
      new PutParameterCommand({ Name: '/aws/reference/secretsmanager/x', Value: 'x', Type: 'String' }),
    );
    expect((await refusal(call)).name).toBe('AccessDeniedException');
  });
});
