import type { Collection, Entry, RangeOptions, Reader } from '../../kernel/store/store.ts';
import type { Key } from '../../kernel/store/keys.ts';
import { LIST_PAGE_MAX } from './limits.ts';
import { objects, versionIndex, versions, type ObjectVersion } from './records.ts';
import { compareKeys } from './versions.ts';

/**
 * Walking keys in order and rolling those up that share a prefix up to a delimiter. Each rolled-up prefix counts as one item and is left
 * in one step, however many keys it stands for. Source: S3 User Guide, "Organizing objects using prefixes".
 */
export type Item<T> = {
  key: string;
  /** Undefined for a common prefix. */ value?: T;
  /** The common prefix, delimiter included. */ prefix?: string;
};

/** Records in order of their key, one ahead. */
export interface Cursor<T> {
  /** The next record, without taking it. */
  peek(): Promise<{ key: string; value: T } | undefined>;
  take(): void | Promise<void>;
  /** Leaves all keys that start so. */
  skip(prefix: string): void;
}

export async function walk<T>(
  cursor: Cursor<T>,
  { prefix, delimiter, max }: { prefix: string; delimiter?: string | undefined; max: number },
): Promise<{ items: Item<T>[]; truncated: boolean }> {
  const items: Item<T>[] = [];
  // A page of nothing is never cut short: a client would ask on for ever.
  if (max === 0) return { items, truncated: false };
  for (;;) {
    const next = await cursor.peek();
    if (!next) return { items, truncated: false };
    if (items.length >= max) return { items, truncated: true };
    const at = delimiter ? next.key.indexOf(delimiter, prefix.length) : -1;
    if (at < 0) {
      items.push(next);
      await cursor.take();
    } else {
      const common = next.key.slice(0, at + delimiter!.length);
      items.push({ key: next.key, prefix: common });
      cursor.skip(common);
    }
  }
}

export type Start = {
  prefix: string;
  delimiter?: string | undefined;
  max: number;
  /** Only keys after this one. */
  after?: string;
  /** Only records after this whole key. */
  afterKey?: Key;
  /** Only records at or after this whole key. */
  fromKey?: Key;
  /** Only keys beyond all that start so. */
  past?: string;
};

const FIRST_PAGE_WITH_DELIMITER = 32;

/**
 * A cursor over a collection whose first key part after `base` is the object key. Pages grow while all that is read is used, and shrink
 * when most of it is skipped: a bucket of few keys in many folders and one of many keys in few are both read about once.
 */
export function collectionCursor<T extends { key: string }>(
  reader: Reader,
  collection: Collection<T>,
  base: string[],
  start: Start,
): Cursor<T> {
  const { prefix } = start;
  let limit = start.delimiter ? FIRST_PAGE_WITH_DELIMITER : Math.min(start.max + 1, LIST_PAGE_MAX);
  let page: Entry<T>[] = [];
  let at = 0;
  let ended = false;
  // `past` may also name a prefix that is not under `prefix`: both bounds then hold.
  let options: RangeOptions = {
    ...(start.past === undefined ? {} : { past: start.past }),
    ...(start.fromKey ? { from: start.fromKey } : {}),
    ...(start.afterKey
      ? { after: start.afterKey }
      : start.after === undefined
        ? {}
        : { after: [...base, start.after] }),
  };
  return {
    async peek() {
      while (at >= page.length) {
        if (ended) return undefined;
        page = await reader.range(collection, base, { startsWith: prefix, limit, ...options });
        ended = page.length < limit;
        at = 0;
        const last = page.at(-1);
        if (!last) return undefined;
        options = { after: last.key };
        limit = Math.min(limit * 2, LIST_PAGE_MAX);
      }
      const { value } = page[at]!;
      return { key: value.key, value };
    },
    take() {
      at++;
    },
    skip(common) {
      const from = at;
      while (at < page.length && page[at]!.value.key.startsWith(common)) at++;
      if (at < page.length || ended) return;
      if (at - from > 1) limit = Math.max(2, limit >> 2);
      options = { past: common };
    },
  };
}

export type ListedVersion = { version: ObjectVersion; isLatest: boolean };

/**
 * A cursor over all versions and delete markers of a bucket: keys in order, newest first. `afterVersion` starts behind that version of the
 * key `after`. A version that is gone gives no place to start: then its whole key is walked again, so that deleting page by page misses none.
 */
export async function versionsCursor(
  reader: Reader,
  bucket: string,
  start: Start & { afterVersion?: string },
): Promise<Cursor<ListedVersion>> {
  const { after, afterVersion, ...bounds } = start;
  const places =
    after === undefined ? { live: {}, shelved: {} } : await placesAfter(reader, bucket, after, afterVersion);
  const live = collectionCursor(reader, objects, [bucket], { ...bounds, ...places.live });
  const shelved = collectionCursor(reader, versions, [bucket], { ...bounds, ...places.shelved });
  /** The key whose current version has been passed. */
  let passed = places.within;
  const peek = async () => {
    const current = await live.peek();
    const other = await shelved.peek();
    if (current && (!other || compareKeys(current.key, other.key) <= 0)) {
      return { key: current.key, value: { version: current.value, isLatest: true }, from: live };
    }
    return other && { key: other.key, value: { version: other.value, isLatest: other.key !== passed }, from: shelved };
  };
  return {
    peek,
    async take() {
      const next = await peek();
      if (!next) return;
      passed = next.key;
      await next.from.take();
    },
    skip(prefix) {
      live.skip(prefix);
      shelved.skip(prefix);
    },
  };
}

type Places = {
  live: Partial<Start>;
  shelved: Partial<Start>;
  /** The key in whose versions the walk begins. */ within?: string;
};

async function placesAfter(
  reader: Reader,
  bucket: string,
  key: string,
  versionId: string | undefined,
): Promise<Places> {
  const behindLive = { afterKey: [bucket, key] };
  if (versionId === undefined) return { live: behindLive, shelved: { afterKey: [bucket, key, Infinity] } };
  const sequence = await reader.get(versionIndex, [bucket, key, versionId]);
  if (sequence !== undefined) return { live: behindLive, shelved: { afterKey: [bucket, key, -sequence] }, within: key };
  const current = await reader.get(objects, [bucket, key]);
  if (current?.versionId === versionId) return { live: behindLive, shelved: { fromKey: [bucket, key] }, within: key };
  return { live: { fromKey: [bucket, key] }, shelved: { fromKey: [bucket, key] } };
}
