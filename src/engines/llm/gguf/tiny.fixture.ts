/**
 * Writes GGUF files of tiny llama models for tests (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): one block, 128
 * dimensions, a SentencePiece vocabulary of bytes, printable characters and pieces of the test's choice.
 */
import { writeFile } from 'node:fs/promises';

const DIMENSIONS = 128;
const FEED_FORWARD = 256;
const HEADS = 4;
const ALIGNMENT = 32;

const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;

const CHATML =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export type TinyModel = {
  /** Of all random weights. */
  seed: number;
  contextLength?: number;
  /**
   * Pieces that the model says one after the other, each certain given the one before it, in answer to any prompt that ends in a
   * newline; so each may occur once. After the last the answer ends, or, with `loop`, the pieces from that one on come again.
   * Absent: all weights are random.
   */
  script?: string[];
  loop?: number;
  chatTemplate?: string;
};

/** Writes the model; the same arguments give the same bytes. */
export async function writeTinyModel(path: string, model: TinyModel): Promise<void> {
  const tokens = vocabulary(model.script ?? []);
  const random = normal(model.seed);
  const matrix = (rows: number, columns: number, scale: number) =>
    Float32Array.from({ length: rows * columns }, () => random() * scale);
  const scripted = model.script !== undefined;
  const embedding = scripted
    ? Float32Array.from({ length: tokens.length * DIMENSIONS }, () => (random() < 0 ? -1 : 1))
    : matrix(tokens.length, DIMENSIONS, 1);
  const output = scripted ? successorMatrix(tokens, embedding, model) : matrix(tokens.length, DIMENSIONS, 0.15);
  // A scripted model must see nothing but the last token, so what its block adds is nought.
  const block = scripted ? 0 : 0.1;
  const ones = () => new Float32Array(DIMENSIONS).fill(1);
  const tensors: [name: string, shape: number[], data: Float32Array][] = [
    ['token_embd.weight', [DIMENSIONS, tokens.length], embedding],
    ['blk.0.attn_norm.weight', [DIMENSIONS], ones()],
    ['blk.0.attn_q.weight', [DIMENSIONS, DIMENSIONS], matrix(DIMENSIONS, DIMENSIONS, 0.1)],
    ['blk.0.attn_k.weight', [DIMENSIONS, DIMENSIONS], matrix(DIMENSIONS, DIMENSIONS, 0.1)],
    ['blk.0.attn_v.weight', [DIMENSIONS, DIMENSIONS], matrix(DIMENSIONS, DIMENSIONS, 0.1)],
    ['blk.0.attn_output.weight', [DIMENSIONS, DIMENSIONS], matrix(DIMENSIONS, DIMENSIONS, block)],
    ['blk.0.ffn_norm.weight', [DIMENSIONS], ones()],
    ['blk.0.ffn_gate.weight', [DIMENSIONS, FEED_FORWARD], matrix(DIMENSIONS, FEED_FORWARD, 0.1)],
    ['blk.0.ffn_up.weight', [DIMENSIONS, FEED_FORWARD], matrix(DIMENSIONS, FEED_FORWARD, 0.1)],
    ['blk.0.ffn_down.weight', [FEED_FORWARD, DIMENSIONS], matrix(FEED_FORWARD, DIMENSIONS, block)],
    ['output_norm.weight', [DIMENSIONS], ones()],
    ['output.weight', [DIMENSIONS, tokens.length], output],
  ];
  const metadata: [key: string, type: number, value: unknown][] = [
    ['general.architecture', STRING, 'llama'],
    ['general.name', STRING, 'tiny'],
    ['llama.context_length', UINT32, model.contextLength ?? 512],
    ['llama.embedding_length', UINT32, DIMENSIONS],
    ['llama.block_count', UINT32, 1],
    ['llama.feed_forward_length', UINT32, FEED_FORWARD],
    ['llama.attention.head_count', UINT32, HEADS],
    ['llama.attention.head_count_kv', UINT32, HEADS],
    ['llama.attention.layer_norm_rms_epsilon', FLOAT32, 1e-5],
    ['llama.rope.dimension_count', UINT32, DIMENSIONS / HEADS],
    ['llama.vocab_size', UINT32, tokens.length],
    ['tokenizer.ggml.model', STRING, 'llama'],
    ['tokenizer.ggml.tokens', ARRAY, [STRING, tokens.map(([piece]) => piece)]],
    ['tokenizer.ggml.scores', ARRAY, [FLOAT32, tokens.map((_, id) => -id)]],
    ['tokenizer.ggml.token_type', ARRAY, [INT32, tokens.map(([, type]) => type)]],
    ['tokenizer.ggml.unknown_token_id', UINT32, 0],
    ['tokenizer.ggml.bos_token_id', UINT32, 1],
    ['tokenizer.ggml.eos_token_id', UINT32, 2],
    ['tokenizer.ggml.add_bos_token', BOOL, true],
    ['tokenizer.ggml.add_space_prefix', BOOL, false],
    ['tokenizer.chat_template', STRING, model.chatTemplate ?? CHATML],
  ];
  await writeFile(path, encode(metadata, tensors));
}

type Token = [piece: string, type: number];

function vocabulary(script: string[]): Token[] {
  const tokens: Token[] = [
    ['<unk>', UNKNOWN],
    ['<s>', CONTROL],
    ['</s>', CONTROL],
    ['<|im_start|>', CONTROL],
    ['<|im_end|>', CONTROL],
  ];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push([`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, BYTE]);
  }
  tokens.push(['▁', NORMAL]);
  for (let code = 33; code < 127; code++) tokens.push([String.fromCharCode(code), NORMAL]);
  for (const piece of script) {
    const spaced = piece.replaceAll(' ', '▁');
    if (tokens.some(([known]) => known === spaced)) continue;
    // Marks such as <think> are single tokens in the vocabularies of models that have them.
    tokens.push([spaced, /^<.+>$/.test(piece) ? USER_DEFINED : NORMAL]);
  }
  return tokens;
}

/** Output weights by which every piece of the script makes the next one certain, and the last one the end. */
function successorMatrix(tokens: Token[], embedding: Float32Array, model: TinyModel): Float32Array {
  const script = model.script ?? [];
  const idOf = (piece: string) => tokens.findIndex(([known]) => known === piece.replaceAll(' ', '▁'));
  const chain = ['<0x0A>', ...script].map(idOf);
  chain.push(model.loop === undefined ? 2 : idOf(script[model.loop]!));
  const output = new Float32Array(tokens.length * DIMENSIONS);
  for (let at = 0; at + 1 < chain.length; at++) {
    const [from, to] = [chain[at]!, chain[at + 1]!];
    for (let d = 0; d < DIMENSIONS; d++) output[to * DIMENSIONS + d]! += embedding[from * DIMENSIONS + d]!;
  }
  return output;
}

/** Standard normal numbers that a seed determines (mulberry32, Box-Muller). */
function normal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function encode(metadata: [string, number, unknown][], tensors: [string, number[], Float32Array][]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)];
  for (const [key, type, value] of metadata) parts.push(text(key), u32(type), encodeValue(type, value));
  let offset = 0;
  for (const [name, shape, data] of tensors) {
    parts.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    offset += padded(data.byteLength);
  }
  const header = Buffer.concat(parts);
  const blocks = tensors.map(([, , data]) =>
    Buffer.concat([Buffer.from(data.buffer), Buffer.alloc(padded(data.byteLength) - data.byteLength)]),
  );
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...blocks]);
}

function encodeValue(type: number, value: unknown): Buffer {
  if (type === STRING) return text(value as string);
  if (type === BOOL) return Buffer.from([value ? 1 : 0]);
  if (type === ARRAY) {
    const [of, values] = value as [number, unknown[]];
    return Buffer.concat([u32(of), u64(values.length), ...values.map((each) => encodeValue(of, each))]);
  }
  const buffer = Buffer.alloc(4);
  if (type === FLOAT32) buffer.writeFloatLE(value as number);
  else if (type === INT32) buffer.writeInt32LE(value as number);
  else buffer.writeUInt32LE(value as number);
  return buffer;
}

const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const u32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const u64 = (value: number) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
};
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
