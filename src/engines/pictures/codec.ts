import { inflateSync } from 'node:zlib';
import { PictureError } from './error.ts';
import type { Pixels } from './pixels.ts';

/** What the first bytes of a picture tell. */
export type PictureHeader = { format: 'png' | 'jpeg'; width: number; height: number };

/** Pixels of a picture that is read; ours. A decoded pixel takes 4 bytes, and the mark some 30 more. */
export const PIXELS_MAX = 16_777_216;
/** Pixels of a side; ours. The mark is looked for by tiles: a strip one pixel high has as many as a picture a tile high. */
const SIDE_MAX = 16_384;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Start of frame, in its many kinds: C4, C8 and CC among them are something else. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** The byte of a PNG file that tells how its rows are ordered. */
const INTERLACE = 28;
/** Start of scan. */
const SCAN = Buffer.from([0xff, 0xda]);
/** Scans of a JPEG file; ours. Progressive pictures have some ten. */
const SCANS_MAX = 100;
/** Bits of a colour channel. */
const DEPTH_MAX = 8;

/** Format and size of a picture, without decoding it. Throws `PictureError`: neither PNG nor JPEG, or too large. */
export function headerOf(bytes: Uint8Array): PictureHeader {
  const header = isPng(bytes) ? pngHeader(bytes) : isJpeg(bytes) ? jpegHeader(bytes) : undefined;
  if (!header) throw new PictureError('unsupported', 'The picture is neither PNG nor JPEG.');
  const { width, height } = header;
  if (width === 0 || height === 0) throw new PictureError('corrupt', 'The picture has no pixels.');
  if (width * height > PIXELS_MAX)
    throw new PictureError('too_large', `The picture has ${width}x${height} pixels; at most ${PIXELS_MAX} are read.`);
  if (Math.max(width, height) > SIDE_MAX)
    throw new PictureError(
      'too_large',
      `The picture has ${width}x${height} pixels; at most ${SIDE_MAX} a side are read.`,
    );
  return header;
}

const isPng = (bytes: Uint8Array) => PNG_SIGNATURE.every((byte, index) => bytes[index] === byte);
const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8;

function pngHeader(bytes: Uint8Array): PictureHeader {
  if (bytes.length < 33) throw new PictureError('corrupt', 'The PNG picture breaks off.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[24]! > DEPTH_MAX)
    throw new PictureError('unsupported', 'The picture has more than 8 bits for each color channel.');
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** Segments, and bytes that fill up, before a JPEG's frame: hundreds in an honest one. It is read on the event loop. */
const SEGMENTS_MAX = 100_000;

function jpegHeader(bytes: Uint8Array): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2, segments = 0; at + 9 < bytes.length; segments++) {
    if (bytes[at] !== 0xff || segments > SEGMENTS_MAX) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return { format: 'jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    else at += 2 + view.getUint16(at + 2);
  }
  throw new PictureError('corrupt', 'The JPEG picture cannot be parsed.');
}

/** The pixels of a PNG or JPEG picture. Throws `PictureError`. Takes long for large pictures: not for the event loop. */
export async function decode(bytes: Uint8Array): Promise<Pixels & { format: PictureHeader['format'] }> {
  const { format, width, height } = headerOf(bytes);
  const data = format === 'png' ? await decodePng(bytes) : await decodeJpeg(bytes);
  if (data.length !== width * height * 4) throw new PictureError('corrupt', `The ${format} picture cannot be parsed.`);
  return { format, width, height, data };
}

async function decodePng(bytes: Uint8Array): Promise<Uint8Array> {
  const { PNG } = await pngjs();
  checkPng(bytes);
  return parsed('PNG', () => PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).data);
}

/**
 * What pngjs does not look after: that a second header tells no other size, and that interlaced pixels are no more than the first one says.
 * Throws `PictureError`.
 */
function checkPng(bytes: Uint8Array): void {
  const { width, height } = pngHeader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed: Uint8Array[] = [];
  for (let at = PNG_SIGNATURE.length; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    if (type === 'IHDR' && at > PNG_SIGNATURE.length)
      throw new PictureError('corrupt', 'The PNG picture cannot be parsed: it has two headers.');
    if (type === 'IDAT') packed.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  if (bytes[INTERLACE] !== 1) return;
  // Four bytes a pixel at most; the seven passes have fewer than twice as many rows, each with two bytes more at most.
  const maxOutputLength = 4 * width * height + 4 * height + 32;
  try {
    inflateSync(Buffer.concat(packed), { maxOutputLength });
  } catch (error) {
    // What else is wrong with it shows when it is read.
    if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') return;
    throw new PictureError('corrupt', 'The PNG picture cannot be parsed: it holds more than its size says.');
  }
}

async function decodeJpeg(bytes: Uint8Array): Promise<Uint8Array> {
  checkScans(bytes);
  const jpeg = await import('jpeg-js').catch(missing('jpeg-js', 'npm install jpeg-js@0.4.4'));
  const { decode } = 'default' in jpeg ? (jpeg.default as typeof jpeg) : jpeg;
  const limits = { maxResolutionInMP: Math.ceil(PIXELS_MAX / 1e6), maxMemoryUsageInMB: 768 };
  return parsed('JPEG', () => decode(bytes, { useTArray: true, ...limits }).data);
}

/** Each scan goes over the whole picture, however few bytes it has. Throws `PictureError`. */
function checkScans(bytes: Uint8Array): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  // In a scan's own bytes 0xff is followed by 0.
  for (let at = file.indexOf(SCAN); at >= 0; at = file.indexOf(SCAN, at + SCAN.length))
    if (++scans > SCANS_MAX)
      throw new PictureError('corrupt', `The JPEG picture cannot be parsed: it has more than ${SCANS_MAX} scans.`);
}

function parsed(format: string, read: () => Uint8Array): Uint8Array {
  try {
    return read();
  } catch (error) {
    throw new PictureError('corrupt', `The ${format} picture cannot be parsed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A PNG file of the pixels, with opacity where not all of them are opaque. */
export async function encodePng({ width, height, data }: Pixels): Promise<Uint8Array> {
  const { PNG } = await pngjs();
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return PNG.sync.write(png, { colorType: isOpaque(data) ? 2 : 6, inputHasAlpha: true });
}

/** Whether nothing shines through. */
export function isOpaque(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

const pngjs = async () => import('pngjs').catch(missing('pngjs', 'npm install pngjs@7.0.0'));

/** For the rejection of `import()` of an optional package. */
const missing = (name: string, command: string) => (error: unknown) => {
  const code = (error as { code?: unknown }).code;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
  throw new PictureError('missing_package', `Pictures need the package ${name}. Add it with: ${command}`, {
    cause: error,
  });
};
