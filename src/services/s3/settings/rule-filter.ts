import type { LifecycleRuleFilter, ReplicationRuleFilter } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../records.ts';

/** What lifecycle and replication rules choose objects by: a prefix of the first schema, or one filter, or several joined by `And`. */
export type Filtered = {
  Prefix?: string | undefined;
  Filter?: LifecycleRuleFilter | ReplicationRuleFilter | undefined;
};

type Conditions = {
  prefix: string;
  tags: { Key?: string | undefined; Value?: string | undefined }[];
  largerThan?: number;
  smallerThan?: number;
};

/** All conditions of a rule, in one shape. */
export function conditionsOf({ Prefix, Filter }: Filtered): Conditions {
  const filter: LifecycleRuleFilter = Filter ?? {};
  const and = filter.And;
  const largerThan = and?.ObjectSizeGreaterThan ?? filter.ObjectSizeGreaterThan;
  const smallerThan = and?.ObjectSizeLessThan ?? filter.ObjectSizeLessThan;
  return {
    prefix: and?.Prefix ?? filter.Prefix ?? Prefix ?? '',
    tags: [...(filter.Tag ? [filter.Tag] : []), ...(and?.Tags ?? [])],
    ...(largerThan === undefined ? {} : { largerThan }),
    ...(smallerThan === undefined ? {} : { smallerThan }),
  };
}

/** Whether a rule is about the version. */
export function matches(rule: Filtered, version: Pick<ObjectVersion, 'key' | 'tags' | 'size'>): boolean {
  const { prefix, tags, largerThan, smallerThan } = conditionsOf(rule);
  return (
    version.key.startsWith(prefix) &&
    tags.every(({ Key, Value }) => version.tags[Key!] === (Value ?? '')) &&
    (largerThan === undefined || version.size > largerThan) &&
    (smallerThan === undefined || version.size < smallerThan)
  );
}
