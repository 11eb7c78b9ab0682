import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
  SelectObjectContentCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { draws } from '../../../tests/draws.ts';
import { startForTests } from '../../../tests/start.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const { between } = draws('s3 customer keys');
const MIB = 1024 ** 2;

async function makeBucket(taken = true): Promise<string> {
  const Bucket = `customers-${between(0, 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (taken)
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
              BlockedEncryptionTypes: { EncryptionType: ['NONE'] },
            },
          ],
        },
      }),
    );
  return Bucket;
}

const bytes = (size: number) => {
  const out = Buffer.alloc(size);
  for (let i = 0; i < size; i++) out[i] = between(0, 255);
  return out;
};
const md5 = (key: Uint8Array) => createHash('md5').update(key).digest('base64');
const newKey = () => {
  const key = randomBytes(32);
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: md5(key),
  };
};
const asSource = (key: ReturnType<typeof newKey>) => ({
  CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
  CopySourceSSECustomerKey: key.SSECustomerKey,
  CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
});
const read = async (Bucket: string, Key: string, more: object = {}) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToByteArray());
const NEEDED =
  'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.';

describe('an object under a key of its customer', () => {
  it('is read with that key, whole or in part, and with no other', async () => {
    const Bucket = await makeBucket();
    const key = newKey();
    const body = bytes(between(100_000, 300_000));
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body, ...key }));
    expect(put).toMatchObject({ SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: key.SSECustomerKeyMD5 });
    expect(put.ServerSideEncryption).toBeUndefined();
    expect(put.ETag).not.toBe(`"${createHash('md5').update(body).digest('hex')}"`);
    expect((await read(Bucket, 'k', key)).equals(body)).toBe(true);
    const [start, end] = [between(0, 50_000), between(50_001, 99_999)];
    expect(
      (await read(Bucket, 'k', { ...key, Range: `bytes=${start}-${end}` })).equals(body.subarray(start, end + 1)),
    ).toBe(true);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ...key }));
    expect(head).toMatchObject({ ContentLength: body.length, SSECustomerKeyMD5: key.SSECustomerKeyMD5 });
    expect(await refusal(read(Bucket, 'k'))).toEqual({ name: 'InvalidRequest', message: NEEDED, status: 400 });
    expect(await refusal(read(Bucket, 'k', newKey()))).toMatchObject({ name: 'AccessDenied', status: 403 });
    expect((await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).status).toBe(400);
    expect((await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ...newKey() })))).status).toBe(403);
    const attributes = { Bucket, Key: 'k', ObjectAttributes: ['ObjectSize' as const] };
    expect(await refusal(s3.send(new GetObjectAttributesCommand(attributes)))).toMatchObject({
      name: 'InvalidRequest',
    });
    expect((await s3.send(new GetObjectAttributesCommand({ ...attributes, ...key }))).ObjectSize).toBe(body.length);
  });

  it('takes no key that is half, wrong or beside another encryption', async () => {
    const Bucket = await makeBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }));
    const key = newKey();
    const put = (more: object) => refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more })));
    const invalid = (message: string) => ({ name: 'InvalidArgument', message, status: 400 });
    // The client itself would send the right digest.
    const lying = new S3Client(outcrop.clients);
    lying.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-server-side-encryption-customer-key-md5'] = md5(randomBytes(32));
        return next(args);
      },
      { step: 'build' },
    );
    expect(await refusal(lying.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...key })))).toEqual(
      invalid('The calculated MD5 hash of the key did not match the hash that was provided.'),
    );
    const short = randomBytes(16);
    expect(await put({ ...key, SSECustomerKey: short.toString('base64'), SSECustomerKeyMD5: md5(short) })).toEqual(
      invalid('The secret key was invalid for the specified algorithm.'),
    );
    expect(await put({ SSECustomerAlgorithm: 'AES256' })).toEqual(
      invalid(
        'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
      ),
    );
    expect(await put({ ...key, SSECustomerAlgorithm: 'AES128' })).toMatchObject({
      name: 'InvalidEncryptionAlgorithmError',
      status: 400,
    });
    expect(await put({ ...key, ServerSideEncryption: 'AES256' })).toMatchObject({ name: 'InvalidArgument' });
    expect(await refusal(read(Bucket, 'plain', key))).toEqual({
      name: 'InvalidRequest',
      message: 'The encryption parameters are not applicable to this object.',
      status: 400,
    });
  });

  it('cannot be written where such keys are blocked, as in new buckets, and is read there still', async () => {
    const Bucket = await makeBucket(false);
    const key = newKey();
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...key }));
    expect(await refusal(put())).toMatchObject({ name: 'AccessDenied', status: 403 });
    const configure = (type: 'NONE' | 'SSE-C') =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: { Rules: [{ BlockedEncryptionTypes: { EncryptionType: [type] } }] },
        }),
      );
    await configure('NONE');
    await put();
    await configure('SSE-C');
    expect(await refusal(put())).toMatchObject({ name: 'AccessDenied' });
    expect((await read(Bucket, 'k', key)).toString()).toBe('x');
  });

  it('is copied from one key to another, to the keys of S3 and back', async () => {
    const Bucket = await makeBucket();
    const [first, second] = [newKey(), newKey()];
    const body = bytes(between(1, 200_000));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'first', Body: body, ...first }));
    const copy = (from: string, Key: string, more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}`, ...more }));
    expect(await refusal(copy('first', 'x', second))).toMatchObject({ name: 'InvalidRequest', message: NEEDED });
    expect(await refusal(copy('first', 'x', asSource(second)))).toMatchObject({ name: 'AccessDenied' });
    const made = await copy('first', 'second', { ...asSource(first), ...second });
    expect(made.SSECustomerKeyMD5).toBe(second.SSECustomerKeyMD5);
    expect((await read(Bucket, 'second', second)).equals(body)).toBe(true);
    expect((await copy('second', 'own', asSource(second))).ServerSideEncryption).toBe('AES256');
    expect((await read(Bucket, 'own')).equals(body)).toBe(true);
    await copy('own', 'own', first);
    expect((await read(Bucket, 'own', first)).equals(body)).toBe(true);
    // A copy onto itself may change the key.
    await copy('first', 'first', { ...asSource(first), ...second });
    expect((await read(Bucket, 'first', second)).equals(body)).toBe(true);
  });

  it('is uploaded in parts that bring the key each', async () => {
    const Bucket = await makeBucket();
    const key = newKey();
    const parts = [bytes(5 * MIB), bytes(between(1, 100_000))];
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: parts[1]!, ...key }));
    const target = { Bucket, Key: 'parts' };
    const { UploadId, SSECustomerKeyMD5 } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...key }));
    expect(SSECustomerKeyMD5).toBe(key.SSECustomerKeyMD5);
    const part = (PartNumber: number, more: object) =>
      s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body: parts[PartNumber - 1]!, ...more }));
    expect(await refusal(part(1, {}))).toEqual({
      name: 'InvalidRequest',
      message:
        'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
      status: 400,
    });
    expect(await refusal(part(1, newKey()))).toMatchObject({ name: 'InvalidRequest' });
    const one = await part(1, key);
    const two = await s3.send(
      new UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber: 2,
        CopySource: `${Bucket}/source`,
        ...key,
        ...asSource(key),
      }),
    );
    await s3.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: {
          Parts: [
            { PartNumber: 1, ETag: one.ETag },
            { PartNumber: 2, ETag: two.CopyPartResult!.ETag },
          ],
        },
      }),
    );
    const whole = Buffer.concat(parts);
    expect((await read(Bucket, 'parts', key)).equals(whole)).toBe(true);
    expect((await read(Bucket, 'parts', { ...key, PartNumber: 2 })).equals(parts[1]!)).toBe(true);
    const across = `bytes=${5 * MIB - 100}-${5 * MIB + 100}`;
    const expected = whole.subarray(5 * MIB - 100, 5 * MIB + 101);
    expect((await read(Bucket, 'parts', { ...key, Range: across })).equals(expected)).toBe(true);
    const plain = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'plain' }));
    const keyed = new UploadPartCommand({
      Bucket,
      Key: 'plain',
      UploadId: plain.UploadId,
      PartNumber: 1,
      Body: 'x',
      ...key,
    });
    expect(await refusal(s3.send(keyed))).toMatchObject({ name: 'InvalidRequest' });
  });

  it('is queried in place with its key', async () => {
    const Bucket = await makeBucket();
    const key = newKey();
    const wanted = between(0, 99);
    const Body = Array.from({ length: 100 }, (_, i) => `${i},${i * 7}`).join('\n');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'table.csv', Body, ...key }));
    const query = (more: object) =>
      s3.send(
        new SelectObjectContentCommand({
          Bucket,
          Key: 'table.csv',
          ExpressionType: 'SQL',
          Expression: `SELECT s._2 FROM S3Object s WHERE CAST(s._1 AS INT) = ${wanted}`,
          InputSerialization: { CSV: {} },
          OutputSerialization: { CSV: {} },
          ...more,
        }),
      );
    expect(await refusal(query({}))).toMatchObject({ name: 'InvalidRequest' });
    const { Payload } = await query(key);
    const found: string[] = [];
    for await (const event of Payload!) if (event.Records) found.push(Buffer.from(event.Records.Payload!).toString());
    expect(found.join('').trim()).toBe(String(wanted * 7));
  });
});
