import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { DescribeKeyCommand, GenerateDataKeyCommand, KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, HeadObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRootCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import OpenAI from 'openai';
import { beforeEach, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import type { Rule } from '../../src/main.ts';
import { shortTermKey } from '../api-key.ts';
import { identities } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const seed = testSeed('answers');
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
const set = (...rules: Rule[]) => outcrop.rules.set(rules);

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const user = (text: string): Message => ({ role: 'user', content: [{ text }] });
const converse = async (text: string, modelId = claude) =>
  (await bedrock.send(new ConverseCommand({ modelId, messages: [user(text)] }))).output!.message!.content![0]!.text;
const textOf = async (stream: AsyncIterable<any>) => {
  let text = '';
  for await (const event of stream) text += event.contentBlockDelta?.delta?.text ?? '';
  return text;
};

describe('an answer that is declared', () => {
  it('is the output in the shape of the SDK, over every protocol, with bytes, times and templates of the call', async () => {
    const [bucket, colour, content] = [word(), word(), word()];
    await set(
      {
        service: 's3',
        operation: 'GetObject',
        input: { Key: { matches: '^reports/(?P<name>.+)\\.txt$' } },
        answer: {
          Body: `${content} of {{match.name}} in {{input.Bucket}}`,
          ContentType: 'text/plain',
          Metadata: { colour },
          LastModified: '{{now}}',
        },
      },
      {
        service: 's3',
        operation: 'HeadObject',
        answer: { ContentLength: '{{nth}}', LastModified: '2020-02-03T04:05:06Z' },
      },
      {
        service: 'kms',
        operation: 'GenerateDataKey',
        answer: { KeyId: '{{input.KeyId}}', Plaintext: { base64: 'AAECAw==' }, CiphertextBlob: colour },
      },
      {
        service: 'kms',
        operation: 'ListAliases',
        answer: { Truncated: true, Aliases: [{ AliasName: '{{uuid}}', CreationDate: 86_400 }] },
      },
      {
        service: 'sts',
        operation: 'GetCallerIdentity',
        answer: {
          Account: '{{account}}',
          Arn: '{{principal}}',
          UserId: 'in {{region}} ({{missing ?? "x"}})'.replace('missing', 'match.9'),
        },
      },
    );
    const { Body, ContentType, Metadata, LastModified } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'reports/may.txt' }),
    );
    expect(await Body!.transformToString()).toBe(`${content} of may in ${bucket}`);
    expect({ ContentType, Metadata }).toEqual({ ContentType: 'text/plain', Metadata: { colour } });
    expect(LastModified).toBeInstanceOf(Date);
    for (const nth of [1, 2, 3])
      expect((await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'x' }))).ContentLength).toBe(nth);
    const { Plaintext, CiphertextBlob, KeyId } = await kms.send(
      new GenerateDataKeyCommand({ KeyId: 'alias/a', KeySpec: 'AES_256' }),
    );
    expect([...Plaintext!]).toEqual([0, 1, 2, 3]);
    expect([Buffer.from(CiphertextBlob!).toString(), KeyId]).toEqual([colour, 'alias/a']);
    const { Aliases, Truncated } = await kms.send(new ListAliasesCommand());
    expect(Aliases).toMatchObject([
      { AliasName: expect.stringMatching(/^[0-9a-f-]{36}$/), CreationDate: new Date('1970-01-02') },
    ]);
    expect(Truncated).toBe(true);
    expect(await sts.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
      UserId: 'in us-east-1 (x)',
    });
    expect(outcrop.calls(1)[0]).toMatchObject({ answer: 'declared; rule=rule-5', rule: 'rule-5' });
  });

  it('that does not fit once its templates are filled in is an error that names the rule', async () => {
    await set({
      id: 'length',
      service: 's3',
      operation: 'HeadObject',
      answer: { ContentLength: '{{input.Key}}', LastModified: '{{input.Bucket}}' },
    });
    await expect(s3.send(new GetObjectCommand({ Bucket: 'any', Key: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
    await expect(kms.send(new DescribeKeyCommand({ KeyId: 'x' }))).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(s3.send(new HeadObjectCommand({ Bucket: 'any', Key: 'seven' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    expect(outcrop.calls(1)[0]).toMatchObject({
      error: 'OutcropRuleError',
      errorMessage: 'Rule length: its answer is none of HeadObject: expected a number',
    });
  });

  it('is a stream of events where the operation has one', async () => {
    const said = word();
    await set({
      service: 'bedrock-runtime',
      operation: 'ConverseStream',
      answer: {
        stream: [
          { messageStart: { role: 'assistant' } },
          { contentBlockDelta: { contentBlockIndex: 0, delta: { text: `${said} {{prompt}}` } } },
          { messageStop: { stopReason: 'end_turn' } },
        ],
      },
    });
    const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId: claude, messages: [user('you')] }));
    const events: unknown[] = [];
    for await (const event of stream!) events.push(event);
    expect(events).toHaveLength(3);
    expect(events[1]).toEqual({ contentBlockDelta: { contentBlockIndex: 0, delta: { text: `${said} you` } } });
  });

  it('may be given for an operation that is not built', async () => {
    // Services that are not built ask for what their name says; whether AWS knows it is not held against them.
    const own = await startForTests({}, { extraServices: [] });
    const client = new STSClient({ ...own.clients, maxAttempts: 1 });
    await own.rules.set([{ service: 'sts', operation: 'AssumeRoot', answer: { SourceIdentity: 'declared' } }]);
    const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' };
    const ask = () => client.send(new AssumeRootCommand({ TargetPrincipal: '000000000000', TaskPolicyArn }));
    expect(await ask()).toMatchObject({ SourceIdentity: 'declared' });
    await own.rules.set([{ service: 's3', fault: 'throttle' }]);
    await expect(ask()).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });

  it.each([
    [
      { service: 'sts', operation: 'GetCallerIdentity', answer: { Acount: '1' } },
      'has no Acount; did you mean Account?',
    ],
    [
      { service: 'sts', operation: 'GetCallerIdentity', answer: { Account: 123_456_789_012 } },
      'expected a text; put it in quotes',
    ],
    [
      {
        service: 'kms',
        operation: 'ListAliases',
        answer: { Aliases: [{ AliasName: 'x', CreationDate: 'yesterday' }] },
      },
      '[0].answer.Aliases[0].CreationDate: expected a time',
    ],
    [{ service: 'kms', operation: 'ListAliases', answer: { Truncated: 'perhaps' } }, 'expected true or false'],
    [{ service: 's3', operation: 'GetObject', answer: { Body: { file: '../../../etc/passwd' } } }, 'is not below'],
    [{ service: 's3', operation: 'GetObject', answer: { Body: '{{nothing}}' } }, '{{nothing}} means nothing'],
    [{ service: 's3', operation: 'GetObject', answer: { Body: '{{nth' } }, '{{ without }}'],
    [{ operation: 'GetObject', answer: { Body: 'x' } }, 'name one service'],
    [{ service: 's3', say: 'x' }, 'say and script speak for models'],
    [
      {
        service: 'bedrock-runtime',
        operation: 'ConverseStream',
        answer: { stream: [{ messageStart: {}, messageStop: {} }] },
      },
      'exactly one of',
    ],
    [{ service: 's3', answer: {}, say: 'x' }, 'answers in one way'],
    [{ service: 's3', input: { '$.[': 1 } }, 'is no JSONPath'],
    [{ service: 's3', input: { "$.a[?match(@.b, 'c')]": 1 } }, 'match() and search() are not taken'],
    [{ service: 's3', body: '(' }, 'is no regular expression'],
    [{ id: 'x y', service: 's3' }, 'letters, digits'],
    [{ service: 's3', delay: '20m' }, 'nothing waits longer than 15m'],
  ] as const)('that cannot be is refused when it is set, with its place: %j', async (rule, message) => {
    await expect(set(rule as unknown as Rule)).rejects.toThrow(message);
  });
});

describe('what a model says', () => {
  it('is a text, whatever a template finds', async () => {
    await set(
      { model: 'anthropic.*', say: '{{nth}}', times: 1 },
      { model: 'anthropic.*', say: '{{input.messages[0].content}}' },
    );
    expect(await converse('Hello')).toBe('1');
    expect(await converse('Hello')).toBe('[{"text":"Hello"}]');
  });

  const families: [string, (text: string) => Record<string, unknown>, (body: any) => string][] = [
    [
      claude,
      (text) => ({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 50,
        messages: [{ role: 'user', content: text }],
      }),
      (body) => body.content[0].text,
    ],
    [
      'us.amazon.nova-pro-v1:0',
      (text) => ({ messages: [{ role: 'user', content: [{ text }] }] }),
      (body) => body.output.message.content[0].text,
    ],
    ['amazon.titan-text-premier-v1:0', (text) => ({ inputText: text }), (body) => body.results[0].outputText],
    [
      'us.meta.llama3-1-70b-instruct-v1:0',
      (text) => ({
        prompt: `<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n${text}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
      }),
      (body) => body.generation,
    ],
    [
      'mistral.mistral-7b-instruct-v0:2',
      (text) => ({ prompt: `<s>[INST] ${text} [/INST]` }),
      (body) => body.outputs[0].text,
    ],
    ['cohere.command-r-v1:0', (text) => ({ message: text }), (body) => body.text],
    [
      'openai.gpt-oss-20b-1:0',
      (text) => ({ messages: [{ role: 'user', content: text }] }),
      (body) => body.choices[0].message.content,
    ],
  ];

  it.each(families)('is said in the body of its family, whole and streamed: %s', async (modelId, bodyFor, textIn) => {
    const [city, said] = [word(), word()];
    await set({ id: 'w', prompt: 'weather in (\\w+)', say: `${said} in {{match.1}}.` });
    const body = JSON.stringify(bodyFor(`What is the weather in ${city}?`));
    const answer = await bedrock.send(new InvokeModelCommand({ modelId, body }));
    expect(textIn(JSON.parse(Buffer.from(answer.body).toString())).trim()).toBe(`${said} in ${city}.`);
    expect(await converse(`weather in ${city}`, modelId)).toBe(`${said} in ${city}.`);
    const { body: chunks } = await bedrock.send(new InvokeModelWithResponseStreamCommand({ modelId, body }));
    let streamed = '';
    for await (const { chunk } of chunks!) streamed += Buffer.from(chunk!.bytes!).toString();
    for (const piece of [said, city]) expect(streamed).toContain(piece);
    expect(outcrop.calls(3).every(({ answer: how }) => how === 'declared; rule=w; engine=scripted; version=1')).toBe(
      true,
    );
  });

  it('is streamed in pieces that together are the text, with the usage that is declared', async () => {
    const said = Array.from({ length: 10 }, word).join(' ');
    await set({
      say: {
        text: said,
        reasoning: 'Let me see.',
        stopReason: 'max_tokens',
        usage: { inputTokens: 321, outputTokens: 12 },
      },
      tokensPerSecond: 5_000,
    });
    const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId: claude, messages: [user('x')] }));
    const events: any[] = [];
    for await (const event of stream!) events.push(event);
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')).toBe(said);
    expect(events.map((event) => event.contentBlockDelta?.delta?.reasoningContent?.text ?? '').join('')).toBe(
      'Let me see.',
    );
    expect(events.find((event) => event.messageStop).messageStop.stopReason).toBe('max_tokens');
    expect(events.at(-1).metadata.usage).toMatchObject({ inputTokens: 321, outputTokens: 12, totalTokens: 333 });
  });

  it('counts words as tokens where no usage is declared', async () => {
    await set({ service: 'bedrock-runtime', say: 'yes' });
    const messages = [user(`${word()} ${word()} ${word()}`)];
    const { usage } = await bedrock.send(new ConverseCommand({ modelId: claude, messages }));
    expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 1, totalTokens: 4 });
  });

  it('is said over the OpenAI-compatible face too, and throttling there is 429', async () => {
    const city = word();
    const openai = new OpenAI({
      baseURL: `${outcrop.endpoint}/openai/v1`,
      apiKey: shortTermKey(outcrop.clients),
      maxRetries: 0,
    });
    await set(
      { prompt: 'weather in (\\w+)', say: 'Rain in {{match.1}}.' },
      { service: 'bedrock-runtime', fault: 'throttle' },
    );
    const ask = (content: string) => ({
      model: 'openai.gpt-oss-20b-1:0',
      messages: [{ role: 'user' as const, content }],
    });
    const whole = await openai.chat.completions.create(ask(`the weather in ${city}`));
    expect(whole.choices[0]!.message.content).toBe(`Rain in ${city}.`);
    let streamed = '';
    for await (const chunk of await openai.chat.completions.create({ ...ask(`the weather in ${city}`), stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? '';
    expect(streamed).toBe(`Rain in ${city}.`);
    await expect(openai.chat.completions.create(ask('anything else'))).rejects.toMatchObject({ status: 429 });
  });

  it('is for the models that the rule names, whatever profile or ARN they are called by', async () => {
    await set(
      { model: 'anthropic.claude-sonnet-*', say: 'sonnet' },
      { model: ['amazon.nova-*', 'meta.*'], say: 'other' },
    );
    expect(await converse('x')).toBe('sonnet');
    expect(await converse('x', `arn:aws:bedrock:us-east-1:000000000000:inference-profile/${claude}`)).toBe('sonnet');
    expect(await converse('x', 'us.meta.llama3-1-70b-instruct-v1:0')).toBe('other');
    expect(await converse('Repeat: me', 'mistral.mistral-7b-instruct-v0:2')).not.toMatch(/sonnet|other/);
  });
});

describe('a script', () => {
  const toolConfig = { tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: { type: 'object' } } } }] };
  const script = (city: string): Rule => ({
    id: 'agent',
    script: [
      { say: { text: 'I look.', toolUse: { name: 'get_weather', input: { city, days: 2 } } } },
      { expect: { toolResults: 'get_weather' }, say: `In ${city} it is {{toolResult}}.` },
      { expect: { prompt: 'thank' }, say: 'You are welcome.' },
    ],
  });

  it('leads an agent through its turns, tools included', async () => {
    const [city, weather] = [word(), word()];
    await set(script(city));
    const messages: Message[] = [user('How is the weather?')];
    const first = await bedrock.send(new ConverseCommand({ modelId: claude, messages, toolConfig }));
    expect(first.stopReason).toBe('tool_use');
    const [, { toolUse }] = first.output!.message!.content as any[];
    expect(toolUse).toMatchObject({
      name: 'get_weather',
      input: { city, days: 2 },
      toolUseId: expect.stringMatching(/^tooluse_[A-Za-z0-9]{22}$/),
    });
    messages.push(first.output!.message!, {
      role: 'user',
      content: [{ toolResult: { toolUseId: toolUse.toolUseId, content: [{ text: weather }] } }],
    });
    const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId: claude, messages, toolConfig }));
    expect(await textOf(stream!)).toBe(`In ${city} it is ${weather}.`);
    messages.push({ role: 'assistant', content: [{ text: 'It is so.' }] }, user('thank you'));
    expect(
      (await bedrock.send(new ConverseCommand({ modelId: claude, messages, toolConfig }))).output!.message!.content,
    ).toEqual([{ text: 'You are welcome.' }]);
  });

  it('says which turn does not fit, and why', async () => {
    await set(script(word()));
    const ask = (messages: Message[]) => bedrock.send(new ConverseCommand({ modelId: claude, messages, toolConfig }));
    const spoken: Message = { role: 'assistant', content: [{ text: 'x' }] };
    await expect(ask([user('a'), spoken, user('b')])).rejects.toThrow(
      /At turn 2 of the script of rule agent: the turn before it used get_weather/,
    );
    await expect(ask([user('a'), spoken, user('b'), spoken, user('never mind')])).rejects.toThrow(
      /turn 3 of the script of rule agent expects the user to say "thank"; they said "never mind"/,
    );
    await expect(ask([user('a'), spoken, user('b'), spoken, user('c'), spoken, user('d')])).rejects.toThrow(
      'The conversation is at turn 4; the script of rule agent has 3.',
    );
  });
});

describe('which calls a rule is for', () => {
  it('is told by place in the input, header, body, principal, account and region', async () => {
    const { user: makeUser } = identities(outcrop);
    const ann = await makeUser(
      `ann-${word()}`,
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    );
    await set(
      { id: 'ann', principal: `*:user/${ann.name}`, service: 'sts', answer: { UserId: 'ann' } },
      { id: 'eu', region: 'eu-*', service: 'sts', answer: { UserId: 'eu' } },
      {
        id: 'agent',
        header: { 'user-agent': { contains: 'special-agent' } },
        service: 'sts',
        answer: { UserId: 'agent' },
      },
      { id: 'many', input: { '$.inferenceConfig.maxTokens': { gte: 100, lt: 200 } }, say: 'many' },
      {
        id: 'some',
        input: { '$.messages[*].content[*].text': { in: ['a', 'b'] }, '$.system': { exists: false } },
        say: 'some',
      },
      { id: 'body', body: '"temperature": ?0\\.7', say: 'body' },
      { id: 'not', input: { '$.inferenceConfig.topP': { not: 0.5, exists: true } }, say: 'not' },
    );
    const who = async (settings: object) =>
      (await new STSClient({ ...once, ...settings }).send(new GetCallerIdentityCommand())).UserId;
    expect(await who({})).toBe('000000000000');
    expect(await who({ credentials: ann.clients.credentials })).toBe('ann');
    expect(await who({ region: 'eu-west-1' })).toBe('eu');
    expect(await who({ customUserAgent: 'special-agent' })).toBe('agent');
    const said = async (more: object, text = 'x') =>
      (await bedrock.send(new ConverseCommand({ modelId: claude, messages: [user(text)], ...more }))).output!.message!
        .content![0]!.text;
    expect(await said({ inferenceConfig: { maxTokens: 150 } })).toBe('many');
    expect(await said({ inferenceConfig: { maxTokens: 200 } }, 'b')).toBe('some');
    expect(await said({ system: [{ text: 's' }], inferenceConfig: { temperature: 0.7 } }, 'b')).toBe('body');
    expect(await said({ inferenceConfig: { topP: 0.4 } })).toBe('not');
    expect(await said({ inferenceConfig: { topP: 0.5 } })).not.toBe('not');
  });

  it('is told by count: nth, every, after, times', async () => {
    const run = async (rule: Rule, calls = 8) => {
      await outcrop.rules.clear();
      await set({ service: 'sts', answer: { UserId: '{{nth}}' }, ...rule });
      const out: string[] = [];
      for (let call = 0; call < calls; call++)
        out.push((await sts.send(new GetCallerIdentityCommand())).UserId!.replace('000000000000', '-'));
      return out.join('');
    };
    expect(await run({ nth: 3 })).toBe('--3-----');
    expect(await run({ nth: [2, 4] })).toBe('-2-4----');
    expect(await run({ every: 3 })).toBe('--3--6--');
    expect(await run({ after: 5 })).toBe('-----678');
    expect(await run({ times: 2 })).toBe('12------');
    expect(await run({ after: 1, every: 2, times: 2 })).toBe('--3-5---');
  });

  it('is told by the state of a scenario, which rules move on', async () => {
    // oxlint-disable unicorn/no-thenable -- rules, never awaited as such
    await set(
      { service: 'sts', when: { state: 'start' }, then: { state: 'paid' }, answer: { UserId: 'ordered' } },
      { service: 'sts', when: { state: 'paid' }, then: { state: 'done' }, nth: 2, answer: { UserId: 'shipped' } },
      { service: 'sts', when: { state: ['paid', 'done'] }, answer: { UserId: 'waiting' } },
    );
    // oxlint-enable unicorn/no-thenable
    const seen: string[] = [];
    for (let call = 0; call < 5; call++) seen.push((await sts.send(new GetCallerIdentityCommand())).UserId!);
    expect(seen).toEqual(['ordered', 'waiting', 'shipped', 'waiting', 'waiting']);
  });

  it('goes to the first that matches, the higher priority first', async () => {
    await set(
      { id: 'low', service: 'sts', priority: -1, answer: { UserId: 'low' } },
      { id: 'off', service: 'sts', enabled: false, answer: { UserId: 'off' } },
      { id: 'first', service: 'sts', times: 1, answer: { UserId: 'first' } },
      { id: 'second', service: 'sts', times: 1, answer: { UserId: 'second' } },
      { id: 'high', service: 'sts', times: 1, priority: 5, answer: { UserId: 'high' } },
    );
    const seen: string[] = [];
    for (let call = 0; call < 4; call++) seen.push((await sts.send(new GetCallerIdentityCommand())).UserId!);
    expect(seen).toEqual(['high', 'first', 'second', 'low']);
    expect(await outcrop.rules.list()).toMatchObject([
      { id: 'high', used: 1, source: 'api', last: [{ service: 'sts', operation: 'GetCallerIdentity' }] },
      { id: 'off', used: 0 },
      { id: 'first', used: 1 },
      { id: 'second', used: 1 },
      { id: 'low', used: 1 },
    ]);
  });
});

describe('a sequence', () => {
  it.each([
    ['last', ['a', 'Throttling', 'c', 'c', 'c']],
    ['loop', ['a', 'Throttling', 'c', 'a', 'Throttling']],
    ['compute', ['a', 'Throttling', 'c', '000000000000', '000000000000']],
    ['error', ['a', 'Throttling', 'c', 'OutcropRuleError', 'OutcropRuleError']],
  ] as const)('answers one after another, then: %s', async (sequenceEnd, expected) => {
    await set({
      service: 'sts',
      operation: 'GetCallerIdentity',
      sequence: [{ answer: { UserId: 'a' } }, { fault: 'throttle' }, { answer: { UserId: 'c' }, delay: 1 }],
      sequenceEnd,
    });
    const seen: string[] = [];
    for (let call = 0; call < 5; call++)
      seen.push(
        await sts.send(new GetCallerIdentityCommand()).then(
          ({ UserId }) => UserId!,
          (error: Error) => error.name,
        ),
      );
    expect(seen).toEqual(expected);
  });
});

describe('a limit', () => {
  it('lets so many requests through in a time of the stack’s clock, counted for each who asks', async () => {
    const requests = 2 + Math.floor(random() * 3);
    await outcrop.clock.freeze();
    await set({ id: 'five', service: 'kms', limit: { requests, per: '1m', by: 'principal' } });
    const { user: makeUser } = identities(outcrop);
    const ann = await makeUser(
      `ann-${word()}`,
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    );
    const ask = (client = kms) =>
      client.send(new ListAliasesCommand()).then(
        () => 'ok',
        (error: Error) => error.name,
      );
    for (let call = 0; call < requests; call++) expect(await ask()).toBe('ok');
    expect(await ask()).toBe('ThrottlingException');
    expect(await ask(new KMSClient(ann.clients))).toBe('ok');
    await outcrop.clock.advance(60_000 / requests + 1);
    expect([await ask(), await ask()]).toEqual(['ok', 'ThrottlingException']);
    await outcrop.clock.advance(60_000);
    for (let call = 0; call < requests; call++) expect(await ask()).toBe('ok');
    expect((await outcrop.rules.list())[0]).toMatchObject({ id: 'five', used: 2 });
    await outcrop.clock.run();
  });

  it('of tokens takes what a call may use at its start, and gives back what it did not', async () => {
    await outcrop.clock.freeze();
    const speak: Rule = {
      id: 'say',
      service: 'bedrock-runtime',
      say: { text: 'x', usage: { inputTokens: 100, outputTokens: 20 } },
    };
    await set(
      { id: 'tokens', service: 'bedrock-runtime', limit: { tokens: 1_000, per: '1m', by: 'model', burndown: 5 } },
      speak,
    );
    const ask = (maxTokens?: number) =>
      bedrock
        .send(
          new ConverseCommand({
            modelId: claude,
            messages: [user('x')],
            ...(maxTokens === undefined ? {} : { inferenceConfig: { maxTokens } }),
          }),
        )
        .then(
          () => 'ok',
          (error: Error) => `${error.name}: ${error.message}`,
        );
    const refused = 'ThrottlingException: Too many tokens, please wait before trying again.';
    // 100 + 901 are more than there are, though the answer is short.
    expect(await ask(901)).toBe(refused);
    // The model's own bound stands where the caller has none.
    expect(await ask()).toBe(refused);
    expect(await ask(900)).toBe('ok');
    // 100 + 5 × 20 were used: 800 are left.
    expect(await ask(701)).toBe(refused);
    expect(await ask(700)).toBe('ok');
    await outcrop.clock.advance(60_000);
    expect(await ask(900)).toBe('ok');
    expect((await outcrop.rules.list())[0]).toMatchObject({ id: 'tokens', used: 3 });
    await outcrop.clock.run();
  });
});

describe('rules', () => {
  it('are added, replaced, removed and cleared one by one', async () => {
    expect(await outcrop.rules.add({ service: 'sts', answer: { UserId: 'one' } })).toBe('rule-1');
    await outcrop.rules.add({ id: 'mine', service: 'sts', answer: { UserId: 'mine' } });
    expect((await sts.send(new GetCallerIdentityCommand())).UserId).toBe('mine');
    await outcrop.rules.add({ id: 'mine', service: 'kms', fault: 'throttle' });
    expect((await sts.send(new GetCallerIdentityCommand())).UserId).toBe('one');
    await expect(outcrop.rules.add({ id: 'mine', service: 'nothing' })).rejects.toThrow('there is no service nothing');
    expect(await outcrop.rules.remove('mine')).toBe(true);
    expect(await outcrop.rules.remove('mine')).toBe(false);
    await expect(kms.send(new DescribeKeyCommand({ KeyId: 'x' }))).rejects.toMatchObject({ name: 'NotFoundException' });
    await outcrop.rules.clear();
    expect(await outcrop.rules.list()).toEqual([]);
    expect((await sts.send(new GetCallerIdentityCommand())).UserId).toBe('000000000000');
  });

  it('that a stack was started with are in effect again after it was emptied', async () => {
    const own = await startForTests({
      rules: [{ id: 'first', service: 'sts', answer: { UserId: 'first' }, times: 1 }],
    });
    const client = new STSClient({ ...own.clients, maxAttempts: 1 });
    const seen = async () => (await client.send(new GetCallerIdentityCommand())).UserId;
    expect([await seen(), await seen()]).toEqual(['first', '000000000000']);
    await own.rules.add({ id: 'later', service: 'sts', answer: { UserId: 'later' } });
    await own.reset();
    expect([await seen(), await seen()]).toEqual(['first', '000000000000']);
    expect(await s3.send(new ListBucketsCommand())).toBeDefined();
  });
});
