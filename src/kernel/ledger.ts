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
    const line = this.#pending.get(key);
    if (line) {
      line.quantity += quantity;
      if (usd !== undefined) line.usd = (line.usd ?? 0) + usd;
    } else this.#pending.set(key, { day, ...who, ...usage, ...(usd === undefined ? {} : { usd }) });
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
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    if (this.#pending.size === 0) return;
    const batch = this.#pending;
    this.#pending = new Map();
    await this.#store.transact(async (tx) => {
      for (const line of batch.values()) {
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
  return [line.day, line.account, line.region, line.service, line.type, line.resource ?? '', line.principal];
}
