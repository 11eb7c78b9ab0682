import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principals/principal.ts';
import type { WebAnswer, WebRequest } from '../../../kernel/service.ts';
import { hmacHex, sameText, signingKey } from '../../../kernel/signing.ts';
import { getBucket } from '../buckets.ts';
import { entityTooLarge, invalidArgument, malformedXml, notImplemented } from '../errors.ts';
import { readForm, type Form } from './form-data.ts';
import { checkFormPolicy, type SizeRange } from './form-policy.ts';
import { FORM_FILE_BYTES_MAX } from './limits.ts';

/** Fields of a form and what PutObject calls them. */
const MEMBERS: Record<string, string> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-type': 'ContentType',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-context': 'SSEKMSEncryptionContext',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-server-side-encryption-customer-key': 'SSECustomerKey',
  'x-amz-server-side-encryption-customer-key-md5': 'SSECustomerKeyMD5',
  'x-amz-object-lock-mode': 'ObjectLockMode',
  'x-amz-object-lock-legal-hold': 'ObjectLockLegalHoldStatus',
  'x-amz-checksum-algorithm': 'ChecksumAlgorithm',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
};
/** Fields that are about the form itself. */
const OWN = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-object-lock-retain-until-date',
  'x-amz-server-side-encryption-bucket-key-enabled',
]);

/**
 * A form posted by a browser to a bucket: what its signed policy allows is stored as the signer's PutObject. Source: S3 API Reference,
 * "POST Object", "Authenticating requests in browser-based uploads using POST"; both signature versions.
 */
export async function formUpload(call: Call, request: WebRequest, bucketName: string): Promise<WebAnswer> {
  await getBucket(call, bucketName);
  const form = await readForm(request.headers['content-type'] ?? '', request.body);
  const { fields, file } = form;
  for (const [name, value] of fields) {
    // Source: "POST Object": the file's own name may be part of any field.
    if (name !== 'policy') fields.set(name, value.replaceAll('${filename}', baseName(file.name)));
  }
  const key = fields.get('key');
  if (!key) {
    const message =
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    throw invalidArgument(message, 'key', '');
  }
  const policy = fields.get('policy');
  const principal = await signer(call, form, policy);
  const range =
    policy === undefined
      ? { min: 0, max: Infinity }
      : checkFormPolicy(policy, fields, bucketName, call.kernel.clock.real());
  const output = await call.kernel.calls.send<{ ETag?: string; VersionId?: string }>({
    service: 's3',
    operation: 'PutObject',
    input: { ...members(fields), Bucket: bucketName, Key: key, Body: body(file.content, range) },
    principal,
    region: call.region,
    source: call.source,
    signal: call.signal,
  });
  return answer(call, request, bucketName, key, fields, output);
}

/** Old browsers send whole paths. */
const baseName = (name: string) => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);

/** What a form says of its signer: an access key, a signature, and how the key's secret would have signed the policy. */
type Claim = { accessKeyId: string; signature: string; sign: (secret: string, policy: string) => string };

/** Whose upload it is. A form without a policy is everybody's. */
async function signer(call: Call, { fields }: Form, policy: string | undefined): Promise<Principal> {
  if (policy === undefined) return ANONYMOUS;
  const claim = fields.has('awsaccesskeyid') ? claimVersion2(fields) : claimVersion4(fields);
  const { accessKeyId, signature } = claim;
  const { principals } = call.kernel;
  const credential = await principals.credential(accessKeyId);
  // As for a signature in a header: a key that is turned off, or whose account is closed, is as if it were not there.
  if (!credential || credential.inactive || (await principals.closed(credential.principal.account))) {
    throw new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403, {
      AWSAccessKeyId: accessKeyId,
    });
  }
  const token = fields.get('x-amz-security-token');
  const tokenFits =
    credential.sessionToken === undefined
      ? token === undefined
      : token !== undefined && sameText(token, credential.sessionToken);
  if (!tokenFits) throw new AwsError('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (principals.expired(credential)) throw new AwsError('ExpiredToken', 'The provided token has expired.');
  if (!sameText(claim.sign(credential.secretAccessKey, policy), signature)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
      { AWSAccessKeyId: accessKeyId, StringToSign: policy, SignatureProvided: signature },
    );
  }
  return credential.principal;
}

/** What boto3 still makes by default in us-east-1. Source: "Browser-Based Uploads Using POST", signature version 2. */
function claimVersion2(fields: Map<string, string>): Claim {
  return {
    accessKeyId: required(fields, 'awsaccesskeyid'),
    signature: required(fields, 'signature'),
    sign: (secret, policy) => createHmac('sha1', secret).update(policy).digest('base64'),
  };
}

function claimVersion4(fields: Map<string, string>): Claim {
  const algorithm = required(fields, 'x-amz-algorithm');
  const text = required(fields, 'x-amz-credential');
  const timestamp = required(fields, 'x-amz-date');
  const signature = required(fields, 'x-amz-signature');
  if (algorithm !== 'AWS4-HMAC-SHA256')
    throw invalidArgument('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', 'x-amz-algorithm', algorithm);
  const parts = text.split('/');
  const [date, region, service, end] = parts.slice(-4) as [string, string, string, string];
  if (parts.length < 5 || end !== 'aws4_request' || service !== 's3' || !timestamp.startsWith(date)) {
    const message = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".';
    throw invalidArgument(message, 'x-amz-credential', text);
  }
  return {
    accessKeyId: parts.slice(0, -4).join('/'),
    signature,
    sign: (secret, policy) => hmacHex(signingKey(secret, { date, region, service }), policy),
  };
}

function required(fields: Map<string, string>, name: string): string {
  const value = fields.get(name);
  if (value) return value;
  const message = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
  throw invalidArgument(message, name, '');
}

/** The fields as PutObject's input. Throws NotImplemented for a field of S3's that nothing here reads. */
function members(fields: Map<string, string>): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const metadata: Record<string, string> = {};
  for (const [name, value] of fields) {
    const member = MEMBERS[name];
    if (member !== undefined) input[member] = value;
    else if (name.startsWith('x-amz-meta-')) metadata[name.slice('x-amz-meta-'.length)] = value;
    else if (name.startsWith('x-amz-') && !OWN.has(name)) throw notImplemented(name);
  }
  const expires = fields.get('expires');
  if (expires !== undefined) input['Expires'] = new Date(expires);
  const until = fields.get('x-amz-object-lock-retain-until-date');
  if (until !== undefined) input['ObjectLockRetainUntilDate'] = new Date(until);
  const bucketKey = fields.get('x-amz-server-side-encryption-bucket-key-enabled');
  if (bucketKey !== undefined) input['BucketKeyEnabled'] = bucketKey === 'true';
  const tagging = fields.get('tagging');
  if (tagging !== undefined) input['Tagging'] = readTagging(tagging);
  return { ...input, Metadata: metadata };
}

/** The field holds the XML of a tag set; PutObject's header is form-encoded. */
function readTagging(xml: string): string {
  const tags = new URLSearchParams();
  const found = xml.match(/<Tag>[^]*?<\/Tag>/g) ?? [];
  if (!/<Tagging[^]*<TagSet>|<TagSet\s*\/>/.test(xml)) throw malformedXml();
  for (const tag of found) {
    const key = /<Key>([^<]*)<\/Key>/.exec(tag)?.[1];
    const value = /<Value>([^<]*)<\/Value>/.exec(tag)?.[1] ?? (/<Value\s*\/>/.test(tag) ? '' : undefined);
    if (key === undefined || value === undefined) throw malformedXml();
    tags.append(unescape(key), unescape(value));
  }
  return tags.toString();
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const unescape = (text: string) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name]!);

/** The file, refused as soon as it is larger than allowed, or when it ends too small. */
function body(content: AsyncIterable<Uint8Array>, { min, max }: SizeRange): Readable {
  const limit = Math.min(max, FORM_FILE_BYTES_MAX);
  return Readable.from(
    (async function* () {
      let size = 0;
      for await (const chunk of content) {
        size += chunk.length;
        if (size > limit) throw entityTooLarge(size, limit);
        yield chunk;
      }
      if (size < min) {
        throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
          ProposedSize: String(size),
          MinSizeAllowed: String(min),
        });
      }
    })(),
    { objectMode: false },
  );
}

function answer(
  call: Call,
  request: WebRequest,
  bucket: string,
  key: string,
  fields: Map<string, string>,
  output: { ETag?: string; VersionId?: string },
): WebAnswer {
  const etag = output.ETag ?? '';
  const path = key.split('/').map(encodeURIComponent).join('/');
  const virtual = !request.path.startsWith(`/${bucket}`);
  const location = `${call.source.secure ? 'https' : 'http'}://${request.host}${virtual ? '' : `/${bucket}`}/${path}`;
  const headers: Record<string, string> = {
    etag,
    location,
    ...(output.VersionId === undefined ? {} : { 'x-amz-version-id': output.VersionId }),
  };
  const target = redirectTo(fields.get('success_action_redirect') ?? fields.get('redirect'));
  if (target) {
    for (const [name, value] of [
      ['bucket', bucket],
      ['key', key],
      ['etag', etag],
    ] as const)
      target.searchParams.append(name, value);
    return { status: 303, headers: { ...headers, location: target.toString() } };
  }
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const items = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag: etag })
    .map(([name, value]) => `<${name}>${escape(value)}</${name}>`)
    .join('');
  return {
    status: 201,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${items}</PostResponse>`,
  };
}

/** An unreadable URL is as if there were none: so does S3. */
function redirectTo(url: string | undefined): URL | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const target = new URL(url);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target : undefined;
}

const escape = (text: string) =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
