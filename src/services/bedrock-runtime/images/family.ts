import type { ImageRequest } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { unbuilt } from '../errors.ts';
import type { JsonObject } from '../families/family.ts';

/** How the native bodies of a family of image models are read and written. */
export type ImageFamily = {
  /** Throws ValidationException, and NotImplemented for tasks that are not built. */
  read(body: JsonObject, model: FoundationModel): ImageRequest;
  /** The answer, of pictures in Base64 in the order they were made; `seed` is the first one's. */
  write(images: string[], seed: number): JsonObject;
};

/** A task that needs a picture to begin with. */
export const unbuiltTask = (task: string, model: FoundationModel) => unbuilt(`The task ${task} of ${model.id}`);
