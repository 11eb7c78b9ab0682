import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { fileURLToPath } from 'node:url';
import { startOutcrop } from 'outcrop';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAgent } from '../agent.mjs';
import { weatherTools } from '../tools.mjs';

let outcrop;
beforeAll(async () => {
  outcrop = await startOutcrop({
    ephemeral: true,
    port: 0,
    rules: fileURLToPath(new URL('../weather.rules.yaml', import.meta.url)),
  });
});
afterAll(() => outcrop.stop());
beforeEach(() => outcrop.rules.clear());

const ask = (tools) =>
  runAgent('What is the weather in Berlin?', {
    client: new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 }),
    tools,
  });

describe('the agent', () => {
  it('uses its tool and tells what it says', async () => {
    const { tools, asked } = weatherTools();
    expect(await ask(tools)).toBe('The tool says: {"city":"Berlin","degrees":7,"sky":"rain"}');
    expect(asked).toEqual(['Berlin']);
    expect(outcrop.calls(2).map(({ rule }) => rule)).toEqual(['answer', 'weather']);
  });

  it('asks anew when it is throttled in the middle of a stream', async () => {
    await outcrop.rules.add({
      id: 'busy',
      service: 'bedrock-runtime',
      say: 'Let me lo…',
      fault: { cut: { characters: 5, error: 'ThrottlingException' } },
      times: 2,
    });
    const { tools, asked } = weatherTools();
    expect(await ask(tools)).toContain('"degrees":7');
    expect(asked).toEqual(['Berlin']);
    expect((await outcrop.rules.list()).find(({ id }) => id === 'busy').used).toBe(2);
  });

  it('gives up when throttling does not end', async () => {
    await outcrop.rules.add({ service: 'bedrock-runtime', fault: 'throttle' });
    await expect(ask(weatherTools().tools)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('runs no tool on input that is no JSON, and lets the model try again', async () => {
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: { toolUse: { name: 'get_weather', input: { city: 'Berlin' } } },
      fault: 'malformedToolJson',
      times: 1,
    });
    const { tools, asked } = weatherTools();
    expect(await ask(tools)).toContain('"degrees":7');
    expect(asked).toEqual(['Berlin']);
    expect(outcrop.calls(3).map(({ rule }) => rule)).toEqual(['answer', 'again', 'rule-1']);
  });

  it('says the same from a recording', async () => {
    const cassette = '.cassettes/agent.yaml';
    await outcrop.rules.add({ id: 'tape', priority: 1, replay: { cassette, miss: 'record' } });
    const first = await ask(weatherTools().tools);
    await outcrop.rules.clear();
    await outcrop.rules.add({ id: 'tape', priority: 1, replay: cassette });
    expect(await ask(weatherTools().tools)).toBe(first);
    expect(outcrop.calls(2).every(({ answer }) => answer.startsWith('replayed; cassette='))).toBe(true);
  });
});
