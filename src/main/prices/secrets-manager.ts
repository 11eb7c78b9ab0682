import type { Pricer } from '../../kernel/ledger.ts';

/**
 * AWS Secrets Manager's public list price by the request, in USD. Source: https://aws.amazon.com/secrets-manager/pricing/, from memory as of
 * November 2025. What a secret costs by the month is not metered.
 */
const REQUEST = 0.05 / 10_000;

export const secretsManagerPrices: Pricer = ({ type }) =>
  type === 'AWSSecretsManagerAPIRequest' ? REQUEST : undefined;
