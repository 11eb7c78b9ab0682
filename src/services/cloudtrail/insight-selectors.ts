import type { InsightSelector } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { distribute } from './distribution.ts';
import { fault, invalid, notBuilt } from './errors.ts';
import { readMinutes, type Series } from './insight-counts.ts';
import { insightEvents } from './insights.ts';
import { DAY_MS, LOOKUP_PAGE_MAX, MINUTE_MS } from './limits.ts';
import { eventOf } from './lookup.ts';
import { openEventDataStore, openTrail, openTrailAtHome } from './names.ts';
import { eventDataStores, trails, type EventDataStore, type Insight, type Trail, type Watcher } from './records.ts';
import { categoriesOf, DEFAULT_EVENT_SELECTORS } from './selectors.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Which insights a trail asks for, and what was found. */
const wrong = (message: string) => fault('InvalidInsightSelectorsException', message);

function readInsights(selectors: InsightSelector[]): Insight[] {
  const found = selectors.map(({ InsightType, EventCategories }) => {
    if (InsightType === undefined) throw wrong('The insight type is required.');
    return { type: InsightType, categories: EventCategories?.length ? EventCategories : ['Management' as const] };
  });
  if (new Set(found.map(({ type }) => type)).size < found.length)
    throw wrong('An insight type is given more than once.');
  return found;
}

/** What is counted must be logged. */
function checkLogged(trail: Trail, insights: Insight[]): void {
  const basic = trail.eventSelectors ?? DEFAULT_EVENT_SELECTORS;
  const categories = categoriesOf(trail.advancedEventSelectors ?? []);
  const logs = (category: 'Management' | 'Data', writes: boolean) =>
    trail.advancedEventSelectors
      ? categories.has(category)
      : basic.some(
          ({ IncludeManagementEvents, ReadWriteType, DataResources = [] }) =>
            (category === 'Data' ? DataResources.length > 0 : IncludeManagementEvents) &&
            (!writes || ReadWriteType !== 'ReadOnly'),
        );
  for (const { type, categories: asked } of insights)
    for (const category of asked)
      if (!logs(category, type === 'ApiCallRateInsight'))
        throw wrong(`The trail ${trail.name} does not log the ${category} events that ${type} needs.`);
}

/** Turns insights on and off, of a trail or of an event data store. */
export const PutInsightSelectors: CloudTrail['PutInsightSelectors'] = async (call, input) => {
  const { TrailName, EventDataStore, InsightsDestination, InsightSelectors } = input;
  if ((TrailName === undefined) === (EventDataStore === undefined))
    throw fault('InvalidParameterCombinationException', 'Specify either TrailName or EventDataStore.');
  const insights = readInsights(InsightSelectors!);
  const { kernel } = call;
  const on = (watcher: Watcher) =>
    insights.length === 0 ? {} : { insightsSinceMs: watcher.insightsSinceMs ?? kernel.clock.now() };
  if (EventDataStore !== undefined) {
    const standing = await openEventDataStore(call, kernel.store, EventDataStore);
    if (insights.length > 0) await checkDestination(call, standing, insights, InsightsDestination);
    await distribute(kernel, standing.account);
    const store = await kernel.store.transact(async (tx) => {
      const {
        insightsSinceMs,
        insightsDestination: _old,
        ...rest
      } = await openEventDataStore(call, tx, EventDataStore);
      const changed: EventDataStore = {
        ...rest,
        insights,
        ...on({ ...rest, ...(insightsSinceMs === undefined ? {} : { insightsSinceMs }) }),
        ...(insights.length === 0 ? {} : { insightsDestination: InsightsDestination! }),
      };
      tx.put(eventDataStores, [changed.account, changed.region, changed.id], changed);
      return changed;
    });
    return describeStore(store);
  }
  if (InsightsDestination !== undefined)
    throw fault('InvalidParameterCombinationException', 'InsightsDestination is for event data stores only.');
  checkLogged(await openTrailAtHome(call, kernel.store, TrailName!), insights);
  await distribute(kernel, call.account);
  const trail = await kernel.store.transact(async (tx) => {
    const { insightsSinceMs, ...rest } = await openTrailAtHome(call, tx, TrailName!);
    const changed: Trail = {
      ...rest,
      insights,
      ...on({ ...rest, ...(insightsSinceMs === undefined ? {} : { insightsSinceMs }) }),
    };
    tx.put(trails, [changed.account, changed.region, changed.name], changed);
    return changed;
  });
  return { TrailARN: trail.arn, InsightSelectors: describe(trail) };
};

/** What is counted must come in, and there must be somewhere for what is found. */
async function checkDestination(
  call: Call,
  source: EventDataStore,
  insights: Insight[],
  destination: string | undefined,
): Promise<void> {
  const categories = categoriesOf(source.selectors);
  const missing = insights.flatMap(({ categories: asked }) => asked).find((category) => !categories.has(category));
  if (missing !== undefined) throw wrong(`The event data store does not take in ${missing} events.`);
  if (destination === undefined) throw invalid('InsightsDestination is required.');
  const target = await openEventDataStore(call, call.kernel.store, destination);
  if (!categoriesOf(target.selectors).has('Insight'))
    throw fault('InvalidParameterException', `The event data store ${destination} does not take in Insights events.`);
}

export const GetInsightSelectors: CloudTrail['GetInsightSelectors'] = async (call, input) => {
  const { TrailName, EventDataStore } = input;
  if ((TrailName === undefined) === (EventDataStore === undefined))
    throw fault('InvalidParameterCombinationException', 'Specify either TrailName or EventDataStore.');
  const { store } = call.kernel;
  if (EventDataStore !== undefined) {
    const found = await openEventDataStore(call, store, EventDataStore);
    if (found.insights.length === 0) throw notEnabled('Event data store', found.arn);
    return describeStore(found);
  }
  const trail = await openTrail(call, store, TrailName!);
  if (trail.insights.length === 0) throw notEnabled('Trail', trail.arn);
  return { TrailARN: trail.arn, InsightSelectors: describe(trail) };
};

const notEnabled = (what: string, arn: string) =>
  fault(
    'InsightNotEnabledException',
    `${what} ${arn} does not have Insights enabled. Edit the ${what.toLowerCase()} settings to enable Insights, and then try the operation again.`,
  );

const describeStore = (store: EventDataStore) => ({
  EventDataStoreArn: store.arn,
  InsightSelectors: describe(store),
  ...(store.insightsDestination === undefined ? {} : { InsightsDestination: store.insightsDestination }),
});

const describe = ({ insights }: Watcher): InsightSelector[] =>
  insights.map(({ type, categories }) => ({ InsightType: type, EventCategories: categories }));

/** The Insights events of a trail, newest first. */
export const ListInsightsData: CloudTrail['ListInsightsData'] = async (call, input) => {
  const { MaxResults = LOOKUP_PAGE_MAX, Dimensions = {}, StartTime, EndTime } = input;
  const { store, clock } = call.kernel;
  const trail = await openTrail(call, store, input.InsightSource!);
  if (StartTime && EndTime && StartTime > EndTime) throw invalid('The start time must be before the end time.');
  const fail = () => fault('InvalidParameterException', 'The NextToken is not valid.');
  const token = readPageToken<{ key: [string, number, string] }>(input.NextToken, fail);
  const fromMs = StartTime?.getTime() ?? 0;
  const after = token?.key ?? [trail.arn, (EndTime?.getTime() ?? clock.now()) + 1];
  const found: { key: (string | number)[]; event: ReturnType<typeof eventOf> }[] = [];
  for await (const { key, value } of store.all(insightEvents, [trail.arn], { reverse: true, after })) {
    if ((key[1] as number) < fromMs || found.length > MaxResults) break;
    const matches =
      (Dimensions.EventId === undefined || Dimensions.EventId === value.eventID) &&
      (Dimensions.EventName === undefined || Dimensions.EventName === value.eventName) &&
      (Dimensions.EventSource === undefined || Dimensions.EventSource === value.eventSource);
    if (matches) found.push({ key, event: eventOf(value) });
  }
  const shown = found.slice(0, MaxResults);
  return {
    Events: shown.map(({ event }) => event),
    ...(found.length > MaxResults ? { NextToken: pageToken({ key: shown.at(-1)!.key }) } : {}),
  };
};

/** Periods that calls can be summed over, in s. Source: ListInsightsMetricData. */
const PERIODS = [60, 300, 3600];
/** Values of a page. Source: ListInsightsMetricData. */
const VALUES_MAX = 21_600;

/** How often an API was called, or failed, in each minute (or longer period) that has been counted for a trail's insights. */
export const ListInsightsMetricData: CloudTrail['ListInsightsMetricData'] = async (call, input) => {
  const { EventSource, EventName, InsightType, ErrorCode, Period = 3600, DataType = 'NonZeroData' } = input;
  if (!input.TrailName) throw notBuilt('ListInsightsMetricData without TrailName');
  if (!PERIODS.includes(Period)) throw invalid(`Period must be one of ${PERIODS.join(', ')}.`);
  if (InsightType === 'ApiErrorRateInsight' && !ErrorCode)
    throw invalid('ErrorCode is required for ApiErrorRateInsight.');
  if (InsightType === 'ApiCallRateInsight' && ErrorCode) throw invalid('ErrorCode is for ApiErrorRateInsight only.');
  const { store } = call.kernel;
  const trail = await openTrail(call, store, input.TrailName);
  await distribute(call.kernel, call.account);
  const periodMs = Period * 1000;
  const down = (ms: number) => Math.floor(ms / periodMs) * periodMs;
  const toMs = input.EndTime?.getTime() ?? call.kernel.clock.now();
  const fromMs = down(input.StartTime?.getTime() ?? toMs - DAY_MS);
  if (fromMs > toMs) throw invalid('The start time must be before the end time.');
  if ((toMs - fromMs) / periodMs > VALUES_MAX) throw invalid(`At most ${VALUES_MAX} values can be asked for.`);
  const series: Series = {
    type: InsightType!,
    account: call.account,
    region: call.region,
    eventSource: EventSource!,
    eventName: EventName!,
    ...(ErrorCode ? { errorCode: ErrorCode } : {}),
  };
  const sums = new Map<number, number>();
  if (DataType === 'FillWithZeros') for (let at = fromMs; at < toMs; at += periodMs) sums.set(at, 0);
  for (const [at, { count }] of await readMinutes(store, trail.arn, series, fromMs, toMs + MINUTE_MS))
    sums.set(down(at), (sums.get(down(at)) ?? 0) + count);
  return {
    ...metricPage(
      input,
      [...sums].toSorted(([a], [b]) => a - b),
    ),
    TrailARN: trail.arn,
    EventSource: EventSource!,
    EventName: EventName!,
    InsightType: InsightType!,
    ...(ErrorCode ? { ErrorCode } : {}),
  };
};

function metricPage(
  input: { NextToken?: string | undefined; MaxResults?: number | undefined },
  values: [number, number][],
) {
  const fail = () => fault('InvalidParameterException', 'The NextToken is not valid.');
  const start = readPageToken<{ at: number }>(input.NextToken, fail)?.at ?? 0;
  const end = start + Math.min(input.MaxResults ?? VALUES_MAX, VALUES_MAX);
  const some = values.slice(start, end);
  return {
    Timestamps: some.map(([at]) => new Date(at)),
    Values: some.map(([, value]) => value),
    ...(end < values.length ? { NextToken: pageToken({ at: end }) } : {}),
  };
}
