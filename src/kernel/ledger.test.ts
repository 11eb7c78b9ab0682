import { describe, expect, it } from 'vitest';
import { openHouse, openStore, storeEngines } from './kernel.fixture.ts';
import { Ledger, type Usage } from './ledger.ts';

const who = {
  account: '111111111111',
  region: 'us-east-1',
  service: 'bedrock-runtime',
  principal: 'arn:aws:iam::1:root',
};
const tokens = (quantity: number, resource = 'm'): Usage => ({
  type: 'InputTokens',
  quantity,
  unit: 'tokens',
  resource,
});

for (const engine of storeEngines) {
  const { name, skip } = engine;
  describe.skipIf(skip !== undefined)(`the ledger on ${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    async function open() {
      const house = await openHouse(await openStore(engine));
      await house.clock.freeze(Date.UTC(2030, 0, 31, 23, 59));
      const ledger = new Ledger(house);
      ledger.priceWith(({ type, resource }) => (type === 'InputTokens' && resource === 'm' ? 0.001 : undefined));
      return { ...house, ledger };
    }

    it('adds up what is alike, a day at a time, over any number of flushes and processes', async () => {
      const { ledger, store, clock } = await open();
      const other = new Ledger({ store, clock });
      const quantities = Array.from({ length: 60 }, () => Math.ceil(Math.random() * 1_000));
      for (const [i, quantity] of quantities.entries()) {
        (i % 3 === 0 ? other : ledger).meter(who, tokens(quantity));
        if (i % 20 === 0) await Promise.all([ledger.flush(), other.flush()]);
      }
      await other.flush();
      const total = quantities.reduce((a, b) => a + b, 0);
      expect(await ledger.read('2030-01-31', '2030-01-31')).toMatchObject([
        { day: '2030-01-31', type: 'InputTokens', resource: 'm', quantity: total, ...who },
      ]);
      await clock.set(Date.UTC(2030, 1, 1));
      ledger.meter(who, tokens(7));
      expect((await ledger.read('2030-01-31', '2030-02-01')).map(({ quantity }) => quantity)).toEqual([total, 7]);
      expect((await ledger.read('2030-02-01', '2030-02-28')).map(({ quantity }) => quantity)).toEqual([7]);
      expect(await ledger.read('2030-02-02', '2031-01-01')).toEqual([]);
    });

    it('prices what has a known price, and leaves the rest without one', async () => {
      const { ledger } = await open();
      expect(ledger.meter(who, tokens(500))).toBeCloseTo(0.5, 10);
      expect(ledger.meter(who, tokens(500, 'unpriced'))).toBeUndefined();
      const lines = await ledger.read('2030-01-01', '2030-12-31');
      expect(lines.map(({ resource, usd }) => [resource, usd])).toEqual([
        ['m', 0.5],
        ['unpriced', undefined],
      ]);
    });

    it('tells long names apart', async () => {
      const { ledger } = await open();
      const long = `arn:aws:sagemaker:us-east-1:111111111111:endpoint/${'x'.repeat(3_000)}`;
      ledger.meter(who, tokens(1, `${long}1`));
      ledger.meter(who, tokens(2, `${long}2`));
      const lines = await ledger.read('2030-01-01', '2030-12-31');
      expect(new Map(lines.map(({ quantity, resource }) => [resource, quantity]))).toEqual(
        new Map([
          [`${long}1`, 1],
          [`${long}2`, 2],
        ]),
      );
    });
  });
}

describe('a ledger whose store fails for a moment', () => {
  it('keeps what it could not write, and writes it later', async () => {
    const { store, clock } = await openHouse(await openStore());
    let failing = true;
    const flaky = new Proxy(store, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (property === 'transact' && failing) return () => Promise.reject(new Error('disk full'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const ledger = new Ledger({ store: flaky, clock });
    ledger.meter(who, tokens(3));
    await expect(ledger.flush()).rejects.toThrow('disk full');
    ledger.meter(who, tokens(4));
    failing = false;
    const lines = await ledger.read('0000-01-01', '9999-12-31');
    expect(lines.map(({ quantity }) => quantity)).toEqual([7]);
  });
});
