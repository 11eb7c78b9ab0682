import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  RenameObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { Ids } from '../../kernel/ids.ts';

const ids = new Ids(testSeed('s3 bounds'));
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const Bucket = `bounds-${ids.hex(12)}`;
const long = 'x'.repeat(5000);
const Key = 'k';
const refusal = (error: string, status: number, more: object = {}) => ({
  name: error,
  $metadata: { httpStatusCode: status },
  ...more,
});

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
});

describe('names beyond all bounds', () => {
  it('are refused as S3 refuses them, and never as an inner error', async () => {
    const CopySource = `${Bucket}/${Key}`;
    const tries: [() => Promise<unknown>, string, number][] = [
      [() => s3.send(new GetObjectCommand({ Bucket, Key: long })), 'KeyTooLongError', 400],
      [() => s3.send(new GetObjectCommand({ Bucket, Key, VersionId: long })), 'InvalidArgument', 400],
      [() => s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${long}` })), 'KeyTooLongError', 400],
      [
        () => s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${CopySource}?versionId=${long}` })),
        'InvalidArgument',
        400,
      ],
      [() => s3.send(new CopyObjectCommand({ Bucket, Key: long, CopySource })), 'KeyTooLongError', 400],
      [() => s3.send(new ListObjectsV2Command({ Bucket, Prefix: long })), 'KeyTooLongError', 400],
      [() => s3.send(new ListObjectsV2Command({ Bucket, StartAfter: long })), 'KeyTooLongError', 400],
      [
        () => s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker: 'a', VersionIdMarker: long })),
        'InvalidArgument',
        400,
      ],
      [() => s3.send(new ListPartsCommand({ Bucket, Key, UploadId: long })), 'NoSuchUpload', 404],
      [
        () => s3.send(new UploadPartCommand({ Bucket, Key, UploadId: long, PartNumber: 1, Body: 'x' })),
        'NoSuchUpload',
        404,
      ],
      [() => s3.send(new PutObjectCommand({ Bucket, Key: `k${'\0'.repeat(900)}`, Body: 'x' })), 'KeyTooLongError', 400],
    ];
    for (const [i, [tried, name, status]] of tries.entries()) {
      const error = await tried().then(
        () => ({ name: 'nothing', $metadata: {} }),
        (thrown: { name: string; $metadata: object }) => thrown,
      );
      expect({ i, name: error.name, ...error.$metadata }).toMatchObject({ i, name, httpStatusCode: status });
    }
    const page = await s3.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker: 'a', UploadIdMarker: long }));
    expect(page.Uploads).toBeUndefined();
    const answer = await fetch(`${outcrop.endpoint}/${long}/k`);
    expect(answer.status).toBeLessThan(500);
  });
});

describe('what is not built', () => {
  it('is refused by name', async () => {
    const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: 'refused', Body: 'x', ...more }));
    const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 1).toString('base64') };
    await expect(put({ ServerSideEncryption: 'aws:fsx' })).rejects.toMatchObject(
      refusal('NotImplemented', 501, { Header: 'x-amz-server-side-encryption: aws:fsx' }),
    );
    await expect(put({ WriteOffsetBytes: 1 })).rejects.toMatchObject(refusal('NotImplemented', 501));
    await expect(put({ ObjectLockEventHold: 'ON' })).rejects.toMatchObject(refusal('NotImplemented', 501));
    await expect(put({ ChecksumXXHASH64: 'AAAAAAAAAAA=' })).rejects.toMatchObject(refusal('NotImplemented', 501));
    await expect(s3.send(new RenameObjectCommand({ Bucket, Key: 'new', RenameSource: Key }))).rejects.toMatchObject(
      refusal('NotImplemented', 501),
    );
    await expect(s3.send(new GetObjectCommand({ Bucket, Key, ...customer }))).rejects.toMatchObject(
      refusal('InvalidRequest', 400),
    );
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'refused' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});

describe('access control lists', () => {
  it('are off where the bucket owner owns all, and kept where they are on', async () => {
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'acl', Body: 'x', ACL: 'public-read' })),
    ).rejects.toMatchObject(
      refusal('AccessControlListNotSupported', 400, { message: 'The bucket does not allow ACLs' }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'acl', Body: 'x', ACL: 'bucket-owner-full-control' }));
    const own = await s3.send(new GetObjectAclCommand({ Bucket, Key: 'acl' }));
    expect(own.Grants).toEqual([{ Grantee: { Type: 'CanonicalUser', ID: own.Owner!.ID }, Permission: 'FULL_CONTROL' }]);

    const open = `open-${ids.hex(12)}`;
    await s3.send(new CreateBucketCommand({ Bucket: open, ObjectOwnership: 'ObjectWriter' }));
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket: open }));
    await s3.send(new PutObjectCommand({ Bucket: open, Key, Body: 'x', ACL: 'public-read' }));
    const AllUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';
    const canned = await s3.send(new GetObjectAclCommand({ Bucket: open, Key }));
    expect(canned.Grants).toContainEqual({ Grantee: { Type: 'Group', URI: AllUsers }, Permission: 'READ' });
    const grants = [{ Grantee: { Type: 'Group' as const, URI: AllUsers }, Permission: 'READ_ACP' as const }];
    await s3.send(
      new PutObjectAclCommand({ Bucket: open, Key, AccessControlPolicy: { Owner: canned.Owner, Grants: grants } }),
    );
    expect((await s3.send(new GetObjectAclCommand({ Bucket: open, Key }))).Grants).toEqual(grants);
    await s3.send(new PutObjectAclCommand({ Bucket: open, Key, ACL: 'private' }));
    expect((await s3.send(new GetObjectAclCommand({ Bucket: open, Key }))).Grants).toHaveLength(1);
  });
});

describe('a read', () => {
  it('gives one whole state of an object that is overwritten again and again', async () => {
    const bodies = Array.from({ length: 6 }, (_, i) => Buffer.alloc(20_000 + i * 30_000, i + 65));
    const stop = new AbortController();
    const writer = (async () => {
      for (let i = 0; !stop.signal.aborted; i++)
        await s3.send(new PutObjectCommand({ Bucket, Key: 'busy', Body: bodies[i % 6] }));
    })();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'busy', Body: bodies[0] }));
    for (let i = 0; i < 60; i++) {
      const got = Buffer.from(
        await (await s3.send(new GetObjectCommand({ Bucket, Key: 'busy' }))).Body!.transformToByteArray(),
      );
      expect(bodies.some((body) => body.equals(got))).toBe(true);
    }
    stop.abort();
    await writer;
  });

  it('works by a signed URL, which an upload does too', async () => {
    const body = ids.bytes(100_000);
    const target = { Bucket, Key: `signed ${ids.hex(6)}/ä` };
    const bare = new S3Client({ ...outcrop.clients, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const put = await fetch(await getSignedUrl(bare, new PutObjectCommand(target)), { method: 'PUT', body });
    expect(put.status).toBe(200);
    const got = await fetch(await getSignedUrl(bare, new GetObjectCommand({ ...target, ResponseContentType: 'a/b' })));
    expect(got.headers.get('content-type')).toBe('a/b');
    expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true);
  });
});

describe('an upload that fails', () => {
  it('leaves no content behind: cut off, too large, or not what it claims', async () => {
    const data = await mkdtemp(join(tmpdir(), 'outcrop-s3-'));
    afterAll(() => rm(data, { recursive: true, force: true }));
    const stack = await startForTests({ ephemeral: false, data });
    const bare = new S3Client({ ...stack.clients, requestChecksumCalculation: 'WHEN_REQUIRED' });
    await bare.send(new CreateBucketCommand({ Bucket: 'failing' }));
    const url = await getSignedUrl(bare, new PutObjectCommand({ Bucket: 'failing', Key }));
    const begin = (length: number) => http.request(url, { method: 'PUT', headers: { 'content-length': length } });

    for (const [length, sent] of [
      [9_000_000, 5_000_000],
      [400_000, 100_000],
      [2000, 1000],
    ] as const) {
      const request = begin(length);
      const gone = new Promise((resolve) => request.on('error', resolve).on('close', resolve));
      // Destroyed once the first bytes are out: the server has the beginning of a body.
      request.write(Buffer.alloc(sent), () => request.destroy());
      await gone;
    }
    const refused = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = begin(5 * 1024 ** 3 + 1)
        .on('response', resolve)
        .on('error', reject);
      request.write(Buffer.alloc(1000));
    });
    expect(refused.statusCode).toBe(400);
    expect(
      await refused
        .setEncoding('utf8')
        .toArray()
        .then((chunks) => chunks.join('')),
    ).toContain('<Code>EntityTooLarge</Code>');
    const wrong = ids.bytes(32).toString('base64');
    await expect(
      bare.send(new PutObjectCommand({ Bucket: 'failing', Key, Body: ids.bytes(300_000), ChecksumSHA256: wrong })),
    ).rejects.toMatchObject({ name: 'BadDigest' });

    await expect
      .poll(() => stack.calls(20).filter(({ error }) => error === 'IncompleteBody').length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    const files = async () =>
      (await readdir(join(data, 'blobs'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    await expect.poll(async () => (await files()).length, { timeout: 10_000 }).toBe(0);
    await expect(bare.send(new GetObjectCommand({ Bucket: 'failing', Key }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });
});
