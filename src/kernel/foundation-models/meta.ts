import type { ConverseFeatures, FoundationModel } from './model.ts';

const CHAT: ConverseFeatures = { system: true, documents: true, prefill: false, temperatureWithTopP: true };
/** Llama takes tools from 3.1 on, lets the model choose, and before Llama 4 not in a stream. */
const TOOLS: ConverseFeatures = { ...CHAT, tools: { choices: ['auto'], streaming: false } };
const TOOLS_STREAMED: ConverseFeatures = { ...CHAT, tools: { choices: ['auto'], streaming: true } };

function llama(id: string, name: string, facts: Partial<FoundationModel>): FoundationModel {
  return {
    id: `meta.${id}`,
    name,
    provider: 'Meta',
    input: ['TEXT'],
    output: ['TEXT'],
    streaming: true,
    inference: facts.profiles && !facts.inference ? ['INFERENCE_PROFILE'] : ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    family: 'llama',
    contextTokens: 128_000,
    outputTokensMax: 8_192,
    converse: TOOLS,
    ...facts,
  };
}

export const meta: readonly FoundationModel[] = [
  llama('llama3-8b-instruct-v1:0', 'Llama 3 8B Instruct', {
    contextTokens: 8_192,
    outputTokensMax: 2_048,
    converse: CHAT,
  }),
  llama('llama3-70b-instruct-v1:0', 'Llama 3 70B Instruct', {
    contextTokens: 8_192,
    outputTokensMax: 2_048,
    converse: CHAT,
  }),
  llama('llama3-1-8b-instruct-v1:0', 'Llama 3.1 8B Instruct', {
    inference: ['ON_DEMAND'],
    profiles: ['us'],
    customizations: ['FINE_TUNING', 'DISTILLATION'],
  }),
  llama('llama3-1-70b-instruct-v1:0', 'Llama 3.1 70B Instruct', {
    inference: ['ON_DEMAND'],
    profiles: ['us'],
    customizations: ['FINE_TUNING', 'DISTILLATION'],
  }),
  llama('llama3-1-405b-instruct-v1:0', 'Llama 3.1 405B Instruct', { inference: ['ON_DEMAND'], profiles: ['us'] }),
  llama('llama3-2-1b-instruct-v1:0', 'Llama 3.2 1B Instruct', {
    profiles: ['us', 'eu'],
    customizations: ['FINE_TUNING'],
  }),
  llama('llama3-2-3b-instruct-v1:0', 'Llama 3.2 3B Instruct', {
    profiles: ['us', 'eu'],
    customizations: ['FINE_TUNING'],
  }),
  llama('llama3-2-11b-instruct-v1:0', 'Llama 3.2 11B Instruct', {
    input: ['TEXT', 'IMAGE'],
    profiles: ['us'],
    customizations: ['FINE_TUNING'],
  }),
  llama('llama3-2-90b-instruct-v1:0', 'Llama 3.2 90B Instruct', {
    input: ['TEXT', 'IMAGE'],
    profiles: ['us'],
    customizations: ['FINE_TUNING'],
  }),
  llama('llama3-3-70b-instruct-v1:0', 'Llama 3.3 70B Instruct', {
    inference: ['ON_DEMAND'],
    profiles: ['us'],
    customizations: ['FINE_TUNING', 'DISTILLATION'],
  }),
  llama('llama4-scout-17b-instruct-v1:0', 'Llama 4 Scout 17B Instruct', {
    input: ['TEXT', 'IMAGE'],
    profiles: ['us'],
    contextTokens: 3_500_000,
    converse: TOOLS_STREAMED,
  }),
  llama('llama4-maverick-17b-instruct-v1:0', 'Llama 4 Maverick 17B Instruct', {
    input: ['TEXT', 'IMAGE'],
    profiles: ['us'],
    contextTokens: 1_000_000,
    converse: TOOLS_STREAMED,
  }),
];
