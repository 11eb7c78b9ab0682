import type { Event } from '@aws-sdk/client-cloudtrail';
import type { Handlers } from '../../kernel/service.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import { HISTORY_MS, type HistoryCursor } from '../../kernel/trail/history.ts';
import {
  lookupResources,
  printRecord,
  usernameOf,
  type LookupKey,
  type TrailRecord,
} from '../../kernel/trail/record.ts';
import { fault } from './errors.ts';
import { LOOKUP_PAGE_MAX } from './limits.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

const KEYS: ReadonlySet<string> = new Set<LookupKey>([
  'AccessKeyId',
  'EventId',
  'EventName',
  'EventSource',
  'ReadOnly',
  'ResourceName',
  'ResourceType',
  'Username',
]);

/** The event history of the region: management events of the last 90 days, or insights, newest first. */
export const LookupEvents: CloudTrail['LookupEvents'] = async (call, input) => {
  const { LookupAttributes = [], MaxResults = LOOKUP_PAGE_MAX, EventCategory, StartTime, EndTime, NextToken } = input;
  if (LookupAttributes.length > 1)
    throw fault('InvalidLookupAttributesException', 'You can specify only one lookup attribute.');
  const [attribute] = LookupAttributes;
  if (attribute && (!KEYS.has(attribute.AttributeKey!) || attribute.AttributeValue === ''))
    throw fault('InvalidLookupAttributesException', `Invalid lookup attribute: ${attribute.AttributeKey}`);
  if (MaxResults < 1 || MaxResults > LOOKUP_PAGE_MAX)
    throw fault('InvalidMaxResultsException', `MaxResults must be between 1 and ${LOOKUP_PAGE_MAX}.`);
  if (EventCategory !== undefined && EventCategory !== 'insight')
    throw fault('InvalidEventCategoryException', `The event category ${String(EventCategory)} is not valid.`);
  if (StartTime && EndTime && StartTime > EndTime)
    throw fault('InvalidTimeRangeException', 'The start time must be before the end time.');
  const now = call.kernel.clock.now();
  const asked = {
    ...(attribute ? { by: { key: attribute.AttributeKey as LookupKey, value: attribute.AttributeValue! } } : {}),
    category: EventCategory === 'insight' ? ('insight' as const) : ('management' as const),
    from: StartTime?.getTime(),
    to: EndTime?.getTime(),
  };
  const invalidToken = () => fault('InvalidNextTokenException', 'The NextToken is not valid for this request.');
  const token = readPageToken<{ after: HistoryCursor; asked: string; toMs: number }>(NextToken, invalidToken);
  if (token && token.asked !== JSON.stringify(asked)) throw invalidToken();
  // A page that goes on sees what the first one saw, and nothing that came since.
  const toMs = token?.toMs ?? EndTime?.getTime() ?? now;
  const { records, next } = await call.kernel.trail.lookup({
    account: call.account,
    region: call.region,
    category: asked.category,
    ...(asked.by ? { by: asked.by } : {}),
    fromMs: Math.max(StartTime?.getTime() ?? 0, now - HISTORY_MS),
    toMs,
    ...(token ? { after: token.after } : {}),
    limit: MaxResults,
  });
  return {
    Events: records.map(eventOf),
    ...(next ? { NextToken: pageToken({ after: next, asked: JSON.stringify(asked), toMs }) } : {}),
  };
};

/** A record as LookupEvents and ListInsightsData list it. */
export function eventOf(record: TrailRecord): Event {
  const accessKeyId = record.userIdentity?.['accessKeyId'];
  const username = usernameOf(record);
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ...(record.readOnly === undefined ? {} : { ReadOnly: String(record.readOnly) }),
    ...(typeof accessKeyId === 'string' ? { AccessKeyId: accessKeyId } : {}),
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    ...(username === undefined ? {} : { Username: username }),
    Resources: lookupResources(record).map(({ name, type }) => ({
      ...(type === undefined ? {} : { ResourceType: type }),
      ResourceName: name,
    })),
    CloudTrailEvent: JSON.stringify(printRecord(record)),
  };
}
