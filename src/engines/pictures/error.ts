/**
 * Why a picture could not be read or made.
 *
 * - `unsupported`: neither PNG nor JPEG.
 * - `corrupt`: the format is right, its contents cannot be parsed.
 * - `too_large`: more bytes or pixels than are read.
 * - `translucent`: pixels that can be seen through where none may be.
 * - `size`: two pictures that belong together differ in size.
 * - `mask`: a mask with other pixels than black and white, or with nothing to change.
 * - `busy`: too many pictures are waiting; try again.
 * - `missing_package`: an optional npm package is not installed; the message has the command that adds it.
 */
export type PictureErrorCode =
  | 'unsupported'
  | 'corrupt'
  | 'too_large'
  | 'translucent'
  | 'size'
  | 'mask'
  | 'busy'
  | 'missing_package';

/** The only error of the engine, besides the caller's own abort reason. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
  readonly code: PictureErrorCode;

  constructor(code: PictureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
