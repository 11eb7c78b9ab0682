import type { PriceTable } from './table.ts';

const THOUSAND = 1000;

/** Per GB-month. */
const STORAGE: Record<string, number> = {
  'TimedStorage-ByteHrs': 0.023,
  'TimedStorage-RRS-ByteHrs': 0.024,
  'TimedStorage-INT-FA-ByteHrs': 0.023,
  'TimedStorage-SIA-ByteHrs': 0.0125,
  'TimedStorage-SIA-SmObjects': 0.0125,
  'TimedStorage-ZIA-ByteHrs': 0.01,
  'TimedStorage-ZIA-SmObjects': 0.01,
  'TimedStorage-GIR-ByteHrs': 0.004,
  'TimedStorage-GIR-SmObjects': 0.004,
  'TimedStorage-GlacierByteHrs': 0.0036,
  'TimedStorage-GDA-ByteHrs': 0.00099,
};

/** Per request. A `type/resource` goes before the `type`. */
const REQUESTS: Record<string, number> = {
  // PUT, COPY, POST, LIST; and GET and the rest.
  'Requests-Tier1': 0.005 / THOUSAND,
  'Requests-Tier2': 0.0004 / THOUSAND,
  'Requests-SIA-Tier1': 0.01 / THOUSAND,
  'Requests-SIA-Tier2': 0.001 / THOUSAND,
  'Requests-ZIA-Tier1': 0.01 / THOUSAND,
  'Requests-ZIA-Tier2': 0.001 / THOUSAND,
  'Requests-INT-Tier1': 0.005 / THOUSAND,
  'Requests-INT-Tier2': 0.0004 / THOUSAND,
  'Requests-GIR-Tier1': 0.02 / THOUSAND,
  'Requests-GIR-Tier2': 0.01 / THOUSAND,
  // Lifecycle transitions and direct uploads into the archives, and restorations from them.
  'Requests-Tier3': 0.03 / THOUSAND,
  'Requests-Tier3/restore': 0.05 / THOUSAND,
  'Requests-Tier4': 0.01 / THOUSAND,
  'Requests-Tier4/GLACIER_IR': 0.02 / THOUSAND,
  'Requests-Tier5': 0,
  'Requests-Tier6': 10 / THOUSAND,
  'Requests-GDA-Tier3': 0.05 / THOUSAND,
  'Requests-GDA-Tier3/restore': 0.1 / THOUSAND,
  'Requests-GDA-Tier5': 0.025 / THOUSAND,
};

/** Per GB brought back, or looked through by S3 Select. */
const RETRIEVAL: Record<string, number> = {
  'Retrieval-SIA': 0.01,
  'Retrieval-ZIA': 0.01,
  'Retrieval-GIR': 0.03,
  'Expedited-Retrieval-Bytes/GLACIER': 0.03,
  'Standard-Retrieval-Bytes/GLACIER': 0.01,
  'Bulk-Retrieval-Bytes/GLACIER': 0,
  'Standard-Retrieval-Bytes/DEEP_ARCHIVE': 0.02,
  'Bulk-Retrieval-Bytes/DEEP_ARCHIVE': 0.0025,
  'Select-Scanned-Bytes': 0.002,
  'Select-Returned-Bytes': 0.0007,
};

/** Amazon S3's prices. */
export const s3Table: PriceTable = {
  service: 's3',
  asOf: '2025-11',
  source: 'https://aws.amazon.com/s3/pricing/',
  prices: { ...STORAGE, ...REQUESTS, ...RETRIEVAL },
};
