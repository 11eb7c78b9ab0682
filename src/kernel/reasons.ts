import { setImmediate } from 'node:timers/promises';
import { collection, type Store } from './store/store.ts';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';

/**
 * Why calls were allowed or denied, by request id: what `outcrop why` prints. This process keeps the latest decisions and works their
 * reasoning out when it is asked for; that of denied calls is kept in the store for every process, the latest `KEPT_MAX` of them.
 */
export type Reasoned = { allowed: boolean; explain(): unknown };
export type Reason = Record<string, unknown>;

const reasons = collection<{ id: string; reasons: Reason[] }>('kernel/reason');
const byRequest = collection<string>('kernel/reason-request');
const counts = collection<number>('kernel/reason-count');

export const RECENT_MAX = 1_000;
export const KEPT_MAX = 5_000;
const FLUSH_MS = 500;
const BATCH = 100;
/** Denied calls that wait to be written; beyond them the oldest are dropped. */
const PENDING_MAX = 2_000;
/** Decisions that are kept of one call, the first ones: each key of a batch is one. */
export const DECISIONS_MAX = 20;
/** Characters of the reasoning that the store keeps of one call, as JSON; beyond them the statements that do not apply are left out. */
const CHARACTERS_MAX = 64 * 1024;
/** Statements of a policy that are kept of reasoning that is shortened. */
const STATEMENTS_MAX = 50;

export class Reasons {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #recent = new Map<string, Reasoned[]>();
  /** Denied calls by their ids; their reasoning is worked out as they are written. */
  #pending = new Map<string, { timeMs: number; decisions: Reasoned[] }>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { store: Store; clock: Clock; ids: Ids }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
  }

  /** Notes a decision on a call; a call may have several. Of those that were allowed the latest makes way for the first that was not. */
  note(requestId: string, decision: Reasoned): void {
    let list = this.#recent.get(requestId);
    if (!list) {
      this.#recent.set(requestId, (list = []));
      if (this.#recent.size > RECENT_MAX) this.#recent.delete(this.#recent.keys().next().value!);
    }
    if (list.length < DECISIONS_MAX) list.push(decision);
    else if (!decision.allowed && list.every(({ allowed }) => allowed)) list[DECISIONS_MAX - 1] = decision;
    if (decision.allowed || this.#pending.has(requestId)) return;
    this.#pending.set(requestId, { timeMs: this.#clock.now(), decisions: list });
    if (this.#pending.size > PENDING_MAX) this.#pending.delete(this.#pending.keys().next().value!);
  }

  /** Whether all that a recent call of this process asked for was given; undefined: it asked for nothing, or is not known any more. */
  allowed(requestId: string): boolean | undefined {
    return this.#recent.get(requestId)?.every(({ allowed }) => allowed);
  }

  /** The reasoning of each decision on a call; undefined when it is not known (any more). */
  async find(requestId: string): Promise<Reason[] | undefined> {
    const known = this.#recent.get(requestId);
    if (known) return known.map((one) => one.explain() as Reason);
    await this.flush();
    const key = await this.#store.get(byRequest, [requestId]);
    return key === undefined ? undefined : (await this.#store.get(reasons, [key]))?.reasons;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush().catch(() => {}), FLUSH_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  clear(): void {
    this.#recent.clear();
    this.#pending.clear();
  }

  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    // What comes in meanwhile is for the next flush.
    for (let left = this.#pending.size; left > 0; left -= BATCH) {
      const batch: { id: string; timeMs: number; reasons: Reason[] }[] = [];
      for (const [id, { timeMs, decisions }] of this.#pending) {
        this.#pending.delete(id);
        batch.push({ id, timeMs, reasons: shortened(decisions.map((one) => one.explain() as Reason)) });
        // Long policies take a while to explain.
        await setImmediate();
        if (batch.length === BATCH) break;
      }
      await this.#store.transact(async (tx) => {
        const count = ((await tx.get(counts, ['all'])) ?? 0) + batch.length;
        if (count > KEPT_MAX) {
          for (const { key, value } of await tx.range(reasons, [], { limit: count - KEPT_MAX })) {
            tx.delete(reasons, key);
            tx.delete(byRequest, [value.id]);
          }
        }
        tx.put(counts, ['all'], Math.min(count, KEPT_MAX));
        for (const { id, timeMs, reasons: list } of batch) {
          const key = this.#ids.sortable(timeMs);
          tx.put(reasons, [key], { id, reasons: list });
          tx.put(byRequest, [id], key);
        }
      });
    }
  }
}

type Policies = { statements?: { applies?: boolean }[] }[];

/** What is too long to be kept whole: without the statements that do not apply, then without what follows the first decisions. */
function shortened(reasons: Reason[]): Reason[] {
  let left = CHARACTERS_MAX;
  const kept: Reason[] = [];
  for (const reason of reasons) {
    let one = reason;
    let length = JSON.stringify(one).length;
    if (length > left) {
      const policies = ((reason['policies'] ?? []) as Policies).map((policy) => ({
        ...policy,
        statements: (policy.statements ?? []).filter(({ applies }) => applies).slice(0, STATEMENTS_MAX),
      }));
      one = { ...reason, policies, shortened: true };
      length = JSON.stringify(one).length;
      if (length > left && kept.length > 0) break;
    }
    kept.push(one);
    left -= length;
  }
  return kept;
}
