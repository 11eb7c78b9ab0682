/**
 * Why reasoning failed.
 *
 * - `invalid_policy`: a definition contradicts itself: a name given twice, a type that is not there.
 * - `invalid_expression`: an expression does not parse, or its parts do not fit together; the message says where.
 * - `too_complex`: more than the limits of `limits.ts` allow.
 * - `busy`: too many checks wait already.
 * - `failed`: the solver's process ended without an answer.
 * - `missing_package`: z3-solver is not installed; the message has the command that adds it.
 * - `closed`: the reasoner was closed.
 */
export type ReasonErrorCode =
  | 'invalid_policy'
  | 'invalid_expression'
  | 'too_complex'
  | 'busy'
  | 'failed'
  | 'missing_package'
  | 'closed';

/** The only error of this engine, besides the caller's own abort reason. */
export class ReasonError extends Error {
  override readonly name = 'ReasonError';
  readonly code: ReasonErrorCode;

  constructor(code: ReasonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
