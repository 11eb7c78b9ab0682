import type { PriceTable } from './table.ts';

const TEN_THOUSAND = 10_000;

/** AWS KMS's prices by the request. */
export const kmsTable: PriceTable = {
  service: 'kms',
  asOf: '2025-11',
  source: 'https://aws.amazon.com/kms/pricing/, from memory: check a figure before you rely on it',
  note: 'What a key costs by the month is not metered.',
  prices: {
    'KMS-Requests': 0.03 / TEN_THOUSAND,
    'KMS-Requests-Asymmetric': 0.15 / TEN_THOUSAND,
    'KMS-Requests-Asymmetric-RSA_2048': 0.03 / TEN_THOUSAND,
    'KMS-Requests-GenerateDatakeyPair-ECC': 0.1 / TEN_THOUSAND,
    'KMS-Requests-GenerateDatakeyPair-RSA': 12 / TEN_THOUSAND,
  },
};
