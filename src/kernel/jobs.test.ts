import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONCURRENCY_MAX, type Job, type JobContext, type JobHandler, type Submission } from './jobs.ts';
import { openHouse, openStore, runScript, storeEngines, temporaryFolder, afterThisTest } from './kernel.fixture.ts';
import { openLmdb } from './store/lmdb.ts';
import { collection, Store } from './store/store.ts';

const START_MS = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;
const notes = collection<unknown>('t/note');

const until = async (what: () => unknown) => {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

for (const engine of storeEngines) {
  const { name, skip } = engine;
  describe.skipIf(skip !== undefined)(`jobs on ${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    /** A house at a frozen time, with handlers. */
    async function open(handlers: Record<string, JobHandler> = {}) {
      const house = await openHouse(await openStore(engine), handlers);
      await house.clock.freeze(START_MS);
      const submit = (submission: Submission<unknown>) =>
        house.store.transact((tx) => house.jobs.submit(tx, submission));
      const get = (kind: string, id: string) => house.jobs.get(house.store, kind, id) as Promise<Job<any>>;
      return { ...house, submit, get };
    }

    it('are there exactly if the change they were submitted with is', async () => {
      const { store, jobs, get, submit } = await open({ 't/a': { run: async () => 1 } });
      await expect(
        store.transact(async (tx) => {
          tx.put(notes, ['n'], 1);
          await jobs.submit(tx, { kind: 't/a', id: 'gone', input: 1 });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await get('t/a', 'gone')).toBeUndefined();
      await submit({ kind: 't/a', id: 'kept', input: { x: 1 } });
      expect(await get('t/a', 'kept')).toMatchObject({ state: 'pending', input: { x: 1 }, attempts: 0 });
    });

    it('run once and complete with their result, their hook in the same transaction', async () => {
      let runs = 0;
      const { jobs, submit, get, store } = await open({
        't/add': {
          run: async ({ job }: JobContext<{ a: number; b: number }>) => (runs++, job.input.a + job.input.b),
          ended: (tx, job) => tx.put(notes, [job.id], { state: job.state, result: job.result }),
        },
      });
      const [a, b] = [Math.random(), Math.random()];
      const id = await submit({ kind: 't/add', input: { a, b } });
      await jobs.settle();
      expect(await get('t/add', id)).toMatchObject({ state: 'completed', result: a + b, attempts: 1 });
      expect(await store.get(notes, [id])).toEqual({ state: 'completed', result: a + b });
      expect((await get('t/add', id)).lease).toBeUndefined();
      await submit({ kind: 't/add', id, input: { a: 0, b: 0 } });
      await jobs.settle();
      expect(runs).toBe(1);
    });

    it('are taken as soon as the submission is committed', async () => {
      const { jobs, submit, get } = await open({ 't/a': { run: async () => 'done' } });
      jobs.start();
      await jobs.settle();
      const id = await submit({ kind: 't/a', input: 0 });
      await until(async () => (await get('t/a', id)).state === 'completed');
    });

    it('are tried again up to their bound, then fail with the reason', async () => {
      const attempts: number[] = [];
      const { jobs, submit, get, clock } = await open({
        't/bad': {
          attemptsMax: 4,
          run: async ({ job }) => {
            attempts.push(job.attempts);
            throw new Error(`broken ${job.attempts}`);
          },
        },
        't/mended': {
          run: async ({ job }) => {
            if (job.attempts === 1) throw new Error('once');
            return 'well';
          },
        },
      });
      await submit({ kind: 't/bad', id: 'x', input: 0 });
      await submit({ kind: 't/mended', id: 'y', input: 0 });
      await jobs.advance(60_000);
      expect(attempts).toEqual([1, 2, 3, 4]);
      expect(await get('t/bad', 'x')).toMatchObject({ state: 'failed', reason: 'broken 4', attempts: 4 });
      const mended = await get('t/mended', 'y');
      expect(mended).toMatchObject({ state: 'completed', result: 'well', attempts: 2 });
      expect(mended.reason).toBeUndefined();
      expect(clock.now()).toBe(START_MS + 60_000);
    });

    it('fail when nothing handles their kind', async () => {
      const { jobs, submit, get } = await open();
      await submit({ kind: 't/none', id: 'x', input: 0 });
      await jobs.advance(10_000);
      expect(await get('t/none', 'x')).toMatchObject({
        state: 'failed',
        reason: 'nothing handles jobs of kind t/none',
      });
    });

    it('show progress while they run, and keep their checkpoint from one attempt to the next', async () => {
      const seen: unknown[] = [];
      let go = () => {};
      const gate = new Promise<void>((resolve) => (go = resolve));
      const { jobs, submit, get } = await open({
        't/steps': {
          run: async ({ job, progress, checkpoint }) => {
            seen.push(job.checkpoint);
            await progress(3, 10, 'third');
            await checkpoint({ at: 3 });
            if (job.attempts === 1) {
              await gate;
              throw new Error('stop');
            }
          },
        },
      });
      await submit({ kind: 't/steps', id: 'x', input: 0 });
      const settled = jobs.advance(10_000);
      await until(async () => (await get('t/steps', 'x')).checkpoint);
      expect(await get('t/steps', 'x')).toMatchObject({
        state: 'running',
        progress: { done: 3, total: 10, message: 'third' },
      });
      go();
      await settled;
      expect(seen).toEqual([undefined, { at: 3 }]);
    });

    it('end as cancelled: at once while they wait, through their signal while they run', async () => {
      const { jobs, submit, get, store } = await open({
        't/wait': {
          run: ({ signal }) => aborted(signal),
          ended: (tx, job) => tx.put(notes, [job.id], job.state),
        },
      });
      await submit({ kind: 't/wait', id: 'later', input: 0, runAtMs: START_MS + HOUR_MS });
      expect(await jobs.cancel('t/wait', 'later', 'not wanted')).toBe(true);
      expect(await get('t/wait', 'later')).toMatchObject({ state: 'cancelled', reason: 'not wanted' });
      expect(await store.get(notes, ['later'])).toBe('cancelled');
      await submit({ kind: 't/wait', id: 'now', input: 0 });
      const settled = jobs.settle();
      await until(async () => (await get('t/wait', 'now')).state === 'running');
      expect(await jobs.cancel('t/wait', 'now', 'stop it')).toBe(true);
      await settled;
      expect(await get('t/wait', 'now')).toMatchObject({ state: 'cancelled', reason: 'stop it', attempts: 1 });
      expect(await jobs.cancel('t/wait', 'now', 'again')).toBe(false);
      expect(await jobs.cancel('t/wait', 'never was', 'again')).toBe(false);
    });

    it('are cancelled through another instance', async () => {
      const { store, jobs, submit, get } = await open({ 't/wait': { run: ({ signal }) => aborted(signal) } });
      const other = await openHouse(store);
      jobs.start();
      await submit({ kind: 't/wait', id: 'x', input: 0 });
      await until(async () => (await get('t/wait', 'x')).state === 'running');
      await other.jobs.cancel('t/wait', 'x', 'from elsewhere');
      await until(async () => (await get('t/wait', 'x')).state === 'cancelled');
      expect((await get('t/wait', 'x')).reason).toBe('from elsewhere');
    });

    it('advance in order of their due times, those submitted on the way included', async () => {
      const ran: [string, number][] = [];
      const { jobs, submit, clock, store } = await open({
        't/mark': {
          run: async ({ job }: JobContext<{ next?: Submission<unknown> }>) => {
            ran.push([job.id, clock.now() - START_MS]);
            const { next } = job.input;
            if (next) await store.transact((tx) => jobs.submit(tx, next));
          },
        },
      });
      jobs.start();
      const chained = { kind: 't/mark', id: 'chained', input: {}, runAtMs: START_MS + 2_500 };
      await submit({ kind: 't/mark', id: 'third', input: {}, runAtMs: START_MS + 3_000 });
      await submit({ kind: 't/mark', id: 'first', input: {}, runAtMs: START_MS + 1_000 });
      await submit({ kind: 't/mark', id: 'second', input: { next: chained }, runAtMs: START_MS + 2_000 });
      await submit({ kind: 't/mark', id: 'far', input: {}, runAtMs: START_MS + 10_000 });
      expect(await jobs.advance(5_000)).toBe(4);
      expect(ran).toEqual([
        ['first', 1_000],
        ['second', 2_000],
        ['chained', 2_500],
        ['third', 3_000],
      ]);
      expect(clock.now()).toBe(START_MS + 5_000);
      await expect(jobs.advance(-1)).rejects.toThrow(RangeError);
    });

    it('recur on their beat, retries and missed occurrences notwithstanding', async () => {
      const at: number[] = [];
      let fail = false;
      const { jobs, submit, get, clock } = await open({
        't/hourly': {
          run: async () => {
            at.push((clock.now() - START_MS) / HOUR_MS);
            if (fail) {
              fail = false;
              throw new Error('once');
            }
          },
        },
      });
      await submit({ kind: 't/hourly', id: 'h', input: 0, runAtMs: START_MS + HOUR_MS, everyMs: HOUR_MS });
      await jobs.advance(3 * HOUR_MS);
      expect(at).toEqual([1, 2, 3]);
      fail = true;
      await jobs.advance(2 * HOUR_MS);
      expect(at.slice(3)).toEqual([4, 4 + 1_000 / HOUR_MS, 5]);
      // Set, not advanced: the machine was off for five and a half hours.
      await clock.set(START_MS + 10.5 * HOUR_MS);
      await jobs.settle();
      expect(at.slice(6)).toEqual([10.5]);
      expect((await get('t/hourly', 'h')).runAtMs).toBe(START_MS + 11 * HOUR_MS);
      await jobs.cancel('t/hourly', 'h', 'enough');
      await jobs.advance(5 * HOUR_MS);
      expect(at).toHaveLength(7);
      expect((await get('t/hourly', 'h')).state).toBe('cancelled');
    });

    it('refuse a beat or a time that is none', async () => {
      const { submit } = await open();
      for (const everyMs of [0, -5, Number.NaN])
        await expect(submit({ kind: 't/a', input: 0, everyMs })).rejects.toThrow(RangeError);
      await expect(submit({ kind: 't/a', input: 0, runAtMs: Number.NaN })).rejects.toThrow(RangeError);
    });

    it('run in one instance each, however many look for them', async () => {
      const runs = new Map<string, number>();
      let together = 0;
      let most = 0;
      const handlers: Record<string, JobHandler> = {
        't/one': {
          run: async ({ job }) => {
            most = Math.max(most, ++together);
            runs.set(job.id, (runs.get(job.id) ?? 0) + 1);
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
            together--;
          },
        },
      };
      const { store, jobs, submit, get } = await open(handlers);
      const others = [await openHouse(store, handlers), await openHouse(store, handlers)];
      for (const one of [jobs, ...others.map((other) => other.jobs)]) one.start();
      const ids = await Promise.all(Array.from({ length: 100 }, () => submit({ kind: 't/one', input: 0 })));
      for (const id of ids) await until(async () => (await get('t/one', id)).state === 'completed');
      expect([...runs.values()].every((count) => count === 1)).toBe(true);
      expect(runs.size).toBe(100);
      expect(most).toBeGreaterThan(1);
    });

    it('are advanced over what another instance runs too', async () => {
      let go = () => {};
      const gate = new Promise<void>((resolve) => (go = resolve));
      const { store, jobs, submit, get } = await open();
      const other = await openHouse(store, { 't/slow': { run: () => gate } });
      await submit({ kind: 't/slow', id: 'x', input: 0 });
      const settled = other.jobs.settle();
      await until(async () => (await get('t/slow', 'x')).state === 'running');
      let advanced = false;
      const advancing = jobs.advance(1_000).then(() => (advanced = true));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(advanced).toBe(false);
      go();
      await Promise.all([settled, advancing]);
    });

    it('are handed back when their process stops in good order, and the attempt does not count', async () => {
      let begun = 0;
      const handlers: Record<string, JobHandler> = {
        't/wait': { run: async ({ signal }) => (begun++ === 0 ? aborted(signal) : 'done') },
      };
      const { store, jobs, submit, get } = await open(handlers);
      jobs.start();
      await submit({ kind: 't/wait', id: 'x', input: 0 });
      await until(() => begun === 1);
      await jobs.stop();
      expect(await get('t/wait', 'x')).toMatchObject({ state: 'pending', attempts: 0 });
      const next = await openHouse(store, handlers);
      await next.jobs.settle();
      expect(await get('t/wait', 'x')).toMatchObject({ state: 'completed', attempts: 1 });
    });

    it('are taken over when their lease has run out, and the late runner changes nothing', async () => {
      let go = () => {};
      const gate = new Promise<void>((resolve) => (go = resolve));
      const { store, jobs, submit, get } = await open({
        't/x': {
          run: async ({ progress }) => {
            await gate;
            await progress(1).catch(() => {});
            return 'late';
          },
        },
      });
      await submit({ kind: 't/x', id: 'x', input: 0 });
      const late = jobs.settle();
      await until(async () => (await get('t/x', 'x')).state === 'running');
      // As if its process had been asleep for longer than the lease.
      const records = collection<Job>('kernel/job');
      await store.transact(async (tx) => {
        const job = (await tx.get(records, ['t/x', 'x']))!;
        tx.put(records, ['t/x', 'x'], { ...job, lease: { ...job.lease!, untilRealMs: Date.now() - 1 } });
      });
      const other = await openHouse(store, { 't/x': { run: async () => 'in time' } });
      await other.jobs.settle();
      go();
      await late;
      expect(await get('t/x', 'x')).toMatchObject({ state: 'completed', result: 'in time', attempts: 2 });
    });

    it('fail with the reason when their hook throws, and keep none of the others waiting', async () => {
      const { jobs, submit, get } = await open({
        't/hooked': {
          run: async () => 1,
          ended: () => {
            throw new Error('no such table');
          },
        },
        't/fine': { run: async () => 2 },
      });
      await submit({ kind: 't/hooked', id: 'x', input: 0 });
      await submit({ kind: 't/fine', id: 'y', input: 0 });
      await jobs.advance(10_000);
      expect(await get('t/hooked', 'x')).toMatchObject({
        state: 'failed',
        reason: 'its end could not be recorded: no such table',
      });
      expect((await get('t/fine', 'y')).state).toBe('completed');
    });

    it('run a bounded number at a time', async () => {
      let together = 0;
      let most = 0;
      const { jobs, submit, get } = await open({
        't/wide': {
          run: async () => {
            most = Math.max(most, ++together);
            await new Promise((resolve) => setTimeout(resolve, 2));
            together--;
          },
        },
      });
      const ids = await Promise.all(
        Array.from({ length: CONCURRENCY_MAX + 40 }, () => submit({ kind: 't/wide', input: 0 })),
      );
      await jobs.settle();
      for (const id of ids) expect((await get('t/wide', id)).state).toBe('completed');
      expect(most).toBeLessThanOrEqual(CONCURRENCY_MAX);
    });

    it('leave no record when removed', async () => {
      const { store, jobs, submit, get } = await open({ 't/a': { run: async () => 1 } });
      await submit({ kind: 't/a', id: 'waiting', input: 0, runAtMs: START_MS + HOUR_MS });
      await submit({ kind: 't/a', id: 'ended', input: 0 });
      await jobs.settle();
      await store.transact(async (tx) => {
        await jobs.remove(tx, 't/a', 'waiting');
        await jobs.remove(tx, 't/a', 'ended');
      });
      expect(await get('t/a', 'waiting')).toBeUndefined();
      expect(await get('t/a', 'ended')).toBeUndefined();
      expect(await jobs.advance(2 * HOUR_MS)).toBe(0);
    });
  });
}

describe('jobs of a process that was killed', () => {
  it('are taken up by another at once, with their checkpoint, and fail with the reason past their bound', async () => {
    const folder = join(temporaryFolder(), 'store');
    const store = new Store(openLmdb(folder, { shared: true }));
    afterThisTest(() => store.close());
    const seen: unknown[] = [];
    const house = await openHouse(store, {
      't/long': { run: async ({ job }) => (seen.push(job.checkpoint), 'finished by another') },
      't/unlucky': { attemptsMax: 1, run: async () => 'never' },
    });
    await store.transact(async (tx) => {
      await house.jobs.submit(tx, { kind: 't/long', id: 'l', input: 0 });
      await house.jobs.submit(tx, { kind: 't/unlucky', id: 'u', input: 0 });
    });
    const runner = runScript(join(import.meta.dirname, 'jobs.fixture.ts'), [folder]);
    await runner.said('running l');
    await runner.said('running u');
    expect((await house.jobs.get(store, 't/long', 'l'))!.lease!.pid).toBe(runner.child.pid);
    runner.child.kill('SIGKILL');
    await runner.exited;
    await house.jobs.settle();
    expect(await house.jobs.get(store, 't/long', 'l')).toMatchObject({
      state: 'completed',
      result: 'finished by another',
      attempts: 2,
    });
    expect(seen).toEqual([{ begunBy: runner.child.pid }]);
    expect(await house.jobs.get(store, 't/unlucky', 'u')).toMatchObject({
      state: 'failed',
      reason: 'the process that ran it ended',
    });
  });
});
