import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { collection, type Store, type Transaction } from './store/store.ts';

/**
 * What happened: an outbox. An event is written in the transaction of the change it tells of, so it is there exactly if the change is;
 * then each subscriber gets it in order of time, at least once, and it moves to a bounded log that can be read back.
 */
export type Event = {
  id: string;
  timeMs: number;
  /** As EventBridge has it: `aws.s3`. */
  source: string;
  /** As EventBridge has it: `Object Created`. */
  detailType: string;
  account: string;
  region: string;
  /** ARNs. */
  resources: string[];
  detail: Record<string, unknown>;
};

const outbox = collection<Event>('kernel/event-outbox');
const log = collection<Event>('kernel/event-log');
/** How many events the log keeps. */
export const EVENT_LOG_MAX = 10_000;
const BATCH = 100;

export type Subscriber = { name: string; deliver(event: Event): Promise<void> };

export class Events {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #subscribers: Subscriber[] = [];
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #delivered = 0;

  constructor(parts: { store: Store; clock: Clock; ids: Ids; log: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#log = parts.log;
  }

  publish(tx: Transaction, event: Omit<Event, 'id' | 'timeMs'> & { timeMs?: number }): void {
    const timeMs = event.timeMs ?? this.#clock.now();
    const id = this.#ids.uuid();
    tx.put(outbox, [this.#ids.sortable(timeMs)], { ...event, id, timeMs });
    setImmediate(() => void this.deliver());
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** The latest events, newest first. */
  async recent(limit = 100): Promise<Event[]> {
    return (await this.#store.range(log, [], { reverse: true, limit })).map((entry) => entry.value);
  }

  start(): void {
    this.#timer = setInterval(() => void this.deliver(), 500);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Hands out what waits; one round at a time. */
  async deliver(): Promise<void> {
    this.#working ??= this.#round().catch((error: unknown) => this.#log.error({ error }, 'events not delivered'));
    await this.#working;
    this.#working = undefined;
  }

  async #round(): Promise<void> {
    for (;;) {
      const batch = await this.#store.range(outbox, [], { limit: BATCH });
      if (batch.length === 0) return;
      for (const { value } of batch) {
        for (const subscriber of this.#subscribers) {
          await subscriber
            .deliver(value)
            .catch((error: unknown) =>
              this.#log.error({ error, subscriber: subscriber.name, event: value.id }, 'event refused'),
            );
        }
      }
      await this.#store.transact((tx) => {
        for (const { key, value } of batch) {
          tx.delete(outbox, key);
          tx.put(log, key, value);
        }
      });
      this.#delivered += batch.length;
      if (this.#delivered > 1_000) await this.#trim();
    }
  }

  async #trim(): Promise<void> {
    this.#delivered = 0;
    const kept = await this.#store.range(log, [], { reverse: true, limit: EVENT_LOG_MAX });
    const oldest = kept.at(-1);
    if (kept.length < EVENT_LOG_MAX || !oldest) return;
    for (;;) {
      const old = await this.#store.range(log, [], { reverse: true, after: oldest.key, limit: BATCH });
      if (old.length === 0) return;
      await this.#store.transact((tx) => old.forEach(({ key }) => tx.delete(log, key)));
    }
  }
}
