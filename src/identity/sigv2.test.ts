import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isVersion2, verifyVersion2 } from './sigv2.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const NOW_S = 1_175_139_000;
const verifier: any = {
  principals: {
    credential: async (id: string) =>
      id === accessKeyId ? { accessKeyId, secretAccessKey, principal: {} } : undefined,
    closed: async () => false,
  },
  clock: { real: () => NOW_S * 1000 },
  mode: 'strict',
};

/** A request whose signature is of the given text. */
function signed(stringToSign: string, { path = '/bucket/key', query = '', expires = NOW_S + 60, headers = {} } = {}) {
  const signature = createHmac('sha1', secretAccessKey).update(stringToSign).digest('base64');
  const own = `AWSAccessKeyId=${accessKeyId}&Signature=${encodeURIComponent(signature)}&Expires=${expires}`;
  return { method: 'GET', rawPath: path, rawQuery: query ? `${query}&${own}` : own, headers, host: '127.0.0.1:4566' };
}

describe('a URL signed with version 2', () => {
  it('is told by its parameters', () => {
    expect(isVersion2(signed(''))).toBe(true);
    expect(isVersion2({ ...signed(''), rawQuery: 'X-Amz-Signature=x&AWSAccessKeyId=y' })).toBe(false);
  });

  it('signs method, digest, type, expiry, the resource and its subresources', async () => {
    const expires = NOW_S + 60;
    const request = signed(`GET\n\n\n${expires}\n/bucket/key?response-content-type=text/plain&versionId=1`, {
      query: 'versionId=1&response-content-type=text%2Fplain&x-id=GetObject',
    });
    const auth = await verifyVersion2(request, verifier, undefined);
    expect(auth).toMatchObject({ presigned: true, payload: { kind: 'unsigned' }, credential: { accessKeyId } });
  });

  it('signs the bucket that the host names, and headers that travel in the query', async () => {
    const expires = NOW_S + 60;
    const request = signed(`GET\n\ntext/css\n${expires}\nx-amz-acl:private\nx-amz-meta-a:b c\n/bucket/key`, {
      path: '/key',
      query: 'x-amz-meta-a=b%20c&content-type=text%2Fcss',
      headers: { 'x-amz-acl': ' private' },
    });
    await expect(verifyVersion2(request, verifier, 'bucket')).resolves.toBeDefined();
    await expect(verifyVersion2(request, verifier, 'another')).rejects.toMatchObject({ failure: 'bad-signature' });
  });

  it('is refused when it has expired, was changed, or its key is unknown', async () => {
    const late = NOW_S - 1;
    await expect(
      verifyVersion2(signed(`GET\n\n\n${late}\n/bucket/key`, { expires: late }), verifier, undefined),
    ).rejects.toMatchObject({ failure: 'expired-url' });
    const request = signed(`GET\n\n\n${NOW_S + 60}\n/bucket/key`);
    await expect(verifyVersion2({ ...request, rawPath: '/bucket/other' }, verifier, undefined)).rejects.toMatchObject({
      failure: 'bad-signature',
    });
    await expect(
      verifyVersion2({ ...request, rawQuery: request.rawQuery.replace(accessKeyId, 'AKIA') }, verifier, undefined),
    ).rejects.toMatchObject({ failure: 'unknown-key' });
    await expect(
      verifyVersion2(
        { ...request, rawQuery: request.rawQuery.replace(/Expires=\d+/, 'Expires=x') },
        verifier,
        undefined,
      ),
    ).rejects.toMatchObject({ failure: 'malformed' });
  });
});
