import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateVaultCommand,
  DeleteVaultCommand,
  DescribeVaultCommand,
  GlacierClient,
  ListVaultsCommand,
} from '@aws-sdk/client-glacier';
import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  IAMClient,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { accountsOf, type Clients } from '../accounts.ts';
import { allow, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

/** Two accounts of one stack, each with an administrator; neither has been let into the other. */
const random = generator(testSeed('accounts'));
const unique = (prefix: string) => `${prefix}-${Math.floor(random() * 1e12)}`;
const outcrop = await startForTests();
await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
const { administrator, createAccount, assume } = accountsOf(outcrop);

type Side = { account: string; clients: Clients };
const open = async (clients: Clients): Promise<Side> => {
  const { Account } = await new STSClient(clients).send(new GetCallerIdentityCommand({}));
  return { account: Account!, clients };
};
const one = await open(await administrator());
const two = await open(await assume(await createAccount()));
const both = [one, two];
const other = (side: Side) => (side === one ? two : one);

describe('Two accounts of one stack', () => {
  it('are two', () => {
    expect(one.account).not.toBe(two.account);
  });

  it('share the names of buckets, and see nothing of what is in those of the other', async () => {
    const s3 = (side: Side) => new S3Client(side.clients);
    const names = new Map(both.map((side) => [side, unique('bucket')]));
    for (const side of both) {
      const Bucket = names.get(side)!;
      await s3(side).send(new CreateBucketCommand({ Bucket }));
      await s3(side).send(new PutObjectCommand({ Bucket, Key: 'secret', Body: side.account }));
    }
    for (const side of both) {
      const own = names.get(side)!;
      const foreign = names.get(other(side))!;
      const { Buckets } = await s3(side).send(new ListBucketsCommand({}));
      expect(Buckets!.map(({ Name }) => Name)).toEqual([own]);
      const { Body } = await s3(side).send(new GetObjectCommand({ Bucket: own, Key: 'secret' }));
      expect(await Body!.transformToString()).toBe(side.account);
      const attempts = [
        () => s3(side).send(new GetObjectCommand({ Bucket: foreign, Key: 'secret' })),
        () => s3(side).send(new GetObjectCommand({ Bucket: foreign, Key: 'not there' })),
        () => s3(side).send(new PutObjectCommand({ Bucket: foreign, Key: 'mine', Body: 'x' })),
        () => s3(side).send(new ListObjectsV2Command({ Bucket: foreign })),
        () => s3(side).send(new DeleteBucketCommand({ Bucket: foreign })),
      ];
      for (const attempt of attempts) expect((await refusal(attempt())).name).toBe('AccessDenied');
      const taken = s3(side).send(new CreateBucketCommand({ Bucket: foreign }));
      expect((await refusal(taken)).name).toBe('BucketAlreadyExists');
    }
  });

  it('have vaults of the same name, each its own', async () => {
    const glacier = (side: Side) => new GlacierClient(side.clients);
    const [vaultName, single] = [unique('vault'), unique('vault')];
    for (const side of both) await glacier(side).send(new CreateVaultCommand({ accountId: '-', vaultName }));
    await glacier(one).send(new CreateVaultCommand({ accountId: '-', vaultName: single }));
    for (const side of both) {
      const { VaultList } = await glacier(side).send(new ListVaultsCommand({ accountId: '-' }));
      const names = side === one ? [vaultName, single].toSorted() : [vaultName];
      expect(VaultList!.map((vault) => vault.VaultName)).toEqual(names);
      for (const { VaultARN } of VaultList!) expect(VaultARN).toContain(`:${side.account}:vaults/`);
      const foreign = glacier(side).send(new DescribeVaultCommand({ accountId: other(side).account, vaultName }));
      expect((await refusal(foreign)).name).toBe('AccessDeniedException');
    }
    await glacier(two).send(new DeleteVaultCommand({ accountId: '-', vaultName }));
    await glacier(one).send(new DescribeVaultCommand({ accountId: '-', vaultName }));
  });

  it('have users, groups, roles and policies of the same names, and cannot use those of the other', async () => {
    const iam = (side: Side) => new IAMClient(side.clients);
    const name = unique('name');
    const policies = new Map<Side, string>();
    for (const side of both) {
      await iam(side).send(new CreateUserCommand({ UserName: name }));
      await iam(side).send(new CreateGroupCommand({ GroupName: name }));
      const AssumeRolePolicyDocument = trust({ AWS: side.account });
      await iam(side).send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
      const policy = { PolicyName: name, PolicyDocument: allow('s3:*') };
      policies.set(side, (await iam(side).send(new CreatePolicyCommand(policy))).Policy!.Arn!);
    }
    await iam(one).send(new CreateUserCommand({ UserName: `${name}-single` }));
    for (const side of both) {
      const client = iam(side);
      const arns = [
        ...(await client.send(new ListUsersCommand({}))).Users!,
        ...(await client.send(new ListGroupsCommand({}))).Groups!,
        ...(await client.send(new ListRolesCommand({}))).Roles!,
        ...(await client.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies!,
      ].map(({ Arn }) => Arn!);
      expect(arns.filter((arn) => arn.endsWith(name))).toHaveLength(4);
      for (const arn of arns) expect(arn).toContain(`:iam::${side.account}:`);
      const PolicyArn = policies.get(other(side))!;
      const attach = client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
      expect((await refusal(attach)).name).toBe('NoSuchEntityException');
    }
    const single = iam(two).send(new GetUserCommand({ UserName: `${name}-single` }));
    expect((await refusal(single)).name).toBe('NoSuchEntityException');
    await iam(two).send(new DeleteUserCommand({ UserName: name }));
    await iam(one).send(new GetUserCommand({ UserName: name }));
  });

  it('have aliases of the same name for keys of their own, and cannot use the keys of the other', async () => {
    const kms = (side: Side) => new KMSClient(side.clients);
    const AliasName = `alias/${unique('key')}`;
    const keys = new Map<Side, { arn: string; sealed: Uint8Array }>();
    for (const side of both) {
      const { KeyMetadata } = await kms(side).send(new CreateKeyCommand({}));
      await kms(side).send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata!.KeyId! }));
      const Plaintext = Buffer.from(side.account);
      const { CiphertextBlob } = await kms(side).send(new EncryptCommand({ KeyId: AliasName, Plaintext }));
      keys.set(side, { arn: KeyMetadata!.Arn!, sealed: CiphertextBlob! });
    }
    for (const side of both) {
      const { Keys } = await kms(side).send(new ListKeysCommand({}));
      expect(Keys!.map(({ KeyArn }) => KeyArn)).toEqual([keys.get(side)!.arn]);
      const { Aliases } = await kms(side).send(new ListAliasesCommand({}));
      const own = Aliases!.filter((alias) => alias.AliasName === AliasName);
      expect(own.map(({ TargetKeyId }) => keys.get(side)!.arn.endsWith(TargetKeyId!))).toEqual([true]);
      const { KeyMetadata } = await kms(side).send(new DescribeKeyCommand({ KeyId: AliasName }));
      expect(KeyMetadata!.Arn).toBe(keys.get(side)!.arn);
      const foreign = keys.get(other(side))!;
      const attempts = [
        () => kms(side).send(new DescribeKeyCommand({ KeyId: foreign.arn })),
        () => kms(side).send(new EncryptCommand({ KeyId: foreign.arn, Plaintext: Buffer.from('x') })),
        () => kms(side).send(new DecryptCommand({ CiphertextBlob: foreign.sealed })),
      ];
      for (const attempt of attempts) expect((await refusal(attempt())).name).toBe('AccessDeniedException');
      const { Plaintext } = await kms(side).send(new DecryptCommand({ CiphertextBlob: keys.get(side)!.sealed }));
      expect(Buffer.from(Plaintext!).toString()).toBe(side.account);
    }
  });

  it('have secrets of the same name, each its own, and cannot read those of the other', async () => {
    const secrets = (side: Side) => new SecretsManagerClient(side.clients);
    const Name = unique('secret');
    const arns = new Map<Side, string>();
    for (const side of both) {
      const made = await secrets(side).send(new CreateSecretCommand({ Name, SecretString: side.account }));
      arns.set(side, made.ARN!);
    }
    for (const side of both) {
      const { SecretList } = await secrets(side).send(new ListSecretsCommand({}));
      expect(SecretList!.map(({ ARN }) => ARN)).toEqual([arns.get(side)]);
      const { SecretString } = await secrets(side).send(new GetSecretValueCommand({ SecretId: Name }));
      expect(SecretString).toBe(side.account);
      const foreign = secrets(side).send(new GetSecretValueCommand({ SecretId: arns.get(other(side))! }));
      expect((await refusal(foreign)).name).toBe('AccessDeniedException');
    }
    await secrets(two).send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    await secrets(one).send(new GetSecretValueCommand({ SecretId: Name }));
  });

  it('have parameters of the same name, each its own', async () => {
    const ssm = (side: Side) => new SSMClient(side.clients);
    const Name = `/${unique('parameter')}/value`;
    for (const side of both)
      await ssm(side).send(new PutParameterCommand({ Name, Value: side.account, Type: 'SecureString' }));
    await ssm(one).send(new PutParameterCommand({ Name: `${Name}/single`, Value: 'x', Type: 'String' }));
    for (const side of both) {
      const { Parameter } = await ssm(side).send(new GetParameterCommand({ Name, WithDecryption: true }));
      expect(Parameter!.Value).toBe(side.account);
      expect(Parameter!.ARN).toContain(`:${side.account}:parameter`);
      const { Parameters } = await ssm(side).send(new DescribeParametersCommand({}));
      const names = new Set(Parameters!.map((parameter) => parameter.Name));
      expect(names).toEqual(new Set(side === one ? [Name, `${Name}/single`] : [Name]));
    }
    const foreign = `arn:aws:ssm:us-east-1:${one.account}:parameter${Name}`;
    await expect(ssm(two).send(new GetParameterCommand({ Name: foreign }))).rejects.toThrow();
    await ssm(two).send(new DeleteParameterCommand({ Name }));
    await ssm(one).send(new GetParameterCommand({ Name }));
  });

  it('have a history of events each, of their own calls', async () => {
    for (const side of both) await new STSClient(side.clients).send(new GetCallerIdentityCommand({}));
    for (const side of both) {
      const LookupAttributes = [{ AttributeKey: 'EventName', AttributeValue: 'GetCallerIdentity' }] as const;
      const { Events } = await new CloudTrailClient(side.clients).send(
        new LookupEventsCommand({ LookupAttributes: [...LookupAttributes] }),
      );
      expect(Events!.length).toBeGreaterThan(0);
      for (const { CloudTrailEvent } of Events!)
        expect(JSON.parse(CloudTrailEvent!).recipientAccountId).toBe(side.account);
    }
  });
});
