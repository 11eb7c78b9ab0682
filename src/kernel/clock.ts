import { collection, type Store } from './store/store.ts';

/**
 * The virtual clock. Every time and timer of the stack comes from here, so a test can freeze and move it. Its setting is in the store:
 * all processes of a stack, and the next start, see the same time. Real time is for what the outside world measures: signatures, leases.
 */
export type ClockSetting = {
  /** Added to real time, in ms; time then runs on. */
  offsetMs: number;
  /** Virtual ms since the epoch at which time stands still; absent: it runs. */
  frozenAtMs?: number;
};

const settings = collection<ClockSetting>('kernel/clock');
const REFRESH_INTERVAL_MS = 200;

export class Clock {
  readonly #store: Store;
  #setting: ClockSetting;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  private constructor(store: Store, setting: ClockSetting) {
    this.#store = store;
    this.#setting = setting;
  }

  /** `shared`: other processes may move this clock too; look at the store now and then. */
  static async open(store: Store, options: { shared?: boolean } = {}): Promise<Clock> {
    const clock = new Clock(store, (await store.get(settings, ['clock'])) ?? { offsetMs: 0 });
    if (options.shared) {
      // A store that cannot be reached for a moment leaves the clock as it is.
      clock.#timer = setInterval(() => void clock.#refresh().catch(() => {}), REFRESH_INTERVAL_MS);
      clock.#timer.unref();
    }
    return clock;
  }

  /** Virtual ms since the epoch. */
  now(): number {
    return this.#setting.frozenAtMs ?? Date.now() + this.#setting.offsetMs;
  }

  date(): Date {
    return new Date(this.now());
  }

  /** Real ms since the epoch. */
  real(): number {
    return Date.now();
  }

  get setting(): Readonly<ClockSetting> {
    return this.#setting;
  }

  /** Whether virtual time is real time. */
  get isReal(): boolean {
    return this.#setting.offsetMs === 0 && this.#setting.frozenAtMs === undefined;
  }

  async freeze(atMs: number = this.now()): Promise<void> {
    checkTime(atMs);
    await this.#set({ offsetMs: atMs - Date.now(), frozenAtMs: atMs });
  }

  /** Sets the time; it stays frozen if it was, or runs on from there. Callers that want what falls due in between use `Jobs.advance`. */
  async set(atMs: number): Promise<void> {
    checkTime(atMs);
    await this.#set({
      offsetMs: atMs - Date.now(),
      ...(this.#setting.frozenAtMs === undefined ? {} : { frozenAtMs: atMs }),
    });
  }

  /** Lets a frozen clock run on from where it stands. */
  async run(): Promise<void> {
    await this.#set({ offsetMs: this.now() - Date.now() });
  }

  /** Back to real time. */
  async reset(): Promise<void> {
    await this.#set({ offsetMs: 0 });
  }

  /** Called after each change of the setting; returns the way to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #set(setting: ClockSetting): Promise<void> {
    await this.#store.transact((tx) => tx.put(settings, ['clock'], setting));
    this.#apply(setting);
  }

  async #refresh(): Promise<void> {
    const setting = (await this.#store.get(settings, ['clock'])) ?? { offsetMs: 0 };
    if (setting.offsetMs !== this.#setting.offsetMs || setting.frozenAtMs !== this.#setting.frozenAtMs)
      this.#apply(setting);
  }

  #apply(setting: ClockSetting): void {
    this.#setting = setting;
    for (const listener of this.#listeners) listener();
  }
}

/** What a Date can hold: ±8.64e15 ms. */
function checkTime(atMs: number): void {
  if (Number.isNaN(new Date(atMs).getTime())) throw new RangeError(`${atMs} is no time`);
}
