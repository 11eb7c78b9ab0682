import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type CopyObjectCommandInput,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { Ids } from '../../kernel/ids.ts';

const ids = new Ids(testSeed('s3 copies'));
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const Bucket = `copies-${ids.hex(12)}`;
const other = `copies-${ids.hex(12)}`;
const refusal = (error: string, status: number, more: object = {}) => ({
  name: error,
  $metadata: { httpStatusCode: status },
  ...more,
});
const copy = (from: string, Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
  s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: from, ...more }));
const bytesOf = async (bucket: string, Key: string) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body!.transformToByteArray());

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new CreateBucketCommand({ Bucket: other }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: other, VersioningConfiguration: { Status: 'Enabled' } }));
});

describe('a copy', () => {
  it('has the content, headers and tags of its source, and outlives it', async () => {
    for (const size of [10, 400_000]) {
      const Key = `sp ace/ä+&${ids.hex(6)}`;
      const body = ids.bytes(size);
      const put = await s3.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: body,
          ContentType: 'a/b',
          Metadata: { m: '1' },
          Tagging: 't=1',
          StorageClass: 'STANDARD_IA',
        }),
      );
      const answer = await s3.send(
        new CopyObjectCommand({ Bucket: other, Key: 'copy', CopySource: `/${Bucket}/${encodeURIComponent(Key)}` }),
      );
      expect(answer.CopyObjectResult!.ETag).toBe(put.ETag);
      expect(answer.VersionId).toMatch(/^\w{32}$/);
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      expect((await bytesOf(other, 'copy')).equals(body)).toBe(true);
      const head = await s3.send(new HeadObjectCommand({ Bucket: other, Key: 'copy', ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({
        ContentType: 'a/b',
        Metadata: { m: '1' },
        TagCount: 1,
        ChecksumCRC32: put.ChecksumCRC32,
      });
      // The class is the copy's own matter.
      expect(head.StorageClass).toBeUndefined();
    }
  });

  it('takes new headers, tags, class and checksum where it is told to', async () => {
    const body = ids.bytes(100);
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'source',
        Body: body,
        ContentType: 'a/b',
        Metadata: { m: '1' },
        Tagging: 't=1',
      }),
    );
    await copy(`${Bucket}/source`, 'target', {
      MetadataDirective: 'REPLACE',
      Metadata: { n: '2' },
      TaggingDirective: 'REPLACE',
      Tagging: 'u=2',
      StorageClass: 'ONEZONE_IA',
      ChecksumAlgorithm: 'SHA256',
    });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'target', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      Metadata: { n: '2' },
      ContentType: 'binary/octet-stream',
      StorageClass: 'ONEZONE_IA',
    });
    expect(head.ChecksumSHA256).toBe(createHash('sha256').update(body).digest('base64'));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'target' }))).TagSet).toEqual([
      { Key: 'u', Value: '2' },
    ]);
  });

  it('onto itself must change something', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'self', Body: 'x' }));
    await expect(copy(`${Bucket}/self`, 'self')).rejects.toMatchObject(refusal('InvalidRequest', 400));
    await copy(`${Bucket}/self`, 'self', { MetadataDirective: 'REPLACE', Metadata: { a: 'b' } });
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'self' }))).Metadata).toEqual({ a: 'b' });
    expect((await bytesOf(Bucket, 'self')).toString()).toBe('x');
  });

  it('restores an old version, but not a delete marker', async () => {
    const first = await s3.send(new PutObjectCommand({ Bucket: other, Key: 'v', Body: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket: other, Key: 'v', Body: 'two' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket: other, Key: 'v' }));
    await expect(copy(`${other}/v`, 'v')).rejects.toMatchObject(refusal('NoSuchKey', 404));
    await expect(copy(`${other}/v?versionId=${marker.VersionId}`, 'v')).rejects.toMatchObject(
      refusal('InvalidRequest', 400),
    );
    const back = await s3.send(
      new CopyObjectCommand({ Bucket: other, Key: 'v', CopySource: `${other}/v?versionId=${first.VersionId}` }),
    );
    expect(back.CopySourceVersionId).toBe(first.VersionId);
    expect((await bytesOf(other, 'v')).toString()).toBe('one');
  });

  it('is refused when a condition on its source or target does not hold', async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'x' }));
    const past = new Date(Date.now() - 1e6);
    for (const bad of [
      { CopySourceIfMatch: '"x"' },
      { CopySourceIfNoneMatch: ETag },
      { CopySourceIfUnmodifiedSince: past },
      { CopySourceIfModifiedSince: new Date(Date.now() + 1e6) },
      { IfNoneMatch: '*' },
    ]) {
      await expect(copy(`${Bucket}/cond`, 'cond', { MetadataDirective: 'REPLACE', ...bad })).rejects.toMatchObject(
        refusal('PreconditionFailed', 412),
      );
    }
    await copy(`${Bucket}/cond`, 'cond', {
      MetadataDirective: 'REPLACE',
      CopySourceIfMatch: ETag,
      CopySourceIfUnmodifiedSince: past,
    });
    await expect(copy(`${Bucket}/none`, 'x')).rejects.toMatchObject(refusal('NoSuchKey', 404));
    await expect(copy(`none-${ids.hex(8)}/x`, 'x')).rejects.toMatchObject(refusal('NoSuchBucket', 404));
    await expect(copy('no-slash', 'x')).rejects.toMatchObject(refusal('InvalidArgument', 400));
  });
});
