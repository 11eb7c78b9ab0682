import {
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';
import { anonymous } from './accounts.fixture.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const nobody = anonymous(outcrop);
const { user, role, iam } = identities(outcrop);
const random = generator(testSeed('s3 authorization'));
const integer = (max: number) => Math.floor(random() * max);
const fresh = (prefix: string) => `${prefix}-${integer(1e9)}`;
const DENIED = { name: 'AccessDenied', status: 403 };

async function makeBucket(keys: string[] = []): Promise<string> {
  const Bucket = fresh('bucket');
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: `content of ${Key}` }));
  return Bucket;
}

async function makeUser(document?: string) {
  const made = await user(fresh('user'), document);
  return { ...made, s3: new S3Client(made.clients) };
}

const onBucket = (Bucket: string, ...Statement: Record<string, unknown>[]) =>
  s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: policy(
        ...Statement.map((one) => ({
          Effect: 'Allow',
          Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
          ...one,
        })),
      ),
    }),
  );

const text = async (client: S3Client, Bucket: string, Key: string, VersionId?: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString();

describe('identity policies', () => {
  it('let a user into a folder, and nowhere else', async () => {
    const Bucket = await makeBucket(['home/ann/a', 'home/ben/b']);
    const ann = await makeUser(
      policy(
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { StringLike: { 's3:prefix': 'home/ann/*' }, NumericLessThanEquals: { 's3:max-keys': '10' } },
        },
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${Bucket}/home/ann/*` },
      ),
    );
    const list = (Prefix?: string, MaxKeys = 10) => ann.s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys }));
    expect((await list('home/ann/')).Contents!.map(({ Key }) => Key)).toEqual(['home/ann/a']);
    expect(await refusal(list('home/ben/'))).toEqual({
      ...DENIED,
      message: `User: ${ann.arn} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${Bucket}" because no identity-based policy allows the s3:ListBucket action`,
    });
    expect(await refusal(list())).toMatchObject(DENIED);
    expect(await refusal(list('home/ann/', 11))).toMatchObject(DENIED);
    expect(await text(ann.s3, Bucket, 'home/ann/a')).toBe('content of home/ann/a');
    expect(await refusal(text(ann.s3, Bucket, 'home/ben/b'))).toMatchObject(DENIED);
    await ann.s3.send(new PutObjectCommand({ Bucket, Key: 'home/ann/new', Body: 'x' }));
    const remove = new DeleteObjectCommand({ Bucket, Key: 'home/ann/new' });
    expect(await refusal(ann.s3.send(remove))).toMatchObject(DENIED);
    expect(await refusal(ann.s3.send(new ListBucketsCommand({})))).toMatchObject(DENIED);
    expect(await refusal(ann.s3.send(new CreateBucketCommand({ Bucket: fresh('mine') })))).toMatchObject(DENIED);
  });

  it('decide whether a caller is told that something is not there', async () => {
    const Bucket = await makeBucket();
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'deleted', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));
    const reader = await makeUser(allow(['s3:GetObject', 's3:GetObjectVersion']));
    const lister = await makeUser(allow(['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']));
    for (const Key of ['missing', 'deleted']) {
      expect(await refusal(text(reader.s3, Bucket, Key))).toMatchObject(DENIED);
      expect((await refusal(reader.s3.send(new HeadObjectCommand({ Bucket, Key })))).status).toBe(403);
      expect(await refusal(text(lister.s3, Bucket, Key))).toMatchObject({ name: 'NoSuchKey', status: 404 });
    }
    const gone = '0123456789abcdefABCDEF0123456789';
    expect(await refusal(text(lister.s3, Bucket, 'deleted', gone))).toMatchObject({ name: 'NoSuchVersion' });
    // That a bucket is not there is told to everybody.
    const stranger = await makeUser();
    const Missing = fresh('no-such');
    expect(await refusal(text(stranger.s3, Missing, 'k'))).toMatchObject({ name: 'NoSuchBucket', status: 404 });
    expect(await refusal(text(nobody, Missing, 'k'))).toMatchObject({ name: 'NoSuchBucket' });
    expect((await refusal(stranger.s3.send(new HeadBucketCommand({ Bucket })))).status).toBe(403);
  });

  it('are asked for each key of a DeleteObjects', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `${i % 2 ? 'odd' : 'even'}/${i}`);
    const Bucket = await makeBucket(keys);
    const half = await makeUser(allow('s3:DeleteObject', `arn:aws:s3:::${Bucket}/odd/*`));
    const { Deleted, Errors } = await half.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
    );
    expect(Deleted!.map(({ Key }) => Key)).toEqual(keys.filter((key) => key.startsWith('odd')));
    expect(Errors!.map(({ Key, Code }) => [Key, Code])).toEqual(
      keys.filter((key) => key.startsWith('even')).map((key) => [key, 'AccessDenied']),
    );
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(KeyCount).toBe(10);
  });

  it('are asked on both sides of a copy, and for the tags that go with it', async () => {
    const [from, to] = [await makeBucket(['plain']), await makeBucket()];
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'tagged', Body: 'x', Tagging: 'a=b' }));
    const read = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:aws:s3:::${from}/*` };
    const write = { Effect: 'Allow', Action: ['s3:PutObject'], Resource: `arn:aws:s3:::${to}/*` };
    const copier = await makeUser(policy(read, write));
    const [reader, writer] = [await makeUser(policy(read)), await makeUser(policy(write))];
    const copy = (client: S3Client, key: string, more: object = {}) =>
      client.send(new CopyObjectCommand({ Bucket: to, Key: key, CopySource: `${from}/${key}`, ...more }));
    expect(await refusal(copy(reader.s3, 'plain'))).toMatchObject(DENIED);
    expect(await refusal(copy(writer.s3, 'plain'))).toMatchObject(DENIED);
    await copy(copier.s3, 'plain');
    expect(await refusal(copy(copier.s3, 'tagged'))).toMatchObject(DENIED);
    await copy(copier.s3, 'tagged', { TaggingDirective: 'REPLACE' });
    expect(await refusal(copy(copier.s3, 'plain', { TaggingDirective: 'REPLACE', Tagging: 'a=b' }))).toMatchObject(
      DENIED,
    );
    const tagger = await makeUser(
      policy(read, write, { Effect: 'Allow', Action: ['s3:GetObjectTagging', 's3:PutObjectTagging'], Resource: '*' }),
    );
    await copy(tagger.s3, 'tagged');
  });

  it('are asked for versions, attributes, tags and lists of their own', async () => {
    const Bucket = await makeBucket();
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const current = await makeUser(allow('s3:GetObject'));
    expect(await text(current.s3, Bucket, 'k')).toBe('x');
    expect(await refusal(text(current.s3, Bucket, 'k', VersionId))).toMatchObject(DENIED);
    const one = await makeUser(
      allow('s3:GetObjectVersion', '*', { Condition: { StringEquals: { 's3:VersionId': VersionId } } }),
    );
    expect(await text(one.s3, Bucket, 'k', VersionId)).toBe('x');
    const attributes = new GetObjectAttributesCommand({ Bucket, Key: 'k', ObjectAttributes: ['ObjectSize'] });
    expect(await refusal(current.s3.send(attributes))).toMatchObject(DENIED);
    const writer = await makeUser(allow('s3:PutObject'));
    const put = (more: object) => writer.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));
    await put({});
    expect(await refusal(put({ Tagging: 'a=b' }))).toMatchObject(DENIED);
    expect(await refusal(put({ ACL: 'public-read' }))).toMatchObject(DENIED);
    expect(await refusal(put({ ObjectLockLegalHoldStatus: 'ON' }))).toMatchObject(DENIED);
  });

  it('are asked whether the caller may hand over the role of a replication', async () => {
    const [from, to] = [await makeBucket(), await makeBucket()];
    for (const Bucket of [from, to])
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { arn: Role } = await role(fresh('role'), trust({ Service: 's3.amazonaws.com' }));
    const configure = (client: S3Client) =>
      client.send(
        new PutBucketReplicationCommand({
          Bucket: from,
          ReplicationConfiguration: {
            Role,
            Rules: [{ Status: 'Enabled', Prefix: '', Destination: { Bucket: `arn:aws:s3:::${to}` } }],
          },
        }),
      );
    const without = await makeUser(allow('s3:*'));
    expect(await refusal(configure(without.s3))).toMatchObject(DENIED);
    const elsewhere = await makeUser(
      policy(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: Role,
          Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
        },
      ),
    );
    expect(await refusal(configure(elsewhere.s3))).toMatchObject(DENIED);
    const passing = await makeUser(
      policy(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: Role,
          Condition: {
            StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' },
            ArnEquals: { 'iam:AssociatedResourceArn': `arn:aws:s3:::${from}` },
          },
        },
      ),
    );
    await configure(passing.s3);
  });
});

describe('bucket policies', () => {
  it('let in users of the account that have no policy of their own', async () => {
    const Bucket = await makeBucket(['k']);
    const ann = await makeUser();
    expect(await refusal(text(ann.s3, Bucket, 'k'))).toMatchObject(DENIED);
    await onBucket(Bucket, { Principal: { AWS: ann.arn }, Action: 's3:GetObject' });
    expect(await text(ann.s3, Bucket, 'k')).toBe('content of k');
    expect(await refusal(text((await makeUser()).s3, Bucket, 'k'))).toMatchObject(DENIED);
  });

  it('mean the very users that they were put for, whatever becomes of their names', async () => {
    const Bucket = await makeBucket(['k']);
    const first = await makeUser();
    const allowFirst = () => onBucket(Bucket, { Principal: { AWS: [first.arn] }, Action: 's3:GetObject' });
    await allowFirst();
    const NewUserName = fresh('renamed');
    await iam.send(new UpdateUserCommand({ UserName: first.name, NewUserName }));
    expect(await text(first.s3, Bucket, 'k')).toBe('content of k');
    // Who takes the name takes nothing else.
    const second = await user(first.name);
    expect(second.arn).toBe(first.arn);
    expect(await refusal(text(new S3Client(second.clients), Bucket, 'k'))).toMatchObject(DENIED);
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toContain(first.id);
    await allowFirst();
    expect(await text(new S3Client(second.clients), Bucket, 'k')).toBe('content of k');
    const nobodyYet = {
      Principal: { AWS: `arn:aws:iam::000000000000:user/${fresh('nobody')}` },
      Action: 's3:GetObject',
    };
    expect(await refusal(onBucket(Bucket, nobodyYet))).toEqual({
      name: 'MalformedPolicy',
      message: 'Invalid principal in policy',
      status: 400,
    });
  });

  it('deny everybody, the root too, which alone can undo it', async () => {
    const Bucket = await makeBucket(['k']);
    const admin = await makeUser(allow('*'));
    await onBucket(Bucket, { Effect: 'Deny', Principal: '*', Action: 's3:*' });
    for (const client of [s3, admin.s3]) {
      expect(await refusal(text(client, Bucket, 'k'))).toMatchObject({
        ...DENIED,
        message: expect.stringContaining('with an explicit deny in a resource-based policy'),
      });
    }
    expect(await refusal(admin.s3.send(new DeleteBucketPolicyCommand({ Bucket })))).toMatchObject(DENIED);
    await s3.send(new GetBucketPolicyCommand({ Bucket }));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await text(admin.s3, Bucket, 'k')).toBe('content of k');
  });

  it('hold writes to their headers: encryption, class, tags, conditions', async () => {
    const deny = async (Condition: object, Action = 's3:PutObject') => {
      const Bucket = await makeBucket();
      await onBucket(Bucket, { Effect: 'Deny', Principal: '*', Action, Condition });
      return (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));
    };
    const encrypted = await deny({ StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } });
    expect(await refusal(encrypted({}))).toMatchObject(DENIED);
    await encrypted({ ServerSideEncryption: 'AES256' });

    const classed = await deny({
      StringNotEquals: { 's3:x-amz-storage-class': 'STANDARD_IA' },
      Null: { 's3:x-amz-storage-class': 'false' },
    });
    await classed({});
    await classed({ StorageClass: 'STANDARD_IA' });
    expect(await refusal(classed({ StorageClass: 'GLACIER' }))).toMatchObject(DENIED);

    const tagged = await deny({ StringNotEquals: { 's3:RequestObjectTag/team': 'blue' } });
    expect(await refusal(tagged({ Tagging: 'team=red' }))).toMatchObject(DENIED);
    await tagged({ Tagging: 'team=blue&a=b' });
    const fewTags = await deny({ 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ['team'] } });
    await fewTags({ Tagging: 'team=red' });
    expect(await refusal(fewTags({ Tagging: 'team=red&a=b' }))).toMatchObject(DENIED);

    const once = await deny({
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    });
    expect(await refusal(once({}))).toMatchObject(DENIED);
    await once({ IfNoneMatch: '*' });
  });

  it('look at the tags of the object that is read', async () => {
    const Bucket = await makeBucket(['open', 'secret']);
    const tag = (Key: string, Value: string) =>
      s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'level', Value }] } }));
    await tag('open', 'public');
    await tag('secret', 'secret');
    const ann = await makeUser();
    await onBucket(Bucket, {
      Principal: { AWS: ann.arn },
      Action: 's3:GetObject',
      Condition: { StringEquals: { 's3:ExistingObjectTag/level': 'public' } },
    });
    expect(await text(ann.s3, Bucket, 'open')).toBe('content of open');
    expect(await refusal(text(ann.s3, Bucket, 'secret'))).toMatchObject(DENIED);
    await tag('secret', 'public');
    expect(await text(ann.s3, Bucket, 'secret')).toBe('content of secret');
  });

  it('open a bucket to everybody only where public access is not blocked', async () => {
    const Bucket = await makeBucket(['k']);
    expect(await refusal(text(nobody, Bucket, 'k'))).toEqual({ ...DENIED, message: 'Access Denied' });
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    expect(await refusal(text(nobody, Bucket, 'k'))).toMatchObject(DENIED);
    await onBucket(Bucket, { Principal: '*', Action: 's3:GetObject' });
    expect(await text(nobody, Bucket, 'k')).toBe('content of k');
    expect(await refusal(nobody.send(new ListObjectsV2Command({ Bucket })))).toMatchObject(DENIED);
    expect(await refusal(nobody.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })))).toMatchObject(DENIED);
    expect(await refusal(text(nobody, Bucket, 'missing'))).toMatchObject(DENIED);
    // Within the account the policy goes on; outside it does not.
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }),
    );
    expect(await refusal(text(nobody, Bucket, 'k'))).toMatchObject(DENIED);
    expect(await text((await makeUser()).s3, Bucket, 'k')).toBe('content of k');
  });
});

describe('what was signed beforehand', () => {
  it('has the rights of its signer at the time of use', async () => {
    const Bucket = await makeBucket(['k']);
    const ann = await makeUser(allow('s3:GetObject'));
    const url = await getSignedUrl(ann.s3, new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(await (await fetch(url)).text()).toBe('content of k');
    await iam.send(
      new PutUserPolicyCommand({
        UserName: ann.name,
        PolicyName: 'own',
        PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::elsewhere/*'),
      }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
  });
});

describe('MFA delete', () => {
  it('holds versions until the root shows a code of its second factor, each once', async () => {
    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: fresh('root') }),
    );
    const { SerialNumber, Base32StringSeed } = VirtualMFADevice!;
    const totp = new TOTP({ secret: Secret.fromBase32(Buffer.from(Base32StringSeed!).toString()) });
    const code = (step = 0) => totp.generate({ timestamp: outcrop.clock.now().getTime() + step * 30_000 });
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code() };
    await iam.send(new EnableMFADeviceCommand({ UserName: '000000000000', SerialNumber, ...codes }));
    const next = async () => {
      await outcrop.clock.advance(30_000);
      return `${SerialNumber} ${code()}`;
    };
    const Bucket = await makeBucket();
    const version = (MFA?: string, client = s3, MFADelete: 'Enabled' | 'Disabled' = 'Enabled') =>
      client.send(
        new PutBucketVersioningCommand({ Bucket, MFA, VersioningConfiguration: { Status: 'Enabled', MFADelete } }),
      );
    const needed = { ...DENIED, message: 'Mfa Authentication must be used for this request' };
    expect(await refusal(version())).toEqual(needed);
    const admin = await makeUser(allow('*'));
    expect(await refusal(version(await next(), admin.s3))).toMatchObject(DENIED);
    expect(await refusal(version(`${SerialNumber} 000000`))).toMatchObject(DENIED);
    await version(await next());
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({
      Status: 'Enabled',
      MFADelete: 'Enabled',
    });
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const remove = (MFA?: string, client = s3) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId, MFA }));
    // A marker loses nothing.
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    for (const client of [s3, admin.s3]) expect(await refusal(remove(undefined, client))).toEqual(needed);
    const { Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k', VersionId }] } }),
    );
    expect(Errors).toMatchObject([{ Key: 'k', Code: 'AccessDenied' }]);
    const used = await next();
    await remove(used);
    expect(await refusal(remove(used))).toMatchObject(DENIED);
    expect(await refusal(version(undefined, s3, 'Disabled'))).toEqual(needed);
    await version(await next(), s3, 'Disabled');
    await version(undefined, s3, 'Disabled');
  });
});
