import {
  BedrockClient,
  CreateGuardrailCommand,
  CreateInferenceProfileCommand,
  CreatePromptRouterCommand,
  DeleteInferenceProfileCommand,
  DeletePromptRouterCommand,
  DeleteResourcePolicyCommand,
  GetAccountDataRetentionCommand,
  GetGuardrailCommand,
  GetInferenceProfileCommand,
  GetPromptRouterCommand,
  GetResourcePolicyCommand,
  ListInferenceProfilesCommand,
  ListPromptRoutersCommand,
  ListTagsForResourceCommand,
  paginateListInferenceProfiles,
  PutAccountDataRetentionCommand,
  PutResourcePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { identities, refusal } from '../../../tests/identities.ts';
import { startForTests } from '../../../tests/start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let bedrock: BedrockClient;
beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
});

const ACCOUNT = 'arn:aws:bedrock:us-east-1:000000000000';
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const foundation = (id: string, region = 'us-east-1') => `arn:aws:bedrock:${region}::foundation-model/${id}`;

describe('an inference profile', () => {
  it('of AWS is listed with the models of the regions that it goes to, the caller’s region first', async () => {
    const west = new BedrockClient({ ...outcrop.clients, region: 'us-west-2' });
    const profile = await west.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: `us.${HAIKU}` }));
    expect(profile).toMatchObject({
      inferenceProfileArn: `arn:aws:bedrock:us-west-2:000000000000:inference-profile/us.${HAIKU}`,
      inferenceProfileId: `us.${HAIKU}`,
      inferenceProfileName: 'US Anthropic Claude 3 Haiku',
      status: 'ACTIVE',
      type: 'SYSTEM_DEFINED',
      models: [{ modelArn: foundation(HAIKU, 'us-west-2') }, { modelArn: foundation(HAIKU, 'us-east-1') }],
    });
    const { inferenceProfileSummaries } = await west.send(new ListInferenceProfilesCommand({ maxResults: 1_000 }));
    const ids = inferenceProfileSummaries!.map(({ inferenceProfileId }) => inferenceProfileId!);
    expect(ids).toContain(`us.${HAIKU}`);
    expect(ids.filter((id) => !/^(us|global)\./.test(id))).toEqual([]);
    const sonnet = 'global.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const global = await west.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: sonnet }));
    expect(global.models!.map(({ modelArn }) => modelArn)).toContain(foundation(sonnet.slice(7), ''));
    expect(
      await refusal(west.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: `eu.${HAIKU}` }))),
    ).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  it('of one’s own is made from a model or a profile, once for a client token, and has tags', async () => {
    const made = {
      inferenceProfileName: 'Team red-1',
      modelSource: { copyFrom: `${ACCOUNT}:inference-profile/us.${HAIKU}` },
      clientRequestToken: 'token-0001',
      tags: [{ key: 'team', value: 'red' }],
    };
    const { inferenceProfileArn: arn, status } = await bedrock.send(new CreateInferenceProfileCommand(made));
    expect({ arn, status }).toEqual({
      arn: expect.stringMatching(/:application-inference-profile\/[a-z0-9]{12}$/),
      status: 'ACTIVE',
    });
    const again = await bedrock.send(new CreateInferenceProfileCommand(made));
    expect(again.inferenceProfileArn).toBe(arn);
    const got = await bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: arn }));
    expect(got).toMatchObject({
      type: 'APPLICATION',
      models: [{ modelArn: foundation(HAIKU) }, { modelArn: foundation(HAIKU, 'us-west-2') }],
    });
    const list = await bedrock.send(new ListInferenceProfilesCommand({ typeEquals: 'APPLICATION' }));
    expect(list.inferenceProfileSummaries).toMatchObject([{ inferenceProfileArn: arn }]);
    await bedrock.send(new TagResourceCommand({ resourceARN: arn, tags: [{ key: 'stage', value: 'dev' }] }));
    await bedrock.send(new UntagResourceCommand({ resourceARN: arn, tagKeys: ['team', 'nothing'] }));
    const { tags } = await bedrock.send(new ListTagsForResourceCommand({ resourceARN: arn }));
    expect(tags).toEqual([{ key: 'stage', value: 'dev' }]);
    await bedrock.send(new DeleteInferenceProfileCommand({ inferenceProfileIdentifier: arn }));
    for (const gone of [
      bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: arn })),
      bedrock.send(new ListTagsForResourceCommand({ resourceARN: arn })),
    ])
      expect(await refusal(gone)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  it.each([
    foundation('anthropic.claude-3-5-sonnet-20241022-v2:0'),
    foundation('anthropic.claude-3-haiku-20240307-v1:0', 'us-west-2'),
    `${ACCOUNT}:inference-profile/eu.${HAIKU}`,
  ])('cannot be made from %s', async (copyFrom) => {
    const command = new CreateInferenceProfileCommand({ inferenceProfileName: 'x', modelSource: { copyFrom } });
    expect(await refusal(bedrock.send(command))).toEqual({
      name: 'ValidationException',
      message: 'The provided model source is invalid.',
      status: 400,
    });
  });

  it('with tags asks for the right to tag, and a policy may hold it to its tags', async () => {
    const statement = (Action: string, more = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
    const { user } = identities(outcrop);
    const writer = await user(
      'profile-writer',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          statement('bedrock:CreateInferenceProfile'),
          statement('bedrock:GetInferenceProfile', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } }),
        ],
      }),
    );
    const own = new BedrockClient(writer.clients);
    const input = { inferenceProfileName: 'tagged', modelSource: { copyFrom: foundation(HAIKU) } };
    const tags = [{ key: 'team', value: 'blue' }];
    expect(await refusal(own.send(new CreateInferenceProfileCommand({ ...input, tags })))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:TagResource'),
    });
    const untagged = await own.send(new CreateInferenceProfileCommand(input));
    const tagged = await bedrock.send(new CreateInferenceProfileCommand({ ...input, tags }));
    const get = (inferenceProfileIdentifier?: string) =>
      own.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
    expect((await get(tagged.inferenceProfileArn)).inferenceProfileName).toBe('tagged');
    expect(await refusal(get(untagged.inferenceProfileArn))).toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a team that may call models through its own profile alone', () => {
  it('is held to it by its tag and by the profile’s condition key', async () => {
    const profileOf = async (team: string) => {
      const { inferenceProfileArn } = await bedrock.send(
        new CreateInferenceProfileCommand({
          inferenceProfileName: team,
          modelSource: { copyFrom: `${ACCOUNT}:inference-profile/us.${HAIKU}` },
          tags: [{ key: 'team', value: team }],
        }),
      );
      return inferenceProfileArn!;
    };
    const [green, grey] = [await profileOf('green'), await profileOf('grey')];
    const allow = (Resource: string, Condition: object) => ({
      Effect: 'Allow',
      Action: 'bedrock:InvokeModel',
      Resource,
      Condition,
    });
    const { user } = identities(outcrop);
    const member = await user(
      'green-member',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          allow(`${ACCOUNT}:application-inference-profile/*`, { StringEquals: { 'aws:ResourceTag/team': 'green' } }),
          allow('arn:aws:bedrock:*::foundation-model/*', { ArnLike: { 'bedrock:InferenceProfileArn': green } }),
        ],
      }),
    );
    const runtime = new BedrockRuntimeClient(member.clients);
    const ask = (modelId: string) =>
      runtime.send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }));
    expect((await ask(green)).usage!.outputTokens).toBeGreaterThan(0);
    for (const modelId of [grey, HAIKU, `us.${HAIKU}`])
      expect(await refusal(ask(modelId))).toMatchObject({ name: 'AccessDeniedException', status: 403 });
    // A region that an organization or a policy keeps out is kept out of the profile, too.
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
    const kept = await user(
      'kept-in-region',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' },
          { ...deny, Condition: { StringEquals: { 'aws:RequestedRegion': 'us-west-2' } } },
        ],
      }),
    );
    const narrow = new BedrockRuntimeClient(kept.clients);
    const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
    await narrow.send(new ConverseCommand({ modelId: HAIKU, messages }));
    expect(await refusal(narrow.send(new ConverseCommand({ modelId: `us.${HAIKU}`, messages })))).toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('a prompt router', () => {
  const [lite, pro] = ['us.amazon.nova-lite-v1:0', 'us.amazon.nova-pro-v1:0'].map(
    (id) => `${ACCOUNT}:inference-profile/${id}`,
  ) as [string, string];
  const router = {
    promptRouterName: 'Nova of ours',
    models: [{ modelArn: lite }, { modelArn: pro }],
    fallbackModel: { modelArn: pro },
    routingCriteria: { responseQualityDifference: 10 },
  };

  it('is made of two models of a family, listed beside those of AWS, and removed', async () => {
    const { promptRouterArn } = await bedrock.send(new CreatePromptRouterCommand(router));
    const got = await bedrock.send(new GetPromptRouterCommand({ promptRouterArn }));
    expect(got).toMatchObject({ ...router, promptRouterArn, status: 'AVAILABLE', type: 'custom' });
    const { promptRouterSummaries } = await bedrock.send(new ListPromptRoutersCommand({}));
    expect(promptRouterSummaries!.map(({ type }) => type)).toEqual(['default', 'default', 'default', 'custom']);
    const defaultArn = promptRouterSummaries![0]!.promptRouterArn!;
    expect(defaultArn).toBe(`${ACCOUNT}:default-prompt-router/anthropic.claude:1`);
    expect(await refusal(bedrock.send(new CreatePromptRouterCommand(router)))).toMatchObject({
      name: 'ConflictException',
    });
    await bedrock.send(new DeletePromptRouterCommand({ promptRouterArn }));
    expect(await refusal(bedrock.send(new GetPromptRouterCommand({ promptRouterArn })))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    });
  });

  it('of AWS answers, and one of application profiles asks for what is behind them and is metered under them', async () => {
    const ask = (modelId: string, clients = outcrop.clients) =>
      new BedrockRuntimeClient({ ...clients, maxAttempts: 1 }).send(
        new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hello!' }] }] }),
      );
    const own = await ask(`${ACCOUNT}:default-prompt-router/anthropic.claude:1`);
    expect(own.trace?.promptRouter?.invokedModelId).toBe(`${ACCOUNT}:inference-profile/us.${HAIKU}`);
    const profileOf = async (copyFrom: string, team: string) => {
      const { inferenceProfileArn } = await bedrock.send(
        new CreateInferenceProfileCommand({
          inferenceProfileName: team,
          modelSource: { copyFrom },
          tags: [{ key: 'team', value: team }],
        }),
      );
      return inferenceProfileArn!;
    };
    const [small, large] = [await profileOf(lite, 'small'), await profileOf(pro, 'large')];
    const { promptRouterArn } = await bedrock.send(
      new CreatePromptRouterCommand({
        ...router,
        promptRouterName: 'of profiles',
        models: [{ modelArn: small }, { modelArn: large }],
        fallbackModel: { modelArn: large },
      }),
    );
    const { trace, usage } = await ask(promptRouterArn!);
    expect(trace?.promptRouter?.invokedModelId).toBe(small);
    const { lines } = await outcrop.cost();
    const tagged = lines.filter(({ tags }) => tags?.['team'] === 'small');
    expect(tagged.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(usage!.totalTokens);
    const narrow = await identities(outcrop).user(
      'profiles-only',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: [promptRouterArn, small, large] },
          {
            Effect: 'Allow',
            Action: 'bedrock:InvokeModel',
            Resource: 'arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0',
          },
        ],
      }),
    );
    // Whichever model is chosen: all that may be must be allowed.
    expect(await refusal(ask(promptRouterArn!, narrow.clients))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('foundation-model/amazon.nova-pro-v1:0'),
    });
  });

  it.each([
    [{ models: [{ modelArn: lite }] }, 'exactly two different models'],
    [{ models: [{ modelArn: lite }, { modelArn: lite }] }, 'exactly two different models'],
    [{ fallbackModel: { modelArn: foundation(HAIKU) } }, 'must be one of the models'],
    [{ models: [{ modelArn: foundation(HAIKU) }, { modelArn: pro }] }, 'same model family'],
    [{ models: [{ modelArn: foundation('amazon.nova-ultra-v9:0') }, { modelArn: pro }] }, 'is invalid'],
    [{ routingCriteria: { responseQualityDifference: 101 } }, 'less than or equal to 100'],
  ])('is refused with %j', async (wrong, message) => {
    const refused = await refusal(
      bedrock.send(new CreatePromptRouterCommand({ ...router, promptRouterName: 'wrong', ...wrong })),
    );
    expect(refused).toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
  });
});

describe('lists', () => {
  it('come in pages that the paginator goes through, and refuse tokens of elsewhere', async () => {
    const all = await bedrock.send(new ListInferenceProfilesCommand({ maxResults: 1_000 }));
    const paged: unknown[] = [];
    for await (const { inferenceProfileSummaries } of paginateListInferenceProfiles(
      { client: bedrock, pageSize: 7 },
      {},
    ))
      paged.push(...inferenceProfileSummaries!);
    expect(paged).toEqual(all.inferenceProfileSummaries);
    expect(paged.length).toBeGreaterThan(30);
    expect(await refusal(bedrock.send(new ListInferenceProfilesCommand({ nextToken: 'AAAA' })))).toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('a resource policy', () => {
  it('decides on a guardrail and its versions, with the caller’s own', async () => {
    const { guardrailArn, guardrailId } = await bedrock.send(
      new CreateGuardrailCommand({
        name: 'shared',
        blockedInputMessaging: 'No.',
        blockedOutputsMessaging: 'No.',
        wordPolicyConfig: { wordsConfig: [{ text: 'forbidden' }] },
      }),
    );
    const resourceArn = guardrailArn!;
    expect(await refusal(bedrock.send(new GetResourcePolicyCommand({ resourceArn })))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const { user } = identities(outcrop);
    const outsider = await user('outsider');
    const reads = new BedrockClient(outsider.clients);
    const get = () => reads.send(new GetGuardrailCommand({ guardrailIdentifier: guardrailId }));
    expect(await refusal(get())).toMatchObject({ name: 'AccessDeniedException' });
    const policyOf = (Effect: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect, Principal: { AWS: outsider.arn }, Action: 'bedrock:GetGuardrail', Resource: resourceArn },
        ],
      });
    const put = (resourcePolicy: string, arn = resourceArn) =>
      bedrock.send(new PutResourcePolicyCommand({ resourceArn: arn, resourcePolicy }));
    expect((await put(policyOf('Allow'))).resourceArn).toBe(resourceArn);
    const { resourcePolicy } = await bedrock.send(new GetResourcePolicyCommand({ resourceArn }));
    expect(resourcePolicy).toBe(policyOf('Allow'));
    expect((await get()).name).toBe('shared');
    await put(policyOf('Deny'));
    expect(await refusal(get())).toMatchObject({ name: 'AccessDeniedException' });
    await put(policyOf('Allow'));
    await bedrock.send(new DeleteResourcePolicyCommand({ resourceArn }));
    expect(await refusal(get())).toMatchObject({ name: 'AccessDeniedException' });
    for (const wrong of [
      put('{"Statement": 1}'),
      put(policyOf('Allow'), `${ACCOUNT}:prompt-router/abcdefghijkl`),
      put(policyOf('Allow'), `${resourceArn}:1`),
    ])
      expect(await refusal(wrong)).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(put(policyOf('Allow'), `${ACCOUNT}:guardrail/nothinghere1`))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('data retention', () => {
  it('is as it was set, and a policy may hold whoever sets it to a mode', async () => {
    expect(await bedrock.send(new GetAccountDataRetentionCommand({}))).toMatchObject({ mode: 'default' });
    const { user } = identities(outcrop);
    const statement = {
      Effect: 'Allow',
      Action: 'bedrock:PutAccountDataRetention',
      Resource: '*',
      Condition: { StringEquals: { 'bedrock:DataRetentionMode': 'none' } },
    };
    const setter = await user('setter', JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    const own = new BedrockClient(setter.clients);
    expect(await refusal(own.send(new PutAccountDataRetentionCommand({ mode: 'inherit' })))).toMatchObject({
      name: 'AccessDeniedException',
    });
    await own.send(new PutAccountDataRetentionCommand({ mode: 'none' }));
    const { mode, updatedAt } = await bedrock.send(new GetAccountDataRetentionCommand({}));
    expect({ mode, isDate: updatedAt instanceof Date }).toEqual({ mode: 'none', isDate: true });
  });
});
