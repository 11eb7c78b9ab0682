import Link from '@cloudscape-design/components/link';
import { readS3Uri } from './objects.ts';

/** An address in S3, with the way to it. */
export function S3Link({ uri }: { uri: string | undefined }) {
  const place = readS3Uri(uri);
  if (!place) return <>{uri ?? '–'}</>;
  return <Link href={`#/s3/buckets/${encodeURIComponent(place.bucket)}`}>{uri}</Link>;
}
