import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  STSClient,
  type AssumeRoleCommandInput,
} from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts session tags'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { as, user, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const tagging = (more: object = {}) =>
  trust(ROOT, { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], ...more });
const tags = (given: Record<string, string | undefined>) =>
  Object.entries(given).map(([Key, Value]) => ({ Key, Value: Value! }));
const assume = (clients: object, input: Partial<AssumeRoleCommandInput> & { RoleArn: string }) =>
  new STSClient({ maxAttempts: 1, ...clients }).send(new AssumeRoleCommand({ RoleSessionName: 'session', ...input }));
const anna = await user(fresh('anna'), allow('sts:*'));
/** What a session may do by its tags: buckets of its team. */
const OF_TEAM = allow('s3:*', 'arn:aws:s3:::${aws:PrincipalTag/team}-*');
const head = (clients: object, Bucket: string) =>
  new S3Client(clients as never).send(new HeadBucketCommand({ Bucket }));

const red = fresh('red');
const blue = fresh('blue');
for (const team of [red, blue])
  await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: `${team}-bucket` }));

describe('The tags of a session', () => {
  it('decide what it may, and go before the tags of its role', async () => {
    const team = await role(fresh('team'), tagging(), OF_TEAM, { Tags: tags({ Team: blue }) });
    const tagged = await assume(anna.clients, { RoleArn: team.arn, Tags: tags({ team: red }) });
    expect(tagged.PackedPolicySize).toBeGreaterThan(0);
    await head(as(tagged.Credentials), `${red}-bucket`);
    await expect(head(as(tagged.Credentials), `${blue}-bucket`)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    const plain = await assume(anna.clients, { RoleArn: team.arn });
    await head(as(plain.Credentials), `${blue}-bucket`);
    await expect(head(as(plain.Credentials), `${red}-bucket`)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('must be allowed by the role, each of them if it wants', async () => {
    const untagged = await role(fresh('untagged'), trust(ROOT));
    const { name, message } = await refusal(assume(anna.clients, { RoleArn: untagged.arn, Tags: tags({ team: red }) }));
    expect(name).toBe('AccessDenied');
    expect(message).toMatch(
      `User: ${anna.arn} is not authorized to perform: sts:TagSession on resource: ${untagged.arn}`,
    );
    const held = await role(
      fresh('held'),
      tagging({
        Condition: {
          StringLike: { 'aws:RequestTag/team': [red, blue] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost'] },
        },
      }),
    );
    await assume(anna.clients, { RoleArn: held.arn, Tags: tags({ team: blue, cost: '1' }) });
    for (const wrong of [{ team: 'green' }, { cost: '1' }, { team: red, other: 'x' }])
      expect(await refusal(assume(anna.clients, { RoleArn: held.arn, Tags: tags(wrong) }))).toMatchObject({
        name: 'AccessDenied',
      });
  });

  it('that are transitive come along a chain of roles and cannot be given anew', async () => {
    const next = fresh('next');
    const first = await role(fresh('first'), tagging(), allow('sts:*'));
    const second = await role(
      next,
      tagging(),
      policy(
        ...[OF_TEAM, allow('sts:*')].flatMap(
          (one) => (JSON.parse(one) as { Statement: object[] }).Statement as Record<string, unknown>[],
        ),
      ),
    );
    const third = await role(fresh('third'), tagging(), OF_TEAM);
    const one = await assume(anna.clients, {
      RoleArn: first.arn,
      Tags: tags({ Team: red, cost: '7' }),
      TransitiveTagKeys: ['team'],
    });
    for (const again of [{ team: blue }, { TEAM: red }])
      expect(await refusal(assume(as(one.Credentials), { RoleArn: second.arn, Tags: tags(again) }))).toEqual({
        name: 'InvalidParameterValue',
        message:
          "One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        status: 400,
      });
    expect(
      await refusal(
        assume(as(one.Credentials), {
          RoleArn: second.arn,
          Tags: tags({ cost: '8' }),
          TransitiveTagKeys: ['Team', 'cost'],
        }),
      ),
    ).toEqual({
      name: 'InvalidParameterValue',
      message:
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      status: 400,
    });
    const two = await assume(as(one.Credentials), { RoleArn: second.arn, Tags: tags({ cost: '8' }) });
    await head(as(two.Credentials), `${red}-bucket`);
    const three = await assume(as(two.Credentials), { RoleArn: third.arn });
    await head(as(three.Credentials), `${red}-bucket`);
    await expect(head(as(three.Credentials), `${blue}-bucket`)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('that are transitive need a next role that takes tags', async () => {
    const first = await role(fresh('first'), tagging(), allow('sts:*'));
    const closed = await role(fresh('closed'), trust(ROOT));
    const one = await assume(anna.clients, {
      RoleArn: first.arn,
      Tags: tags({ team: red }),
      TransitiveTagKeys: ['team'],
    });
    expect((await refusal(assume(as(one.Credentials), { RoleArn: closed.arn }))).message).toMatch('sts:TagSession');
    const other = await assume(anna.clients, { RoleArn: first.arn, Tags: tags({ team: red }) });
    await assume(as(other.Credentials), { RoleArn: closed.arn });
  });

  it('are refused when they repeat, are reserved, are too many or take too much room', async () => {
    const { arn: RoleArn } = await role(fresh('any'), tagging());
    const given = (input: Partial<AssumeRoleCommandInput>) => refusal(assume(anna.clients, { RoleArn, ...input }));
    expect(await given({ Tags: [...tags({ Team: 'a' }), ...tags({ team: 'b' })] })).toEqual({
      name: 'InvalidParameterValue',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      status: 400,
    });
    expect(await given({ Tags: tags({ 'aws:team': 'x' }) })).toMatchObject({ name: 'InvalidParameterValue' });
    expect(await given({ Tags: tags({ team: 'x' }), TransitiveTagKeys: ['tem'] })).toEqual({
      name: 'ValidationError',
      message: 'The specified transitive tag key must be included in the requested tags.',
      status: 400,
    });
    expect(
      await given({ Tags: tags(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, '']))) }),
    ).toMatchObject({ name: 'ValidationError' });
    // The one figure that AWS's answer is known for.
    const nine = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`T${n + 1}`, 'a'.repeat(250)]));
    expect(await given({ Tags: tags(nine) })).toEqual({
      name: 'PackedPolicyTooLargeException',
      message: 'Packed size of session tags consumes 498% of allotted space.',
      status: 400,
    });
  });

  it('of a federated user need permission of their own', async () => {
    const app = await user(
      fresh('app'),
      policy({ Effect: 'Allow', Action: ['sts:GetFederationToken', 's3:*'], Resource: '*' }),
    );
    const federate = (clients: object) =>
      new STSClient(clients).send(
        new GetFederationTokenCommand({ Name: 'bob', Policy: OF_TEAM, Tags: tags({ team: red }) }),
      );
    expect((await refusal(federate(app.clients))).message).toMatch(
      `User: ${app.arn} is not authorized to perform: sts:TagSession on resource: arn:aws:sts::${ACCOUNT}:federated-user/bob`,
    );
    const able = await user(fresh('able'), allow(['sts:*', 's3:*']));
    const { Credentials } = await federate(able.clients);
    await head(as(Credentials), `${red}-bucket`);
    await expect(head(as(Credentials), `${blue}-bucket`)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe('A source identity', () => {
  it('must be allowed, stays along a chain of roles, and cannot become another', async () => {
    const SourceIdentity = fresh('employee');
    const first = await role(fresh('first'), tagging(), allow('sts:*'));
    const onlyOf = await role(
      fresh('only'),
      trust(ROOT, {
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
        Condition: { StringEquals: { 'aws:SourceIdentity': SourceIdentity, 'sts:SourceIdentity': SourceIdentity } },
      }),
    );
    const plain = await role(fresh('plain'), trust(ROOT));
    expect((await refusal(assume(anna.clients, { RoleArn: plain.arn, SourceIdentity }))).message).toMatch(
      'sts:SetSourceIdentity',
    );
    const one = await assume(anna.clients, { RoleArn: first.arn, SourceIdentity });
    expect(one.SourceIdentity).toBe(SourceIdentity);
    const two = await assume(as(one.Credentials), { RoleArn: onlyOf.arn });
    expect(two.SourceIdentity).toBe(SourceIdentity);
    expect((await assume(as(one.Credentials), { RoleArn: onlyOf.arn, SourceIdentity })).SourceIdentity).toBe(
      SourceIdentity,
    );
    expect(
      await refusal(assume(as(one.Credentials), { RoleArn: onlyOf.arn, SourceIdentity: fresh('somebody') })),
    ).toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('sts:SetSourceIdentity') });
    const other = await assume(anna.clients, { RoleArn: first.arn, SourceIdentity: fresh('somebody') });
    expect(await refusal(assume(as(other.Credentials), { RoleArn: onlyOf.arn }))).toMatchObject({
      name: 'AccessDenied',
    });
    expect((await refusal(assume(as(one.Credentials), { RoleArn: plain.arn }))).message).toMatch(
      'sts:SetSourceIdentity',
    );
    expect((await new STSClient(as(two.Credentials)).send(new GetCallerIdentityCommand())).Arn).toContain(onlyOf.name);
  });
});
