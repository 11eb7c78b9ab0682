import { taggedResources } from './inference/tags.ts';
import type { Kernel } from './kernel.ts';
import type { LedgerLine } from './ledger.ts';

/** A line of the ledger, with the tags of what was called. */
export type CostLine = LedgerLine & { tags?: Record<string, string> };

/** What was used from `fromDay` to `toDay` (both inclusive, `YYYY-MM-DD`) and its sum at list prices, in USD. */
export async function readCost(
  { ledger, store }: Pick<Kernel, 'ledger' | 'store'>,
  fromDay = '0000-01-01',
  toDay = '9999-12-31',
): Promise<{ usd: number; lines: CostLine[] }> {
  const lines: CostLine[] = await ledger.read(fromDay, toDay);
  const known = new Map<string, Record<string, string> | undefined>();
  for (const line of lines) {
    if (line.tagged === undefined) continue;
    if (!known.has(line.tagged)) known.set(line.tagged, (await store.get(taggedResources, [line.tagged]))?.tags);
    const tags = known.get(line.tagged);
    if (tags) line.tags = tags;
  }
  return { usd: lines.reduce((sum, line) => sum + (line.usd ?? 0), 0), lines };
}
