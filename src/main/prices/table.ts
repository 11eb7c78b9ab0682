import type { Pricer } from '../../kernel/ledger.ts';

/** A service's public list prices in USD, in US East (N. Virginia), the first tier where a price falls with quantity; other regions are priced alike. */
export type PriceTable = {
  /** SDK client name. */
  service: string;
  /** When the prices were so: `2025-11`. */
  asOf: string;
  source: string;
  /** What is not in it, or not as on AWS. */
  note?: string;
  /** Of one unit, by usage type; `type/resource` goes before the `type`. */
  prices: Record<string, number>;
};

/** The price of one unit of a usage type; undefined for other services, and for what the table has no price of. */
export const pricerOf =
  ({ service: of, prices }: PriceTable): Pricer =>
  ({ service, type, resource }) =>
    service === of ? (prices[`${type}/${resource}`] ?? prices[type]) : undefined;
