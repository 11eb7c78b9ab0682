import type { Pricer } from '../../kernel/ledger.ts';
import { bedrockPricer, bedrockPrices, type BedrockPrices } from './bedrock.ts';
import { glacierPrices } from './glacier.ts';
import { kmsPrices } from './kms.ts';
import { s3Prices } from './s3.ts';
import { secretsManagerPrices } from './secrets-manager.ts';

/** Public list prices by service; a service without a table counts its usage and prices none of it. */
const TABLES: Record<string, Pricer> = {
  glacier: glacierPrices,
  kms: kmsPrices,
  s3: s3Prices,
  'secrets-manager': secretsManagerPrices,
};

/** List prices; Bedrock's from the given table. */
export function pricesWith(bedrock: BedrockPrices): Pricer {
  const models = bedrockPricer(bedrock);
  return (line) =>
    line.service === 'bedrock' || line.service === 'bedrock-runtime' ? models(line) : TABLES[line.service]?.(line);
}

export const listPrices: Pricer = pricesWith(bedrockPrices);
