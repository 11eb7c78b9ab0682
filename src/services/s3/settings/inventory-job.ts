import type { InventoryConfiguration } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Kernel } from '../../../kernel/kernel.ts';
import { arn, parseArn } from '../../../kernel/resources.ts';
import { servicePrincipal } from '../../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { buckets, type Bucket, type ObjectVersion } from '../records.ts';
import { allVersions } from '../versions.ts';
import { breather } from '../../../kernel/breath.ts';
import { isRefusal } from './errors.ts';
import { readSetting } from './stored.ts';

/** Source: S3 User Guide, "Amazon S3 Inventory list". Values as the CSV has them; undefined: empty. */
const FIELDS: Record<string, (version: ObjectVersion) => string | undefined> = {
  Size: ({ size, deleteMarker }) => (deleteMarker ? undefined : String(size)),
  LastModifiedDate: ({ lastModifiedMs }) => `${new Date(lastModifiedMs).toISOString().slice(0, 19)}.000Z`,
  StorageClass: ({ storageClass, deleteMarker }) => (deleteMarker ? undefined : storageClass),
  ETag: ({ etag, deleteMarker }) => (deleteMarker ? undefined : etag),
  IsMultipartUploaded: ({ multipart, deleteMarker }) => (deleteMarker ? undefined : String(multipart === true)),
  ReplicationStatus: ({ replicationStatus }) => replicationStatus,
  EncryptionStatus: ({ encryption, deleteMarker }) => (deleteMarker ? undefined : encryptionStatus(encryption)),
  ObjectLockRetainUntilDate: ({ lock }) =>
    lock?.retainUntilMs === undefined ? undefined : new Date(lock.retainUntilMs).toISOString(),
  ObjectLockMode: ({ lock }) => lock?.mode,
  ObjectLockLegalHoldStatus: ({ lock }) => (lock?.legalHold === undefined ? undefined : lock.legalHold ? 'On' : 'Off'),
  IntelligentTieringAccessTier: ({ storageClass }) => (storageClass === 'INTELLIGENT_TIERING' ? 'FREQUENT' : undefined),
  BucketKeyStatus: ({ encryption, deleteMarker }) =>
    deleteMarker ? undefined : encryption?.bucketKey ? 'ENABLED' : 'DISABLED',
  ChecksumAlgorithm: ({ checksum }) => checksum?.algorithm,
  ObjectOwner: ({ ownerAccount }) => ownerAccount,
};

function encryptionStatus(encryption: ObjectVersion['encryption']): string {
  if (!encryption) return 'NOT-SSE';
  if (encryption.customer) return 'SSE-C';
  return { AES256: 'SSE-S3', 'aws:kms': 'SSE-KMS', 'aws:kms:dsse': 'DSSE-KMS' }[encryption.algorithm];
}

/** Fields that a configuration may ask for and that are reported. */
export const isReported = (field: string) => Object.hasOwn(FIELDS, field);

/** Writes the reports of a bucket that are due: each midnight UTC, weekly ones on Sundays. */
export const inventoryJob: ServiceJob<{ bucket: string }> = {
  async run({ job, kernel, signal }) {
    const bucket = await kernel.store.get(buckets, [job.input.bucket]);
    const configurations = bucket && (await readSetting(kernel.store, bucket.name, 'inventory'));
    let reports = 0;
    for (const configuration of configurations ?? []) {
      signal.throwIfAborted();
      const weekly = configuration.Schedule!.Frequency === 'Weekly';
      if (!configuration.IsEnabled || (weekly && kernel.clock.date().getUTCDay() !== 0)) continue;
      try {
        await report(kernel, bucket!, configuration, signal);
        reports++;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const { Id: inventory } = configuration;
        kernel.log.info({ bucket: bucket!.name, inventory, reason: (error as Error).message }, 'a report was refused');
      }
    }
    return { reports };
  },
};

async function report(
  kernel: Kernel,
  bucket: Bucket,
  configuration: InventoryConfiguration,
  signal: AbortSignal,
): Promise<void> {
  const target = configuration.Destination!.S3BucketDestination!;
  const targetName = parseArn(target.Bucket!)!.resource;
  const now = kernel.clock.date();
  const base = `${target.Prefix ? `${target.Prefix}/` : ''}${bucket.name}/${configuration.Id}`;
  const kmsKey = target.Encryption?.SSEKMS?.KeyId;
  const encryption = kmsKey
    ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey }
    : target.Encryption?.SSES3
      ? { ServerSideEncryption: 'AES256' }
      : {};
  const put = (Key: string, Body: Readable | Buffer, ContentType: string) =>
    kernel.calls.send<{ ETag?: string }>({
      service: 's3',
      operation: 'PutObject',
      input: { Bucket: targetName, Key, Body, ContentType, ...encryption },
      // The destination's policy must let the service in.
      principal: servicePrincipal('s3.amazonaws.com', bucket.account, {
        sourceArn: arn({ service: 's3', resource: bucket.name }),
        sourceAccount: bucket.account,
      }),
      region: bucket.region,
      invokedBy: 's3.amazonaws.com',
      signal,
    });
  const columns = columnsOf(configuration);
  const packed = counted(compose(rows(kernel, bucket, configuration, columns)));
  const key = `${base}/data/${kernel.ids.uuid()}.csv.gz`;
  const { ETag } = await put(key, packed.stream, 'application/gzip');
  const manifest = Buffer.from(
    JSON.stringify({
      sourceBucket: bucket.name,
      destinationBucket: target.Bucket,
      version: '2016-11-30',
      creationTimestamp: String(now.getTime()),
      fileFormat: 'CSV',
      fileSchema: columns.join(', '),
      files: [{ key, size: packed.size(), MD5checksum: ETag?.replaceAll('"', '') }],
    }),
  );
  const folder = `${base}/${now.toISOString().slice(0, 16).replace(':', '-')}Z`;
  await put(`${folder}/manifest.json`, manifest, 'application/json');
  // Written last: who waits for a report waits for this.
  await put(`${folder}/manifest.checksum`, Buffer.from(createHash('md5').update(manifest).digest('hex')), 'text/plain');
}

function columnsOf({ IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): string[] {
  return [
    'Bucket',
    'Key',
    ...(IncludedObjectVersions === 'All' ? ['VersionId', 'IsLatest', 'IsDeleteMarker'] : []),
    ...OptionalFields,
  ];
}

async function* rows(
  kernel: Kernel,
  bucket: Bucket,
  configuration: InventoryConfiguration,
  columns: string[],
): AsyncGenerator<string> {
  const prefix = configuration.Filter?.Prefix ?? '';
  const breathe = breather();
  for await (const { version, isLatest } of allVersions(kernel.store, bucket.name, prefix)) {
    await breathe();
    if (configuration.IncludedObjectVersions === 'Current' && (!isLatest || version.deleteMarker)) continue;
    const values = columns.map((column) => {
      if (column === 'Bucket') return bucket.name;
      if (column === 'Key') return encodeURIComponent(version.key).replaceAll('%2F', '/').replaceAll('%20', '+');
      if (column === 'VersionId') return version.versionId === 'null' ? '' : version.versionId;
      if (column === 'IsLatest') return String(isLatest);
      if (column === 'IsDeleteMarker') return String(version.deleteMarker === true);
      return FIELDS[column]!(version) ?? '';
    });
    yield `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`;
  }
}

/** Packed; a row that cannot be read fails the whole. */
function compose(source: AsyncGenerator<string>): Readable {
  const gzip = createGzip();
  pipeline(Readable.from(source), gzip, () => {});
  return gzip;
}

/** A stream that tells how many bytes went through it. */
function counted(source: Readable): { stream: Readable; size: () => number } {
  let size = 0;
  const stream = Readable.from(
    (async function* () {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        yield chunk;
      }
    })(),
    { objectMode: false },
  );
  return { stream, size: () => size };
}
