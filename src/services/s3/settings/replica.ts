import type { ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3';
import type { Kernel } from '../../../kernel/kernel.ts';
import { parseArn } from '../../../kernel/resources.ts';
import { collection, type Transaction } from '../../../kernel/store/store.ts';
import type { Bucket, ObjectVersion, StorageClass } from '../records.ts';
import { updateVersion } from '../versions.ts';
import { matches } from './rule-filter.ts';
import { readSetting } from './stored.ts';

/** A version on its way to a bucket. */
export type Queued = {
  versionId: string;
  storageClass?: StorageClass;
  newOwner: boolean;
  /** ARN of the role that it is sent under. */
  role: string;
  /** The key that an SSE-KMS object's replica is encrypted under. */
  kmsKeyId?: string;
};

/** [bucket, key, sequence, destination]: so that the versions of a key arrive in the order in which they were made. */
export const replicationQueue = collection<Queued>('s3/replication-queue');

/** The bucket of a destination's ARN. */
export const destinationOf = (bucketArn: string) => parseArn(bucketArn)!.resource;

/**
 * Sends a version, or what has changed of it (tags, lock, ACL), to the buckets that the replication rules name: marks it `PENDING` and
 * queues it, within the transaction that wrote it. Replicas are not sent on, and what was there before a rule stays where it is.
 *
 * @param version as it stands in the store
 * @param what a version just made, or one whose settings have changed
 */
export async function replicate(
  call: { kernel: Kernel },
  tx: Transaction,
  bucket: Bucket,
  version: ObjectVersion,
  what: 'created' | 'changed' = 'created',
): Promise<void> {
  if (version.replicationStatus === 'REPLICA') return;
  if (what === 'changed' && version.replicationStatus === undefined) return;
  const configuration = await readSetting(tx, bucket.name, 'replication');
  if (!configuration) return;
  const rules = rulesFor(configuration, version);
  if (rules.length === 0) return;
  const { kernel } = call;
  for (const { Destination } of rules) {
    const destination = destinationOf(Destination!.Bucket!);
    tx.put(replicationQueue, [bucket.name, version.key, version.sequence, destination], {
      versionId: version.versionId,
      ...(Destination!.StorageClass === undefined
        ? {}
        : { storageClass: Destination!.StorageClass as ObjectVersion['storageClass'] }),
      newOwner: Destination!.AccessControlTranslation?.Owner === 'Destination',
      role: configuration.Role!,
      ...(Destination!.EncryptionConfiguration?.ReplicaKmsKeyID === undefined
        ? {}
        : { kmsKeyId: Destination!.EncryptionConfiguration.ReplicaKmsKeyID }),
    });
  }
  // Delete markers carry no status of their own on S3.
  if (!version.deleteMarker) await updateVersion(tx, { ...version, replicationStatus: 'PENDING' });
  await kernel.jobs.submit(tx, { kind: 's3/replicate', input: { bucket: bucket.name, key: version.key } });
}

const isUnderKms = ({ encryption }: ObjectVersion) => encryption?.algorithm.startsWith('aws:kms') === true;

/** The rule of the highest priority for each destination. Objects under KMS keys go where a rule says so. */
function rulesFor(configuration: ReplicationConfiguration, version: ObjectVersion): ReplicationRule[] {
  const chosen = new Map<string, ReplicationRule>();
  for (const rule of configuration.Rules!) {
    const { Status, Destination, Priority = 0 } = rule;
    if (Status !== 'Enabled' || !matches(rule, version)) continue;
    // The first schema, without filters, replicated delete markers; the second only where told to.
    if (version.deleteMarker && rule.Filter && rule.DeleteMarkerReplication?.Status !== 'Enabled') continue;
    if (isUnderKms(version) && rule.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status !== 'Enabled') continue;
    const known = chosen.get(Destination!.Bucket!);
    if (!known || Priority > (known.Priority ?? 0)) chosen.set(Destination!.Bucket!, rule);
  }
  return [...chosen.values()];
}
