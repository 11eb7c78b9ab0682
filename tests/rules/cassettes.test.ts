import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { DecryptCommand, EncryptCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('cassettes'));
const word = () =>
  Array.from(
    { length: 3 + Math.floor(random() * 8) },
    () => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)],
  ).join('');
const sentence = () => Array.from({ length: 8 }, word).join(' ');

const outcrop = await startForTests();
// Cassettes lie below the folder that the stack works in.
mkdirSync('.cache', { recursive: true });
const folder = mkdtempSync(join(process.cwd(), '.cache', 'cassettes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let cassette: string;
beforeEach(async () => {
  await outcrop.rules.clear();
  cassette = join(folder, `${word()}${word()}.yaml`);
});

const clients = { ...outcrop.clients, maxAttempts: 1 };
const bedrock = new BedrockRuntimeClient(clients);
const s3 = new S3Client(clients);
const sts = new STSClient(clients);
const kms = new KMSClient(clients);
const modelId = 'anthropic.claude-3-haiku-20240307-v1:0';
const asking = (text: string) => ({ modelId, messages: [{ role: 'user' as const, content: [{ text }] }] });
const native = (text: string) => ({
  modelId,
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 200,
    messages: [{ role: 'user', content: text }],
  }),
});

/** An answer as the SDK gives it, without what is of one request. */
async function answered(call: Promise<any>): Promise<unknown> {
  try {
    const { $metadata: _metadata, ...output } = await call;
    if (output.Body) output.Body = Buffer.from(await output.Body.transformToByteArray()).toString('base64');
    if (output.body?.[Symbol.asyncIterator] && !(output.body instanceof Uint8Array))
      output.body = await all(output.body);
    if (output.stream) output.stream = await all(output.stream);
    return output;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
}

async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const event of events) out.push(event);
  return out;
}

const countOf = (file: string) => readFileSync(file, 'utf8').split(/^---\n/m).length - 1;

describe('a cassette', () => {
  it(
    'plays back to the SDK what it recorded, byte for byte, over every protocol, streams and errors included',
    {
      timeout: 120_000,
    },
    async () => {
      const texts = [sentence(), sentence()];
      const Bucket = `b-${word()}${word()}`;
      const big = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 256)));
      await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(new PutObjectCommand({ Bucket, Key: 'big', Body: big }));
      await s3.send(new PutObjectCommand({ Bucket, Key: 'small ü', Body: texts[0]!, Metadata: { colour: 'red' } }));
      const calls = (): (() => Promise<any>)[] => [
        () => bedrock.send(new ConverseCommand(asking(`Summarise: ${texts[0]}. ${texts[1]}.`))),
        () => bedrock.send(new ConverseStreamCommand(asking(`Repeat: ${texts[1]}`))),
        () => bedrock.send(new InvokeModelCommand(native(`Repeat: ${texts[0]}`))),
        () => bedrock.send(new InvokeModelWithResponseStreamCommand(native(`Repeat: ${texts[1]}`))),
        () => bedrock.send(new ConverseCommand({ ...asking('x'), modelId: 'no.such-model' })),
        () => sts.send(new GetCallerIdentityCommand()),
        () =>
          sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/none', RoleSessionName: 'ab' })),
        () => s3.send(new GetObjectCommand({ Bucket, Key: 'big' })),
        () => s3.send(new GetObjectCommand({ Bucket, Key: 'small ü' })),
        () => s3.send(new GetObjectCommand({ Bucket, Key: 'big', Range: 'bytes=10-99' })),
        () => s3.send(new HeadObjectCommand({ Bucket, Key: 'big' })),
        () => s3.send(new ListObjectsV2Command({ Bucket })),
        () => s3.send(new GetObjectCommand({ Bucket, Key: 'none' })),
        () => s3.send(new PutObjectCommand({ Bucket, Key: 'put', Body: texts[1]! })),
        () => s3.send(new DeleteObjectCommand({ Bucket, Key: 'none' })),
      ];
      const run = async () => {
        const out: unknown[] = [];
        for (const call of calls()) out.push(await answered(call()));
        return out;
      };
      await outcrop.rules.set([{ record: cassette }]);
      const recorded = await run();
      expect(countOf(cassette)).toBe(calls().length);
      await outcrop.rules.set([{ replay: cassette }]);
      const before = outcrop.calls(1)[0]!.requestId;
      const played = await run();
      expect(played).toEqual(recorded);
      expect(recorded[0]).toMatchObject({ output: { message: { role: 'assistant' } } });
      expect(outcrop.calls(1)[0]!.requestId).not.toBe(before);
      expect(outcrop.calls(calls().length).every(({ answer }) => answer?.startsWith('replayed; cassette='))).toBe(true);
      // The long body has a file of its own.
      expect(readdirSync(cassette.replace('.yaml', '.bodies'))).toHaveLength(1);
    },
  );

  it('has the headers that the service itself has set, and those of no other call', async () => {
    const headers: Record<string, string>[] = [];
    const client = new BedrockRuntimeClient(clients);
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers.push((result.response as { headers: Record<string, string> }).headers);
        return result;
      },
      { step: 'deserialize', name: 'headers' },
    );
    await outcrop.rules.set([{ record: cassette }]);
    await client.send(new InvokeModelCommand(native('Repeat: one')));
    await outcrop.rules.set([{ id: 'tape', replay: cassette }]);
    await client.send(new InvokeModelCommand(native('Repeat: one')));
    const [first, second] = headers;
    expect(Number(first!['x-amzn-bedrock-input-token-count'])).toBeGreaterThan(0);
    for (const name of ['x-amzn-bedrock-input-token-count', 'x-amzn-bedrock-output-token-count', 'content-type'])
      expect(second![name]).toBe(first![name]);
    expect(second!['x-amzn-requestid']).not.toBe(first!['x-amzn-requestid']);
    expect(second!['x-outcrop-answer']).toMatch(/^replayed; cassette=\.cache\/.*; entry=1; rule=tape$/);
  });

  it('is a file that can be read: a document for each call, JSON as such, an event a line', async () => {
    await outcrop.rules.set([{ record: cassette }]);
    await answered(bedrock.send(new ConverseStreamCommand(asking('Say hello'))));
    const text = readFileSync(cassette, 'utf8');
    expect(text).toMatch(
      /^cassette: outcrop-cassette\/1\nsalt: [0-9a-f]{16}\n---\ncall: bedrock-runtime:ConverseStream\n/,
    );
    expect(text.match(/^ +- \{ at: \d+, headers: \{.*messageStart.*$/gm)).toHaveLength(1);
    expect(text).toContain('- text: Say hello');
    expect(text).not.toMatch(/authorization|AWS4-HMAC|x-amz-date/i);
  });

  it('says on a miss which entry is nearest, and where the call differs', async () => {
    await outcrop.rules.set([{ record: cassette }]);
    await answered(bedrock.send(new ConverseCommand({ ...asking('Hello there'), inferenceConfig: { maxTokens: 10 } })));
    await answered(bedrock.send(new ConverseCommand(asking('Something else entirely'))));
    await outcrop.rules.set([{ id: 'strict', replay: cassette }]);
    const asked = word();
    const error = await bedrock
      .send(new ConverseCommand({ ...asking(asked), inferenceConfig: { maxTokens: 10 } }))
      .catch((thrown: unknown) => thrown as Error & { $metadata: { httpStatusCode: number } });
    expect(error).toMatchObject({ name: 'OutcropCassetteMiss', $metadata: { httpStatusCode: 422 } });
    expect((error as Error).message).toContain('The nearest is entry 1:');
    expect((error as Error).message).toContain(`    - "Hello there"\n    + "${asked}"`);
    expect((error as Error).message).not.toContain('maxTokens');
  });

  it('plays repeated calls in the order in which they were made, and not more often', async () => {
    const Bucket = `b-${word()}${word()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const bodies = [word(), word(), word()];
    for (const Body of bodies) {
      await outcrop.rules.set([]);
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
      await outcrop.rules.set([{ id: 'r', record: cassette }]);
      await answered(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })));
    }
    await outcrop.rules.set([{ replay: cassette }]);
    const seen: string[] = [];
    for (const _ of bodies)
      seen.push(await (await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))).Body!.transformToString());
    expect(seen).toEqual(bodies);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))).rejects.toThrow(
      /has this call .* 3 times .* this is call 4/,
    );
  });

  it('is lenient where it is told: a miss is computed, or computed and added', async () => {
    await outcrop.rules.set([{ replay: { cassette, miss: 'record' } }]);
    const first = await answered(sts.send(new GetCallerIdentityCommand()));
    expect(countOf(cassette)).toBe(1);
    const second = await answered(sts.send(new GetCallerIdentityCommand()));
    expect(second).toEqual(first);
    expect(countOf(cassette)).toBe(1);
    expect(outcrop.calls(1)[0]!.answer).toContain('entry=1');
    await outcrop.rules.set([{ replay: { cassette, miss: 'compute' } }]);
    await sts.send(new GetCallerIdentityCommand());
    expect(outcrop.calls(1)[0]!.answer).toBeUndefined();
    expect(countOf(cassette)).toBe(1);
  });

  it('leaves out of the comparison what is ignored', async () => {
    const ignore = ['$.messages[*].content[*].text'];
    await outcrop.rules.set([{ record: cassette }]);
    const recorded = await answered(bedrock.send(new ConverseCommand(asking(`It is ${word()}`))));
    await outcrop.rules.set([{ replay: { cassette, ignore } }]);
    expect(await answered(bedrock.send(new ConverseCommand(asking(`It is ${word()}`))))).toEqual(recorded);
  });

  it('holds no secrets: those of answers are scrubbed, those of inputs are told by a keyed hash', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand());
    const secret = `${word()}${word()}${word()}`;
    const marked = `sk-${word()}${word()}`;
    await outcrop.rules.set([
      { record: { cassette, scrub: { patterns: ['sk-[a-z]+'], paths: ['$.messages[0].content[1].text'] } } },
    ]);
    const { Credentials } = await sts.send(new GetSessionTokenCommand());
    const Plaintext = Buffer.from(secret);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext }));
    await kms.send(new DecryptCommand({ CiphertextBlob: CiphertextBlob! }));
    const hidden = word() + word();
    await bedrock.send(
      new ConverseCommand({
        modelId,
        messages: [{ role: 'user', content: [{ text: `Repeat: my key is ${marked}` }, { text: hidden }] }],
      }),
    );
    const text = readFileSync(cassette, 'utf8');
    for (const each of [
      Credentials!.SecretAccessKey!,
      Credentials!.SessionToken!,
      secret,
      Plaintext.toString('base64'),
      marked,
      hidden,
    ])
      expect(text).not.toContain(each);
    expect(text).toContain(Credentials!.AccessKeyId!);
    expect(text).toMatch(/Plaintext: scrubbed:[0-9a-f]{16}/);
    // Another secret is another call.
    await outcrop.rules.set([{ replay: cassette }]);
    await kms.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext }));
    await expect(
      kms.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from('other') })),
    ).rejects.toThrow('has no answer for this call');
  });

  it('lets events come as slowly as they did, where it is told', async () => {
    await outcrop.rules.set([{ record: cassette, service: 'bedrock-runtime' }]);
    await answered(bedrock.send(new ConverseStreamCommand(asking('Say: one two three'))));
    const text = readFileSync(cassette, 'utf8').replace(/at: \d+/g, 'at: 300');
    writeFileSync(cassette, text);
    await outcrop.rules.set([{ replay: { cassette, timing: true } }]);
    const started = performance.now();
    await answered(bedrock.send(new ConverseStreamCommand(asking('Say: one two three'))));
    expect(performance.now() - started).toBeGreaterThan(250);
  });

  it('is refused where it is broken, or lies elsewhere', async () => {
    await outcrop.rules.set([{ id: 'far', replay: '../../etc/passwd' }]);
    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow(/Rule far: the cassette .* is not below/);
    await outcrop.rules.set([{ id: 'none', replay: cassette }]);
    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow('there is no cassette');
    writeFileSync(cassette, 'something: else\n');
    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow('does not begin with "cassette:');
    writeFileSync(cassette, 'cassette: outcrop-cassette/1\nsalt: aa\n---\ncall: [\n');
    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow('entry 1');
    expect(existsSync(cassette)).toBe(true);
  });
});

describe('passing calls through', () => {
  it('signs them anew, streams the answer back, and records it', async () => {
    const there = await startForTests({
      rootKey: 'elsewhere',
      rootSecret: `${word()}${word()}`,
      accountId: '111122223333',
      allowPrivateFetch: true,
    });
    const kept = {
      id: process.env['AWS_ACCESS_KEY_ID'],
      secret: process.env['AWS_SECRET_ACCESS_KEY'],
      profile: process.env['AWS_PROFILE'],
    };
    process.env['AWS_ACCESS_KEY_ID'] = there.credentials.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = there.credentials.secretAccessKey;
    delete process.env['AWS_PROFILE'];
    const here = await startForTests();
    for (const [name, value] of [
      ['AWS_ACCESS_KEY_ID', kept.id],
      ['AWS_SECRET_ACCESS_KEY', kept.secret],
      ['AWS_PROFILE', kept.profile],
    ] as const)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    const client = { ...here.clients, maxAttempts: 1 };
    await here.rules.set([{ record: { cassette, passThrough: { endpoint: there.endpoint } } }]);
    const calls = (): (() => Promise<any>)[] => {
      const [far, models, files] = [new STSClient(client), new BedrockRuntimeClient(client), new S3Client(client)];
      return [
        () => far.send(new GetCallerIdentityCommand()),
        () => models.send(new ConverseStreamCommand(asking('Repeat: through and back'))),
        () => files.send(new CreateBucketCommand({ Bucket: 'far-bucket' })),
        () => files.send(new PutObjectCommand({ Bucket: 'far-bucket', Key: 'a b/ü', Body: 'content' })),
        () => files.send(new GetObjectCommand({ Bucket: 'far-bucket', Key: 'a b/ü' })),
        () => files.send(new GetObjectCommand({ Bucket: 'far-bucket', Key: 'none' })),
      ];
    };
    const run = async () => {
      const out: unknown[] = [];
      for (const call of calls()) out.push(await answered(call()));
      return out;
    };
    const passed = await run();
    expect(passed[0]).toMatchObject({ Account: '111122223333' });
    expect(here.calls(1)[0]!.answer).toMatch(/^passed; cassette=.*; rule=rule-1$/);
    expect(passed[4]).toMatchObject({ Body: Buffer.from('content').toString('base64') });
    expect(passed[5]).toMatchObject({ name: 'NoSuchKey', status: 404 });
    expect(there.calls().map(({ operation }) => operation)).toContain('ConverseStream');
    await here.rules.set([{ replay: cassette }]);
    expect(await run()).toEqual(passed);
    expect(basename(cassette)).toMatch(/yaml$/);
  });
});
