import type { Pricer } from '../../kernel/ledger.ts';

/**
 * Amazon S3 Glacier's public list prices (vaults) in US East (N. Virginia), in USD; other regions are priced alike.
 * Source: https://aws.amazon.com/s3/glacier/pricing/, as of November 2025.
 */
const THOUSAND = 1000;

const PRICES: Record<string, number> = {
  // Per GB-month.
  'TimedStorage-ByteHrs': 0.0036,
  'EarlyDelete-ByteHrs': 0.0036,
  // Per request: uploads, and Standard, Bulk and Expedited retrievals.
  'Requests-Tier1': 0.03 / THOUSAND,
  'Requests-Tier3': 0.05 / THOUSAND,
  'Requests-Tier5': 0,
  'Requests-Tier6': 10 / THOUSAND,
  // Per GB brought back.
  'Expedited-Retrieval-Bytes': 0.03,
  'Standard-Retrieval-Bytes': 0.01,
  'Bulk-Retrieval-Bytes': 0,
  // Per unit and month.
  ProvisionedCapacity: 100,
};

/** The price of one unit of a usage type of S3 Glacier; undefined for other services, and for what has no price here. */
export const glacierPrices: Pricer = ({ service, type }) => (service === 'glacier' ? PRICES[type] : undefined);
