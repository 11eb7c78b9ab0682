import type { Clock } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Ids } from '../ids.ts';
import type { Jobs } from '../jobs.ts';
import type { Store, Transaction } from '../store/store.ts';
import { KeptCalls } from './kept.ts';
import { readHistory, writeHistory, type HistoryCursor, type HistoryQuery, type Noted } from './history.ts';
import { readInterests, writeInterest, writeOutbox, type Interest } from './outbox.ts';
import { EVENT_VERSION, secondsOf, type RecordDraft, type TrailRecord } from './record.ts';
import { PendingUses, readKeyUse, readServiceUse, writeUses, type KeyUse, type ServiceUse, type Use } from './usage.ts';

/**
 * Every call, on the record: management calls in the event history of the accounts they bear on, all calls in a bounded list of recent
 * ones for `/_outcrop/calls`, and when each key and identity last asked for what. None of them holds secrets, prompts or bodies, but for the
 * details of the latest calls, which hold no secrets and stay in this process.
 * Records are gathered and flushed every `FLUSH_MS`; whoever reads them flushes first, and so sees what this process has answered.
 */

/** One line of the recent calls. */
export type CallLine = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  /** The model that was asked, without ARN and profile. */
  model?: string;
  principal: string;
  region: string;
  status: number;
  /** Microseconds from the first byte in to the last byte out. */
  durationUs: number;
  error?: string;
  errorMessage?: string;
  answer?: string;
  /** The rule that decided on it. */
  rule?: string;
  usd?: number;
  /** Whether every permission that the call asked for was given; absent: it asked for none. */
  allowed?: boolean;
};

export const RECENT_MAX = 10_000;
/** Details of calls, and the bytes that they take at most. */
export const KEPT_MAX = 5_000;
export const KEPT_BYTES_MAX = 48 * 1024 * 1024;
/** Lines over that are dropped together. */
const RECENT_SLACK = 2_000;
const FLUSH_MS = 500;
/** Records that wait while the store cannot be written; then the oldest are dropped. */
const PENDING_MAX = 50_000;
/** Records of one transaction: a larger one would hold up the event loop. */
const BATCH = 200;

export class Trail {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #jobs: Jobs;
  readonly #events: Events;
  #recent: CallLine[] = [];
  readonly #kept = new KeptCalls(KEPT_MAX, KEPT_BYTES_MAX);
  #pending: Noted[] = [];
  readonly #uses = new PendingUses();
  #interests: Map<string, Interest> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { store: Store; clock: Clock; ids: Ids; jobs: Jobs; events: Events }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#jobs = parts.jobs;
    this.#events = parts.events;
    // A store that cannot be written for a moment holds up no clock: what waits is still pending.
    parts.jobs.beforeAdvance(() => this.flush().catch(() => {}));
  }

  /**
   * Notes a call, its records (one for each account it bears on), what it tells of its caller's use of a service, and what is kept of it for
   * a while: `bytes` is what that takes.
   */
  note(
    line: CallLine,
    records: RecordDraft[] = [],
    use?: Omit<Use, 'timeMs'>,
    kept?: { value: unknown; bytes: number },
  ): void {
    this.#recent.push(line);
    if (kept) this.#kept.keep(line.requestId, kept.value, kept.bytes);
    if (this.#recent.length > RECENT_MAX + RECENT_SLACK) this.#recent = this.#recent.slice(-RECENT_MAX);
    for (const draft of records) {
      const { timeMs } = line;
      this.#pending.push({ timeMs, record: ordered(draft, EVENT_VERSION, timeMs, this.#ids.uuid()) });
    }
    if (use) this.#uses.add({ ...use, timeMs: line.timeMs });
  }

  /** Puts on the record, within a transaction, what is no call. */
  async record(
    tx: Transaction,
    draft: RecordDraft,
    options: { version: string; timeMs: number },
  ): Promise<TrailRecord> {
    const { version, timeMs } = options;
    const record = ordered(draft, version, timeMs, this.#ids.uuid());
    const noted = [{ timeMs, record }];
    await writeHistory(tx, noted, this.#writing());
    // Who found an insight knows where it goes.
    if (record.eventCategory !== 'Insight')
      await writeOutbox(tx, noted, { jobs: this.#jobs, events: this.#events, ...this.#writing() });
    return record;
  }

  #writing() {
    return { now: this.#clock.now(), newId: (timeMs: number) => this.#ids.sortable(timeMs) };
  }

  /** This process's latest calls, newest first. `after`: those that came later than the call of this id, where it is known. */
  recent(limit = 100, { after, wants }: { after?: string; wants?: (line: CallLine) => boolean } = {}): CallLine[] {
    const found: CallLine[] = [];
    const oldest = Math.max(0, this.#recent.length - RECENT_MAX);
    for (let place = this.#recent.length - 1; place >= oldest && found.length < limit; place--) {
      const line = this.#recent[place]!;
      if (line.requestId === after) break;
      if (!wants || wants(line)) found.push(line);
    }
    return found;
  }

  /** A recent call of this process, and what was kept of it. */
  call(requestId: string): { line: CallLine; kept: unknown } | undefined {
    const line = this.#recent.findLast((each) => each.requestId === requestId);
    return line && { line, kept: this.#kept.get(requestId) };
  }

  /** What the details of calls take. */
  get kept(): { calls: number; bytes: number } {
    return this.#kept.size;
  }

  /** Records of an account in a region, newest first. */
  async lookup(query: HistoryQuery): Promise<{ records: TrailRecord[]; next?: HistoryCursor }> {
    await this.flush();
    return readHistory(this.#store, query);
  }

  /** When an access key was last used, and for what. */
  async keyUsed(accessKeyId: string): Promise<KeyUse | undefined> {
    await this.flush();
    return readKeyUse(this.#store, accessKeyId);
  }

  /** When an identity (`identityArn`) last asked for each service and action, denied calls included; by service. */
  async serviceUse(account: string, identityArn: string): Promise<ServiceUse[]> {
    await this.flush();
    return readServiceUse(this.#store, account, identityArn);
  }

  /** Whether data records of an account may be asked for: by itself or an organization; also while that is not known yet. */
  wantsData(account: string): boolean {
    if (this.#interests === undefined || this.#interests.get(account)?.data === true) return true;
    for (const [of, { data }] of this.#interests) if (data && of.startsWith('o-')) return true;
    return false;
  }

  /** Says what an account, or an organization for all of its accounts, asks for beyond the event history; `undefined`: nothing. */
  ask(tx: Transaction, of: string, interest: Interest | undefined): void {
    writeInterest(tx, of, interest);
    tx.committed(() => {
      if (interest) this.#interests?.set(of, interest);
      else this.#interests?.delete(of);
    });
  }

  start(): void {
    this.#timer = setInterval(() => void this.#tick().catch(() => {}), FLUSH_MS);
    this.#timer.unref();
    void this.#tick().catch(() => {});
  }

  async #tick(): Promise<void> {
    await this.flush();
    this.#interests = await readInterests(this.#store);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Forgets the recent calls and what is not written yet. */
  clear(): void {
    this.#recent = [];
    this.#kept.clear();
    this.#pending = [];
    this.#uses.clear();
    this.#interests = undefined;
  }

  flush(): Promise<void> {
    // One failure must not be the last flush: what was not written is still pending.
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    // What comes in meanwhile is for the next flush: a caller that never rests must not make this one endless.
    for (let left = Math.max(this.#pending.length, this.#uses.size); left > 0; left -= BATCH) {
      const batch = this.#pending.splice(0, BATCH);
      const uses = this.#uses.take(BATCH);
      try {
        await this.#store.transact((tx) => this.#keep(tx, batch, uses));
      } catch (error) {
        this.#pending = [...batch, ...this.#pending].slice(-PENDING_MAX);
        this.#uses.restore(uses);
        throw error;
      }
    }
  }

  async #keep(tx: Transaction, batch: Noted[], uses: Use[]): Promise<void> {
    const writing = this.#writing();
    await writeHistory(
      tx,
      batch.filter(({ record }) => record.eventCategory !== 'Data'),
      writing,
    );
    await writeOutbox(tx, batch, { jobs: this.#jobs, events: this.#events, ...writing });
    writeUses(tx, uses);
  }
}

/** The members in CloudTrail's order; those that are not there are left out. */
function ordered(draft: RecordDraft, version: string, timeMs: number, eventID: string): TrailRecord {
  const record: Record<string, unknown> = { eventVersion: version };
  if (draft.userIdentity !== undefined) record['userIdentity'] = draft.userIdentity;
  record['eventTime'] = secondsOf(timeMs);
  for (const name of FIRST) if (draft[name] !== undefined) record[name] = draft[name];
  record['eventID'] = eventID;
  for (const name of LAST) if (draft[name] !== undefined) record[name] = draft[name];
  return record as TrailRecord;
}

const FIRST = [
  'eventSource',
  'eventName',
  'awsRegion',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'errorMessage',
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'requestID',
] as const;
const LAST = [
  'readOnly',
  'resources',
  'eventType',
  'managementEvent',
  'recipientAccountId',
  'serviceEventDetails',
  'sharedEventID',
  'eventCategory',
  'tlsDetails',
  'insightDetails',
] as const;
