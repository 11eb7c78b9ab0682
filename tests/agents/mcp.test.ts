import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { identities, refusal } from '../identities.ts';
import { startForTests } from '../start.ts';

/** A stock client of the Model Context Protocol, with the server as an agent starts it. */
let outcrop: Outcrop;
let client: Client;

async function connect(endpoint: string): Promise<Client> {
  const made = new Client({ name: 'test', version: '1' });
  await made.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--import', 'tsx', 'cli/outcrop.ts', 'mcp'],
      env: { ...process.env, AWS_ENDPOINT_URL: endpoint },
    }),
  );
  return made;
}

beforeAll(async () => {
  outcrop = await startForTests({ clock: { frozenAt: new Date('2026-01-01T00:00:00Z') } });
  client = await connect(outcrop.endpoint);
});
afterAll(() => client.close());

async function call(name: string, given: Record<string, unknown> = {}, by = client) {
  const { content, isError } = (await by.callTool({ name, arguments: given })) as {
    content: { text: string }[];
    isError?: boolean;
  };
  return { text: content[0]!.text, failed: isError === true };
}

describe('outcrop mcp', () => {
  it('says what it is for, and which tools and pages it has', async () => {
    expect(client.getInstructions()).toContain('AWS_ENDPOINT_URL');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'coverage',
      'calls',
      'why',
      'cost',
      'rules',
      'set_rule',
      'remove_rule',
      'clock',
      'docs',
    ]);
    expect(tools.find(({ name }) => name === 'why')!.annotations).toMatchObject({ readOnlyHint: true });
    const { resources } = await client.listResources();
    const { contents } = await client.readResource({ uri: 'outcrop://docs/s3' });
    expect(resources.map(({ uri }) => uri)).toContain('outcrop://docs/rules');
    expect((contents[0] as { text: string }).text).toMatch(/^# Amazon S3/);
  });

  it('tells what is built, and names the services where one is unknown', async () => {
    expect((await call('coverage')).text).toMatch(/^bedrock-runtime: \d+ of \d+$/m);
    expect(JSON.parse((await call('coverage', { service: 'bedrock-runtime' })).text)).toMatchObject({
      built: expect.arrayContaining(['Converse']),
    });
    expect(await call('coverage', { service: 'rekognition' })).toMatchObject({
      failed: true,
      text: expect.stringContaining('There is: '),
    });
  });

  it('finds the call that was denied, and why', async () => {
    const ann = await identities(outcrop).user('ann');
    const denied = await refusal(new S3Client(ann.clients).send(new ListBucketsCommand({})));
    expect(denied.name).toBe('AccessDenied');
    const [found] = JSON.parse((await call('calls', { failed: true, service: 's3' })).text) as { requestId: string }[];
    const { text } = await call('why');
    expect(text).toContain(`request ${found!.requestId}`);
    expect(text).toContain('s3:ListAllMyBuckets');
    expect(text).toContain('DENIED');
    expect(await call('why', { requestId: 'none' })).toMatchObject({ failed: true });
  });

  it('sets a rule that answers, shows that it did, and removes it', async () => {
    const runtime = new BedrockRuntimeClient(outcrop.clients);
    const ask = async () => {
      const { output } = await runtime.send(
        new ConverseCommand({
          modelId: 'amazon.nova-lite-v1:0',
          messages: [{ role: 'user', content: [{ text: 'weather?' }] }],
        }),
      );
      return output!.message!.content![0]!.text;
    };
    await call('set_rule', { rule: { id: 'rain', prompt: 'weather', say: 'It rains.' } });
    expect(await ask()).toBe('It rains.');
    expect(JSON.parse((await call('rules')).text).rules).toMatchObject([{ id: 'rain', used: 1 }]);
    await call('remove_rule', { id: 'rain' });
    expect(await ask()).not.toBe('It rains.');
    expect(await call('set_rule', { rule: { sya: 'x' } })).toMatchObject({
      failed: true,
      text: expect.stringContaining('sya'),
    });
    const { usd, by } = JSON.parse((await call('cost', { by: 'model' })).text) as { usd: number; by: object };
    expect(usd).toBeCloseTo((await outcrop.cost()).usd, 9);
    expect(Object.keys(by)).toContain('amazon.nova-lite-v1:0');
  });

  it('moves the clock', async () => {
    await call('clock', { action: 'advance', by: '1d' });
    expect(outcrop.clock.now().toISOString()).toBe('2026-01-02T00:00:00.000Z');
    expect(await call('clock', { action: 'advance' })).toMatchObject({ failed: true });
    expect(JSON.parse((await call('clock')).text)).toMatchObject({ real: false });
  });

  it('searches the documentation', async () => {
    expect((await call('docs', { search: 'x-outcrop-answer' })).text).toMatch(/^[\w-]+:\d+: /);
    expect((await call('docs', { page: 'bedrock runtime' })).text).toMatch(/^# Amazon Bedrock Runtime/);
    expect(await call('docs', { page: 'nothing' })).toMatchObject({ failed: true });
  });

  it('says how to start a stack where none answers', async () => {
    const lost = await connect('http://127.0.0.1:9');
    expect(await call('coverage', {}, lost)).toMatchObject({
      failed: true,
      text: expect.stringContaining('npx outcrop'),
    });
    await lost.close();
  });
});
