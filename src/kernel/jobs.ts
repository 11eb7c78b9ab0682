import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { Leaseholder, type Lease } from './leases.ts';
import { collection, ConflictError, type Reader, type Store, type Transaction } from './store/store.ts';

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
  /** When it was due, while `runAtMs` is that of a retry: a series keeps its beat. Virtual ms. */
  dueAtMs?: number;
  /** Virtual ms after which it is due again when it ends; it never completes then. */
  everyMs?: number;
  cancelRequested?: boolean;
  createdAtMs: number;
  endedAtMs?: number;
  /** Who runs it; `run` tells two runs by one owner apart. */
  lease?: Lease & { run: number };
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

const jobs = collection<Job>('kernel/job');
/** Pending jobs by due time: [runAtMs, kind, id]. */
const due = collection<true>('kernel/job-due');
/** Running jobs: [kind, id]. */
const running = collection<true>('kernel/job-running');

const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
const POLL_MS = 500;
const ATTEMPTS_MAX_DEFAULT = 3;
/** Jobs that one process runs at a time. */
export const CONCURRENCY_MAX = 64;
const RETRY_DELAY_MS = 1_000;
/** How long `stop` waits for handlers that were told to end; their jobs are taken up again by the next start. */
const STOP_MS_MAX = 5_000;
/** How often `advance` looks whether other processes have finished. */
const ELSEWHERE_POLL_MS = 25;
/** How often the end of a job is written when other writers keep winning. */
const END_ATTEMPTS_MAX = 5;

type Active = { kind: string; id: string; run: number; controller: AbortController; done: Promise<void> };
type Outcome = { state: 'completed'; result: unknown } | { state: 'failed'; reason: string };

export class Jobs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #holder: Leaseholder;
  readonly #handlerOf: (kind: string) => Promise<JobHandler | undefined>;
  readonly #active = new Map<string, Active>();
  #runs = 0;
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;
  #started = false;
  #stopping = false;
  #polling: Promise<void> | undefined;
  #again = false;
  readonly #flushes: (() => Promise<void>)[] = [];
  #advancing: Promise<unknown> = Promise.resolve();
  #advances = 0;

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
    this.#holder = new Leaseholder(parts.clock, LEASE_MS);
  }

  /** Adds a job within a transaction; an id that stands already is left as it is. Returns the id. It is looked for once committed. */
  async submit<I>(tx: Transaction, submission: Submission<I>): Promise<string> {
    const { kind, input, everyMs } = submission;
    const id = submission.id ?? this.#ids.uuid();
    const now = this.#clock.now();
    const runAtMs = submission.runAtMs ?? now;
    if (everyMs !== undefined && !(everyMs >= 1)) throw new RangeError(`everyMs is ${everyMs}; 1 ms at least`);
    if (!Number.isFinite(runAtMs)) throw new RangeError(`runAtMs is ${runAtMs}: no time`);
    if (await tx.get(jobs, [kind, id])) return id;
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
    tx.committed(() => this.wake());
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
    if (this.#started) return;
    this.#started = true;
    this.#stopping = false;
    this.#holder.alive(true);
    this.#timer = setInterval(() => this.#look(true), POLL_MS);
    this.#timer.unref();
    this.#renewal = setInterval(
      () => void this.#renew().catch((error: unknown) => this.#log.error({ err: error }, 'job leases not renewed')),
      RENEW_MS,
    );
    this.#renewal.unref();
    this.#unlisten = this.#clock.onChange(() => this.wake());
    this.#look(true);
  }

  /** Looks for due jobs now. */
  wake(): void {
    this.#look(false);
  }

  #look(recover: boolean): void {
    // While time is being advanced, jobs are taken in order of due time by `advance` alone.
    if (!this.#started || this.#advances > 0) return;
    if (this.#polling) {
      this.#again = true;
      return;
    }
    this.#polling = this.#poll(recover)
      .catch((error: unknown) => this.#log.error({ err: error }, 'jobs could not be taken'))
      .finally(() => {
        this.#polling = undefined;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  /** Stops taking jobs, aborts the running ones and hands them back; waits for their handlers, within bounds. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#stopping = true;
    clearInterval(this.#timer);
    clearInterval(this.#renewal);
    this.#unlisten?.();
    await this.#polling;
    for (const { controller } of this.#active.values()) controller.abort(new Error('the process is stopping'));
    const ended = Promise.allSettled([...this.#active.values()].map(({ done }) => done));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, STOP_MS_MAX)))]);
    clearTimeout(timer);
    for (const { kind, id } of this.#active.values())
      this.#log.warn({ kind, id }, 'a job did not end when told to; the next start takes it up');
    this.#holder.alive(false);
  }

  /**
   * Moves the virtual clock by `ms`, from one due time to the next, and waits for what falls due at each: as if the time had passed.
   * What runs already is waited for too, in other processes as well. Returns the number of jobs that this process began. A handler must not wait for
   * virtual time to pass by itself: it would wait for this, and this for it.
   */
  advance(ms: number): Promise<number> {
    if (!(ms >= 0)) return Promise.reject(new RangeError('time moves forward only'));
    return this.#alone(async () => {
      const target = this.#clock.now() + ms;
      let ran = await this.#drain();
      for (;;) {
        const [next] = await this.#store.range(due, [], { limit: 1 });
        const at = next?.key[0] as number | undefined;
        if (at === undefined || at > target || this.#stopping) break;
        if (at > this.#clock.now()) await this.#clock.set(at);
        ran += await this.#drain();
      }
      if (target > this.#clock.now()) await this.#clock.set(target);
      return ran;
    });
  }

  /** `flush` is called at each step of `advance`: what is gathered in memory may make jobs due. */
  beforeAdvance(flush: () => Promise<void>): void {
    this.#flushes.push(flush);
  }

  /** Resolves when nothing is due and nothing runs. */
  async settle(): Promise<void> {
    await this.#alone(() => this.#drain());
  }

  /** One at a time, and without the poll beside it. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#advances++;
    const turn = this.#advancing.then(async () => {
      await this.#polling;
      return work();
    });
    this.#advancing = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      if (--this.#advances === 0) this.wake();
    }
  }

  /** Runs what is due until nothing is, and nothing runs. */
  async #drain(): Promise<number> {
    let ran = 0;
    while (!this.#stopping) {
      for (const flush of this.#flushes) await flush();
      ran += await this.#take();
      if (this.#active.size > 0) {
        await Promise.race([...this.#active.values()].map(({ done }) => done));
        continue;
      }
      const [next] = await this.#store.range(due, [], { limit: 1 });
      if (next && (next.key[0] as number) <= this.#clock.now()) continue;
      if ((await this.#recover()) > 0) continue;
      if ((await this.#store.range(running, [], { limit: 1 })).length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, ELSEWHERE_POLL_MS));
    }
    return ran;
  }

  async #poll(recover: boolean): Promise<void> {
    if (recover) {
      await this.#heed();
      await this.#recover();
    }
    await this.#take();
  }

  /** Jobs of ours that were cancelled through another process. */
  async #heed(): Promise<void> {
    for (const { kind, id, controller } of this.#active.values()) {
      const job = await this.#store.get(jobs, [kind, id]);
      if (job?.cancelRequested) controller.abort(new Error(job.reason ?? 'cancelled'));
    }
  }

  /** The first job that is due and not still ending here from a lease it has lost. */
  async #next(): Promise<[number, string, string] | undefined> {
    for (const { key } of await this.#store.range(due, [], { limit: CONCURRENCY_MAX + 1 })) {
      const [runAtMs, kind, id] = key as [number, string, string];
      if (runAtMs > this.#clock.now()) return undefined;
      if (!this.#active.has(name(kind, id))) return [runAtMs, kind, id];
    }
    return undefined;
  }

  async #take(): Promise<number> {
    let taken = 0;
    while (this.#active.size < CONCURRENCY_MAX && !this.#stopping) {
      const next = await this.#next();
      if (!next) break;
      const [runAtMs, kind, id] = next;
      const lease = { ...this.#holder.lease(), run: ++this.#runs };
      const job = await this.#store.transact(async (tx) => {
        if (!(await tx.get(due, [runAtMs, kind, id]))) return undefined;
        tx.delete(due, [runAtMs, kind, id]);
        const job = await tx.get(jobs, [kind, id]);
        if (job?.state !== 'pending') return undefined;
        const taken: Job = { ...job, state: 'running', attempts: job.attempts + 1, lease };
        tx.put(jobs, [kind, id], taken);
        tx.put(running, [kind, id], true);
        return taken;
      });
      if (!job) continue;
      taken++;
      const controller = new AbortController();
      const active: Active = { kind, id, run: lease.run, controller, done: Promise.resolve() };
      active.done = this.#run(job, active)
        .catch((error: unknown) => this.#log.error({ err: error, kind, id }, 'job state could not be written'))
        .finally(() => this.#active.delete(name(kind, id)));
      this.#active.set(name(kind, id), active);
      void active.done.then(() => this.wake());
    }
    return taken;
  }

  async #run(job: Job, active: Active): Promise<void> {
    const { kind, id } = job;
    let handler: JobHandler | undefined;
    let outcome: Outcome;
    try {
      handler = await this.#handlerOf(kind);
      if (!handler) throw new Error(`nothing handles jobs of kind ${kind}`);
      const result = await handler.run({
        job,
        signal: active.controller.signal,
        progress: (done, total, message) =>
          this.#update(active, {
            progress: {
              done,
              ...(total === undefined ? {} : { total }),
              ...(message === undefined ? {} : { message }),
            },
          }),
        checkpoint: (checkpoint) => this.#update(active, { checkpoint }),
      });
      outcome = { state: 'completed', result };
    } catch (error) {
      outcome = { state: 'failed', reason: messageOf(error) };
      if (!active.controller.signal.aborted)
        this.#log.warn({ err: error, kind, id, attempt: job.attempts }, 'job attempt failed');
    }
    await this.#conclude(kind, id, handler, outcome, (now) => this.#holds(now, active));
  }

  #holds(job: Job | undefined, active: Active): job is Job {
    return job?.lease?.owner === this.#holder.owner && job.lease.run === active.run;
  }

  /**
   * Ends a run whose record still satisfies `mine`. A hook that throws must not leave its job running for ever: the job then fails,
   * without the hook.
   */
  async #conclude(
    kind: string,
    id: string,
    handler: JobHandler | undefined,
    outcome: Outcome,
    mine: (job: Job | undefined) => boolean,
  ): Promise<boolean> {
    const write = (hook: JobHandler | undefined, outcome: Outcome, final: boolean) =>
      this.#store.transact(async (tx) => {
        const now = await tx.get(jobs, [kind, id]);
        if (!mine(now)) return false; // Another process took it over.
        tx.delete(running, [kind, id]);
        if (now?.state !== 'running') return false;
        const { lease: _lease, ...rest } = now;
        if (final && outcome.state === 'failed')
          await this.#finish(tx, undefined, { ...rest, state: 'failed', reason: outcome.reason });
        else await this.#end(tx, hook, rest, outcome);
        return true;
      });
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(handler, outcome, false);
      } catch (error) {
        if (error instanceof ConflictError && attempt < END_ATTEMPTS_MAX) continue;
        this.#log.error({ err: error, kind, id }, 'the end of a job could not be recorded');
        const why = `its end could not be recorded: ${messageOf(error)}`;
        return write(
          undefined,
          { state: 'failed', reason: outcome.state === 'failed' ? `${outcome.reason}; ${why}` : why },
          true,
        );
      }
    }
  }

  async #end(tx: Transaction, handler: JobHandler | undefined, job: Job, outcome: Outcome): Promise<void> {
    const cancelled = job.cancelRequested === true;
    if (outcome.state === 'completed') {
      const { reason, ...rest } = job;
      if (job.everyMs === undefined)
        return this.#finish(tx, handler, { ...rest, state: 'completed', result: outcome.result });
      if (!cancelled) return this.#occur(tx, rest);
      return this.#finish(tx, handler, { ...rest, state: 'cancelled', reason });
    }
    if (cancelled) return this.#finish(tx, handler, { ...job, state: 'cancelled' });
    const again = { ...job, dueAtMs: job.dueAtMs ?? job.runAtMs };
    if (this.#stopping) return this.#pend(tx, { ...again, attempts: job.attempts - 1, runAtMs: this.#clock.now() });
    const { reason } = outcome;
    if (job.attempts < (handler?.attemptsMax ?? ATTEMPTS_MAX_DEFAULT))
      return this.#pend(tx, { ...again, reason, runAtMs: this.#clock.now() + (reason === DIED ? 0 : RETRY_DELAY_MS) });
    if (job.everyMs !== undefined) return this.#occur(tx, { ...job, reason });
    return this.#finish(tx, handler, { ...job, state: 'failed', reason });
  }

  /** A recurring job's next occurrence: the first of its series that is after now, so that a long stop is not followed by a storm. */
  #occur(tx: Transaction, job: Job): void {
    const { dueAtMs = job.runAtMs, ...rest } = job;
    const missed = Math.max(0, Math.floor((this.#clock.now() - dueAtMs) / job.everyMs!));
    this.#pend(tx, { ...rest, attempts: 0, runAtMs: dueAtMs + (missed + 1) * job.everyMs! });
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

  async #update(active: Active, change: Partial<Job>): Promise<void> {
    const { kind, id, controller } = active;
    const held = await this.#store.transact(async (tx) => {
      const now = await tx.get(jobs, [kind, id]);
      if (!this.#holds(now, active)) return 'lost' as const;
      tx.put(jobs, [kind, id], { ...now, ...change });
      return now.cancelRequested ? (now.reason ?? 'cancelled') : undefined;
    });
    if (held === 'lost') controller.abort(new Error('another process took the job over'));
    else if (held !== undefined) controller.abort(new Error(held));
    controller.signal.throwIfAborted();
  }

  async #renew(): Promise<void> {
    for (const active of this.#active.values())
      await this.#update(active, { lease: { ...this.#holder.lease(), run: active.run } }).catch(() => {});
  }

  /** Takes up the jobs of processes that died; returns how many. One that cannot be taken up does not keep the others. */
  async #recover(): Promise<number> {
    let recovered = 0;
    for await (const { key } of this.#store.all(running)) {
      const [kind, id] = key as [string, string];
      if (this.#active.has(name(kind, id))) continue;
      const abandoned = (job: Job | undefined) => !job?.lease || this.#holder.dead(job.lease);
      if (!abandoned(await this.#store.get(jobs, [kind, id]))) continue;
      try {
        const handler = await this.#handlerOf(kind);
        if (await this.#conclude(kind, id, handler, { state: 'failed', reason: DIED }, abandoned)) recovered++;
      } catch (error) {
        this.#log.error({ err: error, kind, id }, 'an abandoned job could not be taken up');
      }
    }
    return recovered;
  }
}

const DIED = 'the process that ran it ended';
const name = (kind: string, id: string) => `${kind}\n${id}`;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
