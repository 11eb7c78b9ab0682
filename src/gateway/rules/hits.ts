import type { Logger } from 'pino';
import type { Memory } from './shared.ts';

/** One of the calls that a rule has decided. */
export type Hit = { requestId: string; timeMs: number; service: string; operation: string };
export type Hits = { count: number; last: Hit[] };

const LAST_MAX = 10;
const FLUSH_MS = 500;

/**
 * How often each rule has decided, for people to look at. What several processes have counted is put together every `FLUSH_MS`; conditions
 * like `times` count for themselves, and are exact.
 */
export class HitCounts {
  readonly #memory: Memory;
  readonly #log: Logger;
  #pending = new Map<string, Hits>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(memory: Memory, { shared, log }: { shared: boolean; log: Logger }) {
    this.#memory = memory;
    this.#log = log;
    if (!shared) return;
    this.#timer = setInterval(() => void this.flush().catch(() => {}), FLUSH_MS);
    this.#timer.unref();
  }

  note(key: string, hit: Hit): void {
    const hits = this.#pending.get(key) ?? { count: 0, last: [] };
    hits.count++;
    hits.last.push(hit);
    if (hits.last.length > LAST_MAX) hits.last.shift();
    this.#pending.set(key, hits);
  }

  async of(key: string): Promise<Hits> {
    await this.flush();
    return (await this.#memory.read<Hits>(['hits', key])) ?? { count: 0, last: [] };
  }

  /** Adds what this process has counted to what all have. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [key, hits] of pending) {
      try {
        await this.#memory.update<Hits, undefined>(['hits', key], (known) => ({
          value: {
            count: (known?.count ?? 0) + hits.count,
            last: [...(known?.last ?? []), ...hits.last].toSorted((a, b) => a.timeMs - b.timeMs).slice(-LAST_MAX),
          },
          result: undefined,
        }));
        pending.delete(key);
      } catch (error) {
        this.#log.warn({ err: error }, 'hits of rules could not be written; they are counted later');
        for (const [again, left] of pending) {
          const newer = this.#pending.get(again);
          this.#pending.set(
            again,
            newer ? { count: left.count + newer.count, last: [...left.last, ...newer.last].slice(-LAST_MAX) } : left,
          );
        }
        return;
      }
    }
  }

  forget(): void {
    this.#pending.clear();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
