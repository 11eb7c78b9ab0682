import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeactivateMFADeviceCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  TagUserCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateLoginProfileCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: privilege escalation'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { iam, user, role, as } = identities(outcrop);
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const ADMIN = allow('*');
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const bucketsOf = (clients: object) => new S3Client(clients as never).send(new ListBucketsCommand());

describe('Somebody who may look at IAM and nothing more', () => {
  it('cannot give rights to themselves or to others by any of the known ways', async () => {
    const limited = await user(fresh('limited'), allow(['iam:Get*', 'iam:List*', 'sts:*']));
    const other = await user(fresh('other'), ADMIN);
    const admins = fresh('admins');
    await iam.send(new CreateGroupCommand({ GroupName: admins }));
    const strong = await role(fresh('strong'), trust({ AWS: other.arn }), ADMIN);
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh('mine'), PolicyDocument: allow('s3:ListAllMyBuckets') }),
    );
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: Policy!.Arn!, PolicyDocument: ADMIN }));
    await iam.send(new AttachUserPolicyCommand({ UserName: limited.name, PolicyArn: Policy!.Arn! }));
    const mine = new IAMClient(limited.clients);
    const { name: UserName } = limited;
    const { name: RoleName } = strong;
    const PolicyArn = Policy!.Arn!;
    const ways: Record<string, () => Promise<unknown>> = {
      'a new version of a policy of their own': () =>
        mine.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: ADMIN, SetAsDefault: true })),
      'an older version of it made the default': () =>
        mine.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' })),
      'a policy attached to themselves': () =>
        mine.send(new AttachUserPolicyCommand({ UserName, PolicyArn: ADMINISTRATOR })),
      'a policy attached to a group': () =>
        mine.send(new AttachGroupPolicyCommand({ GroupName: admins, PolicyArn: ADMINISTRATOR })),
      'a policy attached to a role': () =>
        mine.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: ADMINISTRATOR })),
      'a policy within themselves': () =>
        mine.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: ADMIN })),
      'a policy within a group': () =>
        mine.send(new PutGroupPolicyCommand({ GroupName: admins, PolicyName: 'own', PolicyDocument: ADMIN })),
      'a policy within a role': () =>
        mine.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: ADMIN })),
      'a group of others': () => mine.send(new AddUserToGroupCommand({ UserName, GroupName: admins })),
      'a key of another user': () => mine.send(new CreateAccessKeyCommand({ UserName: other.name })),
      'a key of another user switched on': () =>
        mine.send(
          new UpdateAccessKeyCommand({
            UserName: other.name,
            AccessKeyId: other.clients.credentials.accessKeyId,
            Status: 'Active',
          }),
        ),
      'a password for another user': () =>
        mine.send(new CreateLoginProfileCommand({ UserName: other.name, Password: 'Very-Secret-1!' })),
      'another password for another user': () =>
        mine.send(new UpdateLoginProfileCommand({ UserName: other.name, Password: 'Very-Secret-1!' })),
      'a role that trusts them': () =>
        mine.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust({ AWS: limited.arn }) })),
      'a role of their own making': () =>
        mine.send(new CreateRoleCommand({ RoleName: fresh('new'), AssumeRolePolicyDocument: trust(ROOT) })),
      'a user of their own making': () => mine.send(new CreateUserCommand({ UserName: fresh('new') })),
      'a longer session': () => mine.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200 })),
      'a tag that a policy looks at': () =>
        mine.send(new TagUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'admin' }] })),
      'a tag on a role': () => mine.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'admin' }] })),
      'no second factor asked for': () =>
        mine.send(
          new DeactivateMFADeviceCommand({
            UserName: other.name,
            SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/${other.name}`,
          }),
        ),
      'the role itself': () =>
        new STSClient(limited.clients).send(new AssumeRoleCommand({ RoleArn: strong.arn, RoleSessionName: 'one' })),
    };
    for (const [name, way] of Object.entries(ways))
      expect(await refusal(way()), name).toMatchObject({ name: 'AccessDenied', status: 403 });
    await bucketsOf(limited.clients);
    expect(
      (await refusal(new S3Client(limited.clients).send(new CreateBucketCommand({ Bucket: fresh('b') })))).name,
    ).toBe('AccessDenied');
  });

  it('may change what they are let to, on the resources they are let to, and on no others', async () => {
    const limited = await user(fresh('limited'));
    const own = await role(fresh('own'), trust(ROOT));
    const others = await role(`${own.name}x`, trust(ROOT));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: limited.name,
        PolicyName: 'own',
        PolicyDocument: allow(['iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'], own.arn),
      }),
    );
    const mine = new IAMClient(limited.clients);
    await mine.send(
      new PutRolePolicyCommand({ RoleName: own.name, PolicyName: 'p', PolicyDocument: allow('s3:ListAllMyBuckets') }),
    );
    for (const RoleName of [others.name, others.name.toUpperCase()])
      expect(
        (await refusal(mine.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: ADMIN })))).name,
      ).toBe('AccessDenied');
    expect(
      (await refusal(mine.send(new AttachRolePolicyCommand({ RoleName: own.name, PolicyArn: ADMINISTRATOR })))).name,
    ).toBe('AccessDenied');
  });
});

describe('Somebody who may attach some policies only', () => {
  it('cannot attach others, by the condition on what is attached', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh('safe'), PolicyDocument: allow('s3:ListAllMyBuckets') }),
    );
    const helper = await user(
      fresh('helper'),
      policy({
        Effect: 'Allow',
        Action: 'iam:AttachUserPolicy',
        Resource: '*',
        Condition: { ArnEquals: { 'iam:PolicyARN': Policy!.Arn! } },
      }),
    );
    const target = await user(fresh('target'));
    const mine = new IAMClient(helper.clients);
    await mine.send(new AttachUserPolicyCommand({ UserName: target.name, PolicyArn: Policy!.Arn! }));
    expect(
      (await refusal(mine.send(new AttachUserPolicyCommand({ UserName: helper.name, PolicyArn: ADMINISTRATOR })))).name,
    ).toBe('AccessDenied');
  });
});

describe('Somebody within a boundary', () => {
  it('may no more than the boundary says, whatever they give themselves', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh('boundary'), PolicyDocument: allow(['iam:*', 'sts:*']) }),
    );
    const bounded = await user(fresh('bounded'), allow('*'));
    await iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName: bounded.name, PermissionsBoundary: Policy!.Arn! }),
    );
    const mine = new IAMClient(bounded.clients);
    await mine.send(new AttachUserPolicyCommand({ UserName: bounded.name, PolicyArn: ADMINISTRATOR }));
    expect((await refusal(bucketsOf(bounded.clients))).name).toBe('AccessDenied');
    const { Credentials } = await new STSClient(bounded.clients).send(new GetSessionTokenCommand({}));
    expect((await refusal(bucketsOf(as(Credentials)))).name).toBe('AccessDenied');
    const federated = await new STSClient(bounded.clients).send(
      new GetFederationTokenCommand({ Name: 'bob', Policy: ADMIN }),
    );
    expect((await refusal(bucketsOf(as(federated.Credentials)))).name).toBe('AccessDenied');
  });

  it('cannot take it off, put on another, or make others without it, where the policy asks for it', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh('boundary'), PolicyDocument: allow(['s3:*', 'iam:*']) }),
    );
    const boundary = Policy!.Arn!;
    const lead = await user(
      fresh('lead'),
      policy(
        {
          Effect: 'Allow',
          Action: [
            'iam:CreateUser',
            'iam:CreateRole',
            'iam:PutUserPermissionsBoundary',
            'iam:PutUserPolicy',
            'iam:AttachUserPolicy',
            'iam:DetachUserPolicy',
            'iam:PutRolePermissionsBoundary',
          ],
          Resource: '*',
          Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
        },
        {
          Effect: 'Deny',
          Action: ['iam:DeleteUserPermissionsBoundary', 'iam:DeleteRolePermissionsBoundary'],
          Resource: '*',
        },
      ),
    );
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: lead.name, PermissionsBoundary: boundary }));
    const mine = new IAMClient(lead.clients);
    const made = fresh('made');
    await mine.send(new CreateUserCommand({ UserName: made, PermissionsBoundary: boundary }));
    await mine.send(new PutUserPolicyCommand({ UserName: made, PolicyName: 'p', PolicyDocument: ADMIN }));
    const free = await user(fresh('free'));
    for (const way of [
      () => mine.send(new CreateUserCommand({ UserName: fresh('made') })),
      () => mine.send(new CreateUserCommand({ UserName: fresh('made'), PermissionsBoundary: ADMINISTRATOR })),
      () => mine.send(new CreateRoleCommand({ RoleName: fresh('made'), AssumeRolePolicyDocument: trust(ROOT) })),
      () =>
        mine.send(new PutUserPermissionsBoundaryCommand({ UserName: lead.name, PermissionsBoundary: ADMINISTRATOR })),
      () => mine.send(new DeleteUserPermissionsBoundaryCommand({ UserName: lead.name })),
      () => mine.send(new PutUserPolicyCommand({ UserName: free.name, PolicyName: 'p', PolicyDocument: ADMIN })),
      () => mine.send(new DetachUserPolicyCommand({ UserName: free.name, PolicyArn: ADMINISTRATOR })),
      () =>
        mine.send(
          new PutRolePermissionsBoundaryCommand({ RoleName: fresh('none'), PermissionsBoundary: ADMINISTRATOR }),
        ),
    ])
      expect((await refusal(way())).name).toBe('AccessDenied');
  });
});

describe('Somebody with a session', () => {
  it('cannot widen it: by a session policy, by assuming its own role again, or along a chain', async () => {
    const caller = await user(fresh('caller'), allow('sts:AssumeRole'));
    const narrow = await role(fresh('narrow'), trust(ROOT), allow(['s3:ListAllMyBuckets', 'sts:AssumeRole']));
    const admin = await role(fresh('admin'), trust({ AWS: caller.arn }), ADMIN);
    const sts = (clients: object) => new STSClient(clients);
    const enter = async (clients: object, RoleArn: string, Policy?: string) =>
      as(
        (
          await sts(clients).send(
            new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one', ...(Policy ? { Policy } : {}) }),
          )
        ).Credentials,
      );
    const wide = await enter(caller.clients, narrow.arn, ADMIN);
    expect((await refusal(new S3Client(wide).send(new CreateBucketCommand({ Bucket: fresh('b') })))).name).toBe(
      'AccessDenied',
    );
    expect(
      (await refusal(sts(wide).send(new AssumeRoleCommand({ RoleArn: admin.arn, RoleSessionName: 'two' })))).name,
    ).toBe('AccessDenied');
    const held = await enter(caller.clients, narrow.arn, allow('sts:AssumeRole'));
    expect((await refusal(bucketsOf(held))).name).toBe('AccessDenied');
    expect(
      (
        await refusal(
          sts(await enter(caller.clients, narrow.arn, allow('s3:*'))).send(
            new AssumeRoleCommand({ RoleArn: narrow.arn, RoleSessionName: 'two' }),
          ),
        )
      ).name,
    ).toBe('AccessDenied');
  });

  it('is held by a deny for its identity that is put on after it began', async () => {
    const caller = await user(fresh('caller'), allow('sts:AssumeRole'));
    const reader = await role(fresh('reader'), trust(ROOT), allow('s3:*'));
    const { Credentials } = await new STSClient(caller.clients).send(
      new AssumeRoleCommand({ RoleArn: reader.arn, RoleSessionName: 'one' }),
    );
    await bucketsOf(as(Credentials));
    const before = new Date(outcrop.clock.now().getTime() + 60_000).toISOString();
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: reader.name,
        PolicyName: 'AWSRevokeOlderSessions',
        PolicyDocument: policy({
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': before } },
        }),
      }),
    );
    expect((await refusal(bucketsOf(as(Credentials)))).name).toBe('AccessDenied');
  });
});

describe('Somebody who may set up a service', () => {
  it('cannot hand it a role they may not pass', async () => {
    const [from, to] = [fresh('from'), fresh('to')];
    const root = new S3Client(outcrop.clients);
    for (const Bucket of [from, to]) {
      await root.send(new CreateBucketCommand({ Bucket }));
      await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    }
    const admin = await role(fresh('admin'), trust({ Service: 's3.amazonaws.com' }), ADMIN);
    const meant = await role(fresh('meant'), trust({ Service: 's3.amazonaws.com' }), ADMIN);
    const replicate = (clients: object, Role: string) =>
      new S3Client(clients as never).send(
        new PutBucketReplicationCommand({
          Bucket: from,
          ReplicationConfiguration: {
            Role,
            Rules: [
              {
                ID: 'all',
                Priority: 1,
                Status: 'Enabled',
                Filter: { Prefix: '' },
                DeleteMarkerReplication: { Status: 'Disabled' },
                Destination: { Bucket: `arn:aws:s3:::${to}` },
              },
            ],
          },
        }),
      );
    const operator = await user(
      fresh('operator'),
      policy(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: meant.arn,
          Condition: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
        },
      ),
    );
    await replicate(operator.clients, meant.arn);
    expect(await refusal(replicate(operator.clients, admin.arn))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('iam:PassRole'),
    });
    const elsewhere = await user(
      fresh('elsewhere'),
      policy(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: '*',
          Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
        },
      ),
    );
    expect((await refusal(replicate(elsewhere.clients, meant.arn))).name).toBe('AccessDenied');
  });

  it('cannot open a bucket of others to themselves', async () => {
    const Bucket = fresh('closed');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket }));
    await new S3Client(outcrop.clients).send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const guest = await user(fresh('guest'), allow(['s3:ListAllMyBuckets', 's3:GetBucketPolicy', 's3:GetBucketAcl']));
    const mine = new S3Client(guest.clients);
    for (const way of [
      () =>
        mine.send(
          new PutBucketPolicyCommand({
            Bucket,
            Policy: policy({ Effect: 'Allow', Action: 's3:*', Principal: '*', Resource: `arn:aws:s3:::${Bucket}/*` }),
          }),
        ),
      () => mine.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' })),
      () => mine.send(new GetObjectCommand({ Bucket, Key: 'k' })),
    ])
      expect((await refusal(way())).name).toBe('AccessDenied');
  });
});
