import type { ImageRequest } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { invalid } from '../errors.ts';
import { anything, checkBody, object, text } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { unbuiltTask, type ImageFamily } from './family.ts';

/** Source: Bedrock User Guide, Amazon Titan Image Generator; Amazon Nova User Guide, "Image generation request and response". */
const TASKS = [
  'TEXT_IMAGE',
  'COLOR_GUIDED_GENERATION',
  'IMAGE_VARIATION',
  'INPAINTING',
  'OUTPAINTING',
  'BACKGROUND_REMOVAL',
  'VIRTUAL_TRY_ON',
];
const IMAGES_MAX = 5;
const SIDE_DEFAULT = 1_024;
const SEED_MAX = 2_147_483_646;
/** Characters of a prompt: Titan 512, Canvas 1,024. */
const PROMPT_MAX = { 'titan-image': 512, 'nova-canvas': 1_024 } as const;
/** Pixels of a side, and of a picture. Source: Nova User Guide: 320 to 4,096 in steps of 16, up to 4,194,304 pixels. */
const CANVAS = { least: 320, most: 4_096, step: 16, pixels: 4_194_304 };
const TITAN_SIZES = new Set(
  '1024x1024 768x768 512x512 768x1152 384x576 1152x768 576x384 768x1280 384x640 1280x768 640x384 896x1152 448x576 1152x896 576x448 768x1408 384x704 1408x768 704x384 640x1408 320x704 1408x640 704x320 1152x640 1173x640'.split(
    ' ',
  ),
);

const shape = object(
  {
    taskType: { type: 'string', values: TASKS },
    textToImageParams: object(
      { text, negativeText: text, conditionImage: anything, controlMode: text, controlStrength: anything, style: text },
      ['text'],
    ),
    colorGuidedGenerationParams: anything,
    imageVariationParams: anything,
    inPaintingParams: anything,
    outPaintingParams: anything,
    backgroundRemovalParams: anything,
    virtualTryOnParams: anything,
    imageGenerationConfig: object({
      numberOfImages: { type: 'integer', min: 1, max: IMAGES_MAX },
      width: { type: 'integer' },
      height: { type: 'integer' },
      cfgScale: { type: 'number', min: 1.1, max: 10 },
      seed: { type: 'integer', min: 0, max: SEED_MAX },
      quality: { type: 'string', values: ['standard', 'premium'] },
    }),
  },
  ['taskType'],
);

function read(body: JsonObject, model: FoundationModel): ImageRequest {
  checkBody(body, shape);
  const task = body['taskType'] as string;
  if (task !== 'TEXT_IMAGE') throw unbuiltTask(task, model);
  const params = body['textToImageParams'] as
    | { text: string; negativeText?: string; conditionImage?: string }
    | undefined;
  if (!params)
    throw invalid(
      'Malformed input request: #: required key [textToImageParams] not found, please reformat your input and try again.',
    );
  if (params.conditionImage !== undefined) throw unbuiltTask('TEXT_IMAGE with a conditionImage', model);
  const most = PROMPT_MAX[model.family as keyof typeof PROMPT_MAX];
  for (const [name, said] of Object.entries({ text: params.text, negativeText: params.negativeText }))
    if (said !== undefined && (said.length === 0 || said.length > most))
      throw invalid(`textToImageParams.${name} must have 1 to ${most} characters.`);
  const config = (body['imageGenerationConfig'] ?? {}) as Record<string, number | undefined>;
  const { width = SIDE_DEFAULT, height = SIDE_DEFAULT, numberOfImages = 1 } = config;
  checkSize(width, height, model);
  return {
    prompt: params.text,
    count: numberOfImages,
    width,
    height,
    ...definedOf({ negativePrompt: params.negativeText, seed: config['seed'], guidance: config['cfgScale'] }),
  };
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
export const amazonImages: ImageFamily = { read, write: (images) => ({ images, error: null }) };
