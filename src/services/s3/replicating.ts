import type { Call } from '../../kernel/call.ts';
import type { Access } from '../../kernel/access.ts';
import { objectArn } from './arns.ts';
import type { ContentKeys } from './content.ts';
import type { Bucket, ObjectVersion, StorageClass } from './records.ts';

/**
 * Replication reads and writes objects as calls under the role it was given, and asks for rights of its own: inputs of such calls carry
 * this mark, which nothing that comes over the wire can. Source: S3 User Guide, "Setting up permissions for live replication".
 */
export const REPLICATING = Symbol('replicating');

/** Reads: what is read, and, once it was, its keys where the replica is encrypted anew. */
export type ReplicaRead = { readonly source: ObjectVersion; keys?: ContentKeys };

/** Writes. */
export type ReplicaWrite = {
  readonly source: ObjectVersion;
  readonly from: Bucket;
  readonly storageClass?: StorageClass;
  /** The replica belongs to the destination's owner. */
  readonly newOwner: boolean;
  /** The KMS key of the replica, and the keys of the source: for SSE-KMS. */
  readonly kms?: { keyId: string; keys: ContentKeys };
};

export const replicaRead = (input: object) => (input as { [REPLICATING]?: ReplicaRead })[REPLICATING];
export const replicaWrite = (input: object) => (input as { [REPLICATING]?: ReplicaWrite })[REPLICATING];

export function onReplicaRead(call: Call, { source }: ReplicaRead): Access[] {
  const resource = objectArn(call, source.bucket, source.key);
  const actions = [
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    ...(Object.keys(source.tags).length > 0 ? ['s3:GetObjectVersionTagging'] : []),
    ...(source.lock ? ['s3:GetObjectRetention', 's3:GetObjectLegalHold'] : []),
  ];
  return actions.map((action) => ({ action, resource, keys: { 's3:versionid': source.versionId } }));
}

export function onReplicaWrite(call: Call, bucket: string, { source, newOwner, kms }: ReplicaWrite): Access[] {
  const resource = objectArn(call, bucket, source.key);
  if (source.deleteMarker) return [{ action: 's3:ReplicateDelete', resource }];
  const keys = {
    's3:x-amz-server-side-encryption': source.encryption?.algorithm,
    's3:x-amz-server-side-encryption-aws-kms-key-id': kms?.keyId,
  };
  return [
    { action: 's3:ReplicateObject', resource, keys },
    ...(Object.keys(source.tags).length > 0 ? [{ action: 's3:ReplicateTags', resource }] : []),
    ...(newOwner ? [{ action: 's3:ObjectOwnerOverrideToBucketOwner', resource }] : []),
  ];
}
