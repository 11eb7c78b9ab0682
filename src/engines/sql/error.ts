/**
 * Why a SQL statement failed.
 *
 * - `invalid`: the statement does not parse or bind, or is not of the allowed kind; the message is DuckDB's.
 * - `failed`: it failed while running (a cast, a division, damaged data).
 * - `denied`: it reached for a file or a setting outside the sandbox.
 * - `timeout`: it ran longer than `timeoutMs`.
 * - `too_large`: its result has more than `maxRows` rows, or it needed more memory than the database has.
 * - `missing_package`: DuckDB is not installed; the message has the command that adds it.
 * - `closed`: the database was closed.
 */
export type SqlErrorCode = 'invalid' | 'failed' | 'denied' | 'timeout' | 'too_large' | 'missing_package' | 'closed';

/** The only error that a {@link SqlDatabase} throws, besides the caller's own abort reason. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlErrorCode;

  constructor(code: SqlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** DuckDB's messages begin with the kind of the error; it gives no other sign. */
const KINDS: [prefix: RegExp, code: SqlErrorCode][] = [
  [/^(Parser|Binder|Catalog|Syntax|Parameter Not Resolved|Not implemented) Error/i, 'invalid'],
  // What its binding says of a text without any statement.
  [/^Error in native callback$/, 'invalid'],
  [/^Permission Error/i, 'denied'],
  [/^Invalid Input Error: (Cannot change configuration|The configuration has been locked)/i, 'denied'],
  [/^Out of Memory Error/i, 'too_large'],
];

export function sqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const told = error instanceof Error ? error.message : String(error);
  const message = told.replace(/^Failed to extract statements: /, '');
  const code = KINDS.find(([prefix]) => prefix.test(message))?.[1] ?? 'failed';
  return new SqlError(code, message, { cause: error });
}
