import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('access'));
let serial = 0;

async function makeBucket(open = false): Promise<string> {
  const Bucket = `access-${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (open) await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  return Bucket;
}

const statement = (Bucket: string, more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/*`,
  ...more,
});
const put = (Bucket: string, Statement: unknown, version = '2012-10-17') =>
  s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: version, Statement }) }));

describe('bucket policies', () => {
  it('are kept to the letter, and removed', async () => {
    const Bucket = await makeBucket(true);
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchBucketPolicy',
      message: 'The bucket policy does not exist',
    });
    const Policy = `{ "Version": "2012-10-17",  "Statement": [${JSON.stringify(statement(Bucket, { Sid: `s${Math.floor(random() * 1e9)}` }))}] }`;
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await expect(s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchBucketPolicy',
    });
  });

  it('are refused with what is wrong with them', async () => {
    const Bucket = await makeBucket(true);
    const refused = async (Statement: unknown, message: string) =>
      expect(put(Bucket, Statement)).rejects.toMatchObject({ name: 'MalformedPolicy', message });
    await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: 'no' }))).rejects.toMatchObject({
      message: "Policies must be valid JSON and the first byte must be '{'",
    });
    await refused(statement(Bucket, { Resource: 'arn:aws:s3:::another/*' }), 'Policy has invalid resource');
    await refused(statement(Bucket, { Action: 'ec2:RunInstances' }), 'Policy has invalid action');
    await refused(statement(Bucket, { Principal: undefined }), 'Missing required field Principal');
    await refused(statement(Bucket, { Principal: { AWS: 'nobody' } }), 'Invalid principal in policy');
    await refused(statement(Bucket, { Effect: 'Maybe' }), 'Invalid effect: Maybe');
    await refused(
      statement(Bucket, { Resource: `arn:aws:s3:::${Bucket}` }),
      'Action does not apply to any resource(s) in statement',
    );
    await refused(
      statement(Bucket, { Condition: { Sometimes: { 'aws:Key': 'b' } } }),
      'Invalid Condition type : Sometimes',
    );
    await refused(statement(Bucket, { Extra: 1 }), 'Unknown field Extra');
  });

  it('are public exactly when they let in callers that nothing ties down', async () => {
    const Bucket = await makeBucket(true);
    const cases: [object, boolean][] = [
      [{}, true],
      [{ Principal: { AWS: '*' } }, true],
      [{ Principal: { AWS: 'arn:aws:iam::123456789012:root' } }, false],
      [{ Effect: 'Deny' }, false],
      [{ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, false],
      [{ Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } } }, true],
      [{ Condition: { StringLike: { 'aws:Referer': 'https://a.example/*' } } }, true],
      [{ Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }, false],
      [{ Condition: { StringLike: { 'aws:SourceVpc': 'vpc-*' } } }, true],
      [{ Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } } }, true],
      [{ Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::123456789012:root' } }, true],
    ];
    for (const [more, IsPublic] of cases) {
      await put(Bucket, statement(Bucket, more));
      expect(
        (await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus,
        `with ${JSON.stringify(more)}`,
      ).toEqual({
        IsPublic,
      });
    }
  });

  it('cannot be public while public policies are blocked, as they are in new buckets', async () => {
    const Bucket = await makeBucket();
    await expect(put(Bucket, statement(Bucket))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('because public policies are prevented by the BlockPublicPolicy setting'),
    });
    await put(Bucket, statement(Bucket, { Principal: { AWS: '123456789012' } }));
  });
});

describe('public access blocks', () => {
  it('are all on for a new bucket, and are what they are put to', async () => {
    const Bucket = await makeBucket();
    const get = async () => (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
    expect(await get()).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { IgnorePublicAcls: true } }),
    );
    expect(await get()).toEqual({
      BlockPublicAcls: false,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    });
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({
      name: 'NoSuchPublicAccessBlockConfiguration',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe('bucket ACLs and ownership', () => {
  it('switch access control lists off in new buckets', async () => {
    const Bucket = await makeBucket();
    expect((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls).toEqual({
      Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }],
    });
    await expect(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
      message: 'The bucket does not allow ACLs',
    });
    await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
    await expect(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'OwnershipControlsNotFoundError',
    });
  });

  it('keep canned, header and explicit grants once lists are on', async () => {
    const Bucket = await makeBucket(true);
    await s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
      }),
    );
    const get = () => s3.send(new GetBucketAclCommand({ Bucket }));
    const { Owner, Grants } = await get();
    expect(Owner!.ID).toMatch(/^[0-9a-f]{64}$/);
    expect(Grants).toEqual([{ Grantee: { Type: 'CanonicalUser', ID: Owner!.ID }, Permission: 'FULL_CONTROL' }]);
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
    expect((await get()).Grants).toEqual([
      ...Grants!,
      { Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' }, Permission: 'READ' },
    ]);
    const ID = Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('');
    await s3.send(new PutBucketAclCommand({ Bucket, GrantWrite: `id="${ID}"`, GrantReadACP: `id=${ID}` }));
    expect((await get()).Grants!.map(({ Permission }) => String(Permission)).sort()).toEqual(['READ_ACP', 'WRITE']);
    const AccessControlPolicy = {
      Owner,
      Grants: [{ Grantee: { Type: 'CanonicalUser' as const, ID }, Permission: 'READ' as const }],
    };
    await s3.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy }));
    expect((await get()).Grants).toEqual(AccessControlPolicy.Grants);
    await expect(
      s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidBucketAclWithObjectOwnership',
    });
  });

  it('refuse public lists where these are blocked', async () => {
    const Bucket = await makeBucket();
    await s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
      }),
    );
    await expect(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ACL: 'public-read' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }));
  });
});
