import { createHash } from 'node:crypto';

/**
 * Work for people: queues of tasks, each a prompt with one or more candidate answers, and questions on them. A worker claims a task, has it for
 * a while, and answers. Candidates have no names and are in an order of their own for each task and worker, which a seed determines. When the last
 * answer is in, the queue hands the work on.
 */

/** How one question is answered. */
export type Method = 'thumbs' | 'likert' | 'comparison-likert' | 'choice' | 'rank' | 'text';

export type Question = {
  name: string;
  description?: string;
  method: Method;
};

/** Points of a Likert scale, from 1; of a comparison 1 is the left answer by far, 5 the right one. */
export const LIKERT_POINTS = 5;
/** Characters of a free text. */
export const TEXT_LENGTH_MAX = 5_000;
export type Candidate = { id: string; text: string };

export type Material = {
  prompt: string;
  category?: string;
  reference?: string;
  candidates: readonly Candidate[];
};

/** What is answered to one question, by candidate id. */
export type Value =
  | { method: 'thumbs'; of: Record<string, boolean> }
  | { method: 'likert'; of: Record<string, number> }
  | { method: 'rank'; of: Record<string, number> }
  /** 1 is `left` by far, LIKERT_POINTS is `right` by far. */
  | { method: 'comparison-likert'; left: string; right: string; points: number }
  /** A candidate's id. */
  | { method: 'choice'; chosen: string }
  | { method: 'text'; text: string };

export type Answer = {
  worker: string;
  acceptedAtMs: number;
  submittedAtMs: number;
  /** Ids of the candidates as they were shown, from left to right. */
  order: string[];
  values: Record<string, Value>;
};

type Claim = { worker: string; atMs: number; expiresAtMs: number };

export type Task = { material: Material; answers: Answer[]; claims: Claim[] };

export type Queue = {
  id: string;
  /** Whose workers may work on it. */
  team: string;
  title: string;
  instructions?: string;
  questions: readonly Question[];
  tasks: number;
  /** Tasks that have all their answers. */
  done: number;
  /** Answers that each task needs, of as many workers. */
  workersPerTask: number;
  seed: string;
  state: 'open' | 'done' | 'closed';
  createdAtMs: number;
  /** The job that goes on when all is answered. */
  onDone?: { kind: string; id: string; input: unknown };
};

/** Why a worker's step is refused. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
}

type Named<T> = { readonly name: string; readonly record?: T };
type Key = readonly (string | number)[];

/** What of a store is needed. */
export type ReviewReader = {
  get<T>(collection: Named<T>, key: Key): Promise<T | undefined>;
  range<T>(
    collection: Named<T>,
    prefix: Key,
    options?: { limit?: number; after?: Key },
  ): Promise<{ key: unknown[]; value: T }[]>;
};
export type ReviewTransaction = ReviewReader & {
  put<T>(collection: Named<T>, key: Key, value: T): void;
  delete<T>(collection: Named<T>, key: Key): void;
};

export type ReviewParts<T extends ReviewTransaction> = {
  store: ReviewReader & { transact<R>(fn: (tx: T) => Promise<R>): Promise<R> };
  clock: { now(): number };
  /** Submits the job that a queue hands its work to, within the transaction of the last answer. */
  submit(tx: T, job: NonNullable<Queue['onDone']>): Promise<unknown>;
};

const queues: Named<Queue> = { name: 'review/queue' };
/** [team, queue id] */
const byTeam: Named<true> = { name: 'review/queue-by-team' };
/** [queue id, index] */
const tasks: Named<Task> = { name: 'review/task' };

/** Tasks that one queue may have. */
export const TASKS_MAX = 1_000;
/** How long a worker has a task to themselves. */
export const LEASE_MS = 60 * 60 * 1000;
const PAGE = 200;

/** A task as its worker sees it: the candidates in their order, without a hint where they come from. */
export type Assignment = {
  queue: Queue;
  index: number;
  material: Material;
  expiresAtMs: number;
};

export class Review<T extends ReviewTransaction> {
  readonly #parts: ReviewParts<T>;
  constructor(parts: ReviewParts<T>) {
    this.#parts = parts;
  }

  /** Opens a queue with its tasks, within a transaction; one that stands is left as it is. Throws RangeError for no task, or too many. */
  async open(
    tx: T,
    queue: Omit<Queue, 'tasks' | 'done' | 'state' | 'createdAtMs'>,
    materials: readonly Material[],
  ): Promise<void> {
    if (materials.length === 0 || materials.length > TASKS_MAX)
      throw new RangeError(`a queue of ${materials.length} tasks; 1 to ${TASKS_MAX}`);
    if (await tx.get(queues, [queue.id])) return;
    tx.put(queues, [queue.id], {
      ...queue,
      tasks: materials.length,
      done: 0,
      state: 'open',
      createdAtMs: this.#parts.clock.now(),
    });
    tx.put(byTeam, [queue.team, queue.id], true);
    for (const [index, material] of materials.entries())
      tx.put(tasks, [queue.id, index], { material, answers: [], claims: [] });
  }

  get(id: string): Promise<Queue | undefined> {
    return this.#parts.store.get(queues, [id]);
  }

  /** The queues of a team, open or not. */
  async ofTeam(team: string): Promise<Queue[]> {
    const found: Queue[] = [];
    for (const { key } of await this.#parts.store.range(byTeam, [team], { limit: PAGE })) {
      const queue = await this.get(key[1] as string);
      if (queue) found.push(queue);
    }
    return found;
  }

  /** All tasks of a queue, in their order. */
  async tasksOf(id: string): Promise<Task[]> {
    const found: Task[] = [];
    for (let after: Key | undefined; ;) {
      const page = await this.#parts.store.range(tasks, [id], { limit: PAGE, ...(after ? { after } : {}) });
      found.push(...page.map(({ value }) => value));
      if (page.length < PAGE) return found;
      after = page.at(-1)!.key as (string | number)[];
    }
  }

  /** Tasks that a worker may still do or is doing, and those that they have done. */
  async progress(id: string, worker: string): Promise<{ left: number; done: number }> {
    const queue = await this.get(id);
    const all = await this.tasksOf(id);
    const done = all.filter(({ answers }) => answers.some((each) => each.worker === worker)).length;
    const left = queue?.state === 'open' ? all.filter((task) => this.#isFree(queue, task, worker)).length : 0;
    return { left, done };
  }

  #isFree({ workersPerTask }: Queue, { answers, claims }: Task, worker: string): boolean {
    const now = this.#parts.clock.now();
    if (answers.some((each) => each.worker === worker)) return false;
    const others = claims.filter((claim) => claim.worker !== worker && claim.expiresAtMs > now).length;
    return answers.length + others < workersPerTask;
  }

  /** Gives a worker the task they have claimed already, else the first that is free; undefined when there is none. */
  async claim(id: string, worker: string): Promise<Assignment | undefined> {
    const { store, clock } = this.#parts;
    const known = await this.get(id);
    if (!known) return undefined;
    const all = await this.tasksOf(id);
    const now = clock.now();
    const own = all.findIndex(
      ({ claims, answers }) =>
        claims.some((claim) => claim.worker === worker && claim.expiresAtMs > now) &&
        !answers.some((each) => each.worker === worker),
    );
    for (let index = own >= 0 ? own : 0; index < all.length; index++) {
      // What is taken is known from the reading; what seems free is looked at again.
      if (!this.#isFree(known, all[index]!, worker)) continue;
      const claimed = await store.transact(async (tx) => {
        const queue = await tx.get(queues, [id]);
        const task = await tx.get(tasks, [id, index]);
        if (!queue || queue.state !== 'open' || !task || !this.#isFree(queue, task, worker)) return undefined;
        const mine = task.claims.find((claim) => claim.worker === worker && claim.expiresAtMs > now);
        const claim = mine ?? { worker, atMs: now, expiresAtMs: now + LEASE_MS };
        const others = task.claims.filter((each) => each.worker !== worker && each.expiresAtMs > now);
        if (!mine) tx.put(tasks, [id, index], { ...task, claims: [...others, claim] });
        return { queue, index, material: shown(queue, index, worker, task.material), expiresAtMs: claim.expiresAtMs };
      });
      if (claimed) return claimed;
    }
    return undefined;
  }

  /** A task as its worker sees it. Throws ReviewError. */
  async assignment(id: string, index: number, worker: string): Promise<Assignment> {
    const queue = await this.get(id);
    const task = Number.isInteger(index) ? await this.#parts.store.get(tasks, [id, index]) : undefined;
    if (!queue || !task) throw new ReviewError('There is no such task.');
    const claim = task.claims.find((each) => each.worker === worker);
    return {
      queue,
      index,
      material: shown(queue, index, worker, task.material),
      expiresAtMs: claim?.expiresAtMs ?? 0,
    };
  }

  /** Gives a claimed task back. */
  async release(id: string, index: number, worker: string): Promise<void> {
    await this.#parts.store.transact(async (tx) => {
      const task = await tx.get(tasks, [id, index]);
      if (!task) return;
      tx.put(tasks, [id, index], { ...task, claims: task.claims.filter((claim) => claim.worker !== worker) });
    });
  }

  /**
   * Takes a worker's answers to all questions of a task. The last answer of a queue hands its work on.
   *
   * @throws {ReviewError} when the worker does not have the task (any more), or an answer is missing or not of its question
   */
  async submit(id: string, index: number, worker: string, values: Record<string, Value>): Promise<void> {
    const { store, clock, submit } = this.#parts;
    await store.transact(async (tx) => {
      const now = clock.now();
      const queue = await tx.get(queues, [id]);
      const task = await tx.get(tasks, [id, index]);
      if (!queue || !task) throw new ReviewError('There is no such task.');
      if (queue.state !== 'open') throw new ReviewError('The work on this queue has ended.');
      if (task.answers.some((each) => each.worker === worker))
        throw new ReviewError('You have answered this task already.');
      const claim = task.claims.find((each) => each.worker === worker);
      if (!claim) throw new ReviewError('You have not taken this task.');
      if (claim.expiresAtMs <= now) throw new ReviewError('Your time for this task has run out: take it again.');
      checkValues(queue.questions, task.material, values);
      const answer: Answer = {
        worker,
        acceptedAtMs: claim.atMs,
        submittedAtMs: now,
        order: shown(queue, index, worker, task.material).candidates.map((candidate) => candidate.id),
        values,
      };
      const answers = [...task.answers, answer];
      tx.put(tasks, [id, index], { ...task, answers, claims: task.claims.filter((each) => each !== claim) });
      if (answers.length < queue.workersPerTask) return;
      const done = queue.done + 1;
      const isLast = done === queue.tasks;
      tx.put(queues, [id], { ...queue, done, ...(isLast ? { state: 'done' as const } : {}) });
      if (isLast && queue.onDone) await submit(tx, queue.onDone);
    });
  }

  /** Ends the work on a queue, whatever is unanswered. */
  async close(tx: T, id: string): Promise<void> {
    const queue = await tx.get(queues, [id]);
    if (queue?.state === 'open') tx.put(queues, [id], { ...queue, state: 'closed' });
  }

  /** Removes a queue with its tasks. */
  async remove(tx: T, id: string): Promise<void> {
    const queue = await tx.get(queues, [id]);
    if (!queue) return;
    tx.delete(queues, [id]);
    tx.delete(byTeam, [queue.team, id]);
    for (let index = 0; index < queue.tasks; index++) tx.delete(tasks, [id, index]);
  }
}

/** The material with its candidates in the worker's order. */
function shown(queue: Queue, index: number, worker: string, material: Material): Material {
  const weight = (id: string) =>
    createHash('sha256')
      .update(JSON.stringify([queue.seed, index, worker, id]))
      .digest('hex');
  const candidates = material.candidates
    .map((candidate) => ({ candidate, at: weight(candidate.id) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ candidate }) => candidate);
  return { ...material, candidates };
}

function checkValues(questions: readonly Question[], { candidates }: Material, values: Record<string, Value>): void {
  const ids = candidates.map(({ id }) => id);
  const each = (of: Record<string, unknown>, is: (value: unknown) => boolean) =>
    Object.keys(of).length === ids.length && ids.every((id) => Object.hasOwn(of, id) && is(of[id]));
  const isPoint = (most: number) => (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
  const unknown = Object.keys(values).find((name) => !questions.some((question) => question.name === name));
  if (unknown !== undefined) throw new ReviewError(`There is no question ${unknown}.`);
  for (const { name, method } of questions) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value?.method !== method) throw new ReviewError(`${name} is not answered.`);
    const fits =
      value.method === 'thumbs'
        ? each(value.of, (one) => typeof one === 'boolean')
        : value.method === 'likert'
          ? each(value.of, isPoint(LIKERT_POINTS))
          : value.method === 'rank'
            ? each(value.of, isPoint(ids.length))
            : value.method === 'comparison-likert'
              ? ids.includes(value.left) &&
                ids.includes(value.right) &&
                value.left !== value.right &&
                isPoint(LIKERT_POINTS)(value.points)
              : value.method === 'choice'
                ? ids.includes(value.chosen)
                : value.text.length <= TEXT_LENGTH_MAX;
    if (!fits) throw new ReviewError(`The answer to ${name} is not complete.`);
  }
}
