import { WebSocketFetchHandler } from '@aws-sdk/middleware-websocket';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { serveWith, stockClient, type Hand } from './every-client.ts';

/** TLS on the same port, and what needs it: HTTP/2 by ALPN, and WebSocket streams as a browser makes them. */
const CERT = 'tests/fixtures/localhost.crt';
const hand: Hand = { answer: () => ({}) };
const ca = readFileSync(CERT);
let outcrop: Outcrop;
let secure: string;
const nativeWebSocket = globalThis.WebSocket;

beforeAll(async () => {
  outcrop = await startForTests(
    { tlsCert: CERT, tlsKey: 'tests/fixtures/localhost.key' },
    { extraServices: [serveWith('transcribe-streaming', hand).entry] },
  );
  secure = outcrop.endpoint.replace('http:', 'https:');
  // What a browser has built in; it must trust the test's certificate.
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string) {
      // AWS serves WebSockets on 8443, and the browser's client insists on that port: it is what was signed, but not where we are.
      super(url.replace(':8443', ''), { ca, headers: { host: '127.0.0.1:8443' } });
    }
  } as never;
});
afterAll(() => {
  globalThis.WebSocket = nativeWebSocket;
});

describe('one port', () => {
  it('answers plain HTTP, HTTPS and HTTP/2 over TLS', async () => {
    const plain = new STSClient(outcrop.clients);
    const over = new STSClient({
      ...outcrop.clients,
      endpoint: secure,
      requestHandler: new NodeHttpHandler({ httpsAgent: new https.Agent({ ca }) }),
    });
    expect((await plain.send(new GetCallerIdentityCommand({}))).Account).toBe('000000000000');
    expect((await over.send(new GetCallerIdentityCommand({}))).Account).toBe('000000000000');
    const session = http2.connect(secure, { ca });
    const body = await new Promise<string>((resolve, reject) => {
      const stream = session.request({ ':path': '/_outcrop/health' });
      let text = '';
      stream
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(session.alpnProtocol).toBe('h2');
    expect(body).toBe('ok');
    session.close();
  });
});

describe('a WebSocket stream', () => {
  function browserClient(options: object = {}) {
    const made = stockClient('transcribe-streaming', {
      ...outcrop.clients,
      endpoint: secure,
      requestHandler: new WebSocketFetchHandler(),
      ...options,
    });
    return made;
  }
  const audio = (chunks: string[]) =>
    (async function* () {
      for (const text of chunks) yield { AudioEvent: { AudioChunk: Buffer.from(text) } };
    })();

  it('carries signed events both ways, with header members in the query', async () => {
    let seen: any;
    hand.answer = (_operation, input) => {
      seen = input;
      return {
        TranscriptResultStream: (async function* () {
          for await (const event of input.AudioStream)
            yield {
              TranscriptEvent: {
                Transcript: { Results: [{ ResultId: Buffer.from(event.AudioEvent.AudioChunk).toString() }] },
              },
            };
        })(),
      };
    };
    const { client, command } = browserClient();
    const answer = await client.send(
      command('StartStreamTranscription', {
        LanguageCode: 'en-US',
        MediaEncoding: 'pcm',
        MediaSampleRateHertz: 16_000,
        VocabularyName: 'words',
        AudioStream: audio(['eins', 'zwei']),
      }),
    );
    const heard: string[] = [];
    for await (const event of answer.TranscriptResultStream) {
      heard.push(event.TranscriptEvent.Transcript.Results[0].ResultId);
      if (heard.length === 2) break;
    }
    expect(heard).toEqual(['eins', 'zwei']);
    expect(seen).toMatchObject({
      LanguageCode: 'en-US',
      MediaEncoding: 'pcm',
      MediaSampleRateHertz: 16_000,
      VocabularyName: 'words',
    });
    client.destroy();
  });

  it('refuses a wrong signature with an exception frame', async () => {
    const { client, command } = browserClient({ credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' } });
    const answer = await client
      .send(
        command('StartStreamTranscription', {
          LanguageCode: 'en-US',
          MediaEncoding: 'pcm',
          MediaSampleRateHertz: 16_000,
          AudioStream: audio(['x']),
        }),
      )
      .catch((error: Error) => error);
    const failure =
      answer instanceof Error
        ? answer
        : await (async () => {
            for await (const event of answer.TranscriptResultStream) return event;
            return undefined;
          })().catch((error: Error) => error);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).toContain('InvalidSignatureException');
    client.destroy();
  });
});
