import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type CreateBucketCommandInput,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { Ids } from '../../kernel/ids.ts';

const ids = new Ids(testSeed('s3 buckets'));
const outcrop = await startForTests();
const clientIn = (region: string) => new S3Client({ ...outcrop.clients, region, followRegionRedirects: false });
const s3 = clientIn('us-east-1');
const west = clientIn('us-west-2');
const create = (Bucket: string, more: Partial<CreateBucketCommandInput> = {}, client = s3) =>
  client.send(new CreateBucketCommand({ Bucket, ...more }));
const name = (prefix = 'b') => `${prefix}-${ids.hex(12)}`;
const refusal = (error: string, status: number, more: object = {}) => ({
  name: error,
  $metadata: { httpStatusCode: status },
  ...more,
});

describe('a bucket', () => {
  it('is made once in a region, and found there by its name', async () => {
    const Bucket = name();
    expect(await create(Bucket)).toMatchObject({ Location: `/${Bucket}` });
    await create(Bucket);
    expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: 'us-east-1' });
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();

    const far = name();
    await create(far, { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }, west);
    expect(await s3.send(new HeadBucketCommand({ Bucket: far }))).toMatchObject({ BucketRegion: 'us-west-2' });
    expect((await west.send(new GetBucketLocationCommand({ Bucket: far }))).LocationConstraint).toBe('us-west-2');
    await expect(
      create(far, { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }, west),
    ).rejects.toMatchObject(refusal('BucketAlreadyOwnedByYou', 409));
  });

  it('is refused where its location and the endpoint do not fit', async () => {
    const plain = clientIn('us-west-2');
    // The SDK fills the region in by itself: take it out again before it is signed.
    plain.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body?: unknown; headers: Record<string, string> };
        delete request.body;
        request.headers['content-length'] = '0';
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    await expect(create(name(), {}, plain)).rejects.toMatchObject(refusal('IllegalLocationConstraintException', 400));
    await expect(
      create(name(), { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }, west),
    ).rejects.toMatchObject(
      refusal('IllegalLocationConstraintException', 400, {
        message:
          'The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
      }),
    );
    await expect(
      create(name(), { CreateBucketConfiguration: { LocationConstraint: 'nowhere' as never } }),
    ).rejects.toMatchObject(refusal('InvalidLocationConstraint', 400));
  });

  it('is refused under a name that breaks the rules', async () => {
    const bad = [
      'ab',
      'a'.repeat(64),
      'Upper',
      'under_score',
      '-start',
      'end-',
      'a..b',
      '192.168.0.1',
      'xn--name',
      'name-s3alias',
      'name--x-s3',
      'sthree-x',
    ];
    for (const Bucket of bad) await expect(create(Bucket)).rejects.toMatchObject(refusal('InvalidBucketName', 400));
    for (const Bucket of ['abc', 'a'.repeat(63), 'dots.and-dashes.0']) await create(Bucket);
  });

  it('is no more after it was deleted, which it must be empty for', async () => {
    const Bucket = name();
    await create(Bucket);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(refusal('BucketNotEmpty', 409));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject(refusal('NotFound', 404));
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(
      refusal('NoSuchBucket', 404, { BucketName: Bucket }),
    );
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).rejects.toMatchObject(
      refusal('NoSuchBucket', 404),
    );
  });

  it('that only holds old versions is not empty', async () => {
    const Bucket = name();
    await create(Bucket);
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(
      refusal('BucketNotEmpty', 409, {
        message: 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
      }),
    );
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  it('answers only to its expected owner', async () => {
    const Bucket = name();
    await create(Bucket);
    const stranger = { Bucket, ExpectedBucketOwner: '111122223333' };
    await expect(s3.send(new ListObjectsV2Command(stranger))).rejects.toMatchObject(
      refusal('AccessDenied', 403, { message: 'Access Denied' }),
    );
    await expect(s3.send(new PutObjectCommand({ ...stranger, Key: 'k', Body: 'x' }))).rejects.toMatchObject(
      refusal('AccessDenied', 403),
    );
    await s3.send(new ListObjectsV2Command({ Bucket, ExpectedBucketOwner: '000000000000' }));
  });

  it('tells its versioning, which never goes off again', async () => {
    const Bucket = name();
    await create(Bucket);
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    for (const Status of ['Enabled', 'Suspended', 'Enabled'] as const) {
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
      expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe(Status);
    }
    const locked = name();
    await create(locked, { ObjectLockEnabledForBucket: true });
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: locked }))).Status).toBe('Enabled');
    await expect(
      s3.send(new PutBucketVersioningCommand({ Bucket: locked, VersioningConfiguration: { Status: 'Suspended' } })),
    ).rejects.toMatchObject(refusal('InvalidBucketState', 409));
    await expect(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: {} })),
    ).rejects.toMatchObject(refusal('IllegalVersioningConfigurationException', 400));
    await expect(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'On' as never } })),
    ).rejects.toMatchObject(refusal('MalformedXML', 400));
  });
});

describe('the list of buckets', () => {
  it('is paged in order, by prefix and region', async () => {
    const prefix = `list${ids.hex(8)}`;
    const names = Array.from({ length: 7 }, (_, i) => `${prefix}-${i}`);
    for (const [i, Bucket] of [...names.entries()].reverse()) {
      await create(Bucket, i % 2 ? { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } } : {});
    }
    const found: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListBucketsCommand({ Prefix: prefix, MaxBuckets: 3, ContinuationToken }));
      found.push(...page.Buckets!.map(({ Name }) => Name!));
      expect(page.Buckets!.length).toBeLessThanOrEqual(3);
      expect(page.Owner!.ID).toMatch(/^[0-9a-f]{64}$/);
      ({ ContinuationToken } = page);
    } while (ContinuationToken);
    expect(found).toEqual(names);
    const european = await s3.send(new ListBucketsCommand({ Prefix: prefix, BucketRegion: 'eu-central-1' }));
    expect(european.Buckets!.map(({ Name }) => Name)).toEqual(names.filter((_, i) => i % 2));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name)).toEqual(
      expect.arrayContaining(names),
    );
    await expect(s3.send(new ListBucketsCommand({ MaxBuckets: 0 }))).rejects.toMatchObject(
      refusal('InvalidArgument', 400),
    );
    await expect(s3.send(new ListBucketsCommand({ ContinuationToken: 'x' }))).rejects.toMatchObject(
      refusal('InvalidArgument', 400),
    );
  });
});
