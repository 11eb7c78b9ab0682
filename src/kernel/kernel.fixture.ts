import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach } from 'vitest';
import { Clock } from './clock.ts';
import { Events } from './events.ts';
import { Ids } from './ids.ts';
import { Jobs, type JobHandler } from './jobs.ts';
import type { StoreEngine } from './store/engine.ts';
import { openLmdb } from './store/lmdb.ts';
import { openPostgres } from './store/postgres.ts';
import { Store } from './store/store.ts';

/** What the kernel's suites are run on: every engine of the store, each skip with its reason. */
const postgresUrl = process.env['OUTCROP_TEST_POSTGRES'];

export const storeEngines: { name: string; skip?: string; open: (place: string) => Promise<StoreEngine> }[] = [
  { name: 'LMDB', open: async (place) => openLmdb(place) },
  {
    name: 'PostgreSQL',
    ...(postgresUrl ? {} : { skip: 'OUTCROP_TEST_POSTGRES names no server' }),
    open: (place) => openPostgres(postgresUrl!, { table: tableOf(place), dropOnClose: true }),
  },
];

const tableOf = (place: string) => `kv_${place.replaceAll(/\W/g, '_').slice(-40)}`;

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** Runs after the test, last one first. */
export function afterThisTest(clean: () => Promise<unknown> | void): void {
  cleanups.push(clean);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outcrop-kernel-'));
  afterThisTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty store that lives as long as the test. */
export async function openStore(engine = storeEngines[0]!): Promise<Store> {
  const store = new Store(await engine.open(temporaryFolder()));
  afterThisTest(() => store.close());
  return store;
}

export const silent = pino({ level: 'silent' });

/** The parts that work on a store, as one process has them; more than one may be made for a store. */
export async function openHouse(store: Store, handlers: Record<string, JobHandler> = {}) {
  const clock = await Clock.open(store);
  const ids = new Ids();
  const jobs = new Jobs({ store, clock, ids, log: silent, handlerOf: async (kind) => handlers[kind] });
  const events = new Events({ store, clock, ids, log: silent });
  afterThisTest(async () => {
    await jobs.stop();
    await events.stop();
    clock.close();
  });
  return { store, clock, ids, jobs, events };
}

/** A script of ours in a process of its own; `said` resolves with its next line that starts so. */
export function runScript(path: string, args: string[], environment: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  let text = '';
  const waiting = new Set<() => void>();
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    waiting.forEach((look) => look());
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  afterThisTest(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    child,
    exited,
    lines: () => text.split('\n').slice(0, -1),
    said: (start: string) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const line = text.split('\n').find((candidate) => candidate.startsWith(start));
          if (line === undefined) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        void exited.then(() => {
          look();
          reject(new Error(`${path} ended without saying ${start}: ${text}`));
        });
        look();
      }),
  };
}
