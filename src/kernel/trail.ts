import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import type { Principal } from './principals/principal.ts';
import { collection, type Store, type Transaction } from './store/store.ts';

/**
 * Every call, on the record. Management calls are kept as CloudTrail records in the store; all calls, data events too, are in a bounded
 * list of recent ones for `/_outcrop/calls`. Neither holds secrets, prompts or bodies. Records are gathered and flushed every `FLUSH_MS`.
 */
export type TrailRecord = {
  eventVersion: '1.11';
  eventID: string;
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  userIdentity: Record<string, unknown>;
  requestParameters: unknown;
  responseElements: unknown;
  requestID: string;
  eventType: 'AwsApiCall';
  managementEvent: boolean;
  readOnly: boolean;
  eventCategory: 'Management' | 'Data';
  recipientAccountId: string;
  errorCode?: string;
  errorMessage?: string;
};

/** One line of the recent calls. */
export type CallLine = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  principal: string;
  region: string;
  status: number;
  /** Microseconds from the first byte in to the last byte out. */
  durationUs: number;
  error?: string;
  errorMessage?: string;
  answer?: string;
  usd?: number;
};

const records = collection<TrailRecord>('kernel/trail');
const counts = collection<number>('kernel/trail-count');
export const RECENT_MAX = 5_000;
const FLUSH_MS = 500;
/** Records kept for each account; CloudTrail's event history keeps 90 days of them. */
export const RECORDS_MAX = 100_000;
/** Records that wait while the store cannot be written; then the oldest are dropped. */
const PENDING_MAX = 50_000;
/** Records of one transaction: a larger one would hold up the event loop. */
const BATCH = 200;

export class Trail {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  #recent: CallLine[] = [];
  #pending: { timeMs: number; record: TrailRecord }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { store: Store; clock: Clock; ids: Ids }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
  }

  /** Notes a call; `record` is absent for data events. */
  note(line: CallLine, record?: Omit<TrailRecord, 'eventVersion' | 'eventID' | 'eventTime' | 'eventType'>): void {
    this.#recent.push(line);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent = this.#recent.slice(-RECENT_MAX);
    if (record) {
      const timeMs = this.#clock.now();
      this.#pending.push({
        timeMs,
        record: {
          eventVersion: '1.11',
          eventID: this.#ids.uuid(),
          eventTime: `${new Date(timeMs).toISOString().slice(0, 19)}Z`,
          eventType: 'AwsApiCall',
          ...record,
        },
      });
    }
  }

  /** This process's latest calls, newest first. */
  recent(limit = 100): CallLine[] {
    return this.#recent.slice(-Math.min(limit, RECENT_MAX)).toReversed();
  }

  /** Management records of an account, newest first. */
  async records(account: string, limit = 50): Promise<TrailRecord[]> {
    await this.flush();
    return (await this.#store.range(records, [account], { reverse: true, limit })).map((entry) => entry.value);
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush().catch(() => {}), FLUSH_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Forgets the recent calls and what is not written yet. */
  clear(): void {
    this.#recent = [];
    this.#pending = [];
  }

  flush(): Promise<void> {
    // One failure must not be the last flush: what was not written is still pending.
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, BATCH);
      try {
        await this.#store.transact((tx) => this.#keep(tx, batch));
      } catch (error) {
        this.#pending = [...batch, ...this.#pending].slice(-PENDING_MAX);
        throw error;
      }
    }
  }

  async #keep(tx: Transaction, batch: { timeMs: number; record: TrailRecord }[]): Promise<void> {
    for (const account of new Set(batch.map(({ record }) => record.recipientAccountId))) {
      const mine = batch.filter(({ record }) => record.recipientAccountId === account);
      const count = ((await tx.get(counts, [account])) ?? 0) + mine.length;
      if (count > RECORDS_MAX) {
        for (const { key } of await tx.range(records, [account], { limit: count - RECORDS_MAX }))
          tx.delete(records, key);
      }
      tx.put(counts, [account], Math.min(count, RECORDS_MAX));
      for (const { timeMs, record } of mine) tx.put(records, [account, this.#ids.sortable(timeMs)], record);
    }
  }
}

/** The `userIdentity` element of a record. */
export function userIdentity(principal: Principal, accessKeyId?: string): Record<string, unknown> {
  const type = {
    root: 'Root',
    user: 'IAMUser',
    'assumed-role': 'AssumedRole',
    'federated-user': 'FederatedUser',
    service: 'AWSService',
    anonymous: 'Unknown',
  }[principal.type];
  return {
    type,
    principalId: principal.id,
    arn: principal.arn,
    accountId: principal.account,
    ...(accessKeyId ? { accessKeyId } : {}),
    ...(principal.type === 'user' ? { userName: principal.name } : {}),
  };
}
