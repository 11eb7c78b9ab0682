import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DescribeEffectivePolicyCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  DisablePolicyTypeCommand,
  EnablePolicyTypeCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  ListTargetsForPolicyCommand,
  MoveAccountCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { allow, identities, trust } from '../../../tests/identities.ts';
import { everyPage, openOrganizations, refusal } from './organizations.fixture.ts';

const { outcrop, organizations, unique, createUnit, createOrganization, createAccount, createPolicy, assume, integer } =
  await openOrganizations('policies');
const { organization, rootId } = await createOrganization();
const SCP = 'SERVICE_CONTROL_POLICY';
const FULL = 'p-FullAWSAccess';
const statement = (Effect: string, Action: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action, Resource: '*', ...more }],
});
const attach = (PolicyId: string, TargetId: string) =>
  organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }));
const detach = (PolicyId: string, TargetId: string) =>
  organizations.send(new DetachPolicyCommand({ PolicyId, TargetId }));
const attachedTo = async (TargetId: string, Filter: PolicyType = SCP) =>
  (await organizations.send(new ListPoliciesForTargetCommand({ TargetId, Filter }))).Policies!.map(({ Id }) => Id!);

describe('A service control policy', () => {
  it('is made, described, changed, listed and deleted', async () => {
    const Name = unique('policy');
    const content = JSON.stringify(statement('Deny', 'ec2:*'));
    const { Policy } = await organizations.send(
      new CreatePolicyCommand({ Name, Description: 'no machines', Content: content, Type: SCP }),
    );
    const id = Policy!.PolicySummary!.Id!;
    expect(Policy).toEqual({
      PolicySummary: {
        Id: expect.stringMatching(/^p-[a-z0-9]{8}$/),
        Arn: `arn:aws:organizations::${organization.MasterAccountId}:policy/${organization.Id}/service_control_policy/${id}`,
        Name,
        Description: 'no machines',
        Type: SCP,
        AwsManaged: false,
      },
      Content: content,
    });
    const again = new CreatePolicyCommand({ Name, Description: '', Content: content, Type: SCP });
    expect(await refusal(organizations.send(again))).toEqual({
      name: 'DuplicatePolicyException',
      message: 'A policy with the specified name and type already exists.',
    });
    const renamed = unique('renamed');
    const changed = await organizations.send(new UpdatePolicyCommand({ PolicyId: id, Name: renamed }));
    expect(changed.Policy).toMatchObject({
      PolicySummary: { Name: renamed, Description: 'no machines' },
      Content: content,
    });
    expect((await organizations.send(new DescribePolicyCommand({ PolicyId: id }))).Policy).toEqual(changed.Policy);
    await organizations.send(new CreatePolicyCommand({ Name, Description: '', Content: content, Type: SCP }));
    await organizations.send(new DeletePolicyCommand({ PolicyId: id }));
    expect(await refusal(organizations.send(new DescribePolicyCommand({ PolicyId: id })))).toEqual({
      name: 'PolicyNotFoundException',
      message: "You specified a policy that doesn't exist.",
    });
  });

  it('is written in the language of IAM, without principals, in 10,240 characters at most', async () => {
    const good = [
      statement('Allow', 's3:*'),
      statement('Deny', 's3:Get*', { Condition: { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1'] } } }),
      {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::private/*' },
      },
    ];
    for (const content of good) await createPolicy(content);
    const bad = [
      '{',
      statement('Deny', 's3:*', { Principal: '*' }),
      statement('Maybe', 's3:*'),
      statement('Deny', 'everything'),
      { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:*' }] },
      { Version: '2012-10-17' },
    ];
    for (const content of bad) {
      const { name, message } = await refusal(createPolicy(content));
      expect(name, JSON.stringify(content)).toBe('MalformedPolicyDocumentException');
      expect(message).toContain(
        'The provided policy document does not meet the requirements of the specified policy type.',
      );
    }
    const long = `${JSON.stringify(statement('Deny', 's3:*'))}${' '.repeat(10_240)}`;
    expect(await refusal(createPolicy(long))).toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED',
      message: 'You have exceeded the maximum policy size.',
    });
  });

  it("of AWS's own is on everything new, is listed first, and cannot be changed", async () => {
    const account = await createAccount();
    const unit = await createUnit(rootId);
    for (const target of [rootId, unit, account]) expect(await attachedTo(target)).toEqual([FULL]);
    const { Policies } = await organizations.send(new ListPoliciesCommand({ Filter: SCP, MaxResults: 1 }));
    expect(Policies).toEqual([
      {
        Id: FULL,
        Arn: 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess',
        Name: 'FullAWSAccess',
        Description: 'Allows access to every operation',
        Type: SCP,
        AwsManaged: true,
      },
    ]);
    const changes = [
      organizations.send(new UpdatePolicyCommand({ PolicyId: FULL, Name: 'x' })),
      organizations.send(new DeletePolicyCommand({ PolicyId: FULL })),
    ];
    for (const change of changes) expect((await refusal(change)).Reason).toBe('IMMUTABLE_POLICY');
  });

  it('is listed a page at a time, every one once', async () => {
    const made = [];
    for (let i = integer(3, 6); i > 0; i--) made.push(await createPolicy(statement('Deny', 'sqs:*')));
    const all = await everyPage(async (NextToken) => {
      const answer = await organizations.send(new ListPoliciesCommand({ Filter: SCP, NextToken, MaxResults: 2 }));
      return { items: answer.Policies, NextToken: answer.NextToken };
    });
    const ids = all.map(({ Id }) => Id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [FULL, ...made]) expect(ids).toContain(id);
  });

  it('is attached at most ten times over to one target, once each, and the last one stays', async () => {
    const unit = await createUnit(rootId);
    const ids = [];
    for (let i = 0; i < 10; i++) ids.push(await createPolicy(statement('Allow', '*')));
    for (const id of ids.slice(0, 9)) await attach(id, unit);
    expect(await attachedTo(unit)).toEqual([FULL, ...ids.slice(0, 9)]);
    expect(await refusal(attach(ids[9]!, unit))).toEqual({
      name: 'ConstraintViolationException',
      message: 'You have attached the maximum number of policies to the specified target.',
      Reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    });
    expect((await refusal(attach(ids[0]!, unit))).name).toBe('DuplicatePolicyAttachmentException');
    expect((await refusal(organizations.send(new DeletePolicyCommand({ PolicyId: ids[0]! })))).name).toBe(
      'PolicyInUseException',
    );
    const { Targets } = await organizations.send(new ListTargetsForPolicyCommand({ PolicyId: ids[0]! }));
    expect(Targets).toEqual([
      {
        TargetId: unit,
        Arn: `arn:aws:organizations::${organization.MasterAccountId}:ou/${organization.Id}/${unit}`,
        Name: expect.any(String),
        Type: 'ORGANIZATIONAL_UNIT',
      },
    ]);
    for (const id of [FULL, ...ids.slice(0, 8)]) await detach(id, unit);
    expect(await refusal(detach(ids[8]!, unit))).toEqual({
      name: 'ConstraintViolationException',
      message:
        'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
      Reason: 'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    });
    expect((await refusal(detach(FULL, unit))).name).toBe('PolicyNotAttachedException');
    expect((await refusal(attach(ids[0]!, 'ou-none-12345678'))).name).toBe('TargetNotFoundException');
  });

  it('takes one of the last places, or leaves as one of the last, however many ask at once', async () => {
    const unit = await createUnit(rootId);
    const ids = await Promise.all(Array.from({ length: 14 }, () => createPolicy(statement('Allow', '*'))));
    const attempts = await Promise.allSettled(ids.map((id) => attach(id, unit)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    const standing = await attachedTo(unit);
    expect(standing).toHaveLength(10);
    const left = await Promise.allSettled(standing.map((id) => detach(id, unit)));
    expect(left.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    expect(await attachedTo(unit)).toHaveLength(1);
  });

  it('bears on the accounts below it from the next call on, and no more when its type is disabled', async () => {
    const account = await createAccount();
    const unit = await createUnit(rootId);
    await organizations.send(
      new MoveAccountCommand({ AccountId: account, SourceParentId: rootId, DestinationParentId: unit }),
    );
    const s3 = new S3Client(await assume(account));
    await s3.send(new ListBucketsCommand({}));
    const deny = await createPolicy(statement('Deny', 's3:ListAllMyBuckets'));
    await attach(deny, unit);
    const denied = await refusal(s3.send(new ListBucketsCommand({})));
    expect(denied.name).toBe('AccessDenied');
    expect(denied.message).toContain('with an explicit deny in a service control policy');
    await organizations.send(
      new UpdatePolicyCommand({ PolicyId: deny, Content: JSON.stringify(statement('Deny', 's3:CreateBucket')) }),
    );
    await s3.send(new ListBucketsCommand({}));
    const Bucket = unique('bucket');
    expect((await refusal(s3.send(new CreateBucketCommand({ Bucket })))).name).toBe('AccessDenied');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket }));
    const { Root } = await organizations.send(new DisablePolicyTypeCommand({ RootId: rootId, PolicyType: SCP }));
    expect(Root!.PolicyTypes).toEqual([]);
    await s3.send(new CreateBucketCommand({ Bucket: unique('bucket') }));
    expect((await refusal(attach(deny, unit))).name).toBe('PolicyTypeNotEnabledException');
    await organizations.send(new EnablePolicyTypeCommand({ RootId: rootId, PolicyType: SCP }));
    expect(await attachedTo(unit)).toEqual([FULL]);
    expect(await attachedTo(account)).toEqual([FULL]);
    await s3.send(new CreateBucketCommand({ Bucket: unique('bucket') }));
    const twice = new EnablePolicyTypeCommand({ RootId: rootId, PolicyType: SCP });
    expect((await refusal(organizations.send(twice))).name).toBe('PolicyTypeAlreadyEnabledException');
    const elsewhere = new EnablePolicyTypeCommand({ RootId: 'r-none', PolicyType: SCP });
    expect((await refusal(organizations.send(elsewhere))).name).toBe('RootNotFoundException');
  });

  it('holds for every user, role and session of the account, whatever they may otherwise', async () => {
    const account = await createAccount();
    const administrator = await assume(account);
    const { as, user, role } = identities({ ...outcrop, clients: administrator });
    const someone = await user(unique('user'), allow('*'));
    const another = await role(unique('role'), trust({ AWS: `arn:aws:iam::${account}:root` }), allow('*'));
    const sts = new STSClient(someone.clients);
    const token = await sts.send(new GetSessionTokenCommand({}));
    const federated = await sts.send(new GetFederationTokenCommand({ Name: 'guest', Policy: allow('*') }));
    const chained = await new STSClient(administrator).send(
      new AssumeRoleCommand({ RoleArn: another.arn, RoleSessionName: 'chained' }),
    );
    const everyone = [
      administrator,
      someone.clients,
      as(token.Credentials),
      as(federated.Credentials),
      as(chained.Credentials),
    ];
    const list = (clients: typeof administrator) => new S3Client(clients).send(new ListBucketsCommand({}));
    for (const clients of everyone) await list(clients);
    await attach(await createPolicy(statement('Deny', 's3:*')), account);
    for (const clients of everyone) {
      const { name, message } = await refusal(list(clients));
      expect(name).toBe('AccessDenied');
      expect(message).toContain('with an explicit deny in a service control policy');
    }
    // Who is in the account cannot take the policy away.
    const own = new OrganizationsClient(administrator);
    const away = own.send(new DetachPolicyCommand({ PolicyId: FULL, TargetId: account }));
    expect((await refusal(away)).name).toBe('AccessDeniedException');
  });
});

describe('A declarative policy', () => {
  it('is attached once its type is enabled, and makes the effective policy of the accounts below', async () => {
    const type = 'TAG_POLICY';
    const account = await createAccount();
    const effective = (TargetId: string) =>
      organizations.send(new DescribeEffectivePolicyCommand({ PolicyType: type, TargetId }));
    const tags = (value: object) => ({
      tags: { costcenter: { tag_key: { '@@assign': 'CostCenter' }, tag_value: value } },
    });
    const [first, second] = [unique('v'), unique('v')];
    const above = await createPolicy(tags({ '@@assign': [first] }), type);
    expect((await refusal(attach(above, rootId))).name).toBe('PolicyTypeNotEnabledException');
    await organizations.send(new EnablePolicyTypeCommand({ RootId: rootId, PolicyType: type }));
    expect((await refusal(effective(account))).name).toBe('EffectivePolicyNotFoundException');
    await attach(above, rootId);
    await attach(await createPolicy(tags({ '@@append': [second] }), type), account);
    const { EffectivePolicy } = await effective(account);
    expect(EffectivePolicy).toMatchObject({ TargetId: account, PolicyType: type });
    expect(JSON.parse(EffectivePolicy!.PolicyContent!)).toEqual({
      tags: { costcenter: { tag_key: 'CostCenter', tag_value: [first, second] } },
    });
    const management = await effective(organization.MasterAccountId!);
    expect(JSON.parse(management.EffectivePolicy!.PolicyContent!).tags.costcenter.tag_value).toEqual([first]);
    await detach(above, rootId);
    expect((await refusal(effective(organization.MasterAccountId!))).name).toBe('EffectivePolicyNotFoundException');
  });

  it('that is none of its type is refused', async () => {
    const bad: [PolicyType, unknown][] = [
      ['TAG_POLICY', {}],
      ['TAG_POLICY', { tags: { a: { tag_key: { '@@assign': 'B' } } } }],
      ['TAG_POLICY', { tags: { a: { tag_value: { '@@assign': 'no list' } } } }],
      ['TAG_POLICY', { tags: { a: { colour: { '@@assign': 'red' } } } }],
      ['TAG_POLICY', { tags: { a: { tag_value: { '@@replace': ['x'] } } } }],
      ['AISERVICES_OPT_OUT_POLICY', { services: { default: { opt_out_policy: { '@@assign': 'out' } } } }],
      ['BACKUP_POLICY', { plans: { daily: { when: { '@@assign': 'now' } } } }],
    ];
    for (const [type, content] of bad)
      expect((await refusal(createPolicy(content, type))).name, JSON.stringify(content)).toBe(
        'MalformedPolicyDocumentException',
      );
    await createPolicy(
      { services: { default: { opt_out_policy: { '@@assign': 'optOut' } } } },
      'AISERVICES_OPT_OUT_POLICY',
    );
    const long = JSON.stringify({ services: { default: { opt_out_policy: { '@@assign': 'optOut' } } } }).padEnd(2_501);
    expect((await refusal(createPolicy(long, 'AISERVICES_OPT_OUT_POLICY'))).Reason).toBe(
      'POLICY_CONTENT_LIMIT_EXCEEDED',
    );
  });

  it('of a type that is not built is refused by name', async () => {
    const { name, message } = await refusal(createPolicy({}, 'RESOURCE_CONTROL_POLICY'));
    expect(name).toBe('NotImplemented');
    expect(message).toContain('RESOURCE_CONTROL_POLICY');
  });
});
