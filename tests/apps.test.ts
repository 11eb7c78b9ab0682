import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as streamText } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { sha256, signRequest } from '../src/kernel/signing.ts';
import { beginStream, delta, DONE, sse, startUpstream, usage } from '../src/engines/llm/openai/upstream.fixture.ts';
import type { Outcrop } from '../src/main.ts';
import { allow, identities, trust } from './identities.ts';
import { drawingServer } from './image-server.ts';
import { startForTests } from './start.ts';

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
type Answer = { status: number; body: any };

/** What the model of the test answers next. */
let answer: (exchange: Parameters<Parameters<typeof startUpstream>[0]>[0]) => void | Promise<void>;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let outcrop: Outcrop;
const drawing = drawingServer();
let ann: Credentials;
let ben: Credentials;

beforeAll(async () => {
  upstream = await startUpstream((exchange) => answer(exchange));
  outcrop = await startForTests({
    models: { 'amazon.nova-pro-*': `openai:${upstream.baseUrl}#m`, 'amazon.nova-canvas-*': drawing.binding() },
    appCredits: 5_000,
    clock: new Date('2026-11-20T08:00:00Z'),
  });
  const { user } = identities(outcrop);
  ann = (await user('ann')).clients.credentials;
  ben = (await user('ben')).clients.credentials;
  return () => upstream.stop();
});

async function send(credentials: Credentials, method: string, path: string, body?: unknown, signal?: AbortSignal) {
  const url = `${outcrop.endpoint}/_outcrop/${path}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = signRequest({
    method,
    url: new URL(url),
    payloadSha256: sha256(text),
    service: 'outcrop',
    region: 'us-east-1',
    credentials,
  });
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body: text }), ...(signal ? { signal } : {}) });
}

async function ask(credentials: Credentials, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await send(credentials, method, path, body);
  return { status: response.status, body: await response.json() };
}

/** The lines of a run. */
async function run(credentials: Credentials, id: string, body: unknown): Promise<any[]> {
  const response = await send(credentials, 'POST', `apps/${id}/run`, body);
  const text = await response.text();
  if (response.status !== 200) throw new Error(JSON.parse(text).message);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const input = (title: string) => ({ id: title, kind: 'input', title, width: 'half', placeholder: '', value: '' });
const text = (title: string, prompt: string, more: object = {}) => ({
  id: title,
  kind: 'text',
  title,
  width: 'half',
  prompt,
  model: 'amazon.nova-pro-v1:0',
  temperature: 0,
  maxTokens: 100,
  ...more,
});
const app = (...widgets: object[]) => ({ title: 'An app', description: '', widgets });

async function made(credentials: Credentials, ...widgets: object[]): Promise<any> {
  const { status, body } = await ask(credentials, 'POST', 'apps', app(...widgets));
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('who may do what with an app', () => {
  it('is for its owner to change, and for others there only while it is shared', async () => {
    const { id } = await made(ann, input('Topic'));
    expect((await ask(ben, 'GET', `apps/${id}`)).status).toBe(404);
    expect((await ask(ben, 'POST', `apps/${id}/remix`)).status).toBe(404);
    await ask(ann, 'POST', `apps/${id}/share`, { shared: true });
    expect((await ask(ben, 'GET', `apps/${id}`)).body).toMatchObject({ mine: false, title: 'An app' });
    expect((await ask(ben, 'GET', 'apps')).body.shared).toMatchObject([{ id }]);
    for (const [method, path, body] of [
      ['PUT', `apps/${id}`, { ...app(), version: 1 }],
      ['DELETE', `apps/${id}`],
      ['POST', `apps/${id}/share`, { shared: false }],
      ['GET', `apps/${id}/snapshots`],
      ['POST', `apps/${id}/snapshots`, { name: 'x', state: {} }],
    ] as const) {
      const refused = await ask(ben, method, path, body);
      expect([method, path, refused.status]).toEqual([method, path, 403]);
    }
    const copy = (await ask(ben, 'POST', `apps/${id}/remix`)).body;
    expect(copy).toMatchObject({ mine: true, shared: false, remixOf: { id } });
    await ask(ann, 'POST', `apps/${id}/share`, { shared: false });
    expect((await ask(ben, 'GET', `apps/${id}`)).status).toBe(404);
    expect((await ask(ben, 'GET', `apps/${copy.id}`)).status).toBe(200);
    expect((await ask(ann, 'DELETE', `apps/${id}`)).body).toEqual({ deleted: true });
    expect((await ask(ann, 'GET', `apps/${id}`)).status).toBe(404);
  });

  it('is of a role, whatever its sessions are called, and gives no other right of the stack', async () => {
    const { role, as, user } = identities(outcrop);
    const carl = await user('carl', allow('sts:AssumeRole'));
    const { arn } = await role('Maker', trust({ AWS: '*' }), allow('s3:ListAllMyBuckets'));
    const session = async (RoleSessionName: string) => {
      const { Credentials } = await new STSClient(carl.clients).send(
        new AssumeRoleCommand({ RoleArn: arn, RoleSessionName }),
      );
      return as(Credentials).credentials;
    };
    const [first, second] = [await session('one'), await session('two')];
    const { id } = await made(first, input('Topic'));
    expect((await ask(second, 'GET', `apps/${id}`)).body).toMatchObject({ mine: true, owner: arn });
    expect((await ask(first, 'GET', 'calls')).status).toBe(403);
    expect((await ask(first, 'POST', 'clock', { action: 'freeze' })).status).toBe(403);
    expect((await fetch(`${outcrop.endpoint}/_outcrop/apps`)).status).toBe(403);
  });

  it('asks no model by an ARN: the rights are the stack’s own', async () => {
    const refused = await ask(
      ann,
      'POST',
      'apps',
      app(text('Out', 'Hello', { model: 'arn:aws:bedrock:us-east-1:000000000000:prompt/ABCDEFGHIJ' })),
    );
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain('not the id of a model');
  });
});

describe('an app', () => {
  it('is written by who has seen its latest version, and its references follow new titles', async () => {
    const { id, version } = await made(
      ann,
      input('Topic'),
      text('Poem', 'About @Topic and @[topic]. Write to a@b.com, @@home.'),
    );
    const widgets = [
      { ...input('Topic'), title: 'Main topic' },
      text('Poem', 'About @Topic and @[topic]. Write to a@b.com, @@home.'),
    ];
    const { body } = await ask(ann, 'PUT', `apps/${id}`, { ...app(...widgets), version });
    expect(body.widgets[1].prompt).toBe('About @[Main topic] and @[Main topic]. Write to a@b.com, @@home.');
    expect(body.wiring.Poem).toEqual({ dependsOn: ['Topic'], faults: [] });
    const late = await ask(ann, 'PUT', `apps/${id}`, { ...app(...widgets), version });
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({ name: 'VersionConflict' });
  });

  it('tells circles and references to nothing, and the order of the rest', async () => {
    const { wiring, order } = await made(
      ann,
      text('C', '@B'),
      text('B', '@In'),
      input('In'),
      text('X', '@Y'),
      text('Y', '@X'),
      text('Z', '@Nothing and @X'),
    );
    expect(order).toEqual(['B', 'C']);
    expect(wiring.X.faults).toEqual(['It rests on itself: @X → @Y → @X.']);
    expect(wiring.Z.faults).toEqual(['@Nothing names no widget of this app.']);
  });

  it('has bounds: widgets, titles, prompts', async () => {
    const many = Array.from({ length: 25 }, (_, at) => input(`I${at}`));
    const refused = async (...widgets: object[]) => (await ask(ann, 'POST', 'apps', app(...widgets))).body.message;
    expect(await refused(...many)).toMatch(/24/);
    expect(await refused(input('A'), { ...input('a'), id: 'b' })).toContain('two widgets are called "a"');
    expect(await refused(text('A', 'x'.repeat(8_001)))).toMatch(/8000/);
    expect(await refused({ ...input('A'), title: 'a[b' })).toContain('a title has no @');
  });

  it('keeps for each user what the user left in it, until it is gone', async () => {
    const { id } = await made(ann, input('Topic'));
    await ask(ann, 'POST', `apps/${id}/share`, { shared: true });
    const state = (text: string) => ({ inputs: { Topic: { text } } });
    expect((await ask(ann, 'GET', `apps/${id}/state`)).body.state).toBeNull();
    for (const text of ['sea', 'sky'.repeat(20_000)]) await ask(ann, 'PUT', `apps/${id}/state`, { state: state(text) });
    await ask(ben, 'PUT', `apps/${id}/state`, { state: state('fire') });
    expect((await ask(ann, 'GET', `apps/${id}/state`)).body.state).toEqual(state('sky'.repeat(20_000)));
    expect((await ask(ben, 'GET', `apps/${id}/state`)).body.state).toEqual(state('fire'));
    await ask(ann, 'POST', `apps/${id}/share`, { shared: false });
    expect((await ask(ben, 'GET', `apps/${id}/state`)).status).toBe(404);
    expect((await ask(ben, 'PUT', `apps/${id}/state`, { state: {} })).status).toBe(404);
    expect((await ask(ann, 'DELETE', `apps/${id}`)).status).toBe(200);
  });

  it('is kept whole by a snapshot, and becomes it again', async () => {
    const { id, version } = await made(ann, input('Topic'), text('Poem', 'About @Topic'));
    const state = { inputs: { Topic: { text: 'sea' } }, outputs: { Poem: { value: { text: 'blue' } } } };
    const { body: snapshot } = await ask(ann, 'POST', `apps/${id}/snapshots`, { name: 'Sea', state });
    const { body: changed } = await ask(ann, 'PUT', `apps/${id}`, { ...app(input('Other')), version });
    expect((await ask(ann, 'GET', `apps/${id}/snapshots`)).body.snapshots).toMatchObject([{ name: 'Sea', widgets: 2 }]);
    const { body: back } = await ask(ann, 'POST', `apps/${id}/snapshots/${snapshot.id}/restore`, {
      version: changed.version,
    });
    expect(back.state).toEqual(state);
    expect(back.app.widgets.map(({ title }: { title: string }) => title)).toEqual(['Topic', 'Poem']);
    expect((await ask(ann, 'DELETE', `apps/${id}/snapshots/${snapshot.id}`)).status).toBe(200);
    expect((await ask(ann, 'POST', `apps/${id}/snapshots/${snapshot.id}/restore`, { version: 3 })).status).toBe(404);
  });
});

describe('a run', () => {
  const hello = async (exchange: Parameters<typeof answer>[0], words = ['Hel', 'lo']) => {
    beginStream(exchange);
    for (const content of words) exchange.response.write(sse(delta({ content })));
    exchange.response.write(sse(delta({}, 'stop')));
    exchange.response.end(sse(usage(11, 7)) + DONE);
  };

  it('fills in what the prompt refers to, streams, and is paid by who runs it', async () => {
    answer = hello;
    const { id } = await made(ann, input('Topic'), text('Poem', 'About @Topic, by a@b.com and @@me'));
    await ask(ann, 'POST', `apps/${id}/share`, { shared: true });
    const before = (await ask(ann, 'GET', 'apps/credits')).body.used;
    const lines = await run(ben, id, { widget: 'Poem', values: { Topic: { text: 'the sea' } } });
    expect(lines.map((line) => line.text).filter(Boolean)).toEqual(['Hel', 'lo']);
    expect(lines.at(-1).done).toMatchObject({ credits: 18, inputTokens: 11, outputTokens: 7 });
    const asked = upstream.exchanges.at(-1)!.body;
    expect(JSON.stringify(asked['messages'])).toContain('About the sea, by a@b.com and @me');
    expect(asked['temperature']).toBe(0);
    expect((await ask(ben, 'GET', 'apps/credits')).body).toMatchObject({
      limit: 5_000,
      used: 18,
      renewsAt: '2026-11-21T00:00:00.000Z',
    });
    expect((await ask(ann, 'GET', 'apps/credits')).body.used).toBe(before);
    await expect(run(ben, id, { widget: 'Poem', values: {} })).rejects.toThrow('@Topic is empty');
  });

  it('ends at the model when its user stops it, and what was written is paid', async () => {
    let closed: Promise<void> | undefined;
    answer = async (exchange) => {
      ({ closed } = exchange);
      beginStream(exchange);
      exchange.response.write(sse(delta({ content: 'word '.repeat(20) })));
      await exchange.closed;
    };
    const { id } = await made(ann, text('Poem', 'Write on and on'));
    const before = (await ask(ann, 'GET', 'apps/credits')).body.used;
    const controller = new AbortController();
    const response = await send(ann, 'POST', `apps/${id}/run`, { widget: 'Poem', values: {} }, controller.signal);
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort();
    await closed;
    await expect.poll(async () => (await ask(ann, 'GET', 'apps/credits')).body.used).toBeGreaterThan(before + 20);
  });

  it('tells the model’s own error as a line, and costs nothing then', async () => {
    answer = ({ response }) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'out of memory' } }));
    };
    const { id } = await made(ann, text('Poem', 'Anything'));
    const before = (await ask(ann, 'GET', 'apps/credits')).body.used;
    const lines = await run(ann, id, { widget: 'Poem', values: {} });
    expect(lines.at(-1).error.name).toMatch(/Exception$/);
    expect((await ask(ann, 'GET', 'apps/credits')).body.used).toBe(before);
  });

  it('is refused when the credits of the day are used up, until the next', async () => {
    answer = async (exchange) => {
      beginStream(exchange);
      exchange.response.write(sse(delta({ content: 'much' })));
      exchange.response.write(sse(delta({}, 'stop')));
      exchange.response.end(sse(usage(10, 4_990)) + DONE);
    };
    const { id } = await made(ben, text('Poem', 'Anything', { maxTokens: 8_000 }));
    await run(ben, id, { widget: 'Poem', values: {} });
    // No more may be asked for than can be paid.
    expect(
      upstream.exchanges.at(-1)!.body['max_tokens'] ?? upstream.exchanges.at(-1)!.body['max_completion_tokens'],
    ).toBeLessThan(5_000);
    const refused = await ask(ben, 'POST', `apps/${id}/run`, { widget: 'Poem', values: {} });
    expect(refused).toMatchObject({ status: 429, body: { name: 'CreditsUsedUp' } });
    expect(refused.body.message).toContain('renew at 2026-11-21T00:00:00.000Z');
    await outcrop.clock.advance(16 * 3_600_000);
    expect((await ask(ben, 'GET', 'apps/credits')).body.used).toBe(0);
    answer = hello;
    expect((await run(ben, id, { widget: 'Poem', values: {} })).at(-1).done.credits).toBe(18);
  });
});

describe('an app as a program', () => {
  /** Beside the packages that the program imports. */
  const folder = join(process.cwd(), '.cache', `apps-${process.pid}`);
  const picture = (title: string, prompt: string) => ({
    id: title,
    kind: 'image',
    title,
    width: 'half',
    prompt,
    model: 'amazon.nova-canvas-v1:0',
    size: '512x512',
    seed: 7,
  });
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    return () => rmSync(folder, { recursive: true, force: true });
  });

  /** What it prints, with its helpers for words, pictures and conversations. */
  const execute = async (command: string, file: string, id: string, language: string) => {
    const { body } = await ask(ann, 'GET', `apps/${id}/code?language=${language}`);
    writeFileSync(join(folder, file), body.code);
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: outcrop.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: outcrop.credentials.secretAccessKey,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    };
    const program = spawn(command, [file, '--main-topic', 'the "sea"\\ é 😀'], { cwd: folder, env });
    program.stdin.end('Hello there\n\n');
    const [out, errors, [code]] = await Promise.all([
      streamText(program.stdout),
      streamText(program.stderr),
      once(program, 'close'),
    ]);
    expect(code, errors).toBe(0);
    return out;
  };

  const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;
  if (!hasBoto3) console.warn('Programs in Python are not run here: python3 has no boto3. tests/clients runs one.');

  it.each([
    ['Node', process.execPath, 'app.mjs', 'javascript'],
    ...(hasBoto3 ? [['Python', 'python3', 'app.py', 'python']] : []),
  ])('does in %s what the app does, in its order', async (_name, command, file, language) => {
    answer = ({ response, body }) => {
      const said = body['messages'].map(({ content }: any) => JSON.stringify(content)).join(' | ');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          choices: [{ index: 0, message: { role: 'assistant', content: `<${said}>` }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
        }),
      );
    };
    const { id } = await made(
      ann,
      picture('Cover', 'A cover for @Poem'),
      text('Poem', 'About @[Main topic] in @Style, for @@all'),
      { ...input('Main topic'), id: 'topic' },
      { id: 's', kind: 'static', title: 'Style', width: 'half', text: 'free verse\nwithout "rhymes"' },
      { ...text('Guide', 'You know @Poem'), kind: 'chat', greeting: '' },
    );
    const out = await execute(command, file, id, language);
    const poem = String.raw`<"About the \"sea\"\\ é 😀 in free verse\nwithout \"rhymes\", for @all">`;
    expect(out).toContain(`## Poem\n${poem}\n`);
    expect(out.indexOf('## Cover')).toBeGreaterThan(out.indexOf('## Poem'));
    expect(out).toMatch(/## Guide\n<.*You know.*Hello there/);
    expect(drawing.seen.at(-1)).toMatchObject({ prompt: `A cover for ${poem}`, size: '512x512', seed: 7 });
    expect(readFileSync(join(folder, 'cover.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('finds the stack by TLS where it was asked for by TLS', async () => {
    const cert = 'tests/fixtures/localhost.crt';
    const { endpoint, credentials } = await startForTests({ tlsCert: cert, tlsKey: 'tests/fixtures/localhost.key' });
    const secure = endpoint.replace('http:', 'https:');
    const askSecurely = async (method: string, path: string, body?: object) => {
      const url = new URL(`${secure}/_outcrop/${path}`);
      const content = body ? JSON.stringify(body) : '';
      const signed = {
        method,
        url,
        payloadSha256: sha256(content),
        service: 'outcrop',
        region: 'us-east-1',
        credentials,
      };
      const sent = request(url, { method, headers: signRequest(signed), ca: readFileSync(cert) }).end(content);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return JSON.parse(await streamText(response));
    };
    const { id } = await askSecurely('POST', 'apps', app(text('Poem', 'A poem.')));
    expect((await askSecurely('GET', `apps/${id}/code?language=python`)).code).toContain(secure);
    expect((await askSecurely('GET', `apps/${id}/code?language=javascript`)).code).toContain(secure);
  });

  it('is not to be had while the wiring is not whole', async () => {
    const { id } = await made(ann, text('Poem', 'About @Nobody'));
    const { status, body } = await ask(ann, 'GET', `apps/${id}/code?language=python`);
    expect(status).toBe(400);
    expect(body.message).toContain('@Nobody names no widget');
  });
});

describe('an app out of a sentence', () => {
  /** A model that calls the tool with this. */
  const proposes = (proposal: object) => {
    answer = ({ response, body }) => {
      const call = {
        id: 'call_1',
        type: 'function',
        function: { name: body['tools'][0].function.name, arguments: JSON.stringify(proposal) },
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: null, tool_calls: [call] },
              finish_reason: 'tool_calls',
            },
          ],
          usage: { prompt_tokens: 300, completion_tokens: 120, total_tokens: 420 },
        }),
      );
    };
  };
  const generate = async (sentence: string, model?: string) =>
    (await ask(ann, 'POST', 'apps/generate', { sentence, ...(model ? { model } : {}) })).body;

  it('is the proposal of a model that can, where its wiring is whole, and is paid', async () => {
    proposes({
      title: 'Colour poems',
      widgets: [
        { kind: 'input', title: 'Colour' },
        { kind: 'text', title: 'Poem', prompt: 'A poem about @[Colour].' },
      ],
    });
    const before = (await ask(ann, 'GET', 'apps/credits')).body.used;
    expect(await generate('Poems about colours', 'amazon.nova-pro-v1:0')).toMatchObject({
      by: 'model',
      title: 'Colour poems',
      widgets: [{ kind: 'input' }, { kind: 'text', model: 'amazon.nova-pro-v1:0', prompt: 'A poem about @[Colour].' }],
    });
    expect((await ask(ann, 'GET', 'apps/credits')).body.used).toBe(before + 420);
  });

  it('is made by rules where a proposal refers to nothing, and says so', async () => {
    proposes({ title: 'Poems', widgets: [{ kind: 'text', title: 'Poem', prompt: 'A poem about @[Nobody].' }] });
    const made = await generate('Write a poem about a colour', 'amazon.nova-pro-v1:0');
    expect(made.by).toBe('words');
    expect(made.note).toContain('@Nobody names no widget');
    expect(made.widgets).toMatchObject([
      { kind: 'input', title: 'Colour' },
      { kind: 'text', title: 'Poem' },
    ]);
  });

  it.each([
    ['Create a quiz on a topic for a grade level', ['Topic', 'Grade level'], ['text Quiz']],
    ['Help me write a cover letter from my CV and a job description', ['CV', 'Job description'], ['text Cover letter']],
    [
      'Summarize a document and translate the summary to a language',
      ['Document', 'Language'],
      ['text Summary', 'text Translation'],
    ],
    ['Generate a logo and slogan for my company name', ['Company name'], ['image Logo', 'text Slogan']],
    [
      'A recipe generator: I enter ingredients and dietary preferences and it suggests a recipe with a photo',
      ['Ingredients', 'Dietary preferences'],
      ['text Recipe', 'image Photo'],
    ],
    [
      'Turn meeting notes into action items and a follow-up email',
      ['Meeting notes'],
      ['text Action items', 'text Follow-up email'],
    ],
    ['A chatbot that helps me practice a language', ['Language'], ['chat Chatbot']],
    ['Stories about dinosaurs', ['Topic'], ['text Stories']],
    [
      'Give me a business name and a pitch for my startup idea and design its logo',
      ['Startup idea'],
      ['text Business name', 'text Pitch', 'image Logo'],
    ],
    ['tweet generator for a news headline', ['News headline'], ['text Tweet']],
    [
      'Let users upload a contract and list its risky clauses, then draft an email to the other party',
      ['Contract'],
      ['text Risky clauses', 'text Email'],
    ],
    [
      'Create a product name, tagline and packaging image for a snack',
      ['Snack'],
      ['text Product name', 'text Tagline', 'image Packaging image'],
    ],
  ])('asks and makes what the words say: %s', async (sentence, inputs, outputs) => {
    const { body } = await ask(ann, 'POST', 'apps', contentOf(await generate(sentence)));
    const given = body.widgets.filter(({ kind }: any) => kind === 'input' || kind === 'document');
    expect(given.map(({ title }: any) => title)).toEqual(inputs);
    const makes = body.widgets.filter((widget: any) => 'prompt' in widget);
    expect(makes.map(({ kind, title }: any) => `${kind} ${title}`)).toEqual(outputs);
    expect(Object.values(body.wiring).flatMap(({ faults }: any) => faults)).toEqual([]);
    // Nothing is asked in vain.
    const used = new Set(Object.values(body.wiring).flatMap(({ dependsOn }: any) => dependsOn));
    for (const { id } of given) expect(used).toContain(id);
    await ask(ann, 'DELETE', `apps/${body.id}`);
  });

  it.each([
    'Explain a legal clause in plain English and rate how risky it is',
    'Was koche ich heute?',
    'x',
    '@@@ [[ ]] @nobody {}',
    'write write write and and and the the the',
    'of of of, from from; with with. a a a',
  ])('is whole whatever the sentence: %s', async (sentence) => {
    const { body } = await ask(ann, 'POST', 'apps', contentOf(await generate(sentence)));
    expect(Object.values(body.wiring).flatMap(({ faults }: any) => faults)).toEqual([]);
    expect(body.order.length + body.widgets.filter(({ kind }: any) => kind === 'chat').length).toBeGreaterThan(0);
  });
});

const contentOf = ({ title, description, widgets }: any) => ({ title, description, widgets });
