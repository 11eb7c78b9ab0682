import jpeg from 'jpeg-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../src/engines/pictures/drawings.fixture.ts';
import { mark } from '../src/engines/pictures/watermark.ts';
import type { Outcrop } from '../src/main.ts';
import { draws } from './draws.ts';
import { startForTests } from './start.ts';
import { askWatermark } from './watermark.ts';

const { random } = draws('watermark');
let outcrop: Outcrop;
beforeAll(async () => {
  outcrop = await startForTests();
});

const ask = (picture: Uint8Array, credentials = outcrop.credentials) => askWatermark(outcrop, picture, credentials);

describe('/_outcrop/watermark', () => {
  it('tells a marked picture from another, and where the mark lies', async () => {
    const picture = drawing('scene', 512, 384, random);
    const plain = await ask(jpeg.encode(picture, 90).data);
    expect(plain).toEqual({ status: 200, found: false, score: expect.any(Number), threshold: expect.any(Number) });
    mark(picture);
    const marked = await ask(jpeg.encode(picture, 90).data);
    expect(marked).toMatchObject({
      status: 200,
      found: true,
      scale: 1,
      area: { x: 0, y: 0, width: 512, height: 384 },
    });
    expect(marked.score).toBeGreaterThan(marked.threshold!);
  });

  it('refuses what is no picture, and too much of it, with the reason', async () => {
    expect(await ask(new Uint8Array())).toMatchObject({ status: 400, message: expect.stringContaining('empty') });
    expect(await ask(Buffer.from('A picture'))).toMatchObject({
      status: 400,
      message: 'The picture is neither PNG nor JPEG.',
    });
    const picture = jpeg.encode(drawing('plain', 64, 64, random), 90).data;
    expect(await ask(picture.subarray(0, 300))).toMatchObject({
      status: 400,
      message: expect.stringContaining('cannot be parsed'),
    });
    // A header of 65,500 by 65,500 pixels, and nothing behind it.
    const vast = Buffer.from(picture);
    const frame = vast.indexOf(Buffer.from([0xff, 0xc0]));
    vast.writeUInt16BE(65_500, frame + 5);
    vast.writeUInt16BE(65_500, frame + 7);
    expect(await ask(vast)).toMatchObject({ status: 413, message: expect.stringContaining('65500x65500 pixels') });
    expect(await ask(new Uint8Array(25 * 1024 * 1024 + 1))).toMatchObject({
      status: 413,
      message: `The request body is larger than ${25 * 1024 * 1024} bytes`,
    });
  });

  it('answers the account root alone', async () => {
    const url = `${outcrop.endpoint}/_outcrop/watermark`;
    expect((await fetch(url, { method: 'POST', body: 'A picture' })).status).toBe(403);
    expect((await ask(Buffer.from('A picture'), { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' })).status).toBe(403);
  });
});
