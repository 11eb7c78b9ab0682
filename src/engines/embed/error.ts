/**
 * Why texts could not be embedded.
 *
 * - `invalid`: no texts, an empty text, or dimensions out of range.
 * - `too_large`: more texts, or a longer text, than the bounds allow.
 * - `missing_package`: the model's npm packages are not installed; the message has the command that adds them.
 * - `busy`: too many texts are waiting to be embedded; try again.
 * - `closed`: the embedder was closed.
 */
export type EmbedErrorCode = 'invalid' | 'too_large' | 'missing_package' | 'busy' | 'closed';

/** The only error that an embedder throws, besides the caller's own abort reason and the failure of its thread. */
export class EmbedError extends Error {
  override readonly name = 'EmbedError';
  readonly code: EmbedErrorCode;

  constructor(code: EmbedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
