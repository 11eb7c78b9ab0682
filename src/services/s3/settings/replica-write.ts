import type { Blob } from '../../../kernel/blobs/blobs.ts';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { getBucket } from '../buckets.ts';
import { newContentId, readPart, sealContent } from '../content.ts';
import { newObjectKey } from '../encryption.ts';
import { ownershipOf } from '../ownership.ts';
import type { Bucket, ObjectVersion, Part } from '../records.ts';
import type { ReplicaWrite } from '../replicating.ts';
import { findVersion, putVersion, updateVersion } from '../versions.ts';
import { jobActor } from './actor.ts';
import { objectEvent } from './event.ts';

type Content = Pick<ObjectVersion, 'parts' | 'encryption' | 'sealed'>;

/** Writes a replica, or brings one that is there up to date. Throws InvalidRequest when the destination keeps no versions. */
export async function putReplica(call: Call, name: string, replica: ReplicaWrite): Promise<{ VersionId: string }> {
  const { source } = replica;
  const bucket = await getBucket(call, name);
  refuseUnversioned(bucket);
  const { store, blobs } = call.kernel;
  const standing = await findVersion(store, name, source.key, source.versionId);
  const content = standing ? undefined : await contentOf(call, bucket, replica);
  const used = await store
    .transact(async (tx) => {
      const now = await getBucket(call, name, undefined, tx);
      refuseUnversioned(now);
      const known = await findVersion(tx, name, source.key, source.versionId);
      const { tags, lock, acl } = source;
      const kept = acl && !replica.newOwner ? { acl } : {};
      if (known) {
        await updateVersion(tx, { ...known, tags, ...(lock ? { lock } : {}), ...kept });
        return false;
      }
      const owner = replica.newOwner || (await ownershipOf(tx, name)) === 'BucketOwnerEnforced';
      const written = await putVersion(call.kernel, tx, now, {
        ...copied(source),
        ...(content ?? { parts: [] }),
        bucket: name,
        storageClass: replica.storageClass ?? source.storageClass,
        replicationStatus: 'REPLICA',
        ...(owner ? { ownerAccount: now.account } : kept),
      });
      const event = source.deleteMarker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectCreated:Put';
      await objectEvent(jobActor(call.kernel, source.sequence), tx, now, event, written);
      return true;
    })
    .catch(async (error: unknown) => {
      await discard(content);
      throw error;
    });
  if (!used) await discard(content);
  return { VersionId: source.versionId };

  async function discard(unused: Content | undefined) {
    for (const { blob } of unused?.parts ?? []) await blobs.discard(blob);
  }
}

function refuseUnversioned({ versioning }: Bucket): void {
  if (versioning !== 'Enabled')
    throw new AwsError('InvalidRequest', 'Destination bucket must have versioning enabled.', 400);
}

/** What a replica takes over from its source. */
function copied(source: ObjectVersion) {
  const {
    sequence: _sequence,
    restore: _restore,
    noncurrentSinceMs: _since,
    acl: _acl,
    encryption: _encryption,
    sealed: _sealed,
    ...rest
  } = source;
  return rest;
}

/** The second copy is one of its own: content that the first loses must still be there. Under a KMS key it is encrypted anew. */
async function contentOf(call: Call, bucket: Bucket, { source, kms }: ReplicaWrite): Promise<Content> {
  const { blobs } = call.kernel;
  const parts: Part[] = [];
  const copy = async (part: Part, stored: AsyncIterable<Uint8Array>, sealedAs = part.sealedAs) => {
    const blob: Blob = await blobs.put(stored);
    parts.push({ ...part, blob, ...(sealedAs === undefined ? {} : { sealedAs }) });
  };
  try {
    if (!kms) {
      for (const part of source.parts) await copy(part, blobs.get(part.blob));
      const { encryption, sealed } = source;
      return { parts, ...(encryption ? { encryption } : {}), ...(sealed ? { sealed } : {}) };
    }
    const { algorithm } = source.encryption!;
    const { keys, record } = await newObjectKey(call, bucket, source.key, { algorithm, keyId: kms.keyId });
    for (const part of source.parts) {
      const id = newContentId();
      await copy(part, sealContent(keys, id, readPart(call.kernel, part, kms.keys, 0, part.size)), id);
    }
    return { parts, ...record };
  } catch (error) {
    for (const { blob } of parts) await blobs.discard(blob);
    throw error;
  }
}
