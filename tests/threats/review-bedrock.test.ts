import {
  BedrockClient,
  type AccountEnforcedGuardrailInferenceInputConfiguration,
  CreateGuardrailCommand,
  CreateGuardrailVersionCommand,
  DeleteEnforcedGuardrailConfigurationCommand,
  PutEnforcedGuardrailConfigurationCommand,
} from '@aws-sdk/client-bedrock';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  InvokeModelCommand,
  type ContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortTermKey } from '../api-key.ts';
import { identities, policy, refusal } from '../identities.ts';
import { startForTests } from '../start.ts';

const MODEL = 'openai.gpt-oss-20b-1:0';
const FORBIDDEN = 'mango-4711';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let people: ReturnType<typeof identities>;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
let guardrail: { id: string; version: string };

beforeAll(async () => {
  outcrop = await startForTests();
  people = identities(outcrop);
  bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  const { guardrailId } = await bedrock.send(
    new CreateGuardrailCommand({
      name: 'codes',
      blockedInputMessaging: 'No codes in.',
      blockedOutputsMessaging: 'No codes out.',
      sensitiveInformationPolicyConfig: {
        regexesConfig: [{ name: 'code', pattern: 'mango-\\d+', action: 'BLOCK' }],
      },
    }),
  );
  const { version } = await bedrock.send(new CreateGuardrailVersionCommand({ guardrailIdentifier: guardrailId! }));
  guardrail = { id: guardrailId!, version: version! };
});

const post = (
  path: string,
  body: string,
  headers: Record<string, string> = {},
  token = shortTermKey(outcrop.clients),
) =>
  fetch(`${outcrop.endpoint}/openai/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });

describe('a short-term API key', () => {
  it('is for the region that it was signed for, whatever is written behind it', async () => {
    const { clients } = await people.user(
      'rita',
      policy(
        { Effect: 'Allow', Action: 'bedrock:CallWithBearerToken', Resource: '*' },
        { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: 'arn:aws:bedrock:us-west-2::foundation-model/*' },
      ),
    );
    const key = shortTermKey({ ...clients, region: 'us-east-1' });
    const ask = (token: string) =>
      post(
        '/chat/completions',
        JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] }),
        {},
        token,
      );
    expect((await ask(shortTermKey({ ...clients, region: 'us-west-2' }))).status).toBe(200);
    expect((await ask(key)).status).toBe(403);
    const scope = `${clients.credentials.accessKeyId}/20261120/us-west-2/bedrock/aws4_request`;
    for (const end of ['', '=']) expect((await ask(`${key}${end} Credential=${scope}`)).status).toBe(403);
  });
});

describe('a policy that demands a guardrail', () => {
  it('is not met by an empty name of one', async () => {
    const { clients } = await people.user(
      'gina',
      policy(
        { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'bedrock:InvokeModel',
          Resource: '*',
          Condition: { Null: { 'bedrock:GuardrailIdentifier': 'true' } },
        },
      ),
    );
    const client = new BedrockRuntimeClient(clients);
    const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
    const ask = (guardrailIdentifier: string, guardrailVersion: string) =>
      client.send(
        new ConverseCommand({ modelId: MODEL, messages, guardrailConfig: { guardrailIdentifier, guardrailVersion } }),
      );
    expect((await ask(guardrail.id, guardrail.version)).output).toBeDefined();
    expect((await refusal(ask('', ''))).name).toBe('AccessDeniedException');
    expect((await refusal(ask('', '1'))).name).toBe('AccessDeniedException');
  });
});

describe('a guardrail in a conversation', () => {
  const may = (...statements: Record<string, unknown>[]) =>
    policy({ Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*' }, ...statements);
  const ask = (clients: ConstructorParameters<typeof BedrockRuntimeClient>[0], name = guardrail) =>
    new BedrockRuntimeClient(clients!).send(
      new ConverseCommand({
        modelId: MODEL,
        messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
        guardrailConfig: { guardrailIdentifier: name.id, guardrailVersion: name.version },
      }),
    );

  it('asks for the right to apply it, beside the right to the model', async () => {
    const { clients: without } = await people.user('gus', may());
    expect(await refusal(ask(without))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:ApplyGuardrail'),
    });
    const resource = `arn:aws:bedrock:${outcrop.region}:000000000000:guardrail/${guardrail.id}`;
    const { clients } = await people.user(
      'greta',
      may({ Effect: 'Allow', Action: 'bedrock:ApplyGuardrail', Resource: resource }),
    );
    expect((await ask(clients)).output).toBeDefined();
  });

  it('does not reason by the policies of another account', async () => {
    const foreign = `arn:aws:bedrock:${outcrop.region}:222222222222:automated-reasoning-policy/abcdefghijkl:1`;
    const made = await bedrock.send(
      new CreateGuardrailCommand({
        name: 'reasoning',
        blockedInputMessaging: 'in',
        blockedOutputsMessaging: 'out',
        automatedReasoningPolicyConfig: { policies: [foreign] },
        crossRegionConfig: { guardrailProfileIdentifier: 'us.guardrail.v1:0' },
      }),
    );
    const name = { id: made.guardrailId!, version: 'DRAFT' };
    expect(await refusal(ask({ ...outcrop.clients, maxAttempts: 1 }, name))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:InvokeAutomatedReasoningPolicy'),
    });
  });
});

describe('an enforced guardrail', () => {
  const enforce = (more: Partial<AccountEnforcedGuardrailInferenceInputConfiguration> = {}) =>
    bedrock.send(
      new PutEnforcedGuardrailConfigurationCommand({
        guardrailInferenceConfig: {
          guardrailIdentifier: guardrail.id,
          guardrailVersion: guardrail.version,
          ...more,
        },
      }),
    );
  const lift = (configId: string | undefined) =>
    bedrock.send(new DeleteEnforcedGuardrailConfigurationCommand({ configId: configId! }));
  const ask = async (content: ContentBlock[], system?: { text: string }[]) =>
    (
      await runtime.send(
        new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content }], ...(system ? { system } : {}) }),
      )
    ).stopReason;

  it('that is comprehensive looks at all that is said, whatever the caller marks it as', async () => {
    const { configId } = await enforce();
    try {
      const text = `The code is ${FORBIDDEN}.`;
      expect(await ask([{ text: 'Hello' }])).toBe('end_turn');
      expect(await ask([{ text }])).toBe('guardrail_intervened');
      for (const qualifiers of [['query'], ['grounding_source'], ['guard_content']] as const)
        expect(
          await ask([{ guardContent: { text: { text, qualifiers: [...qualifiers] } } }, { text: 'Hello' }]),
          String(qualifiers),
        ).toBe('guardrail_intervened');
      expect(await ask([{ guardContent: { text: { text: 'Hello' } } }, { text }])).toBe('guardrail_intervened');
    } finally {
      await lift(configId);
    }
  });

  it('that is comprehensive for system texts alone looks at them whatever is marked in messages', async () => {
    const { configId } = await enforce({
      selectiveContentGuarding: { system: 'COMPREHENSIVE', messages: 'SELECTIVE' },
    });
    try {
      const system = [{ text: `The code is ${FORBIDDEN}.` }];
      expect(await ask([{ text: 'Hello' }], system)).toBe('guardrail_intervened');
      expect(await ask([{ guardContent: { text: { text: 'Hello' } } }], system)).toBe('guardrail_intervened');
    } finally {
      await lift(configId);
    }
  });

  it('is one of the account: naming another account’s is refused, not ignored', async () => {
    const guardrailIdentifier = `arn:aws:bedrock:${outcrop.region}:222222222222:guardrail/${guardrail.id}`;
    expect((await refusal(enforce({ guardrailIdentifier }))).name).toMatch(/ResourceNotFound|AccessDenied|Validation/);
  });

  it('holds for the OpenAI-compatible face and for native bodies with tags', async () => {
    const { configId } = await enforce();
    try {
      const answer = await post(
        '/chat/completions',
        JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: `It is ${FORBIDDEN}` }] }),
      );
      expect(await answer.json()).toMatchObject({ choices: [{ finish_reason: 'content_filter' }] });
      const tag = 'amazon-bedrock-guardrails-guardContent_x1';
      const { body } = await runtime.send(
        new InvokeModelCommand({
          modelId: MODEL,
          contentType: 'application/json',
          body: JSON.stringify({
            messages: [{ role: 'user', content: `<${tag}>Hello</${tag}> It is ${FORBIDDEN}` }],
            'amazon-bedrock-guardrailConfig': { tagSuffix: 'x1' },
          }),
        }),
      );
      expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
        'amazon-bedrock-guardrailAction': 'INTERVENED',
      });
    } finally {
      await lift(configId);
    }
  });
});

describe('the OpenAI-compatible face', () => {
  const messages = [{ role: 'user', content: `The code is ${FORBIDDEN}.` }];

  it('applies the guardrail that its headers name, and refuses half of one', async () => {
    const headers = {
      'x-amzn-bedrock-guardrailidentifier': guardrail.id,
      'x-amzn-bedrock-guardrailversion': guardrail.version,
    };
    for (const stream of [false, true]) {
      const answer = await post('/chat/completions', JSON.stringify({ model: MODEL, messages, stream }), headers);
      expect(await answer.text()).toContain('"finish_reason":"content_filter"');
    }
    const half = { 'x-amzn-bedrock-guardrailidentifier': guardrail.id };
    expect((await post('/chat/completions', JSON.stringify({ model: MODEL, messages }), half)).status).toBe(400);
    const none = { ...headers, 'x-amzn-bedrock-guardrailversion': '99' };
    expect((await post('/chat/completions', JSON.stringify({ model: MODEL, messages }), none)).status).toBe(404);
  });

  it.each([
    'null',
    '[]',
    '"text"',
    '{',
    '{"model":7}',
    '{"messages":[null]}',
    '{"messages":["text"]}',
    '{"messages":[{"role":"user","content":[null]}]}',
    '{"messages":[{"role":"assistant","tool_calls":5}]}',
    '{"messages":[{"role":"assistant","tool_calls":[null]}]}',
    '{"messages":[{"role":"user","content":"x"}],"tools":{}}',
    '{"messages":[{"role":"user","content":"x"}],"tools":[null]}',
    '{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}',
    '{"messages":[{"role":"user","content":"x"}],"stop":[5]}',
    '{"messages":[{"role":"user","content":"x"}],"stop":5}',
    '{"messages":[{"role":"user","content":"x"}],"response_format":5}',
    '{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":5}}',
    '{"messages":[{"role":"user","content":"x"}],"reasoning_effort":{}}',
    `{"messages":[{"role":"user","content":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`,
  ])('refuses the body %#, and does not fail over it', async (body) => {
    const given = body.startsWith('{"messages"') ? body.replace('{', `{"model":"${MODEL}",`) : body;
    const answer = await post('/chat/completions', given);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('"error"')]);
  });

  it.each([
    '{"input":[null]}',
    '{"input":["x"]}',
    '{"input":[{"role":"user","content":[5]}]}',
    '{"input":"x","tools":[null]}',
    '{"input":"x","tools":5}',
    '{"input":"x","text":{"format":5}}',
    '{"input":"x","reasoning":5}',
    '{"input":"x","previous_response_id":{}}',
  ])('refuses the request %# for a response likewise', async (body) => {
    const answer = await post('/responses', body.replace('{', `{"model":"${MODEL}",`));
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('"error"')]);
  });

  it('tells what a model said to those alone who may ask that model', async () => {
    const answer = await post('/responses', JSON.stringify({ model: MODEL, input: 'The word is ferry. Repeat it.' }));
    const { id } = (await answer.json()) as { id: string };
    const on = (model: string) =>
      policy(
        { Effect: 'Allow', Action: 'bedrock:CallWithBearerToken', Resource: '*' },
        { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: `arn:aws:bedrock:*::foundation-model/${model}` },
      );
    const { clients: other } = await people.user('olga', on('amazon.nova-micro-v1:0'));
    const { clients: same } = await people.user('sam', on(MODEL));
    const get = (clients: typeof other) =>
      fetch(`${outcrop.endpoint}/openai/v1/responses/${id}`, {
        headers: { authorization: `Bearer ${shortTermKey(clients)}` },
      });
    expect((await get(other)).status).toBe(403);
    expect((await get(same)).status).toBe(200);
    const body = { model: 'amazon.nova-micro-v1:0', input: 'Again?', previous_response_id: id };
    expect((await post('/responses', JSON.stringify(body), {}, shortTermKey(other))).status).toBe(403);
  });

  it('leaves objects of S3 alone whose keys begin as its paths do', async () => {
    const bucket = 'openai';
    const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'v1/models', Body: 'mine' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'v1/models' }));
    expect(await Body!.transformToString()).toBe('mine');
  });

  it('is not driven by pages of other sites, nor without credentials', async () => {
    const body = JSON.stringify({ model: MODEL, messages });
    const headers = { origin: 'https://evil.example' };
    const foreign = await post('/chat/completions', body, headers);
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const none = await fetch(`${outcrop.endpoint}/openai/v1/chat/completions`, { method: 'POST', body });
    expect([401, 403]).toContain(none.status);
  });
});
