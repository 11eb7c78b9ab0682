import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { allow, identities, policy } from '../../../tests/identities.ts';
import { startForTests } from '../../../tests/start.ts';

/** Source: S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys". */
describe('how a request was signed', async () => {
  const outcrop = await startForTests();
  const s3 = new S3Client(outcrop.clients);
  const { user } = identities(outcrop);
  const Bucket = 'signed';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  const ann = new S3Client((await user('ann', allow('s3:*'))).clients);

  const denyWhen = (Condition: unknown) =>
    s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({
          Effect: 'Deny',
          Principal: { AWS: 'arn:aws:iam::000000000000:user/ann' },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
          Condition,
        }),
      }),
    );
  const byHeader = () =>
    ann.send(new GetObjectCommand({ Bucket, Key: 'k' })).then(
      () => 200,
      (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
    );
  const byUrl = async () => (await fetch(await getSignedUrl(ann, new GetObjectCommand({ Bucket, Key: 'k' })))).status;

  it('decides: links may be shut out, headers may', async () => {
    await denyWhen({ StringNotEquals: { 's3:authType': 'REST-HEADER' } });
    expect([await byHeader(), await byUrl()]).toEqual([200, 403]);
    await denyWhen({ StringEquals: { 's3:authType': 'REST-HEADER' } });
    expect([await byHeader(), await byUrl()]).toEqual([403, 200]);
  });

  it('decides by its version, its age and the digest that was declared', async () => {
    await denyWhen({ StringEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } });
    expect(await byHeader()).toBe(403);
    await denyWhen({ NumericGreaterThan: { 's3:signatureAge': '600000' } });
    expect(await byHeader()).toBe(200);
    await denyWhen({ NumericLessThan: { 's3:signatureAge': '600000' } });
    expect(await byHeader()).toBe(403);
    await denyWhen({ StringEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    expect(await byHeader()).toBe(200);
    await denyWhen({ Null: { 's3:TlsVersion': 'true' } });
    expect(await byHeader()).toBe(403);
  });
});
