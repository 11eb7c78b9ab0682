import type { Pricer } from '../../kernel/ledger.ts';
import { glacierPrices } from './glacier.ts';
import { s3Prices } from './s3.ts';

/** Public list prices by service; a service without a table counts its usage and prices none of it. */
const TABLES: Record<string, Pricer> = { glacier: glacierPrices, s3: s3Prices };

export const listPrices: Pricer = (line) => TABLES[line.service]?.(line);
