import { encodeRfc3986, sha256 } from '../identity/sigv4.ts';
import { hmacHex, scopeText, signingKey } from '../kernel/signing.ts';

/** Headers that sign a request of ours to a stack (the CLI's management calls). */
export function signRequest(request: {
  method: string;
  url: string;
  body: string;
  service: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}): Record<string, string> {
  const { method, body, accessKeyId, secretAccessKey, service, region } = request;
  const url = new URL(request.url);
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = { date: timestamp.slice(0, 8), region, service };
  const hash = sha256(body);
  const query = [...url.searchParams]
    .map(([key, value]) => `${encodeRfc3986(key, false)}=${encodeRfc3986(value, false)}`)
    .sort()
    .join('&');
  const canonical = [
    method,
    encodeRfc3986(url.pathname, true),
    query,
    `host:${url.host}\nx-amz-content-sha256:${hash}\nx-amz-date:${timestamp}\n`,
    'host;x-amz-content-sha256;x-amz-date',
    hash,
  ].join('\n');
  const signature = hmacHex(
    signingKey(secretAccessKey, scope),
    `AWS4-HMAC-SHA256\n${timestamp}\n${scopeText(scope)}\n${sha256(canonical)}`,
  );
  return {
    'x-amz-date': timestamp,
    'x-amz-content-sha256': hash,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  };
}
