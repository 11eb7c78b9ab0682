import type { Caching, ConverseFeatures, FoundationModel, Geography } from './model.ts';

const CHAT: ConverseFeatures = {
  system: true,
  documents: true,
  tools: { choices: ['auto', 'any', 'tool'], streaming: true },
  prefill: true,
  temperatureWithTopP: true,
};
/** From Claude Opus 4.1 on, one of temperature and topP; from 4.6 on, no prefill either. */
const ONE_SAMPLER: ConverseFeatures = { ...CHAT, temperatureWithTopP: false };
const NO_PREFILL: ConverseFeatures = { ...ONE_SAMPLER, prefill: false };

const K200 = 200_000;
const M1 = 1_000_000;
const ALL: readonly Geography[] = ['us', 'eu', 'jp', 'au', 'global'];

/** Source: Bedrock User Guide, "Prompt caching for faster model inference", supported models. */
const cached = (minTokens: number, oneHour = false): Caching => ({
  minTokens,
  checkpointsMax: 4,
  oneHour,
  tools: true,
});

/** Source: Bedrock User Guide, "Extended thinking"; "Adaptive thinking". */
const BUDGETED = { budget: true, adaptive: false, effort: false, signed: true } as const;
const WITH_EFFORT = { ...BUDGETED, effort: true } as const;
const ADAPTIVE = { ...WITH_EFFORT, adaptive: true } as const;

/** Source: Anthropic API Reference, "Citations": all models from Claude 3.5 Haiku and the second Claude 3.5 Sonnet on. */
const UNCITING = /^claude-(?:instant|v2|3-(?:sonnet|haiku|opus)|3-5-sonnet-20240620)/;

type Facts = Pick<FoundationModel, 'contextTokens' | 'outputTokensMax'> & Partial<FoundationModel>;

function claude(id: string, name: string, facts: Facts): FoundationModel {
  return {
    id: `anthropic.${id}`,
    name,
    provider: 'Anthropic',
    input: ['TEXT', 'IMAGE'],
    output: ['TEXT'],
    streaming: true,
    inference: facts.profiles && !facts.inference ? ['INFERENCE_PROFILE'] : ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    family: 'anthropic-messages',
    converse: CHAT,
    citations: !UNCITING.test(id),
    ...facts,
  };
}

/** Claude before messages: text only, tools and pictures are unknown to it. */
const old = (id: string, name: string, contextTokens: number): FoundationModel =>
  claude(id, name, {
    contextTokens,
    outputTokensMax: 4_096,
    input: ['TEXT'],
    lifecycle: 'LEGACY',
    converse: { system: true, documents: true, prefill: true, temperatureWithTopP: true },
  });

export const anthropic: readonly FoundationModel[] = [
  old('claude-instant-v1', 'Claude Instant', 100_000),
  old('claude-v2', 'Claude', 100_000),
  old('claude-v2:1', 'Claude', K200),
  claude('claude-3-sonnet-20240229-v1:0', 'Claude 3 Sonnet', {
    contextTokens: K200,
    outputTokensMax: 4_096,
    lifecycle: 'LEGACY',
    inference: ['ON_DEMAND'],
    profiles: ['us', 'eu', 'apac'],
  }),
  claude('claude-3-haiku-20240307-v1:0', 'Claude 3 Haiku', {
    contextTokens: K200,
    outputTokensMax: 4_096,
    inference: ['ON_DEMAND'],
    profiles: ['us', 'eu', 'apac'],
    customizations: ['FINE_TUNING', 'DISTILLATION'],
  }),
  claude('claude-3-opus-20240229-v1:0', 'Claude 3 Opus', {
    contextTokens: K200,
    outputTokensMax: 4_096,
    lifecycle: 'LEGACY',
    profiles: ['us'],
  }),
  claude('claude-3-5-sonnet-20240620-v1:0', 'Claude 3.5 Sonnet', {
    contextTokens: K200,
    outputTokensMax: 8_192,
    lifecycle: 'LEGACY',
    inference: ['ON_DEMAND'],
    profiles: ['us', 'eu', 'apac'],
  }),
  claude('claude-3-5-sonnet-20241022-v2:0', 'Claude 3.5 Sonnet v2', {
    caching: cached(1_024),
    contextTokens: K200,
    outputTokensMax: 8_192,
    lifecycle: 'LEGACY',
    inference: ['ON_DEMAND'],
    profiles: ['us', 'apac'],
  }),
  claude('claude-3-5-haiku-20241022-v1:0', 'Claude 3.5 Haiku', {
    caching: cached(2_048),
    contextTokens: K200,
    outputTokensMax: 8_192,
    profiles: ['us'],
  }),
  claude('claude-3-7-sonnet-20250219-v1:0', 'Claude 3.7 Sonnet', {
    reasoning: { ...BUDGETED, redacts: true },
    caching: cached(1_024),
    contextTokens: K200,
    outputTokensMax: 64_000,
    lifecycle: 'LEGACY',
    profiles: ['us', 'eu', 'apac', 'us-gov'],
  }),
  claude('claude-sonnet-4-20250514-v1:0', 'Claude Sonnet 4', {
    reasoning: BUDGETED,
    caching: cached(1_024),
    contextTokens: K200,
    outputTokensMax: 64_000,
    profiles: ['us', 'eu', 'apac', 'global'],
  }),
  claude('claude-opus-4-20250514-v1:0', 'Claude Opus 4', {
    reasoning: BUDGETED,
    caching: cached(1_024),
    contextTokens: K200,
    outputTokensMax: 32_000,
    lifecycle: 'LEGACY',
    profiles: ['us'],
  }),
  claude('claude-opus-4-1-20250805-v1:0', 'Claude Opus 4.1', {
    reasoning: BUDGETED,
    caching: cached(1_024),
    contextTokens: K200,
    outputTokensMax: 32_000,
    profiles: ['us'],
    converse: ONE_SAMPLER,
  }),
  claude('claude-sonnet-4-5-20250929-v1:0', 'Claude Sonnet 4.5', {
    reasoning: BUDGETED,
    caching: cached(1_024, true),
    contextTokens: K200,
    outputTokensMax: 64_000,
    profiles: [...ALL, 'us-gov'],
    converse: ONE_SAMPLER,
  }),
  claude('claude-haiku-4-5-20251001-v1:0', 'Claude Haiku 4.5', {
    reasoning: BUDGETED,
    caching: cached(4_096, true),
    contextTokens: K200,
    outputTokensMax: 64_000,
    profiles: ALL,
    converse: ONE_SAMPLER,
  }),
  claude('claude-opus-4-5-20251101-v1:0', 'Claude Opus 4.5', {
    reasoning: WITH_EFFORT,
    caching: cached(4_096, true),
    contextTokens: K200,
    outputTokensMax: 64_000,
    profiles: ['us', 'eu', 'global'],
    converse: ONE_SAMPLER,
  }),
  claude('claude-opus-4-6-v1', 'Claude Opus 4.6', {
    reasoning: ADAPTIVE,
    caching: cached(4_096, true),
    contextTokens: M1,
    outputTokensMax: 128_000,
    profiles: ['us', 'eu', 'au', 'global'],
    converse: NO_PREFILL,
  }),
  claude('claude-sonnet-4-6', 'Claude Sonnet 4.6', {
    reasoning: ADAPTIVE,
    caching: cached(2_048, true),
    contextTokens: M1,
    outputTokensMax: 64_000,
    profiles: ALL,
    converse: NO_PREFILL,
  }),
  claude('claude-opus-4-7', 'Claude Opus 4.7', {
    reasoning: ADAPTIVE,
    caching: cached(4_096, true),
    contextTokens: M1,
    outputTokensMax: 128_000,
    profiles: ['us', 'eu', 'jp', 'global'],
    converse: NO_PREFILL,
  }),
  claude('claude-opus-4-8', 'Claude Opus 4.8', {
    reasoning: ADAPTIVE,
    caching: cached(4_096, true),
    contextTokens: M1,
    outputTokensMax: 128_000,
    profiles: ALL,
    converse: NO_PREFILL,
  }),
];
