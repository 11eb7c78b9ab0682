import type { Readable } from 'node:stream';
import type { Ids } from '../ids.ts';
import { collection, type Store, type Transaction } from '../store/store.ts';

/**
 * Content by id: written once, never changed, durable before it is acknowledged, read whole or in ranges. A blob lives while a record
 * refers to it: `retain` in the transaction that writes the record, `release` in the one that drops it; both count, so a copy costs
 * nothing. What was written but never retained (the process died in between) is swept later.
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

const inline = collection<Uint8Array>('kernel/blob-inline');
const counts = collection<{ count: number }>('kernel/blob-count');
const garbage = collection<{ sinceRealMs: number }>('kernel/blob-garbage');

/** Bytes of inline blobs that no transaction has retained yet, by blob. */
const pending = new WeakMap<Blob, Uint8Array>();

export class Blobs {
  readonly #store: Store;
  readonly #engine: BlobEngine;
  readonly #ids: Ids;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: { store: Store; engine: BlobEngine; ids: Ids }) {
    this.#store = parts.store;
    this.#engine = parts.engine;
    this.#ids = parts.ids;
  }

  /** Stores a stream. Rejects, with nothing kept, when the source does. The blob must be retained by the same process. */
  async put(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<Blob> {
    const iterator = (source instanceof Uint8Array ? once(source) : source)[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let size = 0;
    while (size <= INLINE_BYTES_MAX) {
      const next = await iterator.next();
      if (next.done) {
        const blob = { id: `i${this.#ids.hex(31)}`, size };
        pending.set(blob, Buffer.concat(head));
        return blob;
      }
      head.push(next.value);
      size += next.value.length;
    }
    const id = `f${this.#ids.hex(31)}`;
    return { id, size: await this.#engine.write(id, joined(head, iterator)) };
  }

  /** The content from `start` (inclusive) to `end` (exclusive), in bytes. */
  async *get(blob: Blob, start = 0, end = blob.size): AsyncGenerator<Uint8Array> {
    if (start >= end) return;
    if (blob.id.startsWith('i')) {
      const bytes = pending.get(blob) ?? (await this.#store.get(inline, [blob.id]));
      if (!bytes) throw new Error(`blob ${blob.id} is gone`);
      yield bytes.subarray(start, end);
      return;
    }
    yield* this.#engine.read(blob.id, start, end);
  }

  async bytes(blob: Blob): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.get(blob)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Counts one more reference. */
  async retain(tx: Transaction, blob: Blob): Promise<void> {
    const bytes = pending.get(blob);
    const known = await tx.get(counts, [blob.id]);
    if (bytes && !known) tx.put(inline, [blob.id], bytes);
    tx.put(counts, [blob.id], { count: (known?.count ?? 0) + 1 });
  }

  /** Counts one reference less; content without references is removed. */
  async release(tx: Transaction, blob: Blob): Promise<void> {
    const known = await tx.get(counts, [blob.id]);
    if (known && known.count > 1) {
      tx.put(counts, [blob.id], { count: known.count - 1 });
      return;
    }
    tx.delete(counts, [blob.id]);
    if (blob.id.startsWith('i')) tx.delete(inline, [blob.id]);
    else tx.put(garbage, [blob.id], { sinceRealMs: Date.now() });
  }

  /** Drops content that was put but will not be retained. */
  async discard(blob: Blob): Promise<void> {
    if (!pending.delete(blob) && blob.id.startsWith('f')) await this.#engine.delete(blob.id);
  }

  /** Removes released content; with `orphans`, also what no record ever referred to. Readers that began before keep their open files. */
  async sweep(options: { orphans?: boolean; orphanAgeMs?: number } = {}): Promise<number> {
    let removed = 0;
    for await (const { key } of this.#store.all(garbage)) {
      const id = key[0] as string;
      await this.#engine.delete(id);
      await this.#store.transact((tx) => tx.delete(garbage, [id]));
      removed++;
    }
    if (options.orphans) {
      for await (const { id, writtenRealMs } of this.#engine.list()) {
        if (writtenRealMs > Date.now() - (options.orphanAgeMs ?? ORPHAN_AGE_MS)) continue;
        if (await this.#store.get(counts, [id])) continue;
        await this.#engine.delete(id);
        removed++;
      }
    }
    return removed;
  }

  /** Sweeps now and then, until `stop`. */
  start(intervalMs = 5_000): void {
    let rounds = 0;
    const sweep = () => void this.sweep({ orphans: rounds++ % 720 === 0 }).catch(() => {});
    this.#timer = setInterval(sweep, intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
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
