import { createHash } from 'node:crypto';

/**
 * A record in CloudTrail's format, its members in CloudTrail's order. Source: CloudTrail User Guide, "CloudTrail record contents for
 * management, data, and network activity events" and "CloudTrail record contents for Insights events".
 */
export type TrailRecord = {
  eventVersion: string;
  userIdentity?: Record<string, unknown>;
  /** UTC, to the second. */
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress?: string;
  userAgent?: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters?: unknown;
  /** `null` for calls that change nothing, and for those that failed. */
  responseElements?: unknown;
  additionalEventData?: Record<string, unknown>;
  requestID?: string;
  eventID: string;
  readOnly?: boolean;
  resources?: RecordResource[];
  eventType: 'AwsApiCall' | 'AwsServiceEvent' | 'AwsCloudTrailInsight';
  managementEvent?: boolean;
  recipientAccountId: string;
  /** What a service did by itself: why, and what came of it. */
  serviceEventDetails?: Record<string, unknown>;
  /** The same in the records that one call leaves in more than one account. */
  sharedEventID?: string;
  eventCategory: 'Management' | 'Data' | 'Insight';
  tlsDetails?: Record<string, string>;
  insightDetails?: Record<string, unknown>;
};

export type RecordResource = { ARN: string; accountId?: string; type?: string };

/** What the gateway knows of a call; the trail adds when it was and which record it is. */
export type RecordDraft = Omit<TrailRecord, 'eventVersion' | 'eventID' | 'eventTime'>;

/** Version of the format. */
export const EVENT_VERSION = '1.11';

/** Characters of a value in the index; longer ones are told apart by a hash. */
const TERM_MAX = 256;

/** `2030-01-01T12:30:15Z` */
export const secondsOf = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

/** What LookupEvents can look a record up by. Source: CloudTrail API Reference, LookupAttribute. */
export type LookupKey =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId';

/** What a record is looked up by. */
export function termsOf(record: TrailRecord): string[] {
  const resources = lookupResources(record);
  const accessKeyId = record.userIdentity?.['accessKeyId'];
  const username = usernameOf(record);
  return [
    term('EventId', record.eventID),
    term('EventName', record.eventName),
    term('EventSource', record.eventSource),
    ...(record.readOnly === undefined ? [] : [term('ReadOnly', String(record.readOnly))]),
    ...(typeof accessKeyId === 'string' ? [term('AccessKeyId', accessKeyId)] : []),
    ...(username === undefined ? [] : [term('Username', username)]),
    ...new Set(
      resources.flatMap(({ name, type }) => [
        term('ResourceName', name),
        ...(type === undefined ? [] : [term('ResourceType', type)]),
      ]),
    ),
  ];
}

export function term(key: LookupKey, value: string): string {
  if (value.length <= TERM_MAX) return `${key}=${value}`;
  return `${key}#${createHash('sha256').update(value).digest('hex')}`;
}

/** A record as it is given out: what an Insights event is about stands in its details only. */
export function printRecord(record: TrailRecord): unknown {
  if (record.eventCategory !== 'Insight') return record;
  const { eventSource: _source, eventName: _name, ...rest } = record;
  return rest;
}

/** The name that LookupEvents gives beside a record: of a user, of a role's session. */
export function usernameOf({ userIdentity = {} }: TrailRecord): string | undefined {
  const { type, userName, principalId } = userIdentity as Record<string, string | undefined>;
  if (type === 'Root') return 'root';
  if (type === 'AssumedRole' || type === 'FederatedUser') return principalId?.slice(principalId.indexOf(':') + 1);
  return userName;
}

/** The resources of a record as LookupEvents lists them: each by its name, and by its ARN where that says more. */
export function lookupResources({ resources = [] }: TrailRecord): { name: string; type?: string }[] {
  return resources.flatMap(({ ARN, type }) => {
    const name = nameOf(ARN);
    const of = type === undefined ? {} : { type };
    return name === ARN
      ? [{ name, ...of }]
      : [
          { name, ...of },
          { name: ARN, ...of },
        ];
  });
}

/** `arn:aws:iam::1:role/path/name` → `name`; a bucket's or topic's is all that follows the account; a KMS key goes by its ARN. */
function nameOf(arn: string): string {
  const [, , service, , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  if (resource === '' || service === 'kms') return arn;
  if (service === 's3') return resource;
  return resource.slice(Math.max(resource.lastIndexOf('/'), resource.lastIndexOf(':')) + 1);
}
