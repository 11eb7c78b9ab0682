import { createHmac } from 'node:crypto';
import { sameText } from '../kernel/signing.ts';
import { AuthError, lookUp, type Authenticated, type SignedRequest, type Verifier } from './sigv4.ts';

/**
 * Signature Version 2 in the query of an S3 URL. boto3 and the AWS CLI still presign so in the older regions unless told otherwise
 * (`signature_version='s3v4'`), us-east-1 among them. Source: "Signing and authenticating REST requests (AWS signature version 2)", and
 * botocore's `HmacV1QueryAuth`.
 */

/** Query parameters that name a subresource or change the answer: these are signed, the others are not. */
const SIGNED_PARAMETERS = new Set(
  (
    'accelerate acl analytics cors defaultObjectAcl delete encryption inventory legal-hold lifecycle location logging metrics notification ' +
    'object-lock partNumber policy policyStatus publicAccessBlock replication requestPayment response-cache-control ' +
    'response-content-disposition response-content-encoding response-content-language response-content-type response-expires restore ' +
    'retention select select-type storageClass tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
);

/** Those by which the URL is signed, and those that only say which part of a list is meant. */
const OTHER_PARAMETERS = new Set(
  (
    'AWSAccessKeyId Expires Signature content-md5 content-type continuation-token delimiter encoding-type fetch-owner key-marker list-type ' +
    'marker max-keys max-parts max-uploads part-number-marker prefix start-after upload-id-marker version-id-marker x-id'
  ).split(' '),
);

export function isVersion2({ headers, rawQuery }: SignedRequest): boolean {
  return (
    headers['authorization'] === undefined && /(^|&)AWSAccessKeyId=/.test(rawQuery) && /(^|&)Signature=/.test(rawQuery)
  );
}

/**
 * Checks a URL signed with version 2. `virtualBucket` is the bucket that the host names, if it does. The body is not covered by this
 * kind of signature. Throws AuthError.
 */
export async function verifyVersion2(
  request: SignedRequest,
  verifier: Verifier,
  virtualBucket: string | undefined,
): Promise<Authenticated> {
  const query = new URLSearchParams(request.rawQuery);
  const accessKeyId = query.get('AWSAccessKeyId')!;
  const provided = query.get('Signature')!;
  const expires = query.get('Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires))
    throw new AuthError(
      'malformed',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    );
  const { credential, open } = await lookUp(accessKeyId, query.get('x-amz-security-token') ?? undefined, verifier);
  const now = verifier.clock.real();
  if (now > Number(expires) * 1000)
    throw new AuthError('expired-url', 'Request has expired', {
      Expires: new Date(Number(expires) * 1000).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  if (!open) refuseUncovered(request, query);
  const stringToSign = textToSign(request, query, expires, virtualBucket);
  const expected = createHmac('sha1', credential.secretAccessKey).update(stringToSign).digest('base64');
  if (!open && !sameText(expected, provided))
    throw new AuthError(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { AWSAccessKeyId: accessKeyId, StringToSign: stringToSign, SignatureProvided: provided },
    );
  return {
    credential,
    scope: { date: '', region: '', service: 's3' },
    payload: { kind: 'unsigned' },
    signature: provided,
    signingKey: Buffer.alloc(0),
    timestamp: '',
    presigned: true,
  };
}

/**
 * The signature does not cover every parameter, and AWS has made subresources since that it knows nothing of: one of those would make another
 * operation of the URL. Nor may a header say otherwise than the parameter that was signed for it.
 */
function refuseUncovered({ headers }: SignedRequest, query: URLSearchParams): void {
  const uncovered = [...query.keys()].find(
    (name) => !SIGNED_PARAMETERS.has(name) && !OTHER_PARAMETERS.has(name) && !name.startsWith('x-amz-'),
  );
  if (uncovered !== undefined)
    throw new AuthError('bad-signature', `Signature version 2 does not cover the parameter ${uncovered}.`);
  for (const [name, value] of query)
    if (headers[name] !== undefined && headers[name] !== value)
      throw new AuthError('bad-signature', `The header ${name} is not the one that was signed.`);
}

function textToSign(
  { method, rawPath, rawQuery, headers }: SignedRequest,
  query: URLSearchParams,
  expires: string,
  virtualBucket: string | undefined,
): string {
  // A URL carries the headers it was signed with as parameters; the caller may send them as headers as well.
  const header = (name: string) => query.get(name) ?? headers[name] ?? '';
  const names = new Set([...Object.keys(headers), ...query.keys()].filter((name) => name.startsWith('x-amz-')));
  const amz = [...names].sort().map((name) => `${name}:${header(name).trim()}\n`);
  const parameters = rawQuery
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair] : [pair.slice(0, at), query.get(pair.slice(0, at)) ?? ''];
    })
    .filter(([name]) => SIGNED_PARAMETERS.has(name!))
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
    .map((pair) => pair.join('='));
  const resource = `${virtualBucket === undefined ? '' : `/${virtualBucket}`}${rawPath}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
  return [method, header('content-md5'), header('content-type'), expires, `${amz.join('')}${resource}`].join('\n');
}
