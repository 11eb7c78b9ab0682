import type { Pricer } from '../../kernel/ledger.ts';

/**
 * AWS KMS's public list prices by the request, in USD. Source: https://aws.amazon.com/kms/pricing/, from memory as of November 2025. What a
 * key costs by the month is not metered.
 */
const TEN_THOUSAND = 10_000;

const REQUESTS: Record<string, number> = {
  'KMS-Requests': 0.03 / TEN_THOUSAND,
  'KMS-Requests-Asymmetric': 0.15 / TEN_THOUSAND,
  'KMS-Requests-Asymmetric-RSA_2048': 0.03 / TEN_THOUSAND,
  'KMS-Requests-GenerateDatakeyPair-ECC': 0.1 / TEN_THOUSAND,
  'KMS-Requests-GenerateDatakeyPair-RSA': 12 / TEN_THOUSAND,
};

export const kmsPrices: Pricer = ({ type }) => REQUESTS[type];
