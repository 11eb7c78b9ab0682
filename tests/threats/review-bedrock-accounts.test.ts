import {
  BedrockClient,
  CreateEvaluationJobCommand,
  CreateGuardrailCommand,
  CreateInferenceProfileCommand,
  CreatePromptRouterCommand,
  CreateProvisionedModelThroughputCommand,
  DeleteGuardrailCommand,
  DeleteInferenceProfileCommand,
  DeletePromptRouterCommand,
  DeleteProvisionedModelThroughputCommand,
  GetGuardrailCommand,
  GetInferenceProfileCommand,
  GetPromptRouterCommand,
  GetProvisionedModelThroughputCommand,
  ListGuardrailsCommand,
  ListInferenceProfilesCommand,
  ListPromptRoutersCommand,
  ListProvisionedModelThroughputsCommand,
  ListTagsForResourceCommand,
  PutResourcePolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { beforeAll, describe, expect, it } from 'vitest';
import { people } from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';
import { accountsOf } from '../accounts.ts';
import { shortTermKey } from '../api-key.ts';
import { refusal } from '../identities.ts';
import { startForTests } from '../start.ts';

const SONNET = 'anthropic.claude-3-5-sonnet-20240620-v1:0';
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let stranger: BedrockClient;
let runtime: BedrockRuntimeClient;
let clients: Parameters<typeof shortTermKey>[0];
const arns: Record<'profile' | 'router' | 'provisioned' | 'guardrail', string> = {
  profile: '',
  router: '',
  provisioned: '',
  guardrail: '',
};

beforeAll(async () => {
  outcrop = await startForTests();
  const owner = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  const foundation = (id: string) => `arn:aws:bedrock:${outcrop.region}::foundation-model/${id}`;
  const profile = await owner.send(
    new CreateInferenceProfileCommand({ inferenceProfileName: 'ours', modelSource: { copyFrom: foundation(HAIKU) } }),
  );
  arns.profile = profile.inferenceProfileArn!;
  const router = await owner.send(
    new CreatePromptRouterCommand({
      promptRouterName: 'ours',
      models: [{ modelArn: foundation(HAIKU) }, { modelArn: foundation(SONNET) }],
      fallbackModel: { modelArn: foundation(SONNET) },
      routingCriteria: { responseQualityDifference: 10 },
    }),
  );
  arns.router = router.promptRouterArn!;
  const provisioned = await owner.send(
    new CreateProvisionedModelThroughputCommand({ provisionedModelName: 'ours', modelId: HAIKU, modelUnits: 1 }),
  );
  arns.provisioned = provisioned.provisionedModelArn!;
  const guardrail = await owner.send(
    new CreateGuardrailCommand({
      name: 'ours',
      blockedInputMessaging: 'in',
      blockedOutputsMessaging: 'out',
      wordPolicyConfig: { wordsConfig: [{ text: 'mango' }] },
    }),
  );
  arns.guardrail = guardrail.guardrailArn!;
  await outcrop.clock.advance(3_600_000);
  await outcrop.clock.freeze();
  await outcrop.clock.run();
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { createAccount, assume } = accountsOf(outcrop);
  const id = await createAccount();
  const assumed = await assume(id);
  clients = assumed;
  stranger = new BedrockClient({ ...assumed, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...assumed, maxAttempts: 1 });
});

describe('a short-term key of a session', () => {
  it('is good with its session’s own token alone', async () => {
    const list = (credentials: typeof clients.credentials) =>
      fetch(`${outcrop.endpoint}/openai/v1/models`, {
        headers: { authorization: `Bearer ${shortTermKey({ ...clients, credentials })}` },
      });
    const { sessionToken, ...bare } = clients.credentials;
    expect((await list(clients.credentials)).status).toBe(200);
    expect((await list(bare)).status).toBe(403);
    expect((await list({ ...bare, sessionToken: `${sessionToken!.slice(0, -4)}AAAA` })).status).toBe(403);
  });

  it('is nowhere in what is kept of its calls', async () => {
    const token = shortTermKey(clients);
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${outcrop.endpoint}/openai/v1/models`, { headers });
    await fetch(`${outcrop.endpoint}/openai/v1/models`, { headers: { authorization: `Bearer ${token}x` } });
    const kept = JSON.stringify(outcrop.calls(50));
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(clients.credentials.sessionToken!);
    const management = await fetch(`${outcrop.endpoint}/_outcrop/calls`, { headers });
    expect([401, 403]).toContain(management.status);
  });
});

describe('another account, whose administrator may do all in theirs', () => {
  it.each(['profile', 'router', 'provisioned'] as const)('asks nothing of the %s of this one', async (name) => {
    const modelId = arns[name];
    const body = JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    for (const call of [
      () => runtime.send(new ConverseCommand({ modelId, messages })),
      () => runtime.send(new ConverseStreamCommand({ modelId, messages })),
      () => runtime.send(new InvokeModelCommand({ modelId, body })),
      () => runtime.send(new CountTokensCommand({ modelId, input: { converse: { messages } } })),
    ])
      expect((await refusal(call())).name).toBe('AccessDeniedException');
    const ask = (model: string) =>
      fetch(`${outcrop.endpoint}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shortTermKey(clients)}` },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      });
    expect((await ask(HAIKU)).status).toBe(200);
    expect((await ask(modelId)).status).toBe(403);
  });

  it('reads, changes and removes nothing of it', async () => {
    const { profile, router, provisioned, guardrail } = arns;
    const tags = [{ key: 'mine', value: 'now' }];
    for (const call of [
      () => stranger.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: profile })),
      () => stranger.send(new DeleteInferenceProfileCommand({ inferenceProfileIdentifier: profile })),
      () => stranger.send(new GetPromptRouterCommand({ promptRouterArn: router })),
      () => stranger.send(new DeletePromptRouterCommand({ promptRouterArn: router })),
      () => stranger.send(new GetProvisionedModelThroughputCommand({ provisionedModelId: provisioned })),
      () => stranger.send(new DeleteProvisionedModelThroughputCommand({ provisionedModelId: provisioned })),
      () => stranger.send(new GetGuardrailCommand({ guardrailIdentifier: guardrail })),
      () => stranger.send(new DeleteGuardrailCommand({ guardrailIdentifier: guardrail })),
      () =>
        runtime.send(
          new ApplyGuardrailCommand({
            guardrailIdentifier: guardrail,
            guardrailVersion: 'DRAFT',
            source: 'INPUT',
            content: [{ text: { text: 'mango' } }],
          }),
        ),
      () =>
        runtime.send(
          new ConverseCommand({
            modelId: HAIKU,
            messages,
            guardrailConfig: { guardrailIdentifier: guardrail, guardrailVersion: 'DRAFT' },
          }),
        ),
      () => stranger.send(new PutResourcePolicyCommand({ resourceArn: guardrail, resourcePolicy: '{}' })),
      ...Object.values(arns).flatMap((resourceARN) => [
        () => stranger.send(new TagResourceCommand({ resourceARN, tags })),
        () => stranger.send(new ListTagsForResourceCommand({ resourceARN })),
      ]),
    ])
      expect((await refusal(call())).name).toMatch(/^(AccessDenied|ResourceNotFound)Exception$/);
  });

  it('sees none of it in its lists', async () => {
    const lists = [
      await stranger.send(new ListInferenceProfilesCommand({ typeEquals: 'APPLICATION' })),
      await stranger.send(new ListPromptRoutersCommand({ type: 'custom' })),
      await stranger.send(new ListProvisionedModelThroughputsCommand({})),
      await stranger.send(new ListGuardrailsCommand({})),
    ];
    const own = JSON.stringify(lists.map(({ $metadata: _none, ...list }) => list));
    for (const arn of Object.values(arns)) expect(own).not.toContain(arn);
  });

  it('gives no work to the people of it', async () => {
    const { evaluationConfig, inferenceConfig } = people('s3://theirs/prompts.jsonl', { good: 'ThumbsUpDown' });
    const create = new CreateEvaluationJobCommand({
      jobName: 'theirs',
      roleArn: 'arn:aws:iam::111111111111:role/theirs',
      outputDataConfig: { s3Uri: 's3://theirs/out/' },
      evaluationConfig,
      inferenceConfig,
    });
    expect(await refusal(stranger.send(create))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('is not of the account'),
    });
  });
});
