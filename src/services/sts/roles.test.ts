import {
  CreatePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client, CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
  type AssumeRoleCommandInput,
} from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts roles'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, user, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const assume = (clients: object, input: Partial<AssumeRoleCommandInput> & { RoleArn: string }) =>
  new STSClient({ maxAttempts: 1, ...clients }).send(new AssumeRoleCommand({ RoleSessionName: 'session', ...input }));
const whoIs = (clients: object) => new STSClient(clients).send(new GetCallerIdentityCommand());
/** A user who may assume everything, and step into roles as it likes. */
const anna = await user(fresh('anna'), allow('sts:*'));

describe('A role', () => {
  it('gives who assumes it a session of its own name and id, and what the role may', async () => {
    const operator = await role(fresh('operator'), trust(ROOT), allow('s3:ListAllMyBuckets'), { Path: '/team/a/' });
    const RoleSessionName = fresh('by');
    const { Credentials, AssumedRoleUser, PackedPolicySize, SourceIdentity, ...sizes } = await assume(anna.clients, {
      RoleArn: operator.arn,
      RoleSessionName,
    });
    const Arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${operator.name}/${RoleSessionName}`;
    expect(AssumedRoleUser).toEqual({ Arn, AssumedRoleId: `${operator.id}:${RoleSessionName}` });
    expect(Credentials!.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials!.SecretAccessKey).toHaveLength(40);
    expect(Credentials!.Expiration).toEqual(new Date(outcrop.clock.now().getTime() + 3_600_000));
    expect([PackedPolicySize, SourceIdentity]).toEqual([undefined, undefined]);
    expect(sizes.SessionTokenSize).toBe(Credentials!.SessionToken!.length);
    expect(sizes.SessionTokenUtilization).toBe(Math.ceil((100 * Credentials!.SessionToken!.length) / 4_096));
    expect(await whoIs(as(Credentials))).toMatchObject({
      Account: ACCOUNT,
      Arn,
      UserId: `${operator.id}:${RoleSessionName}`,
    });
    await new S3Client(as(Credentials)).send(new ListBucketsCommand());
    expect(
      await refusal(new S3Client(as(Credentials)).send(new CreateBucketCommand({ Bucket: 'no-such' }))),
    ).toMatchObject({ name: 'AccessDenied' });
  });

  it('lets in those whom its trust policy names; the whole account only as far as its own policies go', async () => {
    const nobody = await user(fresh('nobody'));
    const direct = await role(fresh('direct'), trust({ AWS: nobody.arn }));
    const ofAccount = await role(fresh('account'), trust(ROOT));
    await assume(nobody.clients, { RoleArn: direct.arn });
    expect(await refusal(assume(nobody.clients, { RoleArn: ofAccount.arn }))).toEqual({
      name: 'AccessDenied',
      message: `User: ${nobody.arn} is not authorized to perform: sts:AssumeRole on resource: ${ofAccount.arn} because no identity-based policy allows the sts:AssumeRole action`,
      status: 403,
    });
    const refused = await refusal(assume(anna.clients, { RoleArn: direct.arn }));
    expect(refused).toMatchObject({ name: 'AccessDenied', status: 403 });
    expect(refused.message).toMatch(
      `User: ${anna.arn} is not authorized to perform: sts:AssumeRole on resource: ${direct.arn}`,
    );
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: direct.name, PolicyDocument: trust({ AWS: anna.arn }) }),
    );
    await assume(anna.clients, { RoleArn: direct.arn });
    expect(await refusal(assume(nobody.clients, { RoleArn: direct.arn }))).toMatchObject({ name: 'AccessDenied' });
  });

  it('that is not there is answered for as one that does not trust the caller', async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${fresh('missing')}`;
    const { name, message, status } = await refusal(assume(anna.clients, { RoleArn }));
    expect([name, status]).toEqual(['AccessDenied', 403]);
    expect(message).toMatch(`User: ${anna.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`);
    const elsewhere = await role(fresh('pathed'), trust(ROOT), undefined, { Path: '/a/' });
    expect(await refusal(assume(anna.clients, { RoleArn: elsewhere.arn.replace('/a/', '/') }))).toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('may not be assumed by the root of an account', async () => {
    const any = await role(fresh('any'), trust('*'));
    expect(await refusal(assume(outcrop.clients, { RoleArn: any.arn }))).toEqual({
      name: 'AccessDenied',
      message: 'Roles may not be assumed by root accounts.',
      status: 403,
    });
  });

  it('that was deleted and made again is none to the sessions of the first', async () => {
    const name = fresh('again');
    const first = await role(name, trust(ROOT), allow('s3:ListAllMyBuckets'));
    const { Credentials } = await assume(anna.clients, { RoleArn: first.arn });
    const list = () => new S3Client(as(Credentials)).send(new ListBucketsCommand());
    await list();
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'own' }));
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
    expect(await refusal(list())).toMatchObject({ name: 'AccessDenied' });
    await role(name, trust(ROOT), allow('s3:ListAllMyBuckets'));
    expect(await refusal(list())).toMatchObject({ name: 'AccessDenied' });
  });

  it('asks for the external id that its trust policy wants', async () => {
    const ExternalId = fresh('id');
    const vendor = await role(
      fresh('vendor'),
      trust(ROOT, { Condition: { StringEquals: { 'sts:ExternalId': ExternalId } } }),
    );
    await assume(anna.clients, { RoleArn: vendor.arn, ExternalId });
    for (const wrong of [{}, { ExternalId: `${ExternalId}x` }])
      expect(await refusal(assume(anna.clients, { RoleArn: vendor.arn, ...wrong }))).toMatchObject({
        name: 'AccessDenied',
      });
  });

  it('can hold its sessions to names', async () => {
    const named = await role(
      fresh('named'),
      trust(ROOT, { Condition: { StringLike: { 'sts:RoleSessionName': '${aws:username}' } } }),
    );
    await assume(anna.clients, { RoleArn: named.arn, RoleSessionName: anna.name });
    expect(await refusal(assume(anna.clients, { RoleArn: named.arn }))).toMatchObject({ name: 'AccessDenied' });
  });
});

describe('The time of a role session', () => {
  it('is what was asked for, from 15 minutes up to what the role allows', async () => {
    const long = await role(fresh('long'), trust(ROOT), undefined, { MaxSessionDuration: 7_200 });
    const { Credentials } = await assume(anna.clients, { RoleArn: long.arn, DurationSeconds: 7_200 });
    expect(Credentials!.Expiration).toEqual(new Date(outcrop.clock.now().getTime() + 7_200_000));
    expect(await refusal(assume(anna.clients, { RoleArn: long.arn, DurationSeconds: 7_201 }))).toEqual({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      status: 400,
    });
    expect(await refusal(assume(anna.clients, { RoleArn: long.arn, DurationSeconds: 899 }))).toEqual({
      name: 'ValidationError',
      message:
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      status: 400,
    });
  });

  it('is an hour at most along a chain of roles', async () => {
    const long = { MaxSessionDuration: 43_200 };
    const first = await role(fresh('first'), trust(ROOT), allow('sts:AssumeRole'), long);
    const second = await role(fresh('second'), trust({ AWS: first.arn }), undefined, long);
    const { Credentials } = await assume(anna.clients, { RoleArn: first.arn, DurationSeconds: 43_200 });
    expect(await refusal(assume(as(Credentials), { RoleArn: second.arn, DurationSeconds: 3_601 }))).toEqual({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      status: 400,
    });
    const chained = await assume(as(Credentials), { RoleArn: second.arn, DurationSeconds: 3_600 });
    expect((await whoIs(as(chained.Credentials))).Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:assumed-role/${second.name}/session`,
    );
  });

  it('ends by the clock of the stack', async () => {
    const short = await role(fresh('short'), trust(ROOT));
    const { Credentials } = await assume(anna.clients, { RoleArn: short.arn, DurationSeconds: 900 });
    await outcrop.clock.advance(899_999);
    await whoIs(as(Credentials));
    await outcrop.clock.advance(1);
    expect(await refusal(whoIs(as(Credentials)))).toEqual({
      name: 'ExpiredToken',
      message: 'The security token included in the request is expired',
      status: 403,
    });
  });
});

describe('Session policies', () => {
  it('narrow the role: what both allow is allowed', async () => {
    const wide = await role(fresh('wide'), trust(ROOT), allow('s3:*'));
    const Bucket = fresh('bucket');
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh('list'), PolicyDocument: allow('s3:ListAllMyBuckets') }),
    );
    for (const narrow of [{ Policy: allow('s3:ListAllMyBuckets') }, { PolicyArns: [{ arn: Policy!.Arn! }] }]) {
      const { Credentials, PackedPolicySize } = await assume(anna.clients, { RoleArn: wide.arn, ...narrow });
      expect(PackedPolicySize).toBeGreaterThan(0);
      expect(PackedPolicySize).toBeLessThanOrEqual(100);
      const s3 = new S3Client(as(Credentials));
      await s3.send(new ListBucketsCommand());
      expect(await refusal(s3.send(new CreateBucketCommand({ Bucket })))).toMatchObject({ name: 'AccessDenied' });
    }
    const { Credentials } = await assume(anna.clients, { RoleArn: wide.arn, Policy: allow('iam:*') });
    expect(await refusal(new S3Client(as(Credentials)).send(new ListBucketsCommand()))).toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('are refused when they are none, are too many, too long, or not there', async () => {
    const any = await role(fresh('any'), trust(ROOT));
    const given = (input: Partial<AssumeRoleCommandInput>) =>
      refusal(assume(anna.clients, { RoleArn: any.arn, ...input }));
    expect(await given({ Policy: '{"Version"' })).toMatchObject({
      name: 'MalformedPolicyDocumentException',
      status: 400,
    });
    expect(await given({ Policy: policy({ Effect: 'Allow', Action: 's3:*' }) })).toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
    expect(
      await given({ Policy: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*', Principal: '*' }) }),
    ).toMatchObject({ name: 'MalformedPolicyDocumentException' });
    const long = allow(
      's3:*',
      Array.from({ length: 60 }, () => `arn:aws:s3:::${fresh('bucket')}/*`),
    );
    expect(await given({ Policy: long })).toMatchObject({
      name: 'PackedPolicyTooLargeException',
      message: expect.stringMatching(/^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/),
    });
    const missing = `arn:aws:iam::${ACCOUNT}:policy/${fresh('missing')}`;
    expect(await given({ PolicyArns: [{ arn: missing }] })).toMatchObject({
      name: 'ValidationError',
      message: `Policy ${missing} does not exist or is not attachable.`,
    });
    expect(await given({ PolicyArns: Array.from({ length: 11 }, () => ({ arn: missing })) })).toMatchObject({
      name: 'ValidationError',
    });
  });
});

describe('A session token', () => {
  it('is at least as long as was asked for', async () => {
    const any = await role(fresh('any'), trust(ROOT));
    for (const MinimumSessionTokenSize of [0, 1_000 + Math.floor(random() * 3_000), 4_096]) {
      const { Credentials, SessionTokenSize } = await assume(anna.clients, {
        RoleArn: any.arn,
        MinimumSessionTokenSize,
      });
      expect(SessionTokenSize).toBe(Credentials!.SessionToken!.length);
      expect(SessionTokenSize).toBeGreaterThanOrEqual(MinimumSessionTokenSize);
      expect(SessionTokenSize).toBeLessThanOrEqual(4_096);
      await whoIs(as(Credentials));
    }
    expect(await refusal(assume(anna.clients, { RoleArn: any.arn, MinimumSessionTokenSize: 4_097 }))).toMatchObject({
      name: 'ValidationError',
    });
  });
});

describe('What is not honoured', () => {
  it('is refused by name: trusted contexts', async () => {
    const any = await role(fresh('any'), trust(ROOT));
    const ProvidedContexts = [
      { ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter', ContextAssertion: 'abcdef' },
    ];
    expect(await refusal(assume(anna.clients, { RoleArn: any.arn, ProvidedContexts }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
  });
});

describe('A session of a user', () => {
  it('assumes roles as the user does', async () => {
    const { Credentials } = await new STSClient(anna.clients).send(new GetSessionTokenCommand({}));
    const any = await role(fresh('any'), trust({ AWS: anna.arn }));
    expect((await assume(as(Credentials), { RoleArn: any.arn })).AssumedRoleUser!.Arn).toContain(
      `assumed-role/${any.name}/session`,
    );
  });
});
