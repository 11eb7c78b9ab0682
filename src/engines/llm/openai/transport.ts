import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { LlmError } from '../types.ts';
import { errorOfNetwork, errorOfStatus, networkCode } from './failures.ts';

/** The largest body that is read whole (errors, embeddings, token lists), in bytes. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** The largest error body that is read, in bytes. */
const ERROR_BODY_BYTES_MAX = 64 * 1024;
/** A server that asks to wait longer than this (Retry-After) is reported as throttled at once, in milliseconds. */
const RETRY_AFTER_MS_MAX = 20_000;
const BACKOFF_MS_BASE = 250;
const BACKOFF_MS_MAX = 8_000;
/** Before any byte of the answer: the server is restarting, over its limit, or behind a gateway that says so. */
const RETRIED_STATUS = new Set([429, 502, 503, 529]);
const RETRIED_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** An answer whose body is not read yet. `body` throws LlmError 'stream' or 'timeout' when it ends early. */
export type Answer = { contentType: string; body: AsyncIterable<Uint8Array>; dispose(): void };

export type Transport = {
  /** POSTs JSON and returns the opened answer; statuses of 400 and above are thrown as LlmError. */
  open(url: URL, json: unknown, signal: AbortSignal): Promise<Answer>;
  /** POSTs JSON, or a form, and returns the whole body as text. */
  post(url: URL, body: unknown, signal: AbortSignal): Promise<string>;
  close(): void;
};

/** A form with files, as a request's body. */
export class Form {
  readonly fields: FormField[];
  constructor(fields: FormField[]) {
    this.fields = fields;
  }
}

export type FormField = { name: string; value: string | { bytes: Uint8Array; filename: string; type: string } };

type Payload = { bytes: Buffer; type: string };

export type TransportOptions = {
  headers: Record<string, string>;
  /** The longest silence, in milliseconds: before the answer begins, and between two pieces of it. */
  timeoutMs: number;
  /** How often a request is sent again that the server has not begun to answer. */
  maxRetries: number;
  /** Spreads the waits; [0, 1). */
  random: () => number;
};

/** Keep-alive connections to one model server, with time-outs, bounded retries and abort. */
export function createTransport({ headers, timeoutMs, maxRetries, random }: TransportOptions): Transport {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });

  const send = (url: URL, payload: Payload, signal: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: secure ? https : http,
        signal,
        headers: {
          accept: 'text/event-stream, application/json',
          'content-type': payload.type,
          ...headers,
          'content-length': payload.bytes.length,
        },
      });
      const timer = setTimeout(() => request.destroy(new SilenceError()), timeoutMs);
      request.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.once('error', (error) => {
        clearTimeout(timer);
        reject(Object.assign(error, { reusedSocket: request.reusedSocket }));
      });
      request.end(payload.bytes);
    });

  const attempt = async (url: URL, payload: Payload, signal: AbortSignal): Promise<IncomingMessage> => {
    const where = placeOf(url);
    for (let retry = 0; ;) {
      signal.throwIfAborted();
      let waitMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_BASE * 2 ** retry) * (0.5 + random() / 2);
      let failure: LlmError;
      try {
        const response = await send(url, payload, signal);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return response;
        const body = await readText(response, ERROR_BODY_BYTES_MAX, true).catch(() => '');
        failure = errorOfStatus(status, body, where);
        const asked = retryAfterMs(response);
        if (!RETRIED_STATUS.has(status) || (asked ?? 0) > RETRY_AFTER_MS_MAX) throw failure;
        waitMs = asked ?? waitMs;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LlmError) throw error;
        if (error instanceof SilenceError) {
          throw new LlmError('timeout', `${where} was silent for ${timeoutMs} ms.`, { cause: error });
        }
        failure = errorOfNetwork(error, where);
        if (!RETRIED_CODES.has(networkCode(error))) throw failure;
        // The server closed an idle connection at the very moment it was used again: that is nobody's failure, so it costs no retry.
        if ((error as { reusedSocket?: boolean }).reusedSocket) continue;
      }
      if (retry >= maxRetries) throw failure;
      retry++;
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  };

  const open: Transport['open'] = async (url, json, signal) => {
    const response = await attempt(url, payloadOf(json, random), signal);
    return {
      contentType: response.headers['content-type'] ?? '',
      body: bodyOf(response, placeOf(url), timeoutMs, signal),
      dispose: () => void response.destroy(),
    };
  };

  return {
    open,
    async post(url, body, signal) {
      const response = await attempt(url, payloadOf(body, random), signal);
      return readText(bodyOf(response, placeOf(url), timeoutMs, signal), BODY_BYTES_MAX, false);
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

class SilenceError extends Error {}

function payloadOf(body: unknown, random: () => number): Payload {
  if (!(body instanceof Form)) return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
  // So long that no file holds it by chance.
  const boundary = `form-${Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('-')}`;
  const parts: Uint8Array[] = [];
  for (const { name, value } of body.fields) {
    const file = typeof value === 'string' ? '' : `; filename="${value.filename}"\r\ncontent-type: ${value.type}`;
    parts.push(
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value.bytes,
      Buffer.from('\r\n'),
    );
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { bytes: Buffer.concat(parts), type: `multipart/form-data; boundary=${boundary}` };
}

/** How a server is named in messages: without credentials or query. */
const placeOf = (url: URL) => `${url.origin}${url.pathname}`;

async function* bodyOf(response: IncomingMessage, where: string, timeoutMs: number, signal: AbortSignal) {
  // A socket time-out would also count the time in which our own reader is slow; this one runs only while we wait for the server.
  let waiting = false;
  const timer = setTimeout(() => waiting && response.destroy(new SilenceError()), timeoutMs);
  try {
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      waiting = true;
      timer.refresh();
      const next = await chunks.next();
      waiting = false;
      if (next.done) break;
      yield next.value;
    }
    // A connection that closes between two chunks ends the iteration quietly on some Node versions.
    if (!response.complete) throw new Error('the connection was closed');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LlmError) throw error;
    if (error instanceof SilenceError) {
      throw new LlmError('timeout', `${where} was silent for ${timeoutMs} ms in the middle of its answer.`, {
        cause: error,
      });
    }
    throw new LlmError('stream', `${where} broke off its answer: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body as UTF-8. Beyond `bytesMax` it is cut (`cut`) or refused. */
export async function readText(chunks: AsyncIterable<unknown>, bytesMax: number, cut: boolean): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes <= bytesMax) continue;
    if (cut) break;
    throw new LlmError('stream', `The model server sent a body larger than ${bytesMax} bytes.`);
  }
  return Buffer.concat(parts).subarray(0, bytesMax).toString('utf8');
}

/** `retry-after-ms` (OpenAI, Azure) or `retry-after` in seconds or as a date, in milliseconds. */
function retryAfterMs(response: IncomingMessage): number | undefined {
  const ms = Number(response.headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = response.headers['retry-after'];
  if (after === undefined) return undefined;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
