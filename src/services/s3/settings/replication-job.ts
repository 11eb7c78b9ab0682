import type { Kernel } from '../../../kernel/kernel.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { buckets, type Bucket, type ObjectVersion, type Part } from '../records.ts';
import { findVersion, putVersion, updateVersion } from '../versions.ts';
import { jobActor } from './actor.ts';
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
      await send(kernel, { bucket, key, sequence, destination }, next.value);
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

async function send(kernel: Kernel, place: Place, queued: Queued): Promise<void> {
  const { store, blobs } = kernel;
  const source = await findVersion(store, place.bucket, place.key, queued.versionId);
  const target = await store.get(buckets, [place.destination]);
  const replica = target && (await findVersion(store, target.name, place.key, queued.versionId));
  // The second copy is one of its own: content that the first loses must still be there.
  const parts: Part[] = [];
  if (source && target?.versioning === 'Enabled' && !replica) {
    for (const part of source.parts) parts.push({ ...part, blob: await blobs.put(blobs.get(part.blob)) });
  }
  const used = await store.transact((tx) => deliver(kernel, tx, place, queued, parts));
  if (!used) for (const { blob } of parts) await blobs.discard(blob);
}

/** Resolves with whether the copied parts were taken. */
async function deliver(kernel: Kernel, tx: Transaction, place: Place, queued: Queued, parts: Part[]): Promise<boolean> {
  const { bucket: name, key, sequence, destination } = place;
  tx.delete(replicationQueue, [name, key, sequence, destination]);
  const bucket = await tx.get(buckets, [name]);
  const source = await findVersion(tx, name, key, queued.versionId);
  if (!bucket || !source) return false; // Deleted before it could be sent: there is nothing left to send.
  const target = await tx.get(buckets, [destination]);
  if (!target || target.versioning !== 'Enabled') {
    if (!source.deleteMarker) await updateVersion(tx, { ...source, replicationStatus: 'FAILED' });
    await objectEvent(jobActor(kernel, sequence), tx, bucket, 'Replication:OperationFailedReplication', source);
    return false;
  }
  const taken = await write(kernel, tx, target, source, queued, parts);
  const left = await tx.range(replicationQueue, [name, key, sequence], { limit: 1 });
  if (left.length === 0 && !source.deleteMarker && source.replicationStatus === 'PENDING')
    await updateVersion(tx, { ...source, replicationStatus: 'COMPLETED' });
  return taken;
}

async function write(
  kernel: Kernel,
  tx: Transaction,
  target: Bucket,
  source: ObjectVersion,
  queued: Queued,
  parts: Part[],
): Promise<boolean> {
  const replica = await findVersion(tx, target.name, source.key, source.versionId);
  if (replica) {
    const { tags, lock, acl } = source;
    await updateVersion(tx, {
      ...replica,
      tags,
      ...(lock ? { lock } : {}),
      ...(acl && !queued.newOwner ? { acl } : {}),
    });
    return false;
  }
  const { sequence: _sequence, restore: _restore, noncurrentSinceMs: _since, acl, ...rest } = source;
  const written = await putVersion(kernel, tx, target, {
    ...rest,
    bucket: target.name,
    parts,
    storageClass: queued.storageClass ?? source.storageClass,
    replicationStatus: 'REPLICA',
    ...(queued.newOwner ? { ownerAccount: target.account } : acl ? { acl } : {}),
  });
  const event = source.deleteMarker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectCreated:Put';
  await objectEvent(jobActor(kernel, source.sequence), tx, target, event, written);
  return true;
}
