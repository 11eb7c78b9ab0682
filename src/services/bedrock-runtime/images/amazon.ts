import type { ImageRequest } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { invalid, unbuilt } from '../errors.ts';
import { anything, checkBody, flag, list, object, text } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { readPainting, readVariation, type Painting, type Variation } from './amazon-editing.ts';
import { unbuiltTask, type Asked, type ImageFamily } from './family.ts';

/** Source: Bedrock User Guide, Amazon Titan Image Generator; Amazon Nova User Guide, "Image generation request and response". */
const PARAMS = {
  TEXT_IMAGE: 'textToImageParams',
  COLOR_GUIDED_GENERATION: 'colorGuidedGenerationParams',
  IMAGE_VARIATION: 'imageVariationParams',
  INPAINTING: 'inPaintingParams',
  OUTPAINTING: 'outPaintingParams',
  BACKGROUND_REMOVAL: 'backgroundRemovalParams',
  VIRTUAL_TRY_ON: 'virtualTryOnParams',
} as const;
type Task = keyof typeof PARAMS;
const IMAGES_MAX = 5;
const SIDE_DEFAULT = 1_024;
const SEED_MAX = { 'titan-image': 2_147_483_646, 'nova-canvas': 858_993_459 } as const;
/** Characters of a prompt: Titan 512, Canvas 1,024. */
const PROMPT_MAX = { 'titan-image': 512, 'nova-canvas': 1_024 } as const;
/** Pixels of a side, and of a picture. Source: Nova User Guide: 320 to 4,096 in steps of 16, up to 4,194,304 pixels. */
const CANVAS = { least: 320, most: 4_096, step: 16, pixels: 4_194_304 };
const TITAN_SIZES = new Set(
  '1024x1024 768x768 512x512 768x1152 384x576 1152x768 576x384 768x1280 384x640 1280x768 640x384 896x1152 448x576 1152x896 576x448 768x1408 384x704 1408x768 704x384 640x1408 320x704 1408x640 704x320 1152x640 1173x640'.split(
    ' ',
  ),
);

const painting = { text, negativeText: text, image: text, maskPrompt: text, maskImage: text, returnMask: flag };
const shape = object(
  {
    taskType: { type: 'string', values: Object.keys(PARAMS) },
    textToImageParams: object(
      { text, negativeText: text, conditionImage: anything, controlMode: text, controlStrength: anything, style: text },
      ['text'],
    ),
    colorGuidedGenerationParams: anything,
    imageVariationParams: object(
      {
        images: list(text, { min: 1, max: 5 }),
        text,
        negativeText: text,
        similarityStrength: { type: 'number', min: 0.2, max: 1 },
      },
      ['images'],
    ),
    inPaintingParams: object(painting, ['image']),
    outPaintingParams: object({ ...painting, outPaintingMode: { type: 'string', values: ['DEFAULT', 'PRECISE'] } }, [
      'image',
      'text',
    ]),
    backgroundRemovalParams: object({ image: text }, ['image']),
    virtualTryOnParams: anything,
    imageGenerationConfig: object({
      numberOfImages: { type: 'integer', min: 1, max: IMAGES_MAX },
      width: { type: 'integer' },
      height: { type: 'integer' },
      cfgScale: { type: 'number', min: 1.1, max: 10 },
      seed: { type: 'integer', min: 0, max: Math.max(...Object.values(SEED_MAX)) },
      quality: { type: 'string', values: ['standard', 'premium'] },
    }),
  },
  ['taskType'],
);

async function read(body: JsonObject, model: FoundationModel, call: Call): Promise<Asked> {
  checkBody(body, shape);
  const task = body['taskType'] as Task;
  const name = PARAMS[task];
  const params = body[name] as JsonObject | undefined;
  if (!params)
    throw invalid(
      `Malformed input request: #: required key [${name}] not found, please reformat your input and try again.`,
    );
  const family = model.family as keyof typeof PROMPT_MAX;
  const most = PROMPT_MAX[family];
  for (const [member, least] of Object.entries({ text: 1, negativeText: 1, maskPrompt: 1 })) {
    const said = params[member];
    if (typeof said === 'string' && (said.length < least || said.length > most))
      throw invalid(`${name}.${member} must have 1 to ${most} characters.`);
  }
  const config = (body['imageGenerationConfig'] ?? {}) as Record<string, number | undefined>;
  if ((config['seed'] ?? 0) > SEED_MAX[family])
    throw invalid(`imageGenerationConfig.seed must be 0 to ${SEED_MAX[family]}.`);
  const asked = {
    count: config['numberOfImages'] ?? 1,
    ...definedOf({ negativePrompt: params['negativeText'] as string | undefined, guidance: config['cfgScale'] }),
  };
  const { width, height } = config;
  const seed = definedOf({ seed: config['seed'] });
  switch (task) {
    case 'TEXT_IMAGE':
      return { ...seed, draw: { ...asked, ...readText(params, model), ...sizeOf(width, height, model) } };
    case 'IMAGE_VARIATION':
      return {
        ...seed,
        ...(await readVariation(call, model, params as Variation, { ...asked, ...sizeOf(width, height, model) })),
      };
    case 'INPAINTING':
    case 'OUTPAINTING':
      return { ...seed, ...(await readPainting(call, model, task, params as Painting, asked, { width, height })) };
    case 'BACKGROUND_REMOVAL':
      throw unbuilt(
        `The task BACKGROUND_REMOVAL of ${model.id} needs a model that tells a subject from its background, which no backend offers: it`,
      );
    default:
      throw unbuiltTask(task, model);
  }
}

function readText(params: JsonObject, model: FoundationModel): Pick<ImageRequest, 'prompt'> {
  if (params['conditionImage'] !== undefined) throw unbuiltTask('TEXT_IMAGE with a conditionImage', model);
  if (params['style'] !== undefined) throw unbuilt(`textToImageParams.style of ${model.id}`);
  return { prompt: params['text'] as string };
}

function sizeOf(width = SIDE_DEFAULT, height = SIDE_DEFAULT, model: FoundationModel) {
  checkSize(width, height, model);
  return { width, height };
}

function checkSize(width: number, height: number, model: FoundationModel): void {
  if (model.family === 'titan-image') {
    if (!TITAN_SIZES.has(`${width}x${height}`))
      throw invalid(`The image size ${width}x${height} is not supported by ${model.id}.`);
    return;
  }
  const { least, most, step, pixels } = CANVAS;
  for (const side of [width, height])
    if (side < least || side > most || side % step !== 0)
      throw invalid(`Each side of an image must be ${least} to ${most} pixels, in steps of ${step}.`);
  if (width * height > pixels) throw invalid(`An image may have ${pixels} pixels.`);
  if (Math.max(width, height) > 4 * Math.min(width, height))
    throw invalid('The aspect ratio of an image must be between 1:4 and 4:1.');
}

/** Titan Image Generator and Nova Canvas: `taskType` in, `images` out. */
export const amazonImages: ImageFamily = { read, write: (images) => ({ images, error: null }), marks: true };
