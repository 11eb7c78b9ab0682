import type { Pricer } from '../../kernel/ledger.ts';
import { bedrockPricer, type BedrockPrices } from './bedrock.ts';
import { glacierTable } from './glacier.ts';
import { kmsTable } from './kms.ts';
import { s3Table } from './s3.ts';
import { secretsManagerTable } from './secrets-manager.ts';
import { pricerOf, type PriceTable } from './table.ts';

/** Public list prices by service; a service without a table counts its usage and prices none of it. */
export const priceTables: PriceTable[] = [s3Table, glacierTable, kmsTable, secretsManagerTable];
const pricers = Object.fromEntries(priceTables.map((table) => [table.service, pricerOf(table)]));

/** List prices; Bedrock's from the given table. */
export function pricesWith(bedrock: BedrockPrices): Pricer {
  const models = bedrockPricer(bedrock);
  return (line) =>
    line.service === 'bedrock' || line.service === 'bedrock-runtime' ? models(line) : pricers[line.service]?.(line);
}
