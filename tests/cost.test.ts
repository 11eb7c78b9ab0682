import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256, signRequest } from '../src/kernel/signing.ts';
import { startForTests } from './start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
beforeAll(async () => {
  outcrop = await startForTests();
});

/** Runs `outcrop` against the stack; resolves whatever its exit code. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, AWS_ENDPOINT_URL: outcrop.endpoint, FORCE_COLOR: '0' };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'cli/outcrop.ts', ...args],
      { env },
    );
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** A program of one Converse call, as a test suite would make it. */
const PROGRAM = `
  import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
  const client = new BedrockRuntimeClient({ region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(new ConverseCommand({ modelId: '${MODEL}', messages: [{ role: 'user', content: [{ text: 'Hello there' }] }] }));
`;
const program = [process.execPath, '--input-type=module', '-e', PROGRAM];

describe('outcrop cost', () => {
  it('adds up by model, principal and type, what the calls told in x-outcrop-cost', async () => {
    const client = new BedrockRuntimeClient(outcrop.clients);
    const { usage } = await client.send(
      new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
    );
    const usd = (usage!.inputTokens! * 0.25 + usage!.outputTokens! * 1.25) / 1_000_000;
    expect(outcrop.calls(1)[0]?.usd).toBeCloseTo(usd, 12);
    const { stdout } = await cli('cost', '--by', 'model,type');
    expect(stdout).toContain(`${MODEL}  InputTokens`);
    expect(stdout).toMatch(new RegExp(`total +\\$${usd.toFixed(8).replace('.', '\\.')}`));
    expect((await cli('cost', '--by', 'principal')).stdout).toContain('arn:aws:iam::000000000000:root');
    expect(await cli('cost', '--by', 'colour')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--by colour is unknown'),
    });
  });

  it('lets a command pass that stays within its budget, and counts that command alone', async () => {
    const { code, stdout, stderr } = await cli('cost', '--budget', '0.50', '--by', 'model', '--', ...program);
    expect(stderr).toContain('Within budget');
    expect(code).toBe(0);
    expect(stdout).toContain(MODEL);
    const one = Number(/total +\$([\d.]+)/.exec(stdout)![1]);
    const { usd } = await outcrop.cost();
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(usd);
  });

  it('fails a command that is over its budget, and keeps the code of one that fails by itself', async () => {
    expect(await cli('cost', '--budget', '0.0000001', '--', ...program)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Over budget'),
    });
    expect((await cli('cost', '--budget', '1', '--', process.execPath, '-e', 'process.exit(7)')).code).toBe(7);
    expect((await cli('cost', '--budget', 'much', '--', 'true')).stderr).toContain('is no sum in dollars');
  });

  it('says what the same tokens cost with another model, and refuses one without a price', async () => {
    const whatIf = async (to: string) => {
      const url = new URL(`${outcrop.endpoint}/_outcrop/cost/what-if?to=${encodeURIComponent(to)}`);
      const headers = signRequest({
        method: 'GET',
        url,
        payloadSha256: sha256(''),
        service: 'outcrop',
        region: 'us-east-1',
        credentials: outcrop.credentials,
      });
      const response = await fetch(url, { headers });
      return { status: response.status, ...((await response.json()) as { whatIfUsd?: number; message?: string }) };
    };
    await new BedrockRuntimeClient(outcrop.clients).send(
      new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hello there' }] }] }),
    );
    // Claude 3 Sonnet: 3 and 15 USD a million.
    const prices: Record<string, number> = { InputTokens: 3e-6, OutputTokens: 15e-6 };
    const { lines } = await outcrop.cost();
    const expected = lines.reduce((sum, { type, quantity }) => sum + (prices[type] ?? 0) * quantity, 0);
    expect(expected).toBeGreaterThan(0);
    expect((await whatIf('anthropic.claude-3-sonnet-20240229-v1:0')).whatIfUsd).toBeCloseTo(expected, 10);
    expect(await whatIf('nobody.none')).toMatchObject({ status: 400, message: 'No price of nobody.none is known' });
  });
});
