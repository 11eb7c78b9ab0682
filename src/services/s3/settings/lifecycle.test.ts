import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const DAY_MS = 86_400_000;
const outcrop = await startForTests({ log: 'warn', clock: { frozenAt: new Date('2030-03-10T09:30:00Z') } });
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('lifecycle'));
let serial = 0;

async function makeBucket(versioned = false): Promise<string> {
  const Bucket = `lifecycle-${serial++}-${Math.floor(random() * 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (versioned)
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return Bucket;
}

const put = (Bucket: string, Rules: LifecycleRule[], size?: 'varies_by_storage_class') =>
  s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules },
      ...(size ? { TransitionDefaultMinimumObjectSize: size } : {}),
    }),
  );

const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'r',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  ...more,
});

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('accepted'),
    (error: unknown) => error as Error,
  );
  return `${error.name}: ${error.message}`;
}

async function classOf(Bucket: string, Key: string): Promise<string> {
  const found = await s3.send(new HeadObjectCommand({ Bucket, Key })).catch((error: Error) => error);
  return found instanceof Error ? found.name : (found.StorageClass ?? 'STANDARD');
}

describe('lifecycle configurations', () => {
  it('are kept as they were put, with an id for each rule and the least size of transitions', async () => {
    const Bucket = await makeBucket();
    expect(await refusal(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
      'NoSuchLifecycleConfiguration: The lifecycle configuration does not exist',
    );
    const days = 31 + Math.floor(random() * 100);
    await put(Bucket, [
      {
        Status: 'Enabled',
        Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'k', Value: 'v' }] } },
        Expiration: { Days: days },
      },
    ]);
    const found = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(found.TransitionDefaultMinimumObjectSize).toBe('all_storage_classes_128K');
    expect(found.Rules![0]).toMatchObject({
      Expiration: { Days: days },
      Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'k', Value: 'v' }] } },
    });
    expect(found.Rules![0]!.ID).toMatch(/^.{20,}$/);
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
    expect(await refusal(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toMatch(
      /^NoSuchLifecycleConfiguration/,
    );
  });

  it('are refused when they make no sense', async () => {
    const Bucket = await makeBucket();
    const cases: [LifecycleRule[], string][] = [
      [[rule({})], 'InvalidRequest: At least one action needs to be specified in a rule.'],
      [[rule({ Expiration: { Days: 0 } })], "InvalidArgument: 'Days' for Expiration action must be a positive integer"],
      [
        [rule({ Expiration: { Date: new Date('2031-01-01T01:00:00Z') } })],
        "InvalidArgument: 'Date' must be at midnight GMT",
      ],
      [
        [rule({ Transitions: [{ Days: 5, StorageClass: 'STANDARD_IA' }] })],
        "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
      ],
      [
        [rule({ Expiration: { Days: 40 }, Transitions: [{ Days: 40, StorageClass: 'GLACIER' }] })],
        "InvalidArgument: 'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action",
      ],
      [
        [rule({ Expiration: { Days: 1 } }), rule({ Expiration: { Days: 2 } })],
        'InvalidArgument: Rule ID must be unique. Found same ID for more than one rule',
      ],
      [
        [rule({ Expiration: { ExpiredObjectDeleteMarker: true }, Filter: { Tag: { Key: 'a', Value: 'b' } } })],
        'InvalidRequest: ExpiredObjectDeleteMarker cannot be specified with Tags.',
      ],
      [
        [rule({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Filter: { ObjectSizeGreaterThan: 5 } })],
        'InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with Object Size.',
      ],
    ];
    for (const [rules, message] of cases) expect(await refusal(put(Bucket, rules))).toBe(message);
    expect(await refusal(put(Bucket, [rule({ Filter: undefined, Expiration: { Days: 1 } })]))).toMatch(/^MalformedXML/);
    expect(await refusal(put(Bucket, [rule({ Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } })]))).toMatch(
      /^MalformedXML/,
    );
  });
});

describe('lifecycle rules', () => {
  it('tell in x-amz-expiration when which rule will expire an object: days after it was made, rounded up to midnight', async () => {
    const Bucket = await makeBucket();
    await put(Bucket, [
      rule({ ID: 'later', Expiration: { Days: 10 } }),
      rule({ ID: 'logs & more', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } }),
    ]);
    const made = Math.floor(outcrop.clock.now().getTime() / DAY_MS) * DAY_MS;
    const answer = await s3.send(new PutObjectCommand({ Bucket, Key: 'logs/a', Body: 'x' }));
    const expected = `expiry-date="${new Date(made + 4 * DAY_MS).toUTCString()}", rule-id="logs%20%26%20more"`;
    expect(answer.Expiration).toBe(expected);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'logs/a' }))).Expiration).toBe(expected);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }));
    await outcrop.clock.advance(made + 4 * DAY_MS - 1 - outcrop.clock.now().getTime());
    expect(await classOf(Bucket, 'logs/a')).toBe('STANDARD');
    await outcrop.clock.advance(1);
    expect(await classOf(Bucket, 'logs/a')).toBe('NotFound');
    expect(await classOf(Bucket, 'b')).toBe('STANDARD');
  });

  it('leave a delete marker on versioned buckets, expire noncurrent versions but the newest, and clear lone markers', async () => {
    const Bucket = await makeBucket(true);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push((await s3.send(new PutObjectCommand({ Bucket, Key: 'model', Body: `v${i}` }))).VersionId!);
    }
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await put(Bucket, [
      rule({ ID: 'old', NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 2 } }),
      rule({ ID: 'expire', Filter: { Prefix: 'model' }, Expiration: { Days: 6 } }),
      rule({
        ID: 'old2',
        Filter: { Prefix: 'gone' },
        NoncurrentVersionExpiration: { NoncurrentDays: 2 },
        Expiration: { ExpiredObjectDeleteMarker: true },
      }),
    ]);
    const list = async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      return {
        versions: Versions.map(({ Key, VersionId }) => `${Key}/${VersionId}`),
        markers: DeleteMarkers.map(({ Key }) => Key),
      };
    };
    await outcrop.clock.advance(2 * DAY_MS);
    expect((await list()).versions).toHaveLength(6);
    await outcrop.clock.advance(1 * DAY_MS);
    // Two noncurrent versions are kept beside the current one.
    expect((await list()).versions).toEqual([ids[4], ids[3], ids[2]].map((id) => `model/${id}`));
    await outcrop.clock.advance(1 * DAY_MS);
    expect((await list()).markers).toEqual([]);
    await outcrop.clock.advance(3 * DAY_MS);
    expect(await list()).toEqual({ versions: [ids[4], ids[3], ids[2]].map((id) => `model/${id}`), markers: ['model'] });
    expect(await classOf(Bucket, 'model')).toBe('NotFound');
  });

  it('abort uploads that were never finished, and tell so beforehand', async () => {
    const Bucket = await makeBucket();
    await put(Bucket, [
      rule({ ID: 'abort é', Filter: { Prefix: 'big/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } }),
    ]);
    const midnight = Math.floor(outcrop.clock.now().getTime() / DAY_MS) * DAY_MS;
    const doomed = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big/a' }));
    expect(doomed.AbortRuleId).toBe('abort%20%C3%A9');
    expect(doomed.AbortDate).toEqual(new Date(midnight + 4 * DAY_MS));
    await s3.send(
      new UploadPartCommand({ Bucket, Key: 'big/a', UploadId: doomed.UploadId, PartNumber: 1, Body: 'part' }),
    );
    const kept = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'small/a' }));
    await outcrop.clock.advance(5 * DAY_MS);
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads!.map(({ UploadId }) => UploadId)).toEqual([kept.UploadId]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'small/a', UploadId: kept.UploadId }));
  });

  it('move only what is large enough, to the coldest class that is due, and never back up', async () => {
    const Bucket = await makeBucket();
    const large = Buffer.alloc(128 * 1024, 1);
    await put(Bucket, [
      rule({
        ID: 'ia',
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 60, StorageClass: 'GLACIER' },
        ],
      }),
      rule({ ID: 'deep', Filter: { Prefix: 'deep/' }, Transitions: [{ Days: 30, StorageClass: 'DEEP_ARCHIVE' }] }),
      rule({
        ID: 'tiny',
        Filter: { ObjectSizeLessThan: 100 },
        Transitions: [{ Days: 30, StorageClass: 'GLACIER_IR' }],
      }),
    ]);
    for (const Key of ['large', 'deep/large']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: large }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'middling', Body: large.subarray(1) }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'tiny', Body: 'x' }));
    await outcrop.clock.advance(31 * DAY_MS);
    const classes = () => Promise.all(['large', 'deep/large', 'middling', 'tiny'].map((Key) => classOf(Bucket, Key)));
    expect(await classes()).toEqual(['STANDARD_IA', 'DEEP_ARCHIVE', 'STANDARD', 'GLACIER_IR']);
    await outcrop.clock.advance(31 * DAY_MS);
    expect(await classes()).toEqual(['GLACIER', 'DEEP_ARCHIVE', 'STANDARD', 'GLACIER_IR']);
  });
});
