import pino from 'pino';
import { Clock } from './clock.ts';
import { Events } from './events.ts';
import { Ids } from './ids.ts';
import { openLmdb } from './store/lmdb.ts';
import { Store } from './store/store.ts';

/** A process that hands out what waits and says so: `events.fixture.ts <store folder>`. After the third it stands still. */
const store = new Store(openLmdb(process.argv[2]!, { shared: true }));
const clock = await Clock.open(store);
const events = new Events({ store, clock, ids: new Ids(), log: pino({ level: 'silent' }) });
let count = 0;
events.subscribe({
  name: 'printer',
  deliver: async ({ detail }) => {
    console.log(`got ${String(detail['n'])}`);
    if (++count === 3) await new Promise(() => {});
  },
});
events.start();
setInterval(() => {}, 1_000);
