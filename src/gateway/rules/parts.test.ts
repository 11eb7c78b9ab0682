import * as fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { describeClient } from '../../protocol/catalog.ts';
import { frame } from '../../protocol/events.ts';
import { failItems } from './batches.ts';
import {
  appendEntry,
  beginCassette,
  bodyOf,
  frameOf,
  keepBody,
  keepFrame,
  readCassette,
  type Entry,
} from './cassettes/entry.ts';
import { removeAt, scrubberOf } from './cassettes/scrub.ts';
import { settle, take } from './limits.ts';
import { localMemory } from './shared.ts';
import { breakToolJson, cutStream } from './streams.ts';

const seed = testSeed('rules parts');
const folder = mkdtempSync(join(tmpdir(), 'outcrop-cassette-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
async function* from<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe('batches of which some items fail', () => {
  it('take them out of the input, and put them into the output as each service writes it', () => {
    const run = (service: string, operation: string, input: any, which: number | number[], done: any) => {
      const { input: rest, finish } = failItems('r', { service, operation, input }, which);
      return { rest, output: finish(done) };
    };
    const entries = ['a', 'b', 'c'].map((Id) => ({ Id }));
    expect(
      run('sqs', 'SendMessageBatch', { Entries: entries }, [1], { Successful: [{ Id: 'a' }, { Id: 'c' }] }),
    ).toMatchObject({
      rest: { Entries: [{ Id: 'a' }, { Id: 'c' }] },
      output: {
        Successful: [{ Id: 'a' }, { Id: 'c' }],
        Failed: [{ Id: 'b', Code: 'InternalError', SenderFault: false }],
      },
    });
    const puts = [{ PutRequest: { Item: { k: { S: '1' } } } }, { PutRequest: { Item: { k: { S: '2' } } } }];
    expect(
      run('dynamodb', 'BatchWriteItem', { RequestItems: { t: puts, u: [puts[0]] } }, [0, 2], { UnprocessedItems: {} }),
    ).toEqual({
      rest: { RequestItems: { t: [puts[1]] } },
      output: { UnprocessedItems: { t: [puts[0]], u: [puts[0]] } },
    });
    const keys = [{ k: { S: '1' } }, { k: { S: '2' } }];
    expect(
      run('dynamodb', 'BatchGetItem', { RequestItems: { t: { Keys: keys, ConsistentRead: true } } }, 1, {
        Responses: { t: [] },
      }),
    ).toEqual({
      rest: { RequestItems: { t: { Keys: [keys[1]], ConsistentRead: true } } },
      output: { Responses: { t: [] }, UnprocessedKeys: { t: { Keys: [keys[0]], ConsistentRead: true } } },
    });
    const Records = [1, 2, 3].map((Data) => ({ Data }));
    expect(
      run('kinesis', 'PutRecords', { Records }, [0, 2], { FailedRecordCount: 0, Records: [{ SequenceNumber: '7' }] }),
    ).toMatchObject({
      rest: { Records: [{ Data: 2 }] },
      output: {
        FailedRecordCount: 2,
        Records: [{ ErrorCode: expect.any(String) }, { SequenceNumber: '7' }, { ErrorCode: expect.any(String) }],
      },
    });
    expect(run('s3', 'DeleteObjects', { Delete: { Objects: [{ Key: 'x' }] } }, 5, {})).toMatchObject({
      rest: undefined,
      output: { Errors: [{ Key: 'x' }] },
    });
    expect(() => run('sqs', 'SendMessageBatch', { Entries: entries }, [7], {})).toThrow('the batch has 3 items');
  });
});

describe('streams', () => {
  const delta = (text: string) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } });
  const native = (chunk: unknown) => ({ chunk: { bytes: Buffer.from(JSON.stringify(chunk)) } });

  it('are cut after exactly so many characters, wherever the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        fc.nat(60),
        async (pieces, characters) => {
          let stopped = false;
          const cut = await all(
            cutStream(from([{ messageStart: {} }, ...pieces.map(delta), { messageStop: {} }]), {
              characters,
              stopped: () => (stopped = true),
            }),
          );
          const text = cut.map((event: any) => event.contentBlockDelta?.delta.text ?? '').join('');
          expect(text).toBe(pieces.join('').slice(0, characters));
          expect(stopped).toBe(true);
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  it.each([
    [
      'Anthropic',
      [
        { type: 'content_block_delta', delta: { text: 'a' } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
        { type: 'message_stop' },
      ],
      1,
    ],
    [
      'Llama',
      [
        { generation: 'a', stop_reason: null },
        { generation: '', stop_reason: 'stop' },
      ],
      1,
    ],
    [
      'Titan',
      [
        { outputText: 'a', completionReason: null },
        { outputText: '', completionReason: 'FINISH' },
      ],
      1,
    ],
    [
      'OpenAI',
      [
        { choices: [{ delta: { content: 'a' }, finish_reason: null }] },
        { choices: [{ delta: {}, finish_reason: 'stop' }] },
      ],
      1,
    ],
    ['Mistral', [{ outputs: [{ text: 'a', stop_reason: null }] }, { outputs: [{ text: '', stop_reason: 'stop' }] }], 1],
  ] as const)('end before the end of the message in the chunks of %s', async (_family, chunks, kept) => {
    expect(await all(cutStream(from(chunks.map(native)), { beforeStop: true, stopped: () => {} }))).toHaveLength(kept);
  });

  it('lose the last character of each tool’s input, in every family’s fragments', async () => {
    const fragments = (texts: string[], as: (text: string) => any) => texts.map(as);
    const converse = (input: string) => ({
      contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input } } },
    });
    const joined = async (events: any[], of: (event: any) => string) =>
      (await all(breakToolJson(from(events)))).map(of).join('');
    expect(
      await joined(
        [...fragments(['{"a"', ':1}'], converse), { contentBlockStop: {} }, ...fragments(['{}'], converse)],
        (event) => event.contentBlockDelta?.delta.toolUse.input ?? '|',
      ),
    ).toBe('{"a":1|{');
    const anthropic = (partial_json: string) =>
      native({ type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json } });
    const parse = (event: any) => JSON.parse(Buffer.from(event.chunk.bytes).toString());
    expect(await joined(fragments(['{"a":', '[1]}'], anthropic), (event) => parse(event).delta.partial_json)).toBe(
      '{"a":[1]',
    );
    const openai = (text: string) =>
      native({ choices: [{ delta: { tool_calls: [{ function: { arguments: text } }] } }] });
    expect(
      await joined(
        fragments(['{', '}'], openai),
        (event) => parse(event).choices[0].delta.tool_calls[0].function.arguments,
      ),
    ).toBe('{');
  });
});

describe('a cassette’s file', () => {
  it('gives back any body, and any message of a stream, byte for byte', async () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc
        .constantFrom(
          '---\n',
          'a\n---\nb',
          ' ',
          '\n',
          '{"a": 1}',
          '{"a":1.0}',
          '{"a":1e400}',
          '﻿x',
          'yes',
          '~',
          '{"__proto__":1}',
          '[1,2',
          '# x',
        )
        .map((text) => Buffer.from(text)),
    );
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(bodies, { minLength: 1, maxLength: 5 }),
        fc.array(bodies, { maxLength: 4 }),
        fc.jsonValue(),
        async (parts, payloads, input) => {
          const path = join(folder, `c${number++}.yaml`);
          beginCassette(path, 'abc');
          const entry = (answer: any): Entry => ({
            call: 's3:GetObject',
            protocol: 'rest-xml',
            at: '2026-01-01T00:00:00.000Z',
            input: input as never,
            answer: { status: 200, headers: { a: 'b' }, ...answer },
          });
          for (const part of parts) await appendEntry(path, entry(await keepBody(part, path)));
          const frames = payloads.map((payload) => frame({ ':message-type': 'event', ':event-type': 'x' }, payload));
          await appendEntry(path, entry({ events: frames.map((each, at) => keepFrame(each, at)) }));
          const { entries, salt } = await readCassette(path);
          expect(salt).toBe('abc');
          for (const [index, part] of parts.entries())
            expect(Buffer.from(await bodyOf(entries[index]!.answer, path)).equals(Buffer.from(part))).toBe(true);
          const back = (entries.at(-1)!.answer as any).events.map(frameOf);
          expect(back.map((each: Uint8Array) => Buffer.from(each).toString('hex'))).toEqual(
            frames.map((each) => Buffer.from(each).toString('hex')),
          );
          expect(JSON.stringify(entries[0]!.input)).toBe(JSON.stringify(input));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it('is read on from where it was read to, when another has added to it', async () => {
    const path = join(folder, 'growing.yaml');
    beginCassette(path, 'x');
    const entry = (call: string): Entry => ({
      call,
      protocol: 'p',
      at: '',
      input: {},
      answer: { status: 200, headers: {} },
    });
    await appendEntry(path, entry('a:A'));
    const first = await readCassette(path);
    await appendEntry(path, entry('b:B'));
    await appendEntry(path, entry('c:C'));
    const second = await readCassette(path, first);
    expect(second.entries.map(({ call }) => call)).toEqual(['a:A', 'b:B', 'c:C']);
    expect(second).toEqual(await readCassette(path));
    expect(await readCassette(path, second)).toEqual(second);
    writeFileSync(path, readFileSync(path, 'utf8').replace('a:A', 'longer:A'));
    expect((await readCassette(path, second)).entries[0]!.call).toBe('longer:A');
  });

  it('has long bodies beside it, once each', async () => {
    const path = join(folder, 'long.yaml');
    beginCassette(path, 'x');
    const long = Buffer.alloc(70_000, 'z');
    const [one, two] = [await keepBody(long, path), await keepBody(long, path)];
    expect(one).toEqual(two);
    expect(one).toMatchObject({ bytes: 70_000 });
    expect(readFileSync(join(folder, 'long.bodies', (one as { file: string }).file)).equals(long)).toBe(true);
  });

  it('loses at a path what stands there, and only that', () => {
    const value = {
      a: [
        { id: 1, x: 1 },
        { id: 2, x: 2 },
      ],
      id: 3,
    };
    expect(removeAt(value, ['$.a[*].id'])).toEqual({ a: [{ x: 1 }, { x: 2 }], id: 3 });
    expect(removeAt(value, ['$.a[0,1]', 'id'])).toEqual({ a: [] });
    expect(removeAt(value, ['$..id'])).toEqual({ a: [{ x: 1 }, { x: 2 }] });
    expect(value.id).toBe(3);
  });
});

describe('a scrubber', () => {
  const schemaOf = async (sdk: string, client: Promise<Record<string, any>>, operation: string) =>
    describeClient(sdk, await client).operations.get(operation)!;
  const scrubbed = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

  it('knows secrets by the model and by their names, in JSON and in XML, bytes as bytes', async () => {
    const { body } = scrubberOf({}, 'salt');
    const decrypt = await schemaOf('kms', import('@aws-sdk/client-kms'), 'Decrypt');
    expect(scrubbed(body(decrypt.output, Buffer.from('{"KeyId":"k","Plaintext":"AAAA"}')))).toBe(
      '{"KeyId":"k","Plaintext":"U0NSVUJCRUQ="}',
    );
    const session = await schemaOf('sts', import('@aws-sdk/client-sts'), 'GetSessionToken');
    const xml = (secret: string) => `<R><AccessKeyId>A</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey></R>`;
    expect(scrubbed(body(session.output, Buffer.from(xml('a/b+c='))))).toBe(xml('SCRUBBED'));
    expect(body(session.output, Buffer.from('<R><AccessKeyId>A</AccessKeyId></R>'))).toBeUndefined();
    expect(body(decrypt.output, Buffer.from([0xff, 0xfe]))).toBeUndefined();
  });

  it('leaves conversations as they are, but for what it is told to take out', async () => {
    const invoke = await schemaOf('bedrock-runtime', import('@aws-sdk/client-bedrock-runtime'), 'InvokeModel');
    const said = Buffer.from('{"logprobs":[{"token":"Hello"}],"note":"call 555-1234"}');
    expect(scrubberOf({}, 'salt').body(invoke.output, said)).toBeUndefined();
    const told = scrubberOf({ patterns: ['[0-9]{3}-[0-9]{4}'], paths: ['$.logprobs[*].token'] }, 'salt');
    expect(scrubbed(told.body(invoke.output, said))).toBe('{"logprobs":[{"token":"SCRUBBED"}],"note":"call SCRUBBED"}');
  });

  it('tells secrets of inputs apart, differently in each cassette', async () => {
    const encrypt = await schemaOf('kms', import('@aws-sdk/client-kms'), 'Encrypt');
    const of = (salt: string, Plaintext: string) =>
      (scrubberOf({}, salt).input(encrypt.input, { Plaintext }) as any).Plaintext as string;
    expect(of('a', 'x')).toMatch(/^scrubbed:[0-9a-f]{16}$/);
    expect(new Set([of('a', 'x'), of('a', 'y'), of('b', 'x')]).size).toBe(3);
    expect(of('a', 'x')).toBe(of('a', 'x'));
  });
});

describe('a limit', () => {
  it('never lets more through than the bucket holds and what has run in since', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 1, max: 5 })), { maxLength: 60 }),
        (capacity, steps) => {
          const memory = localMemory();
          const plan = { capacity, perMs: 60_000 };
          let now = 1_000_000;
          let taken = 0;
          for (const [elapsed, amount] of steps) {
            now += elapsed;
            if (take(memory, ['k'], plan, amount, now)) taken += amount;
            expect(taken).toBeLessThanOrEqual(capacity + ((now - 1_000_000) * capacity) / 60_000 + 1e-6);
          }
        },
      ),
      { seed },
    );
  });

  it('is short for a while when more was used than was reserved', async () => {
    const memory = localMemory();
    const plan = { capacity: 10, perMs: 1_000 };
    expect(await take(memory, ['k'], plan, 5, 0)).toBe(true);
    await settle(memory, ['k'], plan, -15, 0);
    expect(await take(memory, ['k'], plan, 1, 1_000)).toBe(false);
    expect(await take(memory, ['k'], plan, 1, 1_200)).toBe(true);
  });
});
