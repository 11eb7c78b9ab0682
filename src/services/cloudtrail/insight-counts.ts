import type { InsightType } from '@aws-sdk/client-cloudtrail';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import type { Noted } from '../../kernel/trail/history.ts';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { BASELINE_MS, HOUR_MS, MINUTE_MS } from './limits.ts';
import type { Watcher } from './records.ts';

/**
 * Calls per minute, as Insights looks at them: those that change something (ApiCallRateInsight), and those that failed, by error
 * (ApiErrorRateInsight). Source: CloudTrail User Guide, "Working with CloudTrail Insights".
 */
export type Series = {
  type: InsightType;
  account: string;
  region: string;
  eventSource: string;
  eventName: string;
  errorCode?: string;
};

/** Calls of a minute, and by whom and with what they were made. */
export type MinuteCount = { count: number; identities: Shares; agents: Shares };
type Shares = Record<string, number>;
/** Sums over the minutes of an hour: enough for their mean and spread. */
type HourSum = { sum: number; squares: number };

/** Keys: ARN of the watcher, series, virtual ms of the minute. */
const minuteCounts = collection<MinuteCount>('cloudtrail/minute-count');
/** Keys: ARN of the watcher, series, virtual ms of the hour. */
const hourSums = collection<HourSum>('cloudtrail/hour-sum');
/** Minutes that may be unusual. Keys: ARN of the watcher, virtual ms of the minute, series. */
export const candidates = collection<Series>('cloudtrail/insight-candidate');

/** Calls of a minute; with fewer it is never unusual. */
export const UNUSUAL_CALLS_MIN = 10;
/** Callers, and agents, that a minute remembers. */
const SHARES_MAX = 10;
/** Hours that are looked at to make room. */
const TRIM_MAX = 4;

export const seriesKey = ({ type, account, region, eventSource, eventName, errorCode = '' }: Series) =>
  [type, account, region, eventSource, eventName, errorCode].join('\n');

const seriesOf = (record: TrailRecord, watcher: Watcher): Series[] => {
  const { recipientAccountId: account, awsRegion: region, eventSource, eventName, errorCode } = record;
  const asked = (type: InsightType) =>
    watcher.insights.some(
      (insight) => insight.type === type && insight.categories.includes(record.eventCategory as 'Data'),
    );
  const base = { account, region, eventSource, eventName };
  return [
    ...(record.readOnly === false && asked('ApiCallRateInsight')
      ? [{ ...base, type: 'ApiCallRateInsight' as const }]
      : []),
    ...(errorCode !== undefined && asked('ApiErrorRateInsight')
      ? [{ ...base, type: 'ApiErrorRateInsight' as const, errorCode }]
      : []),
  ];
};

/** Counts records for a trail or an event data store that asks for insights. */
export async function countCalls(
  tx: Transaction,
  { watcher, noted }: { watcher: Watcher; noted: Noted[] },
): Promise<void> {
  const added = new Map<string, { series: Series; minuteMs: number; records: TrailRecord[] }>();
  for (const { timeMs, record } of noted) {
    for (const series of seriesOf(record, watcher)) {
      const minuteMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
      const key = `${seriesKey(series)}\n${minuteMs}`;
      const known = added.get(key);
      if (known) known.records.push(record);
      else added.set(key, { series, minuteMs, records: [record] });
    }
  }
  for (const { series, minuteMs, records } of added.values()) {
    const key = seriesKey(series);
    const { count, identities, agents } = (await tx.get(minuteCounts, [watcher.arn, key, minuteMs])) ?? {
      count: 0,
      identities: {},
      agents: {},
    };
    const now = count + records.length;
    tx.put(minuteCounts, [watcher.arn, key, minuteMs], {
      count: now,
      identities: share(identities, records.map(identityOf)),
      agents: share(
        agents,
        records.map(({ userAgent = '' }) => userAgent.slice(0, 256)),
      ),
    });
    const hourMs = Math.floor(minuteMs / HOUR_MS) * HOUR_MS;
    const { sum, squares } = (await tx.get(hourSums, [watcher.arn, key, hourMs])) ?? { sum: 0, squares: 0 };
    tx.put(hourSums, [watcher.arn, key, hourMs], {
      sum: sum + records.length,
      squares: squares + now * now - count * count,
    });
    if (now >= UNUSUAL_CALLS_MIN) tx.put(candidates, [watcher.arn, minuteMs, key], series);
    await trim(tx, [watcher.arn, key], minuteMs - BASELINE_MS - HOUR_MS);
  }
}

const identityOf = ({ userIdentity = {} }: TrailRecord) => {
  const issuer = (userIdentity['sessionContext'] as { sessionIssuer?: { arn?: string } } | undefined)?.sessionIssuer
    ?.arn;
  return String(issuer ?? userIdentity['arn'] ?? userIdentity['invokedBy'] ?? userIdentity['accountId'] ?? 'unknown');
};

function share(shares: Shares, values: string[]): Shares {
  const counted = { ...shares };
  for (const value of values) counted[value] = (counted[value] ?? 0) + 1;
  return Object.fromEntries(
    Object.entries(counted)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, SHARES_MAX),
  );
}

async function trim(tx: Transaction, prefix: string[], beforeMs: number): Promise<void> {
  for (const [counts, limit] of [
    [minuteCounts, 2 * TRIM_MAX],
    [hourSums, TRIM_MAX],
  ] as const) {
    for (const { key } of await tx.range(counts as typeof hourSums, prefix, { limit })) {
      if ((key[2] as number) >= beforeMs) break;
      tx.delete(counts as typeof hourSums, key);
    }
  }
}

/** Minutes of a series from `fromMs` until before `toMs`; those without calls are absent. */
export async function readMinutes(
  reader: Reader,
  watcherArn: string,
  series: Series,
  fromMs: number,
  toMs: number,
): Promise<Map<number, MinuteCount>> {
  const prefix = [watcherArn, seriesKey(series)];
  const found = new Map<number, MinuteCount>();
  let page = await reader.range(minuteCounts, prefix, { from: [...prefix, fromMs] });
  while (page.length > 0) {
    for (const { key, value } of page) {
      if ((key[2] as number) >= toMs) return found;
      found.set(key[2] as number, value);
    }
    page = await reader.range(minuteCounts, prefix, { after: page.at(-1)!.key });
  }
  return found;
}

/** Mean and standard deviation of the calls per minute in the baseline before a minute, over `minutes` of them. */
export async function readBaseline(
  reader: Reader,
  watcherArn: string,
  series: Series,
  minuteMs: number,
  sinceMs: number,
): Promise<{ mean: number; deviation: number; minutes: number }> {
  const fromMs = Math.max(minuteMs - BASELINE_MS, Math.floor(sinceMs / MINUTE_MS) * MINUTE_MS);
  const minutes = Math.max(1, (minuteMs - fromMs) / MINUTE_MS);
  const hourMs = Math.floor(minuteMs / HOUR_MS) * HOUR_MS;
  const prefix = [watcherArn, seriesKey(series)];
  let sum = 0;
  let squares = 0;
  const hours = await reader.range(hourSums, prefix, { from: [...prefix, Math.floor(fromMs / HOUR_MS) * HOUR_MS] });
  for (const { key, value } of hours) {
    if ((key[2] as number) >= hourMs) break;
    sum += value.sum;
    squares += value.squares;
  }
  for (const { count } of (await readMinutes(reader, watcherArn, series, hourMs, minuteMs)).values()) {
    sum += count;
    squares += count * count;
  }
  const mean = sum / minutes;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / minutes - mean * mean)), minutes };
}
