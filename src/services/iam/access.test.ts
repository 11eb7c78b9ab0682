import {
  AttachUserPolicyCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  ListUserTagsCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { loadActions } from '../../engines/policy/policy.ts';
import { ACCOUNT, allow, documentOf, openIam, refusal } from './iam.fixture.ts';
import { service } from './index.ts';

const { iam, fresh, integer, actor } = await openIam('access');

describe('Every operation', () => {
  it('is an action that AWS has, and is asked for on what it stands on', async () => {
    const actions = await loadActions();
    for (const operation of Object.keys(service.operations)) {
      const action = actions.find(`iam:${operation}`);
      expect(action?.name, operation).toBe(`iam:${operation}`);
      const standsOnSomething = action!.resources.some(({ required }) => required);
      if (standsOnSomething) expect(Object.keys(service.access!), operation).toContain(operation);
    }
  });
});

describe('A right', () => {
  const ARN = `arn:aws:iam::${ACCOUNT}`;
  const denied = async (call: Promise<unknown>, action: string) => {
    const { name, message } = await refusal(call);
    expect([name, message]).toEqual(['AccessDenied', expect.stringContaining(`not authorized to perform: ${action}`)]);
  };

  it('to attach policies can be held to some of them', async () => {
    const wanted = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
    const { user, clients } = await actor(
      fresh('a'),
      allow(['iam:AttachUserPolicy', 'iam:DetachUserPolicy'], '*', {
        Condition: { ArnEquals: { 'iam:PolicyARN': wanted } },
      }),
    );
    const client = new IAMClient(clients);
    const attach = (PolicyArn: string) =>
      client.send(new AttachUserPolicyCommand({ UserName: user.UserName, PolicyArn }));
    await denied(attach('arn:aws:iam::aws:policy/AdministratorAccess'), 'iam:AttachUserPolicy');
    await attach(wanted);
    await client.send(new DetachUserPolicyCommand({ UserName: user.UserName, PolicyArn: wanted }));
  });

  it('can be held to a path, and renaming needs it on both sides', async () => {
    const path = `/${fresh('team')}/`;
    const { clients } = await actor(fresh('a'), allow(['iam:CreateUser', 'iam:UpdateUser'], `${ARN}:user${path}*`));
    const client = new IAMClient(clients);
    const UserName = fresh('member');
    await denied(client.send(new CreateUserCommand({ UserName })), 'iam:CreateUser');
    await client.send(new CreateUserCommand({ UserName, Path: path }));
    await denied(client.send(new UpdateUserCommand({ UserName, NewPath: '/' })), 'iam:UpdateUser');
    await client.send(new UpdateUserCommand({ UserName, NewUserName: fresh('renamed') }));
  });

  it('can be held to tags of what is asked for, and to tags that are given; making with tags is tagging', async () => {
    const tags = (Value: string) => ({ Tags: [{ Key: 'Team', Value }] });
    const { clients } = await actor(
      fresh('a'),
      documentOf(
        { Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:TagUser',
          Resource: '*',
          Condition: { StringEquals: { 'aws:RequestTag/Team': 'blue' } },
        },
        {
          Effect: 'Allow',
          Action: 'iam:GetUser',
          Resource: '*',
          Condition: { StringEquals: { 'iam:ResourceTag/Team': 'blue' } },
        },
        {
          Effect: 'Allow',
          Action: 'iam:DeleteUser',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
        },
      ),
    );
    const client = new IAMClient(clients);
    const [blue, red, plain] = [fresh('blue'), fresh('red'), fresh('plain')];
    await client.send(new CreateUserCommand({ UserName: blue, ...tags('blue') }));
    await denied(client.send(new CreateUserCommand({ UserName: red, ...tags('red') })), 'iam:TagUser');
    await client.send(new CreateUserCommand({ UserName: plain }));
    await client.send(new GetUserCommand({ UserName: blue }));
    await denied(client.send(new GetUserCommand({ UserName: plain })), 'iam:GetUser');
    await denied(client.send(new DeleteUserCommand({ UserName: plain })), 'iam:DeleteUser');
    await client.send(new DeleteUserCommand({ UserName: blue }));
  });

  it('to make a service-linked role can be held to a service', async () => {
    const { clients } = await actor(
      fresh('a'),
      allow('iam:CreateServiceLinkedRole', `${ARN}:role/aws-service-role/*`, {
        Condition: { StringLike: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } },
      }),
    );
    const make = (AWSServiceName: string) =>
      new IAMClient(clients).send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
    await denied(make('batch.amazonaws.com'), 'iam:CreateServiceLinkedRole');
    expect((await make('ecs.amazonaws.com')).Role!.RoleName).toBe('AWSServiceRoleForECS');
  });

  it('on oneself follows the name of the caller', async () => {
    const own = allow(['iam:GetUser', 'iam:ListUserTags'], `${ARN}:user/\${aws:username}`);
    const [anna, berta] = [await actor(fresh('anna'), own), await actor(fresh('berta'), own)];
    await new IAMClient(anna.clients).send(new ListUserTagsCommand({ UserName: anna.user.UserName }));
    await denied(
      new IAMClient(anna.clients).send(new ListUserTagsCommand({ UserName: berta.user.UserName })),
      'iam:ListUserTags',
    );
  });
});

describe('Many at once', () => {
  it('make users of different names all, and of one name one', async () => {
    const prefix = fresh('many');
    const Path = `/${prefix}/`;
    const count = integer(30, 60);
    const names = Array.from({ length: count }, (_, i) => `${prefix}-${i % (count - 10)}`);
    const made = await Promise.allSettled(names.map((UserName) => iam.send(new CreateUserCommand({ UserName, Path }))));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []));
    expect(refused).toEqual(Array.from({ length: 10 }, () => 'EntityAlreadyExistsException'));
    const { Users } = await iam.send(new ListUsersCommand({ PathPrefix: Path, MaxItems: 1000 }));
    expect(new Set(Users!.map(({ UserName }) => UserName))).toEqual(new Set(names));
  });
});
