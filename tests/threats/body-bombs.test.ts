import { CreateBucketCommand, GetBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';
import { call, read, send, sign, text, type Signing } from './raw.ts';

/**
 * Bodies made to take long or much when they are read. None of these tests measures time: what is exponential, or quadratic in what can be
 * long, would not end before the time-out of a test.
 */
const random = generator(testSeed('threats: body bombs'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { host } = new URL(endpoint);
const s3 = new S3Client(outcrop.clients);
const sts = new STSClient(outcrop.clients);
const Bucket = fresh('bucket');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
});
/** Answers well, and others too. */
async function stands() {
  await sts.send(new GetCallerIdentityCommand());
}

const tagging = (inside: string) =>
  `<Tagging><TagSet><Tag><Key>k</Key><Value>${inside}</Value></Tag></TagSet></Tagging>`;
const laughs = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
const XML: Record<string, string> = {
  'entities within entities': `<!DOCTYPE t [<!ENTITY l0 "ha">${laughs}]>${tagging('&l12;')}`,
  'one long entity, used often': `<!DOCTYPE t [<!ENTITY a "${'a'.repeat(50_000)}">]>${tagging('&a;'.repeat(50_000))}`,
  'an entity that is a file': `<!DOCTYPE t [<!ENTITY f SYSTEM "file:///etc/passwd">]>${tagging('&f;')}`,
  'an entity that is an address': `<!DOCTYPE t [<!ENTITY f SYSTEM "${endpoint}/secret">]>${tagging('&f;')}`,
  'a document type from elsewhere': `<!DOCTYPE t SYSTEM "${endpoint}/t.dtd">${tagging('x')}`,
  'parameter entities': `<!DOCTYPE t [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>${tagging('x')}`,
  'deep nesting': `${'<Tagging>'.repeat(100_000)}${'</Tagging>'.repeat(100_000)}`,
  'an open end': '<a>'.repeat(300_000),
  'many attributes': `<Tagging ${Array.from({ length: 50_000 }, (_, n) => `a${n}="x"`).join(' ')}></Tagging>`,
  'a long name': `<${'a'.repeat(1_000_000)}/>`,
  'a comment that does not end': `<Tagging><!--${'-'.repeat(1_000_000)}`,
  'CDATA that does not end': `<Tagging><![CDATA[${']'.repeat(1_000_000)}`,
  'many references': tagging('&#97;'.repeat(200_000)),
  'an instruction that does not end': `<?${'x'.repeat(1_000_000)}`,
};

describe('XML made to take long, or to read what it should not', () => {
  it.each(Object.entries(XML))('is refused or read as text, and the server goes on: %s', async (_name, body) => {
    const md5 = createHash('md5').update(body).digest('base64');
    const answer = await call(endpoint, {
      method: 'PUT',
      path: `/${Bucket}`,
      query: 'tagging=',
      body,
      headers: { 'content-md5': md5 },
      service: 's3',
      credentials,
    });
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain('root:');
    expect((await refusal(s3.send(new GetBucketTaggingCommand({ Bucket })))).name).toBe('NoSuchTagSet');
    await stands();
  });
});

const json = (target: string, body: string): Signing => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
  body,
  service: 'secretsmanager',
  credentials,
});
const JSONS: Record<string, string> = {
  'nested arrays': `{"Filters":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  'nested objects': `${'{"Filters":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'an open end': '['.repeat(500_000),
  'a long number': `{"MaxResults":${'9'.repeat(500_000)}}`,
  'a number out of range': '{"MaxResults":1e400}',
  'many members': `{${Array.from({ length: 200_000 }, (_, n) => `"m${n}":1`).join()}}`,
  "the language's own names":
    '{"__proto__":{"MaxResults":1},"constructor":{"prototype":{"x":1}},"Filters":{"__proto__":[]}}',
  'halves of characters': `{"NextToken":"${'\\ud800'.repeat(100_000)}"}`,
};

describe('JSON made to take long or much', () => {
  it.each(Object.entries(JSONS))('is answered, and the server goes on: %s', async (_name, body) => {
    expect((await call(endpoint, json('secretsmanager.ListSecrets', body))).status).toBeLessThan(500);
    await stands();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

const form = (body: string): Signing => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
  service: 'sts',
  credentials,
});
const ASSUME = `Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fx&RoleSessionName=one`;
const FORMS: Record<string, string> = {
  'an index beyond all lists': `${ASSUME}&Tags.member.4294967294.Key=a&Tags.member.4294967294.Value=b`,
  'an index beyond all numbers': `${ASSUME}&Tags.member.${'9'.repeat(400)}.Key=a`,
  'an index that is none': `${ASSUME}&Tags.member.-1.Key=a&Tags.member.x.Key=a&Tags.member..Key=a&Tags.member.0.Key=b`,
  'a list with large gaps': `${ASSUME}${Array.from({ length: 50 }, (_, n) => `&Tags.member.${n * 40_000_000 + 1}.Key=k${n}&Tags.member.${n * 40_000_000 + 1}.Value=v`).join('')}`,
  'many members': `${ASSUME}${Array.from({ length: 100_000 }, (_, n) => `&Tags.member.${n + 1}.Key=k${n}`).join('')}`,
  'many parameters': `${ASSUME}${'&a=b'.repeat(300_000)}`,
  'a deep name': `${ASSUME}&${'Tags.member.1.'.repeat(20_000)}Key=x`,
  "the language's own names": `${ASSUME}&__proto__.x=1&constructor.prototype.x=1&Tags.member.1.__proto__.x=1&Tags.__proto__.x=1`,
  'broken escapes': `${ASSUME}&Policy=%&ExternalId=%zz%ff%c3%28`,
};

describe('A form made to take long or much', () => {
  it.each(Object.entries(FORMS))('is answered, and the server goes on: %s', async (_name, body) => {
    const answer = await call(endpoint, form(body));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    await stands();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

const bytes = (...list: number[]) => Buffer.from(list);
const CBORS: Record<string, Buffer> = {
  'a text longer than all memory': Buffer.concat([
    bytes(0xa1, 0x69),
    Buffer.from('NextToken'),
    bytes(0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  ]),
  'a list longer than all memory': Buffer.concat([
    bytes(0xa1, 0x69),
    Buffer.from('NextToken'),
    bytes(0x9b, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  ]),
  'a map longer than all memory': bytes(0xbb, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  'deep nesting': Buffer.concat([Buffer.alloc(300_000, 0x81), bytes(0x01)]),
  'deep tags': Buffer.concat([Buffer.alloc(300_000, 0xc1), bytes(0x01)]),
  'an open end': Buffer.alloc(300_000, 0x9f),
  nothing: Buffer.alloc(0),
  'no CBOR': Buffer.alloc(1_000, 0xff),
};

describe('CBOR made to take long or much', () => {
  it.each(Object.entries(CBORS))('is answered, and the server goes on: %s', async (_name, body) => {
    const answer = await call(endpoint, {
      method: 'POST',
      path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
      headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body,
      service: 'monitoring',
      credentials,
    });
    expect([400, 403, 404, 501]).toContain(answer.status);
    const other = await call(endpoint, {
      method: 'POST',
      path: '/service/TrentService/operation/ListKeys',
      headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body,
      service: 'kms',
      credentials,
    });
    expect(other.status).toBe(_name === 'nothing' ? 200 : 400);
    await stands();
  });
});

describe('A compressed body', () => {
  it('is not unpacked beyond what a body may be', async () => {
    const zeros = gzipSync(Buffer.alloc(300 * 1024 * 1024, 0x20), { level: 9 });
    for (const packed of [zeros, gzipSync(zeros)]) {
      const request: Signing = {
        ...form(''),
        body: packed,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-encoding': packed === zeros ? 'gzip' : 'gzip, gzip',
        },
      };
      const before = process.memoryUsage().rss;
      const answer = read(
        await send(endpoint, text(request, sign(endpoint, request)), { silenceMs: 5_000, waitMs: 30_000 }),
      );
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024);
    }
    await stands();
  });

  it('that is broken, or of a kind nobody knows, is refused', async () => {
    for (const [encoding, body] of [
      ['gzip', Buffer.from('not gzip')],
      ['gzip', gzipSync('Action=GetCallerIdentity&Version=2011-06-15').subarray(0, 20)],
      ['deflate, br, gzip, deflate, br, gzip', Buffer.from('x')],
      ['made-up', Buffer.from('Action=GetCallerIdentity')],
    ] as const) {
      const request: Signing = {
        ...form(''),
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': encoding },
      };
      const answer = read(await send(endpoint, text(request, sign(endpoint, request))));
      expect(answer.status, encoding).toBeGreaterThanOrEqual(400);
      expect(answer.status, encoding).toBeLessThan(500);
    }
    await stands();
  });
});

describe('A body of chunks that lie about themselves', () => {
  it('is refused, and nothing of it is kept', async () => {
    const Key = fresh('chunked');
    for (const body of [
      'fffffffffffffff\r\nabc',
      `${'0'.repeat(100_000)}\r\n\r\n`,
      '-5;chunk-signature=x\r\nabc\r\n',
      '5;chunk-signature=x\r\nabc',
      `5;${'x'.repeat(200_000)}\r\nhello\r\n0\r\n\r\n`,
    ]) {
      const request: Signing = {
        method: 'PUT',
        path: `/${Bucket}/${Key}`,
        headers: { 'x-amz-decoded-content-length': '5', 'content-encoding': 'aws-chunked' },
        body,
        service: 's3',
        credentials,
      };
      const signed = { ...sign(endpoint, request), 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
      const answer = read(await send(endpoint, text(request, signed)));
      expect(answer.status, body.slice(0, 30)).toBeGreaterThanOrEqual(400);
      expect(answer.status, body.slice(0, 30)).toBeLessThan(500);
    }
    expect((await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).$metadata.httpStatusCode).toBe(200);
  });

  it('of many connections that send nothing more does not keep others waiting', async () => {
    const idle = Array.from({ length: 50 }, () =>
      send(endpoint, `PUT /${Bucket}/slow HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nx`, {
        waitMs: 1_000,
      }),
    );
    await stands();
    await Promise.all(idle);
  });
});
