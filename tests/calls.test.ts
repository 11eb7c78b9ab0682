import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, CreateLoginProfileCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../src/main.ts';
import { identities, policy, trust } from './identities.ts';
import { startForTests } from './start.ts';

const MODEL = 'amazon.nova-lite-v1:0';
let outcrop: Outcrop;
let folder: string;
beforeAll(async () => {
  outcrop = await startForTests();
  folder = mkdtempSync(join(process.cwd(), '.cache-calls-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask<T = any>(method: string, path: string, body?: unknown, credentials?: any): Promise<T> {
  const url = new URL(`/_outcrop/${path}`, outcrop.endpoint);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { headers } = await new SignatureV4({
    service: 'outcrop',
    region: 'us-east-1',
    credentials: credentials ?? outcrop.credentials,
    sha256: Sha256,
  }).sign({
    method,
    protocol: 'http:',
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
    ...(text === undefined ? {} : { body: text }),
  });
  const response = await fetch(url, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = (await response.json()) as T & { message?: string };
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer;
}

const latest = async (query: string) => (await ask(`GET`, `calls?limit=1&${query}`)).calls[0];
const detailOf = async (query: string) => ask('GET', `calls/${(await latest(query)).requestId}`);
const models = () => new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
const question = (text: string) => ({ modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text }] }] });

describe('/_outcrop/calls', () => {
  it('tells what came after a call that is known, and takes filters', async () => {
    const sts = new STSClient(outcrop.clients);
    await sts.send(new GetCallerIdentityCommand({}));
    const { requestId } = await latest('service=sts');
    expect((await ask('GET', `calls?after=${requestId}`)).calls).toEqual([]);
    await new S3Client(outcrop.clients).send(new ListBucketsCommand({}));
    await sts.send(new GetCallerIdentityCommand({}));
    const { calls } = await ask('GET', `calls?after=${requestId}`);
    expect(calls.map(({ operation }: any) => operation)).toEqual(['GetCallerIdentity', 'ListBuckets']);
    expect((await ask('GET', `calls?after=${requestId}&service=s3`)).calls).toHaveLength(1);
    expect((await ask('GET', `calls?after=${calls[1].timeMs - 1}&text=listbuck`)).calls).toHaveLength(1);
    expect((await ask('GET', `calls?after=${new Date(Date.now() + 60_000).toISOString()}`)).calls).toEqual([]);
    await expect(ask('GET', 'calls?after=yesterday')).rejects.toMatchObject({ status: 400 });
    await expect(ask('GET', 'calls/7')).rejects.toMatchObject({ status: 404 });
  });

  it('has a call as the SDK knows it: input, output, cost, timing, decisions', async () => {
    const runtime = models();
    const answer = await runtime.send(new ConverseCommand(question('What is the capital of France?')));
    const detail = await detailOf('service=bedrock-runtime');
    expect(detail).toMatchObject({
      operation: 'Converse',
      model: MODEL,
      allowed: true,
      input: question('What is the capital of France?'),
      output: { output: answer.output, stopReason: answer.stopReason, usage: answer.usage },
      request: { method: 'POST', signature: 'header', accessKeyId: 'test' },
      recordable: true,
    });
    expect(detail.costs.map(({ unit }: any) => unit)).toContain('tokens');
    expect(detail.answeredUs).toBeGreaterThan(0);
    expect(detail.answeredUs).toBeLessThanOrEqual(detail.durationUs);
    expect(detail.decisions[0]).toMatchObject({ allowed: true });
    // Bytes that are JSON are looked into.
    const body = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }], inferenceConfig: { maxTokens: 9 } };
    await runtime.send(new InvokeModelCommand({ modelId: MODEL, body: JSON.stringify(body) }));
    const native = await detailOf('operation=InvokeModel');
    expect(native.input.body).toMatchObject({ $bytes: JSON.stringify(body).length, json: body });
    expect(native.output.body.json).toHaveProperty('output.message.role', 'assistant');
  });

  it('has the frames of a stream, one by one, with their times', async () => {
    const { stream } = await models().send(new ConverseStreamCommand(question('Say something about rain.')));
    const events: any[] = [];
    for await (const event of stream!) events.push(event);
    const detail = await detailOf('operation=ConverseStream');
    expect(detail.frames.map(({ event, content }: any) => ({ [event]: content }))).toEqual(
      events.map((event) => JSON.parse(JSON.stringify(event))),
    );
    expect(detail.frameCount).toBe(events.length);
    const times = detail.frames.map(({ atMs }: any) => atMs);
    expect(times.toSorted((a: number, b: number) => a - b)).toEqual(times);
    expect(detail.eventsOf).toBe('stream');
    expect(detail.output.stream).toEqual({ $stream: true });
    // An error in the middle is a frame as well.
    await outcrop.rules.add({
      id: 'cut',
      operation: 'ConverseStream',
      say: 'one two',
      fault: { cut: { characters: 3, error: 'ThrottlingException' } },
      times: 1,
    });
    const cut = await models().send(new ConverseStreamCommand(question('And again')));
    await expect(
      (async () => {
        for await (const event of cut.stream!) void event;
      })(),
    ).rejects.toThrow();
    const failed = await detailOf('operation=ConverseStream');
    expect(failed.frames.at(-1)).toMatchObject({ event: 'throttlingException', error: true });
    expect(failed).toMatchObject({ error: { name: 'ThrottlingException' }, rule: 'cut' });
  });

  it('says why a call was denied', async () => {
    const { user } = identities(outcrop);
    const ann = await user('ann');
    await expect(new S3Client(ann.clients).send(new ListBucketsCommand({}))).rejects.toThrow();
    const detail = await detailOf('operation=ListBuckets&failed=true');
    expect(detail).toMatchObject({ allowed: false, principal: ann.arn, error: { name: 'AccessDenied' } });
    expect(detail.decisions[0]).toMatchObject({ allowed: false, action: 's3:ListAllMyBuckets' });
    await expect(ask('GET', 'calls', undefined, ann.clients.credentials)).rejects.toMatchObject({ status: 403 });
    await expect(ask('GET', `calls/${detail.requestId}`, undefined, ann.clients.credentials)).rejects.toMatchObject({
      status: 403,
    });
  });

  it('holds no secrets: of requests, answers, errors and addresses', async () => {
    const { clients } = outcrop;
    const secret = (name: string) => `s3cr3t-${name}-${crypto.randomUUID()}`;
    const seeded: string[] = [];
    const seed = (name: string) => {
      const made = secret(name);
      seeded.push(made);
      return made;
    };
    const manager = new SecretsManagerClient(clients);
    await manager.send(new CreateSecretCommand({ Name: 'db', SecretString: seed('string') }));
    await manager.send(new GetSecretValueCommand({ SecretId: 'db' }));
    await manager.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary: Buffer.from(seed('binary')) }));
    await manager.send(new GetSecretValueCommand({ SecretId: 'bytes' }));
    const iam = new IAMClient(clients);
    await iam.send(new CreateUserCommand({ UserName: 'bob' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
    seeded.push(AccessKey!.SecretAccessKey!);
    await iam.send(new CreateLoginProfileCommand({ UserName: 'bob', Password: seed('password') }));
    // A refusal that repeats what it was given.
    await iam
      .send(new CreateLoginProfileCommand({ UserName: 'bob', Password: seed('again').repeat(5) }))
      .catch(() => {});
    const kms = new KMSClient(clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata!.KeyId!;
    const Plaintext = Buffer.from(seed('plaintext'));
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
    await kms.send(new DecryptCommand({ CiphertextBlob }));
    const data = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    seeded.push(Buffer.from(data.Plaintext!).toString('base64'));
    const { role, user, as } = identities(outcrop);
    const eve = await user('eve', policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
    const made = await role(
      'Worker',
      trust({ AWS: eve.arn }),
      policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
    );
    seeded.push(eve.clients.credentials.secretAccessKey);
    const { Credentials } = await new STSClient(eve.clients).send(
      new AssumeRoleCommand({ RoleArn: made.arn, RoleSessionName: 'work' }),
    );
    seeded.push(Credentials!.SecretAccessKey!, Credentials!.SessionToken!);
    const s3 = new S3Client({ ...as(Credentials), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'notes' }));
    await s3.send(new PutObjectCommand({ Bucket: 'notes', Key: 'a', Body: 'text' }));
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'notes', Key: 'a' }));
    seeded.push(new URL(url).searchParams.get('X-Amz-Signature')!);
    expect(await (await fetch(url)).text()).toBe('text');
    const ssm = new SSMClient(clients);
    await ssm.send(new PutParameterCommand({ Name: '/db', Value: seed('parameter'), Type: 'SecureString' }));
    await ssm.send(new GetParameterCommand({ Name: '/db', WithDecryption: true }));
    await models()
      .send(
        new ConverseCommand({
          ...question(`Look at ${url} and answer`),
          additionalModelRequestFields: { password: seed('document') },
        }),
      )
      .catch(() => {});

    const { calls } = await ask('GET', 'calls?limit=10000');
    let whole = JSON.stringify(calls);
    for (const { requestId } of calls) whole += JSON.stringify(await ask('GET', `calls/${requestId}`));
    expect(whole.includes('GetSecretValue') && whole.includes('$hidden')).toBe(true);
    expect(seeded.length).toBeGreaterThan(12);
    for (const each of seeded) {
      // As base64 as well, wherever it begins within.
      for (const form of [each, Buffer.from(each).toString('base64').replace(/=+$/, '')])
        expect(whole.includes(form), `${each} is told`).toBe(false);
    }
    expect(whole.includes('Credential=test/')).toBe(false);
  });

  it('is bounded: in values, and in the bytes of all calls together', async () => {
    const long = 'rain or sun '.repeat(20_000);
    await models()
      .send(new ConverseCommand(question(long)))
      .catch(() => {});
    const detail = await detailOf('operation=Converse');
    expect(detail.input.messages[0].content[0].text).toEqual({ $text: long.slice(0, 1_000), $characters: long.length });
    const bytes = Buffer.alloc(100_000, 7);
    await models()
      .send(new InvokeModelCommand({ modelId: MODEL, body: bytes }))
      .catch(() => {});
    const native = await detailOf('operation=InvokeModel');
    expect(native.input.body).toMatchObject({ $bytes: 100_000 });
    expect(JSON.stringify(native).length).toBeLessThan(20_000);
  });

  it('puts calls into a cassette, from which they are answered', async () => {
    const runtime = models();
    const text = `What do you know about ${crypto.randomUUID()}?`;
    const answered = await runtime.send(new ConverseCommand(question(text)));
    const one = await latest('operation=Converse');
    const said: any[] = [];
    const { stream } = await runtime.send(new ConverseStreamCommand(question(text)));
    for await (const event of stream!) said.push(event);
    const two = await latest('operation=ConverseStream');
    await expect(
      new S3Client(outcrop.clients).send(new GetObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })),
    ).rejects.toThrow();
    const three = await latest('operation=GetObject');
    const cassette = join(relative(process.cwd(), folder), 'made.yaml');
    const listed = await ask('POST', 'cassettes', { cassette, calls: [three.requestId, two.requestId, one.requestId] });
    expect(listed).toMatchObject({ cassette, entries: 3, recorded: 3 });
    const { entries } = await ask('GET', `cassettes/entries?cassette=${encodeURIComponent(cassette)}`);
    expect(entries.map(({ call }: any) => call)).toEqual([
      'bedrock-runtime:Converse',
      'bedrock-runtime:ConverseStream',
      's3:GetObject',
    ]);
    await outcrop.rules.set([{ id: 'tape', replay: cassette }]);
    let header: string | undefined;
    const client = models();
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        header = (result.response as any).headers['x-outcrop-answer'];
        return result;
      },
      { step: 'deserialize' },
    );
    const again = await client.send(new ConverseCommand(question(text)));
    expect(header).toContain('replayed');
    expect(again.output).toEqual(answered.output);
    const replayed = await latest('operation=Converse');
    expect(await ask('GET', `calls/${replayed.requestId}`)).toMatchObject({
      rule: 'tape',
      output: { output: answered.output },
    });
    const repeated = await client.send(new ConverseStreamCommand(question(text)));
    const events: any[] = [];
    for await (const event of repeated.stream!) events.push(event);
    expect(events).toEqual(said);
    expect((await detailOf('operation=ConverseStream')).frames).toHaveLength(said.length);
    await expect(client.send(new ConverseCommand(question('something else')))).rejects.toThrow();
    const { cassettes } = await ask('GET', 'cassettes');
    expect(cassettes).toEqual([expect.objectContaining({ cassette, played: 2, misses: 1 })]);
    expect(cassettes[0].missed[0]).toMatchObject({ call: 'bedrock-runtime:Converse' });
    expect(cassettes[0].missed[0].message).toContain('something else');
    await outcrop.rules.clear();
    // What is secret, or outside of the folder, is not put anywhere.
    await new SecretsManagerClient(outcrop.clients).send(new GetSecretValueCommand({ SecretId: 'db' })).catch(() => {});
    const { requestId } = await latest('operation=GetSecretValue');
    await expect(
      ask('POST', 'cassettes', { cassette: join(folder, 'secret.yaml'), calls: [requestId] }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(
      ask('POST', 'cassettes', { cassette: join(relative(process.cwd(), folder), 'secret.yaml'), calls: [requestId] }),
    ).rejects.toThrow(/may hold secrets/);
    expect(existsSync(join(folder, 'secret.yaml'))).toBe(false);
    await expect(ask('POST', 'cassettes', { cassette: '../out.yaml', calls: [one.requestId] })).rejects.toThrow(
      /not below/,
    );
  });
});
