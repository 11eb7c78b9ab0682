import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { bunzip2 } from './bzip2.ts';
import { SelectError } from './error.ts';
import type { ScanRange } from './request.ts';

/** Bytes of the object read, and those after decompression. */
export type Counts = { scanned: number; processed: number };

const CHUNK_BYTES = 128 * 1024;

/**
 * The decoded text of an object, in pieces. A scan range is cut so that it holds the records that start within it: it opens after the
 * first delimiter that ends at or after `start`, and closes with the first that ends after `end`.
 *
 * @throws {SelectError} `InvalidTextEncoding`, `TruncatedInput` or `InvalidCompressionFormat`.
 */
export async function* readText(
  path: string,
  size: number,
  options: { compression: 'NONE' | 'GZIP' | 'BZIP2'; range?: ScanRange; recordDelimiter: string; counts: Counts },
): AsyncGenerator<string> {
  const { compression, range, counts } = options;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw new SelectError('InvalidTextEncoding', undefined, { cause: error });
    }
  };
  const bytes =
    range === undefined
      ? readBytes(path, compression, counts)
      : readRange(path, size, range, Buffer.from(options.recordDelimiter), counts);
  let first = true;
  for await (const chunk of bytes) {
    if (first && isUtf16(chunk)) throw new SelectError('InvalidTextEncoding', 'The object looks like UTF-16.');
    first = false;
    const text = decode(chunk);
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

const isUtf16 = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

async function* readBytes(
  path: string,
  compression: 'NONE' | 'GZIP' | 'BZIP2',
  counts: Counts,
): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    if (compression === 'NONE') {
      for await (const chunk of file as AsyncIterable<Buffer>) {
        counts.scanned += chunk.length;
        counts.processed += chunk.length;
        yield chunk;
      }
      return;
    }
    if (compression === 'BZIP2') {
      for await (const block of bunzip2(counted(file, counts))) {
        counts.processed += block.length;
        yield block;
      }
      return;
    }
    yield* gunzip(file, counts);
  } finally {
    file.destroy();
  }
}

async function* counted(file: Readable, counts: Counts): AsyncGenerator<Buffer> {
  for await (const chunk of file as AsyncIterable<Buffer>) {
    counts.scanned += chunk.length;
    yield chunk;
  }
}

async function* gunzip(file: Readable, counts: Counts): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('data', (chunk: Buffer | string) => {
    counts.scanned += chunk.length;
  });
  file.on('error', (error) => inflate.destroy(error));
  file.pipe(inflate);
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      counts.processed += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR')
      throw new SelectError('TruncatedInput', undefined, { cause: error });
    throw error;
  } finally {
    inflate.destroy();
  }
}

async function* readRange(
  path: string,
  size: number,
  range: ScanRange,
  delimiter: Buffer,
  counts: Counts,
): AsyncGenerator<Uint8Array> {
  const start = range.start ?? Math.max(0, size - range.end!);
  const end = range.start === undefined ? size - 1 : (range.end ?? size - 1);
  if (start >= size) return;
  // A record starts at `start` if the bytes before it are a delimiter, so reading begins there.
  const from = Math.max(0, start - delimiter.length);
  const file = createReadStream(path, { start: from, highWaterMark: CHUNK_BYTES });
  let opened = start === 0;
  let carried: Buffer = Buffer.alloc(0);
  let position = from;
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      counts.scanned += chunk.length;
      let data = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      if (!opened) {
        const found = data.indexOf(delimiter);
        if (found === -1) {
          // Keep what may be the first half of a delimiter.
          carried = Buffer.from(data.subarray(Math.max(0, data.length - delimiter.length + 1)));
          position += data.length - carried.length;
          continue;
        }
        opened = true;
        data = data.subarray(found + delimiter.length);
        position += found + delimiter.length;
        if (position > end) return;
      }
      // The closing delimiter ends after byte `end`, so it starts at `end + 1 - length` or later.
      const search = Math.max(0, end + 1 - delimiter.length - position);
      const closing = search < data.length ? data.indexOf(delimiter, search) : -1;
      if (closing !== -1) {
        counts.processed += closing + delimiter.length;
        yield data.subarray(0, closing + delimiter.length);
        return;
      }
      const keep = Math.min(delimiter.length - 1, data.length);
      const ready = data.subarray(0, data.length - keep);
      carried = Buffer.from(data.subarray(data.length - keep));
      position += ready.length;
      counts.processed += ready.length;
      if (ready.length > 0) yield ready;
    }
    if (opened && carried.length > 0) {
      counts.processed += carried.length;
      yield carried;
    }
  } finally {
    file.destroy();
  }
}
