import { LlmError } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import { asServiceError, invalid, tooLong } from './errors.ts';
import { checkBody, flag, list, object, text, type Shape } from './families/body.ts';
import type { JsonObject } from './families/family.ts';
import { TITAN_EMBED_CHARACTERS_MAX } from './limits.ts';

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

export function isBuiltEmbedding(model: FoundationModel): boolean {
  return model.family === 'titan-embed-text-v1' || model.family === 'titan-embed-text-v2';
}

/** Titan Text Embeddings: `inputText` in, `embedding` out. Throws ValidationException. */
export async function invokeEmbedding(
  call: Call,
  model: FoundationModel,
  body: JsonObject,
): Promise<{ body: JsonObject; inputTokens: number; outputTokens: number }> {
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
  const { vector, inputTokens } = await embedOne(call, model, inputText, {
    dimensions,
    normalize: v2 ? normalize : false,
  });
  if (inputTokens > model.contextTokens!) throw tooLong();
  call.meter({ type: 'InputTokens', quantity: inputTokens, unit: 'tokens', resource: model.id });
  const float = [...vector];
  if (!v2) return { body: { embedding: float, inputTextTokenCount: inputTokens }, inputTokens, outputTokens: 0 };
  const embeddingsByType: JsonObject = {};
  // The sign of each component: what Titan's binary embeddings keep.
  for (const type of embeddingTypes)
    embeddingsByType[type] = type === 'float' ? float : float.map((value) => (value > 0 ? 1 : 0));
  const embedding: JsonObject = embeddingTypes.includes('float') ? { embedding: float } : {};
  return { body: { ...embedding, embeddingsByType, inputTextTokenCount: inputTokens }, inputTokens, outputTokens: 0 };
}

/**
 * By the backend that is bound to the model; the builtin worker has no vectors of its own, so the sentence encoder stands in for it. A bound
 * backend that cannot embed, or whose vectors have another length, is an error.
 */
async function embedOne(
  call: Call,
  model: FoundationModel,
  inputText: string,
  options: { dimensions: number; normalize: boolean },
): Promise<{ vector: Float32Array; inputTokens: number }> {
  try {
    const backend = await call.engines.llm.resolve(model.id);
    if (backend.provenance.engine === 'builtin') {
      const { vectors, inputTokens, provenance } = await call.engines.embed.embed([inputText], {
        ...options,
        signal: call.signal,
      });
      call.answered(provenance);
      return { vector: vectors[0]!, inputTokens: inputTokens[0]! };
    }
    if (!backend.embed) throw new LlmError('unsupported', 'The backend that is bound to this model cannot embed.');
    const { vectors, inputTokens } = await backend.embed([inputText], call.signal);
    call.answered(backend.provenance);
    const vector = vectors[0]!;
    if (vector.length !== options.dimensions) {
      throw new LlmError(
        'unsupported',
        `The backend that is bound to this model makes vectors of ${vector.length} dimensions, not ${options.dimensions}.`,
      );
    }
    return { vector: options.normalize ? unit(vector) : vector, inputTokens: inputTokens[0]! };
  } catch (error) {
    throw asServiceError(error, model.id);
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
