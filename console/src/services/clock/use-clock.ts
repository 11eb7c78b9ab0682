import { useQueryClient } from '@tanstack/react-query';
import type { ClockState } from '../../aws/clock.ts';
import { useSignedIn } from '../../aws/session.ts';
import { useAsk } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { timeText } from '../../ui/text.ts';

export type ClockAction =
  | { action: 'freeze' | 'run' | 'reset' }
  | { action: 'advance'; ms: number }
  | { action: 'set'; at: string };

/** Moves the stack's clock, says what came of it, and has everything on screen asked anew. */
export function useMoveClock(): {
  move: (action: ClockAction) => Promise<boolean>;
  pending: boolean;
  abort: () => void;
} {
  const ask = useAsk();
  const session = useSignedIn();
  const queries = useQueryClient();
  const { run, pending, abort } = useAction(async (signal, action: ClockAction) => {
    const moved = await ask<{ now: string; jobsRun?: number }>('POST', 'clock', action, signal);
    tellSuccess(textOf(action, moved));
    const clock = await ask<ClockState>('GET', 'clock', undefined, signal);
    queries.setQueryData([session.arn, 'outcrop', 'clock'], clock);
    await queries.invalidateQueries();
  });
  return { move: run, pending, abort };
}

function textOf({ action }: ClockAction, { now, jobsRun }: { now: string; jobsRun?: number }): string {
  const ran =
    jobsRun === undefined
      ? ''
      : ` ${jobsRun === 0 ? 'No job was' : jobsRun === 1 ? 'One job was' : `${jobsRun} jobs were`} due on the way.`;
  if (action === 'freeze') return `The clock stands still at ${timeText(now)}.`;
  if (action === 'run') return `The clock runs on from ${timeText(now)}.`;
  if (action === 'reset') return 'The clock is the real one again.';
  return `It is ${timeText(now)} now.${ran}`;
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `90m`, `1d 12h`, `2 weeks`; undefined where it is none. */
export function durationMs(text: string): number | undefined {
  const found = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
  if (found.length === 0 || text.replaceAll(/\d+(?:\.\d+)?\s*[a-z]+/gi, '').replaceAll(/[\s,]|and/g, '') !== '')
    return undefined;
  let sum = 0;
  for (const [, number, unit] of found) {
    const each = UNITS[unitOf(unit!.toLowerCase())];
    if (each === undefined) return undefined;
    sum += Number(number) * each;
  }
  return sum;
}

const NAMES: Record<string, string> = { second: 's', sec: 's', minute: 'm', min: 'm', hour: 'h', day: 'd', week: 'w' };
const unitOf = (name: string): string => (name in UNITS ? name : (NAMES[name.replace(/s$/, '')] ?? name));

/** How far ahead, or behind, in words. */
export function distanceText(ms: number): string {
  const parts: string[] = [];
  let left = Math.round(Math.abs(ms) / 1000);
  for (const [unit, seconds] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, 2).join(' ') || 'less than a second';
}
