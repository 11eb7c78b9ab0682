import type { Listed } from './events.ts';

export type Grouping = 'service' | 'error' | 'user';
export type Series = { title: string; total: number; counts: number[] };
export type Timeline = { from: number; sizeMs: number; count: number; series: Series[] };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SIZES = [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY];
const BUCKETS_MAX = 30;
const SERIES_MAX = 8;
export const OTHERS = 'Others';

const groupOf: Record<Grouping, (event: Listed) => string> = {
  service: ({ service }) => service,
  error: ({ error }) => (error === '' ? 'No error' : error),
  user: ({ user }) => (user === '' ? 'Nobody' : user),
};

/** Events by time and by what they have in common; those that are few are together in `Others`. */
export function timelineOf(events: readonly Listed[], grouping: Grouping): Timeline | undefined {
  if (events.length === 0) return undefined;
  let [first, last] = [Infinity, -Infinity];
  const totals = new Map<string, number>();
  const group = groupOf[grouping];
  for (const event of events) {
    const time = event.time.getTime();
    first = Math.min(first, time);
    last = Math.max(last, time);
    totals.set(group(event), (totals.get(group(event)) ?? 0) + 1);
  }
  const sizeMs =
    SIZES.find((size) => Math.floor(last / size) - Math.floor(first / size) < BUCKETS_MAX) ?? SIZES.at(-1)!;
  const from = Math.floor(first / sizeMs) * sizeMs;
  const count = Math.floor((last - from) / sizeMs) + 1;
  const ranked = [...totals].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([title]) => title);
  const titles = ranked.length > SERIES_MAX ? [...ranked.slice(0, SERIES_MAX - 1), OTHERS] : ranked;
  const series = new Map(
    titles.map((title) => [title, { title, total: 0, counts: Array.from({ length: count }, () => 0) }]),
  );
  for (const event of events) {
    const one = series.get(group(event)) ?? series.get(OTHERS)!;
    one.total += 1;
    one.counts[Math.floor((event.time.getTime() - from) / sizeMs)]! += 1;
  }
  return { from, sizeMs, count, series: [...series.values()] };
}
