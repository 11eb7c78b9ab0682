import type { FilterRule, NotificationConfiguration } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { invalidArgument, malformedXml } from '../errors.ts';
import type { Bucket } from '../records.ts';
import { covers, filter, hostId, rulesOf, targetOf, type Rule } from './event.ts';
import { NOTIFICATION_RULES_MAX, RULE_ID_LENGTH_MAX } from './limits.ts';
import { getSetting, putSetting } from './setting.ts';

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
  await putSetting(call, input, 'notification', withIds, async (tx, bucket) => {
    for (const { target } of rules) checkDestination(target, bucket);
    if (!input.SkipDestinationValidation) announce(call, tx, bucket, withIds);
  });
  return {};
};

export const GetBucketNotificationConfiguration: S3['GetBucketNotificationConfiguration'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'notification');
  return value ?? {};
};

/** Queues and topics get a test message when they become destinations. Source: S3 User Guide, "Event message structure". */
function announce(call: Call, tx: Transaction, bucket: Bucket, configuration: NotificationConfiguration): void {
  const targets = [...(configuration.QueueConfigurations ?? []), ...(configuration.TopicConfigurations ?? [])].map(
    targetOf,
  );
  for (const target of new Set(targets)) {
    call.kernel.events.publish(tx, {
      source: 'aws.s3',
      detailType: 'S3 Notification',
      account: bucket.account,
      region: bucket.region,
      resources: [target!],
      detail: {
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Time: call.kernel.clock.date().toISOString(),
        Bucket: bucket.name,
        RequestId: call.requestId,
        HostId: hostId(call.requestId),
      },
    });
  }
}

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
