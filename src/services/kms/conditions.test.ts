import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
  UntagResourceCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { allow, identities, refusal } from '../../../tests/identities.ts';
import { openKms } from './kms.fixture.ts';
import { defaultPolicy } from './policies.ts';

const { outcrop, kms, bytes, text, makeKey, encrypt } = await openKms('conditions');
const { iam, user } = identities(outcrop);
const caller = await user('caller');
const client = new KMSClient(caller.clients);

const alias = `alias/${text()}`;
const other = `alias/${text()}`;
const plain = (await makeKey()).KeyId!;
const tagged = (await makeKey({ Tags: [{ TagKey: 'team', TagValue: 'ml' }] })).KeyId!;
const rsa = (await makeKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })).KeyId!;
const signing = (await makeKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })).KeyId!;
const hmac = (await makeKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyId!;
const external = (await makeKey({ Origin: 'EXTERNAL' })).KeyId!;
const everywhere = (await makeKey({ MultiRegion: true })).KeyId!;
await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: plain }));
await kms.send(new CreateAliasCommand({ AliasName: other, TargetKeyId: tagged }));
const blob = await encrypt(plain, bytes(9), { a: '1', b: '2' });
const Plaintext = bytes(5);
const policyText = defaultPolicy({ account: '000000000000', partition: 'aws' });

/** Of each: the action, a condition under which alone it is allowed, calls that meet it, and calls that do not. */
type Case = [action: string, condition: object, met: (() => unknown)[], missed: (() => unknown)[]];
const encryptWith =
  (KeyId: string, more: object = {}) =>
  () =>
    new EncryptCommand({ KeyId, Plaintext, ...more });
const is = (key: string, value: string | string[]) => ({ StringEquals: { [key]: value } });

const CASES: Case[] = [
  ['Encrypt', is('kms:RequestAlias', alias), [encryptWith(alias)], [encryptWith(plain), encryptWith(other)]],
  [
    'Encrypt',
    { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': other } },
    [encryptWith(tagged), encryptWith(other)],
    [encryptWith(plain)],
  ],
  ['Encrypt', is('aws:ResourceTag/team', 'ml'), [encryptWith(tagged)], [encryptWith(plain)]],
  [
    'Encrypt',
    is('kms:KeySpec', 'RSA_2048'),
    [encryptWith(rsa, { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })],
    [encryptWith(plain)],
  ],
  [
    'Encrypt',
    is('kms:EncryptionAlgorithm', 'RSAES_OAEP_SHA_256'),
    [encryptWith(rsa, { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })],
    [encryptWith(rsa, { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }), encryptWith(plain)],
  ],
  ['Encrypt', is('kms:KeyUsage', 'ENCRYPT_DECRYPT'), [encryptWith(plain)], []],
  ['Encrypt', is('kms:CallerAccount', '000000000000'), [encryptWith(plain)], []],
  ['Encrypt', is('kms:CallerAccount', '111122223333'), [], [encryptWith(plain)]],
  ['Encrypt', { Null: { 'kms:ViaService': 'false' } }, [], [encryptWith(plain)]],
  ['Encrypt', { Bool: { 'kms:MultiRegion': 'true' } }, [encryptWith(everywhere)], [encryptWith(plain)]],
  ['Encrypt', is('kms:MultiRegionKeyType', 'PRIMARY'), [encryptWith(everywhere)], [encryptWith(plain)]],
  [
    'Decrypt',
    {
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['a', 'b', 'c'] },
      StringEquals: { 'kms:EncryptionContext:a': '1' },
    },
    [() => new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { a: '1', b: '2' } })],
    [
      () => new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { a: '2', b: '2' } }),
      () => new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { a: '1', d: '2' } }),
    ],
  ],
  [
    'Sign',
    is('kms:SigningAlgorithm', 'RSASSA_PSS_SHA_256'),
    [() => new SignCommand({ KeyId: signing, Message: Plaintext, SigningAlgorithm: 'RSASSA_PSS_SHA_256' })],
    [() => new SignCommand({ KeyId: signing, Message: Plaintext, SigningAlgorithm: 'RSASSA_PSS_SHA_512' })],
  ],
  [
    'Sign',
    is('kms:MessageType', 'DIGEST'),
    [
      () =>
        new SignCommand({
          KeyId: signing,
          Message: bytes(32),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'RSASSA_PSS_SHA_256',
        }),
    ],
    [() => new SignCommand({ KeyId: signing, Message: bytes(32), SigningAlgorithm: 'RSASSA_PSS_SHA_256' })],
  ],
  [
    'GenerateMac',
    is('kms:MacAlgorithm', 'HMAC_SHA_256'),
    [() => new GenerateMacCommand({ KeyId: hmac, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' })],
    [() => new VerifyMacCommand({ KeyId: hmac, Message: Plaintext, Mac: bytes(32), MacAlgorithm: 'HMAC_SHA_256' })],
  ],
  [
    'GenerateDataKeyPairWithoutPlaintext',
    { StringLike: { 'kms:DataKeyPairSpec': 'ECC_*' } },
    [() => new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: plain, KeyPairSpec: 'ECC_NIST_P256' })],
    [() => new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: plain, KeyPairSpec: 'RSA_2048' })],
  ],
  [
    'CreateKey',
    { StringEquals: { 'kms:KeySpec': 'HMAC_512', 'kms:KeyUsage': 'GENERATE_VERIFY_MAC', 'kms:KeyOrigin': 'AWS_KMS' } },
    [() => new CreateKeyCommand({ KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' })],
    [
      () => new CreateKeyCommand({}),
      () => new CreateKeyCommand({ KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC', Origin: 'EXTERNAL' }),
      // Tags ask for kms:TagResource as well.
      () =>
        new CreateKeyCommand({
          KeySpec: 'HMAC_512',
          KeyUsage: 'GENERATE_VERIFY_MAC',
          Tags: [{ TagKey: 'a', TagValue: 'b' }],
        }),
    ],
  ],
  [
    'EnableKeyRotation',
    { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '180' } },
    [() => new EnableKeyRotationCommand({ KeyId: plain, RotationPeriodInDays: 180 })],
    [
      () => new EnableKeyRotationCommand({ KeyId: plain, RotationPeriodInDays: 181 }),
      () => new EnableKeyRotationCommand({ KeyId: plain }),
    ],
  ],
  [
    'GetParametersForImport',
    is('kms:WrappingAlgorithm', 'RSAES_OAEP_SHA_256'),
    [
      () =>
        new GetParametersForImportCommand({
          KeyId: external,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
    ],
    [
      () =>
        new GetParametersForImportCommand({
          KeyId: external,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_1',
          WrappingKeySpec: 'RSA_2048',
        }),
    ],
  ],
  [
    'PutKeyPolicy',
    { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
    [() => new PutKeyPolicyCommand({ KeyId: plain, Policy: policyText })],
    [() => new PutKeyPolicyCommand({ KeyId: plain, Policy: policyText, BypassPolicyLockoutSafetyCheck: true })],
  ],
  [
    'ScheduleKeyDeletion',
    { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '14' } },
    [],
    [() => new ScheduleKeyDeletionCommand({ KeyId: plain, PendingWindowInDays: 7 })],
  ],
  [
    'CreateGrant',
    {
      'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'Decrypt'] },
      Bool: { 'kms:GrantIsForAWSResource': 'false' },
    },
    [() => new CreateGrantCommand({ KeyId: plain, GranteePrincipal: caller.arn, Operations: ['Decrypt'] })],
    [
      () =>
        new CreateGrantCommand({ KeyId: plain, GranteePrincipal: caller.arn, Operations: ['Decrypt', 'DescribeKey'] }),
    ],
  ],
  [
    'CreateGrant',
    is('kms:GranteePrincipal', caller.arn),
    [() => new CreateGrantCommand({ KeyId: plain, GranteePrincipal: caller.arn, Operations: ['Encrypt'] })],
    [
      () =>
        new CreateGrantCommand({
          KeyId: plain,
          GranteePrincipal: 'arn:aws:iam::000000000000:root',
          Operations: ['Encrypt'],
        }),
    ],
  ],
  [
    'ReplicateKey',
    is('kms:ReplicaRegion', 'eu-west-1'),
    [],
    [
      () => new ReplicateKeyCommand({ KeyId: everywhere, ReplicaRegion: 'sa-east-1' }),
      // To replicate is to make a key.
      () => new ReplicateKeyCommand({ KeyId: everywhere, ReplicaRegion: 'eu-west-1' }),
    ],
  ],
  [
    'TagResource',
    {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] },
      StringEquals: { 'aws:RequestTag/team': 'ml' },
    },
    [() => new TagResourceCommand({ KeyId: plain, Tags: [{ TagKey: 'team', TagValue: 'ml' }] })],
    [
      () => new TagResourceCommand({ KeyId: plain, Tags: [{ TagKey: 'team', TagValue: 'x' }] }),
      () =>
        new TagResourceCommand({
          KeyId: plain,
          Tags: [
            { TagKey: 'team', TagValue: 'ml' },
            { TagKey: 'x', TagValue: '' },
          ],
        }),
    ],
  ],
  [
    'UntagResource',
    { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
    [() => new UntagResourceCommand({ KeyId: plain, TagKeys: ['team'] })],
    [() => new UntagResourceCommand({ KeyId: plain, TagKeys: ['team', 'x'] })],
  ],
];

describe('condition keys', () => {
  it.each(CASES.map((one, i) => [`${i + 1}: kms:${one[0]} if ${JSON.stringify(one[1])}`, one] as const))(
    'hold what the request and the key are: %s',
    async (_title, [action, Condition, met, missed]) => {
      const PolicyDocument = allow(`kms:${action}`, '*', { Condition });
      await iam.send(new PutUserPolicyCommand({ UserName: caller.name, PolicyName: 'own', PolicyDocument }));
      for (const make of missed)
        expect(await refusal(client.send(make() as never)), JSON.stringify(make())).toMatchObject({
          name: 'AccessDeniedException',
        });
      for (const make of met)
        expect((await client.send(make() as never)) as object).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    },
  );

  it('do not let an alias in a policy stand for its key', async () => {
    const PolicyDocument = allow('kms:*', `arn:aws:kms:us-east-1:000000000000:${alias}`);
    await iam.send(new PutUserPolicyCommand({ UserName: caller.name, PolicyName: 'own', PolicyDocument }));
    expect((await refusal(client.send(new DescribeKeyCommand({ KeyId: alias })))).name).toBe('AccessDeniedException');
  });
});
