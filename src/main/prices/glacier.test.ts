import { expect, it } from 'vitest';
import { bedrockPrices } from './bedrock.ts';
import { pricesWith } from './index.ts';

it('What S3 Glacier meters has a price in the list, and a service without a table has none', () => {
  const price = (type: string, service = 'glacier') =>
    pricesWith(bedrockPrices)({ service, region: 'us-east-1', type, quantity: 1 });
  expect(price('TimedStorage-ByteHrs')).toBe(0.0036);
  expect(price('EarlyDelete-ByteHrs')).toBe(price('TimedStorage-ByteHrs'));
  for (const type of ['Requests-Tier1', 'Requests-Tier3', 'Requests-Tier6', 'ProvisionedCapacity'])
    expect(price(type)).toBeGreaterThan(0);
  expect(price('Expedited-Retrieval-Bytes')).toBeGreaterThan(price('Standard-Retrieval-Bytes')!);
  expect(price('Bulk-Retrieval-Bytes')).toBe(0);
  expect(price('Unheard-Of')).toBeUndefined();
  expect(price('TimedStorage-ByteHrs', 'nowhere')).toBeUndefined();
});
