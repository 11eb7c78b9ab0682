import { createHmac } from 'node:crypto';
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateUserCommand, IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DecodeAuthorizationMessageCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { signingKey } from '../../src/kernel/signing.ts';
import { accountsOf } from '../accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: review of authorisation'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { iam, user } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);
const ssm = new SSMClient(outcrop.clients);

/** May do everything but for one thing. */
const allBut = (Action: string, Resource: string, more = {}) =>
  policy({ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action, Resource, ...more });

describe('A deny of an ARN', () => {
  it('holds whatever partition the region belongs to that a request is signed for', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'x' }));
    const eve = await user(
      fresh('eve'),
      allBut('*', '*', { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:*:*:*:*' } } }),
    );
    const mallory = await user(fresh('mallory'), allBut('s3:*', `arn:aws:s3:::${Bucket}/*`));
    for (const region of ['cn-north-1', 'us-gov-west-1', 'us-east-1']) {
      const read = (clients: typeof eve.clients) =>
        new S3Client({ ...clients, region }).send(new GetObjectCommand({ Bucket, Key: 'secret' }));
      for (const { clients } of [eve, mallory])
        expect((await refusal(read(clients))).name, region).toMatch(/^(AccessDenied|InvalidAccessKeyId)$/);
      const make = new IAMClient({ ...eve.clients, region }).send(new CreateUserCommand({ UserName: fresh('made') }));
      expect((await refusal(make)).name, region).toMatch(/^(AccessDenied|InvalidClientTokenId)$/);
    }
    expect(
      (await refusal(new STSClient({ ...eve.clients, region: 'cn-north-1' }).send(new GetCallerIdentityCommand())))
        .name,
    ).toBe('InvalidClientTokenId');
  });

  it('holds for the same parameter under an ARN with a made-up partition', async () => {
    const Name = fresh('parameter');
    await ssm.send(new PutParameterCommand({ Name, Value: 'secret', Type: 'String' }));
    const eve = await user(fresh('eve'), allBut('ssm:*', `arn:aws:ssm:*:${ACCOUNT}:parameter/${Name}`));
    const theirs = new SSMClient(eve.clients);
    for (const partition of ['aws', 'foo', 'aws-cn', 'AWS', '*']) {
      const named = `arn:${partition}:ssm:us-east-1:${ACCOUNT}:parameter/${Name}`;
      const { name } = await refusal(theirs.send(new GetParameterCommand({ Name: named })));
      expect([name, partition]).toEqual(['AccessDeniedException', partition]);
    }
    expect((await refusal(theirs.send(new DeleteParameterCommand({ Name })))).name).toBe('AccessDeniedException');
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value).toBe('secret');
  });

  it('or an allow by the tags of a parameter is not got around by another that has the same ARN', async () => {
    const name = fresh('parameter');
    const tagged = (Name: string, Value: string, team: string) =>
      new PutParameterCommand({ Name, Value, Type: 'String', Tags: [{ Key: 'team', Value: team }] });
    await ssm.send(tagged(`/${name}`, 'secret', 'red'));
    const eve = await user(
      fresh('eve'),
      policy(
        {
          Effect: 'Allow',
          Action: 'ssm:GetParameter*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
        },
        {
          Effect: 'Allow',
          Action: ['ssm:PutParameter', 'ssm:AddTagsToResource'],
          Resource: '*',
          Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } },
        },
      ),
    );
    const theirs = new SSMClient(eve.clients);
    expect((await refusal(theirs.send(tagged(name, 'mine', 'blue')))).name).toBe('ParameterAlreadyExists');
    await theirs.send(tagged(`${name}-own`, 'mine', 'blue'));
    expect((await refusal(ssm.send(tagged(`/${name}-own`, 'other', 'red')))).name).toBe('ParameterAlreadyExists');
    for (const Name of [`/${name}`, name])
      expect((await refusal(theirs.send(new GetParameterCommand({ Name })))).name).toBe('AccessDeniedException');
    expect((await theirs.send(new GetParameterCommand({ Name: `${name}-own` }))).Parameter!.Value).toBe('mine');
  });

  it('holds for the trail that it guards, under an ARN with a made-up partition', async () => {
    const trails = new CloudTrailClient(outcrop.clients);
    const [Bucket, Name] = [fresh('logs'), fresh('trail')];
    await s3.send(new CreateBucketCommand({ Bucket }));
    const Principal = { Service: 'cloudtrail.amazonaws.com' };
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy(
          { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${Bucket}` },
          { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` },
        ),
      }),
    );
    await trails.send(new CreateTrailCommand({ Name, S3BucketName: Bucket }));
    await trails.send(new StartLoggingCommand({ Name }));
    const eve = await user(fresh('eve'), allBut('cloudtrail:*', `arn:aws:cloudtrail:*:${ACCOUNT}:trail/${Name}`));
    const theirs = new CloudTrailClient(eve.clients);
    for (const named of [
      Name,
      `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/${Name}`,
      `arn:foo:cloudtrail:us-east-1:${ACCOUNT}:trail/${Name}`,
      `arn:aws-cn:cloudtrail:us-east-1:${ACCOUNT}:trail/${Name}`,
    ])
      expect((await refusal(theirs.send(new StopLoggingCommand({ Name: named })))).name, named).toBe(
        'AccessDeniedException',
      );
    expect((await trails.send(new GetTrailStatusCommand({ Name }))).IsLogging).toBe(true);
  });
});

describe('A deny of regions', () => {
  it('looks at the region of a bucket, and not at the one that a request was signed for', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const eve = await user(
      fresh('eve'),
      allBut('s3:*', '*', { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } }),
    );
    const list = (region: string) =>
      new S3Client({ ...eve.clients, region }).send(new ListObjectsV2Command({ Bucket }));
    expect((await refusal(list('us-east-1'))).name).toBe('AccessDenied');
    expect((await refusal(list('eu-west-1'))).name).toBe('AccessDenied');
  });

  it('finds services without regions in the first one, whatever region their requests were signed for', async () => {
    const eve = await user(
      fresh('eve'),
      allBut('iam:*', '*', { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } }),
    );
    for (const region of ['us-east-1', 'eu-west-1']) {
      const make = new IAMClient({ ...eve.clients, region }).send(new CreateUserCommand({ UserName: fresh('made') }));
      expect((await refusal(make)).name).toBe('AccessDenied');
    }
  });
});

describe('A form that is posted to a bucket', () => {
  it('is refused when the key that signed it is turned off', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const anna = await user(fresh('anna'), allow('s3:PutObject'));
    const post = async (key: string) => {
      const { accessKeyId, secretAccessKey } = anna.clients.credentials;
      const timestamp = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
      const scope = { date: timestamp.slice(0, 8), region: 'us-east-1', service: 's3' };
      const credential = `${accessKeyId}/${scope.date}/${scope.region}/s3/aws4_request`;
      const document = {
        expiration: new Date(Date.now() + 600_000).toISOString(),
        conditions: [
          { bucket: Bucket },
          { key },
          { 'x-amz-algorithm': 'AWS4-HMAC-SHA256' },
          { 'x-amz-credential': credential },
          { 'x-amz-date': timestamp },
        ],
      };
      const encoded = Buffer.from(JSON.stringify(document)).toString('base64');
      const form = new FormData();
      for (const [name, value] of Object.entries({
        key,
        policy: encoded,
        'x-amz-algorithm': 'AWS4-HMAC-SHA256',
        'x-amz-credential': credential,
        'x-amz-date': timestamp,
        'x-amz-signature': createHmac('sha256', signingKey(secretAccessKey, scope)).update(encoded).digest('hex'),
      }))
        form.append(name, value);
      form.append('file', new Blob(['content']));
      const answer = await fetch(`${outcrop.endpoint}/${Bucket}`, { method: 'POST', body: form });
      return { status: answer.status, text: await answer.text() };
    };
    expect(await post('before')).toMatchObject({ status: 204 });
    const { accessKeyId: AccessKeyId } = anna.clients.credentials;
    await iam.send(new UpdateAccessKeyCommand({ UserName: anna.name, AccessKeyId, Status: 'Inactive' }));
    expect(await post('after')).toMatchObject({ status: 403, text: expect.stringContaining('InvalidAccessKeyId') });
    await iam.send(new UpdateAccessKeyCommand({ UserName: anna.name, AccessKeyId, Status: 'Active' }));
    expect(await post('again')).toMatchObject({ status: 204 });
  });
});

describe('An encoded message of a denial across accounts', async () => {
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { createAccount, assume } = accountsOf(outcrop);

  it('is read by the account whose resource it was about, and not by the one that was denied', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const Sid = 'OnlyFromTheOffice';
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({
          Sid,
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:ListBucket',
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
        }),
      }),
    );
    const there = await assume(await createAccount());
    const error = (await new S3Client(there)
      .send(new ListObjectsV2Command({ Bucket }))
      .catch((caught: unknown) => caught)) as {
      name: string;
      message: string;
      $response: { headers: Record<string, string> };
    };
    expect([error.name, error.message]).toEqual(['AccessDenied', 'Access Denied']);
    const EncodedMessage = error.$response.headers['x-outcrop-authorization-message']!;
    const open = (clients: typeof there) =>
      new STSClient(clients).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }));
    expect((await refusal(open(there))).name).toBe('InvalidAuthorizationMessageException');
    expect((await open(outcrop.clients)).DecodedMessage).toContain(Sid);
  });
});
