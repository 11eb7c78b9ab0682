import { createHash, createHmac } from 'node:crypto';
import net from 'node:net';

/** Requests as an attacker writes them: byte for byte, past every client's good manners. */
export type Answer = { status: number; headers: Record<string, string>; head: string; body: string };

/** Sends bytes over a connection of its own; resolves with all that came back until the other side closed it, or fell silent. */
export function send(
  endpoint: string,
  bytes: string | Buffer,
  { silenceMs = 500, waitMs = 10_000 } = {},
): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(done, silenceMs);
    };
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      wait();
    });
    socket.on('error', done);
    socket.on('close', done);
    timer = setTimeout(done, waitMs);
  });
}

/** The first answer of what came back. */
export function read(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers: Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
    ),
    head,
    body: end < 0 ? '' : text.slice(end + 4),
  };
}

/** How many answers came back over the connection. */
export const answersIn = (text: string) => text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

export type Signing = {
  method: string;
  /** As it goes over the wire, percent-encoded; nothing of it is resolved. */
  path: string;
  query?: string;
  /** Signed, besides `host` and `x-amz-date`. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  service: string;
  region?: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** What the signature covers instead of `path`, where that differs. */
  signedPath?: string;
  at?: Date;
};

/** Headers that sign a request; an implementation apart from the server's. */
export function sign(endpoint: string, request: Signing): Record<string, string> {
  const { method, path, query = '', service, region = 'us-east-1', credentials, body = '' } = request;
  const timestamp = (request.at ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    ...request.headers,
    host: new URL(endpoint).host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': timestamp,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    request.signedPath ?? path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = [timestamp.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(
    mac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = mac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/** A request as text. */
export function text(
  request: { method: string; path: string; query?: string; body?: string | Buffer },
  headers: Record<string, string> | [string, string][],
): Buffer {
  const { method, path, query, body = '' } = request;
  const lines = (Array.isArray(headers) ? headers : Object.entries(headers)).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const length = Buffer.byteLength(body);
  const head = [
    `${method} ${path}${query ? `?${query}` : ''} HTTP/1.1`,
    ...lines,
    ...(length > 0 ? [`content-length: ${length}`] : []),
    'connection: close',
    '',
    '',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

/** Signs and sends; `added` headers are not signed. */
export async function call(endpoint: string, request: Signing, added: Record<string, string> = {}): Promise<Answer> {
  return read(await send(endpoint, text(request, { ...sign(endpoint, request), ...added })));
}
