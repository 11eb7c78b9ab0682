import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request that the server has read, and the means to answer it. */
export type Exchange = {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, any>;
  response: ServerResponse;
  socket: Socket;
  /** Resolves when the client closes the connection before the answer's end. */
  closed: Promise<void>;
};

/** A real HTTP server on a free port of the loopback, answering with `handle`; keeps all it was asked. */
export async function startUpstream(handle: (exchange: Exchange) => void | Promise<void>) {
  const exchanges: Exchange[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const closed = new Promise<void>((resolve) => {
        response.once('close', () => {
          if (!response.writableFinished) resolve();
        });
      });
      const exchange: Exchange = {
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, any>,
        response,
        socket: request.socket,
        closed,
      };
      exchanges.push(exchange);
      await handle(exchange);
    })();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    exchanges,
    sockets,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Begins an event stream. */
export function beginStream({ response }: Exchange): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

export const sse = (chunk: unknown) => `data: ${JSON.stringify(chunk)}\n\n`;

export const DONE = 'data: [DONE]\n\n';

/** A chunk with one delta, as all servers send it. */
export const delta = (value: unknown, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: value, finish_reason }],
});

export const usage = (prompt_tokens: number, completion_tokens: number) => ({
  choices: [],
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
});

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
