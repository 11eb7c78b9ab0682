import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collection, Store } from './store.ts';
import { openLmdb } from './lmdb.ts';
import type { StoreEngine } from './engine.ts';
import { decodeKey, encodeKey, type KeyPart } from './keys.ts';
import { openPostgres } from './postgres.ts';

type Item = { n: number; at?: Date; bytes?: Uint8Array };
const postgresUrl = process.env['OUTCROP_TEST_POSTGRES'];

const engines: { name: string; skip?: string; open: (dir: string) => Promise<StoreEngine> }[] = [
  { name: 'LMDB', open: async (dir) => openLmdb(dir) },
  {
    name: 'PostgreSQL',
    ...(postgresUrl ? {} : { skip: 'OUTCROP_TEST_POSTGRES names no server' }),
    open: () =>
      openPostgres(postgresUrl!, { table: `kv_${process.pid}_${Math.floor(Math.random() * 1e9)}`, dropOnClose: true }),
  },
];

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

for (const { name, skip, open } of engines) {
  describe.skipIf(skip !== undefined)(`a store on ${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let dir: string;
    let store: Store;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'outcrop-store-'));
      store = new Store(await open(dir));
    });
    afterAll(async () => {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
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
  });
}
