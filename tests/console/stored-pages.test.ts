import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { Sha256 } from '@aws-crypto/sha256-js';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { startForTests } from '../start.ts';

/**
 * A page that somebody stored in a bucket, opened in the browser in which the console is signed in. Its address is of the console's own
 * origin; what it runs as is not.
 */
const Bucket = 'stored';
const MARK = 'attempts';
let outcrop: Outcrop;
let s3: S3Client;
beforeEach(async () => {
  outcrop = await startForTests();
  s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept.txt', Body: 'kept' }));
});

/** Everything a page could try, told to whoever looks at the document. Each attempt says what came of it. */
function attack(signed: Record<string, string>): string {
  return `(async () => {
    const told = {};
    const attempt = async (name, act) => {
      try { told[name] = String(await act()); } catch (error) { told[name] = 'stopped: ' + error.name; }
    };
    const signed = ${JSON.stringify(signed)};
    const read = async (response) => response.status + ' ' + (await response.text()).slice(0, 200);
    await attempt('origin', () => self.origin);
    await attempt('sessionStorage', () => sessionStorage.getItem('outcrop.session'));
    await attempt('localStorage', () => localStorage.length);
    await attempt('cookies', () => document.cookie);
    await attempt('databases', () => indexedDB.open('x') && 'opened');
    await attempt('opener', () => window.opener.sessionStorage.getItem('outcrop.session'));
    await attempt('workers', () => navigator.serviceWorker.register('/${Bucket}/worker.js'));
    await attempt('sign-in', async () => read(await fetch('/_outcrop/sign-in')));
    await attempt('calls', async () => read(await fetch('/_outcrop/calls')));
    await attempt('put', async () => read(await fetch(signed.put, { method: 'PUT', body: 'written by the page' })));
    await attempt('delete', async () => read(await fetch(signed.delete, { method: 'DELETE' })));
    await attempt('user', async () => read(await fetch(signed.user)));
    await attempt('user blindly', async () => (await fetch(signed.user, { mode: 'no-cors' })).type);
    await attempt('user by post', async () => (await fetch(signed.post, { method: 'POST', mode: 'no-cors' })).type);
    await attempt('beacon', () => navigator.sendBeacon(signed.post, 'x'));
    await new Promise((resolve) => { const image = new Image(); image.onload = image.onerror = resolve; image.src = signed.user; });
    await attempt('console in a frame', () => new Promise((resolve) => {
      const frame = document.createElementNS('http://www.w3.org/1999/xhtml', 'iframe');
      frame.onload = () => {
        try { resolve(frame.contentWindow.sessionStorage.getItem('outcrop.session')); } catch (error) { resolve('stopped: ' + error.name); }
      };
      setTimeout(() => resolve('stopped: never loaded'), 3000);
      frame.src = '/';
      (document.body || document.documentElement).append(frame);
    }));
    const out = document.createElementNS('http://www.w3.org/1999/xhtml', 'pre');
    out.setAttribute('id', '${MARK}');
    out.textContent = JSON.stringify(told);
    (document.body || document.documentElement).append(out);
  })();`;
}

/** A request of IAM as the query protocol takes it, signed in its query: browsers send it without asking first. */
async function createUser(method: string, UserName: string): Promise<string> {
  const url = new URL(outcrop.endpoint);
  const signer = new SignatureV4({
    service: 'iam',
    region: 'us-east-1',
    credentials: outcrop.credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { query } = await signer.presign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: '/',
      query: { Action: 'CreateUser', UserName, Version: '2010-05-08' },
      headers: { host: url.host },
    },
    { expiresIn: 600 },
  );
  return `/?${new URLSearchParams(query as Record<string, string>)}`;
}

const XHTML = 'http://www.w3.org/1999/xhtml';
const PAGES = [
  {
    key: 'page.html',
    type: 'text/html',
    pageOf: (script: string) => `<!doctype html><body><script>${script}</script>`,
  },
  {
    key: 'page.xhtml',
    type: 'application/xhtml+xml',
    pageOf: (script: string) => `<html xmlns="${XHTML}"><body><script><![CDATA[${script}]]></script></body></html>`,
  },
  {
    key: 'page.xml',
    type: 'text/xml',
    pageOf: (script: string) => `<html xmlns="${XHTML}"><body><script><![CDATA[${script}]]></script></body></html>`,
  },
  {
    key: 'drawing.svg',
    type: 'image/svg+xml',
    pageOf: (script: string) => `<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[${script}]]></script></svg>`,
  },
];

describeInBrowser('a page that is stored in a bucket', () => {
  for (const { key: Key, type, pageOf } of PAGES)
    it(`of type ${type} neither reads the console's session nor calls the APIs in its name`, async () => {
      const sign = (command: Parameters<typeof getSignedUrl>[1]) => getSignedUrl(s3, command, { expiresIn: 600 });
      const script = attack({
        put: await sign(new PutObjectCommand({ Bucket, Key: `by-${Key}.txt` }) as never),
        delete: await sign(new DeleteObjectCommand({ Bucket, Key: 'kept.txt' }) as never),
        user: await createUser('GET', 'by-get'),
        post: await createUser('POST', 'by-post'),
      });
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: pageOf(script), ContentType: type }));
      const { page } = await openConsole(outcrop, { path: 's3/buckets' });
      await page.getByRole('heading', { level: 1, name: 'Buckets' }).waitFor();
      const session = await page.evaluate<string>("sessionStorage.getItem('outcrop.session')");
      expect(session).toContain('secretAccessKey');
      const url = await sign(new GetObjectCommand({ Bucket, Key }) as never);
      // Opened by a click in the console's own tab, as a link there would be.
      const [opened] = await Promise.all([
        page.context().waitForEvent('page'),
        page.evaluate(`void open(${JSON.stringify(url)})`),
      ]);
      const out = opened.locator(`#${MARK}`);
      await out.waitFor({ state: 'attached' });
      const told = JSON.parse((await out.textContent())!) as Record<string, string>;
      expect(told).toMatchObject({
        origin: 'null',
        sessionStorage: 'stopped: SecurityError',
        localStorage: 'stopped: SecurityError',
        cookies: 'stopped: SecurityError',
      });
      for (const name of ['databases', 'opener', 'workers', 'sign-in', 'calls', 'put', 'delete', 'user'])
        expect(told[name], name).toMatch(/^stopped: |^40\d /);
      expect(told['console in a frame']).toMatch(/^stopped: |^null$/);
      expect(JSON.stringify(told)).not.toContain('secretAccessKey');
      // Answers are one thing, what was done another.
      const { Users } = await new IAMClient(outcrop.clients).send(new ListUsersCommand());
      expect(Users).toEqual([]);
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'kept.txt' }))).ContentLength).toBe(4);
      const keys = (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents!.map((object) => object.Key);
      expect(keys.filter((key) => key!.startsWith('by-'))).toEqual([]);
      expect(await page.evaluate<string>("sessionStorage.getItem('outcrop.session')")).toBe(session);
    });

  it('would have done all that with an origin of the console', async () => {
    // The requests are right: signed as they are, a program's are carried out.
    const response = await fetch(`${outcrop.endpoint}${await createUser('GET', 'by-program')}`);
    expect(response.status).toBe(200);
    const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'by-program.txt' }), { expiresIn: 60 });
    expect((await fetch(put, { method: 'PUT', body: 'x' })).status).toBe(200);
  });
});
