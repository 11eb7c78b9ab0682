import {
  S3Client,
  CreateBucketCommand,
  PutObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  HeadObjectCommand,
  DeleteObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { Ids } from '../../kernel/ids.ts';

const ids = new Ids(testSeed('s3 objects'));
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);

describe('objects', () => {
  it('gives back what was put, with its headers', async () => {
    const Bucket = `b-${ids.hex(12)}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const body = ids.bytes(100_000);
    const put = await s3.send(
      new PutObjectCommand({ Bucket, Key: 'a/b c+d', Body: body, Metadata: { x: 'y' }, ContentType: 'image/png' }),
    );
    console.log(put);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b c+d' }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
    console.log({ ...got, Body: undefined });
    console.log(await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b c+d' })));
    console.log(JSON.stringify(await s3.send(new ListObjectsV2Command({ Bucket }))));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a/b c+d' }));
  });
});
