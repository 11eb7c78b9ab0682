import type { PriceTable } from './table.ts';

/** AWS Secrets Manager's price by the request. */
export const secretsManagerTable: PriceTable = {
  service: 'secrets-manager',
  asOf: '2025-11',
  source: 'https://aws.amazon.com/secrets-manager/pricing/, from memory: check a figure before you rely on it',
  note: 'What a secret costs by the month is not metered.',
  prices: { AWSSecretsManagerAPIRequest: 0.05 / 10_000 },
};
