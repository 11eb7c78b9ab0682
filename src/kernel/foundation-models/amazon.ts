import type { Caching, ConverseFeatures, FoundationModel } from './model.ts';

type Facts = Pick<FoundationModel, 'family'> & Partial<FoundationModel>;

function amazon(id: string, name: string, facts: Facts): FoundationModel {
  return {
    id: `amazon.${id}`,
    name,
    provider: 'Amazon',
    input: ['TEXT'],
    output: ['TEXT'],
    streaming: true,
    inference: ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    ...facts,
  };
}

const CHAT: ConverseFeatures = {
  system: true,
  documents: true,
  tools: { choices: ['auto', 'any', 'tool'], streaming: true },
  prefill: true,
  temperatureWithTopP: true,
};
const TITAN: ConverseFeatures = { system: false, documents: true, prefill: false, temperatureWithTopP: true };
const SEES = ['TEXT', 'IMAGE', 'VIDEO'] as const;

/** Source: Bedrock User Guide, "Prompt caching for faster model inference", supported models. */
const cached = (minTokens: number): Caching => ({ minTokens, checkpointsMax: 4, oneHour: false, tools: false });

/** Titan Text Lite and Express were retired by AWS; they stay here because programs and courses still name them. */
export const amazonModels: readonly FoundationModel[] = [
  amazon('nova-micro-v1:0', 'Nova Micro', {
    caching: cached(1_536),
    family: 'nova',
    profiles: ['us', 'eu', 'apac', 'us-gov'],
    contextTokens: 128_000,
    outputTokensMax: 10_000,
    customizations: ['FINE_TUNING', 'DISTILLATION'],
    converse: { ...CHAT, documents: false },
  }),
  amazon('nova-lite-v1:0', 'Nova Lite', {
    caching: cached(1_536),
    family: 'nova',
    input: SEES,
    profiles: ['us', 'eu', 'apac', 'us-gov', 'ca'],
    contextTokens: 300_000,
    outputTokensMax: 10_000,
    customizations: ['FINE_TUNING', 'DISTILLATION'],
    converse: CHAT,
  }),
  amazon('nova-pro-v1:0', 'Nova Pro', {
    caching: cached(1_024),
    family: 'nova',
    input: SEES,
    profiles: ['us', 'eu', 'apac', 'us-gov'],
    contextTokens: 300_000,
    outputTokensMax: 10_000,
    customizations: ['FINE_TUNING', 'DISTILLATION'],
    converse: CHAT,
  }),
  amazon('nova-premier-v1:0', 'Nova Premier', {
    caching: cached(1_024),
    family: 'nova',
    input: SEES,
    inference: ['INFERENCE_PROFILE'],
    profiles: ['us'],
    contextTokens: 1_000_000,
    outputTokensMax: 32_000,
    converse: CHAT,
  }),
  amazon('nova-2-lite-v1:0', 'Nova 2 Lite', {
    reasoning: { budget: false, adaptive: false, effort: true, signed: false },
    caching: cached(1_024),
    family: 'nova',
    input: SEES,
    inference: ['INFERENCE_PROFILE'],
    profiles: ['us', 'eu', 'jp', 'global'],
    contextTokens: 1_000_000,
    outputTokensMax: 64_000,
    customizations: ['FINE_TUNING'],
    converse: CHAT,
  }),
  amazon('nova-canvas-v1:0', 'Nova Canvas', {
    family: 'nova-canvas',
    input: ['TEXT', 'IMAGE'],
    output: ['IMAGE'],
    streaming: false,
    customizations: ['FINE_TUNING'],
  }),
  amazon('nova-reel-v1:0', 'Nova Reel', {
    family: 'nova-reel',
    input: ['TEXT', 'IMAGE'],
    output: ['VIDEO'],
    streaming: false,
  }),
  amazon('nova-sonic-v1:0', 'Nova Sonic', { family: 'nova-sonic', input: ['SPEECH'], output: ['SPEECH', 'TEXT'] }),
  amazon('nova-2-multimodal-embeddings-v1:0', 'Nova Multimodal Embeddings', {
    family: 'nova-embed',
    input: ['TEXT', 'IMAGE', 'VIDEO', 'SPEECH'],
    output: ['EMBEDDING'],
    streaming: false,
    contextTokens: 8_192,
  }),
  amazon('titan-text-lite-v1', 'Titan Text G1 - Lite', {
    family: 'titan-text',
    lifecycle: 'LEGACY',
    contextTokens: 4_096,
    outputTokensMax: 4_096,
    customizations: ['FINE_TUNING', 'CONTINUED_PRE_TRAINING'],
    converse: TITAN,
  }),
  amazon('titan-text-express-v1', 'Titan Text G1 - Express', {
    family: 'titan-text',
    lifecycle: 'LEGACY',
    contextTokens: 8_192,
    outputTokensMax: 8_192,
    customizations: ['FINE_TUNING', 'CONTINUED_PRE_TRAINING'],
    converse: TITAN,
  }),
  amazon('titan-text-premier-v1:0', 'Titan Text G1 - Premier', {
    family: 'titan-text',
    lifecycle: 'LEGACY',
    contextTokens: 32_768,
    outputTokensMax: 3_072,
    customizations: ['FINE_TUNING'],
    converse: { ...TITAN, documents: false },
  }),
  amazon('titan-tg1-large', 'Titan Text Large', {
    family: 'titan-text',
    lifecycle: 'LEGACY',
    contextTokens: 8_192,
    outputTokensMax: 8_192,
    converse: TITAN,
  }),
  amazon('titan-embed-text-v1', 'Titan Embeddings G1 - Text', {
    family: 'titan-embed-text-v1',
    output: ['EMBEDDING'],
    streaming: false,
    contextTokens: 8_192,
  }),
  amazon('titan-embed-text-v2:0', 'Titan Text Embeddings V2', {
    family: 'titan-embed-text-v2',
    output: ['EMBEDDING'],
    streaming: false,
    contextTokens: 8_192,
  }),
  amazon('titan-embed-image-v1', 'Titan Multimodal Embeddings G1', {
    family: 'titan-embed-image',
    input: ['TEXT', 'IMAGE'],
    output: ['EMBEDDING'],
    streaming: false,
    customizations: ['FINE_TUNING'],
  }),
  amazon('titan-image-generator-v1', 'Titan Image Generator G1', {
    family: 'titan-image',
    input: ['TEXT', 'IMAGE'],
    output: ['IMAGE'],
    streaming: false,
    lifecycle: 'LEGACY',
    customizations: ['FINE_TUNING'],
  }),
  amazon('titan-image-generator-v2:0', 'Titan Image Generator G1 v2', {
    family: 'titan-image',
    input: ['TEXT', 'IMAGE'],
    output: ['IMAGE'],
    streaming: false,
    customizations: ['FINE_TUNING'],
  }),
  amazon('rerank-v1:0', 'Rerank 1.0', { family: 'amazon-rerank', streaming: false }),
];
