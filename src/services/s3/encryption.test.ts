import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type ServerSideEncryptionByDefault,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { draws } from '../../../tests/draws.ts';
import { startForTests } from '../../../tests/start.ts';

const data = mkdtempSync(join(tmpdir(), 'outcrop-encryption-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));
const outcrop = await startForTests({ ephemeral: false, data });
const s3 = new S3Client(outcrop.clients);
const kms = new KMSClient(outcrop.clients);
const { user, role } = identities(outcrop);
const { between } = draws('s3 encryption');
const MIB = 1024 ** 2;
const DENIED = { name: 'AccessDenied', status: 403 };

async function makeBucket(rule?: ServerSideEncryptionByDefault, BucketKeyEnabled = false): Promise<string> {
  const Bucket = `encrypted-${between(0, 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (rule)
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: rule, BucketKeyEnabled }],
        },
      }),
    );
  return Bucket;
}

const makeKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
/** Text that nothing else on disk has. */
const phrase = () => `the plain text of ${Array.from({ length: 8 }, () => between(1e8, 1e9)).join('-')}`;
const body = (size: number) => {
  const line = Buffer.from(`${phrase()}\n`);
  return Buffer.alloc(size, line);
};
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const put = (Bucket: string, Key: string, Body: Uint8Array | string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Bucket: string, Key: string, more: object = {}, client = s3) =>
  Buffer.from(await (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToByteArray());

/** All bytes of the data directory. */
function onDisk(): Buffer[] {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name)));
}
const isOnDisk = (text: Buffer | string) => onDisk().some((bytes) => bytes.includes(text));

describe('content at rest', () => {
  it('is nowhere in the data directory as it was sent, small or large, put, copied or in parts', async () => {
    const Bucket = await makeBucket();
    for (const size of [200, 16 * 1024, 300_000]) {
      const Body = body(size);
      const { ETag, ServerSideEncryption } = await put(Bucket, `k${size}`, Body);
      expect(ServerSideEncryption).toBe('AES256');
      expect(ETag).toBe(`"${md5(Body)}"`);
      await s3.send(new CopyObjectCommand({ Bucket, Key: `copy${size}`, CopySource: `${Bucket}/k${size}` }));
      expect((await read(Bucket, `k${size}`)).equals(Body)).toBe(true);
      expect((await read(Bucket, `copy${size}`)).equals(Body)).toBe(true);
      expect(isOnDisk(Body.subarray(0, 60))).toBe(false);
    }
    const parts = [body(5 * MIB), body(between(1000, 100_000))];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const Parts = [];
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }));
    expect((await read(Bucket, 'parts')).equals(Buffer.concat(parts))).toBe(true);
    for (const part of parts) expect(isOnDisk(part.subarray(0, 60))).toBe(false);
    // The words of this test itself can be found there when they are not content.
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a name that can be found', Body: 'x' }));
    expect(isOnDisk('a name that can be found')).toBe(true);
  });

  it('differs for equal objects', async () => {
    const Bucket = await makeBucket();
    const Body = body(between(20_000, 60_000));
    const files = () =>
      new Set(
        onDisk()
          .filter((bytes) => bytes.length >= Body.length && bytes.length < Body.length + 100)
          .map((bytes) => md5(bytes)),
      );
    await put(Bucket, 'a', Body);
    await put(Bucket, 'b', Body);
    expect(files().size).toBe(2);
  });
});

describe('an object under a KMS key', () => {
  it('is told of in answers, has an entity tag of its own, and is read in any range', async () => {
    const [Bucket, key] = [await makeBucket(), await makeKey()];
    const Body = body(between(100_000, 300_000));
    const asked = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key };
    const first = await put(Bucket, 'a', Body, asked);
    const second = await put(Bucket, 'b', Body, asked);
    expect(first).toMatchObject(asked);
    expect(first.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(new Set([first.ETag, second.ETag, `"${md5(Body)}"`]).size).toBe(3);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).toMatchObject(asked);
    expect((await read(Bucket, 'a')).equals(Body)).toBe(true);
    const [start, end] = [between(0, 50_000), between(50_001, 99_999)];
    const range = await read(Bucket, 'a', { Range: `bytes=${start}-${end}` });
    expect(range.equals(Body.subarray(start, end + 1))).toBe(true);
    expect(isOnDisk(Body.subarray(0, 60))).toBe(false);
  });

  it('uses the AWS managed key unless another is named, and the default of the bucket where nothing is', async () => {
    const key = await makeKey();
    const [plain, standing] = [await makeBucket(), await makeBucket({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key })];
    const managed = await put(plain, 'k', 'x', { ServerSideEncryption: 'aws:kms' });
    expect(managed.SSEKMSKeyId).toMatch(/^arn:aws:kms:us-east-1:000000000000:key\//);
    expect(managed.SSEKMSKeyId).not.toBe(key);
    expect((await put(standing, 'k', 'x')).SSEKMSKeyId).toBe(key);
    expect((await put(standing, 'own', 'x', { ServerSideEncryption: 'AES256' })).SSEKMSKeyId).toBeUndefined();
    for (const Key of ['k', 'own']) expect((await read(standing, Key)).toString()).toBe('x');
  });

  it('is shut while its key is disabled, for everyone', async () => {
    const [Bucket, KeyId] = [await makeBucket(), await makeKey()];
    for (const [Key, more] of [
      ['kms', {}],
      ['bucket-key', { BucketKeyEnabled: true }],
    ] as const)
      await put(Bucket, Key, `content of ${Key}`, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId, ...more });
    await kms.send(new DisableKeyCommand({ KeyId }));
    for (const Key of ['kms', 'bucket-key'])
      expect(await refusal(read(Bucket, Key))).toEqual({
        name: 'KMS.DisabledException',
        message: `${KeyId} is disabled.`,
        status: 400,
      });
    await s3.send(new HeadObjectCommand({ Bucket, Key: 'kms' }));
    expect(await refusal(put(Bucket, 'k', 'x', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }))).toMatchObject(
      {
        name: 'KMS.DisabledException',
      },
    );
    await kms.send(new EnableKeyCommand({ KeyId }));
    for (const Key of ['kms', 'bucket-key']) expect((await read(Bucket, Key)).toString()).toBe(`content of ${Key}`);
    const missing = KeyId.replace(/[0-9a-f]{12}$/, '000000000000');
    expect(
      await refusal(put(Bucket, 'k', 'x', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: missing })),
    ).toMatchObject({ name: 'KMS.NotFoundException', status: 400 });
  });

  it('is read and written by those who may use the key as well', async () => {
    const [Bucket, key] = [await makeBucket(), await makeKey()];
    const asked = { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: key };
    await put(Bucket, 'k', 'secret', asked);
    const make = async (...Statement: Record<string, unknown>[]) => {
      const made = await user(`user-${between(0, 1e9)}`, policy(...Statement));
      return { ...made, s3: new S3Client(made.clients) };
    };
    const objects = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
    const without = await make(objects);
    expect(await refusal(read(Bucket, 'k', {}, without.s3))).toMatchObject({
      ...DENIED,
      message: expect.stringMatching(new RegExp(`^User: ${without.arn} is not authorized to perform: kms:Decrypt `)),
    });
    const write = (client: S3Client) => client.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x', ...asked }));
    expect(await refusal(write(without.s3))).toMatchObject({
      ...DENIED,
      message: expect.stringContaining('kms:GenerateDataKey'),
    });
    const decrypting = await make(objects, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key });
    expect((await read(Bucket, 'k', {}, decrypting.s3)).toString()).toBe('secret');
    expect(await refusal(write(decrypting.s3))).toMatchObject(DENIED);
    // The key may be used for this object alone, and through S3 alone.
    const narrow = await make(objects, {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: key,
      Condition: {
        StringEquals: {
          'kms:EncryptionContext:aws:s3:arn': `arn:aws:s3:::${Bucket}/k`,
          'kms:ViaService': 's3.us-east-1.amazonaws.com',
        },
      },
    });
    await put(Bucket, 'another', 'x', asked);
    expect((await read(Bucket, 'k', {}, narrow.s3)).toString()).toBe('secret');
    expect(await refusal(read(Bucket, 'another', {}, narrow.s3))).toMatchObject(DENIED);
    // What the key's own policy shuts stays shut.
    await kms.send(
      new PutKeyPolicyCommand({
        KeyId: key,
        Policy: policy(
          { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' },
          { Effect: 'Deny', Principal: { AWS: decrypting.arn }, Action: 'kms:Decrypt', Resource: '*' },
        ),
      }),
    );
    expect(await refusal(read(Bucket, 'k', {}, decrypting.s3))).toMatchObject(DENIED);
  });

  it('carries a context of its own, which readers need not tell', async () => {
    const [Bucket, key] = [await makeBucket(), await makeKey()];
    const team = `team-${between(0, 1e9)}`;
    const SSEKMSEncryptionContext = Buffer.from(JSON.stringify({ team })).toString('base64');
    const { SSEKMSEncryptionContext: told } = await put(Bucket, 'k', 'x', {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: key,
      SSEKMSEncryptionContext,
    });
    expect(JSON.parse(Buffer.from(told!, 'base64').toString())).toEqual({
      team,
      'aws:s3:arn': `arn:aws:s3:::${Bucket}/k`,
    });
    expect((await read(Bucket, 'k')).toString()).toBe('x');
    const bad = { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: Buffer.from('[1]').toString('base64') };
    expect(await refusal(put(Bucket, 'k', 'x', bad))).toMatchObject({ name: 'InvalidArgument' });
    expect(await refusal(put(Bucket, 'k', 'x', { SSEKMSKeyId: key }))).toEqual({
      name: 'InvalidArgument',
      message:
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      status: 400,
    });
  });

  it('is copied under another key, uploaded in parts, and lies in two layers where that is asked', async () => {
    const [Bucket, first, second] = [await makeBucket(), await makeKey(), await makeKey()];
    const Body = body(between(70_000, 200_000));
    await put(Bucket, 'a', Body, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: first });
    const copy = (Key: string, more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/a`, ...more }));
    expect(await copy('b', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: second })).toMatchObject({
      SSEKMSKeyId: second,
    });
    expect(await copy('own', {})).toMatchObject({ ServerSideEncryption: 'AES256' });
    const dual = await copy('dual', { ServerSideEncryption: 'aws:kms:dsse', SSEKMSKeyId: second });
    expect(dual.ServerSideEncryption).toBe('aws:kms:dsse');
    await kms.send(new DisableKeyCommand({ KeyId: first }));
    for (const Key of ['b', 'own', 'dual']) {
      expect((await read(Bucket, Key)).equals(Body)).toBe(true);
      const range = await read(Bucket, Key, { Range: 'bytes=60000-69999' });
      expect(range.equals(Body.subarray(60_000, 70_000))).toBe(true);
    }
    expect(await refusal(read(Bucket, 'a'))).toMatchObject({ name: 'KMS.DisabledException' });
    const asked = { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: second };
    const { UploadId, ...told } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ...asked }));
    expect(told).toMatchObject(asked);
    const part = await s3.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 1, Body }));
    expect(part.SSEKMSKeyId).toBe(second);
    expect(part.ETag).not.toBe(`"${md5(Body)}"`);
    const Parts = [{ PartNumber: 1, ETag: part.ETag }];
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }),
    );
    expect(done).toMatchObject(asked);
    expect((await read(Bucket, 'parts')).equals(Body)).toBe(true);
    expect(isOnDisk(Body.subarray(0, 60))).toBe(false);
  });

  it('shares a bucket key with the objects that are written within the hour', async () => {
    const key = await makeKey();
    const Bucket = await makeBucket({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key }, true);
    const ann = await user(
      `ann-${between(0, 1e9)}`,
      policy(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: key,
          // With a bucket key the context is the bucket's ARN.
          Condition: { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': `arn:aws:s3:::${Bucket}` } },
        },
      ),
    );
    const hers = new S3Client(ann.clients);
    const seen = () => outcrop.calls(1000).filter(({ operation }) => operation === 'GenerateDataKey').length;
    const before = seen();
    for (let i = 0; i < 10; i++) {
      const { BucketKeyEnabled, SSEKMSKeyId } = await hers.send(
        new PutObjectCommand({ Bucket, Key: `k${i}`, Body: `content ${i}` }),
      );
      expect([BucketKeyEnabled, SSEKMSKeyId]).toEqual([true, key]);
    }
    expect(seen() - before).toBe(1);
    await outcrop.clock.advance(3_600_000);
    await hers.send(new PutObjectCommand({ Bucket, Key: 'later', Body: 'x' }));
    expect(seen() - before).toBe(2);
    for (let i = 0; i < 10; i++) expect((await read(Bucket, `k${i}`, {}, hers)).toString()).toBe(`content ${i}`);
  });

  it('is replicated where the rule says so, under the key of the replica and the rights of the role', async () => {
    const [key, replicaKey] = [await makeKey(), await makeKey()];
    const [from, to] = [await makeBucket({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key }), await makeBucket()];
    for (const Bucket of [from, to])
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const make = async (...keys: string[]) =>
      (
        await role(
          `role-${between(0, 1e9)}`,
          trust({ Service: 's3.amazonaws.com' }),
          policy(
            { Effect: 'Allow', Action: ['s3:Get*', 's3:Replicate*'], Resource: '*' },
            { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: keys },
          ),
        )
      ).arn;
    const configure = (Role: string, kmsObjects = true) =>
      s3.send(
        new PutBucketReplicationCommand({
          Bucket: from,
          ReplicationConfiguration: {
            Role,
            Rules: [
              {
                Status: 'Enabled',
                Priority: 1,
                Filter: { Prefix: '' },
                DeleteMarkerReplication: { Status: 'Disabled' },
                ...(kmsObjects ? { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } } : {}),
                Destination: {
                  Bucket: `arn:aws:s3:::${to}`,
                  ...(kmsObjects ? { EncryptionConfiguration: { ReplicaKmsKeyID: replicaKey } } : {}),
                },
              },
            ],
          },
        }),
      );
    const Body = body(between(1000, 100_000));
    const status = async (Key: string) =>
      (await s3.send(new HeadObjectCommand({ Bucket: from, Key }))).ReplicationStatus;
    const send = async (Key: string) => {
      await put(from, Key, Body);
      await outcrop.clock.advance(60_000);
    };
    await configure(await make(key, replicaKey), false);
    await send('not asked for');
    expect(await status('not asked for')).toBeUndefined();
    await configure(await make(replicaKey));
    await send('no right to decrypt');
    expect(await status('no right to decrypt')).toBe('FAILED');
    await configure(await make(key, replicaKey));
    await send('k');
    expect(await status('k')).toBe('COMPLETED');
    expect((await s3.send(new HeadObjectCommand({ Bucket: to, Key: 'k' }))).SSEKMSKeyId).toBe(replicaKey);
    await kms.send(new DisableKeyCommand({ KeyId: key }));
    expect((await read(to, 'k')).equals(Body)).toBe(true);
    // The rest of the stack's objects need no key of KMS.
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'own', Body, ServerSideEncryption: 'AES256' }));
    await outcrop.clock.advance(60_000);
    expect((await read(to, 'own')).equals(Body)).toBe(true);
  });
});
