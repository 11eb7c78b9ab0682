import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a Signature Version 4 key is for: `date` is `20261120`. Source: "AWS Signature Version 4 for API requests". */
export type Scope = { date: string; region: string; service: string };

export type SigningCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Services that sign the path as it is on the wire; all others encode it once more. */
export const SINGLE_ENCODING: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);

export function encodeRfc3986(text: string, keepSlash: boolean): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded;
}

export const scopeText = ({ date, region, service }: Scope) => `${date}/${region}/${service}/aws4_request`;

const keys = new Map<string, Buffer>();
const KEYS_MAX = 1_000;

/** The key derived from a secret for a day, region and service; the latest are kept. */
export function signingKey(secret: string, scope: Scope): Buffer {
  const id = `${scope.date}/${scope.region}/${scope.service}/${secret}`;
  let key = keys.get(id);
  if (!key) {
    key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
      (k, part) => createHmac('sha256', k).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
    if (keys.size >= KEYS_MAX) keys.clear();
    keys.set(id, key);
  }
  return key;
}

export function hmacHex(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Compares without telling by its duration where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}

/**
 * The headers that sign a request, to be sent beside those given (which are signed too; lower-case names).
 * `url`'s path is percent-encoded as it will be sent. `payloadSha256` is the body's hash in hexadecimal, or `UNSIGNED-PAYLOAD`.
 */
export function signRequest(request: {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  payloadSha256: string;
  service: string;
  region: string;
  credentials: SigningCredentials;
}): Record<string, string> {
  const { method, url, service, region, payloadSha256 } = request;
  const { accessKeyId, secretAccessKey, sessionToken } = request.credentials;
  // Signatures are judged by real time.
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = { date: timestamp.slice(0, 8), region, service };
  const added: Record<string, string> = {
    'x-amz-content-sha256': payloadSha256,
    'x-amz-date': timestamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signed = Object.entries({ ...request.headers, ...added, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = [...url.searchParams]
    .map(([key, value]) => [encodeRfc3986(key, false), encodeRfc3986(value, false)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  const canonical = [
    method,
    SINGLE_ENCODING.has(service) ? url.pathname : encodeRfc3986(url.pathname, true),
    query,
    signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}\n`).join(''),
    names,
    payloadSha256,
  ].join('\n');
  const signature = hmacHex(
    signingKey(secretAccessKey, scope),
    `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256(canonical)}`,
  );
  return {
    ...added,
    authorization: `${ALGORITHM} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
