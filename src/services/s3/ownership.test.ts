import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type ObjectOwnership,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { allow, identities, policy, refusal } from '../../../tests/identities.ts';
import { otherAccount } from '../../../tests/accounts.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';
import { anonymous } from './accounts.fixture.ts';
import { canonicalId } from './owner.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const nobody = anonymous(outcrop);
const random = generator(testSeed('s3 ownership'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const elsewhere = await otherAccount(outcrop);
const other = { ...elsewhere, s3: new S3Client(elsewhere.clients) };
const DENIED = { name: 'AccessDenied', status: 403 };
const OWNER = '000000000000';

async function makeBucket(ownership: ObjectOwnership = 'BucketOwnerEnforced', open = false): Promise<string> {
  const Bucket = fresh('bucket');
  await s3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: ownership }));
  if (open) await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  return Bucket;
}

/** Lets the other account do something with the bucket. */
const letIn = (Bucket: string, Action: string | string[], more: object = {}) =>
  s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: policy({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${other.account}:root` },
        Action,
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
        ...more,
      }),
    }),
  );
const put = (client: S3Client, Bucket: string, Key: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: `content of ${Key}`, ...more }));
const text = async (client: S3Client, Bucket: string, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

describe('another account', () => {
  it('gets in by the bucket policy and its own together, and is told no reasons', async () => {
    const Bucket = await makeBucket();
    await put(s3, Bucket, 'k');
    // An administrator of its own account.
    expect(await refusal(text(other.s3, Bucket, 'k'))).toEqual({ ...DENIED, message: 'Access Denied' });
    await letIn(Bucket, 's3:GetObject');
    expect(await text(other.s3, Bucket, 'k')).toBe('content of k');
    const theirs = identities({ ...outcrop, clients: other.clients });
    const idle = await theirs.user(fresh('idle'));
    const { maxAttempts } = idle.clients;
    const clientOf = (credentials: typeof idle.clients.credentials) =>
      new S3Client({ ...outcrop.clients, maxAttempts, credentials });
    expect(await refusal(text(clientOf(idle.clients.credentials), Bucket, 'k'))).toMatchObject(DENIED);
    const able = await theirs.user(fresh('able'), allow('s3:GetObject'));
    expect(await text(clientOf(able.clients.credentials), Bucket, 'k')).toBe('content of k');
    // Nothing of the account's own policies lets its root past the other's bucket.
    expect(await refusal(put(other.s3, Bucket, 'new'))).toMatchObject(DENIED);
  });

  it('may be named by its canonical user id', async () => {
    const Bucket = await makeBucket();
    await put(s3, Bucket, 'k');
    await letIn(Bucket, 's3:GetObject', { Principal: { CanonicalUser: canonicalId(other.account) } });
    expect(await text(other.s3, Bucket, 'k')).toBe('content of k');
    await letIn(Bucket, 's3:GetObject', { Principal: { CanonicalUser: canonicalId('123123123123') } });
    expect(await refusal(text(other.s3, Bucket, 'k'))).toMatchObject(DENIED);
  });

  it('is kept out by the owner that a request expects', async () => {
    const Bucket = await makeBucket();
    await letIn(Bucket, 's3:*');
    const head = (ExpectedBucketOwner: string) => other.s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner }));
    await head(OWNER);
    expect((await refusal(head(other.account))).status).toBe(403);
  });
});

describe('objects that another account writes', () => {
  it('are the bucket owner’s where ACLs are off', async () => {
    const Bucket = await makeBucket();
    await letIn(Bucket, 's3:PutObject');
    await put(other.s3, Bucket, 'k');
    expect(await text(s3, Bucket, 'k')).toBe('content of k');
    expect(await refusal(text(other.s3, Bucket, 'k'))).toMatchObject(DENIED);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
    expect(Contents![0]!.Owner!.ID).toBe(canonicalId(OWNER));
  });

  it('are the writer’s where ACLs are on: the bucket owner sees and deletes them, and reads what it is let', async () => {
    const Bucket = await makeBucket('ObjectWriter');
    await letIn(Bucket, ['s3:PutObject', 's3:PutObjectAcl']);
    await put(other.s3, Bucket, 'theirs');
    await put(other.s3, Bucket, 'shared', { ACL: 'bucket-owner-full-control' });
    await put(other.s3, Bucket, 'readable', { ACL: 'bucket-owner-read' });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
    expect(Contents!.map(({ Owner }) => Owner!.ID)).toEqual(Array(3).fill(canonicalId(other.account)));
    expect(await refusal(text(s3, Bucket, 'theirs'))).toMatchObject(DENIED);
    // The owner of an object needs nobody to read it, even where the bucket's policy says nothing of reading.
    expect(await text(other.s3, Bucket, 'theirs')).toBe('content of theirs');
    for (const Key of ['shared', 'readable']) expect(await text(s3, Bucket, Key)).toBe(`content of ${Key}`);
    const acl = (Key: string) => s3.send(new GetObjectAclCommand({ Bucket, Key }));
    expect((await acl('shared')).Owner!.ID).toBe(canonicalId(other.account));
    expect(await refusal(acl('readable'))).toMatchObject(DENIED);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'theirs' }));
    // What the bucket's owner denies stays denied.
    await letIn(Bucket, 's3:GetObject', { Effect: 'Deny' });
    expect(await refusal(text(other.s3, Bucket, 'shared'))).toMatchObject(DENIED);
  });

  it('become the bucket owner’s where that is preferred and the writer agrees', async () => {
    const Bucket = await makeBucket('BucketOwnerPreferred');
    await letIn(Bucket, ['s3:PutObject', 's3:PutObjectAcl']);
    await put(other.s3, Bucket, 'kept');
    await put(other.s3, Bucket, 'given', { ACL: 'bucket-owner-full-control' });
    expect(await text(s3, Bucket, 'given')).toBe('content of given');
    expect(await refusal(text(s3, Bucket, 'kept'))).toMatchObject(DENIED);
    // Once lists are off all objects are the bucket owner's.
    await s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      }),
    );
    expect(await text(s3, Bucket, 'kept')).toBe('content of kept');
    expect(await refusal(text(other.s3, Bucket, 'given'))).toMatchObject(DENIED);
  });

  it('can be uploaded in parts', async () => {
    const Bucket = await makeBucket('ObjectWriter');
    await letIn(Bucket, ['s3:PutObject', 's3:AbortMultipartUpload']);
    const { UploadId } = await other.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await other.s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
  });
});

describe('access control lists', () => {
  const grantee = (account = other.account) => `id="${canonicalId(account)}"`;

  it('of a bucket let accounts list it, write into it, and read or write the list', async () => {
    const Bucket = await makeBucket('ObjectWriter');
    await put(s3, Bucket, 'mine');
    const list = () => other.s3.send(new ListObjectsV2Command({ Bucket }));
    const acl = () => other.s3.send(new GetBucketAclCommand({ Bucket }));
    const grant = (more: object) =>
      s3.send(new PutBucketAclCommand({ Bucket, GrantFullControl: grantee(OWNER), ...more }));
    expect(await refusal(list())).toMatchObject(DENIED);
    await grant({ GrantRead: grantee() });
    expect((await list()).Contents!.map(({ Key }) => Key)).toEqual(['mine']);
    expect(await refusal(text(other.s3, Bucket, 'mine'))).toMatchObject(DENIED);
    expect(await refusal(put(other.s3, Bucket, 'new'))).toMatchObject(DENIED);
    await grant({ GrantWrite: grantee() });
    await put(other.s3, Bucket, 'new');
    expect(await refusal(list())).toMatchObject(DENIED);
    await grant({ GrantReadACP: grantee() });
    expect((await acl()).Grants).toHaveLength(2);
    await grant({ GrantWriteACP: grantee() });
    await other.s3.send(new PutBucketAclCommand({ Bucket, GrantFullControl: `${grantee(OWNER)},${grantee()}` }));
    await list();
  });

  it('of an object let accounts and groups read it, unless public lists are ignored', async () => {
    const Bucket = await makeBucket('ObjectWriter', true);
    await put(s3, Bucket, 'account', { GrantRead: grantee() });
    await put(s3, Bucket, 'signed', { ACL: 'authenticated-read' });
    await put(s3, Bucket, 'public', { ACL: 'public-read' });
    await put(s3, Bucket, 'private');
    const reads = async (client: S3Client) => {
      const found: string[] = [];
      for (const Key of ['account', 'signed', 'public', 'private'])
        await text(client, Bucket, Key).then(
          () => found.push(Key),
          (error: Error) => expect(error.name).toBe('AccessDenied'),
        );
      return found;
    };
    expect(await reads(other.s3)).toEqual(['account', 'signed', 'public']);
    expect(await reads(nobody)).toEqual(['public']);
    expect(await reads(s3)).toEqual(['account', 'signed', 'public', 'private']);
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { IgnorePublicAcls: true } }),
    );
    expect(await reads(other.s3)).toEqual(['account']);
    expect(await reads(nobody)).toEqual([]);
  });

  it('may be handed to others to write', async () => {
    const Bucket = await makeBucket('ObjectWriter');
    await put(s3, Bucket, 'k', { GrantFullControl: grantee(OWNER), GrantWriteACP: grantee() });
    const mine = () => other.s3.send(new PutObjectAclCommand({ Bucket, Key: 'k', GrantFullControl: grantee() }));
    await mine();
    expect(await text(other.s3, Bucket, 'k')).toBe('content of k');
    // The owner of an object is never shut out of it.
    expect(await text(s3, Bucket, 'k')).toBe('content of k');
  });

  it('let everybody write where they say so: what is written is nobody’s', async () => {
    const Bucket = await makeBucket('ObjectWriter', true);
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
    await put(nobody, Bucket, 'dropped');
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
    expect(Contents![0]!.Owner!.ID).toBe('65a011a29cdf8ec533ec3d1ccaae921c');
    expect(await refusal(text(s3, Bucket, 'dropped'))).toMatchObject(DENIED);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'dropped' }));
  });
});
