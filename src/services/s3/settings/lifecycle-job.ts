import type { Kernel } from '../../../kernel/kernel.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { buckets, objects, versions, type Bucket, type ObjectVersion } from '../records.ts';
import { abortUploads } from '../uploads.ts';
import { allVersions, findVersion, nextVersionId, putVersion, removeVersion, updateVersion } from '../versions.ts';
import { jobActor } from './actor.ts';
import { abortsUpload, decide, type Action, type Standing } from './lifecycle-rules.ts';
import { isProtected } from './retention.ts';
import { meterStored } from './metering.ts';
import { objectEvent } from './event.ts';
import { breather } from '../../../kernel/breath.ts';
import { readSetting } from './stored.ts';

/** Actions on the versions of one key that are gathered before they are carried out. */
const PLANNED_MAX = 1000;

type Planned = { version: ObjectVersion; isLatest: boolean; action: Action };

/** Carries out the lifecycle rules of one bucket: each midnight UTC. */
export const lifecycleJob: ServiceJob<{ bucket: string }> = {
  async run({ job, kernel, signal }) {
    const name = job.input.bucket;
    const done = { deleted: 0, marked: 0, transitioned: 0, aborted: 0 };
    const bucket = await kernel.store.get(buckets, [name]);
    const configuration = await readSetting(kernel.store, name, 'lifecycle');
    if (!bucket || !configuration) return done;
    const nowMs = kernel.clock.now();
    const carryOut = async (planned: Planned[]) => {
      for (const one of planned) {
        signal.throwIfAborted();
        const kind = await apply(kernel, bucket, one);
        if (kind === 'delete') done.deleted++;
        else if (kind === 'mark') done.marked++;
        else if (kind === 'transition') done.transitioned++;
      }
    };
    const breathe = breather();
    // What is done to one version moves the others of its key: they are all looked at first.
    let planned: Planned[] = [];
    let place = { key: '', newerNoncurrent: 0 };
    for await (const { version, isLatest } of allVersions(kernel.store, name)) {
      await breathe();
      signal.throwIfAborted();
      if (version.key !== place.key) {
        await carryOut(planned.splice(0));
        place = { key: version.key, newerNoncurrent: 0 };
      }
      const standing: Standing = {
        versioned: bucket.versioning !== undefined,
        isLatest,
        isOnly: isLatest && version.deleteMarker === true && (await isAlone(kernel, version)),
        newerNoncurrent: place.newerNoncurrent,
      };
      if (!isLatest) place.newerNoncurrent++;
      const action = decide(configuration, version, standing, nowMs);
      if (action) planned.push({ version, isLatest, action });
      if (planned.length < PLANNED_MAX) continue;
      await carryOut(planned.filter(({ action }) => action.kind !== 'mark'));
      planned = planned.filter(({ action }) => action.kind === 'mark');
    }
    await carryOut(planned);
    done.aborted = await abortUploads(kernel, name, (upload) =>
      abortsUpload(configuration, upload.key, upload.initiatedAtMs, nowMs),
    );
    return done;
  },
};

async function isAlone({ store }: Kernel, { bucket, key }: ObjectVersion): Promise<boolean> {
  return (await store.range(versions, [bucket, key], { limit: 2 })).length === 1;
}

/** Resolves with what was done; undefined when the version has changed, or a lock holds it. */
async function apply(
  kernel: Kernel,
  bucket: Bucket,
  { version: seen, isLatest, action }: Planned,
): Promise<Action['kind'] | undefined> {
  const actor = jobActor(kernel, seen.sequence);
  const done = await kernel.store.transact(async (tx) => {
    const version = await findVersion(tx, bucket.name, seen.key, seen.versionId);
    const current = await tx.get(objects, [bucket.name, seen.key]);
    if (version?.sequence !== seen.sequence) return undefined;
    if (!seen.deleteMarker && isLatest !== (current?.sequence === seen.sequence)) return undefined;
    if (action.kind === 'transition') {
      const moved = { ...version, storageClass: action.storageClass };
      await updateVersion(tx, moved);
      await objectEvent(actor, tx, bucket, 'LifecycleTransition', moved);
    } else if (action.kind === 'delete') {
      if (isProtected(version, kernel.clock.now())) return undefined;
      await removeVersion(kernel, tx, bucket, version);
      await objectEvent(actor, tx, bucket, 'LifecycleExpiration:Delete', version);
    } else {
      const marker = await putVersion(kernel, tx, bucket, deleteMarker(kernel, bucket, version));
      await objectEvent(actor, tx, bucket, 'LifecycleExpiration:DeleteMarkerCreated', marker);
    }
    return version;
  });
  if (!done) return undefined;
  if (action.kind === 'transition') meterTransition(kernel, bucket, action.storageClass);
  return action.kind;
}

function deleteMarker(kernel: Kernel, bucket: Bucket, { key }: ObjectVersion) {
  return {
    bucket: bucket.name,
    key,
    versionId: nextVersionId(kernel, bucket),
    deleteMarker: true,
    parts: [],
    size: 0,
    etag: '',
    lastModifiedMs: kernel.clock.now(),
    storageClass: 'STANDARD' as const,
    metadata: {},
    tags: {},
    ownerAccount: bucket.account,
  };
}

function meterTransition(kernel: Kernel, bucket: Bucket, to: ObjectVersion['storageClass']): void {
  const type = { GLACIER: 'Requests-Tier3', DEEP_ARCHIVE: 'Requests-GDA-Tier3' }[to as string] ?? 'Requests-Tier4';
  meterStored(kernel, bucket, { type, quantity: 1, unit: 'requests', resource: to });
}
