import type { ConverseFeatures, FoundationModel } from './model.ts';

const TEXT: ConverseFeatures = { system: false, documents: true, prefill: false, temperatureWithTopP: true };
/** Mistral lets a program ask for any tool, but not for one by name. Source: Converse API Reference, ToolChoice. */
const CHAT: ConverseFeatures = { ...TEXT, system: true, tools: { choices: ['auto', 'any'], streaming: true } };

function mistralModel(id: string, name: string, facts: Partial<FoundationModel>): FoundationModel {
  return {
    id: `mistral.${id}`,
    name,
    provider: 'Mistral AI',
    input: ['TEXT'],
    output: ['TEXT'],
    streaming: true,
    inference: ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    family: 'mistral-chat',
    outputTokensMax: 8_192,
    converse: CHAT,
    ...facts,
  };
}

export const mistral: readonly FoundationModel[] = [
  mistralModel('mistral-7b-instruct-v0:2', 'Mistral 7B Instruct', {
    family: 'mistral-text',
    contextTokens: 32_000,
    converse: TEXT,
  }),
  mistralModel('mixtral-8x7b-instruct-v0:1', 'Mixtral 8x7B Instruct', {
    family: 'mistral-text',
    contextTokens: 32_000,
    outputTokensMax: 4_096,
    converse: TEXT,
  }),
  mistralModel('mistral-small-2402-v1:0', 'Mistral Small (24.02)', { family: 'mistral-text', contextTokens: 32_000 }),
  mistralModel('mistral-large-2402-v1:0', 'Mistral Large (24.02)', { family: 'mistral-text', contextTokens: 32_000 }),
  mistralModel('mistral-large-2407-v1:0', 'Mistral Large (24.07)', { contextTokens: 128_000 }),
  mistralModel('pixtral-large-2502-v1:0', 'Pixtral Large (25.02)', {
    input: ['TEXT', 'IMAGE'],
    inference: ['INFERENCE_PROFILE'],
    profiles: ['us', 'eu'],
    contextTokens: 128_000,
  }),
  mistralModel('mistral-large-3-675b-instruct', 'Mistral Large 3', {
    family: 'openai-chat',
    input: ['TEXT', 'IMAGE'],
    contextTokens: 256_000,
  }),
  mistralModel('ministral-3-14b-instruct', 'Ministral 14B 3.0', {
    family: 'openai-chat',
    input: ['TEXT', 'IMAGE'],
    contextTokens: 128_000,
    outputTokensMax: 4_096,
  }),
  mistralModel('ministral-3-8b-instruct', 'Ministral 3 8B', {
    family: 'openai-chat',
    input: ['TEXT', 'IMAGE'],
    contextTokens: 128_000,
    outputTokensMax: 4_096,
  }),
];
