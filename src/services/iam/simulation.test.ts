import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  paginateSimulateCustomPolicy,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, documentOf, openIam, refusal, trustOf } from './iam.fixture.ts';

const { iam, integer, fresh, pick } = await openIam('simulation');

const custom = async (input: SimulateCustomPolicyCommandInput) =>
  (await iam.send(new SimulateCustomPolicyCommand(input))).EvaluationResults!;
const principal = async (input: SimulatePrincipalPolicyCommandInput) =>
  (await iam.send(new SimulatePrincipalPolicyCommand(input))).EvaluationResults!;

const makeUser = async (policy?: string) => {
  const UserName = fresh('user');
  const { User } = await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'blue' }] }));
  if (policy) await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: policy }));
  return User!;
};
const makePolicy = async (PolicyDocument: string) =>
  (await iam.send(new CreatePolicyCommand({ PolicyName: fresh('policy'), PolicyDocument }))).Policy!;

describe('A simulation of given policies', () => {
  it('tells for each action whether it is allowed, denied, or not spoken of, and by which statement', async () => {
    const bucket = fresh('bucket');
    const policy = [
      '{',
      '  "Version": "2012-10-17",',
      '  "Statement": [',
      `    {"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${bucket}/*"},`,
      '    {',
      '      "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"',
      '    }',
      '  ]',
      '}',
    ].join('\n');
    const found = await custom({
      PolicyInputList: [allow('sqs:*'), policy],
      ActionNames: ['s3:GetObject', 's3:DeleteObject', 'ec2:RunInstances'],
      ResourceArns: [`arn:aws:s3:::${bucket}/key`],
    });
    expect(found.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])).toEqual([
      ['s3:GetObject', 'allowed'],
      ['s3:DeleteObject', 'explicitDeny'],
      ['ec2:RunInstances', 'implicitDeny'],
    ]);
    const source = { SourcePolicyId: 'PolicyInputList.2', SourcePolicyType: 'none' };
    const line = policy.split('\n')[3]!;
    expect(found[0]!.MatchedStatements).toEqual([
      { ...source, StartPosition: { Line: 4, Column: 5 }, EndPosition: { Line: 4, Column: line.length } },
    ]);
    expect(found[1]!.MatchedStatements).toEqual([
      { ...source, StartPosition: { Line: 5, Column: 5 }, EndPosition: { Line: 7, Column: 6 } },
    ]);
    expect(found[2]!.MatchedStatements ?? []).toEqual([]);
    expect(found[0]!.EvalResourceName).toBe('arn:${Partition}:s3:::${BucketName}/${ObjectName}');
  });

  it('of several resources gives each its decision, and the strictest as the whole', async () => {
    const resources = Array.from({ length: 3 }, () => `arn:aws:sqs:us-east-1:${ACCOUNT}:${fresh('queue')}`);
    const [first, second] = resources;
    const found = await custom({
      PolicyInputList: [
        documentOf(
          { Effect: 'Allow', Action: 'sqs:*', Resource: [first, second] },
          { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: second },
        ),
      ],
      ActionNames: ['sqs:SendMessage', 'sqs:ReceiveMessage'],
      ResourceArns: resources,
    });
    const decisions = found.map((one) => one.ResourceSpecificResults!.map((each) => each.EvalResourceDecision));
    expect(decisions).toEqual([
      ['allowed', 'explicitDeny', 'implicitDeny'],
      ['allowed', 'allowed', 'implicitDeny'],
    ]);
    expect(found.map(({ EvalDecision }) => EvalDecision)).toEqual(['explicitDeny', 'implicitDeny']);
    expect(found[0]!.ResourceSpecificResults!.map((each) => each.EvalResourceName)).toEqual(resources);
  });

  it('tells which condition keys it was not given, and goes by those it was', async () => {
    const policy = documentOf({
      Effect: 'Allow',
      Action: 'ec2:*',
      Resource: 'arn:aws:ec2:*:*:instance/${aws:PrincipalTag/Own}*',
      Condition: {
        NumericLessThan: { 'ec2:Size': '10' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] },
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      },
    });
    const ask = async (ContextEntries: SimulateCustomPolicyCommandInput['ContextEntries']) =>
      (
        await custom({
          PolicyInputList: [policy],
          ActionNames: ['ec2:StartInstances'],
          ResourceArns: [`arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-123`],
          ContextEntries,
        })
      )[0]!;
    const keys = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [policy] }));
    const all = ['aws:PrincipalTag/Own', 'aws:SourceIp', 'aws:TagKeys', 'ec2:Size'];
    expect(keys.ContextKeyNames!.sort()).toEqual(all);
    const none = await ask([]);
    expect([...none.MissingContextValues!].sort()).toEqual(all);
    expect(none.EvalDecision).toBe('implicitDeny');
    const entries = (size: number, tags: string[], ip: string) => [
      { ContextKeyName: 'aws:PrincipalTag/own', ContextKeyValues: ['i-'], ContextKeyType: 'string' as const },
      { ContextKeyName: 'ec2:Size', ContextKeyValues: [String(size)], ContextKeyType: 'numeric' as const },
      { ContextKeyName: 'aws:TagKeys', ContextKeyValues: tags, ContextKeyType: 'stringList' as const },
      { ContextKeyName: 'aws:SourceIp', ContextKeyValues: [ip], ContextKeyType: 'ip' as const },
    ];
    const right = await ask(entries(integer(0, 9), pick([['a'], ['a', 'b']]), `10.1.${integer(0, 255)}.7`));
    expect(right).toMatchObject({ EvalDecision: 'allowed' });
    expect(right.MissingContextValues ?? []).toEqual([]);
    for (const wrong of [
      entries(10, ['a'], '10.0.0.1'),
      entries(1, ['a', 'c'], '10.0.0.1'),
      entries(1, [], '11.0.0.1'),
    ])
      expect((await ask(wrong)).EvalDecision).toBe('implicitDeny');
    const bad = ask([{ ContextKeyName: 'ec2:Size', ContextKeyValues: ['big'], ContextKeyType: 'numeric' }]);
    expect((await refusal(bad)).name).toBe('InvalidInputException');
  });

  it('tells what boundary and service control policies have to say', async () => {
    const ask = async (boundary: string, organization: string[]) =>
      (
        await custom({
          PolicyInputList: [allow('*')],
          PermissionsBoundaryPolicyInputList: [boundary],
          OrderedOrganizationPolicyInputList: organization.map((one) => ({ ServiceControlPolicyInputList: [one] })),
          ActionNames: ['sns:Publish'],
        })
      )[0]!;
    expect(await ask(allow('sns:*'), [allow('*'), allow('sns:*')])).toMatchObject({
      EvalDecision: 'allowed',
      EvalResourceName: '*',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
      OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    });
    expect(await ask(allow('s3:*'), [allow('*')])).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    });
    expect(await ask(allow('sns:*'), [allow('*'), allow('s3:*')])).toMatchObject({
      EvalDecision: 'implicitDeny',
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    });
    const two = custom({
      PolicyInputList: [allow('*')],
      PermissionsBoundaryPolicyInputList: [allow('*'), allow('*')],
      ActionNames: ['sns:Publish'],
    });
    expect((await refusal(two)).name).toBe('InvalidInputException');
  });

  it('is told in pages of actions', async () => {
    const ActionNames = Array.from({ length: integer(7, 20) }, (_, i) => `s3:Action${i}`);
    const all: string[] = [];
    const pages = paginateSimulateCustomPolicy(
      { client: iam, pageSize: 3 },
      { PolicyInputList: [allow('s3:*')], ActionNames },
    );
    for await (const page of pages) {
      expect(page.EvaluationResults!.length).toBeLessThanOrEqual(3);
      all.push(...page.EvaluationResults!.map(({ EvalActionName }) => EvalActionName!));
    }
    expect(all).toEqual(ActionNames);
  });

  it('refuses what it cannot make sense of', async () => {
    const base = { PolicyInputList: [allow('*')], ActionNames: ['ec2:RunInstances'] };
    expect((await refusal(custom({ ...base, PolicyInputList: ['{'] }))).name).toBe('InvalidInputException');
    expect((await refusal(custom({ ...base, ActionNames: ['s3:*'] }))).name).toBe('InvalidInputException');
    expect(
      (
        await refusal(
          custom({
            ...base,
            ResourcePolicy: documentOf({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }),
          }),
        )
      ).message,
    ).toBe('CallerArn is required when a ResourcePolicy is specified.');
    const scenario = { ...base, ResourceHandlingOption: 'EC2-VPC-EBS-Subnet' };
    const kinds = ['instance', 'image', 'security-group', 'network-interface', 'subnet', 'volume'];
    const ResourceArns = kinds.map((kind) => `arn:aws:ec2:us-east-1:${ACCOUNT}:${kind}/x`);
    expect((await custom({ ...scenario, ResourceArns }))[0]!.EvalDecision).toBe('allowed');
    expect((await refusal(custom({ ...scenario, ResourceArns: ResourceArns.slice(0, -1) }))).message).toMatch(/volume/);
  });
});

describe('A simulation of a principal', () => {
  it('goes by all of its policies, says where each stands, and by its names and tags', async () => {
    const user = await makeUser(allow('sqs:*', 'arn:aws:sqs:*:*:${aws:username}-*'));
    const { UserName } = user;
    const attached = await makePolicy(
      allow('sns:*', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } } }),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: attached.Arn }));
    const GroupName = fresh('group');
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'g', PolicyDocument: allow('kms:*') }));
    await iam.send(
      new AttachGroupPolicyCommand({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    );
    const ask = async (PolicySourceArn: string, more: object = {}) =>
      (
        await principal({
          PolicySourceArn,
          ActionNames: ['sqs:SendMessage'],
          ResourceArns: [`arn:aws:sqs:us-east-1:${ACCOUNT}:${UserName}-q`],
          ...more,
        })
      )[0]!;
    expect(await ask(user.Arn!)).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: `user_${UserName}_own`, SourcePolicyType: 'user' }],
    });
    expect(await ask(user.Arn!, { ActionNames: ['sns:Publish'] })).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: attached.PolicyName, SourcePolicyType: 'user-managed' }],
    });
    expect((await ask(user.Arn!, { ActionNames: ['kms:Decrypt'] })).EvalDecision).toBe('implicitDeny');
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    const matched = (await ask(user.Arn!, { ActionNames: ['kms:Decrypt'] })).MatchedStatements!;
    expect(matched.map(({ SourcePolicyId, SourcePolicyType }) => [SourcePolicyId, SourcePolicyType])).toEqual([
      [`group_${GroupName}_g`, 'group'],
      ['AdministratorAccess', 'aws-managed'],
    ]);
    const group = await ask(`arn:aws:iam::${ACCOUNT}:group/${GroupName}`);
    expect(group.MatchedStatements!.map(({ SourcePolicyType }) => SourcePolicyType)).toEqual(['aws-managed']);
    const keys = await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: user.Arn }));
    expect(keys.ContextKeyNames!.sort()).toEqual(['aws:PrincipalTag/team', 'aws:username']);
  });

  it('leaves out the policies that it is asked to', async () => {
    const user = await makeUser(allow('s3:*'));
    const { UserName } = user;
    const policy = await makePolicy(allow('s3:*'));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: policy.Arn }));
    await iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: (await makePolicy(allow('sqs:*'))).Arn }),
    );
    const ask = async (PolicyExclusionList: SimulatePrincipalPolicyCommandInput['PolicyExclusionList']) => {
      const input = { PolicySourceArn: user.Arn, ActionNames: ['s3:GetObject'], PolicyExclusionList };
      const [found] = await principal(input);
      return [found!.EvalDecision, ...(found!.MatchedStatements ?? []).map(({ SourcePolicyType: type }) => type)];
    };
    const boundary = { PolicyType: 'permission-boundary' as const };
    expect(await ask([])).toEqual(['implicitDeny']);
    expect(await ask([boundary])).toEqual(['allowed', 'user', 'user-managed']);
    expect(await ask([boundary, { PolicyType: 'inline' }])).toEqual(['allowed', 'user-managed']);
    expect(await ask([boundary, { PolicyArn: `${policy.Arn!.slice(0, -3)}*` }])).toEqual(['allowed', 'user']);
    const inline = { PolicyName: 'own', AttachmentType: 'user' as const, AttachmentName: `${UserName!.slice(0, 4)}*` };
    expect(await ask([boundary, { InlinePolicyIdentifier: inline }, { PolicyType: 'user-managed' }])).toEqual([
      'implicitDeny',
    ]);
  });

  it('weighs a resource policy for the caller, within an account and across two', async () => {
    const user = await makeUser();
    const bucket = `arn:aws:s3:::${fresh('bucket')}`;
    const ask = async (more: object) =>
      (
        await principal({
          PolicySourceArn: user.Arn,
          ActionNames: ['s3:GetObject'],
          ResourceArns: [`${bucket}/key`],
          ResourcePolicy: documentOf({
            Effect: 'Allow',
            Action: 's3:*',
            Resource: `${bucket}/*`,
            Principal: { AWS: user.Arn },
          }),
          ...more,
        })
      )[0]!;
    const within = await ask({});
    expect(within).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'resource' }],
    });
    const other = { ResourceOwner: 'arn:aws:iam::111122223333:root' };
    const details = (found: Awaited<ReturnType<typeof ask>>) => found.ResourceSpecificResults![0]!.EvalDecisionDetails;
    const across = await ask(other);
    expect(across.EvalDecision).toBe('implicitDeny');
    expect(details(across)).toEqual({ 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' });
    const both = await ask({ ...other, PolicyInputList: [allow('s3:GetObject')] });
    expect(both.EvalDecision).toBe('allowed');
    expect(details(both)).toEqual({ 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' });
    const another = await makeUser();
    expect((await ask({ CallerArn: another.Arn })).EvalDecision).toBe('implicitDeny');
  });

  it('of a role goes by what its sessions would have', async () => {
    const RoleName = fresh('role');
    const AssumeRolePolicyDocument = trustOf({ AWS: ACCOUNT });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'p',
        PolicyDocument: allow('s3:GetObject', '*', { Condition: { ArnEquals: { 'aws:PrincipalArn': Role!.Arn } } }),
      }),
    );
    const [found] = await principal({ PolicySourceArn: Role!.Arn, ActionNames: ['s3:GetObject'] });
    expect(found).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: `role_${RoleName}_p`, SourcePolicyType: 'role' }],
    });
  });

  it('that is not there, or is no user, group or role, is refused', async () => {
    const ask = (PolicySourceArn: string) => refusal(principal({ PolicySourceArn, ActionNames: ['s3:GetObject'] }));
    const name = fresh('nobody');
    expect(await ask(`arn:aws:iam::${ACCOUNT}:user/${name}`)).toMatchObject({
      name: 'NoSuchEntityException',
      message: `The user with name ${name} cannot be found.`,
    });
    expect(await ask(`arn:aws:iam::${ACCOUNT}:root`)).toMatchObject({
      name: 'InvalidInputException',
      message: `Invalid Entity Arn: arn:aws:iam::${ACCOUNT}:root does not clearly define entity type and name.`,
    });
  });
});
