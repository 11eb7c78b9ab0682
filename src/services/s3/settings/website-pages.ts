import type { RoutingRule, WebsiteConfiguration } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import type { BlobStream, WebAnswer, WebRequest } from '../../../kernel/service.ts';
import { bucketArn, objectArn } from '../arns.ts';
import { GetObject } from '../get.ts';
import { buckets, objects, type Bucket, type ObjectVersion } from '../records.ts';
import { hostId } from './event.ts';
import { readSetting } from './stored.ts';

/** A website failure: what HTTP status, which of S3's codes, and what the page says beside them. */
type Failure = { status: number; code: string; message: string; detail: Record<string, string> };

/**
 * Answers a request to a website endpoint: the bucket's pages as the public may read them, index and error documents, redirects. Source:
 * S3 User Guide, "Website endpoints", "Configuring an index document", "Configuring a webpage redirect".
 */
export async function websitePage(call: Call, request: WebRequest, name: string): Promise<WebAnswer> {
  const bucket = await call.kernel.store.get(buckets, [name]);
  if (!bucket)
    return page(call, {
      status: 404,
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
      detail: { BucketName: name },
    });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'The specified method is not allowed against this resource.';
    return page(call, {
      status: 405,
      code: 'MethodNotAllowed',
      message,
      detail: { Method: request.method.replace(/\W/g, ''), ResourceType: 'OBJECT' },
    });
  }
  const website = await readSetting(call.kernel.store, name, 'website');
  if (!website) {
    const message = 'The specified bucket does not have a website configuration';
    return page(call, { status: 404, code: 'NoSuchWebsiteConfiguration', message, detail: { BucketName: name } });
  }
  const all = website.RedirectAllRequestsTo;
  if (all)
    return redirect(
      301,
      `${all.Protocol ?? schemeOf(call)}://${all.HostName}${encodePath(request.path)}${queryOf(request)}`,
    );
  const path = request.path.slice(1);
  const early = website.RoutingRules?.find(
    ({ Condition }) =>
      Condition?.HttpErrorCodeReturnedEquals === undefined && path.startsWith(Condition?.KeyPrefixEquals ?? ''),
  );
  if (early) return routed(call, request, early, path);
  const suffix = website.IndexDocument!.Suffix!;
  const key = path === '' || path.endsWith('/') ? path + suffix : path;
  const found = await readable(call, bucket, key);
  if ('version' in found) return serve(call, request, bucket, found.version);
  // A folder that is asked for without its slash.
  if (!path.endsWith('/') && path !== '' && 'version' in (await readable(call, bucket, `${path}/${suffix}`)))
    return redirect(302, `${encodePath(request.path)}/`);
  return failed(call, request, bucket, website, path, found);
}

function schemeOf({ source }: Call): string {
  return source.secure ? 'https' : 'http';
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');
const queryOf = ({ query }: WebRequest) => (query.size > 0 ? `?${query}` : '');
/** Targets are people's own texts: what no header may hold is percent-encoded. */
const redirect = (status: number, target: string): WebAnswer => ({
  status,
  headers: { location: target.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent), 'content-length': '0' },
});

function routed(call: Call, request: WebRequest, { Redirect, Condition }: RoutingRule, path: string): WebAnswer {
  const { Protocol, HostName, ReplaceKeyWith, ReplaceKeyPrefixWith, HttpRedirectCode } = Redirect!;
  const prefix = Condition?.KeyPrefixEquals ?? '';
  const key =
    ReplaceKeyWith ?? (ReplaceKeyPrefixWith === undefined ? path : ReplaceKeyPrefixWith + path.slice(prefix.length));
  const location = `${Protocol ?? schemeOf(call)}://${HostName ?? request.host}/${encodePath(key)}`;
  return redirect(Number(HttpRedirectCode ?? 301), location);
}

/** The object as everybody may read it. Others are not told whether it is there. */
async function readable(call: Call, bucket: Bucket, key: string): Promise<{ version: ObjectVersion } | Failure> {
  const version = await call.kernel.store.get(objects, [bucket.name, key]);
  const mayRead = await allowed(call, 's3:GetObject', objectArn(call, bucket.name, key));
  if (version && mayRead) return { version };
  // A page that is not there is told as such to whoever could read it, as well as to whoever may list.
  if (!version && (mayRead || (await allowed(call, 's3:ListBucket', bucketArn(call, bucket.name)))))
    return { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.', detail: { Key: key } };
  return { status: 403, code: 'AccessDenied', message: 'Access Denied', detail: {} };
}

async function allowed(call: Call, action: string, resource: string): Promise<boolean> {
  try {
    await call.require({ action, resource });
    return true;
  } catch (error) {
    if ((error as Error).name === 'AccessDenied') return false;
    throw error;
  }
}

const HEADERS: [
  (
    | 'ContentType'
    | 'ContentEncoding'
    | 'ContentLanguage'
    | 'ContentDisposition'
    | 'CacheControl'
    | 'ETag'
    | 'ContentRange'
  ),
  string,
][] = [
  ['ContentType', 'content-type'],
  ['ContentEncoding', 'content-encoding'],
  ['ContentLanguage', 'content-language'],
  ['ContentDisposition', 'content-disposition'],
  ['CacheControl', 'cache-control'],
  ['ETag', 'etag'],
  ['ContentRange', 'content-range'],
];

async function serve(
  call: Call,
  request: WebRequest,
  bucket: Bucket,
  version: ObjectVersion,
  status = 200,
): Promise<WebAnswer> {
  if (version.websiteRedirectLocation !== undefined) return redirect(301, version.websiteRedirectLocation);
  const { headers } = request;
  const since = headers['if-modified-since'];
  const input = {
    Bucket: bucket.name,
    Key: version.key,
    ...(status === 200 && headers['range'] !== undefined ? { Range: headers['range'] } : {}),
    ...(headers['if-none-match'] === undefined ? {} : { IfNoneMatch: headers['if-none-match'] }),
    ...(headers['if-match'] === undefined ? {} : { IfMatch: headers['if-match'] }),
    ...(since !== undefined && !Number.isNaN(Date.parse(since)) ? { IfModifiedSince: new Date(since) } : {}),
  };
  try {
    // The right to read it was decided above.
    const output = await GetObject(call, input);
    const out: Record<string, string> = {};
    for (const [member, header] of HEADERS) if (typeof output[member] === 'string') out[header] = output[member];
    if (output.LastModified) out['last-modified'] = output.LastModified.toUTCString();
    if (output.ContentLength !== undefined) out['content-length'] = String(output.ContentLength);
    return { status: output.ContentRange === undefined ? status : 206, headers: out, body: output.Body as BlobStream };
  } catch (error) {
    const failure = describe(error);
    if (failure.status === 304) return { status: 304, headers: { etag: `"${version.etag}"` } };
    return page(call, failure);
  }
}

function describe(error: unknown): Failure {
  const { name, message, status, $metadata } = error as Error & {
    status?: number;
    $metadata?: { httpStatusCode?: number };
  };
  const known = status ?? $metadata?.httpStatusCode ?? { InvalidObjectState: 403, NoSuchKey: 404 }[name];
  if (known === undefined) throw error;
  return { status: known, code: name, message, detail: {} };
}

async function failed(
  call: Call,
  request: WebRequest,
  bucket: Bucket,
  website: WebsiteConfiguration,
  path: string,
  failure: Failure,
): Promise<WebAnswer> {
  const late = website.RoutingRules?.find(
    ({ Condition }) =>
      Condition?.HttpErrorCodeReturnedEquals === String(failure.status) &&
      path.startsWith(Condition.KeyPrefixEquals ?? ''),
  );
  if (late) return routed(call, request, late, path);
  const errorKey = website.ErrorDocument?.Key;
  if (errorKey === undefined) return page(call, failure);
  const found = await readable(call, bucket, errorKey);
  if ('version' in found) {
    const answer = await serve(call, request, bucket, found.version, failure.status);
    answer.headers['x-amz-error-code'] = failure.code;
    answer.headers['x-amz-error-message'] = failure.message;
    for (const [name, value] of Object.entries(failure.detail))
      answer.headers[`x-amz-error-detail-${name}`] = encodeURI(value);
    return answer;
  }
  return page(call, failure, found);
}

/** S3's own page for a failure; `second` is what became of the error document. */
function page(call: Call, failure: Failure, second?: Failure): WebAnswer {
  const title = `${failure.status} ${STATUS[failure.status] ?? ''}`.trim();
  const items = (one: Failure) =>
    [['Code', one.code], ['Message', one.message], ...Object.entries(one.detail)]
      .map(([name, value]) => `<li>${name}: ${escape(value!)}</li>`)
      .join('\n');
  const ids = `<li>RequestId: ${call.requestId}</li>\n<li>HostId: ${hostId(call.requestId)}</li>`;
  const after = second
    ? `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n${items(second)}\n</ul>\n`
    : '';
  return {
    status: failure.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-amz-error-code': failure.code,
      'x-amz-error-message': failure.message,
    },
    body: `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${items(failure)}\n${ids}\n</ul>\n${after}<hr/>\n</body>\n</html>\n`,
  };
}

const STATUS: Record<number, string> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  416: 'Requested Range Not Satisfiable',
};

const escape = (text: string) =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
