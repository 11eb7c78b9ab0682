import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { CronError, nextTime, parseCron, type Cron } from './cron.ts';
import { invalidParameter } from './errors.ts';
import { DAY_MS, HOUR_MS, ROTATION_DAYS_MAX, ROTATION_HOURS_MIN } from './limits.ts';
import type { Rotation, RotationRules, Secret } from './records.ts';

export const SCHEDULE_KIND = 'secrets-manager/scheduled-rotation';

type Window = { startMs: number; endMs: number };
type Schedule = { every: 'day' | 'hour'; durationMs: number | undefined; next: (fromMs: number) => number };

const DURATION = /^(\d{1,2})h$/;
const RATE = /^rate\((\d{1,4}) (hours?|days?)\)$/;
const CRON = /^cron\((.*)\)$/;

const midnight = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;

/** The rules of a request. Source: User Guide, "Rotation schedules". Throws InvalidParameterException. */
export function checkRules(rules: RotationRules): RotationRules {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration: duration } = rules;
  if (days !== undefined && expression !== undefined)
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
  if (days === undefined && expression === undefined)
    throw invalidParameter('RotationRules must have AutomaticallyAfterDays or ScheduleExpression.');
  const schedule = scheduleOf(rules);
  const first = schedule.next(0);
  const durationMs = schedule.durationMs;
  if (duration !== undefined && !(durationMs! > 0)) throw invalidParameter(`Invalid Duration ${duration}.`);
  if (durationMs === undefined) return { ...rules };
  if (schedule.every === 'hour') {
    for (let at = first, steps = 0; steps < 48; steps++) {
      const following = schedule.next(at);
      if (following - at < durationMs)
        throw invalidParameter('The rotation window must not extend into the next rotation window.');
      at = following;
    }
  } else if (first - midnight(first) + durationMs > DAY_MS)
    throw invalidParameter('The rotation window must not extend into the next UTC day.');
  return { ...rules };
}

function scheduleOf(rules: RotationRules): Schedule {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration: duration } = rules;
  const hours = duration === undefined ? undefined : DURATION.exec(duration)?.[1];
  if (duration !== undefined && hours === undefined) throw invalidParameter(`Invalid Duration ${duration}.`);
  const durationMs = hours === undefined ? undefined : Number(hours) * HOUR_MS;
  if (expression === undefined) return { every: 'day', durationMs, next: (from) => midnight(from) + days! * DAY_MS };
  const rate = RATE.exec(expression);
  if (rate) return { ...rated(Number(rate[1]), rate[2]!, expression), durationMs };
  const cron = CRON.exec(expression)?.[1];
  if (cron === undefined) throw invalidParameter(`Invalid ScheduleExpression ${expression}.`);
  const parsed = readCron(cron, expression);
  const every = parsed.hours.length > 1 ? 'hour' : 'day';
  return { every, durationMs, next: (from) => nextTime(parsed, from) };
}

function rated(value: number, unit: string, expression: string): Omit<Schedule, 'durationMs'> {
  const isHours = unit.startsWith('hour');
  if (value < 1 || (isHours && value < ROTATION_HOURS_MIN))
    throw invalidParameter(
      `Invalid ScheduleExpression ${expression}. A secret can be rotated every ${ROTATION_HOURS_MIN} hours at most.`,
    );
  if (value * (isHours ? HOUR_MS : DAY_MS) > ROTATION_DAYS_MAX * DAY_MS)
    throw invalidParameter(
      `Invalid ScheduleExpression ${expression}. The maximum rotation period is ${ROTATION_DAYS_MAX} days.`,
    );
  if (!isHours) return { every: 'day', next: (from) => midnight(from) + value * DAY_MS };
  const stepMs = value * HOUR_MS;
  // Windows begin at midnight of the day that the schedule counts from.
  return {
    every: 'hour',
    next: (from) => midnight(from) + (Math.floor((from - midnight(from)) / stepMs) + 1) * stepMs,
  };
}

function readCron(cron: string, expression: string): Cron {
  try {
    const parsed = parseCron(cron);
    const first = nextTime(parsed, 0);
    if (parsed.hours.some((hour, at) => at > 0 && hour - parsed.hours[at - 1]! < ROTATION_HOURS_MIN))
      throw new CronError(`A secret can be rotated every ${ROTATION_HOURS_MIN} hours at most.`);
    if (!(first >= 0)) throw new CronError('The expression names no day that exists.');
    return parsed;
  } catch (error) {
    if (error instanceof CronError)
      throw invalidParameter(`Invalid ScheduleExpression ${expression}. ${error.message}`);
    throw error;
  }
}

/** The first window that opens after `fromMs`. */
export function nextWindow(rules: RotationRules, fromMs: number): Window {
  const { every, durationMs, next } = scheduleOf(rules);
  const startMs = next(fromMs);
  if (durationMs !== undefined) return { startMs, endMs: startMs + durationMs };
  return { startMs, endMs: every === 'hour' ? startMs + HOUR_MS : midnight(startMs) + DAY_MS - 1000 };
}

/**
 * Sets the time of the next rotation, counted from now, on a record that is being written: a random moment within the window. AWS says
 * only that it is within. A window that stands already keeps its moment.
 */
export async function continueSchedule(kernel: Kernel, tx: Transaction, secret: Secret): Promise<void> {
  const { rotation } = secret;
  if (!rotation?.enabled || !rotation.rules || secret.primaryRegion !== undefined) return;
  const window = nextWindow(rotation.rules, kernel.clock.now());
  if (rotation.scheduleId !== undefined && rotation.window?.startMs === window.startMs) return;
  await stopSchedule(kernel, tx, secret);
  rotation.window = window;
  rotation.scheduleId = await kernel.jobs.submit(tx, {
    kind: SCHEDULE_KIND,
    input: { account: secret.account, region: secret.region, name: secret.name },
    runAtMs: Math.floor(window.startMs + kernel.ids.random() * (window.endMs - window.startMs)),
  });
}

/** Takes the next rotation back. */
export async function stopSchedule(kernel: Kernel, tx: Transaction, secret: Secret): Promise<void> {
  const { rotation } = secret;
  if (rotation?.scheduleId === undefined) return;
  await kernel.jobs.remove(tx, SCHEDULE_KIND, rotation.scheduleId);
  delete rotation.scheduleId;
  delete rotation.window;
}

/** What DescribeSecret and ListSecrets say of rotation. */
export function describeRotation(rotation: Rotation | undefined) {
  if (!rotation) return {};
  const { enabled, lambdaArn, rules, rotatedAtMs, window } = rotation;
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: lambdaArn,
    ...(rules ? { RotationRules: { ...daysOf(rotation), ...rules } } : {}),
    ...(rotatedAtMs === undefined ? {} : { LastRotatedDate: new Date(rotatedAtMs) }),
    ...(enabled && window ? { NextRotationDate: new Date(window.endMs) } : {}),
  };
}

/** AutomaticallyAfterDays of a schedule that is given by an expression: AWS works it out after each rotation. */
function daysOf({ rotatedAtMs, window }: Rotation): { AutomaticallyAfterDays?: number } {
  if (rotatedAtMs === undefined || !window) return {};
  return { AutomaticallyAfterDays: Math.max(1, Math.round((window.endMs - rotatedAtMs) / DAY_MS)) };
}
