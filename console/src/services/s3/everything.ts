import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { send } from '../../aws/call.ts';
import type { BatchReport } from './batch.tsx';
import { decodeKey } from './model.ts';

/** Work on all that is below a prefix, page by page. */
const PAGE = 1000;

export type Found = { key: string; versionId?: string; size: number; storageClass?: string };

/** The objects below a prefix, in pages of 1,000 at most. */
export async function* objectsBelow(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Found[]> {
  let ContinuationToken: string | undefined;
  do {
    const page = await send(
      client,
      ListObjectsV2Command,
      { Bucket, Prefix, ContinuationToken, MaxKeys: PAGE, EncodingType: 'url' },
      signal,
    );
    yield (page.Contents ?? []).map(({ Key, Size, StorageClass }) => ({
      key: decodeKey(Key!),
      size: Size ?? 0,
      storageClass: StorageClass,
    }));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** All versions and delete markers below a prefix, in pages of 1,000 at most. */
export async function* versionsBelow(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Found[]> {
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  let more: boolean | undefined;
  do {
    const page = await send(
      client,
      ListObjectVersionsCommand,
      { Bucket, Prefix, KeyMarker, VersionIdMarker, MaxKeys: PAGE, EncodingType: 'url' },
      signal,
    );
    yield [
      ...(page.Versions ?? []).map(({ Key, VersionId, Size, StorageClass }) => ({
        key: decodeKey(Key!),
        versionId: VersionId!,
        size: Size ?? 0,
        storageClass: StorageClass,
      })),
      ...(page.DeleteMarkers ?? []).map(({ Key, VersionId }) => ({
        key: decodeKey(Key!),
        versionId: VersionId!,
        size: 0,
      })),
    ];
    KeyMarker = page.NextKeyMarker === undefined ? undefined : decodeKey(page.NextKeyMarker);
    VersionIdMarker = page.NextVersionIdMarker;
    more = page.IsTruncated;
  } while (more);
}

/** Deletes objects or versions, 1,000 a request; those that could not be are told one by one. */
export async function deleteAll(
  client: S3Client,
  Bucket: string,
  found: readonly { key: string; versionId?: string }[],
  { signal, did, failed }: BatchReport,
): Promise<void> {
  for (let at = 0; at < found.length; at += PAGE) {
    const part = found.slice(at, at + PAGE);
    const Objects: ObjectIdentifier[] = part.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    const answer = await send(client, DeleteObjectsCommand, { Bucket, Delete: { Objects, Quiet: true } }, signal);
    for (const { Key, VersionId, Code, Message } of answer.Errors ?? [])
      failed({
        what: `${Key}${VersionId ? ` (version ${VersionId})` : ''}`,
        name: Code ?? 'Error',
        message: Message ?? '',
        requestId: answer.$metadata.requestId,
      });
    did(part.length - (answer.Errors?.length ?? 0));
  }
}
