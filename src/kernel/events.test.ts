import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_LOG_MAX, type Event } from './events.ts';
import { afterThisTest, openHouse, openStore, runScript, storeEngines, temporaryFolder } from './kernel.fixture.ts';
import { openLmdb } from './store/lmdb.ts';
import { Store } from './store/store.ts';

type House = Awaited<ReturnType<typeof openHouse>>;

const event = (n: number): Omit<Event, 'id' | 'timeMs'> => ({
  source: 'aws.test',
  detailType: 'Test Happened',
  account: '000000000000',
  region: 'us-east-1',
  resources: [],
  detail: { n },
});
const publish = ({ store, events }: House, ...numbers: number[]) =>
  store.transact((tx) => numbers.forEach((n) => events.publish(tx, event(n))));
const collector = (into: number[]) => ({
  name: 'collector',
  deliver: async ({ detail }: Event) => void into.push(detail['n'] as number),
});
const range = (count: number) => Array.from({ length: count }, (_, n) => n);

for (const engine of storeEngines) {
  const { name, skip } = engine;
  describe.skipIf(skip !== undefined)(`events on ${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    const open = async () => openHouse(await openStore(engine));

    it('come to each subscriber in the order they happened, and then stand in the log', async () => {
      const house = await open();
      await house.clock.freeze(1_000);
      const [one, two]: [number[], number[]] = [[], []];
      house.events.subscribe(collector(one));
      house.events.subscribe(collector(two));
      for (let n = 0; n < 30; n += 3) await publish(house, n, n + 1, n + 2);
      await house.events.deliver();
      expect(one).toEqual(range(30));
      expect(two).toEqual(range(30));
      const recent = await house.events.recent(4);
      expect(recent.map(({ detail }) => detail['n'])).toEqual([29, 28, 27, 26]);
      expect(recent[0]).toMatchObject({ source: 'aws.test', detailType: 'Test Happened', timeMs: 1_000 });
      expect(recent[0]!.id).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('are told of exactly if the change they tell of was committed', async () => {
      const house = await open();
      const got: number[] = [];
      house.events.subscribe(collector(got));
      await expect(
        house.store.transact((tx) => {
          house.events.publish(tx, event(1));
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await publish(house, 2);
      await house.events.deliver();
      expect(got).toEqual([2]);
    });

    it('are handed out as soon as the change is committed, without being asked', async () => {
      const house = await open();
      const arrived = new Promise<Event>((resolve) =>
        house.events.subscribe({ name: 'one', deliver: async (got) => resolve(got) }),
      );
      await publish(house, 5);
      expect((await arrived).detail).toEqual({ n: 5 });
    });

    it('reach the other subscribers when one refuses, and are offered to that one again', async () => {
      const house = await open();
      const got: number[] = [];
      let refused = 0;
      const late: number[] = [];
      house.events.subscribe({
        name: 'never',
        deliver: async () => {
          refused++;
          throw new Error('no');
        },
      });
      house.events.subscribe({
        name: 'second time',
        deliver: async ({ detail }) => {
          if (detail['n'] === 1 && !late.includes(-1)) {
            late.push(-1);
            throw new Error('not yet');
          }
          late.push(detail['n'] as number);
        },
      });
      house.events.subscribe(collector(got));
      await publish(house, 1, 2);
      await house.events.deliver();
      expect(got).toEqual([1, 2]);
      expect(late).toEqual([-1, 1, 2]);
      expect(refused).toBe(6);
      expect(await house.events.recent()).toHaveLength(2);
    });

    it('are handed out once, however many instances hand out', async () => {
      const store = await openStore(engine);
      const houses = [await openHouse(store), await openHouse(store), await openHouse(store)];
      const got: number[] = [];
      for (const house of houses) {
        house.events.subscribe(collector(got));
        house.events.start();
      }
      await Promise.all(range(150).map((n) => publish(houses[n % 3]!, n)));
      while (got.length < 150) await new Promise((resolve) => setTimeout(resolve, 10));
      await Promise.all(houses.map(({ events }) => events.deliver()));
      expect(got.toSorted((a, b) => a - b)).toEqual(range(150));
    });

    it('published by a subscriber follow in the same delivery', async () => {
      const house = await open();
      const got: number[] = [];
      house.events.subscribe({
        name: 'chain',
        deliver: async ({ detail }) => {
          const n = detail['n'] as number;
          got.push(n);
          if (n < 3) await publish(house, n + 1);
        },
      });
      await publish(house, 0);
      await house.events.deliver();
      expect(got).toEqual([0, 1, 2, 3]);
    });
  });
}

describe('the log of events', () => {
  it('is bounded: the oldest go', async () => {
    const house = await openHouse(await openStore());
    const total = EVENT_LOG_MAX + 250;
    for (let n = 0; n < total; n += 500) await publish(house, ...range(Math.min(500, total - n)).map((i) => n + i));
    await house.events.deliver();
    const all = await house.events.recent(total);
    expect(all).toHaveLength(EVENT_LOG_MAX);
    expect(all[0]!.detail['n']).toBe(total - 1);
    expect(all.at(-1)!.detail['n']).toBe(total - EVENT_LOG_MAX);
  });
});

describe('events of a process that was killed', () => {
  it('are handed out by another, those it had in hand once more', async () => {
    const folder = join(temporaryFolder(), 'store');
    const store = new Store(openLmdb(folder, { shared: true }));
    afterThisTest(() => store.close());
    const house = await openHouse(store);
    await house.events.stop(); // Only the other process hands out at first.
    await publish(house, ...range(5));
    const printer = runScript(join(import.meta.dirname, 'events.fixture.ts'), [folder]);
    await printer.said('got 2');
    printer.child.kill('SIGKILL');
    await printer.exited;
    expect(printer.lines()).toEqual(['got 0', 'got 1', 'got 2']);
    const got: number[] = [];
    house.events.subscribe(collector(got));
    house.events.start();
    await house.events.deliver();
    expect(got).toEqual(range(5));
  });
});
