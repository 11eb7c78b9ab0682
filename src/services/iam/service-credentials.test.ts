import {
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteUserCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, nowMs, actor, integer } = await openIam('service-credentials');

const DAY_MS = 86_400_000;
const BEDROCK = 'bedrock.amazonaws.com';

async function newUser() {
  const UserName = fresh('svc');
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

const create = async (UserName: string, ServiceName: string, CredentialAgeDays?: number) =>
  (await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName, CredentialAgeDays })))
    .ServiceSpecificCredential!;

const list = async (input: { UserName?: string; AllUsers?: boolean; ServiceName?: string }) =>
  (await iam.send(new ListServiceSpecificCredentialsCommand(input))).ServiceSpecificCredentials!;

describe('A long-term API key for Amazon Bedrock', () => {
  it('is told once, with its alias in it, and expires by the clock', async () => {
    const UserName = await newUser();
    const days = integer(1, 400);
    const made = await create(UserName, BEDROCK, days);
    const { ServiceCredentialSecret: secret, ...told } = made;
    expect(told).toEqual({
      UserName,
      Status: 'Active',
      ServiceName: BEDROCK,
      ServiceCredentialAlias: `${UserName}-at-${ACCOUNT}`,
      ServiceSpecificCredentialId: expect.stringMatching(/^ACCA[A-Z2-7]{17}$/),
      CreateDate: new Date(nowMs()),
      ExpirationDate: new Date(nowMs() + days * DAY_MS),
    });
    expect(secret).toMatch(/^ABSK/);
    expect(Buffer.from(secret!.slice(4), 'base64').toString()).toMatch(
      new RegExp(`^${UserName}-at-${ACCOUNT}:.{43}=$`),
    );
    expect(await list({ UserName })).toEqual([told]);
    await outcrop.clock.advance(days * DAY_MS);
    expect(await list({ UserName })).toEqual([{ ...told, Status: 'Expired' }]);
  });

  it('is reset to another secret, made inactive, and deleted', async () => {
    const UserName = await newUser();
    const { ServiceSpecificCredentialId, ServiceCredentialSecret } = await create(UserName, BEDROCK);
    const id = { UserName, ServiceSpecificCredentialId };
    const { ServiceSpecificCredential } = await iam.send(new ResetServiceSpecificCredentialCommand(id));
    expect(ServiceSpecificCredential).toMatchObject({ ServiceSpecificCredentialId, ServiceName: BEDROCK });
    expect(ServiceSpecificCredential!.ServiceCredentialSecret).toMatch(/^ABSK/);
    expect(ServiceSpecificCredential!.ServiceCredentialSecret).not.toBe(ServiceCredentialSecret);
    await iam.send(new UpdateServiceSpecificCredentialCommand({ ...id, Status: 'Inactive' }));
    expect(await list({ UserName })).toMatchObject([{ Status: 'Inactive' }]);
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
      name: 'DeleteConflictException',
    });
    const [, stranger] = [UserName, await newUser()];
    const foreign = iam.send(new DeleteServiceSpecificCredentialCommand({ ...id, UserName: stranger }));
    expect(await refusal(foreign)).toMatchObject({ name: 'NoSuchEntityException' });
    await iam.send(new DeleteServiceSpecificCredentialCommand(id));
    expect(await list({ UserName })).toEqual([]);
    await iam.send(new DeleteUserCommand({ UserName }));
  });
});

describe('A user name and password for a service', () => {
  it('are the user’s with the account, numbered from the second, two at most', async () => {
    const UserName = await newUser();
    const service = 'codecommit.amazonaws.com';
    const names: (string | undefined)[] = [];
    for (let made = 0; made < 2; made++) {
      const { ServiceUserName, ServicePassword } = await create(UserName, service);
      names.push(ServiceUserName);
      expect(ServicePassword).toMatch(/^.{43}=$/);
    }
    expect(names).toEqual([`${UserName}-at-${ACCOUNT}`, `${UserName}+1-at-${ACCOUNT}`]);
    expect(await refusal(create(UserName, service))).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2',
    });
    await create(UserName, 'cassandra.amazonaws.com');
  });

  it('are for services that have them, and do not expire', async () => {
    const UserName = await newUser();
    expect(await refusal(create(UserName, 's3.amazonaws.com'))).toEqual({
      name: 'ServiceNotSupportedException',
      message: 'No such service s3.amazonaws.com is supported for Service Specific Credentials',
      status: 404,
    });
    expect(await refusal(create(UserName, 'codecommit.amazonaws.com', 3))).toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining('CredentialAgeDays'),
    });
  });
});

it('Credentials of all users are listed by service', async () => {
  const [one, two] = [await newUser(), await newUser()];
  for (const user of [one, two]) await create(user, BEDROCK);
  await create(one, 'cassandra.amazonaws.com');
  const listed = await list({ AllUsers: true, ServiceName: BEDROCK });
  expect(listed.filter(({ UserName }) => UserName === one || UserName === two)).toHaveLength(2);
  expect(new Set(listed.map(({ ServiceName }) => ServiceName))).toEqual(new Set([BEDROCK]));
  expect(await refusal(list({ AllUsers: true, UserName: one }))).toMatchObject({ name: 'InvalidInputException' });
});

it('Who may see its own credentials may not see those of all users', async () => {
  const { user, clients } = await actor(
    fresh('curious'),
    allow('iam:ListServiceSpecificCredentials', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`),
  );
  await create(user.UserName!, BEDROCK);
  const own = new IAMClient(clients);
  const { ServiceSpecificCredentials } = await own.send(new ListServiceSpecificCredentialsCommand({}));
  expect(ServiceSpecificCredentials).toMatchObject([{ UserName: user.UserName }]);
  expect(await refusal(own.send(new ListServiceSpecificCredentialsCommand({ AllUsers: true })))).toMatchObject({
    name: 'AccessDenied',
    status: 403,
  });
});

it('A user may be held to keys of one service that do not live long', async () => {
  const { user, clients } = await actor(
    fresh('held'),
    allow('iam:*ServiceSpecificCredential*', '*', {
      Condition: {
        StringEquals: { 'iam:ServiceSpecificCredentialServiceName': BEDROCK },
        NumericLessThanEquals: { 'iam:ServiceSpecificCredentialAgeDays': '90' },
      },
    }),
  );
  const own = new IAMClient(clients);
  const make = (ServiceName: string, CredentialAgeDays?: number) =>
    own.send(new CreateServiceSpecificCredentialCommand({ UserName: user.UserName, ServiceName, CredentialAgeDays }));
  expect(await refusal(make(BEDROCK, 91))).toMatchObject({ name: 'AccessDenied' });
  expect(await refusal(make(BEDROCK))).toMatchObject({ name: 'AccessDenied' });
  expect(await refusal(make('cassandra.amazonaws.com', 90))).toMatchObject({ name: 'AccessDenied' });
  expect((await make(BEDROCK, 90)).ServiceSpecificCredential!.ServiceName).toBe(BEDROCK);
});
