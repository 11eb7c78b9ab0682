import { readFileSync } from 'node:fs';
import {
  BedrockClient,
  GetFoundationModelCommand,
  ListFoundationModelsCommand,
  type FoundationModelDetails,
  type ListFoundationModelsCommandInput,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand, CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('bedrock-catalog'));
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

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
});
