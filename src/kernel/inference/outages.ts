import { collection, type Reader, type Store } from '../store/store.ts';
import { isMeant } from './pattern.ts';

/** A region whose models do not answer, as the stack's owner has it. */
export type Outage = {
  region: string;
  /** Pattern of foundation model ids; absent: all models. */
  model?: string | undefined;
  /** Virtual ms. */
  sinceMs: number;
};

/** Keyed by region and pattern. */
const outages = collection<Outage>('kernel/inference/outage');
export const OUTAGES_MAX = 100;

export async function listOutages(reader: Reader): Promise<Outage[]> {
  return (await reader.range(outages, [], { limit: OUTAGES_MAX })).map(({ value }) => value);
}

/** Replaces all outages; those that stand already keep their beginning. */
export function setOutages(store: Store, wanted: Omit<Outage, 'sinceMs'>[], nowMs: number): Promise<Outage[]> {
  return store.transact(async (tx) => {
    const before = new Map<string, number>();
    for (const { key, value } of await tx.range(outages, [], { limit: OUTAGES_MAX })) {
      before.set(JSON.stringify(key), value.sinceMs);
      tx.delete(outages, key);
    }
    for (const { region, model } of wanted) {
      const key = [region, model ?? '*'];
      const sinceMs = before.get(JSON.stringify(key)) ?? nowMs;
      tx.put(outages, key, { region, ...(model === undefined ? {} : { model }), sinceMs });
    }
    return listOutages(tx);
  });
}

/** The first of `regions` in which a model answers; undefined when all are down. */
export async function firstUp(
  reader: Reader,
  regions: readonly string[],
  modelId: string,
): Promise<string | undefined> {
  const down = await reader.range(outages, [], { limit: OUTAGES_MAX });
  if (down.length === 0) return regions[0];
  return regions.find(
    (region) => !down.some(({ value }) => value.region === region && isMeant(value.model ?? '*', modelId)),
  );
}
