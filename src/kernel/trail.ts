import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import type { Principal } from './principals.ts';
import { collection, type Store } from './store/store.ts';

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
export const RECENT_MAX = 5_000;
const FLUSH_MS = 500;

export class Trail {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  #recent: CallLine[] = [];
  #pending: TrailRecord[] = [];
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
      this.#pending.push({
        eventVersion: '1.11',
        eventID: this.#ids.uuid(),
        eventTime: `${this.#clock.date().toISOString().slice(0, 19)}Z`,
        eventType: 'AwsApiCall',
        ...record,
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

  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => {
      const batch = this.#pending.splice(0);
      if (batch.length === 0) return;
      await this.#store.transact((tx) => {
        for (const record of batch)
          tx.put(records, [record.recipientAccountId, this.#ids.sortable(Date.parse(record.eventTime))], record);
      });
    });
    return this.#flushing;
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
