/**
 * Why a document could not be read.
 *
 * - `unsupported`: a format that is recognised but has no reader (binary Word and Excel).
 * - `mismatch`: the bytes are not of the format that the caller named.
 * - `encrypted`: the document needs a password.
 * - `too_large`: the bytes, or what they inflate to, exceed the bound.
 * - `too_many_pages`: more pages than `maxPages`.
 * - `corrupt`: the format is right, its contents cannot be parsed.
 * - `timeout`: reading took longer than `timeoutMs`.
 * - `busy`: too many documents are waiting to be read; try again.
 * - `missing_package`: an optional npm package is not installed; the message has the command that adds it.
 */
export type DocumentErrorCode =
  | 'unsupported'
  | 'mismatch'
  | 'encrypted'
  | 'too_large'
  | 'too_many_pages'
  | 'corrupt'
  | 'timeout'
  | 'busy'
  | 'missing_package';

/** The only error that {@link readDocument} throws, besides the caller's own abort reason. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly code: DocumentErrorCode;

  constructor(code: DocumentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Wraps the rejection of `import()` of an optional package; anything else is passed through. */
export function missingPackage(error: unknown, name: string, command: string): unknown {
  const code = (error as { code?: unknown })?.code;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return error;
  return new DocumentError(
    'missing_package',
    `Reading this format needs the package ${name}. Add it with: ${command}`,
    {
      cause: error,
    },
  );
}
