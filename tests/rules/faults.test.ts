import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import type { Rule } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const seed = testSeed('faults');
const random = generator(seed);
const word = () =>
  Array.from(
    { length: 4 + Math.floor(random() * 6) },
    () => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)],
  ).join('');

const outcrop = await startForTests({ seed });
beforeEach(() => outcrop.rules.clear());

const once = { ...outcrop.clients, maxAttempts: 1 };
const bedrock = new BedrockRuntimeClient(once);
const s3 = new S3Client(once);
const sts = new STSClient(once);
const kms = new KMSClient(once);
const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const tools = { tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: { type: 'object' } } } }] };
const asking = (text = 'Hello') => ({ modelId, messages: [{ role: 'user' as const, content: [{ text }] }] });
const native = (text = 'Hello') => ({
  modelId,
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 200,
    messages: [{ role: 'user', content: text }],
  }),
});
const set = (...rules: Rule[]) => outcrop.rules.set(rules);

type Failure = {
  name: string;
  message: string;
  status: number | undefined;
  attempts: number | undefined;
  headers: Record<string, string>;
};
async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (thrown) {
    const { name, message, $metadata, $response } = thrown as any;
    return {
      name,
      message,
      status: $metadata?.httpStatusCode,
      attempts: $metadata?.attempts,
      headers: $response?.headers ?? {},
    };
  }
  throw new Error('the call succeeded');
}

/** The events of a stream, and what it ended with. */
async function drain(stream: AsyncIterable<any> | undefined): Promise<{ events: any[]; failure?: Error }> {
  const events: any[] = [];
  try {
    for await (const event of stream!) events.push(event);
    return { events };
  } catch (failure) {
    return { events, failure: failure as Error };
  }
}
const textOf = (events: any[]) => events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');

describe('throttling', () => {
  it.each([
    [
      'bedrock-runtime',
      () => bedrock.send(new ConverseCommand(asking())),
      'ThrottlingException',
      'Too many requests, please wait before trying again.',
      429,
    ],
    ['s3', () => s3.send(new ListBucketsCommand()), 'SlowDown', 'Please reduce your request rate.', 503],
    [
      'kms',
      () => kms.send(new DescribeKeyCommand({ KeyId: 'x' })),
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      400,
    ],
    ['sts', () => sts.send(new GetCallerIdentityCommand()), 'Throttling', 'Rate exceeded', 400],
  ] as const)(
    'of %s has its own name, text and status, and says which rule it is of',
    async (service, call, name, message, status) => {
      await set({ id: 'busy', service, fault: { throttle: true, retryAfter: '3s' } });
      const failure = await failureOf(call());
      expect(failure).toMatchObject({ name, status, ...(message === undefined ? {} : { message }) });
      expect(failure.headers).toMatchObject({ 'retry-after': '3', 'x-outcrop-answer': 'faulted; rule=busy' });
      expect(outcrop.calls(1)[0]).toMatchObject({ rule: 'busy', error: name });
    },
  );

  it('is retried by a stock client as often as the rule says', async () => {
    const times = 1 + Math.floor(random() * 3);
    await set({ service: 'sts', fault: 'throttle', times });
    const { $metadata } = await new STSClient({ ...outcrop.clients, maxAttempts: 5 }).send(
      new GetCallerIdentityCommand(),
    );
    expect($metadata.attempts).toBe(times + 1);
  });
});

describe('an error by its name', () => {
  it('has the status and the members of the model', async () => {
    await set({
      service: 'bedrock-runtime',
      fault: {
        error: 'ModelErrorException',
        message: 'the model fell over',
        members: { originalStatusCode: 503, resourceName: word() },
      },
    });
    const error: any = await bedrock.send(new ConverseCommand(asking())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'ModelErrorException',
      originalStatusCode: 503,
      $metadata: { httpStatusCode: 424 },
    });
    expect(error.message).toBe('the model fell over');
  });

  it.each([
    [
      { service: 'kms', fault: { error: 'DisabledException' } },
      () => kms.send(new DescribeKeyCommand({ KeyId: 'x' })),
      'DisabledException',
      400,
    ],
    [
      { service: 's3', fault: { error: 'InternalError' } },
      () => s3.send(new ListBucketsCommand()),
      'InternalError',
      500,
    ],
    [{ service: 's3', fault: { status: 503 } }, () => s3.send(new ListBucketsCommand()), 'ServiceUnavailable', 503],
    [
      { service: 'bedrock-runtime', fault: { status: 500 } },
      () => bedrock.send(new ConverseCommand(asking())),
      'InternalServerException',
      500,
    ],
    [
      { service: 'sts', fault: { error: 'OfOurOwn', status: 418 } },
      () => sts.send(new GetCallerIdentityCommand()),
      'OfOurOwn',
      418,
    ],
  ] as const)('%j', async (rule, call, name, status) => {
    await set(rule);
    expect(await failureOf(call())).toMatchObject({ name, status });
  });

  it.each([
    [
      { service: 'bedrock-runtime', fault: { error: 'ThrotlingException' } },
      'has no error ThrotlingException; did you mean ThrottlingException?',
    ],
    [{ service: 'kms', fault: { error: 'NoSuchKey' } }, 'KMS has no error NoSuchKey'],
    [
      { service: 'bedrock-runtime', fault: { error: 'ModelErrorException', members: { orginalStatusCode: 1 } } },
      'ModelErrorException has no orginalStatusCode; did you mean originalStatusCode?',
    ],
    [{ fault: { error: 'DisabledException' } }, "which service's error is DisabledException"],
    [{ service: 's3', fault: { status: 404 } }, "needs the error's name"],
    [{ service: 'sts', fault: { cut: true } }, 'cut is for operations that answer with a stream'],
    [{ service: 's3', operation: 'GetObject', fault: { failItems: 1 } }, 'failItems is for batches'],
    [
      { service: 'bedrock-runtime', operation: 'ConverseStream', fault: { cut: { error: 'NoSuchException' } } },
      'has no error NoSuchException',
    ],
    [{ service: 'bedrok-runtime' }, 'there is no service bedrok-runtime; did you mean bedrock-runtime?'],
    [{ service: 's3', operation: 'GetObjet' }, 'S3 has no operation GetObjet; did you mean GetObject?'],
  ] as const)('that cannot be is refused when it is set: %j', async (rule, message) => {
    await set({ id: 'standing', service: 'sts', delay: 0 });
    await expect(set(rule as unknown as Rule)).rejects.toThrow(message);
    expect((await outcrop.rules.list()).map(({ id }) => id)).toEqual(['standing']);
  });
});

describe('a connection', () => {
  it('is reset, over HTTP/1.1 and over HTTP/2', async () => {
    await set({ service: ['sts', 'bedrock-runtime'], fault: 'reset', times: 2 });
    expect((await failureOf(sts.send(new GetCallerIdentityCommand()))).message).toMatch(/ECONNRESET|socket hang up/);
    const failure = await failureOf(bedrock.send(new ConverseCommand(asking())));
    expect(failure.status).toBeUndefined();
    await expect(sts.send(new GetCallerIdentityCommand())).resolves.toMatchObject({ Account: '000000000000' });
    expect(outcrop.calls(3).map(({ error }) => error)).toEqual([undefined, 'ConnectionReset', 'ConnectionReset']);
  });

  it('hangs until the client gives up', async () => {
    await set({ service: 'sts', fault: 'timeout' });
    const impatient = new STSClient({
      ...once,
      requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true } as never,
    });
    expect(await failureOf(impatient.send(new GetCallerIdentityCommand()))).toMatchObject({ name: 'TimeoutError' });
    await expect.poll(() => outcrop.calls(1)[0]?.error).toBe('ConnectionReset');
  });

  it('hangs no longer than the rule says', async () => {
    await set({ service: 'sts', fault: { timeout: '50ms' } });
    expect((await failureOf(sts.send(new GetCallerIdentityCommand()))).message).toMatch(/ECONNRESET|socket hang up/);
  });
});

describe('a stream of a model', () => {
  const saying = Array.from({ length: 12 }, word).join(' ');
  const speak = { service: 'bedrock-runtime', say: saying } satisfies Rule;
  const open = async () => (await bedrock.send(new ConverseStreamCommand(asking()))).stream;

  it('is cut before messageStop, with its connection', async () => {
    await set({ ...speak, fault: 'cut' });
    const { events, failure } = await drain(await open());
    expect(textOf(events)).toBe(saying);
    expect(events.some((event) => event.messageStop)).toBe(false);
    expect(failure).toBeInstanceOf(Error);
    expect(
      (await drain((await bedrock.send(new InvokeModelWithResponseStreamCommand(native()))).body)).failure,
    ).toBeInstanceOf(Error);
  });

  it('is cut after so many events, or characters', async () => {
    const frames = 2 + Math.floor(random() * 5);
    const characters = 1 + Math.floor(random() * (saying.length - 1));
    await set({ ...speak, fault: { cut: { frames } }, times: 1 }, { ...speak, fault: { cut: { characters } } });
    expect((await drain(await open())).events).toHaveLength(frames);
    expect(textOf((await drain(await open())).events)).toBe(saying.slice(0, characters));
  });

  it.each(['ThrottlingException', 'ModelStreamErrorException', 'ServiceUnavailableException'])(
    'ends in the middle with %s, as the client knows it',
    async (error) => {
      await set({ ...speak, fault: { cut: { characters: 5, error } } });
      const { events, failure } = await drain(await open());
      expect(textOf(events)).toBe(saying.slice(0, 5));
      expect(failure).toMatchObject({ name: error });
      expect(outcrop.calls(1)[0]).toMatchObject({ error, answer: expect.stringMatching(/^faulted; rule=/) });
    },
  );

  it('has the JSON of its tool input broken, and nothing else', async () => {
    const city = word();
    await set({
      service: 'bedrock-runtime',
      say: { text: 'Looking.', toolUse: { name: 'get_weather', input: { city } } },
      fault: 'malformedToolJson',
    });
    const { events, failure } = await drain(
      (await bedrock.send(new ConverseStreamCommand({ ...asking(), toolConfig: tools }))).stream,
    );
    expect(failure).toBeUndefined();
    const json = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join('');
    expect(json).toBe(JSON.stringify({ city }).slice(0, -1));
    expect(textOf(events)).toBe('Looking.');
    const whole = await bedrock.send(new ConverseCommand({ ...asking(), toolConfig: tools }));
    expect(whole.stopReason).toBe('malformed_tool_use');
  });

  it('has the checksum of a frame wrong, which the client sees', async () => {
    await set({ ...speak, fault: 'wrongChecksum' });
    const reading = open()
      .then(drain)
      .then(({ failure }) => Promise.reject(failure));
    await expect(reading).rejects.toThrow(/checksum/i);
  });

  it('comes slowly where it is told, computed ones too', async () => {
    await set({ service: 'bedrock-runtime', operation: 'ConverseStream', fault: { slow: '5ms' } });
    const { events } = await drain(await open());
    expect(events.at(-1).metadata).toBeDefined();
    expect(outcrop.calls(1)[0]!.answer).toMatch(/^faulted; rule=rule-1; engine=builtin/);
  });
});

describe('an object of S3', () => {
  const Bucket = `b-${word()}${word()}`;
  const body = Array.from({ length: 50 }, word).join(' ');
  const fill = async () => {
    await s3.send(new CreateBucketCommand({ Bucket })).catch(() => {});
    for (const Key of ['a', 'b', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
  };

  it('arrives cut short under the length of the whole', async () => {
    await fill();
    const truncate = Math.floor(random() * body.length);
    await set({ service: 's3', operation: 'GetObject', fault: { truncate } });
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(ContentLength).toBe(body.length);
    await expect(Body!.transformToString()).rejects.toThrow();
  });

  it('arrives with a checksum that is not its own', async () => {
    await fill();
    await set({ id: 'spoilt', service: 's3', operation: 'GetObject', fault: 'wrongChecksum' });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));
    await expect(Body!.transformToString()).rejects.toThrow('Checksum mismatch');
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'a', Range: 'bytes=0-3' }))).rejects.toThrow(
      'Rule spoilt: the answer carries no checksum',
    );
  });

  it('is not deleted where its place in the batch fails; the others are', async () => {
    await fill();
    await set({ service: 's3', operation: 'DeleteObjects', fault: { failItems: [1] } });
    const Objects = ['a', 'b', 'c'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['a', 'c']);
    expect(Errors).toEqual([{ Key: 'b', Code: 'InternalError', Message: expect.any(String) }]);
    await set({ service: 's3', operation: 'DeleteObjects', fault: { failItems: 9 } });
    expect((await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).Errors).toHaveLength(3);
    await outcrop.rules.clear();
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)).toEqual(['b']);
  });
});

describe('who gets a fault', () => {
  it('has been let in: rules open no door, and tell nobody anything who may not ask', async () => {
    await set(
      { service: 'kms', fault: 'throttle' },
      { service: 's3', operation: 'ListBuckets', answer: { Owner: { ID: 'x' } } },
    );
    const { user } = identities(outcrop);
    const nobody = await user(`u-${word()}`, allow('sts:GetCallerIdentity'));
    await expect(new S3Client(nobody.clients).send(new ListBucketsCommand())).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(new KMSClient(nobody.clients).send(new CreateKeyCommand())).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const forged = { ...once, credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' } };
    await expect(new S3Client(forged).send(new ListBucketsCommand())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(s3.send(new ListBucketsCommand())).resolves.toMatchObject({ Owner: { ID: 'x' } });
    expect((await outcrop.rules.list()).map(({ used }) => used)).toEqual([0, 1]);
  });

  it('is drawn from the seed of the stack, so that a run can be repeated', async () => {
    const draw = async () => {
      await outcrop.rules.clear();
      await set({ id: 'chance', service: 'sts', fault: 'throttle', probability: 0.5 });
      const out: boolean[] = [];
      for (let call = 0; call < 24; call++) {
        out.push(
          await sts.send(new GetCallerIdentityCommand()).then(
            () => true,
            () => false,
          ),
        );
        // What else the stack draws makes no difference.
        if (random() < 0.5) await kms.send(new CreateKeyCommand());
      }
      return out;
    };
    const first = await draw();
    expect(new Set(first).size).toBe(2);
    expect(await draw()).toEqual(first);
  });

  it('waits before it comes', async () => {
    await set({ service: 'sts', delay: ['1ms', '20ms'] });
    await expect(sts.send(new GetCallerIdentityCommand())).resolves.toMatchObject({ Account: '000000000000' });
    await set({ service: 'bedrock-runtime', operation: 'InvokeModel', delay: '5ms', fault: { status: 503 } });
    expect(await failureOf(bedrock.send(new InvokeModelCommand(native())))).toMatchObject({
      name: 'ServiceUnavailableException',
      status: 503,
    });
  });
});
