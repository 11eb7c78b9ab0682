import { setImmediate } from 'node:timers/promises';
import type { Collection, Entry, RangeOptions, Reader } from '../../kernel/store/store.ts';
import type { Key } from '../../kernel/store/keys.ts';

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
  take(): void;
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
      cursor.take();
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
  /** Only keys beyond all that start so. */
  past?: string;
};

/** Records in the first read: with a delimiter most may be skipped. */
export const firstRead = ({ delimiter, max }: Pick<Start, 'delimiter' | 'max'>) =>
  delimiter ? FIRST_READ_WITH_DELIMITER : Math.min(max + 1, READ_MAX);

const FIRST_READ_WITH_DELIMITER = 32;
/** Records read at once: about 5 ms of work. */
export const READ_MAX = 250;

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
  let limit = firstRead(start);
  let page: Entry<T>[] = [];
  let at = 0;
  let ended = false;
  // `past` may also name a prefix that is not under `prefix`: both bounds then hold.
  let options: RangeOptions = {
    ...(start.past === undefined ? {} : { past: start.past }),
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
        // Others have their turn between reads.
        if (page.length > 0) await setImmediate();
        page = await reader.range(collection, base, { startsWith: prefix, limit, ...options });
        ended = page.length < limit;
        at = 0;
        const last = page.at(-1);
        if (!last) return undefined;
        options = { after: last.key };
        limit = Math.min(limit * 2, READ_MAX);
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
