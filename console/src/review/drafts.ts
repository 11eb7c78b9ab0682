import type { Answer, Task } from './api.ts';
import { emptyAnswers } from './fields.ts';

/** Answers that are not given yet: of this tab, so that nothing is lost when a step fails, a session ends or the page is loaded again. */
const keyOf = (worker: string, { queue, index }: Task): string => `outcrop.review.draft.${worker}.${queue}.${index}`;

export function readDraft(worker: string, task: Task): Answer[] {
  const empty = emptyAnswers(task);
  try {
    const found = JSON.parse(sessionStorage.getItem(keyOf(worker, task)) ?? 'null') as Answer[] | null;
    return Array.isArray(found) && found.length === empty.length ? found : empty;
  } catch {
    return empty;
  }
}

export const keepDraft = (worker: string, task: Task, answers: readonly Answer[]): void =>
  sessionStorage.setItem(keyOf(worker, task), JSON.stringify(answers));

export const dropDraft = (worker: string, task: Task): void => sessionStorage.removeItem(keyOf(worker, task));
