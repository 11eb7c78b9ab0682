import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdb } from '../src/kernel/store/lmdb.ts';
import { collection, Store } from '../src/kernel/store/store.ts';

/**
 * Acknowledged and flushed writes a second on the store itself: `npx tsx bench/store.ts [seconds] [rounds]`. Prints the median of the
 * rounds. Each write is one transaction; its value is some 150 bytes.
 *
 *   put      a blind write of one key
 *   update   read one key, write it (a counter of its own for each writer)
 *   two      read two keys, write both
 *   hot      64 writers count on 16 shared keys: conflicts and retries included
 */
const WRITERS = 64;
const SECONDS = Number(process.argv[2] ?? 3);
const ROUNDS = Number(process.argv[3] ?? 5);

type Item = { n: number; text: string };
const items = collection<Item>('bench/item');
const text = 'x'.repeat(120);

const shapes: Record<string, (store: Store, writer: number, i: number) => Promise<unknown>> = {
  put: (store, writer, i) => store.transact((tx) => tx.put(items, ['put', writer, i], { n: i, text })),
  update: (store, writer) =>
    store.transact(async (tx) => {
      const known = await tx.get(items, ['update', writer]);
      tx.put(items, ['update', writer], { n: (known?.n ?? 0) + 1, text });
    }),
  two: (store, writer) =>
    store.transact(async (tx) => {
      const [a, b] = [await tx.get(items, ['two', writer, 0]), await tx.get(items, ['two', writer, 1])];
      tx.put(items, ['two', writer, 0], { n: (a?.n ?? 0) + 1, text });
      tx.put(items, ['two', writer, 1], { n: (b?.n ?? 0) + 1, text });
    }),
  hot: (store, writer, i) =>
    store.transact(async (tx) => {
      const key = ['hot', (writer * 7 + i) % 16];
      const known = await tx.get(items, key);
      tx.put(items, key, { n: (known?.n ?? 0) + 1, text });
    }),
};

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

for (const [shape, write] of Object.entries(shapes)) {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const directory = mkdtempSync(join(tmpdir(), 'outcrop-bench-'));
    const store = new Store(openLmdb(directory));
    let acknowledged = 0;
    const startedMs = performance.now();
    const endMs = startedMs + SECONDS * 1000;
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let i = 0; performance.now() < endMs; i++) {
          await write(store, writer, i);
          acknowledged++;
        }
      }),
    );
    rates.push(acknowledged / ((performance.now() - startedMs) / 1000));
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(
    `${shape.padEnd(8)} ${Math.round(median(rates)).toLocaleString('en').padStart(8)} writes/s acknowledged and flushed` +
      `   (${WRITERS} writers, rounds: ${rates.map((rate) => Math.round(rate)).join(' ')})`,
  );
}
