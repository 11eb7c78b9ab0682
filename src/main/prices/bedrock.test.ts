import { describe, expect, it } from 'vitest';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundationModels } from '../../kernel/foundation-models/catalog.ts';
import { bedrockPrices, bedrockPricer, readPrices } from './bedrock.ts';

const price = bedrockPricer(bedrockPrices);
const of = (type: string, resource?: string) =>
  price({ service: 'bedrock-runtime', region: 'us-east-1', type, quantity: 1, ...(resource ? { resource } : {}) });
const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

describe('the prices of Amazon Bedrock', () => {
  it('say of when they are, and where from', () => {
    expect(bedrockPrices.asOf).toMatch(/^\d{4}-\d{2}$/);
    expect(bedrockPrices.source).toMatch(/^https:\/\/aws\.amazon\.com\//);
  });

  it('are of models that are in the catalogue', () => {
    const ids = new Set(foundationModels.map(({ id }) => id));
    const named = [...Object.keys(bedrockPrices.models), ...Object.keys(bedrockPrices.provisionedModelUnitHours)];
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('make reading from a cache a tenth, and writing to it a quarter more, for Claude', () => {
    const input = of('InputTokens', SONNET)!;
    expect(of('CacheReadInputTokens', SONNET)).toBeCloseTo(input * 0.1, 12);
    expect(of('CacheWriteInputTokens', SONNET)).toBeCloseTo(input * 1.25, 12);
    expect(of('CacheWrite1hInputTokens', SONNET)).toBeCloseTo(input * 2, 12);
  });

  it('halve a batch, and count nothing for tokens that were bought by the hour', () => {
    expect(of('OutputTokens-batch', SONNET)).toBeCloseTo(of('OutputTokens', SONNET)! / 2, 12);
    expect(of('OutputTokens-provisioned', SONNET)).toBe(0);
    expect(of('ProvisionedModelUnit-Hours-OneMonth', 'anthropic.claude-v2:1')).toBe(63);
  });

  it('are unknown, not nothing, where the table has none', () => {
    expect(of('InputTokens', 'some.model')).toBeUndefined();
    expect(of('InputTokens-flex', SONNET)).toBeUndefined();
    expect(of('ImageCount', SONNET)).toBeUndefined();
  });

  it('may be replaced, one by one, by a file of the user’s; a wrong one says where', () => {
    const folder = mkdtempSync(join(tmpdir(), 'prices-'));
    const file = join(folder, 'prices.yaml');
    writeFileSync(file, `asOf: '2027-01'\nsource: our contract\nmodels:\n  ${SONNET}: { input: 2, output: 10 }\n`);
    const own = bedrockPricer(readPrices(file));
    const line = { service: 'bedrock-runtime', region: 'us-east-1', quantity: 1 };
    expect(own({ ...line, type: 'InputTokens', resource: SONNET })).toBe(2 / 1_000_000);
    expect(own({ ...line, type: 'InputTokens', resource: 'amazon.nova-micro-v1:0' })).toBe(
      of('InputTokens', 'amazon.nova-micro-v1:0'),
    );
    writeFileSync(file, `models:\n  ${SONNET}: { input: free }\n`);
    expect(() => readPrices(file)).toThrow(/prices\.yaml[\s\S]*input/);
  });
});
