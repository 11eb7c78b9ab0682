/**
 * Why a text could not be analysed.
 *
 * - `invalid`: an argument that means nothing (an empty phrase, a pattern that does not parse).
 * - `unsupported`: a pattern that asks for what a linear-time engine cannot do (lookaround, backreferences).
 * - `too_large`: a text, or a number of phrases or topics, over the bounds.
 * - `missing_package`: an npm package of the engine is not installed; the message has the command that adds it.
 */
export type TextErrorCode = 'invalid' | 'unsupported' | 'too_large' | 'missing_package';

/** The only error of its own that text analysis throws. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly code: TextErrorCode;

  constructor(code: TextErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The longest text of one call, in UTF-16 code units. */
export const TEXT_LENGTH_MAX = 100_000;

/** @throws {TextError} `too_large` for a text of over 100,000 UTF-16 code units. */
export function checkLength(text: string, what = 'The text'): void {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new TextError('too_large', `${what} has ${text.length} characters; at most ${TEXT_LENGTH_MAX} are analysed.`);
  }
}
