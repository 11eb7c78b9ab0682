import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import type { ChatEvent, ChatRequest } from '../types.ts';
import { createOpenAI } from './index.ts';
import { beginStream, delta, DONE, seeded, sse, startUpstream, usage, type Exchange } from './upstream.fixture.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const never = new AbortController().signal;
const ask: ChatRequest = { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] };

let stop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stop.map((each) => each()));
  stop = [];
});

async function upstream(handle: (exchange: Exchange) => void | Promise<void>, options = {}) {
  const server = await startUpstream(handle);
  const model = createOpenAI({ baseUrl: server.baseUrl, model: 'm', maxRetries: 0, ...options });
  stop.push(async () => {
    await model.close?.();
    await server.stop();
  });
  return { server, model };
}

async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Answers with fixed chunks, written as one piece. */
const answering =
  (...chunks: unknown[]) =>
  (exchange: Exchange) => {
    beginStream(exchange);
    exchange.response.end(chunks.map((chunk) => sse(chunk)).join('') + DONE);
  };

/** A random answer: its deltas on the wire, and the events that must come of them. */
function randomAnswer(random: () => number) {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const word = () =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      pick(['a', 'ß', '→', '😀', '漢', ' ', '\n', '"', '\\', 'data:', '0']),
    ).join('');
  const chunks: unknown[] = [delta({ role: 'assistant', content: '' })];
  const blocks: ChatEvent[][] = [];
  for (const kind of [...(random() < 0.5 ? ['reasoning'] : []), ...(random() < 0.9 ? ['text'] : [])] as const) {
    const index = blocks.length;
    const events: ChatEvent[] = [];
    for (let count = 1 + Math.floor(random() * 12); count > 0; count--) {
      const text = word();
      chunks.push(delta(kind === 'text' ? { content: text } : { [pick(['reasoning_content', 'reasoning'])]: text }));
      events.push({ type: kind as 'text', index, text });
    }
    blocks.push([...events, { type: 'blockStop', index }]);
  }
  const calls = Array.from({ length: Math.floor(random() * 4) }, (_, upstreamIndex) => {
    const index = blocks.length;
    const json = JSON.stringify({ [word()]: word(), nested: { list: [1, word(), { deep: word() }] } });
    const id = `call_${upstreamIndex}_${Math.floor(random() * 1e9)}`;
    const events: ChatEvent[] = [{ type: 'toolStart', index, id, name: `tool${upstreamIndex}` }];
    const fragments: unknown[] = [
      { index: upstreamIndex, id, type: 'function', function: { name: `tool${upstreamIndex}`, arguments: '' } },
    ];
    for (let at = 0; at < json.length;) {
      const piece = json.slice(at, (at += 1 + Math.floor(random() * 9)));
      fragments.push({ index: upstreamIndex, function: { arguments: piece } });
      events.push({ type: 'toolInput', index, json: piece });
    }
    blocks.push([...events, { type: 'blockStop', index }]);
    return fragments;
  });
  const interleaved = random() < 0.4;
  // Starts come in order of their index, as servers number calls when they begin.
  if (interleaved) for (const call of calls) chunks.push(delta({ tool_calls: [call.shift()] }));
  while (calls.some((call) => call.length > 0)) {
    const waiting = calls.filter((call) => call.length > 0);
    chunks.push(delta({ tool_calls: [(interleaved ? pick(waiting) : waiting[0]!).shift()] }));
  }
  chunks.push(delta({}, calls.length > 0 ? 'tool_calls' : 'stop'));
  const counts = { inputTokens: Math.floor(random() * 5000), outputTokens: Math.floor(random() * 5000) };
  chunks.push(usage(counts.inputTokens, counts.outputTokens));
  const events: ChatEvent[] = [
    ...blocks.flat(),
    { type: 'end', stopReason: calls.length > 0 ? 'tool_use' : 'end_turn', usage: counts },
  ];
  const newline = pick(['\n', '\r\n', '\r']);
  const wire = chunks
    .map(
      (chunk) =>
        `${random() < 0.2 ? `: keep-alive${newline}` : ''}data:${pick([' ', ''])}${JSON.stringify(chunk)}${newline}${newline}`,
    )
    .join('');
  return { wire: Buffer.from(`${wire}data: [DONE]${newline}${newline}`), events };
}

describe('streaming from an OpenAI-compatible server', () => {
  it(`passes on every delta as one event, none lost, merged or re-sliced, however the bytes are cut (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    let next = randomAnswer(random);
    const { model } = await upstream(async (exchange) => {
      const { wire } = next;
      beginStream(exchange);
      for (let at = 0; at < wire.length;) {
        const size = random() < 0.3 ? 1 : 1 + Math.floor(random() * 200);
        exchange.response.write(wire.subarray(at, (at += size)));
        if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      }
      exchange.response.end();
    });
    for (let round = 0; round < 120; round++) {
      next = randomAnswer(random);
      expect(await collect(model.chat(ask, never)), `round ${round}`).toEqual(next.events);
    }
  });

  it('hands on each delta when it arrives, before the server has sent the next', async () => {
    let received: () => void = () => {};
    const { model } = await upstream(async (exchange) => {
      beginStream(exchange);
      for (const text of ['one', 'two', 'three']) {
        const seen = new Promise<void>((resolve) => (received = resolve));
        exchange.response.write(sse(delta({ content: text })));
        // The server goes on only after the client has this delta: a client that waits for more would hang here.
        await seen;
      }
      exchange.response.end(sse(delta({}, 'stop')) + sse(usage(1, 3)) + DONE);
    });
    const texts: string[] = [];
    for await (const event of model.chat(ask, never)) {
      if (event.type !== 'text') continue;
      texts.push(event.text);
      received();
    }
    expect(texts).toEqual(['one', 'two', 'three']);
  });

  it('does not hold back the first call when the second begins, nor the second when the first is complete', async () => {
    const { model } = await upstream(
      answering(
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }] }),
        delta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{"y":2}' } }] }),
        delta({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
        delta({}, 'tool_calls'),
        usage(5, 9),
      ),
    );
    expect(await collect(model.chat(ask, never))).toEqual([
      { type: 'toolStart', index: 0, id: 'a', name: 'f' },
      { type: 'toolInput', index: 0, json: '{"x":' },
      { type: 'toolInput', index: 0, json: '1}' },
      { type: 'blockStop', index: 0 },
      { type: 'toolStart', index: 1, id: 'b', name: 'g' },
      { type: 'toolInput', index: 1, json: '{"y":2}' },
      { type: 'blockStop', index: 1 },
      { type: 'end', stopReason: 'tool_use', usage: { inputTokens: 5, outputTokens: 9 } },
    ]);
  });

  it('tells parallel calls apart by id when the server numbers all of them 0 and sends arguments as objects', async () => {
    const { model } = await upstream(
      answering(
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } }] }),
        delta({ tool_calls: [{ index: 0, id: 'b', function: { name: 'f', arguments: { x: 2 } } }] }),
        delta({}, 'stop'),
        usage(5, 9),
      ),
    );
    const events = await collect(model.chat(ask, never));
    expect(events.filter((event) => event.type === 'toolInput').map((event) => event.json)).toEqual([
      '{"x":1}',
      '{"x":2}',
    ]);
    expect(events.at(-1)).toMatchObject({ stopReason: 'tool_use' });
  });

  it('makes an id for a call that comes without one, different for each', async () => {
    const { model } = await upstream(
      answering(
        delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] }),
        delta({ tool_calls: [{ index: 1, function: { name: 'f', arguments: '{}' } }] }),
        delta({}, 'tool_calls'),
        usage(5, 9),
      ),
      { random: seeded(SEED) },
    );
    const ids = (await collect(model.chat(ask, never))).flatMap((event) =>
      event.type === 'toolStart' ? [event.id] : [],
    );
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(id).toMatch(/^call_[a-z0-9]{24}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('passes on malformed tool arguments as they came', async () => {
    const { model } = await upstream(
      answering(
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x": tru' } }] }),
        delta({}, 'tool_calls'),
        usage(5, 9),
      ),
    );
    const events = await collect(model.chat(ask, never));
    expect(events.filter((event) => event.type === 'toolInput')).toEqual([
      { type: 'toolInput', index: 0, json: '{"x": tru' },
    ]);
  });

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'content_filtered'],
  ])('reports finish_reason %s as %s', async (finish, stopReason) => {
    const { model } = await upstream(answering(delta({ content: 'x' }), delta({}, finish), usage(1, 1)));
    expect((await collect(model.chat(ask, never))).at(-1)).toMatchObject({ type: 'end', stopReason });
  });

  it('names the stop sequence when the server does', async () => {
    const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: '###' }] };
    const { model } = await upstream(answering(delta({ content: 'x' }), end, usage(1, 1)));
    const events = await collect(model.chat({ ...ask, stopSequences: ['END', '###'] }, never));
    expect(events.at(-1)).toMatchObject({ stopReason: 'stop_sequence', stopSequence: '###' });
  });

  it('reads one whole completion from a server that does not stream', async () => {
    const { model } = await upstream(({ response }) => {
      const message = {
        role: 'assistant',
        content: 'whole',
        tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }],
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
          usage: { prompt_tokens: 3, completion_tokens: 4 },
        }),
      );
    });
    const events = await collect(model.chat(ask, never));
    expect(events.map((event) => event.type)).toEqual([
      'text',
      'blockStop',
      'toolStart',
      'toolInput',
      'blockStop',
      'end',
    ]);
  });

  it('counts tokens itself where the server reports none, and then calls its answers heuristic', async () => {
    const { model } = await upstream(answering(delta({ content: 'The quick brown fox' }), delta({}, 'stop')));
    expect(model.provenance.kind).toBe('computed');
    const events = await collect(model.chat(ask, never));
    // "The", " quick", " brown", " fox" in o200k.
    expect(events.at(-1)).toMatchObject({ type: 'end', usage: { outputTokens: 4 } });
    expect(model.provenance.kind).toBe('heuristic');
  });

  it('closes the connection to the server when it is aborted, and rejects with the reason', async () => {
    let closed: Promise<void> | undefined;
    const { model } = await upstream((exchange) => {
      beginStream(exchange);
      closed = exchange.closed;
      exchange.response.write(sse(delta({ content: 'first' })));
    });
    const controller = new AbortController();
    const reason = new Error('the client went away');
    await expect(
      (async () => {
        for await (const event of model.chat(ask, controller.signal))
          if (event.type === 'text') controller.abort(reason);
      })(),
    ).rejects.toBe(reason);
    await closed;
  });

  it('closes the connection when its reader stops early', async () => {
    let closed: Promise<void> | undefined;
    const { model } = await upstream((exchange) => {
      beginStream(exchange);
      closed = exchange.closed;
      exchange.response.write(sse(delta({ content: 'first' })));
    });
    for await (const event of model.chat(ask, never)) if (event.type === 'text') break;
    await closed;
  });

  it('aborts while it waits for the answer to begin', async () => {
    const { server, model } = await upstream(() => {});
    const controller = new AbortController();
    const pending = collect(model.chat(ask, controller.signal));
    while (server.exchanges.length === 0) await sleep(1);
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    await server.exchanges[0]!.closed;
  });

  it('uses connections again for calls that follow each other', async () => {
    const { server, model } = await upstream(answering(delta({ content: 'x' }, 'stop'), usage(1, 1)));
    const ports = new Set<number | undefined>();
    for (let call = 0; call < 20; call++) {
      await collect(model.chat(ask, never));
      ports.add(server.exchanges.at(-1)!.socket.remotePort);
    }
    // Two, since a call may begin before the end of the last answer has been read off its connection.
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});
