import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';
import { read, send, sign, text, type Answer, type Signing } from './raw.ts';

/**
 * A page of another site, in the browser of whoever runs a stack with its well-known key. The page signs as it likes; it is held by what
 * browsers send by themselves, and by what they let it read.
 */
const random = generator(testSeed('threats: browser pages'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const secured = await startForTests({ rootSecret: fresh('secret') });
const { endpoint, credentials } = outcrop;
const { port, host } = new URL(endpoint);
const s3 = new S3Client({ ...outcrop.clients, requestChecksumCalculation: 'WHEN_REQUIRED' });
const iam = new IAMClient(outcrop.clients);
const Bucket = fresh('bucket');
const EVIL = 'https://evil.example';

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
});

/** A request as the query protocol takes it, signed in its query: browsers send it without asking first. */
function presigned(
  query: Record<string, string>,
  { method = 'GET', path = '/', service = 'iam', at = endpoint } = {},
): string {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const all = {
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
  };
  const text = Object.entries(all)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const hash = (data: string) => createHash('sha256').update(data).digest('hex');
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const canonical = [method, path, text, `host:${new URL(at).host}`, '', 'host', hash('')].join('\n');
  const key = [timestamp.slice(0, 8), 'us-east-1', service, 'aws4_request'].reduce<string | Buffer>(
    mac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return `${path}?${text}&X-Amz-Signature=${mac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash(canonical)}`).toString('hex')}`;
}
async function browse(
  target: string,
  headers: Record<string, string>,
  { method = 'GET', at = endpoint } = {},
): Promise<Answer> {
  return read(await send(at, text({ method, path: target }, { host, ...headers })));
}
const createUser = (UserName: string) => presigned({ Action: 'CreateUser', UserName, Version: '2010-05-08' });
const users = async () => (await iam.send(new ListUsersCommand())).Users!.map(({ UserName }) => UserName);

describe('A page of another site', () => {
  it('changes nothing by requests that browsers send without asking first', async () => {
    for (const headers of [
      { origin: EVIL },
      { origin: 'null' },
      { origin: 'http://localhost.evil.example' },
      { origin: 'http://127.0.0.1.evil.example' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    ] as Record<string, string>[]) {
      const name = fresh('planted');
      const answer = await browse(createUser(name), headers);
      expect(answer.status, JSON.stringify(headers)).toBe(403);
      expect(answer.body).toContain('A page of another site');
      expect(await users()).not.toContain(name);
    }
    const own = fresh('own');
    expect((await browse(createUser(own), {})).status).toBe(200);
    expect(await users()).toContain(own);
  });

  it('is let through from this machine: programs under development', async () => {
    for (const origin of [
      'http://localhost:3000',
      'http://127.0.0.1:5173',
      'http://[::1]:8080',
      'http://app.localhost:3000',
      endpoint,
    ]) {
      const name = fresh('dev');
      expect((await browse(createUser(name), { origin, 'sec-fetch-site': 'cross-site' })).status, origin).toBe(200);
    }
  });

  it('does not manage the stack: its clock, its rules, its reset', async () => {
    const before = outcrop.clock.now().getTime();
    for (const [method, path] of [
      ['POST', '/_outcrop/reset'],
      ['GET', '/_outcrop/calls'],
      ['POST', '/_outcrop/clock'],
    ] as const)
      for (const headers of [{ origin: EVIL }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
        const answer = await browse(presigned({}, { method, path, service: 'outcrop' }), headers, { method });
        expect(answer.status).toBe(403);
        expect(answer.body).not.toContain('requestId');
      }
    expect(await users()).not.toEqual([]);
    expect(outcrop.clock.now().getTime() - before).toBeLessThan(60_000);
  });

  it('reads nothing: no answer allows its origin, unless the rules of a bucket do', async () => {
    const get = presigned({}, { path: `/${Bucket}/k`, service: 's3' });
    const answer = await browse(get, { origin: EVIL });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const asked = await browse(
      `/${Bucket}/k`,
      { origin: EVIL, 'access-control-request-method': 'DELETE' },
      { method: 'OPTIONS' },
    );
    expect(asked.status).toBe(403);
    for (const path of ['/', '/_outcrop/calls', '/_console/index.html']) {
      const preflight = await browse(
        path,
        {
          origin: EVIL,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,x-amz-target',
        },
        { method: 'OPTIONS' },
      );
      expect(
        Object.keys(preflight.headers).filter((name) => name.startsWith('access-control')),
        path,
      ).toEqual([]);
    }
  });

  it('writes to a bucket only where its rules let the origin', async () => {
    const put = async (Key: string, origin: string) =>
      (
        await fetch(await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }), { expiresIn: 60 }), {
          method: 'PUT',
          body: 'x',
          headers: { origin },
        })
      ).status;
    expect(await put('one', EVIL)).toBe(403);
    const AllowedOrigins = ['https://app.example'];
    await s3.send(
      new PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: { CORSRules: [{ AllowedOrigins, AllowedMethods: ['PUT'], AllowedHeaders: ['*'] }] },
      }),
    );
    expect(await put('two', 'https://app.example')).toBe(200);
    expect(await put('three', EVIL)).toBe(403);
  });

  it('shows public objects, as on AWS', async () => {
    const link = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60 });
    expect(await (await fetch(link, { headers: { 'sec-fetch-site': 'cross-site' } })).text()).toBe('content');
  });
});

describe('A name of another site that resolves to this machine', () => {
  it('is served nothing: not the API, not the management, not the console', async () => {
    for (const name of [
      `evil.example:${port}`,
      'evil.example',
      `127.0.0.1.nip.io:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example.:${port}`,
      `a.evil.example@127.0.0.1:${port}`,
      `xn--localhst-b3a.example:${port}`,
    ]) {
      const list: Signing = { method: 'GET', path: '/', service: 's3', credentials };
      const answer = read(
        await send(endpoint, text(list, { ...sign(`http://${name.includes('@') ? 'x' : name}`, list), host: name })),
      );
      expect([400, 421], name).toContain(answer.status);
      expect(answer.body).not.toContain(Bucket);
      for (const path of ['/_outcrop/health', '/_outcrop/version', '/_console/index.html', '/']) {
        const page = await browse(path, { host: name, accept: 'text/html' });
        expect([400, 421], `${name}${path}`).toContain(page.status);
        expect(page.body).not.toContain('<html');
      }
    }
  });

  it("is told from the names that are ours, and AWS's own through a proxy", async () => {
    for (const name of [
      host,
      `localhost:${port}`,
      `s3.localhost:${port}`,
      `${Bucket}.s3.localhost:${port}`,
      `[::1]:${port}`,
      's3.amazonaws.com',
      `${Bucket}.s3.us-east-1.amazonaws.com`,
      `outcrop:${port}`,
      `host.docker.internal:${port}`,
    ]) {
      const list: Signing = { method: 'GET', path: '/', service: 's3', credentials };
      const answer = read(await send(endpoint, text(list, sign(`http://${name}`, list))));
      expect(answer.status, name).toBe(200);
    }
    await s3.send(new ListBucketsCommand());
  });
});

describe('A stack with a secret of its own', () => {
  it('has any name and any page: nobody can sign but those who know it', async () => {
    const list: Signing = { method: 'GET', path: '/', service: 's3', credentials: secured.credentials };
    const named = read(
      await send(secured.endpoint, text(list, { ...sign('http://outcrop.company.example', list), origin: EVIL })),
    );
    expect(named.status).toBe(200);
    const guessed = read(await send(secured.endpoint, text(list, sign(secured.endpoint, { ...list, credentials }))));
    expect(guessed.status).toBe(403);
    const managed = await browse('/_outcrop/version', { host: 'outcrop.company.example' }, { at: secured.endpoint });
    expect(managed.status).toBe(421);
  });
});
