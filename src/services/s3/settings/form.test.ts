import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { describe, expect, it } from 'vitest';
import { allow, identities } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('form'));
const Bucket = 'forms';
await s3.send(new CreateBucketCommand({ Bucket }));

async function post(
  options: Omit<PresignedPostOptions, 'Bucket'>,
  file: Uint8Array | string,
  change: (fields: Record<string, string>) => void = () => {},
  name = 'photo.png',
  signer = s3,
) {
  const { url, fields } = await createPresignedPost(signer, { Bucket, ...options });
  change(fields);
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append('file', new Blob([file]), name);
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe('a form posted by a browser', () => {
  it('stores its file as the signed policy says', async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(random() * 256)));
    const answer = await post(
      {
        Key: 'up/${filename}',
        Conditions: [
          ['starts-with', '$key', 'up/'],
          ['content-length-range', 1, 400_000],
          ['starts-with', '$Content-Type', 'image/'],
        ],
        Fields: {
          'Content-Type': 'image/png',
          'x-amz-meta-album': 'summer',
          'x-amz-storage-class': 'STANDARD_IA',
          tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b = c/d</Value></Tag></TagSet></Tagging>',
        },
      },
      body,
    ).catch((error: Error) => error);
    expect(answer).toMatchObject({ status: 204, text: '' });
    const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'up/photo.png' }));
    expect(Buffer.from(await found.Body!.transformToByteArray()).equals(body)).toBe(true);
    expect(found).toMatchObject({
      StorageClass: 'STANDARD_IA',
      ContentType: 'image/png',
      Metadata: { album: 'summer' },
    });
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'up/photo.png' }));
    expect(TagSet).toEqual([{ Key: 'a', Value: 'b = c/d' }]);
  });

  it('is answered as it asks: 204, 200, 201 with XML, or a redirect', async () => {
    const created = await post({ Key: 'a b', Fields: { success_action_status: '201' } }, 'x');
    expect(created.status).toBe(201);
    expect(created.text).toContain('<Key>a b</Key>');
    expect(created.text).toContain(`<Bucket>${Bucket}</Bucket>`);
    expect((await post({ Key: 'c', Fields: { success_action_status: '200' } }, 'x')).status).toBe(200);
    const redirected = await post(
      { Key: 'd', Fields: { success_action_redirect: 'https://app.example.com/done?n=1' } },
      'x',
    );
    expect(redirected.status).toBe(303);
    expect(redirected.headers.get('location')).toBe(
      'https://app.example.com/done?n=1&bucket=forms&key=d&etag=%229dd4e461268c8034f5c8564e155c67a6%22',
    );
  });

  it('is refused when it breaks its policy, and nothing is stored', async () => {
    const cases: [Promise<{ status: number; text: string }>, number, string][] = [
      [post({ Key: 'no1', Conditions: [['content-length-range', 0, 10]] }, 'x'.repeat(11)), 400, 'EntityTooLarge'],
      [post({ Key: 'no2', Conditions: [['content-length-range', 5, 10]] }, 'x'), 400, 'EntityTooSmall'],
      [
        post({ Key: 'no3' }, 'x', (fields) => (fields['key'] = 'no4')),
        403,
        'Policy Condition failed: [&quot;eq&quot;,&quot;$key&quot;,&quot;no3&quot;]',
      ],
      [
        post({ Key: 'no5' }, 'x', (fields) => (fields['x-amz-meta-extra'] = '1')),
        403,
        'Extra input fields: x-amz-meta-extra',
      ],
      [
        post({ Key: 'no6' }, 'x', (fields) => (fields['X-Amz-Signature'] = '0'.repeat(64))),
        403,
        'SignatureDoesNotMatch',
      ],
      [post({ Key: 'no7', Expires: -10 }, 'x'), 403, 'Policy expired'],
      [
        post(
          { Key: 'no8' },
          'x',
          (fields) => (fields['X-Amz-Credential'] = fields['X-Amz-Credential']!.replace('test', 'nobody')),
        ),
        403,
        'InvalidAccessKeyId',
      ],
      [
        post({ Key: 'no9' }, 'x', (fields) => (fields['Policy'] = Buffer.from('{').toString('base64'))),
        403,
        'SignatureDoesNotMatch',
      ],
    ];
    for (const [sent, status, text] of cases) {
      const answer = await sent;
      expect(answer.text.replaceAll('"', '&quot;')).toContain(text);
      expect(answer.status).toBe(status);
    }
    for (let i = 1; i <= 9; i++)
      await expect(s3.send(new HeadObjectCommand({ Bucket, Key: `no${i}` }))).rejects.toMatchObject({
        name: 'NotFound',
      });
  });

  it('without a policy is an anonymous upload, which a private bucket refuses', async () => {
    const form = new FormData();
    form.append('key', 'anonymous');
    form.append('file', new Blob(['x']), 'x');
    const answer = await fetch(`${outcrop.endpoint}/${Bucket}`, { method: 'POST', body: form });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('must name a key, have one file, and be whole', async () => {
    const send = (body: string, type = 'multipart/form-data; boundary=b') =>
      fetch(`${outcrop.endpoint}/${Bucket}`, { method: 'POST', body, headers: { 'content-type': type } }).then(
        (answer) => answer.text(),
      );
    expect(
      await send('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n'),
    ).toContain("must contain a field named 'key'");
    expect(await send('--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b--\r\n')).toContain(
      'POST requires exactly one file upload per request.',
    );
    expect(await send('--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk')).toContain('MalformedPOSTRequest');
  });

  it('is decided like the upload of its signer', async () => {
    const ann = await identities(outcrop).user(
      `ann-${Math.floor(random() * 1e9)}`,
      allow('s3:PutObject', `arn:aws:s3:::${Bucket}/hers/*`),
    );
    const client = new S3Client(ann.clients);
    expect((await post({ Key: 'hers/a' }, 'x', () => {}, 'a', client)).status).toBe(204);
    const refused = await post({ Key: 'theirs/a' }, 'x', () => {}, 'a', client);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('<Code>AccessDenied</Code>');
    expect((await post({ Key: 'hers/b', Fields: { acl: 'public-read' } }, 'x', () => {}, 'b', client)).status).toBe(
      403,
    );
  });

  it('is encrypted as its fields say', async () => {
    const { KeyMetadata } = await new KMSClient(outcrop.clients).send(new CreateKeyCommand({}));
    const Fields = {
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': KeyMetadata!.Arn!,
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
    };
    expect((await post({ Key: 'under-kms', Fields }, 'x')).status).toBe(204);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'under-kms' }))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: KeyMetadata!.Arn,
      BucketKeyEnabled: true,
    });
  });
});
