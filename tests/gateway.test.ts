import { AssumeRootCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { SQSClient, ListQueuesCommand } from '@aws-sdk/client-sqs';
import http from 'node:http';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { manage, startOutcrop, type Outcrop } from '../src/main.ts';
import { signRequest } from '../src/gateway/sign.ts';
import { startForTests } from './start.ts';

let outcrop: Outcrop;
let sts: STSClient;

beforeAll(async () => {
  outcrop = await startForTests();
  sts = new STSClient({ ...outcrop.clients, maxAttempts: 1 });
  process.env['AWS_ENDPOINT_URL'] = outcrop.endpoint;
});

describe('what is not built', () => {
  it('answers 501 and names the operation and the page that lists what is', async () => {
    const call = sts.send(
      new AssumeRootCommand({
        TargetPrincipal: '000000000000',
        TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' },
      }),
    );
    await expect(call).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    await expect(call).rejects.toThrow(/AssumeRoot.*\/_outcrop\/coverage/);
  });

  it.each([
    ['JSON', () => new DynamoDBClient({ ...outcrop.clients, maxAttempts: 1 }).send(new ListTablesCommand())],
    ['query', () => new EC2Client({ ...outcrop.clients, maxAttempts: 1 }).send(new DescribeRegionsCommand())],
    [
      'JSON with query errors',
      () => new SQSClient({ ...outcrop.clients, maxAttempts: 1 }).send(new ListQueuesCommand()),
    ],
  ])('is said in the dialect of a service that is not there at all: %s', async (_name, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });
});

describe('every answer', () => {
  it('has a request id, and the call is on the record with it', async () => {
    const { $metadata } = await sts.send(new GetCallerIdentityCommand());
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const line = outcrop.calls().find((call) => call.requestId === $metadata.requestId);
    expect(line).toMatchObject({
      service: 'sts',
      operation: 'GetCallerIdentity',
      status: 200,
      principal: 'arn:aws:iam::000000000000:root',
    });
  });
});

describe('rules', () => {
  it('fault a call as often as they say, then let it through', async () => {
    await outcrop.rules.set([
      {
        service: 'sts',
        operation: 'GetCallerIdentity',
        times: 2,
        fault: { error: 'Throttling', message: 'Rate exceeded', status: 400 },
      },
    ]);
    const retrying = new STSClient({ ...outcrop.clients, maxAttempts: 3 });
    const { $metadata } = await retrying.send(new GetCallerIdentityCommand());
    expect($metadata.attempts).toBe(3);
    expect((await outcrop.rules.list())[0]!.used).toBe(2);
    await outcrop.rules.set([]);
  });

  it('declare an answer, and the call says that it was declared', async () => {
    await outcrop.rules.set([
      { service: 'sts', answer: { Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/x', UserId: 'x' } },
    ]);
    await expect(sts.send(new GetCallerIdentityCommand())).resolves.toMatchObject({ Account: '123456789012' });
    await outcrop.rules.set([]);
    expect(outcrop.calls(1)[0]!.answer).toContain('declared');
  });

  it('are checked', async () => {
    await expect(outcrop.rules.set([{ operatoin: 'x' } as never])).rejects.toThrow(
      'operatoin; did you mean operation?',
    );
  });
});

describe('the management API', () => {
  it('says health to anyone and nothing else without credentials', async () => {
    expect(await (await fetch(`${outcrop.endpoint}/_outcrop/health`)).text()).toBe('ok');
    for (const path of ['version', 'calls', 'clock', 'coverage', 'cost'])
      expect((await fetch(`${outcrop.endpoint}/_outcrop/${path}`)).status).toBe(403);
    expect((await fetch(`${outcrop.endpoint}/_outcrop/reset`, { method: 'POST' })).status).toBe(403);
  });

  it('refuses a Host that is not its own, so that no page can drive it by DNS rebinding', async () => {
    const url = `${outcrop.endpoint}/_outcrop/version`;
    const { port } = new URL(url);
    const evil = `http://evil.example:${port}/_outcrop/version`;
    const headers = signRequest({
      method: 'GET',
      url: evil,
      body: '',
      service: 'outcrop',
      region: 'us-east-1',
      ...outcrop.credentials,
    });
    const status = await new Promise((resolve) =>
      http.get(url, { headers: { ...headers, host: `evil.example:${port}` } }, (response) =>
        resolve(response.resume().statusCode),
      ),
    );
    expect(status).toBe(421);
  });

  it('moves the clock and lists coverage and calls for the account root', async () => {
    const before = outcrop.clock.now().getTime();
    await manage('POST', 'clock', { action: 'advance', ms: 3_600_000 });
    expect(outcrop.clock.now().getTime() - before).toBeGreaterThanOrEqual(3_600_000);
    await manage('POST', 'clock', { action: 'reset' });
    await expect(manage('POST', 'clock', { action: 'advance' })).rejects.toThrow('ms is missing');
    await expect(manage('POST', 'clock', { action: 'sideways' })).rejects.toThrow('action');
    const { services } = (await manage('GET', 'coverage')) as {
      services: { sdk: string; built: string[]; unbuilt: string[] }[];
    };
    expect(services.find(({ sdk }) => sdk === 'sts')).toMatchObject({
      built: expect.arrayContaining(['GetCallerIdentity']),
      unbuilt: expect.arrayContaining(['AssumeRoot']),
    });
  });

  it('resets an ephemeral stack and refuses to empty one that keeps its state', async () => {
    expect(await manage('POST', 'reset')).toEqual({ reset: true });
    const { mkdtempSync } = await import('node:fs');
    const keeping = await startOutcrop({ port: 0, data: mkdtempSync('/tmp/outcrop-keep-'), log: 'silent' });
    process.env['AWS_ENDPOINT_URL'] = keeping.endpoint;
    await expect(manage('POST', 'reset')).rejects.toThrow('--allow-reset');
    process.env['AWS_ENDPOINT_URL'] = outcrop.endpoint;
    await keeping.stop();
  });
});

describe('the listener', () => {
  it('reads a compressed request body', async () => {
    const body = gzipSync('Action=GetCallerIdentity&Version=2011-06-15');
    const url = `${outcrop.endpoint}/`;
    const signed = signRequest({
      method: 'POST',
      url,
      body: body as never,
      service: 'sts',
      region: 'us-east-1',
      ...outcrop.credentials,
    });
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { ...signed, 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(await answer.text()).toContain('<Account>000000000000</Account>');
  });

  it('bounds headers', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('refuses ambiguous framing, which request smuggling needs', async () => {
    const answer = await raw(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('refuses a body larger than any operation takes', async () => {
    const answer = await raw(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99999999999\r\n\r\nAction=X',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('finishes what is under way before it stops', async () => {
    const stopping = await startOutcrop({
      ephemeral: true,
      port: 0,
      log: 'silent',
      rules: [{ service: 'sts', delay: 400 }],
    });
    const call = new STSClient({ ...stopping.clients, maxAttempts: 1 }).send(new GetCallerIdentityCommand());
    await new Promise((resolve) => setTimeout(resolve, 150));
    const stopped = stopping.stop();
    await expect(call).resolves.toMatchObject({ Account: '000000000000' });
    await stopped;
    await expect(fetch(`${stopping.endpoint}/_outcrop/health`)).rejects.toThrow();
  });
});

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(outcrop.endpoint).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
  });
}
