import pino from 'pino';
import { Clock } from './clock.ts';
import { Ids } from './ids.ts';
import { Jobs } from './jobs.ts';
import { openLmdb } from './store/lmdb.ts';
import { Store } from './store/store.ts';

/** A process that runs jobs of kind `t/long` until it is killed: `jobs.fixture.ts <store folder>`. It says when it has begun one. */
const store = new Store(openLmdb(process.argv[2]!, { shared: true }));
const clock = await Clock.open(store, { shared: true });
const jobs = new Jobs({
  store,
  clock,
  ids: new Ids(),
  log: pino({ level: 'silent' }),
  handlerOf: async () => ({
    async run({ job, signal, checkpoint }) {
      await checkpoint({ begunBy: process.pid });
      console.log(`running ${job.id}`);
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  }),
});
jobs.start();
setInterval(() => {}, 1_000);
