import type { Engines } from '../kernel/engines.ts';
import { AwsError } from '../kernel/errors.ts';

/** The most bytes of a picture that is looked at: as many as a request to Bedrock may have. */
export const PICTURE_BYTES_MAX = 25 * 1024 * 1024;

/** What is answered where a picture cannot be looked at, by the code of the `PictureError`. */
const STATUS: Record<string, number> = { too_large: 413, busy: 503, missing_package: 501 };

/** `POST /_outcrop/watermark`, the bytes of a picture (PNG, JPEG) as its body: whether it has the mark of Amazon's image models here. */
export function watermarkRoutes(pictures: Engines['pictures']) {
  return {
    'POST watermark': async (_request: unknown, _body: unknown, bytes: () => Promise<Uint8Array>) => {
      const picture = await bytes();
      if (picture.length === 0) throw new RangeError('The body is empty: send the bytes of a picture, PNG or JPEG.');
      try {
        // What is no picture, or too large, keeps no thread busy.
        pictures.header(picture);
        return await pictures.detect(picture);
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'PictureError') throw error;
        const { code } = error as Error & { code: string };
        throw new AwsError(code, error.message, STATUS[code] ?? 400);
      }
    },
  };
}
