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

/** Tells `see` what a record is looked up by; a value may come more than once. */
export function eachTerm(record: TrailRecord, see: (key: LookupKey, value: string) => void): void {
  see('EventId', record.eventID);
  see('EventName', record.eventName);
  see('EventSource', record.eventSource);
  if (record.readOnly !== undefined) see('ReadOnly', record.readOnly ? 'true' : 'false');
  const accessKeyId = record.userIdentity?.['accessKeyId'];
  if (typeof accessKeyId === 'string') see('AccessKeyId', accessKeyId);
  const username = usernameOf(record);
  if (username !== undefined) see('Username', username);
  for (const { name, type } of lookupResources(record)) {
    see('ResourceName', name);
    if (type !== undefined) see('ResourceType', type);
  }
}

/** Whether a record is found by a value. */
export function hasTerm(record: TrailRecord, wanted: { key: LookupKey; value: string }): boolean {
  let found = false;
  eachTerm(record, (key, value) => {
    if (key === wanted.key && value === wanted.value) found = true;
  });
  return found;
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
  // Ids of models have a colon within: `foundation-model/amazon.nova-lite-v1:0`.
  return resource.slice(resource.lastIndexOf(resource.includes('/') ? '/' : ':') + 1);
}
