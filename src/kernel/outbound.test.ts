import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPrivateAddress, Outbound } from './outbound.ts';

const bounds = { bytesMax: 1_000, timeoutMs: 5_000 };
const certificate = readFileSync(new URL('../../tests/fixtures/localhost.crt', import.meta.url));
const key = readFileSync(new URL('../../tests/fixtures/localhost.key', import.meta.url));
const answer: http.RequestListener = (request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end();
  else if (request.url === '/long') response.end('x'.repeat(1_001));
  else if (request.url === '/never') response.write('x');
  else response.end(`{"path":"${request.url}"}`);
};
const plain = http.createServer(answer);
const secure = https.createServer({ cert: certificate, key }, answer);
const url = (server: http.Server, path: string, host = '127.0.0.1') =>
  new URL(`${server === secure ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}${path}`);

beforeAll(async () => {
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const server of [plain, secure]) {
    server.closeAllConnections();
    server.close();
  }
});

describe('what is fetched from outside', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'nonsense',
  ])('%s is no public address', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '52.94.236.248', '172.32.0.1', '2600:9000::1'])('%s is a public address', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it('is nothing of this machine or its network, by number or by name, unless that is allowed', async () => {
    const outbound = new Outbound({ allowPrivate: false });
    const { port } = secure.address() as AddressInfo;
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433', '127.1'])
      await expect(outbound.get(new URL(`https://${host}:${port}/ok`), bounds), host).rejects.toMatchObject({
        name: 'OutboundError',
        refused: true,
      });
    await expect(outbound.get(url(plain, '/ok'), bounds)).rejects.toMatchObject({ refused: true });
  });

  it('comes from this machine without TLS where private addresses are allowed, and from nowhere else so', async () => {
    const outbound = new Outbound({ allowPrivate: true });
    expect((await outbound.get(url(plain, '/ok'), bounds)).toString()).toBe('{"path":"/ok"}');
    expect((await outbound.get(url(plain, '/ok', 'localhost'), bounds)).toString()).toBe('{"path":"/ok"}');
    await expect(outbound.get(new URL('http://10.0.0.1/'), bounds)).rejects.toMatchObject({ refused: true });
    await expect(outbound.get(new URL('http://8.8.8.8/'), bounds)).rejects.toMatchObject({ refused: true });
    await expect(outbound.get(new URL('ftp://127.0.0.1/'), bounds)).rejects.toMatchObject({ refused: true });
  });

  it('is given up when it is too long, takes too long, is elsewhere, or nobody waits for it', async () => {
    const outbound = new Outbound({ allowPrivate: true });
    await expect(outbound.get(url(plain, '/long'), bounds)).rejects.toThrow('longer than 1000 bytes');
    await expect(outbound.get(url(plain, '/moved'), bounds)).rejects.toThrow('answered 302');
    await expect(outbound.get(url(plain, '/never'), { ...bounds, timeoutMs: 100 })).rejects.toThrow('timeout');
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(outbound.get(url(plain, '/ok'), { ...bounds, signal })).rejects.toMatchObject({
      name: 'OutboundError',
    });
  });

  it('is trusted by the authorities that everyone knows, or by the thumbprint that was given', async () => {
    const outbound = new Outbound({ allowPrivate: true });
    const thumbprint = new X509Certificate(certificate).fingerprint.replaceAll(':', '').toLowerCase();
    const get = (thumbprints?: string[], host = 'localhost') =>
      outbound.get(url(secure, '/ok', host), { ...bounds, ...(thumbprints ? { thumbprints } : {}) });
    await expect(get()).rejects.toThrow('certificate');
    await expect(get(['0'.repeat(40)])).rejects.toThrow('not trusted');
    expect((await get([thumbprint])).toString()).toBe('{"path":"/ok"}');
  });
});
