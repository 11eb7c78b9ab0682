import { createHash, type Hash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRfc3986, sha256, signRequest, type SigningCredentials } from '../signing.ts';
import type { BlobEngine } from './blobs.ts';

/** Content up to this is one PutObject; more is uploaded in parts of this, larger ones as their number grows. Bytes. */
const PART_BYTES = 8 * 1024 * 1024;
/** S3 takes 10,000 parts: after each 1,000 they grow by PART_BYTES, which allows content of some 430 GiB. */
const PARTS_MAX = 10_000;
const PARTS_PER_SIZE = 1_000;
/** Parts on their way while the next one gathers. */
const UPLOADS_MAX = 2;
const ATTEMPTS_MAX = 5;
const RETRY_MS = 100;
/** A connection without a byte for this long is given up. */
const IDLE_MS_MAX = 60_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_STATUS = new Set([408, 429, 500, 502, 503, 504]);

type Sent = { status: number; headers: http.IncomingHttpHeaders; body: http.IncomingMessage };

/** What the other store answered, or that it could not be reached. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/**
 * The second blob engine: any S3-compatible store. `url` is `s3://bucket/prefix?endpoint=http://…&region=…`; without an endpoint it is
 * AWS itself. Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. `folder` is added to the prefix.
 * What S3 has acknowledged is durable. Rejects when the bucket cannot be reached.
 */
export async function openS3(
  url: string,
  options: { folder?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<BlobEngine> {
  const bucket = new Bucket(url, options.environment ?? process.env);
  await bucket.check();
  const prefix = [...bucket.prefix, ...(options.folder === undefined ? [] : [options.folder])]
    .map((part) => `${part}/`)
    .join('');
  return {
    write: (id, source) => upload(bucket, prefix + id, source),
    read: (id, start, end) => Readable.from(download(bucket, prefix + id, start, end), { objectMode: false }),
    async delete(id) {
      await bucket.ask('DELETE', prefix + id, { accept: [200, 204, 404] });
    },
    list: () => list(bucket, prefix),
  };
}

class Bucket {
  readonly prefix: string[];
  readonly #name: string;
  readonly #base: URL;
  readonly #region: string;
  readonly #credentials: SigningCredentials;
  readonly #client: typeof http | typeof https;
  readonly #agent: http.Agent;

  constructor(text: string, environment: NodeJS.ProcessEnv) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 's3:' || url.hostname === '')
      throw new Error(`blobs: ${text} is not of the form s3://bucket/prefix?endpoint=…&region=…`);
    const unknown = [...url.searchParams.keys()].find((key) => key !== 'endpoint' && key !== 'region');
    if (unknown !== undefined) throw new Error(`blobs: ${unknown} is unknown; there are endpoint and region`);
    this.#name = url.hostname;
    this.prefix = decodeURIComponent(url.pathname).split('/').filter(Boolean);
    this.#region =
      url.searchParams.get('region') ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
    const endpoint = url.searchParams.get('endpoint');
    if (endpoint !== null && !/^https?:\/\//.test(endpoint))
      throw new Error(`blobs: endpoint ${endpoint} is not of the form http://… or https://…`);
    // A dot in a bucket's name does not match the wildcard certificate of its virtual host.
    if (endpoint !== null || this.#name.includes('.')) {
      this.#base = new URL(endpoint ?? `https://s3.${this.#region}.amazonaws.com`);
      this.#base.pathname = `${this.#base.pathname.replace(/\/$/, '')}/${this.#name}/`;
    } else this.#base = new URL(`https://${this.#name}.s3.${this.#region}.amazonaws.com/`);
    const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
    const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
    const sessionToken = environment['AWS_SESSION_TOKEN'];
    if (!accessKeyId || !secretAccessKey)
      throw new Error(`blobs: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for ${text}`);
    this.#credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    this.#client = this.#base.protocol === 'https:' ? https : http;
    this.#agent = new this.#client.Agent({ keepAlive: true, maxSockets: 64 });
  }

  async check(): Promise<void> {
    try {
      await this.ask('HEAD', '', { accept: [200] });
    } catch (error) {
      const why =
        error instanceof S3Error && error.status === 404 ? 'there is no such bucket' : (error as Error).message;
      throw new Error(`blobs: bucket ${this.#name} at ${this.#base.origin} cannot be used: ${why}`, { cause: error });
    }
  }

  /** One request, again after errors that pass. The answer's body is not read. Rejects with S3Error when the status is not accepted. */
  async send(
    method: string,
    key: string,
    options: {
      query?: Record<string, string>;
      headers?: Record<string, string>;
      body?: Buffer;
      /** Hash of `body`, in hexadecimal; absent: it is computed. */
      bodySha256?: string;
      accept: number[];
    },
  ): Promise<Sent> {
    const url = new URL(this.#base);
    url.pathname += encodeRfc3986(key, true);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS_MAX;
      try {
        const sent = await this.#once(method, url, options);
        if (options.accept.includes(sent.status)) return sent;
        const text = (await collect(sent.body)).toString('utf8');
        const code = element(text, 'Code') ?? `HTTP ${sent.status}`;
        const error = new S3Error(sent.status, code, `${code}: ${element(text, 'Message') ?? 'no message'}`);
        if (last || !RETRY_STATUS.has(sent.status)) throw error;
      } catch (error) {
        if (error instanceof S3Error) throw error;
        if (last) throw new S3Error(0, 'NetworkError', `${url.origin}: ${(error as Error).message}`, { cause: error });
      }
      await sleep(RETRY_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }

  /** Like `send`; resolves with the answer's headers and text. */
  async ask(
    method: string,
    key: string,
    options: Parameters<Bucket['send']>[2],
  ): Promise<{ headers: http.IncomingHttpHeaders; text: string }> {
    const { headers, body } = await this.send(method, key, options);
    return { headers, text: (await collect(body)).toString('utf8') };
  }

  #once(method: string, url: URL, options: Parameters<Bucket['send']>[2]): Promise<Sent> {
    const { headers = {}, body } = options;
    const signature = signRequest({
      method,
      url,
      headers,
      payloadSha256: options.bodySha256 ?? sha256(body ?? ''),
      service: 's3',
      region: this.#region,
      credentials: this.#credentials,
    });
    return new Promise((resolve, reject) => {
      const request = this.#client.request(url, {
        method,
        agent: this.#agent,
        headers: { ...headers, ...signature, 'content-length': String(body?.length ?? 0) },
      });
      request.setTimeout(IDLE_MS_MAX, () => request.destroy(new Error(`no byte in ${IDLE_MS_MAX} ms`)));
      request.once('error', reject);
      request.once('response', (response) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
      );
      request.end(body);
    });
  }
}

type Part = { number: number; body: Buffer; bodySha256: string };

/** One PutObject for what fits a part, a multipart upload for more, aborted when the source or a part fails. Resolves with the size. */
async function upload(bucket: Bucket, key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  let uploadId: string | undefined;
  const etags: string[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const send = async ({ number, body, bodySha256 }: Part) => {
    const { headers } = await bucket.ask('PUT', key, {
      query: { partNumber: String(number), uploadId: uploadId! },
      body,
      bodySha256,
      accept: [200],
    });
    if (!headers.etag) throw new S3Error(200, 'NoETag', `part ${number} of ${key} was answered without an ETag`);
    etags[number - 1] = headers.etag;
  };
  try {
    for await (const part of parts(source)) {
      size += part.body.length;
      if (part.number === 1 && part.last) {
        await bucket.ask('PUT', key, { body: part.body, bodySha256: part.bodySha256, accept: [200] });
        return size;
      }
      uploadId ??= await create(bucket, key);
      while (underWay.size >= UPLOADS_MAX) await Promise.race(underWay);
      if (failure) throw failure.error;
      const sending: Promise<void> = send(part)
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    await Promise.all(underWay);
    if (failure) throw failure.error;
    await complete(bucket, key, uploadId!, etags);
    return size;
  } catch (error) {
    await Promise.all(underWay);
    if (uploadId !== undefined)
      await bucket.ask('DELETE', key, { query: { uploadId }, accept: [204, 404] }).catch(() => {});
    throw error;
  }
}

/** Cuts a stream into parts, hashed as they gather; there is one at least. */
async function* parts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Part & { last: boolean }> {
  let number = 1;
  let chunks: Uint8Array[] = [];
  let held = 0;
  let hash: Hash = createHash('sha256');
  const cut = (last: boolean) => {
    if (number > PARTS_MAX) throw new Error(`content of more than ${PARTS_MAX} parts`);
    const part = { number: number++, body: Buffer.concat(chunks), bodySha256: hash.digest('hex'), last };
    chunks = [];
    held = 0;
    hash = createHash('sha256');
    return part;
  };
  for await (const chunk of source) {
    for (let rest = chunk; rest.length > 0;) {
      const room = PART_BYTES * (1 + Math.floor((number - 1) / PARTS_PER_SIZE)) - held;
      // A full part is cut when there is more: so the last one is known for the last.
      if (room === 0) {
        yield cut(false);
        continue;
      }
      const taken = rest.subarray(0, Math.min(room, HASH_BYTES));
      hash.update(taken);
      chunks.push(taken);
      held += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  yield cut(true);
}

/** Hashed at once; more would hold up the event loop when a source comes in large pieces. */
const HASH_BYTES = 1024 * 1024;

async function create(bucket: Bucket, key: string): Promise<string> {
  const { text } = await bucket.ask('POST', key, { query: { uploads: '' }, accept: [200] });
  const uploadId = element(text, 'UploadId');
  if (!uploadId) throw new S3Error(200, 'NoUploadId', `an upload of ${key} was begun without an UploadId`);
  return uploadId;
}

async function complete(bucket: Bucket, key: string, uploadId: string, etags: string[]): Promise<void> {
  const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escape(etag)}</ETag></Part>`);
  const body = Buffer.from(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`,
  );
  const { text } = await bucket.ask('POST', key, {
    query: { uploadId },
    headers: { 'content-type': 'application/xml' },
    body,
    accept: [200],
  });
  // S3 may find out that it failed after it has answered 200.
  if (/<Error[\s>]/.test(text)) {
    const code = element(text, 'Code') ?? 'InternalError';
    throw new S3Error(200, code, `${code}: ${element(text, 'Message') ?? 'no message'}`);
  }
}

/** A range, taken up again where a connection broke. */
async function* download(bucket: Bucket, key: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = start;
  for (let breaks = 0; at < end;) {
    const { body } = await bucket.send('GET', key, {
      headers: { range: `bytes=${at}-${end - 1}` },
      accept: [206],
    });
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        at += chunk.length;
        yield chunk;
      }
      if (at < end) throw new Error(`the answer ended ${end - at} bytes early`);
    } catch (error) {
      if (++breaks >= ATTEMPTS_MAX)
        throw new S3Error(0, 'NetworkError', `reading ${key}: ${(error as Error).message}`, { cause: error });
    } finally {
      // A reader that leaves early gives the connection up.
      if (!body.complete) body.destroy();
    }
  }
}

async function* list(bucket: Bucket, prefix: string): AsyncGenerator<{ id: string; writtenRealMs: number }> {
  let token: string | undefined;
  do {
    const { text } = await bucket.ask('GET', '', {
      query: { 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) },
      accept: [200],
    });
    for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const id = element(entry, 'Key')?.slice(prefix.length);
      const writtenRealMs = Date.parse(element(entry, 'LastModified') ?? '');
      if (id && !id.includes('/') && !Number.isNaN(writtenRealMs)) yield { id, writtenRealMs };
    }
    token = element(text, 'IsTruncated') === 'true' ? element(text, 'NextContinuationToken') : undefined;
  } while (token !== undefined);
}

async function collect(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of the first element of a name: S3's answers to these requests are flat enough for no more than this. */
function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replace(
      /&(?:(lt|gt|quot|apos|amp)|#x([0-9a-f]+)|#(\d+));/gi,
      (_, named?: string, hex?: string, decimal?: string) =>
        named ? ENTITIES[named.toLowerCase()]! : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
    );
}

const escape = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
