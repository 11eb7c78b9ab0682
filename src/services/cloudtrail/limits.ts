/** Limits of AWS CloudTrail. Source: CloudTrail User Guide, "Quotas in AWS CloudTrail", and the API Reference. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Trails of a region, those that come from other regions included. */
export const TRAILS_MAX = 5;
/** Characters. */
export const TRAIL_NAME_LENGTH_MIN = 3;
export const TRAIL_NAME_LENGTH_MAX = 128;
/** Characters. */
export const S3_PREFIX_LENGTH_MAX = 200;
/** Event selectors of a trail. */
export const EVENT_SELECTORS_MAX = 5;
/** Data resources in all event selectors of a trail. */
export const DATA_RESOURCES_MAX = 250;
/** Values in all advanced event selectors of a trail or event data store. */
export const ADVANCED_VALUES_MAX = 500;
/** Tags of a resource. */
export const TAGS_MAX = 50;
/** Resources of one ListTags. */
export const LIST_TAGS_RESOURCES_MAX = 20;
/** Events of a page of LookupEvents. */
export const LOOKUP_PAGE_MAX = 50;
/** Entries of a page of a list that takes MaxResults. */
export const PAGE_MAX = 1000;
/** Entries of a page of ListTrails, ListPublicKeys. AWS does not say how many. */
export const TRAILS_PAGE = 100;

/** How long CloudTrail goes on trying to deliver a log file. Source: User Guide, "Redelivery of log files". */
export const REDELIVERY_MS = 30 * DAY_MS;
/** Records of one log file. */
export const FILE_RECORDS_MAX = 1000;
/** A digest file covers so long. */
export const DIGEST_MS = HOUR_MS;
/** How long a key signs digests, and how long it is listed before and after. AWS does not tell; ours is replaced monthly. */
export const SIGNING_KEY_MS = 30 * DAY_MS;

/** Event data stores of a region. */
export const EVENT_DATA_STORES_MAX = 10;
/** Days. Source: CreateEventDataStore. */
export const RETENTION_DAYS_MIN = 7;
export const RETENTION_DAYS_MAX = { EXTENDABLE_RETENTION_PRICING: 3653, FIXED_RETENTION_PRICING: 2557 } as const;
export const RETENTION_DAYS_DEFAULT = { EXTENDABLE_RETENTION_PRICING: 366, FIXED_RETENTION_PRICING: 2557 } as const;
/** A deleted event data store can be restored for so long. */
export const PENDING_DELETION_MS = 7 * DAY_MS;
/** Events that an event data store of this stack keeps; the oldest go first. AWS has no such limit. */
export const STORE_EVENTS_MAX = 500_000;
/** Queries of an account that run at once. Source: "Quotas": concurrent queries. */
export const QUERIES_RUNNING_MAX = 10;
/** How long a query may run. Source: User Guide, "Queries that run longer than one hour time out". */
export const QUERY_MS_MAX = HOUR_MS;
/** How long the results of a query are kept. Source: User Guide, "Get query results". */
export const QUERY_RESULTS_MS = 7 * DAY_MS;
/** Rows of a query's result; a query with more fails. */
export const QUERY_ROWS_MAX = 100_000;
/** Rows of a page of GetQueryResults. */
export const QUERY_PAGE_MAX = 1000;
/** Source: GetResourcePolicy: bytes of a resource policy. */
export const RESOURCE_POLICY_LENGTH_MAX = 8192;

/** Minutes of the baseline that unusual activity is told from. Source: User Guide, "baselineDuration": seven days. */
export const BASELINE_MS = 7 * DAY_MS;
