import type { PerformanceConfigLatency } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import { addToRecord } from '../../kernel/trail/additional.ts';
import { countTokens } from './chat.ts';
import { invalid } from './errors.ts';
import type { Target } from './target.ts';

/**
 * Regions from which the `us` profile of a model may be asked for optimized latency. Source: Bedrock User Guide, "Optimize model inference for
 * latency".
 */
const OPTIMIZED: Record<string, readonly string[]> = {
  'amazon.nova-pro-v1:0': ['us-east-1', 'us-east-2', 'us-west-2'],
  'anthropic.claude-3-5-haiku-20241022-v1:0': ['us-east-2', 'us-west-2'],
  'meta.llama3-1-70b-instruct-v1:0': ['us-east-2', 'us-west-2'],
  'meta.llama3-1-405b-instruct-v1:0': ['us-east-2'],
};

/** Tokens, in and out, above which a model serves at standard latency. Source: as above. */
const TOKENS_MAX: Record<string, number> = { 'meta.llama3-1-405b-instruct-v1:0': 11_000 };

type Latency = PerformanceConfigLatency | undefined;

/** Throws ValidationException where optimized latency is asked for and a target does not have it. */
export function checkLatency(call: Call, { model, profileId }: Target, latency: Latency): void {
  if (latency !== 'optimized') return;
  if (profileId?.startsWith('us.') && OPTIMIZED[model.id]?.includes(call.region)) return;
  throw invalid(`Latency performance configuration is not supported for ${model.id} in ${call.region}`);
}

/** At which latency an invocation is served, and billed, where it says one: a request that is too long for optimized latency, at standard. */
export async function servedLatency(call: Call, target: Target, chat: ChatRequest, asked: Latency): Promise<Latency> {
  if (asked === undefined) return undefined;
  const served = asked === 'optimized' && (await isTooLong(call, target, chat)) ? 'standard' : asked;
  // Source: as above: "visible in API response and AWS CloudTrail logs".
  addToRecord(call, { performanceConfig: { latency: served } });
  return served;
}

async function isTooLong(call: Call, target: Target, chat: ChatRequest): Promise<boolean> {
  const max = TOKENS_MAX[target.model.id];
  if (max === undefined) return false;
  return (await countTokens(call, target, chat)) + (chat.maxTokens ?? 0) > max;
}
