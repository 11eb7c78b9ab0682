import { createReadStream, mkdirSync } from 'node:fs';
import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobEngine } from './blobs.ts';

/** Chunks gathered before one write call: small network chunks would cost a system call each. Bytes. */
const WRITE_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

/** The embedded blob engine: one file a blob, in 256 folders, flushed before it is acknowledged unless `ephemeral`. */
export function openFiles(directory: string, options: { ephemeral?: boolean } = {}): BlobEngine {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const folder = (id: string) => join(directory, id.slice(1, 3));
  const path = (id: string) => join(folder(id), id);
  const made = new Set<string>();

  return {
    async write(id, source) {
      if (!made.has(folder(id))) {
        await mkdir(folder(id), { recursive: true, mode: 0o700 });
        if (!options.ephemeral) await syncFolder(directory);
        made.add(folder(id));
      }
      const file = await open(path(id), 'wx', 0o600);
      let size = 0;
      try {
        let batch: Uint8Array[] = [];
        let held = 0;
        // One write is under way while the next batch gathers.
        let writing: Promise<unknown> = Promise.resolve();
        const flush = async () => {
          await writing;
          const chunks = batch;
          batch = [];
          held = 0;
          writing = writeAll(file, chunks);
          writing.catch(() => {});
        };
        for await (const chunk of source) {
          batch.push(chunk);
          held += chunk.length;
          size += chunk.length;
          if (held >= WRITE_BYTES) await flush();
        }
        await flush();
        await writing;
        if (!options.ephemeral) {
          await file.sync();
          await syncFolder(folder(id));
        }
        await file.close();
        return size;
      } catch (error) {
        await file.close().catch(() => {});
        await unlink(path(id)).catch(() => {});
        throw error;
      }
    },

    read(id, start, end) {
      return createReadStream(path(id), { start, end: end - 1, highWaterMark: READ_BYTES });
    },

    async delete(id) {
      await unlink(path(id)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },

    async *list() {
      for (const name of await readdir(directory).catch(() => [])) {
        for (const id of await readdir(join(directory, name)).catch(() => [])) {
          const found = await stat(join(directory, name, id)).catch(() => undefined);
          if (found) yield { id, writtenRealMs: found.mtimeMs };
        }
      }
    },
  };
}

/** A new name is durable once its folder is flushed. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunks: Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return;
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev(chunks);
  if (bytesWritten === total) return;
  // A short write (disk nearly full, signal): finish the rest plainly.
  await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}
