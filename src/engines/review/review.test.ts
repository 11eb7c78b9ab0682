import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './interval.ts';
import { blind, readBlind } from './blind.ts';
import { LEASE_MS, Review, type Material, type Queue, type ReviewTransaction, type Value } from './review.ts';
import { formToken, isFormToken, Workers } from './workers.ts';

/** A store of one process, whose transactions run one after another. */
function memory() {
  const records = new Map<string, { name: string; key: (string | number)[]; value: any }>();
  const id = (name: string, key: readonly (string | number)[]) => JSON.stringify([name, key]);
  const order = (a: (string | number)[], b: (string | number)[]) => {
    for (const [at, part] of a.entries()) if (part !== b[at]) return part < b[at]! ? -1 : 1;
    return 0;
  };
  const tx: ReviewTransaction = {
    get: (collection, key) => Promise.resolve(structuredClone(records.get(id(collection.name, key))?.value)),
    range: (collection, prefix, { limit = 1000, after } = {}) =>
      Promise.resolve(
        [...records.values()]
          .filter(({ name, key }) => name === collection.name && prefix.every((part, at) => key[at] === part))
          .sort((a, b) => order(a.key, b.key))
          .filter(({ key }) => !after || order(key, [...after]) > 0)
          .slice(0, limit)
          .map(({ key, value }) => ({ key, value: structuredClone(value) })),
      ),
    put: (collection, key, value) =>
      void records.set(id(collection.name, key), {
        name: collection.name,
        key: [...key],
        value: structuredClone(value),
      }),
    delete: (collection, key) => void records.delete(id(collection.name, key)),
  };
  let turn: Promise<unknown> = Promise.resolve();
  const transact = <R>(fn: (tx: ReviewTransaction) => Promise<R>): Promise<R> => {
    const mine = turn.then(() => fn(tx));
    turn = mine.catch(() => {});
    return mine;
  };
  const clock = { ms: 1_000_000, now: () => clock.ms };
  const submitted: unknown[] = [];
  const parts = {
    store: { ...tx, transact },
    clock,
    submit: (_tx: ReviewTransaction, job: unknown) => Promise.resolve(submitted.push(job)),
  };
  return { review: new Review(parts), workers: new Workers(parts), clock, submitted, transact };
}

const queue = (more: Partial<Queue> = {}) => ({
  id: 'q',
  team: 'team',
  title: 'Rate',
  questions: [{ name: 'good', method: 'thumbs' as const }],
  workersPerTask: 1,
  seed: 'seed',
  onDone: { kind: 'k', id: 'q', input: 1 },
  ...more,
});
const materials = (count: number): Material[] =>
  Array.from({ length: count }, (_, at) => ({
    prompt: `prompt ${at}`,
    candidates: [
      { id: '0', text: `left ${at}` },
      { id: '1', text: `right ${at}` },
    ],
  }));
const thumbs = (first: boolean, second: boolean): Record<string, Value> => ({
  good: { method: 'thumbs', of: { '0': first, '1': second } },
});

describe('a queue of work for people', () => {
  it('gives each task to one worker at a time, and to another when the first does not come back', async () => {
    const { review, clock, transact } = memory();
    await transact((tx) => review.open(tx, queue(), materials(2)));
    expect((await review.claim('q', 'ann'))!.index).toBe(0);
    expect((await review.claim('q', 'ann'))!.index).toBe(0);
    expect((await review.claim('q', 'ben'))!.index).toBe(1);
    expect(await review.claim('q', 'cleo')).toBeUndefined();
    clock.ms += LEASE_MS;
    expect((await review.claim('q', 'cleo'))!.index).toBe(0);
    await expect(review.submit('q', 0, 'ann', thumbs(true, true))).rejects.toThrow('You have not taken this task.');
    await expect(review.submit('q', 1, 'ben', thumbs(true, true))).rejects.toThrow('has run out');
    await review.release('q', 0, 'cleo');
    expect((await review.claim('q', 'dora'))!.index).toBe(0);
  });

  it('takes as many answers as are asked for, each of another worker, and hands the work on once', async () => {
    const { review, submitted, transact } = memory();
    await transact((tx) => review.open(tx, queue({ workersPerTask: 2 }), materials(3)));
    for (const worker of ['ann', 'ben']) {
      for (let at = 0; at < 3; at++) {
        expect(submitted).toEqual([]);
        const { index } = (await review.claim('q', worker))!;
        await review.submit('q', index, worker, thumbs(worker === 'ann', true));
        await expect(review.submit('q', index, worker, thumbs(true, true))).rejects.toThrow(
          /answered this task already|has ended/,
        );
      }
      expect(await review.progress('q', worker)).toEqual({ left: 0, done: 3 });
    }
    expect(submitted).toEqual([{ kind: 'k', id: 'q', input: 1 }]);
    expect((await review.get('q'))!.state).toBe('done');
    const tasks = await review.tasksOf('q');
    expect(tasks.map(({ answers }) => answers.map(({ worker }) => worker))).toEqual([
      ['ann', 'ben'],
      ['ann', 'ben'],
      ['ann', 'ben'],
    ]);
  });

  it('shows candidates in an order that differs from task to task and repeats for the same worker', async () => {
    const { review, transact } = memory();
    await transact((tx) => review.open(tx, queue({ workersPerTask: 60 }), materials(1)));
    const orders = new Set<string>();
    for (let at = 0; at < 60; at++) {
      const first = (await review.claim('q', `w${at}`))!.material.candidates.map(({ id }) => id).join('');
      expect((await review.assignment('q', 0, `w${at}`)).material.candidates.map(({ id }) => id).join('')).toBe(first);
      orders.add(first);
    }
    expect([...orders].sort()).toEqual(['01', '10']);
  });

  it('refuses answers that are not complete, or not of the question', async () => {
    const { review, transact } = memory();
    const questions = [
      { name: 'stars', method: 'likert' as const },
      { name: 'order', method: 'rank' as const },
      { name: 'best', method: 'choice' as const },
      { name: 'side', method: 'comparison-likert' as const },
      { name: 'why', method: 'text' as const },
    ];
    await transact((tx) => review.open(tx, queue({ questions }), materials(1)));
    await review.claim('q', 'ann');
    const right: Record<string, Value> = {
      stars: { method: 'likert', of: { '0': 1, '1': 5 } },
      order: { method: 'rank', of: { '0': 1, '1': 1 } },
      best: { method: 'choice', chosen: '1' },
      side: { method: 'comparison-likert', left: '0', right: '1', points: 3 },
      why: { method: 'text', text: '' },
    };
    const wrong: Record<string, Value>[] = [
      { ...right, stars: { method: 'likert', of: { '0': 1 } } },
      { ...right, stars: { method: 'likert', of: { '0': 1, '1': 6 } } },
      { ...right, order: { method: 'rank', of: { '0': 1, '1': 3 } } },
      { ...right, best: { method: 'choice', chosen: '2' } },
      { ...right, side: { method: 'comparison-likert', left: '0', right: '0', points: 3 } },
      { ...right, why: { method: 'text', text: 'x'.repeat(5_001) } },
      { ...right, more: { method: 'text', text: '' } },
    ];
    for (const values of wrong)
      await expect(review.submit('q', 0, 'ann', values)).rejects.toThrow(/not complete|no question/);
    await review.submit('q', 0, 'ann', right);
  });

  it('ends when it is closed, and is gone when it is removed', async () => {
    const { review, submitted, transact } = memory();
    await transact((tx) => review.open(tx, queue(), materials(1)));
    await review.claim('q', 'ann');
    await transact((tx) => review.close(tx, 'q'));
    await expect(review.submit('q', 0, 'ann', thumbs(true, false))).rejects.toThrow('has ended');
    expect(submitted).toEqual([]);
    await transact((tx) => review.remove(tx, 'q'));
    expect([await review.get('q'), await review.ofTeam('team'), await review.tasksOf('q')]).toEqual([
      undefined,
      [],
      [],
    ]);
  });
});

describe('workers', () => {
  it('come in by the code of their team, for half a day', async () => {
    const { workers, clock, transact } = memory();
    const code = await workers.issue('team', 3);
    expect(await workers.workersPerTask('team')).toBe(3);
    const token = await workers.signIn(code, ' Ann ');
    expect(await workers.session(token)).toMatchObject({
      team: 'team',
      name: 'Ann',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    await expect(workers.signIn('wrong', 'Ann')).rejects.toThrow('not valid');
    await expect(workers.signIn(code, ' ')).rejects.toThrow('Give a name');
    const next = await workers.issue('team');
    await expect(workers.signIn(code, 'Ann')).rejects.toThrow('not valid');
    expect((await workers.session(await workers.signIn(next, 'Ann')))!.id).toBe((await workers.session(token))!.id);
    clock.ms += 12 * 60 * 60 * 1000;
    expect(await workers.session(token)).toBeUndefined();
    // What is left of those who are gone goes when the next one comes.
    await workers.signIn(next, 'Bob');
    const sessions = await transact((tx) => tx.range<{ name: string }>({ name: 'review/session' }, []));
    expect(sessions.map(({ value }) => value.name)).toEqual(['Bob']);
    await expect(workers.issue('team', 0)).rejects.toThrow(RangeError);
  });

  it('have forms of their own', () => {
    expect(isFormToken('secret', formToken('secret'))).toBe(true);
    expect(isFormToken('secret', formToken('other'))).toBe(false);
    expect(isFormToken('secret', '')).toBe(false);
  });
});

describe('what a worker sees', () => {
  const assignment = {
    queue: {
      ...queue({
        questions: [
          { name: 'good', method: 'thumbs', description: 'Is it?' },
          { name: 'stars', method: 'likert' },
          { name: 'order', method: 'rank' },
          { name: 'best', method: 'choice' },
          { name: 'side', method: 'comparison-likert' },
          { name: 'why', method: 'text' },
        ],
      }),
      tasks: 3,
      done: 1,
      state: 'open' as const,
      createdAtMs: 0,
    },
    index: 1,
    material: {
      prompt: 'p',
      candidates: [
        { id: 'model-b', text: 'b' },
        { id: 'model-a', text: 'a' },
      ],
    },
    expiresAtMs: 5,
  };

  it('has the candidates in their order, and nothing that tells where they come from', () => {
    const told = blind(assignment);
    expect(told).toEqual({
      queue: 'q',
      title: 'Rate',
      index: 1,
      tasks: 3,
      prompt: 'p',
      responses: ['b', 'a'],
      questions: assignment.queue.questions,
      expiresAtMs: 5,
    });
    expect(JSON.stringify(told)).not.toMatch(/model-|seed|team|worker/);
  });

  it('is answered by place', () => {
    expect(readBlind(assignment, [[true, false], [5, 1], [2, 1], 1, 4, 'so'])).toEqual({
      good: { method: 'thumbs', of: { 'model-b': true, 'model-a': false } },
      stars: { method: 'likert', of: { 'model-b': 5, 'model-a': 1 } },
      order: { method: 'rank', of: { 'model-b': 2, 'model-a': 1 } },
      best: { method: 'choice', chosen: 'model-a' },
      side: { method: 'comparison-likert', left: 'model-b', right: 'model-a', points: 4 },
      why: { method: 'text', text: 'so' },
    });
    // What is missing or of another kind is no answer.
    expect(readBlind(assignment, [[1, null], 3, [true, 1], 7, 'x'])).toEqual({
      good: { method: 'thumbs', of: {} },
      stars: { method: 'likert', of: {} },
      order: { method: 'rank', of: { 'model-a': 1 } },
      best: { method: 'choice', chosen: '' },
      side: { method: 'comparison-likert', left: 'model-b', right: 'model-a', points: 0 },
      why: { method: 'text', text: '' },
    });
  });
});

describe("Wilson's interval", () => {
  it('has the published bounds', () => {
    // Newcombe 1998, Table I: 81 of 263 and 15 of 148.
    for (const [successes, trials, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
    ] as const) {
      const interval = wilsonInterval(successes, trials);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
    expect(wilsonInterval(0, 0)).toEqual({ share: 0, low: 0, high: 1 });
  });
});
