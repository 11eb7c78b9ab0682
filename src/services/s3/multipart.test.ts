import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator, Ids } from '../../kernel/ids.ts';

const seed = testSeed('s3 multipart');
const ids = new Ids(seed);
const random = generator(seed);
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
/** Names no checksum on its own account. */
const bare = new S3Client({
  ...outcrop.clients,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});
const Bucket = `multipart-${ids.hex(12)}`;
const MIB = 1024 ** 2;
const refusal = (error: string, status: number, more: object = {}) => ({
  name: error,
  $metadata: { httpStatusCode: status },
  ...more,
});
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
});

/** Bytes fast enough for megabytes: a random block, repeated with a counter in it. */
function content(size: number): Buffer {
  const block = ids.bytes(4096);
  const out = Buffer.alloc(size);
  for (let at = 0; at < size; at += block.length) {
    block.writeUInt32LE(at, 0);
    block.copy(out, at);
  }
  return out;
}

async function begin(
  Key: string,
  more: { ChecksumAlgorithm?: ChecksumAlgorithm; ChecksumType?: ChecksumType } = {},
  client = bare,
): Promise<string> {
  return (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
}

async function part(
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  more: { ChecksumAlgorithm?: ChecksumAlgorithm } = {},
): Promise<CompletedPart> {
  const {
    $metadata: _metadata,
    ServerSideEncryption: _encryption,
    ...told
  } = await bare.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
  return { PartNumber, ...told };
}

const complete = (Key: string, UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  bare.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

async function read(Key: string, more: object = {}) {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) };
}

describe('a multipart upload', () => {
  it('joins its parts by number, in whatever order they came, with the entity tag of tags', async () => {
    const bodies = [content(5 * MIB), content(5 * MIB + 77), content(1 + Math.floor(random() * 100_000))];
    const UploadId = await begin('joined');
    const parts: CompletedPart[] = [];
    for (const n of [2, 1, 3]) parts[n - 1] = await part('joined', UploadId, n, bodies[n - 1]!);
    const done = await complete('joined', UploadId, parts);
    const etag = `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-3"`;
    expect(done).toMatchObject({ ETag: etag, Bucket, Key: 'joined' });
    const whole = Buffer.concat(bodies);
    const got = await read('joined');
    expect(got.bytes.equals(whole)).toBe(true);
    expect(got.ETag).toBe(etag);
    // Ranges that begin and end in any part.
    for (let i = 0; i < 15; i++) {
      const first = Math.floor(random() * whole.length);
      const last = first + Math.floor(random() * 6 * MIB);
      expect(
        (await read('joined', { Range: `bytes=${first}-${last}` })).bytes.equals(whole.subarray(first, last + 1)),
      ).toBe(true);
    }
    const second = await read('joined', { PartNumber: 2 });
    expect(second.bytes.equals(bodies[1]!)).toBe(true);
    expect(second).toMatchObject({
      PartsCount: 3,
      ContentRange: `bytes ${5 * MIB}-${10 * MIB + 76}/${whole.length}`,
      $metadata: { httpStatusCode: 206 },
    });
    await expect(read('joined', { PartNumber: 4 })).rejects.toMatchObject(refusal('InvalidPartNumber', 416));
    // Once more: the same answer.
    expect((await complete('joined', UploadId, parts)).ETag).toBe(etag);
    // The copy is one piece, its tag that of the content.
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/joined` }));
    expect(copied.CopyObjectResult!.ETag).toBe(`"${md5(whole).toString('hex')}"`);
    expect((await read('copied')).bytes.equals(whole)).toBe(true);
  });

  it('has the checksum of the whole or of the checksums, by its type', async () => {
    const bodies = [content(5 * MIB), content(5 * MIB), content(12_345)];
    const whole = Buffer.concat(bodies);
    const cases: [ChecksumAlgorithm, ChecksumType][] = [
      ['CRC32', 'COMPOSITE'],
      ['CRC32C', 'COMPOSITE'],
      ['SHA1', 'COMPOSITE'],
      ['SHA256', 'COMPOSITE'],
      ['CRC32', 'FULL_OBJECT'],
      ['CRC32C', 'FULL_OBJECT'],
      ['CRC64NVME', 'FULL_OBJECT'],
    ];
    for (const [ChecksumAlgorithm, ChecksumType] of cases) {
      const member = `Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32';
      const Key = `${ChecksumAlgorithm}-${ChecksumType}`;
      const UploadId = await begin(Key, { ChecksumAlgorithm, ChecksumType });
      const parts = [];
      for (const [i, body] of bodies.entries())
        parts.push(await part(Key, UploadId, i + 1, body, { ChecksumAlgorithm }));
      const done = await complete(Key, UploadId, parts);
      expect(done.ChecksumType).toBe(ChecksumType);
      if (ChecksumType === 'FULL_OBJECT') {
        const { [member]: plain } = await s3.send(
          new PutObjectCommand({ Bucket, Key: 'plain', Body: whole, ChecksumAlgorithm }),
        );
        expect({ Key, sum: done[member] }).toEqual({ Key, sum: plain });
      } else {
        const digests = Buffer.concat(parts.map((one) => Buffer.from(one[member]!, 'base64')));
        const { [member]: plain } = await s3.send(
          new PutObjectCommand({ Bucket, Key: 'plain', Body: digests, ChecksumAlgorithm }),
        );
        expect({ Key, sum: done[member] }).toEqual({ Key, sum: `${plain}-3` });
      }
      const attributes = await s3.send(
        new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts', 'Checksum'], MaxParts: 2 }),
      );
      expect(attributes.ObjectParts).toMatchObject({
        TotalPartsCount: 3,
        IsTruncated: true,
        NextPartNumberMarker: '2',
      });
      expect(attributes.ObjectParts!.Parts?.length).toBe(ChecksumType === 'COMPOSITE' ? 2 : undefined);
      expect((await read(Key)).bytes.equals(whole)).toBe(true);
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({ [member]: done[member], ChecksumType });
    }
  }, 120_000);

  it('refuses checksums that do not fit or do not match', async () => {
    const create = (ChecksumAlgorithm: ChecksumAlgorithm, ChecksumType: ChecksumType) =>
      begin('sums', { ChecksumAlgorithm, ChecksumType });
    await expect(create('SHA256', 'FULL_OBJECT')).rejects.toMatchObject(refusal('InvalidRequest', 400));
    await expect(create('CRC64NVME', 'COMPOSITE')).rejects.toMatchObject(refusal('InvalidRequest', 400));
    const UploadId = await create('SHA256', 'COMPOSITE');
    await expect(part('sums', UploadId, 1, content(10), { ChecksumAlgorithm: 'CRC32' })).rejects.toMatchObject(
      refusal('InvalidRequest', 400, {
        message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
      }),
    );
    const good = await part('sums', UploadId, 1, content(10), { ChecksumAlgorithm: 'SHA256' });
    await expect(complete('sums', UploadId, [{ PartNumber: 1, ETag: good.ETag }])).rejects.toMatchObject(
      refusal('InvalidRequest', 400, {
        message:
          'The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.',
      }),
    );
    const wrong = ids.bytes(32).toString('base64');
    await expect(complete('sums', UploadId, [{ ...good, ChecksumSHA256: wrong }])).rejects.toMatchObject(
      refusal('InvalidPart', 400),
    );
    await expect(complete('sums', UploadId, [good], { ChecksumSHA256: `${wrong}-1` })).rejects.toMatchObject(
      refusal('BadDigest', 400),
    );
    await expect(complete('sums', UploadId, [good], { MpuObjectSize: 11 })).rejects.toMatchObject(
      refusal('InvalidRequest', 400),
    );
    await complete('sums', UploadId, [good], { MpuObjectSize: 10 });
  });

  it('refuses parts that are missing, out of order, too small or misnumbered', async () => {
    const UploadId = await begin('refused');
    const a = await part('refused', UploadId, 1, content(100));
    const b = await part('refused', UploadId, 2, content(100));
    await expect(complete('refused', UploadId, [b, a])).rejects.toMatchObject(refusal('InvalidPartOrder', 400));
    await expect(complete('refused', UploadId, [a, b])).rejects.toMatchObject(
      refusal('EntityTooSmall', 400, { ProposedSize: '100', MinSizeAllowed: '5242880' }),
    );
    await expect(complete('refused', UploadId, [a, { PartNumber: 3, ETag: b.ETag }])).rejects.toMatchObject(
      refusal('InvalidPart', 400, { PartNumber: '3' }),
    );
    await expect(complete('refused', UploadId, [{ PartNumber: 1, ETag: b.ETag }])).rejects.toMatchObject(
      refusal('InvalidPart', 400),
    );
    await expect(complete('refused', UploadId, [])).rejects.toMatchObject(refusal('MalformedXML', 400));
    for (const number of [0, 10_001]) {
      await expect(part('refused', UploadId, number, content(1))).rejects.toMatchObject(
        refusal('InvalidArgument', 400, { ArgumentName: 'partNumber' }),
      );
    }
    await expect(part('refused', 'none', 1, content(1))).rejects.toMatchObject(refusal('NoSuchUpload', 404));
    // Only what is listed becomes part of the object.
    await complete('refused', UploadId, [b]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'refused' }))).ContentLength).toBe(100);
    await expect(part('refused', UploadId, 1, content(1))).rejects.toMatchObject(refusal('NoSuchUpload', 404));
  });

  it('lists its parts and itself, page by page, until it is aborted', async () => {
    const UploadId = await begin('listed/x');
    const bodies = [content(100), content(200), content(300)];
    for (const [i, body] of bodies.entries()) await part('listed/x', UploadId, (i + 1) * 3, body);
    await part('listed/x', UploadId, 3, bodies[2]!);
    const first = await s3.send(new ListPartsCommand({ Bucket, Key: 'listed/x', UploadId, MaxParts: 2 }));
    expect(first).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '6',
      MaxParts: 2,
      Parts: [
        { PartNumber: 3, Size: 300 },
        { PartNumber: 6, Size: 200 },
      ],
    });
    const rest = await s3.send(
      new ListPartsCommand({ Bucket, Key: 'listed/x', UploadId, PartNumberMarker: first.NextPartNumberMarker }),
    );
    expect(rest).toMatchObject({
      IsTruncated: false,
      Parts: [{ PartNumber: 9, Size: 300, ETag: `"${md5(bodies[2]!).toString('hex')}"` }],
    });

    const more = [
      UploadId,
      await begin('listed/x'),
      await begin('listed/y'),
      await begin('listed/z/1'),
      await begin('listed/z/2'),
    ];
    const found: string[] = [];
    let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await s3.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', MaxUploads: 2, ...from }),
      );
      found.push(...page.Uploads!.map((upload) => upload.UploadId!));
      if (!page.IsTruncated) break;
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    expect(found).toEqual(more);
    const rolled = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', Delimiter: '/' }));
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'listed/z/' }]);
    expect(rolled.Uploads).toHaveLength(3);
    const afterX = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', KeyMarker: 'listed/x' }));
    expect(afterX.Uploads!.map((upload) => upload.Key)).toEqual(['listed/y', 'listed/z/1', 'listed/z/2']);

    const keys = ['listed/x', 'listed/x', 'listed/y', 'listed/z/1', 'listed/z/2'];
    for (const [i, id] of more.entries())
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: keys[i], UploadId: id }));
    await expect(s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'listed/x', UploadId }))).rejects.toMatchObject(
      refusal('NoSuchUpload', 404),
    );
    await expect(s3.send(new ListPartsCommand({ Bucket, Key: 'listed/x', UploadId }))).rejects.toMatchObject(
      refusal('NoSuchUpload', 404),
    );
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/' }))).Uploads).toBeUndefined();
  });

  it('takes parts from objects that are there', async () => {
    const source = content(6 * MIB);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: source }));
    const UploadId = await begin('from');
    const take = (PartNumber: number, CopySourceRange?: string) =>
      s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'from',
          UploadId,
          PartNumber,
          CopySource: `${Bucket}/source`,
          CopySourceRange,
        }),
      );
    const one = await take(1);
    const two = await take(2, `bytes=100-${100 + 5 * MIB - 1}`);
    await expect(take(3, 'bytes=100-')).rejects.toMatchObject(refusal('InvalidArgument', 400));
    await expect(take(3, `bytes=0-${source.length}`)).rejects.toMatchObject(refusal('InvalidArgument', 400));
    await complete('from', UploadId, [
      { PartNumber: 1, ETag: one.CopyPartResult!.ETag },
      { PartNumber: 2, ETag: two.CopyPartResult!.ETag },
    ]);
    expect((await read('from')).bytes.equals(Buffer.concat([source, source.subarray(100, 100 + 5 * MIB)]))).toBe(true);
  });

  it('is what the SDK uploads large bodies by', async () => {
    const body = content(11 * MIB + 5);
    await new Upload({
      client: s3,
      params: { Bucket, Key: 'sdk', Body: body, ContentType: 'a/b' },
      partSize: 5 * MIB,
    }).done();
    const got = await read('sdk');
    expect(got.bytes.equals(body)).toBe(true);
    expect(got).toMatchObject({ ContentType: 'a/b', ETag: expect.stringMatching(/-3"$/) });
  });

  it('completes only where its condition holds', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'taken', Body: 'x' }));
    const UploadId = await begin('taken');
    const one = await part('taken', UploadId, 1, content(10));
    await expect(complete('taken', UploadId, [one], { IfNoneMatch: '*' })).rejects.toMatchObject(
      refusal('PreconditionFailed', 412),
    );
    await complete('taken', UploadId, [one], { IfMatch: '*' });
    expect((await read('taken')).bytes).toHaveLength(10);
  });
});
