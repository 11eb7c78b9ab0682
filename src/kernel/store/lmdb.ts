import { mkdirSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import { firstVersion, sameRange } from './engine.ts';
import type { KeyCheck, RangeCheck, RangeQuery, StoredEntry, StoreEngine, Write } from './engine.ts';

/**
 * The embedded engine: LMDB. Reads are synchronous memory-map look-ups; writes are grouped into one flushed commit off the event loop.
 * Several processes may open one directory. A value is stored behind its version (8 bytes, little-endian double).
 */
export function openLmdb(directory: string, options: { ephemeral?: boolean } = {}): StoreEngine {
  mkdirSync(directory, { recursive: true });
  const db: RootDatabase<Buffer, Buffer> = open({
    path: directory,
    encoding: 'binary',
    keyEncoding: 'binary',
    // By default a put is acknowledged before its flush; here an acknowledged write must survive power loss.
    overlappingSync: false,
    // An ephemeral store lives as long as its process: nothing to flush for.
    noSync: options.ephemeral === true,
    noMemInit: true,
    maxReaders: 512,
  });
  return new LmdbEngine(db);
}

class LmdbEngine implements StoreEngine {
  readonly #db: RootDatabase<Buffer, Buffer>;
  constructor(db: RootDatabase<Buffer, Buffer>) {
    this.#db = db;
  }

  #get(key: Uint8Array): StoredEntry | undefined {
    const raw = this.#db.get(key as Buffer);
    return raw && unpack(key, raw);
  }

  get(key: Uint8Array): Promise<StoredEntry | undefined> {
    return Promise.resolve(this.#get(key));
  }

  #range(query: RangeQuery): StoredEntry[] {
    if (Buffer.compare(query.start, query.end) >= 0) return [];
    const { reverse, limit } = query;
    const bounds = reverse ? { start: query.end, end: query.start } : { start: query.start, end: query.end };
    const out: StoredEntry[] = [];
    // In reverse LMDB includes `start` and excludes `end`; ours are the other way round.
    const more = reverse ? 2 : 0;
    for (const { key, value } of this.#db.getRange({ ...bounds, reverse, limit: limit + more }) as Iterable<{
      key: Buffer;
      value: Buffer;
    }>) {
      if (reverse && Buffer.compare(key, query.end) >= 0) continue;
      if (out.length >= limit) break;
      out.push(unpack(key, value));
    }
    if (reverse && out.length < limit) {
      const first = this.#get(query.start);
      if (first && !out.some((entry) => Buffer.compare(entry.key, query.start) === 0)) out.push(first);
    }
    return out;
  }

  range(query: RangeQuery): Promise<StoredEntry[]> {
    return Promise.resolve(this.#range(query));
  }

  async commit(checks: KeyCheck[], ranges: RangeCheck[], writes: Write[]): Promise<boolean> {
    return this.#db.transaction(() => {
      for (const { key, version } of checks) if (this.#get(key)?.version !== version) return false;
      for (const check of ranges) if (!sameRange(this.#range(check), check)) return false;
      for (const { key, value } of writes) {
        if (value === undefined) void this.#db.remove(key as Buffer);
        else void this.#db.put(key as Buffer, pack((this.#get(key)?.version ?? firstVersion()) + 1, value));
      }
      return true;
    });
  }

  async clear(): Promise<void> {
    await this.#db.clearAsync();
  }

  close(): Promise<void> {
    return this.#db.close();
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
