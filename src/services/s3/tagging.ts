import type { Handlers } from '../../kernel/service.ts';
import { getBucket } from './buckets.ts';
import { malformedXml } from './errors.ts';
import { objectEvent, replicate } from './hooks.ts';
import { TAGS_MAX } from './limits.ts';
import { requireVersion } from './objects.ts';
import { readTagSet } from './tags.ts';
import { updateVersion } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Tags of objects. Source: S3 API Reference, PutObjectTagging. */
export const GetObjectTagging: S3['GetObjectTagging'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const version = await requireVersion(call, bucket, input.Key!, input.VersionId);
  call.meter({ type: 'Requests-Tier2', quantity: 1, unit: 'requests' });
  return {
    TagSet: Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(bucket.versioning === undefined ? {} : { VersionId: version.versionId }),
  };
};

/** Replaces all tags of a version. */
export const PutObjectTagging: S3['PutObjectTagging'] = async (call, input) => {
  if (!input.Tagging?.TagSet) throw malformedXml();
  const tags = readTagSet(input.Tagging.TagSet, TAGS_MAX);
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return retag(call, input, tags, 'ObjectTagging:Put');
};

export const DeleteObjectTagging: S3['DeleteObjectTagging'] = async (call, input) => {
  return retag(call, input, {}, 'ObjectTagging:Delete');
};

type Target = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
};

async function retag(
  call: Parameters<S3['PutObjectTagging']>[0],
  input: Target,
  tags: Record<string, string>,
  event: string,
) {
  return call.kernel.store.transact(async (tx) => {
    const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner, tx);
    const version = { ...(await requireVersion(call, bucket, input.Key!, input.VersionId, tx)), tags };
    await updateVersion(tx, version);
    await objectEvent(call, tx, bucket, event, version);
    await replicate(call, tx, bucket, version, 'changed');
    return bucket.versioning === undefined ? {} : { VersionId: version.versionId };
  });
}
