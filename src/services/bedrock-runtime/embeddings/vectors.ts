import { LlmError } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { asServiceError } from '../errors.ts';

export type Vectors = { vectors: Float32Array[]; inputTokens: number[] };

/**
 * One vector a text, of the asked length, by the backend that is bound to the model. The builtin worker has no vectors of its own, so the
 * sentence encoder stands in for it; a bound backend that cannot embed, or whose vectors have another length, is an error. Throws the service's errors.
 */
export async function embedTexts(
  call: Call,
  model: FoundationModel,
  texts: string[],
  options: { dimensions: number; normalize: boolean },
): Promise<Vectors> {
  try {
    const backend = await call.engines.llm.resolve(model.id);
    if (backend.provenance.engine === 'builtin') {
      const { provenance, ...made } = await call.engines.embed.embed(texts, { ...options, signal: call.signal });
      call.answered(provenance);
      return made;
    }
    if (!backend.embed) throw new LlmError('unsupported', 'The backend that is bound to this model cannot embed.');
    const { vectors, inputTokens } = await backend.embed(texts, call.signal);
    call.answered(backend.provenance);
    const length = vectors[0]?.length;
    if (length !== options.dimensions) {
      throw new LlmError(
        'unsupported',
        `The backend that is bound to this model makes vectors of ${length} dimensions, not ${options.dimensions}.`,
      );
    }
    return { vectors: options.normalize ? vectors.map(unit) : vectors, inputTokens };
  } catch (error) {
    throw asServiceError(error, model.id);
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
