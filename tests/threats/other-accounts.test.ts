import {
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CloseAccountCommand, CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetAccessKeyInfoCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { accountsOf } from '../accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: other accounts'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { user, role } = identities(outcrop);

/** An account of the organization, and an administrator's session in it. */
const organizations = new OrganizationsClient(outcrop.clients);
await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
const { createAccount, assume, administrator } = accountsOf(outcrop);
const operator = { clients: await administrator(), arn: `arn:aws:iam::${ACCOUNT}:user/administrator` };
async function account() {
  const id = await createAccount();
  return { id, clients: await assume(id) };
}
const [red, blue] = [await account(), await account()];

describe('An administrator of one account', () => {
  it('is that in no other: neither finds nor reads what is in it', async () => {
    const Bucket = fresh('bucket');
    const theirs = new S3Client(red.clients);
    await theirs.send(new CreateBucketCommand({ Bucket }));
    await theirs.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'red' }));
    const secret = await new SecretsManagerClient(red.clients).send(
      new CreateSecretCommand({ Name: fresh('secret'), SecretString: 'red' }),
    );
    const UserName = fresh('anna');
    await new IAMClient(red.clients).send(new CreateUserCommand({ UserName }));
    for (const clients of [blue.clients, outcrop.clients, operator.clients]) {
      const s3 = new S3Client(clients);
      expect((await s3.send(new ListBucketsCommand())).Buckets!.map(({ Name }) => Name)).not.toContain(Bucket);
      for (const way of [
        () => s3.send(new ListObjectsV2Command({ Bucket })),
        () => s3.send(new GetObjectCommand({ Bucket, Key: 'k' })),
        () => s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })),
      ])
        expect(await refusal(way())).toMatchObject({ name: 'AccessDenied', message: 'Access Denied' });
      const secrets = new SecretsManagerClient(clients);
      expect((await secrets.send(new ListSecretsCommand())).SecretList!.map(({ ARN }) => ARN)).not.toContain(
        secret.ARN,
      );
      expect((await refusal(secrets.send(new GetSecretValueCommand({ SecretId: secret.ARN! })))).name).toMatch(
        /^(AccessDenied|ResourceNotFound)Exception$/,
      );
      expect((await refusal(secrets.send(new GetSecretValueCommand({ SecretId: secret.Name! })))).name).toBe(
        'ResourceNotFoundException',
      );
    }
    const users = await new IAMClient(blue.clients).send(new ListUsersCommand());
    expect(users.Users!.map((one) => one.UserName)).not.toContain(UserName);
    expect((await refusal(new IAMClient(blue.clients).send(new GetUserCommand({ UserName })))).name).toBe(
      'NoSuchEntityException',
    );
  });

  it('needs to be let in by the other side, and by their own: one alone is not enough', async () => {
    const Bucket = fresh('shared');
    const theirs = new S3Client(red.clients);
    await theirs.send(new CreateBucketCommand({ Bucket }));
    await theirs.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'red' }));
    const get = (clients: object) =>
      refusal(new S3Client(clients as never).send(new GetObjectCommand({ Bucket, Key: 'k' })));
    const open = (AWS: string) =>
      theirs.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: policy({
            Effect: 'Allow',
            Action: 's3:GetObject',
            Principal: { AWS },
            Resource: `arn:aws:s3:::${Bucket}/*`,
          }),
        }),
      );
    const without = await user(fresh('without'));
    const within = await user(fresh('within'), allow('s3:*'));
    expect((await get(within.clients)).name).toBe('AccessDenied');
    await open(ACCOUNT);
    expect((await get(without.clients)).name).toBe('AccessDenied');
    await new S3Client(within.clients).send(new GetObjectCommand({ Bucket, Key: 'k' }));
    await open(without.arn);
    expect((await get(without.clients)).name).toBe('AccessDenied');
    expect((await get(within.clients)).name).toBe('AccessDenied');
  });

  it('assumes no role of another that does not trust them, by any spelling of its name', async () => {
    const RoleName = fresh('role');
    const iam = new IAMClient(red.clients);
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${red.id}:root` }) }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allow('*') }));
    const enter = (clients: object, RoleArn: string) =>
      refusal(new STSClient(clients as never).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' })));
    for (const clients of [blue.clients, operator.clients])
      expect((await enter(clients, Role!.Arn!)).name).toBe('AccessDenied');
    const own = await role(RoleName, trust({ AWS: operator.arn }));
    await new STSClient(operator.clients).send(new AssumeRoleCommand({ RoleArn: own.arn, RoleSessionName: 'one' }));
    expect((await enter(operator.clients, Role!.Arn!)).name).toBe('AccessDenied');
  });

  it('opens nothing that was sealed in another: ciphertexts name their key, and it does not let them', async () => {
    const theirs = new KMSClient(red.clients);
    const { KeyMetadata } = await theirs.send(new CreateKeyCommand({}));
    const { CiphertextBlob } = await theirs.send(
      new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from('red') }),
    );
    for (const clients of [blue.clients, outcrop.clients])
      expect((await refusal(new KMSClient(clients).send(new DecryptCommand({ CiphertextBlob })))).name).toMatch(
        /^(AccessDenied|NotFound|IncorrectKey|InvalidCiphertext)Exception$/,
      );
    expect(Buffer.from((await theirs.send(new DecryptCommand({ CiphertextBlob }))).Plaintext!).toString()).toBe('red');
  });
});

describe('A session of one account', () => {
  it('names that account whatever the request says, in every region', async () => {
    for (const region of ['us-east-1', 'eu-central-1', 'ap-southeast-2']) {
      const caller = await new STSClient({ ...red.clients, region }).send(new GetCallerIdentityCommand());
      expect(caller.Account).toBe(red.id);
      expect(caller.Arn).toMatch(`arn:aws:sts::${red.id}:assumed-role/OrganizationAccountAccessRole/`);
    }
    const { Account } = await new STSClient(outcrop.clients).send(
      new GetAccessKeyInfoCommand({ AccessKeyId: red.clients.credentials.accessKeyId }),
    );
    expect(Account).toBe(red.id);
  });

  it('is made of no parts of others: keys, secrets and tokens of two accounts do not mix', async () => {
    type Session = { accessKeyId: string; secretAccessKey: string; sessionToken: string };
    const [a, b] = [red.clients.credentials as Session, blue.clients.credentials as Session];
    for (const mixed of [
      { ...a, sessionToken: b.sessionToken },
      { ...a, secretAccessKey: b.secretAccessKey },
      { ...b, sessionToken: a.sessionToken },
      { ...a, accessKeyId: b.accessKeyId },
    ])
      expect(
        (await refusal(new STSClient({ ...red.clients, credentials: mixed }).send(new GetCallerIdentityCommand())))
          .name,
      ).toMatch(/^(InvalidClientTokenId|SignatureDoesNotMatch)$/);
  });

  it('keeps what it made to its region: a key of one is none in another', async () => {
    const here = new KMSClient({ ...red.clients, region: 'us-east-1' });
    const { KeyMetadata } = await here.send(new CreateKeyCommand({}));
    const there = new KMSClient({ ...red.clients, region: 'eu-central-1' });
    expect(
      (await refusal(there.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from('x') })))).name,
    ).toBe('NotFoundException');
  });

  it('ends its presigned links with itself, and with its account', async () => {
    const late = await account();
    const Bucket = fresh('links');
    const s3 = new S3Client(late.clients);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
    const link = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 7_200 });
    expect((await fetch(link)).status).toBe(200);
    await organizations.send(new CloseAccountCommand({ AccountId: late.id }));
    await outcrop.clock.advance(0);
    expect([400, 403]).toContain((await fetch(link)).status);
    expect([400, 403]).toContain((await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })))).status);
    const other = new S3Client(red.clients);
    await other.send(new CreateBucketCommand({ Bucket: `${Bucket}-red` }));
    await other.send(new PutObjectCommand({ Bucket: `${Bucket}-red`, Key: 'k', Body: 'content' }));
    const second = await getSignedUrl(other, new GetObjectCommand({ Bucket: `${Bucket}-red`, Key: 'k' }), {
      expiresIn: 7_200,
    });
    expect((await fetch(second)).status).toBe(200);
    await outcrop.clock.advance(3_600_000);
    const answer = await fetch(second);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('ExpiredToken');
  });
});
