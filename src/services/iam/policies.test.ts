import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  paginateListPolicies,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
  waitUntilPolicyExists,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, documentOf, openIam, refusal, trustOf } from './iam.fixture.ts';

const { iam, integer, fresh, nowMs, actor, pick } = await openIam('policies');

const makeUser = async () => {
  const UserName = fresh('user');
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
};
const makePolicy = async (PolicyDocument = allow('s3:GetObject'), Path = '/') => {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: fresh('policy'), PolicyDocument, Path }));
  return Policy!.Arn!;
};
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

describe('A managed policy', () => {
  it('is made with its first version, and is told of with what it is used for', async () => {
    const PolicyName = fresh('Read(er)s').replace(/[()]/g, '');
    const document = `{\n  "Version": "2012-10-17",\n  "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a'(b)!/\${aws:username}/*"}\n}`;
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName,
        Path: '/p/',
        PolicyDocument: document,
        Description: 'reads',
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    const Arn = `arn:aws:iam::${ACCOUNT}:policy/p/${PolicyName}`;
    expect(Policy).toEqual({
      PolicyName,
      PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
      Arn,
      Path: '/p/',
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
      Description: 'reads',
      CreateDate: new Date(nowMs()),
      UpdateDate: new Date(nowMs()),
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const waited = await waitUntilPolicyExists({ client: iam, maxWaitTime: 10 }, { PolicyArn: Arn });
    expect(waited.state).toBe('SUCCESS');
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: Arn, VersionId: 'v1' }));
    expect(PolicyVersion!.Document).toMatch(/^[A-Za-z0-9%._~-]+$/);
    expect(decodeURIComponent(PolicyVersion!.Document!)).toBe(document);
    const again = iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document }));
    expect(await refusal(again)).toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
    });
  });

  it('has up to five versions, of which one is in force at once', async () => {
    const PolicyArn = await makePolicy(allow('s3:*'));
    const { user, clients } = await actor(fresh('u'));
    await iam.send(new AttachUserPolicyCommand({ UserName: user.UserName, PolicyArn }));
    const list = () => new IAMClient(clients).send(new ListUsersCommand({}));
    expect((await refusal(list())).name).toBe('AccessDenied');
    const PolicyDocument = allow('iam:ListUsers');
    for (let version = 2; version <= 5; version++) {
      const made = await iam.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: version === 3 }),
      );
      expect(made.PolicyVersion).toMatchObject({ VersionId: `v${version}`, IsDefaultVersion: version === 3 });
    }
    await list();
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect((await refusal(list())).name).toBe('AccessDenied');
    const sixth = () => iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
    expect(await refusal(sixth())).toMatchObject({
      name: 'LimitExceededException',
      message:
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    });
    const drop = (VersionId: string) => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    expect((await refusal(drop('v1'))).message).toBe('Cannot delete the default version of a policy.');
    await drop('v4');
    expect((await sixth()).PolicyVersion!.VersionId).toBe('v6');
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions!.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ['v6', false],
      ['v5', false],
      ['v3', false],
      ['v2', false],
      ['v1', true],
    ]);
    expect((await refusal(drop('v4'))).name).toBe('NoSuchEntityException');
  });

  it('goes when nobody has it and its other versions are gone', async () => {
    const PolicyArn = await makePolicy();
    const UserName = await makeUser();
    const drop = () => refusal(iam.send(new DeletePolicyCommand({ PolicyArn })));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    expect(await drop()).toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete a policy attached to entities.',
    });
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('s3:*') }));
    expect((await drop()).message).toMatch(/^This policy has more than one version\./);
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect((await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).message).toBe(
      `Policy ${PolicyArn} was not found.`,
    );
  });

  it('is attached once however often that is asked for, ten to an identity', async () => {
    const UserName = await makeUser();
    const attach = (PolicyArn: string) => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const arns = await Promise.all(Array.from({ length: 10 }, (_, i) => makePolicy(undefined, i % 2 ? '/odd/' : '/')));
    for (const arn of [...arns, arns[0]!]) await attach(arn);
    expect(await refusal(attach(await makePolicy()))).toEqual({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PoliciesPerUser: 10',
      status: 409,
    });
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName, PathPrefix: '/odd/' }));
    expect(AttachedPolicies!.map(({ PolicyArn }) => PolicyArn)).toEqual(arns.filter((_, i) => i % 2));
    const absent = `arn:aws:iam::${ACCOUNT}:policy/${fresh('absent')}`;
    expect((await refusal(attach(absent))).message).toBe(`Policy ${absent} does not exist or is not attachable.`);
    expect((await refusal(attach('arn:aws:s3:::bucket-of-mine'))).message).toBe(
      'ARN arn:aws:s3:::bucket-of-mine is not valid.',
    );
    const detach = iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: absent }));
    expect((await refusal(detach)).message).toBe(`Policy ${absent} was not found.`);
  });

  it('tells who has it, attached or as a boundary', async () => {
    const PolicyArn = await makePolicy();
    const [UserName, bounded] = [await makeUser(), await makeUser()];
    const GroupName = fresh('group');
    await iam.send(new CreateGroupCommand({ GroupName, Path: '/g/' }));
    const RoleName = fresh('role');
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trustOf({ AWS: ACCOUNT }),
        PermissionsBoundary: PolicyArn,
      }),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: bounded, PermissionsBoundary: PolicyArn }));
    const who = async (input: object) => {
      const told = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, ...input }));
      return [
        ...told.PolicyGroups!.map((one) => one.GroupName!),
        ...told.PolicyUsers!.map((one) => one.UserName!),
        ...told.PolicyRoles!.map((one) => one.RoleName!),
      ].sort();
    };
    expect(await who({})).toEqual([GroupName, RoleName, UserName, bounded].sort());
    expect(await who({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual([RoleName, bounded].sort());
    expect(await who({ PolicyUsageFilter: 'PermissionsPolicy', EntityFilter: 'Role' })).toEqual([RoleName]);
    expect(await who({ PathPrefix: '/g/' })).toEqual([GroupName]);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ AttachmentCount: 3, PermissionsBoundaryUsageCount: 2 });
    const attached = await iam.send(new ListPoliciesCommand({ Scope: 'Local', OnlyAttached: true, MaxItems: 1000 }));
    expect(attached.Policies!.map(({ Arn }) => Arn)).toContain(PolicyArn);
  });

  it('of AWS is listed beside one’s own, can be attached, and is changed by nobody', async () => {
    const own = await makePolicy(undefined, '/listed/');
    const arns: string[] = [];
    for await (const page of paginateListPolicies({ client: iam, pageSize: integer(5, 40) }, {}))
      arns.push(...page.Policies!.map(({ Arn }) => Arn!));
    expect(new Set(arns).size).toBe(arns.length);
    expect(arns).toEqual(expect.arrayContaining([own, ADMINISTRATOR]));
    const under = await iam.send(new ListPoliciesCommand({ PathPrefix: '/listed/' }));
    expect(under.Policies!.map(({ Arn }) => Arn)).toEqual([own]);
    const aws = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1000 }));
    expect(aws.Policies!.every(({ Arn }) => Arn!.startsWith('arn:aws:iam::aws:policy/'))).toBe(true);
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({
        PolicyArn: ADMINISTRATOR,
        VersionId: aws.Policies!.find(({ Arn }) => Arn === ADMINISTRATOR)!.DefaultVersionId,
      }),
    );
    expect(JSON.parse(decodeURIComponent(PolicyVersion!.Document!)).Statement).toEqual([
      { Effect: 'Allow', Action: '*', Resource: '*' },
    ]);
    const change = iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: ADMINISTRATOR, PolicyDocument: allow('s3:*') }),
    );
    expect(await refusal(change)).toMatchObject({ name: 'AccessDenied', status: 403 });
  });

  it('has tags', async () => {
    const PolicyArn = await makePolicy();
    const Tags = [{ Key: 'team', Value: fresh('t') }];
    await iam.send(new TagPolicyCommand({ PolicyArn, Tags }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual(Tags);
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['TEAM'] }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([]);
  });
});

describe('A policy document', () => {
  it('that is none is refused in the words of IAM', async () => {
    const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
    for (const [document, message] of [
      ['not json', 'Syntax errors in policy.'],
      [documentOf({ ...statement, Principal: '*' }), 'Policy document should not specify a principal.'],
      [
        documentOf({ ...statement, Action: 'GetObject' }),
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      ],
      [documentOf({ ...statement, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
      [documentOf({ Effect: 'Allow', Action: 's3:*' }), 'Policy statement must contain resources.'],
      [documentOf({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
      [
        documentOf({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }),
        'Statement IDs (SID) in a single policy must be unique.',
      ],
    ] as const) {
      const create = iam.send(new CreatePolicyCommand({ PolicyName: fresh('bad'), PolicyDocument: document }));
      expect(await refusal(create)).toEqual({ name: 'MalformedPolicyDocumentException', message, status: 400 });
    }
  });

  it('is as long as its kind may be, white space not counted', async () => {
    /** A document of so many characters that count, spread by white space. */
    const sized = (size: number) => {
      const bare = allow('s3:GetObject', 'arn:aws:s3:::');
      const filled = allow('s3:GetObject', `arn:aws:s3:::${'x'.repeat(size - bare.length)}`);
      return JSON.stringify(JSON.parse(filled), null, integer(1, 8));
    };
    const PolicyName = fresh('p');
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: sized(6144) }));
    const tooLong = iam.send(new CreatePolicyCommand({ PolicyName: fresh('p'), PolicyDocument: sized(6145) }));
    expect((await refusal(tooLong)).message).toBe('Cannot exceed quota for PolicySize: 6144');
    const UserName = await makeUser();
    const put = (name: string, size: number) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: name, PolicyDocument: sized(size) }));
    const half = integer(500, 1500);
    await put('a', half);
    await put('b', 2048 - half);
    expect(await refusal(put('c', 200))).toMatchObject({
      name: 'LimitExceededException',
      message: `Maximum policy size of 2048 bytes exceeded for user ${UserName}`,
    });
    await put('b', 300);
    const { PolicyNames } = await iam.send(new ListUserPoliciesCommand({ UserName }));
    expect(PolicyNames).toEqual(['a', 'b']);
    const RoleName = fresh('role');
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf({ AWS: ACCOUNT }) }));
    const role = (size: number) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'a', PolicyDocument: sized(size) }));
    await role(10_240);
    expect((await refusal(role(10_241))).message).toBe(
      `Maximum policy size of 10240 bytes exceeded for role ${RoleName}`,
    );
  });

  it('put under a name takes the place of the one before', async () => {
    const UserName = await makeUser();
    const PolicyName = fresh('inline');
    const documents = [allow('s3:GetObject'), allow(pick(['sqs:*', 'sns:*']))];
    for (const PolicyDocument of documents)
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
    const told = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }));
    expect(told).toMatchObject({ UserName, PolicyName });
    expect(decodeURIComponent(told.PolicyDocument!)).toBe(documents[1]);
    const absent = iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'absent' }));
    expect((await refusal(absent)).message).toBe('The user policy with name absent cannot be found.');
  });
});

describe('A permissions boundary', () => {
  it('holds what an administrator may within it', async () => {
    const { user, clients } = await actor(fresh('admin'), allow('*'));
    const { UserName } = user;
    const list = () => new IAMClient(clients).send(new ListUsersCommand({}));
    await list();
    const PermissionsBoundary = await makePolicy(allow('s3:*'));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    expect(await refusal(list())).toMatchObject({
      name: 'AccessDenied',
      message: `User: ${user.Arn} is not authorized to perform: iam:ListUsers because no permissions boundary allows the iam:ListUsers action`,
    });
    expect((await iam.send(new GetUserCommand({ UserName }))).User!.PermissionsBoundary).toEqual({
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: PermissionsBoundary,
    });
    await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
    await list();
    const absent = `arn:aws:iam::${ACCOUNT}:policy/${fresh('absent')}`;
    const put = iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: absent }));
    expect((await refusal(put)).message).toBe(`Scope ARN: ${absent} does not exist or is not attachable.`);
  });

  it('can be what lets someone make users', async () => {
    const boundary = await makePolicy();
    const { clients } = await actor(
      fresh('maker'),
      allow('iam:CreateUser', '*', { Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } } }),
    );
    const make = (PermissionsBoundary?: string) =>
      new IAMClient(clients).send(
        new CreateUserCommand({ UserName: fresh('made'), ...(PermissionsBoundary ? { PermissionsBoundary } : {}) }),
      );
    expect((await refusal(make())).name).toBe('AccessDenied');
    expect((await refusal(make(await makePolicy()))).name).toBe('AccessDenied');
    await make(boundary);
  });
});
