import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlock,
  type TokenUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, it } from 'vitest';
import { otherAccount } from '../accounts.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const { random, pick } = draws('bedrock-caching');

/** A guide of so many sentences, and questions that it answers. */
function guide(sentences: number): { text: string; questions: { ask: string; answer: string }[] } {
  const places = ['ferry', 'harbour', 'gate', 'museum', 'garden', 'tower', 'library', 'market'];
  const lines: string[] = [];
  const questions: { ask: string; answer: string }[] = [];
  for (let n = 0; n < sentences; n++) {
    const place = `${pick(places)} ${n}`;
    const time = `${1 + Math.floor(random() * 11)}:${10 + Math.floor(random() * 49)}`;
    lines.push(`The ${place} opens at ${time} near the old wall.`);
    if (n % 50 === 7) questions.push({ ask: `When does the ${place} open?`, answer: time });
  }
  return { text: lines.join(' '), questions };
}

const content = (text: string, ask: string): ContentBlock[] => [
  { document: { name: 'guide', format: 'txt', source: { bytes: Buffer.from(text) } } },
  { cachePoint: { type: 'default' } },
  { text: ask },
];

describe('prompt caching', async () => {
  const outcrop = await startForTests();
  const client = new BedrockRuntimeClient(outcrop.clients);
  const converse = (text: string, ask: string, from = client, modelId = MODEL) =>
    from.send(
      new ConverseCommand({
        modelId,
        messages: [{ role: 'user', content: content(text, ask) }],
        inferenceConfig: { temperature: 0 },
      }),
    );

  /** Milliseconds to the first token, and what was read from the cache. */
  async function firstToken(text: string, ask: string, from = client, modelId = MODEL) {
    const started = performance.now();
    const { stream } = await from.send(
      new ConverseStreamCommand({ modelId, messages: [{ role: 'user', content: content(text, ask) }] }),
    );
    let ms: number | undefined;
    let usage: TokenUsage | undefined;
    for await (const event of stream!) {
      if (event.contentBlockDelta) ms ??= performance.now() - started;
      usage ??= event.metadata?.usage;
    }
    return { ms: ms!, usage: usage! };
  }

  it('bedrock-caching.1: a long prefix is read from the cache, with the same answer, and much sooner', async () => {
    // The worker's own start is no part of it.
    await converse('The gate opens at nine.', 'When does the gate open?');
    const { text, questions } = guide(2_500);
    const written = await firstToken(text, questions[0]!.ask);
    expect(written.usage.cacheReadInputTokens).toBe(0);
    const prefix = written.usage.cacheWriteInputTokens!;
    expect(prefix).toBeGreaterThan(30_000);
    const read: number[] = [];
    for (const { ask } of questions.slice(1, 6)) {
      const { ms, usage } = await firstToken(text, ask);
      expect(usage).toMatchObject({ cacheReadInputTokens: prefix, cacheWriteInputTokens: 0 });
      read.push(ms);
    }
    const cold = [written.ms];
    for (const other of [guide(2_500), guide(2_500)])
      cold.push((await firstToken(other.text, other.questions[0]!.ask)).ms);
    // The best of each: what else runs on the machine is no part of it.
    console.log(
      `first token, ms: ${cold.map(Math.round).join(', ')}; from the cache ${read.map(Math.round).join(', ')}`,
    );
    expect(Math.min(...cold) / Math.min(...read)).toBeGreaterThan(3);
    const second = questions[7];
    const cached = await converse(text, second!.ask);
    const { text: fresh } = { text: `${text} ` };
    const plain = await converse(fresh, second!.ask);
    expect(cached.output!.message!.content![0]!.text).toContain(second!.answer);
    expect(cached.output).toEqual(plain.output);
  });

  it('bedrock-caching.2: the bill is what was written, read and neither, each at its rate; an edit misses, and time runs out', async () => {
    const { text, questions } = guide(300);
    const before = new Map((await outcrop.cost()).lines.map((line) => [line.type, line]));
    const answers: TokenUsage[] = [];
    for (const { ask } of questions.slice(0, 4)) answers.push((await converse(text, ask)).usage!);
    const sum = (member: 'inputTokens' | 'outputTokens' | 'cacheReadInputTokens' | 'cacheWriteInputTokens') =>
      answers.reduce((total, usage) => total + usage[member]!, 0);
    expect(answers.map(({ cacheReadInputTokens: read }) => read! > 0)).toEqual([false, true, true, true]);
    const { lines } = await outcrop.cost();
    const spent = (type: string) => {
      const line = lines.find((each) => each.type === type)!;
      const old = before.get(type);
      return { quantity: line.quantity - (old?.quantity ?? 0), usd: line.usd! - (old?.usd ?? 0) };
    };
    // List prices of Claude Sonnet 4.5, per million tokens.
    for (const [type, tokens, price] of [
      ['InputTokens', sum('inputTokens'), 3],
      ['OutputTokens', sum('outputTokens'), 15],
      ['CacheReadInputTokens', sum('cacheReadInputTokens'), 0.3],
      ['CacheWriteInputTokens', sum('cacheWriteInputTokens'), 3.75],
    ] as const) {
      expect(spent(type).quantity, type).toBe(tokens);
      expect(spent(type).usd, type).toBeCloseTo((tokens * price) / 1_000_000, 9);
    }
    const edited = await converse(text.replace('opens', 'closes'), questions[0]!.ask);
    expect(edited.usage!.cacheReadInputTokens).toBe(0);
    await outcrop.clock.advance(5 * 60_000 + 1);
    expect((await converse(text, questions[0]!.ask)).usage!.cacheReadInputTokens).toBe(0);
  });

  it('bedrock-caching.3: another account reads nothing of it, and waits as long as for a cold call; nor does another model', async () => {
    const { text, questions } = guide(2_500);
    await firstToken(text, questions[0]!.ask);
    const stranger = new BedrockRuntimeClient((await otherAccount(outcrop)).clients);
    const own: number[] = [];
    for (const { ask } of questions.slice(1, 5)) {
      const { ms, usage } = await firstToken(text, ask);
      expect(usage.cacheReadInputTokens).toBeGreaterThan(0);
      own.push(ms);
    }
    const strange = await firstToken(text, questions[5]!.ask, stranger);
    const other = await firstToken(text, questions[6]!.ask, client, 'us.anthropic.claude-sonnet-4-20250514-v1:0');
    for (const { usage } of [strange, other]) expect(usage.cacheReadInputTokens).toBe(0);
    console.log(
      `own ${Math.min(...own).toFixed(0)} ms, other account ${strange.ms.toFixed(0)}, other model ${other.ms.toFixed(0)}`,
    );
    // A cold call takes several times what a warm one does: both of these took a cold call's time.
    for (const { ms } of [strange, other]) expect(ms / Math.min(...own)).toBeGreaterThan(2);
  });
});
