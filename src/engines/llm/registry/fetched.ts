import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { LlmError } from '../types.ts';

/** How far a copy or download has come, in bytes; `totalBytes` where the source says it. */
export type Progress = { receivedBytes: number; totalBytes?: number };

export type FetchOptions = {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Skip the download when the server still has this strong ETag. */
  unlessEtag?: string;
  /** The wait after the first attempt that brought nothing, in milliseconds; it doubles with each further one. Default 200. */
  backoffMs?: number;
};

/** A file that lies whole at `<path>.part`. */
export type Fetched = { bytes: number; sha256: string; etag?: string };

const MAGIC = 'GGUF';
const FILE_BYTES_MAX = 1024 ** 4;
/** Attempts in a row that bring no byte before a download is given up. */
const ATTEMPTS_MAX = 5;
const BACKOFF_MS_DEFAULT = 200;
/** The longest silence of a server, in milliseconds. */
const SILENCE_MS_MAX = 60_000;

type PartInfo = { url: string; validator: string };

/** Copies a file to `part`. Throws LlmError 'invalid' when it is no GGUF file. */
export async function copyFile(from: string, part: string, { onProgress, signal }: FetchOptions): Promise<Fetched> {
  const { size: totalBytes } = await stat(from);
  const file = await open(part, 'w', 0o644);
  const sink = new Sink(file, createHash('sha256'), 0, from);
  try {
    for await (const chunk of createReadStream(from, { signal, highWaterMark: 1024 * 1024 })) {
      await sink.write(chunk as Uint8Array);
      onProgress?.({ receivedBytes: sink.bytes, totalBytes });
    }
    return await sink.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Downloads a file to `part`, and goes on where an earlier attempt, also of an earlier process, has stopped, provided the server says
 * (by ETag or Last-Modified) that the file is still the same; else from the start. Interruptions are retried for as long as each
 * attempt brings something.
 *
 * @returns undefined when the server still has `unlessEtag`.
 * @throws LlmError 'invalid' when the server refuses or sends no GGUF file; 'unavailable' when it cannot be reached or goes on failing;
 * the signal's reason when aborted. What has arrived is kept for the next attempt.
 */
export async function download(url: URL, part: string, options: FetchOptions): Promise<Fetched | undefined> {
  for (let attempt = 0; ;) {
    options.signal?.throwIfAborted();
    const before = await sizeOf(part);
    try {
      return await downloadOnce(url, part, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof InterruptedError)) throw error;
      attempt = (await sizeOf(part)) > before ? 0 : attempt + 1;
      if (attempt >= ATTEMPTS_MAX) {
        throw new LlmError('unavailable', `${placeOf(url)} could not be downloaded: ${error.message}`, {
          cause: error.cause,
        });
      }
      await sleep((options.backoffMs ?? BACKOFF_MS_DEFAULT) * 2 ** attempt, undefined, {
        signal: options.signal,
      }).catch(() => options.signal?.throwIfAborted());
    }
  }
}

/** Forgets what has been downloaded so far. */
export async function discardPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(infoOf(part), { force: true });
}

class InterruptedError extends Error {}

const infoOf = (part: string) => `${part}.json`;
const placeOf = (url: URL) => `${url.origin}${url.pathname}`;
const sizeOf = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;

async function downloadOnce(url: URL, part: string, options: FetchOptions): Promise<Fetched | undefined> {
  const known = await resumable(url, part);
  const silence = new Silence(options.signal);
  try {
    const response = await request(url, known, options, silence);
    if (response.status === 304) return undefined;
    if (response.status === 416) {
      await response.body?.cancel();
      // The validator was right, else the answer would be 200: the part is the whole file, or more than it.
      if (known && sizeInRange(response) === known.bytes) return await wholePart(part, silence, response);
      await discardPart(part);
      throw new InterruptedError('the server has no such range');
    }
    if (response.status !== 200 && response.status !== 206) throw await refusal(url, response);
    const resumed = response.status === 206 ? known : undefined;
    if (response.status === 206 && !(resumed && startOf(response) === resumed.bytes)) {
      await response.body?.cancel();
      await discardPart(part);
      throw new InterruptedError('the server sent a range that was not asked for');
    }
    const totalBytes = totalOf(response, resumed?.bytes ?? 0);
    if ((totalBytes ?? 0) > FILE_BYTES_MAX)
      throw new LlmError('invalid', `${placeOf(url)} is larger than ${FILE_BYTES_MAX} bytes.`);
    const validator = resumed?.validator ?? validatorOf(response);
    const hash = createHash('sha256');
    if (resumed) await hashFile(part, hash, silence);
    else await discardPart(part);
    if (validator !== undefined)
      await writeFile(infoOf(part), JSON.stringify({ url: url.href, validator } satisfies PartInfo));
    const file = await open(part, resumed ? 'a' : 'w', 0o644);
    try {
      const sink = new Sink(file, hash, resumed?.bytes ?? 0, placeOf(url));
      options.onProgress?.({ receivedBytes: sink.bytes, totalBytes });
      for await (const chunk of bodyOf(response, silence)) {
        await sink.write(chunk);
        options.onProgress?.({ receivedBytes: sink.bytes, totalBytes });
      }
      if (totalBytes !== undefined && sink.bytes < totalBytes) {
        throw new InterruptedError(`the connection ended after ${sink.bytes} of ${totalBytes} bytes`);
      }
      const etag = strongEtag(response);
      return { ...(await sink.finish()), ...(etag === undefined ? {} : { etag }) };
    } finally {
      await file.close();
    }
  } finally {
    silence.end();
  }
}

/** Aborts when the caller does, or when nothing has come for a while. */
class Silence {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(signal: AbortSignal | undefined) {
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`silence for ${SILENCE_MS_MAX} ms`)),
      SILENCE_MS_MAX,
    );
    this.signal = signal ? AbortSignal.any([signal, this.#controller.signal]) : this.#controller.signal;
  }

  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function request(
  url: URL,
  known: Resumable | undefined,
  { unlessEtag }: FetchOptions,
  { signal }: Silence,
): Promise<Response> {
  // Ranges count the bytes of the encoding that is sent, so there must be none.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (known) Object.assign(headers, { range: `bytes=${known.bytes}-`, 'if-range': known.validator });
  else if (unlessEtag !== undefined) headers['if-none-match'] = unlessEtag;
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw interrupted(error);
  }
}

async function* bodyOf(response: Response, silence: Silence): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      silence.broken();
      yield chunk;
      silence.broken();
    }
  } catch (error) {
    throw interrupted(error);
  }
}

/** fetch hides why it failed in `cause`. */
function interrupted(error: unknown): InterruptedError {
  const cause = (error as Error).cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return new InterruptedError(code ?? (cause instanceof Error ? cause.message : (error as Error).message), {
    cause: error,
  });
}

async function refusal(url: URL, response: Response): Promise<Error> {
  await response.body?.cancel();
  const said = `${placeOf(url)} answered ${response.status} ${response.statusText}`.trim();
  if (response.status === 408 || response.status === 429 || response.status >= 500) return new InterruptedError(said);
  return new LlmError('invalid', `${said}.`, { upstreamStatus: response.status });
}

type Resumable = { bytes: number; validator: string };

async function resumable(url: URL, part: string): Promise<Resumable | undefined> {
  const bytes = await sizeOf(part);
  // Less than the magic number is not worth going on with.
  if (bytes < MAGIC.length) return undefined;
  try {
    const info = JSON.parse(await readFile(infoOf(part), 'utf8')) as PartInfo;
    return info.url === url.href && typeof info.validator === 'string'
      ? { bytes, validator: info.validator }
      : undefined;
  } catch {
    return undefined;
  }
}

/** What If-Range may carry: a strong ETag, else the date (https://www.rfc-editor.org/rfc/rfc9110#name-if-range). */
const validatorOf = (response: Response) => strongEtag(response) ?? response.headers.get('last-modified') ?? undefined;

function strongEtag(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  return etag?.startsWith('"') ? etag : undefined;
}

const startOf = (response: Response) =>
  Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);

const sizeInRange = (response: Response) =>
  Number(/^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);

/** What an earlier process had downloaded whole, but not yet put in its place. */
async function wholePart(part: string, silence: Silence, response: Response): Promise<Fetched> {
  const hash = createHash('sha256');
  await hashFile(part, hash, silence);
  const etag = strongEtag(response);
  return { bytes: await sizeOf(part), sha256: hash.digest('hex'), ...(etag === undefined ? {} : { etag }) };
}

function totalOf(response: Response, before: number): number | undefined {
  const length = response.headers.get('content-length');
  return length === null ? undefined : before + Number(length);
}

async function hashFile(path: string, hash: Hash, silence: Silence): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Uint8Array);
    silence.broken();
  }
}

/** Writes, hashes and checks what arrives. */
class Sink {
  bytes: number;
  readonly #file: FileHandle;
  readonly #hash: Hash;
  readonly #source: string;
  #head: Uint8Array = new Uint8Array(0);

  constructor(file: FileHandle, hash: Hash, bytes: number, source: string) {
    this.#file = file;
    this.#hash = hash;
    this.bytes = bytes;
    this.#source = source;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.bytes < MAGIC.length) {
      // A page that says "log in first" is found out here, not after it has replaced a model.
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, MAGIC.length)]);
      const head = Buffer.from(this.#head).toString('latin1').slice(0, MAGIC.length);
      if (!MAGIC.startsWith(head)) throw this.#notGguf();
    }
    this.bytes += chunk.length;
    if (this.bytes > FILE_BYTES_MAX)
      throw new LlmError('invalid', `${this.#source} is larger than ${FILE_BYTES_MAX} bytes.`);
    this.#hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += (await this.#file.write(chunk, at)).bytesWritten;
  }

  /** Flushes the file to disk. */
  async finish(): Promise<Fetched> {
    if (this.bytes < MAGIC.length) throw this.#notGguf();
    await this.#file.sync();
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }

  #notGguf(): LlmError {
    return new LlmError('invalid', `${this.#source} is not a GGUF file.`);
  }
}
