import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { draws } from '../../../../tests/draws.ts';
import { refusal } from '../../../../tests/identities.ts';
import { colourOf, drawingServer } from '../../../../tests/image-server.ts';
import { startForTests } from '../../../../tests/start.ts';
import { drawing, type DrawingKind } from '../../../engines/pictures/drawings.fixture.ts';
import type { Pixels } from '../../../engines/pictures/pixels.ts';

const { random } = draws('images');
const { seen, instead, binding } = drawingServer();

let clientIn: (region: string) => BedrockRuntimeClient;
beforeAll(async () => {
  const { clients } = await startForTests({
    models: { 'amazon.nova-canvas-*': binding(), 'stability.*': binding() },
  });
  clientIn = (region) => new BedrockRuntimeClient({ ...clients, region, maxAttempts: 1 });
});

async function invoke(modelId: string, body: object): Promise<any> {
  // Of these models, each is in one of the two.
  const region = modelId.startsWith('stability.') ? 'us-west-2' : 'us-east-1';
  const answer = await clientIn(region).send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(Buffer.from(answer.body).toString('utf8'));
}
const CANVAS = 'amazon.nova-canvas-v1:0';
const draw = (config: object, params: object = {}) => ({
  taskType: 'TEXT_IMAGE',
  textToImageParams: { text: 'A lighthouse', ...params },
  imageGenerationConfig: config,
});

const [WIDTH, HEIGHT] = [384, 320];
const HOLE = { left: 96, top: 64, right: 256, bottom: 224 };
const inHole = (i: number) => {
  const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
  return x >= HOLE.left && x < HOLE.right && y >= HOLE.top && y < HOLE.bottom;
};

const pixels = (kind: DrawingKind = 'scene', width = WIDTH, height = HEIGHT) => drawing(kind, width, height, random);
const png = ({ width, height, data }: Pixels) => {
  const file = new PNG({ width, height });
  file.data = Buffer.from(data);
  return PNG.sync.write(file).toString('base64');
};
const jpg = (picture: Pixels, quality: number) => jpeg.encode(picture, quality).data.toString('base64');
/** Black in the hole, white around it; `of` paints both where it is given. */
const mask = (of = (i: number): number => (inHole(i) ? 0 : 255), width = WIDTH, height = HEIGHT): Pixels => {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) data.fill(of(i), i * 4, i * 4 + 3);
  return { width, height, data };
};
const painting = (task: 'INPAINTING' | 'OUTPAINTING', params: object, config: object = { seed: 5 }) => ({
  taskType: task,
  [task === 'INPAINTING' ? 'inPaintingParams' : 'outPaintingParams']: { text: 'A red boat', ...params },
  imageGenerationConfig: config,
});
const read = (base64: string) => PNG.sync.read(Buffer.from(base64, 'base64'));

/** Pixels that differ from the original, of those that are to change and of all others. */
function differences(before: Uint8Array, after: Uint8Array, changes: (i: number) => boolean) {
  const count = { changed: 0, toChange: 0, disturbed: 0 };
  for (let i = 0; i < before.length / 4; i++) {
    const same = [0, 1, 2, 3].every((channel) => before[i * 4 + channel] === after[i * 4 + channel]);
    if (changes(i)) {
      count.toChange += 1;
      if (!same) count.changed += 1;
    } else if (!same) count.disturbed += 1;
  }
  return count;
}

describe('pictures', () => {
  it('of Nova Canvas come from the server that is bound, in the asked number and size', async () => {
    const config = { numberOfImages: 2, width: 512, height: 320, seed: 7, cfgScale: 6.5 };
    const { images, error } = await invoke(CANVAS, draw(config, { negativeText: 'ships' }));
    expect(error).toBeNull();
    expect(images).toHaveLength(2);
    const { width, height } = read(images[0]);
    expect([width, height]).toEqual([512, 320]);
    expect(seen.at(-1)).toMatchObject({
      url: '/v1/images/generations',
      model: 'draw',
      prompt: 'A lighthouse',
      negative_prompt: 'ships',
      seed: 7,
      guidance_scale: 6.5,
      size: '512x320',
    });
    expect((await invoke(CANVAS, draw(config))).images).toEqual(images);
  });

  it('of Stability AI tell the seed they were drawn with', async () => {
    const { images, seeds, finish_reasons } = await invoke('stability.stable-image-core-v1:1', {
      prompt: 'A lighthouse',
      aspect_ratio: '16:9',
    });
    expect(seeds).toEqual([seen.at(-1)!['seed']]);
    expect(finish_reasons).toEqual([null]);
    expect(read(images[0]).width).toBe(1_344);
  });

  it('are refused, with the way out, where no backend that draws is bound', async () => {
    expect(await refusal(invoke('amazon.titan-image-generator-v2:0', draw({})))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
      message: expect.stringContaining('outcrop models bind'),
    });
  });

  it.each([
    ['a size that is none', draw({ width: 300, height: 300 }), 'ValidationException', 'pixels'],
    ['a task that is none', { taskType: 'DREAM' }, 'ValidationException', 'DREAM'],
    ['an edit without a picture', { taskType: 'INPAINTING', inPaintingParams: {} }, 'ValidationException', 'image'],
    ['an edit without its parameters', { taskType: 'INPAINTING' }, 'ValidationException', '[inPaintingParams]'],
    ['no words', draw({}, { text: '' }), 'ValidationException', '1 to 1024 characters'],
    ['a seed beyond the model’s own', draw({ seed: 858_993_460 }), 'ValidationException', 'seed'],
  ])('are not made for %s', async (_, body, name, message) => {
    expect(await refusal(invoke(CANVAS, body))).toMatchObject({ name, message: expect.stringContaining(message) });
  });
});

describe('edits', () => {
  it('change where the mask is black, every pixel there, and not one bit of the rest', async () => {
    const original = pixels();
    const body = painting('INPAINTING', { image: png(original), maskImage: png(mask()), negativeText: 'ships' });
    const { images, error } = await invoke(CANVAS, body);
    expect(error).toBeNull();
    const { toChange, ...rest } = differences(original.data, read(images[0]).data, inHole);
    expect(toChange).toBe(160 * 160);
    expect(rest.disturbed).toBe(0);
    expect(rest.changed / toChange).toBeGreaterThan(0.99);
    const asked = seen.at(-1)!;
    expect(asked).toMatchObject({
      url: '/v1/images/edits',
      model: 'draw',
      prompt: 'A red boat',
      negative_prompt: 'ships',
      n: '1',
      size: `${WIDTH}x${HEIGHT}`,
      seed: '5',
    });
    expect(asked.files.map(({ name, type }) => [name, type])).toEqual([
      ['image', 'image/png'],
      ['mask', 'image/png'],
    ]);
    // What is asked for lies where it was to lie, but for the invisible mark.
    const middle = (144 * WIDTH + 176) * 4;
    const painted = read(images[0]).data;
    for (const [i, value] of colourOf('A red boat', 5).entries())
      expect(Math.abs(painted[middle + i]! - value)).toBeLessThanOrEqual(8);
    expect((await invoke(CANVAS, body)).images).toEqual(images);
    const reseeded = painting('INPAINTING', { image: png(original), maskImage: png(mask()) }, { seed: 6 });
    expect((await invoke(CANVAS, reseeded)).images).not.toEqual(images);
  });

  it('outpaint where the mask is white', async () => {
    const original = pixels();
    const body = painting('OUTPAINTING', { image: png(original), maskImage: png(mask()), outPaintingMode: 'PRECISE' });
    const { images } = await invoke(CANVAS, body);
    const { changed, toChange, disturbed } = differences(original.data, read(images[0]).data, (i) => !inHole(i));
    expect([toChange, disturbed]).toEqual([WIDTH * HEIGHT - 160 * 160, 0]);
    expect(changed / toChange).toBeGreaterThan(0.99);
  });

  it('take JPEG for picture and mask, and keep what the picture decodes to', async () => {
    const image = jpg(pixels(), 85);
    // Blocks of JPEG: in a mask whose edges lie on them nothing rings.
    const body = painting('INPAINTING', { image, maskImage: jpg(mask(), 100) });
    const { images } = await invoke(CANVAS, body);
    const { data } = jpeg.decode(Buffer.from(image, 'base64'));
    const { changed, toChange, disturbed } = differences(data, read(images[0]).data, inHole);
    expect([toChange, disturbed]).toEqual([160 * 160, 0]);
    expect(changed / toChange).toBeGreaterThan(0.99);
  });

  it('without words continue the background', async () => {
    const body = { taskType: 'INPAINTING', inPaintingParams: { image: png(pixels()), maskImage: png(mask()) } };
    expect((await invoke(CANVAS, body)).images).toHaveLength(1);
    expect(seen.at(-1)!['prompt']).toContain('background');
  });

  const image = () => png(pixels());
  const maskImage = () => png(mask());
  const translucent = () => {
    const picture = pixels();
    picture.data[3] = 254;
    return png(picture);
  };
  it.each([
    ['a mask of another size', () => ({ image: image(), maskImage: png(mask(() => 0, 320, 320)) }), 'of one size'],
    ['a grey mask', () => ({ image: image(), maskImage: png(mask((i) => i % 256)) }), 'other than black and white'],
    ['a mask with nothing to change', () => ({ image: image(), maskImage: png(mask(() => 255)) }), 'no black pixels'],
    ['a translucent picture', () => ({ image: translucent(), maskImage: maskImage() }), 'transparent'],
    ['a picture that is too small', () => ({ image: png(pixels('plain', 319, 320)), maskImage: maskImage() }), '320'],
    ['a picture that is too long', () => ({ image: png(pixels('plain', 1600, 336)), maskImage: maskImage() }), '1:4'],
    ['what is no Base64', () => ({ image: 'data:image/png;base64,AA==', maskImage: maskImage() }), 'Base64'],
    ['what is no picture', () => ({ image: btoa('A picture'), maskImage: maskImage() }), 'neither PNG nor JPEG'],
    ['a torn picture', () => ({ image: image().slice(0, 4_000), maskImage: maskImage() }), 'cannot be parsed'],
    ['neither a mask nor words for it', () => ({ image: image() }), 'either a maskPrompt or a maskImage'],
    [
      'a mask and words for it',
      () => ({ image: image(), maskImage: maskImage(), maskPrompt: 'boat' }),
      'either a maskPrompt or a maskImage',
    ],
    ['too long a text', () => ({ image: image(), maskImage: maskImage(), text: 'a'.repeat(1_025) }), '1 to 1024'],
  ])('are refused for %s, and no model is asked', async (_, params, message) => {
    const before = seen.length;
    expect(await refusal(invoke(CANVAS, painting('INPAINTING', params())))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: expect.stringContaining(message),
    });
    expect(seen.length).toBe(before);
  });

  it.each([
    ['words for a mask', painting('INPAINTING', { image: image(), maskPrompt: 'boat' }), 'maskPrompt'],
    [
      'another size',
      painting('OUTPAINTING', { image: image(), maskImage: maskImage() }, { width: 512, height: 512 }),
      'OUTPAINTING to another size (512x512)',
    ],
    ['the mask', painting('INPAINTING', { image: image(), maskImage: maskImage(), returnMask: true }), 'returnMask'],
    [
      'a cut-out subject',
      { taskType: 'BACKGROUND_REMOVAL', backgroundRemovalParams: { image: image() } },
      'BACKGROUND_REMOVAL',
    ],
    ['a fitting', { taskType: 'VIRTUAL_TRY_ON', virtualTryOnParams: {} }, 'VIRTUAL_TRY_ON'],
  ])('that need %s answer 501 by name', async (_, body, message) => {
    expect(await refusal(invoke(CANVAS, body))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
      message: expect.stringContaining(message),
    });
  });

  it('fail as the model’s fault where the server draws another size, or no picture', async () => {
    const body = painting('INPAINTING', { image: image(), maskImage: maskImage() });
    instead.push({ picture: Buffer.from(png(pixels('plain', 320, 320)), 'base64') });
    expect(await refusal(invoke(CANVAS, body))).toMatchObject({
      name: 'ModelErrorException',
      message: expect.stringContaining('320x320'),
    });
    instead.push({ picture: Buffer.from('A picture') });
    expect(await refusal(invoke(CANVAS, body))).toMatchObject({ name: 'ModelErrorException' });
  });

  it('answer 501 with the way out where the bound server only draws', async () => {
    instead.push({ status: 404 });
    expect(
      await refusal(invoke(CANVAS, painting('INPAINTING', { image: image(), maskImage: maskImage() }))),
    ).toMatchObject({ name: 'NotImplemented', status: 501, message: expect.stringContaining('/v1/images/edits') });
  });
});

describe('variations', () => {
  const variation = (params: object) => ({
    taskType: 'IMAGE_VARIATION',
    imageVariationParams: params,
    imageGenerationConfig: { width: 320, height: 320, seed: 9 },
  });

  it('by words are edits of all pictures, as near as was asked', async () => {
    const images = [png(pixels('gradient')), jpg(pixels('scene'), 80)];
    const answer = await invoke(CANVAS, variation({ images, text: 'At night', similarityStrength: 0.7 }));
    expect(read(answer.images[0]).width).toBe(320);
    const asked = seen.at(-1)!;
    expect(asked).toMatchObject({ url: '/v1/images/edits', prompt: 'At night', strength: '0.3', size: '320x320' });
    expect(asked.files.map(({ name, type }) => [name, type])).toEqual([
      ['image[]', 'image/png'],
      ['image[]', 'image/jpeg'],
    ]);
    expect(asked.files.map(({ bytes }) => bytes.toString('base64'))).toEqual(images);
  });

  it('without words are asked of the endpoint for variations, and are made of one picture', async () => {
    const one = png(pixels());
    expect((await invoke(CANVAS, variation({ images: [one] }))).images).toHaveLength(1);
    expect(seen.at(-1)).toMatchObject({ url: '/v1/images/variations' });
    expect(seen.at(-1)).not.toHaveProperty('prompt');
    expect(await refusal(invoke(CANVAS, variation({ images: [one, one] })))).toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('without text'),
    });
  });

  it('of Stability AI begin with the picture and say how much of it may change', async () => {
    const body = {
      prompt: 'At night',
      mode: 'image-to-image',
      image: png(pixels('scene', 192, 128)),
      strength: 0.6,
      seed: 3,
    };
    const { images, seeds } = await invoke('stability.sd3-5-large-v1:0', body);
    expect(seeds).toEqual([3]);
    expect(seen.at(-1)).toMatchObject({ url: '/v1/images/edits', strength: '0.6', size: '192x128', seed: '3' });
    // These models put no mark: the colour is as it was drawn.
    expect([...read(images[0]).data.subarray(0, 3)]).toEqual(colourOf('At night', 3));
    const { strength: _, ...incomplete } = body;
    expect(await refusal(invoke('stability.sd3-5-large-v1:0', incomplete))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('strength'),
    });
  });
});
