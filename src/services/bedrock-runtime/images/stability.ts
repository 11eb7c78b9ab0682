import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { checkBody, object, text } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import type { Asked, ImageFamily } from './family.ts';
import { checkPicture, pictureOf } from './pictures.ts';

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
/** Pixels of a picture to begin with. Source: Bedrock User Guide, Stable Diffusion 3.5 Large. */
const GIVEN = { least: 64, pixels: 9_437_184 };
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
    strength: { type: 'number', min: 0, max: 1 },
    style_preset: text,
  },
  ['prompt'],
);

async function read(body: JsonObject, model: FoundationModel, call: Call): Promise<Asked> {
  checkBody(body, shape);
  // The pictures are what the bound server makes, which is PNG where it does not say otherwise.
  if (body['output_format'] !== undefined && body['output_format'] !== 'png')
    throw unbuilt(`output_format ${body['output_format'] as string} of ${model.id}`);
  if (body['style_preset'] !== undefined) throw unbuilt(`style_preset of ${model.id}`);
  const { prompt, negative_prompt, image, strength, aspect_ratio, mode } = body as Members;
  if (prompt.length === 0 || prompt.length > PROMPT_MAX)
    throw modelRefused(`prompt: must have 1 to ${PROMPT_MAX} characters`);
  const said = { prompt, count: 1, ...definedOf({ negativePrompt: negative_prompt }) };
  // 0 asks for one to be drawn.
  const seed = definedOf({ seed: (body['seed'] as number | undefined) || undefined });
  const [width, height] = SIZES[aspect_ratio ?? '1:1']!;
  if ((mode ?? (image === undefined ? 'text-to-image' : 'image-to-image')) === 'text-to-image') {
    if (image !== undefined || strength !== undefined)
      throw modelRefused('image and strength: only with mode image-to-image');
    return { ...seed, draw: { ...said, width, height } };
  }
  if (!model.input.includes('IMAGE')) throw modelRefused(`mode: ${model.id} makes images of text only`);
  if (image === undefined || strength === undefined)
    throw modelRefused('image and strength: required with mode image-to-image');
  if (aspect_ratio !== undefined) throw modelRefused('aspect_ratio: only with mode text-to-image');
  const picture = pictureOf(call, 'image', image);
  if (Math.min(picture.width, picture.height) < GIVEN.least || picture.width * picture.height > GIVEN.pixels)
    throw modelRefused(`image: must have at least ${GIVEN.least} pixels a side and at most ${GIVEN.pixels} in all`);
  await checkPicture(call, picture);
  return {
    ...seed,
    edit: { ...said, width: picture.width, height: picture.height, pictures: [picture.bytes], strength },
  };
}

type Members = {
  prompt: string;
  negative_prompt?: string;
  mode?: 'text-to-image' | 'image-to-image';
  aspect_ratio?: string;
  image?: string;
  strength?: number;
};

/** Stability AI: `prompt` in, `images` out, without a mark: these models put none. */
export const stabilityImages: ImageFamily = {
  read,
  write: (images, seed) => ({ seeds: images.map(() => seed), finish_reasons: images.map(() => null), images }),
  marks: false,
};
