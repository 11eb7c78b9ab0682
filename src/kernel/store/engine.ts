/**
 * What a storage engine must offer; `Store` (store.ts) builds typed collections and optimistic transactions on it.
 * Keys and values are bytes; keys are ordered bytewise. A version is changed by every write of its key.
 */
export type StoredEntry = { key: Uint8Array; value: Uint8Array; version: number };

export type RangeQuery = {
  /** Inclusive. */
  start: Uint8Array;
  /** Exclusive. */
  end: Uint8Array;
  limit: number;
  reverse: boolean;
};

export type KeyCheck = { key: Uint8Array; /** `undefined`: the key was absent. */ version: number | undefined };
export type RangeCheck = RangeQuery & {
  /** What the range held, in the order read. */ seen: { key: Uint8Array; version: number }[];
};
export type Write = { key: Uint8Array; /** `undefined` deletes. */ value: Uint8Array | undefined };

export interface StoreEngine {
  get(key: Uint8Array): Promise<StoredEntry | undefined>;
  range(query: RangeQuery): Promise<StoredEntry[]>;
  /**
   * Applies all writes atomically if every check still holds; resolves once they are durable (flushed to disk).
   * @returns false, with nothing written, when a check failed.
   */
  commit(checks: KeyCheck[], ranges: RangeCheck[], writes: Write[]): Promise<boolean>;
  /** Removes everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A record that is deleted and made again must not meet its old version: each life starts somewhere else. */
export function firstVersion(): number {
  return Math.floor(Math.random() * 2 ** 50);
}

/** Whether a range still holds what a transaction saw in it. */
export function sameRange(now: StoredEntry[], check: RangeCheck): boolean {
  return (
    now.length === check.seen.length &&
    now.every(
      (entry, i) => entry.version === check.seen[i]!.version && Buffer.compare(entry.key, check.seen[i]!.key) === 0,
    )
  );
}
