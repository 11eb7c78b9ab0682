import {
  BedrockAgentClient,
  CreatePromptCommand,
  CreatePromptVersionCommand,
  DeletePromptCommand,
  GetPromptCommand,
  ListPromptsCommand,
  ListTagsForResourceCommand,
  paginateListPrompts,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePromptCommand,
  type CreatePromptCommandInput,
  type PromptVariant,
} from '@aws-sdk/client-bedrock-agent';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherAccount } from '../../../tests/accounts.ts';
import { draws } from '../../../tests/draws.ts';
import { identities, policy, refusal } from '../../../tests/identities.ts';
import { startForTests } from '../../../tests/start.ts';
import { beginStream, delta, DONE, sse, startUpstream, usage } from '../../engines/llm/openai/upstream.fixture.ts';
import type { Outcrop } from '../../main.ts';

const { between, pick } = draws('prompts');
const NOVA = 'amazon.nova-lite-v1:0';

/** Answered by a server that keeps what it is asked. */
const BOUND = 'mistral.mistral-large-2402-v1:0';
const upstream = await startUpstream((exchange) => {
  beginStream(exchange);
  exchange.response.end(`${sse(delta({ content: 'Heard.' }))}${sse(delta({}, 'stop'))}${sse(usage(9, 1))}${DONE}`);
});
afterAll(() => upstream.stop());

let outcrop: Outcrop;
let agent: BedrockAgentClient;
let runtime: BedrockRuntimeClient;

beforeAll(async () => {
  outcrop = await startForTests({ models: { 'mistral.mistral-large-2402*': `openai:${upstream.baseUrl}#heard` } });
  agent = new BedrockAgentClient({ ...outcrop.clients, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
});

const textVariant = (text: string, variables: string[], more: Partial<PromptVariant> = {}): PromptVariant => ({
  name: 'v1',
  templateType: 'TEXT',
  templateConfiguration: { text: { text, inputVariables: variables.map((name) => ({ name })) } },
  modelId: NOVA,
  ...more,
});
const FERRY = 'Context: The ferry {{ship}} costs {{price}} euros.\nQuestion: How much does the ferry {{ship}} cost?';
const ferry = textVariant(FERRY, ['ship', 'price']);

let made = 0;
const create = (more: Partial<CreatePromptCommandInput> = {}) =>
  agent.send(new CreatePromptCommand({ name: `prompt-${++made}`, variants: [ferry], defaultVariant: 'v1', ...more }));
const values = (record: Record<string, string>) =>
  Object.fromEntries(Object.entries(record).map(([name, text]) => [name, { text }]));
const run = async (arn: string, variables: Record<string, string>, more: object = {}) => {
  const { output, usage } = await runtime.send(
    new ConverseCommand({ modelId: arn, promptVariables: values(variables), ...more }),
  );
  return { text: output!.message!.content!.map(({ text }) => text ?? '').join(''), usage: usage! };
};

describe('prompts', () => {
  it('are made, told, replaced and removed; a version stays as it was', async () => {
    const inferenceConfiguration = { text: { temperature: 0, maxTokens: 100, stopSequences: ['END'] } };
    const variant = { ...ferry, inferenceConfiguration, metadata: [{ key: 'team', value: 'harbour' }] };
    const first = await create({ description: 'Prices', variants: [variant] });
    expect(first).toMatchObject({
      id: expect.stringMatching(/^[0-9A-Z]{10}$/),
      arn: `arn:aws:bedrock:us-east-1:000000000000:prompt/${first.id}`,
      version: 'DRAFT',
      variants: [variant],
    });
    expect(first.$metadata.httpStatusCode).toBe(201);
    const version = await agent.send(
      new CreatePromptVersionCommand({ promptIdentifier: first.arn, description: 'one' }),
    );
    expect(version).toMatchObject({
      id: first.id,
      arn: `${first.arn}:1`,
      version: '1',
      description: 'one',
      variants: [variant],
    });

    const changed = textVariant('Say {{word}}.', ['word']);
    const name = `${first.name}-new`;
    await agent.send(new UpdatePromptCommand({ promptIdentifier: first.id, name, variants: [changed] }));
    const draft = await agent.send(new GetPromptCommand({ promptIdentifier: first.id }));
    expect(draft).toMatchObject({ name, variants: [changed], createdAt: first.createdAt });
    expect([draft.description, draft.defaultVariant]).toEqual([undefined, undefined]);
    for (const asked of [{ promptIdentifier: first.id, promptVersion: '1' }, { promptIdentifier: `${first.arn}:1` }])
      expect(await agent.send(new GetPromptCommand(asked))).toMatchObject({ version: '1', variants: [variant] });

    const second = await agent.send(new CreatePromptVersionCommand({ promptIdentifier: first.id }));
    expect(second.version).toBe('2');
    const removed = await agent.send(new DeletePromptCommand({ promptIdentifier: first.id, promptVersion: '2' }));
    expect(removed).toMatchObject({ id: first.id, version: '2' });
    // The number of a version that is gone is not given again.
    expect((await agent.send(new CreatePromptVersionCommand({ promptIdentifier: first.id }))).version).toBe('3');
    const { promptSummaries } = await agent.send(new ListPromptsCommand({ promptIdentifier: first.id }));
    expect(new Set(promptSummaries!.map((each) => each.version))).toEqual(new Set(['DRAFT', '1', '3']));
    await agent.send(new DeletePromptCommand({ promptIdentifier: first.id }));
    for (const promptVersion of [undefined, '1', '3'])
      expect(
        await refusal(agent.send(new GetPromptCommand({ promptIdentifier: first.id, promptVersion }))),
      ).toMatchObject({
        name: 'ResourceNotFoundException',
        status: 404,
      });
  });

  it('answer through Converse with their variables filled in, whole and streamed, and with what is said after them', async () => {
    const { arn, id } = await create();
    const { arn: version } = await agent.send(new CreatePromptVersionCommand({ promptIdentifier: id }));
    const ship = pick(['Ardent', 'Bellona', 'Corvus']);
    const price = String(between(10, 99));
    for (const modelId of [arn!, version!]) expect((await run(modelId, { ship, price })).text).toContain(price);
    const { stream } = await runtime.send(
      new ConverseStreamCommand({ modelId: version, promptVariables: values({ ship, price }) }),
    );
    let streamed = '';
    for await (const event of stream!) streamed += event.contentBlockDelta?.delta?.text ?? '';
    expect(streamed).toContain(price);

    const chat: PromptVariant = {
      name: 'talk',
      templateType: 'CHAT',
      modelId: NOVA,
      templateConfiguration: {
        chat: {
          system: [{ text: 'You work for {{firm}}.' }],
          messages: [
            { role: 'user', content: [{ text: 'The ferry {{ship}} costs {{price}} euros.' }] },
            { role: 'assistant', content: [{ text: 'Understood.' }] },
          ],
          inputVariables: ['firm', 'ship', 'price'].map((name) => ({ name })),
        },
      },
    };
    const talk = await create({ variants: [chat], defaultVariant: 'talk' });
    const messages = [{ role: 'user' as const, content: [{ text: `How much does the ferry ${ship} cost?` }] }];
    expect((await run(talk.arn!, { firm: 'Harbour & Sons', ship, price }, { messages })).text).toContain(price);
  });

  it('say the parameters themselves; the request may not', async () => {
    const { arn } = await create({
      variants: [{ ...ferry, inferenceConfiguration: { text: { maxTokens: 2 } } }],
    });
    const { usage } = await run(arn!, { ship: 'Ardent', price: '{{ship}}' });
    expect(usage.outputTokens).toBe(2);
    for (const field of [
      { inferenceConfig: { maxTokens: 9 } },
      { system: [{ text: 'x' }] },
      { toolConfig: { tools: [{ toolSpec: { name: 'x', inputSchema: { json: {} } } }] } },
      { additionalModelRequestFields: { top_k: 1 } },
    ])
      expect(await refusal(run(arn!, { ship: 'a', price: 'b' }, field))).toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining(Object.keys(field)[0]!),
      });
  });

  it('reach the model filled in to the letter, with their tools and what the request adds; a value is never a variable of its own', async () => {
    const word = pick(['zorbex', 'quillon', 'marrow']);
    const text = { text: { text: '{{a}} and {{b}}, {{unknown}}', inputVariables: [{ name: 'a' }, { name: 'b' }] } };
    const inference = { text: { maxTokens: 77, temperature: 0.25, topP: 0.5, stopSequences: ['END'] } };
    const plain = { name: 'v1', templateType: 'TEXT' as const, templateConfiguration: text, modelId: BOUND };
    const { arn } = await create({ variants: [{ ...plain, inferenceConfiguration: inference }] });
    expect((await run(arn!, { a: '{{b}}', b: `$& ${word}` })).text).toBe('Heard.');
    expect(upstream.exchanges.at(-1)!.body).toMatchObject({
      messages: [{ role: 'user', content: `{{b}} and $& ${word}, {{unknown}}` }],
      temperature: 0.25,
      top_p: 0.5,
      stop: ['END'],
    });
    expect(JSON.stringify(upstream.exchanges.at(-1)!.body)).toMatch(/"max_(completion_)?tokens":77/);

    const inputSchema = { json: { type: 'object', properties: { ship: { type: 'string' } } } };
    const chat: PromptVariant = {
      name: 'talk',
      templateType: 'CHAT',
      modelId: BOUND,
      templateConfiguration: {
        chat: {
          system: [{ text: 'You work for {{firm}}.' }],
          messages: [
            { role: 'user', content: [{ text: 'Say {{word}}.' }] },
            { role: 'assistant', content: [{ text: 'No.' }] },
          ],
          toolConfiguration: { tools: [{ toolSpec: { name: 'berth', description: 'Where', inputSchema } }] },
          inputVariables: [{ name: 'firm' }, { name: 'word' }],
        },
      },
    };
    const talk = await create({ variants: [chat], defaultVariant: 'talk' });
    const messages = [{ role: 'user' as const, content: [{ text: 'Please, {{word}}.' }] }];
    await run(talk.arn!, { firm: 'Harbour & Sons', word }, { messages });
    const { body } = upstream.exchanges.at(-1)!;
    expect(body['messages']).toEqual([
      { role: 'system', content: 'You work for Harbour & Sons.' },
      { role: 'user', content: `Say ${word}.` },
      { role: 'assistant', content: 'No.' },
      { role: 'user', content: 'Please, {{word}}.' },
    ]);
    expect(body['tools']).toMatchObject([{ function: { name: 'berth', description: 'Where' } }]);
  });

  it.each([
    ['a value that is missing', { ship: 'Ardent' }, 'ValidationException', 'price'],
    ['a value of no variable', { ship: 'a', price: 'b', crew: 'c' }, 'ValidationException', 'crew'],
  ])('refuse %s', async (_, given, name, message) => {
    const { arn } = await create();
    expect(await refusal(run(arn!, given))).toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('are refused where they cannot be made or used so, by name', async () => {
    const { arn, name } = await create();
    const wrong: [() => Promise<unknown>, string][] = [
      [() => create({ name: name! }), 'ConflictException'],
      [() => create({ defaultVariant: 'other' }), 'ValidationException'],
      [() => create({ variants: [{ ...ferry, templateType: 'CHAT' }] }), 'ValidationException'],
      [() => create({ name: 'no blanks please' }), 'ValidationException'],
      [() => create({ tags: { 'aws:mine': 'x' } }), 'ValidationException'],
      [
        () =>
          create({ variants: [{ ...ferry, templateConfiguration: { text: { text: 'x', inputVariables: [{}] } } }] }),
        'ValidationException',
      ],
      [() => agent.send(new CreatePromptVersionCommand({ promptIdentifier: `${arn}:1` })), 'ValidationException'],
      [() => run(`${arn}:7`, { ship: 'a', price: 'b' }), 'ResourceNotFoundException'],
      [() => runtime.send(new InvokeModelCommand({ modelId: arn, body: '{}' })), 'NotImplemented'],
      [
        () =>
          create({
            variants: [
              {
                ...ferry,
                genAiResource: {
                  agent: {
                    agentIdentifier: 'arn:aws:bedrock:us-east-1:000000000000:agent-alias/ABCDEFGHIJ/KLMNOPQRST',
                  },
                },
              },
            ],
          }),
        'NotImplemented',
      ],
    ];
    for (const [call, expected] of wrong) expect((await refusal(call())).name).toBe(expected);
    const { arn: without } = await create({ variants: [{ ...ferry, modelId: undefined }] });
    expect(await refusal(run(without!, { ship: 'a', price: 'b' }))).toMatchObject({
      message: expect.stringContaining('has no model'),
    });
  });

  it('are listed by page, made once for a token, and carry tags', async () => {
    const clientToken = `token-${'x'.repeat(40)}`;
    const [one, two] = [await create({ name: 'once', clientToken }), await create({ name: 'once', clientToken })];
    expect(two.id).toBe(one.id);
    await create();
    const found: string[] = [];
    for await (const { promptSummaries } of paginateListPrompts({ client: agent, pageSize: 2 }, {}))
      found.push(...promptSummaries!.map(({ id }) => id!));
    expect(new Set(found).size).toBe(found.length);
    expect(found).toContain(one.id);
    const { arn } = await create({ tags: { team: 'harbour', stage: 'test' } });
    await agent.send(new TagResourceCommand({ resourceArn: arn, tags: { stage: 'live' } }));
    await agent.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['team'] }));
    expect((await agent.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({ stage: 'live' });
  });

  it('ask for RenderPrompt and for the model behind them, and are those of their own account', async () => {
    const { arn } = await create();
    const promptVariables = values({ ship: 'Ardent', price: '7' });
    const may = async (name: string, ...statements: { Effect: string; Action: string; Resource: string }[]) =>
      new BedrockRuntimeClient((await identities(outcrop).user(name, policy(...statements))).clients);
    const ask = (client: BedrockRuntimeClient) => client.send(new ConverseCommand({ modelId: arn, promptVariables }));
    const render = { Effect: 'Allow', Action: 'bedrock:RenderPrompt', Resource: arn! };
    const resource = `arn:aws:bedrock:*::foundation-model/${NOVA}`;
    const model = { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: resource };
    expect(await refusal(ask(await may('renders', render)))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:InvokeModel'),
    });
    expect(await refusal(ask(await may('invokes', model)))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:RenderPrompt'),
    });
    expect((await ask(await may('both', render, model))).stopReason).toBe('end_turn');
    const stranger = await otherAccount(outcrop);
    const theirs = new BedrockRuntimeClient({ ...stranger.clients, maxAttempts: 1 });
    expect((await refusal(ask(theirs))).name).toMatch(/AccessDenied|ResourceNotFound/);
    const reads = new BedrockAgentClient({ ...stranger.clients, maxAttempts: 1 }).send(
      new GetPromptCommand({ promptIdentifier: arn }),
    );
    expect((await refusal(reads)).name).toMatch(/AccessDenied|ResourceNotFound/);
  });
});
