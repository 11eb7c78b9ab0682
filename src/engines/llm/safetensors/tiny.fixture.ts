/**
 * Tiny models in Hugging Face's form, and their answers worked out by hand: a transformer in plain numbers, written after the papers and
 * Hugging Face's modeling_llama.py, that shares nothing with llama.cpp.
 */
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz .,:?0123456789';

export type TinyOptions = {
  /** Numbers in [0, 1). */
  random: () => number;
  architecture?: 'LlamaForCausalLM' | 'MistralForCausalLM' | 'Qwen2ForCausalLM' | 'Qwen3ForCausalLM';
  dtype?: 'F32' | 'BF16' | 'F16';
  chatTemplate?: boolean;
  /** `tokenizer.model` in place of `tokenizer.json`. */
  sentencePiece?: boolean;
  /** Llama 3.1's stretching of positions. */
  stretched?: boolean;
};

const LAYERS = 2;
const HIDDEN = 64;
const HEADS = 4;
const KEY_HEADS = 2;
const HEAD = 16;
const FEED = 96;
const CONTEXT = 256;
const THETA = 10_000;
const EPSILON = 1e-5;

type Matrix = { shape: number[]; data: Float32Array };

export function tinyModel({
  random,
  architecture = 'LlamaForCausalLM',
  dtype = 'F32',
  chatTemplate = false,
  sentencePiece = false,
  stretched = false,
}: TinyOptions) {
  const spoken = CHARACTERS.split('');
  const isByteLevel = architecture.startsWith('Qwen');
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const special = ['<unk>', '<s>', '</s>'];
  // SentencePiece writes a space as ▁, byte-level vocabularies as Ġ.
  const pieces = spoken.map((each) => (each === ' ' ? (isByteLevel ? 'Ġ' : '▁') : each));
  const tokens = isByteLevel ? [...special, ...pieces] : [...special, ...bytes, ...pieces];
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const weights = new Map<string, Matrix>();
  const make = (name: string, shape: number[], scale: number, mean = 0) => {
    const count = shape.reduce((product, size) => product * size, 1);
    weights.set(name, {
      shape,
      data: Float32Array.from({ length: count }, () => rounded(mean + scale * normal(), dtype)),
    });
  };
  make('model.embed_tokens.weight', [tokens.length, HIDDEN], 1);
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = (name: string) => `model.layers.${layer}.${name}`;
    make(at('input_layernorm.weight'), [HIDDEN], 0.1, 1);
    make(at('self_attn.q_proj.weight'), [HEADS * HEAD, HIDDEN], 0.3);
    make(at('self_attn.k_proj.weight'), [KEY_HEADS * HEAD, HIDDEN], 0.3);
    make(at('self_attn.v_proj.weight'), [KEY_HEADS * HEAD, HIDDEN], 0.2);
    make(at('self_attn.o_proj.weight'), [HIDDEN, HEADS * HEAD], 0.2);
    if (architecture === 'Qwen2ForCausalLM') {
      make(at('self_attn.q_proj.bias'), [HEADS * HEAD], 0.5);
      make(at('self_attn.k_proj.bias'), [KEY_HEADS * HEAD], 0.5);
      make(at('self_attn.v_proj.bias'), [KEY_HEADS * HEAD], 0.5);
    }
    if (architecture === 'Qwen3ForCausalLM') {
      make(at('self_attn.q_norm.weight'), [HEAD], 0.1, 1);
      make(at('self_attn.k_norm.weight'), [HEAD], 0.1, 1);
    }
    make(at('post_attention_layernorm.weight'), [HIDDEN], 0.1, 1);
    make(at('mlp.gate_proj.weight'), [FEED, HIDDEN], 0.2);
    make(at('mlp.up_proj.weight'), [FEED, HIDDEN], 0.2);
    make(at('mlp.down_proj.weight'), [HIDDEN, FEED], 0.2);
  }
  make('model.norm.weight', [HIDDEN], 0.1, 1);
  make('lm_head.weight', [tokens.length, HIDDEN], 0.5);
  // What is no character is never said.
  const head = weights.get('lm_head.weight')!.data;
  for (let id = 0; id < tokens.length - spoken.length; id++) head.fill(0, id * HIDDEN, (id + 1) * HIDDEN);

  const config = {
    architectures: [architecture],
    hidden_size: HIDDEN,
    intermediate_size: FEED,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: KEY_HEADS,
    head_dim: HEAD,
    max_position_embeddings: CONTEXT,
    rms_norm_eps: EPSILON,
    rope_theta: THETA,
    vocab_size: tokens.length,
    hidden_act: 'silu',
    bos_token_id: 1,
    eos_token_id: 2,
    ...(stretched ? { rope_scaling: { rope_type: 'llama3', ...STRETCH } } : {}),
  };
  const tokenizer = {
    added_tokens: special.map((content, id) => ({ id, content, special: true })),
    normalizer: isByteLevel ? null : { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: isByteLevel ? { type: 'ByteLevel', add_prefix_space: false, use_regex: true } : null,
    post_processor: null,
    model: { type: 'BPE', vocab: vocabulary, merges: [], byte_fallback: !isByteLevel, unk_token: '<unk>' },
  };
  const tokenizerConfig = {
    add_bos_token: true,
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
    ...(chatTemplate
      ? { chat_template: "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }} {% endfor %}" }
      : {}),
  };
  const files: Record<string, Buffer> = {
    'config.json': Buffer.from(JSON.stringify(config)),
    'model.safetensors': safetensors(weights, dtype),
    ...(sentencePiece
      ? { 'tokenizer.model': sentencePieces(tokens) }
      : { 'tokenizer.json': Buffer.from(JSON.stringify(tokenizer)) }),
    'tokenizer_config.json': Buffer.from(JSON.stringify(tokenizerConfig)),
  };
  const idOf = (character: string) => vocabulary[pieces[spoken.indexOf(character)]!]!;
  return {
    files,
    weights,
    /** What the model goes on with, the likeliest character after character; and how clear the least clear choice was, in logits. */
    goOn(prompt: string, count: number): { text: string; margin: number } {
      const ids = [1, ...prompt.split('').map(idOf)];
      let text = '';
      let margin = Infinity;
      for (let step = 0; step < count; step++) {
        const logits = forward(weights, ids, stretched);
        const ranked = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
        margin = Math.min(margin, logits[ranked[0]!]! - logits[ranked[1]!]!);
        const best = ranked[0]!;
        ids.push(best);
        text += spoken[best - (tokens.length - spoken.length)] ?? '\u{FFFD}';
      }
      return { text, margin };
    },
  };
}

/** The logits after the last token. */
function forward(weights: Map<string, Matrix>, ids: number[], stretched: boolean): Float64Array {
  const of = (name: string) => weights.get(name);
  const embedding = of('model.embed_tokens.weight')!;
  let states = ids.map((id) => Float64Array.from(embedding.data.subarray(id * HIDDEN, (id + 1) * HIDDEN)));
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = (name: string) => of(`model.layers.${layer}.${name}`);
    const queries: Float64Array[][] = [];
    const keys: Float64Array[][] = [];
    const values: Float64Array[][] = [];
    for (const [position, state] of states.entries()) {
      const normed = norm(state, at('input_layernorm.weight')!.data);
      const project = (name: string, heads: number, turn: boolean) => {
        const bias = at(`self_attn.${name}_proj.bias`)?.data;
        const flat = times(at(`self_attn.${name}_proj.weight`)!, normed).map((x, i) => x + (bias?.[i] ?? 0));
        const scale = at(`self_attn.${name}_norm.weight`)?.data;
        return Array.from({ length: heads }, (_, head) => {
          let part: Float64Array = flat.slice(head * HEAD, (head + 1) * HEAD);
          if (scale) part = norm(part, scale);
          return turn ? rotated(part, position, stretched) : part;
        });
      };
      queries.push(project('q', HEADS, true));
      keys.push(project('k', KEY_HEADS, true));
      values.push(project('v', KEY_HEADS, false));
    }
    states = states.map((state, position) => {
      const mixed = new Float64Array(HEADS * HEAD);
      for (let head = 0; head < HEADS; head++) {
        const group = Math.floor(head / (HEADS / KEY_HEADS));
        const scores = keys
          .slice(0, position + 1)
          .map((key) => dot(queries[position]![head]!, key[group]!) / Math.sqrt(HEAD));
        const top = Math.max(...scores);
        const shares = scores.map((score) => Math.exp(score - top));
        const total = shares.reduce((sum, share) => sum + share, 0);
        for (const [earlier, share] of shares.entries())
          for (let i = 0; i < HEAD; i++) mixed[head * HEAD + i]! += (share / total) * values[earlier]![group]![i]!;
      }
      const attended = plus(state, times(at('self_attn.o_proj.weight')!, mixed));
      const normed = norm(attended, at('post_attention_layernorm.weight')!.data);
      const gate = times(at('mlp.gate_proj.weight')!, normed);
      const up = times(at('mlp.up_proj.weight')!, normed);
      const inner = gate.map((x, i) => (x / (1 + Math.exp(-x))) * up[i]!);
      return plus(attended, times(at('mlp.down_proj.weight')!, inner));
    });
  }
  return times(of('lm_head.weight')!, norm(states.at(-1)!, of('model.norm.weight')!.data));
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const plus = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);

function times({ shape, data }: Matrix, vector: Float64Array): Float64Array {
  const [rows = 0, columns = 0] = shape;
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += data[row * columns + column]! * vector[column]!;
    return sum;
  });
}

function norm(vector: Float64Array, scale: Float32Array): Float64Array {
  const mean = vector.reduce((sum, x) => sum + x * x, 0) / vector.length;
  return vector.map((x, i) => (x / Math.sqrt(mean + EPSILON)) * scale[i]!);
}

/** Hugging Face's way: a number and the one half a head further turn together. */
function rotated(vector: Float64Array, position: number, stretched: boolean): Float64Array {
  const half = HEAD / 2;
  return vector.map((x, i) => {
    const angle = position * frequencyOf(i % half, stretched);
    const other = i < half ? -vector[i + half]! : vector[i - half]!;
    return x * Math.cos(angle) + other * Math.sin(angle);
  });
}

const STRETCH = { factor: 4, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };

/** Source: Llama 3.1's reference code, apply_scaling. */
function frequencyOf(at: number, stretched: boolean): number {
  const frequency = THETA ** (-(2 * at) / HEAD);
  if (!stretched) return frequency;
  const wave = (2 * Math.PI) / frequency;
  const context = STRETCH.original_max_position_embeddings;
  if (wave < context / STRETCH.high_freq_factor) return frequency;
  if (wave > context / STRETCH.low_freq_factor) return frequency / STRETCH.factor;
  const smooth = (context / wave - STRETCH.low_freq_factor) / (STRETCH.high_freq_factor - STRETCH.low_freq_factor);
  return (1 - smooth) * (frequency / STRETCH.factor) + smooth * frequency;
}

/** A `tokenizer.model` of the type BPE. Source: sentencepiece_model.proto. */
function sentencePieces(tokens: readonly string[]): Buffer {
  const varint = (value: number) => {
    const bytes: number[] = [];
    for (let left = value; ; left = Math.floor(left / 128)) {
      if (left < 128) return Buffer.from([...bytes, left]);
      bytes.push((left % 128) + 128);
    }
  };
  const field = (number: number, bytes: Buffer) => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
  const score = Buffer.alloc(5);
  score[0] = 2 * 8 + 5;
  const typeOf = (token: string, id: number) => (id === 0 ? 2 : id < 3 ? 3 : /^<0x..>$/.test(token) ? 6 : 1);
  return Buffer.concat([
    ...tokens.map((token, id) =>
      field(1, Buffer.concat([field(1, Buffer.from(token)), score, varint(3 * 8), varint(typeOf(token, id))])),
    ),
    field(2, Buffer.concat([varint(3 * 8), varint(2)])),
    // No space before texts.
    field(3, Buffer.concat([varint(3 * 8), varint(0)])),
  ]);
}

function rounded(value: number, dtype: 'F32' | 'BF16' | 'F16'): number {
  if (dtype === 'F32') return Math.fround(value);
  if (dtype === 'BF16') {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    view.setUint16(2, 0);
    return view.getFloat32(0);
  }
  // Eleven significant bits; the numbers here are far from the ends of the range.
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10);
  return Math.abs(value) < 2 ** -14 ? 0 : Math.round(value / unit) * unit;
}

/** Source: https://github.com/huggingface/safetensors, "Format". */
export function safetensors(weights: Map<string, Matrix>, dtype: 'F32' | 'BF16' | 'F16' | 'I8'): Buffer {
  const head: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of weights) {
    const part = Buffer.alloc(data.length * (dtype === 'F32' ? 4 : dtype === 'I8' ? 1 : 2));
    for (const [at, value] of data.entries()) {
      if (dtype === 'F32') part.writeFloatLE(value, at * 4);
      else if (dtype === 'BF16') part.writeUInt16LE(bitsOf(value) >>> 16, at * 2);
      else if (dtype === 'F16') part.writeUInt16LE(halfOf(value), at * 2);
    }
    head[name] = { dtype, shape, data_offsets: [offset, offset + part.length] };
    offset += part.length;
    parts.push(part);
  }
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

function bitsOf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}

function halfOf(value: number): number {
  if (value === 0) return 0;
  const bits = bitsOf(value);
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}
