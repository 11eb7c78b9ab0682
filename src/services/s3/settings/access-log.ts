import type { LoggingEnabled } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { servicePrincipal } from '../../../kernel/principals/principal.ts';
import { arn } from '../../../kernel/resources.ts';
import type { Outcome, ServiceJob } from '../../../kernel/service.ts';
import { collection, type Transaction } from '../../../kernel/store/store.ts';
import { canonicalId } from '../owner.ts';
import { isBucketName } from '../buckets.ts';
import { buckets, type Bucket } from '../records.ts';
import { hostId } from './event.ts';
import { isRefusal } from './errors.ts';
import { readSetting } from './stored.ts';
import { websiteBucket } from './website-host.ts';

/** A line that waits to be delivered: [bucket, sortable id] */
const waiting = collection<{ timeMs: number; line: string }>('s3/access-log-line');

const HOUR_MS = 3_600_000;
/** Lines of one log object, and records of one transaction. */
const LINES_MAX = 1_000;

/** Submits the delivery of a bucket's log lines: each hour of the virtual clock, as S3 delivers "within a few hours". */
export async function deliverHourly(kernel: Kernel, tx: Transaction, bucket: string): Promise<void> {
  const runAtMs = (Math.floor(kernel.clock.now() / HOUR_MS) + 1) * HOUR_MS;
  await kernel.jobs.submit(tx, { kind: 's3/access-log', id: bucket, input: { bucket }, runAtMs, everyMs: HOUR_MS });
}

/** Notes a call for the log of its bucket, where that is on. Delivered lines are themselves objects: those are not logged again. */
export async function logAccess(call: Call, outcome: Outcome): Promise<void> {
  const name = outcome.input ? outcome.input['Bucket'] : websiteBucket(call.source.host);
  if (typeof name !== 'string' || !isBucketName(name) || call.source.ip === LOGGING) return;
  const { store, ids, clock } = call.kernel;
  if (!(await readSetting(store, name, 'logging'))) return;
  const bucket = await store.get(buckets, [name]);
  if (!bucket) return;
  const timeMs = clock.now();
  const line = lineOf(call, outcome, bucket, timeMs);
  await store.transact((tx) => tx.put(waiting, [name, ids.sortable(timeMs)], { timeMs, line }));
}

const LOGGING = 'logging.s3.amazonaws.com';

/** Source: S3 User Guide, "Amazon S3 server access log format". What is not known is `-`. */
function lineOf(call: Call, outcome: Outcome, bucket: Bucket, timeMs: number): string {
  const { input = {}, headers, status, error, bytesSent, signature } = outcome;
  const inside = outcome.method === 'CALL';
  const page = outcome.input ? undefined : outcome.target.replace(/^\/|\?.*$/g, '');
  const key = typeof input['Key'] === 'string' ? encodeKey(input['Key']) : page || '-';
  const size = sizeOf(outcome);
  const fields = [
    canonicalId(bucket.account),
    bucket.name,
    `[${logTime(timeMs)}]`,
    call.source.ip || '-',
    requester(call),
    call.requestId,
    outcome.input ? operationName(call.operation) : `WEBSITE.${outcome.method}.OBJECT`,
    key,
    inside ? '-' : quoted(`${outcome.method} ${outcome.target} HTTP/1.1`),
    String(status),
    error ?? '-',
    bytesSent === undefined || bytesSent === 0 ? '-' : String(bytesSent),
    size,
    String(Math.max(1, Math.round(outcome.durationUs / 1000))),
    '-',
    quoted(headers['referer']),
    quoted(headers['user-agent']),
    bare(input['VersionId']),
    hostId(call.requestId),
    signature ? 'SigV4' : '-',
    '-',
    signature === 'header' ? 'AuthHeader' : signature === 'query' ? 'QueryString' : '-',
    bare(headers['host']),
    '-',
    '-',
    '-',
  ];
  return fields.join(' ');
}

const quoted = (text: string | undefined) =>
  text === undefined || text === '' ? '"-"' : `"${text.replace(/["\\\r\n]/g, encodeURIComponent)}"`;

/** What callers say, as a field without quotes: nothing in it ends the field, or the line. */
const bare = (text: unknown) =>
  typeof text === 'string' && text !== ''
    ? text.toWellFormed().replace(/[^\x21-\x7e]|["\\[\]]/g, encodeURIComponent)
    : '-';

/** S3 writes keys percent-encoded twice where they need it; once tells as much. */
const encodeKey = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/');

function requester({ principal }: Call): string {
  if (principal.type === 'anonymous') return '-';
  return principal.type === 'root' ? canonicalId(principal.account) : principal.arn;
}

/** What an upload weighs; of other calls the size of the object is not told. */
function sizeOf({ method, headers }: Outcome): string {
  if (method !== 'PUT') return '-';
  return bare(headers['x-amz-decoded-content-length'] ?? headers['content-length']);
}

/** `10/Oct/2031:13:55:36 +0000` */
function logTime(ms: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

/** `REST.GET.OBJECT`: the method, and what is meant. */
const METHODS: [RegExp, string][] = [
  [/^(Get|List|Select)/, 'GET'],
  [/^(Put|Upload|Create(?!Multipart)|Copy)/, 'PUT'],
  [/^(Delete|Abort)/, 'DELETE'],
  [/^Head/, 'HEAD'],
  [/^(Complete|CreateMultipart|Restore)/, 'POST'],
];
const RESOURCES: Record<string, string> = {
  AbortMultipartUpload: 'UPLOAD',
  CompleteMultipartUpload: 'UPLOAD',
  CopyObject: 'OBJECT',
  CreateMultipartUpload: 'UPLOADS',
  DeleteObjects: 'MULTI_OBJECT_DELETE',
  ListMultipartUploads: 'UPLOADS',
  ListObjectVersions: 'BUCKETVERSIONS',
  ListParts: 'UPLOAD',
  RestoreObject: 'OBJECT_RESTORE',
  SelectObjectContent: 'OBJECT_SELECT',
  UploadPart: 'PART',
  UploadPartCopy: 'PART',
  GetBucketLifecycleConfiguration: 'LIFECYCLE',
  PutBucketLifecycleConfiguration: 'LIFECYCLE',
  GetBucketNotificationConfiguration: 'NOTIFICATION',
  PutBucketNotificationConfiguration: 'NOTIFICATION',
};

function operationName(operation: string): string {
  if (operation === 'DeleteObjects') return 'REST.POST.MULTI_OBJECT_DELETE';
  if (operation === 'CopyObject') return 'REST.COPY.OBJECT';
  if (operation === 'SelectObjectContent') return 'REST.SELECT.OBJECT';
  const method = METHODS.find(([pattern]) => pattern.test(operation))?.[1] ?? 'GET';
  const what = operation.replace(/^(Get|Put|Delete|Head|List|Create|Upload|Complete|Abort)/, '');
  const own =
    RESOURCES[operation] ??
    (what === 'Object' || what === 'Bucket' || what.startsWith('Objects')
      ? what.replace(/^Objects.*/, 'Bucket').toUpperCase()
      : snake(what));
  return `REST.${method}.${own}`;
}

/** `BucketAcl` → `ACL`, `ObjectTagging` → `OBJECT_TAGGING`. */
function snake(name: string): string {
  const short = name.replace(/^Bucket/, '');
  return short.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

/** Writes what waits into the target bucket, an object for each thousand lines. */
export const accessLogJob: ServiceJob<{ bucket: string }> = {
  async run({ job, kernel, signal }) {
    const name = job.input.bucket;
    let delivered = 0;
    for (;;) {
      signal.throwIfAborted();
      const lines = await kernel.store.range(waiting, [name], { limit: LINES_MAX });
      if (lines.length === 0) return { delivered };
      const bucket = await kernel.store.get(buckets, [name]);
      const logging = await readSetting(kernel.store, name, 'logging');
      // What was noted before logging was turned off, or the bucket deleted, goes nowhere.
      if (bucket && logging)
        await deliver(
          kernel,
          bucket,
          logging,
          lines.map(({ value }) => value),
        );
      await kernel.store.transact((tx) => {
        for (const { key } of lines) tx.delete(waiting, key);
      });
      delivered += lines.length;
    }
  },
};

async function deliver(
  kernel: Kernel,
  bucket: Bucket,
  logging: LoggingEnabled,
  lines: { timeMs: number; line: string }[],
): Promise<void> {
  await kernel.calls
    .send({
      service: 's3',
      operation: 'PutObject',
      input: {
        Bucket: logging.TargetBucket,
        Key: keyOf(kernel, bucket, logging, lines[0]!.timeMs),
        Body: Buffer.from(`${lines.map(({ line }) => line).join('\n')}\n`),
        ContentType: 'text/plain',
      },
      // The target's policy (or its ACL) must let the service in. What it keeps out is lost: S3 delivers with best effort.
      principal: servicePrincipal(LOGGING, bucket.account, {
        sourceArn: arn({ service: 's3', resource: bucket.name }),
        sourceAccount: bucket.account,
      }),
      region: bucket.region,
      invokedBy: LOGGING,
    })
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      kernel.log.info({ bucket: bucket.name, reason: (error as Error).message }, 'access logs were refused');
    });
}

/** Source: S3 User Guide, "Log object key format". */
function keyOf(
  kernel: Kernel,
  bucket: Bucket,
  { TargetPrefix, TargetObjectKeyFormat }: LoggingEnabled,
  eventMs: number,
): string {
  const source = TargetObjectKeyFormat?.PartitionedPrefix?.PartitionDateSource;
  const time = new Date(source === 'EventTime' ? eventMs : kernel.clock.now()).toISOString();
  const [year, month, day] = [time.slice(0, 4), time.slice(5, 7), time.slice(8, 10)];
  const partition =
    source === undefined ? '' : `${bucket.account}/${bucket.region}/${bucket.name}/${year}/${month}/${day}/`;
  // By event time S3 names the day, and hours and minutes as zeros.
  const clock = source === 'EventTime' ? '00-00-00' : time.slice(11, 19).replaceAll(':', '-');
  return `${TargetPrefix}${partition}${year}-${month}-${day}-${clock}-${kernel.ids.text(16, '0123456789ABCDEF')}`;
}
