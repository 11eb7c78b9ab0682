import type { ConverseFeatures, FoundationModel } from './model.ts';

const CHAT: ConverseFeatures = { system: true, documents: true, prefill: false, temperatureWithTopP: true };
const TOOLS: ConverseFeatures = { ...CHAT, tools: { choices: ['auto', 'any', 'tool'], streaming: true } };
const AUTO: ConverseFeatures = { ...CHAT, tools: { choices: ['auto'], streaming: true } };

type Facts = Pick<FoundationModel, 'family'> & Partial<FoundationModel>;

const of =
  (prefix: string, provider: string) =>
  (id: string, name: string, facts: Facts): FoundationModel => ({
    id: `${prefix}.${id}`,
    name,
    provider,
    input: ['TEXT'],
    output: ['TEXT'],
    streaming: true,
    inference: facts.profiles ? ['INFERENCE_PROFILE'] : ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    ...facts,
  });

const cohere = of('cohere', 'Cohere');
const ai21 = of('ai21', 'AI21 Labs');
const stability = of('stability', 'Stability AI');
const openai = of('openai', 'OpenAI');
const deepseek = of('deepseek', 'DeepSeek');
const qwen = of('qwen', 'Qwen');
const writer = of('writer', 'Writer');
const luma = of('luma', 'Luma AI');
const twelvelabs = of('twelvelabs', 'TwelveLabs');

const IMAGE = { input: ['TEXT', 'IMAGE'], output: ['IMAGE'], streaming: false } as const;
const EMBED = { output: ['EMBEDDING'], streaming: false } as const;

export const others: readonly FoundationModel[] = [
  cohere('command-text-v14', 'Command', {
    family: 'cohere-command',
    lifecycle: 'LEGACY',
    contextTokens: 4_096,
    outputTokensMax: 4_000,
    customizations: ['FINE_TUNING'],
    converse: { ...CHAT, system: false },
  }),
  cohere('command-light-text-v14', 'Command Light', {
    family: 'cohere-command',
    lifecycle: 'LEGACY',
    contextTokens: 4_096,
    outputTokensMax: 4_000,
    customizations: ['FINE_TUNING'],
    converse: { ...CHAT, system: false },
  }),
  cohere('command-r-v1:0', 'Command R', {
    family: 'cohere-command-r',
    contextTokens: 128_000,
    outputTokensMax: 4_096,
    converse: AUTO,
  }),
  cohere('command-r-plus-v1:0', 'Command R+', {
    family: 'cohere-command-r',
    contextTokens: 128_000,
    outputTokensMax: 4_096,
    converse: AUTO,
  }),
  cohere('embed-english-v3', 'Embed English', { ...EMBED, family: 'cohere-embed', contextTokens: 512 }),
  cohere('embed-multilingual-v3', 'Embed Multilingual', { ...EMBED, family: 'cohere-embed', contextTokens: 512 }),
  cohere('embed-v4:0', 'Embed v4', {
    ...EMBED,
    input: ['TEXT', 'IMAGE'],
    family: 'cohere-embed',
    inference: ['ON_DEMAND'],
    profiles: ['us', 'eu', 'global'],
    contextTokens: 128_000,
  }),
  cohere('rerank-v3-5:0', 'Rerank 3.5', { family: 'cohere-rerank', streaming: false }),
  ai21('jamba-1-5-mini-v1:0', 'Jamba 1.5 Mini', {
    family: 'ai21-jamba',
    contextTokens: 256_000,
    outputTokensMax: 4_096,
    converse: { ...CHAT, tools: { choices: ['auto'], streaming: false } },
  }),
  ai21('jamba-1-5-large-v1:0', 'Jamba 1.5 Large', {
    family: 'ai21-jamba',
    contextTokens: 256_000,
    outputTokensMax: 4_096,
    converse: { ...CHAT, tools: { choices: ['auto'], streaming: false } },
  }),
  stability('sd3-5-large-v1:0', 'Stable Diffusion 3.5 Large', { ...IMAGE, family: 'stability-image' }),
  stability('stable-image-core-v1:1', 'Stable Image Core 1.0', {
    ...IMAGE,
    input: ['TEXT'],
    family: 'stability-image',
  }),
  stability('stable-image-ultra-v1:1', 'Stable Image Ultra 1.0', { ...IMAGE, family: 'stability-image' }),
  openai('gpt-oss-20b-1:0', 'gpt-oss-20b', {
    family: 'openai-chat',
    contextTokens: 128_000,
    outputTokensMax: 128_000,
    converse: TOOLS,
  }),
  openai('gpt-oss-120b-1:0', 'gpt-oss-120b', {
    family: 'openai-chat',
    contextTokens: 128_000,
    outputTokensMax: 128_000,
    converse: TOOLS,
  }),
  deepseek('r1-v1:0', 'DeepSeek-R1', {
    family: 'deepseek-text',
    profiles: ['us'],
    contextTokens: 128_000,
    outputTokensMax: 32_768,
    converse: CHAT,
  }),
  deepseek('v3-v1:0', 'DeepSeek-V3.1', {
    family: 'deepseek-chat',
    contextTokens: 163_840,
    outputTokensMax: 81_920,
    converse: TOOLS,
  }),
  deepseek('v3.2', 'DeepSeek-V3.2', {
    family: 'deepseek-chat',
    contextTokens: 163_840,
    outputTokensMax: 81_920,
    converse: TOOLS,
  }),
  qwen('qwen3-32b-v1:0', 'Qwen3 32B (dense)', {
    family: 'qwen-chat',
    contextTokens: 32_768,
    outputTokensMax: 16_384,
    converse: TOOLS,
  }),
  qwen('qwen3-coder-30b-a3b-v1:0', 'Qwen3-Coder-30B-A3B-Instruct', {
    family: 'qwen-chat',
    contextTokens: 262_144,
    outputTokensMax: 131_072,
    converse: TOOLS,
  }),
  qwen('qwen3-235b-a22b-2507-v1:0', 'Qwen3 235B A22B 2507', {
    family: 'qwen-chat',
    contextTokens: 262_144,
    outputTokensMax: 131_072,
    converse: TOOLS,
  }),
  writer('palmyra-x4-v1:0', 'Palmyra X4', {
    family: 'writer-chat',
    profiles: ['us'],
    contextTokens: 128_000,
    outputTokensMax: 8_192,
    converse: AUTO,
  }),
  writer('palmyra-x5-v1:0', 'Palmyra X5', {
    family: 'writer-chat',
    profiles: ['us'],
    contextTokens: 1_000_000,
    outputTokensMax: 8_192,
    converse: AUTO,
  }),
  luma('ray-v2:0', 'Ray v2', { family: 'luma-ray', output: ['VIDEO'], streaming: false }),
  twelvelabs('pegasus-1-2-v1:0', 'Pegasus v1.2', { family: 'twelvelabs', input: ['TEXT', 'VIDEO'] }),
  twelvelabs('marengo-embed-2-7-v1:0', 'Marengo Embed v2.7', {
    ...EMBED,
    input: ['TEXT', 'IMAGE', 'SPEECH', 'VIDEO'],
    family: 'twelvelabs',
  }),
];
