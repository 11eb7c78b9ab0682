import { open, type FileHandle } from 'node:fs/promises';
import { ConversionError } from './error.ts';

/** GGUF, version 3. Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
const MAGIC = 'GGUF';
const VERSION = 3;
const ALIGNMENT = 32;
/** Of keys and values of a file that is read: more is no model's head. */
const HEAD_BYTES_MAX = 256 * 1024 * 1024;

const TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9, uint64: 10 } as const;

export type Value =
  | { type: 'uint32' | 'int32' | 'float32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'array'; of: 'string'; value: readonly string[] }
  | { type: 'array'; of: 'float32' | 'int32'; value: readonly number[] };

/** Number formats of tensors, by their numbers in GGUF, and bytes of one number. */
export const FORMATS = {
  F32: { code: 0, bytes: 4 },
  F16: { code: 1, bytes: 2 },
  BF16: { code: 30, bytes: 2 },
} as const;
export type Format = keyof typeof FORMATS;

/** A tensor to be written: its shape as safetensors has it, rows first, and its bytes when their turn comes. */
export type Tensor = { name: string; shape: readonly number[]; format: Format; read(): AsyncIterable<Uint8Array> };

const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const sizeOf = ({ shape, format }: Tensor) => shape.reduce((product, size) => product * size, FORMATS[format].bytes);

/** Writes a file. The tensors come one after the other, so that no more than a piece of one is in memory. */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, Value>,
  tensors: readonly Tensor[],
): Promise<void> {
  const parts: Buffer[] = [Buffer.from(MAGIC), u32(VERSION), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) parts.push(text(key), u32(TYPES[value.type]), encode(value));
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape, format } = tensor;
    // GGUF counts dimensions from the innermost.
    parts.push(text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(FORMATS[format].code), u64(offset));
    offset += padded(sizeOf(tensor));
  }
  const head = Buffer.concat(parts);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(head);
    await file.write(Buffer.alloc(padded(head.length) - head.length));
    for (const tensor of tensors) {
      let written = 0;
      for await (const piece of tensor.read()) {
        await file.write(piece);
        written += piece.length;
      }
      if (written !== sizeOf(tensor)) throw new ConversionError(`The tensor ${tensor.name} is cut short.`);
      await file.write(Buffer.alloc(padded(written) - written));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function encode(value: Value): Buffer {
  switch (value.type) {
    case 'string':
      return text(value.value);
    case 'bool':
      return Buffer.from([value.value ? 1 : 0]);
    case 'array': {
      const head = [u32(TYPES[value.of]), u64(value.value.length)];
      if (value.of === 'string') return Buffer.concat([...head, ...value.value.map(text)]);
      const numbers = Buffer.alloc(value.value.length * 4);
      const write = (value.of === 'float32' ? numbers.writeFloatLE : numbers.writeInt32LE).bind(numbers);
      for (const [at, number] of value.value.entries()) write(number, at * 4);
      return Buffer.concat([...head, numbers]);
    }
    default: {
      const bytes = Buffer.alloc(4);
      if (value.type === 'float32') bytes.writeFloatLE(value.value);
      else if (value.type === 'int32') bytes.writeInt32LE(value.value);
      else bytes.writeUInt32LE(value.value);
      return bytes;
    }
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
};

/** Bytes of a value of each type; strings and arrays have a length of their own. */
const SIZES: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

export type GgufHead = { architecture: string; contextTokens: number | undefined; hasChatTemplate: boolean };

/** What a GGUF file says of itself. Throws ConversionError for what is none. */
export async function readGgufHead(path: string): Promise<GgufHead> {
  const file = await open(path, 'r');
  try {
    const reader = new HeadReader(file);
    if ((await reader.bytes(4)).toString('latin1') !== MAGIC) throw new ConversionError('The file is not a GGUF file.');
    const version = (await reader.bytes(4)).readUInt32LE();
    if (version < 2 || version > VERSION) throw new ConversionError(`GGUF version ${version} is not supported.`);
    await reader.length();
    const count = await reader.length();
    const found = new Map<string, string | number>();
    for (let at = 0; at < count; at++) {
      const key = await reader.text();
      const value = await reader.value((await reader.bytes(4)).readUInt32LE());
      if (value !== undefined) found.set(key, value);
    }
    const architecture = found.get('general.architecture');
    if (typeof architecture !== 'string') throw new ConversionError('The GGUF file names no architecture.');
    const context = found.get(`${architecture}.context_length`);
    return {
      architecture,
      contextTokens: typeof context === 'number' ? context : undefined,
      hasChatTemplate: found.has('tokenizer.chat_template'),
    };
  } finally {
    await file.close();
  }
}

class HeadReader {
  readonly #file: FileHandle;
  #held = Buffer.alloc(0);
  #at = 0;
  #read = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#held.length - this.#at < count) {
      const chunk = Buffer.alloc(Math.max(count, 1024 * 1024));
      const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#read);
      this.#read += bytesRead;
      if (bytesRead === 0 || this.#read > HEAD_BYTES_MAX + chunk.length)
        throw new ConversionError('The GGUF file is cut short or damaged.');
      this.#held = Buffer.concat([this.#held.subarray(this.#at), chunk.subarray(0, bytesRead)]);
      this.#at = 0;
    }
    this.#at += count;
    return this.#held.subarray(this.#at - count, this.#at);
  }

  async length(): Promise<number> {
    const value = Number((await this.bytes(8)).readBigUInt64LE());
    if (value > HEAD_BYTES_MAX) throw new ConversionError('The GGUF file is damaged.');
    return value;
  }

  async text(): Promise<string> {
    return (await this.bytes(await this.length())).toString('utf8');
  }

  /** Texts and whole numbers; what else there is is passed over. */
  async value(type: number): Promise<string | number | undefined> {
    if (type === TYPES.string) return this.text();
    if (type === TYPES.array) {
      const of = (await this.bytes(4)).readUInt32LE();
      const count = await this.length();
      if (SIZES[of] === undefined) for (let at = 0; at < count; at++) await this.value(of);
      else await this.bytes(count * SIZES[of]);
      return undefined;
    }
    const size = SIZES[type];
    if (size === undefined) throw new ConversionError(`The GGUF file has a value of an unknown type, ${type}.`);
    const bytes = await this.bytes(size);
    if (type === TYPES.uint32) return bytes.readUInt32LE();
    if (type === TYPES.uint64) return Number(bytes.readBigUInt64LE());
    return undefined;
  }
}
