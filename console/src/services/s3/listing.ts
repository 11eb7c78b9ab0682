import { ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { useCallback, useEffect, useRef, useState } from 'react';
import { send, useClient } from '../../aws/call.ts';
import { isAbort } from '../../aws/failure.ts';
import { decodeKey } from './model.ts';

/** A row of a list of objects: a folder (a common prefix), an object or a version of it, or a delete marker. */
export type Entry = {
  id: string;
  kind: 'folder' | 'object' | 'marker';
  /** A folder's ends with `/`. */
  key: string;
  /** Below the folder that is listed. */
  name: string;
  size?: number;
  modified?: Date;
  /** ISO 8601, made once: lists are sorted by it. */
  modifiedAt?: string;
  storageClass?: string;
  versionId?: string;
  isLatest?: boolean;
};

type Where = { bucket: string; prefix: string; versions: boolean };
type Page = { entries: Entry[]; next: object | undefined };

const PAGE = 1000;

async function objectsPage(client: S3Client, { bucket, prefix }: Where, token: object, signal: AbortSignal) {
  const page = await send(
    client,
    ListObjectsV2Command,
    { Bucket: bucket, Prefix: prefix, Delimiter: '/', MaxKeys: PAGE, EncodingType: 'url', ...token },
    signal,
  );
  const entries: Entry[] = foldersOf(page.CommonPrefixes, prefix);
  for (const { Key, Size, LastModified, StorageClass } of page.Contents ?? []) {
    const key = decodeKey(Key!);
    // The folder that is listed may have an object of its own name: it stands for the folder, not within it.
    if (key === prefix) continue;
    entries.push({
      id: key,
      kind: 'object',
      key,
      name: key.slice(prefix.length),
      size: Size,
      modified: LastModified,
      modifiedAt: LastModified?.toISOString(),
      storageClass: StorageClass,
    });
  }
  const next = page.NextContinuationToken;
  return { entries, next: next === undefined ? undefined : { ContinuationToken: next } };
}

async function versionsPage(
  client: S3Client,
  { bucket, prefix }: Where,
  token: object,
  signal: AbortSignal,
): Promise<Page> {
  const page = await send(
    client,
    ListObjectVersionsCommand,
    { Bucket: bucket, Prefix: prefix, Delimiter: '/', MaxKeys: PAGE, EncodingType: 'url', ...token },
    signal,
  );
  const of = (kind: 'object' | 'marker', one: Version): Entry => {
    const key = decodeKey(one.Key!);
    return {
      id: `${key} (version ${one.VersionId})`,
      kind,
      key,
      name: key.slice(prefix.length),
      size: one.Size,
      modified: one.LastModified,
      modifiedAt: one.LastModified?.toISOString(),
      storageClass: one.StorageClass,
      versionId: one.VersionId,
      isLatest: one.IsLatest,
    };
  };
  const versions = [
    ...(page.Versions ?? []).map((one) => of('object', one)),
    ...(page.DeleteMarkers ?? []).map((one) => of('marker', one)),
  ].sort((a, b) => (a.key === b.key ? newest(a, b) : a.key < b.key ? -1 : 1));
  return {
    entries: [...foldersOf(page.CommonPrefixes, prefix), ...versions],
    next: page.IsTruncated
      ? {
          KeyMarker: page.NextKeyMarker === undefined ? undefined : decodeKey(page.NextKeyMarker),
          VersionIdMarker: page.NextVersionIdMarker,
        }
      : undefined,
  };
}

type Version = {
  Key?: string;
  VersionId?: string;
  Size?: number;
  LastModified?: Date;
  StorageClass?: string;
  IsLatest?: boolean;
};

const newest = (a: Entry, b: Entry): number =>
  Number(b.isLatest ?? false) - Number(a.isLatest ?? false) ||
  (b.modified?.getTime() ?? 0) - (a.modified?.getTime() ?? 0);

const foldersOf = (prefixes: { Prefix?: string }[] | undefined, prefix: string): Entry[] =>
  (prefixes ?? []).map(({ Prefix }) => {
    const key = decodeKey(Prefix!);
    return { id: key, kind: 'folder', key, name: key.slice(prefix.length) };
  });

/**
 * What is in a folder: the first page at once, the others read on in the background. `refresh` reads it anew, while what was there stays;
 * `stop` leaves it at what was read.
 */
export function useListing(where: Where) {
  const { bucket, prefix, versions } = where;
  const client = useClient(S3Client);
  const [entries, setEntries] = useState<Entry[]>();
  const [reading, setReading] = useState(false);
  const [whole, setWhole] = useState(false);
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const under = useRef<AbortController>(undefined);
  useEffect(() => {
    const controller = new AbortController();
    under.current = controller;
    const { signal } = controller;
    async function read() {
      setReading(true);
      setError(undefined);
      let found: Entry[] = [];
      let token: object | undefined = {};
      while (token) {
        const page: Page = await (versions ? versionsPage : objectsPage)(
          client,
          { bucket, prefix, versions },
          token,
          signal,
        );
        found = [...found, ...page.entries];
        token = page.next;
        // What is read again replaces what was there once it is whole: no rows go and come back.
        if (turn === 0 || !token) setEntries(found);
      }
      setWhole(true);
    }
    read()
      .catch((failure: unknown) => {
        if (!isAbort(failure) && !signal.aborted) setError(failure);
      })
      .finally(() => {
        if (under.current === controller) setReading(false);
      });
    return () => controller.abort();
  }, [client, bucket, prefix, versions, turn]);
  return {
    entries,
    reading,
    whole,
    error,
    refresh: useCallback(() => setTurn((before) => before + 1), []),
    stop: useCallback(() => under.current?.abort(), []),
  };
}
