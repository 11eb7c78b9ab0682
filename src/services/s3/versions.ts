import type { Kernel } from '../../kernel/kernel.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { objects, versionIndex, versions, type Bucket, type ObjectVersion } from './records.ts';

/**
 * How versions of an object come, stand and go. Every version is in one place (records.ts); these functions are the only ones that move it,
 * so that the current version is always the one with the greatest sequence.
 */
export const NULL_VERSION = 'null';

/** What a new version is made of: its sequence is given to it. */
export type NewVersion = Omit<ObjectVersion, 'sequence'>;

/** The newest version, which may be a delete marker; undefined when the key has none. */
export async function currentVersion(reader: Reader, bucket: string, key: string): Promise<ObjectVersion | undefined> {
  return (await reader.get(objects, [bucket, key])) ?? (await newestNoncurrent(reader, bucket, key));
}

/** The version of that id, or the current one without an id; may be a delete marker. */
export async function findVersion(
  reader: Reader,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<ObjectVersion | undefined> {
  if (versionId === undefined) return currentVersion(reader, bucket, key);
  const current = await reader.get(objects, [bucket, key]);
  if (current?.versionId === versionId) return current;
  const sequence = await reader.get(versionIndex, [bucket, key, versionId]);
  return sequence === undefined ? undefined : reader.get(versions, [bucket, key, -sequence]);
}

/** Whether that very version still holds its content: what is retained must not have been released meanwhile. */
export async function stillThere(
  reader: Reader,
  { bucket, key, versionId, sequence }: ObjectVersion,
): Promise<boolean> {
  return (await findVersion(reader, bucket, key, versionId))?.sequence === sequence;
}

/** The id that the next version written to the bucket gets. */
export function nextVersionId(kernel: Kernel, bucket: Bucket): string {
  return bucket.versioning === 'Enabled' ? kernel.ids.text(32) : NULL_VERSION;
}

/**
 * Makes `version` the current one and retains its content. What was current becomes noncurrent, except that a version of the same id
 * (`null`, where versioning is off or suspended) is replaced and its content released.
 *
 * @param options.retained the caller already holds a reference to the content and hands it over
 */
export async function putVersion(
  kernel: Kernel,
  tx: Transaction,
  bucket: Bucket,
  version: NewVersion,
  options: { retained?: boolean } = {},
): Promise<ObjectVersion> {
  const { key } = version;
  if (!options.retained) for (const part of version.parts) await kernel.blobs.retain(tx, part.blob);
  const current = await tx.get(objects, [bucket.name, key]);
  // Without versioning ever on, the current version is all there is.
  const newest =
    current ?? (bucket.versioning === undefined ? undefined : await newestNoncurrent(tx, bucket.name, key));
  // In microseconds where the clock allows: it grows on when the newest version is deleted, which readers of events rely on.
  const written: ObjectVersion = {
    ...version,
    bucket: bucket.name,
    sequence: Math.max((newest?.sequence ?? 0) + 1, kernel.clock.now() * 1000),
  };
  if (current?.versionId === version.versionId) {
    tx.delete(objects, [bucket.name, key]);
    await release(kernel, tx, current);
  } else if (bucket.versioning !== undefined) {
    const replaced = await tx.get(versionIndex, [bucket.name, key, version.versionId]);
    if (replaced !== undefined) {
      const old = await tx.get(versions, [bucket.name, key, -replaced]);
      if (old) {
        drop(tx, old);
        await release(kernel, tx, old);
      }
    }
    if (current) {
      tx.delete(objects, [bucket.name, key]);
      shelve(tx, { ...current, noncurrentSinceMs: version.lastModifiedMs });
    } else if (newest?.deleteMarker && newest.sequence !== replaced)
      shelve(tx, { ...newest, noncurrentSinceMs: version.lastModifiedMs });
  }
  if (written.deleteMarker) shelve(tx, written);
  else tx.put(objects, [bucket.name, key], written);
  return written;
}

/** Removes a version for good: its content is released, and when it was current the next older one takes its place. */
export async function removeVersion(
  kernel: Kernel,
  tx: Transaction,
  bucket: Bucket,
  version: ObjectVersion,
): Promise<void> {
  const { key } = version;
  const current = await tx.get(objects, [bucket.name, key]);
  await release(kernel, tx, version);
  if (current?.versionId === version.versionId) tx.delete(objects, [bucket.name, key]);
  else drop(tx, version);
  // A current version that is an object goes before all others: only what was itself the newest leaves its place to the next.
  if (bucket.versioning === undefined || (current && current.versionId !== version.versionId)) return;
  const next = await newestNoncurrent(tx, bucket.name, key);
  if (!next || next.sequence > version.sequence) return;
  const { noncurrentSinceMs: _since, ...promoted } = next;
  drop(tx, next);
  if (promoted.deleteMarker) shelve(tx, promoted);
  else tx.put(objects, [bucket.name, key], promoted);
}

/** Writes changed attributes of a version (tags, lock, restore …) where it stands. Its parts, id and sequence must be as they were. */
export async function updateVersion(tx: Transaction, version: ObjectVersion): Promise<void> {
  const current = await tx.get(objects, [version.bucket, version.key]);
  if (current?.versionId === version.versionId) tx.put(objects, [version.bucket, version.key], version);
  else shelve(tx, version);
}

/** Every version and delete marker, keys in order, newest first, with whether it is the current one. Not one snapshot of the whole bucket. */
export async function* allVersions(
  reader: Reader,
  bucket: string,
  prefix = '',
): AsyncGenerator<{ version: ObjectVersion; isLatest: boolean }> {
  let after: string | undefined;
  for (;;) {
    const keys = await keysAfter(reader, bucket, prefix, after);
    if (keys.length === 0) return;
    for (const key of keys) yield* versionsOf(reader, bucket, key);
    after = keys.at(-1)!;
  }
}

/** The versions of one key, newest first. */
export async function* versionsOf(
  reader: Reader,
  bucket: string,
  key: string,
): AsyncGenerator<{ version: ObjectVersion; isLatest: boolean }> {
  const current = await reader.get(objects, [bucket, key]);
  if (current) yield { version: current, isLatest: true };
  let isLatest = current === undefined;
  let page = await reader.range(versions, [bucket, key], { limit: VERSIONS_PAGE });
  while (page.length > 0) {
    for (const { value } of page) {
      if (value.versionId !== current?.versionId) yield { version: value, isLatest };
      isLatest = false;
    }
    if (page.length < VERSIONS_PAGE) return;
    page = await reader.range(versions, [bucket, key], { limit: VERSIONS_PAGE, after: page.at(-1)!.key });
  }
}

const VERSIONS_PAGE = 100;

/** The next keys that have any version or marker, in order. */
async function keysAfter(reader: Reader, bucket: string, prefix: string, after: string | undefined): Promise<string[]> {
  const options = { startsWith: prefix, limit: VERSIONS_PAGE };
  const live = await reader.range(objects, [bucket], {
    ...options,
    ...(after === undefined ? {} : { after: [bucket, after] }),
  });
  const shelved = await reader.range(versions, [bucket], {
    ...options,
    ...(after === undefined ? {} : { after: [bucket, after, Infinity] }),
  });
  const liveKeys = live.map(({ value }) => value.key);
  const shelvedKeys = shelved.map(({ value }) => value.key);
  // Beyond the end of a full page the other side is not known to be complete.
  const ends = [
    ...(live.length === VERSIONS_PAGE ? [liveKeys.at(-1)!] : []),
    ...(shelved.length === VERSIONS_PAGE ? [shelvedKeys.at(-1)!] : []),
  ];
  const end = ends.sort(compareKeys)[0];
  const keys = [...new Set([...liveKeys, ...shelvedKeys])].sort(compareKeys);
  return end === undefined ? keys : keys.filter((key) => compareKeys(key, end) <= 0);
}

/** Order of keys in lists: by UTF-8 bytes, which differs from JavaScript's order of strings beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

async function newestNoncurrent(reader: Reader, bucket: string, key: string): Promise<ObjectVersion | undefined> {
  return (await reader.range(versions, [bucket, key], { limit: 1 }))[0]?.value;
}

function shelve(tx: Transaction, version: ObjectVersion): void {
  tx.put(versions, [version.bucket, version.key, -version.sequence], version);
  tx.put(versionIndex, [version.bucket, version.key, version.versionId], version.sequence);
}

function drop(tx: Transaction, version: ObjectVersion): void {
  tx.delete(versions, [version.bucket, version.key, -version.sequence]);
  tx.delete(versionIndex, [version.bucket, version.key, version.versionId]);
}

async function release(kernel: Kernel, tx: Transaction, version: ObjectVersion): Promise<void> {
  for (const { blob } of version.parts) await kernel.blobs.release(tx, blob);
}
