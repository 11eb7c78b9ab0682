import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { architectureOf, dimensionsOf, metadataOf, placesOf } from './architectures.ts';
import { ConversionError } from './error.ts';
import { writeGguf, type Tensor } from './gguf-file.ts';
import { bytesOf, floatsOf, openTensors, turned, type Stored } from './tensors.ts';
import { readVocabulary, type TokenizerFiles } from './vocabulary.ts';

export type Converted = { architecture: string; contextTokens: number; hasChatTemplate: boolean };

/** What Hugging Face leaves in weights that is worked out anew. */
const IGNORED = /\.rotary_emb\.inv_freq$/;

/**
 * Writes a model in the form of Hugging Face (a folder with config.json, safetensors and a tokenizer) as one GGUF file. Numbers keep their
 * format; vectors become 32-bit, as llama.cpp has them. Throws ConversionError.
 */
export async function convert(folder: string, to: string, name: string): Promise<Converted> {
  const files = await readdir(folder);
  const config = await readJson(folder, files, 'config.json');
  if (!config) throw new ConversionError('The model has no config.json.');
  const architecture = architectureOf(config);
  const dimensions = dimensionsOf(config);
  const weights = files.filter((file) => file.endsWith('.safetensors')).sort();
  if (weights.length === 0) throw new ConversionError('The model has no .safetensors files.');
  const { metadata, frequencies } = metadataOf(config, architecture, dimensions, name);
  const generation = await readJson(folder, files, 'generation_config.json');
  const vocabulary = readVocabulary(
    await tokenizerOf(folder, files),
    { ...config, ...generation },
    dimensions.vocabulary,
  );
  for (const [key, value] of vocabulary) metadata.set(key, value);
  const { tensors, close } = await openTensors(weights.map((file) => join(folder, file)));
  try {
    const out: Tensor[] = [];
    const places = placesOf(architecture, dimensions);
    for (const [from, { name: tensorName, shape, turnedHeads, optional }] of places) {
      const stored = tensors.get(from);
      tensors.delete(from);
      if (!stored) {
        if (optional) continue;
        throw new ConversionError(`The weights have no tensor ${from}.`);
      }
      if (stored.shape.join() !== shape.join())
        throw new ConversionError(
          `The tensor ${from} has the shape [${stored.shape.join(', ')}]; config.json makes it [${shape.join(', ')}].`,
        );
      out.push(tensorOf(stored, tensorName, turnedHeads));
    }
    const unknown = [...tensors.keys()].find((each) => !IGNORED.test(each));
    if (unknown !== undefined)
      throw new ConversionError(`The weights have the tensor ${unknown}, which the architecture has not.`);
    if (frequencies)
      out.push({
        name: 'rope_freqs.weight',
        shape: [frequencies.length],
        format: 'F32',
        read: async function* () {
          yield new Uint8Array(frequencies.buffer);
        },
      });
    await writeGguf(to, metadata, out);
  } finally {
    await close();
  }
  return {
    architecture: architecture.family,
    contextTokens: dimensions.context,
    hasChatTemplate: metadata.has('tokenizer.chat_template'),
  };
}

function tensorOf(stored: Stored, name: string, heads: number | undefined): Tensor {
  const isVector = stored.shape.length === 1;
  return {
    name,
    shape: stored.shape,
    format: isVector ? 'F32' : stored.format,
    read: () => (heads !== undefined ? turned(stored, heads, isVector) : isVector ? floatsOf(stored) : bytesOf(stored)),
  };
}

async function tokenizerOf(folder: string, files: string[]): Promise<TokenizerFiles> {
  const has = (file: string) => files.includes(file);
  const json = await readJson(folder, files, 'tokenizer.json');
  const config = await readJson(folder, files, 'tokenizer_config.json');
  return {
    ...(json ? { json } : {}),
    ...(has('tokenizer.model') ? { model: await readFile(join(folder, 'tokenizer.model')) } : {}),
    ...(config ? { config } : {}),
    ...(has('chat_template.jinja')
      ? { chatTemplate: await readFile(join(folder, 'chat_template.jinja'), 'utf8') }
      : {}),
  };
}

async function readJson(folder: string, files: string[], file: string): Promise<Record<string, unknown> | undefined> {
  if (!files.includes(file)) return undefined;
  try {
    return JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new ConversionError(`${file} is not valid JSON.`, { cause: error });
  }
}
