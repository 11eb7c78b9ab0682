import type { Kernel } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/errors.ts';
import { collection } from '../../kernel/store/store.ts';
import { RUN_MS_MAX, RUNS_OF_USER_MAX } from './limits.ts';

/** What a user has spent in one day (UTC, by the stack's clock), and what runs under way may come to. */
type Day = { spent: number; held: { id: string; credits: number; untilMs: number }[] };

const days = collection<Day>('apps/credits');
const DAY_MS = 86_400_000;

export type CreditUse = { limit: number; used: number; left: number; /** ISO 8601. */ renewsAt: string };

/** The credits that users spend on running apps: so many a day, which do not add up. */
export class Credits {
  readonly #kernel: Pick<Kernel, 'store' | 'clock' | 'ids'>;
  readonly #limit: number;

  constructor(kernel: Pick<Kernel, 'store' | 'clock' | 'ids'>, limit: number) {
    this.#kernel = kernel;
    this.#limit = limit;
  }

  #today(): { day: string; renewsAt: string } {
    const now = this.#kernel.clock.now();
    const start = Math.floor(now / DAY_MS) * DAY_MS;
    return {
      day: new Date(start).toISOString().slice(0, 10),
      renewsAt: new Date(start + DAY_MS).toISOString(),
    };
  }

  async use(owner: string): Promise<CreditUse> {
    const { day, renewsAt } = this.#today();
    const used = (await this.#kernel.store.get(days, [owner, day]))?.spent ?? 0;
    return { limit: this.#limit, used, left: Math.max(0, this.#limit - used), renewsAt };
  }

  /**
   * Sets credits aside for a run that may come to `credits`; fewer where fewer are left. Throws where none are, or where too many of the
   * user's runs are under way.
   */
  async hold(owner: string, credits: number): Promise<{ credits: number; settle: (spent: number) => Promise<void> }> {
    const { store, clock, ids } = this.#kernel;
    const { day, renewsAt } = this.#today();
    const id = ids.uuid();
    const held = await store.transact(async (tx) => {
      const before = await tx.get(days, [owner, day]);
      if (!before)
        for (const { key } of await tx.range(days, [owner]))
          if (String(key.at(-1)) < day) tx.delete(days, [owner, String(key.at(-1))]);
      const running = (before?.held ?? []).filter(({ untilMs }) => untilMs > clock.now());
      if (running.length >= RUNS_OF_USER_MAX)
        throw new AwsError('TooManyRuns', `${RUNS_OF_USER_MAX} of your runs are under way: wait for one to end.`, 429);
      const spent = before?.spent ?? 0;
      const left = this.#limit - spent - running.reduce((sum, each) => sum + each.credits, 0);
      if (left <= 0)
        throw new AwsError(
          'CreditsUsedUp',
          `You have used ${spent.toLocaleString('en')} of today's ${this.#limit.toLocaleString('en')} credits` +
            `${running.length > 0 ? ', and runs under way hold the rest' : ''}. They renew at ${renewsAt}.`,
          429,
        );
      const taken = Math.min(left, credits);
      tx.put(days, [owner, day], {
        spent,
        held: [...running, { id, credits: taken, untilMs: clock.now() + RUN_MS_MAX }],
      });
      return taken;
    });
    return {
      credits: held,
      settle: (spent) =>
        store.transact(async (tx) => {
          const before = await tx.get(days, [owner, day]);
          tx.put(days, [owner, day], {
            spent: (before?.spent ?? 0) + spent,
            held: (before?.held ?? []).filter((each) => each.id !== id),
          });
        }),
    };
  }
}
