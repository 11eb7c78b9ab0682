import { ConversionError } from './error.ts';
import type { Value } from './gguf-file.ts';

/** Kinds of tokens in GGUF. */
const [NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE] = [1, 2, 3, 4, 5, 6] as const;

type AddedToken = { id: number; content: string; special?: boolean };
type Step = {
  type?: string;
  pattern?: { Regex?: string; String?: string };
  use_regex?: boolean;
  pretokenizers?: Step[];
  content?: unknown;
  prepend?: string;
  normalizers?: Step[];
};
type TokenizerJson = {
  added_tokens?: AddedToken[];
  normalizer?: Step | null;
  pre_tokenizer?: Step | null;
  post_processor?: {
    type?: string;
    single?: { SpecialToken?: { id: string } }[];
    processors?: TokenizerJson['post_processor'][];
  } | null;
  model?: {
    type?: string;
    vocab?: Record<string, number>;
    merges?: (string | [string, string])[];
    byte_fallback?: boolean;
    unk_token?: string | null;
  };
};
type TokenText = string | { content?: string } | null;
export type TokenizerFiles = {
  /** `tokenizer.json`. */
  json?: unknown;
  /** `tokenizer.model`: SentencePiece. */
  model?: Buffer;
  /** `tokenizer_config.json`. */
  config?: Record<string, unknown>;
  /** `chat_template.jinja`. */
  chatTemplate?: string;
};

/**
 * How llama.cpp names the ways in which byte-level vocabularies cut text before merging, by the expression that Hugging Face has for each. Source:
 * llama.cpp, llama-vocab.cpp.
 */
const PRE: Record<string, string> = {
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    'llama-bpe',
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    'qwen2',
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+':
    'tekken',
};

/** The vocabulary of a model as GGUF has it. Throws ConversionError. `size`: rows of the embedding. */
export function readVocabulary(
  files: TokenizerFiles,
  config: Record<string, unknown>,
  size: number,
): Map<string, Value> {
  const metadata = new Map<string, Value>();
  const tokens: string[] = [];
  const types: number[] = [];
  const put = (id: number, token: string, type: number) => {
    if (!Number.isInteger(id) || id < 0 || id >= size)
      throw new ConversionError(
        `The token ${JSON.stringify(token)} has the id ${id}, and the model has ${size} tokens.`,
      );
    tokens[id] = token;
    types[id] = type;
  };
  const json = files.json as TokenizerJson | undefined;
  if (json) readJson(json, metadata, put, tokens, size);
  else if (files.model) readSentencePiece(files.model, metadata, put, size);
  else throw new ConversionError('The model has neither tokenizer.json nor tokenizer.model.');
  const settings = files.config ?? {};
  if (!json) {
    const added = (settings['added_tokens_decoder'] ?? {}) as Record<string, AddedToken>;
    for (const [id, { content, special }] of Object.entries(added))
      put(Number(id), content, special ? CONTROL : USER_DEFINED);
  }
  for (let id = 0; id < size; id++) {
    if (tokens[id] !== undefined) continue;
    // Embeddings are padded to a round number of rows: llama.cpp wants a token for each.
    tokens[id] = `[PAD${id}]`;
    types[id] = UNUSED;
  }
  metadata.set('tokenizer.ggml.tokens', { type: 'array', of: 'string', value: tokens });
  metadata.set('tokenizer.ggml.token_type', { type: 'array', of: 'int32', value: types });
  readSpecials(settings, config, tokens, metadata);
  const addBos = settings['add_bos_token'] ?? (json ? beginsWithBos(json.post_processor) : undefined);
  if (typeof addBos === 'boolean') metadata.set('tokenizer.ggml.add_bos_token', { type: 'bool', value: addBos });
  if (typeof settings['add_eos_token'] === 'boolean')
    metadata.set('tokenizer.ggml.add_eos_token', { type: 'bool', value: settings['add_eos_token'] });
  const template = files.chatTemplate ?? templateOf(settings['chat_template']);
  if (template !== undefined) metadata.set('tokenizer.chat_template', { type: 'string', value: template });
  return metadata;
}

/** One template, or the default of several. */
function templateOf(given: unknown): string | undefined {
  if (typeof given === 'string') return given;
  if (!Array.isArray(given)) return undefined;
  return (given as { name?: string; template?: string }[]).find(({ name }) => name === 'default')?.template;
}

function readJson(
  json: TokenizerJson,
  metadata: Map<string, Value>,
  put: (id: number, token: string, type: number) => void,
  tokens: string[],
  size: number,
): void {
  const { model } = json;
  if (model?.type !== 'BPE' || !model.vocab)
    throw new ConversionError(`The tokenizer is of the type ${model?.type}; BPE and SentencePiece are supported.`);
  const merges = (model.merges ?? []).map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  for (const [token, id] of Object.entries(model.vocab)) {
    const isByte = model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(token);
    put(id, token, isByte ? BYTE : token === model.unk_token ? UNKNOWN : NORMAL);
  }
  for (const { id, content, special } of json.added_tokens ?? [])
    put(id, content, content === model.unk_token ? UNKNOWN : special ? CONTROL : USER_DEFINED);
  if (model.byte_fallback) {
    // SentencePiece's pairs in the order of their merges: the earlier a merge, the higher the score of what it makes.
    const scores = Array.from({ length: size }, () => -merges.length - 1);
    const ids = new Map(tokens.map((token, id) => [token, id]));
    for (const [rank, merge] of merges.entries()) {
      const id = ids.get(merge.replace(' ', ''));
      if (id !== undefined && scores[id]! < -rank - 1) scores[id] = -rank - 1;
    }
    metadata.set('tokenizer.ggml.model', { type: 'string', value: 'llama' });
    metadata.set('tokenizer.ggml.scores', { type: 'array', of: 'float32', value: scores });
    const normalizers = json.normalizer?.normalizers ?? (json.normalizer ? [json.normalizer] : []);
    const prefixed =
      normalizers.some(({ type }) => type === 'Prepend') ||
      (json.pre_tokenizer as { prepend_scheme?: string } | null | undefined)?.prepend_scheme === 'first';
    metadata.set('tokenizer.ggml.add_space_prefix', { type: 'bool', value: prefixed });
    return;
  }
  metadata.set('tokenizer.ggml.model', { type: 'string', value: 'gpt2' });
  metadata.set('tokenizer.ggml.pre', { type: 'string', value: preOf(json.pre_tokenizer) });
  metadata.set('tokenizer.ggml.merges', { type: 'array', of: 'string', value: merges });
}

function preOf(given: Step | null | undefined): string {
  const steps = given?.pretokenizers ?? (given ? [given] : []);
  const split = steps.find(({ type }) => type === 'Split')?.pattern?.Regex;
  if (split === undefined) {
    const level = steps.find(({ type }) => type === 'ByteLevel');
    const others = steps.filter((step) => step !== level).map(({ type }) => type);
    if (level && level.use_regex !== false && others.length === 0) return 'gpt-2';
    if (level && level.use_regex !== false && others.join() === 'Digits') return 'smollm';
  } else if (PRE[split] !== undefined) return PRE[split];
  throw new ConversionError(
    `The pre-tokenizer is not supported: ${JSON.stringify(split ?? steps.map(({ type }) => type))}. Supported: those of Llama 3, Qwen 2, Mistral Nemo, SmolLM and GPT-2.`,
  );
}

function beginsWithBos(processor: TokenizerJson['post_processor']): boolean | undefined {
  if (!processor) return undefined;
  for (const each of processor.processors ?? [processor])
    if (each?.type === 'TemplateProcessing') return each.single?.[0]?.SpecialToken !== undefined;
  return undefined;
}

/**
 * `tokenizer.model`: a protocol buffer, of which the pieces (1), the trainer's model type (2 → 3), and whether texts get a space put before
 * them (3 → 3) are read. Source: sentencepiece_model.proto.
 */
function readSentencePiece(
  bytes: Buffer,
  metadata: Map<string, Value>,
  put: (id: number, token: string, type: number) => void,
  size: number,
): void {
  const scores = Array.from({ length: size }, () => -1e9);
  let id = 0;
  let modelType = 1;
  let prefixed = true;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1 && field.bytes) {
      let piece = '';
      let score = 0;
      let type: number = NORMAL;
      for (const inner of fieldsOf(field.bytes)) {
        if (inner.number === 1 && inner.bytes) piece = inner.bytes.toString('utf8');
        else if (inner.number === 2 && inner.bytes) score = inner.bytes.readFloatLE();
        else if (inner.number === 3) type = inner.value!;
      }
      put(id, piece, type);
      scores[id++] = score;
    } else if (field.number === 2 && field.bytes) {
      for (const inner of fieldsOf(field.bytes)) if (inner.number === 3) modelType = inner.value!;
    } else if (field.number === 3 && field.bytes) {
      for (const inner of fieldsOf(field.bytes)) if (inner.number === 3) prefixed = inner.value === 1;
    }
  }
  if (modelType !== 2)
    throw new ConversionError('The SentencePiece model is not of the type BPE, which is the one that is supported.');
  metadata.set('tokenizer.ggml.model', { type: 'string', value: 'llama' });
  metadata.set('tokenizer.ggml.add_space_prefix', { type: 'bool', value: prefixed });
  metadata.set('tokenizer.ggml.scores', { type: 'array', of: 'float32', value: scores });
}

type Field = { number: number; value?: number; bytes?: Buffer };

/** The fields of a protocol buffer message. */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const damaged = () => new ConversionError('tokenizer.model is damaged.');
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw damaged();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged();
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) yield { number, value: varint() };
    else {
      const length = wire === 2 ? varint() : wire === 5 ? 4 : wire === 1 ? 8 : Number.NaN;
      if (!(at + length <= message.length)) throw damaged();
      yield { number, bytes: message.subarray(at, at + length) };
      at += length;
    }
  }
}

function readSpecials(
  settings: Record<string, unknown>,
  config: Record<string, unknown>,
  tokens: string[],
  metadata: Map<string, Value>,
): void {
  for (const [name, key] of [
    ['bos', 'bos_token_id'],
    ['eos', 'eos_token_id'],
    ['unk', 'unknown_token_id'],
    ['pad', 'padding_token_id'],
  ] as const) {
    const given = settings[`${name}_token`] as TokenText | undefined;
    const text = typeof given === 'string' ? given : given?.content;
    const configured = config[`${name}_token_id`];
    const first = Array.isArray(configured) ? (configured as unknown[])[0] : configured;
    const named = text === undefined ? -1 : tokens.indexOf(text);
    const id = named >= 0 ? named : first;
    if (typeof id === 'number' && id >= 0 && id < tokens.length)
      metadata.set(`tokenizer.ggml.${key}`, { type: 'uint32', value: id });
  }
}
