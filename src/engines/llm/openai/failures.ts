import { LlmError, type LlmErrorKind } from '../types.ts';

/** Texts by which the servers in use say that a prompt is too long: OpenAI, vLLM, llama.cpp, Ollama, TGI, LiteLLM. */
const CONTEXT_TEXT =
  /context[ _-]?(length|window|size)|maximum context|exceed(s|ed)?_context|maximum (model|input) length|max_model_len|prompt (is )?too long|too many (input )?tokens|input is too long/i;

/** The most of a server's error body that goes into a message, in characters. */
const MESSAGE_CHARS_MAX = 1000;

/** Node's error codes of a server that is not there, or that went away before it answered. */
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The human-readable text of an error body in any of the forms in use: `{error:{message}}`, `{error:""}`, `{message}`, `{detail}`, plain text. */
function errorText(body: unknown): string {
  if (typeof body === 'string') return body.trim().slice(0, MESSAGE_CHARS_MAX);
  if (!isRecord(body)) return '';
  const error = body['error'] ?? body['message'] ?? body['detail'];
  if (isRecord(error) && typeof error['message'] === 'string') return error['message'].slice(0, MESSAGE_CHARS_MAX);
  if (typeof error === 'string') return error.slice(0, MESSAGE_CHARS_MAX);
  return JSON.stringify(error ?? body).slice(0, MESSAGE_CHARS_MAX);
}

/** Which kind of failure an HTTP status with that error text is. */
function kindOfStatus(status: number, text: string): LlmErrorKind {
  if (status === 429) return 'throttled';
  if (status === 408 || status === 504) return 'timeout';
  if (CONTEXT_TEXT.test(text)) return 'context';
  if (status === 501) return 'unsupported';
  // 500 is what llama.cpp, vLLM and Ollama answer when the generation itself failed; the other 5xx say that nobody could serve it.
  if (status === 500) return 'model';
  if (status > 500) return 'unavailable';
  return 'invalid';
}

/** The error of an answer that is not a success. */
export function errorOfStatus(status: number, body: string, where: string): LlmError {
  const text = errorText(parseJson(body) ?? body);
  const kind = kindOfStatus(status, `${text} ${body.slice(0, MESSAGE_CHARS_MAX)}`);
  return new LlmError(kind, `${where} answered ${status}${text ? `: ${text}` : ''}`, { upstreamStatus: status });
}

/** The error of an `{"error": …}` object inside a stream that had begun with 200. */
export function errorOfEvent(error: unknown, where: string): LlmError {
  const text = errorText({ error });
  const code = isRecord(error) ? Number(error['code'] ?? error['status']) : Number.NaN;
  const named = isRecord(error) ? JSON.stringify([error['type'], error['code']]) : '';
  const message = `${where} failed while it was answering: ${text}`;
  if (Number.isInteger(code) && code >= 400 && code < 600) {
    return new LlmError(kindOfStatus(code, text), message, { upstreamStatus: code });
  }
  if (CONTEXT_TEXT.test(`${text} ${named}`)) return new LlmError('context', message);
  if (/rate_?limit/i.test(named)) return new LlmError('throttled', message);
  if (/invalid_request/i.test(named)) return new LlmError('invalid', message);
  return new LlmError('model', message);
}

/** The error of a request that got no answer: refused, reset, unknown host, bad certificate. */
export function errorOfNetwork(cause: unknown, where: string): LlmError {
  const code = networkCode(cause);
  if (TIMEOUT_CODES.has(code))
    return new LlmError('timeout', `${where} could not be reached in time (${code}).`, { cause });
  const why =
    code === 'ECONNREFUSED'
      ? 'refused the connection; is the model server running?'
      : `could not be reached (${code || String(cause)})`;
  return new LlmError('unavailable', `${where} ${why}`, { cause });
}

/** Node's error code; an AggregateError (several addresses tried) carries it on its members. */
export function networkCode(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  const own = (cause as NodeJS.ErrnoException).code;
  if (own) return own;
  return cause instanceof AggregateError ? networkCode(cause.errors[0]) : '';
}

/** JSON or undefined; for bodies that may be anything. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
