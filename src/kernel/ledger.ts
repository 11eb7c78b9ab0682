import { createHash } from 'node:crypto';
import { collection, type Store } from './store/store.ts';
import type { Clock } from './clock.ts';

/**
 * What was used, and what AWS would have charged: one counter per day, account, region, service, usage type, model and principal.
 * Counters are gathered in memory and flushed every `FLUSH_MS`; a killed process loses at most that much metering, never data.
 */
export type Usage = {
  /** As the bill names it: `InputTokens`, `Requests-Tier1`, `TimedStorage-ByteHrs`. */
  type: string;
  quantity: number;
  /** tokens, requests, bytes, GB-months … */
  unit: string;
  /** The model or resource class the price depends on. */
  resource?: string;
  /** The ARN of what was called, where it carries tags that costs are told apart by. */
  tagged?: string;
};

export type LedgerLine = Usage & {
  day: string;
  account: string;
  region: string;
  service: string;
  principal: string;
  usd?: number;
};

/** Price of one unit in USD; undefined where no public price is known: such lines count but cost nothing, and say so. */
export type Pricer = (line: {
  service: string;
  region: string;
  type: string;
  resource?: string;
  quantity: number;
}) => number | undefined;

const lines = collection<LedgerLine>('kernel/ledger');
const FLUSH_MS = 500;
/** Lines of one transaction: a larger one would hold up the event loop. */
const BATCH = 250;
/** Characters of a principal or resource in a key; longer ones are told apart by a hash. */
const KEY_PART_MAX = 256;

export class Ledger {
  readonly #store: Store;
  readonly #clock: Clock;
  #price: Pricer = () => undefined;
  #pending = new Map<string, LedgerLine>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { store: Store; clock: Clock }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
  }

  /** Sets the price table; the wiring does so once. */
  priceWith(pricer: Pricer): void {
    this.#price = pricer;
  }

  /** The list price of one unit in USD, where one is known. */
  unitPrice(line: Omit<Parameters<Pricer>[0], 'quantity'>): number | undefined {
    return this.#price({ ...line, quantity: 1 });
  }

  /** Records usage; returns its price in USD where one is known. */
  meter(
    who: { account: string; region: string; service: string; principal: string },
    usage: Usage,
  ): number | undefined {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const { type, quantity, resource } = usage;
    const unit = this.#price({
      service: who.service,
      region: who.region,
      type,
      quantity,
      ...(resource === undefined ? {} : { resource }),
    });
    const usd = unit === undefined ? undefined : unit * quantity;
    const key = JSON.stringify(keyOf({ day, ...who, ...usage }));
    this.#pend(key, { day, ...who, ...usage, ...(usd === undefined ? {} : { usd }) });
    return usd;
  }

  /** Lines from `fromDay` to `toDay` (both inclusive, `YYYY-MM-DD`). */
  async read(fromDay: string, toDay: string): Promise<LedgerLine[]> {
    await this.flush();
    const out: LedgerLine[] = [];
    for await (const { value } of this.#store.all(lines, [], { from: [fromDay] })) {
      if (value.day > toDay) break;
      out.push(value);
    }
    return out;
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
    // One failure must not be the last flush: what was not written is still pending.
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    while (this.#pending.size > 0) {
      const batch = [...this.#pending].slice(0, BATCH);
      for (const [key] of batch) this.#pending.delete(key);
      try {
        await this.#add(batch.map(([, line]) => line));
      } catch (error) {
        for (const [key, line] of batch) this.#pend(key, line);
        throw error;
      }
    }
  }

  #pend(key: string, line: LedgerLine): void {
    const known = this.#pending.get(key);
    if (!known) this.#pending.set(key, line);
    else {
      known.quantity += line.quantity;
      if (line.usd !== undefined) known.usd = (known.usd ?? 0) + line.usd;
    }
  }

  #add(batch: LedgerLine[]): Promise<void> {
    return this.#store.transact(async (tx) => {
      for (const line of batch) {
        const key = keyOf(line);
        const known = await tx.get(lines, key);
        const usd =
          line.usd === undefined && known?.usd === undefined ? undefined : (known?.usd ?? 0) + (line.usd ?? 0);
        tx.put(lines, key, {
          ...line,
          quantity: (known?.quantity ?? 0) + line.quantity,
          ...(usd === undefined ? {} : { usd }),
        });
      }
    });
  }
}

function keyOf(line: Omit<LedgerLine, 'quantity' | 'unit' | 'usd'>): string[] {
  const { day, account, region, service, type, resource = '', principal, tagged } = line;
  const key = [day, account, region, service, short(type), short(resource), short(principal)];
  return tagged === undefined ? key : [...key, short(tagged)];
}

function short(text: string): string {
  if (text.length <= KEY_PART_MAX) return text;
  return `${text.slice(0, KEY_PART_MAX - 65)}#${createHash('sha256').update(text).digest('hex')}`;
}
