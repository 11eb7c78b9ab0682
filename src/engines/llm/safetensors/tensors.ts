import { open, type FileHandle } from 'node:fs/promises';
import { ConversionError } from './error.ts';
import type { Format } from './gguf-file.ts';

/** Source: https://github.com/huggingface/safetensors, "Format": a head of JSON may have 100 MB. */
const HEAD_BYTES_MAX = 100_000_000;
const PIECE_BYTES = 8 * 1024 * 1024;

export type Stored = {
  file: FileHandle;
  name: string;
  format: Format;
  shape: number[];
  /** In the file, inclusive and exclusive. */
  start: number;
  end: number;
};

/** The tensors of some safetensors files, by name; the caller closes the files. Throws ConversionError. */
export async function openTensors(
  paths: readonly string[],
): Promise<{ tensors: Map<string, Stored>; close(): Promise<void> }> {
  const files: FileHandle[] = [];
  const tensors = new Map<string, Stored>();
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    for (const path of paths) {
      const file = await open(path, 'r');
      files.push(file);
      for (const stored of await readHead(file, path.slice(path.lastIndexOf('/') + 1))) {
        if (tensors.has(stored.name)) throw new ConversionError(`The tensor ${stored.name} is in two files.`);
        tensors.set(stored.name, stored);
      }
    }
    return { tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && (each as number) >= 0);

async function readHead(file: FileHandle, label: string): Promise<Stored[]> {
  const { size } = await file.stat();
  const prefix = Buffer.alloc(8);
  const { bytesRead } = await file.read(prefix, 0, 8, 0);
  const length = bytesRead === 8 ? Number(prefix.readBigUInt64LE()) : Number.NaN;
  if (!(length > 0 && length <= HEAD_BYTES_MAX && 8 + length <= size))
    throw new ConversionError(`${label} is not a safetensors file.`);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, 8);
  let head: unknown;
  try {
    head = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ConversionError(`The head of ${label} is not valid JSON.`, { cause: error });
  }
  if (!isObject(head)) throw new ConversionError(`${label} is not a safetensors file: its head is no object.`);
  return Object.entries(head)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, tensor]) => {
      const { dtype, shape, data_offsets: offsets } = isObject(tensor) ? tensor : {};
      const damaged = new ConversionError(`The tensor ${name} of ${label} is damaged: its bytes do not fit its shape.`);
      if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) throw damaged;
      if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16')
        throw new ConversionError(`The tensor ${name} has the type ${String(dtype)}; F32, F16 and BF16 are supported.`);
      const start = 8 + length + offsets[0]!;
      const end = 8 + length + offsets[1]!;
      const count = shape.reduce((product, each) => product * each, 1);
      if (!(start <= end && end <= size) || end - start !== count * (dtype === 'F32' ? 4 : 2)) throw damaged;
      return { file, name, format: dtype, shape, start, end };
    });
}

/** The bytes as they are. */
export async function* bytesOf({ file, start, end }: Stored, size = PIECE_BYTES): AsyncGenerator<Buffer> {
  for (let at = start; at < end;) {
    const piece = Buffer.alloc(Math.min(size, end - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

/** Numbers as 32-bit floating point. */
export async function* floatsOf(stored: Stored): AsyncGenerator<Uint8Array> {
  for await (const piece of bytesOf(stored)) {
    if (stored.format === 'F32') yield piece;
    else {
      const floats = new Float32Array(piece.length / 2);
      for (let at = 0; at < floats.length; at++) {
        const bits = piece.readUInt16LE(at * 2);
        floats[at] = stored.format === 'BF16' ? ofBits(bits << 16) : ofHalf(bits);
      }
      yield new Uint8Array(floats.buffer);
    }
  }
}

const view = new DataView(new ArrayBuffer(4));
function ofBits(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** IEEE 754 binary16. */
function ofHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/**
 * Query and key weights with the rows of each head in llama.cpp's order: it turns neighbours, where Hugging Face turns a number and the one
 * half a head further. Row `2i + j` of a head is its row `i + j · half`. Source: llama.cpp, convert_hf_to_gguf.py, LlamaModel.permute.
 */
export async function* turned(stored: Stored, heads: number, floats: boolean): AsyncGenerator<Uint8Array> {
  const [rows = 0, columns = 1] = stored.shape;
  const rowsOfHead = rows / heads;
  const bytesOfNumber = stored.format === 'F32' ? 4 : 2;
  const rowBytes = columns * bytesOfNumber;
  const half = rowsOfHead / 2;
  for (let head = 0; head < heads; head++) {
    const start = stored.start + head * rowsOfHead * rowBytes;
    const block = { ...stored, start, end: start + rowsOfHead * rowBytes };
    const pieces: Buffer[] = [];
    for await (const piece of bytesOf(block)) pieces.push(piece);
    const from = Buffer.concat(pieces);
    const to = Buffer.alloc(from.length);
    for (let i = 0; i < half; i++) {
      for (let j = 0; j < 2; j++)
        from.copy(to, (2 * i + j) * rowBytes, (i + j * half) * rowBytes, (i + j * half + 1) * rowBytes);
    }
    if (!floats || stored.format === 'F32') yield to;
    else
      for (let at = 0; at < to.length; at += 2) {
        const bits = to.readUInt16LE(at);
        yield new Uint8Array(Float32Array.of(stored.format === 'BF16' ? ofBits(bits << 16) : ofHalf(bits)).buffer);
      }
  }
}
