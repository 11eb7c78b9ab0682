import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../src/gateway/sign.ts';
import { generator } from '../../src/kernel/ids.ts';
import { clientsOf, startProcess, type Running } from '../crash/process.ts';
import { testSeed } from '../start.ts';

const random = generator(testSeed('shared rules'));
const data = mkdtempSync(join(tmpdir(), 'outcrop-shared-'));
let running: Running;
beforeAll(async () => {
  running = await startProcess(data, ['--workers', '2']);
});
afterAll(async () => {
  running.kill('SIGTERM');
  await running.exited;
  rmSync(data, { recursive: true, force: true });
});

/** A client of its own, so with a connection of its own: which of the processes it reaches is chance. */
const ask = async () => {
  const client = new STSClient({ ...clientsOf(running), maxAttempts: 1 });
  try {
    return (await client.send(new GetCallerIdentityCommand())).UserId!;
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
};

async function manage(method: string, path: string, body?: unknown): Promise<any> {
  const url = `${running.endpoint}/_outcrop/${path}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const { credentials } = clientsOf(running);
  const headers = signRequest({ method, url, body: text, service: 'outcrop', region: 'us-east-1', ...credentials });
  // No connection is kept: each request may reach another process.
  const answer = await fetch(url, {
    method,
    headers: { ...headers, connection: 'close' },
    ...(body === undefined ? {} : { body: text }),
  });
  const value: any = await answer.json();
  if (!answer.ok) throw new Error(value.message);
  return value;
}

describe('two processes of one stack', () => {
  it('hold the same rules at once, whichever a change went through', async () => {
    for (let round = 0; round < 6; round++) {
      const UserId = `round-${round}`;
      await manage('PUT', 'rules', { rules: [{ service: 'sts', answer: { UserId } }] });
      expect(new Set(await Promise.all(Array.from({ length: 8 }, ask)))).toEqual(new Set([UserId]));
    }
    await manage('DELETE', 'rules');
    expect(await ask()).toBe('000000000000');
  });

  it('count together, and to the call: nth, times, states, sequences, limits', async () => {
    const times = 3 + Math.floor(random() * 5);
    const nth = [2, 5, 11];
    await manage('PUT', 'rules', {
      rules: [
        { id: 'times', service: 'sts', times, answer: { UserId: 'times' } },
        { id: 'nth', service: 'sts', nth, answer: { UserId: 'nth' } },
        // oxlint-disable-next-line unicorn/no-thenable -- a rule, never awaited as such
        { id: 'next', service: 'sts', when: { state: 'start' }, then: { state: 'over' }, answer: { UserId: 'state' } },
        { id: 'limit', service: 'sts', limit: { requests: 4, per: '1h' } },
        { id: 'seq', service: 'sts', answer: { UserId: '{{seq.calls}}' } },
      ],
    });
    const calls = 40;
    const seen = await Promise.all(Array.from({ length: calls }, ask));
    const count = (what: string) => seen.filter((each) => each === what).length;
    expect(count('times')).toBe(times);
    expect(count('nth')).toBe(nth.length);
    expect(count('state')).toBe(1);
    expect(count('Throttling')).toBe(calls - times - nth.length - 1 - 4);
    expect(seen.filter((each) => /^\d$/.test(each)).sort()).toEqual(['1', '2', '3', '4']);
    const used = Object.fromEntries(
      (await manage('GET', 'rules')).rules.map((rule: { id: string; used: number }) => [rule.id, rule.used]),
    );
    expect(used).toMatchObject({ times, nth: 3, next: 1, seq: 4 });
    // Limits are told by hits, which each process writes now and then.
    await expect
      .poll(async () => (await manage('GET', 'rules')).rules.find(({ id }: { id: string }) => id === 'limit').used, {
        timeout: 5_000,
      })
      .toBe(calls - times - nth.length - 1 - 4);
  });
});
