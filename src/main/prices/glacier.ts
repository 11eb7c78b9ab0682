import type { PriceTable } from './table.ts';

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

/** Amazon S3 Glacier's prices, of vaults. */
export const glacierTable: PriceTable = {
  service: 'glacier',
  asOf: '2025-11',
  source: 'https://aws.amazon.com/s3/glacier/pricing/',
  prices: PRICES,
};
