import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
  GetObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { startForTests } from '../../../../tests/start.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
let serial = 0;

async function makeBucket(): Promise<string> {
  const Bucket = `cors-${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const preflight = (Bucket: string, origin: string, method: string, headers?: string) =>
  fetch(`${outcrop.endpoint}/${Bucket}/key`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers ? { 'access-control-request-headers': headers } : {}),
    },
  });

describe('CORS', () => {
  it('is kept, read and removed, and refused when it is wrong', async () => {
    const Bucket = await makeBucket();
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    });
    const CORSRules = [
      {
        ID: 'a',
        AllowedMethods: ['GET', 'PUT'],
        AllowedOrigins: ['https://*.example.com'],
        AllowedHeaders: ['x-*'],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: 77,
      },
    ];
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
    const put = (rule: object) =>
      s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [{ ...CORSRules[0]!, ...rule }] } }));
    await expect(put({ AllowedMethods: ['PATCH'] })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
    });
    await expect(put({ AllowedOrigins: ['*.*'] })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'AllowedOrigin "*.*" can not have more than one wildcard.',
    });
    await expect(put({ ExposeHeaders: ['x-*'] })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(put({ ExposeHeaders: ['é'] })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    });
  });

  it('answers a preflight by the first rule that fits', async () => {
    const Bucket = await makeBucket();
    await s3.send(
      new PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: {
          CORSRules: [
            {
              AllowedMethods: ['PUT'],
              AllowedOrigins: ['https://*.example.com'],
              AllowedHeaders: ['Content-*', 'x-amz-date'],
              ExposeHeaders: ['ETag', 'x-amz-version-id'],
              MaxAgeSeconds: 77,
            },
            { AllowedMethods: ['GET'], AllowedOrigins: ['*'] },
          ],
        },
      }),
    );
    const allowed = await preflight(Bucket, 'https://app.example.com', 'PUT', 'content-type, X-Amz-Date');
    expect(allowed.status).toBe(200);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'content-type, x-amz-date',
      'access-control-expose-headers': 'ETag, x-amz-version-id',
      'access-control-max-age': '77',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
    const anyone = await preflight(Bucket, 'https://elsewhere.org', 'GET');
    expect(anyone.headers.get('access-control-allow-origin')).toBe('*');
    expect(anyone.headers.get('access-control-allow-credentials')).toBeNull();
    for (const refused of [
      await preflight(Bucket, 'https://elsewhere.org', 'PUT'),
      await preflight(Bucket, 'https://app.example.com', 'PUT', 'authorization'),
      await preflight(Bucket, 'https://app.example.com', 'DELETE'),
    ]) {
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain('<Code>AccessForbidden</Code>');
    }
  });

  it('says why a preflight cannot be answered at all', async () => {
    const Bucket = await makeBucket();
    const plain = await preflight(Bucket, 'https://a.example', 'GET');
    expect(plain.status).toBe(403);
    expect(await plain.text()).toContain('CORSResponse: CORS is not enabled for this bucket.');
    expect(await (await preflight('no-such-bucket-here', 'https://a.example', 'GET')).text()).toContain(
      'CORSResponse: Bucket not found',
    );
  });

  it('puts its headers on the answer to a real request from an allowed page, and on none other', async () => {
    const Bucket = await makeBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'hello' }));
    await s3.send(
      new PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: {
          CORSRules: [
            { AllowedMethods: ['GET'], AllowedOrigins: ['https://app.example.com'], ExposeHeaders: ['ETag'] },
          ],
        },
      }),
    );
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'key' }));
    const allowed = await fetch(url, { headers: { origin: 'https://app.example.com' } });
    expect(await allowed.text()).toBe('hello');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.headers.get('access-control-expose-headers')).toBe('ETag');
    expect(allowed.headers.get('vary')).toContain('Origin');
    const other = await fetch(url, { headers: { origin: 'https://other.example.com' } });
    expect(await other.text()).toBe('hello');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const denied = await fetch(`${outcrop.endpoint}/${Bucket}/key`, { headers: { origin: 'https://app.example.com' } });
    expect(denied.status).toBe(403);
    expect(denied.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});
