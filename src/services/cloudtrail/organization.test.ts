import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  DeregisterOrganizationDelegatedAdminCommand,
  GetQueryResultsCommand,
  GetTrailStatusCommand,
  RegisterOrganizationDelegatedAdminCommand,
  StartLoggingCommand,
  StartQueryCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateOrganizationCommand,
  EnableAWSServiceAccessCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal } from '../../../tests/identities.ts';
import { listKeys, makeLogBucket, readFile, readLogs } from '../../../tests/log-files.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('cloudtrail organization'));
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, 'x');
const outcrop = await startForTests();
const { user } = identities(outcrop);
const cloudtrail = new CloudTrailClient(outcrop.clients);
const s3 = new S3Client(outcrop.clients);
const MINUTE_MS = 60_000;

describe('a trail of an organization', () => {
  it('logs the calls of its accounts, each in a folder of its own; so does an event data store', async () => {
    const organizations = new OrganizationsClient(outcrop.clients);
    const { Organization } = await organizations.send(new CreateOrganizationCommand({}));
    const { createAccount, assume } = accountsOf(outcrop);
    const member = await createAccount();
    const clients = await assume(member);
    const bucket = `logs-${word()}`;
    await makeLogBucket(s3, bucket);
    const foreign = new CloudTrailClient(clients);
    const refused = await refusal(
      foreign.send(new CreateTrailCommand({ Name: 'org', S3BucketName: bucket, IsOrganizationTrail: true })),
    );
    expect(refused.name).toBe('NotOrganizationMasterAccountException');
    const create = () =>
      cloudtrail.send(
        new CreateTrailCommand({
          Name: 'org',
          S3BucketName: bucket,
          IsOrganizationTrail: true,
          IsMultiRegionTrail: true,
        }),
      );
    expect((await refusal(create())).name).toBe('CloudTrailAccessNotEnabledException');
    const access = new EnableAWSServiceAccessCommand({ ServicePrincipal: 'cloudtrail.amazonaws.com' });
    await organizations.send(access);
    await create();
    await cloudtrail.send(new StartLoggingCommand({ Name: 'org' }));
    const { EventDataStoreArn } = await cloudtrail.send(
      new CreateEventDataStoreCommand({ Name: 'org', OrganizationEnabled: true }),
    );
    const { $metadata } = await new STSClient(clients).send(new GetCallerIdentityCommand({}));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const keys = await listKeys(s3, bucket, `/${member}/`);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(new RegExp(`^AWSLogs/${Organization!.Id}/${member}/CloudTrail/us-east-1/`));
    const { Records } = JSON.parse((await readFile(s3, bucket, keys[0]!)).text) as { Records: { requestID: string }[] };
    expect(Records.map(({ requestID }) => requestID)).toEqual([$metadata.requestId]);
    const QueryStatement = `SELECT requestID FROM ${EventDataStoreArn!.split('/')[1]} WHERE recipientAccountId = '${member}'`;
    const { QueryId } = await cloudtrail.send(new StartQueryCommand({ QueryStatement }));
    await outcrop.clock.advance(0);
    const { QueryResultRows } = await cloudtrail.send(new GetQueryResultsCommand({ QueryId: QueryId! }));
    expect(QueryResultRows).toEqual([[{ requestID: $metadata.requestId }]]);
    await cloudtrail.send(new DeleteTrailCommand({ Name: 'org' }));

    const register = () => cloudtrail.send(new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: member }));
    await register();
    expect((await refusal(register())).name).toBe('AccountRegisteredException');
    await cloudtrail.send(new DeregisterOrganizationDelegatedAdminCommand({ DelegatedAdminAccountId: member }));
    const own = cloudtrail.send(new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: ACCOUNT }));
    expect((await refusal(own)).name).toBe('CannotDelegateManagementAccountException');
  });
});

describe('a trail with a KMS key', () => {
  const keyPolicy = (...more: object[]) =>
    policy(
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
      ...(more as []),
    );

  it('encrypts its log files where the key lets CloudTrail, and says why when it no longer does', async () => {
    const kms = new KMSClient(outcrop.clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy: keyPolicy() }));
    const KeyId = KeyMetadata!.KeyId!;
    const bucket = `logs-${word()}`;
    const Name = `t-${word()}`;
    await makeLogBucket(s3, bucket);
    const create = (KmsKeyId: string) =>
      cloudtrail.send(new CreateTrailCommand({ Name, S3BucketName: bucket, KmsKeyId }));
    expect((await refusal(create('11111111-1111-1111-1111-111111111111'))).name).toBe('KmsKeyNotFoundException');
    expect((await refusal(create(KeyId))).name).toBe('InsufficientEncryptionPolicyException');
    const Policy = keyPolicy({
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 'kms:GenerateDataKey*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceArn': `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/${Name}` } },
    });
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect((await create(KeyId)).KmsKeyId).toBe(KeyMetadata!.Arn);
    await cloudtrail.send(new StartLoggingCommand({ Name }));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const [Key] = await listKeys(s3, bucket, '/CloudTrail/');
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: Key! }));
    expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', KeyMetadata!.Arn]);
    expect((await readLogs(s3, bucket)).map(({ eventName }) => eventName)).toContain('StartLogging');
    // Its own use of the key is on the record, and is no reason for a delivery.
    const count = async () => (await listKeys(s3, bucket, '/CloudTrail/')).length;
    const files = await count();
    await outcrop.clock.advance(12 * 60 * MINUTE_MS);
    expect(await count()).toBe(files + 1);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const status = await cloudtrail.send(new GetTrailStatusCommand({ Name }));
    expect(status.LatestDeliveryError).toBe('KMS.DisabledException');
    // Without the key, what waits is delivered at the next time.
    await cloudtrail.send(new UpdateTrailCommand({ Name, KmsKeyId: '' }));
    await outcrop.clock.advance(10 * MINUTE_MS);
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect((await readLogs(s3, bucket)).map(({ eventName }) => eventName)).toContain('UpdateTrail');
    await cloudtrail.send(new StopLoggingCommand({ Name }));
    await cloudtrail.send(new DeleteTrailCommand({ Name }));
  });
});

describe('policies', () => {
  it('decide on a trail by its ARN and its tags', async () => {
    const bucket = `logs-${word()}`;
    await makeLogBucket(s3, bucket);
    const TagsList = [{ Key: 'team', Value: 'red' }];
    const red = `red-${word()}`;
    const blue = `blue-${word()}`;
    await cloudtrail.send(new CreateTrailCommand({ Name: red, S3BucketName: bucket, TagsList }));
    await cloudtrail.send(new CreateTrailCommand({ Name: blue, S3BucketName: bucket }));
    const byTag = await user(
      `u-${word()}`,
      allow('cloudtrail:StartLogging', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } }),
    );
    const byArn = await user(`u-${word()}`, allow('cloudtrail:*', `arn:aws:cloudtrail:*:${ACCOUNT}:trail/${blue}`));
    const start = (clients: typeof byTag.clients, Name: string) =>
      new CloudTrailClient(clients).send(new StartLoggingCommand({ Name }));
    await start(byTag.clients, red);
    expect((await refusal(start(byTag.clients, blue))).message).toContain(
      `cloudtrail:StartLogging on resource: arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/${blue}`,
    );
    await start(byArn.clients, blue);
    expect((await refusal(start(byArn.clients, red))).name).toBe('AccessDeniedException');
    const onlyTagged = await user(
      `u-${word()}`,
      policy(
        {
          Effect: 'Allow',
          Action: 'cloudtrail:CreateTrail',
          Resource: '*',
          Condition: { StringEquals: { 'aws:RequestTag/team': 'red' } },
        },
        { Effect: 'Allow', Action: 'cloudtrail:AddTags', Resource: '*' },
      ),
    );
    const create = (more: object) =>
      new CloudTrailClient(onlyTagged.clients).send(
        new CreateTrailCommand({ Name: `t-${word()}`, S3BucketName: bucket, ...more }),
      );
    expect((await refusal(create({}))).name).toBe('AccessDeniedException');
    await create({ TagsList });
  });
});
