/** What the stack says to who reviews, at `/_outcrop/review/…`; the session is in a cookie that no script reads. */

export type Method = 'thumbs' | 'likert' | 'comparison-likert' | 'choice' | 'rank' | 'text';
export type Question = { name: string; description?: string; method: Method };

/** A task, without a hint where its responses come from. */
export type Task = {
  queue: string;
  title: string;
  instructions?: string;
  /** From 0. */
  index: number;
  tasks: number;
  prompt: string;
  category?: string;
  reference?: string;
  responses: string[];
  questions: Question[];
  expiresAtMs: number;
};

export type Queue = {
  id: string;
  title: string;
  tasks: number;
  /** Tasks that have all their answers. */
  done: number;
  state: 'open' | 'done' | 'closed';
  doneByYou: number;
  leftForYou: number;
};

export type Work = { worker: { id: string; name: string }; token: string; queues: Queue[] };
/** A task that was given, if there was one, with the stack's time. */
export type Given = { task: Task | null; nowMs: number; queues: Queue[] };

/** By place: see the questions' methods. */
export type Answer = (boolean | number | null)[] | number | string | null;

/** A step was refused. */
export class StepError extends Error {
  override readonly name: string;
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
    this.name = NAMES[status] ?? 'Not done';
  }
}

const NAMES: Record<number, string> = { 401: 'You are signed out', 403: 'Not allowed', 409: 'Not taken' };

async function ask<T>(path: string, body?: object, token?: string): Promise<T> {
  const response = await fetch(`/_outcrop/review/${path}`, {
    credentials: 'same-origin',
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token === undefined ? {} : { 'x-outcrop-review-token': token }),
    },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new StepError(0, 'The stack did not answer. What you entered is kept: try again in a moment.');
  });
  const answer = (await response.json().catch(() => undefined)) as { message?: string } | undefined;
  if (!response.ok || answer === undefined)
    throw new StepError(response.status, answer?.message ?? `The stack answered ${response.status}.`);
  return answer as T;
}

export const readWork = (): Promise<Work | { worker: null }> => ask('work');
export const signIn = (name: string, code: string): Promise<Work> => ask('sign-in', { name, code });
export const signOut = (token: string): Promise<unknown> => ask('sign-out', {}, token);
export const claim = (token: string, queue: string): Promise<Given> => ask('claim', { queue }, token);
export const release = (token: string, { queue, index }: Task): Promise<{ queues: Queue[] }> =>
  ask('release', { queue, index }, token);
export const submit = (token: string, { queue, index }: Task, answers: Answer[]): Promise<Given> =>
  ask('submit', { queue, index, answers }, token);
