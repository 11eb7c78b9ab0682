import { decode, encodePng, isOpaque } from './codec.ts';
import { PictureError } from './error.ts';
import type { Pixels } from './pixels.ts';
import { mark } from './watermark.ts';

/** A picture that is edited: which pixels of the mask stand for those that may change. */
export type Original = { picture: Uint8Array; mask: Uint8Array; changes: 'black' | 'white' };

/** JPEG does not keep even black and white exactly, at its best quality; grey levels that a mask of that format may be off. */
const JPEG_SLACK = 8;

/**
 * Picture and mask in the form that models are given: PNG files of one size, the mask transparent where the picture is to be changed and
 * otherwise the picture itself.
 *
 * @throws PictureError 'translucent', 'size', 'mask'
 */
export async function preparedEdit(original: Original): Promise<{ picture: Uint8Array; mask: Uint8Array }> {
  const { pixels, changed } = await readOriginal(original);
  const cut = { ...pixels, data: pixels.data.slice() };
  for (let i = 0; i < changed.length; i++) if (changed[i]) cut.data[i * 4 + 3] = 0;
  return { picture: await encodePng(pixels), mask: await encodePng(cut) };
}

/** Checks a picture that comes without a mask. Throws `PictureError`. */
export async function checkPicture(bytes: Uint8Array): Promise<void> {
  checkOpaque(await decode(bytes), 'The picture');
}

/**
 * What a model made, as it is handed out: a PNG file. Over an original, all pixels that were not to be changed are the original's own, to the
 * last bit, and the mark lies only in those that were.
 *
 * @throws PictureError 'size' where what was made has another size than the original
 */
export async function finished(made: Uint8Array, over: Original | undefined, marked: boolean): Promise<Uint8Array> {
  const { format: _format, ...drawn } = await decode(made);
  if (!over) {
    if (marked) mark(drawn);
    return encodePng(drawn);
  }
  const { pixels, changed } = await readOriginal(over);
  if (pixels.width !== drawn.width || pixels.height !== drawn.height)
    throw new PictureError(
      'size',
      `a picture of ${drawn.width}x${drawn.height} pixels was made, where the original has ${pixels.width}x${pixels.height}`,
    );
  compose(drawn, pixels, changed);
  if (marked) mark(pixels, changed);
  return encodePng(pixels);
}

/** Lays `drawn` over `below` where it is to change; what is drawn translucent lets the original through. */
function compose(drawn: Pixels, below: Pixels, changed: Uint8Array): void {
  for (let i = 0; i < changed.length; i++) {
    if (!changed[i]) continue;
    const share = drawn.data[i * 4 + 3]! / 255;
    for (let at = i * 4; at < i * 4 + 3; at++)
      below.data[at] = Math.round(drawn.data[at]! * share + below.data[at]! * (1 - share));
  }
}

/** The original's pixels, and one byte for each: 1 where it is to change. */
async function readOriginal({ picture, mask, changes }: Original): Promise<{ pixels: Pixels; changed: Uint8Array }> {
  const { format: _format, ...pixels } = await decode(picture);
  checkOpaque(pixels, 'The picture');
  const read = await decode(mask);
  if (read.width !== pixels.width || read.height !== pixels.height)
    throw new PictureError(
      'size',
      `The mask has ${read.width}x${read.height} pixels, the picture ${pixels.width}x${pixels.height}; they must be of one size.`,
    );
  checkOpaque(read, 'The mask');
  const changed = new Uint8Array(read.width * read.height);
  const slack = read.format === 'jpeg' ? JPEG_SLACK : 0;
  let some = false;
  for (let i = 0; i < changed.length; i++) {
    const [red, green, blue] = [read.data[i * 4]!, read.data[i * 4 + 1]!, read.data[i * 4 + 2]!];
    const least = Math.min(red, green, blue);
    const most = Math.max(red, green, blue);
    const black = most <= slack;
    if (!black && least < 255 - slack)
      throw new PictureError('mask', 'The mask has pixels other than black and white.');
    if (black !== (changes === 'black')) continue;
    changed[i] = 1;
    some = true;
  }
  if (!some) throw new PictureError('mask', `The mask has no ${changes} pixels: there is nothing to change.`);
  return { pixels, changed };
}

function checkOpaque({ data }: Pixels, what: string): void {
  if (!isOpaque(data)) throw new PictureError('translucent', `${what} has transparent or translucent pixels.`);
}
