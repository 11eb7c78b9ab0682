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

/** A line that names a model, and what it would cost with another. */
export type WhatIfLine = CostLine & { whatIfUsd?: number };

/**
 * What the usage of a model (of all, where `from` is absent) would have cost with the model `to`: the same quantities at its list prices.
 * Another model counts other tokens and says more or less, so this is an estimate. Lines without a price in `to`'s table have none here.
 * Rejects with RangeError where `to` has no price at all: a sum of nothing would read as free.
 */
export async function readWhatIf(
  kernel: Pick<Kernel, 'ledger' | 'store'>,
  to: string,
  from?: string,
): Promise<{ usd: number; whatIfUsd: number; lines: WhatIfLine[] }> {
  const tokens = { service: 'bedrock-runtime', region: 'us-east-1', type: 'InputTokens', resource: to };
  if (kernel.ledger.unitPrice(tokens) === undefined) throw new RangeError(`No price of ${to} is known`);
  const { lines } = await readCost(kernel);
  const concerned = lines.filter(
    ({ resource, service }) =>
      resource !== undefined && service === 'bedrock-runtime' && (from ?? resource) === resource,
  );
  const changed = concerned.map((line): WhatIfLine => {
    const { service, region, type } = line;
    const unit = kernel.ledger.unitPrice({ service, region, type, resource: to });
    return unit === undefined ? line : { ...line, whatIfUsd: unit * line.quantity };
  });
  return {
    usd: changed.reduce((sum, { usd = 0 }) => sum + usd, 0),
    whatIfUsd: changed.reduce((sum, { whatIfUsd = 0 }) => sum + whatIfUsd, 0),
    lines: changed,
  };
}
