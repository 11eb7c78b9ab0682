import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type Socket } from 'node:net';
import { finished as streamFinished, Readable } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { WireRequest, WireResponse } from '../protocol/message.ts';
import type { Accepted, Tls } from './exchange.ts';
import { upgrade } from './websocket.ts';

/**
 * One port for HTTP/1.1 and HTTP/2 (prior knowledge, or ALPN under TLS): the first bytes of a connection tell. Headers, times and idle
 * connections are bounded here, before anything of a request is looked at.
 */
export type ListenOptions = {
  host: string;
  port: number;
  /** PEM files. */
  tls?: { cert: string; key: string };
  log: Logger;
  answer: (accepted: Accepted) => Promise<{ response: WireResponse; finished: () => void }>;
};

const HEADERS_BYTES_MAX = 64 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
/** No byte for this long ends a connection; long model calls stream or are waited for by the client's own time-out. */
const IDLE_TIMEOUT_MS = 15 * 60_000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SNIFF_TIMEOUT_MS = 10_000;

export type Listening = { port: number; close(graceMs?: number): Promise<void> };

export async function listen(options: ListenOptions): Promise<Listening> {
  const h1 = http.createServer({
    maxHeaderSize: HEADERS_BYTES_MAX,
    keepAliveTimeout: 75_000,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: 0,
    noDelay: true,
  });
  h1.timeout = IDLE_TIMEOUT_MS;
  const h2 = http2.createServer({
    maxSessionMemory: 64,
    settings: {
      maxConcurrentStreams: 1000,
      initialWindowSize: 1024 * 1024,
      maxHeaderListSize: HEADERS_BYTES_MAX,
      enableConnectProtocol: false,
    },
  });
  const onRequest = (secure: boolean) => (req: IncomingMessage, res: ServerResponse) =>
    void respond(req, res, secure, options);
  h1.on('request', onRequest(false));
  // An Expect header is honoured once the headers are in: AWS answers 100 at once as well.
  h1.on('checkContinue', (req, res) => {
    res.writeContinue();
    onRequest(false)(req, res);
  });
  h1.on('upgrade', (req, socket, head) => {
    // Clients that would speak HTTP/2 if they could ask on every first request; a server that will not answers as if nobody had asked.
    if (req.headers.upgrade?.toLowerCase() !== 'websocket')
      return answerPlainly(req, socket as Socket, head, onRequest(false));
    const base = {
      secure: (req.socket as any).encrypted === true,
      ip: req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
    };
    upgrade(req, socket, head, wireRequest(req), base, options);
  });
  h2.on('request', onRequest(false) as never);
  h2.on('session', (session) => session.setTimeout(IDLE_TIMEOUT_MS, () => session.close()));

  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sniff(socket, h1, h2);
  };
  const secured =
    options.tls &&
    tls.createServer(
      { cert: readFileSync(options.tls.cert), key: readFileSync(options.tls.key), ALPNProtocols: ['h2', 'http/1.1'] },
      accept,
    );
  const server = net.createServer({ noDelay: true }, (socket) => {
    if (!secured) return accept(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (head: Buffer) => {
      socket.pause();
      socket.unshift(head);
      // The first byte of a TLS handshake is 22: plain and TLS clients share the port.
      if (head[0] === 22) secured.emit('connection', socket);
      else accept(socket);
      process.nextTick(() => socket.resume());
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    async close(graceMs = 10_000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      h1.closeIdleConnections();
      draining.add(h1);
      const deadline = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      // Keep-alive connections without a request would hold the server open until the deadline.
      const idle = setInterval(() => {
        for (const socket of sockets) if (!busy.has(socket)) socket.end();
      }, 50);
      for (const socket of sockets) if (!busy.has(socket)) socket.end();
      await closed;
      clearTimeout(deadline);
      clearInterval(idle);
    },
  };
}

/**
 * Answers a request whose upgrade is declined. Node reads no body of one that asks for an upgrade: that of a known length is read here; the
 * connection ends with the answer, so that nothing after it is taken for a request. Source: RFC 9110, 7.8.
 */
function answerPlainly(
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
  respondTo: (req: IncomingMessage, res: ServerResponse) => void,
): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = req.headers;
  if (encoding !== undefined || !/^\d{1,15}$/.test(length)) {
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  const { method, url, headers, rawHeaders, httpVersionMajor, httpVersionMinor, httpVersion } = req;
  // The one that Node made has ended already.
  const plain = Object.assign(new http.IncomingMessage(socket), {
    method,
    url,
    headers,
    rawHeaders,
    httpVersionMajor,
    httpVersionMinor,
    httpVersion,
    _read: () => void socket.resume(),
  });
  let left = Number(length);
  const feed = (chunk: Buffer) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0 && !plain.push(part)) socket.pause();
    if (left > 0) return;
    socket.off('data', feed);
    plain.complete = true;
    plain.push(null);
  };
  socket.on('data', feed);
  socket.once('close', () => plain.destroy());
  feed(head);
  const res = new http.ServerResponse(plain);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  res.once('finish', () => {
    res.detachSocket(socket);
    socket.end();
  });
  respondTo(plain, res);
}

/** Connections with requests under way, counted. */
const busy = new Map<unknown, number>();
const draining = new WeakSet<object>();

function sniff(socket: Socket, h1: http.Server, h2: http2.Http2Server): void {
  const timer = setTimeout(() => socket.destroy(), SNIFF_TIMEOUT_MS);
  let head: Buffer = Buffer.alloc(0);
  // Reading on demand, not flowing: an HTTP/2 session takes over the handle and what is still buffered, and nothing may be lost between.
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (!chunk) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const compared = Math.min(head.length, PREFACE.length);
    const isH2 = head.subarray(0, compared).equals(PREFACE.subarray(0, compared));
    if (isH2 && compared < PREFACE.length) return;
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.unshift(head);
    (isH2 ? h2 : h1).emit('connection', socket);
    if (!isH2) socket.resume();
  };
  socket.on('readable', onReadable);
  socket.once('close', () => clearTimeout(timer));
}

async function respond(
  req: IncomingMessage,
  res: ServerResponse,
  secure: boolean,
  options: ListenOptions,
): Promise<void> {
  const connection = req.socket ?? (req as any).stream?.session?.socket;
  if (!isHttp2(req) && refuseAmbiguous(req, res)) return;
  busy.set(connection, (busy.get(connection) ?? 0) + 1);
  const controller = new AbortController();
  const ended = () => {
    // Only an answer cut short is news; making an error for every call would cost its stack trace.
    if (!res.writableFinished) controller.abort(new Error('the client has gone'));
    const left = (busy.get(connection) ?? 1) - 1;
    if (left > 0) busy.set(connection, left);
    else busy.delete(connection);
  };
  res.once('close', ended);
  // Node keeps an HTTP/2 stream that was cancelled without an error code (as the SDK does) until its answer is written.
  const stream = isHttp2(req) ? (req as any).stream : undefined;
  stream?.once('aborted', () => stream.destroy());
  const request = wireRequest(req);
  let finished = () => {};
  try {
    const answered = await options.answer({
      request,
      source: req,
      secure: secure || (connection as any)?.encrypted === true,
      ...tlsOf(connection),
      ip: connection?.remoteAddress?.replace(/^::ffff:/, '') ?? '',
      signal: controller.signal,
    });
    ({ finished } = answered);
    if (answered.response.reset) reset(req);
    else if (!controller.signal.aborted) await write(req, res, answered.response);
    else if (answered.response.body instanceof Readable) answered.response.body.destroy();
  } catch (error) {
    options.log.error({ err: error }, 'an answer could not be written');
    res.destroy();
  } finally {
    finished();
  }
}

/** Ends a connection as a network does that has lost it; over HTTP/2, with all that is under way on it. */
function reset(req: IncomingMessage): void {
  const session = (req as any).stream?.session as http2.Http2Session | undefined;
  const socket = session ? session.socket : req.socket;
  if (session) session.destroy();
  else if (typeof socket.resetAndDestroy === 'function' && !(socket as Partial<TLSSocket>).encrypted)
    socket.resetAndDestroy();
  else socket.destroy();
}

function tlsOf(connection: Socket | undefined): { tls?: Tls } {
  const socket = connection as Partial<TLSSocket> | undefined;
  if (socket?.encrypted !== true) return {};
  const version = socket.getProtocol?.();
  const cipher = socket.getCipher?.().standardName;
  return version && cipher ? { tls: { version, cipher } } : {};
}

/** Connections over which something came that another reader might have read otherwise: nothing more of theirs is answered. */
const refused = new WeakSet<object>();

/** More than one host, or a version before there were headers: proxies differ in what they make of them. Source: RFC 9112, 3.2. */
function refuseAmbiguous(req: IncomingMessage, res: ServerResponse): boolean {
  if (refused.has(req.socket)) return true;
  let hosts = 0;
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts <= 1 && req.httpVersionMajor === 1) return false;
  refused.add(req.socket);
  res.writeHead(400, { connection: 'close', 'content-length': '0' });
  res.end(() => req.socket.destroySoon());
  return true;
}

const isHttp2 = (req: IncomingMessage) => (req as any).stream !== undefined && req.httpVersionMajor === 2;

function wireRequest(req: IncomingMessage): WireRequest {
  const url = req.url ?? '/';
  const at = url.indexOf('?');
  const headers = flatten(req);
  return {
    method: req.method ?? 'GET',
    rawPath: originForm(at < 0 ? url : url.slice(0, at)),
    rawQuery: at < 0 ? '' : url.slice(at + 1),
    headers,
    host: (req as any).authority || headers['host'] || '',
  };
}

/** An absolute-form target, as proxies send, has the path after the authority. */
function originForm(path: string): string {
  if (path.startsWith('/')) return path;
  return /^https?:\/\/[^/]*(\/.*)?$/.exec(path)?.[1] ?? '/';
}

function flatten(req: IncomingMessage): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    out[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return out;
}

/** All that a header value may not have: line ends above all, by which an answer could be split. Source: RFC 9110, 5.5. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]+/g;

/** Node refuses values that could split the answer, whatever they came from: those leave without what made them so. */
function writeHead(res: ServerResponse, status: number, given: Record<string, string>): void {
  // Behind a length, Node takes the bytes of this one header for UTF-8 and refuses letters of ISO 8859-1; before it, as it does all others.
  const disposition = given['content-disposition'];
  const headers = disposition === undefined ? given : { 'content-disposition': disposition, ...given };
  try {
    res.writeHead(status, headers);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_CHAR') throw error;
    for (const name of Object.keys(headers)) headers[name] = headers[name]!.replace(NOT_IN_HEADERS, ' ');
    res.writeHead(status, headers);
  }
}

async function write(req: IncomingMessage, res: ServerResponse, response: WireResponse): Promise<void> {
  const { status, headers, body } = response;
  if (res.destroyed || res.writableEnded) return;
  const h2 = isHttp2(req);
  const complete = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  // A body that nobody read would be taken for the next request: give it up with the connection.
  if (!h2 && !req.complete && !req.readableEnded && !req.readableFlowing) headers['connection'] = 'close';
  if (
    complete &&
    headers['content-length'] === undefined &&
    status !== 204 &&
    status !== 304 &&
    req.method !== 'HEAD'
  ) {
    headers['content-length'] = String(body === undefined ? 0 : Buffer.byteLength(body));
  }
  writeHead(res, status, headers);
  if (req.method === 'HEAD' || body === undefined || status === 204 || status === 304) {
    res.end();
    return finishedOf(res);
  }
  if (complete) {
    res.end(body);
    return finishedOf(res);
  }
  res.flushHeaders?.();
  const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
  // A client that has gone must not leave its handler at work.
  res.once('close', () => source.destroy());
  try {
    for await (const chunk of source) {
      if (!res.write(chunk)) await drained(res);
      if (res.destroyed || res.closed) break;
    }
    res.end();
  } catch (error) {
    if (res.closed) return;
    // Half an answer has left: cut the connection, so that the client does not take it for a whole one. It gets that half first.
    await flushed(res);
    res.destroy(error as Error);
  }
}

/** A client that does not read is not waited for. */
const FLUSH_TIMEOUT_MS = 1_000;

function flushed(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    res.once('close', done);
    res.write('', done);
  });
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.destroyed || res.closed) return resolve();
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.once('drain', done);
    res.once('close', done);
  });
}

function finishedOf(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => streamFinished(res, () => resolve()));
}
