import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Credential, Principals } from '../kernel/principals/principals.ts';
import {
  ALGORITHM,
  encodeRfc3986,
  hmacHex,
  sameText,
  scopeText,
  sha256,
  signingKey,
  SINGLE_ENCODING,
  type Scope,
} from '../kernel/signing.ts';

/**
 * Signature Version 4, checked: header and presigned forms, session tokens, clock skew. Body signatures are checked where the body is
 * read (chunked.ts, events). Source: "AWS Signature Version 4 for API requests", and what the SDKs really send.
 */
export type SignedRequest = {
  method: string;
  /** Percent-encoded, as sent. */
  rawPath: string;
  rawQuery: string;
  headers: Record<string, string>;
  host: string;
};

/** How the body is covered by the signature. */
export type PayloadMode =
  /** The hash of the body was signed; the body must have it. */
  | { kind: 'hash'; sha256: string }
  /** No hash was sent: the body as a whole was hashed by the signer. */
  | { kind: 'body' }
  | { kind: 'unsigned' }
  /** `aws-chunked` framing. */
  | { kind: 'chunked'; signed: boolean; trailer: boolean }
  | { kind: 'events' };

export type Authenticated = {
  credential: Credential;
  scope: Scope;
  payload: PayloadMode;
  /** Of the request: the seed of chunk and event signatures. */
  signature: string;
  signingKey: Buffer;
  /** `20261120T101500Z` */
  timestamp: string;
  presigned: boolean;
  /** Not signed, but brought an API key of this kind. */
  bearer?: 'LONG_TERM' | 'SHORT_TERM';
};

export type AuthFailure =
  | 'missing'
  | 'malformed'
  | 'unknown-key'
  | 'bad-signature'
  | 'bad-token'
  | 'bad-api-key'
  | 'expired-token'
  | 'skewed'
  | 'expired-url'
  | 'unsigned-headers'
  | 'wrong-service'
  | 'unsupported'
  | 'bad-payload';

/** The gateway writes it under the name that the called service uses. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly failure: AuthFailure;
  readonly detail: Record<string, string>;
  constructor(failure: AuthFailure, message: string, detail: Record<string, string> = {}) {
    super(message);
    this.failure = failure;
    this.detail = detail;
  }
}

const SKEW_MS_MAX = 15 * 60 * 1000;
const PRESIGNED_SECONDS_MAX = 7 * 24 * 60 * 60;
/** Headers of AWS's own that may be left unsigned: what they say is in the signature anyway, or is checked by itself. */
const MAY_BE_UNSIGNED = new Set(['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']);
const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** The parts of a credential without any check: routing needs the service before the signature can be judged. */
export function claimedScope(request: SignedRequest): (Scope & { accessKeyId: string }) | undefined {
  const header = request.headers['authorization'];
  const credential = header
    ? /Credential=([^,\s]+)/.exec(header)?.[1]
    : new URLSearchParams(request.rawQuery).get('X-Amz-Credential');
  if (!credential) return undefined;
  const parts = credential.split('/');
  if (parts.length < 5) return undefined;
  const [date, region, service] = parts.slice(-4) as [string, string, string];
  return { accessKeyId: parts.slice(0, -4).join('/'), date, region, service };
}

/** Whether the request carries anything that claims an identity. */
export function isSigned(request: SignedRequest): boolean {
  return (
    request.headers['authorization'] !== undefined ||
    /(^|&)X-Amz-(Signature|Credential)=/.test(request.rawQuery) ||
    /(^|&)Signature=/.test(request.rawQuery)
  );
}

export type Verifier = {
  principals: Principals;
  clock: Clock;
  /** `open`: any well-formed signature by an unknown key passes as root (loopback only). */
  mode: 'strict' | 'open';
};

/** Checks the signature of a request. `bodyHash` is called for requests whose body hash is not in a header. Throws AuthError. */
export async function verify(
  request: SignedRequest,
  verifier: Verifier,
  bodyHash: () => Promise<string>,
): Promise<Authenticated> {
  const claim = readClaim(request);
  const { accessKeyId, scope, signedHeaders, signature, timestamp, token, presigned } = claim;
  const credential = await lookUp(accessKeyId, token, verifier);
  checkTime(claim, verifier.clock.real(), presigned);
  const payload = payloadMode(request, scope.service, presigned);
  const open = verifier.mode === 'open' && credential.open;
  if (!open) {
    const hash = payload.kind === 'body' ? await bodyHash() : payloadText(request, payload, scope.service);
    const canonical = canonicalRequest(request, signedHeaders, hash, scope.service, presigned);
    const stringToSign = `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256(canonical)}`;
    const expected = hmacHex(signingKey(credential.credential.secretAccessKey, scope), stringToSign);
    if (!sameText(expected, signature)) {
      throw new AuthError(
        'bad-signature',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
        {
          AWSAccessKeyId: accessKeyId,
          StringToSign: stringToSign,
          SignatureProvided: signature,
          CanonicalRequest: canonical,
        },
      );
    }
    refuseUnsigned(request, signedHeaders);
  }
  return {
    credential: credential.credential,
    scope,
    payload,
    signature,
    signingKey: signingKey(credential.credential.secretAccessKey, scope),
    timestamp,
    presigned,
  };
}

/** A header that means something to a service must be covered, or whoever passes the request on could add it. */
function refuseUnsigned({ headers }: SignedRequest, signedHeaders: string[]): void {
  const signed = new Set(signedHeaders);
  const loose = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-') && !signed.has(name) && !MAY_BE_UNSIGNED.has(name),
  );
  if (loose.length > 0)
    throw new AuthError('unsigned-headers', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: loose.join(', '),
    });
}

type Claim = {
  accessKeyId: string;
  scope: Scope;
  signedHeaders: string[];
  signature: string;
  timestamp: string;
  token: string | undefined;
  presigned: boolean;
  expiresSeconds?: number;
};

function readClaim(request: SignedRequest): Claim {
  const header = request.headers['authorization'];
  if (header !== undefined) return readHeader(request, header);
  const query = new URLSearchParams(request.rawQuery);
  if (!query.has('X-Amz-Signature')) throw new AuthError('missing', 'Missing Authentication Token');
  const algorithm = query.get('X-Amz-Algorithm');
  if (algorithm !== ALGORITHM)
    throw new AuthError('unsupported', `X-Amz-Algorithm ${algorithm} is not supported; ${ALGORITHM} is`);
  const expires = Number(query.get('X-Amz-Expires') ?? NaN);
  // STS and others presign without an expiry; S3 demands one.
  const expiresSeconds = query.has('X-Amz-Expires') ? expires : 900;
  if (!(expiresSeconds >= 0) || !Number.isInteger(expiresSeconds))
    throw new AuthError('malformed', 'X-Amz-Expires should be a number');
  if (expiresSeconds > PRESIGNED_SECONDS_MAX)
    throw new AuthError(
      'malformed',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  return {
    ...readCredential(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').toLowerCase().split(';').filter(Boolean),
    signature: query.get('X-Amz-Signature')!,
    timestamp: query.get('X-Amz-Date') ?? '',
    token: query.get('X-Amz-Security-Token') ?? undefined,
    presigned: true,
    expiresSeconds,
  };
}

function readHeader(request: SignedRequest, header: string): Claim {
  if (!header.startsWith(`${ALGORITHM} `)) {
    if (header.startsWith('AWS4-ECDSA'))
      throw new AuthError('unsupported', 'Signature Version 4A is not supported; sign with AWS4-HMAC-SHA256');
    if (header.startsWith('AWS '))
      throw new AuthError(
        'unsupported',
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      );
    throw new AuthError(
      'malformed',
      `Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.`,
    );
  }
  const fields = new Map(
    header
      .slice(ALGORITHM.length + 1)
      .split(',')
      .map((field) => {
        const [name = '', ...value] = field.trim().split('=');
        return [name, value.join('=')];
      }),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (missing.length > 0)
    throw new AuthError(
      'malformed',
      missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '),
    );
  const timestamp = request.headers['x-amz-date'] ?? isoBasic(request.headers['date']);
  if (!timestamp)
    throw new AuthError(
      'malformed',
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.`,
    );
  return {
    ...readCredential(fields.get('Credential')!),
    signedHeaders: fields.get('SignedHeaders')!.toLowerCase().split(';'),
    signature: fields.get('Signature')!,
    timestamp,
    token: request.headers['x-amz-security-token'],
    presigned: false,
  };
}

function readCredential(text: string): { accessKeyId: string; scope: Scope } {
  const parts = text.split('/');
  if (parts.length < 5 || parts.at(-1) !== 'aws4_request')
    throw new AuthError(
      'malformed',
      `Credential must have 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
    );
  const [date, region, service] = parts.slice(-4) as [string, string, string];
  return { accessKeyId: parts.slice(0, -4).join('/'), scope: { date, region, service } };
}

/** The credential of a key, its session token and expiry checked. `open`: the signature need not fit. Throws AuthError. */
export async function lookUp(
  accessKeyId: string,
  token: string | undefined,
  { principals, mode }: Verifier,
): Promise<{ credential: Credential; open: boolean }> {
  const credential = await principals.credential(accessKeyId);
  // An inactive key is no unknown one when every unknown one is let in.
  if (!credential || credential.inactive || (await principals.closed(credential.principal.account))) {
    if (mode === 'open' && !credential) return { credential: principals.root, open: true };
    throw new AuthError('unknown-key', 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId,
    });
  }
  if (credential.sessionToken !== undefined) {
    if (token === undefined || !sameText(token, credential.sessionToken))
      throw new AuthError('bad-token', 'The provided token is malformed or otherwise invalid.');
    if (principals.expired(credential)) throw new AuthError('expired-token', 'The provided token has expired.');
  } else if (token) throw new AuthError('bad-token', 'The provided token is malformed or otherwise invalid.');
  return { credential, open: mode === 'open' };
}

function checkTime({ timestamp, scope, expiresSeconds }: Claim, nowMs: number, presigned: boolean): void {
  const at = parseBasic(timestamp);
  if (at === undefined)
    throw new AuthError('malformed', `Date must be in ISO-8601 'basic format'. Got '${timestamp}'.`);
  if (!timestamp.startsWith(scope.date)) {
    throw new AuthError(
      'bad-signature',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    );
  }
  const detail = {
    RequestTime: timestamp,
    ServerTime: new Date(nowMs).toISOString(),
    MaxAllowedSkewMilliseconds: String(SKEW_MS_MAX),
  };
  if (presigned) {
    if (at > nowMs + SKEW_MS_MAX) throw new AuthError('skewed', 'Request is not valid yet', detail);
    if (nowMs > at + expiresSeconds! * 1000) {
      throw new AuthError('expired-url', 'Request has expired', {
        'X-Amz-Expires': String(expiresSeconds),
        Expires: new Date(at + expiresSeconds! * 1000).toISOString(),
        ServerTime: detail.ServerTime,
      });
    }
    return;
  }
  if (Math.abs(at - nowMs) > SKEW_MS_MAX)
    throw new AuthError('skewed', 'The difference between the request time and the current time is too large.', detail);
}

function payloadMode({ headers }: SignedRequest, service: string, presigned: boolean): PayloadMode {
  const declared = headers['x-amz-content-sha256'];
  if (declared === undefined)
    return presigned && SINGLE_ENCODING.has(service) ? { kind: 'unsigned' } : { kind: 'body' };
  if (declared === 'UNSIGNED-PAYLOAD') return { kind: 'unsigned' };
  if (declared === 'STREAMING-AWS4-HMAC-SHA256-EVENTS') return { kind: 'events' };
  if (declared.startsWith('STREAMING-')) {
    if (declared.includes('ECDSA'))
      throw new AuthError('unsupported', 'Signature Version 4A is not supported; sign with AWS4-HMAC-SHA256');
    return {
      kind: 'chunked',
      signed: declared.startsWith('STREAMING-AWS4-HMAC-SHA256'),
      trailer: declared.endsWith('-TRAILER'),
    };
  }
  if (!/^[0-9a-f]{64}$/i.test(declared)) {
    throw new AuthError(
      'bad-payload',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    );
  }
  return { kind: 'hash', sha256: declared.toLowerCase() };
}

function payloadText({ headers }: SignedRequest, payload: PayloadMode, _service: string): string {
  return payload.kind === 'unsigned' ? 'UNSIGNED-PAYLOAD' : (headers['x-amz-content-sha256'] ?? EMPTY_SHA256);
}

function canonicalRequest(
  request: SignedRequest,
  signedHeaders: string[],
  payloadHash: string,
  service: string,
  presigned: boolean,
): string {
  if (!signedHeaders.some((name) => name === 'host' || name === ':authority'))
    throw new AuthError('malformed', `'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.`);
  const headers = signedHeaders.map((name) => {
    const value = name === 'host' || name === ':authority' ? request.host : request.headers[name];
    if (value === undefined) throw new AuthError('malformed', `Signed header '${name}' is not present in the request.`);
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  return [
    request.method,
    canonicalPath(request.rawPath, service),
    canonicalQuery(request.rawQuery, presigned),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

/** S3: the path as sent. Others: dot segments and empty segments resolved, then each segment encoded once more. */
export function canonicalPath(rawPath: string, service: string): string {
  const path = rawPath === '' ? '/' : rawPath;
  // Clients differ in which characters of an S3 key they leave bare; the signature always covers the strictly encoded form.
  if (SINGLE_ENCODING.has(service))
    return path
      .split('/')
      .map((segment) => encodeRfc3986(decodeOnce(segment), false))
      .join('/');
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') out.pop();
    else out.push(segment);
  }
  const normal = `/${out.join('/')}${out.length > 0 && path.endsWith('/') ? '/' : ''}`;
  return encodeRfc3986(normal, true);
}

/** Percent-decodes; malformed sequences stay as they are. */
function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function canonicalQuery(rawQuery: string, presigned: boolean): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '' && !(presigned && pair.startsWith('X-Amz-Signature=')))
    .map((pair) => {
      const at = pair.indexOf('=');
      const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      return [
        encodeRfc3986(decodeOnce(key.replaceAll('+', '%20')), false),
        encodeRfc3986(decodeOnce(value.replaceAll('+', '%20')), false),
      ] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

function parseBasic(timestamp: string): number | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (!m) return undefined;
  const at = Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function isoBasic(httpDate: string | undefined): string | undefined {
  const at = httpDate === undefined ? NaN : Date.parse(httpDate);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
