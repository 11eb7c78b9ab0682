import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ReviewError, type ReviewParts, type ReviewTransaction } from './review.ts';

/**
 * Who may work for a team: whoever has its access code. A code opens a session under the name that the worker gives; only hashes of codes
 * and sessions are kept.
 */
export type Team = {
  team: string;
  codeHash: string;
  /** Answers that each task of a queue that is opened from now on needs. */
  workersPerTask: number;
  issuedAtMs: number;
};

export type Worker = {
  team: string;
  /** As they named themselves. */
  name: string;
  /** 16 hexadecimal digits: the same for the same name in the same team. */
  id: string;
  expiresAtMs: number;
};

/** How long a worker stays signed in. */
const SESSION_MS = 12 * 60 * 60 * 1000;
const NAME_LENGTH_MAX = 64;
const WORKERS_PER_TASK_MAX = 50;

const teams: { readonly name: string; readonly record?: Team } = { name: 'review/team' };
/** Hash of a code → team. */
const codes: { readonly name: string; readonly record?: string } = { name: 'review/code' };
/** Hash of a session's token. */
const sessions: { readonly name: string; readonly record?: Worker } = { name: 'review/session' };

const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');

export class Workers<T extends ReviewTransaction> {
  readonly #parts: Pick<ReviewParts<T>, 'store' | 'clock'>;
  constructor(parts: Pick<ReviewParts<T>, 'store' | 'clock'>) {
    this.#parts = parts;
  }

  /** A new access code for a team; the one before it is good no longer. Throws RangeError. */
  async issue(team: string, workersPerTask = 1): Promise<string> {
    if (!Number.isInteger(workersPerTask) || workersPerTask < 1 || workersPerTask > WORKERS_PER_TASK_MAX)
      throw new RangeError(`workersPerTask is ${workersPerTask}; a whole number from 1 to ${WORKERS_PER_TASK_MAX}`);
    const code = randomBytes(16).toString('hex');
    const codeHash = hash(code);
    await this.#parts.store.transact(async (tx) => {
      const before = await tx.get(teams, [team]);
      if (before) tx.delete(codes, [before.codeHash]);
      tx.put(teams, [team], { team, codeHash, workersPerTask, issuedAtMs: this.#parts.clock.now() });
      tx.put(codes, [codeHash], team);
    });
    return code;
  }

  async list(): Promise<Team[]> {
    return (await this.#parts.store.range(teams, [])).map(({ value }) => value);
  }

  async workersPerTask(team: string): Promise<number> {
    return (await this.#parts.store.get(teams, [team]))?.workersPerTask ?? 1;
  }

  /** Opens a session; resolves with its token. Throws ReviewError for a code that is good for no team, or no name. */
  async signIn(code: string, name: string): Promise<string> {
    const named = name.trim();
    if (named === '' || named.length > NAME_LENGTH_MAX)
      throw new ReviewError(`Give a name of 1 to ${NAME_LENGTH_MAX} characters.`);
    const { store, clock } = this.#parts;
    const team = await store.get(codes, [hash(code.trim())]);
    if (team === undefined) throw new ReviewError('The access code is not valid.');
    const token = randomBytes(32).toString('hex');
    const worker: Worker = {
      team,
      name: named,
      id: hash(`${team}\n${named}`).slice(0, 16),
      expiresAtMs: clock.now() + SESSION_MS,
    };
    // Who comes in sees to it that those who are long gone leave nothing behind.
    const over = (await store.range(sessions, [])).filter(({ value }) => value.expiresAtMs <= clock.now());
    await store.transact(async (tx) => {
      for (const { key } of over) tx.delete(sessions, key as [string]);
      tx.put(sessions, [hash(token)], worker);
    });
    return token;
  }

  /** Whose session a token is of; undefined for one that is none, has expired. */
  async session(token: string): Promise<Worker | undefined> {
    const { store, clock } = this.#parts;
    const worker = await store.get(sessions, [hash(token)]);
    return worker && worker.expiresAtMs > clock.now() ? worker : undefined;
  }

  async signOut(token: string): Promise<void> {
    await this.#parts.store.transact(async (tx) => tx.delete(sessions, [hash(token)]));
  }
}

/** The token that forms of a session carry, which pages of other sites cannot know. */
export const formToken = (token: string): string => createHmac('sha256', token).update('form').digest('hex');

export function isFormToken(token: string, given: string): boolean {
  const wanted = Buffer.from(formToken(token));
  const found = Buffer.from(given);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
