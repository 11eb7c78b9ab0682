import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type ConverseCommandInput,
  type SystemContentBlock,
  type TokenUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { otherAccount } from '../../../tests/accounts.ts';
import { Ids } from '../../kernel/ids.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let client: BedrockRuntimeClient;
beforeEach(async () => {
  outcrop = await startForTests();
  client = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
});

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const point = (ttl?: '5m' | '1h'): SystemContentBlock => ({ cachePoint: { type: 'default', ...(ttl ? { ttl } : {}) } });

/** Prose of about `tokens` tokens, other every time. */
const ids = new Ids(testSeed('prompt cache'));
const pick = (from: string[]) => from[Math.floor(ids.random() * from.length)]!;
function prose(tokens: number): string {
  const nouns = ['ferry', 'harbour', 'gate', 'museum', 'garden', 'tower', 'library', 'market'];
  const verbs = ['opens at', 'closes at', 'is cleaned at', 'is lit from'];
  const lines: string[] = [];
  for (let n = 0; n < tokens / 9; n++) lines.push(`The ${pick(nouns)} ${n} ${pick(verbs)} ${n % 12}:${10 + (n % 50)}.`);
  return lines.join(' ');
}

const ask = (
  system: SystemContentBlock[],
  text = 'When does the ferry 0 open?',
  more: Partial<ConverseCommandInput> = {},
) =>
  client.send(
    new ConverseCommand({ modelId: MODEL, system, messages: [{ role: 'user', content: [{ text }] }], ...more }),
  );
const of = ({ usage }: Awaited<ReturnType<typeof ask>>) => [
  usage!.inputTokens!,
  usage!.cacheReadInputTokens!,
  usage!.cacheWriteInputTokens!,
];

describe('a prompt cache', () => {
  it('is written by the first request and read by the next, and nothing is lost between the counts', async () => {
    const text = prose(1_600);
    const first = await ask([{ text }, point()]);
    const [input, read, written] = of(first);
    expect(read).toBe(0);
    expect(written).toBeGreaterThanOrEqual(1_024);
    expect(first.usage!.cacheDetails).toEqual([{ ttl: '5m', inputTokens: written }]);
    const second = await ask([{ text }, point()], 'When is the tower 5 cleaned?');
    expect(of(second).slice(1)).toEqual([written, 0]);
    const { inputTokens } = await client.send(
      new CountTokensCommand({
        modelId: MODEL,
        input: {
          converse: {
            system: [{ text }, point()],
            messages: [{ role: 'user', content: [{ text: 'When does the ferry 0 open?' }] }],
          },
        },
      }),
    );
    expect(input! + written!).toBe(inputTokens);
    expect(first.usage!.totalTokens).toBe(inputTokens! + first.usage!.outputTokens!);
  });

  it('changes no answer', async () => {
    const text = prose(1_600);
    const plain = await ask([{ text }]);
    const written = await ask([{ text }, point()]);
    const read = await ask([{ text }, point()]);
    expect([written.output, read.output]).toEqual([plain.output, plain.output]);
    expect(of(plain).slice(1)).toEqual([0, 0]);
  });

  it('misses when a letter of the prefix is another, for another model and for another account', async () => {
    const text = prose(1_600);
    await ask([{ text }, point()]);
    expect(of(await ask([{ text: `${text}!` }, point()]))[1]).toBe(0);
    const other = await ask([{ text }, point()], undefined, { modelId: 'us.anthropic.claude-sonnet-4-20250514-v1:0' });
    expect(of(other)[1]).toBe(0);
    const stranger = new BedrockRuntimeClient((await otherAccount(outcrop)).clients);
    const { usage } = await stranger.send(
      new ConverseCommand({
        modelId: MODEL,
        system: [{ text }, point()],
        messages: [{ role: 'user', content: [{ text: 'When?' }] }],
      }),
    );
    expect(usage!.cacheReadInputTokens).toBe(0);
    expect(of(await ask([{ text }, point()]))[1]).toBeGreaterThan(0);
  });

  it('lasts five minutes from its last reading, or an hour where that is asked for', async () => {
    const text = prose(1_600);
    const long = prose(1_700);
    await ask([{ text }, point()]);
    await ask([{ text: long }, point('1h')]);
    await outcrop.clock.advance(4 * 60_000);
    expect(of(await ask([{ text }, point()]))[1]).toBeGreaterThan(0);
    await outcrop.clock.advance(4 * 60_000);
    expect(of(await ask([{ text }, point()]))[1]).toBeGreaterThan(0);
    await outcrop.clock.advance(5 * 60_000 + 1_000);
    expect(of(await ask([{ text }, point()]))[1]).toBe(0);
    await outcrop.clock.advance(40 * 60_000);
    expect(of(await ask([{ text: long }, point('1h')]))[1]).toBeGreaterThan(0);
  });

  it('keeps nothing of a prefix under the model’s least', async () => {
    const text = prose(300);
    await ask([{ text }, point()]);
    expect(of(await ask([{ text }, point()])).slice(1)).toEqual([0, 0]);
  });

  it('grows with a conversation: the end that was marked a turn ago is found without a mark', async () => {
    const text = prose(1_600);
    const user = (said: string) => ({
      role: 'user' as const,
      content: [{ text: said }, { cachePoint: { type: 'default' as const } }],
    });
    const first = await ask([{ text }], undefined, { messages: [user('When does the ferry 0 open?')] });
    const messages = [
      { role: 'user' as const, content: [{ text: 'When does the ferry 0 open?' }] },
      first.output!.message!,
      user('And the tower 5?'),
    ];
    const second = await ask([{ text }], undefined, { messages });
    expect(second.usage!.cacheReadInputTokens).toBe(first.usage!.cacheWriteInputTokens);
    expect(second.usage!.cacheWriteInputTokens).toBeGreaterThan(0);
  });

  it('is marked by cache_control in the native body, and told there and in a stream', async () => {
    const text = prose(1_600);
    const body = JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 200,
      system: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'When does the ferry 0 open?' }],
    });
    const native = async () =>
      JSON.parse(Buffer.from((await client.send(new InvokeModelCommand({ modelId: MODEL, body }))).body).toString())
        .usage;
    const first = await native();
    expect(first.cache_creation.ephemeral_5m_input_tokens).toBe(first.cache_creation_input_tokens);
    expect(await native()).toMatchObject({
      cache_read_input_tokens: first.cache_creation_input_tokens,
      cache_creation_input_tokens: 0,
    });
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: MODEL,
        system: [{ text }, point()],
        messages: [{ role: 'user', content: [{ text: 'When?' }] }],
      }),
    );
    let usage: TokenUsage | undefined;
    for await (const event of stream!) usage ??= event.metadata?.usage;
    expect(usage!.cacheReadInputTokens).toBe(first.cache_creation_input_tokens);
  });

  it('is billed: writing dearer than reading, both by the ledger', async () => {
    const text = prose(1_600);
    const [, , written] = of(await ask([{ text }, point()]));
    await ask([{ text }, point()]);
    const { lines } = await outcrop.cost();
    const line = (type: string) => lines.find((each) => each.type === type)!;
    expect(line('CacheWriteInputTokens').quantity).toBe(written);
    expect(line('CacheReadInputTokens').quantity).toBe(written);
    expect(line('CacheWriteInputTokens').usd! / line('CacheReadInputTokens').usd!).toBeCloseTo(12.5, 6);
  });

  it.each([
    [
      'a model without one',
      'meta.llama3-1-8b-instruct-v1:0',
      [point()],
      'AccessDeniedException',
      'did not allow prompt caching',
    ],
    [
      'five marks',
      MODEL,
      [point(), point(), point(), point(), point()],
      'ValidationException',
      'more than 4 cache points',
    ],
    [
      'an hour after five minutes',
      MODEL,
      [point('5m'), point('1h')],
      'ValidationException',
      'longer TTL must come before',
    ],
    [
      'an hour, of a model that keeps for minutes',
      'us.anthropic.claude-sonnet-4-20250514-v1:0',
      [point('1h')],
      'ValidationException',
      'ttl 1h',
    ],
  ] as const)('is refused to %s', async (_, modelId, points, name, message) => {
    const system = points.flatMap((each) => [{ text: 'Be brief.' }, each]);
    await expect(ask(system, 'Hello', { modelId })).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
  });
});
