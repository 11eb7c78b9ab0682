import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ChatEvent, ChatRequest, LanguageModel } from '../types.ts';
import { writeTinyModel } from '../gguf/tiny.fixture.ts';
import { processEntry } from '../../threads/entry.ts';
import { ModelRegistry, type Factories, type RegistryOptions } from './index.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const never = new AbortController().signal;
const ask: ChatRequest = { system: [], messages: [] };

let directory: string;
let stops: (() => unknown)[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await rm(directory, { recursive: true, force: true });
});

type Fake = LanguageModel & { label: string; closed: boolean; proceed: () => void };
const made: Fake[] = [];

/** A model that says what it was made as, and finishes its answers when told to. */
function fake(label: string): LanguageModel {
  let proceed = () => {};
  const gate = new Promise<void>((resolve) => (proceed = resolve));
  const model: Fake = {
    label,
    closed: false,
    proceed,
    provenance: { kind: 'computed', engine: label, version: '1' },
    capabilities: {
      tools: false,
      images: false,
      streaming: true,
      embeddings: false,
      responseSchema: false,
      reasoning: false,
    },
    async *chat(): AsyncGenerator<ChatEvent> {
      yield { type: 'text', index: 0, text: label };
      await gate;
      yield { type: 'end', stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1 } };
    },
    countTokens: async () => label.length,
    close: async () => void (model.closed = true),
  };
  made.push(model);
  return model;
}

const factories: Factories = {
  builtin: () => fake('builtin'),
  openai: ({ baseUrl, model, apiKey }) => fake(`openai ${baseUrl} ${model} ${apiKey}`),
  gguf: ({ modelPath, contextSize }) => fake(`gguf ${modelPath} ${contextSize}`),
  others: { cloud: (rest) => fake(`cloud ${rest}`) },
};

function registry(options: Partial<RegistryOptions> = {}): ModelRegistry {
  const created = new ModelRegistry({ directory, factories, backoffMs: 1, ...options });
  stops.push(() => created.close());
  return created;
}
const engineOf = async (of: ModelRegistry, id: string) => (await of.resolve(id)).provenance.engine;

/** Bytes that a seed determines, beginning as a GGUF file does. */
function gguf(bytes: number, seed = SEED): Buffer {
  const content = Buffer.alloc(bytes);
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at++) content[at] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
  content.write('GGUF');
  return content;
}
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('bindings', () => {
  it('answer for the ids of their pattern, the rest falls back to builtin', async () => {
    const models = registry({ environment: { KEY: 'secret' } });
    await models.bind('anthropic.*', 'openai:http://host/v1#m?key=KEY');
    await models.bind('anthropic.claude-exact', 'cloud:there');
    expect(await engineOf(models, 'anthropic.claude-3')).toBe('openai http://host/v1 m secret');
    expect(await engineOf(models, 'anthropic.claude-exact')).toBe('cloud there');
    expect(await engineOf(models, 'amazon.nova')).toBe('builtin');
    expect(await models.backendOf('anthropic.x')).toEqual({
      backend: 'openai:http://host/v1#m?key=KEY',
      pattern: 'anthropic.*',
    });
    expect((await models.list()).bindings.map(({ pattern }) => pattern)).toEqual([
      'anthropic.claude-exact',
      'anthropic.*',
    ]);
  });

  it('name the environment variable of a key and never hold the key', async () => {
    const models = registry({ environment: { KEY: 'very-secret' } });
    await models.bind('a', 'openai:http://host/v1#m?key=KEY');
    await models.bind('b', 'openai:http://host/v1#m?key=ABSENT');
    await models.resolve('a');
    await expect(models.resolve('b')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('ABSENT'),
    });
    expect(await readFile(join(directory, 'models.json'), 'utf8')).not.toContain('very-secret');
  });

  it('make a model once for all ids and calls that share it', async () => {
    const models = registry();
    await models.bind('x.*', 'cloud:shared');
    const before = made.length;
    const resolved = await Promise.all(['x.1', 'x.2', 'x.1'].map((id) => models.resolve(id)));
    expect(made.length - before).toBe(1);
    expect(new Set(resolved).size).toBe(1);
  });

  it('do not keep a failure to make a model', async () => {
    let fail = true;
    const models = registry({
      factories: {
        ...factories,
        builtin: () => {
          if (fail) throw new Error('not yet');
          return fake('late');
        },
      },
    });
    await expect(models.resolve('x')).rejects.toThrow('not yet');
    fail = false;
    expect(await engineOf(models, 'x')).toBe('late');
  });

  it('let a model go when they do, but not in the middle of an answer', async () => {
    const models = registry();
    await models.bind('x', 'cloud:going');
    const model = await models.resolve('x');
    const inner = made.at(-1)!;
    const events = model.chat(ask, never)[Symbol.asyncIterator]();
    await events.next();
    await models.unbind('x');
    expect(inner.closed).toBe(false);
    inner.proceed();
    while (!(await events.next()).done);
    expect(inner.closed).toBe(true);
  });

  it('refuse bad patterns, bad backends, unknown models and what is not bound', async () => {
    const models = registry();
    for (const [pattern, backend] of [
      ['no spaces', 'builtin'],
      ['x', 'nonsense'],
      ['x', 'gguf:unknown'],
    ] as const) {
      await expect(models.bind(pattern, backend)).rejects.toMatchObject({ kind: 'invalid' });
    }
    await expect(models.unbind('x')).rejects.toMatchObject({ kind: 'invalid' });
    expect(existsSync(join(directory, 'models.json'))).toBe(false);
  });

  it('are seen by others at once, and none is lost when many write together', async () => {
    const [one, two] = [registry(), registry()];
    await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 ? one : two).bind(`m${at}`, `cloud:${at}`)));
    const { bindings } = await one.list();
    expect(bindings).toHaveLength(40);
    expect(await two.list()).toEqual({ bindings, models: [] });
    await one.bind('m0', 'cloud:changed');
    expect(await engineOf(two, 'm0')).toBe('cloud changed');
    expect((await readdir(directory)).sort()).toEqual(['models.json']);
  });

  it(`are not lost between processes, nor when one is killed at any moment (seed ${SEED})`, async () => {
    const acknowledged: string[] = [];
    const start = (prefix: string, count: number) => {
      const { file, execArgv } = processEntry('binder.fixture', import.meta.url);
      const child = fork(fileURLToPath(file), [directory, prefix, String(count)], { execArgv });
      child.on('message', (bound) => acknowledged.push(bound as string));
      return { child, exited: new Promise((resolve) => child.once('exit', resolve)) };
    };
    const steady = [start('a', 60), start('b', 60)];
    const victim = start('v', 100_000);
    while (!acknowledged.some((bound) => bound.startsWith('v'))) await sleep(1);
    await sleep((SEED % 97) + 1);
    victim.child.kill('SIGKILL');
    await Promise.all([...steady, victim].map(({ exited }) => exited));
    const bound = new Set((await registry().list()).bindings.map(({ pattern }) => pattern));
    expect(acknowledged.filter((each) => !bound.has(each))).toEqual([]);
    expect(acknowledged.filter((each) => !each.startsWith('v'))).toHaveLength(120);
  });

  it('can be changed although a process has died with the lock', async () => {
    const script = join(directory, 'dies.mjs');
    await writeFile(
      script,
      `import { writeFileSync } from 'node:fs'; writeFileSync(process.argv[2], String(process.pid), { flag: 'wx' });`,
    );
    const child = fork(script, [join(directory, 'models.json.lock')], { execArgv: [] });
    await new Promise((resolve) => child.once('exit', resolve));
    expect(existsSync(join(directory, 'models.json.lock'))).toBe(true);
    const models = registry();
    await models.bind('x', 'builtin');
    expect((await models.list()).bindings).toHaveLength(1);
    expect(existsSync(join(directory, 'models.json.lock'))).toBe(false);
  });

  it('are reported as damaged, and kept, when models.json is not what it should be', async () => {
    await writeFile(join(directory, 'models.json'), '{"version":1,"bindings":[');
    const models = registry();
    await expect(models.list()).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('damaged') });
    await expect(models.bind('x', 'builtin')).rejects.toMatchObject({ kind: 'invalid' });
    expect(await readFile(join(directory, 'models.json'), 'utf8')).toBe('{"version":1,"bindings":[');
  });
});

describe('models from files', () => {
  it('are copied, checked, bound by name, and removed only when nothing is bound to them', async () => {
    const content = gguf(100_000);
    const source = join(directory, 'elsewhere.bin');
    await writeFile(source, content);
    const models = registry();
    const progress: number[] = [];
    const added = await models.add('mine', source, {
      sha256: sha256(content).toUpperCase(),
      onProgress: ({ receivedBytes }) => progress.push(receivedBytes),
    });
    expect(added).toEqual({ name: 'mine', file: 'mine.gguf', bytes: content.length, sha256: sha256(content), source });
    expect(await readFile(join(directory, 'mine.gguf'))).toEqual(content);
    expect(progress.at(-1)).toBe(content.length);
    await models.bind('x.*', 'gguf:mine?context=4096');
    expect(await engineOf(models, 'x.1')).toBe(`gguf ${join(directory, 'mine.gguf')} 4096`);
    await expect(models.remove('mine')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('x.*'),
    });
    await models.unbind('x.*');
    await models.remove('mine');
    expect(existsSync(join(directory, 'mine.gguf'))).toBe(false);
    expect((await models.list()).models).toEqual([]);
  });

  it('are refused with a bad name, a taken name, another SHA-256, or when they are no GGUF files', async () => {
    const content = gguf(1000);
    const source = join(directory, 'a.bin');
    await writeFile(source, content);
    const models = registry();
    await models.add('taken', source);
    const bad = [
      ['../up', source, {}],
      ['taken', source, {}],
      ['TAKEN', source, {}],
      ['other', source, { sha256: '0'.repeat(64) }],
      ['other', join(directory, 'absent'), {}],
      ['other', join(directory, 'models.json'), {}],
      ['other', 'ftp://host/file.gguf', {}],
    ] as const;
    for (const [name, from, options] of bad) {
      await expect(models.add(name, from, options), `${name} ${from}`).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect((await models.list()).models.map(({ name }) => name)).toEqual(['taken']);
    expect((await readdir(directory)).sort()).toEqual(['a.bin', 'models.json', 'taken.gguf']);
  });

  it('stay loaded up to a number; the one idle longest goes first, never one that is answering', async () => {
    const models = registry({ loadedMax: 2 });
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(directory, `${name}.bin`), gguf(100));
      await models.add(name, join(directory, `${name}.bin`));
      await models.bind(name, `gguf:${name}`);
    }
    const events = (await models.resolve('a')).chat(ask, never)[Symbol.asyncIterator]();
    await events.next();
    const a = made.at(-1)!;
    await models.resolve('b');
    const b = made.at(-1)!;
    await models.resolve('c');
    expect([a.closed, b.closed]).toEqual([false, true]);
    a.proceed();
    while (!(await events.next()).done);
    expect(a.closed).toBe(false);
  });
});

const runtimeDir = fileURLToPath(new URL('../../../../.cache/llama', import.meta.url));

describe.skipIf(!existsSync(join(runtimeDir, 'node_modules')))('a registry with its own factories', () => {
  it('answers from an added GGUF file, shares its process among ids, and ends it with its binding', async () => {
    const source = join(directory, 'source.bin');
    await writeTinyModel(source, { seed: SEED, script: ['Good', ' day'], contextLength: 512 });
    const models = registry({ factories: { builtin: factories.builtin }, runtimeDir });
    await models.add('tiny', source);
    await models.bind('meta.llama*', 'gguf:tiny?context=512&threads=1');
    const [one, two] = [await models.resolve('meta.llama3-8b'), await models.resolve('meta.llama3-70b')];
    expect(one).toBe(two);
    const request: ChatRequest = { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] };
    let text = '';
    for await (const event of one.chat(request, never)) if (event.type === 'text') text += event.text;
    expect(text).toBe('Good day');
    await models.unbind('meta.llama*');
    await models.remove('tiny');
    await expect(one.countTokens(request)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

type Served = { request: IncomingMessage; response: ServerResponse; range?: number };

/** A file server with ranges and ETags, whose answers a test may break. */
async function serve(
  file: { content: Buffer; etag?: string },
  breaking: (served: Served) => boolean | void = () => {},
) {
  const requests: { range?: string; ifRange?: string | string[] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ range: request.headers.range, ifRange: request.headers['if-range'] });
    const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const same = file.etag !== undefined && request.headers['if-range'] === file.etag;
    const range = wanted !== undefined && same ? Number(wanted) : undefined;
    if (breaking({ request, response, range }) === true) return undefined;
    if (file.etag !== undefined) response.setHeader('etag', file.etag);
    if (file.etag !== undefined && request.headers['if-none-match'] === file.etag) return response.writeHead(304).end();
    if (range !== undefined && range >= file.content.length) {
      return response.writeHead(416, { 'content-range': `bytes */${file.content.length}` }).end();
    }
    if (range !== undefined) {
      const last = file.content.length - 1;
      response.writeHead(206, {
        'content-range': `bytes ${range}-${last}/${file.content.length}`,
        'content-length': file.content.length - range,
      });
    } else response.writeHead(200, { 'content-length': file.content.length });
    return response.end(file.content.subarray(range ?? 0));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.gguf`, requests };
}

/** How far the download under test has come; a connection that breaks earlier takes bytes with it that were on their way. */
let received = 0;
const onProgress = ({ receivedBytes }: { receivedBytes: number }) => void (received = receivedBytes);

/** Sends a piece of an answer, and breaks the connection when it has arrived. */
function cut({ response, range = 0 }: Served, file: { content: Buffer; etag?: string }, bytes: number): true {
  received = 0;
  if (file.etag !== undefined) response.setHeader('etag', file.etag);
  const { length } = file.content;
  if (range > 0) {
    response.writeHead(206, {
      'content-range': `bytes ${range}-${length - 1}/${length}`,
      'content-length': length - range,
    });
  } else response.writeHead(200, { 'content-length': length });
  response.write(file.content.subarray(range, range + bytes));
  const timer = setInterval(() => {
    if (received < range + bytes) return;
    clearInterval(timer);
    response.destroy();
  }, 1);
  return true;
}

describe('models from URLs', () => {
  it(`are whole after any number of interruptions, each byte fetched once (seed ${SEED})`, async () => {
    const file = { content: gguf(300_000), etag: '"v1"' };
    let cuts = 4;
    const { url, requests } = await serve(file, (served) => cuts-- > 0 && cut(served, file, 50_000));
    const model = await registry().add('net', url, { sha256: sha256(file.content), onProgress });
    expect(model).toMatchObject({ bytes: 300_000, source: url, etag: '"v1"' });
    expect(await readFile(join(directory, 'net.gguf'))).toEqual(file.content);
    expect(requests.map(({ range }) => range)).toEqual([
      undefined,
      ...[1, 2, 3, 4].map((times) => `bytes=${times * 50_000}-`),
    ]);
    expect((await readdir(directory)).sort()).toEqual(['models.json', 'net.gguf']);
  });

  it('go on in a later call where an aborted one stopped', async () => {
    const file = { content: gguf(300_000), etag: '"v1"' };
    let first = true;
    const { url, requests } = await serve(file, ({ response }) => {
      if (!first) return false;
      first = false;
      response.writeHead(200, { 'content-length': file.content.length, etag: file.etag });
      response.write(file.content.subarray(0, 100_000));
      return true;
    });
    const controller = new AbortController();
    const reason = new Error('enough for today');
    const aborted = registry().add('net', url, {
      signal: controller.signal,
      onProgress: ({ receivedBytes }) => receivedBytes >= 100_000 && controller.abort(reason),
    });
    await expect(aborted).rejects.toBe(reason);
    expect((await registry().list()).models).toEqual([]);
    await registry().add('net', url, { sha256: sha256(file.content) });
    expect(requests[1]).toEqual({ range: 'bytes=100000-', ifRange: '"v1"' });
  });

  it('start again when the file on the server has changed in between', async () => {
    const file = { content: gguf(200_000, 1), etag: '"v1"' };
    let cuts = 1;
    const { url } = await serve(file, (served) => {
      if (cuts-- <= 0) return false;
      cut(served, file, 80_000);
      Object.assign(file, { content: gguf(150_000, 2), etag: '"v2"' });
      return true;
    });
    const model = await registry().add('net', url, { onProgress });
    expect(model).toMatchObject({ bytes: 150_000, sha256: sha256(gguf(150_000, 2)), etag: '"v2"' });
  });

  it('start again when the server cannot tell whether the file has changed', async () => {
    const file = { content: gguf(120_000) };
    let cuts = 2;
    const { url, requests } = await serve(file, (served) => cuts-- > 0 && cut(served, file, 60_000));
    await registry().add('net', url, { sha256: sha256(file.content), onProgress });
    expect(requests.map(({ range }) => range)).toEqual([undefined, undefined, undefined]);
  });

  it('use what was whole already but not yet in its place', async () => {
    const file = { content: gguf(90_000), etag: '"v1"' };
    const { url, requests } = await serve(file);
    await writeFile(join(directory, 'net.gguf.part'), file.content);
    await writeFile(join(directory, 'net.gguf.part.json'), JSON.stringify({ url, validator: '"v1"' }));
    await registry().add('net', url, { sha256: sha256(file.content) });
    expect(requests).toHaveLength(1);
    expect(await readFile(join(directory, 'net.gguf'))).toEqual(file.content);
  });

  it('are given up when the server refuses, sends something else, or goes on failing', async () => {
    const answer =
      (status: number, body: string) =>
      ({ response }: Served) => (response.writeHead(status).end(body), true as const);
    const missing = await serve({ content: gguf(10) }, answer(404, 'gone'));
    await expect(registry().add('net', missing.url)).rejects.toMatchObject({ kind: 'invalid', upstreamStatus: 404 });
    const page = await serve({ content: gguf(10) }, answer(200, '<html>please log in</html>'));
    await expect(registry().add('net', page.url)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('not a GGUF file'),
    });
    const failing = await serve({ content: gguf(10) }, answer(503, 'later'));
    await expect(registry().add('net', failing.url)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(failing.requests).toHaveLength(5);
    expect((await readdir(directory)).filter((name) => !name.endsWith('.part'))).toEqual([]);
  });

  it('with another SHA-256 than asked for never take a place', async () => {
    const file = { content: gguf(5_000), etag: '"v1"' };
    const { url } = await serve(file);
    await expect(registry().add('net', url, { sha256: 'f'.repeat(64) })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(sha256(file.content)),
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('are pulled again only when they have changed, and then loaded anew', async () => {
    const file = { content: gguf(10_000, 1), etag: '"v1"' };
    const { url } = await serve(file);
    const models = registry();
    await models.add('net', url);
    await models.bind('x', 'gguf:net');
    await models.resolve('x');
    const old = made.at(-1)!;
    expect(await models.pull('net')).toMatchObject({ updated: false });
    await models.resolve('x');
    expect(made.at(-1)).toBe(old);
    Object.assign(file, { content: gguf(12_000, 2), etag: '"v2"' });
    expect(await models.pull('net')).toMatchObject({ updated: true, model: { bytes: 12_000, etag: '"v2"' } });
    await models.resolve('x');
    expect(made.at(-1)).not.toBe(old);
    expect(old.closed).toBe(true);
  });

  it('are added by one at a time', async () => {
    const file = { content: gguf(10_000), etag: '"v1"' };
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { url, requests } = await serve(file, ({ response }) => {
      void gate.then(() => response.writeHead(200, { 'content-length': file.content.length }).end(file.content));
      return true;
    });
    const first = registry().add('net', url);
    while (requests.length === 0) await sleep(1);
    await expect(registry().add('net', url)).rejects.toMatchObject({ kind: 'unavailable' });
    release();
    expect(await first).toMatchObject({ bytes: 10_000 });
  });
});
