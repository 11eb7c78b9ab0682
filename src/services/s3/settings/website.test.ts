import {
  CreateBucketCommand,
  DeleteBucketWebsiteCommand,
  DeletePublicAccessBlockCommand,
  GetBucketWebsiteCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  S3Client,
  type WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { policy } from '../../../../tests/identities.ts';
import { startForTests } from '../../../../tests/start.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
let serial = 0;

async function makeSite(
  website: WebsiteConfiguration | undefined,
  pages: Record<string, string>,
  open = true,
): Promise<string> {
  const Bucket = `site-${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (website) await s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: website }));
  for (const [Key, Body] of Object.entries(pages))
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html' }));
  if (open) {
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const Statement = [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    ];
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  }
  return Bucket;
}

/** Real HTTP, with the host name that a browser would send. */
function visit(
  bucket: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  host = `${bucket}.s3-website-us-east-1.localhost`,
) {
  const { port } = new URL(outcrop.endpoint);
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers: { host: `${host}:${port}`, ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

describe('website configurations', () => {
  it('are kept, read and removed, and refused when they are wrong', async () => {
    const Bucket = await makeSite(undefined, {}, false);
    await expect(s3.send(new GetBucketWebsiteCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchWebsiteConfiguration',
    });
    const website: WebsiteConfiguration = {
      IndexDocument: { Suffix: 'index.html' },
      RoutingRules: [{ Condition: { KeyPrefixEquals: 'a/' }, Redirect: { ReplaceKeyPrefixWith: 'b/' } }],
    };
    await s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: website }));
    expect(await s3.send(new GetBucketWebsiteCommand({ Bucket }))).toMatchObject(website);
    const put = (WebsiteConfiguration: WebsiteConfiguration) =>
      s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
    await expect(put({ IndexDocument: { Suffix: 'a/b' } })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'The IndexDocument Suffix is not well formed',
    });
    await expect(put({ ...website, RedirectAllRequestsTo: { HostName: 'h' } })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
    await expect(
      put({
        ...website,
        RoutingRules: [{ Condition: { HttpErrorCodeReturnedEquals: '200' }, Redirect: { HostName: 'h' } }],
      }),
    ).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'The provided HTTP error code (200) is not valid. Valid codes are 4XX or 5XX.',
    });
    await s3.send(new DeleteBucketWebsiteCommand({ Bucket }));
    await expect(s3.send(new GetBucketWebsiteCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchWebsiteConfiguration',
    });
  });
});

describe('a website endpoint', () => {
  it('serves pages, index documents, ranges and conditional requests to everybody whom the policy lets in', async () => {
    const site = await makeSite(
      { IndexDocument: { Suffix: 'index.html' }, ErrorDocument: { Key: 'error.html' } },
      { 'index.html': 'home', 'docs/index.html': 'docs', 'a b.html': 'spaced', 'error.html': 'sorry' },
    );
    const home = await visit(site, '/');
    expect(home).toMatchObject({ status: 200, text: 'home' });
    expect(home.headers).toMatchObject({ 'content-type': 'text/html', 'content-length': '4' });
    expect((await visit(site, '/docs/')).text).toBe('docs');
    expect(await visit(site, '/docs')).toMatchObject({ status: 302, headers: { location: '/docs/' } });
    expect((await visit(site, '/a%20b.html')).text).toBe('spaced');
    expect(await visit(site, '/index.html', { range: 'bytes=1-2' })).toMatchObject({ status: 206, text: 'om' });
    expect((await visit(site, '/', { 'if-none-match': String(home.headers['etag']) })).status).toBe(304);
    expect((await visit(site, '/', {}, 'GET', `${site}.s3-website.eu-west-1.localhost`)).text).toBe('home');
    expect(await visit(site, '/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
    expect((await visit(site, '/', {}, 'DELETE')).status).toBe(405);
    expect(await visit(site, '/nowhere')).toMatchObject({
      status: 404,
      text: 'sorry',
      headers: { 'x-amz-error-code': 'NoSuchKey' },
    });
  });

  it('shows its failures as pages: no bucket, no website, no page, no permission', async () => {
    expect(await visit('no-such-site', '/')).toMatchObject({
      status: 404,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
    const plain = await makeSite(undefined, { 'index.html': 'x' });
    expect((await visit(plain, '/')).text).toContain('<li>Code: NoSuchWebsiteConfiguration</li>');
    const missing = await visit(await makeSite({ IndexDocument: { Suffix: 'index.html' } }, {}), '/<b>');
    expect(missing.status).toBe(404);
    expect(missing.text).toContain('<li>Key: &lt;b&gt;</li>');
    const closed = await visit(
      await makeSite({ IndexDocument: { Suffix: 'index.html' } }, { 'index.html': 'secret' }, false),
      '/',
    );
    expect(closed.status).toBe(403);
    expect(closed.text).toContain('<li>Code: AccessDenied</li>');
    expect(closed.text).not.toContain('secret');
  });

  it('honours conditions on the referer, as against hot links', async () => {
    const Bucket = await makeSite({ IndexDocument: { Suffix: 'index.html' } }, { 'index.html': 'home' });
    const Statement = [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
        Condition: { StringLike: { 'aws:Referer': 'https://mine.example/*' } },
      },
    ];
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
    expect((await visit(Bucket, '/')).status).toBe(403);
    expect((await visit(Bucket, '/', { referer: 'https://mine.example/page' })).text).toBe('home');
  });

  it('lets in the addresses that the policy names, and keeps others out', async () => {
    const Bucket = await makeSite({ IndexDocument: { Suffix: 'index.html' } }, { 'index.html': 'home' });
    const only = (range: string, operator = 'IpAddress') => {
      const Statement = [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
          Condition: { [operator]: { 'aws:SourceIp': [range, '2001:db8::/32'] } },
        },
      ];
      return s3.send(
        new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
      );
    };
    const statusOf = async () => (await visit(Bucket, '/')).status;
    await only('127.0.0.0/8');
    expect(await statusOf()).toBe(200);
    await only('10.0.0.0/8');
    expect(await statusOf()).toBe(403);
    await only('127.0.0.1', 'NotIpAddress');
    expect(await statusOf()).toBe(403);
  });

  it('redirects: all requests, by rule before and after the page is looked for, and by object', async () => {
    const all = await makeSite({ RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'https' } }, {});
    expect(await visit(all, '/a/b?c=d')).toMatchObject({
      status: 301,
      headers: { location: 'https://example.com/a/b?c=d' },
    });
    const site = await makeSite(
      {
        IndexDocument: { Suffix: 'index.html' },
        RoutingRules: [
          {
            Condition: { KeyPrefixEquals: 'old/' },
            Redirect: { ReplaceKeyPrefixWith: 'new/', HttpRedirectCode: '302' },
          },
          {
            Condition: { HttpErrorCodeReturnedEquals: '404' },
            Redirect: { HostName: 'help.example', ReplaceKeyWith: 'lost' },
          },
        ],
      },
      { 'new/page': 'here' },
    );
    const { port } = new URL(outcrop.endpoint);
    expect(await visit(site, '/old/page')).toMatchObject({
      status: 302,
      headers: { location: `http://${site}.s3-website-us-east-1.localhost:${port}/new/page` },
    });
    expect(await visit(site, '/nowhere')).toMatchObject({
      status: 301,
      headers: { location: 'http://help.example/lost' },
    });
    await s3.send(
      new PutBucketWebsiteCommand({
        Bucket: all,
        WebsiteConfiguration: {
          IndexDocument: { Suffix: 'i' },
          RoutingRules: [{ Redirect: { HostName: 'h é\r\nx: y' } }],
        },
      }),
    );
    expect(await visit(all, '/k')).toMatchObject({
      status: 301,
      headers: { location: 'http://h%20%C3%A9%0D%0Ax:%20y/k' },
    });
    await s3.send(new PutObjectCommand({ Bucket: site, Key: 'moved', Body: '', WebsiteRedirectLocation: '/new/page' }));
    expect(await visit(site, '/moved')).toMatchObject({ status: 301, headers: { location: '/new/page' } });
  });

  it('serves what conditions of the policy let everybody read: by the page that links to it', async () => {
    const Bucket = await makeSite({ IndexDocument: { Suffix: 'index.html' } }, { 'index.html': 'hello' });
    const Condition = { StringLike: { 'aws:Referer': 'https://www.example.com/*' } };
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
          Condition,
        }),
      }),
    );
    expect((await visit(Bucket, '/')).status).toBe(403);
    expect((await visit(Bucket, '/', { referer: 'https://elsewhere.example/' })).status).toBe(403);
    expect(await visit(Bucket, '/', { referer: 'https://www.example.com/page' })).toMatchObject({
      status: 200,
      text: 'hello',
    });
  });

  it('serves what the ACL of a page makes public', async () => {
    const Bucket = await makeSite({ IndexDocument: { Suffix: 'index.html' } }, {}, false);
    const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }];
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'open.html', Body: 'open', ACL: 'public-read' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'shut.html', Body: 'shut', ACL: 'authenticated-read' }));
    expect(await visit(Bucket, '/open.html')).toMatchObject({ status: 200, text: 'open' });
    expect((await visit(Bucket, '/shut.html')).status).toBe(403);
    expect((await visit(Bucket, '/missing.html')).status).toBe(403);
  });
});
