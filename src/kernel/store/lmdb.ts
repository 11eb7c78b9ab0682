import { mkdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { firstVersion, sameRange } from './engine.ts';
import type { KeyCheck, RangeCheck, RangeQuery, StoredEntry, StoreEngine, Write } from './engine.ts';

/** A long range gives the event loop its turn after this many ms. */
const TURN_MS_MAX = 5;

/**
 * The embedded engine: LMDB. Reads are synchronous memory-map look-ups; writes are grouped into one flushed commit off the event loop.
 * Several processes may open one directory. A value is stored behind its version (8 bytes, little-endian double).
 * `shared`: other processes write this store too, so every read looks for what they have committed; by itself LMDB's binding keeps one
 * snapshot for up to a millisecond, long enough to miss a write that another process has acknowledged.
 */
export function openLmdb(directory: string, options: { ephemeral?: boolean; shared?: boolean } = {}): StoreEngine {
  mkdirSync(directory, { recursive: true });
  const db: RootDatabase<Buffer, Buffer> = open({
    path: directory,
    encoding: 'binary',
    keyEncoding: 'binary',
    // By default a put is acknowledged before its flush; here an acknowledged write must survive power loss.
    overlappingSync: false,
    // An ephemeral store lives as long as its process: nothing to flush for.
    noSync: options.ephemeral === true,
    // Pages are cleared before they are used: else whatever the process had in that memory (content, keys) went to the disk in clear.
    noMemInit: false,
    maxReaders: 512,
  });
  return new LmdbEngine(db, options.shared === true);
}

class LmdbEngine implements StoreEngine {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #shared: boolean;
  #closed = false;
  #committing = 0;
  /**
   * While a commit waits for its validation on the event loop, LMDB's thread holds the write lock of all processes; `process.exit` would
   * wait for that thread, and it for the event loop, for ever. Nothing acknowledged depends on a commit under way: end at once.
   */
  readonly #onExit = () => {
    if (this.#committing > 0) process.kill(process.pid, 'SIGKILL');
  };
  constructor(db: RootDatabase<Buffer, Buffer>, shared: boolean) {
    this.#db = db;
    this.#shared = shared;
    process.on('exit', this.#onExit);
  }

  /** The native side does not forgive the use of a closed environment. */
  #open(): void {
    if (this.#closed) throw new Error('the store is closed');
  }

  #fresh(): void {
    this.#open();
    if (this.#shared) this.#db.resetReadTxn();
  }

  #get(key: Uint8Array): StoredEntry | undefined {
    const raw = this.#db.get(key as Buffer);
    return raw && unpack(key, raw);
  }

  /** The version alone, without a copy of the value. */
  #version(key: Uint8Array): number | undefined {
    return this.#db.getBinaryFast(key as Buffer)?.readDoubleLE(0);
  }

  async get(key: Uint8Array): Promise<StoredEntry | undefined> {
    this.#fresh();
    return this.#get(key);
  }

  /** In one snapshot. */
  *#range({ start, end, reverse, limit }: RangeQuery): Generator<StoredEntry> {
    if (limit <= 0 || Buffer.compare(start, end) >= 0) return;
    const bounds = reverse ? { start: end, end: start } : { start, end };
    // In reverse LMDB includes its `start` and excludes its `end`; ours are the other way round.
    const options = { ...bounds, reverse, exclusiveStart: reverse, inclusiveEnd: reverse };
    let count = 0;
    for (const { key, value } of this.#db.getRange(options) as Iterable<{ key: Buffer; value: Buffer }>) {
      yield unpack(key, value);
      if (++count >= limit) return;
    }
  }

  async range(query: RangeQuery): Promise<StoredEntry[]> {
    this.#fresh();
    const out: StoredEntry[] = [];
    let turnMs = performance.now();
    for (const entry of this.#range(query)) {
      out.push(entry);
      if (performance.now() - turnMs < TURN_MS_MAX) continue;
      await nextTurn();
      this.#open();
      turnMs = performance.now();
    }
    return out;
  }

  #hold(checks: KeyCheck[], ranges: RangeCheck[]): boolean {
    return (
      checks.every(({ key, version }) => this.#version(key) === version) &&
      ranges.every((check) => sameRange([...this.#range(check)], check))
    );
  }

  async commit(checks: KeyCheck[], ranges: RangeCheck[], writes: Write[]): Promise<boolean> {
    this.#fresh();
    // Reads of one turn see one snapshot: nothing to lock, nothing to flush.
    if (writes.length === 0) return this.#hold(checks, ranges);
    this.#committing++;
    try {
      return await this.#transaction(checks, ranges, writes);
    } finally {
      this.#committing--;
    }
  }

  #transaction(checks: KeyCheck[], ranges: RangeCheck[], writes: Write[]): Promise<boolean> {
    return this.#db.transaction(() => {
      if (!this.#hold(checks, ranges)) return false;
      for (const { key, value } of writes) {
        if (value === undefined) void this.#db.remove(key as Buffer);
        else void this.#db.put(key as Buffer, pack((this.#version(key) ?? firstVersion()) + 1, value));
      }
      return true;
    });
  }

  async clear(): Promise<void> {
    this.#open();
    await this.#db.clearAsync();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#db.close();
    process.off('exit', this.#onExit);
  }
}

function pack(version: number, value: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(8 + value.length);
  out.writeDoubleLE(version, 0);
  out.set(value, 8);
  return out;
}

function unpack(key: Uint8Array, raw: Buffer): StoredEntry {
  // LMDB may reuse the memory behind a value after the next write: copy the value out.
  return {
    key: Uint8Array.prototype.slice.call(key),
    value: Uint8Array.prototype.slice.call(raw, 8),
    version: raw.readDoubleLE(0),
  };
}
