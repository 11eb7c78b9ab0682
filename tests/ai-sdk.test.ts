import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { embedMany, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generator } from '../src/kernel/ids.ts';
import { shortTermKey } from './api-key.ts';
import { startForTests, testSeed } from './start.ts';

/** The Vercel AI SDK's Bedrock provider, unchanged: its ordinary chat, stream and tool paths. */
let outcrop: Awaited<ReturnType<typeof startForTests>>;
let bedrock: ReturnType<typeof createAmazonBedrock>;
const random = generator(testSeed('ai-sdk'));
beforeAll(async () => {
  outcrop = await startForTests();
  const { accessKeyId, secretAccessKey } = outcrop.clients.credentials;
  bedrock = createAmazonBedrock({
    region: outcrop.region,
    accessKeyId,
    secretAccessKey,
    baseURL: outcrop.endpoint,
  });
});

const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const time = `${1 + Math.floor(random() * 11)}:${10 + Math.floor(random() * 49)}`;
const prompt = `The harbour opens at ${time}.\n\nWhen does the harbour open?`;

describe('the AI SDK', () => {
  it('generates text, with its usage', async () => {
    const { text, usage, finishReason } = await generateText({ model: bedrock(MODEL), prompt, temperature: 0 });
    expect(text).toContain(time);
    expect(finishReason).toBe('stop');
    expect(usage.totalTokens).toBe(usage.inputTokens! + usage.outputTokens!);
  });

  it('streams it', async () => {
    const { textStream, text, usage } = streamText({ model: bedrock(MODEL), prompt, temperature: 0 });
    const pieces: string[] = [];
    for await (const piece of textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(await text);
    expect((await usage).outputTokens).toBeGreaterThan(0);
  });

  it('calls tools in steps, streamed too', async () => {
    const degrees = String(10 + Math.floor(random() * 20));
    const tools = {
      get_weather: tool({
        description: 'Tells the weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => ({ city, temperature: degrees }),
      }),
    };
    const asking = { model: bedrock(MODEL), tools, stopWhen: stepCountIs(4), prompt: 'What is the weather in Lisbon?' };
    const { text, steps } = await generateText(asking);
    expect(steps[0]!.toolCalls[0]).toMatchObject({ toolName: 'get_weather', input: { city: 'Lisbon' } });
    expect(text).toContain(degrees);
    expect(await streamText(asking).text).toContain(degrees);
  });

  it('generates an object that fits its schema', async () => {
    const { object } = await generateObject({
      model: bedrock('us.anthropic.claude-sonnet-4-5-20250929-v1:0'),
      schema: z.object({ place: z.string(), time: z.string() }),
      prompt: `Extract the place and the time: The harbour opens at ${time}.`,
    });
    expect(object.time).toContain(time);
  });

  it('embeds', async () => {
    const { embeddings } = await embedMany({
      model: bedrock.embedding('amazon.titan-embed-text-v2:0'),
      values: ['The cat sleeps.', 'Rates rose.'],
    });
    expect(embeddings.map((vector) => vector.length)).toEqual([1_024, 1_024]);
  });

  it('comes in with an API key', async () => {
    const byKey = createAmazonBedrock({
      region: outcrop.region,
      apiKey: shortTermKey(outcrop.clients),
      baseURL: outcrop.endpoint,
    });
    expect((await generateText({ model: byKey(MODEL), prompt })).text).toContain(time);
  });

  it('tells of a refusal by name', async () => {
    await expect(generateText({ model: bedrock('anthropic.claude-9'), prompt, maxRetries: 0 })).rejects.toThrow(
      'The provided model identifier is invalid.',
    );
  });
});
