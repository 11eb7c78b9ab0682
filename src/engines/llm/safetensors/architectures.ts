import { ConversionError } from './error.ts';
import type { Value } from './gguf-file.ts';

type Config = Record<string, unknown>;

/** How an architecture of Hugging Face is one of llama.cpp's. Source: llama.cpp, convert_hf_to_gguf.py and gguf-py's tensor_mapping.py. */
export type Architecture = {
  /** As GGUF names it. */
  name: 'llama' | 'qwen2' | 'qwen3';
  /** As Bedrock names it. */
  family: 'llama' | 'mistral' | 'qwen2' | 'qwen3';
  /** Whether the rows of queries and keys are turned over. */
  turns: boolean;
};

const ARCHITECTURES: Record<string, Architecture> = {
  LlamaForCausalLM: { name: 'llama', family: 'llama', turns: true },
  MistralForCausalLM: { name: 'llama', family: 'mistral', turns: true },
  Qwen2ForCausalLM: { name: 'qwen2', family: 'qwen2', turns: false },
  Qwen3ForCausalLM: { name: 'qwen3', family: 'qwen3', turns: false },
};

export function architectureOf(config: Config): Architecture {
  const [named] = (config['architectures'] ?? []) as unknown[];
  const found = typeof named === 'string' && Object.hasOwn(ARCHITECTURES, named) ? ARCHITECTURES[named] : undefined;
  if (!found)
    throw new ConversionError(
      `The model architecture ${typeof named === 'string' ? named : '(none in config.json)'} is not supported. Supported architectures: ${Object.keys(ARCHITECTURES).join(', ')}.`,
    );
  if (config['quantization_config'] !== undefined)
    throw new ConversionError('Quantized weights are not supported: import the weights in FP32, FP16 or BF16.');
  return found;
}

export type Dimensions = {
  layers: number;
  hidden: number;
  feedForward: number;
  heads: number;
  keyHeads: number;
  headSize: number;
  context: number;
  vocabulary: number;
};

export function dimensionsOf(config: Config): Dimensions {
  const whole = (name: string, standard?: number): number => {
    const value = config[name] ?? standard;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
      throw new ConversionError(`config.json has no ${name} that is a whole number above 0.`);
    return value;
  };
  const hidden = whole('hidden_size');
  const heads = whole('num_attention_heads');
  const headSize = whole('head_dim', hidden / heads);
  if (headSize % 2 !== 0) throw new ConversionError(`Attention heads of ${headSize} numbers are not supported.`);
  return {
    layers: whole('num_hidden_layers'),
    hidden,
    feedForward: whole('intermediate_size'),
    heads,
    keyHeads: whole('num_key_value_heads', heads),
    headSize,
    context: whole('max_position_embeddings'),
    vocabulary: whole('vocab_size'),
  };
}

type Rope = {
  type?: string;
  rope_type?: string;
  factor?: number;
  rope_theta?: number;
  low_freq_factor?: number;
  high_freq_factor?: number;
  original_max_position_embeddings?: number;
};

/** What config.json says of the model, as GGUF has it; and, for Llama 3.1's way of stretching, the factor of each frequency. */
export function metadataOf(
  config: Config,
  architecture: Architecture,
  dimensions: Dimensions,
  name: string,
): { metadata: Map<string, Value>; frequencies: Float32Array | undefined } {
  const { name: arch } = architecture;
  const metadata = new Map<string, Value>([
    ['general.architecture', { type: 'string', value: arch }],
    ['general.name', { type: 'string', value: name }],
  ]);
  const count = (key: string, value: number) => metadata.set(`${arch}.${key}`, { type: 'uint32', value });
  const real = (key: string, value: number) => metadata.set(`${arch}.${key}`, { type: 'float32', value });
  count('block_count', dimensions.layers);
  count('context_length', dimensions.context);
  count('embedding_length', dimensions.hidden);
  count('feed_forward_length', dimensions.feedForward);
  count('attention.head_count', dimensions.heads);
  count('attention.head_count_kv', dimensions.keyHeads);
  count('attention.key_length', dimensions.headSize);
  count('attention.value_length', dimensions.headSize);
  count('rope.dimension_count', dimensions.headSize);
  count('vocab_size', dimensions.vocabulary);
  real('attention.layer_norm_rms_epsilon', numberOf(config['rms_norm_eps'], 1e-6));
  const activation = config['hidden_act'] ?? 'silu';
  if (activation !== 'silu') throw new ConversionError(`The activation ${String(activation)} is not supported.`);
  const rope = (config['rope_scaling'] ?? config['rope_parameters'] ?? {}) as Rope;
  const theta = numberOf(config['rope_theta'] ?? rope.rope_theta, 10_000);
  real('rope.freq_base', theta);
  const type = rope.rope_type ?? rope.type ?? 'default';
  if (type === 'default') return { metadata, frequencies: undefined };
  if (type === 'llama3') return { metadata, frequencies: stretched(rope, theta, dimensions.headSize) };
  if (type !== 'linear') throw new ConversionError(`rope_scaling of the type ${type} is not supported.`);
  metadata.set(`${arch}.rope.scaling.type`, { type: 'string', value: 'linear' });
  real('rope.scaling.factor', numberOf(rope.factor, 1));
  return { metadata, frequencies: undefined };
}

function numberOf(value: unknown, standard: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : standard;
}

/** Source: Hugging Face transformers, modeling_rope_utils.py, _compute_llama3_parameters. */
function stretched(rope: Rope, theta: number, headSize: number): Float32Array {
  const factor = numberOf(rope.factor, 8);
  const low = numberOf(rope.low_freq_factor, 1);
  const high = numberOf(rope.high_freq_factor, 4);
  const context = numberOf(rope.original_max_position_embeddings, 8192);
  return Float32Array.from({ length: headSize / 2 }, (_, at) => {
    const wave = 2 * Math.PI * theta ** ((2 * at) / headSize);
    if (wave < context / high) return 1;
    if (wave > context / low) return factor;
    const smooth = (context / wave - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** A tensor of a layer or of the whole, by its name at Hugging Face: its name in GGUF, and what its shape must be. */
export type Place = { name: string; shape: number[]; turnedHeads?: number; optional?: boolean };

export function placesOf(architecture: Architecture, d: Dimensions): Map<string, Place> {
  const places = new Map<string, Place>([
    ['model.embed_tokens.weight', { name: 'token_embd.weight', shape: [d.vocabulary, d.hidden] }],
    ['model.norm.weight', { name: 'output_norm.weight', shape: [d.hidden] }],
    // Absent: the embedding serves.
    ['lm_head.weight', { name: 'output.weight', shape: [d.vocabulary, d.hidden], optional: true }],
  ]);
  const queries = d.heads * d.headSize;
  const keys = d.keyHeads * d.headSize;
  const turned = (heads: number) => (architecture.turns ? { turnedHeads: heads } : {});
  for (let layer = 0; layer < d.layers; layer++) {
    const put = (from: string, to: string, shape: number[], more: Partial<Place> = {}) =>
      places.set(`model.layers.${layer}.${from}`, { name: `blk.${layer}.${to}`, shape, ...more });
    put('input_layernorm.weight', 'attn_norm.weight', [d.hidden]);
    put('self_attn.q_proj.weight', 'attn_q.weight', [queries, d.hidden], turned(d.heads));
    put('self_attn.k_proj.weight', 'attn_k.weight', [keys, d.hidden], turned(d.keyHeads));
    put('self_attn.v_proj.weight', 'attn_v.weight', [keys, d.hidden]);
    put('self_attn.o_proj.weight', 'attn_output.weight', [d.hidden, queries]);
    const bias = { optional: architecture.name !== 'qwen2' };
    put('self_attn.q_proj.bias', 'attn_q.bias', [queries], { ...bias, ...turned(d.heads) });
    put('self_attn.k_proj.bias', 'attn_k.bias', [keys], { ...bias, ...turned(d.keyHeads) });
    put('self_attn.v_proj.bias', 'attn_v.bias', [keys], bias);
    put('self_attn.o_proj.bias', 'attn_output.bias', [d.hidden], { optional: true });
    if (architecture.name === 'qwen3') {
      put('self_attn.q_norm.weight', 'attn_q_norm.weight', [d.headSize]);
      put('self_attn.k_norm.weight', 'attn_k_norm.weight', [d.headSize]);
    }
    put('post_attention_layernorm.weight', 'ffn_norm.weight', [d.hidden]);
    put('mlp.gate_proj.weight', 'ffn_gate.weight', [d.feedForward, d.hidden]);
    put('mlp.up_proj.weight', 'ffn_up.weight', [d.feedForward, d.hidden]);
    put('mlp.down_proj.weight', 'ffn_down.weight', [d.hidden, d.feedForward]);
  }
  return places;
}
