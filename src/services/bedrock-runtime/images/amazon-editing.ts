import type { ImageEdit } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { invalid, unbuilt } from '../errors.ts';
import type { Asked } from './family.ts';
import { checkPicture, pictureOf, preparedEdit, type Given } from './pictures.ts';

/** `inPaintingParams` and `outPaintingParams`. */
export type Painting = {
  image: string;
  maskImage?: string;
  maskPrompt?: string;
  text?: string;
  returnMask?: boolean;
  outPaintingMode?: 'DEFAULT' | 'PRECISE';
};

/** `imageVariationParams`. */
export type Variation = { images: string[]; text?: string; similarityStrength?: number };

/** What every task says of the pictures it wants. */
type Wanted = Pick<ImageEdit, 'count' | 'negativePrompt' | 'guidance'>;

/**
 * What pictures that are given must be. Source: Bedrock User Guide, Titan Image Generator: up to 5 MB; for in- and outpainting up to 1,408
 * pixels a side, for variations 4,096. Amazon Nova User Guide: 320 to 4,096 a side, up to 4,194,304 pixels, from 1:4 to 4:1.
 */
const TITAN = { bytes: 5 * 1024 * 1024, painted: 1_408, varied: 4_096 };
const CANVAS = { least: 320, most: 4_096, pixels: 4_194_304, ratio: 4 };

/** Which pixels of the mask stand for those that change. Source: both guides: inpainting black, outpainting white. */
const CHANGES = { INPAINTING: 'black', OUTPAINTING: 'white' } as const;

/** What inpainting without words means. Source: both guides, inPaintingParams.text: without it, the masked area is replaced with background. */
const BACKGROUND = 'The background that surrounds this area, continued without any object in it';

/** A task that changes a picture in part. Throws ValidationException, NotImplemented. */
export async function readPainting(
  call: Call,
  model: FoundationModel,
  task: keyof typeof CHANGES,
  params: Painting,
  wanted: Wanted,
  size: { width: number | undefined; height: number | undefined },
): Promise<Asked> {
  const where = task === 'INPAINTING' ? 'inPaintingParams' : 'outPaintingParams';
  if ((params.maskImage === undefined) === (params.maskPrompt === undefined))
    throw invalid(`${where} must have either a maskPrompt or a maskImage.`);
  const picture = given(call, model, `${where}.image`, params.image, TITAN.painted);
  if (params.maskImage === undefined)
    throw unbuilt(
      `maskPrompt of ${model.id} needs a model that finds in a picture what words name, which no backend offers; give a maskImage. It`,
    );
  if (params.returnMask) throw unbuilt(`returnMask of ${model.id}`);
  const mask = given(call, model, `${where}.maskImage`, params.maskImage, TITAN.painted);
  const { width, height } = picture;
  // The answer is the picture itself, changed in part: at another size no pixel of it would stay as it is.
  if ((size.width ?? width) !== width || (size.height ?? height) !== height)
    throw unbuilt(
      `${task} to another size (${size.width ?? width}x${size.height ?? height}) than the image's (${width}x${height})`,
    );
  const over = { picture: picture.bytes, mask: mask.bytes, changes: CHANGES[task] };
  const prepared = await preparedEdit(call, over);
  const prompt = params.text ?? BACKGROUND;
  return { edit: { ...wanted, prompt, width, height, pictures: [prepared.picture], mask: prepared.mask }, over };
}

/** Variations of pictures, by words or by themselves. Throws ValidationException, NotImplemented. */
export async function readVariation(
  call: Call,
  model: FoundationModel,
  params: Variation,
  wanted: Wanted & Pick<ImageEdit, 'width' | 'height'>,
): Promise<Asked> {
  const pictures = params.images.map((image, index) =>
    given(call, model, `imageVariationParams.images[${index}]`, image, TITAN.varied),
  );
  if (params.text === undefined && pictures.length > 1)
    throw unbuilt('IMAGE_VARIATION of more than one image without text');
  await Promise.all(pictures.map((picture) => checkPicture(call, picture)));
  const { similarityStrength } = params;
  return {
    edit: {
      ...wanted,
      pictures: pictures.map(({ bytes }) => bytes),
      ...definedOf({
        prompt: params.text,
        strength: similarityStrength === undefined ? undefined : Math.round((1 - similarityStrength) * 1_000) / 1_000,
      }),
    },
  };
}

function given(call: Call, model: FoundationModel, name: string, base64: string, titanSide: number): Given {
  const titan = model.family === 'titan-image';
  const picture = pictureOf(call, name, base64, titan ? TITAN.bytes : undefined);
  const { width, height } = picture;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (titan) {
    if (long > titanSide) throw invalid(`${name}: each side must have at most ${titanSide} pixels.`);
    return picture;
  }
  if (short < CANVAS.least || long > CANVAS.most)
    throw invalid(`${name}: each side must have ${CANVAS.least} to ${CANVAS.most} pixels.`);
  if (width * height > CANVAS.pixels) throw invalid(`${name} must have at most ${CANVAS.pixels} pixels.`);
  if (long > CANVAS.ratio * short) throw invalid(`${name}: the aspect ratio must be between 1:4 and 4:1.`);
  return picture;
}
