import { useStack } from '../../../aws/stack.ts';
import { isRoot, useSignedIn } from '../../../aws/session.ts';

/** What `/_outcrop/models` tells of which backend answers which model id. */
export type Bound = {
  bindings: Binding[];
  files: { name: string; bytes: number; sha256: string; source: string }[];
  models: BoundModel[];
};
export type Binding = { pattern: string; backend: string };
export type BoundModel = {
  model: string;
  backend: string;
  /** Of the binding that decides; absent: what answers unless something is bound. */
  pattern?: string;
};

/** What is known of a model beside what Bedrock lists; what is absent it has not. */
export type ModelFacts = {
  model: string;
  contextTokens?: number;
  outputTokensMax?: number;
  converse?: {
    system: boolean;
    documents: boolean;
    tools?: { choices: string[]; streaming: boolean };
    prefill: boolean;
    temperatureWithTopP: boolean;
  };
  caching?: { minTokens: number; checkpointsMax: number; oneHour: boolean; tools: boolean };
  reasoning?: { budget: boolean; adaptive: boolean; effort: boolean };
  citations?: boolean;
  usdPerMillionTokens?: { input?: number; output?: number };
};

/** What one test call was answered. */
export type Tested = {
  ok: boolean;
  backend: string;
  latencyMs: number;
  text?: string;
  reasoning?: string;
  stopReason?: string;
  dimensions?: number;
  vector?: number[];
  /** Base64. */
  image?: string;
  usage?: { inputTokens: number; outputTokens: number };
  provenance?: { kind: string; engine: string; version: string };
  capabilities?: Record<string, boolean>;
  error?: { name: string; message: string; upstreamStatus?: number };
};

/** Bindings are the root's to see; of others, nothing is asked. */
export function useBound(model?: string) {
  const root = isRoot(useSignedIn());
  const path = model === undefined ? 'models' : `models?model=${encodeURIComponent(model)}`;
  return { root, ...useStack<Bound>(root ? path : undefined) };
}

/** What a model can do and costs; anybody may ask. */
export const useModelFacts = (model: string) =>
  useStack<{ models: ModelFacts[] }>(`models/facts?model=${encodeURIComponent(model)}`);

/** How a backend answers, in words: `{ short: 'Server', long: '…' }`. */
export function backendWords(backend: string, output: readonly string[] = ['TEXT']): { short: string; long: string } {
  if (backend.startsWith('openai:')) {
    const [url, model] = backend.slice('openai:'.length).split('#');
    return { short: 'Server', long: `${model?.replace(/\?.*$/, '')} on the OpenAI-compatible server ${url}` };
  }
  if (backend.startsWith('gguf:'))
    return { short: 'File', long: `the model file ${backend.slice('gguf:'.length)}, in a process of the stack’s own` };
  if (backend !== 'builtin') return { short: backend.split(':')[0]!, long: backend };
  if (output.includes('EMBEDDING'))
    return { short: 'Builtin, computed', long: 'the built-in sentence encoder: its vectors are computed' };
  if (output.includes('TEXT'))
    return {
      short: 'Builtin, heuristic',
      long: 'the built-in worker: it answers from the text it is given, summarises, fills schemas and calls tools. It is no language model.',
    };
  return {
    short: 'Nothing yet',
    long: `nothing: no built-in worker makes ${output.join(', ').toLowerCase()}. Bind a server.`,
  };
}

export type TestKind = 'chat' | 'embedding' | 'image';

/** What a test call asks a model for, by what it gives; undefined where there is none to make. */
export function testKind(output: readonly string[]): TestKind | undefined {
  if (output.includes('EMBEDDING')) return 'embedding';
  if (output.includes('TEXT')) return 'chat';
  return output.includes('IMAGE') ? 'image' : undefined;
}
