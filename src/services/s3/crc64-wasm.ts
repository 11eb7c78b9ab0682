/**
 * CRC-64/NVME in WebAssembly: JavaScript has no 64-bit integers that are fast, and this check is what S3 computes for every upload that
 * brings none. The module is put together here, from its instructions: it has one memory and one function.
 *
 *     run(crc: i64, from: i32, to: i32) → i64     the check moved on over memory[from, to)
 *
 * Memory: the tables (8 × 256 values of 64 bits) at 0, then room for input.
 */
export const TABLE_BYTES = 8 * 256 * 8;
export const INPUT_BYTES = 64 * 1024;
const PAGES = Math.ceil((TABLE_BYTES + INPUT_BYTES) / 65536);

const I32 = 0x7f;
const I64 = 0x7e;
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const VOID = 0x40;
const LOOP = [0x03, VOID];
const BLOCK = [0x02, VOID];
const END = [0x0b];
const BR_IF = (depth: number) => [0x0d, depth];
const BR = (depth: number) => [0x0c, depth];
const I32_CONST = (value: number) => [0x41, ...signed(BigInt(value))];
const I64_CONST = (value: bigint) => [0x42, ...signed(value)];
const I32_ADD = [0x6a];
const I32_SHL = [0x74];
const I32_GT_U = [0x4b];
const I32_GE_U = [0x4f];
const I32_WRAP_I64 = [0xa7];
const I64_EXTEND_I32_U = [0xad];
const I64_XOR = [0x85];
const I64_AND = [0x83];
const I64_SHR_U = [0x88];
const I64_LOAD = (offset: number) => [0x29, 0, ...unsigned(offset)];
const I32_LOAD8_U = [0x2d, 0, 0];

function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    out.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return out;
}

function signed(value: bigint): number[] {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && !(byte & 0x40)) || (rest === -1n && byte & 0x40)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** The function's parameters. */
const CRC = 0;
const FROM = 1;
const TO = 2;

/** A sequence of instructions. */
const code = (...parts: number[][]): number[] => parts.flat();

/** table[slice][byte of crc at `shift`] */
const lookUp = (slice: number, shift: number) =>
  code(
    get(CRC),
    I64_CONST(BigInt(shift)),
    I64_SHR_U,
    I64_CONST(255n),
    I64_AND,
    I32_WRAP_I64,
    I32_CONST(3),
    I32_SHL,
    I64_LOAD(slice * 2048),
  );

const EIGHT_BYTES = code(
  BLOCK,
  LOOP,
  // Leave when fewer than eight bytes are left.
  code(get(FROM), I32_CONST(8), I32_ADD, get(TO), I32_GT_U, BR_IF(1)),
  code(get(CRC), get(FROM), I64_LOAD(0), I64_XOR, set(CRC)),
  lookUp(7, 0),
  [1, 2, 3, 4, 5, 6, 7].flatMap((byte) => code(lookUp(7 - byte, byte * 8), I64_XOR)),
  set(CRC),
  code(get(FROM), I32_CONST(8), I32_ADD, set(FROM)),
  BR(0),
  END,
  END,
);

const ONE_BYTE = code(
  BLOCK,
  LOOP,
  code(get(FROM), get(TO), I32_GE_U, BR_IF(1)),
  // crc = table[0][(crc ^ byte) & 255] ^ (crc >> 8)
  code(get(CRC), get(FROM), I32_LOAD8_U, I64_EXTEND_I32_U, I64_XOR, I64_CONST(255n), I64_AND),
  code(I32_WRAP_I64, I32_CONST(3), I32_SHL, I64_LOAD(0)),
  code(get(CRC), I64_CONST(8n), I64_SHR_U, I64_XOR, set(CRC)),
  code(get(FROM), I32_CONST(1), I32_ADD, set(FROM)),
  BR(0),
  END,
  END,
);

const sized = (bytes: number[]) => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: number[]) => [id, ...sized(bytes)];
const text = (value: string) => sized([...Buffer.from(value)]);

function assemble(): Uint8Array {
  const body = code([0], EIGHT_BYTES, ONE_BYTE, get(CRC), END);
  const bytes = code(
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, code([1, 0x60], sized([I64, I32, I32]), sized([I64]))),
    section(3, [1, 0]),
    section(5, [1, 0, PAGES]),
    section(7, code([2], text('memory'), [2, 0], text('run'), [0, 0])),
    section(10, code([1], sized(body))),
  );
  return Uint8Array.from(bytes);
}

type Exports = { memory: { buffer: ArrayBuffer }; run(crc: bigint, from: number, to: number): bigint };

/** What Node has and its type declarations leave to the DOM's. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { exports: Exports };
  };
};

/** An instance with its own memory, its tables yet to be filled. */
export function instantiate(): { memory: Uint8Array; run: Exports['run'] } {
  const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports;
  return { memory: new Uint8Array(memory.buffer), run };
}
