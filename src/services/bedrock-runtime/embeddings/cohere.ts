import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import type { Ids } from '../../../kernel/ids.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { checkBody, list, object, text, type Shape } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { COHERE_EMBED_CHARACTERS_MAX, COHERE_EMBED_TEXTS_MAX } from '../limits.ts';
import type { Embedded } from './titan.ts';
import { meterTokens } from '../metering.ts';
import type { Target } from '../target.ts';
import { embedTexts, type Vectors } from './vectors.ts';

/** Source: Bedrock User Guide, Cohere Embed v3 and v4. */
const V3_DIMENSIONS = 1_024;
const V4_DIMENSIONS_DEFAULT = 1_536;
const V4_DIMENSIONS = [256, 512, 1_024, 1_536];
const TYPES = ['float', 'int8', 'uint8', 'binary', 'ubinary'] as const;

const shapeFor = (v4: boolean): Shape =>
  object(
    {
      texts: list(text, { min: 1, max: COHERE_EMBED_TEXTS_MAX }),
      images: list(text),
      inputs: list(
        object({ content: list(object({ type: text, text, image_url: object({ url: text }) }, ['type'])) }, [
          'content',
        ]),
      ),
      input_type: {
        type: 'string',
        values: ['search_document', 'search_query', 'classification', 'clustering', 'image'],
      },
      truncate: { type: 'string', values: v4 ? ['NONE', 'LEFT', 'RIGHT'] : ['NONE', 'START', 'END'] },
      embedding_types: list({ type: 'string', values: TYPES }, { min: 1 }),
      ...(v4 ? { output_dimension: { type: 'integer' }, max_tokens: { type: 'integer', min: 1, max: 128_000 } } : {}),
    },
    ['input_type'],
  );

type Truncate = 'NONE' | 'START' | 'END' | 'LEFT' | 'RIGHT';

/** Cohere Embed: `texts` in, `embeddings` out. Throws ValidationException; NotImplemented for images. */
export async function invokeCohereEmbed(call: Call, target: Target, body: JsonObject): Promise<Embedded> {
  const { model } = target;
  const v4 = model.id.includes('embed-v4');
  checkBody(body, shapeFor(v4));
  const given = body as {
    texts?: string[];
    truncate?: Truncate;
    embedding_types?: (typeof TYPES)[number][];
    output_dimension?: number;
    max_tokens?: number;
  };
  for (const name of ['images', 'inputs'])
    if (body[name] !== undefined) throw unbuilt(`${name} in the body of ${model.id}`);
  const { texts, embedding_types: types } = given;
  if (!texts) throw modelRefused('texts: required');
  const dimensions = given.output_dimension ?? (v4 ? V4_DIMENSIONS_DEFAULT : V3_DIMENSIONS);
  if (v4 && !V4_DIMENSIONS.includes(dimensions))
    throw modelRefused(`output_dimension: ${dimensions} is none of ${V4_DIMENSIONS.join(', ')}`);
  checkTexts(texts, v4);
  const tokensMax = given.max_tokens ?? model.contextTokens!;
  const { vectors, inputTokens } = await within(call, model, texts, dimensions, {
    tokensMax,
    truncate: given.truncate ?? 'NONE',
  });
  const total = inputTokens.reduce((sum, tokens) => sum + tokens, 0);
  meterTokens(call, target, { inputTokens: total, outputTokens: 0 });
  return { body: write(call.kernel.ids, texts, vectors, types), inputTokens: total, outputTokens: 0 };
}

function checkTexts(texts: string[], v4: boolean): void {
  for (const [index, each] of texts.entries()) {
    if (each.trim() === '') throw modelRefused(`texts.${index}: must not be empty`);
    if (!v4 && each.length > COHERE_EMBED_CHARACTERS_MAX) {
      throw modelRefused(`texts.${index}: ${each.length} characters; at most ${COHERE_EMBED_CHARACTERS_MAX}`);
    }
  }
}

/** Vectors of the texts, each cut to the tokens that it may have where the request lets it be cut. */
async function within(
  call: Call,
  model: FoundationModel,
  texts: string[],
  dimensions: number,
  { tokensMax, truncate }: { tokensMax: number; truncate: Truncate },
): Promise<Vectors> {
  const made = await embedTexts(call, model, texts, { dimensions, normalize: true });
  for (const [index, tokens] of made.inputTokens.entries()) {
    if (tokens <= tokensMax) continue;
    if (truncate === 'NONE') throw modelRefused(`texts.${index}: too many tokens: ${tokens}; at most ${tokensMax}`);
    const fromStart = truncate === 'START' || truncate === 'LEFT';
    let words = texts[index]!.split(/(?<=\s)/);
    let counted = tokens;
    while (counted > tokensMax && words.length > 1) {
      const kept = Math.max(1, Math.min(words.length - 1, Math.floor((words.length * tokensMax) / counted)));
      words = fromStart ? words.slice(-kept) : words.slice(0, kept);
      const again = await embedTexts(call, model, [words.join('')], { dimensions, normalize: true });
      counted = again.inputTokens[0]!;
      made.vectors[index] = again.vectors[0]!;
    }
    made.inputTokens[index] = counted;
  }
  return made;
}

function write(
  ids: Ids,
  texts: string[],
  vectors: Float32Array[],
  types: (typeof TYPES)[number][] | undefined,
): JsonObject {
  const id = ids.uuid();
  if (!types)
    return { id, texts, embeddings: vectors.map((vector) => [...vector]), response_type: 'embeddings_floats' };
  const embeddings: JsonObject = {};
  for (const type of types) {
    embeddings[type] = vectors.map((vector) =>
      type === 'float'
        ? [...vector]
        : type === 'int8' || type === 'uint8'
          ? quantise(vector, type === 'int8')
          : packBits(vector, type === 'binary'),
    );
  }
  return { id, texts, embeddings, response_type: 'embeddings_by_type' };
}

/** Components in 256 steps from −1 to 1: what a unit vector's can be. */
function quantise(vector: Float32Array, signed: boolean): number[] {
  return [...vector].map((value) => {
    const step = Math.max(-128, Math.min(127, Math.round(value * 127)));
    return signed ? step : step + 128;
  });
}

/** The signs of the components, eight to a byte, the first in the highest bit; `binary` shifts the byte into −128 to 127. Source: Cohere, Embed API. */
function packBits(vector: Float32Array, signed: boolean): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < vector.length; at += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte = byte * 2 + (vector[at + bit]! > 0 ? 1 : 0);
    bytes.push(signed ? byte - 128 : byte);
  }
  return bytes;
}
