import type { OperationModel, ServiceModel } from './catalog.ts';
import type { WireError } from './codec.ts';
import { safeDecode, type WireResponse } from './message.ts';
import { escapeXml } from './xml.ts';

/** What S3 does on the wire that its schemas do not say. */

/** How a bucket is addressed. `rest` is the percent-encoded path without it. */
export type Addressing = { bucket: string | undefined; rest: string; style: 'path' | 'virtual' | 'none' };

const AWS_SUFFIX = /\.(?:amazonaws\.com(?:\.cn)?|localhost(?:\.localstack\.cloud)?)$/;
const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d';
/** The label of an AWS host name that says S3, and those that may follow it. */
const S3_LABEL = new RegExp(`^s3(?:-(?:dualstack|fips|accelerate|${REGION}))*(?:-express-[a-z0-9-]+)?$`);
const S3_DETAIL = new RegExp(`^(?:dualstack|fips|accelerate|${REGION})$`);
/** Characters of a host name. Source: RFC 1035. */
const HOST_MAX = 255;

/** The labels before S3's own in an AWS host name: the bucket. Undefined: it is none. Anyone may send any host, so no pattern spans it. */
function awsHostBucket(name: string): string[] | undefined {
  const suffix = AWS_SUFFIX.exec(name);
  if (!suffix) return undefined;
  const labels = name.slice(0, suffix.index).split('.');
  for (let at = labels.length - 1; at >= 0; at--) {
    if (S3_LABEL.test(labels[at]!)) return labels.slice(0, at);
    if (!S3_DETAIL.test(labels[at]!)) return undefined;
  }
  return undefined;
}

/**
 * Virtual-host style when the host is `<bucket>.<base>` with a base this server answers to (`s3.localhost`, `localhost`, AWS's own host
 * names sent through a proxy), path style otherwise.
 */
export function s3Address(host: string, rawPath: string): Addressing {
  const bucket = s3VirtualBucket({ host });
  if (bucket) return { bucket, rest: rawPath === '' ? '/' : rawPath, style: 'virtual' };
  const [, first = '', rest] = /^\/([^/]*)(\/.*)?$/s.exec(rawPath) ?? [];
  if (first === '') return { bucket: undefined, rest: rawPath, style: 'none' };
  return { bucket: safeDecode(first), rest: rest ?? '/', style: 'path' };
}

/** The bucket that the host names, if it does. */
export function s3VirtualBucket({ host }: { host: string }): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === 'localhost' || /^[\d.]+$/.test(name) || name.startsWith('[')) return undefined;
  if (name.length > HOST_MAX) return undefined;
  const before = awsHostBucket(name);
  if (before) return before.join('.') || undefined;
  return /^(.+)\.localhost$/.exec(name)?.[1]?.replace(/^s3(?:\.[a-z0-9-]+)?$/, '') || undefined;
}

/** Outputs whose XML differs from what the schema gives. */
export function s3Xml(service: ServiceModel, operation: OperationModel, body: unknown): string {
  const text =
    typeof body === 'string' ? body : body === undefined ? '' : Buffer.from(body as Uint8Array).toString('utf8');
  if (operation.name === 'GetBucketLocation') {
    // The trait s3UnwrappedXmlOutput is lost in the JS schema; boto3 reads the bare element only.
    const constraint = /<LocationConstraint>(.*?)<\/LocationConstraint>/s.exec(text)?.[1];
    const open = `<LocationConstraint xmlns="${service.xmlNamespace}"`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n${constraint ? `${open}>${constraint}</LocationConstraint>` : `${open}/>`}`;
  }
  // A policy is JSON: a payload that is no XML goes as it is.
  if (!text.startsWith('<')) return text;
  const xml = text.startsWith('<?xml') ? text : `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
  const root = ROOTS[operation.name];
  if (!root) return xml;
  return xml.replace(/^(<\?xml[^>]*\?>\s*)<\w+/, `$1<${root}`).replace(/<\/\w+>\s*$/, `</${root}>`);
}

/** Root elements where S3 does not use the output shape's name. */
const ROOTS: Record<string, string> = {
  ListBuckets: 'ListAllMyBucketsResult',
  ListDirectoryBuckets: 'ListAllMyDirectoryBucketsResult',
  ListObjects: 'ListBucketResult',
  ListObjectsV2: 'ListBucketResult',
  ListObjectVersions: 'ListVersionsResult',
  ListMultipartUploads: 'ListMultipartUploadsResult',
  ListParts: 'ListPartsResult',
  CreateMultipartUpload: 'InitiateMultipartUploadResult',
  CompleteMultipartUpload: 'CompleteMultipartUploadResult',
  DeleteObjects: 'DeleteResult',
  GetBucketAcl: 'AccessControlPolicy',
  GetObjectAcl: 'AccessControlPolicy',
  GetBucketCors: 'CORSConfiguration',
  GetBucketLifecycleConfiguration: 'LifecycleConfiguration',
  GetBucketNotificationConfiguration: 'NotificationConfiguration',
  GetBucketRequestPayment: 'RequestPaymentConfiguration',
  GetBucketTagging: 'Tagging',
  GetObjectTagging: 'Tagging',
  GetBucketVersioning: 'VersioningConfiguration',
  GetBucketWebsite: 'WebsiteConfiguration',
  GetBucketLogging: 'BucketLoggingStatus',
  GetBucketAccelerateConfiguration: 'AccelerateConfiguration',
  GetObjectAttributes: 'GetObjectAttributesResponse',
};

/** S3's errors are not wrapped, and name what they are about. */
export function encodeS3Error(error: WireError): WireResponse {
  const detail = Object.entries(error.members)
    .filter(([name, value]) => typeof value === 'string' && /^[A-Z]/.test(name))
    .map(([name, value]) => `<${name}>${escapeXml(value as string)}</${name}>`)
    .join('');
  const headers: Record<string, string> = { 'content-type': 'application/xml' };
  // A 304 has no body, and S3 says nothing else in it.
  if (error.status === 304) return { status: 304, headers: {} };
  return {
    status: error.status,
    headers,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(error.name)}</Code><Message>${escapeXml(error.message)}</Message>${detail}<RequestId>${error.requestId}</RequestId><HostId>${hostId(error.requestId)}</HostId></Error>`,
  };
}

/** S3's second request id; ours is derived, so that it is stable for a request. */
export function hostId(requestId: string): string {
  return Buffer.from(`outcrop/${requestId}`).toString('base64');
}
