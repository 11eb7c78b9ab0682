import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListSSHPublicKeysCommand,
  PutRolePolicyCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';
import { ACCOUNT, allow, openIam, refusal, trustOf } from './iam.fixture.ts';

const { outcrop, iam, fresh, nowMs, actor } = await openIam('access-keys');

const OWN = `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`;

async function newUser(prefix = 'keys'): Promise<string> {
  const UserName = fresh(prefix);
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

describe('An access key', () => {
  it('signs as its user from the moment it is made', async () => {
    const UserName = await newUser();
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    expect(AccessKey).toEqual({
      UserName,
      AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      Status: 'Active',
      CreateDate: new Date(nowMs()),
    });
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const sts = new STSClient({ ...outcrop.clients, credentials });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/${UserName}`);
  });

  it('is refused at once when it is inactive or gone, as one that never was, and works again when it is made active', async () => {
    const { user, clients } = await actor(fresh('keys'));
    const { UserName } = user;
    const { accessKeyId: AccessKeyId } = clients.credentials;
    const sts = new STSClient(clients);
    const ask = () => sts.send(new GetCallerIdentityCommand({}));
    const unknown = {
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
      status: 403,
    };
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    expect(await refusal(ask())).toEqual(unknown);
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(AccessKeyMetadata).toMatchObject([{ AccessKeyId, Status: 'Inactive' }]);
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }));
    expect((await ask()).Account).toBe(ACCOUNT);
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    expect(await refusal(ask())).toEqual(unknown);
  });

  it('that is inactive does not pass for the root where every unknown key does', async () => {
    const open = await startForTests({ auth: 'open' });
    const admin = new IAMClient(open.clients);
    await admin.send(new CreateUserCommand({ UserName: 'former' }));
    const { AccessKey } = await admin.send(new CreateAccessKeyCommand({ UserName: 'former' }));
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    await admin.send(
      new UpdateAccessKeyCommand({ UserName: 'former', AccessKeyId: credentials.accessKeyId, Status: 'Inactive' }),
    );
    const sts = new STSClient({ ...open.clients, credentials });
    expect(await refusal(sts.send(new GetCallerIdentityCommand({})))).toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('is one of two at most that a user has', async () => {
    const UserName = await newUser();
    const impatient = new IAMClient({ ...outcrop.clients, maxAttempts: 1 });
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => impatient.send(new CreateAccessKeyCommand({ UserName }))),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await refusal(iam.send(new CreateAccessKeyCommand({ UserName })))).toEqual({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
      status: 409,
    });
    const first = await iam.send(new ListAccessKeysCommand({ UserName, MaxItems: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, AccessKeyMetadata: [{ UserName }] });
    const second = await iam.send(new ListAccessKeysCommand({ UserName, Marker: first.Marker }));
    expect(second.IsTruncated).toBe(false);
    expect(second.AccessKeyMetadata).toHaveLength(1);
    expect(second.AccessKeyMetadata![0]!.AccessKeyId).not.toBe(first.AccessKeyMetadata![0]!.AccessKeyId);
  });

  it('of another user is not found under this one, and one that is left keeps its user from being deleted', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: one }));
    const AccessKeyId = AccessKey!.AccessKeyId!;
    expect(await refusal(iam.send(new DeleteAccessKeyCommand({ UserName: other, AccessKeyId })))).toEqual({
      name: 'NoSuchEntityException',
      message: `The Access Key with id ${AccessKeyId} cannot be found.`,
      status: 404,
    });
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName: one })))).toEqual({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete access keys first.',
      status: 409,
    });
    await iam.send(new DeleteAccessKeyCommand({ UserName: one, AccessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName: one }));
  });

  it('goes on with its user when that gets another name', async () => {
    const { user, clients } = await actor(fresh('keys'));
    const NewUserName = fresh('renamed');
    await iam.send(new UpdateUserCommand({ UserName: user.UserName, NewUserName, NewPath: '/moved/' }));
    const { Arn } = await new STSClient(clients).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/moved/${NewUserName}`);
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: NewUserName }));
    expect(AccessKeyMetadata).toMatchObject([{ UserName: NewUserName, AccessKeyId: clients.credentials.accessKeyId }]);
  });

  it('tells when, for what and where it was last used, and N/A before', async () => {
    const { user, clients } = await actor(fresh('keys'));
    const AccessKeyId = clients.credentials.accessKeyId;
    const ask = () => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(await ask()).toMatchObject({
      UserName: user.UserName,
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    });
    const s3 = new S3Client({ ...clients, region: 'eu-central-1' });
    // Denied calls count as well.
    await expect(s3.send(new GetObjectCommand({ Bucket: fresh('none'), Key: 'k' }))).rejects.toThrow();
    expect((await ask()).AccessKeyLastUsed).toEqual({
      LastUsedDate: new Date(nowMs()),
      ServiceName: 's3',
      Region: 'eu-central-1',
    });
    const foreign = 'AKIAIOSFODNN7EXAMPLE';
    expect(await refusal(iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: foreign })))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`on resource: access key ${foreign}`),
    });
  });
});

describe('A caller that names no user', () => {
  it('acts on itself: a user on its own keys, within what it may', async () => {
    const policy = allow(['iam:CreateAccessKey', 'iam:ListAccessKeys', 'iam:DeleteAccessKey'], OWN);
    const { user, clients } = await actor(fresh('self'), policy);
    const own = new IAMClient(clients);
    const { AccessKey } = await own.send(new CreateAccessKeyCommand({}));
    expect(AccessKey!.UserName).toBe(user.UserName);
    const { AccessKeyMetadata } = await own.send(new ListAccessKeysCommand({}));
    const ids = new Set(AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId));
    expect(ids).toEqual(new Set([clients.credentials.accessKeyId, AccessKey!.AccessKeyId]));
    await own.send(new DeleteAccessKeyCommand({ AccessKeyId: AccessKey!.AccessKeyId }));
    const other = await newUser();
    expect(await refusal(own.send(new ListAccessKeysCommand({ UserName: other })))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`iam:ListAccessKeys on resource: arn:aws:iam::${ACCOUNT}:user/${other}`),
    });
  });

  it('must name one when it is no user', async () => {
    const RoleName = fresh('role');
    const { clients } = await actor(fresh('assumer'), allow('sts:AssumeRole'));
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf({ AWS: ACCOUNT }) }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: allow('iam:*') }));
    const { Credentials } = await new STSClient(clients).send(
      new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'session' }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
    const session = new IAMClient({
      ...outcrop.clients,
      credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! },
    });
    for (const asked of [
      () => session.send(new CreateAccessKeyCommand({})),
      () => session.send(new ListAccessKeysCommand({})),
      () => session.send(new ListMFADevicesCommand({})),
      () => session.send(new GetLoginProfileCommand({})),
      () => session.send(new ListSSHPublicKeysCommand({})),
    ])
      expect(await refusal(asked())).toEqual({
        name: 'ValidationError',
        message: 'Must specify userName when calling with non-User credentials',
        status: 400,
      });
    expect((await session.send(new ListAccessKeysCommand({ UserName: await newUser() }))).AccessKeyMetadata).toEqual(
      [],
    );
  });

  it('is the root on keys of its own, one of which is set by the configuration and stays', async () => {
    const configured = outcrop.clients.credentials.accessKeyId;
    expect((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toMatchObject([
      { AccessKeyId: configured, Status: 'Active' },
    ]);
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({}));
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const { Arn } = await new STSClient({ ...outcrop.clients, credentials }).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:iam::${ACCOUNT}:root`);
    expect(await refusal(iam.send(new CreateAccessKeyCommand({})))).toMatchObject({ name: 'LimitExceededException' });
    await iam.send(new DeleteAccessKeyCommand({ AccessKeyId: credentials.accessKeyId }));
  });

  it('cannot take the configured key away', async () => {
    const rootKey = 'AKIACONFIGUREDROOTKEY';
    const other = await startForTests({ rootKey });
    const refused = new IAMClient(other.clients).send(new DeleteAccessKeyCommand({ AccessKeyId: rootKey }));
    expect(await refusal(refused)).toMatchObject({ name: 'UnmodifiableEntityException', status: 400 });
  });
});
