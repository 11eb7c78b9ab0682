import type { Assignment, Method, Value } from './review.ts';

/** What a worker's browser is told of a task, and what it tells: candidates have no ids there, which could say where they come from. */
export type BlindTask = {
  queue: string;
  title: string;
  instructions?: string;
  /** From 0. */
  index: number;
  tasks: number;
  prompt: string;
  category?: string;
  reference?: string;
  /** The candidates' texts, in the order of this worker and task. */
  responses: string[];
  questions: { name: string; description?: string; method: Method }[];
  expiresAtMs: number;
};

/**
 * The answer to one question, by place. Thumbs: up or not, of each response. Likert and rank: a number for each. Choice: the place of the chosen
 * one. Comparison: points, from 1 for the first response by far. Text: the text.
 */
export type BlindAnswer = readonly (boolean | number | null)[] | number | string | null;

/** A task without a hint where its candidates come from. */
export function blind({ queue, index, material, expiresAtMs }: Assignment): BlindTask {
  const { prompt, category, reference, candidates } = material;
  return {
    queue: queue.id,
    title: queue.title,
    ...(queue.instructions === undefined ? {} : { instructions: queue.instructions }),
    index,
    tasks: queue.tasks,
    prompt,
    ...(category === undefined ? {} : { category }),
    ...(reference === undefined ? {} : { reference }),
    responses: candidates.map(({ text }) => text),
    questions: queue.questions.map(({ name, description, method }) => ({
      name,
      method,
      ...(description === undefined ? {} : { description }),
    })),
    expiresAtMs,
  };
}

/** Answers by place, one a question in their order, as answers by candidate. What is missing or strange is left out, and refused by the queue. */
export function readBlind({ queue, material }: Assignment, answers: readonly BlindAnswer[]): Record<string, Value> {
  const { candidates } = material;
  const values: Record<string, Value> = {};
  for (const [index, { name, method }] of queue.questions.entries()) {
    const answer = answers[index] ?? null;
    const each = <V extends boolean | number>(type: 'boolean' | 'number'): Record<string, V> =>
      Object.fromEntries(
        candidates.flatMap(({ id }, at) => {
          const one = Array.isArray(answer) ? (answer[at] as unknown) : undefined;
          return typeof one === type ? [[id, one as V]] : [];
        }),
      );
    if (method === 'thumbs') values[name] = { method, of: each('boolean') };
    else if (method === 'likert' || method === 'rank') values[name] = { method, of: each('number') };
    else if (method === 'choice')
      values[name] = { method, chosen: (typeof answer === 'number' ? candidates[answer]?.id : undefined) ?? '' };
    else if (method === 'text') values[name] = { method, text: typeof answer === 'string' ? answer : '' };
    else
      values[name] = {
        method,
        left: candidates[0]?.id ?? '',
        right: candidates[1]?.id ?? '',
        points: typeof answer === 'number' ? answer : 0,
      };
  }
  return values;
}
