import type { Readable } from 'node:stream';
import type { Ids } from '../ids.ts';
import { collection, type Store, type Transaction } from '../store/store.ts';

/**
 * Content by id: written once, never changed, durable before it is acknowledged, read whole or in ranges. A blob lives while a record
 * refers to it: `retain` in the transaction that writes the record, `release` in the one that drops it; both count, so a copy costs
 * nothing. What was written but never retained (the process died in between) is swept later. Content that lost its last reference is
 * left for a while, so that who has just read the record can still read the content.
 *
 * Content up to `INLINE_BYTES_MAX` is kept in the store itself, where it shares the group commit of its record.
 */
export type Blob = {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
};

/** Where large content goes: files, or an S3-compatible store. */
export interface BlobEngine {
  /** Resolves with the size once the content is durable. */
  write(id: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** `start` inclusive, `end` exclusive, in bytes. */
  read(id: string, start: number, end: number): Readable;
  delete(id: string): Promise<void>;
  /** Ids with the real time (ms) they were last written. */
  list(): AsyncIterable<{ id: string; writtenRealMs: number }>;
}

export const INLINE_BYTES_MAX = 16 * 1024;
/** How long unreferred content is left alone: its writer may still be about to refer to it. Real time. */
const ORPHAN_AGE_MS = 60 * 60 * 1000;
/** How long released content can still be opened. Real time. */
const GARBAGE_AGE_MS = 60 * 1000;
/** Rounds of sweeping from one look for orphans to the next. */
const ORPHAN_ROUNDS = 720;
/** Garbage removed in one transaction. */
const SWEEP_BATCH = 100;

const inline = collection<Uint8Array>('kernel/blob-inline');
const counts = collection<{ count: number }>('kernel/blob-count');
const garbage = collection<{ sinceRealMs: number }>('kernel/blob-garbage');

/** How the engines call content that is not there. */
const GONE_CODES = new Set(['ENOENT', 'NoSuchKey']);

/** What this process has put: an inline blob's bytes, which its first `retain` stores, or true for one that the engine holds. */
const fresh = new WeakMap<Blob, Uint8Array | true>();

/** The content is no more, or never was: its last reference was released, or `retain` was given a blob that `put` did not return. */
export class BlobGoneError extends Error {
  override readonly name = 'BlobGoneError';
  constructor(id: string, options?: ErrorOptions) {
    super(`blob ${id} is gone`, options);
  }
}

export class Blobs {
  readonly #store: Store;
  readonly #engine: BlobEngine;
  readonly #ids: Ids;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(parts: { store: Store; engine: BlobEngine; ids: Ids }) {
    this.#store = parts.store;
    this.#engine = parts.engine;
    this.#ids = parts.ids;
  }

  /** Stores a stream. Rejects, with nothing kept, when the source does. The very object returned must be retained, by this process. */
  async put(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<Blob> {
    const iterator = (source instanceof Uint8Array ? once(source) : source)[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let size = 0;
    while (size <= INLINE_BYTES_MAX) {
      const next = await iterator.next();
      if (next.done) {
        const blob = { id: `i${this.#ids.hex(31)}`, size };
        fresh.set(blob, Buffer.concat(head));
        return blob;
      }
      head.push(next.value);
      size += next.value.length;
    }
    const id = `f${this.#ids.hex(31)}`;
    const blob = { id, size: await this.#engine.write(id, joined(head, iterator)) };
    fresh.set(blob, true);
    return blob;
  }

  /** The content from `start` (inclusive) to `end` (exclusive), in bytes. Throws BlobGoneError. */
  async *get(blob: Blob, start = 0, end = blob.size): AsyncGenerator<Uint8Array> {
    const until = Math.min(end, blob.size);
    if (start >= until) return;
    if (blob.id.startsWith('i')) {
      const bytes = (await this.#store.get(inline, [blob.id])) ?? fresh.get(blob);
      if (!(bytes instanceof Uint8Array)) throw new BlobGoneError(blob.id);
      yield bytes.subarray(start, until);
      return;
    }
    try {
      yield* this.#engine.read(blob.id, start, until);
    } catch (error) {
      throw GONE_CODES.has((error as { code?: string }).code ?? '')
        ? new BlobGoneError(blob.id, { cause: error })
        : error;
    }
  }

  async bytes(blob: Blob): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.get(blob)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Counts one more reference. Throws BlobGoneError when there is no content to refer to. */
  async retain(tx: Transaction, blob: Blob): Promise<void> {
    const known = await tx.get(counts, [blob.id]);
    if (!known) {
      const bytes = fresh.get(blob);
      if (bytes === undefined || (await tx.get(garbage, [blob.id]))) throw new BlobGoneError(blob.id);
      if (bytes !== true) tx.put(inline, [blob.id], bytes);
    }
    tx.put(counts, [blob.id], { count: (known?.count ?? 0) + 1 });
  }

  /** Counts one reference less; content without references is removed by and by. */
  async release(tx: Transaction, blob: Blob): Promise<void> {
    const known = await tx.get(counts, [blob.id]);
    if (known && known.count > 1) {
      tx.put(counts, [blob.id], { count: known.count - 1 });
      return;
    }
    tx.delete(counts, [blob.id]);
    tx.put(garbage, [blob.id], { sinceRealMs: Date.now() });
  }

  /** Drops content that was put but will not be retained; what has been retained meanwhile stays. */
  async discard(blob: Blob): Promise<void> {
    if (fresh.get(blob) !== true || (await this.#store.get(counts, [blob.id]))) return;
    fresh.delete(blob);
    await this.#engine.delete(blob.id);
  }

  /** Removes content released long enough ago; with `orphans`, also what no record ever referred to. Readers that have begun go on. */
  async sweep(options: { orphans?: boolean; orphanAgeMs?: number; garbageAgeMs?: number } = {}): Promise<number> {
    const { orphans = false, orphanAgeMs = ORPHAN_AGE_MS, garbageAgeMs = GARBAGE_AGE_MS } = options;
    let removed = 0;
    let batch: string[] = [];
    const flush = async () => {
      const ids = batch;
      batch = [];
      for (const id of ids) if (id.startsWith('f')) await this.#engine.delete(id);
      await this.#store.transact((tx) => {
        for (const id of ids) {
          tx.delete(garbage, [id]);
          if (id.startsWith('i')) tx.delete(inline, [id]);
        }
      });
      removed += ids.length;
    };
    for await (const { key, value } of this.#store.all(garbage)) {
      if (value.sinceRealMs > Date.now() - garbageAgeMs) continue;
      batch.push(key[0] as string);
      if (batch.length >= SWEEP_BATCH) await flush();
    }
    if (batch.length > 0) await flush();
    if (orphans) {
      for await (const { id, writtenRealMs } of this.#engine.list()) {
        if (writtenRealMs > Date.now() - orphanAgeMs) continue;
        if ((await this.#store.get(counts, [id])) || (await this.#store.get(garbage, [id]))) continue;
        await this.#engine.delete(id);
        removed++;
      }
    }
    return removed;
  }

  /** Sweeps now and then, until `stop`. */
  start(intervalMs = 5_000): void {
    clearInterval(this.#timer);
    let rounds = 0;
    const sweep = () => {
      this.#sweeping ??= this.sweep({ orphans: rounds++ % ORPHAN_ROUNDS === 0 })
        .then(
          () => {},
          () => {}, // The store or the disk fails: calls say so, and the next round tries again.
        )
        .finally(() => (this.#sweeping = undefined));
    };
    this.#timer = setInterval(sweep, intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

async function* joined(head: Uint8Array[], rest: AsyncIterator<Uint8Array>) {
  try {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
