import type {
  Event as S3EventName,
  FilterRule,
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  QueueConfiguration,
  TopicConfiguration,
} from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { arn, parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { invalidArgument, malformedXml } from '../errors.ts';
import { canonicalId } from '../owner.ts';
import type { Bucket, ObjectVersion } from '../records.ts';
import { NOTIFICATION_RULES_MAX, RULE_ID_LENGTH_MAX } from './limits.ts';
import { getSetting, putSetting, readSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Source: S3 User Guide, "Supported event types for SQS, SNS, and Lambda". */
const EVENTS = new Set<string>([
  's3:TestEvent',
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:ReducedRedundancyLostObject',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:Replication:OperationNotTracked',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
  's3:ObjectAcl:Put',
]);

/** One destination with what it wants. */
type Rule = { id: string; target: string; events: string[]; filters: FilterRule[] };

type Kind = 'QueueConfigurations' | 'TopicConfigurations' | 'LambdaFunctionConfigurations';
const SERVICE: Record<Kind, string> = {
  QueueConfigurations: 'sqs',
  TopicConfigurations: 'sns',
  LambdaFunctionConfigurations: 'lambda',
};

export const PutBucketNotificationConfiguration: S3['PutBucketNotificationConfiguration'] = async (call, input) => {
  const given = input.NotificationConfiguration;
  if (!given) throw malformedXml();
  const withIds: NotificationConfiguration = {
    ...(given.EventBridgeConfiguration ? { EventBridgeConfiguration: {} } : {}),
    ...named(call, 'QueueConfigurations', given),
    ...named(call, 'TopicConfigurations', given),
    ...named(call, 'LambdaFunctionConfigurations', given),
  };
  const rules = rulesOf(withIds);
  if (rules.length > NOTIFICATION_RULES_MAX) {
    throw invalidArgument(
      `Number of notification configurations exceeds the allowed limit of ${NOTIFICATION_RULES_MAX}`,
    );
  }
  checkOverlaps(rules);
  await putSetting(call, input, 'notification', withIds, async (_tx, bucket) => {
    for (const { target } of rules) checkDestination(target, bucket);
  });
  return {};
};

export const GetBucketNotificationConfiguration: S3['GetBucketNotificationConfiguration'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'notification');
  return value ?? {};
};

/** Checks one kind of destinations and gives each an id that has none. */
function named(call: Call, kind: Kind, given: NotificationConfiguration): NotificationConfiguration {
  const configurations = given[kind];
  if (!configurations?.length) return {};
  return {
    [kind]: configurations.map((configuration) => {
      const { service } = parseArn(targetOf(configuration) ?? '') ?? {};
      if (service !== SERVICE[kind])
        throw invalidArgument('The ARN could not be parsed', arnName(kind), targetOf(configuration));
      if (!configuration.Events?.length) throw malformedXml();
      for (const event of configuration.Events) {
        if (!EVENTS.has(event)) throw invalidArgument('The event is not supported for notifications', 'Event', event);
      }
      if ((configuration.Id?.length ?? 0) > RULE_ID_LENGTH_MAX)
        throw invalidArgument('Id is too long', 'Id', configuration.Id);
      const filters = checkFilters(configuration.Filter?.Key?.FilterRules ?? []);
      return {
        ...configuration,
        Id: configuration.Id || call.kernel.ids.uuid(),
        ...(filters.length > 0 ? { Filter: { Key: { FilterRules: filters } } } : {}),
      };
    }),
  };
}

const arnName = (kind: Kind) =>
  ({ QueueConfigurations: 'Queue', TopicConfigurations: 'Topic', LambdaFunctionConfigurations: 'CloudFunction' })[kind];

/** At most one prefix and one suffix; S3 answers their names capitalised. */
function checkFilters(rules: FilterRule[]): FilterRule[] {
  const seen = new Set<string>();
  const checked = rules.map(({ Name, Value }) => {
    const name = Name?.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix')
      throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', Name);
    if (seen.has(name))
      throw invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, 'FilterRule.Name', Name);
    seen.add(name);
    if ((Value?.length ?? 0) > 1024)
      throw invalidArgument(
        'Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation',
        'FilterRule.Value',
        Value,
      );
    return { Name: name === 'prefix' ? 'Prefix' : 'Suffix', Value: Value ?? '' };
  });
  // The SDK's type knows the lower-case names only, which S3 takes but does not answer.
  return checked as unknown as FilterRule[];
}

function rulesOf(configuration: NotificationConfiguration): Rule[] {
  const all = [
    ...(configuration.QueueConfigurations ?? []),
    ...(configuration.TopicConfigurations ?? []),
    ...(configuration.LambdaFunctionConfigurations ?? []),
  ];
  return all.map((one) => ({
    id: one.Id!,
    target: targetOf(one)!,
    events: one.Events as string[],
    filters: one.Filter?.Key?.FilterRules ?? [],
  }));
}

function targetOf(one: QueueConfiguration | TopicConfiguration | LambdaFunctionConfiguration): string | undefined {
  if ('QueueArn' in one) return one.QueueArn;
  if ('TopicArn' in one) return one.TopicArn;
  return one.LambdaFunctionArn;
}

/** S3 refuses two rules that could both tell of one object: same event with overlapping prefixes and overlapping suffixes. */
function checkOverlaps(rules: Rule[]): void {
  rules.forEach((a, i) => {
    for (const b of rules.slice(i + 1)) {
      const sameEvent = a.events.some((x) => b.events.some((y) => covers(x, y) || covers(y, x)));
      const [ap, bp, as, bs] = [filter(a, 'Prefix'), filter(b, 'Prefix'), filter(a, 'Suffix'), filter(b, 'Suffix')];
      if (sameEvent && (ap.startsWith(bp) || bp.startsWith(ap)) && (as.endsWith(bs) || bs.endsWith(as)))
        throw invalidArgument(
          'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
        );
      if (a.id === b.id)
        throw invalidArgument('Found same ID for more than one notification configuration', 'Id', a.id);
    }
  });
}

/** Destinations are in the bucket's own region; whether they stand is their own service's to say. */
function checkDestination(target: string, bucket: Bucket): void {
  const parsed = parseArn(target)!;
  if (parsed.region === bucket.region && /^\d{12}$/.test(parsed.account)) return;
  throw invalidArgument(
    'Unable to validate the following destination configurations',
    target,
    'The destination is not in the region of the bucket',
  );
}

const filter = ({ filters }: Rule, name: string) => filters.find(({ Name }) => (Name as string) === name)?.Value ?? '';

/** Whether the configured `pattern` stands for `event`: `s3:ObjectCreated:*` for all of its kind. */
const covers = (pattern: string, event: string) =>
  pattern === event || (pattern.endsWith(':*') && event.startsWith(pattern.slice(0, -1)));

/** What an event tells of its maker: a call, or a job that stands in for one. */
export type Actor = Pick<Call, 'kernel' | 'requestId' | 'principal'> & { source: { ip: string } };

/** How EventBridge calls S3's events, and what their detail says as the reason. */
const BRIDGE: [string, string, string?][] = [
  ['ObjectCreated:Put', 'Object Created', 'PutObject'],
  ['ObjectCreated:Post', 'Object Created', 'POST Object'],
  ['ObjectCreated:Copy', 'Object Created', 'CopyObject'],
  ['ObjectCreated:CompleteMultipartUpload', 'Object Created', 'CompleteMultipartUpload'],
  ['ObjectRemoved:', 'Object Deleted', 'DeleteObject'],
  ['LifecycleExpiration:', 'Object Deleted', 'Lifecycle Expiration'],
  ['LifecycleTransition', 'Object Storage Class Changed'],
  ['ObjectRestore:Post', 'Object Restore Initiated'],
  ['ObjectRestore:Completed', 'Object Restore Completed'],
  ['ObjectRestore:Delete', 'Object Restore Expired'],
  ['ObjectTagging:Put', 'Object Tags Added'],
  ['ObjectTagging:Delete', 'Object Tags Deleted'],
  ['ObjectAcl:Put', 'Object ACL Updated'],
];

/**
 * Tells of what happened to an object, to those whom the bucket's configuration names, within the transaction of the change: to each queue,
 * topic or function as an event `S3 Notification` whose resource is its ARN and whose detail is S3's own message (`{ Records: […] }`,
 * version 2.1), and to EventBridge in EventBridge's shape. Nothing is published that no configuration asks for.
 *
 * @param eventName without `s3:`, e.g. `ObjectCreated:Put`
 */
export async function objectEvent(
  actor: Actor,
  tx: Transaction,
  bucket: Bucket,
  eventName: string,
  version: Pick<
    ObjectVersion,
    'key' | 'versionId' | 'sequence' | 'size' | 'etag' | 'deleteMarker' | 'storageClass' | 'restore'
  >,
): Promise<void> {
  const configuration = await readSetting(tx, bucket.name, 'notification');
  if (!configuration) return;
  const base = { source: 'aws.s3', account: bucket.account, region: bucket.region };
  for (const rule of rulesOf(configuration)) {
    const wanted = rule.events.some((pattern) => covers(pattern, `s3:${eventName}` as S3EventName));
    if (!wanted || !version.key.startsWith(filter(rule, 'Prefix')) || !version.key.endsWith(filter(rule, 'Suffix')))
      continue;
    const detail = { Records: [notificationRecord(actor, bucket, eventName, version, rule.id)] };
    actor.kernel.events.publish(tx, { ...base, detailType: 'S3 Notification', resources: [rule.target], detail });
  }
  const bridge = BRIDGE.find(([prefix]) => eventName.startsWith(prefix));
  if (configuration.EventBridgeConfiguration && bridge) {
    const [, detailType, reason] = bridge;
    const resources = [arn({ service: 's3', resource: bucket.name })];
    actor.kernel.events.publish(tx, {
      ...base,
      detailType,
      resources,
      detail: bridgeDetail(actor, bucket, eventName, version, reason),
    });
  }
}

type Told = Parameters<typeof objectEvent>[4];

/** Source: S3 User Guide, "Event message structure". Keys are form-encoded there: a space is `+`. */
function notificationRecord(actor: Actor, bucket: Bucket, eventName: string, version: Told, configurationId: string) {
  const { kernel, requestId, principal } = actor;
  const hasContent =
    !version.deleteMarker && !eventName.startsWith('ObjectRemoved:') && !eventName.startsWith('LifecycleExpiration:');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: kernel.clock.date().toISOString(),
    eventName,
    userIdentity: { principalId: `AWS:${principal.id}` },
    requestParameters: { sourceIPAddress: actor.source.ip },
    responseElements: {
      'x-amz-request-id': requestId,
      'x-amz-id-2': Buffer.from(`outcrop/${requestId}`).toString('base64'),
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: canonicalId(bucket.account) },
        arn: arn({ service: 's3', resource: bucket.name }),
      },
      object: {
        key: encodeURIComponent(version.key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(hasContent
          ? { size: version.size, eTag: version.etag }
          : version.deleteMarker
            ? { eTag: version.etag }
            : {}),
        ...(version.versionId === 'null' ? {} : { versionId: version.versionId }),
        sequencer: sequencer(version),
      },
    },
    ...(eventName === 'LifecycleTransition'
      ? { lifecycleEventData: { transitionEventData: { destinationStorageClass: version.storageClass } } }
      : {}),
    ...(eventName === 'ObjectRestore:Completed'
      ? {
          glacierEventData: {
            restoreEventData: {
              lifecycleRestorationExpiryTime: new Date(version.restore?.expiresAtMs ?? 0).toISOString(),
              lifecycleRestoreStorageClass: version.storageClass,
            },
          },
        }
      : {}),
  };
}

/** Source: EventBridge User Guide, "Amazon S3 events detail". */
function bridgeDetail(actor: Actor, bucket: Bucket, eventName: string, version: Told, reason: string | undefined) {
  const created = eventName.startsWith('ObjectCreated');
  const deleted = eventName.startsWith('ObjectRemoved') || eventName.startsWith('LifecycleExpiration');
  return {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key: version.key,
      ...(deleted ? {} : { size: version.size }),
      ...(deleted && !version.deleteMarker ? {} : { etag: version.etag }),
      ...(version.versionId === 'null' ? {} : { 'version-id': version.versionId }),
      ...(created || deleted ? { sequencer: sequencer(version) } : {}),
    },
    'request-id': actor.requestId,
    requester: actor.principal.type === 'service' ? actor.principal.service : actor.principal.account,
    ...(created ? { 'source-ip-address': actor.source.ip } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(deleted
      ? { 'deletion-type': eventName.endsWith('DeleteMarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted' }
      : {}),
    ...(eventName === 'LifecycleTransition' ? { 'destination-storage-class': version.storageClass } : {}),
    ...(eventName.startsWith('ObjectRestore') ? { 'source-storage-class': version.storageClass } : {}),
    ...(eventName === 'ObjectRestore:Completed'
      ? { 'restore-expiry-time': new Date(version.restore?.expiresAtMs ?? 0).toISOString() }
      : {}),
  };
}

/** Hex, of equal length, so that later events of a key compare greater as text. */
const sequencer = ({ sequence }: Told) => sequence.toString(16).toUpperCase().padStart(18, '0');
