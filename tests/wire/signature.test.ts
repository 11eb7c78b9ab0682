import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';
import { serveWith, type Hand } from './every-client.ts';

/** Signature Version 4 as clients send it, and as attackers do. S3 is served by a hand that reads the whole body. */
const random = generator(testSeed('signatures'));
let stored: { bytes: Buffer; trailers: Record<string, string> } | undefined;
const hand: Hand = {
  answer: async (operation, input) => {
    if (operation === 'PutObject') {
      const chunks: Buffer[] = [];
      for await (const chunk of input.Body) chunks.push(chunk as Buffer);
      stored = { bytes: Buffer.concat(chunks), trailers: {} };
      return { ETag: createHash('md5').update(stored.bytes).digest('hex') };
    }
    return { Body: stored?.bytes ?? Buffer.alloc(0) };
  },
};
let outcrop: Outcrop;
let s3: S3Client;
let sts: STSClient;

beforeAll(async () => {
  outcrop = await startForTests({}, { extraServices: [serveWith('s3', hand).entry] });
  s3 = new S3Client({ ...outcrop.clients, maxAttempts: 1 });
  sts = new STSClient({ ...outcrop.clients, maxAttempts: 1 });
});

const bytes = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

describe('a signed request', () => {
  it('is accepted for keys with every kind of character', async () => {
    const characters = Array.from(' !"#$&\'()*+,-.;<=>?@[]^_`{|}~%/:äé日本😀');
    for (let round = 0; round < 30; round++) {
      const key = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => characters[Math.floor(random() * characters.length)],
      ).join('');
      if (/^\/|\/\.{0,2}(\/|$)|^\.{1,2}(\/|$)/.test(key)) continue; // The client's URL parser itself resolves dot segments.
      await expect(
        s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: 'x' })),
        key,
      ).resolves.toBeDefined();
    }
  });

  it('is refused with the wrong secret, an unknown key, and an altered header', async () => {
    const with_ = (credentials: object) =>
      new STSClient({ ...outcrop.clients, maxAttempts: 1, credentials: { ...outcrop.credentials, ...credentials } });
    await expect(with_({ secretAccessKey: 'wrong' }).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(with_({ accessKeyId: 'AKIDUNKNOWN' }).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    const altering = new STSClient({ ...outcrop.clients, maxAttempts: 1 });
    altering.middlewareStack.add(
      (next) => (args) => {
        (args.request as any).headers['x-amz-user-agent'] = 'somebody-else';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(altering.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('is refused more than 15 minutes from real time, whatever the virtual clock says', async () => {
    await outcrop.clock.advance(30 * 86_400_000);
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    await outcrop.clock.reset();
    for (const offset of [-16, 16]) {
      const skewed = new S3Client({ ...outcrop.clients, maxAttempts: 1, systemClockOffset: offset * 60_000 });
      await expect(skewed.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))).rejects.toMatchObject({
        name: 'RequestTimeTooSkewed',
      });
    }
  });

  it('may be replayed only while it is fresh, and only as it was', async () => {
    let captured: { path: string; headers: Record<string, string> } | undefined;
    const spying = new S3Client(outcrop.clients);
    spying.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as any;
        captured = { path: `${request.path}?x-id=GetObject`, headers: request.headers };
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await spying.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    expect((await raw('GET', captured!.path, captured!.headers)).status).toBe(200);
    expect((await raw('GET', captured!.path.replace('/k', '/other'), captured!.headers)).status).toBe(403);
    expect((await raw('DELETE', captured!.path, captured!.headers)).status).toBe(403);
  });
});

describe('session credentials', () => {
  it('work with their token only, and end with their time', async () => {
    const { Credentials: c } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const credentials = {
      accessKeyId: c!.AccessKeyId!,
      secretAccessKey: c!.SecretAccessKey!,
      sessionToken: c!.SessionToken!,
    };
    const as = (given: object) =>
      new STSClient({ ...outcrop.clients, maxAttempts: 1, credentials: given as never }).send(
        new GetCallerIdentityCommand({}),
      );
    await expect(as(credentials)).resolves.toMatchObject({ Account: '000000000000' });
    await expect(as({ ...credentials, sessionToken: undefined })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(
      as({ ...credentials, sessionToken: `${credentials.sessionToken.slice(0, -1)}!` }),
    ).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(as({ ...credentials, secretAccessKey: 'other' })).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await outcrop.clock.advance(901_000);
    await expect(as(credentials)).rejects.toMatchObject({ name: 'ExpiredToken' });
    await outcrop.clock.reset();
  });
});

describe('a presigned URL', () => {
  it('reads and writes without headers, until it expires', async () => {
    const body = bytes(1000);
    const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'bucket', Key: 'a b/ü+.txt' }), {
      expiresIn: 60,
    });
    expect((await fetch(put, { method: 'PUT', body })).status).toBe(200);
    const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'a b/ü+.txt' }), {
      expiresIn: 60,
    });
    expect(Buffer.from(await (await fetch(get)).arrayBuffer())).toEqual(body);
    const old = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }), {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });
    const expired = await fetch(old);
    expect(expired.status).toBe(403);
    expect(await expired.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  });

  it('is refused when anything in it is altered', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }), { expiresIn: 60 });
    for (const altered of [
      url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'),
      url.replace('/k?', '/l?'),
      `${url}&versionId=x`,
      url.replace('us-east-1', 'us-east-2'),
    ]) {
      const answer = await fetch(altered);
      expect(answer.status, altered).toBe(403);
      expect(await answer.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    }
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
  });

  it('may not outlive a week', async () => {
    const url = (
      await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }), { expiresIn: 604_800 })
    ).replace('X-Amz-Expires=604800', 'X-Amz-Expires=604801');
    expect((await fetch(url)).status).toBe(400);
  });
});

/** Signs and frames a body by hand: an implementation apart from the server's. */
function chunkedPut(
  body: Buffer,
  chunkSize: number,
  options: { signed: boolean; trailer?: [string, string]; breakChunk?: number },
) {
  const { accessKeyId, secretAccessKey } = outcrop.credentials;
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const scope = `${date}/us-east-1/s3/aws4_request`;
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const key = mac(mac(mac(mac(`AWS4${secretAccessKey}`, date), 'us-east-1'), 's3'), 'aws4_request');
  const mode = options.signed
    ? `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${options.trailer ? '-TRAILER' : ''}`
    : 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(outcrop.endpoint).host,
    'x-amz-content-sha256': mode,
    'x-amz-date': timestamp,
    'x-amz-decoded-content-length': String(body.length),
    ...(options.trailer ? { 'x-amz-trailer': options.trailer[0] } : {}),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'PUT',
    '/bucket/chunked',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    mode,
  ].join('\n');
  let signature = mac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha(canonical)}`).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const frames: Buffer[] = [];
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkSize) pieces.push(body.subarray(at, at + chunkSize));
  for (const [index, chunk] of [...pieces, Buffer.alloc(0)].entries()) {
    if (options.signed)
      signature = mac(
        key,
        `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${signature}\n${sha('')}\n${sha(chunk)}`,
      ).toString('hex');
    const sent = options.breakChunk === index ? Buffer.from(chunk.map((byte) => byte ^ 1)) : chunk;
    frames.push(
      Buffer.from(`${chunk.length.toString(16)}${options.signed ? `;chunk-signature=${signature}` : ''}\r\n`),
      sent,
    );
    if (chunk.length > 0) frames.push(Buffer.from('\r\n'));
  }
  if (options.trailer) {
    const [name, value] = options.trailer;
    frames.push(Buffer.from(`${name}:${value}\r\n`));
    if (options.signed)
      frames.push(
        Buffer.from(
          `x-amz-trailer-signature:${mac(key, `AWS4-HMAC-SHA256-TRAILER\n${timestamp}\n${scope}\n${signature}\n${sha(`${name}:${value}\n`)}`).toString('hex')}\r\n`,
        ),
      );
  }
  frames.push(Buffer.from('\r\n'));
  return { headers, payload: Buffer.concat(frames) };
}

describe('an aws-chunked body', () => {
  const lengths = [0, 1, 8191, 65_536, 200_001];
  it.each([
    ['signed', { signed: true }],
    [
      'signed with a signed trailer',
      { signed: true, trailer: ['x-amz-checksum-crc32', 'AAAAAA=='] as [string, string] },
    ],
    ['unsigned with a trailer', { signed: false, trailer: ['x-amz-checksum-crc32', 'AAAAAA=='] as [string, string] }],
  ])('%s arrives as it was, however it is cut', async (_name, options) => {
    for (const length of lengths) {
      const body = bytes(length);
      const { headers, payload } = chunkedPut(body, 65_537, options);
      const answer = await raw('PUT', '/bucket/chunked', headers, payload);
      expect(answer.status, `${length}: ${answer.body}`).toBe(200);
      expect(stored!.bytes.equals(body)).toBe(true);
    }
  });

  it('is refused when a chunk is altered, and nothing of it is taken', async () => {
    stored = undefined;
    const { headers, payload } = chunkedPut(bytes(200_001), 65_537, { signed: true, breakChunk: 1 });
    const answer = await raw('PUT', '/bucket/chunked', headers, payload);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('SignatureDoesNotMatch');
    expect(stored).toBeUndefined();
  });

  it('is refused when it ends early or is malformed', async () => {
    const { headers, payload } = chunkedPut(bytes(100_000), 65_537, {
      signed: false,
      trailer: ['x-amz-checksum-crc32', 'AAAAAA=='],
    });
    expect((await raw('PUT', '/bucket/chunked', headers, payload.subarray(0, 80_000))).status).toBe(400);
    expect((await raw('PUT', '/bucket/chunked', headers, Buffer.from('zz\r\n'))).status).toBe(400);
  });

  it('is what the stock client sends for a stream of unknown hash', async () => {
    const body = bytes(300_000);
    const { Readable } = await import('node:stream');
    await s3.send(
      new PutObjectCommand({
        Bucket: 'bucket',
        Key: 'stream',
        Body: Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]),
        ContentLength: body.length,
      }),
    );
    expect(stored!.bytes.equals(body)).toBe(true);
  });
});

function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(outcrop.endpoint);
    const request = http.request(
      { hostname, port, method, path, headers: body ? { ...headers, 'content-length': String(body.length) } : headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
