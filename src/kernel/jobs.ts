import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { collection, type Reader, type Store, type Transaction } from './store/store.ts';

/**
 * Durable background work. A job is a record with a state machine
 *
 *     pending ──▶ running ──▶ completed | failed | cancelled
 *        ▲           │
 *        └───────────┘ retry, next occurrence, or lease lost (its process died)
 *
 * Any process of the stack may run a job: it takes a lease (in real time), renews it, and writes progress and result. When a process
 * dies, its jobs are taken up by another, or by the next start, until `attemptsMax`; then they are failed with the reason. A handler
 * therefore may run more than once, and keeps what it must not repeat in `checkpoint`. Due times are virtual: `advance` makes them happen.
 * CPU-heavy steps belong into worker threads or processes; a handler itself runs on the event loop.
 */
export type JobState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export type Job<I = unknown> = {
  /** `<service>/<what>`; the service's definition names its handler. */
  kind: string;
  id: string;
  state: JobState;
  input: I;
  /** What the handler last saved. */
  checkpoint?: unknown;
  progress?: { done: number; total?: number; message?: string };
  result?: unknown;
  /** Why it failed or was cancelled. */
  reason?: string;
  attempts: number;
  /** Virtual ms. */
  runAtMs: number;
  /** Virtual ms after which it is due again when it ends; it never completes then. */
  everyMs?: number;
  cancelRequested?: boolean;
  createdAtMs: number;
  endedAtMs?: number;
  lease?: { owner: string; host: string; pid: number; untilRealMs: number };
};

export type JobContext<I = unknown> = {
  readonly job: Readonly<Job<I>>;
  /** Aborted on cancellation, on shutdown, and when the lease is lost. */
  readonly signal: AbortSignal;
  progress(done: number, total?: number, message?: string): Promise<void>;
  checkpoint(state: unknown): Promise<void>;
};

export type JobHandler<I = any> = {
  run(context: JobContext<I>): Promise<unknown>;
  /** How often it may be begun; default 3. */
  attemptsMax?: number;
  /** Runs inside the transaction that ends the job, with its final record: the face's own state machine follows. */
  ended?(tx: Transaction, job: Job<I>): Promise<void> | void;
};

export type Submission<I> = { kind: string; id?: string; input: I; runAtMs?: number; everyMs?: number };

/** Owners alive in this process: a lease of our own pid by anyone else is a former process's. */
const ownersHere = new Set<string>();

const jobs = collection<Job>('kernel/job');
/** Pending jobs by due time: [runAtMs, kind, id]. */
const due = collection<true>('kernel/job-due');
/** Running jobs: [kind, id]. */
const running = collection<true>('kernel/job-running');

const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
const POLL_MS = 500;
const ATTEMPTS_MAX_DEFAULT = 3;
const CONCURRENCY_MAX = 16;
const RETRY_DELAY_MS = 1_000;

export class Jobs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #owner: string;
  readonly #handlerOf: (kind: string) => Promise<JobHandler | undefined>;
  readonly #active = new Map<string, { controller: AbortController; done: Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #stopped = true;
  #polling: Promise<void> | undefined;
  #again = false;

  /** `handlerOf` finds (and, if need be, loads) the service that owns a kind. */
  constructor(parts: {
    store: Store;
    clock: Clock;
    ids: Ids;
    log: Logger;
    handlerOf: (kind: string) => Promise<JobHandler | undefined>;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#log = parts.log;
    this.#handlerOf = parts.handlerOf;
    this.#owner = `${hostname()}:${process.pid}:${Math.random().toString(36).slice(2)}`;
  }

  /** Adds a job within a transaction; an id that stands already is left as it is. Returns the id. Call `wake()` after the commit for no delay. */
  async submit<I>(tx: Transaction, submission: Submission<I>): Promise<string> {
    const { kind, input, everyMs } = submission;
    const id = submission.id ?? this.#ids.uuid();
    if (await tx.get(jobs, [kind, id])) return id;
    const now = this.#clock.now();
    const runAtMs = submission.runAtMs ?? now;
    tx.put(jobs, [kind, id], {
      kind,
      id,
      state: 'pending',
      input,
      attempts: 0,
      runAtMs,
      createdAtMs: now,
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    tx.put(due, [runAtMs, kind, id], true);
    return id;
  }

  get<I>(reader: Reader, kind: string, id: string): Promise<Job<I> | undefined> {
    return reader.get(jobs, [kind, id]) as Promise<Job<I> | undefined>;
  }

  /** Asks a job to stop; a pending one ends at once, a running one when its handler does. Returns false when it has ended already or never was. */
  async cancel(kind: string, id: string, reason: string): Promise<boolean> {
    const handler = await this.#handlerOf(kind);
    const asked = await this.#store.transact(async (tx) => {
      const job = await tx.get(jobs, [kind, id]);
      if (!job || (job.state !== 'pending' && job.state !== 'running')) return false;
      if (job.state === 'pending') {
        tx.delete(due, [job.runAtMs, kind, id]);
        await this.#finish(tx, handler, { ...job, state: 'cancelled', reason });
      } else tx.put(jobs, [kind, id], { ...job, cancelRequested: true, reason });
      return true;
    });
    this.#active.get(name(kind, id))?.controller.abort(new Error(reason));
    return asked;
  }

  /** Removes an ended or pending job's record. */
  async remove(tx: Transaction, kind: string, id: string): Promise<void> {
    const job = await tx.get(jobs, [kind, id]);
    if (!job || job.state === 'running') return;
    if (job.state === 'pending') tx.delete(due, [job.runAtMs, kind, id]);
    tx.delete(jobs, [kind, id]);
  }

  /** Begins to take jobs. */
  start(): void {
    this.#stopped = false;
    ownersHere.add(this.#owner);
    this.#timer = setInterval(() => this.wake(), POLL_MS);
    this.#timer.unref();
    this.#renewal = setInterval(
      () => void this.#renew().catch((error: unknown) => this.#log.error({ error }, 'job leases not renewed')),
      RENEW_MS,
    );
    this.#renewal.unref();
    this.#clock.onChange(() => this.wake());
    this.wake();
  }

  /** Looks for due jobs now. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#polling) {
      this.#again = true;
      return;
    }
    this.#polling = this.#poll()
      .catch((error: unknown) => this.#log.error({ error }, 'jobs could not be taken'))
      .finally(() => {
        this.#polling = undefined;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  /** Stops taking jobs, aborts the running ones and hands them back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearInterval(this.#renewal);
    await this.#polling;
    for (const { controller } of this.#active.values()) controller.abort(new Error('the process is stopping'));
    await Promise.allSettled([...this.#active.values()].map(({ done }) => done));
    ownersHere.delete(this.#owner);
  }

  /**
   * Moves the virtual clock by `ms`, from one due time to the next, and waits for what falls due at each: as if the time had passed.
   * Returns the number of jobs that ran.
   */
  async advance(ms: number): Promise<number> {
    if (!(ms >= 0)) throw new RangeError('time moves forward only');
    const target = this.#clock.now() + ms;
    let ran = 0;
    for (;;) {
      const [next] = await this.#store.range(due, [], { limit: 1 });
      const at = next?.key[0] as number | undefined;
      if (at === undefined || at > target) break;
      if (at > this.#clock.now()) await this.#clock.set(at);
      ran += await this.#drain();
    }
    if (target > this.#clock.now()) await this.#clock.set(target);
    return ran;
  }

  /** Resolves when nothing is due and nothing runs in this process. */
  async settle(): Promise<void> {
    while ((await this.#drain()) > 0);
  }

  async #drain(): Promise<number> {
    await this.#polling;
    const ran = await this.#take(Infinity);
    await Promise.allSettled([...this.#active.values()].map(({ done }) => done));
    return ran;
  }

  async #poll(): Promise<void> {
    await this.#recover();
    await this.#take(CONCURRENCY_MAX);
  }

  async #take(concurrency: number): Promise<number> {
    let taken = 0;
    while (this.#active.size < concurrency) {
      const [next] = await this.#store.range(due, [], { limit: 1 });
      if (!next || (next.key[0] as number) > this.#clock.now()) break;
      const [runAtMs, kind, id] = next.key as [number, string, string];
      const job = await this.#store.transact(async (tx) => {
        if (!(await tx.get(due, [runAtMs, kind, id]))) return undefined;
        tx.delete(due, [runAtMs, kind, id]);
        const job = await tx.get(jobs, [kind, id]);
        if (!job || job.state !== 'pending') return undefined;
        const taken: Job = { ...job, state: 'running', attempts: job.attempts + 1, lease: this.#lease() };
        tx.put(jobs, [kind, id], taken);
        tx.put(running, [kind, id], true);
        return taken;
      });
      if (!job) continue;
      taken++;
      const controller = new AbortController();
      const done = this.#run(job, controller).catch((error: unknown) =>
        this.#log.error({ error, kind, id }, 'job state could not be written'),
      );
      this.#active.set(name(kind, id), { controller, done });
      void done.finally(() => this.#active.delete(name(kind, id))).then(() => this.wake());
    }
    return taken;
  }

  async #run(job: Job, controller: AbortController): Promise<void> {
    const { kind, id } = job;
    let handler: JobHandler | undefined;
    let outcome: { state: 'completed'; result: unknown } | { state: 'failed'; reason: string };
    try {
      handler = await this.#handlerOf(kind);
      if (!handler) throw new Error(`nothing handles jobs of kind ${kind}`);
      const update = (change: Partial<Job>) => this.#update(job, change, controller);
      const result = await handler.run({
        job,
        signal: controller.signal,
        progress: (done, total, message) =>
          update({
            progress: {
              done,
              ...(total === undefined ? {} : { total }),
              ...(message === undefined ? {} : { message }),
            },
          }),
        checkpoint: (checkpoint) => update({ checkpoint }),
      });
      outcome = { state: 'completed', result };
    } catch (error) {
      outcome = { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
      this.#log.warn({ error, kind, id, attempt: job.attempts }, 'job attempt failed');
    }
    await this.#store.transact(async (tx) => {
      const now = await tx.get(jobs, [kind, id]);
      if (now?.lease?.owner !== this.#owner) return; // Another process took it over.
      tx.delete(running, [kind, id]);
      const { lease: _lease, ...rest } = now;
      if (now.cancelRequested && outcome.state === 'failed')
        await this.#finish(tx, handler, { ...rest, state: 'cancelled' });
      else if (outcome.state === 'failed') await this.#retry(tx, handler, rest, outcome.reason, this.#stopped);
      else if (now.everyMs !== undefined && !now.cancelRequested) this.#occur(tx, rest);
      else await this.#finish(tx, handler, { ...rest, state: 'completed', result: outcome.result });
    });
  }

  /** A recurring job's next occurrence: the first of its series that is after now, so that a long stop is not followed by a storm. */
  #occur(tx: Transaction, job: Job): void {
    const missed = Math.max(0, Math.floor((this.#clock.now() - job.runAtMs) / job.everyMs!));
    this.#pend(tx, { ...job, attempts: 0, runAtMs: job.runAtMs + (missed + 1) * job.everyMs! });
  }

  async #retry(
    tx: Transaction,
    handler: JobHandler | undefined,
    job: Job,
    reason: string,
    handedBack: boolean,
  ): Promise<void> {
    if (handedBack) return this.#pend(tx, { ...job, attempts: job.attempts - 1, runAtMs: this.#clock.now() });
    if (job.attempts < (handler?.attemptsMax ?? ATTEMPTS_MAX_DEFAULT))
      return this.#pend(tx, { ...job, reason, runAtMs: this.#clock.now() + RETRY_DELAY_MS });
    if (job.everyMs !== undefined) return this.#occur(tx, { ...job, reason });
    await this.#finish(tx, handler, { ...job, state: 'failed', reason });
  }

  #pend(tx: Transaction, job: Job): void {
    tx.put(jobs, [job.kind, job.id], { ...job, state: 'pending' });
    tx.put(due, [job.runAtMs, job.kind, job.id], true);
  }

  async #finish(tx: Transaction, handler: JobHandler | undefined, job: Job): Promise<void> {
    const ended = { ...job, endedAtMs: this.#clock.now() };
    tx.put(jobs, [job.kind, job.id], ended);
    await handler?.ended?.(tx, ended);
  }

  async #update(job: Job, change: Partial<Job>, controller: AbortController): Promise<void> {
    const held = await this.#store.transact(async (tx) => {
      const now = await tx.get(jobs, [job.kind, job.id]);
      if (now?.lease?.owner !== this.#owner) return 'lost' as const;
      tx.put(jobs, [job.kind, job.id], { ...now, ...change });
      return now.cancelRequested ? ('cancelled' as const) : ('held' as const);
    });
    if (held === 'lost') controller.abort(new Error('another process took the job over'));
    if (held === 'cancelled') controller.abort(new Error('cancelled'));
    controller.signal.throwIfAborted();
  }

  async #renew(): Promise<void> {
    for (const [key, { controller }] of this.#active) {
      const [kind, id] = parse(key);
      await this.#update({ kind, id } as Job, { lease: this.#lease() }, controller).catch(() => {});
    }
  }

  /** Takes up the jobs of processes that died. */
  async #recover(): Promise<void> {
    for (const { key } of await this.#store.range(running, [], { limit: 1000 })) {
      const [kind, id] = key as [string, string];
      if (this.#active.has(name(kind, id))) continue;
      const job = await this.#store.get(jobs, [kind, id]);
      if (job?.lease && !this.#dead(job.lease)) continue;
      const handler = await this.#handlerOf(kind);
      await this.#store.transact(async (tx) => {
        const now = await tx.get(jobs, [kind, id]);
        if (now?.lease && !this.#dead(now.lease)) return;
        tx.delete(running, [kind, id]);
        if (!now || now.state !== 'running') return;
        const { lease: _lease, ...rest } = now;
        if (now.cancelRequested) await this.#finish(tx, handler, { ...rest, state: 'cancelled' });
        else await this.#retry(tx, handler, rest, 'the process that ran it ended', false);
      });
    }
  }

  #dead(lease: NonNullable<Job['lease']>): boolean {
    if (lease.untilRealMs < this.#clock.real()) return true;
    if (lease.host !== hostname() || lease.owner === this.#owner) return false;
    if (lease.pid === process.pid) return !ownersHere.has(lease.owner);
    try {
      process.kill(lease.pid, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  #lease(): NonNullable<Job['lease']> {
    return { owner: this.#owner, host: hostname(), pid: process.pid, untilRealMs: this.#clock.real() + LEASE_MS };
  }
}

const name = (kind: string, id: string) => `${kind}\n${id}`;
const parse = (key: string) => key.split('\n') as [string, string];
