import type { Answer, Method, Question, Task } from './api.ts';

/** What is answered at one go: a question, or a question on one of the responses. */
export type Field = { question: number; place?: number };

const OF_EACH = new Set<Method>(['thumbs', 'likert', 'rank']);
export const LIKERT_POINTS = 5;

/** The fields of a task, in their order. */
export const fieldsOf = ({ questions, responses }: Task): Field[] =>
  questions.flatMap(({ method }, question) =>
    OF_EACH.has(method) ? responses.map((_, place) => ({ question, place })) : [{ question }],
  );

export const emptyAnswers = ({ questions, responses }: Task): Answer[] =>
  questions.map(({ method }) => (OF_EACH.has(method) ? responses.map(() => null) : method === 'text' ? '' : null));

export type Value = boolean | number | string | null;

export function valueOf(answers: readonly Answer[], { question, place }: Field): Value {
  const answer = answers[question] ?? null;
  if (place === undefined) return Array.isArray(answer) ? null : answer;
  return Array.isArray(answer) ? (answer[place] ?? null) : null;
}

/** The answers with one of them given. */
export const withValue = (answers: readonly Answer[], { question, place }: Field, value: Value): Answer[] =>
  answers.map((answer, at) => {
    if (at !== question) return answer;
    if (place === undefined) return value as Answer;
    return (answer as (boolean | number | null)[]).map((each, of) =>
      of === place ? (value as boolean | number | null) : each,
    );
  });

/** Fields that need an answer and have none. A free text may be empty. */
export const missingOf = (task: Task, answers: readonly Answer[]): Field[] =>
  fieldsOf(task).filter((field) => valueOf(answers, field) === null);

/** How a place is called: there is nothing else that the responses are told apart by. */
export const placeName = (place: number): string => `Response ${place + 1}`;

/** What can be chosen in a field. */
export function optionsOf({ method }: Question, responses: number): { value: boolean | number; label: string }[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
  switch (method) {
    case 'thumbs':
      return [
        { value: true, label: 'Thumbs up' },
        { value: false, label: 'Thumbs down' },
      ];
    case 'likert':
      return numbers(LIKERT_POINTS).map((value) => ({
        value,
        label: value === 1 ? '1 (worst)' : value === LIKERT_POINTS ? `${value} (best)` : String(value),
      }));
    case 'rank':
      return numbers(responses).map((value) => ({ value, label: value === 1 ? 'Rank 1 (best)' : `Rank ${value}` }));
    case 'choice':
      return Array.from({ length: responses }, (_, value) => ({ value, label: `${placeName(value)} is better` }));
    case 'comparison-likert':
      return [
        { value: 1, label: `${placeName(0)} is much better` },
        { value: 2, label: `${placeName(0)} is better` },
        { value: 3, label: 'No difference' },
        { value: 4, label: `${placeName(1)} is better` },
        { value: 5, label: `${placeName(1)} is much better` },
      ];
    default:
      return [];
  }
}

/** What a key answers to a question; undefined where it is no answer to it. */
export function valueOfKey({ method }: Question, responses: number, key: string): boolean | number | undefined {
  const name = key.toLowerCase();
  const number = /^[1-9]$/.test(name) ? Number(name) : undefined;
  const within = (most: number) => (number !== undefined && number <= most ? number : undefined);
  /** A, B, … or an arrow: a place. */
  const place =
    name === 'arrowleft' ? 0 : name === 'arrowright' ? 1 : /^[a-i]$/.test(name) ? name.charCodeAt(0) - 97 : -1;
  switch (method) {
    case 'thumbs':
      return 'tu'.includes(name) ? true : 'fd'.includes(name) ? false : undefined;
    case 'likert':
      return within(LIKERT_POINTS);
    case 'rank':
      return within(responses);
    case 'choice':
      if (place >= 0 && place < responses) return place;
      return number !== undefined && number <= responses ? number - 1 : undefined;
    case 'comparison-likert':
      return place === 0 ? 2 : place === 1 ? 4 : name === 's' ? 3 : within(LIKERT_POINTS);
    default:
      return undefined;
  }
}
