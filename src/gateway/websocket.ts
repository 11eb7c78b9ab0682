import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PassThrough, Readable } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { frame } from '../protocol/events.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';
import { collect } from './body.ts';
import type { Accepted } from './exchange.ts';

/**
 * Event streams over WebSocket, as browsers use them for Transcribe and Lex: a presigned GET of the operation's path + `-websocket`,
 * its header members moved to the query without their prefix, and one event-stream frame a message, both ways. Source: Amazon
 * Transcribe Developer Guide, "Setting up a WebSocket stream", and the SDK's browser middleware.
 */
const HEADER_PREFIXES: Record<string, string> = { transcribe: 'x-amzn-transcribe-', lex: 'x-amz-lex-' };
export const WEBSOCKET_SUFFIX = '-websocket';
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024;

const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });

export function isWebSocketPath(rawPath: string): boolean {
  return rawPath.endsWith(WEBSOCKET_SUFFIX);
}

/** The request that an operation's REST binding would have seen. */
export function unwrapWebSocket(request: WireRequest, signingName: string): WireRequest {
  const prefix = HEADER_PREFIXES[signingName] ?? '';
  const headers: Record<string, string> = { ...request.headers, 'content-type': 'application/vnd.amazon.eventstream' };
  for (const [name, value] of new URLSearchParams(request.rawQuery))
    if (!name.startsWith('X-Amz-')) headers[`${prefix}${name.toLowerCase()}`] ??= value;
  return { ...request, method: 'POST', rawPath: request.rawPath.slice(0, -WEBSOCKET_SUFFIX.length), headers };
}

/** Takes an upgrade over, answers it like any request, and sends the answer's frames as messages. */
export function upgrade(
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  request: WireRequest,
  base: Omit<Accepted, 'request' | 'source' | 'signal'>,
  options: { log: Logger; answer: (accepted: Accepted) => Promise<{ response: WireResponse; finished: () => void }> },
): void {
  if (!isWebSocketPath(request.rawPath)) {
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  server.handleUpgrade(
    req,
    socket,
    head,
    (ws) =>
      void converse(ws, request, base, options).catch((error: unknown) =>
        options.log.error({ err: error }, 'a WebSocket stream failed'),
      ),
  );
}

async function converse(
  ws: WebSocket,
  request: WireRequest,
  base: Omit<Accepted, 'request' | 'source' | 'signal'>,
  { answer }: Parameters<typeof upgrade>[5],
): Promise<void> {
  const source = new PassThrough();
  const controller = new AbortController();
  ws.on('message', (data: Buffer) => {
    if (!source.write(data)) {
      ws.pause();
      source.once('drain', () => ws.resume());
    }
  });
  const conclude = holdConclusion(ws, () => source.end());
  ws.on('close', () => {
    source.end();
    controller.abort(new Error('the client has gone'));
  });
  ws.on('error', () => ws.terminate());
  const { response, finished } = await answer({ ...base, request, source, signal: controller.signal });
  try {
    if (response.reset) ws.terminate();
    else if (response.status >= 300) ws.send(await exceptionFrame(response));
    else if (response.body instanceof Readable) {
      for await (const message of response.body) {
        if (ws.readyState !== ws.OPEN) break;
        await new Promise<void>((resolve) => ws.send(message as Buffer, () => resolve()));
      }
    }
  } catch (error) {
    // Half an answer has left: an end in good order would pass it off as a whole one.
    ws.terminate();
    throw error;
  } finally {
    if (!conclude()) ws.close(1000);
    finished();
  }
}

/**
 * The SDK's client closes as soon as its own events are sent, and still reads what comes before the close is answered. The library
 * answers a close at once, so its answer is held until ours are out. Internal to `ws`, whose version is pinned; the stream test guards it.
 * Returns the way to let the answer go; it tells whether there was one to give.
 */
function holdConclusion(ws: WebSocket, ended: () => void): () => boolean {
  const receiver = (ws as any)._receiver;
  const [answer] = receiver.listeners('conclude');
  receiver.removeAllListeners('conclude');
  let held: unknown[] | undefined;
  receiver.once('conclude', (...args: unknown[]) => {
    held = args;
    ended();
  });
  return () => {
    if (held) answer.apply(receiver, held);
    else receiver.on('conclude', answer);
    return held !== undefined;
  };
}

/** An error before the stream began: there is no status line any more, so it goes as an exception frame. */
async function exceptionFrame({ headers, body }: WireResponse): Promise<Uint8Array> {
  const bytes =
    typeof body === 'string'
      ? Buffer.from(body)
      : body instanceof Uint8Array
        ? body
        : await collect((body ?? Readable.from([])) as Readable);
  return frame(
    {
      ':message-type': 'exception',
      ':exception-type': headers['x-amzn-errortype'] ?? 'BadRequestException',
      ':content-type': 'application/json',
    },
    bytes,
  );
}
