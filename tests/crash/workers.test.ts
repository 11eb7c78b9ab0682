import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { afterEach, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { testSeed } from '../start.ts';
import { clientsOf, startProcess, type Running } from './process.ts';
import { crash } from './writers.ts';

const seed = testSeed('workers');
const WORKERS = 2;
const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'outcrop-workers-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(flags = ['--workers', String(WORKERS)], data = folder()): Promise<Running> {
  const running = await startProcess(data, flags);
  cleanups.push(async () => {
    for (const pid of workersOf(running)) kill(pid, 'SIGKILL');
    running.kill('SIGKILL');
    await running.exited;
  });
  return running;
}

/** The processes that serve; not the compiler that may run beside them. */
const workersOf = ({ pid }: Running): number[] => {
  try {
    return execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)])
      .toString()
      .split('\n')
      .filter((line) => line.includes(' start '))
      .map((line) => Number.parseInt(line, 10));
  } catch {
    return [];
  }
};
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Each client has connections of its own, so that many clients reach all workers. */
const s3Of = (running: Running) => new S3Client({ ...clientsOf(running), maxAttempts: 1 });

describe('several workers over one store', () => {
  it('decide by the policies of the moment, whichever of them a change went through', async () => {
    const running = await start();
    const iam = new IAMClient(clientsOf(running));
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const readers = Array.from(
      { length: 6 },
      () => new S3Client({ ...clientsOf(running), credentials, maxAttempts: 1 }),
    );
    const outcomes = () =>
      Promise.all(
        readers.map((reader) =>
          reader.send(new ListBucketsCommand({})).then(
            () => 'allowed',
            (error: Error) => error.name,
          ),
        ),
      );
    for (let round = 0; round < 6; round++) {
      const Effect = round % 2 === 0 ? 'Allow' : 'Deny';
      await new IAMClient(clientsOf(running)).send(
        new PutUserPolicyCommand({
          UserName: 'ann',
          PolicyName: 'p',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect, Action: 's3:ListAllMyBuckets', Resource: '*' }],
          }),
        }),
      );
      expect(new Set(await outcomes())).toEqual(new Set([Effect === 'Allow' ? 'allowed' : 'AccessDenied']));
    }
  }, 60_000);

  it('agree on who was first, and on every read after a write', async () => {
    const running = await start();
    const clients = Array.from({ length: 6 }, () => s3Of(running));
    await clients[0]!.send(new CreateBucketCommand({ Bucket: 'shared' }));
    for (let round = 0; round < 15; round++) {
      const Key = `first/${round}`;
      const claims = await Promise.allSettled(
        clients.map((client, i) =>
          client.send(new PutObjectCommand({ Bucket: 'shared', Key, Body: `by ${i}`, IfNoneMatch: '*' })),
        ),
      );
      const winners = claims.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      for (const claim of claims)
        if (claim.status === 'rejected')
          expect((claim.reason as Error).name).toMatch(/^(PreconditionFailed|ConditionalRequestConflict)$/);
      for (const client of clients) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: 'shared', Key }));
        expect(await Body!.transformToString()).toBe(`by ${winners[0]}`);
      }
    }
    const random = generator(seed);
    for (let n = 0; n < 100; n++) {
      const [writer, reader] = [clients[Math.floor(random() * 6)]!, clients[Math.floor(random() * 6)]!];
      await writer.send(new PutObjectCommand({ Bucket: 'shared', Key: 'latest', Body: String(n) }));
      const { Body } = await reader.send(new GetObjectCommand({ Bucket: 'shared', Key: 'latest' }));
      expect(await Body!.transformToString()).toBe(String(n));
    }
  }, 60_000);

  it('know the sessions that any of them issued', async () => {
    const running = await start();
    const issuer = new STSClient(clientsOf(running));
    for (let n = 0; n < 8; n++) {
      const { Credentials: session } = await issuer.send(new GetSessionTokenCommand({}));
      const callers = await Promise.all(
        Array.from({ length: 4 }, () =>
          new STSClient({
            ...clientsOf(running),
            maxAttempts: 1,
            credentials: {
              accessKeyId: session!.AccessKeyId!,
              secretAccessKey: session!.SecretAccessKey!,
              sessionToken: session!.SessionToken!,
            },
          }).send(new GetCallerIdentityCommand({})),
        ),
      );
      for (const { Arn } of callers) expect(Arn).toBe('arn:aws:iam::000000000000:root');
    }
  }, 60_000);

  it('are replaced when one is killed, and nothing acknowledged is lost', async () => {
    const running = await start();
    await s3Of(running).send(new CreateBucketCommand({ Bucket: 'kept' }));
    const before = workersOf(running);
    expect(before).toHaveLength(WORKERS);
    const acknowledged: string[] = [];
    const ended = new AbortController();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; !ended.signal.aborted; n++) {
        const Key = `${writer}/${n}`;
        // A connection breaks with its worker; a client of its own for each write finds the other.
        const client = s3Of(running);
        try {
          await client.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: `content of ${Key}` }));
          acknowledged.push(Key);
        } catch {
          await sleep(20);
        }
        client.destroy();
      }
    });
    const writes = async (more: number) => {
      const count = acknowledged.length;
      while (acknowledged.length < count + more) await sleep(10);
    };
    for (let round = 0; round < 3; round++) {
      while (workersOf(running).length < WORKERS) await sleep(50);
      await writes(30);
      kill(workersOf(running)[round % WORKERS]!, 'SIGKILL');
      await sleep(100);
    }
    while (workersOf(running).length < WORKERS) await sleep(50);
    await writes(30);
    ended.abort();
    await Promise.all(writers);
    expect(workersOf(running).filter((pid) => before.includes(pid)).length).toBeLessThan(WORKERS);
    const client = s3Of(running);
    for (const Key of acknowledged) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'kept', Key }));
      expect(await Body!.transformToString()).toBe(`content of ${Key}`);
    }
    console.log(`3 workers killed, ${acknowledged.length} acknowledged writes checked`);
  }, 90_000);

  it('lose nothing when all of them are killed at once', async () => {
    const report = await crash({ data: folder(), kills: 3, seed, flags: ['--workers', String(WORKERS)] });
    expect([report.lost, report.torn]).toEqual([[], []]);
    console.log(`3 kills: ${report.acknowledged} acknowledged writes checked`);
  }, 90_000);
});

describe('a stack that is told to stop', () => {
  for (const [what, flags, signal] of [
    ['alone', ['--workers', '1'], 'SIGTERM'],
    ['with workers', ['--workers', String(WORKERS)], 'SIGTERM'],
    ['with workers, by Ctrl-C', ['--workers', String(WORKERS)], 'SIGINT'],
  ] as const) {
    it(`lets an upload that is under way finish, then exits with 0 (${what})`, async () => {
      const data = folder();
      const running = await start([...flags], data);
      await s3Of(running).send(new CreateBucketCommand({ Bucket: 'drain' }));
      const body = Buffer.alloc(400_000, String(seed));
      const { hostname, port, path, headers } = await presignedPut(running, 'drain', 'slow');
      const request = http.request({
        method: 'PUT',
        hostname,
        port,
        path,
        headers: { ...headers, 'content-length': body.length },
      });
      const answered = new Promise<number>((resolve, reject) => {
        request.once('response', (response) => resolve(response.resume().statusCode!));
        request.once('error', reject);
      });
      request.write(body.subarray(0, 100_000));
      await sleep(300);
      // Ctrl-C in a terminal reaches every process of the group.
      if (signal === 'SIGINT') for (const pid of workersOf(running)) kill(pid, signal);
      running.kill(signal);
      for (let at = 100_000; at < body.length; at += 100_000) {
        await sleep(300);
        request.write(body.subarray(at, at + 100_000));
      }
      request.end();
      expect(await answered).toBe(200);
      expect(await running.exited).toEqual({ code: 0, signal: null });
      expect(workersOf(running)).toEqual([]);
      const again = await start(['--workers', '1'], data);
      const { Body } = await s3Of(again).send(new GetObjectCommand({ Bucket: 'drain', Key: 'slow' }));
      expect(Buffer.from(await Body!.transformToByteArray()).equals(body)).toBe(true);
    }, 60_000);
  }
});

async function presignedPut(running: Running, Bucket: string, Key: string) {
  const client = s3Of(running);
  const signer = new S3RequestPresigner({ ...client.config, region: 'us-east-1' });
  const { hostname, port } = new URL(running.endpoint);
  const signed = await signer.presign({
    method: 'PUT',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: `/${Bucket}/${Key}`,
    query: {},
    headers: { host: `${hostname}:${port}` },
  });
  const query = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20');
  return { hostname, port, path: `${signed.path}?${query}`, headers: { host: `${hostname}:${port}` } };
}
