import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { generator } from '../ids.ts';
import { afterThisTest, openStore, runScript, storeEngines, temporaryFolder } from '../kernel.fixture.ts';
import { decodeKey, encodeKey, type Key, type KeyPart } from './keys.ts';
import { openLmdb } from './lmdb.ts';
import { openPostgres } from './postgres.ts';
import { collection, ConflictError, Store, TRANSACTION_RANGE_MAX, valuesOf, type RangeOptions } from './store.ts';

type Item = { n: number; at?: Date; bytes?: Uint8Array };
const seed = testSeed('store');

describe('keys', () => {
  it('are ordered as tuples: strings by UTF-8 bytes, numbers by value, prefixes first', () => {
    const ordered: KeyPart[][] = [
      ['a'],
      ['a', -2.5],
      ['a', -1],
      ['a', 0],
      ['a', 3],
      ['a', 1e9],
      ['a\u0000'],
      ['a\u0000b'],
      ['a\u0001'],
      ['aa'],
      ['b'],
      ['é'],
      ['\u{ffff}'],
      ['😀'],
    ];
    // A number part sorts after a string part of the same place; compare within kinds.
    const encoded = ordered.map((key) => encodeKey(key));
    const byBytes = [...encoded].sort(Buffer.compare).map(decodeKey);
    expect(byBytes.filter((k) => k.length === 1)).toEqual(ordered.filter((k) => k.length === 1));
    expect(byBytes.filter((k) => k.length === 2)).toEqual(ordered.filter((k) => k.length === 2));
    expect(encoded.map(decodeKey)).toEqual(ordered);
  });

  it('refuse tuples that no engine could hold', () => {
    expect(() => encodeKey(['x'.repeat(2000)])).toThrow(RangeError);
  });
});

for (const engine of storeEngines) {
  const { name, skip } = engine;
  describe.skipIf(skip !== undefined)(`a store on ${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await openStore(engine);
    });

    it('keeps records with dates and bytes as they were', async () => {
      const items = collection<Item>('t/round');
      const value = { n: 1, at: new Date(1234567890123), bytes: Uint8Array.of(0, 255, 7) };
      await store.transact((tx) => tx.put(items, ['k'], value));
      const back = await store.get(items, ['k']);
      expect(back!.at).toEqual(value.at);
      expect([...back!.bytes!]).toEqual([0, 255, 7]);
      await store.transact((tx) => tx.delete(items, ['k']));
      expect(await store.get(items, ['k'])).toBeUndefined();
    });

    it('reads ranges in order, with bounds, limits, prefixes and in reverse', async () => {
      const items = collection<Item>('t/range');
      const keys = ['a', 'a/1', 'a/2', 'a/20', 'b', 'b/1', 'c\u0000d', 'é'];
      await store.transact((tx) => keys.forEach((k, n) => tx.put(items, ['p', k], { n })));
      await store.transact((tx) => tx.put(items, ['q', 'a'], { n: 99 }));
      const names = async (options?: Parameters<typeof store.range>[2]) =>
        (await store.range(items, ['p'], options)).map((e) => e.key[1]);
      expect(await names()).toEqual(keys);
      expect(await names({ startsWith: 'a/' })).toEqual(['a/1', 'a/2', 'a/20']);
      expect(await names({ after: ['p', 'a/2'], limit: 2 })).toEqual(['a/20', 'b']);
      expect(await names({ from: ['p', 'a/2'], limit: 2 })).toEqual(['a/2', 'a/20']);
      expect(await names({ past: 'a/' })).toEqual(['b', 'b/1', 'c\u0000d', 'é']);
      expect(await names({ reverse: true, limit: 3 })).toEqual(['é', 'c\u0000d', 'b/1']);
      expect(await names({ reverse: true, after: ['p', 'a/1'] })).toEqual(['a']);
      expect(await names({ reverse: true })).toEqual(keys.toReversed());
      const all = [];
      for await (const entry of store.all(items, ['p'])) all.push(entry.key[1]);
      expect(all).toEqual(keys);
    });

    it('shows a transaction its own writes, and others nothing before the commit', async () => {
      const items = collection<Item>('t/own');
      await store.transact((tx) => tx.put(items, [1], { n: 1 }));
      await store.transact(async (tx) => {
        tx.put(items, [2], { n: 2 });
        tx.delete(items, [1]);
        expect((await tx.range(items, [])).map((e) => e.key[0])).toEqual([2]);
        expect(await tx.get(items, [1])).toBeUndefined();
        expect(await store.get(items, [2])).toBeUndefined();
      });
      expect((await store.range(items, [])).map((e) => e.key[0])).toEqual([2]);
    });

    it('loses no increment among concurrent writers', async () => {
      const items = collection<Item>('t/count');
      await Promise.all(
        Array.from({ length: 50 }, () =>
          store.transact(async (tx) => tx.put(items, ['c'], { n: ((await tx.get(items, ['c']))?.n ?? 0) + 1 })),
        ),
      );
      expect((await store.get(items, ['c']))!.n).toBe(50);
    });

    it('retries a transaction whose range gained an entry meanwhile', async () => {
      const items = collection<Item>('t/phantom');
      let runs = 0;
      const total = await store.transact(async (tx) => {
        const seen = await tx.range(items, ['g']);
        if (runs++ === 0) await store.transact((other) => other.put(items, ['g', 'late'], { n: 5 }));
        const sum = seen.reduce((s, e) => s + e.value.n, 0);
        tx.put(items, ['sum'], { n: sum });
        return sum;
      });
      expect(runs).toBe(2);
      expect(total).toBe(5);
    });

    it('notices that a record was deleted and made again', async () => {
      const items = collection<Item>('t/aba');
      await store.transact((tx) => tx.put(items, ['x'], { n: 1 }));
      let runs = 0;
      await store.transact(async (tx) => {
        await tx.get(items, ['x']);
        if (runs++ === 0) {
          await store.transact((o) => o.delete(items, ['x']));
          await store.transact((o) => o.put(items, ['x'], { n: 1 }));
        }
        tx.put(items, ['y'], { n: 2 });
      });
      expect(runs).toBe(2);
    });

    it('writes nothing when the function throws', async () => {
      const items = collection<Item>('t/throw');
      await expect(
        store.transact((tx) => {
          tx.put(items, ['x'], { n: 1 });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await store.get(items, ['x'])).toBeUndefined();
    });

    it('agrees with a plain sorted list on every range there is', async () => {
      const random = generator(seed);
      const items = collection<Item>('t/model');
      const letters = ['a', 'b', '/', '\u0000', 'é', '😀', '\u{ffff}'];
      const text = () =>
        Array.from({ length: 1 + Math.floor(random() * 4) }, () => letters[Math.floor(random() * letters.length)]).join(
          '',
        );
      const model = new Map<string, { key: Key; n: number }>();
      await store.transact((tx) => {
        for (let n = 0; n < 120; n++) {
          const key = [text(), text()];
          model.set(key.join('\n'), { key, n });
          tx.put(items, key, { n });
        }
        // Neighbours on both sides that no range may show.
        tx.put(collection<Item>('t/modek'), ['z'], { n: -1 });
        tx.put(collection<Item>('t/model2'), ['a'], { n: -1 });
      });
      const sorted = [...model.values()].sort((a, b) => Buffer.compare(encodeKey(a.key), encodeKey(b.key)));
      const bytes = (text: string) => Buffer.from(text);
      for (let round = 0; round < 150; round++) {
        const prefix = random() < 0.5 ? [] : [sorted[Math.floor(random() * sorted.length)]!.key[0]!];
        const bound = random() < 0.5 ? sorted[Math.floor(random() * sorted.length)]!.key : [text(), text()];
        const reverse = random() < 0.5;
        const options: RangeOptions = {
          limit: 1 + Math.floor(random() * 20),
          ...(reverse ? { reverse } : {}),
          ...(random() < 0.4 ? { startsWith: letters[Math.floor(random() * letters.length)]! } : {}),
          ...(random() < 0.4 ? { after: bound } : {}),
          ...(!reverse && random() < 0.3 ? { from: bound } : {}),
          ...(!reverse && random() < 0.3 ? { past: text() } : {}),
        };
        const { startsWith, after, from, past, limit } = options;
        const expected = (reverse ? sorted.toReversed() : sorted)
          .filter(({ key }) => {
            const part = String(key[prefix.length]);
            const against = (other: Key) => Buffer.compare(encodeKey(key), encodeKey(other));
            return (
              prefix.every((wanted, i) => key[i] === wanted) &&
              (startsWith === undefined || part.startsWith(startsWith)) &&
              (after === undefined || (reverse ? against(after) < 0 : against(after) > 0)) &&
              (from === undefined || against(from) >= 0) &&
              (past === undefined || (!part.startsWith(past) && bytes(part).compare(bytes(past)) > 0))
            );
          })
          .slice(0, limit)
          .map(({ n }) => n);
        const found = (await store.range(items, prefix, options)).map(({ value }) => value.n);
        expect({ prefix, options, found }).toEqual({ prefix, options, found: expected });
        const inside = await store.transact((tx) => tx.range(items, prefix, options));
        expect(inside.map(({ value }) => value.n)).toEqual(expected);
      }
    });

    it('lets a transaction see one value of a record, however often it reads it', async () => {
      const items = collection<Item>('t/repeat');
      await store.transact((tx) => tx.put(items, ['x'], { n: 1 }));
      const seen: (number | undefined)[][] = [];
      await store.transact(async (tx) => {
        const first = (await tx.get(items, ['x']))!.n;
        if (seen.length === 0) await store.transact((other) => other.put(items, ['x'], { n: 2 }));
        seen.push([first, (await tx.get(items, ['x']))!.n]);
        tx.put(items, ['y'], { n: first });
      });
      expect(seen).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect((await store.get(items, ['y']))!.n).toBe(2);
    });

    it('does not let an error out that came of a view which never stood together', async () => {
      const items = collection<Item>('t/zombie');
      const move = (n: number) =>
        store.transact((tx) => {
          tx.put(items, ['left'], { n });
          tx.put(items, ['right'], { n });
        });
      await move(1);
      let runs = 0;
      const sum = await store.transact(async (tx) => {
        const left = (await tx.get(items, ['left']))!.n;
        if (runs++ === 0) await move(2);
        const right = (await tx.get(items, ['right']))!.n;
        if (left !== right) throw new Error('left and right differ');
        return left + right;
      });
      expect([sum, runs]).toEqual([4, 2]);
    });

    it('tells who listens once it is durable, and nobody of what was not', async () => {
      const items = collection<Item>('t/told');
      const told: string[] = [];
      await store.transact((tx) => {
        tx.put(items, ['x'], { n: 1 });
        tx.committed(() => told.push('written'));
        expect(told).toEqual([]);
      });
      await store
        .transact((tx) => {
          tx.committed(() => told.push('never'));
          throw new Error('no');
        })
        .catch(() => {});
      let runs = 0;
      await store.transact(async (tx) => {
        await tx.get(items, ['x']);
        if (runs++ === 0) await store.transact((other) => other.put(items, ['x'], { n: 2 }));
        tx.put(items, ['z'], { n: 1 });
        tx.committed(() => told.push(`run ${runs}`));
      });
      expect(told).toEqual(['written', 'run 2']);
    });

    it('gives up with ConflictError when others win every time', async () => {
      const items = collection<Item>('t/never');
      await expect(
        store.transact(async (tx) => {
          const n = (await tx.get(items, ['x']))?.n ?? 0;
          await store.transact((other) => other.put(items, ['x'], { n: n + 1 }));
          tx.put(items, ['x'], { n: -1 });
        }),
      ).rejects.toThrow(ConflictError);
    });

    it('keeps a record of a megabyte, and all of a transaction of many', async () => {
      const items = collection<{ bytes: Uint8Array; text: string }>('t/big');
      const random = generator(seed);
      const bytes = Buffer.from(Array.from({ length: 1_000_000 }, () => Math.floor(random() * 256)));
      const text = bytes.toString('base64').slice(0, 300_000);
      await store.transact((tx) => {
        for (let i = 0; i < 5; i++) tx.put(items, [i], { bytes: bytes.subarray(i), text });
      });
      const all = await store.range(items, []);
      for (const [i, { value }] of all.entries()) {
        expect(Buffer.from(value.bytes).equals(bytes.subarray(i))).toBe(true);
        expect(value.text).toBe(text);
      }
      expect(all).toHaveLength(5);
      await store.transact(async (tx) =>
        tx.put(items, [0], { bytes: new Uint8Array(2), text: (await tx.get(items, [1]))!.text }),
      );
      expect((await store.get(items, [0]))!.bytes).toHaveLength(2);
    });

    it('bounds the ranges of transactions', async () => {
      const items = collection<Item>('t/bound');
      await expect(store.transact((tx) => tx.range(items, [], { limit: TRANSACTION_RANGE_MAX + 1 }))).rejects.toThrow(
        RangeError,
      );
    });

    it('gives all records under a prefix, however many, to a transaction with its own among them', async () => {
      const items = collection<Item>('t/all');
      for (let from = 0; from < 2_500; from += 500)
        await store.transact(async (tx) => {
          for (let n = from; n < from + 500; n++) tx.put(items, ['many', n], { n });
        });
      const found = await store.transact(async (tx) => {
        tx.put(items, ['many', 2_500], { n: 2_500 });
        return valuesOf(tx, items, ['many']);
      });
      expect(found.map(({ n }) => n)).toEqual(Array.from({ length: 2_501 }, (_, n) => n));
    });

    it('is empty once cleared, and goes on', async () => {
      const items = collection<Item>('t/clear');
      await store.transact((tx) => {
        for (let n = 0; n < 200; n++) tx.put(items, [n], { n });
      });
      await store.clear();
      expect(await store.range(items, [])).toEqual([]);
      await store.transact((tx) => tx.put(items, ['new'], { n: 1 }));
      expect(await store.range(items, [])).toHaveLength(1);
    });
  });
}

describe('a store on LMDB', () => {
  it('lets the event loop turn while a long range is read, and shows one snapshot', async () => {
    const store = await openStore();
    const items = collection<{ text: string }>('t/long');
    const text = 'x'.repeat(500);
    for (let n = 0; n < 60_000; n += 2_000)
      await store.transact((tx) => {
        for (let i = n; i < n + 2_000; i++) tx.put(items, [i], { text });
      });
    let turns = 0;
    let reading = true;
    const turn = () => {
      turns++;
      if (reading) setImmediate(turn);
    };
    setImmediate(turn);
    const read = store.range(items, [], { limit: 100_000 });
    await store.transact((tx) => {
      tx.delete(items, [59_999]);
      tx.put(items, [70_000], { text });
    });
    const found = await read;
    reading = false;
    expect(found).toHaveLength(60_000);
    expect(found.at(-1)!.key).toEqual([59_999]);
    expect(turns).toBeGreaterThan(5);
  });

  it('is one store for several processes: no update is lost, no view is torn', async () => {
    const folder = join(temporaryFolder(), 'store');
    const store = new Store(openLmdb(folder, { shared: true }));
    afterThisTest(() => store.close());
    const accounts = collection<{ units: number }>('t/account');
    const counters = collection<{ n: number }>('t/counter');
    await store.transact((tx) => {
      for (let i = 0; i < 10; i++) tx.put(accounts, [`a${i}`], { units: 100 });
    });
    const script = join(import.meta.dirname, 'writer.fixture.ts');
    const writers = ['one', 'two', 'three'].map((name) => runScript(script, [folder, name, '300']));
    await Promise.all(writers.map((writer) => writer.said('done')));
    expect((await store.get(counters, ['all']))!.n).toBe(900);
    const total = (await store.range(accounts, [])).reduce((sum, { value }) => sum + value.units, 0);
    expect(total).toBe(1_000);
  });

  it('shows every process at once what another has acknowledged', async () => {
    const folder = join(temporaryFolder(), 'store');
    const store = new Store(openLmdb(folder, { shared: true }));
    afterThisTest(() => store.close());
    const items = collection<{ n: number }>('t/follow');
    const follower = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'follower.fixture.ts'), folder],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    afterThisTest(() => void follower.kill('SIGKILL'));
    const lines = createInterface({ input: follower.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    const stale: number[] = [];
    for (let n = 0; n < 500; n++) {
      await store.transact((tx) => tx.put(items, ['k'], { n }));
      follower.stdin.write('k\n');
      if ((await lines.next()).value !== String(n)) stale.push(n);
    }
    expect(stale).toEqual([]);
  });

  it('keeps everything for the next start, and refuses to be used when closed', async () => {
    const folder = join(temporaryFolder(), 'store');
    const items = collection<Item>('t/again');
    const first = new Store(openLmdb(folder));
    await first.transact((tx) => tx.put(items, ['k'], { n: 42 }));
    await first.close();
    await first.close();
    await expect(first.get(items, ['k'])).rejects.toThrow('the store is closed');
    await expect(first.transact((tx) => tx.put(items, ['k'], { n: 0 }))).rejects.toThrow('the store is closed');
    const next = new Store(openLmdb(folder));
    afterThisTest(() => next.close());
    expect(await next.get(items, ['k'])).toEqual({ n: 42 });
  });
});

describe.skipIf(!process.env['OUTCROP_TEST_POSTGRES'])('a store on PostgreSQL', () => {
  const url = process.env['OUTCROP_TEST_POSTGRES']!;

  it('may be opened by several processes at once for the first time', async () => {
    const table = `kv_first_${process.pid}_${Date.now()}`;
    const engines = await Promise.all(
      Array.from({ length: 6 }, (_, i) => openPostgres(url, { table, dropOnClose: i === 0 })),
    );
    for (const engine of engines.toReversed()) await engine.close();
  });

  it('says where and why when it cannot be opened', async () => {
    await expect(openPostgres('postgres://nobody:secret@127.0.0.1:1/none')).rejects.toThrow(
      /^store: 127\.0\.0\.1:1\/none cannot be used: /,
    );
  });
});
