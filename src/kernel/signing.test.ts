import { describe, expect, it } from 'vitest';
import { encodeRfc3986, hmacHex, sameText, scopeText, sha256, signingKey, signRequest } from './signing.ts';

describe('signatures', () => {
  it('are those of the example in the S3 API Reference (GET object with a range)', () => {
    // "Authenticating Requests: Using the Authorization Header", example of May 24th 2013.
    const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
    const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope);
    const empty = sha256('');
    const canonical = [
      'GET',
      '/test.txt',
      '',
      'host:examplebucket.s3.amazonaws.com',
      'range:bytes=0-9',
      `x-amz-content-sha256:${empty}`,
      'x-amz-date:20130524T000000Z',
      '',
      'host;range;x-amz-content-sha256;x-amz-date',
      empty,
    ].join('\n');
    const text = `AWS4-HMAC-SHA256\n20130524T000000Z\n${scopeText(scope)}\n${sha256(canonical)}`;
    expect(hmacHex(key, text)).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  });

  it('cover every header given, and the session token', () => {
    const sign = (change: object = {}) =>
      signRequest({
        method: 'PUT',
        url: new URL('http://127.0.0.1:4566/b/a%20b?uploadId=x&partNumber=2'),
        headers: { range: 'bytes=0-1' },
        payloadSha256: 'UNSIGNED-PAYLOAD',
        service: 's3',
        region: 'eu-west-1',
        credentials: { accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'TOKEN' },
        ...change,
      });
    const headers = sign();
    expect(headers['x-amz-security-token']).toBe('TOKEN');
    expect(headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AK\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
  });

  it('encode strictly', () => {
    expect(encodeRfc3986("a b/!'()*~é", false)).toBe('a%20b%2F%21%27%28%29%2A~%C3%A9');
    expect(encodeRfc3986('a/b c', true)).toBe('a/b%20c');
  });

  it('are compared whatever their lengths', () => {
    expect(sameText('abc', 'abc')).toBe(true);
    expect(sameText('abc', 'abd')).toBe(false);
    expect(sameText('abc', 'ab')).toBe(false);
  });
});
