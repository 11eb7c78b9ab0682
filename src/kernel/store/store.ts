import { setImmediate as nextTurn } from 'node:timers/promises';
import { Packr } from 'msgpackr';
import type { KeyCheck, RangeCheck, StoredEntry, StoreEngine } from './engine.ts';
import { afterPrefix, afterTuple, decodeKey, encodeKey, encodePartial, type Key, type KeyPart } from './keys.ts';

/**
 * The store: an ordered key-value space of typed records with optimistic, serialisable transactions, durable when acknowledged.
 *
 * A collection is a name and a record type: `const buckets = collection<Bucket>('s3/bucket')`. Its keys are tuples; where AWS
 * partitions by account and region, the tuple starts with them. All authoritative state of the stack is in the store (or, for large
 * content, in blobs that the store refers to), so that any number of processes can serve it.
 *
 * `transact(fn)` runs `fn` against a view that records what it reads; the commit validates those reads and applies the writes at once,
 * or runs `fn` again. So `fn` must have no effect but through `tx`, and may run more than once.
 */
export type Collection<T> = { readonly name: string; /** Carries the record type only. */ readonly record?: T };

/** Names a collection; the name is `<service or room>/<noun>` and is part of the data format. */
export function collection<T>(name: string): Collection<T> {
  return { name };
}

const RANGE_LIMIT_DEFAULT = 1000;

export type Entry<T> = { key: KeyPart[]; value: T; version: number };

export type RangeOptions = {
  /** Only keys whose part after the prefix is a string starting so. */
  startsWith?: string;
  /** Only keys after this one (the whole key, prefix included), in the direction of reading. */
  after?: Key;
  /** Only keys at or after this one (the whole key, prefix included); not with `reverse`. */
  from?: Key;
  /** Only keys whose part after the prefix is a string greater than every string starting so. Skips an S3 common prefix in one step. */
  past?: string;
  /** Default 1,000. */
  limit?: number;
  reverse?: boolean;
};

export interface Reader {
  get<T>(collection: Collection<T>, key: Key): Promise<T | undefined>;
  /** The record with its version. */
  entry<T>(collection: Collection<T>, key: Key): Promise<Entry<T> | undefined>;
  /** Entries whose keys start with `prefix`, in key order. */
  range<T>(collection: Collection<T>, prefix: Key, options?: RangeOptions): Promise<Entry<T>[]>;
}

/** Every record under `prefix`, in key order, however many there are; within a transaction a snapshot of them all. */
export async function valuesOf<T>(reader: Reader, collection: Collection<T>, prefix: Key): Promise<T[]> {
  const values: T[] = [];
  for await (const { value } of entriesOf(reader, collection, prefix)) values.push(value);
  return values;
}

async function* entriesOf<T>(
  reader: Reader,
  collection: Collection<T>,
  prefix: Key,
  options: Omit<RangeOptions, 'limit'> = {},
): AsyncGenerator<Entry<T>> {
  let page = await reader.range(collection, prefix, options);
  while (page.length > 0) {
    yield* page;
    if (page.length < RANGE_LIMIT_DEFAULT) return;
    const { from: _from, past: _past, ...rest } = options;
    page = await reader.range(collection, prefix, { ...rest, after: page.at(-1)!.key });
  }
}

export interface Transaction extends Reader {
  put<T>(collection: Collection<T>, key: Key, value: T): void;
  delete<T>(collection: Collection<T>, key: Key): void;
  /** Calls `listener` once what was written is durable; never when it is not. */
  committed(listener: () => void): void;
}

/** Thrown by `transact` when other writers kept winning; callers turn it into their service's throttling or conflict error. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

const ATTEMPTS_MAX = 100;
/** Entries a transaction's range may hold: its commit validates them in one go, on the event loop. */
export const TRANSACTION_RANGE_MAX = 5_000;
/** Decoding gives the event loop its turn after this many ms. */
const TURN_MS_MAX = 5;

const packr = new Packr({ useRecords: false, moreTypes: true });

export class Store implements Reader {
  readonly #engine: StoreEngine;
  constructor(engine: StoreEngine) {
    this.#engine = engine;
  }

  async get<T>(collection: Collection<T>, key: Key): Promise<T | undefined> {
    const found = await this.#engine.get(encodeKey([collection.name, ...key]));
    return found && (packr.unpack(found.value) as T);
  }

  async entry<T>(collection: Collection<T>, key: Key): Promise<Entry<T> | undefined> {
    const found = await this.#engine.get(encodeKey([collection.name, ...key]));
    return found && decode<T>(found);
  }

  async range<T>(collection: Collection<T>, prefix: Key, options: RangeOptions = {}): Promise<Entry<T>[]> {
    return decodeAll<T>(await this.#engine.range(rangeQuery(collection, prefix, options)));
  }

  /** Every entry under `prefix`, read a page at a time: not one snapshot, but no entry that stands throughout is missed or repeated. */
  all<T>(
    collection: Collection<T>,
    prefix: Key = [],
    options: Omit<RangeOptions, 'limit'> = {},
  ): AsyncGenerator<Entry<T>> {
    return entriesOf(this, collection, prefix, options);
  }

  /** Runs `fn` until it commits; resolves with its result once its writes are durable. Rejects with what `fn` throws, or ConflictError. */
  async transact<R>(fn: (tx: Transaction) => Promise<R> | R): Promise<R> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const tx = new OptimisticTransaction(this.#engine);
      const outcome = await run(fn, tx);
      if ('error' in outcome) {
        // What it read may never have stood together: an error out of such a view is no finding, so look again.
        if (await tx.validate()) throw outcome.error;
      } else if (await tx.commit()) {
        tx.announce();
        return outcome.result;
      }
      // Losers step aside for a random moment, longer each time, so that hot keys drain instead of livelocking.
      if (attempt > 2) await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt, 50)));
    }
    throw new ConflictError(`a transaction lost to other writers ${ATTEMPTS_MAX} times`);
  }

  /** Removes every record. */
  clear(): Promise<void> {
    return this.#engine.clear();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

async function run<R>(
  fn: (tx: Transaction) => Promise<R> | R,
  tx: Transaction,
): Promise<{ result: R } | { error: unknown }> {
  try {
    return { result: await fn(tx) };
  } catch (error) {
    return { error };
  }
}

class OptimisticTransaction implements Transaction {
  readonly #engine: StoreEngine;
  /** What was read, by key: the second reading of a key sees what the first saw. */
  readonly #reads = new Map<string, { key: Buffer; found: StoredEntry | undefined }>();
  readonly #listeners: (() => void)[] = [];
  readonly #ranges: RangeCheck[] = [];
  readonly #writes = new Map<string, { key: Buffer; value: Uint8Array | undefined }>();

  constructor(engine: StoreEngine) {
    this.#engine = engine;
  }

  async #read(key: Buffer): Promise<StoredEntry | undefined> {
    const id = key.toString('latin1');
    const written = this.#writes.get(id);
    if (written) return written.value && { key, value: written.value, version: 0 };
    const known = this.#reads.get(id);
    if (known) return known.found;
    const found = await this.#engine.get(key);
    // Two readings may be under way at once: the first to end stands.
    const first = this.#reads.get(id);
    if (first) return first.found;
    this.#reads.set(id, { key, found });
    return found;
  }

  async get<T>(collection: Collection<T>, key: Key): Promise<T | undefined> {
    const found = await this.#read(encodeKey([collection.name, ...key]));
    return found && (packr.unpack(found.value) as T);
  }

  async entry<T>(collection: Collection<T>, key: Key): Promise<Entry<T> | undefined> {
    const found = await this.#read(encodeKey([collection.name, ...key]));
    return found && decode<T>(found);
  }

  async range<T>(collection: Collection<T>, prefix: Key, options: RangeOptions = {}): Promise<Entry<T>[]> {
    const query = rangeQuery(collection, prefix, options);
    if (query.limit > TRANSACTION_RANGE_MAX)
      throw new RangeError(`a range of ${query.limit} entries in a transaction; ${TRANSACTION_RANGE_MAX} at most`);
    const inside = [...this.#writes.values()].filter(
      (w) => w.key.compare(query.start) >= 0 && w.key.compare(query.end) < 0,
    );
    // Own deletions may hide what was read: ask for as many more.
    const found = await this.#engine.range({ ...query, limit: query.limit + inside.length });
    this.#ranges.push({
      ...query,
      limit: query.limit + inside.length,
      seen: found.map(({ key, version }) => ({ key, version })),
    });
    if (inside.length === 0) return decodeAll<T>(found);
    const merged = new Map(found.map((entry) => [Buffer.from(entry.key).toString('latin1'), entry]));
    for (const { key, value } of inside) {
      if (value) merged.set(key.toString('latin1'), { key, value, version: 0 });
      else merged.delete(key.toString('latin1'));
    }
    const sign = query.reverse ? -1 : 1;
    return decodeAll<T>([...merged.values()].sort((a, b) => sign * Buffer.compare(a.key, b.key)).slice(0, query.limit));
  }

  put<T>(collection: Collection<T>, key: Key, value: T): void {
    const bytes = encodeKey([collection.name, ...key]);
    this.#writes.set(bytes.toString('latin1'), { key: bytes, value: packr.pack(value) });
  }

  delete<T>(collection: Collection<T>, key: Key): void {
    const bytes = encodeKey([collection.name, ...key]);
    this.#writes.set(bytes.toString('latin1'), { key: bytes, value: undefined });
  }

  committed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  get #checks(): KeyCheck[] {
    return [...this.#reads.values()].map(({ key, found }) => ({ key, version: found?.version }));
  }

  /** Whether all that was read stood together. A single read saw one snapshot by itself. */
  async validate(): Promise<boolean> {
    return this.#reads.size + this.#ranges.length <= 1 || this.#engine.commit(this.#checks, this.#ranges, []);
  }

  async commit(): Promise<boolean> {
    if (this.#writes.size === 0) return this.validate();
    return this.#engine.commit(this.#checks, this.#ranges, [...this.#writes.values()]);
  }
}

function rangeQuery(collection: Collection<unknown>, prefix: Key, options: RangeOptions) {
  const base = [collection.name, ...prefix];
  const { startsWith } = options;
  let start = startsWith === undefined ? encodeKey(base) : encodePartial(base, startsWith);
  let end = startsWith === undefined ? afterTuple(start) : afterPrefix(start);
  const { reverse = false } = options;
  const raise = (bound: Buffer) => {
    if (bound.compare(start) > 0) start = bound;
  };
  if (options.from) raise(encodeKey([collection.name, ...options.from]));
  if (options.past !== undefined) raise(afterPrefix(encodePartial(base, options.past)));
  if (options.after) {
    const after = encodeKey([collection.name, ...options.after]);
    if (!reverse) raise(Buffer.concat([after, Buffer.of(0)]));
    else if (after.compare(end) < 0) end = after;
  }
  return { start, end, limit: options.limit ?? RANGE_LIMIT_DEFAULT, reverse };
}

function decode<T>(entry: StoredEntry): Entry<T> {
  return { key: decodeKey(entry.key).slice(1), value: packr.unpack(entry.value) as T, version: entry.version };
}

async function decodeAll<T>(entries: StoredEntry[]): Promise<Entry<T>[]> {
  const out: Entry<T>[] = [];
  let turnMs = performance.now();
  for (const entry of entries) {
    out.push(decode<T>(entry));
    if (performance.now() - turnMs < TURN_MS_MAX) continue;
    await nextTurn();
    turnMs = performance.now();
  }
  return out;
}
