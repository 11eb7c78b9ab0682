import type { Usage } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { Target } from './target.ts';

/** On what terms an invocation is billed, where they are not the standard ones. */
export type Tier = 'default' | 'flex' | 'priority' | 'reserved' | 'optimized';

/** A class of service has its own price, at whatever latency. */
export const tierOf = (tier: Tier | undefined, latency: string | undefined): Tier | undefined =>
  latency === 'optimized' && (tier === undefined || tier === 'default') ? 'optimized' : tier;

/** What a call used, once it is known. */
const used = new WeakMap<Call, Usage>();
export const usageOf = (call: Call): Usage | undefined => used.get(call);

/**
 * Meters tokens under the model. What is bought by the hour costs nothing by the token; batches and tiers have prices of their own, told by
 * a suffix of the usage type: `InputTokens-batch`, `OutputTokens-flex`.
 */
export function meterTokens(call: Call, target: Target, usage: Usage, tier: Tier = 'default'): void {
  used.set(call, usage);
  const terms = target.provisioned ? 'provisioned' : (call.billing ?? (tier === 'default' ? undefined : tier));
  const resource = target.model.id;
  const meter = (type: string, quantity: number | undefined) => {
    if (quantity === undefined || quantity === 0) return;
    call.meter({
      type: terms === undefined ? type : `${type}-${terms}`,
      quantity,
      unit: 'tokens',
      resource,
      ...(target.application || target.provisioned ? { tagged: target.arn } : {}),
    });
  };
  meter('InputTokens', usage.inputTokens);
  meter('OutputTokens', usage.outputTokens);
  meter('CacheReadInputTokens', usage.cacheReadTokens);
  for (const { ttl, tokens } of usage.cacheWrites ?? [])
    meter(ttl === '1h' ? 'CacheWrite1hInputTokens' : 'CacheWriteInputTokens', tokens);
}
