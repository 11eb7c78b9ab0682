import { readFileSync } from 'node:fs';
import {
  BedrockClient,
  CreateFoundationModelAgreementCommand,
  CreateInferenceProfileCommand,
  CreatePromptRouterCommand,
  DeleteFoundationModelAgreementCommand,
  GetFoundationModelAvailabilityCommand,
  GetFoundationModelCommand,
  GetUseCaseForModelAccessCommand,
  ListFoundationModelAgreementOffersCommand,
  ListFoundationModelsCommand,
  PutUseCaseForModelAccessCommand,
  type FoundationModelDetails,
  type ListFoundationModelsCommandInput,
} from '@aws-sdk/client-bedrock';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { beforeAll, describe, expect, it } from 'vitest';
import { allow, identities, refusal } from '../identities.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const { random, pick } = draws('bedrock-catalog');

let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;

beforeAll(async () => {
  const { clients } = await startForTests();
  bedrock = new BedrockClient(clients);
  runtime = new BedrockRuntimeClient(clients);
});

/** The windows that the documentation states, by model id. */
function statedWindows(): Map<string, number> {
  const page = readFileSync(new URL('../../docs/services/bedrock.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| `([^`]+)` \|[^\n]*?\| ([\d,]+) \| [\d,]+ \|/gm);
  return new Map([...rows].map(([, id, tokens]) => [id!, Number(tokens!.replaceAll(',', ''))]));
}

describe('bedrock-catalog', () => {
  it('bedrock-catalog.1: filters agree with each model’s facts, and its stated window holds to the token', async () => {
    const list = async (filter: ListFoundationModelsCommandInput) =>
      (await bedrock.send(new ListFoundationModelsCommand(filter))).modelSummaries!;
    const all = await list({});
    expect(all.length).toBeGreaterThan(60);
    const facts: FoundationModelDetails[] = [];
    for (const { modelId, modelArn } of all) {
      const { modelDetails } = await bedrock.send(new GetFoundationModelCommand({ modelIdentifier: modelId }));
      expect(modelDetails).toMatchObject({ modelId, modelArn });
      expect(modelArn).toBe(`arn:aws:bedrock:us-east-1::foundation-model/${modelId}`);
      facts.push(modelDetails!);
    }
    const ids = (models: { modelId?: string | undefined }[]) => new Set(models.map(({ modelId }) => modelId));
    const byFact = (holds: (model: FoundationModelDetails) => boolean | undefined) => ids(facts.filter(holds));
    for (const provider of new Set(facts.map(({ providerName }) => providerName!))) {
      expect(ids(await list({ byProvider: provider }))).toEqual(
        byFact(({ providerName }) => providerName === provider),
      );
    }
    for (const modality of ['TEXT', 'IMAGE', 'EMBEDDING'] as const) {
      expect(ids(await list({ byOutputModality: modality }))).toEqual(
        byFact((model) => model.outputModalities?.includes(modality)),
      );
    }
    for (const type of ['ON_DEMAND', 'PROVISIONED'] as const) {
      expect(ids(await list({ byInferenceType: type }))).toEqual(
        byFact((model) => model.inferenceTypesSupported?.includes(type)),
      );
    }
    for (const type of ['FINE_TUNING', 'CONTINUED_PRE_TRAINING', 'DISTILLATION'] as const) {
      expect(ids(await list({ byCustomizationType: type }))).toEqual(
        byFact((model) => model.customizationsSupported?.includes(type)),
      );
    }
    const narrowed = await list({
      byProvider: 'Anthropic',
      byOutputModality: 'TEXT',
      byCustomizationType: 'FINE_TUNING',
    });
    expect(ids(narrowed)).toEqual(
      byFact(
        (model) =>
          model.providerName === 'Anthropic' &&
          model.outputModalities?.includes('TEXT') &&
          model.customizationsSupported?.includes('FINE_TUNING'),
      ),
    );
    await expect(
      bedrock.send(new GetFoundationModelCommand({ modelIdentifier: 'amazon.no-such-model-v1' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    const windows = statedWindows();
    expect(windows.size).toBeGreaterThan(40);
    const modelId = pick([
      'meta.llama3-8b-instruct-v1:0',
      'amazon.titan-text-lite-v1',
      'amazon.titan-text-express-v1',
      'mistral.mistral-7b-instruct-v0:2',
      'cohere.command-text-v14',
    ]);
    const window = windows.get(modelId)!;
    const words = ['river', 'stone', 'lamp', 'cloud', 'wheel', 'garden', 'paper', 'signal'];
    const messagesOf = (text: string) => [{ role: 'user' as const, content: [{ text }] }];
    const count = async (text: string) =>
      (await runtime.send(new CountTokensCommand({ modelId, input: { converse: { messages: messagesOf(text) } } })))
        .inputTokens!;
    // Words that are one token each, so that a text can be brought to the token.
    let text = Array.from({ length: Math.floor(window * 0.9) }, () => pick(words)).join(' ');
    for (let missing = window - (await count(text)); missing > 0; missing = window - (await count(text)))
      text += ` ${Array.from({ length: missing }, () => pick(words)).join(' ')}`;
    expect(await count(text)).toBe(window);
    const full = await runtime.send(new ConverseCommand({ modelId, messages: messagesOf(text) }));
    expect(full.usage?.inputTokens).toBe(window);
    expect(full.stopReason).toBe('model_context_window_exceeded');
    const over = `${text} ${pick(words)}`;
    expect(await count(over)).toBe(window + 1);
    await expect(runtime.send(new ConverseCommand({ modelId, messages: messagesOf(over) }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Input is too long for requested model.',
    });
  });

  it('bedrock-catalog.2: models sold through AWS Marketplace open by agreement, and a policy still closes a provider', async () => {
    const outcrop = await startForTests({ modelAccess: 'agreement' });
    const control = new BedrockClient(outcrop.clients);
    const calls = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
    const word = pick(['amber', 'cedar', 'violet', 'quartz']);
    const ask = (modelId: string, client = calls) =>
      client.send(
        new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: `Say the word ${word}.` }] }] }),
      );
    const available = (modelId: string) => control.send(new GetFoundationModelAvailabilityCommand({ modelId }));
    // Models that are not sold there are open.
    const own = 'amazon.nova-micro-v1:0';
    expect(await available(own)).toMatchObject({
      agreementAvailability: { status: 'AVAILABLE' },
      authorizationStatus: 'AUTHORIZED',
      entitlementAvailability: 'AVAILABLE',
      regionAvailability: 'AVAILABLE',
    });
    expect((await ask(own)).stopReason).toBe('end_turn');

    const modelId = 'anthropic.claude-3-haiku-20240307-v1:0';
    expect(await available(modelId)).toMatchObject({
      agreementAvailability: { status: 'NOT_AVAILABLE' },
      authorizationStatus: 'NOT_AUTHORIZED',
      entitlementAvailability: 'NOT_AVAILABLE',
    });
    const closed = {
      name: 'AccessDeniedException',
      message: "You don't have access to the model with the specified model ID.",
      status: 403,
    };
    expect(await refusal(ask(modelId))).toEqual(closed);
    expect(await refusal(ask(`us.${modelId}`))).toEqual(closed);

    const { offers } = await control.send(new ListFoundationModelAgreementOffersCommand({ modelId }));
    const offerToken = offers![0]!.offerToken!;
    expect(offers![0]!.termDetails?.usageBasedPricingTerm?.rateCard).toEqual(
      expect.arrayContaining([expect.objectContaining({ dimension: 'input_tokens', unit: '1K tokens' })]),
    );
    const agree = (input: { modelId: string; offerToken: string }) =>
      control.send(new CreateFoundationModelAgreementCommand(input));
    expect(await refusal(agree({ modelId, offerToken: `${offerToken}x` }))).toMatchObject({
      name: 'ValidationException',
    });
    const other = await control.send(
      new ListFoundationModelAgreementOffersCommand({ modelId: 'cohere.command-r-v1:0' }),
    );
    expect(await refusal(agree({ modelId, offerToken: other.offers![0]!.offerToken! }))).toMatchObject({
      name: 'ValidationException',
    });
    // Anthropic asks what its models are for.
    expect(await refusal(agree({ modelId, offerToken }))).toMatchObject({ name: 'ResourceNotFoundException' });
    const form = {
      companyName: word,
      companyWebsite: 'https://example.com',
      intendedUsers: '0',
      industryOption: 'Education',
      otherIndustryOption: '',
      useCases: 'Answers from documents',
    };
    const formData = Buffer.from(JSON.stringify(form));
    const { useCases: _useCases, ...incomplete } = form;
    expect(
      await refusal(
        control.send(new PutUseCaseForModelAccessCommand({ formData: Buffer.from(JSON.stringify(incomplete)) })),
      ),
    ).toMatchObject({ name: 'ValidationException', message: 'The form data lacks: useCases.' });
    await control.send(new PutUseCaseForModelAccessCommand({ formData }));
    const kept = await control.send(new GetUseCaseForModelAccessCommand({}));
    expect(JSON.parse(Buffer.from(kept.formData!).toString())).toEqual(form);

    await agree({ modelId, offerToken });
    expect(await available(modelId)).toMatchObject({
      agreementAvailability: { status: 'AVAILABLE' },
      authorizationStatus: 'AUTHORIZED',
      entitlementAvailability: 'AVAILABLE',
    });
    expect((await ask(modelId)).stopReason).toBe('end_turn');
    expect((await ask(`us.${modelId}`)).stopReason).toBe('end_turn');
    // An agreement is for one model.
    expect(await refusal(ask('cohere.command-r-v1:0'))).toEqual(closed);

    const { user } = identities(outcrop);
    const analyst = await user('analyst', allow('bedrock:InvokeModel', 'arn:aws:bedrock:*::foundation-model/amazon.*'));
    const narrow = new BedrockRuntimeClient(analyst.clients);
    expect((await ask(own, narrow)).stopReason).toBe('end_turn');
    expect(await refusal(ask(modelId, narrow))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: bedrock:InvokeModel'),
    });
    await control.send(new DeleteFoundationModelAgreementCommand({ modelId }));
    expect(await refusal(ask(modelId))).toEqual(closed);
  });

  it('bedrock-catalog.3: usage is told apart by team, a profile goes round a region that is down, a router spares the large model', async () => {
    const outcrop = await startForTests();
    const control = new BedrockClient(outcrop.clients);
    const calls = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
    const haiku = 'anthropic.claude-3-haiku-20240307-v1:0';
    const profile = `us.${haiku}`;
    const noun = pick(['harbour', 'orchard', 'lantern', 'glacier']);
    const ask = (modelId: string, text = `Say the word ${noun}.`, client = calls) =>
      client.send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text }] }] }));

    // Each team's profile carries its tag into the costs.
    const spent = new Map<string, number>();
    for (const team of ['red', 'blue']) {
      const { inferenceProfileArn } = await control.send(
        new CreateInferenceProfileCommand({
          inferenceProfileName: `team ${team}`,
          modelSource: { copyFrom: `arn:aws:bedrock:us-east-1:000000000000:inference-profile/${profile}` },
          tags: [{ key: 'team', value: team }],
        }),
      );
      let tokens = 0;
      for (let count = 1 + Math.floor(random() * 3); count > 0; count--)
        tokens += (await ask(inferenceProfileArn!)).usage!.totalTokens!;
      spent.set(team, tokens);
    }
    const { lines } = await outcrop.cost();
    const byTeam = new Map<string, number>();
    for (const { tags, quantity, unit, resource } of lines) {
      if (unit !== 'tokens' || !tags?.['team']) continue;
      expect(resource).toBe(haiku);
      byTeam.set(tags['team'], (byTeam.get(tags['team']) ?? 0) + quantity);
    }
    expect(byTeam).toEqual(spent);

    // The caller's own region serves while it is up; then another of the profile's.
    const before = await ask(profile);
    await outcrop.outages.add({ region: 'us-east-1', model: 'anthropic.*' });
    const after = await ask(profile);
    expect(after.output).toEqual(before.output);
    const down = {
      name: 'ServiceUnavailableException',
      message: 'Bedrock is unable to process your request.',
      status: 503,
    };
    expect(await refusal(ask(haiku))).toEqual(down);
    // Other models and other regions are up.
    expect((await ask('amazon.nova-micro-v1:0')).stopReason).toBe('end_turn');
    await outcrop.outages.add({ region: 'us-west-2' });
    expect(await refusal(ask(profile))).toEqual(down);
    await outcrop.outages.clear();
    expect((await ask(haiku)).stopReason).toBe('end_turn');
    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Converse' }] }),
    );
    const served = Events!
      .map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!))
      .filter(({ requestParameters, errorCode }) => requestParameters?.modelId === profile && !errorCode)
      .map(({ additionalEventData }) => additionalEventData.inferenceRegion as string);
    expect(new Set(served)).toEqual(new Set(['us-east-1', 'us-west-2']));
    expect(served).toHaveLength(2);

    // A plain question goes to the smaller model, one that takes thought to the larger; the metering is theirs.
    const models = ['us.amazon.nova-lite-v1:0', 'us.amazon.nova-pro-v1:0'].map((id) => ({
      modelArn: `arn:aws:bedrock:us-east-1:000000000000:inference-profile/${id}`,
    }));
    const { promptRouterArn } = await control.send(
      new CreatePromptRouterCommand({
        promptRouterName: 'nova',
        models,
        fallbackModel: models[1],
        routingCriteria: { responseQualityDifference: 5 },
      }),
    );
    const [lite, pro] = models.map(({ modelArn }) => modelArn) as [string, string];
    const easy = pick([
      `What colour is a ${noun}?`,
      `Translate "${noun}" to French.`,
      `Hello! Is a ${noun} large?`,
      `Name one ${noun} in Europe.`,
    ]);
    const hard = `Prove step by step why each ${noun} must have exactly ${2 + Math.floor(random() * 9)} neighbours, compare the
      trade-offs of two algorithms that calculate the probability of that, and implement the better one in Python without recursion.`;
    const router = promptRouterArn!;
    const small = await ask(router, easy);
    expect(small.trace?.promptRouter?.invokedModelId).toBe(lite);
    const { stream } = await calls.send(
      new ConverseStreamCommand({ modelId: router, messages: [{ role: 'user', content: [{ text: hard }] }] }),
    );
    let large: string | undefined;
    for await (const { metadata } of stream!) large ??= metadata?.trace?.promptRouter?.invokedModelId;
    expect(large).toBe(pro);
    const native = { schemaVersion: 'messages-v1', messages: [{ role: 'user', content: [{ text: easy }] }] };
    await calls.send(new InvokeModelCommand({ modelId: router, body: JSON.stringify(native) }));
    const metered = (await outcrop.cost()).lines.filter(({ type }) => type === 'InputTokens');
    const of = (resource: string) => metered.find((line) => line.resource === resource)?.quantity ?? 0;
    expect(of('amazon.nova-lite-v1:0')).toBe(2 * small.usage!.inputTokens!);
    expect(of('amazon.nova-pro-v1:0')).toBeGreaterThan(small.usage!.inputTokens!);

    // The router's permission does without the models' own only where it is named.
    const { user } = identities(outcrop);
    const condition = { Condition: { ArnEquals: { 'bedrock:PromptRouterArn': router } } };
    const policyOf = (more: object) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: router },
          { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*', ...more },
        ],
      });
    const through = new BedrockRuntimeClient((await user('through-router', policyOf(condition))).clients);
    expect((await ask(router, easy, through)).trace?.promptRouter?.invokedModelId).toBe(lite);
    expect(await refusal(ask('amazon.nova-lite-v1:0', easy, through))).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('genai-cost.3: redundancy costs what the list says, and a model that a region lacks is refused there', async () => {
    const outcrop = await startForTests();
    const calls = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
    const model = 'anthropic.claude-3-haiku-20240307-v1:0';
    const texts = Array.from(
      { length: 12 },
      (_, index) => `Repeat after me: item ${index} of lot ${Math.floor(random() * 1_000)}.`,
    );
    const run = async (modelId: string) => {
      const usd = async () => (await outcrop.cost()).usd;
      const before = await usd();
      let answered = 0;
      for (const text of texts) {
        const sent = calls.send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text }] }] }));
        answered += await sent.then(
          () => 1,
          () => 0,
        );
      }
      return { availability: answered / texts.length, usd: (await usd()) - before };
    };
    const direct = await run(model);
    const redundant = await run(`us.${model}`);
    expect(direct.availability).toBe(1);
    expect(direct.usd).toBeGreaterThan(0);
    // The price is that of the source region, whichever region serves: redundancy has no price of its own.
    expect(redundant.usd - direct.usd).toBeCloseTo(0, 12);
    await outcrop.outages.set([{ region: 'us-east-1' }]);
    expect(await run(model)).toEqual({ availability: 0, usd: 0 });
    const around = await run(`us.${model}`);
    expect(around.availability).toBe(1);
    expect(around.usd).toBeCloseTo(direct.usd, 12);
    await outcrop.outages.clear();
    for (const [region, absent] of [
      ['us-east-1', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
      ['eu-central-1', 'ai21.jamba-1-5-mini-v1:0'],
    ] as const) {
      const there = new BedrockRuntimeClient({ ...outcrop.clients, region, maxAttempts: 1 });
      const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
      expect(await refusal(there.send(new ConverseCommand({ modelId: absent, messages })))).toEqual({
        name: 'ValidationException',
        message: 'The provided model identifier is invalid.',
        status: 400,
      });
      const { regionAvailability } = await new BedrockClient({ ...outcrop.clients, region }).send(
        new GetFoundationModelAvailabilityCommand({ modelId: absent }),
      );
      expect(regionAvailability).toBe(region === 'us-east-1' ? 'AVAILABLE' : 'NOT_AVAILABLE');
    }
  });
});
