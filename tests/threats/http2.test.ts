import http2 from 'node:http2';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';
import { answersIn, read, send, sign, text, type Signing } from './raw.ts';

const random = generator(testSeed('threats: HTTP/2'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { host } = new URL(endpoint);
const s3 = new S3Client(outcrop.clients);
const Bucket = fresh('bucket');
const stands = () => new STSClient(outcrop.clients).send(new GetCallerIdentityCommand());

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
});

const sessions: http2.ClientHttp2Session[] = [];
afterAll(() => sessions.forEach((session) => session.destroy()));

/** A request over a connection of its own; `refused` when the stream or the connection was ended without an answer. */
function ask(
  headers: http2.OutgoingHttpHeaders,
  body = '',
): Promise<{ status: number | 'refused'; headers: http2.IncomingHttpHeaders; body: string }> {
  const session = http2.connect(endpoint);
  sessions.push(session);
  return new Promise((resolve) => {
    const refused = () => resolve({ status: 'refused', headers: {}, body: '' });
    session.on('error', refused);
    session.on('goaway', refused);
    try {
      const stream = session.request(headers, { endStream: body === '' });
      let text = '';
      let answered: http2.IncomingHttpHeaders = {};
      stream.on('response', (given) => (answered = given));
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('error', refused);
      stream.on('close', () =>
        resolve({ status: Number(answered[':status'] ?? Number.NaN), headers: answered, body: text }),
      );
      if (body !== '') stream.end(body);
    } catch {
      refused();
    }
  });
}
const signed = (path: string, at = endpoint) => {
  const { host: _host, ...headers } = sign(at, { method: 'GET', path, service: 's3', credentials });
  return { ':method': 'GET', ':path': path, ':authority': new URL(at).host, ...headers };
};

describe('Over HTTP/2', () => {
  it('a signed request is answered as over HTTP/1.1', async () => {
    expect((await ask(signed(`/${Bucket}/k`))).body).toBe('content');
  });

  it('the name that counts is the authority: another host beside it changes nothing, and a foreign one is not served', async () => {
    const foreign = await ask({ ':method': 'GET', ':path': '/', ':authority': 'evil.example', accept: 'text/html' });
    expect(foreign.status).toBe(421);
    expect((await ask(signed('/', 'http://evil.example'))).status).toBe(421);
    const both = await ask({ ...signed(`/${Bucket}/k`), host: `other-${Bucket}.s3.localhost` });
    expect([200, 400, 403, 'refused']).toContain(both.status);
    if (both.status === 200) expect(both.body).toBe('content');
    const page = await ask({ ...signed('/'), origin: 'https://evil.example' });
    expect(Object.keys(page.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('headers of HTTP/1.1 connections do not smuggle a second request through', async () => {
    const gets = () => outcrop.calls(1_000).filter(({ operation }) => operation === 'GetObject').length;
    const before = gets();
    for (const extra of [
      { 'transfer-encoding': 'chunked' },
      { connection: 'upgrade' },
      { upgrade: 'h2c' },
      { 'content-length': '3' },
      { 'content-length': '-1' },
    ] as Record<string, string>[]) {
      const answer = await ask(
        {
          ':method': 'POST',
          ':path': '/',
          ':authority': host,
          'content-type': 'application/x-www-form-urlencoded',
          ...extra,
        },
        `0\r\n\r\nGET /${Bucket}/k HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      );
      expect(
        answer.status === 'refused' || Number.isNaN(answer.status) || answer.status >= 400,
        JSON.stringify(extra),
      ).toBe(true);
    }
    expect(gets()).toBe(before);
    await stands();
  });

  it('paths and methods that are none are refused, and the server goes on', async () => {
    for (const path of [
      '',
      '*',
      `/${Bucket}/k\r\nx: y`,
      `/${Bucket}/k x`,
      'http://evil.example/',
      `//${Bucket}/k`,
      '/%',
    ]) {
      const answer = await ask({ ':method': 'GET', ':path': path, ':authority': host });
      expect(answer.status === 'refused' || Number.isNaN(answer.status) || answer.status >= 400, path).toBe(true);
    }
    for (const method of ['CONNECT', 'TRACE', 'g\u00e9t', 'GET /']) {
      const answer = await ask({ ':method': method, ':path': '/', ':authority': host });
      expect(answer.status === 'refused' || Number.isNaN(answer.status) || answer.status >= 400, method).toBe(true);
    }
    await stands();
  });

  it('many streams opened and given up at once do not keep others waiting', async () => {
    const session = http2.connect(endpoint);
    sessions.push(session);
    session.on('error', () => {});
    for (let n = 0; n < 500; n++) {
      const stream = session.request(signed(`/${Bucket}/k`));
      stream.on('error', () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    await stands();
    session.destroy();
    expect((await ask(signed(`/${Bucket}/k`))).body).toBe('content');
  });
});

describe('An upgrade that is asked for over HTTP/1.1', () => {
  const HEADERS = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
  };
  const asking = (request: Signing) =>
    text(request, { ...sign(endpoint, request), ...HEADERS })
      .toString('latin1')
      .replace('connection: close\r\n', '');

  it('to HTTP/2 is declined, and the request answered as it is: with and without a body', async () => {
    const get = read(await send(endpoint, asking({ method: 'GET', path: `/${Bucket}/k`, service: 's3', credentials })));
    expect([get.status, get.body]).toEqual([200, 'content']);
    const Key = fresh('put');
    const body = 'x'.repeat(200_000);
    expect(
      read(await send(endpoint, asking({ method: 'PUT', path: `/${Bucket}/${Key}`, body, service: 's3', credentials })))
        .status,
    ).toBe(200);
    const back = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await back.Body!.transformToString()).toBe(body);
  });

  it('opens no way past the pipeline, and takes nothing behind the request for another', async () => {
    const hidden = `GET /${Bucket}/k HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const gets = () => outcrop.calls(1_000).filter(({ operation }) => operation === 'GetObject').length;
    const before = gets();
    for (const protocol of ['h2c', 'HTTP/2.0', 'TLS/1.0', 'made-up', 'websocket, h2c', 'websocket'])
      for (const framing of [
        '',
        'Content-Length: 0\r\n',
        `Content-Length: ${hidden.length}\r\n`,
        'Transfer-Encoding: chunked\r\n',
        'Content-Length: -1\r\n',
      ]) {
        const bytes = `POST /${Bucket}/k HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${framing}\r\n0\r\n\r\n${hidden}`;
        const answer = await send(endpoint, bytes, { silenceMs: 200, waitMs: 2_000 });
        expect(read(answer).status, `${protocol} ${framing}`).not.toBe(101);
        expect(answersIn(answer), `${protocol} ${framing}`).toBeLessThanOrEqual(1);
      }
    expect(gets()).toBe(before);
    await stands();
  });

  it('with a body that does not come is given up with its connection', async () => {
    const bytes = `PUT /${Bucket}/never HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 100\r\n\r\nx`;
    await send(endpoint, bytes, { waitMs: 300 });
    await stands();
  });
});
