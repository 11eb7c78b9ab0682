/**
 * An error that AWS answers but that a service's model does not name (the modelled ones are the SDK's own exception classes, thrown
 * as they are). The gateway writes it in the service's own error format.
 */
export class AwsError extends Error {
  override readonly name: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Members beside code and message, e.g. S3's `BucketName`. */
  readonly detail: Record<string, string>;

  constructor(
    code: string,
    message: string,
    status = 400,
    detail: Record<string, string> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = code;
    this.status = status;
    this.detail = detail;
  }

  /** Who is at fault, in AWS's words. */
  get fault(): 'client' | 'server' {
    return this.status >= 500 ? 'server' : 'client';
  }
}
