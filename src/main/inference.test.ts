import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { refusal } from '../../tests/identities.ts';
import { startForTests } from '../../tests/start.ts';
import { readConfig } from './config.ts';
import { manage } from './manage.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
const endpoint = process.env['AWS_ENDPOINT_URL'];
const QUOTA = { model: 'meta.*', requestsPerMinute: 1 };
beforeAll(async () => {
  outcrop = await startForTests({ quotas: [QUOTA] });
  process.env['AWS_ENDPOINT_URL'] = outcrop.endpoint;
});
afterAll(() => {
  if (endpoint === undefined) delete process.env['AWS_ENDPOINT_URL'];
  else process.env['AWS_ENDPOINT_URL'] = endpoint;
});

const ask = (modelId: string) =>
  new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 }).send(
    new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
  );

describe('outages', () => {
  it('are the same over the API and the library, and keep their beginning', async () => {
    const { outages } = (await manage('PUT', 'outages', { outages: [{ region: 'us-east-1', model: 'amazon.*' }] })) as {
      outages: { region: string; since: string }[];
    };
    expect(outages).toEqual([{ region: 'us-east-1', model: 'amazon.*', since: expect.any(String) }]);
    await outcrop.clock.advance(1_000);
    const both = await outcrop.outages.add({ region: 'eu-west-1' });
    expect(both).toHaveLength(2);
    expect(both).toContainEqual(outages[0]);
    expect(await manage('GET', 'outages')).toEqual({ outages: both });
    expect(await refusal(ask('amazon.nova-micro-v1:0'))).toMatchObject({ status: 503 });
    expect(await outcrop.outages.clear({ region: 'us-east-1' })).toMatchObject([{ region: 'eu-west-1' }]);
    expect((await ask('amazon.nova-micro-v1:0')).usage!.outputTokens).toBeGreaterThan(0);
    expect(await outcrop.outages.clear()).toEqual([]);
  });

  it.each([
    [{ outages: [{ region: 'Atlantis' }] }, /not a region/],
    [{ outages: [{ region: 'us-east-1', models: 'amazon.*' }] }, /models/],
    [{ outages: Array.from({ length: 101 }, () => ({ region: 'us-east-1' })) }, /100/],
    [{}, /array/],
  ])('are refused as %j', async (body, message) => {
    await expect(manage('PUT', 'outages', body)).rejects.toThrow(message);
    expect(await outcrop.outages.list()).toEqual([]);
  });
});

describe('quotas', () => {
  it('come from the configuration, change while the stack runs, and are as configured after a reset', async () => {
    expect(await manage('GET', 'quotas')).toEqual({ quotas: [QUOTA] });
    const model = 'meta.llama3-8b-instruct-v1:0';
    await ask(model);
    expect(await refusal(ask(model))).toMatchObject({ name: 'ThrottlingException' });
    await manage('PUT', 'quotas', { quotas: [] });
    await ask(model);
    expect(await outcrop.quotas.list()).toEqual([]);
    await outcrop.reset();
    expect(await outcrop.quotas.list()).toEqual([QUOTA]);
  });

  it('need a number that they limit to', async () => {
    await expect(manage('PUT', 'quotas', { quotas: [{ model: 'meta.*' }] })).rejects.toThrow('requestsPerMinute');
    await expect(outcrop.quotas.set([{ tokensPerMinute: 0 }])).rejects.toThrow();
  });

  it('may be JSON in the environment', () => {
    const environment = {
      OUTCROP_QUOTAS: JSON.stringify([QUOTA]),
      OUTCROP_MODEL_UNITS: '{"meta.*":1000}',
      OUTCROP_MODEL_ACCESS: 'agreement',
    };
    expect(readConfig({}, environment, '/nowhere.yaml')).toMatchObject({
      quotas: [QUOTA],
      modelUnits: { 'meta.*': 1_000 },
      modelAccess: 'agreement',
    });
    expect(() => readConfig({}, { OUTCROP_QUOTAS: '[{' }, '/nowhere.yaml')).toThrow('quotas');
  });
});
