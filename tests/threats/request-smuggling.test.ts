import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';
import { answersIn, read, send, sign, text, type Signing } from './raw.ts';

const random = generator(testSeed('threats: request smuggling'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { host } = new URL(endpoint);
const s3 = new S3Client(outcrop.clients);
const Bucket = fresh('bucket');
/** A request that must never be carried out: it is hidden in another. */
const HIDDEN = `GET /${Bucket}/hidden HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const seen = () => outcrop.calls(1_000).filter(({ operation }) => operation === 'GetObject').length;

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
});

/** Head lines as they are, and what follows. */
const raw = (lines: string[], body = '') => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
const POST = ['POST / HTTP/1.1', `Host: ${host}`];
const length = HIDDEN.length;
const chunk = (data: string) => `${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`;

/** Ways in which two readers of the same bytes may disagree on where a request ends. */
const AMBIGUOUS: Record<string, Buffer> = {
  'a length and chunks': raw(
    [...POST, `Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'chunks and a length': raw([...POST, 'Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${HIDDEN}`),
  'two lengths': raw([...POST, 'Content-Length: 0', `Content-Length: ${length}`], HIDDEN),
  'two lengths in one header': raw([...POST, `Content-Length: 0, ${length}`], HIDDEN),
  'two lengths that agree': raw([...POST, `Content-Length: ${length}`, `Content-Length: ${length}`], HIDDEN),
  'a length with a sign': raw([...POST, `Content-Length: +${length}`], HIDDEN),
  'a negative length': raw([...POST, 'Content-Length: -1'], HIDDEN),
  'a length in hexadecimal': raw([...POST, `Content-Length: 0x${length.toString(16)}`], HIDDEN),
  'a length with a space within': raw([...POST, 'Content-Length: 1 0'], HIDDEN),
  'a length beyond all numbers': raw([...POST, `Content-Length: ${'9'.repeat(40)}`], HIDDEN),
  'a length that is none': raw([...POST, 'Content-Length: '], HIDDEN),
  'a space before the colon of the length': raw([...POST, `Content-Length : ${length}`], HIDDEN),
  'a folded length': raw([...POST, 'Content-Length:', ` ${length}`], HIDDEN),
  'an encoding that is not known': raw([...POST, 'Transfer-Encoding: xchunked'], `0\r\n\r\n${HIDDEN}`),
  'an encoding before the last that is not chunked': raw(
    [...POST, 'Transfer-Encoding: chunked, identity'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'two encodings': raw(
    [...POST, 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding with a tab': raw(
    [...POST, 'Transfer-Encoding:\tchunked', `Content-Length: ${length}`],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding behind a space': raw(
    [...POST, ' Transfer-Encoding: chunked', `Content-Length: ${length}`],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding with a control character': raw(
    [...POST, 'Transfer-Encoding: \u000bchunked', 'Content-Length: 5'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding behind a bare line feed': raw(
    [...POST, 'X: y\nTransfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding behind a bare carriage return': raw(
    [...POST, 'X: y\rTransfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'an encoding behind a null': raw(
    [...POST, 'X: y\0Transfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${HIDDEN}`,
  ),
  'a chunk of no size': raw([...POST, 'Transfer-Encoding: chunked'], `\r\n${HIDDEN}`),
  'a chunk of a negative size': raw([...POST, 'Transfer-Encoding: chunked'], `-1\r\n${HIDDEN}`),
  'a chunk whose size has a prefix': raw([...POST, 'Transfer-Encoding: chunked'], `0x5\r\nabcde\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk larger than all numbers': raw(
    [...POST, 'Transfer-Encoding: chunked'],
    `${'f'.repeat(40)}\r\nabc\r\n0\r\n\r\n${HIDDEN}`,
  ),
  'a chunk longer than it says': raw([...POST, 'Transfer-Encoding: chunked'], `1\r\nabc\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk that ends with a bare line feed': raw([...POST, 'Transfer-Encoding: chunked'], `3\nabc\n0\n\n${HIDDEN}`),
  'a line feed in a chunk extension': raw(
    [...POST, 'Transfer-Encoding: chunked'],
    `3;a\nb\r\nabc\r\n0\r\n\r\n${HIDDEN}`,
  ),
  'lines that end with bare line feeds': Buffer.from(`POST / HTTP/1.1\nHost: ${host}\nContent-Length: 0\n\n${HIDDEN}`),
  'a head without a host': raw(['POST / HTTP/1.1', 'Content-Length: 0'], HIDDEN),
  'two hosts': raw([...POST, 'Host: evil.example', 'Content-Length: 0'], HIDDEN),
  'a header without a name': raw([...POST, ': x', 'Content-Length: 0'], HIDDEN),
  'a header without a colon': raw([...POST, 'Nothing', 'Content-Length: 0'], HIDDEN),
  'a header name with a space': raw([...POST, 'Content Length: 0'], HIDDEN),
  'another version': raw(['POST / HTTP/9.9', `Host: ${host}`, 'Content-Length: 0'], HIDDEN),
  'no version': Buffer.from(`POST /\r\n\r\n${HIDDEN}`),
  'a space in the target': raw([`GET /${Bucket}/x y HTTP/1.1`, `Host: ${host}`], HIDDEN),
  'a line feed in the target': raw([`GET /${Bucket}/x\nX: y HTTP/1.1`, `Host: ${host}`], HIDDEN),
  'a method that is none': raw(['G\u00c9T / HTTP/1.1', `Host: ${host}`], HIDDEN),
};

describe('A request in which another one is hidden', () => {
  it.each(Object.entries(AMBIGUOUS))('is refused, and the hidden one is not carried out: %s', async (_name, bytes) => {
    const before = seen();
    const answer = await send(endpoint, bytes, { silenceMs: 200 });
    if (answer !== '') expect(read(answer).status).toBeGreaterThanOrEqual(400);
    expect(read(answer).status).toBeLessThan(500);
    expect(answersIn(answer)).toBeLessThanOrEqual(1);
    expect(seen()).toBe(before);
  });

  it('within the length of its body is the body, and nothing else', async () => {
    const before = seen();
    const put: Signing = { method: 'PUT', path: `/${Bucket}/note`, body: HIDDEN, service: 's3', credentials };
    const answer = await send(endpoint, text(put, sign(endpoint, put)));
    expect(read(answer).status).toBe(200);
    expect(answersIn(answer)).toBe(1);
    expect(seen()).toBe(before);
  });

  it('after a refusal that did not read the body is not taken for the next: the connection ends', async () => {
    const before = seen();
    const put: Signing = { method: 'PUT', path: `/${fresh('missing')}/note`, body: HIDDEN, service: 's3', credentials };
    const bytes = text(put, sign(endpoint, put)).toString('latin1').replace('connection: close\r\n', '');
    const answer = await send(endpoint, bytes);
    expect(read(answer).status).toBe(404);
    expect(answersIn(answer)).toBe(1);
    expect(seen()).toBe(before);
    const chunked = `PUT /${fresh('missing')}/note HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(HIDDEN)}`;
    expect(answersIn(await send(endpoint, chunked))).toBe(1);
    expect(seen()).toBe(before);
  });

  it('that is cut short is not carried out', async () => {
    const put: Signing = { method: 'PUT', path: `/${Bucket}/short`, body: 'whole', service: 's3', credentials };
    const bytes = text(put, sign(endpoint, put)).toString('latin1').replace('content-length: 5', 'content-length: 50');
    expect(read(await send(endpoint, bytes, { waitMs: 1_000 })).status).not.toBe(200);
    const calls = outcrop.calls(1_000).filter(({ operation, status }) => operation === 'PutObject' && status === 200);
    const good = await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'whole' }));
    expect(good.$metadata.httpStatusCode).toBe(200);
    expect(
      outcrop.calls(1_000).filter(({ operation, status }) => operation === 'PutObject' && status === 200).length,
    ).toBe(calls.length + 1);
  });

  it('leaves the server as it was', async () => {
    await s3.send(new ListBucketsCommand());
  });
});

describe('Requests one behind the other on a connection', () => {
  it('are answered in their order, each by itself', async () => {
    const one: Signing = { method: 'GET', path: `/${Bucket}/${fresh('one')}`, service: 's3', credentials };
    const two: Signing = { ...one, path: `/${Bucket}/${fresh('two')}` };
    const first = text(one, sign(endpoint, one)).toString('latin1').replace('connection: close\r\n', '');
    const answer = await send(endpoint, first + text(two, sign(endpoint, two)).toString('latin1'));
    expect(answersIn(answer)).toBe(2);
    expect(answer.indexOf(one.path.split('/')[2]!)).toBeLessThan(answer.indexOf(two.path.split('/')[2]!));
  });
});
