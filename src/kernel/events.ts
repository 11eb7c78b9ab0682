import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { Leaseholder, type Lease } from './leases.ts';
import { collection, type Store, type Transaction } from './store/store.ts';

/**
 * What happened: an outbox. An event is written in the transaction of the change it tells of, so it is there exactly if the change is;
 * then each subscriber gets it in order of time, at least once, and it moves to a bounded log that can be read back. One process at a
 * time hands out, under a lease; when it dies, another goes on with the batch it was at.
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
const counts = collection<number>('kernel/event-count');
const leases = collection<Lease>('kernel/event-lease');
/** How many events the log keeps. */
export const EVENT_LOG_MAX = 10_000;
/** Events handed out between two commits: as many may come twice after a crash. */
const BATCH = 100;
const POLL_MS = 500;
const LEASE_MS = 60_000;
/** How often a subscriber that refuses an event is asked. */
const DELIVERIES_MAX = 3;
const REDELIVERY_MS = 20;
/** A subscriber that has not answered by then is passed over: it must not hold up the others for ever. Real time. */
const DELIVERY_MS_MAX = 15_000;

/** `deliver` should be quick: what takes time is submitted as a job. A rejection is tried again, then logged and passed over. */
export type Subscriber = { name: string; deliver(event: Event): Promise<void> };

export class Events {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #holder: Leaseholder;
  readonly #subscribers: Subscriber[] = [];
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(parts: { store: Store; clock: Clock; ids: Ids; log: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#log = parts.log;
    this.#holder = new Leaseholder(parts.clock, LEASE_MS);
  }

  publish(tx: Transaction, event: Omit<Event, 'id' | 'timeMs'> & { timeMs?: number }): void {
    const timeMs = event.timeMs ?? this.#clock.now();
    const id = this.#ids.uuid();
    tx.put(outbox, [this.#ids.sortable(timeMs)], { ...event, id, timeMs });
    tx.committed(() => void this.deliver());
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** The latest events, newest first. */
  async recent(limit = 100): Promise<Event[]> {
    return (await this.#store.range(log, [], { reverse: true, limit })).map((entry) => entry.value);
  }

  start(): void {
    this.#stopped = false;
    this.#holder.alive(true);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.deliver(), POLL_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
    this.#holder.alive(false);
  }

  /** Hands out what waits, what is published meanwhile included; never rejects. Returns at once when another process is at it. */
  deliver(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#working) this.#again = true;
    else {
      this.#working = this.#rounds()
        .catch((error: unknown) => this.#log.error({ err: error }, 'events not delivered'))
        .finally(() => (this.#working = undefined));
    }
    return this.#working;
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      await this.#round();
    } while (this.#again && !this.#stopped);
  }

  async #round(): Promise<void> {
    if ((await this.#store.range(outbox, [], { limit: 1 })).length === 0) return;
    if (!(await this.#take())) return;
    try {
      while (!this.#stopped) {
        const batch = await this.#store.range(outbox, [], { limit: BATCH });
        if (batch.length === 0) return;
        for (const { value } of batch) await this.#handOut(value);
        const held = await this.#store.transact(async (tx) => {
          if ((await tx.get(leases, ['lease']))?.owner !== this.#holder.owner) return false;
          tx.put(leases, ['lease'], this.#holder.lease());
          for (const { key, value } of batch) {
            tx.delete(outbox, key);
            tx.put(log, key, value);
          }
          await trim(tx, batch.length);
          return true;
        });
        if (!held) return;
      }
    } finally {
      await this.#store.transact(async (tx) => {
        if ((await tx.get(leases, ['lease']))?.owner === this.#holder.owner) tx.delete(leases, ['lease']);
      });
    }
  }

  #take(): Promise<boolean> {
    return this.#store.transact(async (tx) => {
      const lease = await tx.get(leases, ['lease']);
      if (lease && lease.owner !== this.#holder.owner && !this.#holder.dead(lease)) return false;
      tx.put(leases, ['lease'], this.#holder.lease());
      return true;
    });
  }

  async #handOut(event: Event): Promise<void> {
    for (const subscriber of this.#subscribers) {
      for (let attempt = 1; ; attempt++) {
        try {
          await withinTime(subscriber.deliver(event));
          break;
        } catch (error) {
          const last = attempt === DELIVERIES_MAX || error instanceof Overdue;
          this.#log[last ? 'error' : 'warn'](
            { err: error, subscriber: subscriber.name, event: event.id, attempt },
            'event refused',
          );
          if (last) break;
          await new Promise((resolve) => setTimeout(resolve, REDELIVERY_MS * attempt));
        }
      }
    }
  }
}

/** Drops the oldest of the log, now that it holds `added` more. */
async function trim(tx: Transaction, added: number): Promise<void> {
  const count = ((await tx.get(counts, ['log'])) ?? 0) + added;
  if (count > EVENT_LOG_MAX) {
    for (const { key } of await tx.range(log, [], { limit: count - EVENT_LOG_MAX })) tx.delete(log, key);
  }
  tx.put(counts, ['log'], Math.min(count, EVENT_LOG_MAX));
}

class Overdue extends Error {
  override readonly name = 'Overdue';
}

async function withinTime(delivery: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Overdue(`no answer in ${DELIVERY_MS_MAX} ms`)), DELIVERY_MS_MAX);
  });
  try {
    await Promise.race([delivery, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
