import type { ImageRequest } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { anything, checkBody, object, text } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { unbuiltTask, type ImageFamily } from './family.ts';

/** Source: Bedrock User Guide, Stability AI Stable Image Core, Ultra and Diffusion 3.5 Large: pixels of each aspect ratio. */
const SIZES: Record<string, [width: number, height: number]> = {
  '1:1': [1_024, 1_024],
  '16:9': [1_344, 768],
  '21:9': [1_536, 640],
  '2:3': [832, 1_216],
  '3:2': [1_216, 832],
  '4:5': [896, 1_088],
  '5:4': [1_088, 896],
  '9:16': [768, 1_344],
  '9:21': [640, 1_536],
};
const PROMPT_MAX = 10_000;
const SEED_MAX = 4_294_967_294;

const shape = object(
  {
    prompt: text,
    negative_prompt: text,
    mode: { type: 'string', values: ['text-to-image', 'image-to-image'] },
    aspect_ratio: { type: 'string', values: Object.keys(SIZES) },
    seed: { type: 'integer', min: 0, max: SEED_MAX },
    output_format: { type: 'string', values: ['png', 'jpeg', 'webp'] },
    image: text,
    strength: anything,
    style_preset: text,
  },
  ['prompt'],
);

function read(body: JsonObject, model: FoundationModel): ImageRequest {
  checkBody(body, shape);
  if (body['mode'] === 'image-to-image' || body['image'] !== undefined) throw unbuiltTask('image-to-image', model);
  // The pictures are what the bound server makes, which is PNG where it does not say otherwise.
  if (body['output_format'] !== undefined && body['output_format'] !== 'png')
    throw unbuilt(`output_format ${body['output_format'] as string} of ${model.id}`);
  if (body['style_preset'] !== undefined) throw unbuilt(`style_preset of ${model.id}`);
  const prompt = body['prompt'] as string;
  if (prompt.length === 0 || prompt.length > PROMPT_MAX)
    throw modelRefused(`prompt: must have 1 to ${PROMPT_MAX} characters`);
  const [width, height] = SIZES[(body['aspect_ratio'] as string | undefined) ?? '1:1']!;
  return {
    prompt,
    count: 1,
    width,
    height,
    ...definedOf({
      negativePrompt: body['negative_prompt'] as string | undefined,
      // 0 asks for one to be drawn.
      seed: (body['seed'] as number | undefined) || undefined,
    }),
  };
}

/** Stability AI: `prompt` in, `images` out. */
export const stabilityImages: ImageFamily = {
  read,
  write: (images, seed) => ({ seeds: images.map(() => seed), finish_reasons: images.map(() => null), images }),
};
