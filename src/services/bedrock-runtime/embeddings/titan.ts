import type { Call } from '../../../kernel/call.ts';
import { invalid, tooLong, unbuilt } from '../errors.ts';
import { checkBody, flag, list, object, text, type Shape } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { TITAN_EMBED_CHARACTERS_MAX } from '../limits.ts';
import { meterTokens } from '../metering.ts';
import type { Target } from '../target.ts';
import { embedTexts } from './vectors.ts';

/** Source: Bedrock User Guide, Amazon Titan Embeddings Text. */
const V1_DIMENSIONS = 1_536;
const V2_DIMENSIONS_DEFAULT = 1_024;
const V2_DIMENSIONS = [256, 512, 1_024];

const V1: Shape = object({ inputText: text }, ['inputText']);
const V2: Shape = object(
  {
    inputText: text,
    dimensions: { type: 'integer' },
    normalize: flag,
    embeddingTypes: list({ type: 'string', values: ['float', 'binary'] }, { min: 1, max: 2 }),
  },
  ['inputText'],
);

/** A native answer, and the tokens it took. */
export type Embedded = { body: JsonObject; inputTokens: number; outputTokens: number };

/** Titan Text Embeddings: `inputText` in, `embedding` out. Throws ValidationException. */
export async function invokeTitanEmbed(call: Call, target: Target, body: JsonObject): Promise<Embedded> {
  const { model } = target;
  const v2 = model.family === 'titan-embed-text-v2';
  checkBody(body, v2 ? V2 : V1);
  const {
    inputText,
    dimensions = v2 ? V2_DIMENSIONS_DEFAULT : V1_DIMENSIONS,
    normalize = true,
    embeddingTypes = ['float'],
  } = body as {
    inputText: string;
    dimensions?: number;
    normalize?: boolean;
    embeddingTypes?: ('float' | 'binary')[];
  };
  if (v2 && !V2_DIMENSIONS.includes(dimensions))
    throw invalid(
      `Malformed input request: #/dimensions: ${dimensions} is not a valid enum value, please reformat your input and try again.`,
    );
  if (inputText.trim() === '')
    throw invalid(
      'Malformed input request: #/inputText: expected minLength: 1, actual: 0, please reformat your input and try again.',
    );
  if (inputText.length > TITAN_EMBED_CHARACTERS_MAX)
    throw invalid(
      `Malformed input request: #/inputText: expected maxLength: ${TITAN_EMBED_CHARACTERS_MAX}, actual: ${inputText.length}, please reformat your input and try again.`,
    );
  const made = await embedTexts(call, model, [inputText], { dimensions, normalize: v2 ? normalize : false });
  const inputTokens = made.inputTokens[0]!;
  if (inputTokens > model.contextTokens!) throw tooLong();
  meterTokens(call, target, { inputTokens: inputTokens, outputTokens: 0 });
  const float = [...made.vectors[0]!];
  if (!v2) return { body: { embedding: float, inputTextTokenCount: inputTokens }, inputTokens, outputTokens: 0 };
  const embeddingsByType: JsonObject = {};
  // The sign of each component: what Titan's binary embeddings keep.
  for (const type of embeddingTypes)
    embeddingsByType[type] = type === 'float' ? float : float.map((value) => (value > 0 ? 1 : 0));
  const embedding: JsonObject = embeddingTypes.includes('float') ? { embedding: float } : {};
  return { body: { ...embedding, embeddingsByType, inputTextTokenCount: inputTokens }, inputTokens, outputTokens: 0 };
}

/** Source: Bedrock User Guide, Amazon Titan Multimodal Embeddings G1. */
const IMAGE_DIMENSIONS = [256, 384, 1_024];
const IMAGE_TOKENS_MAX = 256;
const MULTIMODAL: Shape = object({
  inputText: text,
  inputImage: text,
  embeddingConfig: object({ outputEmbeddingLength: { type: 'integer' } }),
});

/** Titan Multimodal Embeddings, of text: pictures need an encoder that is not here. Throws ValidationException. */
export async function invokeTitanEmbedImage(call: Call, target: Target, body: JsonObject): Promise<Embedded> {
  checkBody(body, MULTIMODAL);
  const { inputText, inputImage, embeddingConfig } = body as {
    inputText?: string;
    inputImage?: string;
    embeddingConfig?: { outputEmbeddingLength?: number };
  };
  if (inputImage !== undefined) throw unbuilt(`inputImage in the body of ${target.model.id}`);
  if (inputText === undefined || inputText.trim() === '')
    throw invalid(
      'Malformed input request: At least one of inputText, inputImage is required, please reformat your input and try again.',
    );
  const dimensions = embeddingConfig?.outputEmbeddingLength ?? IMAGE_DIMENSIONS.at(-1)!;
  if (!IMAGE_DIMENSIONS.includes(dimensions))
    throw invalid(
      `Malformed input request: #/embeddingConfig/outputEmbeddingLength: ${dimensions} is not a valid enum value, please reformat your input and try again.`,
    );
  const { vectors, inputTokens } = await embedTexts(call, target.model, [inputText], { dimensions, normalize: true });
  const tokens = inputTokens[0]!;
  if (tokens > IMAGE_TOKENS_MAX) throw tooLong();
  meterTokens(call, target, { inputTokens: tokens, outputTokens: 0 });
  return { body: { embedding: [...vectors[0]!], inputTextTokenCount: tokens }, inputTokens: tokens, outputTokens: 0 };
}
