import { NodeHttpHandler } from '@smithy/node-http-handler';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { loadClient, serveWith, stockClient, type Hand } from './every-client.ts';

/** Event streams through the stock clients: out, in, both at once; over HTTP/2 and HTTP/1.1; signed; ended by errors. */
const hands: Record<string, Hand> = Object.fromEntries(
  ['bedrock-runtime', 'transcribe-streaming', 'lex-runtime-v2'].map((sdk) => [sdk, { answer: () => ({}) }]),
);
let outcrop: Outcrop;

beforeAll(async () => {
  outcrop = await startForTests(
    {},
    { extraServices: Object.entries(hands).map(([sdk, hand]) => serveWith(sdk, hand).entry) },
  );
});

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const event of stream) out.push(event);
  return out;
}

const transports = [
  ['HTTP/2', {}],
  ['HTTP/1.1', { requestHandler: new NodeHttpHandler() }],
] as const;

describe.each(transports)('an output stream over %s', (_name, options) => {
  it('brings every event in order, one frame each, as it is made', async () => {
    const made: string[] = [];
    hands['bedrock-runtime']!.answer = () => ({
      stream: (async function* () {
        yield { messageStart: { role: 'assistant' } };
        for (let i = 0; i < 50; i++) {
          made.push(`t${i}`);
          yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: `t${i} 😀 ` } } };
        }
        yield { messageStop: { stopReason: 'end_turn' } };
      })(),
    });
    const { client, command } = stockClient('bedrock-runtime', { ...outcrop.clients, ...options });
    const answer = await client.send(command('ConverseStream', { modelId: 'some.model', messages: [] }));
    const events = await all<any>(answer.stream);
    expect(events[0]).toEqual({ messageStart: { role: 'assistant' } });
    expect(events.slice(1, 51).map((event) => event.contentBlockDelta.delta.text)).toEqual(
      made.map((text) => `${text} 😀 `),
    );
    expect(events.at(-1)).toEqual({ messageStop: { stopReason: 'end_turn' } });
    client.destroy();
  });

  it('ends with the modelled exception that the handler threw midway', async () => {
    const { ThrottlingException } = loadClient('bedrock-runtime');
    hands['bedrock-runtime']!.answer = () => ({
      stream: (async function* () {
        yield { messageStart: { role: 'assistant' } };
        throw new ThrottlingException({ message: 'Too many tokens, please wait before trying again.', $metadata: {} });
      })(),
    });
    const { client, command } = stockClient('bedrock-runtime', { ...outcrop.clients, ...options });
    const answer = await client.send(command('ConverseStream', { modelId: 'some.model', messages: [] }));
    const events: any[] = [];
    let caught: any;
    try {
      for await (const event of answer.stream) events.push(event);
    } catch (error) {
      caught = error;
    }
    const thrown = caught ?? events.at(-1).throttlingException;
    expect(events[0]).toEqual({ messageStart: { role: 'assistant' } });
    expect(thrown.name).toBe('ThrottlingException');
    expect(thrown.message).toBe('Too many tokens, please wait before trying again.');
    client.destroy();
  });

  it('stops the handler when the client goes away', async () => {
    let stopped = false;
    hands['bedrock-runtime']!.answer = () => ({
      stream: (async function* () {
        try {
          for (;;) {
            yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'x'.repeat(1000) } } };
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        } finally {
          stopped = true;
        }
      })(),
    });
    const { client, command } = stockClient('bedrock-runtime', { ...outcrop.clients, ...options });
    const controller = new AbortController();
    const answer = await client.send(command('ConverseStream', { modelId: 'some.model', messages: [] }), {
      abortSignal: controller.signal,
    });
    for await (const event of answer.stream) {
      if (event) break;
    }
    controller.abort();
    client.destroy();
    await expect.poll(() => stopped, { timeout: 5_000 }).toBe(true);
  });
});

describe.each(transports)('a signed input stream over %s', (_name, options) => {
  it('is checked event by event and answered while it is read', async () => {
    hands['transcribe-streaming']!.answer = (_operation, input) => ({
      SessionId: 'session',
      TranscriptResultStream: (async function* () {
        for await (const event of input.AudioStream) {
          const text = Buffer.from(event.AudioEvent.AudioChunk).toString('utf8');
          yield { TranscriptEvent: { Transcript: { Results: [{ ResultId: text }] } } };
        }
      })(),
    });
    const { client, command } = stockClient('transcribe-streaming', { ...outcrop.clients, ...options });
    const chunks = ['one', 'two', 'three', '四'];
    const AudioStream = (async function* () {
      for (const text of chunks) yield { AudioEvent: { AudioChunk: Buffer.from(text) } };
    })();
    const answer = await client.send(
      command('StartStreamTranscription', {
        LanguageCode: 'en-US',
        MediaEncoding: 'pcm',
        MediaSampleRateHertz: 16_000,
        AudioStream,
      }),
    );
    expect(answer.SessionId).toBe('session');
    const events = await all<any>(answer.TranscriptResultStream);
    expect(events.map((event) => event.TranscriptEvent.Transcript.Results[0].ResultId)).toEqual(chunks);
    client.destroy();
  });
});

describe('a conversation both ways over HTTP/2', () => {
  it('answers each message before the next is sent', async () => {
    hands['bedrock-runtime']!.answer = (_operation, input) => ({
      body: (async function* () {
        for await (const event of input.body)
          yield { chunk: { bytes: Buffer.from(`echo ${Buffer.from(event.chunk.bytes).toString()}`) } };
      })(),
    });
    const { client, command } = stockClient('bedrock-runtime', outcrop.clients);
    let proceed: () => void = () => {};
    const body = (async function* () {
      for (const text of ['a', 'b', 'c']) {
        const answered = new Promise<void>((resolve) => (proceed = resolve));
        yield { chunk: { bytes: Buffer.from(text) } };
        await answered;
      }
    })();
    const answer = await client.send(
      command('InvokeModelWithBidirectionalStream', { modelId: 'amazon.nova-sonic-v1:0', body }),
    );
    const heard: string[] = [];
    for await (const event of answer.body) {
      heard.push(Buffer.from(event.chunk.bytes).toString());
      proceed();
    }
    expect(heard).toEqual(['echo a', 'echo b', 'echo c']);
    client.destroy();
  });
});
