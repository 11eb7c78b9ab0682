import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startOutcrop } from 'outcrop';
import { runAgent } from '../agent.mjs';
import { weatherTools } from '../tools.mjs';

let outcrop;
before(async () => {
  outcrop = await startOutcrop({
    ephemeral: true,
    port: 0,
    rules: fileURLToPath(new URL('../weather.rules.yaml', import.meta.url)),
  });
});
after(() => outcrop.stop());
beforeEach(() => outcrop.rules.clear());

const ask = (tools) =>
  runAgent('What is the weather in Berlin?', {
    client: new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 }),
    tools,
  });

describe('the agent', () => {
  it('uses its tool and tells what it says', async () => {
    const { tools, asked } = weatherTools();
    assert.equal(await ask(tools), 'The tool says: {"city":"Berlin","degrees":7,"sky":"rain"}');
    assert.deepEqual(asked, ['Berlin']);
  });

  it('asks anew when it is throttled in the middle of a stream, or the connection is lost', async () => {
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: 'Let me',
      fault: { cut: { error: 'ThrottlingException' } },
      times: 1,
    });
    assert.match(await ask(weatherTools().tools), /"degrees":7/);
    await outcrop.rules.clear();
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: 'Let me',
      fault: { cut: { error: 'ModelStreamErrorException' } },
      times: 1,
    });
    assert.match(await ask(weatherTools().tools), /"degrees":7/);
  });

  it('runs no tool on input that is no JSON, and lets the model try again', async () => {
    const use = { name: 'get_weather', input: { city: 'Berlin' } };
    await outcrop.rules.add({
      service: 'bedrock-runtime',
      say: { toolUse: use },
      fault: 'malformedToolJson',
      times: 1,
    });
    const { tools, asked } = weatherTools();
    assert.match(await ask(tools), /"degrees":7/);
    assert.deepEqual(asked, ['Berlin']);
  });

  it('says the same from a recording', async () => {
    const cassette = '.cassettes/agent-node.yaml';
    await outcrop.rules.add({ id: 'tape', priority: 1, replay: { cassette, miss: 'record' } });
    const first = await ask(weatherTools().tools);
    await outcrop.rules.clear();
    await outcrop.rules.add({ id: 'tape', priority: 1, replay: cassette });
    assert.equal(await ask(weatherTools().tools), first);
  });
});
