import { createInterface } from 'node:readline';
import { openLmdb } from './lmdb.ts';
import { collection, Store } from './store.ts';

/** Answers each line, a key, with what it reads there: `follower.fixture.ts <store folder>`. Other reads keep its snapshots fresh or stale. */
const store = new Store(openLmdb(process.argv[2]!, { shared: true }));
const items = collection<{ n: number }>('t/follow');
const busy = async () => {
  for (;;) {
    await store.get(items, ['busy']);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
void busy();
createInterface({ input: process.stdin }).on('line', (key) => {
  void store.get(items, [key]).then((found) => process.stdout.write(`${found?.n ?? 'nothing'}\n`));
});
process.stdout.write('ready\n');
