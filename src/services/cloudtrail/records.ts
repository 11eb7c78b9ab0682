import type {
  AdvancedEventSelector,
  DeliveryStatus,
  EventSelector,
  InsightType,
  QueryStatus,
  SourceEventCategory,
} from '@aws-sdk/client-cloudtrail';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { collection } from '../../kernel/store/store.ts';

/** What CloudTrail keeps. */
export type Tags = Record<string, string>;
export type Insight = { type: InsightType; categories: SourceEventCategory[] };

export type Trail = {
  account: string;
  /** The home region. */
  region: string;
  name: string;
  arn: string;
  bucket: string;
  prefix?: string;
  includeGlobal: boolean;
  multiRegion: boolean;
  validation: boolean;
  kmsKeyId?: string;
  /** Of all accounts of the organization that this account manages. */
  organization: boolean;
  /** Whether what CloudTrail does to deliver is on the record too. */
  recursive: boolean;
  eventSelectors?: EventSelector[];
  advancedEventSelectors?: AdvancedEventSelector[];
  insights: Insight[];
  /** From when on calls have been counted for them; virtual ms. */
  insightsSinceMs?: number;
  tags: Tags;
  logging: boolean;
  startedAtMs?: number;
  stoppedAtMs?: number;
  /** The call that stopped the logging: it is the last that is logged. */
  stoppedBy?: string;
  /** When log files began to be put on digests; absent while they are not. */
  digestSinceMs?: number;
  createdAtMs: number;
};
/** Keys: account, region, name. */
export const trails = collection<Trail>('cloudtrail/trail');

/** How delivery goes; keyed by the trail's ARN. */
export type DeliveryState = {
  attemptedAtMs?: number;
  deliveredAtMs?: number;
  /** Code of the error of the last attempt, when it failed. */
  error?: string;
  digestAtMs?: number;
  digestError?: string;
};
export const deliveryStates = collection<DeliveryState>('cloudtrail/delivery-state');

/** Where the files of a trail go: kept with what waits, so that it gets there when the trail has changed, or is gone. */
export type Destination = {
  trailArn: string;
  account: string;
  name: string;
  homeRegion: string;
  bucket: string;
  prefix?: string;
  kmsKeyId?: string;
  /** Of an organization's trail: a folder of its own. */
  organizationId?: string;
  /** Log files are put on a digest. */
  validation: boolean;
};

/** Records that wait to be written to a file. Keys: account, the trail's ARN, region, folder, virtual ms, id. */
export type Waiting = { destination: Destination; records: TrailRecord[] };
export type Folder = 'CloudTrail' | 'CloudTrail-Insight';
export const waiting = collection<Waiting>('cloudtrail/waiting');

/** A log file that is not on a digest yet. Keys: the trail's ARN, account, region, virtual ms of its delivery, id. */
export type LogFile = { bucket: string; key: string; sha256: string; newest: string; oldest: string };
export const logFiles = collection<LogFile>('cloudtrail/log-file');

/** The last digest of a trail in a region: the next one hangs on it. Keys: the trail's ARN, account, region. */
export type DigestChain = {
  destination: Destination;
  /** Where the next digest begins. */
  endMs: number;
  previous?: { bucket: string; key: string; sha256: string; signature: string };
};
export const digestChains = collection<DigestChain>('cloudtrail/digest-chain');

/** A key that signs digests. Keys: home region of the trail, virtual ms from which it holds. */
export type SigningKey = {
  fingerprint: string;
  /** PKCS #1, DER. */
  publicKey: Uint8Array;
  /** PKCS #8, PEM, sealed. */
  privateKey: string;
  fromMs: number;
  toMs: number;
};
export const signingKeys = collection<SigningKey>('cloudtrail/signing-key');

export type EventDataStore = {
  account: string;
  region: string;
  id: string;
  arn: string;
  name: string;
  status: 'ENABLED' | 'STOPPED_INGESTION' | 'PENDING_DELETION';
  selectors: AdvancedEventSelector[];
  multiRegion: boolean;
  organization: boolean;
  retentionDays: number;
  protect: boolean;
  kmsKeyId?: string;
  billingMode: 'EXTENDABLE_RETENTION_PRICING' | 'FIXED_RETENTION_PRICING';
  createdAtMs: number;
  updatedAtMs: number;
  /** When it goes for good. */
  deletedAtMs?: number;
  /** Calls from then on come in. */
  startedAtMs?: number;
  stoppedBy?: string;
  insights: Insight[];
  insightsSinceMs?: number;
  /** ARN of the event data store that gets them. */
  insightsDestination?: string;
  policy?: string;
  tags: Tags;
};
/** Keys: account, region, id. */
export const eventDataStores = collection<EventDataStore>('cloudtrail/event-data-store');

/** What calls are counted for: a trail, or an event data store, that asks for insights. */
export type Watcher = Pick<Trail | EventDataStore, 'arn' | 'account' | 'region' | 'insights' | 'insightsSinceMs'>;

/** An event as an event data store keeps it: an Insights event is laid out otherwise than in a trail's files. */
export type StoredEvent = TrailRecord | InsightRecord;
export type InsightRecord = Pick<
  TrailRecord,
  | 'eventVersion'
  | 'eventID'
  | 'eventTime'
  | 'eventType'
  | 'eventCategory'
  | 'awsRegion'
  | 'recipientAccountId'
  | 'sharedEventID'
> & {
  insightSource: string;
  insightState: string;
  insightEventSource: string;
  insightEventName: string;
  insightErrorCode?: string;
  insightType: string;
  insightContext: unknown;
};

/** Events of an event data store. Keys: its id, virtual ms of the first, id. */
export const storedEvents = collection<StoredEvent[]>('cloudtrail/stored-events');
/** How many events of each entry of `storedEvents`: read to make room. Same keys. */
export const storedCounts = collection<number>('cloudtrail/stored-count');
/** How many an event data store has. Key: its id. */
export const storedTotals = collection<number>('cloudtrail/stored-total');

export type Query = {
  id: string;
  /** Who asked. */
  account: string;
  region: string;
  /** The event data store that is named first. */
  storeId: string;
  statement: string;
  status: QueryStatus;
  createdAtMs: number;
  deliveryUri?: string;
  deliveryStatus?: DeliveryStatus;
  error?: string;
  eventsScanned?: number;
  eventsMatched?: number;
  bytesScanned?: number;
  durationMs?: number;
  columns?: string[];
  rows?: number;
};
/** Keys: id of the event data store, virtual ms of its making, query id. */
export const queries = collection<Query>('cloudtrail/query');
/** Where a query is. Keys: account, region, query id. */
export const queryPlaces = collection<{ storeArn: string; storeId: string; createdAtMs: number }>(
  'cloudtrail/query-place',
);
/** Rows of a query's result, as text. Keys: query id, number of the first. */
export const queryRows = collection<string[][]>('cloudtrail/query-rows');
