import type {
  Event as S3EventName,
  FilterRule,
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  QueueConfiguration,
  TopicConfiguration,
} from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { arn } from '../../../kernel/resources.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { canonicalId } from '../owner.ts';
import type { Bucket, ObjectVersion } from '../records.ts';
import { readSetting } from './stored.ts';

/** One destination with what it wants. */
export type Rule = { id: string; target: string; events: string[]; filters: FilterRule[] };

/** All destinations of a configuration. */
export function rulesOf(configuration: NotificationConfiguration): Rule[] {
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

/** The ARN that a configuration names. */
export function targetOf(
  one: QueueConfiguration | TopicConfiguration | LambdaFunctionConfiguration,
): string | undefined {
  if ('QueueArn' in one) return one.QueueArn;
  if ('TopicArn' in one) return one.TopicArn;
  return one.LambdaFunctionArn;
}

/** The second id of a request, as S3's answers carry it. */
export const hostId = (requestId: string) => Buffer.from(`outcrop/${requestId}`).toString('base64');

/** What a rule asks of the beginning or the end of keys. */
export const filter = ({ filters }: Rule, name: string) =>
  filters.find(({ Name }) => (Name as string) === name)?.Value ?? '';

/** Whether the configured `pattern` stands for `event`: `s3:ObjectCreated:*` for all of its kind. */
export const covers = (pattern: string, event: string) =>
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
      'x-amz-id-2': hostId(requestId),
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
