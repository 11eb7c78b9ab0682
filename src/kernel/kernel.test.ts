import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { afterThisTest, silent, temporaryFolder } from './kernel.fixture.ts';
import { openKernel, type KernelOptions } from './kernel.ts';
import type { Blob } from './blobs/blobs.ts';
import { collection } from './store/store.ts';

const records = collection<Blob>('t/record');
const content = Buffer.alloc(100_000, 'x');

async function open(options: Partial<KernelOptions> = {}) {
  const kernel = await openKernel({
    directory: temporaryFolder(),
    ephemeral: false,
    accountId: '000000000000',
    region: 'us-east-1',
    rootKey: 'test',
    rootSecret: 'test',
    shared: false,
    log: silent,
    jobHandler: async () => ({ run: async () => 'done' }),
    ...options,
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await kernel.stop();
    stopped = true;
  };
  afterThisTest(stop);
  const keep = async (key: string) => {
    const blob = await kernel.blobs.put(content);
    await kernel.store.transact(async (tx) => {
      await kernel.blobs.retain(tx, blob);
      tx.put(records, [key], blob);
    });
  };
  return { kernel, stop, keep };
}

const filesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

describe('the kernel', () => {
  it('finds everything again at the next start', async () => {
    const directory = temporaryFolder();
    const first = await open({ directory });
    first.kernel.start();
    await first.keep('k');
    await first.kernel.clock.freeze(42);
    await first.kernel.store.transact((tx) =>
      first.kernel.jobs.submit(tx, { kind: 't/x', id: 'x', input: 0, runAtMs: 50 }),
    );
    await first.stop();
    const next = await open({ directory });
    expect(next.kernel.clock.now()).toBe(42);
    expect((await next.kernel.blobs.bytes((await next.kernel.store.get(records, ['k']))!)).equals(content)).toBe(true);
    expect(await next.kernel.jobs.advance(8)).toBe(1);
    expect((await next.kernel.jobs.get(next.kernel.store, 't/x', 'x'))!.state).toBe('completed');
  });

  it('is empty and at real time once cleared, and works on', async () => {
    const { kernel, keep } = await open();
    kernel.start();
    await keep('k');
    await kernel.clock.freeze(42);
    await kernel.store.transact((tx) => kernel.jobs.submit(tx, { kind: 't/x', id: 'x', input: 0, runAtMs: 1e15 }));
    await kernel.clear();
    expect(kernel.clock.isReal).toBe(true);
    expect(await kernel.store.get(records, ['k'])).toBeUndefined();
    expect(await kernel.jobs.get(kernel.store, 't/x', 'x')).toBeUndefined();
    expect(filesUnder(join(kernel.directory, 'blobs'))).toEqual([]);
    await keep('again');
    expect((await kernel.blobs.bytes((await kernel.store.get(records, ['again']))!)).length).toBe(content.length);
    await kernel.store.transact((tx) => kernel.jobs.submit(tx, { kind: 't/x', id: 'y', input: 0 }));
    await kernel.jobs.settle();
    expect((await kernel.jobs.get(kernel.store, 't/x', 'y'))!.state).toBe('completed');
  });

  it('leaves the content of another store in the same folder alone', async () => {
    const directory = temporaryFolder();
    const first = await open({ directory });
    await first.keep('k');
    await first.stop();
    // The same folder with another store: all that lies there would be orphans of it.
    renameSync(join(directory, 'store'), join(directory, 'elsewhere'));
    const other = await open({ directory });
    expect(await other.kernel.blobs.sweep({ orphans: true, orphanAgeMs: 0 })).toBe(0);
    await other.stop();
    rmSync(join(directory, 'store'), { recursive: true });
    renameSync(join(directory, 'elsewhere'), join(directory, 'store'));
    const { kernel } = await open({ directory });
    expect((await kernel.blobs.bytes((await kernel.store.get(records, ['k']))!)).equals(content)).toBe(true);
  });

  it('leaves nothing behind when it is ephemeral', async () => {
    const { kernel, stop, keep } = await open({ ephemeral: true });
    await keep('k');
    expect(existsSync(kernel.directory)).toBe(true);
    await stop();
    expect(existsSync(kernel.directory)).toBe(false);
  });
});
