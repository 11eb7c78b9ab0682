import { setImmediate } from 'node:timers/promises';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { INPUT_BYTES, instantiate, TABLE_BYTES } from './crc64-wasm.ts';

/**
 * Cyclic redundancy checks that S3 knows, over streams. All three are reflected, start from ones and end inverted; CRC-32 is zlib's.
 */
const POLY_32 = 0xedb88320;
/** Castagnoli. Source: RFC 3720, section 12.1. */
const POLY_32C = 0x82f63b78;
/** Source: NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4: 0xad93d23594c93659, reflected. */
const POLY_64 = 0x9a6c9329ac4bc9b5n;

const SLICES = 8;

export interface Crc {
  update(bytes: Uint8Array): void;
  /** Big-endian. */
  digest(): Buffer;
}

export function crc32(): Crc {
  let value = 0;
  return {
    update: (bytes) => void (value = zlibCrc32(bytes, value)),
    digest: () => bytes32(value),
  };
}

let tables32c: Int32Array | undefined;

export function crc32c(): Crc {
  const table = (tables32c ??= slices32(POLY_32C));
  let crc = -1;
  return {
    update(bytes) {
      crc = run32(table, crc, bytes);
    },
    digest: () => bytes32(~crc >>> 0),
  };
}

/** Slicing by 8: `table[256 * k + b]` is what byte `b` does to the check `k` bytes later. */
function slices32(poly: number): Int32Array {
  const table = new Int32Array(256 * SLICES);
  for (let b = 0; b < 256; b++) {
    let crc = b;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ poly : crc >>> 1;
    table[b] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!;
    table[i] = (before >>> 8) ^ table[before & 0xff]!;
  }
  return table;
}

function run32(table: Int32Array, start: number, bytes: Uint8Array): number {
  let crc = start;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      table[1792 + (crc & 0xff)]! ^
      table[1536 + ((crc >>> 8) & 0xff)]! ^
      table[1280 + ((crc >>> 16) & 0xff)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[i + 4]!]! ^
      table[512 + bytes[i + 5]!]! ^
      table[256 + bytes[i + 6]!]! ^
      table[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/** Shared by all running checks: each comes with its own state, and no call is left half-way. */
let engine: ReturnType<typeof instantiate> | undefined;

export function crc64nvme(): Crc {
  const { memory, run } = (engine ??= withTables(instantiate()));
  let crc = -1n;
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; at += INPUT_BYTES) {
        const piece = bytes.subarray(at, at + INPUT_BYTES);
        memory.set(piece, TABLE_BYTES);
        crc = run(crc, TABLE_BYTES, TABLE_BYTES + piece.length);
      }
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeBigInt64BE(~crc);
      return out;
    },
  };
}

/** Writes the tables of slicing by 8 to where the function looks for them. */
function withTables(made: ReturnType<typeof instantiate>): ReturnType<typeof instantiate> {
  const table = new BigUint64Array(made.memory.buffer, 0, 256 * SLICES);
  for (let b = 0; b < 256; b++) {
    let crc = BigInt(b);
    for (let i = 0; i < 8; i++) crc = crc & 1n ? (crc >> 1n) ^ POLY_64 : crc >> 1n;
    table[b] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!;
    table[i] = (before >> 8n) ^ table[Number(before & 255n)]!;
  }
  return made;
}

function bytes32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

export type CrcName = 'CRC32' | 'CRC32C' | 'CRC64NVME';

/**
 * The check of pieces laid end to end, from each piece's own check (big-endian bytes) and length in bytes. The way of zlib's crc32_combine:
 * a check of A followed by B is A's, moved on by as many zero bytes as B has, plus B's.
 */
export async function combine(algorithm: CrcName, pieces: { digest: Buffer; length: number }[]): Promise<Buffer> {
  const width = algorithm === 'CRC64NVME' ? 64 : 32;
  const shifts = new Map<number, bigint>();
  const poly = algorithm === 'CRC32' ? BigInt(POLY_32) : algorithm === 'CRC32C' ? BigInt(POLY_32C) : POLY_64;
  const ring = polynomials(poly, BigInt(width));
  let crc = 0n;
  for (const [i, { digest, length }] of pieces.entries()) {
    // Ten thousand pieces take 100 ms: let others have their turn.
    if (i % 500 === 499) await setImmediate();
    let shift = shifts.get(length);
    if (shift === undefined) shifts.set(length, (shift = ring.shift(length)));
    crc = ring.multiply(shift, crc) ^ BigInt(`0x${digest.toString('hex')}`);
  }
  return Buffer.from(crc.toString(16).padStart(width / 4, '0'), 'hex');
}

/** Polynomials over GF(2) modulo `poly`, bits reflected: the highest bit is the constant term. */
function polynomials(poly: bigint, width: bigint) {
  const one = 1n << (width - 1n);
  const multiply = (a: bigint, factor: bigint): bigint => {
    let b = factor;
    let product = 0n;
    for (let bit = one; bit > 0n && b !== 0n; bit >>= 1n) {
      if (a & bit) product ^= b;
      b = b & 1n ? (b >> 1n) ^ poly : b >> 1n;
    }
    return product;
  };
  return {
    multiply,
    /** x to the power of 8 times `bytes`. */
    shift(bytes: number): bigint {
      let power = one >> 8n;
      let product = one;
      for (let n = BigInt(bytes); n > 0n; n >>= 1n) {
        if (n & 1n) product = multiply(power, product);
        power = multiply(power, power);
      }
      return product;
    },
  };
}
