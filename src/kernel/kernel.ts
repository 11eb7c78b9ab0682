import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Logger } from 'pino';
import { Blobs } from './blobs/blobs.ts';
import { openFiles } from './blobs/files.ts';
import { openS3 } from './blobs/s3.ts';
import { Calls } from './calls.ts';
import { Clock } from './clock.ts';
import { Events } from './events.ts';
import { Ids } from './ids.ts';
import { Jobs, type JobHandler } from './jobs.ts';
import { Keys } from './keys/keys.ts';
import { openRootKey } from './keys/root-key.ts';
import { Ledger } from './ledger.ts';
import { Outbound } from './outbound.ts';
import { Principals } from './principals/principals.ts';
import { Reasons } from './reasons.ts';
import { partitionOf } from './resources.ts';
import { openLmdb } from './store/lmdb.ts';
import { settingsOf, type Settings } from './settings.ts';
import { collection, Store } from './store/store.ts';
import { Trail } from './trail/trail.ts';

export type KernelOptions = {
  /** Where state lives; a temporary folder, removed at the end, when `ephemeral`. */
  directory: string;
  ephemeral: boolean;
  accountId: string;
  region: string;
  rootKey: string;
  rootSecret: string;
  seed?: number | string;
  /** The root key, 32 bytes in base64 or hexadecimal; absent: the one in the directory, or one in memory when `ephemeral`. */
  encryptionKey?: string;
  /** `postgres://…`; absent: LMDB in the directory. */
  storeUrl?: string;
  /** `s3://…`; absent: files in the directory. */
  blobsUrl?: string;
  /** Documents may be fetched from private addresses. */
  allowPrivateFetch?: boolean;
  /** More processes may serve the same store. */
  shared: boolean;
  log: Logger;
  settings?: Partial<Settings>;
  jobHandler: (kind: string) => Promise<JobHandler | undefined>;
};

/** State, time and work: what all services share. */
export type Kernel = {
  readonly directory: string;
  readonly accountId: string;
  readonly region: string;
  readonly log: Logger;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly calls: Calls;
  readonly ledger: Ledger;
  readonly trail: Trail;
  readonly principals: Principals;
  readonly reasons: Reasons;
  readonly outbound: Outbound;
  readonly settings: Settings;
  readonly keys: Keys;
  /** Removes all state; what runs is stopped first and begins anew after. */
  clear(): Promise<void>;
  /** Begins background work. */
  start(): void;
  stop(): Promise<void>;
};

const identities = collection<string>('kernel/store-id');

/**
 * A store's own name. Content is kept under it, so that stores which share a data folder or a bucket never take each other's content
 * for their orphans.
 */
function storeId(store: Store, known?: string): Promise<string> {
  return store.transact(async (tx) => {
    const standing = await tx.get(identities, ['id']);
    if (standing !== undefined) return standing;
    const made = known ?? randomUUID();
    tx.put(identities, ['id'], made);
    return made;
  });
}

export async function openKernel(options: KernelOptions): Promise<Kernel> {
  const directory = options.ephemeral ? mkdtempSync(join(tmpdir(), 'outcrop-')) : options.directory;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { ephemeral, log } = options;
  const store = new Store(
    options.storeUrl
      ? await (await import('./store/postgres.ts')).openPostgres(options.storeUrl)
      : openLmdb(join(directory, 'store'), { ephemeral, shared: options.shared }),
  );
  const root = await openRootKey({
    store,
    directory,
    ephemeral,
    outside: options.storeUrl !== undefined,
    given: options.encryptionKey,
    log,
  }).catch(async (error: unknown) => {
    await store.close();
    if (ephemeral) rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  const ids = new Ids(options.seed);
  const clock = await Clock.open(store, { shared: options.shared || options.storeUrl !== undefined });
  const id = await storeId(store);
  const engine = options.blobsUrl
    ? await openS3(options.blobsUrl, { folder: id })
    : openFiles(join(directory, 'blobs', id), { ephemeral });
  const blobs = new Blobs({ store, engine, ids });
  const jobs = new Jobs({ store, clock, ids, log, handlerOf: options.jobHandler });
  const events = new Events({ store, clock, ids, log });
  const ledger = new Ledger({ store, clock });
  const trail = new Trail({ store, clock, ids, jobs, events });
  const reasons = new Reasons({ store, clock, ids });
  const principals = new Principals({
    store,
    clock,
    account: options.accountId,
    partition: partitionOf(options.region),
    rootKey: options.rootKey,
    rootSecret: options.rootSecret,
  });
  const calls = new Calls(principals);
  return {
    directory,
    accountId: options.accountId,
    region: options.region,
    log,
    store,
    blobs,
    clock,
    ids,
    jobs,
    events,
    calls,
    ledger,
    trail,
    principals,
    reasons,
    outbound: new Outbound({ allowPrivate: options.allowPrivateFetch === true }),
    settings: settingsOf(options.settings),
    keys: new Keys({ root, calls }),
    start() {
      for (const part of [jobs, events, ledger, trail, reasons, blobs]) part.start();
    },
    async clear() {
      for (const part of [jobs, events, ledger, trail, reasons, blobs]) await part.stop();
      await store.clear();
      await storeId(store, id);
      await root.claim(store);
      trail.clear();
      reasons.clear();
      await blobs.sweep({ orphans: true, orphanAgeMs: 0 });
      await clock.reset();
      for (const part of [jobs, events, ledger, trail, reasons, blobs]) part.start();
    },
    async stop() {
      for (const part of [jobs, events, ledger, trail, reasons, blobs]) await part.stop();
      clock.close();
      await store.close();
      if (ephemeral) rmSync(directory, { recursive: true, force: true });
    },
  };
}
