import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  type ChecksumAlgorithm,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator, Ids } from '../../kernel/ids.ts';

const seed = testSeed('s3 objects');
const ids = new Ids(seed);
const random = generator(seed);
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
/** Sends no checksum of its own, and checks none. */
const bare = new S3Client({
  ...outcrop.clients,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});
const Bucket = `objects-${ids.hex(12)}`;
const below = (max: number) => Math.floor(random() * max);
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
});

async function put(Key: string, Body: PutObjectCommandInput['Body'], more: Partial<PutObjectCommandInput> = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function read(Key: string, more: object = {}) {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) };
}

const refusal = (name: string, status: number, more: object = {}) => ({
  name,
  $metadata: { httpStatusCode: status },
  ...more,
});

describe('an object', () => {
  it('comes back as it was put, whatever its size', async () => {
    for (const size of [
      0,
      1,
      1 + below(1000),
      16 * 1024,
      16 * 1024 + 1,
      300_000 + below(1000),
      3_000_000 + below(1000),
    ]) {
      const body = ids.bytes(size);
      const { ETag } = await put(`size/${size}`, body);
      expect(ETag).toBe(`"${md5(body).toString('hex')}"`);
      const got = await read(`size/${size}`);
      expect(got.bytes.equals(body)).toBe(true);
      expect(got).toMatchObject({ ContentLength: size, ETag, AcceptRanges: 'bytes', ServerSideEncryption: 'AES256' });
    }
  });

  it('carries its headers and metadata, and tells them without its content', async () => {
    const headers = {
      ContentType: 'text/x-test',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="x"',
      ContentEncoding: 'x-own',
      ContentLanguage: 'de',
      Expires: new Date('2031-01-02T03:04:05Z'),
      Metadata: { colour: ids.hex(10), 'with-dash': 'x+ y' },
      StorageClass: 'STANDARD_IA' as const,
      WebsiteRedirectLocation: '/elsewhere',
      Tagging: 'a=1&b%20c=d%2Fe',
    };
    await put('headers', 'text', headers);
    const { Tagging: _tagging, Expires: _expires, ...told } = headers;
    expect(await read('headers')).toMatchObject({ ...told, TagCount: 2 });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'headers' }));
    expect(head).toMatchObject({ ...told, ContentLength: 4 });
    expect(head.ExpiresString).toBe('Thu, 02 Jan 2031 03:04:05 GMT');
    await put('plain', 'text', { ContentType: undefined });
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'headers' }))).LastModified!.getMilliseconds()).toBe(0);
  });

  it('may be read under other headers than it was put with', async () => {
    await put('other', 'text', { ContentType: 'text/plain' });
    const got = await read('other', {
      ResponseContentType: 'application/json',
      ResponseCacheControl: 'max-age=1',
      ResponseContentDisposition: 'inline',
      ResponseContentLanguage: 'fr',
      ResponseExpires: new Date('2040-01-01T00:00:00Z'),
    });
    expect(got).toMatchObject({
      ContentType: 'application/json',
      CacheControl: 'max-age=1',
      ContentDisposition: 'inline',
      ContentLanguage: 'fr',
    });
    expect(got.ExpiresString).toBe('Sun, 01 Jan 2040 00:00:00 GMT');
  });

  it('is refused when its key, metadata, class, redirect or tags are out of bounds, and nothing is kept', async () => {
    const key = 'k'.repeat(1024);
    await put(key, 'x');
    await expect(put(`${key}k`, 'x')).rejects.toMatchObject(
      refusal('KeyTooLongError', 400, { MaxSizeAllowed: '1024' }),
    );
    await expect(put('é'.repeat(513), 'x')).rejects.toMatchObject(refusal('KeyTooLongError', 400));
    await put('meta', 'x', { Metadata: { a: 'b'.repeat(2047) } });
    await expect(put('bad', 'x', { Metadata: { a: 'b'.repeat(2048) } })).rejects.toMatchObject(
      refusal('MetadataTooLarge', 400),
    );
    await expect(put('bad', 'x', { StorageClass: 'COLD' as never })).rejects.toMatchObject(
      refusal('InvalidStorageClass', 400),
    );
    await expect(put('bad', 'x', { WebsiteRedirectLocation: 'ftp://x' })).rejects.toMatchObject(
      refusal('InvalidRedirectLocation', 400),
    );
    await expect(put('bad', 'x', { Tagging: 'a=1&a=2' })).rejects.toMatchObject(
      refusal('InvalidArgument', 400, { ArgumentName: 'x-amz-tagging' }),
    );
    const many = Array.from({ length: 11 }, (_, i) => `t${i}=v`).join('&');
    await expect(put('bad', 'x', { Tagging: many })).rejects.toMatchObject(
      refusal('BadRequest', 400, { message: 'Object tags cannot be greater than 10' }),
    );
    await expect(put('bad', 'x', { SSEKMSKeyId: 'alias/a' })).rejects.toMatchObject(refusal('InvalidArgument', 400));
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'bad' }))).rejects.toMatchObject(
      refusal('NotFound', 404),
    );
  });

  it('is not there after it was deleted; deleting what is not there succeeds', async () => {
    await put('gone', 'x');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await expect(read('gone')).rejects.toMatchObject(
      refusal('NoSuchKey', 404, { message: 'The specified key does not exist.', Key: 'gone' }),
    );
  });

  it('are deleted by the thousand, each told by itself', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `many/${i} &<${ids.hex(4)}`);
    await Promise.all(keys.map((key) => put(key, key)));
    const Objects = keys.map((Key) => ({ Key }));
    const answer = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...Objects, { Key: 'x'.repeat(1025) }] } }),
    );
    expect(new Set(answer.Deleted!.map(({ Key }) => Key))).toEqual(new Set(keys));
    expect(answer.Errors).toMatchObject([{ Code: 'KeyTooLongError' }]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).KeyCount).toBe(0);
    const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    expect(quiet.Deleted).toBeUndefined();
    const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: `${i}` }));
    await expect(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: tooMany } }))).rejects.toMatchObject(
      refusal('MalformedXML', 400),
    );
  });
});

describe('a range', () => {
  it('of any form gives those bytes', async () => {
    for (const size of [1 + below(5000), 100_000 + below(5000)]) {
      const body = ids.bytes(size);
      await put('range', body);
      for (let i = 0; i < 10; i++) {
        const first = below(size);
        const last = first + below(size * 2);
        const part = await read('range', { Range: `bytes=${first}-${last}` });
        expect(part.bytes.equals(body.subarray(first, last + 1))).toBe(true);
        expect(part.ContentRange).toBe(`bytes ${first}-${Math.min(last, size - 1)}/${size}`);
        expect(part.$metadata.httpStatusCode).toBe(206);
        expect((await read('range', { Range: `bytes=${first}-` })).bytes.equals(body.subarray(first))).toBe(true);
        const suffix = 1 + below(size * 2);
        expect(
          (await read('range', { Range: `bytes=-${suffix}` })).bytes.equals(body.subarray(Math.max(0, size - suffix))),
        ).toBe(true);
      }
    }
  });

  it('that cannot be met is refused with the size; one that cannot be read, or several, give the whole', async () => {
    const body = ids.bytes(100);
    await put('range', body);
    for (const Range of ['bytes=100-', 'bytes=100-200', 'bytes=-0']) {
      await expect(read('range', { Range })).rejects.toMatchObject(
        refusal('InvalidRange', 416, { ActualObjectSize: '100', RangeRequested: Range }),
      );
    }
    for (const Range of ['bytes=5-2', 'bytes=1-2,4-5', 'items=1-2', 'bytes=-', 'bytes=a-b']) {
      const got = await read('range', { Range });
      expect([got.$metadata.httpStatusCode, got.bytes.equals(body)]).toEqual([200, true]);
    }
    await put('range', '');
    await expect(read('range', { Range: 'bytes=0-0' })).rejects.toMatchObject(refusal('InvalidRange', 416));
    await expect(read('range', { Range: 'bytes=0-0', PartNumber: 1 })).rejects.toMatchObject(
      refusal('InvalidRequest', 400),
    );
  });
});

describe('a conditional read', () => {
  it('answers 304 or 412 as the entity tag, then the date, says', async () => {
    const { ETag } = await put('conditional', ids.hex(20));
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'conditional' }));
    const earlier = new Date(LastModified!.getTime() - 60_000);
    const later = new Date(LastModified!.getTime() + 60_000);
    const cases: [object, number][] = [
      [{ IfMatch: ETag }, 200],
      [{ IfMatch: ETag!.replaceAll('"', '') }, 200],
      [{ IfMatch: `"x", ${ETag}` }, 200],
      [{ IfMatch: '*' }, 200],
      [{ IfMatch: '"x"' }, 412],
      [{ IfMatch: ETag, IfUnmodifiedSince: earlier }, 200],
      [{ IfUnmodifiedSince: earlier }, 412],
      [{ IfUnmodifiedSince: LastModified }, 200],
      [{ IfNoneMatch: ETag }, 304],
      [{ IfNoneMatch: '"x"' }, 200],
      [{ IfNoneMatch: ETag, IfModifiedSince: earlier }, 304],
      [{ IfNoneMatch: '"x"', IfModifiedSince: later }, 200],
      [{ IfModifiedSince: LastModified }, 304],
      [{ IfModifiedSince: earlier }, 200],
    ];
    for (const [conditions, status] of cases) {
      const got = await read('conditional', conditions).catch((error: { $metadata: object }) => error);
      expect({ conditions, status: (got.$metadata as { httpStatusCode: number }).httpStatusCode }).toEqual({
        conditions,
        status,
      });
    }
    await expect(read('conditional', { IfMatch: '"x"' })).rejects.toMatchObject(
      refusal('PreconditionFailed', 412, {
        Condition: 'If-Match',
        message: 'At least one of the pre-conditions you specified did not hold',
      }),
    );
  });
});

describe('a conditional write', () => {
  it('makes a key once, however many try at once', async () => {
    const Key = `once-${ids.hex(6)}`;
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => put(Key, `${i}`, { IfNoneMatch: '*' })),
    );
    const won = tries.flatMap((one, i) => (one.status === 'fulfilled' ? [i] : []));
    expect(won).toHaveLength(1);
    expect((await read(Key)).bytes.toString()).toBe(`${won[0]}`);
    for (const one of tries)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject(refusal('PreconditionFailed', 412, { Condition: 'If-None-Match' }));
  });

  it('replaces only what it has seen', async () => {
    const { ETag } = await put('seen', 'one');
    await expect(put('seen', 'two', { IfMatch: '"0"' })).rejects.toMatchObject(refusal('PreconditionFailed', 412));
    await put('seen', 'two', { IfMatch: ETag });
    await expect(put('seen', 'three', { IfMatch: ETag })).rejects.toMatchObject(refusal('PreconditionFailed', 412));
    await expect(put('unseen', 'x', { IfMatch: ETag })).rejects.toMatchObject(refusal('NoSuchKey', 404));
    await expect(put('seen', 'x', { IfNoneMatch: '"abc"' })).rejects.toMatchObject(refusal('NotImplemented', 501));
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'seen', IfMatch: ETag }))).rejects.toMatchObject(
      refusal('PreconditionFailed', 412),
    );
    expect((await read('seen')).bytes.toString()).toBe('two');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'seen', IfMatch: '*' }));
  });
});

describe('checksums', () => {
  const algorithms: ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

  it('of every algorithm are checked, kept and told, in header and trailer', async () => {
    const body = ids.bytes(200_000);
    for (const algorithm of algorithms) {
      const member = `Checksum${algorithm}` as 'ChecksumSHA256';
      const answer = await put(`sum/${algorithm}`, body, { ChecksumAlgorithm: algorithm });
      expect(answer[member]).toMatch(/=$/);
      if (algorithm.startsWith('SHA'))
        expect(answer[member]).toBe(createHash(algorithm.toLowerCase()).update(body).digest('base64'));
      const streamed = await put(
        `trailer/${algorithm}`,
        Readable.from([body.subarray(0, 99_999), body.subarray(99_999)]),
        { ChecksumAlgorithm: algorithm, ContentLength: body.length },
      );
      expect(streamed[member]).toBe(answer[member]);
      expect(
        await s3.send(new HeadObjectCommand({ Bucket, Key: `sum/${algorithm}`, ChecksumMode: 'ENABLED' })),
      ).toMatchObject({ [member]: answer[member], ChecksumType: 'FULL_OBJECT' });
      const attributes = await s3.send(
        new GetObjectAttributesCommand({
          Bucket,
          Key: `sum/${algorithm}`,
          ObjectAttributes: ['Checksum', 'ETag', 'ObjectSize', 'StorageClass'],
        }),
      );
      expect(attributes).toMatchObject({
        Checksum: { [member]: answer[member], ChecksumType: 'FULL_OBJECT' },
        ObjectSize: body.length,
        ETag: md5(body).toString('hex'),
        StorageClass: 'STANDARD',
      });
      await read(`sum/${algorithm}`);
    }
  });

  it('that are wrong keep nothing', async () => {
    const body = ids.bytes(50_000);
    const right = new Map<string, string>();
    for (const algorithm of algorithms) {
      right.set(
        algorithm,
        (await put('right', body, { ChecksumAlgorithm: algorithm }))[`Checksum${algorithm}` as 'ChecksumCRC32']!,
      );
    }
    for (const algorithm of algorithms) {
      const wrong = Buffer.from(right.get(algorithm)!, 'base64');
      wrong[below(wrong.length)]! ^= 1 + below(255);
      await expect(put('wrong', body, { [`Checksum${algorithm}`]: wrong.toString('base64') })).rejects.toMatchObject(
        refusal('BadDigest', 400, { message: `The ${algorithm} you specified did not match the calculated checksum.` }),
      );
    }
    await expect(put('wrong', body, { ChecksumCRC32: 'AAA' })).rejects.toMatchObject(refusal('InvalidRequest', 400));
    await expect(
      bare.send(
        new PutObjectCommand({ Bucket, Key: 'wrong', Body: body, ContentMD5: md5(ids.bytes(9)).toString('base64') }),
      ),
    ).rejects.toMatchObject(
      refusal('BadDigest', 400, { message: 'The Content-MD5 you specified did not match what we received.' }),
    );
    await expect(
      bare.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: body, ContentMD5: 'nonsense' })),
    ).rejects.toMatchObject(refusal('InvalidDigest', 400));
    await expect(read('wrong')).rejects.toMatchObject(refusal('NoSuchKey', 404));
    await bare.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: body, ContentMD5: md5(body).toString('base64') }));
  });

  it('are computed where the client sends none', async () => {
    const body = ids.bytes(70_000);
    const { ChecksumCRC64NVME: expected } = await put('with', body, { ChecksumAlgorithm: 'CRC64NVME' });
    await bare.send(new PutObjectCommand({ Bucket, Key: 'without', Body: body }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'without', ChecksumMode: 'ENABLED' }))).toMatchObject({
      ChecksumCRC64NVME: expected,
      ChecksumType: 'FULL_OBJECT',
    });
    const [listed] = (await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'without' }))).Contents!;
    expect(listed).toMatchObject({ ChecksumAlgorithm: ['CRC64NVME'], ChecksumType: 'FULL_OBJECT' });
  });
});

describe('tags', () => {
  it('are put, read, counted and deleted', async () => {
    await put('tagged', 'x', { Tagging: 'from=header' });
    const TagSet = [
      { Key: 'a b', Value: ids.hex(8) },
      { Key: 'empty', Value: '' },
    ];
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual([
      { Key: 'from', Value: 'header' },
    ]);
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual(TagSet);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'tagged' }))).TagCount).toBe(2);
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual([]);
  });

  it('that S3 would refuse are refused', async () => {
    await put('tagged', 'x');
    const tag = (TagSet: { Key: string; Value: string }[]) =>
      s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    await expect(
      tag([
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ]),
    ).rejects.toMatchObject(refusal('InvalidTag', 400));
    await expect(tag([{ Key: 'k'.repeat(129), Value: '' }])).rejects.toMatchObject(refusal('InvalidTag', 400));
    await expect(tag([{ Key: 'k', Value: 'v'.repeat(257) }])).rejects.toMatchObject(refusal('InvalidTag', 400));
    await expect(tag([{ Key: 'aws:x', Value: '' }])).rejects.toMatchObject(refusal('InvalidTag', 400));
    await expect(tag([{ Key: 'bad*', Value: '' }])).rejects.toMatchObject(refusal('InvalidTag', 400));
    await expect(tag(Array.from({ length: 11 }, (_, i) => ({ Key: `${i}`, Value: '' })))).rejects.toMatchObject(
      refusal('BadRequest', 400),
    );
  });
});
