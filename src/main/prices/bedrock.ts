import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Pricer } from '../../kernel/ledger.ts';
import table from './bedrock.json' with { type: 'json' };

/**
 * Amazon Bedrock's list prices in USD: tokens per million, text units and model unit hours each. Where a price falls with the region,
 * US East (N. Virginia) stands for all. The table says of when it is and where from; a user may put another in its place.
 */
const price = z.number().min(0);
const bedrockTable = z.strictObject({
  asOf: z.string(),
  source: z.string(),
  region: z.string().optional(),
  currency: z.literal('USD').optional(),
  models: z.record(
    z.string(),
    z.strictObject({
      input: price,
      output: price.optional(),
      cacheRead: price.optional(),
      cacheWrite: price.optional(),
      cacheWrite1h: price.optional(),
      /** Share of the standard price. */
      batch: price.optional(),
      flex: price.optional(),
      priority: price.optional(),
      /** At optimized latency. */
      optimized: price.optional(),
    }),
  ),
  /** By usage type. */
  units: z.record(z.string(), price).default({}),
  /** By model and term of commitment: `NoCommitment`, `OneMonth`, `SixMonths`. */
  provisionedModelUnitHours: z.record(z.string(), z.record(z.string(), price)).default({}),
});

export type BedrockPrices = z.output<typeof bedrockTable>;

export const bedrockPrices: BedrockPrices = bedrockTable.parse(table);

/** A user's table (YAML or JSON) over the one that is built in: what it names replaces, the rest stands. Throws with the file's fault. */
export function readPrices(file: string): BedrockPrices {
  const given = bedrockTable.partial().safeParse(parse(readFileSync(file, 'utf8')));
  if (!given.success) throw new Error(`${file}: ${z.prettifyError(given.error)}`);
  const { models, units, provisionedModelUnitHours: hours, ...rest } = given.data;
  return {
    ...bedrockPrices,
    ...(rest as Partial<BedrockPrices>),
    models: { ...bedrockPrices.models, ...models },
    units: { ...bedrockPrices.units, ...units },
    provisionedModelUnitHours: { ...bedrockPrices.provisionedModelUnitHours, ...hours },
  };
}

const MILLION = 1_000_000;
type Rates = BedrockPrices['models'][string];
const TOKENS: Record<string, (rates: Rates) => number | undefined> = {
  InputTokens: ({ input }) => input,
  OutputTokens: ({ output }) => output,
  CacheReadInputTokens: ({ cacheRead }) => cacheRead,
  CacheWriteInputTokens: ({ cacheWrite }) => cacheWrite,
  CacheWrite1hInputTokens: ({ cacheWrite1h }) => cacheWrite1h,
};

/** The price of one unit; undefined where the table has none. */
export function bedrockPricer(prices: BedrockPrices): Pricer {
  return ({ type, resource }) => {
    const unit = prices.units[type];
    if (unit !== undefined) return unit;
    if (resource === undefined) return undefined;
    const [kind = '', terms] = type.split('-');
    if (kind === 'ProvisionedModelUnit') {
      const term = type.slice('ProvisionedModelUnit-Hours-'.length) || 'NoCommitment';
      return prices.provisionedModelUnitHours[resource]?.[term];
    }
    const rates = prices.models[resource];
    const perMillion = rates && TOKENS[kind]?.(rates);
    if (perMillion === undefined) return undefined;
    switch (terms) {
      case undefined:
        return perMillion / MILLION;
      // Bought by the hour, reserved or not.
      case 'provisioned':
      case 'reserved':
        return 0;
      case 'batch':
      case 'flex':
      case 'priority':
      case 'optimized': {
        const share = rates![terms];
        return share === undefined ? undefined : (perMillion * share) / MILLION;
      }
      default:
        return undefined;
    }
  };
}
