import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
beforeAll(async () => {
  outcrop = await startForTests();
});

const NOVA = 'us.amazon.nova-pro-v1:0';
const LLAMA = 'us.meta.llama3-1-405b-instruct-v1:0';
const optimized = { performanceConfig: { latency: 'optimized' as const } };
const client = (region = 'us-east-1') => new BedrockRuntimeClient({ ...outcrop.clients, region, maxAttempts: 1 });
const ask = (modelId: string, more: Partial<ConverseCommandInput> = {}) => ({
  modelId,
  messages: [{ role: 'user' as const, content: [{ text: 'Repeat: well met' }] }],
  ...more,
});
const refused = (modelId: string, region?: string) =>
  client(region)
    .send(new ConverseCommand(ask(modelId, optimized)))
    .then(
      () => undefined,
      ({ name, message }: Error) => `${name}: ${message}`,
    );

describe('Optimized latency', () => {
  it('is served by the models and regions that have it, told in the answer, and billed a quarter higher', async () => {
    const standard = await client().send(new ConverseCommand(ask(NOVA)));
    expect(standard.performanceConfig).toBeUndefined();
    const usd = outcrop.calls(1)[0]!.usd!;
    const { performanceConfig, usage } = await client().send(new ConverseCommand(ask(NOVA, optimized)));
    expect(performanceConfig).toEqual({ latency: 'optimized' });
    expect(usage).toEqual(standard.usage);
    expect(outcrop.calls(1)[0]!.usd).toBeCloseTo(usd * 1.25, 12);
    const asked = await client().send(new ConverseCommand(ask(NOVA, { performanceConfig: { latency: 'standard' } })));
    expect(asked.performanceConfig).toEqual({ latency: 'standard' });
    expect(outcrop.calls(1)[0]!.usd).toBeCloseTo(usd, 12);
    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Converse' }] }),
    );
    const told = Events!.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!).additionalEventData);
    expect(told).toContainEqual(expect.objectContaining({ performanceConfig: { latency: 'optimized' } }));
  });

  it('is told by streams and by native bodies', async () => {
    const { stream } = await client().send(new ConverseStreamCommand(ask(NOVA, optimized)));
    const metadata: unknown[] = [];
    for await (const event of stream!) if (event.metadata) metadata.push(event.metadata);
    expect(metadata).toEqual([expect.objectContaining({ performanceConfig: { latency: 'optimized' } })]);
    const native = {
      modelId: NOVA,
      body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
      performanceConfigLatency: 'optimized' as const,
    };
    const whole = await client().send(new InvokeModelCommand(native));
    expect(whole.performanceConfigLatency).toBe('optimized');
    const streamed = await client().send(new InvokeModelWithResponseStreamCommand(native));
    expect(streamed.performanceConfigLatency).toBe('optimized');
    for await (const _chunk of streamed.body!);
  });

  it('is standard latency for Llama 3.1 405B above 11,000 tokens', async () => {
    const east = client('us-east-2');
    const latencyOf = async (maxTokens: number) => {
      const { performanceConfig } = await east.send(
        new ConverseCommand(
          ask(LLAMA, {
            ...optimized,
            inferenceConfig: { maxTokens },
            messages: [
              { role: 'user', content: [{ text: `${'The gate is shut. '.repeat(3_000)}\n\nIs the gate shut?` }] },
            ],
          }),
        ),
      );
      return performanceConfig!.latency;
    };
    expect(await latencyOf(100)).toBe('standard');
    const short = await east.send(
      new ConverseCommand(ask(LLAMA, { ...optimized, inferenceConfig: { maxTokens: 100 } })),
    );
    expect(short.performanceConfig).toEqual({ latency: 'optimized' });
  });

  it('is refused for other models, in other regions and without an inference profile, in AWS’s words', async () => {
    const text = (id: string, region = 'us-east-1') =>
      `ValidationException: Latency performance configuration is not supported for ${id} in ${region}`;
    expect(await refused('amazon.nova-pro-v1:0')).toBe(text('amazon.nova-pro-v1:0'));
    expect(await refused('us.anthropic.claude-sonnet-4-5-20250929-v1:0')).toBe(
      text('anthropic.claude-sonnet-4-5-20250929-v1:0'),
    );
    expect(await refused(LLAMA)).toBe(text('meta.llama3-1-405b-instruct-v1:0'));
    expect(await refused('eu.amazon.nova-pro-v1:0', 'eu-west-1')).toBe(text('amazon.nova-pro-v1:0', 'eu-west-1'));
    const embed = new InvokeModelCommand({
      modelId: 'amazon.titan-embed-text-v2:0',
      body: JSON.stringify({ inputText: 'gate' }),
      performanceConfigLatency: 'optimized',
    });
    await expect(client().send(embed)).rejects.toThrow(
      'Latency performance configuration is not supported for amazon.titan-embed-text-v2:0 in us-east-1',
    );
  });
});
