import { isAbsolute } from 'node:path';

import { LlmError } from '../types.ts';

/** What answers for a model id, as parsed from its one-line form. */
export type Backend =
  /** The built-in worker. */
  | { kind: 'builtin' }
  /** A model on an OpenAI-compatible server; `keyVariable` names the environment variable that holds its API key. */
  | { kind: 'openai'; baseUrl: string; model: string; keyVariable?: string }
  /** A GGUF file, by path or by the name it was added under. Sizes in tokens. */
  | { kind: 'gguf'; path?: string; name?: string; contextSize?: number; threads?: number }
  /** Any other kind that the program brings a factory for. */
  | { kind: 'other'; scheme: string; rest: string };

/** Names under which GGUF files are kept: safe as file names everywhere. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const BACKEND_CHARS_MAX = 2_048;
const FORMS =
  'builtin, openai:http://host/v1#model, openai:https://host/v1#model?key=ENV_NAME, gguf:/path/to/file.gguf, gguf:name';

/**
 * Reads the one-line form of a backend: `builtin`, `openai:<base URL>#<model>[?key=<ENV_NAME>]`,
 * `gguf:<path or name>[?context=<tokens>&threads=<n>]`, or `<scheme>:<rest>` of a further scheme.
 *
 * @param schemes further schemes that are accepted.
 * @throws LlmError 'invalid' saying what is wrong with it.
 */
export function parseBackend(text: string, schemes: readonly string[] = []): Backend {
  if (text.length > BACKEND_CHARS_MAX)
    throw invalid(`${text.slice(0, 40)}…`, `it is longer than ${BACKEND_CHARS_MAX} characters`);
  if (text === 'builtin') return { kind: 'builtin' };
  const colon = text.indexOf(':');
  const scheme = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  if (scheme === 'openai' && rest !== '') return parseOpenAI(text, rest);
  if (scheme === 'gguf' && rest !== '') return parseGguf(text, rest);
  if (schemes.includes(scheme)) return { kind: 'other', scheme, rest };
  const known = [FORMS, ...schemes.map((each) => `${each}:…`)].join(', ');
  throw invalid(text, `it is none of ${known}`);
}

/** The one-line form; parsing it gives the same backend again. */
export function formatBackend(backend: Backend): string {
  if (backend.kind === 'builtin') return 'builtin';
  if (backend.kind === 'openai') {
    return `openai:${backend.baseUrl}#${backend.model}${query({ key: backend.keyVariable })}`;
  }
  if (backend.kind === 'gguf') {
    const { contextSize: context, threads } = backend;
    return `gguf:${backend.path ?? backend.name}${query({ context, threads })}`;
  }
  return backend.rest === '' ? backend.scheme : `${backend.scheme}:${backend.rest}`;
}

function parseOpenAI(text: string, rest: string): Backend {
  const hash = rest.indexOf('#');
  if (hash < 0) throw invalid(text, "the model's name on that server is missing: put it after #");
  const baseUrl = rest.slice(0, hash);
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw invalid(text, `"${baseUrl}" is not an http(s) URL`);
  if (url.username || url.password || url.search) {
    throw invalid(
      text,
      'its URL must hold no credentials and no query; name the environment variable with the key: ?key=ENV_NAME',
    );
  }
  const { head: model, options } = splitOptions(text, rest.slice(hash + 1), ['key']);
  if (model === '') throw invalid(text, "the model's name on that server is missing: put it after #");
  const keyVariable = options.get('key') ?? undefined;
  if (keyVariable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(keyVariable)) {
    throw invalid(text, '"key" must be the name of an environment variable, not the key itself');
  }
  return { kind: 'openai', baseUrl, model, ...(keyVariable === undefined ? {} : { keyVariable }) };
}

function parseGguf(text: string, rest: string): Backend {
  const { head, options } = splitOptions(text, rest, ['context', 'threads']);
  const count = (key: string, max: number) => {
    const value = options.get(key) ?? undefined;
    if (value === undefined) return undefined;
    if (!/^[1-9][0-9]{0,8}$/.test(value) || Number(value) > max)
      throw invalid(text, `"${key}" must be a number from 1 to ${max}`);
    return Number(value);
  };
  const contextSize = count('context', 100_000_000);
  const threads = count('threads', 1_024);
  const where = isAbsolute(head) || /[/\\]/.test(head) ? { path: head } : { name: head };
  if (where.name !== undefined && !MODEL_NAME.test(where.name))
    throw invalid(text, `"${where.name}" is neither a path nor a model's name`);
  return {
    kind: 'gguf',
    ...where,
    ...(contextSize === undefined ? {} : { contextSize }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** Splits `head?a=1&b=2`; names of models and files may hold any character but the last "?". */
function splitOptions(text: string, value: string, known: string[]): { head: string; options: URLSearchParams } {
  const mark = value.lastIndexOf('?');
  const options = new URLSearchParams(mark < 0 ? '' : value.slice(mark + 1));
  for (const key of options.keys()) {
    if (!known.includes(key)) throw invalid(text, `it has no option "${key}" (there is ${known.join(', ')})`);
    if (options.getAll(key).length > 1) throw invalid(text, `the option "${key}" is there twice`);
  }
  return { head: mark < 0 ? value : value.slice(0, mark), options };
}

function query(options: Record<string, string | number | undefined>): string {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return set.length === 0 ? '' : `?${set.map(([key, value]) => `${key}=${value}`).join('&')}`;
}

const invalid = (text: string, why: string) => new LlmError('invalid', `"${text}" is not a backend: ${why}.`);
