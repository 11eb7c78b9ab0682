import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../../tests/identities.ts';
import { startForTests } from '../../../../tests/start.ts';

/** A server that draws: a plain picture of the asked size, in a colour that follows from the words and the seed. */
const seen: any[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    seen.push({ url: request.url, ...body });
    const [width, height] = body.size.split('x').map(Number);
    const colour = createHash('sha256').update(`${body.prompt} ${body.seed}`).digest();
    const png = new PNG({ width, height });
    for (let at = 0; at < png.data.length; at += 4) png.data.set([colour[0]!, colour[1]!, colour[2]!, 255], at);
    const b64_json = PNG.sync.write(png).toString('base64');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ created: 1, data: Array.from({ length: body.n }, () => ({ b64_json })) }));
  });
});

let clientIn: (region: string) => BedrockRuntimeClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const binding = `openai:http://127.0.0.1:${port}/v1#draw`;
  const { clients } = await startForTests({ models: { 'amazon.nova-canvas-*': binding, 'stability.*': binding } });
  clientIn = (region) => new BedrockRuntimeClient({ ...clients, region, maxAttempts: 1 });
});
afterAll(() => server.close());

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

describe('pictures', () => {
  it('of Nova Canvas come from the server that is bound, in the asked number and size', async () => {
    const config = { numberOfImages: 2, width: 512, height: 320, seed: 7, cfgScale: 6.5 };
    const { images, error } = await invoke(CANVAS, draw(config, { negativeText: 'ships' }));
    expect(error).toBeNull();
    expect(images).toHaveLength(2);
    const { width, height } = PNG.sync.read(Buffer.from(images[0], 'base64'));
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
    expect(seeds).toEqual([seen.at(-1).seed]);
    expect(finish_reasons).toEqual([null]);
    expect(PNG.sync.read(Buffer.from(images[0], 'base64')).width).toBe(1_344);
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
    ['a task that needs a picture', { taskType: 'INPAINTING', inPaintingParams: {} }, 'NotImplemented', 'INPAINTING'],
    ['no words', draw({}, { text: '' }), 'ValidationException', '1 to 1024 characters'],
  ])('are not made for %s', async (_, body, name, message) => {
    expect(await refusal(invoke(CANVAS, body))).toMatchObject({ name, message: expect.stringContaining(message) });
  });
});
