import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RetireGrantCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal } from '../identities.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const { between } = draws('kms use cases');
const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => between(0, 255)));
const word = () => bytes(6).toString('hex');

const DAY_MS = 86_400_000;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-03-03T12:00:00Z') } });
const kms = new KMSClient(outcrop.clients);
const { user } = identities(outcrop);
const makeKey = async (Policy?: string) => (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata!;

describe('kms.1', () => {
  it('kms.1: ciphertext of equal data differs; disabling the key locks it and enabling opens it; rotation and ReEncrypt keep old data readable', async () => {
    const [KeyId, DestinationKeyId] = [(await makeKey()).KeyId!, (await makeKey()).KeyId!];
    const EncryptionContext = { dataset: word() };
    const Plaintext = bytes(between(1, 4096));
    const encrypt = async () =>
      (await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }))).CiphertextBlob!;
    const read = async (CiphertextBlob: Uint8Array) =>
      Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext!);
    const blobs = [await encrypt(), await encrypt()];
    expect(Buffer.from(blobs[0]!).equals(blobs[1]!)).toBe(false);

    await kms.send(new DisableKeyCommand({ KeyId }));
    for (const blob of blobs) expect((await refusal(read(blob))).name).toBe('DisabledException');
    await kms.send(new EnableKeyCommand({ KeyId }));
    for (const blob of blobs) expect((await read(blob)).equals(Plaintext)).toBe(true);

    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: between(90, 200) }));
    for (let year = 0; year < 2; year++) {
      await outcrop.clock.advance(365 * DAY_MS);
      blobs.push(await encrypt());
    }
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const used = new Set<string>();
    for (const CiphertextBlob of blobs) {
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      expect(Buffer.from(opened.Plaintext!).equals(Plaintext)).toBe(true);
      used.add(opened.KeyMaterialId!);
      const moved = await kms.send(
        new ReEncryptCommand({
          CiphertextBlob,
          SourceEncryptionContext: EncryptionContext,
          DestinationKeyId,
          DestinationEncryptionContext: EncryptionContext,
        }),
      );
      expect((await read(moved.CiphertextBlob!)).equals(Plaintext)).toBe(true);
    }
    expect(used.size).toBe(3);
  });
});

describe('kms.3', () => {
  it('kms.3: key policy, grants, encryption context and the service in between decide who may use a key; who administers it cannot decrypt', async () => {
    const project = word();
    const context = { project };
    const [admin, app, blocked, grantee, retirer, stranger] = await Promise.all(
      ['admin', 'app', 'blocked', 'grantee', 'retirer', 'stranger'].map((name) => user(name)),
    );
    const analyst = await user('analyst', allow('kms:Decrypt'));
    const almighty = await user('almighty', allow('*'));
    const through = await user('through', allow(['ssm:PutParameter', 'ssm:GetParameter', 'secretsmanager:*']));
    const on = (AWS: string | undefined, Action: string | string[], more: object = {}) => ({
      Effect: 'Allow',
      Principal: { AWS },
      Action,
      Resource: '*',
      ...more,
    });
    const key = await makeKey(
      policy(
        on(`arn:aws:iam::${ACCOUNT}:root`, 'kms:*'),
        on(admin!.arn, [
          'kms:Describe*',
          'kms:Enable*',
          'kms:Disable*',
          'kms:PutKeyPolicy',
          'kms:CreateGrant',
          'kms:ListGrants',
        ]),
        on(app!.arn, ['kms:Encrypt', 'kms:Decrypt'], {
          Condition: { StringEquals: { 'kms:EncryptionContext:project': project } },
        }),
        on(through.arn, ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'], {
          Condition: { StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' } },
        }),
        on(blocked!.arn, 'kms:*'),
        { ...on(blocked!.arn, 'kms:Decrypt'), Effect: 'Deny' },
        {
          ...on(almighty.arn, 'kms:Encrypt'),
          Effect: 'Deny',
          Condition: { Null: { 'kms:EncryptionContextKeys': 'true' } },
        },
      ),
    );
    const KeyId = key.Arn!;
    const plain = bytes(40);
    const exact = { project, stage: 'train' };
    const sealed = async (EncryptionContext: Record<string, string>) =>
      (await kms.send(new EncryptCommand({ KeyId, Plaintext: plain, EncryptionContext }))).CiphertextBlob!;
    const [inProject, inStage, wider] = [
      await sealed(context),
      await sealed(exact),
      await sealed({ ...exact, more: '1' }),
    ];

    const grant = await new KMSClient(admin!.clients).send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: grantee!.arn,
        RetiringPrincipal: retirer!.arn,
        Operations: ['Decrypt', 'DescribeKey'],
        Constraints: { EncryptionContextEquals: exact },
        Name: word(),
      }),
    );

    type Who = { clients: object };
    const encryption = (who: Who, EncryptionContext?: Record<string, string>) =>
      new KMSClient(who.clients).send(new EncryptCommand({ KeyId, Plaintext: plain, EncryptionContext }));
    const decryption = async (who: Who, CiphertextBlob: Uint8Array, EncryptionContext: Record<string, string>) => {
      const { Plaintext } = await new KMSClient(who.clients).send(
        new DecryptCommand({ CiphertextBlob, EncryptionContext }),
      );
      expect(Buffer.from(Plaintext!).equals(plain)).toBe(true);
    };
    const describing = (who: Who) => new KMSClient(who.clients).send(new DescribeKeyCommand({ KeyId }));
    const cases: [string, boolean, () => Promise<unknown>][] = [
      ['the administrator describes it', true, () => describing(admin!)],
      ['the administrator decrypts', false, () => decryption(admin!, inProject, context)],
      ['the administrator encrypts', false, () => encryption(admin!, context)],
      ['the app encrypts for its project', true, () => encryption(app!, context)],
      ['the app decrypts for its project', true, () => decryption(app!, inProject, context)],
      ['the app encrypts for another project', false, () => encryption(app!, { project: word() })],
      ['the app encrypts without a context', false, () => encryption(app!)],
      ['the app disables the key', false, () => new KMSClient(app!.clients).send(new DisableKeyCommand({ KeyId }))],
      ['an analyst decrypts by his own policy', true, () => decryption(analyst, inProject, context)],
      ['an analyst encrypts', false, () => encryption(analyst, context)],
      ['the blocked one encrypts', true, () => encryption(blocked!, context)],
      ['the blocked one decrypts', false, () => decryption(blocked!, inProject, context)],
      ['the almighty one encrypts with a context', true, () => encryption(almighty, context)],
      ['the almighty one encrypts without', false, () => encryption(almighty)],
      ['a stranger decrypts', false, () => decryption(stranger!, inProject, context)],
      ['the grantee decrypts in the context of the grant', true, () => decryption(grantee!, inStage, exact)],
      ['the grantee decrypts in a wider one', false, () => decryption(grantee!, wider, { ...exact, more: '1' })],
      ['the grantee decrypts in a narrower one', false, () => decryption(grantee!, inProject, context)],
      ['the grantee encrypts', false, () => encryption(grantee!, exact)],
      ['the grantee describes the key', true, () => describing(grantee!)],
      ['one who may through a service alone encrypts without it', false, () => encryption(through, context)],
    ];
    for (const [what, expected, run] of cases) {
      const outcome = await run().then(
        () => true,
        (error: Error) => {
          expect(error.name, what).toBe('AccessDeniedException');
          return false;
        },
      );
      expect(outcome, what).toBe(expected);
    }

    const denied = await refusal(decryption(stranger!, inProject, context));
    expect(denied.message).toContain(
      `User: ${stranger!.arn} is not authorized to perform: kms:Decrypt on resource: ${key.Arn}`,
    );

    const ssm = new SSMClient(through.clients);
    const Name = `/${word()}`;
    const Value = word();
    await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', KeyId }));
    expect((await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter!.Value).toBe(Value);
    // The same through another service is not what the key policy says.
    const secret = new SecretsManagerClient(through.clients).send(
      new CreateSecretCommand({ Name: word(), SecretString: Value, KmsKeyId: KeyId }),
    );
    expect((await refusal(secret)).message).toBe('Access to KMS is not allowed');

    const theirs = await kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: retirer!.arn }));
    expect(theirs.Grants).toMatchObject([{ GrantId: grant.GrantId, GranteePrincipal: grantee!.arn, KeyId: key.Arn }]);
    const retire = (who: Who) =>
      new KMSClient(who.clients).send(new RetireGrantCommand({ GrantToken: grant.GrantToken }));
    expect((await refusal(retire(stranger!))).name).toBe('AccessDeniedException');
    await retire(retirer!);
    expect((await refusal(decryption(grantee!, inStage, exact))).name).toBe('AccessDeniedException');
    expect((await refusal(describing(grantee!))).name).toBe('AccessDeniedException');

    await new KMSClient(admin!.clients).send(
      new PutKeyPolicyCommand({ KeyId, Policy: policy(on(admin!.arn, ['kms:Describe*', 'kms:PutKeyPolicy'])) }),
    );
    // Without the account in its policy, no policy of the account's own lets anybody in.
    for (const shut of [
      () => decryption(analyst, inProject, context),
      () => encryption(almighty, context),
      () => describing({ clients: outcrop.clients }),
    ])
      expect((await refusal(shut())).name).toBe('AccessDeniedException');
    expect((await describing(admin!)).KeyMetadata!.Arn).toBe(key.Arn);
  });
});

describe('kms.4', () => {
  it('kms.4: every use of a key is in the event history with its context and caller, by services and denied ones too, and so are rotations', async () => {
    const key = await makeKey();
    const KeyId = key.KeyId!;
    const AliasName = `alias/${word()}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    const worker = await user(
      `worker-${word()}`,
      allow(['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'ssm:*', 'secretsmanager:*']),
    );
    const nobody = await user(`nobody-${word()}`);
    const own = new KMSClient(worker.clients);
    const foreign = new KMSClient(nobody.clients);
    const expected: { name: string; context: string | undefined; by: string; error?: string }[] = [];
    for (let i = 0; i < 8; i++) {
      const EncryptionContext = { call: word() };
      const note = (name: string, by: string, error?: string) =>
        expected.push({ name, context: EncryptionContext.call, by, ...(error === undefined ? {} : { error }) });
      const { CiphertextBlob } = await own.send(
        new EncryptCommand({ KeyId: i % 2 === 0 ? KeyId : AliasName, Plaintext: bytes(9), EncryptionContext }),
      );
      note('Encrypt', worker.arn);
      await own.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      note('Decrypt', worker.arn);
      await own.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
      note('GenerateDataKey', worker.arn);
      await refusal(foreign.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })));
      note('Decrypt', nobody.arn, 'AccessDenied');
    }
    const secrets = new SecretsManagerClient(worker.clients);
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: word(), SecretString: word(), KmsKeyId: KeyId }),
    );
    await secrets.send(new GetSecretValueCommand({ SecretId: ARN }));
    await kms.send(new EnableKeyRotationCommand({ KeyId }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    await outcrop.clock.advance(1000);

    const trail = new CloudTrailClient(outcrop.clients);
    const events: Record<string, any>[] = [];
    let NextToken: string | undefined;
    do {
      const page: { Events?: { CloudTrailEvent?: string }[]; NextToken?: string } = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: key.Arn! }],
          NextToken,
        }),
      );
      events.push(...page.Events!.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as Record<string, any>));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(events.every(({ eventSource }) => eventSource === 'kms.amazonaws.com')).toBe(true);
    for (const { name, context, by, error } of expected) {
      const found = events.filter(
        (event) =>
          event['eventName'] === name &&
          event['userIdentity'].arn === by &&
          event['requestParameters']?.encryptionContext?.call === context,
      );
      expect(found, `${name} of ${by} in ${context}`).toHaveLength(1);
      expect(found[0]!['errorCode']).toBe(error);
      expect(found[0]!['responseElements']).toBeNull();
      expect(JSON.stringify(found[0])).not.toMatch(/plaintext|ciphertext/i);
    }
    const byService = events.filter(({ userIdentity }) => userIdentity.invokedBy === 'secretsmanager.amazonaws.com');
    expect(byService.map(({ eventName }) => eventName)).toEqual(expect.arrayContaining(['GenerateDataKey', 'Decrypt']));
    for (const { userIdentity, requestParameters } of byService) {
      expect(userIdentity.arn).toBe(worker.arn);
      expect(requestParameters.encryptionContext.SecretARN).toBe(ARN);
    }
    const names = events.map(({ eventName }) => eventName);
    for (const name of ['EnableKeyRotation', 'RotateKeyOnDemand', 'CreateAlias']) expect(names).toContain(name);
  });
});
