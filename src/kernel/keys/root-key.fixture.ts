import pino from 'pino';
import { openLmdb } from '../store/lmdb.ts';
import { Store } from '../store/store.ts';
import { openRootKey } from './root-key.ts';

/** Opens the root key of a folder as a process of a stack does, and prints a digest by it: `root-key.fixture.ts <folder>`. */
const directory = process.argv[2]!;
const store = new Store(openLmdb(`${directory}/store`, { shared: true }));
const log = pino({ level: 'silent' });
const key = await openRootKey({ store, directory, ephemeral: false, outside: false, log });
process.stdout.write(`opened ${key.mac('test', new Uint8Array()).toString('hex')}\n`);
await store.close();
