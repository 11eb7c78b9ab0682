import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
  UploadPartCommand,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { allow, identities, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GB = 2 ** 30;
const random = numbers(testSeed('glacier-s3'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-04-01T10:15:00Z') } });
const s3 = new S3Client(outcrop.clients);

/** Mulberry32: numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
const bytes = (size: number) => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const read = async (client: S3Client, Bucket: string, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.name,
  );

const USAGE: Record<string, string> = {
  STANDARD: 'TimedStorage-ByteHrs',
  STANDARD_IA: 'TimedStorage-SIA-ByteHrs',
  ONEZONE_IA: 'TimedStorage-ZIA-ByteHrs',
  GLACIER_IR: 'TimedStorage-GIR-ByteHrs',
  GLACIER: 'TimedStorage-GlacierByteHrs',
  DEEP_ARCHIVE: 'TimedStorage-GDA-ByteHrs',
};
/** What infrequent-access classes bill an object below 128 KB beside its size. */
const SMALL: Record<string, string> = {
  STANDARD_IA: 'TimedStorage-SIA-SmObjects',
  ONEZONE_IA: 'TimedStorage-ZIA-SmObjects',
  GLACIER_IR: 'TimedStorage-GIR-SmObjects',
};
/** USD per GB-month, as AWS lists them for us-east-1. */
const PRICE: Record<string, number> = {
  'TimedStorage-ByteHrs': 0.023,
  'TimedStorage-SIA-ByteHrs': 0.0125,
  'TimedStorage-SIA-SmObjects': 0.0125,
  'TimedStorage-ZIA-ByteHrs': 0.01,
  'TimedStorage-ZIA-SmObjects': 0.01,
  'TimedStorage-GIR-ByteHrs': 0.004,
  'TimedStorage-GIR-SmObjects': 0.004,
  'TimedStorage-GlacierByteHrs': 0.0036,
  'TimedStorage-GDA-ByteHrs': 0.00099,
};

describe('Amazon S3 Glacier storage classes', () => {
  it('glacier.1: archived objects cannot be read, cost less by the price ratio, come back for days, and go again', async () => {
    const Bucket = `archive-${integer(1, 1e9)}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const size = integer(2_000_000, 3_000_000);
    const body = bytes(1000);
    const content = Buffer.concat(Array.from({ length: Math.ceil(size / 1000) }, () => body)).subarray(0, size);
    const classes: StorageClass[] = ['STANDARD', 'GLACIER', 'DEEP_ARCHIVE'];
    for (const StorageClass of classes)
      await s3.send(new PutObjectCommand({ Bucket, Key: StorageClass, Body: content, StorageClass }));
    expect(sha256(await read(s3, Bucket, 'STANDARD'))).toBe(sha256(content));
    for (const Key of ['GLACIER', 'DEEP_ARCHIVE']) {
      const refused = await s3
        .send(new GetObjectCommand({ Bucket, Key }))
        .catch((error: Error & { StorageClass?: string }) => error);
      expect(refused).toMatchObject({ name: 'InvalidObjectState', StorageClass: Key });
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass).toBe(Key);
    }
    await outcrop.clock.advance(2 * DAY_MS);
    const { lines } = await outcrop.cost();
    const charge = (type: string) => {
      const found = lines.filter((line) => line.service === 's3' && line.type === type && line.day === '2031-04-02');
      expect(found).toHaveLength(1);
      return found[0]!;
    };
    const standard = charge('TimedStorage-ByteHrs');
    const glacier = charge('TimedStorage-GlacierByteHrs');
    const deep = charge('TimedStorage-GDA-ByteHrs');
    // 30 days in April; 8 KB at the standard rate and 32 KB at the archive's beside each archived object.
    expect(standard.quantity).toBeCloseTo((size + 2 * 8192) / GB / 30, 12);
    expect(glacier.quantity).toBeCloseTo((size + 32_768) / GB / 30, 12);
    expect(deep.quantity).toBeCloseTo((size + 32_768) / GB / 30, 12);
    const rate = ({ usd, quantity }: { usd?: number; quantity: number }) => usd! / quantity;
    expect(rate(glacier) / rate(standard)).toBeCloseTo(0.0036 / 0.023, 9);
    expect(rate(deep) / rate(standard)).toBeCloseTo(0.00099 / 0.023, 9);

    const days = integer(1, 4);
    for (const [Key, hours] of [
      ['GLACIER', 12],
      ['DEEP_ARCHIVE', 48],
    ] as const) {
      const restore = () =>
        s3.send(
          new RestoreObjectCommand({
            Bucket,
            Key,
            RestoreRequest: { Days: days, GlacierJobParameters: { Tier: 'Bulk' } },
          }),
        );
      expect((await restore()).$metadata.httpStatusCode).toBe(202);
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore).toBe('ongoing-request="true"');
      expect(await nameOf(restore())).toBe('RestoreAlreadyInProgress');
      await outcrop.clock.advance(2 * HOUR_MS);
      expect(await nameOf(read(s3, Bucket, Key))).toBe('InvalidObjectState');
      await outcrop.clock.advance((hours - 2) * HOUR_MS);
      expect(sha256(await read(s3, Bucket, Key))).toBe(sha256(content));
      const told = (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore!;
      const expiry = Date.parse(/^ongoing-request="false", expiry-date="([^"]+)"$/.exec(told)![1]!);
      expect(expiry % DAY_MS).toBe(0);
      await outcrop.clock.advance(expiry - 1 - outcrop.clock.now().getTime());
      expect(sha256(await read(s3, Bucket, Key))).toBe(sha256(content));
      await outcrop.clock.advance(1);
      expect(await nameOf(read(s3, Bucket, Key))).toBe('InvalidObjectState');
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore).toBeUndefined();
    }
  });

  it('glacier.4: a second copy in another region survives the loss of the first, with all its bytes and metadata', async () => {
    const primary = `primary-${integer(1, 1e9)}`;
    const second = `second-${integer(1, 1e9)}`;
    const west = new S3Client({ ...outcrop.clients, region: 'us-west-2' });
    await s3.send(new CreateBucketCommand({ Bucket: primary }));
    await west.send(
      new CreateBucketCommand({ Bucket: second, CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
    );
    const versioning = { VersioningConfiguration: { Status: 'Enabled' as const } };
    await s3.send(new PutBucketVersioningCommand({ Bucket: primary, ...versioning }));
    await west.send(new PutBucketVersioningCommand({ Bucket: second, ...versioning }));
    const replicator = await identities(outcrop).role(
      'replicator',
      trust({ Service: 's3.amazonaws.com' }),
      allow(['s3:Get*', 's3:Replicate*']),
    );
    await s3.send(
      new PutBucketReplicationCommand({
        Bucket: primary,
        ReplicationConfiguration: {
          Role: replicator.arn,
          Rules: [
            {
              Status: 'Enabled',
              Priority: 1,
              Filter: { Prefix: '' },
              DeleteMarkerReplication: { Status: 'Disabled' },
              Destination: { Bucket: `arn:aws:s3:::${second}`, StorageClass: 'DEEP_ARCHIVE' },
            },
          ],
        },
      }),
    );
    const made = new Map<
      string,
      { sha: string; metadata: Record<string, string>; type: string; tag: string; versionId: string; etag: string }
    >();
    for (let i = 0; i < 12; i++) {
      const Key = `set/${integer(0, 1e9)}/${i}`;
      const content = bytes(integer(0, 60_000));
      const metadata = { origin: `o${integer(0, 1e6)}`, step: String(i) };
      const type = i % 2 === 0 ? 'application/x-weights' : 'text/csv';
      const tag = `t${integer(0, 1e6)}`;
      const { VersionId, ETag } = await s3.send(
        new PutObjectCommand({
          Bucket: primary,
          Key,
          Body: content,
          Metadata: metadata,
          ContentType: type,
          Tagging: `kind=${tag}`,
        }),
      );
      made.set(Key, { sha: sha256(content), metadata, type, tag, versionId: VersionId!, etag: ETag! });
    }
    await outcrop.clock.advance(HOUR_MS);
    for (const Key of made.keys()) {
      expect((await s3.send(new HeadObjectCommand({ Bucket: primary, Key }))).ReplicationStatus).toBe('COMPLETED');
    }
    // The primary is lost.
    for (const [Key, { versionId }] of made)
      await s3.send(new DeleteObjectCommand({ Bucket: primary, Key, VersionId: versionId }));
    await s3.send(new DeleteBucketCommand({ Bucket: primary }));
    const lost = outcrop.clock.now().getTime();

    const { Contents } = await west.send(new ListObjectsV2Command({ Bucket: second }));
    expect(Contents!.map(({ Key }) => Key)).toEqual([...made.keys()].sort());
    for (const Key of made.keys()) {
      await west.send(
        new RestoreObjectCommand({
          Bucket: second,
          Key,
          RestoreRequest: { Days: 3, GlacierJobParameters: { Tier: 'Standard' } },
        }),
      );
    }
    const waiting = new Set(made.keys());
    let recovered = lost;
    while (waiting.size > 0) {
      await outcrop.clock.advance(10 * 60_000);
      for (const Key of waiting) {
        const { Restore } = await west.send(new HeadObjectCommand({ Bucket: second, Key }));
        if (!Restore!.startsWith('ongoing-request="false"')) continue;
        waiting.delete(Key);
        recovered = outcrop.clock.now().getTime();
      }
    }
    const hours = (recovered - lost) / HOUR_MS;
    console.log(`glacier.4: ${made.size} objects recovered after ${hours.toFixed(1)} hours of stack time`);
    expect(hours).toBeGreaterThanOrEqual(9);
    expect(hours).toBeLessThanOrEqual(12.2);
    for (const [Key, original] of made) {
      const { Body, Metadata, ContentType, VersionId, ETag, ReplicationStatus } = await west.send(
        new GetObjectCommand({ Bucket: second, Key }),
      );
      expect(sha256(await Body!.transformToByteArray())).toBe(original.sha);
      const { metadata, type, versionId, etag } = original;
      expect({ Metadata, ContentType, VersionId, ETag, ReplicationStatus }).toEqual({
        Metadata: metadata,
        ContentType: type,
        VersionId: versionId,
        ETag: etag,
        ReplicationStatus: 'REPLICA',
      });
      const { TagSet } = await west.send(new GetObjectTaggingCommand({ Bucket: second, Key }));
      expect(TagSet).toEqual([{ Key: 'kind', Value: original.tag }]);
    }
  });

  it('glacier.5: over 400 days every object is in the class that the rules say, old versions and uploads go, and the bill follows', async () => {
    // A stack of its own, so that the bill is of these objects alone.
    const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-11-20T07:00:00Z') } });
    const s3 = new S3Client(outcrop.clients);
    const Bucket = `sinking-${integer(1, 1e9)}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const uploadsDays = integer(2, 9);
    const hotDays = integer(30, 50);
    const goneDays = integer(250, 380);
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'age',
              Status: 'Enabled',
              Filter: { Prefix: 'data/' },
              Transitions: [
                { Days: hotDays, StorageClass: 'STANDARD_IA' },
                { Days: hotDays + 45, StorageClass: 'GLACIER_IR' },
                { Days: hotDays + 120, StorageClass: 'GLACIER' },
              ],
            },
            {
              ID: 'cold',
              Status: 'Enabled',
              Filter: { Tag: { Key: 'temperature', Value: 'cold' } },
              Transitions: [{ Days: 10, StorageClass: 'DEEP_ARCHIVE' }],
            },
            {
              ID: 'big-logs',
              Status: 'Enabled',
              Filter: { And: { Prefix: 'logs/', ObjectSizeGreaterThan: 50_000 } },
              Transitions: [{ Days: 0, StorageClass: 'GLACIER' }],
              Expiration: { Days: goneDays },
            },
            {
              ID: 'tiny',
              Status: 'Enabled',
              Filter: { ObjectSizeLessThan: 1000 },
              Transitions: [{ Days: 60, StorageClass: 'ONEZONE_IA' }],
            },
            { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 5 } },
            {
              ID: 'uploads',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadsDays },
            },
          ],
        },
      }),
    );
    const objects: { key: string; size: number; cold: boolean; madeMs: number }[] = [];
    const filling = Buffer.alloc(200_000, 7);
    for (let i = 0; i < 60; i++) {
      const size = [integer(1, 999), integer(1000, 49_999), integer(50_001, 131_071), integer(131_072, 200_000)][
        integer(0, 3)
      ]!;
      const cold = random() < 0.25;
      const key = `${['data/', 'logs/', 'other/'][integer(0, 2)]}${i}-${integer(0, 1e6)}`;
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key: key,
          Body: filling.subarray(0, size),
          ...(cold ? { Tagging: 'temperature=cold' } : {}),
        }),
      );
      objects.push({ key, size, cold, madeMs: outcrop.clock.now().getTime() });
      await outcrop.clock.advance(integer(0, 10) * HOUR_MS);
    }
    const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'never-finished' }));
    await s3.send(
      new UploadPartCommand({
        Bucket,
        Key: 'never-finished',
        UploadId: upload.UploadId,
        PartNumber: 1,
        Body: 'a part',
      }),
    );
    const uploadMs = outcrop.clock.now().getTime();

    /** The rules, told once more and independently: what an object is at a time. */
    const expected = ({ key, size, cold, madeMs }: (typeof objects)[number], nowMs: number): string => {
      // Whole days since the midnight that followed the making.
      const nextMidnight = new Date(madeMs);
      nextMidnight.setUTCHours(24, 0, 0, 0);
      const age = (nowMs - nextMidnight.getTime()) / DAY_MS;
      const isBigLog = key.startsWith('logs/') && size > 50_000;
      if (isBigLog && age >= goneDays) return 'gone';
      const byDefault = size >= 131_072;
      const reached: [number, string][] = [[0, 'STANDARD']];
      if (size < 1000 && age >= 60) reached.push([2, 'ONEZONE_IA']);
      if (key.startsWith('data/') && byDefault) {
        if (age >= hotDays) reached.push([1, 'STANDARD_IA']);
        if (age >= hotDays + 45) reached.push([3, 'GLACIER_IR']);
        if (age >= hotDays + 120) reached.push([4, 'GLACIER']);
      }
      if (isBigLog && age >= 0) reached.push([4, 'GLACIER']);
      if (cold && byDefault && age >= 10) reached.push([5, 'DEEP_ARCHIVE']);
      return reached.sort(([a], [b]) => b - a)[0]![1];
    };

    const seen = new Set<string>();
    const days: { nowMs: number; states: string[]; uploading: boolean }[] = [];
    let now = outcrop.clock.now().getTime();
    for (let day = 0; day < 400; day++) {
      await outcrop.clock.advance(DAY_MS);
      now = outcrop.clock.now().getTime();
      const answers = await Promise.all(
        objects.map(({ key }) =>
          s3.send(new HeadObjectCommand({ Bucket, Key: key })).then(
            ({ StorageClass }) => StorageClass ?? 'STANDARD',
            (error: Error) => (error.name === 'NotFound' ? 'gone' : error.name),
          ),
        ),
      );
      const rows = objects.map((object, i) => `${object.key}: ${answers[i]}`);
      expect(rows, `day ${day}`).toEqual(objects.map((object) => `${object.key}: ${expected(object, now)}`));
      answers.forEach((one) => seen.add(one));
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
      const midnight = new Date(uploadMs);
      midnight.setUTCHours(24, 0, 0, 0);
      expect(Uploads.length, `uploads on day ${day}`).toBe(now >= midnight.getTime() + uploadsDays * DAY_MS ? 0 : 1);
      days.push({ nowMs: now, states: objects.map((object) => expected(object, now)), uploading: Uploads.length > 0 });
    }
    console.log(`glacier.5: classes seen: ${[...seen].join(' ')}`);
    expect(seen.size).toBeGreaterThanOrEqual(5);

    // The bill of every whole day, from what the rules say was there.
    const { lines } = await outcrop.cost();
    let compared = 0;
    for (const { nowMs, states, uploading } of days.slice(0, -1)) {
      const date = new Date(nowMs);
      const day = date.toISOString().slice(0, 10);
      const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
      const stored = new Map<string, number>();
      const add = (type: string, size: number) => stored.set(type, (stored.get(type) ?? 0) + size);
      objects.forEach(({ size }, at) => {
        const state = states[at]!;
        if (state === 'gone') return;
        const archived = state === 'GLACIER' || state === 'DEEP_ARCHIVE';
        add(USAGE[state]!, size + (archived ? 32_768 : 0));
        if (archived) add(USAGE['STANDARD']!, 8_192);
        if (SMALL[state] && size < 131_072) add(SMALL[state], 131_072 - size);
      });
      if (uploading) add(USAGE['STANDARD']!, 'a part'.length);
      const billed = lines.filter((line) => line.day === day && line.type.startsWith('TimedStorage'));
      const rounded = new Map(billed.map(({ type, quantity }) => [type, Math.round(quantity * GB * month)]));
      expect(rounded, `the bill of ${day}`).toEqual(stored);
      for (const { type, usd, quantity } of billed) expect(usd).toBeCloseTo(quantity * PRICE[type]!, 15);
      compared++;
    }
    expect(compared).toBe(399);
  }, 480_000);
});

it('glacier.5: noncurrent versions expire as their rule says', async () => {
  const Bucket = `versions-${integer(1, 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const days = integer(3, 20);
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'old',
            Status: 'Enabled',
            Filter: { Prefix: '' },
            NoncurrentVersionExpiration: { NoncurrentDays: days },
          },
        ],
      },
    }),
  );
  const replacedMs: number[] = [];
  for (let i = 0; i < 6; i++) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: `v${i}` }));
    if (i > 0) replacedMs.push(outcrop.clock.now().getTime());
    await outcrop.clock.advance(integer(1, 40) * HOUR_MS);
  }
  for (let day = 0; day < 30; day++) {
    await outcrop.clock.advance(DAY_MS);
    const now = outcrop.clock.now().getTime();
    const left = replacedMs.filter((ms) => {
      const midnight = new Date(ms);
      midnight.setUTCHours(24, 0, 0, 0);
      return now < midnight.getTime() + days * DAY_MS;
    });
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions, `day ${day}`).toHaveLength(1 + left.length);
  }
});
