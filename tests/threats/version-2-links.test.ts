import {
  CreateBucketCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketOwnershipControlsCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';
import { read, send, text } from './raw.ts';

/** Links signed with version 2, which boto3 still makes: its signature covers less than version 4's. */
const random = generator(testSeed('threats: version 2 links'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { host } = new URL(endpoint);
const s3 = new S3Client(outcrop.clients);
const Bucket = fresh('bucket');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'not meant' }));
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: false } }),
  );
});

/** A link as botocore's `HmacV1QueryAuth` makes it. */
function link(method: string, path: string, amz: Record<string, string> = {}, seconds = 60): string {
  const expires = String(Math.floor(Date.now() / 1000) + seconds);
  const lines = Object.entries(amz)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const signature = createHmac('sha1', credentials.secretAccessKey)
    .update([method, '', '', expires, `${lines.join('')}${path}`].join('\n'))
    .digest('base64');
  const query = { AWSAccessKeyId: credentials.accessKeyId, Signature: signature, Expires: expires, ...amz };
  return `${path}?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
}
const use = async (method: string, target: string, headers: Record<string, string> = {}, body = '') =>
  read(await send(endpoint, text({ method, path: target, body }, { host, ...headers })));

describe('Somebody with a link signed with version 2', () => {
  it('reads what it names, while it lasts', async () => {
    expect((await use('GET', link('GET', `/${Bucket}/k`))).body).toBe('content');
    expect((await use('GET', link('GET', `/${Bucket}/k`, {}, -1))).status).toBe(403);
  });

  it('cannot turn it to another object, bucket, method or time', async () => {
    const good = link('GET', `/${Bucket}/k`);
    for (const [method, target] of [
      ['GET', good.replace('/k?', '/other?')],
      ['GET', good.replace('/k?', '/k/../other?')],
      ['GET', good.replace('/k?', '?')],
      ['DELETE', good],
      ['PUT', good],
      ['HEAD', good],
      ['GET', good.replace(/Expires=\d+/, 'Expires=9999999999')],
      ['GET', `${good}&Expires=9999999999`],
      ['GET', `${good}&AWSAccessKeyId=other`],
    ] as const) {
      const answer = await use(method, target);
      if (target.startsWith(good) && answer.status === 200) expect(answer.body, target).toBe('content');
      else expect([400, 403], `${method} ${target}`).toContain(answer.status);
    }
  });

  it('cannot turn it to another operation by a parameter that it does not cover', async () => {
    const object = link('GET', `/${Bucket}/k`);
    for (const parameter of [
      'acl',
      'tagging',
      'torrent',
      'attributes',
      'retention',
      'legal-hold',
      'uploadId=x',
      'versionId=x',
      'x-id=GetObjectAcl',
      'annotation',
      'session',
      'encryption',
    ]) {
      const answer = await use('GET', `${object}&${parameter}`, { 'x-amz-object-attributes': 'ETag' });
      expect(answer.status === 200 ? answer.body : 'refused', parameter).toMatch(/^(content|refused)$/);
    }
    const put = link('PUT', `/${Bucket}/k`);
    for (const parameter of [
      'acl',
      'tagging',
      'retention',
      'legal-hold',
      'partNumber=1&uploadId=x',
      'renameObject',
      'encryption',
      'append',
    ])
      await use('PUT', `${put}&${parameter}`, {}, 'x');
    const list = link('GET', `/${Bucket}`);
    for (const parameter of [
      'policy',
      'acl',
      'ownershipControls',
      'publicAccessBlock',
      'policyStatus',
      'object-lock',
      'metadataTable',
      'intelligent-tiering',
      'abac',
      'uploads',
      'versions',
      'session',
      'cors',
      'encryption',
      'inventory',
      'analytics',
      'metrics',
    ]) {
      const answer = await use('GET', `${list}&${parameter}`);
      expect(answer.status === 200 ? /<(\w+) xmlns/.exec(answer.body)?.[1] : 'ListBucketResult', parameter).toBe(
        'ListBucketResult',
      );
    }
    const bucketPut = link('PUT', `/${Bucket}`);
    for (const parameter of ['ownershipControls', 'publicAccessBlock', 'abac', 'intelligent-tiering&id=x']) {
      const answer = await use('PUT', `${bucketPut}&${parameter}`, {}, '<x/>');
      expect(answer.status, parameter).toBeGreaterThanOrEqual(400);
      expect([400, 403, 409, 501], parameter).toContain(answer.status);
      expect(answer.body, parameter).not.toContain('MalformedXML');
    }
  });

  it('cannot say otherwise in a header than the link says', async () => {
    const Key = fresh('mine');
    const put = link('PUT', `/${Bucket}/${Key}`, { 'x-amz-acl': 'private', 'x-amz-meta-owner': 'me' });
    for (const headers of [
      { 'x-amz-acl': 'public-read' },
      { 'x-amz-meta-owner': 'attacker' },
      { 'x-amz-tagging': 'a=b' },
      { 'x-amz-copy-source': `/${Bucket}/other` },
    ] as Record<string, string>[])
      expect((await use('PUT', put, headers, 'x')).status, JSON.stringify(headers)).toBe(403);
    expect((await use('PUT', put, { 'x-amz-acl': 'private' }, 'x')).status).toBe(200);
    const { Grants } = await s3.send(new GetObjectAclCommand({ Bucket, Key }));
    expect(JSON.stringify(Grants)).not.toContain('AllUsers');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Metadata).toEqual({ owner: 'me' });
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))).KeyCount).toBe(1);
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()).toBe('x');
  });
});
