import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { send } from '../../aws/call.ts';
import { isArchived, nameOf, storageClassText } from './model.ts';

const VALID_S = 60;

/** Has the browser save an object to disk as it comes, however large. Rejects where it may not be read. */
export async function download(
  client: S3Client,
  Bucket: string,
  Key: string,
  VersionId: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  // The browser would save an error as a file: whether the object may be read is asked before.
  const { StorageClass, Restore } = await send(client, HeadObjectCommand, { Bucket, Key, VersionId }, signal);
  if (isArchived(StorageClass) && !Restore?.includes('ongoing-request="false"'))
    throw new Error(`${Key} is archived (${storageClassText(StorageClass)}): restore it first, on its page.`);
  const name = nameOf(Key);
  const link = document.createElement('a');
  link.href = await getSignedUrl(
    client,
    new GetObjectCommand({
      Bucket,
      Key,
      VersionId,
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    }),
    { expiresIn: VALID_S },
  );
  link.download = name;
  link.click();
}
