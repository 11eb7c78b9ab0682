import { DAY_MS, HOUR_MS } from './limits.ts';

/**
 * Cron expressions as Secrets Manager has them: `cron(0 Hours Day-of-month Month Day-of-week *)` in UTC. Source: User Guide, "Rotation
 * schedules". Throws CronError.
 */
export class CronError extends Error {
  override readonly name = 'CronError';
}

export type Cron = {
  hours: readonly number[];
  day: (date: Date) => boolean;
};

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** Every day of the month and of the week comes about within 8 years: a leap day is passed over in 1900, 2100 … */
const LOOK_DAYS_MAX = 8 * 366 + 2;

type Field = { name: string; min: number; max: number; names?: readonly string[] };
const HOURS: Field = { name: 'Hours', min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: 'Day-of-month', min: 1, max: 31 };
const MONTH: Field = { name: 'Month', min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'Day-of-week', min: 1, max: 7, names: DAYS };

export function parseCron(expression: string): Cron {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6) throw new CronError('A cron expression has six fields.');
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (minutes !== '0') throw new CronError('The Minutes field must be 0, because rotation windows open on the hour.');
  if (year !== '*') throw new CronError('The Year field must be *.');
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw new CronError('One of Day-of-month and Day-of-week must be a ? and the other must not.');
  const months = new Set(numbers(month, MONTH));
  const ofMonth = dayOfMonth === '?' ? undefined : monthDays(dayOfMonth);
  const ofWeek = dayOfWeek === '?' ? undefined : weekDays(dayOfWeek);
  return {
    hours: numbers(hours, HOURS),
    day: (date) => months.has(date.getUTCMonth() + 1) && (ofMonth ?? ofWeek)!(date),
  };
}

const daysIn = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

function monthDays(text: string): (date: Date) => boolean {
  if (text === 'L') return (date) => date.getUTCDate() === daysIn(date);
  const days = new Set(numbers(text, DAY_OF_MONTH));
  return (date) => days.has(date.getUTCDate());
}

function weekDays(text: string): (date: Date) => boolean {
  // The last day of the week is Saturday; `FRIL` and `6L` are the last Friday of the month.
  if (text === 'L') return (date) => date.getUTCDay() === 6;
  const nth = /^([^#L]+)(?:#([1-5])|L)$/.exec(text);
  if (!nth) {
    const days = new Set(numbers(text, DAY_OF_WEEK));
    return (date) => days.has(date.getUTCDay() + 1);
  }
  const [day] = numbers(nth[1]!, DAY_OF_WEEK);
  const week = nth[2] === undefined ? undefined : Number(nth[2]);
  return (date) =>
    date.getUTCDay() + 1 === day &&
    (week === undefined ? date.getUTCDate() + 7 > daysIn(date) : Math.ceil(date.getUTCDate() / 7) === week);
}

/** `1,3-5,8/8,*` in ascending order. */
function numbers(text: string, field: Field): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) throw bad(part, field);
    const [first = '', last, ...rest] = range.split('-');
    if (rest.length > 0) throw bad(part, field);
    const from = first === '*' && last === undefined ? field.min : number(first, field);
    const open = first === '*' || step !== undefined;
    const to = last === undefined ? (open ? field.max : from) : number(last, field);
    if (to < from) throw bad(part, field);
    for (let value = from; value <= to; value += Number(step ?? 1)) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function number(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max)) throw bad(text, field);
  return value;
}

const bad = (text: string, field: Field) =>
  new CronError(`The ${field.name} field can't be ${JSON.stringify(text)}: values are ${field.min}-${field.max}.`);

/** The first time after `afterMs` that the expression names; virtual ms. Throws CronError when there is none. */
export function nextTime({ hours, day }: Cron, afterMs: number): number {
  const todayMs = Math.floor(afterMs / DAY_MS) * DAY_MS;
  for (let days = 0; days < LOOK_DAYS_MAX; days++) {
    const midnightMs = todayMs + days * DAY_MS;
    if (!day(new Date(midnightMs))) continue;
    const hour = hours.find((one) => midnightMs + one * HOUR_MS > afterMs);
    if (hour !== undefined) return midnightMs + hour * HOUR_MS;
  }
  throw new CronError('The expression names no day that exists.');
}
