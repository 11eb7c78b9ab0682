import http from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, sign, type Figures, type Prepared } from './load.ts';
import { startBare, startStack, type Server } from './servers.ts';

/**
 * `npx tsx bench/run.ts [--peer http://…] [--large-mib 1024]`: throughput, latency, transfers, start and memory, each beside its yardstick in
 * the same run. `--peer` puts another endpoint through the same load and prints ratios; it gets the same calls and test/test as credentials.
 */
const flag = (name: string) =>
  process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined;
const peer = flag('peer');
const largeMiB = Number(flag('large-mib') ?? 1024);
const CONNECTIONS = 64;
const REQUESTS = 20_000;
const rows: string[] = [];
const row = (...cells: string[]) => rows.push(`| ${cells.join(' | ')} |`);
const n = (value: number, digits = 0) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

const scratch = mkdtempSync(join(tmpdir(), 'outcrop-bench-'));
const bare = await startBare(scratch);
const stack = await startStack();
try {
  await throughput();
  await transfers();
  await startAndMemory();
} finally {
  await Promise.all([bare.stop(), stack.stop()]);
  rmSync(scratch, { recursive: true, force: true });
}
console.log(
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n\n| what | Outcrop | yardstick | ratio |\n|---|---|---|---|\n${rows.join('\n')}`,
);

function identity(endpoint: string): Prepared {
  return sign(endpoint, 'sts', {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from('Action=GetCallerIdentity&Version=2011-06-15'),
  });
}

function puts(endpoint: string, count: number): Prepared[] {
  const body = Buffer.alloc(1024, 'x');
  return Array.from({ length: count }, (_, index) =>
    sign(endpoint, 's3', { method: 'PUT', path: `/bench/k${index}`, headers: {}, body }),
  );
}

function gets(endpoint: string, count: number, credentials?: Credentials): Prepared[] {
  return Array.from({ length: count }, (_, index) =>
    sign(endpoint, 's3', { method: 'GET', path: `/bench/k${index % 1000}`, headers: {} }, credentials),
  );
}

type Credentials = { accessKeyId: string; secretAccessKey: string };

/** A user who may read the bench's bucket by an inline and a managed policy, one of them under conditions. */
async function makeUser(endpoint: string): Promise<Credentials> {
  const call = async (parameters: Record<string, string>) => {
    const body = Buffer.from(new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString());
    const { method, path, headers } = sign(endpoint, 'iam', {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    const response = await fetch(`${endpoint}${path}`, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${parameters['Action']}: ${text}`);
    return text;
  };
  const UserName = 'reader';
  const policy = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  await call({ Action: 'CreateUser', UserName });
  await call({
    Action: 'PutUserPolicy',
    UserName,
    PolicyName: 'read',
    PolicyDocument: policy(
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bench' },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectTagging'],
        Resource: 'arn:aws:s3:::bench/*',
        Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' }, Bool: { 'aws:ViaAWSService': 'false' } },
      },
    ),
  });
  const made = await call({
    Action: 'CreatePolicy',
    PolicyName: 'list',
    PolicyDocument: policy({ Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }),
  });
  await call({ Action: 'AttachUserPolicy', UserName, PolicyArn: /<Arn>([^<]+)/.exec(made)![1]! });
  const text = await call({ Action: 'CreateAccessKey', UserName });
  const member = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(text)![1]!;
  return { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') };
}

async function measure(name: string, make: (endpoint: string) => Prepared[]): Promise<Figures> {
  // The first round warms both sides up; the second counts.
  await load(stack.endpoint, CONNECTIONS, make(stack.endpoint).slice(0, 2000));
  const ours = await load(stack.endpoint, CONNECTIONS, make(stack.endpoint), stack.pid);
  const show = (figures: Figures) =>
    `${n(figures.perSecond)}/s, p50 ${n(figures.p50Ms, 1)} ms, p99 ${n(figures.p99Ms, 1)} ms${figures.cpuUs ? `, ${n(figures.cpuUs)} µs CPU` : ''}${figures.errors ? `, ${figures.errors} ERRORS` : ''}`;
  if (peer) {
    await load(peer, CONNECTIONS, make(peer).slice(0, 2000));
    const theirs = await load(peer, CONNECTIONS, make(peer));
    row(
      `${name}, ${CONNECTIONS} connections`,
      show(ours),
      `peer: ${show(theirs)}`,
      n(ours.perSecond / theirs.perSecond, 2),
    );
  } else row(`${name}, ${CONNECTIONS} connections`, show(ours), '', '');
  return ours;
}

async function throughput(): Promise<void> {
  for (const endpoint of [stack.endpoint, ...(peer ? [peer] : [])])
    await load(endpoint, 1, [sign(endpoint, 's3', { method: 'PUT', path: '/bench', headers: {} })]);
  const plain: Prepared = { method: 'GET', path: '/', headers: {} };
  await load(
    bare.endpoint,
    CONNECTIONS,
    Array.from({ length: 2000 }, () => plain),
  );
  const floor = await load(
    bare.endpoint,
    CONNECTIONS,
    Array.from({ length: REQUESTS }, () => plain),
    bare.pid,
  );
  const ours = await measure('STS GetCallerIdentity, signed', (endpoint) => {
    const one = identity(endpoint);
    return Array.from({ length: REQUESTS }, () => one);
  });
  row(
    '— of which node:http alone',
    `${n(ours.cpuUs!)} µs CPU`,
    `${n(floor.cpuUs!)} µs CPU (${n(floor.perSecond)}/s)`,
    n(ours.cpuUs! / floor.cpuUs!, 1),
  );
  await measure('S3 PutObject 1 KiB, durable', (endpoint) => puts(endpoint, 10_000));
  await measure('S3 GetObject 1 KiB, by root', (endpoint) => gets(endpoint, 10_000));
  const users = new Map<string, Credentials>();
  for (const endpoint of [stack.endpoint, ...(peer ? [peer] : [])]) users.set(endpoint, await makeUser(endpoint));
  await measure('S3 GetObject 1 KiB, by a user with two policies and a condition', (endpoint) =>
    gets(endpoint, 10_000, users.get(endpoint)),
  );
}

async function transfers(): Promise<void> {
  const up = async (server: Server, request: (size: number) => Prepared) =>
    seconds(() => stream(server.endpoint, request(largeMiB * 1024 * 1024)));
  const plain = (size: number): Prepared => ({ method: 'PUT', path: '/', headers: { 'content-length': String(size) } });
  await up(bare, () => plain(16 * 1024 * 1024)).catch(() => 0);
  const bareUp = await up(bare, plain);
  const stackUp = await up(stack, signUnsigned);
  const get = sign(stack.endpoint, 's3', { method: 'GET', path: '/bench/large', headers: {} });
  const bareDown = await seconds(() => drain(bare.endpoint, { method: 'GET', path: '/file', headers: {} }));
  const stackDown = await seconds(() => drain(stack.endpoint, get));
  const rate = (time: number) => `${n(largeMiB / time)} MiB/s`;
  row(
    `S3 PutObject ${largeMiB} MiB, MD5 and CRC, flushed`,
    rate(stackUp),
    `node:http to disk, flushed: ${rate(bareUp)}`,
    n(bareUp / stackUp, 2),
  );
  row(
    `S3 GetObject ${largeMiB} MiB`,
    rate(stackDown),
    `node:http from disk: ${rate(bareDown)}`,
    n(bareDown / stackDown, 2),
  );
}

/** The hash of a gigabyte is the client's work: it goes unsigned, as SDKs send streams over TLS. */
function signUnsigned(size: number): Prepared {
  const signed = sign(
    stack.endpoint,
    's3',
    { method: 'PUT', path: '/bench/large', headers: {} },
    undefined,
    'UNSIGNED-PAYLOAD',
  );
  return { ...signed, headers: { ...signed.headers, 'content-length': String(size) } };
}

async function startAndMemory(): Promise<void> {
  const starts: number[] = [];
  let idle = 0;
  for (let round = 0; round < 5; round++) {
    const fresh = await startStack();
    const began = performance.now();
    await load(fresh.endpoint, 1, [identity(fresh.endpoint)]);
    starts.push(fresh.startMs + performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 500));
    idle = fresh.rssMiB();
    await fresh.stop();
  }
  starts.sort((a, b) => a - b);
  row('start to first signed answer, median of 5', `${n(starts[2]!)} ms`, 'target < 700 ms', '');
  row('memory after that answer', `${n(idle)} MiB RSS`, 'target < 120 MiB', '');
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function stream(endpoint: string, { method, path, headers }: Prepared): Promise<void> {
  const chunk = Buffer.alloc(1024 * 1024, 'y');
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const request = http.request({ hostname, port, method, path, headers }, (response) => {
      response
        .resume()
        .on('end', () => (response.statusCode! < 300 ? resolve() : reject(new Error(`${response.statusCode}`))));
    });
    request.on('error', reject);
    let left = Number(headers['content-length']);
    const write = () => {
      while (left > 0) {
        left -= chunk.length;
        if (request.write(chunk)) continue;
        request.once('drain', write);
        return;
      }
      request.end();
    };
    write();
  });
}

function drain(endpoint: string, { method, path, headers }: Prepared): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    http
      .request({ hostname, port, method, path, headers }, (response) =>
        response
          .resume()
          .on('end', () => (response.statusCode! < 300 ? resolve() : reject(new Error(`${response.statusCode}`)))),
      )
      .on('error', reject)
      .end();
  });
}
