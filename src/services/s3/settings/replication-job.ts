import type { Kernel } from '../../../kernel/kernel.ts';
import { arn } from '../../../kernel/resources.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { buckets, type Bucket, type ObjectVersion } from '../records.ts';
import { REPLICATING, type ReplicaRead, type ReplicaWrite } from '../replicating.ts';
import { findVersion, updateVersion } from '../versions.ts';
import { jobActor } from './actor.ts';
import { isRefusal } from './errors.ts';
import { objectEvent } from './event.ts';
import { replicationQueue, type Queued } from './replica.ts';

type Input = { bucket: string; key: string };
type Place = { bucket: string; key: string; sequence: number; destination: string };

/** Sends what is queued of one key, oldest first. */
export const replicateJob: ServiceJob<Input> = {
  async run({ job, kernel, signal }) {
    const { bucket, key } = job.input;
    let sent = 0;
    for (;;) {
      signal.throwIfAborted();
      const [next] = await kernel.store.range(replicationQueue, [bucket, key], { limit: 1 });
      if (!next) return { sent };
      const [, , sequence, destination] = next.key as [string, string, number, string];
      const place = { bucket, key, sequence, destination };
      const refused = await send(kernel, place, next.value, signal);
      await settle(kernel, place, next.value, refused);
      sent++;
    }
  },
  async ended(tx, job) {
    if (job.state !== 'failed') return;
    for (const { key, value } of await tx.range(replicationQueue, [job.input.bucket, job.input.key])) {
      tx.delete(replicationQueue, key);
      const version = await findVersion(tx, job.input.bucket, job.input.key, value.versionId);
      if (version && !version.deleteMarker) await updateVersion(tx, { ...version, replicationStatus: 'FAILED' });
    }
  },
};

/** Resolves with whether the role, the destination or a key refused it; what else goes wrong is tried again. */
async function send(kernel: Kernel, place: Place, queued: Queued, signal: AbortSignal): Promise<boolean> {
  const bucket = await kernel.store.get(buckets, [place.bucket]);
  const source = await findVersion(kernel.store, place.bucket, place.key, queued.versionId);
  if (!bucket || !source) return false; // Deleted before it could be sent: there is nothing left to send.
  try {
    await sendAs(kernel, bucket, source, place.destination, queued, signal);
    return false;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    kernel.log.info(
      { bucket: place.bucket, key: place.key, destination: place.destination, reason: (error as Error).message },
      'a replica was refused',
    );
    return true;
  }
}

/** The calls that make a replica, under the role of the configuration. */
async function sendAs(
  kernel: Kernel,
  from: Bucket,
  source: ObjectVersion,
  destination: string,
  { role, storageClass, newOwner, kmsKeyId }: Queued,
  signal: AbortSignal,
): Promise<void> {
  const principal = await kernel.calls.assumeRole({
    roleArn: role,
    service: 's3.amazonaws.com',
    sessionName: 's3-replication',
    sourceArn: arn({ service: 's3', resource: from.name }),
    sourceAccount: from.account,
    region: from.region,
  });
  const call = <T>(operation: string, input: object) =>
    kernel.calls.send<T>({
      service: 's3',
      operation,
      input,
      principal,
      region: from.region,
      invokedBy: 's3.amazonaws.com',
      signal,
    });
  const read: ReplicaRead = { source };
  if (!source.deleteMarker)
    await call('HeadObject', {
      Bucket: from.name,
      Key: source.key,
      VersionId: source.versionId,
      [REPLICATING]: read,
    });
  const write: ReplicaWrite = {
    source,
    from,
    newOwner,
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(read.keys && kmsKeyId !== undefined ? { kms: { keyId: kmsKeyId, keys: read.keys } } : {}),
  };
  await call('PutObject', { Bucket: destination, Key: source.key, [REPLICATING]: write });
}

/** Takes an entry off the queue, and tells how it went. */
async function settle(kernel: Kernel, place: Place, queued: Queued, refused: boolean): Promise<void> {
  const { bucket: name, key, sequence, destination } = place;
  await kernel.store.transact(async (tx) => {
    tx.delete(replicationQueue, [name, key, sequence, destination]);
    const bucket = await tx.get(buckets, [name]);
    const source = await findVersion(tx, name, key, queued.versionId);
    if (!bucket || !source) return;
    if (refused) {
      if (!source.deleteMarker) await updateVersion(tx, { ...source, replicationStatus: 'FAILED' });
      await objectEvent(jobActor(kernel, sequence), tx, bucket, 'Replication:OperationFailedReplication', source);
      return;
    }
    const left = await tx.range(replicationQueue, [name, key, sequence], { limit: 1 });
    if (left.length === 0 && !source.deleteMarker && source.replicationStatus === 'PENDING')
      await updateVersion(tx, { ...source, replicationStatus: 'COMPLETED' });
  });
}
