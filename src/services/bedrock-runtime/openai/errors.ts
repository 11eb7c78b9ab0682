import { AwsError } from '../../../kernel/errors.ts';
import type { WebAnswer } from '../../../kernel/service.ts';

/** What OpenAI's API answers a request with that it does not take. */
export class OpenAiError extends Error {
  override readonly name = 'OpenAiError';
  readonly status: number;
  readonly type: string;
  readonly param: string | undefined;
  readonly code: string | undefined;
  constructor(status: number, message: string, more: { type?: string; param?: string; code?: string } = {}) {
    super(message);
    this.status = status;
    this.type = more.type ?? 'invalid_request_error';
    this.param = more.param;
    this.code = more.code;
  }
}

export const badRequest = (message: string, param?: string) =>
  new OpenAiError(400, message, param === undefined ? {} : { param });

/** A member that is known and not built: refused, never swallowed. */
export const unsupported = (param: string) =>
  new OpenAiError(
    400,
    `Unsupported parameter: '${param}' is not supported here; see docs/services/bedrock-runtime.md.`,
    {
      param,
      code: 'unsupported_parameter',
    },
  );

const TYPES: Record<string, string> = {
  AccessDeniedException: 'permission_error',
  ThrottlingException: 'rate_limit_error',
  ResourceNotFoundException: 'not_found_error',
  ValidationException: 'invalid_request_error',
};

/** Any failure as OpenAI's clients read it. */
export function errorBody(error: unknown): { status: number; body: object } {
  const of = (status: number, type: string, message: string, param: string | null, code: string | null) => ({
    status,
    body: { error: { message, type, param, code } },
  });
  if (error instanceof OpenAiError)
    return of(error.status, error.type, error.message, error.param ?? null, error.code ?? null);
  const { name, message } = error as Error;
  const status = error instanceof AwsError ? error.status : statusOf(error);
  if (status === undefined) throw error;
  return of(status, TYPES[name] ?? (status < 500 ? 'invalid_request_error' : 'api_error'), message, null, name);
}

const STATUSES: Record<string, number> = {
  ValidationException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  InternalServerException: 500,
};
const statusOf = (error: unknown) => (error instanceof Error ? STATUSES[error.name] : undefined);

export function asAnswer(error: unknown): WebAnswer {
  const { status, body } = errorBody(error);
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
