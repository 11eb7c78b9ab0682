import { compileRegex } from './paths.ts';
import type { Condition } from './schema.ts';
import type { Json } from './view.ts';

export type Groups = Record<string, string>;
/** Whether values are as a condition has them: the groups of its expression, or none; undefined when they are not. */
export type Test = (values: readonly Json[]) => Groups | undefined;

const NONE: Groups = Object.freeze({});

/** A condition on what a path finds: one of the values must meet all of it. Throws SyntaxError for a bad expression. */
export function compileCondition(written: unknown): Test {
  if (typeof written !== 'object' || written === null) return compileCondition({ equals: written as Json });
  const condition = written as Condition;
  const regex = condition.matches === undefined ? undefined : compileRegex(condition.matches);
  const { exists, equals, not, contains } = condition;
  const among = condition.in;
  const rest = Object.keys(condition).some((key) => key !== 'exists');
  return (values) => {
    if (exists !== undefined && exists !== values.length > 0) return undefined;
    if (!rest) return NONE;
    // What is not there is not equal to anything.
    if (values.length === 0) return exists === false || onlyNot(condition) ? NONE : undefined;
    for (const value of values) {
      if (equals !== undefined && !same(value, equals)) continue;
      if (not !== undefined && same(value, not)) continue;
      if (among && !among.some((each) => same(value, each))) continue;
      if (contains !== undefined && !holds(value, contains)) continue;
      if (!inRange(value, condition)) continue;
      if (!regex) return NONE;
      const text = textOf(value);
      const groups = text === undefined ? undefined : regex.find(text);
      if (groups) return groups;
    }
    return undefined;
  };
}

/** A condition on a text that is there or not; by itself a text is an expression. */
export function compileTextCondition(written: unknown): (text: string | undefined) => Groups | undefined {
  const test = compileCondition(typeof written === 'string' ? { matches: written } : written);
  return (text) => test(text === undefined ? [] : [text]);
}

const onlyNot = (condition: Condition) => Object.keys(condition).every((key) => key === 'not');
const same = (value: Json, wanted: unknown) =>
  value === wanted || (typeof value === 'object' && value !== null ? JSON.stringify(value) === wanted : false);

const textOf = (value: Json): string | undefined =>
  typeof value === 'string'
    ? value
    : value === null
      ? undefined
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

function holds(value: Json, part: string): boolean {
  if (Array.isArray(value)) return value.includes(part);
  return textOf(value)?.includes(part) === true;
}

function inRange(value: Json, { lt, lte, gt, gte }: Condition): boolean {
  if (lt === undefined && lte === undefined && gt === undefined && gte === undefined) return true;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return (
    !Number.isNaN(number) &&
    (lt === undefined || number < lt) &&
    (lte === undefined || number <= lte) &&
    (gt === undefined || number > gt) &&
    (gte === undefined || number >= gte)
  );
}
