import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type InventoryConfiguration,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { policy } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const DAY_MS = 86_400_000;
// A Friday.
const outcrop = await startForTests({ clock: { frozenAt: new Date('2036-02-01T15:00:00Z') } });
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('inventory'));
await s3.send(new CreateBucketCommand({ Bucket: 'reports' }));
await s3.send(
  new PutBucketPolicyCommand({
    Bucket: 'reports',
    Policy: policy({
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::reports/inv/*',
      Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } },
    }),
  }),
);

const configuration = (Id: string, more: Partial<InventoryConfiguration> = {}): InventoryConfiguration => ({
  Id,
  IsEnabled: true,
  IncludedObjectVersions: 'All',
  Schedule: { Frequency: 'Daily' },
  OptionalFields: ['Size', 'StorageClass', 'ETag'],
  Destination: { S3BucketDestination: { Bucket: 'arn:aws:s3:::reports', Format: 'CSV', Prefix: 'inv' } },
  ...more,
});
const put = (Bucket: string, InventoryConfiguration: InventoryConfiguration, Id = InventoryConfiguration.Id!) =>
  s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id, InventoryConfiguration }));
const read = async (Key: string) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket: 'reports', Key }))).Body!.transformToByteArray());
const keys = async (Prefix: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix }))).Contents ?? []).map(({ Key }) => Key!);

describe('inventory', () => {
  it('configurations are kept, listed by the page and removed, and refused when they are wrong', async () => {
    const Bucket = 'configured';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await expect(s3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id: 'a' }))).rejects.toMatchObject({
      name: 'NoSuchConfiguration',
      $metadata: { httpStatusCode: 404 },
    });
    for (let i = 0; i < 103; i++)
      await put(Bucket, configuration(`c${String(i).padStart(3, '0')}`, { IsEnabled: false }));
    expect(
      (await s3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id: 'c007' }))).InventoryConfiguration,
    ).toEqual(configuration('c007', { IsEnabled: false }));
    const first = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }));
    expect([first.InventoryConfigurationList!.length, first.IsTruncated]).toEqual([100, true]);
    const second = await s3.send(
      new ListBucketInventoryConfigurationsCommand({ Bucket, ContinuationToken: first.NextContinuationToken }),
    );
    expect(second.InventoryConfigurationList!.map(({ Id }) => Id)).toEqual(['c100', 'c101', 'c102']);
    await s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'c100' }));
    await expect(s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'c100' }))).rejects.toMatchObject({
      name: 'NoSuchConfiguration',
    });
    await expect(put(Bucket, configuration('x'), 'y')).rejects.toMatchObject({ name: 'IdMismatch' });
    const destination = (more: object) => ({
      Destination: { S3BucketDestination: { Bucket: 'arn:aws:s3:::reports', Format: 'CSV' as const, ...more } },
    });
    await expect(
      put(Bucket, configuration('x', destination({ Bucket: 'arn:aws:s3:::nowhere-at-all' }))),
    ).rejects.toMatchObject({ name: 'InvalidS3DestinationBucket' });
    await expect(put(Bucket, configuration('x', destination({ Format: 'Parquet' })))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
  });

  it('reports every version of a bucket each day, with a manifest that tells of it', async () => {
    const Bucket = 'listed';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await put(Bucket, configuration('all'));
    await put(
      Bucket,
      configuration('current', { IncludedObjectVersions: 'Current', Filter: { Prefix: 'a' }, OptionalFields: [] }),
    );
    await put(Bucket, configuration('off', { IsEnabled: false }));
    const expected: string[] = [];
    for (let i = 0; i < 20; i++) {
      const Key = `${i % 2 === 0 ? 'a' : 'b'} ${i}, "${Math.floor(random() * 1e6)}"`;
      const Body = 'x'.repeat(Math.floor(random() * 5000));
      const { VersionId, ETag } = await s3.send(
        new PutObjectCommand({ Bucket, Key, Body, StorageClass: 'STANDARD_IA' }),
      );
      expected.push(
        `"${Bucket}","${encodeURIComponent(Key).replaceAll('%20', '+')}","${VersionId}","${i !== 0}","false","${Body.length}","STANDARD_IA","${ETag!.replaceAll('"', '')}"`,
      );
      if (i > 0) continue;
      const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      expected.push(
        `"${Bucket}","${encodeURIComponent(Key).replaceAll('%20', '+')}","${marker.VersionId}","true","true","","",""`,
      );
    }
    await outcrop.clock.advance(DAY_MS);
    const found = await keys('inv/listed/all/');
    const manifestKey = found.find((key) => key.endsWith('manifest.json'))!;
    expect(manifestKey).toBe('inv/listed/all/2036-02-02T00-00Z/manifest.json');
    const manifest = await read(manifestKey);
    expect((await read(manifestKey.replace('.json', '.checksum'))).toString()).toBe(
      createHash('md5').update(manifest).digest('hex'),
    );
    const told = JSON.parse(manifest.toString()) as {
      fileSchema: string;
      files: { key: string; size: number; MD5checksum: string }[];
    };
    expect(told).toMatchObject({
      sourceBucket: Bucket,
      destinationBucket: 'arn:aws:s3:::reports',
      version: '2016-11-30',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, StorageClass, ETag',
    });
    const [file] = told.files;
    const packed = await read(file!.key);
    expect([packed.length, createHash('md5').update(packed).digest('hex')]).toEqual([file!.size, file!.MD5checksum]);
    const rows = gunzipSync(packed).toString().trim().split('\n');
    expect(rows.toSorted()).toEqual(expected.toSorted());

    const data = (await keys('inv/listed/current/data/'))[0]!;
    // The first `a` is under a delete marker.
    expect(
      gunzipSync(await read(data))
        .toString()
        .trim()
        .split('\n'),
    ).toHaveLength(9);
    expect(await keys('inv/listed/off/')).toEqual([]);
  });

  it('reports weekly on Sundays', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'weekly' }));
    await put('weekly', configuration('w', { Schedule: { Frequency: 'Weekly' } }));
    await outcrop.clock.advance(14 * DAY_MS);
    const days = (await keys('inv/weekly/w/20')).filter((key) => key.endsWith('.json')).map((key) => key.slice(13, 23));
    expect(days).toEqual(['2036-02-03', '2036-02-10']);
  });
});
