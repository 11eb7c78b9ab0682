import { crc32, inflateRawSync } from 'node:zlib';
import { DocumentError } from './error.ts';

const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const CENTRAL_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const COMMENT_BYTES_MAX = 65_535;
const ENTRIES_MAX = 10_000;
const FLAG_ENCRYPTED = 1;
const FLAG_UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads every part of a zip archive (APPNOTE 6.3: stored and deflated entries, no zip64, as Office writes) within a bound on the
 * inflated bytes of all of them together, so that a zip bomb is refused before it is unpacked.
 *
 * @throws {DocumentError} `too_large`, `encrypted` or `corrupt`.
 */
export function readZip(bytes: Uint8Array, maxInflatedBytes: number): Map<string, Buffer> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfCentralDirectory(data);
  const count = data.readUInt16LE(end + 10);
  if (count > ENTRIES_MAX)
    throw new DocumentError('too_large', `The archive has ${count} parts; at most ${ENTRIES_MAX} are read.`);
  const parts = new Map<string, Buffer>();
  let at = data.readUInt32LE(end + 16);
  let left = maxInflatedBytes;
  for (let index = 0; index < count; index++) {
    if (at + 46 > data.length || data.readUInt32LE(at) !== CENTRAL_ENTRY) throw corrupt('its directory is damaged');
    const flags = data.readUInt16LE(at + 8);
    const method = data.readUInt16LE(at + 10);
    const crc = data.readUInt32LE(at + 16);
    const packed = data.readUInt32LE(at + 20);
    const nameLength = data.readUInt16LE(at + 28);
    const name = data.toString(flags & FLAG_UTF8 ? 'utf8' : 'latin1', at + 46, at + 46 + nameLength);
    const local = data.readUInt32LE(at + 42);
    at += 46 + nameLength + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
    if (name.endsWith('/')) continue;
    if (flags & FLAG_ENCRYPTED) throw new DocumentError('encrypted', `The part '${name}' of the archive is encrypted.`);
    if (local + 30 > data.length || data.readUInt32LE(local) !== LOCAL_ENTRY)
      throw corrupt(`the part '${name}' is missing`);
    const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    if (start + packed > data.length) throw corrupt(`the part '${name}' is cut short`);
    const part = inflate(name, method, data.subarray(start, start + packed), left, maxInflatedBytes);
    if (crc32(part) !== crc) throw corrupt(`the checksum of '${name}' is wrong`);
    left -= part.length;
    parts.set(name, part);
  }
  return parts;
}

function inflate(name: string, method: number, packed: Buffer, left: number, bound: number): Buffer {
  if (method === STORED && packed.length <= left) return packed;
  if (method !== STORED && method !== DEFLATED) throw corrupt(`the part '${name}' uses compression method ${method}`);
  try {
    if (method === DEFLATED) return inflateRawSync(packed, { maxOutputLength: Math.max(left, 1) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_BUFFER_TOO_LARGE') throw corrupt(`the part '${name}' does not inflate`, error);
  }
  throw new DocumentError('too_large', `The archive inflates to more than ${bound} bytes.`);
}

function endOfCentralDirectory(data: Buffer): number {
  const lowest = Math.max(0, data.length - 22 - COMMENT_BYTES_MAX);
  for (let at = data.length - 22; at >= lowest; at--) {
    if (data.readUInt32LE(at) === END_OF_CENTRAL_DIRECTORY) return at;
  }
  throw corrupt('its directory is missing (cut short?)');
}

const corrupt = (why: string, cause?: unknown): DocumentError =>
  new DocumentError('corrupt', `The archive cannot be read: ${why}.`, { cause });

/**
 * Writes parts as an archive of stored (uncompressed) entries. Another library is handed this instead of the original, so that it
 * inflates nothing and cannot disagree with {@link readZip} on what the archive holds.
 */
export function writeZip(parts: Iterable<readonly [string, Uint8Array]>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (const [name, content] of parts) {
    const path = Buffer.from(name, 'utf8');
    const crc = crc32(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(LOCAL_ENTRY, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(FLAG_UTF8, 6);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(content.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(path.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(CENTRAL_ENTRY, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(FLAG_UTF8, 8);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(content.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(path.length, 28);
    central.writeUInt32LE(offset, 42);
    files.push(local, path, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
    directory.push(central, path);
    offset += 30 + path.length + content.length;
    count += 1;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_OF_CENTRAL_DIRECTORY, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, entries, end]);
}
