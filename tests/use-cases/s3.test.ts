import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generator, Ids } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';

const seed = testSeed('s3 use cases');
const ids = new Ids(seed);
const random = generator(seed);
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const MIB = 1024 ** 2;
const DAY_MS = 24 * 3600 * 1000;
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

async function newBucket(prefix: string): Promise<string> {
  const Bucket = `${prefix}-${ids.hex(12)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

/** The bytes of part `n`: anyone can make them again. */
function partBytes(n: number, size: number): Buffer {
  const block = createHash('sha512').update(`${seed} ${n}`).digest();
  const out = Buffer.alloc(size, block);
  for (let at = 0; at + 4 <= size; at += 4096) out.writeUInt32LE(at ^ n, at);
  return out;
}

describe('a data set owner stores big collections', () => {
  it('s3.1: uploads a large object in parts out of order with checksums, and reads any stretch of it', async () => {
    const Bucket = await newBucket('large');
    const Key = `video/${ids.hex(8)}.mp4`;
    const total = (process.env['OUTCROP_TEST_LARGE'] === '1' ? 1024 : 128) * MIB;
    const size = 16 * MIB;
    const count = total / size;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }));
    const order = Array.from({ length: count }, (_, i) => i + 1).sort(() => random() - 0.5);
    const sums = new Map<number, { md5: Buffer; sha256: Buffer }>();
    for (const PartNumber of order) {
      const Body = partBytes(PartNumber, size);
      sums.set(PartNumber, { md5: md5(Body), sha256: sha256(Body) });
      if (PartNumber === order[0]) {
        const wrong = sha256(ids.bytes(9)).toString('base64');
        await expect(
          s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256: wrong })),
        ).rejects.toMatchObject({
          name: 'BadDigest',
          message: 'The SHA256 you specified did not match the calculated checksum.',
        });
      }
      const ChecksumSHA256 = sums.get(PartNumber)!.sha256.toString('base64');
      const { ETag } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256 }),
      );
      expect(ETag).toBe(`"${sums.get(PartNumber)!.md5.toString('hex')}"`);
    }
    const numbers = [...sums.keys()].sort((a, b) => a - b);
    const Parts = numbers.map((PartNumber) => ({
      PartNumber,
      ETag: `"${sums.get(PartNumber)!.md5.toString('hex')}"`,
      ChecksumSHA256: sums.get(PartNumber)!.sha256.toString('base64'),
    }));
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const all = (what: 'md5' | 'sha256') => Buffer.concat(numbers.map((n) => sums.get(n)![what]));
    expect(done.ETag).toBe(`"${md5(all('md5')).toString('hex')}-${count}"`);
    expect(done.ChecksumSHA256).toBe(`${sha256(all('sha256')).toString('base64')}-${count}`);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ContentLength: total,
      ETag: done.ETag,
    });

    const stretch = (start: number, end: number) => {
      const pieces: Buffer[] = [];
      for (let at = start; at < end;) {
        const n = Math.floor(at / size);
        const to = Math.min(end, (n + 1) * size);
        pieces.push(partBytes(n + 1, size).subarray(at - n * size, to - n * size));
        at = to;
      }
      return Buffer.concat(pieces);
    };
    for (let i = 0; i < 12; i++) {
      const start = Math.floor(random() * total);
      const end = Math.min(total, start + 1 + Math.floor(random() * 3 * size));
      const got = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${start}-${end - 1}` }));
      expect(got.ContentRange).toBe(`bytes ${start}-${end - 1}/${total}`);
      expect(Buffer.compare(Buffer.from(await got.Body!.transformToByteArray()), stretch(start, end))).toBe(0);
    }
    const whole = createHash('md5');
    for await (const chunk of (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body as AsyncIterable<Uint8Array>)
      whole.update(chunk);
    const expected = createHash('md5');
    for (const n of numbers) expected.update(partBytes(n, size));
    expect(whole.digest('hex')).toBe(expected.digest('hex'));
  }, 600_000);

  it('s3.1: an upload that is aborted, or whose checksum is wrong, leaves nothing', async () => {
    const Bucket = await newBucket('aborted');
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    for (const PartNumber of [2, 1])
      await s3.send(
        new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber, Body: partBytes(PartNumber, 6 * MIB) }),
      );
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
    const wrong = sha256(ids.bytes(9)).toString('base64');
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: partBytes(3, 6 * MIB), ChecksumSHA256: wrong })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).rejects.toMatchObject({ name: 'NotFound' });
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  it('s3.1: lists 20,000 objects page by page and prefix by prefix', async () => {
    const Bucket = await newBucket('images');
    const keys = Array.from(
      { length: 20_000 },
      (_, i) => `class-${String(i % 20).padStart(2, '0')}/day ${i % 7}/${ids.hex(10)}.jpg`,
    );
    const CONCURRENT = 64;
    let next = 0;
    await Promise.all(
      Array.from({ length: CONCURRENT }, async () => {
        while (next < keys.length) {
          const Key = keys[next++]!;
          await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
        }
      }),
    );
    const sorted = [...keys].sort();
    const listed: string[] = [];
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      expect(page.Contents!.length).toBe(1000);
      listed.push(...page.Contents!.map(({ Key }) => Key!));
    }
    expect(listed).toEqual(sorted);

    const prefix = `class-${String(Math.floor(random() * 20)).padStart(2, '0')}/`;
    const within: string[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 333 }, { Bucket, Prefix: prefix }))
      within.push(...page.Contents!.map(({ Key }) => Key!));
    expect(within).toEqual(sorted.filter((key) => key.startsWith(prefix)));

    const folders: string[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 6 }, { Bucket, Delimiter: '/' }))
      folders.push(...page.CommonPrefixes!.map(({ Prefix }) => Prefix!));
    expect(folders).toEqual([...new Set(sorted.map((key) => key.slice(0, key.indexOf('/') + 1)))]);

    const some = sorted[Math.floor(random() * sorted.length)]!;
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: some }));
    expect([await got.Body!.transformToString(), got.ETag]).toEqual([
      some,
      `"${md5(Buffer.from(some)).toString('hex')}"`,
    ]);
  }, 600_000);
});

describe('an ML engineer keeps checkpoints by version', () => {
  /** A model small enough to train here: least squares by gradient steps. Its state is all that a step needs. */
  type State = { step: number; weights: number[] };
  const DIMENSIONS = 4;
  const data = Array.from({ length: 64 }, () => {
    const x = Array.from({ length: DIMENSIONS }, () => random() * 2 - 1);
    return { x, y: x.reduce((sum, value, i) => sum + value * (i + 1), 0) + random() * 0.01 };
  });
  const step = ({ step: n, weights }: State): State => {
    const gradient = weights.map(() => 0);
    for (const { x, y } of data) {
      const error = x.reduce((sum, value, i) => sum + value * weights[i]!, 0) - y;
      x.forEach((value, i) => (gradient[i]! += (2 * error * value) / data.length));
    }
    return { step: n + 1, weights: weights.map((weight, i) => weight - 0.05 * gradient[i]!) };
  };
  const serialise = ({ step: n, weights }: State) => Buffer.from(new Float64Array([n, ...weights]).buffer);
  const parse = (bytes: Buffer): State => {
    const [n, ...weights] = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    return { step: n!, weights };
  };

  it('s3.3: resumes from the chosen version, restores behind a delete marker, and lets lifecycle drop the old', async () => {
    const Bucket = await newBucket('checkpoints');
    const Key = 'run/model.ckpt';
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const read = async (VersionId?: string) =>
      Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToByteArray());

    const saved = new Map<number, { id: string; bytes: Buffer }>();
    let state: State = { step: 0, weights: Array.from({ length: DIMENSIONS }, () => 0) };
    for (let n = 0; n < 500; n++) {
      state = step(state);
      if (state.step % 100 !== 0) continue;
      const Body = serialise(state);
      const { VersionId } = await s3.send(
        new PutObjectCommand({ Bucket, Key, Body, Metadata: { step: String(state.step) } }),
      );
      saved.set(state.step, { id: VersionId!, bytes: Body });
    }
    const final = state;

    // Interrupted: what is left is in the bucket. Begin again from step 300.
    const chosen = saved.get(300)!;
    expect((await read(chosen.id)).equals(chosen.bytes)).toBe(true);
    let resumed = parse(await read(chosen.id));
    expect(resumed.step).toBe(300);
    while (resumed.step < 500) resumed = step(resumed);
    expect(resumed).toEqual(final);

    // Deleted by mistake, and restored.
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchKey' });
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
    expect((await read()).equals(saved.get(500)!.bytes)).toBe(true);

    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'old',
              Status: 'Enabled',
              Filter: { Prefix: 'run/' },
              NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 1 },
            },
          ],
        },
      }),
    );
    await outcrop.clock.advance(3 * DAY_MS);
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toHaveLength(5);
    await outcrop.clock.advance(7 * DAY_MS);
    const left = (await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions!.map(({ VersionId }) => VersionId);
    expect(left).toEqual([saved.get(500)!.id, saved.get(400)!.id]);
    await expect(read(saved.get(300)!.id)).rejects.toMatchObject({ name: 'NoSuchVersion' });
    expect((await read(saved.get(400)!.id)).equals(saved.get(400)!.bytes)).toBe(true);
  }, 60_000);
});
