/** Why a measure cannot be taken: `invalid` input, `too_large` for its bounds, or `unsupported` by what it was handed. */
export type EvaluateErrorCode = 'invalid' | 'too_large' | 'unsupported';

export class EvaluateError extends Error {
  override readonly name = 'EvaluateError';
  readonly code: EvaluateErrorCode;
  constructor(code: EvaluateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
