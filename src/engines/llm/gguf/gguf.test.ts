import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ChatEvent, ChatRequest, LanguageModel, Tool } from '../types.ts';
import { createGguf, findRuntime, installRuntime, type GgufOptions } from './index.ts';
import { LlamaProcess } from './process.ts';
import { writeTinyModel, type TinyModel } from './tiny.fixture.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const runtimeDir = fileURLToPath(new URL('../../../../.cache/llama', import.meta.url));
const mayInstall = Boolean(process.env['CI']) || process.env['OUTCROP_TEST_GGUF'] === '1';
const present = (() => {
  try {
    return findRuntime(runtimeDir) !== '';
  } catch {
    return false;
  }
})();
if (!present && !mayInstall) {
  console.warn(
    'Skipping the GGUF tests: node-llama-cpp is not in .cache/llama (OUTCROP_TEST_GGUF=1 installs it there).',
  );
}

const never = new AbortController().signal;
const ask: ChatRequest = { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] };

async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const textOf = (events: ChatEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const inputOf = (events: ChatEvent[]) => events.map((event) => (event.type === 'toolInput' ? event.json : '')).join('');
const endOf = (events: ChatEvent[]) => events.at(-1) as ChatEvent & { type: 'end' };

describe.skipIf(!present && !mayInstall)('a GGUF model in llama.cpp', () => {
  let folder: string;
  const models = new Map<string, Promise<LanguageModel>>();

  beforeAll(async () => {
    if (!present) await installRuntime(runtimeDir);
    folder = await mkdtemp(join(tmpdir(), 'gguf-'));
  }, 300_000);
  afterAll(async () => {
    for (const model of models.values()) await (await model).close?.();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(model: Partial<TinyModel>): Promise<string> {
    const modelPath = join(folder, `${createHash('sha256').update(JSON.stringify(model)).digest('hex')}.gguf`);
    await writeTinyModel(modelPath, { seed: SEED, contextLength: 2048, ...model });
    return modelPath;
  }

  /** A loaded model; the same arguments give the same one. */
  function tiny(model: Partial<TinyModel> = {}, options: Partial<GgufOptions> = {}): Promise<LanguageModel> {
    const key = JSON.stringify([model, options]);
    let made = models.get(key);
    if (!made) {
      made = write(model).then((modelPath) => createGguf({ modelPath, runtimeDir, threads: 1, ...options }));
      models.set(key, made);
    }
    return made;
  }

  const script = ['Hello', ' wor', 'ld', '. EN', 'D of', ' it'];

  it('streams the pieces that the model makes, one event each, and counts them', async () => {
    const model = await tiny({ script });
    const events = await collect(model.chat(ask, never));
    expect(events.filter((event) => event.type === 'text').map((event) => event.text)).toEqual(script);
    // The token that ends the answer is generated too.
    expect(endOf(events)).toMatchObject({ stopReason: 'end_turn', usage: { outputTokens: script.length + 1 } });
    expect(endOf(events).usage.inputTokens).toBe(await model.countTokens(ask));
  });

  it('counts a prompt as its chat template renders it, in tokens of the vocabulary', async () => {
    const model = await tiny({ script });
    // <s>, then for each turn <|im_start|>, role, newline, text, <|im_end|>, newline; each character is a token here.
    const turn = (role: string, text: string) => 1 + role.length + 1 + text.length + 1 + 1;
    const expected = 1 + turn('system', 'Be brief.') + turn('user', 'Hello') + 1 + 'assistant'.length + 1;
    expect(await model.countTokens({ ...ask, system: ['Be brief.'] })).toBe(expected);
  });

  it.each([1, 2, 5, 30])('ends after exactly %i tokens', async (maxTokens) => {
    const model = await tiny({ script, loop: 0 });
    const events = await collect(model.chat({ ...ask, maxTokens }, never));
    expect(endOf(events)).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: maxTokens } });
    expect(textOf(events)).toBe(Array.from({ length: maxTokens }, (_, at) => script[at % script.length]).join(''));
  });

  it('ends before a stop sequence that spans pieces, and names it', async () => {
    const model = await tiny({ script });
    const events = await collect(model.chat({ ...ask, stopSequences: ['nowhere', 'END'] }, never));
    expect(textOf(events)).toBe('Hello world. ');
    expect(endOf(events)).toMatchObject({
      stopReason: 'stop_sequence',
      stopSequence: 'END',
      usage: { outputTokens: 5 },
    });
  });

  it('ends with nothing when the answer begins with a stop sequence', async () => {
    const model = await tiny({ script });
    const events = await collect(model.chat({ ...ask, stopSequences: ['Hell'] }, never));
    expect(events).toEqual([
      expect.objectContaining({ type: 'end', stopReason: 'stop_sequence', stopSequence: 'Hell' }),
    ]);
  });

  it('gives back what it held for a stop sequence that did not come before the limit', async () => {
    const model = await tiny({ script });
    const events = await collect(model.chat({ ...ask, maxTokens: 4, stopSequences: ['END'] }, never));
    expect(textOf(events)).toBe('Hello world. EN');
    expect(endOf(events)).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 4 } });
  });

  it('gives back what may have been the beginning of a mark of the chat format', async () => {
    const model = await tiny({ script: ['a', 'b ', '<', '|im', 'z'] });
    for (const [maxTokens, text] of [
      [2, 'ab '],
      [3, 'ab <'],
      [4, 'ab <|im'],
      [5, 'ab <|imz'],
    ] as const) {
      expect(textOf(await collect(model.chat({ ...ask, maxTokens }, never)))).toBe(text);
    }
  });

  it('tells reasoning from the answer', async () => {
    const chatTemplate =
      "{% for message in messages %}[{{ message['role'] }}]\n{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}";
    const model = await tiny({ script: ['<think>', 'Hm, ', 'yes', '</think>', 'Sure', ' thing'], chatTemplate });
    expect(await collect(model.chat(ask, never))).toEqual([
      { type: 'reasoning', index: 0, text: 'Hm, ' },
      { type: 'reasoning', index: 0, text: 'yes' },
      { type: 'blockStop', index: 0 },
      { type: 'text', index: 1, text: 'Sure' },
      { type: 'text', index: 1, text: ' thing' },
      { type: 'blockStop', index: 1 },
      expect.objectContaining({ type: 'end', stopReason: 'end_turn' }),
    ]);
    expect((await collect(model.chat({ ...ask, maxTokens: 1 }, never))).map(({ type }) => type)).toEqual(['end']);
    expect(endOf(await collect(model.chat({ ...ask, maxTokens: 2 }, never))).stopReason).toBe('max_tokens');
  });

  it('goes on with an answer that the request has begun', async () => {
    const model = await tiny({ script: ['x', 'y'], chatTemplate: '{{ messages[0].content }}\n' });
    const begun: ChatRequest = {
      ...ask,
      messages: [...ask.messages, { role: 'assistant', content: [{ type: 'text', text: 'Well,\n' }] }],
    };
    expect(textOf(await collect(model.chat(begun, never)))).toBe('xy');
  });

  it('says that the context is full when the answer outgrows it, and refuses a prompt that does', async () => {
    const model = await tiny({ script, loop: 0 }, { contextSize: 256 });
    const end = endOf(await collect(model.chat(ask, never)));
    expect(end.stopReason).toBe('context_window');
    expect(end.usage.inputTokens + end.usage.outputTokens).toBeGreaterThan(250);
    const long: ChatRequest = { ...ask, system: ['x'.repeat(400)] };
    await expect(collect(model.chat(long, never))).rejects.toMatchObject({ kind: 'context' });
    // It goes on working after both.
    expect(endOf(await collect(model.chat({ ...ask, maxTokens: 3 }, never))).stopReason).toBe('max_tokens');
  });

  it(`repeats a sampled answer with the same seed, and only then (model seed ${SEED})`, async () => {
    const model = await tiny();
    const answer = async (seed: number) =>
      textOf(await collect(model.chat({ ...ask, maxTokens: 40, temperature: 1, topP: 0.95, topK: 50, seed }, never)));
    const [first, other, again] = [await answer(7), await answer(8), await answer(7)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    const greedy = async () => textOf(await collect(model.chat({ ...ask, maxTokens: 40, temperature: 0 }, never)));
    expect(await greedy()).toBe(await greedy());
  });

  it(`makes JSON that the response schema accepts, whatever the weights (seed ${SEED})`, async () => {
    const model = await tiny();
    const responseSchema = {
      type: 'object',
      properties: {
        kind: { enum: ['red', 'green'] },
        count: { type: 'integer', minimum: 3, maximum: 5 },
        tags: { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 2 },
        name: { type: 'string', maxLength: 8 },
      },
      required: ['kind', 'count', 'tags', 'name'],
      additionalProperties: false,
    };
    for (let seed = SEED; seed < SEED + 5; seed++) {
      const request = { ...ask, responseSchema, temperature: 1.2, seed, maxTokens: 400 };
      const events = await collect(model.chat(request, never));
      const value = JSON.parse(textOf(events)) as { [key: string]: any };
      expect(Object.keys(value)).toEqual(['kind', 'count', 'tags', 'name']);
      expect(['red', 'green']).toContain(value['kind']);
      expect([3, 4, 5]).toContain(value['count']);
      expect(value['tags'].map((tag: unknown) => typeof tag)).toEqual(['boolean', 'boolean']);
      const name = value['name'] as string;
      // Random weights make bytes that are no UTF-8, of which llama.cpp's grammar counts several as one character.
      if (!name.includes('\u{FFFD}')) expect(Array.from(name).length).toBeLessThanOrEqual(8);
    }
  });

  it('refuses a response schema that it could not enforce', async () => {
    const model = await tiny();
    const request = { ...ask, responseSchema: { type: 'string', pattern: '^a+$' } };
    await expect(collect(model.chat(request, never))).rejects.toMatchObject({ kind: 'unsupported' });
  });

  const tools: Tool[] = [
    { name: 'noise', inputSchema: { type: 'object', properties: { loud: { type: 'boolean' } }, required: ['loud'] } },
    {
      name: 'color',
      inputSchema: { type: 'object', properties: { pick: { enum: ['a"}b', 'c'] } }, required: ['pick'] },
    },
  ];

  it(`calls one of the tools when it must, with arguments that fit (seed ${SEED})`, async () => {
    const model = await tiny();
    const called = new Set<string>();
    for (let seed = SEED; seed < SEED + 8; seed++) {
      const request: ChatRequest = { ...ask, tools, toolChoice: { type: 'any' }, temperature: 1, seed, maxTokens: 200 };
      const events = await collect(model.chat(request, never));
      expect(events.map((event) => event.type).filter((type) => type !== 'toolInput')).toEqual([
        'toolStart',
        'blockStop',
        'end',
      ]);
      const { name, id } = events[0] as ChatEvent & { type: 'toolStart' };
      called.add(name);
      expect(id).toMatch(/^call_[0-9a-f]{24}$/);
      const input = JSON.parse(inputOf(events)) as { [key: string]: unknown };
      if (name === 'noise') expect(typeof input['loud']).toBe('boolean');
      else expect(['a"}b', 'c']).toContain(input['pick']);
      expect(endOf(events).stopReason).toBe('tool_use');
    }
    expect([...called].every((name) => name === 'noise' || name === 'color')).toBe(true);
  });

  it('gives an optional argument, or leaves it out', async () => {
    const model = await tiny();
    const properties = { must: { type: 'boolean' }, may: { enum: [1, 2] } };
    const optional: Tool[] = [{ name: 'f', inputSchema: { type: 'object', properties, required: ['must'] } }];
    const seen = new Set<string>();
    for (let seed = 1; seed <= 60 && seen.size < 2; seed++) {
      const request: ChatRequest = {
        ...ask,
        tools: optional,
        toolChoice: { type: 'any' },
        temperature: 1.5,
        seed,
        maxTokens: 200,
      };
      const input = JSON.parse(inputOf(await collect(model.chat(request, never)))) as object;
      seen.add(Object.keys(input).join());
    }
    expect([...seen].sort()).toEqual(['must', 'must,may']);
    // Shown to a model with free choice, the alternatives must render too.
    expect(await model.countTokens({ ...ask, tools: optional })).toBeGreaterThan(await model.countTokens(ask));
  });

  it('calls exactly the tool that is demanded', async () => {
    const model = await tiny();
    const request: ChatRequest = { ...ask, tools, toolChoice: { type: 'tool', name: 'color' }, maxTokens: 200 };
    const events = await collect(model.chat(request, never));
    expect(events[0]).toMatchObject({ type: 'toolStart', name: 'color' });
    expect(endOf(events).usage.inputTokens).toBe(await model.countTokens(request));
  });

  it('streams a tool call that the model chooses to make in its own format', async () => {
    // After the mark of a call the script is left for a token: there the weights choose, so they are fixed.
    const model = await tiny({
      seed: 5,
      script: ['Wait.', '||call: ', 'noise', '(', '{"', 'loud', '": ', 'true', '}', ')'],
    });
    const events = await collect(model.chat({ ...ask, tools, temperature: 0 }, never));
    expect(textOf(events)).toBe('Wait.');
    expect(events.find((event) => event.type === 'toolStart')).toMatchObject({ index: 1, name: 'noise' });
    expect(JSON.parse(inputOf(events))).toEqual({ loud: true });
    expect(endOf(events).stopReason).toBe('tool_use');
  });

  it('goes on after the result of a tool', async () => {
    const model = await tiny({ script });
    const request: ChatRequest = {
      system: [],
      tools,
      messages: [
        ...ask.messages,
        { role: 'assistant', content: [{ type: 'toolCall', id: 'a', name: 'noise', input: { loud: true } }] },
        {
          role: 'user',
          content: [
            { type: 'toolResult', toolCallId: 'a', status: 'success', content: [{ type: 'text', text: 'BANG' }] },
          ],
        },
      ],
    };
    const events = await collect(model.chat({ ...request, maxTokens: 5 }, never));
    expect(endOf(events).usage.inputTokens).toBe(await model.countTokens(request));
    await expect(
      collect(model.chat({ ...request, messages: request.messages.slice(0, 2) }, never)),
    ).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('embeds texts, the same each time, with the token count of each', async () => {
    const model = await tiny();
    const { vectors, inputTokens } = await model.embed!(['abc', 'something else', 'abc'], never);
    expect(vectors.map((vector) => vector.length)).toEqual([128, 128, 128]);
    expect(vectors[2]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    expect(inputTokens[1]! - inputTokens[0]!).toBe('something else'.length - 'abc'.length);
  });

  it('stops generating when it is aborted, and serves the next request', async () => {
    const model = await tiny({ script, loop: 0 });
    const controller = new AbortController();
    const reason = new Error('enough');
    let seen = 0;
    await expect(
      (async () => {
        for await (const event of model.chat(ask, controller.signal))
          if (event.type === 'text' && ++seen === 3) controller.abort(reason);
      })(),
    ).rejects.toBe(reason);
    for await (const event of model.chat(ask, never)) if (event.type === 'text') break;
    expect(endOf(await collect(model.chat({ ...ask, maxTokens: 3 }, never))).usage.outputTokens).toBe(3);
  });

  it('answers requests that come together one after the other, each whole', async () => {
    const model = await tiny({ script });
    const answers = await Promise.all(Array.from({ length: 6 }, () => collect(model.chat(ask, never))));
    for (const events of answers) expect(textOf(events)).toBe(script.join(''));
  });

  it('reports a crash of llama.cpp as a failure of the model, and starts again', async () => {
    const modelPath = await write({ script, loop: 0 });
    const llama = new LlamaProcess({ runtimeEntry: findRuntime(runtimeDir), modelPath, threads: 1 });
    const events: ChatEvent[] = [];
    const crashed = llama.callAlone({ type: 'chat', request: ask }, never, (event) => {
      if (events.push(event) === 3) process.kill(llama.pid!, 'SIGSEGV');
    });
    const next = llama.callAlone({ type: 'chat', request: { ...ask, maxTokens: 2 } }, never, (event) =>
      events.push(event),
    );
    await expect(crashed).rejects.toMatchObject({ kind: 'model', message: expect.stringContaining('SIGSEGV') });
    await next;
    expect(endOf(events)).toMatchObject({ type: 'end', usage: { outputTokens: 2 } });
    await llama.close();
    await expect(llama.call({ type: 'count', request: ask }, never)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('kills a llama.cpp that does not stop when it is aborted, and starts again', async () => {
    const modelPath = await write({ script, loop: 0 });
    const llama = new LlamaProcess({ runtimeEntry: findRuntime(runtimeDir), modelPath, threads: 1 });
    await llama.start();
    const first = llama.pid!;
    const controller = new AbortController();
    const stuck = llama.callAlone({ type: 'chat', request: ask }, controller.signal, () => {
      if (controller.signal.aborted) return;
      process.kill(first, 'SIGSTOP');
      controller.abort(new Error('enough'));
    });
    const events: ChatEvent[] = [];
    const next = llama.callAlone({ type: 'chat', request: { ...ask, maxTokens: 2 } }, never, (event) =>
      events.push(event),
    );
    await expect(stuck).rejects.toThrow('enough');
    await next;
    expect(endOf(events)).toMatchObject({ type: 'end', usage: { outputTokens: 2 } });
    expect(llama.pid).not.toBe(first);
    await llama.close();
  });

  it('lets only so many wait, and those that give up do not disturb the others', async () => {
    const llama = new LlamaProcess({
      runtimeEntry: findRuntime(runtimeDir),
      modelPath: await write({ script }),
      threads: 1,
    });
    const controller = new AbortController();
    setMaxListeners(300, controller.signal, never);
    const calls = Array.from({ length: 300 }, (_, at) =>
      llama.callAlone({ type: 'chat', request: { ...ask, maxTokens: 1 } }, at % 2 ? controller.signal : never).then(
        () => 'answered',
        (error: { kind?: string; message: string }) => error.kind ?? error.message,
      ),
    );
    controller.abort(new Error('gave up'));
    const outcomes = await Promise.all(calls);
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    expect([count('answered'), count('gave up'), count('throttled')]).toEqual([128, 128, 44]);
    await llama.close();
  });

  it('refuses what is no GGUF file and what llama.cpp cannot load', async () => {
    const path = join(folder, 'broken.gguf');
    await writeFile(path, 'not a model');
    await expect(createGguf({ modelPath: path, runtimeDir })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(createGguf({ modelPath: join(folder, 'absent.gguf'), runtimeDir })).rejects.toMatchObject({
      kind: 'invalid',
    });
    await writeFile(path, 'GGUF and nothing that follows from it');
    await expect(createGguf({ modelPath: path, runtimeDir })).rejects.toMatchObject({ kind: 'model' });
  });
});

describe('the llama.cpp runtime', () => {
  it('says how it is added where it is absent', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-runtime-'));
    expect(existsSync(join(empty, 'node_modules'))).toBe(false);
    await expect(createGguf({ modelPath: 'x.gguf', runtimeDir: empty })).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(
        /npm install --prefix ".*no-runtime-.*" --omit=optional --ignore-scripts .*node-llama-cpp@3\.22\.1 @node-llama-cpp\/\S+@3\.22\.1/,
      ),
    });
    await rm(empty, { recursive: true });
  });

  it('is never installed into a project or among other packages', async () => {
    const project = await mkdtemp(join(tmpdir(), 'project-'));
    await writeFile(join(project, 'package.json'), '{ "name": "mine" }');
    await expect(installRuntime(project)).rejects.toMatchObject({ kind: 'invalid' });
    await rm(join(project, 'package.json'));
    await mkdir(join(project, 'node_modules', 'precious'), { recursive: true });
    await expect(installRuntime(project)).rejects.toMatchObject({ kind: 'invalid' });
    expect(existsSync(join(project, 'node_modules', 'precious'))).toBe(true);
    await rm(project, { recursive: true });
  });
});
