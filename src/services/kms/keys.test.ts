import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  ListResourceTagsCommand,
  paginateListAliases,
  paginateListKeys,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  type CreateKeyRequest,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from './limits.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, integer, bytes, text, makeKey, encrypt, inRegion } = await openKms('keys');
const describeKey = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
const stateOf = async (KeyId: string) => (await describeKey(KeyId)).KeyState;

describe('a key', () => {
  it('is told as it was made', async () => {
    const Description = text();
    const key = await makeKey({ Description });
    expect(await describeKey(key.Arn!)).toEqual(key);
    expect(key).toMatchObject({
      AWSAccountId: '000000000000',
      Arn: `arn:aws:kms:us-east-1:000000000000:key/${key.KeyId}`,
      Description,
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      Origin: 'AWS_KMS',
    });
    expect(key.KeyId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(key.CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    const changed = text();
    await kms.send(new UpdateKeyDescriptionCommand({ KeyId: key.KeyId!, Description: changed }));
    expect((await describeKey(key.KeyId!)).Description).toBe(changed);
  });

  it('is of a kind that AWS has, and of a usage that fits it', async () => {
    const refused = (request: CreateKeyRequest) => refusal(makeKey(request));
    expect(await refused({ KeySpec: 'RSA_2048' })).toMatchObject({
      name: 'ValidationException',
      message: 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    });
    expect((await refused({ KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' })).message).toBe(
      'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256',
    );
    expect((await refused({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' })).name).toBe('UnsupportedOperationException');
    expect(await refused({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1' })).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
    expect((await refused({ KeySpec: 'nonsense' as never })).message).toContain('Member must satisfy enum value set');
  });

  it('is listed with the others of its account and region, a page at a time', async () => {
    const client = inRegion('ap-south-2');
    const made: string[] = [];
    for (let i = 0; i < integer(4, 8); i++) made.push((await makeKey({}, client)).Arn!);
    const listed: string[] = [];
    for await (const page of paginateListKeys({ client, pageSize: 3 }, {})) {
      expect(page.Keys!.length).toBeLessThanOrEqual(3);
      listed.push(...page.Keys!.map(({ KeyArn }) => KeyArn!));
    }
    expect(listed).toEqual(made.toSorted());
    expect(made[0]).toContain(':ap-south-2:');
    const wrong = refusal(kms.send(new ListAliasesCommand({ Marker: text() })));
    expect((await wrong).name).toBe('InvalidMarkerException');
  });

  it('is disabled and enabled', async () => {
    const KeyId = (await makeKey()).KeyId!;
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
    expect((await refusal(encrypt(KeyId, bytes(1)))).name).toBe('DisabledException');
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Enabled', Enabled: true });
    expect((await refusal(kms.send(new DisableKeyCommand({ KeyId: 'alias/x' })))).message).toBe(
      "Invalid keyId 'alias/x'",
    );
  });

  it('is deleted after 7 to 30 days, with all that was encrypted under it, unless that is taken back', async () => {
    const [kept, gone] = [await makeKey(), await makeKey()];
    const blob = await encrypt(gone.KeyId!, bytes(9));
    const AliasName = `alias/${text()}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: gone.KeyId! }));
    const days = integer(7, 29);
    const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: gone.KeyId!, PendingWindowInDays: days }));
    const dueMs = outcrop.clock.now().getTime() + days * DAY_MS;
    expect(scheduled).toMatchObject({ KeyId: gone.Arn, KeyState: 'PendingDeletion', PendingWindowInDays: days });
    expect(Math.abs(scheduled.DeletionDate!.getTime() - dueMs)).toBeLessThan(60_000);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: kept.KeyId! }));
    expect(await refusal(encrypt(gone.KeyId!, bytes(1)))).toMatchObject({
      name: 'KMSInvalidStateException',
      message: `${gone.Arn} is pending deletion.`,
    });
    for (const command of [
      new EnableKeyCommand({ KeyId: gone.KeyId! }),
      new TagResourceCommand({ KeyId: gone.KeyId!, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    ])
      expect((await refusal(kms.send(command as never))).message).toBe(`${gone.Arn} is pending deletion.`);
    await outcrop.clock.advance(days * DAY_MS - 60_000);
    expect(await stateOf(gone.KeyId!)).toBe('PendingDeletion');
    await kms.send(new CancelKeyDeletionCommand({ KeyId: kept.KeyId! }));
    expect(await stateOf(kept.KeyId!)).toBe('Disabled');
    await outcrop.clock.advance(30 * DAY_MS);
    expect(await stateOf(kept.KeyId!)).toBe('Disabled');
    expect(await refusal(describeKey(gone.KeyId!))).toMatchObject({
      name: 'NotFoundException',
      message: `Key '${gone.Arn}' does not exist`,
    });
    expect((await refusal(describeKey(AliasName))).name).toBe('NotFoundException');
    expect((await refusal(kms.send(new DecryptCommand({ CiphertextBlob: blob })))).name).toBe(
      'InvalidCiphertextException',
    );
    expect((await refusal(kms.send(new CancelKeyDeletionCommand({ KeyId: kept.KeyId! })))).message).toBe(
      `${kept.Arn} is not pending deletion.`,
    );
    for (const PendingWindowInDays of [6, 31])
      expect(
        (await refusal(kms.send(new ScheduleKeyDeletionCommand({ KeyId: kept.KeyId!, PendingWindowInDays })))).name,
      ).toBe('ValidationException');
  });
});

describe('an alias', () => {
  it('names a key in all that uses keys, and can be pointed elsewhere', async () => {
    const [first, second] = [await makeKey(), await makeKey()];
    const AliasName = `alias/app/${text()}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.KeyId! }));
    expect((await describeKey(AliasName)).Arn).toBe(first.Arn);
    const AliasArn = `arn:aws:kms:us-east-1:000000000000:${AliasName}`;
    const { KeyId } = await kms.send(new EncryptCommand({ KeyId: AliasArn, Plaintext: bytes(5) }));
    expect(KeyId).toBe(first.Arn);
    expect(await refusal(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: second.KeyId! })))).toMatchObject({
      name: 'AlreadyExistsException',
      message: `An alias with the name ${AliasArn} already exists`,
    });
    await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.Arn! }));
    expect((await describeKey(AliasName)).Arn).toBe(second.Arn);
    const listed = await kms.send(new ListAliasesCommand({ KeyId: second.KeyId! }));
    expect(listed.Aliases).toMatchObject([{ AliasName, AliasArn, TargetKeyId: second.KeyId }]);
    expect((await kms.send(new ListAliasesCommand({ KeyId: first.KeyId! }))).Aliases).toEqual([]);
    const signing = await makeKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    expect((await refusal(kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: signing.KeyId! })))).name).toBe(
      'ValidationException',
    );
    await kms.send(new DeleteAliasCommand({ AliasName }));
    for (const gone of [() => describeKey(AliasName), () => kms.send(new DeleteAliasCommand({ AliasName }))])
      expect(await refusal(gone())).toMatchObject({
        name: 'NotFoundException',
        message: `Alias ${AliasArn} is not found.`,
      });
  });

  it('has a name of its kind, and is no AWS managed one', async () => {
    const { KeyId } = await makeKey();
    for (const AliasName of ['name', 'alias/', 'alias/aws/mine', 'alias/a:b'])
      expect(
        (await refusal(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId! })))).name,
        AliasName,
      ).toBe('InvalidAliasNameException');
    expect((await refusal(kms.send(new CreateAliasCommand({ AliasName: 'alias/ü', TargetKeyId: KeyId! })))).name).toBe(
      'ValidationException',
    );
  });

  it('is one of 50 at most, listed a page at a time', async () => {
    const client = inRegion('sa-east-1');
    const { KeyId } = await makeKey({}, client);
    const names = Array.from({ length: 50 }, (_, i) => `alias/${i.toString().padStart(2, '0')}-${text()}`);
    for (const AliasName of names) await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId! }));
    const more = client.send(new CreateAliasCommand({ AliasName: `alias/${text()}`, TargetKeyId: KeyId! }));
    expect((await refusal(more)).name).toBe('LimitExceededException');
    const listed: string[] = [];
    for await (const page of paginateListAliases({ client, pageSize: 20 }, { KeyId }))
      listed.push(...page.Aliases!.map(({ AliasName }) => AliasName!));
    expect(listed).toEqual(names.toSorted());
  });
});

describe('tags', () => {
  it('are given at the making and later, replaced and removed', async () => {
    const { KeyId } = await makeKey({
      Tags: [
        { TagKey: 'team', TagValue: 'a' },
        { TagKey: 'x', TagValue: '' },
      ],
    });
    await kms.send(
      new TagResourceCommand({
        KeyId: KeyId!,
        Tags: [
          { TagKey: 'team', TagValue: 'b' },
          { TagKey: 'y', TagValue: '1' },
        ],
      }),
    );
    await kms.send(new UntagResourceCommand({ KeyId: KeyId!, TagKeys: ['x', 'never'] }));
    const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId: KeyId! }));
    expect(Tags).toEqual([
      { TagKey: 'team', TagValue: 'b' },
      { TagKey: 'y', TagValue: '1' },
    ]);
    const many = Array.from({ length: 51 }, (_, i) => ({ TagKey: `t${i}`, TagValue: '' }));
    for (const wrong of [
      [{ TagKey: 'aws:x', TagValue: '' }],
      [
        { TagKey: 'a', TagValue: '' },
        { TagKey: 'a', TagValue: '' },
      ],
      many,
    ])
      expect((await refusal(kms.send(new TagResourceCommand({ KeyId: KeyId!, Tags: wrong })))).name).toBe(
        'TagException',
      );
  });
});

describe('a key policy', () => {
  const root = 'arn:aws:iam::000000000000:root';
  const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const allowRoot = { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' };

  it('is AWS’s default one, to the letter, when none is given', async () => {
    const { KeyId } = await makeKey();
    const { Policy, PolicyName } = await kms.send(new GetKeyPolicyCommand({ KeyId: KeyId! }));
    expect(PolicyName).toBe('default');
    expect(Policy).toBe(
      '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "arn:aws:iam::000000000000:root"\n    },\n    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}',
    );
    expect((await kms.send(new ListKeyPoliciesCommand({ KeyId: KeyId! }))).PolicyNames).toEqual(['default']);
  });

  it('is kept as it was written', async () => {
    const { KeyId } = await makeKey();
    const Policy = `  ${policy({ ...allowRoot, Sid: text() })}\n`;
    await kms.send(new PutKeyPolicyCommand({ KeyId: KeyId!, Policy }));
    expect((await kms.send(new GetKeyPolicyCommand({ KeyId: KeyId!, PolicyName: 'default' }))).Policy).toBe(Policy);
    const other = kms.send(new GetKeyPolicyCommand({ KeyId: KeyId!, PolicyName: 'other' }));
    expect((await refusal(other)).name).toBe('NotFoundException');
  });

  it('is refused when it is none, names nobody, or locks its maker out, unless that is asked for', async () => {
    const { KeyId } = await makeKey();
    const put = (Policy: string, BypassPolicyLockoutSafetyCheck = false) =>
      kms.send(new PutKeyPolicyCommand({ KeyId: KeyId!, Policy, BypassPolicyLockoutSafetyCheck }));
    for (const wrong of [
      '{}',
      'no policy',
      policy({ ...allowRoot, Effect: 'Maybe' }),
      policy({ ...allowRoot, Principal: undefined }),
    ])
      expect((await refusal(put(wrong))).name, wrong).toBe('MalformedPolicyDocumentException');
    for (const AWS of ['arn:aws:iam::000000000000:user/nobody', 'arn:aws:iam::000000000000:role/none', 'somebody'])
      expect(await refusal(put(policy(allowRoot, { ...allowRoot, Principal: { AWS } })))).toMatchObject({
        name: 'MalformedPolicyDocumentException',
        message: 'Policy contains a statement with one or more invalid principals.',
      });
    const others = policy({ ...allowRoot, Principal: { AWS: '111122223333' } });
    const locked = {
      name: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    };
    expect(await refusal(put(others))).toMatchObject(locked);
    expect(await refusal(put(policy({ ...allowRoot, Action: ['kms:Encrypt', 'kms:Get*'] })))).toMatchObject(locked);
    expect(await refusal(kms.send(new CreateKeyCommand({ Policy: others })))).toMatchObject(locked);
    await put(others, true);
    // Now the key is out of reach for its own account, as it would be on AWS.
    expect((await refusal(put(policy(allowRoot)))).name).toBe('AccessDeniedException');
    expect((await refusal(describeKey(KeyId!))).name).toBe('AccessDeniedException');
    const long = policy({ ...allowRoot, Sid: 'x'.repeat(33_000) });
    const { KeyId: second } = await makeKey();
    expect((await refusal(kms.send(new PutKeyPolicyCommand({ KeyId: second!, Policy: long })))).name).toBe(
      'LimitExceededException',
    );
  });
});
