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
/** Denials that wait to be written; beyond them the oldest are dropped. */
const PENDING_MAX = 2_000;

export class Reasons {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #recent = new Map<string, Reasoned[]>();
  #pending: { id: string; timeMs: number; reasons: Reason[] }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { store: Store; clock: Clock; ids: Ids }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
  }

  /** Notes a decision on a call; a call may have several. */
  note(requestId: string, decision: Reasoned): void {
    const known = this.#recent.get(requestId);
    if (known) known.push(decision);
    else {
      this.#recent.set(requestId, [decision]);
      if (this.#recent.size > RECENT_MAX) this.#recent.delete(this.#recent.keys().next().value!);
    }
    if (decision.allowed) return;
    const list = this.#recent.get(requestId)!.map((one) => one.explain() as Reason);
    this.#pending.push({ id: requestId, timeMs: this.#clock.now(), reasons: list });
    if (this.#pending.length > PENDING_MAX) this.#pending.shift();
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
    this.#pending = [];
  }

  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    // What comes in meanwhile is for the next flush.
    for (let left = this.#pending.length; left > 0; left -= BATCH) {
      const batch = this.#pending.splice(0, BATCH);
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
