import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { clientOf, send } from '../../../aws/call.ts';
import { useSignedIn, type Session } from '../../../aws/session.ts';

/** What jobs read and write in S3. */
export type Place = { bucket: string; key: string };

/** A file that is read whole, at most. */
const BYTES_MAX = 64 * 1024 * 1024;
const KEYS_MAX = 10_000;

/** `s3://bucket/a/b` → bucket and key. Undefined where it is no such address. */
export function readS3Uri(uri: string | undefined): Place | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(uri ?? '') ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}

/** A folder's key with something in it. */
export const inFolder = (key: string, rest: string): string =>
  (key === '' || key.endsWith('/') ? key : `${key}/`) + rest;

/** The text of a file, decompressed where it is compressed. Rejects with S3's error, or RangeError where it is too large. */
export async function readText(session: Session, { bucket, key }: Place, signal?: AbortSignal): Promise<string> {
  const { Body, ContentLength = 0 } = await send(
    clientOf(session, S3Client),
    GetObjectCommand,
    // A browser would undo the encoding by itself, and the checksum is of what was stored.
    { Bucket: bucket, Key: key, ResponseContentEncoding: 'identity' },
    signal,
  );
  if (ContentLength > BYTES_MAX) throw new RangeError(`s3://${bucket}/${key} is too large to be shown here.`);
  const bytes = await Body!.transformToByteArray();
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  const plain = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(plain).text();
}

/** Keys beneath a prefix, in their order; the first 10,000. */
export async function listKeys(session: Session, { bucket, key }: Place, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await send(
      clientOf(session, S3Client),
      ListObjectsV2Command,
      { Bucket: bucket, Prefix: key, ...(token === undefined ? {} : { ContinuationToken: token }) },
      signal,
    );
    found.push(...(page.Contents ?? []).map((object) => object.Key!));
    token = page.NextContinuationToken;
  } while (token !== undefined && found.length < KEYS_MAX);
  return found;
}

/** What is made of files in S3, for who is signed in; nothing is read where there is no name for it. */
export function useFiles<T>(
  name: readonly unknown[] | undefined,
  read: (session: Session, signal: AbortSignal) => Promise<T>,
): UseQueryResult<T> {
  const session = useSignedIn();
  return useQuery({
    queryKey: [session.arn, session.region, 'files', ...(name ?? [])],
    queryFn: ({ signal }) => read(session, signal),
    enabled: name !== undefined,
  });
}

/** The values of JSON, one a line; a line that is none is a text. */
export const readLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        return line;
      }
    });
