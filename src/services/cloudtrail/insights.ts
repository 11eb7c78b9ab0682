import type { Kernel } from '../../kernel/kernel.ts';
import { parseArn } from '../../kernel/resources.ts';
import { collection, type Transaction } from '../../kernel/store/store.ts';
import { HISTORY_MS } from '../../kernel/trail/history.ts';
import { submitDelivery } from '../../kernel/trail/outbox.ts';
import { secondsOf, type TrailRecord } from '../../kernel/trail/record.ts';
import { destinationOf, wait } from './distribution.ts';
import {
  candidates,
  readBaseline,
  readMinutes,
  seriesKey,
  UNUSUAL_CALLS_MIN,
  type MinuteCount,
  type Series,
} from './insight-counts.ts';
import { DELIVERY_JOB, keepersOf, type OrganizationOf } from './interest.ts';
import { MINUTE_MS } from './limits.ts';
import { eventDataStores, type EventDataStore, type InsightRecord, type Trail, type Watcher } from './records.ts';
import { storeEvents } from './stored-events.ts';

/**
 * Unusual activity: minutes in which an API is called, or fails, far more often than in the seven days before.
 *
 * AWS does not tell its statistic. Ours: a minute with `c` calls is unusual when c ≥ 10 and c > m + 6·max(s, √m, 1), where m and s are the
 * mean and the standard deviation of the calls per minute over the baseline (seven days, or as long as calls have been counted, an hour
 * at least). It lasts until five minutes in a row are not unusual by the same bound.
 */
const DEVIATIONS = 6;
const BASELINE_MINUTES_MIN = 60;
const CALM_MS = 5 * MINUTE_MS;
/** Version of the format of Insights events. Source: CloudTrail User Guide, "Record contents for Insights events for trails". */
const INSIGHT_EVENT_VERSION = '1.09';

type OpenInsight = {
  series: Series;
  sharedEventID: string;
  startMs: number;
  lastUnusualMs: number;
  /** Up to which minute it has been looked at. */
  seenMs: number;
  bound: number;
  baseline: { mean: number; minutes: number };
};

/** Keys: ARN of the watcher, series. */
const openInsights = collection<OpenInsight>('cloudtrail/open-insight');
/** Insights events by trail. Keys: the trail's ARN, virtual ms, event id. */
export const insightEvents = collection<TrailRecord>('cloudtrail/insight-event');
const TRIM_MAX = 4;
/** Candidates that one transaction looks at. */
const CANDIDATES = 50;

/** Looks at the minutes that have ended for what asks for insights of an account's calls. */
export async function findInsights(kernel: Kernel, account: string): Promise<void> {
  const organization = await kernel.principals.organizationOf(account);
  const { trails, stores } = await keepersOf(kernel.store, account, organization);
  const asks = ({ insights }: Watcher) => insights.length > 0;
  for (const trail of trails.filter(asks)) await watch(kernel, account, trail, toTrail(kernel, trail, organization));
  for (const store of stores.filter(asks)) await watch(kernel, account, store, toStore(kernel, store));
}

async function watch(kernel: Kernel, account: string, watcher: Watcher, put: Put): Promise<void> {
  const nowMs = Math.floor(kernel.clock.now() / MINUTE_MS) * MINUTE_MS;
  while (await kernel.store.transact((tx) => openSome(kernel, tx, watcher, nowMs, put)));
  await kernel.store.transact(async (tx) => {
    const open = await tx.range(openInsights, [watcher.arn]);
    for (const { key, value } of open) await follow(tx, watcher, key as string[], value, nowMs, put);
    // Whether it has ended is also looked at when nobody calls any more.
    if (open.length > 0)
      await submitDelivery(tx, { jobs: kernel.jobs, now: kernel.clock.now(), account, kind: DELIVERY_JOB });
  });
}

/** An Insights event of a trail: in the history, in the trail's list, and in a file. */
function toTrail(kernel: Kernel, trail: Trail, organization: OrganizationOf): Put {
  const destination = destinationOf(trail, organization);
  return async (tx, insight, state, timeMs) => {
    const record = await kernel.trail.record(tx, await draftOf(tx, trail, insight, state, timeMs), {
      version: INSIGHT_EVENT_VERSION,
      timeMs,
    });
    const { account, region } = insight.series;
    tx.put(insightEvents, [trail.arn, timeMs, record.eventID], record);
    wait(kernel, tx, destination, { account, region, folder: 'CloudTrail-Insight' }, [{ timeMs, record }]);
    await trim(tx, trail.arn, timeMs);
  };
}

/** An Insights event of an event data store: in the one that was named for it. */
function toStore(kernel: Kernel, store: EventDataStore): Put {
  return async (tx, insight, state, timeMs) => {
    const { account, region, resource } = parseArn(store.insightsDestination!)!;
    const destination = await tx.get(eventDataStores, [account, region, resource.slice('eventdatastore/'.length)]);
    if (destination?.status !== 'ENABLED') return;
    const { awsRegion, recipientAccountId, sharedEventID, eventType, eventCategory, insightDetails } = await draftOf(
      tx,
      store,
      insight,
      state,
      timeMs,
    );
    const { errorCode } = insightDetails;
    const record: InsightRecord = {
      eventVersion: INSIGHT_EVENT_VERSION,
      eventCategory,
      eventType,
      eventID: kernel.ids.uuid(),
      eventTime: secondsOf(timeMs),
      awsRegion,
      recipientAccountId,
      sharedEventID,
      insightSource: store.arn,
      insightState: state,
      insightEventSource: insightDetails.eventSource,
      insightEventName: insightDetails.eventName,
      ...(errorCode === undefined ? {} : { insightErrorCode: errorCode }),
      insightType: insightDetails.insightType,
      insightContext: insightDetails.insightContext,
    };
    await storeEvents(kernel, tx, destination, [{ timeMs, record }]);
  };
}

type Put = (tx: Transaction, insight: OpenInsight, state: 'Start' | 'End', timeMs: number) => Promise<void>;

async function openSome(kernel: Kernel, tx: Transaction, watcher: Watcher, nowMs: number, put: Put): Promise<boolean> {
  const some = await tx.range(candidates, [watcher.arn], { limit: CANDIDATES });
  const ended = some.filter(({ key }) => (key[1] as number) < nowMs);
  for (const { key, value: series } of ended) {
    tx.delete(candidates, key);
    const minuteMs = key[1] as number;
    const place = [watcher.arn, seriesKey(series)];
    const standing = await tx.get(openInsights, place);
    if (standing) {
      const next = await follow(tx, watcher, place, standing, minuteMs, put);
      if (next) continue;
    }
    const { mean, deviation, minutes } = await readBaseline(
      tx,
      watcher.arn,
      series,
      minuteMs,
      watcher.insightsSinceMs ?? 0,
    );
    if (minutes < BASELINE_MINUTES_MIN) continue;
    const bound = Math.max(UNUSUAL_CALLS_MIN - 1, mean + DEVIATIONS * Math.max(deviation, Math.sqrt(mean), 1));
    const { count = 0 } = (await readMinutes(tx, watcher.arn, series, minuteMs, minuteMs + 1)).get(minuteMs) ?? {};
    if (count <= bound) continue;
    const insight: OpenInsight = {
      series,
      sharedEventID: kernel.ids.uuid(),
      startMs: minuteMs,
      lastUnusualMs: minuteMs,
      seenMs: minuteMs + MINUTE_MS,
      bound,
      baseline: { mean, minutes },
    };
    tx.put(openInsights, place, insight);
    await put(tx, insight, 'Start', minuteMs);
  }
  return ended.length === CANDIDATES;
}

/** Goes on with an insight up to `untilMs`; returns it while it lasts. */
async function follow(
  tx: Transaction,
  watcher: Watcher,
  place: string[],
  insight: OpenInsight,
  untilMs: number,
  put: Put,
): Promise<OpenInsight | undefined> {
  const minutes = await readMinutes(tx, watcher.arn, insight.series, insight.seenMs, untilMs);
  let { lastUnusualMs } = insight;
  for (let atMs = insight.seenMs; atMs < untilMs; atMs += MINUTE_MS) {
    if ((minutes.get(atMs)?.count ?? 0) > insight.bound) lastUnusualMs = atMs;
    if (atMs - lastUnusualMs < CALM_MS) continue;
    tx.delete(openInsights, place);
    const endMs = lastUnusualMs + MINUTE_MS;
    await put(tx, { ...insight, lastUnusualMs }, 'End', endMs);
    return undefined;
  }
  const next = { ...insight, lastUnusualMs, seenMs: Math.max(insight.seenMs, untilMs) };
  tx.put(openInsights, place, next);
  return next;
}

async function draftOf(
  tx: Transaction,
  watcher: Watcher,
  { series, sharedEventID, startMs, baseline, lastUnusualMs }: OpenInsight,
  state: 'Start' | 'End',
  timeMs: number,
) {
  const endMs = state === 'Start' ? startMs + MINUTE_MS : lastUnusualMs + MINUTE_MS;
  const duration = (endMs - startMs) / MINUTE_MS;
  const minutes = [...(await readMinutes(tx, watcher.arn, series, startMs, Math.max(endMs, timeMs))).values()];
  const total = minutes.reduce((sum, { count }) => sum + count, 0);
  const { type, eventSource, eventName, errorCode } = series;
  return {
    awsRegion: series.region,
    eventType: 'AwsCloudTrailInsight' as const,
    recipientAccountId: series.account,
    sharedEventID,
    eventCategory: 'Insight' as const,
    eventSource,
    eventName,
    insightDetails: {
      state,
      eventSource,
      eventName,
      insightType: type,
      ...(errorCode === undefined ? {} : { errorCode }),
      insightContext: {
        statistics: {
          baseline: { average: baseline.mean },
          insight: { average: total / duration },
          insightDuration: duration,
          baselineDuration: baseline.minutes,
        },
        attributions: [
          attribution('userIdentityArn', minutes, duration, ({ identities }) => identities),
          attribution('userAgent', minutes, duration, ({ agents }) => agents),
          {
            attribute: 'errorCode',
            insight: [{ value: errorCode ?? 'null', average: total / duration }],
            baseline: [],
          },
        ],
      },
    },
  };
}

/** Values that an attribution lists. Source: "insightContext": up to five. */
const ATTRIBUTED_MAX = 5;

function attribution(
  attribute: string,
  minutes: MinuteCount[],
  duration: number,
  of: (minute: MinuteCount) => Record<string, number>,
) {
  const totals = new Map<string, number>();
  for (const minute of minutes)
    for (const [value, count] of Object.entries(of(minute))) totals.set(value, (totals.get(value) ?? 0) + count);
  const insight = [...totals]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, ATTRIBUTED_MAX)
    .map(([value, count]) => ({ value, average: count / duration }));
  return { attribute, insight, baseline: [] };
}

async function trim(tx: Transaction, trailArn: string, nowMs: number): Promise<void> {
  for (const { key } of await tx.range(insightEvents, [trailArn], { limit: TRIM_MAX })) {
    if ((key[1] as number) >= nowMs - HISTORY_MS) break;
    tx.delete(insightEvents, key);
  }
}
