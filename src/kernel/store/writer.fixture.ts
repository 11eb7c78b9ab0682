import { openLmdb } from './lmdb.ts';
import { collection, Store } from './store.ts';

/**
 * One of several processes on one store: `writer.fixture.ts <store folder> <name> <rounds>`. Moves units between accounts, counts on one key
 * and reads back each write of its own; prints how many it did.
 */
const [, , folder, name, rounds] = process.argv as unknown as [string, string, string, string, string];
const store = new Store(openLmdb(folder, { shared: true }));
const accounts = collection<{ units: number }>('t/account');
const counters = collection<{ n: number }>('t/counter');

for (let round = 0; round < Number(rounds); round++) {
  await store.transact(async (tx) => {
    const standing = await tx.range(accounts, []);
    const total = standing.reduce((sum, { value }) => sum + value.units, 0);
    if (total !== 1_000) throw new Error(`${name} saw ${total} units`);
    const from = standing[(round * 7 + name.length) % standing.length]!;
    const to = standing[(round * 3 + 1) % standing.length]!;
    if (from.key[0] !== to.key[0]) {
      tx.put(accounts, from.key, { units: from.value.units - 1 });
      tx.put(accounts, to.key, { units: to.value.units + 1 });
    }
    const counter = (await tx.get(counters, ['all'])) ?? { n: 0 };
    tx.put(counters, ['all'], { n: counter.n + 1 });
    tx.put(counters, [name], { n: round });
  });
  const own = await store.get(counters, [name]);
  if (own?.n !== round) throw new Error(`${name} does not see its own write: ${own?.n} for ${round}`);
}
console.log(`done ${rounds}`);
await store.close();
