import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../tests/start.ts';

type Statement = Record<string, unknown>;
type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

describe('what policies are decided by', async () => {
  const outcrop = await startForTests();
  const iam = new IAMClient(outcrop.clients);
  const account = '000000000000';
  let ann: Credentials;
  let userId: string;

  beforeAll(async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'red' }] }));
    userId = User!.UserId!;
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    ann = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: 'context' }));
  });

  const s3 = (credentials: Credentials) => new S3Client({ ...outcrop.clients, credentials });
  const grant = (...Statement: Statement[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
  const outcome = (sent: Promise<unknown>) =>
    sent.then(
      () => 'allowed',
      (error: Error) => error.name,
    );
  const list = (credentials = ann) => outcome(s3(credentials).send(new ListBucketsCommand({})));
  const when = (Condition: unknown, Action = 's3:ListAllMyBuckets', Resource = '*') => ({
    Effect: 'Allow',
    Action,
    Resource,
    Condition,
  });

  it('is the policies of the moment: what is put or removed holds at the next call', async () => {
    expect(await list()).toBe('AccessDenied');
    await grant({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' });
    expect(await list()).toBe('allowed');
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'p' }));
    expect(await list()).toBe('AccessDenied');
  });

  it.each<[key: string, operator: string, right: () => string, wrong: string]>([
    ['aws:PrincipalArn', 'ArnEquals', () => `arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${account}:user/bob`],
    ['aws:PrincipalAccount', 'StringEquals', () => account, '111111111111'],
    ['aws:PrincipalType', 'StringEquals', () => 'User', 'AssumedRole'],
    ['aws:userid', 'StringEquals', () => userId, 'AIDAOTHER'],
    ['aws:username', 'StringEquals', () => 'ann', 'bob'],
    ['aws:SourceIp', 'IpAddress', () => '127.0.0.0/8', '10.0.0.0/8'],
    ['aws:SecureTransport', 'Bool', () => 'false', 'true'],
    ['aws:UserAgent', 'StringLike', () => 'aws-sdk-js/*', 'curl/*'],
    ['aws:RequestedRegion', 'StringEquals', () => 'us-east-1', 'eu-west-1'],
    ['aws:CurrentTime', 'DateGreaterThan', () => '2020-01-01T00:00:00Z', '2120-01-01T00:00:00Z'],
    ['aws:EpochTime', 'DateGreaterThan', () => '1577836800', '4733510400'],
    ['aws:PrincipalTag/team', 'StringEquals', () => 'red', 'blue'],
    ['aws:PrincipalTag/TEAM', 'StringEquals', () => 'red', 'blue'],
    ['aws:PrincipalIsAWSService', 'Bool', () => 'false', 'true'],
    ['aws:ViaAWSService', 'Bool', () => 'false', 'true'],
    ['aws:MultiFactorAuthPresent', 'Null', () => 'true', 'false'],
    ['aws:TokenIssueTime', 'Null', () => 'true', 'false'],
    ['aws:SourceArn', 'Null', () => 'true', 'false'],
  ])('has %s with its true value', async (key, operator, right, wrong) => {
    await grant(when({ [operator]: { [key]: wrong } }));
    expect(await list(), `${key} ${operator} ${wrong}`).toBe('AccessDenied');
    await grant(when({ [operator]: { [key]: right() } }));
    expect(await list(), `${key} ${operator} ${right()}`).toBe('allowed');
  });

  it('has the time of the virtual clock', async () => {
    const limit = new Date(outcrop.clock.now().getTime() + 3_600_000).toISOString();
    await grant(when({ DateLessThan: { 'aws:CurrentTime': limit } }));
    expect(await list()).toBe('allowed');
    await outcrop.clock.advance(2 * 3_600_000);
    expect(await list()).toBe('AccessDenied');
  });

  it('has the tags of the moment, of a session for a session', async () => {
    await grant(when({ StringEquals: { 'aws:PrincipalTag/team': 'green' } }));
    expect(await list()).toBe('AccessDenied');
    await iam.send(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'green' }] }));
    expect(await list()).toBe('allowed');
  });

  it('says of a session when it began and that no second factor was shown', async () => {
    const { Credentials } = await new STSClient({ ...outcrop.clients, credentials: ann }).send(
      new GetSessionTokenCommand({}),
    );
    const session = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    await grant(
      when({
        Bool: { 'aws:MultiFactorAuthPresent': 'false' },
        DateLessThan: { 'aws:TokenIssueTime': '2120-01-01T00:00:00Z' },
      }),
    );
    expect(await list(session)).toBe('allowed');
    expect(await list()).toBe('AccessDenied');
  });

  it('has the keys of the service: a prefix of S3', async () => {
    await grant(when({ StringLike: { 's3:prefix': 'home/ann/*' } }, 's3:ListBucket', 'arn:aws:s3:::context'));
    const under = (Prefix?: string) =>
      outcome(
        s3(ann).send(new ListObjectsV2Command({ Bucket: 'context', ...(Prefix === undefined ? {} : { Prefix }) })),
      );
    expect(await under('home/ann/x')).toBe('allowed');
    expect(await under('home/bob/x')).toBe('AccessDenied');
    expect(await under()).toBe('AccessDenied');
  });

  it('has the tags that a request brings, and their keys', async () => {
    const create = (UserName: string, tags: Record<string, string>) =>
      outcome(
        new IAMClient({ ...outcrop.clients, credentials: ann }).send(
          new CreateUserCommand({ UserName, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
        ),
      );
    await grant(
      when(
        {
          StringEquals: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
        },
        'iam:CreateUser',
      ),
      { Effect: 'Allow', Action: 'iam:TagUser', Resource: '*' },
    );
    expect(await create('u1', { team: 'green' })).toBe('allowed');
    expect(await create('u2', { team: 'red' })).toBe('AccessDenied');
    expect(await create('u3', { team: 'green', owner: 'x' })).toBe('AccessDenied');
    expect(await create('u4', {})).toBe('AccessDenied');
  });

  it('has the tags of the resource', async () => {
    for (const [name, team] of [
      ['mine', 'green'],
      ['theirs', 'red'],
    ] as const)
      await iam.send(new CreateUserCommand({ UserName: name, Tags: [{ Key: 'team', Value: team }] }));
    await grant(when({ StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }, 'iam:DeleteUser'));
    const remove = (UserName: string) =>
      outcome(new IAMClient({ ...outcrop.clients, credentials: ann }).send(new DeleteUserCommand({ UserName })));
    expect(await remove('theirs')).toBe('AccessDenied');
    expect(await remove('mine')).toBe('allowed');
  });

  it('has the guardrail of a model call: without it the call is denied, with it the call gets on', async () => {
    await grant(
      when(
        { StringEquals: { 'bedrock:GuardrailIdentifier': `arn:aws:bedrock:us-east-1:${account}:guardrail/abc123:1` } },
        'bedrock:InvokeModel',
      ),
    );
    const bedrock = new BedrockRuntimeClient({ ...outcrop.clients, credentials: ann });
    const converse = (guardrailVersion?: string) =>
      outcome(
        bedrock.send(
          new ConverseCommand({
            modelId: 'amazon.nova-lite-v1:0',
            messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
            ...(guardrailVersion === undefined
              ? {}
              : { guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion } }),
          }),
        ),
      );
    expect(await converse()).toBe('AccessDeniedException');
    expect(await converse('2')).toBe('AccessDeniedException');
    expect(await converse('1')).not.toBe('AccessDeniedException');
  });
});
