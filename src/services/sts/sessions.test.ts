import { AttachUserPolicyCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts sessions'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, user, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const sts = (clients: object) => new STSClient({ maxAttempts: 1, ...clients });
const inSeconds = (seconds: number) => new Date(outcrop.clock.now().getTime() + seconds * 1000);

describe('A session of a user', () => {
  it('is the user, with its rights, as they are at each call', async () => {
    const anna = await user(fresh('anna'));
    const { Credentials } = await sts(anna.clients).send(new GetSessionTokenCommand({}));
    expect(Credentials!.Expiration).toEqual(inSeconds(43_200));
    expect(await sts(as(Credentials)).send(new GetCallerIdentityCommand())).toMatchObject({
      Arn: anna.arn,
      UserId: anna.id,
    });
    const list = () => new S3Client(as(Credentials)).send(new ListBucketsCommand());
    expect(await refusal(list())).toMatchObject({ name: 'AccessDenied' });
    await iam.send(
      new AttachUserPolicyCommand({ UserName: anna.name, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    );
    await list();
  });

  it('lasts from 15 minutes to 36 hours; of the root an hour at most', async () => {
    const anna = await user(fresh('anna'));
    for (const DurationSeconds of [900, 129_600])
      expect(
        (await sts(anna.clients).send(new GetSessionTokenCommand({ DurationSeconds }))).Credentials!.Expiration,
      ).toEqual(inSeconds(DurationSeconds));
    for (const DurationSeconds of [899, 129_601])
      expect(await refusal(sts(anna.clients).send(new GetSessionTokenCommand({ DurationSeconds })))).toMatchObject({
        name: 'ValidationError',
      });
    for (const DurationSeconds of [undefined, 43_200])
      expect(
        (await sts(outcrop.clients).send(new GetSessionTokenCommand({ DurationSeconds }))).Credentials!.Expiration,
      ).toEqual(inSeconds(3_600));
  });

  it('cannot make sessions in its turn', async () => {
    const anna = await user(fresh('anna'), allow('sts:*'));
    const { Credentials } = await sts(anna.clients).send(new GetSessionTokenCommand({}));
    const any = await role(fresh('any'), trust({ AWS: anna.arn }), allow('sts:*'));
    const { Credentials: ofRole } = await sts(anna.clients).send(
      new AssumeRoleCommand({ RoleArn: any.arn, RoleSessionName: 'one' }),
    );
    for (const session of [Credentials, ofRole]) {
      expect(await refusal(sts(as(session)).send(new GetSessionTokenCommand({})))).toEqual({
        name: 'AccessDenied',
        message: 'Cannot call GetSessionToken with session credentials',
        status: 403,
      });
      expect(await refusal(sts(as(session)).send(new GetFederationTokenCommand({ Name: 'bob' })))).toMatchObject({
        name: 'AccessDenied',
        message: 'Cannot call GetFederationToken with session credentials',
      });
    }
  });

  it('needs no permission, and no policy keeps it from anyone', async () => {
    const denied = await user(fresh('denied'), policy({ Effect: 'Deny', Action: '*', Resource: '*' }));
    const { Credentials } = await sts(denied.clients).send(new GetSessionTokenCommand({}));
    expect((await sts(as(Credentials)).send(new GetCallerIdentityCommand())).Arn).toBe(denied.arn);
  });
});

describe('A federated user', () => {
  it('may what its session policies and its issuer both allow, and nothing without them', async () => {
    const Bucket = fresh('bucket');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket }));
    const app = await user(fresh('app'), allow(['sts:GetFederationToken', 's3:ListBucket']));
    const federate = async (input: object) => {
      const { Credentials, FederatedUser } = await sts(app.clients).send(
        new GetFederationTokenCommand({ Name: 'bob', ...input }),
      );
      expect(FederatedUser).toEqual({
        Arn: `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
        FederatedUserId: `${ACCOUNT}:bob`,
      });
      return new S3Client(as(Credentials));
    };
    const wide = await federate({ Policy: allow('s3:*') });
    await wide.send(new ListObjectsV2Command({ Bucket }));
    expect(await refusal(wide.send(new ListBucketsCommand()))).toMatchObject({ name: 'AccessDenied' });
    const none = await federate({});
    expect(await refusal(none.send(new ListObjectsV2Command({ Bucket })))).toMatchObject({ name: 'AccessDenied' });
    const Principal = { AWS: `arn:aws:sts::${ACCOUNT}:federated-user/bob` };
    const Resource = `arn:aws:s3:::${Bucket}`;
    await new S3Client(outcrop.clients).send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({ Effect: 'Allow', Action: 's3:ListBucket', Principal, Resource }),
      }),
    );
    await none.send(new ListObjectsV2Command({ Bucket }));
  });

  it('is made by users who may, for 15 minutes to 36 hours, with a name of 2 to 32 characters', async () => {
    const app = await user(
      fresh('app'),
      allow('sts:GetFederationToken', `arn:aws:sts::${ACCOUNT}:federated-user/team-*`),
    );
    const federate = (input: { Name: string; DurationSeconds?: number }) =>
      sts(app.clients).send(new GetFederationTokenCommand(input));
    expect((await federate({ Name: 'team-a' })).Credentials!.Expiration).toEqual(inSeconds(43_200));
    expect((await federate({ Name: 'team-a', DurationSeconds: 129_600 })).Credentials!.Expiration).toEqual(
      inSeconds(129_600),
    );
    expect(await refusal(federate({ Name: 'bob' }))).toEqual({
      name: 'AccessDenied',
      message: `User: ${app.arn} is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::${ACCOUNT}:federated-user/bob because no identity-based policy allows the sts:GetFederationToken action`,
      status: 403,
    });
    expect(await refusal(federate({ Name: 'x'.repeat(33) }))).toMatchObject({ name: 'ValidationError' });
    expect(
      (await sts(outcrop.clients).send(new GetFederationTokenCommand({ Name: 'bob', DurationSeconds: 7_200 })))
        .Credentials!.Expiration,
    ).toEqual(inSeconds(3_600));
  });

  it('cannot assume roles', async () => {
    const any = await role(fresh('any'), trust('*'));
    const { Credentials } = await sts(outcrop.clients).send(
      new GetFederationTokenCommand({ Name: 'bob', Policy: allow('*') }),
    );
    expect(
      await refusal(sts(as(Credentials)).send(new AssumeRoleCommand({ RoleArn: any.arn, RoleSessionName: 'one' }))),
    ).toMatchObject({ name: 'AccessDenied', status: 403 });
  });
});

describe('Sessions that showed no second factor', () => {
  it('call nothing of IAM, as users or federated users', async () => {
    const admin = await user(fresh('admin'), allow('*'));
    const { Credentials } = await sts(admin.clients).send(new GetSessionTokenCommand({}));
    const federated = await sts(admin.clients).send(new GetFederationTokenCommand({ Name: 'bob', Policy: allow('*') }));
    for (const session of [Credentials, federated.Credentials])
      expect(await refusal(new IAMClient(as(session)).send(new GetUserCommand({ UserName: admin.name })))).toEqual({
        name: 'InvalidClientTokenId',
        message: 'The security token included in the request is invalid.',
        status: 403,
      });
    const any = await role(fresh('any'), trust({ AWS: admin.arn }), allow('*'));
    const ofRole = await sts(as(Credentials)).send(new AssumeRoleCommand({ RoleArn: any.arn, RoleSessionName: 'one' }));
    await new IAMClient(as(ofRole.Credentials)).send(new GetUserCommand({ UserName: admin.name }));
  });

  it('call nothing of STS but who they are, and for users how to become a role', async () => {
    const admin = await user(fresh('admin'), allow('*'));
    const { Credentials } = await sts(admin.clients).send(new GetSessionTokenCommand({}));
    const federated = await sts(admin.clients).send(new GetFederationTokenCommand({ Name: 'bob', Policy: allow('*') }));
    for (const session of [Credentials, federated.Credentials]) {
      const AccessKeyId = session!.AccessKeyId!;
      expect(await refusal(sts(as(session)).send(new GetAccessKeyInfoCommand({ AccessKeyId })))).toMatchObject({
        name: 'AccessDenied',
        message: 'Cannot call GetAccessKeyInfo with session credentials',
      });
      expect(
        await refusal(sts(as(session)).send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' }))),
      ).toMatchObject({ name: 'AccessDenied' });
      await sts(as(session)).send(new GetCallerIdentityCommand());
    }
  });
});

describe('A key', () => {
  it('tells its account to those who may ask', async () => {
    const anna = await user(fresh('anna'));
    const AccessKeyId = anna.clients.credentials.accessKeyId;
    expect(await sts(outcrop.clients).send(new GetAccessKeyInfoCommand({ AccessKeyId }))).toMatchObject({
      Account: ACCOUNT,
    });
    expect(await refusal(sts(anna.clients).send(new GetAccessKeyInfoCommand({ AccessKeyId })))).toMatchObject({
      name: 'AccessDenied',
    });
  });
});
