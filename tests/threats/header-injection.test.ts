import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { policy } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';
import { answersIn, call, read, send, text, type Signing } from './raw.ts';

/**
 * Line ends where they do not belong: in what was stored and comes back in headers, in what a request asks to come back, in redirects. An
 * answer must never gain a header, or a second answer, from them.
 */
const random = generator(testSeed('threats: header injection'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { host, port } = new URL(endpoint);
const s3 = new S3Client({ ...outcrop.clients, requestChecksumCalculation: 'WHEN_REQUIRED' });
const Bucket = fresh('bucket');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
});

/** Line ends of all kinds, and what a proxy may take for one. */
const ENDS = ['\r\n', '\n', '\r', '\u0085', '\u2028', '\u560d\u560a', '\0', '\u000b'];
const INJECTED = (end: string) => `x${end}Set-Cookie: stolen=1${end}${end}<html>`;

/** One whole answer, with no header that was not meant. */
function whole(bytes: string, about: string): void {
  const { head, status } = read(bytes);
  expect(head, about).not.toMatch(/^set-cookie:/im);
  expect(answersIn(bytes), about).toBe(1);
  expect(status, about).toBeLessThan(500);
  for (const line of head.split('\r\n'))
    expect(line, about).toMatch(/^(HTTP\/1\.1 \d{3} .*|[A-Za-z0-9-]+: [\t\x20-\x7e\x80-\xff]*)$/);
}
const rawCall = async (request: Signing) => {
  const { sign } = await import('./raw.ts');
  return send(endpoint, text(request, sign(endpoint, request)));
};

describe('A line end', () => {
  it('in the headers that a presigned link asks for does not leave as one', async () => {
    for (const end of ENDS)
      for (const name of [
        'ResponseContentDisposition',
        'ResponseContentType',
        'ResponseCacheControl',
        'ResponseContentLanguage',
        'ResponseContentEncoding',
      ]) {
        const url = new URL(
          await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k', [name]: INJECTED(end) }), { expiresIn: 60 }),
        );
        whole(
          await send(endpoint, text({ method: 'GET', path: url.pathname, query: url.search.slice(1) }, { host })),
          `${name} ${JSON.stringify(end)}`,
        );
      }
  });

  it('in metadata, which a header brings percent-encoded or in words of RFC 2047, does not leave as one', async () => {
    for (const value of [
      encodeURIComponent(INJECTED('\r\n')),
      '=?UTF-8?Q?x=0D=0ASet-Cookie:_stolen=3D1?=',
      `=?UTF-8?B?${Buffer.from(INJECTED('\r\n')).toString('base64')}?=`,
    ]) {
      const Key = fresh('meta');
      const put = await call(endpoint, {
        method: 'PUT',
        path: `/${Bucket}/${Key}`,
        body: 'x',
        headers: { 'content-disposition': value, 'content-type': value, 'x-amz-meta-a': value },
        service: 's3',
        credentials,
      });
      expect(put.status).toBeLessThan(500);
      whole(await rawCall({ method: 'HEAD', path: `/${Bucket}/${Key}`, service: 's3', credentials }), value);
      whole(await rawCall({ method: 'GET', path: `/${Bucket}/${Key}`, service: 's3', credentials }), value);
    }
  });

  it("in the fields of a browser's form does not leave as one", async () => {
    for (const end of ENDS) {
      const key = fresh('form');
      const { url, fields } = await createPresignedPost(s3, {
        Bucket,
        Key: key,
        Conditions: [
          ['starts-with', '$Content-Type', ''],
          ['starts-with', '$x-amz-meta-a', ''],
          ['starts-with', '$Content-Disposition', ''],
          ['starts-with', '$success_action_redirect', ''],
        ],
        Fields: {
          'Content-Type': INJECTED(end),
          'x-amz-meta-a': INJECTED(end),
          'Content-Disposition': INJECTED(end),
          success_action_redirect: `http://app.localhost/${INJECTED(end)}`,
        },
      });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set('file', new Blob(['content']));
      const request = new Request(url, { method: 'POST', body: form });
      const body = Buffer.from(await request.arrayBuffer());
      const { pathname } = new URL(url);
      whole(
        await send(
          endpoint,
          text(
            { method: 'POST', path: pathname, body },
            { host, 'content-type': request.headers.get('content-type')! },
          ),
        ),
        `form ${JSON.stringify(end)}`,
      );
      whole(
        await rawCall({ method: 'GET', path: `/${Bucket}/${key}`, service: 's3', credentials }),
        `object of a form ${JSON.stringify(end)}`,
      );
    }
  });

  it('in a key does not leave as one: in answers, errors or lists', async () => {
    for (const end of ENDS) {
      const Key = `${fresh('key')}${INJECTED(end)}`;
      const path = `/${Bucket}/${encodeURIComponent(Key)}`;
      for (const method of ['PUT', 'GET', 'HEAD', 'DELETE', 'GET'])
        whole(await rawCall({ method, path, service: 's3', credentials }), `${method} ${JSON.stringify(end)}`);
      whole(await rawCall({ method: 'POST', path, query: 'uploads=', service: 's3', credentials }), 'upload');
    }
    whole(
      await rawCall({ method: 'GET', path: `/${Bucket}`, query: 'list-type=2', service: 's3', credentials }),
      'list',
    );
  });

  it('in the redirections of a website does not leave as one', async () => {
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy: false, RestrictPublicBuckets: false },
      }),
    );
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy({
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
        }),
      }),
    );
    const site = { host: `${Bucket}.s3-website-us-east-1.localhost:${port}` };
    for (const end of ENDS) {
      for (const Redirect of [
        { ReplaceKeyPrefixWith: INJECTED(end) },
        { HostName: INJECTED(end) },
        { ReplaceKeyWith: INJECTED(end) },
      ]) {
        await s3
          .send(
            new PutBucketWebsiteCommand({
              Bucket,
              WebsiteConfiguration: {
                IndexDocument: { Suffix: 'index.html' },
                RoutingRules: [{ Condition: { KeyPrefixEquals: 'old/' }, Redirect }],
              },
            }),
          )
          .catch((error: { $metadata: { httpStatusCode: number } }) =>
            expect(error.$metadata.httpStatusCode).toBe(400),
          );
        whole(
          await send(endpoint, text({ method: 'GET', path: '/old/x' }, site)),
          `rule ${JSON.stringify([end, Redirect])}`,
        );
      }
      await s3
        .send(
          new PutBucketWebsiteCommand({
            Bucket,
            WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: INJECTED(end) } },
          }),
        )
        .catch((error: { $metadata: { httpStatusCode: number } }) => expect(error.$metadata.httpStatusCode).toBe(400));
      whole(
        await send(endpoint, text({ method: 'GET', path: `/a${encodeURIComponent(INJECTED(end))}` }, site)),
        `all ${JSON.stringify(end)}`,
      );
    }
    await s3.send(
      new PutBucketWebsiteCommand({
        Bucket,
        WebsiteConfiguration: {
          IndexDocument: { Suffix: 'index.html' },
          RoutingRules: [{ Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'new/' } }],
        },
      }),
    );
    for (const end of ENDS) {
      whole(
        await send(endpoint, text({ method: 'GET', path: `/old/${encodeURIComponent(INJECTED(end))}` }, site)),
        `key ${JSON.stringify(end)}`,
      );
      whole(
        await send(endpoint, text({ method: 'GET', path: `/folder${encodeURIComponent(end)}x` }, site)),
        `folder ${JSON.stringify(end)}`,
      );
    }
  });

  it('in a host, an origin or a region that comes back in an answer does not leave as one', async () => {
    for (const end of ['%0d%0a', '%0a', '&#13;&#10;']) {
      whole(await send(endpoint, text({ method: 'GET', path: `/${Bucket}/${end}Set-Cookie:x` }, { host })), end);
      whole(
        await send(
          endpoint,
          text(
            { method: 'OPTIONS', path: `/${Bucket}/k` },
            { host, origin: `http://a${end}Set-Cookie:x`, 'access-control-request-method': `GET${end}` },
          ),
        ),
        end,
      );
      whole(
        await send(
          endpoint,
          text(
            { method: 'GET', path: '/', query: `Action=GetCallerIdentity${end}Set-Cookie:x&Version=2011-06-15` },
            { host },
          ),
        ),
        end,
      );
    }
  });

  it('in tags comes back as text in XML, and nothing else', async () => {
    const TagSet = [{ Key: 'a', Value: '</Value></Tag><Tag><Key>b</Key><Value>x' }];
    await s3
      .send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
      .catch((error: { name: string }) => expect(error.name).toBe('InvalidTag'));
    await s3.send(new ListBucketsCommand());
  });
});

describe('A letter of ISO 8859-1', () => {
  it('in a header that a link asks for comes back as it was', async () => {
    const value = 'attachment; filename="\u00fcber caf\u00e9.txt"';
    const url = new URL(
      await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k', ResponseContentDisposition: value }), {
        expiresIn: 60,
      }),
    );
    const answer = read(
      await send(endpoint, text({ method: 'GET', path: url.pathname, query: url.search.slice(1) }, { host })),
    );
    expect(answer.headers['content-disposition']).toBe(value);
    expect(answer.body).toBe('content');
  });
});

describe('A key with mark-up in it', () => {
  it('is text wherever it is named', async () => {
    const markup = '<script>alert(1)</script>&amp;"\'';
    const path = `/${Bucket}/${encodeURIComponent(markup).replaceAll("'", '%27').replaceAll('(', '%28').replaceAll(')', '%29')}`;
    await call(endpoint, { method: 'PUT', path, body: 'x', service: 's3', credentials });
    const list = await call(endpoint, {
      method: 'GET',
      path: `/${Bucket}`,
      query: 'list-type=2',
      service: 's3',
      credentials,
    });
    expect(list.body).not.toContain('<script>');
    expect(list.body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;');
    const missing = await call(endpoint, { method: 'GET', path: `${path}x`, service: 's3', credentials });
    expect(missing.status).toBe(404);
    expect(missing.body).not.toContain('<script>');
    for (const action of ['<script>', 'x</Message><Code>OK']) {
      const answer = read(
        await send(
          endpoint,
          text(
            { method: 'GET', path: '/', query: `Action=${encodeURIComponent(action)}&Version=2011-06-15` },
            { host },
          ),
        ),
      );
      expect(answer.body).not.toContain(action);
    }
    const site = read(
      await send(
        endpoint,
        text(
          { method: 'GET', path: `/${encodeURIComponent(markup)}y` },
          { host: `${Bucket}.s3-website-us-east-1.localhost:${port}` },
        ),
      ),
    );
    expect(site.body).not.toContain('<script>');
  });
});
