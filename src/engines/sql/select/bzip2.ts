import { SelectError } from './error.ts';

/** A block holds at most 900,000 symbols of at most 20 bits, plus its tables: with this many bytes at hand it is whole. */
const BLOCK_PACKED_MAX = 2_500_000;
const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const CODE_LENGTH_MAX = 20;
const GROUP_SIZE = 50;
const RUN_A = 0;
const RUN_B = 1;

/**
 * Decompresses bzip2 (one or more streams, as `bzip2` and parallel compressors write), checking every block's CRC. No npm package that is
 * kept up does this as a stream, and Node has no bzip2 of its own.
 *
 * @throws {SelectError} `TruncatedInput` for what is not bzip2, is damaged or cut short.
 */
export async function* bunzip2(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bits = new BitReader();
  const input = source[Symbol.asyncIterator]();
  let ended = false;
  const fill = async (): Promise<void> => {
    while (!ended && bits.bytesLeft < BLOCK_PACKED_MAX) {
      const { done, value } = await input.next();
      if (done) ended = true;
      else bits.append(value);
    }
  };
  try {
    await fill();
    if (bits.bytesLeft === 0) throw damaged('the object is empty');
    while (bits.bytesLeft > 0) {
      if (bits.read(8) !== 0x42 || bits.read(8) !== 0x5a || bits.read(8) !== 0x68)
        throw damaged('it has no bzip2 header');
      const level = bits.read(8) - 0x30;
      if (level < 1 || level > 9) throw damaged('it has no bzip2 header');
      let combined = 0;
      for (;;) {
        await fill();
        const magic = bits.read(24) * 0x1000000 + bits.read(24);
        if (magic === END_MAGIC) break;
        if (magic !== BLOCK_MAGIC) throw damaged('a block is missing');
        const crc = bits.read(32);
        const block = readBlock(bits, level * 100_000);
        if (checksum(block) !== crc) throw damaged('the checksum of a block is wrong');
        combined = (((combined << 1) | (combined >>> 31)) ^ crc) >>> 0;
        yield block;
      }
      if (bits.read(32) !== combined) throw damaged('the checksum of the stream is wrong');
      bits.align();
      await fill();
    }
  } finally {
    await input.return?.();
  }
}

function damaged(why: string): SelectError {
  return new SelectError('TruncatedInput', `BZIP2: ${why}.`);
}

/** Reads bits, the highest of each byte first. */
class BitReader {
  private data: Uint8Array = new Uint8Array(0);
  private at = 0;
  private held = 0;
  private heldBits = 0;

  get bytesLeft(): number {
    return this.data.length - this.at;
  }

  append(chunk: Uint8Array): void {
    this.data = Buffer.concat([this.data.subarray(this.at), chunk]);
    this.at = 0;
  }

  read(count: number): number {
    // Numbers of 32 bits do not fit the shifts below together with what is held.
    if (count > 24) return this.read(count - 16) * 0x10000 + this.read(16);
    while (this.heldBits < count) {
      if (this.at >= this.data.length) throw damaged('it is cut short');
      this.held = ((this.held << 8) | this.data[this.at]!) >>> 0;
      this.at += 1;
      this.heldBits += 8;
    }
    this.heldBits -= count;
    const value = this.held >>> this.heldBits;
    this.held &= this.heldBits === 0 ? 0 : (1 << this.heldBits) - 1;
    return value;
  }

  /** Drops the rest of the byte: a stream ends at a whole one. */
  align(): void {
    this.held = 0;
    this.heldBits = 0;
  }
}

/** A canonical Huffman code: for each length, the first code and where its symbols start. */
type Code = { limit: Int32Array; base: Int32Array; symbols: Uint16Array; shortest: number; longest: number };

function makeCode(lengths: Uint8Array): Code {
  const counts = new Int32Array(CODE_LENGTH_MAX + 2);
  let [shortest, longest] = [CODE_LENGTH_MAX, 0];
  for (const length of lengths) {
    counts[length]! += 1;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
  }
  const symbols = new Uint16Array(lengths.length);
  const limit = new Int32Array(CODE_LENGTH_MAX + 2).fill(-1);
  const base = new Int32Array(CODE_LENGTH_MAX + 2);
  let index = 0;
  let code = 0;
  for (let length = shortest; length <= longest; length++) {
    base[length] = index - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol] === length) symbols[index++] = symbol;
    code += counts[length]!;
    limit[length] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols, shortest, longest };
}

function readSymbol(bits: BitReader, { limit, base, symbols, shortest, longest }: Code): number {
  let length = shortest;
  let code = bits.read(shortest);
  while (code > limit[length]!) {
    length += 1;
    if (length > longest) throw damaged('a code is wrong');
    code = (code << 1) | bits.read(1);
  }
  return symbols[base[length]! + code] ?? 0;
}

function readBlock(bits: BitReader, sizeMax: number): Uint8Array {
  if (bits.read(1) === 1) throw damaged('its blocks are randomised, which bzip2 gave up in version 0.9.5');
  const origin = bits.read(24);
  const used = readUsedBytes(bits);
  const alphabet = used.length + 2;
  const groups = bits.read(3);
  const selectorCount = bits.read(15);
  if (used.length === 0 || groups < 2 || groups > 6 || selectorCount === 0)
    throw damaged('the tables of a block are wrong');
  const selectors = readSelectors(bits, selectorCount, groups);
  const codes = Array.from({ length: groups }, () => readCode(bits, alphabet));

  // Move-to-front and run lengths, decoded to the last column of the Burrows–Wheeler transform.
  const column = new Uint8Array(sizeMax);
  const counts = new Int32Array(256);
  const front = Uint8Array.from(used);
  const end = alphabet - 1;
  let size = 0;
  let run = 0;
  let runBit = 1;
  let code = codes[0]!;
  for (let index = 0; ; index++) {
    if (index % GROUP_SIZE === 0) {
      const selector = selectors[index / GROUP_SIZE];
      if (selector === undefined) throw damaged('a block has too few selectors');
      code = codes[selector]!;
    }
    const symbol = readSymbol(bits, code);
    if (symbol === RUN_A || symbol === RUN_B) {
      run += symbol === RUN_A ? runBit : 2 * runBit;
      runBit *= 2;
      if (run > sizeMax) throw damaged('a run is too long');
      continue;
    }
    if (run > 0) {
      if (size + run > sizeMax) throw damaged('a block is too long');
      column.fill(front[0]!, size, size + run);
      counts[front[0]!]! += run;
      size += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === end) break;
    if (size >= sizeMax) throw damaged('a block is too long');
    const byte = front[symbol - 1]!;
    front.copyWithin(1, 0, symbol - 1);
    front[0] = byte;
    column[size++] = byte;
    counts[byte]! += 1;
  }
  if (origin >= size) throw damaged('the origin of a block is wrong');
  return expandRuns(inverseTransform(column, size, counts, origin));
}

function readUsedBytes(bits: BitReader): number[] {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) if (columns & (0x8000 >> column)) used.push(row * 16 + column);
  }
  return used;
}

function readSelectors(bits: BitReader, count: number, groups: number): Uint8Array {
  const order = Array.from({ length: groups }, (_, index) => index);
  return Uint8Array.from({ length: count }, () => {
    let position = 0;
    while (bits.read(1) === 1) {
      position += 1;
      if (position >= groups) throw damaged('a selector is wrong');
    }
    const [selected] = order.splice(position, 1);
    order.unshift(selected!);
    return selected!;
  });
}

function readCode(bits: BitReader, alphabet: number): Code {
  let length = bits.read(5);
  const lengths = Uint8Array.from({ length: alphabet }, () => {
    while (length >= 1 && length <= CODE_LENGTH_MAX && bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > CODE_LENGTH_MAX) throw damaged('a code length is wrong');
    return length;
  });
  return makeCode(lengths);
}

function inverseTransform(column: Uint8Array, size: number, counts: Int32Array, origin: number): Uint8Array {
  const starts = new Int32Array(256);
  for (let byte = 1; byte < 256; byte++) starts[byte] = starts[byte - 1]! + counts[byte - 1]!;
  const next = new Int32Array(size);
  for (let index = 0; index < size; index++) {
    const byte = column[index]!;
    next[starts[byte]!] = index;
    starts[byte]! += 1;
  }
  const text = new Uint8Array(size);
  let at = next[origin]!;
  for (let index = 0; index < size; index++) {
    text[index] = column[at]!;
    at = next[at]!;
  }
  return text;
}

/** The first stage of bzip2 writes four equal bytes and then how many more follow (0 to 255). */
function expandRuns(packed: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let [from, same] = [0, 0];
  for (let index = 0; index < packed.length; index++) {
    same = index > 0 && packed[index] === packed[index - 1] && same > 0 ? same + 1 : 1;
    if (same === 4 && index + 1 < packed.length) {
      parts.push(packed.subarray(from, index + 1), new Uint8Array(packed[index + 1]!).fill(packed[index]!));
      index += 1;
      from = index + 1;
      same = 0;
    }
  }
  parts.push(packed.subarray(from));
  return Buffer.concat(parts);
}

/** CRC-32 with the highest bit first, as bzip2 has it: the mirror image of zlib's. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

function checksum(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < data.length; index++) crc = (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ data[index]!) & 0xff]!;
  return ~crc >>> 0;
}
