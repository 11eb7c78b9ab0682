import type { Memory } from './shared.ts';

/**
 * Limits as AWS keeps them: a bucket that holds a period's worth, and fills up evenly as the stack's clock goes on.
 * Source: Amazon EC2 API Reference, "Request throttling" (token bucket algorithm).
 */
type Bucket = { level: number; atMs: number };

export type LimitPlan = { capacity: number; perMs: number };

/** Takes from a bucket; false: there is not enough in it. */
export function take(
  memory: Memory,
  key: readonly string[],
  plan: LimitPlan,
  amount: number,
  nowMs: number,
): boolean | Promise<boolean> {
  return memory.update<Bucket, boolean>(key, (bucket) => {
    const level = levelAt(bucket, plan, nowMs);
    const enough = level >= amount;
    return { value: { level: enough ? level - amount : level, atMs: nowMs }, result: enough };
  });
}

/** Gives back, or takes what was used beyond what was reserved: a bucket may then be short for a while. */
export async function settle(
  memory: Memory,
  key: readonly string[],
  plan: LimitPlan,
  amount: number,
  nowMs: number,
): Promise<void> {
  await memory.update<Bucket, undefined>(key, (bucket) => ({
    value: { level: Math.min(plan.capacity, levelAt(bucket, plan, nowMs) + amount), atMs: nowMs },
    result: undefined,
  }));
}

function levelAt(bucket: Bucket | undefined, { capacity, perMs }: LimitPlan, nowMs: number): number {
  if (!bucket) return capacity;
  // A clock that was set back fills nothing.
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  return Math.min(capacity, bucket.level + (capacity * elapsedMs) / perMs);
}
