import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  CreateGroupCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

/**
 * Policies made to take long or much. None of these tests measures time: what is exponential, or quadratic in what can be long, would
 * not end before the time-out of a test.
 */
const random = generator(testSeed('threats: policy bombs'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { iam, user, role } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);
const sts = new STSClient(outcrop.clients);
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };

/** JSON of a policy whose element is given as text. */
const raw = (statement: string) =>
  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"${statement}}]}`;
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const BOMBS: Record<string, string> = {
  'nested arrays': raw(`,"Condition":${deep(60_000)}`),
  'nested objects': `${'{"Statement":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  'nested arrays where actions are': raw(`,"NotAction":${deep(60_000)}`),
  'an open end': '['.repeat(100_000),
  'a long number': raw(`,"Condition":{"NumericEquals":{"aws:EpochTime":${'9'.repeat(100_000)}}}`),
  'a long key': raw(`,"Condition":{"StringEquals":{"aws:${'a'.repeat(100_000)}":"x"}}`),
  'a long action': policy({ Effect: 'Allow', Action: `s3:${'*?'.repeat(50_000)}`, Resource: '*' }),
  'a long resource': policy({ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'*a'.repeat(50_000)}` }),
  'many statements': policy(
    ...Array.from({ length: 2_500 }, (_, n) => ({ Effect: 'Allow', Action: `s3:Get${n}`, Resource: '*' })),
  ),
  'many conditions': raw(
    `,"Condition":{"StringEquals":{${Array.from({ length: 4_000 }, (_, n) => `"aws:PrincipalTag/k${n}":"v"`).join()}}}`,
  ),
  'many values': raw(
    `,"Condition":{"StringLike":{"aws:username":[${Array.from({ length: 20_000 }, () => '"*a*b*"').join()}]}}`,
  ),
  'the same member over and over': `{${'"Statement":[],'.repeat(20_000)}"Statement":[]}`,
  "a member named like the language's own": raw(',"__proto__":{"Effect":"Allow"}'),
  another: `{"Version":"2012-10-17","__proto__":{},"constructor":1,"Statement":[]}`,
};

describe('A policy made to take long or much', () => {
  it.each(Object.entries(BOMBS))(
    'is refused wherever one can be given, and the server goes on: %s',
    async (_name, document) => {
      const someone = await user(fresh('someone'));
      const group = fresh('group');
      await iam.send(new CreateGroupCommand({ GroupName: group }));
      const Bucket = fresh('bucket');
      await s3.send(new CreateBucketCommand({ Bucket }));
      const answers = await Promise.all(
        [
          () =>
            iam.send(new PutUserPolicyCommand({ UserName: someone.name, PolicyName: 'p', PolicyDocument: document })),
          () => iam.send(new PutGroupPolicyCommand({ GroupName: group, PolicyName: 'p', PolicyDocument: document })),
          () => iam.send(new CreatePolicyCommand({ PolicyName: fresh('p'), PolicyDocument: document })),
          () => iam.send(new CreateRoleCommand({ RoleName: fresh('r'), AssumeRolePolicyDocument: document })),
          () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document })),
        ].map((give) => refusal(give())),
      );
      for (const answer of answers) expect(answer.status).toBeLessThan(500);
      expect((await refusal(s3.send(new GetBucketPolicyCommand({ Bucket })))).name).toBe('NoSuchBucketPolicy');
      await sts.send(new GetCallerIdentityCommand());
    },
  );

  it.each(Object.entries(BOMBS))('is refused as a session policy: %s', async (_name, Policy) => {
    const anna = await user(fresh('anna'), allow('sts:*'));
    const any = await role(fresh('any'), trust(ROOT));
    const { status } = await refusal(
      new STSClient(anna.clients).send(new AssumeRoleCommand({ RoleArn: any.arn, RoleSessionName: 'one', Policy })),
    );
    expect(status).toBe(400);
  });
});

describe('A pattern with many wildcards', () => {
  /** Patterns on which matching by trying everything takes for ever, and a value that almost fits. */
  const STARS = [
    [`${'a*'.repeat(200)}b`, 'a'.repeat(1_000)],
    [`${'*a'.repeat(200)}*b`, 'a'.repeat(1_000)],
    [`${'*'.repeat(400)}b`, 'a'.repeat(1_000)],
    [`${'?*'.repeat(200)}b`, 'a'.repeat(1_000)],
    [`${'*a?'.repeat(130)}b`, 'a'.repeat(1_000)],
    [`${'*aa'.repeat(130)}*ab`, 'a'.repeat(1_000)],
  ] as const;

  it('in a resource is matched against long keys at once', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (const [pattern, key] of STARS) {
      const guest = await user(fresh('guest'), allow('s3:GetObject', `arn:aws:s3:::${Bucket}/${pattern}`));
      const get = (Key: string) => refusal(new S3Client(guest.clients).send(new GetObjectCommand({ Bucket, Key })));
      for (let n = 0; n < 5; n++) expect((await get(key)).name, pattern.slice(0, 20)).toBe('AccessDenied');
      expect((await get(`${key.slice(1)}b`)).name, pattern.slice(0, 20)).toMatch(/^NoSuchKey|AccessDenied$/);
    }
  });

  it('in a condition is matched against long values at once', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (const [pattern, Prefix] of STARS) {
      const guest = await user(
        fresh('guest'),
        policy({
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: '*',
          Condition: { StringLike: { 's3:prefix': [pattern, `${pattern}c`] } },
        }),
      );
      expect((await refusal(new S3Client(guest.clients).send(new ListObjectsV2Command({ Bucket, Prefix })))).name).toBe(
        'AccessDenied',
      );
      await new S3Client(guest.clients)
        .send(new ListObjectsV2Command({ Bucket, Prefix: `${Prefix.slice(1)}b` }))
        .catch((error: Error) => expect(error.name).toBe('AccessDenied'));
    }
  });

  it('in an action is matched at once', async () => {
    const guest = await user(fresh('guest'), allow(`s3:${'*l*i*s*t'.repeat(40)}z`));
    expect((await refusal(new S3Client(guest.clients).send(new ListBucketsCommand()))).name).toBe('AccessDenied');
  });

  it('in a user agent, which anybody chooses, is matched at once', async () => {
    const guest = await user(
      fresh('guest'),
      policy({
        Effect: 'Allow',
        Action: 's3:ListAllMyBuckets',
        Resource: '*',
        Condition: { StringLike: { 'aws:UserAgent': `${'*a'.repeat(300)}*b` } },
      }),
    );
    const client = new S3Client({ ...guest.clients, customUserAgent: 'a'.repeat(8_000) });
    expect((await refusal(client.send(new ListBucketsCommand()))).name).toBe('AccessDenied');
  });
});

describe('A text that patterns of the API are held against', () => {
  it('is checked at once, however long and repetitive', async () => {
    const long = 'a'.repeat(20_000);
    for (const input of [
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${long}`, RoleSessionName: 'one' },
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/x`, RoleSessionName: `${long}!` },
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/x`, RoleSessionName: 'one', ExternalId: `${long}!` },
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/x`, RoleSessionName: 'one', Tags: [{ Key: `${long}!`, Value: '' }] },
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/x`, RoleSessionName: 'one', SerialNumber: `${long}!`, TokenCode: long },
    ])
      expect((await refusal(sts.send(new AssumeRoleCommand(input)))).name).toBe('ValidationError');
    await sts.send(new GetCallerIdentityCommand());
  });
});
