import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useSignedIn, type Session } from './session.ts';

/** The stack refused a call of its own API; `faults`: what is wrong with a rule, and where. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly status: number;
  readonly faults: unknown;
  constructor(status: number, message: string, faults?: unknown) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** A signed request of `/_outcrop/…`, as `fetch` answers it. */
export async function askStack(
  { credentials }: Pick<Session, 'credentials'>,
  method: string,
  path: string,
  { body, signal }: { body?: string | Uint8Array<ArrayBuffer>; signal?: AbortSignal } = {},
): Promise<Response> {
  const url = new URL(`/_outcrop/${path}`, location.origin);
  const signer = new SignatureV4({ service: 'outcrop', region: 'us-east-1', credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
    ...(body === undefined ? {} : { body }),
  });
  // Browsers set the host themselves.
  delete headers['host'];
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) });
}

/** Asks `/_outcrop/<path>`; rejects with StackError. `body` goes as JSON. */
export async function stack<T>(
  session: Pick<Session, 'credentials'>,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await askStack(session, method, path, {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const answer = (await response.json().catch(() => undefined)) as { message?: string; faults?: unknown } | undefined;
  if (!response.ok || answer === undefined)
    throw new StackError(response.status, answer?.message ?? `HTTP ${response.status}`, answer?.faults);
  return answer as T;
}

/** What `GET /_outcrop/<path>` answers; an absent path asks nothing. */
export function useStack<T>(path: string | undefined, { refetchMs }: { refetchMs?: number } = {}): UseQueryResult<T> {
  const session = useSignedIn();
  return useQuery({
    queryKey: [session.arn, 'outcrop', path],
    queryFn: ({ signal }) => stack<T>(session, 'GET', path!, undefined, signal),
    enabled: path !== undefined,
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  });
}

/** Calls of the stack's own API by who is signed in: `await ask('POST', 'clock', { action: 'freeze' })`. */
export function useAsk() {
  const session = useSignedIn();
  return <T = unknown>(method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    stack<T>(session, method, path, body, signal);
}
