import type { Kernel } from '../../kernel/kernel.ts';
import { collection, type Store, type Transaction } from '../../kernel/store/store.ts';

/**
 * What may still be asked, in tokens or requests: it fills up evenly by the minute, to a minute's worth. In the store, so that all processes draw
 * from the same. What a process that died had taken is back within a minute.
 */
type Bucket = { level: number; atMs: number };

/** Keyed by account, region, what is asked (a model's, a profile's or units' id) and `requests` or `tokens`. */
const buckets = collection<Bucket>('bedrock-runtime/bucket');

export type Limit = { key: string[]; perMinute: number; kind: 'requests' | 'tokens' };
/** How much is taken from a bucket; less than 0: given back. What is `owed` is taken whether it is there or not. */
type Draw = { limit: Limit; amount: number; owed?: boolean };

const MINUTE_MS = 60_000;

type Asking = {
  draws: Draw[];
  done: (lacking: Limit['kind'] | undefined) => void;
  failed: (error: unknown) => void;
};

/** Who waits for whom, by store and by what is asked: those who come while a transaction is under way share the next one. */
const queues = new WeakMap<Store, Map<string, Asking[]>>();

/**
 * Takes from the buckets of one thing that is asked, from all or from none.
 * @returns which of them lacks what is to be taken; undefined: none
 */
export function draw(kernel: Kernel, draws: Draw[]): Promise<Limit['kind'] | undefined> {
  const { store } = kernel;
  let waiting = queues.get(store);
  if (!waiting) queues.set(store, (waiting = new Map()));
  const name = draws[0]!.limit.key.slice(0, -1).join('\n');
  const queue = waiting.get(name);
  return new Promise((done, failed) => {
    const asking = { draws, done, failed };
    if (queue) queue.push(asking);
    else {
      waiting.set(name, [asking]);
      void serve(kernel, waiting, name);
    }
  });
}

async function serve(kernel: Kernel, waiting: Map<string, Asking[]>, name: string): Promise<void> {
  for (let queue = waiting.get(name)!; queue.length > 0; queue = waiting.get(name)!) {
    waiting.set(name, []);
    try {
      const lacking = await kernel.store.transact((tx) => settle(tx, queue, kernel.clock.now()));
      for (const [index, { done }] of queue.entries()) done(lacking[index]);
    } catch (error) {
      for (const { failed } of queue) failed(error);
    }
  }
  waiting.delete(name);
}

async function settle(tx: Transaction, queue: Asking[], nowMs: number): Promise<(Limit['kind'] | undefined)[]> {
  const levels = new Map<string, { key: string[]; level: number }>();
  const at = async ({ key, perMinute, kind }: Limit) => {
    const known = levels.get(kind);
    if (known) return known;
    const opened = { key, level: levelOf(await tx.get(buckets, key), perMinute, nowMs) };
    levels.set(kind, opened);
    return opened;
  };
  const outcomes: (Limit['kind'] | undefined)[] = [];
  for (const { draws } of queue) {
    let lacking: Limit['kind'] | undefined;
    for (const { limit, amount, owed } of draws) {
      const { level } = await at(limit);
      // Work of unknown size needs that something is left.
      if (!owed && level < Math.max(amount, Number.EPSILON)) lacking ??= limit.kind;
    }
    outcomes.push(lacking);
    if (lacking !== undefined) continue;
    for (const { limit, amount } of draws) {
      const bucket = await at(limit);
      bucket.level = Math.min(limit.perMinute, bucket.level - amount);
    }
  }
  for (const { key, level } of levels.values()) tx.put(buckets, key, { level, atMs: nowMs });
  return outcomes;
}

function levelOf(bucket: Bucket | undefined, perMinute: number, nowMs: number): number {
  if (!bucket) return perMinute;
  // The clock may have been set back: then nothing has flowed in.
  const flowed = (Math.max(0, nowMs - bucket.atMs) / MINUTE_MS) * perMinute;
  return Math.min(perMinute, bucket.level + flowed);
}
