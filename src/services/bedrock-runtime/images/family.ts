import type { ImageEdit, ImageRequest } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { unbuilt } from '../errors.ts';
import type { JsonObject } from '../families/family.ts';
import type { Edited } from './pictures.ts';

/** What a body asks for: pictures of words, or of pictures; `over` where they are laid over one that they change in part. */
export type Asked = { seed?: number } & ({ draw: ImageRequest } | { edit: ImageEdit; over?: Edited });

/** How the native bodies of a family of image models are read and written. */
export type ImageFamily = {
  /** Throws ValidationException, and NotImplemented for tasks that are not built. */
  read(body: JsonObject, model: FoundationModel, call: Call): Promise<Asked>;
  /** The answer, of pictures in Base64 in the order they were made; `seed` is the first one's. */
  write(images: string[], seed: number): JsonObject;
  /** Whether every picture gets the invisible mark. */
  marks: boolean;
};

/** A task that needs more than words. */
export const unbuiltTask = (task: string, model: FoundationModel) => unbuilt(`The task ${task} of ${model.id}`);
